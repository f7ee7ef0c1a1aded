"""Corpus 540-547: what compliant and careless clerks send one after another, found by an adversary of the decision."""

from __future__ import annotations

from tests.support import corpus_papers as papers
from tests.support.corpus_links import URL
from tests.support.corpus_papers import Paper
from tests.support.corpus_threads import CASE, COURSE, SUBJECT, answer, first
from tests.support.corpus_world import Mail, both, form_file, mail, scan_file, scenario
from tests.support.mail_builder import File

OTHER = Paper("case", "青岛市李沧区社区学院", "李沧智慧家园")


def empty(category: str) -> File:
    """The empty form under the office's own name for it."""
    return File(f"{papers.NAMES[category]}申报表.docx", papers.blank(category))


def later(text: str, *files: File, when: str, subject: str = SUBJECT, who: str | tuple[str, str] = "青岛市") -> Mail:
    """A mail of its own, outside any thread."""
    return mail("foxmail", subject, *files, text=text, who=who, when=when)


@scenario("540-one-unnamed-scan-for-two-that-lack-one")
def _() -> list[Mail]:
    second = Paper("training", CASE.unit, "里院手机班")
    return [first(form_file(CASE), form_file(second)), answer("扫描件补上。", scan_file(CASE, "扫描件.pdf"))]


@scenario("541-scans-of-two-schools-one-by-one")
def _() -> list[Mail]:
    return [first(form_file(CASE), form_file(OTHER)), later("李沧的扫描件。", scan_file(OTHER), when="11-08 10:17"),
            later("市北的扫描件。", scan_file(CASE), when="11-08 10:22")]  # fmt: skip


@scenario("542-withdrawn-by-letter")
def _() -> list[Mail]:
    letter = File("撤回申请.jpg", papers.photo(CASE))
    return [first(*both(CASE)), later("因版权原因，我单位申请撤回此前报送的典型案例，请予办理。", letter, when="11-08 15:00", subject="撤回报送材料")]


@scenario("543-colleagues-link-before-the-form")
def _() -> list[Mail]:
    return [later(f"课程视频：{URL} 提取码：ab12", when="11-08 09:00", who=("胶州社教", "jzsj@qq.example.com")), first(*both(COURSE))]


@scenario("544-offices-empty-forms-beside-a-filled-one")
def _() -> list[Mail]:
    return [first(*both(CASE), empty("training"), empty("course"))]


@scenario("545-missing-number-told-in-words")
def _() -> list[Mail]:
    return [first(form_file(CASE.having(contact_phone="")), scan_file(CASE)), answer("联系人的联系电话是13802682432。")]


@scenario("546-another-submission-of-the-same-name")
def _() -> list[Mail]:
    people = {"leader": "牟晓光", "leader_phone": "0532-84342245", "contact": "丛姗", "contact_phone": "13911112222"}
    other = CASE.having(content="海岛往返一趟要三个钟头，渔家老人很少进城，讲堂便随渡船上岛。\n" + "船上学扫码，码头上学视频通话，灯塔下学防诈骗。\n", **people)
    return [first(*both(CASE)), later("报送典型案例一件。", form_file(other), scan_file(other, seal=True, dpi=60), when="11-09 09:00")]


@scenario("547-yes-for-one-course-no-for-the-other")
def _() -> list[Mail]:
    one, two = COURSE.having(consent=""), Paper("course", COURSE.unit, "茂腔手机课").having(consent="")
    scans = [File(f"{paper.title}扫描件.pdf", papers.scan(paper)) for paper in (one, two)]
    forms = [form_file(paper, name=f"{paper.unit}+典型课程资源（{paper.title}）.docx") for paper in (one, two)]
    return [first(*forms, *scans, text=f"视频：{URL} 提取码：ab12"), answer("秧歌手机课同意共享，茂腔手机课不同意共享。")]
