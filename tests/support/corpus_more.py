"""Corpus, second helping: structures and files of rarer programs, harder subjects and forms (141-, 256-, 344-, 431-)."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from xml.sax.saxutils import escape

import numpy as np

from tests.support import corpus_papers as papers
from tests.support import docx_pieces as x
from tests.support.archive_builder import zip_bytes
from tests.support.corpus_forms import CASE, COURSE, WITH_LINK, filled
from tests.support.corpus_links import COURSE as DANCE
from tests.support.corpus_links import LATER, URL
from tests.support.corpus_papers import Paper
from tests.support.corpus_pdf import text_pdf
from tests.support.corpus_world import COVER, Mail, both, form_file, mail, scan_file, scenario
from tests.support.form_builder import HEADINGS, ROWS
from tests.support.mail_builder import (
    OFFICE,
    File,
    encoded_word,
    file_leaf,
    fold_base64,
    leaf,
    message,
    multipart,
    text_leaf,
)

# Subjects ------------------------------------------------------------------------------------------------------------

NOTICE = "关于转发教育部职成司《关于组织开展“智慧助老”优质工作案例、教育培训项目及课程资源推介工作的通知》的通知"
SUBJECTS: dict[str, tuple[str, str, str, str]] = {
    "142-office-addressed-in-subject": ("致山东省社区教育指导服务中心：淄博市教育局+智慧助老", "淄博市高青县社区学院", "淄博市", "foxmail"),
    "143-invisible-characters": ("\u200b烟台市教育局\u00a0+\ufeff智慧助老\u200b", "烟台市龙口市社区学院", "烟台市", "qq"),
    "144-traditional-characters": ("濟南市教育局+智慧助老", "济南市历下区社区学院", "济南市", "apple"),
    "145-category-behind-topic": ("潍坊市教育局+智慧助老+典型案例", "潍坊市昌乐县社区学院", "潍坊市", "163"),
    "146-city-without-its-suffix": ("济南历城区教体局+智慧助老", "济南市历城区社区学院", "济南市", "qq"),
    "147-district-of-two-cities": ("市中区教育局+智慧助老", "枣庄市市中区社区教育学院", "枣庄市", "foxmail"),
    "148-independent-college": ("青岛农业大学海都学院+智慧助老", "青岛农业大学海都学院", "高校", "163"),
    "149-half-width-brackets": ("中国石油大学(华东)继续教育学院+智慧助老", "中国石油大学（华东）", "高校", "coremail-edu"),
    "150-college-renamed": ("烟台大学文经学院+智慧助老", "烟台理工学院", "高校", "outlook"),
    "151-topic-in-blanks-and-tags": ("【烟台市教育局】 【智慧助老】", "烟台市招远市社区学院", "烟台市", "sina"),
}


def _subject(name: str) -> None:
    subject, unit, who, client = SUBJECTS[name]

    @scenario(name)
    def _() -> Mail:
        return mail(client, subject, *both(Paper("case", unit, f"{unit[:6]}数字助老实践"), dpi=56), who=who)


for _name in SUBJECTS:
    _subject(_name)


@scenario("141-answer-to-the-notice")
def _() -> Mail:
    """Answered below the notice itself: its title names the topic, no unit."""
    paper = Paper("case", "聊城市东阿县社区学院", "阿胶之乡助老课")
    text = "老师好，附件是我们的材料。\n\n聊城市教育和体育局\n付强"
    return mail("foxmail", f"回复: {NOTICE}", *both(paper), text=text, who="聊城市")


@scenario("152-topic-mistyped")
def _() -> Mail:
    paper = Paper("case", "日照市东港区社区学院", "东港智慧助老")
    return mail("qq", "日照市教育局+智慧住老", *both(paper), text="日照市教育局报送智慧助老典型案例。", who="日照市")


# Structures and files ------------------------------------------------------------------------------------------------


def _by_hand(kind: str, body: bytes, paper: Paper, subject: str) -> Mail:
    return message(
        [("Received", "from mx by mx28 (Coremail); Mon, 08 Nov 2021 09:30:05 +0800 (CST)"), ("From", "clerk@hand.example.cn"),
         ("To", OFFICE[1]), ("Subject", encoded_word(subject)), ("Date", "Mon, 08 Nov 2021 09:30:00 +0800"),
         ("Message-ID", f"<{paper.number}@hand.example.cn>"), ("MIME-Version", "1.0"), ("Content-Type", kind)],
        body,
    )  # fmt: skip


@scenario("256-files-inside-the-alternative")
def _() -> Mail:
    """Apple Mail with an attachment between two paragraphs: the HTML side of the alternative holds the files."""
    paper = Paper("case", "济南市市中区社区学院", "经七路银龄课")
    form, scan = (file_leaf(file, "2231", "utf-8") for file in both(paper))
    page = text_leaf("<html><body><p>各位老师：</p></body></html>", "html", "utf-8", "quoted-printable")
    tail = text_leaf("<html><body><p>请查收。</p></body></html>", "html", "utf-8", "quoted-printable")
    kind, mixed = multipart("mixed", "Apple-Mail=_2", [page, form, tail, scan])
    plain = text_leaf("各位老师：\n\n请查收。", "plain", "utf-8", "quoted-printable")
    kind, body = multipart("alternative", "Apple-Mail=_1", [plain, leaf([("Content-Type", kind)], mixed)])
    return _by_hand(kind, body, paper, "济南市教育局+智慧助老")


@scenario("257-files-inside-related")
def _() -> Mail:
    """Lotus Notes puts everything into one multipart/related."""
    paper = Paper("training", "青岛理工大学", "理工社区银龄班")
    page = text_leaf("<html><body>请查收。</body></html>", "html", "GBK", "base64")
    pieces = [page, *(file_leaf(replace(file, cid=f"{n}_part@notes"), "word", "GBK") for n, file in enumerate(both(paper)))]
    kind, body = multipart("related", "=_related 0012", pieces)
    return _by_hand(kind, body, paper, "青岛理工大学+智慧助老")


@scenario("258-signed-mail")
def _() -> Mail:
    paper = Paper("case", "山东政法学院", "法治助老数字课")
    files = [file_leaf(file, "word", "utf-8") for file in both(paper)]
    kind, mixed = multipart("mixed", "inner", [text_leaf(COVER, "plain", "utf-8", "base64"), *files])
    signature = leaf([("Content-Type", "application/pkcs7-signature; name=smime.p7s"), ("Content-Transfer-Encoding", "base64"),
                      ("Content-Disposition", "attachment; filename=smime.p7s")], fold_base64(bytes(range(256)) * 4))  # fmt: skip
    kind, body = multipart("signed", "outer", [leaf([("Content-Type", kind)], mixed), signature],
                           tail=';\r\n\tprotocol="application/pkcs7-signature"; micalg=sha-256')  # fmt: skip
    return _by_hand(kind, body, paper, "山东政法学院+智慧助老")


@scenario("259-photo-pasted-into-the-text")
def _() -> Mail:
    """The stamped page is pasted into the text instead of attached: large, and a page."""
    paper = Paper("case", "临沂市临沭县社区学院", "柳编之乡助老课")
    image = papers.page_image(paper, dpi=110)
    noisy = np.clip(image + np.random.default_rng(5).normal(0, 6, image.shape), 0, 255).astype(np.uint8)
    picture = File("Image(11-08-10-12-33).jpg", papers.jpeg(noisy, 55), disposition=None, cid="_Foxmail.1@page")
    page = '<div>盖章页：</div><div><img src="cid:_Foxmail.1@page" border="0"></div>'
    return mail("foxmail", "临沂市教育局+智慧助老", form_file(paper), picture, html=page, text="盖章页：", who="临沂市")


@scenario("260-searchable-pdf")
def _() -> Mail:
    """A scanner with text recognition: the picture of the page, and its text behind it, invisible."""
    paper = Paper("case", "德州市宁津县社区学院", "蟋蟀之乡银龄课")
    data = papers.searchable(paper)
    return mail("foxmail", "德州市教育和体育局+智慧助老", form_file(paper), File(paper.name(".pdf"), data), who="德州市")


@scenario("261-page-in-strips")
def _() -> Mail:
    """Copiers cut a page into strips: eight pictures make one page."""
    paper = Paper("case", "泰安市东平县社区学院", "东平湖畔助老课")
    return mail("163", "泰安市教育局+智慧助老", form_file(paper), File(paper.name(".pdf"), papers.stripes(paper)), who="泰安市")


@scenario("262-exported-pdf-with-a-picture-of-the-seal")
def _() -> Mail:
    """The form printed to PDF with a picture of the seal on it: no scan of paper, yet stamped somehow. For a person."""
    paper = Paper("case", "聊城大学", "聊大银龄数字课")
    data = papers.exported(paper, seal=True)
    return mail("qq", "聊城大学+智慧助老", form_file(paper), File(paper.name(".pdf", "（盖章）"), data), who="高校")


@scenario("263-strict-open-xml")
def _() -> Mail:
    paper = Paper("case", "菏泽市定陶区社区学院", "定陶数字助老")
    data = papers.rewritten(papers.word(paper), lambda name, text: text.replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main"
    ).replace("http://schemas.openxmlformats.org/officeDocument/2006/relationships", "http://purl.oclc.org/ooxml/officeDocument/relationships"))
    return mail("outlook", "菏泽市教育局+智慧助老", File(paper.name(".docx"), data), scan_file(paper), who="菏泽市")


@scenario("264-word-xml-named-doc")
def _() -> Mail:
    """A flat package: what Word saves as one XML file, under the old suffix."""
    paper = Paper("training", "菏泽市巨野县社区学院", "工笔牡丹画乡手机班")
    pieces = []
    with zipfile.ZipFile(io.BytesIO(papers.word(paper))) as package:
        for name in package.namelist():
            if name == "[Content_Types].xml":
                continue
            text = re.sub(r"<\?xml[^>]*\?>", "", package.read(name).decode())
            kind = x.MAIN if name == "word/document.xml" else "application/vnd.openxmlformats-package.relationships+xml"
            pieces.append(f'<pkg:part pkg:name="/{name}" pkg:contentType="{kind}"><pkg:xmlData>{text}</pkg:xmlData></pkg:part>')
    flat = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?><?mso-application progid="Word.Document"?>'
            f'<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">{"".join(pieces)}</pkg:package>')  # fmt: skip
    return mail("foxmail", "菏泽市教育局+智慧助老", File(paper.name(".doc"), flat.encode()), scan_file(paper), who="菏泽市")


@scenario("265-mhtml-named-doc")
def _() -> Mail:
    paper = Paper("case", "枣庄市峄城区社区学院", "冠世榴园助老课")
    page = leaf([("Content-Location", "file:///C:/form.htm"), ("Content-Transfer-Encoding", "quoted-printable"),
                 ("Content-Type", 'text/html; charset="gb2312"')], _quoted(papers.html_doc(paper)))  # fmt: skip
    kind, body = multipart("related", "----=_NextPart_01D7D445", [page])
    data = message([("MIME-Version", "1.0"), ("Content-Type", kind)], body)
    return mail("foxmail", "枣庄市教育局+智慧助老", File(paper.name(".doc"), data), scan_file(paper), who="枣庄市")


def _quoted(data: bytes) -> bytes:
    from tests.support.mail_builder import quoted_printable

    return quoted_printable(data)


@scenario("266-rtf-named-doc")
def _() -> Mail:
    paper = Paper("case", "枣庄市市中区社区学院", "青檀山下助老课")
    return mail("outlook", "枣庄市教育局+智慧助老", File(paper.name(".doc"), papers.rtf(paper)), scan_file(paper), who="枣庄市")


@scenario("267-main-part-of-another-name")
def _() -> Mail:
    """Office 365 in the browser calls the main part word/document2.xml."""
    paper = Paper("case", "东营市利津县社区教育中心", "凤凰城助老课")
    data = papers.rewritten(papers.word(paper), lambda name, text: text.replace("word/document.xml", "word/document2.xml"),
                            {"word/document.xml": "word/document2.xml", "word/_rels/document.xml.rels": "word/_rels/document2.xml.rels"})  # fmt: skip
    return mail("outlook-exchange", "东营市教育局+智慧助老", File(paper.name(".docx"), data), scan_file(paper), who="东营市")


@scenario("268-all-annexes-in-one-document")
def _() -> Mail:
    """The notice's annexes 2 to 4 in one file, only annex 3 filled in: the other two are no fault."""
    paper = Paper("training", "滨州市沾化区社区教育中心", "冬枣之乡手机班")

    def table(category: str, values: dict[str, str]) -> str:
        rows = [x.tr(*(cell for key, label in row for cell in (x.tc(label), x.tc(values.get(key, ""))))) for row in ROWS[category]]
        return x.p(HEADINGS[category]) + x.tbl(*rows) + x.p()

    empty = {"course_type": "□教材（读本）\n□视频资源，视频时长_____分钟\n□其他"}
    guide = {"content": "主要围绕以下三方面内容：\n一、基本情况：（500字以内）。\n二、主要做法：（1500字以内）。\n三、经验效果：（1000字以内）。"}
    body = x.p("附件2") + table("case", guide) + x.p("附件3") + table("training", paper.values()) + x.p("附件4") + table("course", empty)
    data = papers.settled(x.package(body))
    return mail("foxmail", "滨州市教育局+智慧助老", File(paper.name(".docx"), data), scan_file(paper), who="滨州市")


