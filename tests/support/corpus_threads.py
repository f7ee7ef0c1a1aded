"""Corpus 501-539: scenarios of several mails: companions, corrections, versions, duplicates, deadlines."""

from __future__ import annotations

from tests.support import corpus_papers as papers
from tests.support.archive_builder import zip_bytes
from tests.support.corpus_forms import table_form
from tests.support.corpus_links import LATER, URL
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import Mail, at, both, form_file, mail, scan_file, scenario
from tests.support.mail_builder import File, History

CASE = Paper("case", "青岛市市北区社区学院", "里院银龄数字课堂")
COURSE = Paper("course", "青岛市胶州市社区学院", "秧歌手机课")
SUBJECT = "青岛市教育局+智慧助老"
FIRST = "<20211108101233.first@qingdao.example.cn>"
OUR_LETTER = History(
    text="尊敬的报送单位：\n　　来信收悉。经核，尚需补正如下：\n　　典型案例《里院银龄数字课堂》未见纸质盖章版扫描件。\n　　规范主题：青岛市教育局+智慧助老\n"
    "　　百度网盘链接https://pan.baidu.com/s/1OurOwnExample00000abcd未附提取码。\n山东省社区教育指导服务中心",
    subject="补正通知：青岛市教育局+智慧助老", to=("于海波", "yuhb@qingdao.example.cn"), date=at("11-08 10:30"),
)


def first(*files: File, when: str = "11-08 10:12:33", subject: str = SUBJECT, **more: object) -> Mail:
    return mail("foxmail", subject, *files, who="青岛市", when=when, message_id=FIRST, **more)


def answer(text: str, *files: File, when: str = "11-08 14:00", client: str = "foxmail", subject: str = SUBJECT, **more: object) -> Mail:
    """An answer to our letter: the client names both mails of the thread."""
    return mail(client, subject, *files, text=text, who="青岛市", when=when, how="reply", history=OUR_LETTER,
                in_reply_to="<baosong.letter@sdsqedu.example>", references=f"{FIRST} <baosong.letter@sdsqedu.example>", **more)  # fmt: skip


@scenario("501-word-then-scan-four-minutes-later")
def _() -> list[Mail]:
    return [first(form_file(CASE)), mail("foxmail", SUBJECT, scan_file(CASE), text="刚才漏了扫描件，补上。", who="青岛市", when="11-08 10:16:40")]


@scenario("502-scan-then-word-ten-minutes-later")
def _() -> list[Mail]:
    return [first(scan_file(CASE)), mail("foxmail", SUBJECT, form_file(CASE), text="", who="青岛市", when="11-08 10:22:40")]


@scenario("503-scan-hours-later")
def _() -> list[Mail]:
    return [first(form_file(CASE)), mail("foxmail", SUBJECT, scan_file(CASE), text="补扫描件。", who="青岛市", when="11-08 15:30")]


@scenario("504-answer-with-scan-quoting-our-letter")
def _() -> list[Mail]:
    return [first(form_file(CASE)), answer("老师好，扫描件补上，请查收。", scan_file(CASE))]


@scenario("505-code-sent-in-an-answer")
def _() -> list[Mail]:
    return [first(*both(COURSE), text=f"视频：{URL}"), answer("提取码：ab12", client="qq")]


@scenario("506-consent-given-in-an-answer")
def _() -> list[Mail]:
    paper = COURSE.having(consent="")
    return [first(*both(paper), text=f"视频：{URL} 提取码：ab12"), answer("该课程同意纳入资源库共享。", client="163")]


@scenario("507-corrected-form-only")
def _() -> list[Mail]:
    """The leader's number was missing; the corrected Word form comes alone, the scan of the first mail stays."""
    faulty = File(CASE.name(".docx"), table_form(CASE.having(leader_phone=""), {}))
    return [first(faulty, scan_file(CASE)), answer("已补充负责人电话。", File(CASE.name(".docx"), table_form(CASE, {})))]


@scenario("508-blank-form-replaced")
def _() -> list[Mail]:
    return [first(File(CASE.name(".docx"), papers.blank("case")), scan_file(CASE)), answer("表传错了，重新发送。", form_file(CASE))]


@scenario("509-new-version-next-day")
def _() -> list[Mail]:
    newer = CASE.having(leader="牟晓光", content="一、基本情况\n修改后的情况。\n二、主要做法\n修改后的做法。\n三、经验效果\n修改后的效果。")
    return [first(*both(CASE)), mail("foxmail", SUBJECT, *both(newer), text="以此版为准。", who="青岛市", when="11-09 09:00")]


@scenario("510-same-item-from-another-address")
def _() -> list[Mail]:
    other = CASE.having(leader="牟晓光")
    return [first(*both(CASE)), mail("qq", SUBJECT, *both(other), who=("市北社教", "shibei@qq.example.com"), when="11-09 09:00")]


@scenario("511-same-files-again")
def _() -> list[Mail]:
    return [first(*both(CASE)), mail("foxmail", SUBJECT, *both(CASE), who="青岛市", when="11-09 09:00")]


@scenario("512-very-same-message-again")
def _() -> list[Mail]:
    """Delivered twice by the sender's server: another Received line, the same mail."""
    raw = first(*both(CASE))
    again = raw.replace(b"10:12:37 +0800 (CST)", b"10:14:02 +0800 (CST)", 1)
    assert again != raw
    return [raw, again]


