"""Whose seal is it? The words read on a ring against the names of the unit that applies and the one that reports.

What agrees supports; what does not agree proves nothing, for rings are read badly and units use each other's seals: it is
told to staff at most. Names are compared by their own characters (泰安, 岱岳), since half of every name (市, 区, 教育局, 老年大学)
is everybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from typing import Literal

from core.register import Register
from core.text import compact
from core.unit_names import spellings

Naming = Literal["own", "like", "other", "unknown"]
"""`own`: the unit's name, or a piece of it, without a fault; `like`: the same with characters that differ, as misreadings do;
`other`: a unit of the register that reports on its own and is not this one; `unknown`: nothing can be said."""

_EVERYBODYS = frozenset(
    "省市县区镇乡街道村教育体局和科学技术委员会办公室中心校院大小社老年开放职业继续成人广播电视师范高等专第一二三四五六七八九十服务指导"
)
_LEAST = 4  # characters in common
_OF_TEXT = 0.7  # share of what was read, from the first to the last character in common
_OF_NAME = 0.4  # share of the name: a cut seal shows a piece of it
_NEARLY = 0.85  # share of the whole that must agree when only one of the name's own characters does
_SEVERAL = re.compile(r"[、，,;；/\n]")


def name_of_seal(text: str, units: Sequence[str | None], reporting: str | None, register: Register) -> Naming:
    """How the words on a ring go with the units' names. `units`: as forms and staff write them (applicant, reporting unit);
    `reporting`: canonical name of the reporting unit."""
    read = "".join(char for char in compact(text) if "\u3400" <= char <= "\u9fff")
    if len(read) < 2:
        return "unknown"
    best: Naming = "unknown"
    for name in _names(units, register):
        if name == read or (len(read) >= _LEAST and read in name and _own(read)) or (len(name) >= _LEAST and name in read):
            return "own"
        if _alike(read, name):
            best = "like"
    if best == "unknown" and reporting is not None and _another(text, reporting, register):
        return "other"
    return best


def _names(units: Sequence[str | None], register: Register) -> Iterable[str]:
    """All spellings of the units, compacted."""
    for given in units:
        if not given:
            continue
        unit = register.by_name(given)
        written = (unit.name, *unit.former_names, unit.later_name, *unit.also_called) if unit else (given, *_SEVERAL.split(given))
        for name in written:
            for spelling in spellings(name):
                if len(plain := compact(spelling)) >= 2:
                    yield plain


def _own(text: str) -> list[str]:
    return [char for char in text if char not in _EVERYBODYS]


def _alike(read: str, name: str) -> bool:
    blocks = [block for block in SequenceMatcher(None, read, name, autojunk=False).get_matching_blocks() if block.size]
    common = sum(block.size for block in blocks)
    if common < _LEAST or common < _OF_NAME * len(name):
        return False
    span = blocks[-1].a + blocks[-1].size - blocks[0].a
    mine = _own(name)
    shared = sum(len(_own(read[block.a : block.a + block.size])) for block in blocks)
    enough = shared >= 2 or (shared == 1 and common >= _NEARLY * max(span, len(name)))  # 东蒙市老年大学 for 东营市老年大学
    return common >= _OF_TEXT * span and enough and shared >= (len(mine) + 1) // 2


def _another(text: str, reporting: str, register: Register) -> bool:
    """Whether the words surely name units of the register, none of which reports through this one."""
    found = [match for match in register.find(text) if match.sure]
    reporters = {register.reporting_unit(match) for match in found}
    return bool(reporters) and None not in reporters and reporting not in reporters