@scenario("269-notice-sent-back-with-the-forms")
def _() -> Mail:
    paper = Paper("case", "威海市临港区社区学院", "临港助老课")
    notice = File("鲁教民处函〔2021〕4号.docx", papers.settled(x.package(x.p("山东省教育厅处室函件") + x.lines(f"{NOTICE}\n各市教育局：\n报送材料命名格式为“单位+材料类别”。"))))
    return mail("163", "威海市教育局+智慧助老", notice, *both(paper), who="威海市")


@scenario("270-zip-with-backslashes")
def _() -> Mail:
    items = [Paper("case", f"济宁市{area}社区学院", f"{area}助老课") for area in ("金乡县", "鱼台县")]
    entries = [(f"济宁市\\{paper.unit}\\{name}".replace("\\", "/"), data) for paper in items
               for name, data in ((paper.name(".docx"), papers.word(paper)), (paper.name(".pdf"), papers.scan(paper)))]  # fmt: skip
    return mail("foxmail", "济宁市教育局+智慧助老", File("济宁市.zip", zip_bytes(entries, names="cp437-backslash")), who="济宁市")


@scenario("271-zip-with-photos-in-folders")
def _() -> Mail:
    items = [Paper("case", f"泰安市{area}老年大学", f"{area}银龄课") for area in ("泰山区", "岱岳区")]
    entries = []
    for paper in items:
        entries.append((f"{paper.unit}/{paper.name('.docx')}", papers.word(paper)))
        entries += [(f"{paper.unit}/{n + 1}.jpg", papers.photo(paper, n, seal=n == 1)) for n in range(2)]
    return mail("qq", "泰安市教育局+智慧助老", File("泰安.zip", zip_bytes(entries, names="gbk")), who="泰安市")


