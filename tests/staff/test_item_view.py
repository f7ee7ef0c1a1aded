"""Word form against scan, field by field."""

from __future__ import annotations

import time

import pytest

from core.facts import PageFacts, Part, ScanFacts, SealFacts
from staff.item_view import _line, sheet

TEXT = "社区学院面向老年人开设智能手机课程，由志愿者逐一辅导，内容包括扫码、挂号、缴费与防范诈骗。" * 3


@pytest.mark.parametrize(("scan", "same"), [
    (TEXT, True),
    (TEXT[:80], True),
    (TEXT.replace("缴费", "激费"), True),
    ("另一篇文章：非遗传承走进校园，学生学习剪纸、年画、面塑，作品在市里展出，反响热烈。" * 3, False),
])
def test_a_long_text_differs_only_where_it_was_read(scan: str, same: bool) -> None:
    assert _line("内容", TEXT, scan, compared=True).same is same


@pytest.mark.parametrize(("word", "scan"), [("老人" * 1000, "老" * 2000), ("学习老人社区" * 330, "老人学习" * 500)])
def test_texts_that_repeat_themselves_do_not_hold_the_page(word: str, scan: str) -> None:
    """Seen: the page of an item with such a form and scan took two minutes of processor time."""
    begun = time.process_time()
    _line("内容", word, scan, compared=True)
    assert time.process_time() - begun < 8


@pytest.mark.parametrize(("pages", "shown"), [
    ((PageFacts(seal="absent"), PageFacts(seal="uncertain")), 1),
    ((PageFacts(seal="uncertain"), PageFacts(seal="uncertain", opinion=True), PageFacts(seal="uncertain")), 1),
    ((PageFacts(seal="uncertain", seals=(SealFacts(0.5, 0.5, 0.2, 0.1, "round", 0.9),)), PageFacts(seal="uncertain")), 0),
    ((PageFacts(), PageFacts()), 0),
])
def test_the_page_to_judge_is_shown_first(pages: tuple[PageFacts, ...], shown: int) -> None:
    """Seen: of a scan in grey, whose seal nobody was sure of, the first page was shown, without the place for the seal."""
    part = Part("a.pdf", ("a.pdf",), 1, "0" * 64, "application/pdf", scan=ScanFacts(pages, page_count=len(pages)))
    assert sheet("扫描件", 1, 0, part, "a.pdf", part.sha256).first == shown


def test_of_a_file_with_several_forms_its_own_page_to_judge_is_shown() -> None:
    """Seen: the first of its own pages, not the one where its seal belongs."""
    pages = (PageFacts(seal="uncertain", opinion=True), PageFacts(), PageFacts(seal="uncertain", opinion=True), PageFacts())
    part = Part("a.pdf", ("a.pdf",), 1, "a" * 64, "application/pdf", scan=ScanFacts(pages))
    assert [sheet("扫描件", 1, 0, part, "a.pdf", part.sha256, own).first for own in ((1, 2), (3,), (0,), (), (9,))] == [2, 3, 0, 2, 2]