@scenario("513-subject-mended-files-the-same")
def _() -> list[Mail]:
    text = "青岛市教育局报送智慧助老典型案例，请查收。"
    return [first(*both(CASE), subject="你好", text=text), mail("foxmail", SUBJECT, *both(CASE), text=text, who="青岛市", when="11-08 11:30")]


@scenario("514-two-cases-with-similar-titles")
def _() -> list[Mail]:
    one, two = (Paper("case", CASE.unit, f"里院银龄数字课堂{part}") for part in ("（城市篇）", "（乡村篇）"))
    return [first(*both(one)), mail("foxmail", SUBJECT, *both(two), who="青岛市", when="11-09 09:00")]


@scenario("515-three-forms-then-one-zip-of-scans")
def _() -> list[Mail]:
    items = [Paper("case", f"青岛市{area}社区学院", f"{area}银龄课堂") for area in ("城阳区", "即墨区", "莱西市")]
    archive = zip_bytes([(paper.name(".pdf"), papers.scan(paper)) for paper in items], names="gbk")
    return [first(*map(form_file, items)), mail("foxmail", SUBJECT, File("扫描件.zip", archive), text="扫描件打包。", who="青岛市", when="11-08 10:20")]


@scenario("516-thanks-for-the-receipt")
def _() -> list[Mail]:
    return [first(*both(CASE)), answer("收到，谢谢老师！", client="qq")]


@scenario("517-question-in-the-thread")
def _() -> list[Mail]:
    """A person must answer; the program must not, though our letter with its links is quoted below."""
    return [first(form_file(CASE)), answer("请问扫描件可以下周再补吗？", client="163")]


@scenario("518-two-districts-two-mails-one-address")
def _() -> list[Mail]:
    """Never merged by equal subject."""
    two = Paper("case", "青岛市李沧区社区学院", "李沧智慧家园")
    return [first(*both(CASE)), mail("foxmail", SUBJECT, *both(two), who="青岛市", when="11-08 10:20")]


@scenario("519-two-strangers-same-subject")
def _() -> list[Mail]:
    """Two offices of one city, minutes apart: the second one's scan is not the first one's."""
    two = Paper("case", "青岛市李沧区社区学院", "李沧智慧家园")
    return [first(form_file(CASE)), mail("qq", SUBJECT, scan_file(two), who=("李沧社教", "licang@licang.example.cn"), when="11-08 10:15")]


@scenario("520-last-seconds-of-the-first-batch")
def _() -> list[Mail]:
    two = Paper("case", "青岛市李沧区社区学院", "李沧智慧家园")
    return [first(*both(CASE), when="11-10 23:59:50"), mail("foxmail", SUBJECT, *both(two), who="青岛市", when="11-11 00:00:01")]


@scenario("521-names-a-batch-that-is-over")
def _() -> Mail:
    return mail("foxmail", f"{SUBJECT}（第一批）", *both(CASE), who="青岛市", when="11-12 09:00")


@scenario("522-completed-after-the-deadline")
def _() -> list[Mail]:
    return [first(form_file(CASE), when="11-10 16:00"), mail("foxmail", SUBJECT, scan_file(CASE), text="补扫描件。", who="青岛市", when="11-11 09:30")]


@scenario("523-after-the-last-deadline")
def _() -> Mail:
    return mail("foxmail", SUBJECT, *both(CASE), who="青岛市", when="2022-07-16 08:00")


@scenario("524-second-batch-after-first")
def _() -> list[Mail]:
    two = Paper("training", CASE.unit, "里院手机班")
    return [first(*both(CASE)), mail("foxmail", SUBJECT, *both(two), who="青岛市", when="2022-04-15 23:59:00")]


@scenario("525-large-attachment-then-netdisk")
def _() -> list[Mail]:
    download = "https://mail.163.com/large-attachment-download/index.html?file=zzYYxxWWvv"
    text = f"视频见超大附件。\n\n从网易163邮箱发来的超大附件\n秧歌手机课.mp4 (1.2G, 2021年11月23日 10:10 到期)\n{download}"
    return [first(*both(COURSE), text=text), answer(f"已上传百度网盘：\n链接：{LATER}\n提取码：ab12", client="163")]


@scenario("526-answer-from-a-phone-on-top-of-everything")
def _() -> list[Mail]:
    """The phone quotes our letter and signs; the new text is three words, the file is new."""
    return [first(form_file(CASE)), answer("扫描件补上", File("IMG_0912.jpg", papers.photo(CASE)), client="qq-phone")]


@scenario("527-word-scan-and-question-in-one-afternoon")
def _() -> list[Mail]:
    """Three mails within the grace period: one letter."""
    return [first(form_file(CASE)), mail("foxmail", SUBJECT, scan_file(CASE), text="扫描件。", who="青岛市", when="11-08 10:15"),
            mail("foxmail", SUBJECT, form_file(Paper("training", CASE.unit, "里院手机班")), scan_file(Paper("training", CASE.unit, "里院手机班")),
                 text="还有一个培训项目。", who="青岛市", when="11-08 10:18")]  # fmt: skip


@scenario("528-corrected-scan-again-damaged-first")
def _() -> list[Mail]:
    form, scan = both(CASE)
    return [first(form, File(scan.name, scan.data[:60] + bytes(5000))), answer("扫描件重新发送。", scan)]
