"""Words with places on a page -> blocks: lines of text, and tables where ruled cells are known.

Serves whatever knows places: a PDF's characters, an OFD's text objects, the boxes of an OCR. Places are in any unit,
origin top left, y downwards.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parsers.blocks import Block, Cell, Paragraph, Run, Table, plain

MAX_WORDS = 60_000
"""Words or characters placed on one page; a dense page has some 3,000."""

_NUMBERED = re.compile(r"(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十\d]{1,3}[)）]|\d{1,2}[、.．](?!\d)|[□☑☐☒√])")


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        return max(self.right - self.left, 0) * max(self.bottom - self.top, 0)


@dataclass(frozen=True, slots=True)
class Word:
    """A character, a word or a line of text, and the box around it. `centres`: where each character's middle lies from
    the left, if that is known."""

    text: str
    box: Box
    centres: tuple[float, ...] = ()

    @property
    def middle(self) -> tuple[float, float]:
        return (self.box.left + self.box.right) / 2, (self.box.top + self.box.bottom) / 2


def build_page(tables: Sequence[Sequence[Box]], words: Sequence[Word], slack: float = 3.0) -> list[Block]:
    """A page's blocks from top to bottom. `tables`: the cells of each ruled table. `slack`: how far apart two edges
    may lie and still be one."""
    words = words[:MAX_WORDS]
    placed: list[tuple[float, Block]] = []
    rest = list(words)
    for cells in tables:
        if not cells:
            continue
        frame = _frame(cells)
        inside = [word for word in rest if _within(word, frame)]
        rest = [word for word in rest if not _within(word, frame)]
        placed.append((frame.top, build_table(cells, inside, slack)))
    placed.extend((min(word.box.top for word in line), plain(join_words(line))) for line in group_lines(rest))
    placed.sort(key=lambda item: item[0])
    return [block for _, block in placed]


def build_table(cells: Sequence[Box], words: Sequence[Word], slack: float = 3.0) -> Table:
    """A table from its cells' boxes; every word goes to the smallest cell around its middle."""
    columns = _edges([edge for cell in cells for edge in (cell.left, cell.right)], slack)
    rows = _edges([edge for cell in cells for edge in (cell.top, cell.bottom)], slack)
    ordered = sorted(set(cells), key=lambda cell: (_place(rows, cell.top), _place(columns, cell.left)))
    held: list[list[Word]] = [[] for _ in ordered]
    by_area = sorted(range(len(ordered)), key=lambda number: ordered[number].area)
    for word in words:
        for number in by_area:
            if _within(word, ordered[number]):
                held[number].append(word)
                break
    built = []
    for box, inside in zip(ordered, held, strict=True):
        row, column = _place(rows, box.top), _place(columns, box.left)
        high, wide = max(_place(rows, box.bottom) - row, 1), max(_place(columns, box.right) - column, 1)
        built.append(Cell(row, column, high, wide, tuple(_cell_lines(inside, box))))
    return Table(tuple(built))


def build_lines(words: Sequence[Word]) -> str:
    """Text in reading order, one line a row of words, wide gaps as tabs."""
    return "\n".join(join_words(line) for line in group_lines(words[:MAX_WORDS]))


def group_lines(words: Sequence[Word]) -> list[list[Word]]:
    """Words that stand side by side, row by row from the top, each row from the left. A dash or a comma of another
    font may stand a little higher or lower than its line."""
    lines: list[tuple[float, float, list[Word]]] = []  # top and bottom of the tallest word, words
    for word in sorted(words, key=lambda word: (word.middle[1], word.box.left)):
        box = word.box
        if lines:
            top, bottom, members = lines[-1]
            overlap = min(bottom, box.bottom) - max(top, box.top)
            if overlap >= 0.5 * max(min(bottom - top, box.bottom - box.top), 0.01):
                members.append(word)
                if box.bottom - box.top > bottom - top:
                    lines[-1] = (box.top, box.bottom, members)
                continue
        lines.append((box.top, box.bottom, [word]))
    return [sorted(members, key=lambda word: word.box.left) for _, _, members in lines]