@scenario("272-form-in-the-text-of-the-mail")
def _() -> Mail:
    """The form is pasted into the mail's text; only the scan is attached. The Word form itself is missing."""
    paper = Paper("case", "潍坊市昌邑市社区学院", "丝绸之乡助老课")
    rows = "".join("<tr>" + "".join(f"<td>{label}</td><td>{escape(paper.values().get(key, ''))}</td>" for key, label in row) + "</tr>" for row in ROWS["case"])
    page = f"<div>{HEADINGS['case']}</div><table border=1>{rows}</table>"
    text = "\n".join(f"{label}\t{paper.values().get(key, '')}" for row in ROWS["case"] for key, label in row)
    return mail("foxmail", "潍坊市教育局+智慧助老", scan_file(paper), text=text, html=page, who="潍坊市")


# Forms ---------------------------------------------------------------------------------------------------------------


@scenario("344-consent-yes-in-one-word")
def _() -> Mail:
    return filled(COURSE.having(consent="是"), {}, text=WITH_LINK)


@scenario("345-consent-boxes-no-in-words")
def _() -> Mail:
    return filled(COURSE.having(consent="□是  ☑否", content="网址：https://mooc.example.cn/course/38"), {})


@scenario("346-consent-tick-behind")
def _() -> Mail:
    return filled(COURSE.having(consent="同意（√）  不同意（  ）"), {}, text=WITH_LINK)


