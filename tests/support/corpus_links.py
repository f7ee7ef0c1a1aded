"""Corpus 401-439: share links and their codes wherever people put them, and large-file links that expire."""

from __future__ import annotations

from html import escape

from tests.support import corpus_papers as papers
from tests.support import docx_pieces as x
from tests.support.corpus_forms import table_form
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import Mail, both, form_file, mail, scan_file, scenario
from tests.support.mail_builder import File, History

COURSE = Paper("course", "青岛市胶州市社区学院", "秧歌手机课")
URL = "https://pan.baidu.com/s/1LkJh8gFdS7aQwErTyUiOpZ"
LATER = "https://pan.baidu.com/s/1MnBvCxZ2lKjHgFdSaPoIuY"


def course(text: str, client: str = "foxmail", *more: File, subject: str = "青岛市教育局+智慧助老", **rest: object) -> Mail:
    return mail(client, subject, *both(COURSE), *more, text=text, who="青岛市", **rest)


TEXTS = {
    "401-code-on-its-own-line": ("163", f"链接：{URL}\n提取码：\nab12\n"),
    "402-code-in-the-url": ("qq", f"通过网盘分享的文件：秧歌手机课.mp4\n链接: {URL}?pwd=ab12 提取码: ab12\n--来自百度网盘超级会员v4的分享"),
    "403-code-in-the-url-only": ("foxmail", f"视频见{URL}?pwd=ab12"),
    "404-code-before-the-link": ("outlook", f"提取码是ab12，链接为{URL}，永久有效。"),
    "405-full-width-code": ("sina", f"链接：{URL}　提取码：ａｂ１２"),
    "406-old-host-and-word-for-code": ("126", f"百度云：http://yun.baidu.com/s/{URL.rpartition('/')[2]} 密码:ab12"),
    "407-init-address": ("foxmail", f"https://pan.baidu.com/share/init?surl={URL.rpartition('/')[2][1:]}&pwd=ab12"),
    "408-glued-together": ("139", f"链接:{URL}提取码:ab12--来自百度网盘超级会员V3的分享"),
    "409-code-in-brackets": ("alimail", f"视频已上传百度网盘（{URL}），提取码【ab12】，永久有效。"),
    "410-no-code": ("163", f"课程视频已上传百度网盘：{URL}，请下载。"),
}


def _text(name: str) -> None:
    client, text = TEXTS[name]

    @scenario(name)
    def _() -> Mail:
        return course(text, client)


for _name in TEXTS:
    _text(_name)


@scenario("411-link-in-html-only")
def _() -> Mail:
    """The shown text is no address; code in a cell of its own."""
    page = (f'<div>老师好：</div><table><tr><td><a href="{escape(URL)}">点击下载课程视频</a></td><td>提取码</td><td><b>ab12</b></td></tr>'
            "</table>")  # fmt: skip
    return course("老师好：点击下载课程视频", "exmail", html=page)


@scenario("412-link-through-qqs-warning-page")
def _() -> Mail:
    wrapped = f"https://mail.qq.com/cgi-bin/readtemplate?t=safety&amp;check=false&amp;gourl={URL.replace(':', '%3A').replace('/', '%2F')}"
    page = f'<div>视频：<a href="{wrapped}">{URL}</a></div><div>提取码：ab12</div>'
    return course(f"视频：{URL}\n提取码：ab12", "qq", html=page)


@scenario("413-link-in-the-form")
def _() -> Mail:
    paper = COURSE.having(content=f"课程共8讲。\n视频网盘链接：{URL}\n提取码：ab12（永久有效）")
    return mail("foxmail", "青岛市教育局+智慧助老", *both(paper, "template"), text="请查收。", who="青岛市")


@scenario("414-link-in-a-text-file")
def _() -> Mail:
    note = File("视频链接.txt", f"链接：{URL}\r\n提取码：ab12\r\n".encode("gb18030"))
    return course("链接和提取码见附件txt。", "foxmail", note)


