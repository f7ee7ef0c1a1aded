"""The sample mails of `baosong demo`: about two dozen, as they arrive in the first days of November 2021.

Made once by `scripts/make-demo-mails` and shipped as baosong/demo_mails; invented people, units of the register.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from PIL import Image

from tests.support import corpus_papers as papers
from tests.support import scan_builder
from tests.support.archive_builder import zip_bytes
from tests.support.corpus_forms import table_form
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import at
from tests.support.mail_builder import OFFICE, File, leaf, message, multipart, text_leaf
from tests.support.mail_builder import compose as write

LINK = "https://pan.baidu.com/s/1Vd8sQmLx0TzKcYpRn3hWgA"
LINK_WITHOUT_CODE = "https://pan.baidu.com/s/1Hj5nBvCx9ZqWeRtYu7iOpS"


@dataclass(frozen=True)
class Sample:
    """`file`: name below baosong/demo_mails; `shows`: what the sample shows, in Chinese."""

    file: str
    arrives: datetime
    shows: str
    raw: bytes


def scanned(paper: Paper, pages: int = 2, *, tint: tuple[float, float, float] = (1.0, 0.995, 0.98), dpi: int = 96) -> bytes:
    """Pages as a flatbed scanner saves them: paper grain, a little skew, the unit's seal on the last one."""
    pictures = []
    for page in range(pages):
        rng = np.random.default_rng(paper.number + 31 * page)
        image = papers.page_image(paper, page=page, seal=page == pages - 1, dpi=200)
        seen = scan_builder.scan(image, rng, paper=tint, noise=2.0, quality=88, skew=float(rng.uniform(-0.8, 0.8)), scale=dpi / 200)
        out = io.BytesIO()
        Image.fromarray(seen).save(out, "JPEG", quality=42, optimize=True)
        pictures.append(out.getvalue())
    return papers.picture_pdf(pictures, "HP LaserJet MFP M227")


def copied_grey(paper: Paper, pages: int = 2) -> bytes:
    """The same scanned in black and white: the seal is there, and nobody can see that it is red."""
    pictures = []
    for page in range(pages):
        rng = np.random.default_rng(paper.number + 31 * page)
        image = papers.page_image(paper, page=page, seal=page == pages - 1, dpi=200)
        seen = scan_builder.scan(image, rng, paper=(1.0, 1.0, 1.0), noise=2.0, quality=88, skew=float(rng.uniform(-0.8, 0.8)), scale=96 / 200)
        out = io.BytesIO()
        Image.fromarray(seen).convert("L").convert("RGB").save(out, "JPEG", quality=42, optimize=True)
        pictures.append(out.getvalue())
    return papers.picture_pdf(pictures, "HP LaserJet MFP M227")


def photographed(paper: Paper, page: int, *, last: bool) -> bytes:
    """A page under a telephone's camera."""
    rng = np.random.default_rng(paper.number + page)
    seen = scan_builder.photo(papers.page_image(paper, page=page, seal=last, dpi=200), rng)
    out = io.BytesIO()
    image = Image.fromarray(seen)
    image.thumbnail((1000, 1400))
    image.save(out, "JPEG", quality=40, optimize=True)
    return out.getvalue()


def letter(unit: str, body: str, who: str, phone: str) -> str:
    """The words above the attachments as clerks write them."""
    return f"山东省社区教育指导服务中心：\n\n    {body}\n\n    联系人：{who}    联系电话：{phone}\n\n{unit}"


def form(paper: Paper, layout: str = "template", name: str | None = None) -> File:
    return File(name or paper.name(".docx"), papers.word(paper, layout))


def scan(paper: Paper, name: str | None = None, pages: int = 2) -> File:
    return File(name or paper.name(".pdf"), scanned(paper, pages))


def samples() -> list[Sample]:
    """All samples in order of arrival."""
    made = [*_compliant(), *_faulty(), *_doubtful(), *_others()]
    return sorted(made, key=lambda sample: sample.arrives)


