"""Corpus 001-039: ordinary, compliant submissions as every client writes them, and what mail programs do to names."""

from __future__ import annotations

from dataclasses import replace

from tests.support import mail_clients
from tests.support.corpus_papers import Paper, photo, video
from tests.support.corpus_world import COVER, Mail, at, both, form_file, mail, scan_file, scenario
from tests.support.mail_builder import (
    OFFICE,
    File,
    chunk_word,
    file_leaf,
    fold_base64,
    leaf,
    message,
    multipart,
    parameter,
    text_leaf,
)
from tests.support.outlook_builder import winmail_dat

LINK = "https://pan.baidu.com/s/1Qx7mYb2LkP0vR4cTn8dWeA"


@scenario("001-foxmail-case")
def _() -> Mail:
    paper = Paper("case", "济南市历下区社区教育学院", "银龄数字课堂")
    return mail("foxmail", "济南市教育局+智慧助老", *both(paper, "template", dpi=100))


@scenario("002-qq-web-training")
def _() -> Mail:
    paper = Paper("training", "青岛市市南区社区学院", "玩转智能手机公益培训")
    return mail("qq", "青岛市教育局+智慧助老", *both(paper, "wps", dpi=100), who="青岛市")


@scenario("003-163-course-link")
def _() -> Mail:
    paper = Paper("course", "烟台大学", "微信使用入门")
    text = f"老师好：\n附件是我校申报表，视频见网盘。\n链接: {LINK} \n提取码: k7m2 \n复制这段内容后打开百度网盘手机App，操作更方便哦"
    return mail("163", "烟台大学+智慧助老", *both(paper, "template", dpi=100), text=text, who="高校")


@scenario("004-126-case")
def _() -> Mail:
    paper = Paper("case", "淄博市张店区社区教育学院", "“三进三教”助老跨越数字鸿沟")
    raw = mail("126", "淄博市教育局+智慧助老", *both(paper, "merged"), who=("淄博", "zbsqjy@126.example.com"))
    return raw.replace(b"www.mailtech.cn 163com", b"www.mailtech.cn 126com")


@scenario("005-outlook-case")
def _() -> Mail:
    paper = Paper("case", "枣庄市薛城区老年大学", "“指尖课堂”进社区")
    return mail("outlook", "枣庄市教育局+智慧助老", *both(paper, "two_tables"), who="枣庄市")


@scenario("006-exchange-training")
def _() -> Mail:
    paper = Paper("training", "山东师范大学", "大学生志愿者银龄数字帮扶计划")
    return mail("outlook-exchange", "山东师范大学+智慧助老", *both(paper, "controls"), who="高校")


@scenario("007-apple-mail-case")
def _() -> Mail:
    paper = Paper("case", "东营市东营区社区教育中心", "胜利社区智慧养老学堂")
    return mail("apple", "东营市教育局+智慧助老", *both(paper, "nested"), who="东营市")


@scenario("008-iphone-photos")
def _() -> Mail:
    paper = Paper("case", "烟台市芝罘区社区教育学院", "家门口的智能手机课")
    pages = [File(f"IMG_{2041 + n}.JPG", photo(paper, n, turned=n % 2), disposition="inline") for n in range(2)]
    return mail("iphone", "烟台市教育局+智慧助老", form_file(paper, "below"), *pages, who="烟台市")


@scenario("009-netease-mail-master-training")
def _() -> Mail:
    paper = Paper("training", "潍坊市奎文区社区教育中心", "银发族手机摄影与视频通话班")
    return mail("mailmaster", "潍坊市教育局+智慧助老", *both(paper, "word97"), who="潍坊市")


@scenario("010-thunderbird-case")
def _() -> Mail:
    paper = Paper("case", "济宁市任城区社区学院", "“儒乡e家”老年数字素养提升行动")
    return mail("thunderbird", "济宁市教育局+智慧助老", *both(paper, "sideways"), who="济宁市")


