"""Photographs of several forms in one mail: which picture goes on the form that an earlier picture begins?

Told only where the order can hardly be a chance one: every picture that begins a form is followed by as many others as the
next. In any other order (all first pages, then all last pages; a page more or less) nothing is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from core.facts import Part
from core.submission import Item

_DIGITS = re.compile(r"\d+")


def begun_pages(items: Sequence[Item], message: int) -> dict[int, int]:
    """Files of this mail on which one form was read (index among the parts) -> the item that has it, -1 for several."""
    begun: dict[int, int] = {}
    for position, item in enumerate(items):
        for ref, read in zip(item.scans, item.scan_reads, strict=True):
            if ref.message == message and len(read.forms) == 1:
                begun[ref.attachment] = -1 if ref.attachment in begun else position
    return begun


def follow_pages(parts: Sequence[Part], begun: Mapping[int, int], unread: Sequence[int]) -> dict[int, int]:
    """Picture (index among the parts) -> item. `begun`: pictures that begin a form -> their item, -1 for several;
    `unread`: pictures on which no form was read."""
    pictures = [index for index in (*begun, *unread) if parts[index].media_type.startswith("image/")]
    if len(pictures) != len(begun) + len(unread) or len(begun) < 2 or not unread:
        return {}
    if len(set(begun.values())) != len(begun) or -1 in begun.values():
        return {}
    order = _order(parts, pictures)
    if order is None or order[0] not in begun:
        return {}
    found: dict[int, int] = {}
    counts: list[int] = []
    for index in order:
        if index in begun:
            counts.append(0)
            item = begun[index]
        else:
            counts[-1] += 1
            found[index] = item
    return found if len(set(counts)) == 1 else {}


def _order(parts: Sequence[Part], pictures: Sequence[int]) -> list[int] | None:
    """As they are numbered or, without numbers, attached; None where the two contradict (some programs attach backwards)."""
    attached = sorted(pictures)
    numbers = [tuple(int(run) for run in _DIGITS.findall(parts[index].name)) for index in attached]
    if not all(numbers):
        return attached if not any(numbers) else None
    by_number = [index for _, index in sorted(zip(numbers, attached, strict=True))]
    if len(set(numbers)) < len(numbers):
        return attached
    return by_number if attached in (by_number, by_number[::-1]) else None