def _sample(
    file: str, when: str, shows: str, client: str, subject: str, *files: File, who: tuple[str, str], text: str, **more: object
) -> Sample:
    raw = write(client, subject=subject, text=text, sender=who, files=files, date=at(when), **more)  # type: ignore[arg-type]
    return Sample(file, at(when) + timedelta(seconds=4), shows, raw)


LIXIA = Paper("case", "济南市历下区社区教育学院", "“银龄e学堂”：让老年人跟上数字时代的步伐")
LIXIA_WHO = ("济南市教育局职成处 王敏", "wangmin@jinan-edu.example.cn")
SHIDA = Paper("training", "山东师范大学", "“青银互助”大学生志愿者智能手机培训")
SHIDA_WHO = ("山东师范大学继续教育学院", "jxjy@sdnu.example.cn")


def _compliant() -> list[Sample]:
    case_text = letter("济南市教育局", "按照《关于转发教育部职成司通知的通知》（鲁教民处函〔2021〕4号）要求，现报送我市“智慧助老”典型案例1个，"
                       "申报表Word版及盖章扫描件见附件，请查收。", "王敏", "0531-66601234")  # fmt: skip
    case_files = (form(LIXIA), scan(LIXIA))
    course = Paper("course", "青岛市市北区社区学院", "智能生活一点通：老年人手机应用二十讲").having(
        course_type="□教材（读本）\n☑视频资源，视频时长__120__分钟\n□其他", awards="2020年山东省社区教育优秀课程"
    )
    course_text = (
        "老师好：\n青岛市报送典型课程资源一门，同意纳入资源库共享。课程视频已上传百度网盘，永久有效：\n\n"
        f"链接: {LINK} \n提取码: qd21 \n复制这段内容后打开百度网盘手机App，操作更方便哦\n\n青岛市教育局 于海波 0532-85912345"
    )
    three = [Paper("case", "潍坊市奎文区社区教育学院", "“鸢都e家”三级联动助老网络"), Paper("case", "潍坊市寿光市社区教育学院", "菜乡大棚里的智能手机课"),
             Paper("training", "潍坊市青州市社区教育中心", "古州老人数字生活训练营")]  # fmt: skip
    entries = [(f"潍坊市智慧助老材料/{paper.unit}/{name}", data) for paper in three
               for name, data in ((paper.name(".docx"), papers.word(paper, "merged")), (paper.name(".pdf", "（盖章扫描件）"), scanned(paper, 1)))]  # fmt: skip
    zibo = Paper("case", "淄博市张店区社区学院", "“齐都乐龄”智慧助老服务圈")
    dongying = Paper("case", "东营市垦利区社区教育中心", "黄河口上的银龄数字课堂")
    linyi = Paper("training", "临沂市兰山区社区学院", "沂蒙老区老年人手机银行安全使用培训")
    newer = SHIDA.having(training_people="1680人次", leader="孙玉梅")
    sdu_text = "各位老师：\n\n    我校培训项目申报表中培训人次有误，现重新报送，请以本次为准。\n\n山东师范大学继续教育学院"
    zibo_who = ("淄博市社区教育指导中心", "zbsq@zibo-edu.example.cn")
    return [
        _sample("01-case-foxmail.eml", "11-04 09:12:20", "合格：典型案例，Word与扫描件齐全", "foxmail", "济南市教育局+智慧助老", *case_files,
                who=LIXIA_WHO, text=case_text),
        _sample("02-training-university.eml", "11-04 14:35:02", "合格：高校报送培训项目", "coremail-edu", "山东师范大学+智慧助老",
                form(SHIDA, "controls"), scan(SHIDA), who=SHIDA_WHO, text=letter("山东师范大学继续教育学院", "现报送我校“智慧助老”典型培训项目1项，请审阅。",
                "林芳", "0531-86180000")),
        _sample("03-course-link-163.eml", "11-05 10:03:44", "合格：视频课程，附百度网盘链接与提取码", "163", "青岛市教育局+智慧助老", form(course),
                scan(course), who=("于海波", "yuhb@qingdao-edu.example.cn"), text=course_text),
        _sample("04-three-items-zip.eml", "11-05 16:20:10", "合格：三项材料打成一个压缩包，文件名为GBK编码", "foxmail", "潍坊市教育局+智慧助老",
                File("潍坊市教育局+智慧助老.zip", zip_bytes(entries, names="gbk")), who=("丁海涛", "dinght@weifang-edu.example.cn"),
                text=letter("潍坊市教育局", "现报送我市典型案例2个、典型培训项目1个，材料已打包，请查收。", "丁海涛", "0536-8790123")),
        _sample("05-word-first.eml", "11-08 08:41:15", "合格：Word与扫描件分两封发来（其一）", "outlook", "淄博市教育局+智慧助老", form(zibo, "two_tables"),
                who=zibo_who, text="各位老师：\n    现报送我市典型案例申报表，请查收。\n淄博市社区教育指导中心"),
        _sample("06-scan-four-minutes-later.eml", "11-08 08:45:31", "合格：四分钟后补来扫描件（其二），合并为一封回执", "outlook", "淄博市教育局+智慧助老",
                scan(zibo), who=zibo_who, text="刚才的邮件漏发了扫描件，现补上，抱歉。"),
        _sample("07-photos-iphone.eml", "11-08 11:02:09", "合格：手机拍照，一页一张", "iphone", "东营市教育局+智慧助老", form(dongying, "wps"),
                *(File(f"IMG_{3271 + n}.JPG", photographed(dongying, n, last=n == 1), disposition="inline") for n in range(2)),
                who=("盖晓燕", "gaixy@dongying-edu.example.cn"), text="东营市教育局报送典型案例1个，扫描仪坏了，用手机拍的盖章页，请查收。"),
        _sample("08-subject-reversed.eml", "11-08 15:18:50", "合格并提醒：主题写成“智慧助老-单位”，文件名不规范", "qq", "智慧助老-临沂市教育局",
                form(linyi, "sideways", "附件3.docx"), scan(linyi, "附件3盖章.pdf"), who=("诸葛明", "zhugem@linyi-edu.example.cn"),
                text="老师您好，附件是临沂市的培训项目，请查收，谢谢！"),
        _sample("20-second-version.eml", "11-10 10:26:40", "新版本：修改后重新报送，替换前一版", "coremail-edu", "山东师范大学+智慧助老",
                form(newer, "controls"), scan(newer), who=SHIDA_WHO, text=sdu_text),
        _sample("21-duplicate.eml", "11-10 16:50:00", "重复：与先前来信相同，不再登记", "foxmail", "济南市教育局+智慧助老", *case_files, who=LIXIA_WHO,
                text=case_text),
    ]  # fmt: skip