@scenario("347-consent-refused-with-address-in-the-cell")
def _() -> Mail:
    return filled(COURSE.having(consent="不同意共享，课程网址：http://lll.example.cn/kc/1203.html"), {})


@scenario("348-two-kinds-ticked")
def _() -> Mail:
    return filled(COURSE.having(course_type="☑教材（读本）\n☑视频资源，视频时长 90 分钟\n□其他"), {}, text=f"样书已邮寄。{WITH_LINK}")


@scenario("349-only-the-title-filled-in")
def _() -> Mail:
    """Not the untouched template: every empty field is named."""
    empty = dict.fromkeys(("applicant_unit", "leader", "leader_phone", "contact", "contact_phone", "teacher", "teacher_post",
                           "training_runs", "training_people", "content", "effect"), "")  # fmt: skip
    paper = Paper("training", "济南市章丘区社区学院", "章丘大葱之乡手机班")
    return mail("foxmail", "济南市教育局+智慧助老", File(paper.name(".docx"), papers.word(paper.having(**empty), "template")), scan_file(paper))


@scenario("350-underscores-are-no-name")
def _() -> Mail:
    return filled(CASE.having(leader="________"), {})


@scenario("351-form-in-landscape-with-pictures-in-the-content")
def _() -> Mail:
    """Photos inside the content are illustrations, not the scan."""
    photo = papers.snapshot("课堂", (150, 120, 90))
    cell = x.lines(CASE.values()["content"]) + x.p(x.picture("rId20", 12, 9))
    values = CASE.values()
    rows = [x.tr(*(piece for key, label in row for piece in (x.tc(label), x.tc(cell if key == "content" else values.get(key, ""))))) for row in ROWS["case"]]
    data = papers.settled(x.package(x.p(HEADINGS["case"]) + x.tbl(*rows) + x.p(), files={"rId20": ("media/image1.jpeg", photo)}))
    return mail("foxmail", "济南市教育局+智慧助老", File(CASE.name(".docx"), data))


