"""Charts as numbers: where the bars, lines and words of an SVG stand. The templates draw them; nothing here is markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

WIDTH, HEIGHT = 1140, 240
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 14, 28
MOST_COLUMNS = 62
"""More days than this are drawn by the week."""


@dataclass(frozen=True, slots=True)
class Column:
    """One bar: `day` its first day, `days` how many it stands for."""

    day: date
    days: int
    count: int
    x: float
    y: float
    width: float
    height: float

    @property
    def label(self) -> str:
        """11月9日, or 11月3日至9日 and so on."""
        first = f"{self.day.month}月{self.day.day}日"
        if self.days == 1:
            return first
        last = self.day + timedelta(days=self.days - 1)
        return f"{first}至{last.month}月{last.day}日"


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns with an axis. `ticks`: (y, word); `marks`: (x, word) below; `line`: points of the sum so far, scaled to the
    same height, as an SVG `points` list; `deadline`: x of the deadline, None if it is not within."""

    columns: tuple[Column, ...]
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[tuple[float, str], ...]
    line: str
    deadline: float | None
    total: int

    @property
    def busiest(self) -> Column | None:
        """The highest column."""
        return max(self.columns, key=lambda column: column.count, default=None) if self.total else None


def spans(first: date, last: date) -> tuple[list[date], int]:
    """The first days of the columns from `first` to `last` inclusive, and how many days each has."""
    days = max((last - first).days + 1, 1)
    step = 1 if days <= MOST_COLUMNS else 7 * -(-days // (7 * MOST_COLUMNS))
    return [first + timedelta(days=at) for at in range(0, days, step)], step


def draw(starts: Sequence[date], step: int, counts: Sequence[int], deadline: date | None = None) -> Chart:
    """The chart of `counts`, one for each of `starts`."""
    inner_width, inner_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    top = _round_up(max(counts, default=0))
    slot = inner_width / max(len(starts), 1)
    columns, points, total, whole = [], [], 0, max(sum(counts), 1)
    for at, (start, count) in enumerate(zip(starts, counts, strict=True)):
        height = inner_height * count / top
        x = LEFT + slot * at
        columns.append(Column(
            start, step, count, round(x + slot * 0.12, 1), round(TOP + inner_height - height, 1), round(slot * 0.76, 1),
            round(height, 1),
        ))
        total += count
        points.append(f"{x + slot / 2:.1f},{TOP + inner_height * (1 - total / whole):.1f}")
    ticks = tuple(
        (round(TOP + inner_height * (1 - part / 2), 1), _short(top * part / 2)) for part in range(3) if top >= 2 or part != 1
    )
    every = max(1, -(-len(starts) // 8))
    marks = tuple(
        (round(LEFT + slot * (at + 0.5), 1), f"{start.month}月{start.day}日") for at, start in enumerate(starts) if at % every == 0
    )
    place = None
    if deadline is not None and starts and starts[0] <= deadline <= starts[-1] + timedelta(days=step - 1):
        place = round(LEFT + slot * (((deadline - starts[0]).days + 1) / step), 1)
    return Chart(tuple(columns), ticks, marks, " ".join(points), place, total)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar: its state, how many, and where from and how wide in percent."""

    state: str
    count: int
    start: float
    width: float


def stacked(counts: Mapping[str, int], order: Sequence[str]) -> tuple[Part, ...]:
    """A bar of 100 percent, one piece for each state that occurs."""
    whole, parts, start = sum(counts.values()), [], 0.0
    for state in order:
        count = counts.get(state, 0)
        if count:
            width = 100 * count / whole
            parts.append(Part(state, count, round(start, 2), round(width, 2)))
            start += width
    return tuple(parts)


def _round_up(highest: int) -> int:
    """The top of the axis: an even, round number not below `highest`."""
    top, step = 2, (2, 5, 2)
    at = 0
    while top < highest:
        top = top * 5 // 2 if step[at % 3] == 5 else top * 2  # 2, 4, 10, 20, 40, 100 …
        at += 1
    return top


def _short(value: float) -> str:
    return f"{value / 10000:g}万" if value >= 10000 else f"{value:g}"