@scenario("011-android-wps")
def _() -> Mail:
    paper = Paper("case", "泰安市泰山区社区教育学院", "登山式进阶教学法助老用网")
    return mail("phone", "泰安市教育局+智慧助老", *both(paper, "wps"), who="泰安市")


@scenario("012-coremail-university-textbook")
def _() -> Mail:
    paper = Paper("course", "山东大学", "老年人智能手机应用读本").having(
        course_type="☑教材（读本）\n□视频资源，视频时长____分钟\n□其他", content="大字版读本，全书12章，另配练习册。"
    )
    text = "各位老师：\n我校《老年人智能手机应用读本》的申报表及盖章扫描件见附件，纸质教材已于昨日通过EMS寄出，请注意查收。"
    return mail("coremail-edu", "山东大学+智慧助老", *both(paper, "template", dpi=100), text=text, who="山东大学")


@scenario("013-sina-case")
def _() -> Mail:
    paper = Paper("case", "威海市环翠区社区学院", "海岸线上的数字课堂")
    return mail("sina", "威海市教育局+智慧助老", *both(paper), who="威海市")


@scenario("014-189-case")
def _() -> Mail:
    base = mail_clients.CLIENTS["139"]
    mail_clients.CLIENTS.setdefault(
        "189",
        replace(base, charset="GBK", extras=lambda d: {"X-Mailer": "21CN WebMail v6", "X-Originating-IP": "[203.0.113.9]"},
                message_id=lambda d: f"{d.token('m', 10)}.webmail@{d.sender[1].rpartition('@')[2]}"),
    )  # fmt: skip
    paper = Paper("case", "日照市东港区社区教育中心", "渔家老人学用智能手机")
    return mail("189", "日照市教育局+智慧助老", *both(paper), who="日照市")


@scenario("015-tencent-exmail-training")
def _() -> Mail:
    paper = Paper("training", "临沂市兰山区社区学院", "沂蒙红嫂志愿者教老人用手机")
    return mail("exmail", "临沂市教育局+智慧助老", *both(paper, "two_tables"), who="临沂市")


@scenario("016-alimail-case")
def _() -> Mail:
    paper = Paper("case", "德州市德城区老年大学", "“候鸟课堂”：老年人移动支付安全教育")
    return mail("alimail", "德州市教育和体育局+智慧助老", *both(paper, "controls"), who="德州市")


@scenario("017-gmail-case")
def _() -> Mail:
    paper = Paper("case", "聊城市东昌府区社区教育学院", "水城银龄网上行")
    return mail("gmail", "聊城市教育和体育局+智慧助老", *both(paper, "below"), who="聊城市")


@scenario("018-raw-gbk-headers")
def _() -> Mail:
    paper = Paper("case", "滨州市滨城区社区教育中心", "孙子兵法城里的数字助老兵")
    return mail("raw-gbk", "滨州市教育局+智慧助老", *both(paper), who="滨州市")


@scenario("019-gb2312-label-with-gbk-characters")
def _() -> Mail:
    paper = Paper("case", "菏泽市牡丹区社区教育学院", "镕古铸今：牡丹之乡智慧助老实践").having(leader="陈喆", contact="朱镕")
    files = (form_file(paper), scan_file(paper))
    text = "老师好：\n负责人为陈喆，联系人朱镕，请查收。"
    return mail("foxmail", "菏泽市教育局+智慧助老", *files, text=text, who=("朱镕喆", "zhurz@heze.example.cn"))


@scenario("020-foxmail-english")
def _() -> Mail:
    paper = Paper("training", "中国海洋大学", "海大银龄学堂")
    return mail("foxmail-en", "中国海洋大学+智慧助老", *both(paper, "nested"), who="高校")


@scenario("021-outlook-winmail-dat")
def _() -> Mail:
    paper = Paper("case", "济南市槐荫区社区教育学院", "槐荫智慧夕阳红")
    inner = [(file.name or "", file.data) for file in both(paper, "template")]
    data = winmail_dat(inner, body="各位老师：现报送材料，请查收。", subject="济南市教育局+智慧助老")
    tnef = File("winmail.dat", data, media_type="application/ms-tnef")
    return mail("outlook-rtf", "济南市教育局+智慧助老", tnef, text="各位老师：现报送材料，请查收。")


