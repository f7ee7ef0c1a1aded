"""Corpus 201-259: several items, archives, forwarded and nested mails, odd scans, blocked and broken files."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support import corpus_papers as papers
from tests.support.archive_builder import rar4_bytes, rar5_bytes, seven_zip_bytes, tar_bytes, zip_bomb, zip_bytes
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import Mail, both, form_file, mail, scan_file, scenario
from tests.support.mail_builder import File, History

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
OLD_FORM = Paper("case", "济宁市兖州区社区学院", "兴隆塔下的智慧课堂")
"""The item of papers/old-form.doc, which LibreOffice saved in the format of Word 97 (scripts/make-corpus --old-form)."""

Files = list[tuple[str, bytes]]


def loose(*items: Paper) -> Files:
    """Names and bytes of forms and scans, as they are put into archives."""
    return [(file.name or "", file.data) for paper in items for file in both(paper)]


def packed(name: str, data: bytes) -> File:
    return File(name, data, media_type="application/octet-stream")


@scenario("201-three-items-loose")
def _() -> Mail:
    items = (Paper("case", "济南市历下区社区教育学院", "泉城银龄e课堂"), Paper("training", "济南市天桥区社区教育学院", "天桥区老年人手机培训"),
             Paper("case", "济南市长清区老年大学", "大学城里的忘年课堂"))  # fmt: skip
    return mail("foxmail", "济南市教育局+智慧助老", *(file for paper in items for file in both(paper)))


@scenario("202-zip-with-gbk-names")
def _() -> Mail:
    items = (Paper("case", "淄博市临淄区社区学院", "齐都银龄行动"), Paper("training", "淄博市周村区社区学院", "旱码头手机大讲堂"))
    data = zip_bytes([(f"淄博市报送材料/{name}", body) for name, body in loose(*items)], names="gbk")
    return mail("163", "淄博市教育局+智慧助老", File("淄博市教育局+智慧助老.zip", data), who="淄博市")


@scenario("203-seven-zip")
def _() -> Mail:
    paper = Paper("case", "烟台市海阳市社区学院", "海阳秧歌队的手机课")
    return mail("foxmail", "烟台市教育局+智慧助老", packed("烟台市教育局+智慧助老.7z", seven_zip_bytes(loose(paper))), who="烟台市")


@scenario("204-rar-4-gbk")
def _() -> Mail:
    paper = Paper("training", "潍坊市诸城市社区学院", "恐龙之乡银发数字营")
    return mail("qq", "潍坊市教育局+智慧助老", File("智慧助老.rar", rar4_bytes(loose(paper))), who="潍坊市")


@scenario("205-rar-5")
def _() -> Mail:
    paper = Paper("case", "临沂市莒南县社区学院", "天佛山下智慧行")
    return mail("foxmail", "临沂市教育局+智慧助老", File("临沂智慧助老.rar", rar5_bytes(loose(paper))), who="临沂市")


@scenario("206-tar-gz-gbk")
def _() -> Mail:
    paper = Paper("case", "青岛科技大学", "橡胶谷助老实验室")
    # gzip writes the time of packing into its header: fixed, so that two runs give the same bytes.
    data = gzip.compress(tar_bytes(loose(paper), charset="gb18030"), mtime=0)
    return mail("thunderbird", "青岛科技大学+智慧助老", packed("青岛科技大学+智慧助老.tar.gz", data), who="高校")


@scenario("207-zip-in-zip")
def _() -> Mail:
    one, two = Paper("case", "聊城市冠县社区学院", "梨园里的微课"), Paper("course", "聊城市高唐县社区学院", "健康码怎么用").having(
        course_type="☑教材（读本）\n□视频资源，视频时长____分钟\n□其他"
    )
    inner = [(f"{paper.unit}.zip", zip_bytes(loose(paper), names="gbk")) for paper in (one, two)]
    return mail("exmail", "聊城市教育和体育局+智慧助老", File("聊城市.zip", zip_bytes(inner, names="gbk")), who="聊城市")


@scenario("208-zip-from-a-mac")
def _() -> Mail:
    paper = Paper("case", "山东艺术学院", "艺术院校的银龄数字舞台")
    entries = [*loose(paper), (f"__MACOSX/._{paper.name('.docx')}", b"\x00\x05\x16\x07" + bytes(80)), (".DS_Store", b"\x00\x00\x00\x01Bud1")]
    return mail("apple", "山东艺术学院+智慧助老", File("归档.zip", zip_bytes(entries, names="utf8-unflagged")), who="高校")


@scenario("209-forwarded-as-attachment")
def _() -> Mail:
    paper = Paper("case", "东营市垦利区社区教育中心", "黄河口老人触网记")
    inner = mail("qq", "垦利区智慧助老材料", *both(paper), who=("垦利社教", "kenli@kenli.example.cn"), when="11-06 09:00", received=False)
    attached = File("垦利区智慧助老材料.eml", inner, media_type="message/rfc822", transfer="8bit")
    return mail("outlook", "东营市教育局+智慧助老", attached, text="转报垦利区材料，请查收。", who="东营市")


@scenario("210-forwarded-twice-as-attachment")
def _() -> Mail:
    paper = Paper("training", "滨州市惠民县社区学院", "孙武故里银龄班")
    first = mail("phone", "惠民县材料", *both(paper), who=("惠民", "huimin@huimin.example.cn"), when="11-05 09:00", received=False)
    attached = File("惠民县材料.eml", first, media_type="message/rfc822", transfer="8bit")
    second = mail("foxmail", "转发: 惠民县材料", attached, who=("市社教中心", "sj@binzhou.example.cn"), when="11-06 09:00", received=False)
    outer = File(None, second, media_type="message/rfc822", transfer="8bit")
    return mail("thunderbird", "滨州市教育局+智慧助老", outer, text="见附件。", who="滨州市")


@scenario("211-forwarded-inline-with-link-below")
def _() -> Mail:
    """The city passes a county's mail on: text and link stand in the quoted part only, and are the material."""
    paper = Paper("course", "菏泽市曹县社区学院", "直播带货入门").having(course_type="□教材（读本） ☑视频资源，视频时长60分钟 □其他")
    history = History(
        text="市局领导：\n我县课程视频链接：https://pan.baidu.com/s/1cX8kLmN3pQrS5tUvW7xYzA\n提取码：cx60\n曹县社区学院",
        subject="曹县课程资源", sender=("曹县社区学院", "caoxian@caoxian.example.cn"), to=("菏泽", "hzmjk@heze.example.cn"),
    )
    return mail("163", "菏泽市教育局+智慧助老", *both(paper), text="", how="forward", history=history, who="菏泽市")


