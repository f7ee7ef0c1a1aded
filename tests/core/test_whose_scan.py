"""Scans in a reply that no name or page gives to one item: by evidence, by number, else for a person. Never a correction, and
never one scan for two items without anybody's eyes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.facts import Part
from tests.support.facts import codes, form, scan, word
from tests.support.inbox import Inbox

TEXTS = (
    "里院老街六十岁以上居民四千余人，我们把课堂设在里院的天井里，由退休教师与大学生结对，从开机联网讲到预约挂号。",
    "海岛往返一趟要三个钟头，渔家老人很少进城，讲堂便随渡船上岛，船上学扫码，码头上学视频通话，灯塔下学防诈骗。",
)
A = form(title="里院银龄数字课堂", leader="张志强", content=TEXTS[0])
B = form(title="海岛银发手机讲堂", leader="周海燕", content=TEXTS[1])
T = form("training", "里院手机班")
PHOTOS = ("微信图片_20211109.jpg", "IMG_0012.jpg")


def asked() -> Inbox:
    """Two cases without their scans: our letter has asked for both."""
    box = Inbox()
    first = box.mail(word("a.docx", A), word("b.docx", B))
    assert codes(first, "error") == ["scan.missing"] * 2
    return box


@pytest.mark.parametrize("name", ["扫描件.pdf", "盖章.pdf", *PHOTOS])
@pytest.mark.parametrize("other", [B, T])
def test_one_unnamed_scan_for_two_items_is_for_a_person(name: str, other: object) -> None:
    box = Inbox()
    box.mail(word("a.docx", A), word("b.docx", other))  # type: ignore[arg-type]
    reply = box.mail(scan(name, seal=None, pages=1), answers=1)
    assert (reply.verdict, codes(reply, "error")) == ("review", [])
    assert set(box.states().values()) == {"review"}, "neither is taken for complete"


def test_as_many_as_there_are_items_are_enough() -> None:
    box = asked()
    reply = box.mail(scan("扫描件1.pdf", seal=None), scan("扫描件2.pdf", seal=None), answers=1)
    assert (reply.verdict, set(box.states().values())) == ("accepted", {"complete"})


def test_the_second_one_completes_the_number() -> None:
    box = asked()
    assert box.mail(scan("扫描件1.pdf", seal=None), answers=1).verdict == "review"
    assert box.mail(scan("扫描件2.pdf", seal=None), answers=1).verdict == "accepted"
    assert set(box.states().values()) == {"complete"}


@pytest.mark.parametrize(("name", "title"), [("海岛银发手机讲堂盖章.pdf", B.title), ("手机讲堂扫描件.pdf", B.title), ("a盖章扫描件.pdf", A.title)])
def test_a_name_that_tells_decides(name: str, title: str) -> None:
    box = asked()
    reply = box.mail(scan(name, seal=None), answers=1)
    assert codes(reply, "error") == []
    assert [key for key, state in box.states().items() if state == "complete"] == [title]


def test_a_unit_in_the_name_decides_between_two_schools() -> None:
    box = Inbox()
    box.mail(word("a.docx", form(title="课堂甲", unit="历下区社区教育学院")), word("b.docx", form(title="课堂乙", unit="章丘区社区学院")))
    reply = box.mail(scan("章丘区社区学院扫描件.pdf", seal=None), answers=1)
    assert (reply.verdict, box.states()) == ("accepted", {"课堂甲": "incomplete", "课堂乙": "complete"})


# Beside another item's form -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["扫描件.pdf", *PHOTOS])
def test_a_scan_beside_a_new_form_in_an_answer_is_for_a_person(name: str) -> None:
    box = Inbox()
    box.mail(word("a.docx", A))
    reply = box.mail(word("b.docx", B), scan(name, seal=None, pages=1), answers=1)
    assert (reply.verdict, codes(reply, "error")) == ("review", [])
    assert set(box.states().values()) == {"review"}
    assert box.mail(scan("里院银龄数字课堂.pdf", seal=None), answers=1).verdict == "accepted"


def test_two_seals_serve_both() -> None:
    box = Inbox()
    box.mail(word("a.docx", A))
    reply = box.mail(word("b.docx", B), sealed("扫描件1.pdf"), sealed("扫描件2.pdf"), answers=1)
    assert (reply.verdict, set(box.states().values())) == ("accepted", {"complete"})


def sealed(name: str) -> Part:
    part = scan(name, pages=1)
    assert part.scan is not None
    return replace(part, scan=replace(part.scan, pages=(replace(part.scan.pages[0], seal="present"),)))


@pytest.mark.parametrize("name", ["b盖章.pdf", "海岛银发手机讲堂.pdf", "历下区社区教育学院+典型培训项目.pdf"])
def test_a_name_for_the_new_form_leaves_no_doubt(name: str) -> None:
    box = Inbox()
    box.mail(word("a.docx", A))
    new = T if "培训" in name else B
    reply = box.mail(word("b.docx", new), scan(name, seal=None), answers=1)
    assert (reply.verdict, len(reply.items)) == ("accepted", 1)
    assert box.states()["里院银龄数字课堂"] == "incomplete"


def test_outside_the_thread_a_whole_mail_is_a_whole_item() -> None:
    box = Inbox()
    box.mail(word("a.docx", A))
    assert box.mail(word("b.docx", B), scan("扫描件.pdf", seal=None)).verdict == "accepted"
    assert box.states() == {A.title: "incomplete", B.title: "complete"}


@pytest.mark.parametrize("answers", [1, None])
def test_a_page_that_shows_the_item_before_goes_to_it(answers: int | None) -> None:
    """The form beside it is another item's, and has no scan then."""
    box = Inbox()
    box.mail(word("a.docx", A))
    reply = box.mail(word("b.docx", B), scan("扫描件.pdf", facts=A), answers=answers)
    assert box.states() == {A.title: "complete", B.title: "incomplete"}
    assert codes(reply, "error") == ["scan.missing"]


