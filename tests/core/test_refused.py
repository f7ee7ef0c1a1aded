"""What staff refused and the unit sends once more: staff deal with it. Nothing is accepted, asked for or dropped by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.decide import Decision
from core.duplicates import Earlier
from core.facts import Part
from core.materials import material_files
from tests.support.facts import codes, form, mail, scan, word
from tests.support.inbox import Inbox

TEXT = "里院老街六十岁以上居民四千余人，我们把课堂设在里院的天井里，由退休教师与大学生结对，从开机联网讲到预约挂号。"
CASE = form(title="里院银龄数字课堂", content=TEXT)
FIRST = (word("a.docx", CASE), scan("a.pdf"))


def refused() -> Inbox:
    box = Inbox()
    box.mail(*FIRST)
    box.items[1] = replace(box.items[1], state="incomplete", rejected_by_staff=True, refused_at=box.now - timedelta(minutes=30))
    return box


@pytest.mark.parametrize("answers", [1, None])
@pytest.mark.parametrize("parts", [
    (word("a2.docx", form(title="里院银龄数字课堂", content=TEXT, leader="李四")), scan("b.pdf")),
    (word("a2.docx", form(title="里院银龄数字课堂（修订）", content=TEXT, leader="李四")),),
    (word("a2.docx", form(title="老街里的手机课", content=TEXT)), scan("b.pdf")),
    (scan("历下区社区教育学院+典型案例.pdf"),),
    FIRST,
])  # fmt: skip
def test_it_is_for_staff(parts: tuple[Part, ...], answers: int | None) -> None:
    decision = refused().mail(*parts, answers=answers)
    assert (decision.verdict, codes(decision, "error")) == ("review", [])
    assert "submission.unclear" in codes(decision, "review")


def test_no_fault_of_it_is_told() -> None:
    box = refused()
    decision = box.mail(word("a2.docx", form(title="里院银龄数字课堂", content=TEXT, leader="")))
    assert (decision.verdict, decision.letter and decision.letter.kind) == ("review", "receipt")


def test_what_only_adds_to_it_is_answered_by_staff() -> None:
    decision = refused().mail(scan("历下区社区教育学院+典型案例.pdf"), answers=1)
    assert decision.no_letter == "人工决定不采纳，由工作人员答复"


def test_the_mail_that_was_refused_stays_settled() -> None:
    box = refused()
    again = box.mail(*FIRST, own_items=frozenset({1}))
    assert again.verdict == "review", "it came after the word"
    box.items[1] = replace(box.items[1], refused_at=box.now)
    assert box.mail(*FIRST, own_items=frozenset({1})).verdict == "ignored"


def test_what_staff_accept_then_is_accepted() -> None:
    box = refused()
    box.mail(word("a2.docx", form(title="里院银龄数字课堂", content=TEXT, leader="李四")))
    box.items[2] = replace(box.items[2], accepted_by_staff=True)
    assert box.mail(scan("c.pdf"), answers=2).verdict == "accepted"


def test_the_same_files_again_are_no_repetition_that_nobody_sees() -> None:
    facts = mail("济南市教育局+智慧助老", *FIRST)
    earlier = Earlier(1, "<0@jinan.test>", facts.envelope.subject, "x", material_files(facts), facts.text, facts.envelope.sender, "ignored", "R1")
    box = refused()
    assert box.mail(*FIRST, earlier=(earlier,)).kind == "submission"
    assert box.mail(*FIRST, earlier=(replace(earlier, verdict="accepted"),)).kind == "duplicate"


def test_another_item_of_the_unit_is_none_of_it() -> None:
    other = form(title="海岛银发手机讲堂", content="海岛往返一趟要三个钟头，渔家老人很少进城，讲堂便随渡船上岛，船上学扫码，码头上学视频通话，灯塔下学防诈骗。")
    decision: Decision = refused().mail(word("b.docx", other), scan("b.pdf"))
    assert decision.verdict == "accepted"
