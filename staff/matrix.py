"""The ledger as a value: units × categories (× batches) with the states of their items, and who is missing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.campaign import Campaign
from core.records import ItemState
from core.register import Register
from storage.progress import Cell, LastMail

STATE_ORDER: tuple[ItemState, ...] = ("complete", "incomplete", "review", "pending")
UNIT_KINDS: Mapping[str, str] = {"city_bureau": "市教育局", "university": "高等学校", "other": "其他单位"}
UNIT_STATES: Mapping[str, str] = {
    "missing": "未报送", "mail": "有来信，无报送件", "incomplete": "待补正", "review": "待核", "pending": "核验中",
    "complete": "齐全",
}

Place = tuple[str, int | None]
"""Category and batch: a column of the matrix."""


@dataclass(frozen=True, slots=True)
class Line:
    """One unit. `name` None: items nobody could place yet. `order`: its place in the register. `counts`: items by column
    and state."""

    name: str | None
    kind: str
    city: str
    order: int
    counts: Mapping[Place, Mapping[ItemState, int]]
    last: LastMail | None = None

    def count(self, state: ItemState | None = None, category: str | None = None) -> int:
        """Items, in this state and category where given."""
        held = self.counts.values() if category is None else [states for (key, _), states in self.counts.items() if key == category]
        if state is None:
            return sum([sum(states.values()) for states in held])
        return sum([states.get(state, 0) for states in held])

    @property
    def state(self) -> str:
        """How the unit stands, a key of `UNIT_STATES`: what is most urgent for it."""
        if not self.counts:
            return "missing" if self.last is None else "mail"
        return next((state for state in ("incomplete", "review", "pending") if self.count(state)), "complete")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the matrix is asked for; empty: everything."""

    text: str = ""
    kind: str = ""
    state: str = ""
    category: str = ""


def build(cells: Iterable[Cell], last: Mapping[str, LastMail], register: Register) -> list[Line]:
    """A line for each unit of the register and for each other one that has items; city bureaus first, in the register's
    order, then the rest."""
    counts: dict[str | None, dict[Place, dict[ItemState, int]]] = {}
    for cell in cells:
        column = counts.setdefault(cell.unit, {}).setdefault((cell.category, cell.batch), {})
        column[cell.state] = column.get(cell.state, 0) + cell.count
    lines = []
    for order, name in enumerate(register.reporting_units()):
        unit = register.by_name(name)
        lines.append(Line(name, kind_of(name, register), unit.city if unit else "", order, counts.pop(name, {}), last.get(name)))
    for other, columns in sorted(counts.items(), key=lambda entry: entry[0] or ""):
        lines.append(Line(other, "other", "", len(lines), columns, last.get(other or "")))
    ranks = list(UNIT_KINDS)
    return sorted(lines, key=lambda line: (line.name is not None, ranks.index(line.kind), line.order))


def kind_of(name: str, register: Register) -> str:
    """The kind of a reporting unit, a key of `UNIT_KINDS`; one that is not in the register is another one."""
    unit = register.by_name(name)
    return unit.kind if unit is not None and unit.kind in UNIT_KINDS else "other"


def choose(lines: Iterable[Line], wanted: Wanted) -> list[Line]:
    """The lines asked for. `state`: of the unit (missing, mail) or of any of its items, in the category if one is given.
    `text`: part of the unit's name or its city."""
    return [line for line in lines if _is_wanted(line, wanted)]


def _is_wanted(line: Line, wanted: Wanted) -> bool:
    if wanted.kind and line.kind != wanted.kind:
        return False
    if wanted.text and wanted.text not in (line.name or "待定") and wanted.text not in line.city:
        return False
    if wanted.state == "missing":
        return line.count(category=wanted.category or None) == 0 and (bool(wanted.category) or line.last is None)
    if wanted.state == "mail":
        return line.state == "mail"
    if wanted.state:
        return any(line.count(state, wanted.category or None) for state in STATE_ORDER if state == wanted.state)
    return not wanted.category or line.count(category=wanted.category) > 0


SORTS: Mapping[str, str] = {
    "": "名册顺序", "name": "单位名称", "count": "报送件多的在前", "open": "待办多的在前", "last": "最近来信在前",
    "quiet": "久无来信在前",
}


def arrange(lines: Sequence[Line], sort: str) -> list[Line]:
    """Sorted by a key of `SORTS`; equal ones stay in the register's order."""
    keys: Mapping[str, Callable[[Line], Any]] = {
        "name": lambda line: line.name or "",
        "count": lambda line: -line.count(),
        "open": lambda line: -(line.count("incomplete") + line.count("review")),
        "last": lambda line: -_moment(line),
        "quiet": _moment,
    }
    return sorted(lines, key=keys[sort]) if sort in keys else list(lines)


def _moment(line: Line) -> float:
    return line.last.received_at.timestamp() if line.last else 0.0


def totals(lines: Iterable[Line], columns: Iterable[Place]) -> dict[Place, dict[ItemState, int]]:
    """Items by column and state, over all these lines."""
    found: dict[Place, dict[ItemState, int]] = {column: dict.fromkeys(STATE_ORDER, 0) for column in columns}
    for line in lines:
        for column, states in line.counts.items():
            sums = found.get(column)
            if sums is not None:
                for state, number in states.items():
                    sums[state] += number
    return found


def columns_of(campaign: Campaign, batch: int | None, lines: Iterable[Line], category: str = "") -> list[Place]:
    """The columns: each category for one batch, or for every batch that is asked for or has items."""
    keys = [spec.key for spec in campaign.categories if category in ("", spec.key)]
    if batch is not None:
        return [(key, batch) for key in keys]
    known = [spec.number for spec in campaign.batches]
    used = {number for line in lines for _, number in line.counts}
    numbers: list[int | None] = [number for number in known if number in used] or list(known[:1])
    numbers += sorted(used - set(known), key=lambda found: (found is None, found or 0))
    return [(key, number) for key in keys for number in numbers]