def _faulty() -> list[Sample]:
    yantai = Paper("case", "烟台市芝罘区社区教育学院", "仙境海岸“乐龄网驿”建设案例")
    zaozhuang = Paper("case", "枣庄市台儿庄区社区教育中心", "运河古城助老课堂")
    jining = Paper("training", "济宁市任城区社区学院", "“儒乡乐学”老年人数字素养提升班")
    gaps = jining.having(leader_phone="", teacher_post="", contact_phone="1380537")
    taian = Paper("course", "泰安市泰山区社区学院", "泰山脚下学微信")
    weihai = Paper("case", "威海市环翠区社区学院", "“海岸e学”助老志愿服务站")
    rizhao = Paper("training", "日照市东港区社区教育中心", "渔家老人移动支付安全培训")
    dezhou = Paper("case", "德州市德城区社区学院", "“太阳城”老年人数字反诈课堂")
    liaocheng = Paper("course", "聊城市东昌府区社区教育学院", "水城银龄短视频创作课")
    heze = Paper("case", "菏泽市牡丹区社区教育学院", "牡丹花开银龄路：县域智慧助老的探索")
    download = "https://wx.mail.qq.com/ftn/download?func=3&key=5e1c7a9d&code=3b9f20c4"
    huge_text = f"老师好，课程视频较大，用超大附件发送，请及时下载。\n\n从QQ邮箱发来的超大附件\n\n水城银龄短视频创作课.mp4 (862.4M, 2021年12月09日 16:30 到期)进入下载页面：{download}"
    huge_page = (
        "<div>老师好，课程视频较大，用超大附件发送，请及时下载。</div><div><br></div><div id=\"QQMailBigAttach\"><div>从QQ邮箱发来的超大附件</div>"
        f'<span class="qqmailbgattach" expiretime="1639038600" downloadlink="{download.replace("&", "&amp;")}"><a href='
        f'"{download.replace("&", "&amp;")}">水城银龄短视频创作课.mp4</a> (862.4M, 2021年12月09日 16:30 到期)</span></div>'
    )
    return [
        _sample("09-scan-missing.eml", "11-09 09:05:12", "需补正：缺盖章扫描件", "163", "烟台市教育局+智慧助老", form(yantai),
                who=("烟台社区大学", "ytsqdx@yantai-edu.example.cn"), text=letter("烟台市教育局", "现报送我市典型案例1个，请查收。", "高静", "0535-2101234")),
        _sample("10-blank-form.eml", "11-09 09:48:33", "需补正：误将空白申报表当作附件", "qq", "枣庄市教育局+智慧助老",
                File(zaozhuang.name(".docx"), papers.blank("case")), scan(zaozhuang), who=("满意", "manyi@zaozhuang-edu.example.cn"),
                text="老师好，枣庄市典型案例报送，请查收。"),
        _sample("11-fields-missing.eml", "11-09 10:30:00", "需补正：申报表漏填两栏，电话少一位另作提醒", "foxmail", "济宁市教育局+智慧助老",
                File(jining.name(".docx"), table_form(gaps, {})), scan(gaps, jining.name(".pdf")), who=("孔令军", "konglj@jining-edu.example.cn"),
                text=letter("济宁市教育局", "现将我市“智慧助老”典型培训项目予以报送，请审阅。", "孔令军", "0537-2901234")),
        _sample("12-code-missing.eml", "11-09 11:11:11", "需补正：百度网盘链接缺提取码", "mailmaster", "泰安市教育局+智慧助老", form(taian), scan(taian),
                who=("泰安市教育局民继科", "mjk@taian-edu.example.cn"), text=f"各位老师：\n泰安市报送课程资源1门，视频链接：{LINK_WITHOUT_CODE}\n请查收。"),
        _sample("13-wrong-subject.eml", "11-09 14:02:47", "需补正：主题只写“材料报送”，来信单位由落款认出", "apple", "材料报送", form(weihai, "below"), scan(weihai),
                who=("丛珊珊", "congss@weihai-edu.example.cn"), text="老师您好：\n\n附件为智慧助老典型案例材料，请查收。\n\n威海市教育局职业教育与成人教育科\n丛珊珊"),
        _sample("14-no-unit.eml", "11-09 15:33:20", "需补正：主题缺单位名称", "thunderbird", "智慧助老", form(rizhao, "word97"), scan(rizhao),
                who=("日照 申老师", "shen@rizhao-edu.example.cn"), text="您好，这是日照市教育局推荐的培训项目，请查收。"),
        _sample("15-scan-only.eml", "11-10 08:30:15", "需补正：只有扫描件，缺Word版申报表", "phone", "德州市教育和体育局+智慧助老", scan(dezhou),
                who=("德州开放大学", "dzou@dezhou-edu.example.cn"), text="德州市报送典型案例，请查收。"),
        _sample("16-large-attachment.eml", "11-09 16:31:02", "需补正：视频用会过期的超大附件发送", "qq", "聊城市教育和体育局+智慧助老", form(liaocheng),
                scan(liaocheng), who=("付强", "fuqiang@liaocheng-edu.example.cn"), text=huge_text, html=huge_page),
        _sample("17-exported-pdf.eml", "11-10 09:40:56", "需补正：PDF由Word直接导出，不是盖章扫描件", "exmail", "菏泽市教育局+智慧助老", form(heze),
                File(heze.name(".pdf"), papers.exported(heze)), who=("菏泽市教育局民继科", "mjk@heze-edu.example.cn"),
                text=letter("菏泽市教育局", "现报送典型案例1个，Word版与PDF版均已附上。", "宋佳", "0530-5310123")),
    ]  # fmt: skip