@scenario("022-qq-phone-photo-scan")
def _() -> Mail:
    paper = Paper("case", "青岛市即墨区社区学院", "古城巷里的手机班")
    pages = [File(f"微信图片_2021110809151{n}.jpg", photo(paper, n, turned=3)) for n in range(2)]
    return mail("qq-phone", "青岛市教育局+智慧助老", form_file(paper), *pages, who="青岛市")


@scenario("023-mail-master-phone-course")
def _() -> Mail:
    paper = Paper("course", "淄博职业学院", "防范电信诈骗十讲")
    film = File("防范电信诈骗第一讲.mp4", video())
    return mail("mailmaster-phone", "淄博职业学院+智慧助老", *both(paper, "merged"), film, who="高校")


@scenario("024-words-split-inside-characters")
def _() -> Mail:
    """The old habit of cutting base64 words at a fixed number of bytes, whatever character that hits."""
    paper = Paper("case", "潍坊市寿光市社区教育学院", "菜乡老人触网记")
    raw = "潍坊市教育局+智慧助老".encode("gb18030")
    words = "\r\n ".join(chunk_word(raw[n : n + 7], "GBK" if n % 2 else "gbk", "B") for n in range(0, len(raw), 7))
    files = []
    for file in both(paper):
        name = (file.name or "").encode()
        split = " ".join(chunk_word(name[n : n + 11], "utf-8", "B") for n in range(0, len(name), 11))
        head = b'application/octet-stream; name="' + split.encode() + b'"'
        disposition = b'attachment; filename="' + split.encode() + b'"'
        pairs = [("Content-Type", head), ("Content-Transfer-Encoding", "base64"), ("Content-Disposition", disposition)]
        files.append(leaf(pairs, fold_base64(file.data)))
    kind, body = multipart("mixed", "----=_Part_7_1", [text_leaf(COVER, "plain", "GBK", "base64"), *files])
    return message(
        [("Received", "from mx (unknown [203.0.113.7]) by mx28 (Coremail); Mon, 8 Nov 2021 10:20:00 +0800 (CST)"),
         ("From", "dinght@weifang.example.cn"), ("To", OFFICE[1]), ("Subject", words), ("Date", "Mon, 8 Nov 2021 10:19:55 +0800"),
         ("Message-ID", "<split-words@weifang.example.cn>"), ("MIME-Version", "1.0"), ("Content-Type", kind)],
        body,
    )  # fmt: skip


@scenario("025-rfc2231-gbk-continuations")
def _() -> Mail:
    paper = Paper("case", "济宁市曲阜市社区教育学院", "孔子故里老年人“数字六艺”课程化实施与推广的实践案例")
    files = [replace(file, style="2231-gbk", name=(file.name or "").replace("典型案例", "典型案例-数字六艺课程化实施与推广"))
             for file in both(paper)]  # fmt: skip
    return mail("thunderbird", "济宁市教育局+智慧助老", *files, who="济宁市", charset="GBK")


@scenario("026-nameless-parts")
def _() -> Mail:
    """A script's mail: neither Content-Type nor Content-Disposition names the files, one has no disposition at all."""
    paper = Paper("case", "临沂市费县社区教育中心", "山村老人的第一部智能机")
    form, scan = both(paper)
    files = [replace(form, name=None, media_type="application/octet-stream"),
             replace(scan, name=None, disposition=None, media_type="application/octet-stream")]  # fmt: skip
    return mail("mailmaster", "临沂市教育局+智慧助老", *files, who="临沂市", html=False)


@scenario("027-names-on-content-type-only")
def _() -> Mail:
    paper = Paper("training", "德州市乐陵市社区教育学院", "枣乡银龄手机培训")
    files = [replace(file, names="type", media_type="application/octet-stream", disposition=None) for file in both(paper)]
    return mail("sina", "德州市教育和体育局+智慧助老", *files, who="德州市")