@scenario("415-hyperlink-in-a-separate-docx")
def _() -> Mail:
    body = x.p(x.r("课程视频："), x.link("rId7", "秧歌手机课（点击打开）")) + x.p("提取码：ab12")
    note = File("青岛市胶州市社区学院+视频链接.docx", papers.settled(x.package(body, links={"rId7": URL})))
    return course("视频链接见附件。", "163", note)


@scenario("416-code-in-the-caption-of-a-picture")
def _() -> Mail:
    """The link stands in the form's text, the code in a text box beside a QR code."""
    cell = x.p(f"课程共8讲，视频地址 {URL}") + x.p(x.modern_box(x.p("扫码观看，提取码：ab12")))
    form = File(COURSE.name(".docx"), table_form(COURSE, {"content": cell}))
    return mail("foxmail", "青岛市教育局+智慧助老", form, scan_file(COURSE), text="请查收。", who="青岛市")


@scenario("417-three-links-three-codes")
def _() -> Mail:
    items = [Paper("course", "青岛市胶州市社区学院", f"秧歌手机课{part}") for part in ("上篇", "中篇", "下篇")]
    urls = [f"https://pan.baidu.com/s/1{letter * 4}kJh8gFdS7aQwErTyUi" for letter in "abc"]
    text = "课程视频：\n" + "\n".join(
        f"{n}. 《{paper.title}》链接：{url}\n   提取码：{code}" for n, (paper, url, code) in enumerate(zip(items, urls, ("aa11", "bb22", "cc33"), strict=True), 1)
    )
    files = [file for n, paper in enumerate(items, 1) for file in (form_file(paper, name=paper.name(".docx", str(n))), scan_file(paper, paper.name(".pdf", str(n))))]
    return mail("foxmail", "青岛市教育局+智慧助老", *files, text=text, who="青岛市")


@scenario("418-code-in-the-subject")
def _() -> Mail:
    return course(f"视频：{URL}", "mailmaster", subject="青岛市教育局+智慧助老（提取码ab12）")


@scenario("419-qq-large-attachment")
def _() -> Mail:
    download = "https://wx.mail.qq.com/ftn/download?func=3&key=9c3f1e33&code=77aa88bb"
    page = (
        '<div>视频太大，用超大附件发送。</div><div id="QQMailBigAttach" filename="秧歌手机课.mp4"><div>从QQ邮箱发来的超大附件</div>'
        f'<span class="qqmailbgattach" expiretime="1641000000" downloadlink="{escape(download)}"><a href="{escape(download)}">秧歌手机课.mp4</a>'
        "<span>(328.03M, 2021年12月08日 21:59 到期)</span></span></div>"
    )
    text = f"视频太大，用超大附件发送。\n\n从QQ邮箱发来的超大附件\n\n秧歌手机课.mp4 (328.03M, 2021年12月08日 21:59 到期)进入下载页面：{download}"
    return course(text, "qq", html=page)


@scenario("420-163-large-attachment")
def _() -> Mail:
    download = "https://mail.163.com/large-attachment-download/index.html?file=kLmN0pQrStUvWxYz"
    page = (
        '<div>请查收。</div><div id="divNeteaseBigAttach"><div>从网易163邮箱发来的超大附件</div><div class="netease-attDown">'
        f'<a href="{download}" class="bigattach-mailmaster-download">秧歌手机课.zip</a><span>(1.2G, 2021年11月23日 10:10 到期)</span></div></div>'
    )
    text = f"请查收。\n\n从网易163邮箱发来的超大附件\n秧歌手机课.zip (1.2G, 2021年11月23日 10:10 到期)\n{download}"
    return course(text, "163", html=page)


