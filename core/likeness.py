"""Is a title read from a scan the title that the Word form has? A misread character is not another title, and one
counted differently (一/二, 上/下, 2020/2021) is.

Telling the two apart is what near-duplicates of one unit need: they share the unit, the people and most of the text.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal

from core.facts import FormFacts
from core.text import compact, similar

Relation = Literal["same", "other", "unsure"]

_SERIES = (
    "一二三四五六七八九十", "0123456789", "上中下", "初中高", "东西南北", "春夏秋冬", "甲乙丙丁", "abcdefgh", "前后", "男女", "大中小",
    "左右", "城乡",
)  # fmt: skip
"""Characters of which one stands for another only where two papers are counted or set against each other."""
_ALIKE = ("0oo〇", "1il一", "5s", "2z", "8b", "6b", "9gq", "二三", "大太", "上土", "下卜", "人入八")
"""Characters that an engine takes for one another: a difference of these tells nothing by itself."""
_NUMBER = re.compile(r"\d+")
_FORM_WORDS = re.compile(r"单位|负责|联系|电话|盖章|公章|名称|类型|附件|申报|资源|教材|年|月|日")
_TWO_UNITS = 0.6  # likeness of units' names below which they are two
_WHOLE = 7  # digits of a telephone number
_LEAST = 4  # characters of a title from which something can be told
_MOST = 300  # characters of a title up to which two are set side by side; a cell with more of them holds no title


def relate(mine: str, read: str) -> Relation:
    """How a title as read (`read`) goes with the Word form's (`mine`). `other` only where what differs can hardly be a
    reader's mistake; what was cut off, run together or read badly is `unsure`."""
    one, two = compact(mine), compact(read)
    if not one or not two:
        return "unsure"
    if one == two:
        return "same"
    if _reads_on(one, two):
        return "same"
    if min(len(one), len(two)) < _LEAST:
        return "unsure"
    if _goes_on(one, two):
        return "other"
    likeness = similar(one, two)
    if likeness < 0.5:
        return "unsure" if _inside(one, two) else "other"
    return _by_differences(one, two) if max(len(one), len(two)) <= _MOST else "unsure"


def same_paper(one: FormFacts, other: FormFacts) -> bool:
    """Whether two forms read from one file may be one paper: its second page with the head of the table again (续表), or
    the same page scanned twice. Only another category, title or unit makes two papers of them."""
    if one.category != other.category:
        return False
    if one.title and other.title and relate(one.title, other.title) == "other":
        return False
    units = one.applicant_unit, other.applicant_unit
    return not (units[0] and units[1] and similar(units[0], units[1]) < _TWO_UNITS)


def _reads_on(one: str, two: str) -> bool:
    """A title that was read together with what the next cell's label says (…申报单位)."""
    return len(one) >= 8 and two.startswith((f"{one}申报单位", f"{one}课程资源类型", f"{one}负责人"))


def _goes_on(one: str, two: str) -> bool:
    """Whether the scan's title is the Word form's and some words more (…进阶班): no cut and no misreading adds words."""
    more = two.removeprefix(one) if two.startswith(one) else two.removesuffix(one) if two.endswith(one) else ""
    return 2 <= len(more) <= 8 and len(more) < len(two) and not _FORM_WORDS.search(more) and all("\u4e00" <= c <= "\u9fff" for c in more)


def _inside(one: str, two: str) -> bool:
    """Whether the shorter is a piece of the longer: cut by the page's edge, or one line of two."""
    short, long = sorted((one, two), key=len)
    return len(short) >= _LEAST and short in long


def _by_differences(one: str, two: str) -> Relation:
    misread = 0
    doubt = False
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        left, right = one[a0:a1], two[b0:b1]
        if tag == "replace" and len(left) == len(right):
            pairs = [_pair(x, y) for x, y in zip(left, right, strict=True)]
            if "counted" in pairs or pairs.count("unlike") >= 2:
                return "other"
            doubt = doubt or "both" in pairs
            misread += len(pairs)
        elif max(len(left), len(right)) - min(len(left), len(right)) >= 2 or (left and right and len(left + right) > 4):
            # Words more or fewer: another title, or a line that was lost or read along.
            if left and right:
                return "other"
            doubt = True
        else:
            doubt = doubt or _counts(left + right)
            misread += max(len(left), len(right))
    if doubt:
        return "unsure"
    return "same" if misread <= max(1, len(one) // 6) else "unsure"


def few_others(mine: str, read: str) -> bool:
    """Whether two titles of one length differ in two or three characters, none of which counts."""
    one, two = compact(mine), compact(read)
    if len(one) != len(two) or len(one) < 2 * _LEAST:
        return False
    pairs = [_pair(x, y) for x, y in zip(one, two, strict=True) if x != y]
    return len(pairs) <= max(2, len(one) // 5) and not {"counted", "both"} & {*pairs}


def may_be_cut(mine: str, read: str) -> bool:
    """Whether a title as read may be the Word form's, cut off or read badly: all but plainly another one."""
    one, two = compact(mine), compact(read)
    return relate(mine, read) != "other" or few_others(mine, read) or (len(two) >= _LEAST and two in one)


def _pair(x: str, y: str) -> Literal["counted", "alike", "both", "unlike"]:
    """`both`: counted, and alike enough to be misread (二 and 三)."""
    alike = any(x in group and y in group for group in _ALIKE)
    if any(x in series and y in series for series in _SERIES):
        return "both" if alike else "counted"
    return "alike" if alike else "unlike"


def _counts(text: str) -> bool:
    return any(char in series for char in text for series in _SERIES[:4])


def same_phone(mine: str, read: str) -> bool | None:
    """Whether two cells hold the same numbers; None where one of them holds none that is whole."""
    one, two = _digits(mine), _digits(read)
    if not one or not two:
        return None
    if one & two:
        return True
    cut = any(a in b or b in a for a in one for b in two)  # digits lost at an edge
    return None if cut or min(map(len, one | two)) < _WHOLE else False


def _digits(text: str) -> set[str]:
    joined = re.sub(r"(?<=\d)[\s\-()（）－—–]+(?=\d)", "", text)
    return {number.removeprefix("86") if len(number) == 13 else number for number in _NUMBER.findall(joined) if len(number) >= 5}