# Links ---------------------------------------------------------------------------------------------------------------


@scenario("431-link-in-a-sheet")
def _() -> Mail:
    table = File("课程链接汇总.xlsx", papers.sheet([("课程", "链接", "提取码"), (DANCE.title, URL, "ab12")]))
    return mail("163", "青岛市教育局+智慧助老", *both(DANCE), table, text="链接见附表。", who="青岛市")


@scenario("432-link-in-a-text-pdf")
def _() -> Mail:
    note = File("视频链接及提取码.pdf", text_pdf(f"课程视频链接\n{URL}\n提取码：ab12"))
    return mail("foxmail", "青岛市教育局+智慧助老", *both(DANCE), note, text="链接见附件。", who="青岛市")


@scenario("433-one-folder-for-three-courses")
def _() -> Mail:
    items = [Paper("course", "青岛市胶州市社区学院", f"秧歌手机课{part}") for part in ("初级", "中级", "高级")]
    files = [file for n, paper in enumerate(items, 1) for file in (form_file(paper, name=paper.name(".docx", str(n))), scan_file(paper, paper.name(".pdf", str(n))))]
    return mail("foxmail", "青岛市教育局+智慧助老", *files, text=f"三门课程视频在同一文件夹：\n链接：{LATER}\n提取码：xy34", who="青岛市")


@scenario("434-code-of-capitals-and-digits")
def _() -> Mail:
    return mail("qq", "青岛市教育局+智慧助老", *both(DANCE), text=f"链接：{URL} 提取码：Ab1D", who="青岛市")


@scenario("435-password-of-an-archive-is-no-code")
def _() -> Mail:
    """Another number that opens something else must not be taken for the extraction code."""
    return mail("qq", "青岛市教育局+智慧助老", *both(DANCE), text=f"链接：{URL}\n视频压缩包解压密码：2021\n提取码：ab12", who="青岛市")


@scenario("436-code-in-another-file-than-the-link")
def _() -> Mail:
    note = File("提取码.txt", "提取码：ab12".encode("gb18030"))
    return mail("foxmail", "青岛市教育局+智慧助老", *both(DANCE), note, text=f"视频：{URL}", who="青岛市")
