"""Mended form or another item: titles first, then people and text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.assemble import item_from_form
from core.submission import FileRef, Item
from core.versions import Kinship, kinship
from tests.support.facts import form

TITLE = "银龄数字课堂"
OTHER_PEOPLE = {"leader": "赵六", "leader_phone": "0531-81112222", "contact": "钱七", "contact_phone": "13911112222"}
TEXT, OTHER_TEXT = "".join(chr(0x4E00 + n) for n in range(400)), "".join(chr(0x6E00 + n) for n in range(400))


def item(title: str = TITLE, unit: str = "历下区社区教育学院", **fields: object) -> Item:
    values = {"content": TEXT, **fields}
    return replace(item_from_form(form(title=title, unit=unit, **values), FileRef(1, 0, "a.docx", title)), id=7)


@pytest.mark.parametrize(
    ("title", "changes", "state", "scanned", "answers", "expected"),
    [
        # title                 what else changed                     known item   own scan  answers us
        (f"{TITLE}（修订）", {}, "complete", True, False, "same"),
        (f"{TITLE}最终稿", {}, "incomplete", False, False, "same"),
        ("银龄数学课堂", {}, "incomplete", False, False, "same"),
        (f"历下{TITLE}", {}, "incomplete", False, False, "same"),
        (f"历下{TITLE}", {}, "incomplete", True, True, "same"),
        (f"历下{TITLE}", {}, "incomplete", True, False, "other"),
        (f"{TITLE}进阶班", {}, "complete", True, True, "other"),
        (f"{TITLE}进阶班", OTHER_PEOPLE, "incomplete", False, True, "other"),
        (f"{TITLE}进阶班", {"content": OTHER_TEXT, **OTHER_PEOPLE}, "incomplete", False, True, "other"),
        (f"{TITLE}（城市篇）", {}, "incomplete", False, False, "same"),
        ("泉城手机夜校", {}, "complete", True, True, "other"),
        ("泉城手机夜校", {}, "incomplete", False, True, "maybe"),
        ("泉城手机夜校", {}, "incomplete", False, False, "other"),
        (TITLE, {"content": OTHER_TEXT, **OTHER_PEOPLE}, "complete", False, False, "maybe"),
        ("", {}, "complete", False, False, "same"),
        ("", {"content": OTHER_TEXT, **OTHER_PEOPLE}, "complete", True, False, "other"),
    ],
)
def test_kinship(title: str, changes: dict[str, object], state: str, scanned: bool, answers: bool, expected: Kinship) -> None:
    draft = replace(item(title, **changes), scans=(FileRef(2, 1, "b.pdf", "b"),) if scanned else ())
    assert kinship(draft, replace(item(), state=state), answers=answers) == expected  # type: ignore[arg-type]


def test_counted_titles_are_two_items() -> None:
    one, two = item(f"{TITLE}（城市篇）"), item(f"{TITLE}（乡村篇）")
    assert kinship(two, one, answers=False) == "other"
    assert kinship(two, one, answers=True) == "maybe"


def test_two_schools_may_have_one_title() -> None:
    other = item(unit="章丘区社区教育学院", **OTHER_PEOPLE)
    assert kinship(other, item(), answers=True) == "other"
    assert kinship(item(unit="历下社区教育中心"), item(), answers=False) == "same", "people and text say that the name was put right"


def test_the_title_that_staff_set_and_the_forms_own_both_count() -> None:
    named = replace(item(), title="人工改定的名称", fixed=("title",))
    assert kinship(item(), named, answers=False) == "same"
