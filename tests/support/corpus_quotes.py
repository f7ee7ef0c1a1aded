"""Corpus 440-459: the same forward and the same answer by ten clients; 531-: longer threads; 624-: more unrelated mail."""

from __future__ import annotations

from tests.support import corpus_papers as papers
from tests.support import docx_pieces as x
from tests.support.corpus_forms import table_form
from tests.support.corpus_more import NOTICE
from tests.support.corpus_papers import Paper
from tests.support.corpus_threads import CASE, FIRST, SUBJECT, answer, first
from tests.support.corpus_world import Mail, both, form_file, mail, scan_file, scenario
from tests.support.mail_builder import OFFICE, File, History, leaf, message, multipart, text_leaf

COURSE = Paper("course", "菏泽市曹县社区学院", "汉服之乡直播课")
BELOW = History(
    text="市局领导：\n    我县课程视频已上传，请审核后上报。\n链接：https://pan.baidu.com/s/1qUoTeBcDeFgHiJkLmNoPqR\n提取码：cx66\n曹县社区学院",
    subject="曹县智慧助老课程", sender=("曹县社区学院", "caoxian@caoxian.example.cn"), to=("菏泽市教育局民继科", "hzmjk@heze.example.cn"),
)
OURS = History(
    text="菏泽市教育局：\n    您好。典型案例请按通知要求报送，填报示例见 https://pan.baidu.com/s/1OfficeExample00000wxyz 提取码：9999\n"
    "    规范主题：菏泽市教育局+智慧助老\n山东省社区教育指导服务中心",
    subject="菏泽市教育局+智慧助老", to=("菏泽市教育局民继科", "hzmjk@heze.example.cn"),
)
CLIENTS = ("foxmail", "qq", "163", "outlook", "outlook-exchange", "apple", "thunderbird", "mailmaster", "coremail-edu", "sina")


def _client(number: int, client: str) -> None:
    @scenario(f"{440 + number}-forward-by-{client}")
    def _() -> Mail:
        return mail(client, "菏泽市教育局+智慧助老", *both(COURSE, dpi=56), text="转报曹县课程，请查收。", how="forward", history=BELOW, who="菏泽市")

    @scenario(f"{450 + number}-answer-by-{client}")
    def _() -> Mail:
        paper = Paper("case", "菏泽市鄄城县社区学院", "孙膑故里助老课")
        return mail(client, "菏泽市教育局+智慧助老", *both(paper, dpi=56), text="老师好，材料已按要求整理，请查收。", how="reply", history=OURS, who="菏泽市",
                    in_reply_to="<letter-1@sdsqedu.example>")  # fmt: skip


for _number, _name in enumerate(CLIENTS):
    _client(_number, _name)


@scenario("531-colleague-answers-with-the-scan")
def _() -> list[Mail]:
    """Another address, but in the thread: the scan completes the item; it is no new version."""
    other = ("市北社区学院", "shibei@shibei.example.cn")
    second = mail("outlook", SUBJECT, scan_file(CASE), text="扫描件由我补上。", who=other, when="11-08 15:00", how="reply", history=OURS,
                  in_reply_to=FIRST, references=FIRST)  # fmt: skip
    return [first(form_file(CASE)), second]


@scenario("532-faulty-three-times")
def _() -> list[Mail]:
    exported = File(CASE.name(".pdf"), papers.exported(CASE))
    return [first(form_file(CASE)), answer("补上PDF。", exported, when="11-08 14:00"), answer("这次是盖章扫描件。", scan_file(CASE, CASE.name(".pdf", "（盖章）")), when="11-08 17:00")]


@scenario("533-another-item-in-the-thread")
def _() -> list[Mail]:
    training = Paper("training", CASE.unit, "里院手机班")
    return [first(*both(CASE)), answer("另有一个培训项目一并报送。", *both(training))]


@scenario("534-scan-after-midnight-of-the-deadline")
def _() -> list[Mail]:
    return [first(form_file(CASE), when="11-10 23:55"), mail("foxmail", SUBJECT, scan_file(CASE), text="扫描件", who="青岛市", when="11-11 00:03")]


@scenario("535-corrected-title-in-an-answer")
def _() -> list[Mail]:
    faulty = File(CASE.name(".docx"), table_form(CASE.having(contact=""), {}))
    mended = CASE.having(title="里院银龄数字课堂（修订）")
    return [first(faulty, scan_file(CASE)), answer("联系人已补，题目略作修改。", File(CASE.name(".docx"), table_form(mended, {})))]