@scenario("421-forms-only-as-large-attachment")
def _() -> Mail:
    """Nothing attached at all: forms and scans lie behind a link that expires."""
    download = "https://mail.163.com/large-attachment-download/index.html?file=aBcDeFgHiJkL"
    text = f"各位老师：材料见附件。\n\n从网易126邮箱发来的超大附件\n青岛市智慧助老材料.zip (80.96M, 2021年11月23日 0:49 到期)\n下载：{download}"
    return mail("126", "青岛市教育局+智慧助老", text=text, who="青岛市")


@scenario("422-large-attachment-without-end")
def _() -> Mail:
    """The same block, but the provider keeps the file for good: it does not expire."""
    download = "https://wx.mail.qq.com/ftn/download?func=3&key=0123abcd&code=99ff00ee"
    text = f"视频见下。\n\n从QQ邮箱发来的超大附件\n\n秧歌手机课.mp4 (48.03M, 无限期)进入下载页面：{download}"
    return course(text, "qq")


@scenario("423-enterprise-cloud-attachment")
def _() -> Mail:
    download = "https://edisk.qiye.163.com/api/biz/attachment/download?identity=5f6a7b8c&title=%E8%A7%86%E9%A2%91.mp4"
    page = (
        '<p>请查收。</p><div id="divNeteaseSiriusCloudAttach"><p>从网易企业邮箱发来的云附件</p><a class="divNeteaseSiriusCloudAttachItem" '
        f'file-name="视频.mp4" file-size="388224000" expired="1638460800000" href="{download}">视频.mp4</a><p>370.24M | 过期时间：2021年12月3日 00:00</p></div>'
    )
    text = f"请查收。\n从网易企业邮箱发来的云附件\n视频.mp4\n370.24M | 过期时间：2021年12月3日 00:00\n{download}"
    return course(text, "coremail-edu", html=page)


@scenario("424-two-codes-for-one-link")
def _() -> Mail:
    """The address bar's code and the one below agree; the link is pasted twice, once with it and once without."""
    return course(f"{URL}\n或复制：{URL}?pwd=ab12\n提取码：ab12", "foxmail")


@scenario("425-own-letter-quoted-below")
def _() -> Mail:
    """A first mail as an answer below our notice: the link in the office's own letter is nothing the unit sent."""
    history = History(
        text="各单位：\n请按通知报送。通知及附件下载：https://pan.baidu.com/s/1NoticeOfOffice2021abcd 提取码：zzzz\n山东省社区教育指导服务中心",
        subject="智慧助老报送通知",
    )
    return course(f"老师好，现报送课程。\n链接：{URL}\n提取码：ab12", "163", how="reply", history=history, keep_subject=True)


@scenario("426-homepage-in-signature")
def _() -> Mail:
    """A website in the signature is no resource: a shared video is still missing."""
    return course("请查收。\n\n--\n胶州市社区学院\n网址：http://www.jzsqxy.example.cn\n地址：胶州市北京路1号", "outlook")


@scenario("427-link-mail-without-forms")
def _() -> Mail:
    """Everything lies in the netdisk: forms cannot be looked at, but the mail is neither empty nor expiring."""
    return mail("foxmail", "青岛市教育局+智慧助老", text=f"材料较大，均在网盘：{LATER} 提取码：ab12 永久有效。", who="青岛市")


@scenario("428-zero-width-and-wrapped")
def _() -> Mail:
    broken = URL.replace("/s/", "/\u200bs/")
    return course(f"链接：\u200b{broken}\u00a0\n提取码\u00a0：\u200bab12", "apple")


@scenario("429-format-flowed-wrap")
def _() -> Mail:
    text = f"课程视频见百度网盘链接 <{URL}>\n提取码 ab12 （永久有效，如无法打开请与我联系，谢谢各位老师）"
    return course(text, "thunderbird")


@scenario("430-folder-link-with-path")
def _() -> Mail:
    return course(f"{URL}#list/path=%2F%E7%A7%A7%E6%AD%8C 提取码 ab12", "qq-phone")