@scenario("212-scan-pasted-into-a-second-docx")
def _() -> Mail:
    paper = Paper("case", "枣庄市山亭区社区教育中心", "山亭区适老化改造案例")
    pages = [papers.jpeg(papers.page_image(paper, page=n, seal=n == 1)) for n in range(2)]
    scanned = File(paper.name(".docx", "（盖章扫描件）"), papers.pasted(pages, above=""))
    return mail("qq", "枣庄市教育局+智慧助老", form_file(paper), scanned, who="枣庄市")


@scenario("213-scan-pasted-below-the-form")
def _() -> Mail:
    paper = Paper("case", "威海市高区社区学院", "威高智慧夕阳")
    pages = [papers.jpeg(papers.page_image(paper, page=n, seal=n == 1)) for n in range(2)]
    return mail("foxmail", "威海市教育局+智慧助老", File(paper.name(".docx"), papers.pasted(pages, form=paper)), who="威海市")


@scenario("214-one-photo-a-page-rotated")
def _() -> Mail:
    paper = Paper("training", "日照职业技术学院", "日职银龄智学")
    pages = [File(paper.name(f"{n + 1}.jpg", "盖章扫描件"), papers.photo(paper, n, turned=n, seal=n == 2)) for n in range(3)]
    return mail("mailmaster-phone", "日照职业技术学院+智慧助老", form_file(paper), *pages, who="高校")


@scenario("215-one-pdf-for-two-forms")
def _() -> Mail:
    items = (Paper("case", "泰安市岱岳区社区学院", "泰山脚下的数字课"), Paper("case", "泰安市新泰市社区学院", "莲花山老年智学"))
    return mail("foxmail", "泰安市教育局+智慧助老", *(form_file(paper) for paper in items),
                File("盖章扫描件（合订）.pdf", papers.joint_scan(items)), who="泰安市")  # fmt: skip


