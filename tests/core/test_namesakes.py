"""Forms with one title: a mended form takes the old one's place, another submission of that name does not, and staff hear of it."""

from __future__ import annotations

import pytest

from core.facts import FormFacts
from tests.support.facts import codes, form, scan, word
from tests.support.inbox import Inbox

TITLE = "银龄数字课堂"
TEXTS = (
    "里院老街六十岁以上居民四千余人，我们把课堂设在里院的天井里，由退休教师与大学生结对，从开机联网讲到预约挂号。",
    "海岛往返一趟要三个钟头，渔家老人很少进城，讲堂便随渡船上岛，船上学扫码，码头上学视频通话，灯塔下学防诈骗。",
)
OTHERS = {"leader": "周海燕", "leader_phone": "0532-84342245", "contact": "马文涛", "contact_phone": "13802682432"}


def case(unit: str = "历下区社区教育学院", text: int = 0, **fields: str) -> FormFacts:
    return form(title=TITLE, unit=unit, content=TEXTS[text], **fields)


def versions(box: Inbox) -> list[tuple[str | None, int]]:
    return [(item.applicant_unit, item.version) for item in box.items.values() if item.state != "superseded"]


def test_a_form_that_names_no_unit_takes_no_namesakes_place() -> None:
    box = Inbox()
    box.mail(word("a.docx", case()), scan("a.pdf"))
    box.mail(word("b.docx", case("章丘区社区学院", 1, **OTHERS)), scan("b.pdf"))
    third = box.mail(word("c.docx", case("", 1, leader="外人", contact="又一人", leader_phone="0531-1", contact_phone="1")), scan("c.pdf"))
    assert versions(box) == [("历下区社区教育学院", 1), ("章丘区社区学院", 1), (None, 1)]
    assert "submission.unclear" in codes(third, "review")


@pytest.mark.parametrize("answers", [1, None])
def test_the_forms_own_version_is_found_among_namesakes(answers: int | None) -> None:
    box = Inbox()
    box.mail(word("a.docx", case()), scan("a.pdf"))
    box.mail(word("b.docx", case("章丘区社区学院", 1, **OTHERS)), scan("b.pdf"))
    third = box.mail(word("c.docx", case("", 1, **{**OTHERS, "leader": "李四"})))
    assert versions(box) == [("历下区社区教育学院", 1), (None, 2)]
    assert codes(third, "review") == []
    box.mail(word("c.docx", case("章丘区社区学院", 1, **{**OTHERS, "leader": "李四"})), answers=3 if answers else None)
    assert versions(box) == [("历下区社区教育学院", 1), ("章丘区社区学院", 3)]


def test_the_unit_filled_in_after_our_letter() -> None:
    box = Inbox()
    assert codes(box.mail(word("a.docx", case("")), scan("a.pdf")), "error") == ["form.field_missing"]
    mended = box.mail(word("a.docx", case(contact="王五")), answers=1)
    assert (mended.verdict, versions(box)) == ("accepted", [("历下区社区教育学院", 2)])


@pytest.mark.parametrize("answers", [1, None])
def test_other_people_under_one_title_are_told_to_staff(answers: int | None) -> None:
    box = Inbox()
    box.mail(word("a.docx", case()), scan("a.pdf"))
    second = box.mail(word("b.docx", case(**OTHERS)), scan("b.pdf"), answers=answers)
    assert (second.verdict, codes(second, "review")) == ("review", ["submission.unclear"])
    assert versions(box) == [("历下区社区教育学院", 2)]
    assert second.letter is not None
    assert second.letter.kind == "receipt"


def test_another_submission_of_the_same_name_stands_by_itself() -> None:
    box = Inbox()
    box.mail(word("a.docx", case()), scan("a.pdf"))
    second = box.mail(word("b.docx", case(text=1, **OTHERS)), scan("b.pdf"))
    assert (second.verdict, codes(second, "error")) == ("review", [])
    assert versions(box) == [("历下区社区教育学院", 1), ("历下区社区教育学院", 1)]
    assert box.items[1].state == "complete"


@pytest.mark.parametrize("changed", [{"leader": "李四"}, {"leader": "李四", "leader_phone": "0531-88888888"}])
def test_a_new_leader_is_an_ordinary_version(changed: dict[str, str]) -> None:
    box = Inbox()
    box.mail(word("a.docx", case()), scan("a.pdf"))
    assert box.mail(word("b.docx", case(**changed)), scan("b.pdf")).verdict == "accepted"
    assert versions(box) == [("历下区社区教育学院", 2)]


def test_a_text_written_anew_by_the_same_people_is_a_version() -> None:
    box = Inbox()
    box.mail(word("a.docx", case()), scan("a.pdf"))
    assert box.mail(word("b.docx", case(text=1)), scan("b.pdf")).verdict == "accepted"
    assert versions(box) == [("历下区社区教育学院", 2)]
