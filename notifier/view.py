"""What a letter shows, in order, before layout: sections of blocks of rows and numbered points.

Templates read nothing but a `LetterView`; staff who edit a template find here what it may use. All texts are cleaned
(`notifier.plain`) and already worded (`notifier.wording`); a template adds layout only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["plain", "good", "attention"]


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value; an empty label goes on under the label above. `copy`: meant to be copied as it stands, so
    templates set it apart."""

    label: str
    value: str
    tone: Tone = "plain"
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """One sentence. `number`: its number in the whole letter; 0 for a point without number."""

    text: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """A group under an optional title: rows first, then points."""

    title: str = ""
    rows: tuple[Row, ...] = ()
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """`kind`: problems, items, fine, format, blank, how, paper, notes; in mails to
    staff also traffic, units, progress, check. `numeral`: 一, 二, ..."""

    kind: str
    numeral: str
    heading: str
    lead: str
    blocks: tuple[Block, ...]
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class LetterView:
    """A whole letter. `opening`: paragraphs; `words`: paragraphs by staff; `closing`: last paragraphs."""

    kind: str
    title: str
    badge: str
    tone: Tone
    salutation: str
    opening: tuple[str, ...]
    words: tuple[str, ...]
    facts: tuple[Row, ...]
    sections: tuple[Section, ...]
    closing: tuple[str, ...]
    signature: str
    date: str
