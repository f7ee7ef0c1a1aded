"""What is said about links: contents against the form, other places, doubtful readings, large files that expire."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.decide import Case as DecideCase
from core.decide import Decision, LinkView, decide
from core.facts import Link, LinkState
from core.link_report import LinkReport, SharedFile
from tests.support.facts import FIRST_BATCH, codes, form, mail, rules, scan, word

BAIDU = Link("baidu", "https://pan.baidu.com/s/1abcdefghijklmnopqrstuv", "ab12")
QUARK = Link("quark", "https://pan.quark.cn/s/2196a91bc124", "xy12")
PAGE = Link("web", "https://www.jnsqdx.cn/course/12.html")
HOME = Link("web", "https://www.jnsqdx.cn/")


def shared(*names: str, has_video: bool | None = None, complete: bool = True) -> LinkReport:
    files = tuple(SharedFile(name.rstrip("/"), 0 if name.endswith("/") else 5_000_000, name.endswith("/")) for name in names)
    count = sum(not file.is_dir for file in files)
    return LinkReport("good", LinkState.OK, permanent=True, files=files, file_count=count, has_video=has_video, complete=complete)


def course(*links: Link, reports: dict[str, LinkReport] | None = None, checked: bool = True, **fields: object) -> Decision:
    facts = mail("济南市教育局+智慧助老", word("历下+典型课程资源.docx", form("course", **fields)), scan("历下+典型课程资源.pdf"), links=links)
    views = {url: LinkView(report.state, "ab12", report=report) for url, report in (reports or {}).items()}
    return decide(DecideCase(1, facts, FIRST_BATCH, links=views), replace(rules(), links_checked=checked))


def test_a_share_with_a_video_is_fine() -> None:
    decision = course(BAIDU, reports={BAIDU.url: shared("第一讲.mp4", has_video=True)})
    assert (decision.verdict, codes(decision)) == ("accepted", [])


def test_a_share_without_a_video_is_for_a_person_with_the_list() -> None:
    decision = course(BAIDU, reports={BAIDU.url: shared("教案.docx", "课件.pdf", has_video=False)})
    assert codes(decision) == ["link.no_video"]
    assert decision.verdict == "review"
    (found,) = decision.findings
    assert "教案.docx（5MB）、课件.pdf（5MB）" in found.evidence
    assert found.evidence in found.text
    assert decision.letter is not None
    assert decision.letter.kind == "receipt"
    assert not decision.letter.items[0].problems


def test_an_empty_folder_is_for_a_person_whatever_the_resource() -> None:
    for kind in ("video", "textbook", "other"):
        decision = course(BAIDU, reports={BAIDU.url: shared("新建文件夹/", has_video=False)}, course_type=kind)
        assert "link.no_video" in codes(decision, "review"), kind


@pytest.mark.parametrize("report", [
    shared("课程.zip", has_video=None),
    shared("目录/", has_video=None, complete=False),
    LinkReport("good", LinkState.OK),
])  # fmt: skip
def test_what_cannot_be_told_is_not_said(report: LinkReport) -> None:
    assert codes(course(BAIDU, reports={BAIDU.url: report})) == []


def test_a_video_elsewhere_or_no_video_wanted() -> None:
    empty = {BAIDU.url: shared("教案.docx", has_video=False)}
    assert codes(course(BAIDU, PAGE, reports=empty)) == [], "the video may lie on the page"
    assert codes(course(BAIDU, HOME, reports=empty)) == ["link.no_video"]
    assert codes(course(BAIDU, reports=empty, course_type="textbook")) == []
    assert codes(course(BAIDU, reports=empty, consent=False)) == []


def test_one_of_two_shares_holds_it() -> None:
    other = replace(BAIDU, url=BAIDU.url[:-1] + "w")
    both = {BAIDU.url: shared("教案.docx", has_video=False), other.url: shared("第一讲.mp4", has_video=True)}
    assert codes(course(BAIDU, other, reports=both)) == []
    assert codes(course(BAIDU, other, reports={BAIDU.url: both[BAIDU.url]}, checked=False)) == [], "one was not looked into"


@pytest.mark.parametrize(("link", "place"), [(QUARK, "夸克网盘"), (PAGE, "网页地址")])
def test_another_place_is_a_friendly_word(link: Link, place: str) -> None:
    decision = course(link)
    assert (decision.verdict, codes(decision, "note")) == ("accepted", ["link.other_place"])
    assert decision.letter is not None
    (note,) = decision.letter.items[0].notes
    assert place in note.text
    assert "百度网盘" in note.text
    assert decision.letter.kind == "receipt"


def test_no_word_where_another_place_is_right() -> None:
    for decision in (course(QUARK, BAIDU, reports={BAIDU.url: shared("a.mp4", has_video=True)}), course(PAGE, consent=False),
                     course(QUARK, course_type="textbook")):  # fmt: skip
        assert "link.other_place" not in codes(decision)


@pytest.mark.parametrize("state", [s for s in LinkState if s is not LinkState.OK])
@pytest.mark.parametrize("code", ["ab12", None])
def test_a_doubtful_link_is_never_an_error(state: LinkState, code: str | None) -> None:
    link = replace(BAIDU, code=code, doubtful=True)
    view = LinkView(state, code, report=LinkReport("bad", state))
    facts = mail("济南市教育局+智慧助老", word("历下+典型课程资源.docx", form("course")), scan("历下+典型课程资源.pdf"), links=(link,))
    decision = decide(DecideCase(1, facts, FIRST_BATCH, links={link.url: view}), replace(rules(), links_checked=True))
    assert codes(decision, "error") == []
    assert (decision.verdict, codes(decision)) == ("review", ["link.unchecked"])
    opened = decide(DecideCase(1, facts, FIRST_BATCH, links={link.url: LinkView(LinkState.OK, "ab12")}), replace(rules(), links_checked=True))
    assert opened.verdict == "accepted"


def test_a_doubtful_link_gives_way_to_a_sure_one_of_another_mail() -> None:
    sure = mail("济南市教育局+智慧助老", word("历下+典型课程资源.docx", form("course")), links=(BAIDU,))
    first = decide(DecideCase(1, sure, FIRST_BATCH), rules())
    item = replace(first.items[0], id=7)
    read = replace(BAIDU, url=BAIDU.url[:-1] + "1", doubtful=True)
    second = mail("济南市教育局+智慧助老", replace(scan("历下+典型课程资源.pdf"), links=(read,)), message_id="<2@jinan.test>")
    decision = decide(DecideCase(2, second, FIRST_BATCH, known=(item,)), rules())
    assert [link.url for link in decision.items[0].links] == [BAIDU.url]


@pytest.mark.parametrize(("expires", "said"), [
    ("2021年12月1日 9:30", "（显示2021年12月1日 9:30到期）"), ("7天", "（有效期7天）"), (None, "超大附件只是有期限的下载链接"),
])  # fmt: skip
def test_large_file_links_tell_their_term(expires: str | None, said: str) -> None:
    link = Link("mail_large_file", "https://mail.163.com/large-attachment-download/index.html?p=abc", expires=expires)
    decision = course(link)
    assert codes(decision, "error") == ["attachment.cloud_expiring"]
    assert said in decision.findings[0].text
    assert codes(course(replace(link, expires="无限期")), "error") == []


def test_contents_in_words() -> None:
    many = shared(*(f"第{n}讲.mp4" for n in range(12)), "课件/", has_video=True)
    assert many.contents(2) == "第0讲.mp4（5MB）、第1讲.mp4（5MB）等12个文件"
    assert shared("课件/", has_video=None, complete=False).contents() == "课件（文件夹）"
    assert shared(has_video=False).contents() == "空文件夹"
    assert LinkReport("good", LinkState.OK).contents() == "未能列出"
    big = LinkReport("good", LinkState.OK, files=(SharedFile("a.mkv", 3 * 2**30), SharedFile("b.txt", 12)), file_count=2, expires_at=datetime.now(UTC))
    assert big.contents() == "a.mkv（3.0GB）、b.txt（1KB）"