def _doubtful() -> list[Sample]:
    """What waits for a person in 待办: the submitter is told nothing of the doubt."""
    licang = Paper("case", "青岛市李沧区社区学院", "“浮山后e家”智慧助老驿站")
    return [
        _sample("24-grey-scan.eml", "11-10 17:06:12", "待核：扫描件是黑白的，印章不能确认，交工作人员查看", "163", "青岛市教育局+智慧助老", form(licang),
                File(licang.name(".pdf"), copied_grey(licang)), who=("于海波", "yuhb@qingdao-edu.example.cn"),
                text=letter("青岛市教育局", "现补报我市典型案例1个，申报表及扫描件见附件，请查收。", "于海波", "0532-85912345")),
    ]  # fmt: skip


def _others() -> list[Sample]:
    question = "老师您好，我是滨州市教育局的，请问高校和市里的材料是分别报送吗？附件4中“是否同意共享”如果学校还没确定可以先不填吗？谢谢！"
    vacation = "您好，来信收到。我于11月8日至12日外出参加培训，期间不能及时处理邮件，急事请电话联系办公室。"
    advert = "尊敬的领导：\n本公司专业制作老年大学宣传片、微课视频，双十一限时优惠，欢迎来电咨询报价。\n如不希望收到此类邮件，请点击退订。"
    return [
        _sample("18-question.eml", "11-08 16:44:08", "咨询：只登记，交工作人员答复", "163", "关于智慧助老材料报送的咨询", who=("杜老师", "du@binzhou-edu.example.cn"),
                text=question),
        _sample("19-vacation.eml", "11-08 16:50:30", "自动回复：不作答复", "qq", "自动回复：智慧助老材料报送提醒", who=("袁梦", "yuanmeng@heze-edu.example.cn"),
                text=vacation),
        Sample("22-bounce.eml", at("11-09 17:20:00"), "退信：不作答复", _bounce()),
        _sample("23-advertisement.eml", "11-10 12:12:12", "广告：不作答复", "foxmail", "老年大学宣传片、微课制作，双十一优惠", who=("小赵", "zhao@media-promo.example.com"),
                text=advert, headers=[("List-Unsubscribe", "<mailto:out@media-promo.example.com>")]),
    ]  # fmt: skip