@scenario("536-second-case-of-the-unit-in-two-mails")
def _() -> list[Mail]:
    """The first case is complete; another case comes as form, then scan. Nothing of it touches the first."""
    two = Paper("case", CASE.unit, "劈柴院里的智慧生活")
    return [first(*both(CASE)), mail("foxmail", SUBJECT, form_file(two), text="另一个案例。", who="青岛市", when="11-08 14:00"),
            mail("foxmail", SUBJECT, scan_file(two), text="扫描件。", who="青岛市", when="11-08 14:05")]  # fmt: skip


@scenario("537-own-mail-passed-on-again")
def _() -> list[Mail]:
    """A week later the clerk forwards the sent mail once more: the very same files."""
    sent = History(text="现报送，请查收。", subject=SUBJECT, sender=("于海波", "yuhb@qingdao.example.cn"), to=OFFICE)
    again = mail("foxmail", SUBJECT, *both(CASE), text="", how="forward", history=sent, who="青岛市", when="11-09 16:00")
    return [first(*both(CASE), text="现报送，请查收。"), again]


@scenario("538-subject-mended-in-an-answer-without-files")
def _() -> list[Mail]:
    text = "青岛市教育局报送智慧助老典型案例，请查收。"
    return [first(*both(CASE), subject="材料", text=text),
            answer("主题已改，材料同上一封。", subject=SUBJECT, keep_subject=True)]  # fmt: skip


@scenario("539-county-first-then-the-city")
def _() -> list[Mail]:
    """The district sends its case itself; the city sends the same files again among others."""
    two = Paper("training", "青岛市城阳区社区学院", "城阳手机班")
    county = mail("qq", "青岛市市北区教育和体育局+智慧助老", *both(CASE), who=("市北社教", "shibei@shibei.example.cn"), when="11-08 09:00")
    return [county, mail("foxmail", SUBJECT, *both(CASE), *both(two), who="青岛市", when="11-09 09:00")]


# Unrelated -----------------------------------------------------------------------------------------------------------


@scenario("624-notice-passed-on-to-districts")
def _() -> Mail:
    """A city passes the notice with its blank forms on to its districts and copies the office: nothing is submitted."""
    notice = File("通知.docx", papers.settled(x.package(x.p("山东省教育厅处室函件") + x.lines(NOTICE))))
    blanks = [File(f"附件{n}.docx", papers.blank(kind)) for n, kind in ((2, "case"), (3, "training"), (4, "course"))]
    return mail("foxmail", f"转发：{NOTICE}", notice, *blanks, text="各区市教体局：现将通知转发给你们，请于11月5日前报市局。", who="烟台市",
                to=[("各区市", "districts@yantai.example.cn")], cc=[OFFICE])  # fmt: skip


@scenario("625-press-release")
def _() -> Mail:
    text = "编辑老师：附件是我市开展智慧助老志愿服务活动的新闻稿及照片，请予采用。"
    story = File("新闻稿.docx", papers.settled(x.package(x.p("我市开展智慧助老志愿服务活动") + x.lines("本报讯：11月6日，志愿者走进社区教老人使用智能手机。"))))
    return mail("163", "【新闻投稿】智慧助老志愿服务活动", story, File("活动照片.jpg", papers.snapshot("新闻")), text=text, who=("通讯员", "tongxun@media.example.org"))


@scenario("626-recall-of-outlook")
def _() -> Mail:
    return mail("outlook", "撤回: 青岛市教育局+智慧助老", text="于海波 希望撤回邮件“青岛市教育局+智慧助老”。", who="青岛市")


@scenario("627-delivery-delayed")
def _() -> Mail:
    report = leaf([("Content-Type", "message/delivery-status")], b"Reporting-MTA: dns; mx.example.cn\r\n\r\nFinal-Recipient: rfc822; a@b.cn\r\nAction: delayed\r\nStatus: 4.4.1\r\n")
    kind, body = multipart("report", "=r=", [text_leaf("delayed", "plain", "us-ascii", "7bit"), report], tail="; report-type=delivery-status")
    return message([("Return-Path", "<>"), ("Received", "from mx by mx28; Mon, 8 Nov 2021 12:00:00 +0800"), ("From", "postmaster@mx.example.cn"), ("To", OFFICE[1]),
                    ("Subject", "Delivery Status Notification (Delay)"), ("Message-ID", "<delay@mx.example.cn>"), ("MIME-Version", "1.0"), ("Content-Type", kind)], body)  # fmt: skip


@scenario("628-question-with-our-letter-and-its-forms-below")
def _() -> Mail:
    """The client keeps the attachments of the answered mail: our own blank form comes back under a question."""
    return mail("outlook", "菏泽市教育局+智慧助老", File("附件2 典型案例申报表.docx", papers.blank("case")), text="请问这个表里的负责人填局领导还是学院领导？",
                how="reply", history=OURS, who="菏泽市", in_reply_to="<letter-1@sdsqedu.example>")  # fmt: skip