@scenario("028-percent-encoded-names")
def _() -> Mail:
    paper = Paper("case", "青岛职业技术学院", "“青职e站”社区服务")
    files = [replace(file, style="percent") for file in both(paper)]
    return mail("alimail", "青岛职业技术学院+智慧助老", *files, who="高校")


@scenario("029-uuencode-and-quoted-printable")
def _() -> Mail:
    paper = Paper("case", "泰安市新泰市社区教育学院", "新泰市老年人智能技术普及")
    form, scan = both(paper)
    return mail("mailmaster", "泰安市教育局+智慧助老", replace(form, transfer="x-uuencode"),
                replace(scan, transfer="quoted-printable"), who="泰安市")  # fmt: skip


@scenario("030-apple-inline-pdf")
def _() -> Mail:
    """Apple Mail shows one-page PDFs inside the text: they are the scan all the same."""
    paper = Paper("case", "威海市荣成市社区学院", "好运角老年智学营")
    form, scan = both(paper)
    return mail("apple", "威海市教育局+智慧助老", form, replace(scan, disposition="inline"), who="威海市")


@scenario("031-digital-signature-and-logo")
def _() -> Mail:
    from tests.support.corpus_papers import logo

    paper = Paper("case", "山东财经大学", "财大银龄理财防骗课堂")
    page = ('<div>各位老师：<br>现报送我校材料，请查收。<br><br>--<br>山东财经大学继续教育学院<br>'
            '<img src="cid:logo@sdufe"></div>')  # fmt: skip
    mark = File("logo.png", logo(), disposition="inline", cid="logo@sdufe")
    signature = File("smime.p7s", b"\x30\x82\x01\x0a" + bytes(range(200)), media_type="application/pkcs7-signature")
    return mail("outlook", "山东财经大学+智慧助老", *both(paper), mark, signature, html=page, who="高校")


@scenario("032-both-name-styles-disagree")
def _() -> Mail:
    """An old gateway rewrote the plain name to question marks; the RFC 2231 one beside it is whole."""
    paper = Paper("case", "滨州市邹平市社区教育中心", "梁邹大地智慧助老行")
    parts = [text_leaf(COVER, "plain", "utf-8", "base64")]
    for file in both(paper):
        bare = file_leaf(replace(file, name=None), "word", "utf-8")
        head, _, body = bare.partition(b"\r\n\r\n")
        right = parameter("filename", file.name or "", "2231")
        wrong = b'; filename="????+????.' + (file.name or "").rpartition(".")[2].encode() + b'"'
        head = head.replace(b"Content-Disposition: attachment", b"Content-Disposition: attachment" + wrong + right)
        parts.append(head + b"\r\n\r\n" + body)
    kind, body = multipart("mixed", "==gateway==", parts)
    return message(
        [("Received", "from gw by mx; Mon, 8 Nov 2021 15:00:00 +0800"), ("From", "bzdu@binzhou.example.cn"), ("To", OFFICE[1]),
         ("Subject", chunk_word("滨州市教育局+智慧助老".encode(), "UTF-8", "Q")), ("Date", at("11-08 15:00").strftime("%d %b %Y %H:%M:%S +0800")),
         ("Message-ID", "<gateway@binzhou.example.cn>"), ("MIME-Version", "1.0"), ("Content-Type", kind)],
        body,
    )  # fmt: skip


@scenario("033-quoted-printable-took-bytes-for-line-ends")
def _() -> Mail:
    """A client that treats a PDF as text: every LF of the picture arrives as CRLF. The page opens, its picture is rubbish from the
    first such byte on, so nobody can tell whether there is a seal: for a person, and no fault of the unit."""
    paper = Paper("case", "泰安市宁阳县社区教育学院", "宁阳县老年人智能技术普及")
    form, scan = both(paper)
    return mail("mailmaster", "泰安市教育局+智慧助老", form, replace(scan, transfer="quoted-text"), who="泰安市")
