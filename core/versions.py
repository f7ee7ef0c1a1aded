"""Is a Word form the mended form of an item that is known, or another item? A second case taken for a new version is lost;
a mended form taken for a second case makes the unit send papers that lie there.

Titles decide first: equal but for a slip or a mark of revision is one, counted differently (一/二, 城/乡) two. In between, what
the forms hold decides: a mended form keeps the people and most of the text.
"""

from __future__ import annotations

import re
from typing import Literal

from core.likeness import relate
from core.submission import Item
from core.text import compact, same_text, similar

Kinship = Literal["same", "maybe", "other"]
Titles = Literal["same", "counted", "near", "far", "unknown"]

TWO_VERSIONS = "同一来信中《{title}》有两份内容不同的申报表（“{first}”与“{other}”），暂以前者为准，请人工核对。"
"""What staff are told of two unlike forms of one item in one mail."""

_MARKS = re.compile(
    r"(?:最终|终|最新|修订|修改|修正|更正|订正|改正|定|新|正式|第[一二三四五六七八九\d]+)[稿版](?:\d{0,2})$|(?:修订|修改|修正|更正|订正|改正|定稿|终稿|最终|重报|v\d(?:\d)?)$"
)
"""What stands at the end of a title, or of a file's name, that was gone over again."""
_LONG = 40  # characters from which a field is text, no name or number
_ALIKE, _STRANGE = 0.8, 0.35  # shares of the text
_NEAR = 0.6  # likeness of titles


def kinship(draft: Item, item: Item, *, answers: bool) -> Kinship:
    """How the form of a new mail (`draft`) goes with a known item of the same category. `answers`: the mail answers a letter
    about that item. `maybe` is for a person."""
    titles = relate_titles(draft, item)
    text, people = _shared_text(draft, item), _shared_people(draft, item)
    alike = _known_alike(text, people)
    foreign = text is not None and text < _STRANGE and (people is None or people < 0.5)
    strange = foreign or (people is not None and people < 0.25)
    if _other_units(draft, item):  # two schools may well have one title; the name put right keeps people and text
        sure = text is not None and text >= _ALIKE and people is not None and people >= 0.75
        return "same" if sure and titles in ("same", "unknown") else "maybe" if sure and answers else "other"
    if titles == "same":
        return "maybe" if foreign else "same"
    if draft.scans and titles != "unknown" and (titles != "near" or item.state == "complete" or not answers):
        return "other"  # a whole second submission, with its own stamped paper
    if titles == "counted":
        return "maybe" if answers and alike else "other"
    if titles == "near":
        return "same" if alike else "other" if strange else "maybe"
    if titles == "far":
        return "maybe" if answers and alike else "other"
    if text is None and people is None:  # a file that nobody could read: what was asked for, or anything else
        return "same" if answers and item.state != "complete" else "maybe"
    return "same" if alike else "other" if strange else "maybe"


def namesakes(draft: Item, item: Item, *, answers: bool) -> Kinship:
    """How two filled forms of one category and title go together, no two units being named. `same`: one is the other's new
    version; `maybe`: it is, though all people and numbers are others; `other`: a second submission of that name, or one that
    does not say whose it is, with nothing else in common."""
    text, people = _shared_text(draft, item), _shared_people(draft, item)
    strange = people is not None and people < 0.25
    if text is not None and text < _STRANGE and people is not None and people < 0.5:
        return "other"
    if bool(draft.applicant_unit) != bool(item.applicant_unit) and not _known_alike(text, people):
        sure = answers and not strange
        return "same" if sure or (text is None and people is None) else "other"
    return "maybe" if strange else "same"


def is_unlike(one: Item, other: Item) -> bool:
    """Whether two forms of one item differ in people, numbers or text; a converter's blanks and line ends make no difference."""
    text, people = _shared_text(one, other), _shared_people(one, other)
    return (text is not None and text < _ALIKE) or (people is not None and people < 1)


def tells_again(draft: Item, item: Item) -> bool:
    """Whether a form is another one's content under whatever title: the same text, of the same unit and category."""
    text = _shared_text(draft, item)
    return draft.category == item.category and not _other_units(draft, item) and text is not None and text >= _ALIKE


def same_unit(one: str, other: str) -> bool:
    """Two spellings of one applicant unit; a unit with its city in front is the same unit."""
    if same_text(one, other):
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and long.endswith(short)


def _other_units(draft: Item, item: Item) -> bool:
    mine, units = draft.applicant_unit, {item.applicant_unit, item.form.applicant_unit if item.form else None}
    known = [unit for unit in units if unit]
    if not mine or not known or same_text(mine, item.reporting_unit or ""):
        return False
    return not any(same_unit(mine, unit) for unit in known)


def relate_titles(draft: Item, item: Item) -> Titles:
    """How the titles go together; what staff set by hand and what the form says both count as the item's."""
    if not draft.title:
        return "unknown"
    mine, found = _bare(draft.title), set[Titles]()
    for title in {item.title, item.form.title if item.form else None} - {None, ""}:
        found.add(_titles(mine, _bare(title or "")))
    order: tuple[Titles, ...] = ("same", "near", "counted", "far")
    return next((word for word in order if word in found), "unknown")


def _bare(title: str) -> str:
    """The title compacted and without marks of revision at its end."""
    whole = compact(title)
    return _MARKS.sub("", whole) or whole


def _titles(one: str, two: str) -> Titles:
    if one == two:
        return "same"
    relation = relate(one, two)
    if relation == "same" and len(one) >= 6:
        return "same"
    inside = min(len(one), len(two)) >= 4 and (one in two or two in one)
    if inside:
        return "near"
    likeness = similar(one, two)
    if likeness < _NEAR:
        return "far"
    return "counted" if relation == "other" else "near"


def _known_alike(text: float | None, people: float | None) -> bool:
    if text is None:
        return people is not None and people >= 0.75
    return text >= _ALIKE and (people is None or people >= 0.5)


def _shared_text(draft: Item, item: Item) -> float | None:
    """How much of the shorter form's long fields stands in the other one's too, by runs of four characters; None if one
    has hardly any text."""
    one, two = _runs(draft), _runs(item)
    if min(len(one), len(two)) < _LONG // 2:
        return None if not (one and one == two) else 1.0
    return len(one & two) / min(len(one), len(two))


def _runs(item: Item) -> frozenset[str]:
    long = (value for value in item.fields.values() if isinstance(value, str) and len(value) >= _LONG)
    return frozenset(text[at : at + 4] for text in map(compact, long) for at in range(len(text) - 3))


def _shared_people(draft: Item, item: Item) -> float | None:
    """The share of short fields (names, numbers) that are the same where both have them; None if fewer than two are there."""
    same = [
        compact(mine) == compact(other)
        for key, mine in draft.fields.items()
        if isinstance(mine, str) and isinstance(other := item.fields.get(key), str) and key not in ("title", "applicant_unit")
        and mine.strip() and other.strip() and max(len(mine), len(other)) < _LONG
    ]  # fmt: skip
    return sum(same) / len(same) if len(same) >= 2 else None