def stack_tables(blocks: Iterable[Block], frames: Sequence[tuple[float, float]], slack: float = 8.0) -> list[Block]:
    """Joins a table with the one that follows it directly when both have the same left and right edges: a table that
    goes on over the page. `frames`: left and right edge of each table among the blocks, in order."""
    joined: list[Block] = []
    number = -1
    for block in blocks:
        if not isinstance(block, Table):
            joined.append(block)
            continue
        number += 1
        last = joined[-1] if joined else None
        if isinstance(last, Table) and number and _same(frames[number - 1], frames[number], slack):
            offset = max((cell.row + cell.rows for cell in last.cells), default=0)
            moved = tuple(Cell(cell.row + offset, cell.column, cell.rows, cell.columns, cell.blocks) for cell in block.cells)
            joined[-1] = Table((*last.cells, *moved))
        else:
            joined.append(block)
    return joined


def _same(one: tuple[float, float], other: tuple[float, float], slack: float) -> bool:
    return abs(one[0] - other[0]) <= slack and abs(one[1] - other[1]) <= slack


def _frame(cells: Sequence[Box]) -> Box:
    return Box(
        min(cell.left for cell in cells),
        min(cell.top for cell in cells),
        max(cell.right for cell in cells),
        max(cell.bottom for cell in cells),
    )


def _within(word: Word, box: Box) -> bool:
    x, y = word.middle
    return box.left <= x <= box.right and box.top <= y <= box.bottom


def _edges(values: Sequence[float], slack: float) -> list[float]:
    """Edges in order, those closer than `slack` as one."""
    merged: list[float] = []
    for value in sorted(values):
        if not merged or value - merged[-1] > slack:
            merged.append(value)
    return merged


def _place(edges: Sequence[float], value: float) -> int:
    """The index of the edge nearest to a value."""
    at = bisect_left(edges, value)
    near = [number for number in (at - 1, at) if 0 <= number < len(edges)]
    return min(near, key=lambda number: abs(edges[number] - value), default=0)


def _cell_lines(words: Sequence[Word], box: Box) -> list[Paragraph]:
    """A cell's paragraphs: a line that reaches the cell's right edge goes on in the next, unless that is numbered or
    indented as a new one."""
    lines = group_lines(words)
    margin = min((line[0].box.left for line in lines), default=box.left)
    paragraphs: list[str] = []
    wrapped = False
    for line in lines:
        text = join_words(line)
        height = max(word.box.bottom - word.box.top for word in line)
        fresh = line[0].box.left - margin > 1.2 * height or text[:1].isspace() or _NUMBERED.match(text) is not None
        if wrapped and paragraphs and not fresh:
            paragraphs[-1] = _glued(paragraphs[-1], text)
        else:
            paragraphs.append(text)
        wrapped = box.right - line[-1].box.right < 2.6 * height and box.right - box.left > 6 * height
    return [Paragraph((Run(text),)) if text else Paragraph() for text in paragraphs]


def _glued(before: str, after: str) -> str:
    latin = before[-1:].isascii() and after[:1].isascii() and before[-1:].isalnum() and after[:1].isalnum()
    return f"{before.rstrip()}{' ' if latin else ''}{after.lstrip()}"


def join_words(line: Sequence[Word]) -> str:
    """A line's text; a gap wider than a character is a blank, one wider than two a tab."""
    text = ""
    right: float | None = None
    for word in line:
        size = max(word.box.bottom - word.box.top, 0.1)
        if right is not None and not word.text.isspace() and not text[-1:].isspace():
            gap = word.box.left - right
            if gap > 1.8 * size:
                text += "\t"
            elif gap > 0.75 * size:
                text += " "
        text += word.text
        right = word.box.right if right is None else max(right, word.box.right)
    return text.strip("\n")