def test_a_scan_named_for_the_category_that_waits_goes_there() -> None:
    box = Inbox()
    box.mail(word("a.docx", A))
    box.mail(word("t.docx", T), scan("历下区社区教育学院+典型案例.pdf", seal=None), answers=1)
    assert box.states() == {A.title: "complete", T.title: "incomplete"}


def test_an_old_paper_beside_the_renamed_form_is_no_missing_scan() -> None:
    """The form's title was mended, its paper was not printed anew: a person compares them."""
    box = Inbox()
    box.mail(word("a.docx", A))
    renamed = form(title="里院老年智能手机夜校", leader="张志强", content=TEXTS[0])
    reply = box.mail(word("a2.docx", renamed), scan("扫描件.pdf", facts=A), answers=1)
    assert codes(reply, "error") == []
    assert reply.verdict == "review"


def test_of_two_scans_the_one_named_by_the_title_that_waits_goes_there() -> None:
    box = Inbox()
    box.mail(word("a.docx", A))
    own = scan("历下区社区教育学院+典型案例.pdf", seal=None)
    reply = box.mail(word("历下区社区教育学院+典型案例.docx", B), own, scan("里院银龄数字课堂.pdf", seal=None), answers=1)
    assert (reply.verdict, set(box.states().values())) == ("accepted", {"complete"})
    assert [len(item.scans) for item in box.items.values()] == [1, 1]


def test_the_scan_that_came_beside_the_wrong_form_may_be_the_right_ones() -> None:
    """The clerk attached another form by mistake, and sends the right one."""
    box = Inbox()
    box.mail(word("历下区社区教育学院+典型案例.docx", T), scan("历下区社区教育学院+典型案例.pdf", seal=None))
    reply = box.mail(word("历下区社区教育学院+典型案例.docx", A), answers=1)
    assert (reply.verdict, codes(reply, "error")) == ("review", [])


def test_two_unlike_forms_of_one_item_in_one_mail_are_seen_by_a_person() -> None:
    old, new = form(title="银龄课堂", leader="张三"), form(title="银龄课堂", leader="李四")
    assert Inbox().mail(word("旧.docx", old), word("新.docx", new), scan("a.pdf")).verdict == "review"
    assert Inbox().mail(word("a.docx", old), word("a.doc", old, "other bytes"), scan("a.pdf")).verdict == "accepted"
