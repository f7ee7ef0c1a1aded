"""Empty forms beside a scan that may be a known item's: for a person, with or without a thread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.facts import Part
from tests.support.facts import codes, form, scan, word
from tests.support.inbox import Inbox

CASE = form(title="里院银龄数字课堂")


def empty(category: str) -> Part:
    return word(f"附件-{category}.docx", replace(form(category, title="", unit=""), fields={}, blank=True))


@pytest.mark.parametrize("answers", [1, None])
@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("name", ["扫描件.pdf", "IMG_1.jpg", "历下区社区教育学院+典型案例.pdf"])
def test_an_empty_form_of_another_kind_beside_a_scan(answers: int | None, complete: bool, name: str) -> None:
    box = Inbox()
    box.mail(word("a.docx", CASE), *([scan("a.pdf")] if complete else []))
    reply = box.mail(scan(name), empty("training"), answers=answers)
    assert codes(reply, "error") == []
    assert reply.verdict == "review"
    assert len(box.items) == 1


def test_a_page_of_the_empty_forms_own_kind_is_told_as_before() -> None:
    box = Inbox()
    box.mail(word("a.docx", CASE), scan("a.pdf"))
    assert codes(box.mail(scan("典型培训项目.pdf"), empty("training")), "error") == ["form.blank"]
    box = Inbox()
    box.mail(word("a.docx", CASE), scan("a.pdf"))
    assert codes(box.mail(scan("扫描件.pdf", facts=form("training", "手机班")), empty("training")), "error") == ["form.blank"]


def test_the_offices_empty_forms_beside_a_filled_one_are_no_fault() -> None:
    box = Inbox()
    both = box.mail(word("历下区社区教育学院+典型案例.docx", CASE), scan("a.pdf"), empty("training"), empty("course"))
    assert (both.verdict, codes(both, "error"), len(both.items)) == ("review", [], 1)
    alone = Inbox().mail(word("历下区社区教育学院+典型案例.docx", CASE), empty("training"))
    assert codes(alone, "error") == ["scan.missing"], "they hide no fault either"


def test_an_empty_form_under_the_units_own_name_was_meant() -> None:
    named = replace(empty("training"), name="历下区社区教育学院+典型培训项目.docx", path=("历下区社区教育学院+典型培训项目.docx",))
    assert "form.blank" in codes(Inbox().mail(word("a.docx", CASE), scan("a.pdf"), named), "error")