@scenario("216-exported-pdf-beside-the-scan")
def _() -> Mail:
    paper = Paper("case", "济南大学", "“济济一堂”数字助老")
    plain = File(paper.name(".pdf"), papers.exported(paper))
    return mail("163", "济南大学+智慧助老", form_file(paper, "template"), plain, scan_file(paper, paper.name(".pdf", "-盖章扫描件")), who="高校")


@scenario("217-exported-pdf-in-place-of-the-scan")
def _() -> Mail:
    paper = Paper("case", "济南职业学院", "匠心助老")
    return mail("qq", "济南职业学院+智慧助老", form_file(paper), File(paper.name(".pdf"), papers.exported(paper)), who="高校")


@scenario("218-scan-only")
def _() -> Mail:
    paper = Paper("training", "德州市夏津县社区学院", "椹果之乡手机班")
    return mail("foxmail", "德州市教育和体育局+智慧助老", scan_file(paper), who="德州市")


@scenario("219-word-only")
def _() -> Mail:
    paper = Paper("case", "聊城市阳谷县社区学院", "景阳冈下的智能课")
    return mail("outlook", "聊城市教育和体育局+智慧助老", form_file(paper, "template"), who="聊城市")


@scenario("220-blank-form-with-scan")
def _() -> Mail:
    paper = Paper("case", "青岛市平度市社区学院", "平度数字乡村助老")
    return mail("163", "青岛市教育局+智慧助老", File(paper.name(".docx"), papers.blank("case")), scan_file(paper), who="青岛市")


@scenario("221-blank-form-beside-the-filled-one")
def _() -> Mail:
    paper = Paper("case", "青岛市莱西市社区学院", "月湖银龄课堂")
    return mail("163", "青岛市教育局+智慧助老", File("附件2 典型案例申报表（模板）.docx", papers.blank("case")), *both(paper, "template"), who="青岛市")


@scenario("222-word-97-doc")
def _() -> Mail:
    data = (CORPUS / "papers" / "old-form.doc").read_bytes()
    return mail("foxmail", "济宁市教育局+智慧助老", File(OLD_FORM.name(".doc"), data), scan_file(OLD_FORM), who="济宁市")


@scenario("223-wps-file")
def _() -> Mail:
    data = (CORPUS / "papers" / "old-form.doc").read_bytes()
    form = File(OLD_FORM.name(".wps"), data, media_type="application/kswps")
    return mail("phone", "济宁市教育局+智慧助老", form, scan_file(OLD_FORM), who="济宁市")


@scenario("224-docx-named-doc")
def _() -> Mail:
    paper = Paper("case", "临沂市蒙阴县社区学院", "蒙山沂水数字情")
    form, scan = both(paper, "wps")
    return mail("foxmail", "临沂市教育局+智慧助老", File(paper.name(".doc"), form.data), scan, who="临沂市")


@scenario("225-web-page-named-doc")
def _() -> Mail:
    paper = Paper("training", "山东交通学院", "交通院校助老出行培训")
    return mail("coremail-edu", "山东交通学院+智慧助老", File(paper.name(".doc"), papers.html_doc(paper)), scan_file(paper), who="高校")


@scenario("226-form-with-password")
def _() -> Mail:
    paper = Paper("case", "烟台职业学院", "芝罘湾银龄课")
    return mail("outlook", "烟台职业学院+智慧助老", File(paper.name(".docx"), papers.locked_form()), scan_file(paper), who="高校")


@scenario("227-zip-with-password")
def _() -> Mail:
    paper = Paper("case", "潍坊学院", "风筝都助老行动")
    data = zip_bytes(loose(paper), names="gbk", password=b"2021")
    return mail("163", "潍坊学院+智慧助老", File("潍坊学院+智慧助老.zip", data), text="解压密码请电话联系。", who="高校")


@scenario("228-damaged-docx")
def _() -> Mail:
    paper = Paper("case", "滨州学院", "飞行学院的银龄数字航线")
    form, scan = both(paper, "template")
    return mail("qq", "滨州学院+智慧助老", File(form.name, form.data[:4000]), scan, who="高校")


@scenario("229-damaged-pdf")
def _() -> Mail:
    paper = Paper("case", "菏泽学院", "牡丹花开银龄路")
    form, scan = both(paper)
    return mail("qq", "菏泽学院+智慧助老", form, File(scan.name, scan.data[:40] + bytes(9000)), who="高校")


@scenario("230-program-attached")
def _() -> Mail:
    paper = Paper("case", "东营职业学院", "油城助老先锋")
    return mail("foxmail", "东营职业学院+智慧助老", *both(paper), File("课程播放器.exe", papers.program()), who="高校")