def _bounce() -> bytes:
    """A mail server's report on a letter that could not be delivered."""
    pieces: Sequence[bytes] = (
        text_leaf("您的邮件无法投递：收件人邮箱已满。\n收件人：office@heze-edu.example.cn", "plain", "utf-8", "base64"),
        leaf([("Content-Type", "message/delivery-status")], b"Reporting-MTA: dns; mx.heze-edu.example.cn\r\n\r\nFinal-Recipient: rfc822; "
             b"office@heze-edu.example.cn\r\nAction: failed\r\nStatus: 5.2.2\r\nDiagnostic-Code: smtp; 552 mailbox full\r\n"),
        leaf([("Content-Type", "text/rfc822-headers")], b"From: <sdsqedu@163.com>\r\nSubject: test\r\n"),
    )  # fmt: skip
    kind, body = multipart("report", "=_report_5f3a", pieces, tail=";\r\n\treport-type=delivery-status")
    return message(
        [("Return-Path", "<>"), ("Received", "from mx.heze-edu.example.cn (unknown [203.0.113.44])\r\n\tby mx28 (Coremail) with SMTP id 9a8b7c; "
          "Tue, 09 Nov 2021 17:20:00 +0800 (CST)"), ("From", "Mail Delivery System <MAILER-DAEMON@mx.heze-edu.example.cn>"), ("To", OFFICE[1]),
         ("Subject", "Undelivered Mail Returned to Sender"), ("Date", "Tue, 09 Nov 2021 17:19:58 +0800"),
         ("Message-ID", "<20211109091958.report@mx.heze-edu.example.cn>"), ("Auto-Submitted", "auto-replied"), ("MIME-Version", "1.0"),
         ("Content-Type", kind)],
        body,
    )  # fmt: skip
