"""A document as its readers see it, whatever it was stored as: paragraphs of styled runs, and tables of cells.

Word, HTML, old formats and PDF tables are all turned into these values; `parsers.form` reads nothing else. Values
only: nothing here knows a file format or a form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

PICTURE = "\ufffc"
"""Stands where a picture stood, so that a cell with nothing but a picture is not taken for an empty one."""

MAX_DEPTH = 12
"""Tables nested deeper than this are read as plain text: nobody fills in such a form, only attackers build one."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one look. `target`: address of a link that the characters stand for."""

    text: str
    bold: bool = False
    underline: bool = False
    strike: bool = False
    target: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line as written: no line break inside."""

    runs: tuple[Run, ...] = ()

    @property
    def full(self) -> str:
        """All characters, those crossed out and picture marks included: offsets refer to this."""
        return "".join(run.text for run in self.runs)

    @property
    def text(self) -> str:
        """What the writer wants read: without what is crossed out, without picture marks."""
        return "".join(run.text for run in self.runs if not run.strike).replace(PICTURE, "")

    @property
    def bold(self) -> bool:
        """Whether every visible character is bold."""
        inked = [run for run in self.runs if run.text.strip()]
        return bool(inked) and all(run.bold for run in inked)

    def cut(self, start: int, end: int | None = None) -> Paragraph:
        """The part between two offsets into `full`, its looks kept."""
        stop = len(self.full) if end is None else end
        runs: list[Run] = []
        at = 0
        for run in self.runs:
            left, right = max(start - at, 0), min(stop - at, len(run.text))
            if left < right:
                runs.append(replace(run, text=run.text[left:right]))
            at += len(run.text)
        return Paragraph(tuple(runs))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell at (`row`, `column`), counted from 0 in the table's own grid, covering `rows` × `columns` places."""

    row: int
    column: int
    rows: int
    columns: int
    blocks: tuple[Block, ...]

    @property
    def text(self) -> str:
        """The cell's lines, those of nested tables included."""
        return "\n".join(paragraph.text for paragraph in paragraphs_of(self.blocks))


@dataclass(frozen=True, slots=True)
class Table:
    """Cells in reading order."""

    cells: tuple[Cell, ...]


Block = Paragraph | Table


def plain(text: str) -> Paragraph:
    """A paragraph of unstyled text; line breaks in it become blanks."""
    return Paragraph((Run(text.replace("\r", " ").replace("\n", " ")),)) if text else Paragraph()


def plain_lines(text: str) -> tuple[Paragraph, ...]:
    """Text as paragraphs, one a line (any kind of line end)."""
    return tuple(plain(line) for line in text.splitlines())


def split_lines(runs: Iterable[Run]) -> list[Paragraph]:
    """Runs that may hold line breaks, as one paragraph a line."""
    lines: list[list[Run]] = [[]]
    for run in runs:
        for number, piece in enumerate(run.text.split("\n")):
            if number:
                lines.append([])
            if piece:
                lines[-1].append(run if piece == run.text else replace(run, text=piece))
    return [Paragraph(tuple(line)) for line in lines]


def paragraphs_of(blocks: Iterable[Block], depth: int = 0) -> Iterator[Paragraph]:
    """All paragraphs in reading order, tables opened up."""
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block
        elif depth < MAX_DEPTH:
            for cell in block.cells:
                yield from paragraphs_of(cell.blocks, depth + 1)


def text_of(blocks: Iterable[Block], limit: int, *, targets: bool = False) -> str:
    """The whole text: one line a paragraph, cells of a row divided by tabs, at most `limit` characters. `targets`:
    with the addresses that links point to beside their shown text."""
    lines: list[str] = []
    room = limit
    for line in _text_lines(blocks, targets=targets, depth=0):
        lines.append(line)
        room -= len(line) + 1
        if room < 0:
            break
    return "\n".join(lines)[:limit]


def _text_lines(blocks: Iterable[Block], *, targets: bool, depth: int) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield _with_targets(block) if targets else block.text
        elif depth < MAX_DEPTH:
            yield from _table_lines(block, targets=targets, depth=depth + 1)


def _table_lines(table: Table, *, targets: bool, depth: int) -> Iterator[str]:
    """A row of one-line cells is one line with tabs; a row with a longer cell gives its lines one below the other."""
    for row in rows_of(table.cells):
        texts = [list(_text_lines(cell.blocks, targets=targets, depth=depth)) for cell in row]
        texts = [[line for line in lines if line.strip()] for lines in texts]
        line = ""
        for lines in texts:
            if len(lines) <= 1:
                line += ("\t" if line else "") + "".join(lines)
            else:
                yield (line + "\t" if line else "") + lines[0]
                yield from lines[1:-1]
                line = lines[-1]
        yield line


def rows_of(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    """Cells that begin in the same row, row by row."""
    row: list[Cell] = []
    for cell in cells:
        if row and cell.row != row[0].row:
            yield row
            row = []
        row.append(cell)
    if row:
        yield row


def _with_targets(paragraph: Paragraph) -> str:
    """The text with each link's address after the shown text, unless that is the address itself."""
    parts: list[str] = []
    runs = [run for run in paragraph.runs if not run.strike]
    for number, run in enumerate(runs):
        parts.append(run.text)
        last = number + 1 == len(runs) or runs[number + 1].target != run.target
        if run.target and last and run.target not in paragraph.text:
            parts.append(f" {run.target} ")
    return "".join(parts).replace(PICTURE, "")