@scenario("231-macros-in-the-form")
def _() -> Mail:
    paper = Paper("case", "枣庄学院", "墨子故里助老科普")
    form = File(paper.name(".docm"), papers.macro_form(paper), media_type="application/vnd.ms-word.document.macroEnabled.12")
    return mail("foxmail", "枣庄学院+智慧助老", form, scan_file(paper), who="高校")


@scenario("232-zip-bomb")
def _() -> Mail:
    paper = Paper("case", "德州学院", "太阳城里的银龄课")
    bomb = zip_bomb(300 * 2**20)
    return mail("foxmail", "德州学院+智慧助老", *both(paper), File("课程素材.zip", bomb), who="高校")


@scenario("233-irregular-file-names")
def _() -> Mail:
    paper = Paper("case", "济宁市嘉祥县社区学院", "石雕之乡助老行")
    return mail("qq", "济宁市教育局+智慧助老", form_file(paper, name="附件2.docx"), scan_file(paper, "扫描全能王 2021-11-08 10.02.pdf"), who="济宁市")


@scenario("234-right-names-with-additions")
def _() -> Mail:
    """Numbers, brackets, the title behind the category: nobody is told off for those."""
    papers_ = [Paper("case", "泰安市肥城市社区学院", title) for title in ("桃乡银龄课堂", "桃乡助老志愿队")]
    files = []
    for number, paper in enumerate(papers_, 1):
        tail = f"{number}（{paper.title}）"
        files += [form_file(paper, name=paper.name(".docx", tail)), scan_file(paper, paper.name(".pdf", f"{tail}盖章扫描件"))]
    return mail("foxmail", "泰安市教育局+智慧助老", *files, who="泰安市")


@scenario("235-activity-photos-beside")
def _() -> Mail:
    paper = Paper("training", "青岛大学", "青大银龄手机营")
    photos = [File(f"活动照片{n}.jpg", papers.snapshot(f"活动{n}")) for n in (1, 2)]
    return mail("163", "青岛大学+智慧助老", *both(paper), *photos, who="高校")


@scenario("236-logo-is-no-scan")
def _() -> Mail:
    paper = Paper("case", "潍坊职业学院", "潍职助老行")
    page = '<div>请查收。<br>潍坊职业学院<br><img src="cid:sign@wfvc"></div>'
    mark = File("image001.png", papers.logo(), disposition="inline", cid="sign@wfvc")
    return mail("outlook", "潍坊职业学院+智慧助老", form_file(paper), mark, html=page, who="高校")


@scenario("237-tiff-scan")
def _() -> Mail:
    paper = Paper("case", "山东理工大学", "理工银龄创客")
    return mail("foxmail", "山东理工大学+智慧助老", form_file(paper), File(paper.name(".tif"), papers.tiff(paper)), who="高校")


@scenario("238-heic-photos")
def _() -> Mail:
    import pillow_heif

    paper = Paper("case", "威海职业学院", "威职银龄海课")
    pages = []
    for number in range(2):
        picture = Image.fromarray(np.asarray(Image.open(io.BytesIO(papers.photo(paper, number)))))
        heif, out = pillow_heif.from_pillow(picture), io.BytesIO()
        heif.save(out, quality=30)
        pages.append(File(f"IMG_310{number}.HEIC", out.getvalue(), media_type="image/heic"))
    return mail("iphone", "威海职业学院+智慧助老", form_file(paper), *pages, who="高校")


@scenario("239-list-and-official-letter-beside")
def _() -> Mail:
    paper = Paper("case", "临沂市沂南县社区学院", "诸葛故里智慧助老")
    table = File("临沂市推荐材料汇总表.xlsx", papers.sheet([("序号", "单位", "类别"), ("1", paper.unit, "典型案例")]))
    said = "经县区申报、专家评议和公示，现推荐沂南县社区学院《诸葛故里智慧助老》等一项典型案例参加智慧助老优质工作案例征集，请予审核。"
    letter = File("临沂市教育局推荐函.pdf", papers.picture_pdf([papers.jpeg(papers.letter_image("临沂市教育局", "关于推荐智慧助老典型案例的函", said))]))
    return mail("foxmail", "临沂市教育局+智慧助老", *both(paper), table, letter, who="临沂市")
