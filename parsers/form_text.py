"""Forms out of running text: paragraphs without a table, the text layer of a PDF, the lines of an OCR.

A label opens a field, everything up to the next label is its value. Which label is which field, and whether it all
is a form, `parsers.form_build` decides.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.campaign import Campaign
from core.facts import FormFacts
from parsers.blocks import Paragraph, plain_lines
from parsers.entries import MAX_ITEMS, Entry, Item, Loose, find_heading, is_blank
from parsers.form_build import build_forms
from parsers.labels import Hit, Label, LabelIndex, index_of

_LABEL_LINES = 4  # a label in a narrow column may be spread over so many lines
_NARROW = 8  # characters in one line of such a label


def read_form_text(text: str, campaign: Campaign, *, limit: int = 400_000) -> tuple[FormFacts, ...]:
    """Forms in text whose cells run together, such as a PDF's or an OCR's; () if it holds none."""
    lines = plain_lines(text[:limit])
    items = find_line_items(lines, index_of(campaign), campaign, loose=True)
    return build_forms(items, campaign)


def find_line_items(lines: Sequence[Paragraph], index: LabelIndex, campaign: Campaign, *, loose: bool = False) -> list[Item]:
    """Headings, labels with values, and loose lines, in order. `loose`: see `LabelIndex.scan`."""
    reader = _LineReader(index, loose=loose)
    place = 0
    while place < len(lines) and len(reader.items) < MAX_ITEMS:
        line = lines[place]
        heading = find_heading(line, campaign)
        if heading is not None:
            reader.close()
            reader.items.append(heading)
            place += 1
            continue
        spread = _find_spread_label(lines, place, index)
        if spread is not None:
            label, used = spread
            reader.open(label, weak=False)
            place += used
            continue
        reader.take(line)
        place += 1
    reader.close()
    return reader.items


def _find_spread_label(lines: Sequence[Paragraph], place: int, index: LabelIndex) -> tuple[Label, int] | None:
    """A label spread over this and the next lines (申报单位 / 意见, 案例 / 内容): the longest reading counts."""
    joined = ""
    best: tuple[Label, int] | None = None
    for used in range(1, _LABEL_LINES + 1):
        if place + used > len(lines):
            break
        piece = "".join(lines[place + used - 1].text.split())
        if not piece or len(piece) > _NARROW:
            break
        joined += piece
        if used > 1:
            label = index.find_spread(joined)
            if label is not None:
                best = (label, used)
    return best


def _repeats(before: Hit, hit: Hit, line: str) -> bool:
    """联系电话：0531-...（手机：138...）: the second label is part of the first one's value."""
    return before.label.shares(hit.label) and bool(line[before.value : hit.start].strip())


class _LineReader:
    """Collects the lines of the label that is open; long values go on over many lines, short ones end soon."""

    def __init__(self, index: LabelIndex, *, loose: bool) -> None:
        self.items: list[Item] = []
        self._index = index
        self._loose = loose
        self._label: Label | None = None
        self._weak = False
        self._value: list[Paragraph] = []
        self._before: list[Label] = []

    def open(self, label: Label, *, weak: bool) -> None:
        self.close()
        self._label, self._weak = label, weak

    def close(self) -> None:
        if self._label is not None:
            near = tuple(reversed(self._before[-6:]))
            self.items.append(Entry(self._label, tuple(self._value), near, self._weak, running=True))
            self._before.append(self._label)
        self._label, self._value = None, []

    def take(self, line: Paragraph) -> None:
        """One more line: the labels in it, and what stands before, between and behind them."""
        full = line.full
        hits = self._hits(line)
        # 负责人    联系电话 are two labels, though together they would be one.
        label = self._index.find_whole(line.text) if len(hits) < 2 else None
        if label is not None:
            self.open(label, weak=False)
            return
        if not hits:
            self._continue(line)
            return
        lead = line.cut(0, hits[0].start)
        if not is_blank(lead) and not hits[0].prefixed:
            self._continue(lead)
        hits = [hit for number, hit in enumerate(hits) if not number or not _repeats(hits[number - 1], hit, full)]
        for number, hit in enumerate(hits):
            end = hits[number + 1].start if number + 1 < len(hits) else len(full)
            self.open(hit.label, weak=hit.prefixed)
            value = line.cut(hit.value, end)
            if not is_blank(value):
                self._value.append(value)

    def _hits(self, line: Paragraph) -> list[Hit]:
        """Labels in the line; inside a long value only those that stand alone at its start or carry a colon there."""
        hits = self._index.scan(line.full, loose=self._loose)
        if self._label is not None and (self._label.long or self._label.opinion):
            hits = [hit for hit in hits if not hit.prefixed]
            if hits and hits[0].start > 6:
                return []
        return hits

    def _continue(self, line: Paragraph) -> None:
        """A line without a label: it belongs to the open one as long as that can take it."""
        if self._label is None:
            self.items.append(Loose(line))
            return
        if is_blank(line):
            if self._label.long:
                self._value.append(line)
            elif self._value and not self._loose:
                self.close()
            return
        if self._label.long or self._label.opinion or not self._value or len(self._value) < 4:
            self._value.append(line)
            return
        self.close()
        self.items.append(Loose(line))

