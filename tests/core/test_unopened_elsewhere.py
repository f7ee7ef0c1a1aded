"""A file of one mail that nobody could open, and another mail of the same sender that seems to lack what may be in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.facts import VOLUME, Blocked, FormFacts, Part, Unreadable
from tests.support.facts import codes, form, judged, mail, scan, sha, word

SUBJECT = "济南市教育局+智慧助老"
LOCKED = Part("材料.zip", ("材料.zip",), 9000, sha("zip"), "application/zip", container=True, problem=Unreadable("password"))
WORD, SCAN = word("历下+典型案例.docx"), scan("历下+典型案例.pdf")


def problem(kind: str, reason: Blocked | None = None) -> Part:
    return replace(LOCKED, media_type=kind, problem=reason or Unreadable("no_converter"), container=False)


@pytest.mark.parametrize("present", [SCAN, WORD])
def test_a_locked_archive_in_another_mail_is_no_fault_twice(present: Part) -> None:
    alone = judged(mail(SUBJECT, present))
    beside = judged(mail(SUBJECT, present), unopened=(LOCKED,))
    assert codes(alone, "error") in (["form.missing"], ["scan.missing"])
    assert codes(beside, "error") == []
    assert beside.verdict == "review"
    assert [item.state for item in beside.items] == ["review"]
    assert any("材料.zip" in found.text for found in beside.findings)


def test_a_picture_without_a_form_waits_for_a_person_too() -> None:
    loose = scan("IMG_1.jpg", facts=None)
    assert "form.missing" in codes(judged(mail(SUBJECT, loose)), "error")
    beside = judged(mail(SUBJECT, loose), unopened=(LOCKED,))
    assert codes(beside, "error") == []
    assert beside.verdict == "review"


@pytest.mark.parametrize(("kind", "word_missing", "scan_missing"), [("application/pdf", True, False), ("image/jpeg", True, False),
                         ("application/msword", False, True), ("application/vnd.rar", False, False)])  # fmt: skip
def test_a_file_stands_in_for_what_it_may_be(kind: str, word_missing: bool, scan_missing: bool) -> None:
    part = problem(kind)
    assert ("form.missing" in codes(judged(mail(SUBJECT, SCAN), unopened=(part,)))) == word_missing
    assert ("scan.missing" in codes(judged(mail(SUBJECT, WORD), unopened=(part,)))) == scan_missing


def test_a_course_whose_video_may_be_in_it() -> None:
    course: FormFacts = form("course", "微信使用入门")
    facts = mail(SUBJECT, word("历下+典型课程资源.docx", course), scan("历下+典型课程资源.pdf"))
    assert "course.video_missing" in codes(judged(facts), "error")
    assert "course.video_missing" not in codes(judged(facts, unopened=(LOCKED,)))


def test_what_is_complete_is_accepted_all_the_same() -> None:
    assert judged(mail(SUBJECT, WORD, SCAN), unopened=(LOCKED,)).verdict == "accepted"


def test_a_program_hides_nothing() -> None:
    from core.roles import unopened_parts

    facts = mail(SUBJECT, LOCKED, problem("application/x-dosexec", Blocked("executable")), replace(LOCKED, inline=True, container=False), WORD)
    assert unopened_parts(facts) == (LOCKED,)


def test_a_locked_archive_makes_the_earlier_letter_be_thought_over() -> None:
    assert judged(mail(SUBJECT, LOCKED), id=2, early=(1,)).cured == (1,)
    assert judged(mail(SUBJECT, WORD, SCAN), id=2, early=(1,)).cured == ()


@pytest.mark.parametrize(("part", "words"), [(replace(LOCKED, problem=Unreadable("no_converter", VOLUME)), "分卷"), (problem("application/pdf", None), "没有能打开"),
                         (replace(LOCKED, problem=Unreadable("timeout")), "超时"), (replace(LOCKED, problem=Unreadable("memory")), "内存")])  # fmt: skip
def test_why_a_file_was_not_read_is_said_in_chinese(part: Part, words: str) -> None:
    (found,) = [found for found in judged(mail(SUBJECT, WORD, SCAN, part)).findings if part.name in found.text]
    assert words in found.text
    assert found.severity == "review"


@pytest.mark.parametrize("unopened", [(), (problem("application/zip"),)])
def test_a_form_that_nobody_could_open_may_hold_its_scan(unopened: tuple[Part, ...]) -> None:
    """Pages are pasted into Word files too. With or without another mail's archive: one doubt, and it is told once."""
    form = word("历下区社区教育学院+典型案例.wps", form=None, problem=Unreadable("no_converter"), media_type="application/vnd.ms-works")
    decision = judged(mail("济南市教育局+智慧助老", form), unopened=unopened)
    assert (codes(decision, "error"), codes(decision, "review")) == ([], ["form.unreadable"])
