"""Labels and their values in a table: to the right, below, in the same cell, over several cells or rows, in tables
inside cells.

Geometry only: it asks `parsers.labels` what is a label and leaves to `parsers.form_build` what it all means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from core.campaign import Campaign
from parsers.blocks import MAX_DEPTH, Block, Cell, Paragraph, Run, Table, paragraphs_of
from parsers.entries import Entry, Item, Loose, find_heading, is_blank
from parsers.form_text import find_line_items
from parsers.labels import Label, LabelIndex, squeeze

MAX_CELLS = 4000
"""Cells looked at in one table: a form has fewer than a hundred, a list of everything may have any number."""

_COUNTED = frozenset({"序号", "编号", "序列", "No", "NO"})
_GAP = Run("  ")


def find_table_items(table: Table, index: LabelIndex, campaign: Campaign, depth: int = 0) -> list[Item]:
    """Headings, labels with values and loose lines of a table, in reading order of the labels. A list with one form's
    labels as column heads (汇总表) gives loose lines only."""
    if depth >= MAX_DEPTH:
        return [Loose(line) for line in paragraphs_of((table,))]
    grid = _Grid(table.cells[:MAX_CELLS], index)
    if grid.is_list():
        return [Loose(line) for cell in table.cells[:MAX_CELLS] for line in paragraphs_of(cell.blocks)]
    return _Reader(grid, index, campaign, depth).items()


class _Grid:
    """Cells by place, and which of them are labels."""

    def __init__(self, cells: Sequence[Cell], index: LabelIndex) -> None:
        self.cells = tuple(cells)
        self._rows: dict[int, list[int]] = defaultdict(list)
        self._starts: dict[int, list[int]] = defaultdict(list)
        for number, cell in enumerate(self.cells):
            self._starts[cell.row].append(number)
            for row in range(cell.row, cell.row + min(cell.rows, 200)):
                self._rows[row].append(number)
        for numbers in self._rows.values():
            numbers.sort(key=lambda number: self.cells[number].column)
        self.width = max((cell.column + cell.columns for cell in self.cells), default=0)
        self.labels: dict[int, Label] = {}
        for number, cell in enumerate(self.cells):
            label = _label_of(cell, index)
            if label is not None:
                self.labels[number] = label
        self.groups: set[int] = set()
        self._join_labels(index)

    def _join_labels(self, index: LabelIndex) -> None:
        """负责人 over 姓名 and 电话: a label and the cell right of it can be one label written in two parts."""
        for number, label in tuple(self.labels.items()):
            if label.opinion or label.long:
                continue
            cell = self.cells[number]
            for row in range(cell.row, cell.row + min(cell.rows, 20)):
                right = self.right_of(number, row)
                if right is None or len(self.cells[right].text) > 20:
                    continue
                part = "".join(self.cells[right].text.split())
                if not part:
                    continue
                whole = index.find(label.text + part.rstrip(":："))
                after = self.right_of(right, row)
                if whole is not None and after is not None and after not in self.labels:
                    self.labels[right] = whole
                    self.groups.add(number)

    def right_of(self, number: int, row: int) -> int | None:
        """The next cell in this row."""
        cell = self.cells[number]
        column = cell.column + cell.columns
        return next((other for other in self._rows.get(row, ()) if self.cells[other].column >= column), None)

    def rest_of_row(self, number: int, row: int) -> list[int]:
        """The cells right of a cell in one of its rows, up to the next label; those from rows above only once."""
        column = self.cells[number].column + self.cells[number].columns
        found = []
        for other in self._rows.get(row, ()):
            if self.cells[other].column < column:
                continue
            if other in self.labels:
                break
            if self.cells[other].row == row or row == self.cells[number].row:
                found.append(other)
        return found

    def below(self, number: int) -> int | None:
        """The cell right under a cell, if it begins there and reaches over the cell's first column."""
        cell = self.cells[number]
        row = cell.row + cell.rows
        for other in self._starts.get(row, ()):
            under = self.cells[other]
            if under.column <= cell.column < under.column + under.columns:
                return other
        return None

    def above(self, number: int) -> Iterator[int]:
        """Cells over a cell's first column, from the nearest up."""
        cell = self.cells[number]
        for row in range(cell.row - 1, max(cell.row - 4, -1), -1):
            for other in self._rows.get(row, ()):
                over = self.cells[other]
                if over.column <= cell.column < over.column + over.columns:
                    yield other

    def left_of(self, number: int) -> Iterator[int]:
        """Cells before a cell in its first row, from the nearest."""
        cell = self.cells[number]
        row = [other for other in self._rows.get(cell.row, ()) if self.cells[other].column < cell.column]
        return reversed(row)

    def starting_in(self, row: int) -> list[int]:
        return self._starts.get(row, [])

    def is_list(self) -> bool:
        """Whether this is a table of many submissions: one row of labels as column heads, none to their left or right
        that is a value, and rows of values below."""
        rows = {self.cells[number].row for number in self.labels}
        if len(rows) != 1 or len(self.labels) < 3:
            return False
        (row,) = rows
        heads = self.starting_in(row)
        below = {cell.row for cell in self.cells if cell.row > row}
        if not below or any(label.opinion for label in self.labels.values()):
            return False
        beside = [self.right_of(number, row) for number in self.labels]
        if sum(1 for right in beside if right is None or right in self.labels) * 2 < len(self.labels):
            return False  # label, value, label, value
        # A single row below may be a form laid out sideways, unless its rows are counted.
        return len(below) > 1 or any(squeeze(self.cells[number].text) in _COUNTED for number in heads)


def _label_of(cell: Cell, index: LabelIndex) -> Label | None:
    if len(cell.blocks) > 24 or any(isinstance(block, Table) for block in cell.blocks):
        return None
    text = "".join(block.text for block in cell.blocks if isinstance(block, Paragraph))
    return index.find_whole(text)


@dataclass(frozen=True, slots=True)
class _Place:
    """A label's value: the cells that hold it, in order."""

    label: int
    cells: tuple[int, ...]


class _Reader:
    """Finds each label's cells, then reads what is left over."""

    def __init__(self, grid: _Grid, index: LabelIndex, campaign: Campaign, depth: int) -> None:
        self._grid = grid
        self._index = index
        self._campaign = campaign
        self._depth = depth
        self._claimed: set[int] = set()

    def items(self) -> list[Item]:
        grid = self._grid
        places = {place.label: place for place in self._places()}
        items: list[Item] = []
        seen: list[Label] = []
        for number, cell in enumerate(grid.cells):
            if number in places:
                label = grid.labels[number]
                items.append(self._entry(places[number], seen))
                items.extend(self._inner(places[number]))
                seen.append(label)
            elif number not in self._claimed and number not in grid.labels:
                items.extend(self._free(cell.blocks))
        return items

    def _places(self) -> Iterator[_Place]:
        grid = self._grid
        for number, label in grid.labels.items():
            if number in grid.groups:
                continue
            cells = self._beside(number, label)
            if not cells or not any(self._is_filled(other) for other in cells):
                cells = self._under(number, label, alone=bool(cells)) or cells
            if label.long or label.opinion:
                cells = [*cells, *self._rows_after(number, cells, label)]
            self._claimed.update(cells)
            yield _Place(number, tuple(cells))

    def _beside(self, number: int, label: Label) -> list[int]:
        """Value cells to the right."""
        grid = self._grid
        cell = grid.cells[number]
        if label.long or label.opinion:
            rows = range(cell.row, cell.row + min(cell.rows, 200))
            return list(dict.fromkeys(other for row in rows for other in grid.rest_of_row(number, row)))
        if label.several:
            right = grid.right_of(number, cell.row)
            return [] if right is None or right in grid.labels else grid.rest_of_row(number, cell.row)
        return self._beside_short(number)

    def _beside_short(self, number: int) -> list[int]:
        """The cell right of a short field's label. An empty one may be a spacer: then the only filled cell behind it
        counts (two would be another label and its value), or the one in the label's next row."""
        grid = self._grid
        cell = grid.cells[number]
        first: int | None = None
        for row in range(cell.row, cell.row + min(cell.rows, 20)):
            right = grid.right_of(number, row)
            if right is None or right in grid.labels:
                continue
            filled = [other for other in grid.rest_of_row(number, row) if self._is_filled(other)]
            if right in filled:
                return [right]
            if len(filled) == 1:
                return filled
            first = right if first is None else first
        return [first] if first is not None else []

    def _is_filled(self, number: int) -> bool:
        return any(not is_blank(line) for line in paragraphs_of(self._grid.cells[number].blocks))

    def _under(self, number: int, label: Label, *, alone: bool) -> list[int]:
        """The value cell below a label that has none beside it. Where an empty cell is beside it, the cell below counts
        only if it is `alone` in its row: else it is the next label, one the campaign does not know."""
        under = self._grid.below(number)
        if alone and under is not None and len(self._grid.starting_in(self._grid.cells[under].row)) > 1:
            return []
        if under is None or under in self._grid.labels or under in self._claimed:
            return []
        if self._opens_field(self._grid.cells[under]):
            return []
        return [under]

    def _rows_after(self, number: int, cells: Sequence[int], label: Label) -> list[int]:
        """Rows that go on with a long value: no label in them, and nothing in the label's own column, or one cell
        over the whole width. A table broken over two pages looks so."""
        grid = self._grid
        last = grid.cells[cells[-1]] if cells else grid.cells[number]
        row = max(last.row + last.rows, grid.cells[number].row + grid.cells[number].rows)
        found: list[int] = []
        while len(found) < 200:
            started = grid.starting_in(row)
            if not started or any(other in grid.labels or other in self._claimed for other in started):
                break
            first = grid.cells[started[0]]
            empty_head = len(started) > 1 and not first.text.strip()
            whole = len(started) == 1 and (first.columns >= grid.width or not cells or first.column >= last.column)
            if not (empty_head or whole) or self._opens_field(first):
                break
            found.extend(other for other in started if self._grid.cells[other].text.strip())
            row += 1
        return found if not label.opinion else []

    def _opens_field(self, cell: Cell) -> bool:
        """Whether a cell begins with a label of its own (负责人：张三) or is a form's title."""
        for line in paragraphs_of(cell.blocks):
            if is_blank(line):
                continue
            hits = self._index.scan(line.full)
            return bool(hits and hits[0].start <= 4 and not hits[0].prefixed) or find_heading(line, self._campaign) is not None
        return False

    def _entry(self, place: _Place, seen: Sequence[Label]) -> Entry:
        grid = self._grid
        label = grid.labels[place.label]
        value: list[Paragraph] = []
        for number in place.cells:
            lines = self._value_lines(grid.cells[number].blocks, label)
            if value and label.several and lines:
                value[-1] = Paragraph((*value[-1].runs, _GAP, *lines[0].runs))
                lines = lines[1:]
            value.extend(lines)
        left = [grid.labels[number] for number in grid.left_of(place.label) if number in grid.labels]
        above = [grid.labels[number] for number in grid.above(place.label) if number in grid.labels]
        return Entry(label, tuple(value), (*left, *above, *reversed(seen[-6:])))

    def _value_lines(self, blocks: Sequence[Block], label: Label) -> list[Paragraph]:
        """The lines of a value cell. A short value ends where another label begins inside the cell."""
        lines = list(paragraphs_of(blocks))
        if label.long or label.opinion or label.several:
            return lines
        kept: list[Paragraph] = []
        for line in lines:
            hits = [hit for hit in self._index.scan(line.full) if not hit.prefixed and not label.shares(hit.label)]
            if hits:
                if hits[0].start:
                    kept.append(line.cut(0, hits[0].start))
                break
            if self._index.find_whole(line.text) is not None and kept:
                break
            kept.append(line)
        return kept

    def _inner(self, place: _Place) -> list[Item]:
        """Labels inside value cells of short fields (张三　联系电话：139...) and in tables inside them."""
        label = self._grid.labels[place.label]
        if label.long or label.opinion or label.several:
            return []
        items: list[Item] = []
        for number in place.cells:
            found = self._free(self._grid.cells[number].blocks, near=label)
            items.extend(item for item in found if isinstance(item, Entry) and not label.shares(item.label))
        return items

    def _free(self, blocks: Iterable[Block], near: Label | None = None) -> list[Item]:
        """A cell that is no label's value: lines with labels inside, or tables."""
        items: list[Item] = []
        lines: list[Paragraph] = []
        for block in blocks:
            if isinstance(block, Paragraph):
                lines.append(block)
                continue
            items.extend(find_line_items(lines, self._index, self._campaign))
            lines = []
            items.extend(find_table_items(block, self._index, self._campaign, self._depth + 1))
        items.extend(find_line_items(lines, self._index, self._campaign))
        if near is not None:
            return [
                replace(item, near=(near, *item.near)) if isinstance(item, Entry) else item
                for item in items
            ]
        return items

