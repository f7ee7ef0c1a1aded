"""The register of units that may report: finds their names in any text and says which reporting unit they belong to.

Names come from rows (`core/data/units-*.csv`): city bureaus, counties and zones, universities with former, later and
short names. A body of a city or county that no row names (济南市社区教育指导中心, 历下区社区学院) is placed by the place
in its name. What could be two things is marked unsure and never decided by chance.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from core import unit_names as names
from core.text import normalise

PLACES = frozenset({"county", "zone"})
BUREAU_KIND = "city_bureau"


@dataclass(frozen=True, slots=True)
class Unit:
    """A row of the register. `kind`: city_bureau, county, zone, university, or another word for what reports as itself.
    `name`: the canonical name; for a county or zone the place's."""

    kind: str
    name: str
    city: str = ""
    former_names: tuple[str, ...] = ()
    later_name: str = ""
    also_called: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class UnitMatch:
    """A unit found in a text. `start`, `end`: offsets into `core.text.normalise(text)`; `matched`: what stands there.

    `unit`: the row; a body of a city has the city's bureau. `sure` is False for a place that is merely mentioned
    (`place_only`), for names of several units (`others`) and for schools affiliated with a university.
    """

    unit: Unit
    matched: str
    start: int
    end: int
    sure: bool
    others: tuple[Unit, ...] = ()
    place_only: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a spelling stands for. `bound`: which of its sides must be the edge of a word."""

    role: Literal["name", "city", "place", "stem"]
    units: tuple[Unit, ...]
    bound: Literal["", "left", "both"] = ""


_Found = tuple[UnitMatch, int]
"""A match and where it ends in the text that was searched."""


class _View:
    """A text without the blanks that stand between Chinese characters, and the way back to its offsets."""

    _GAP = re.compile(f"(?<=[{names.CJK})]) +(?=[{names.CJK}(])")

    def __init__(self, text: str) -> None:
        self.original = normalise(text, simplify=True)
        self.text = self.original
        self.gaps: list[int] = []  # offsets in the shortened text where blanks were
        self._removed: list[int] = []  # how many blanks were taken out up to and including that gap
        removed = 0
        for gap in self._GAP.finditer(self.original):
            self.gaps.append(gap.start() - removed)
            removed += len(gap.group())
            self._removed.append(removed)
        if removed:
            self.text = self._GAP.sub("", self.original)

    def match(
        self, unit: Unit, start: int, end: int, *, sure: bool, others: tuple[Unit, ...] = (), place_only: bool = False
    ) -> _Found:
        """A find at these offsets of the shortened text, told in offsets of the whole one."""
        if not self.gaps:
            return UnitMatch(unit, self.text[start:end], start, end, sure, others, place_only), end
        first, last = self.start_of(start), self.end_of(end)
        return UnitMatch(unit, self.original[first:last], first, last, sure, others, place_only), end

    def is_gap(self, at: int) -> bool:
        if not self.gaps:
            return False
        index = bisect_left(self.gaps, at)
        return index < len(self.gaps) and self.gaps[index] == at

    def next_gap(self, at: int) -> int | None:
        index = bisect_right(self.gaps, at)
        return self.gaps[index] if index < len(self.gaps) else None

    def start_of(self, at: int) -> int:
        index = bisect_right(self.gaps, at)
        return at + (self._removed[index - 1] if index else 0)

    def end_of(self, at: int) -> int:
        index = bisect_left(self.gaps, at)
        return at + (self._removed[index - 1] if index else 0)


_CHINESE = re.compile(f"[{names.CJK}]")


class Register:
    """All units of a campaign with one index over every spelling of their names."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units = tuple(units)
        self._bureau_of = {unit.city: unit for unit in self.units if unit.kind == BUREAU_KIND}
        self._by_name = {unit.name: unit for unit in reversed(self.units)}
        self._index: dict[str, list[_Entry]] = {}
        self._places_of: dict[str, dict[str, Unit]] = {}
        self._fill()
        self._heads = re.compile(names.any_of(self._index))
        self._inner = {city: re.compile(names.any_of(places)) for city, places in self._places_of.items()}
        counted = Counter(p for unit in self.units for p in names.PROVINCES if unit.name.startswith(p))
        self.province: str | None = counted.most_common(1)[0][0] if counted else None
        abroad = "|".join(p for p in names.PROVINCES if p != self.province)
        self._abroad_before = re.compile(rf"(?:{abroad})[省市]?$")
        self._abroad_after = re.compile(rf"\(?(?:{abroad}|克拉玛依)")

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> Register:
        """A register from rows with the columns kind, name, city, former_names, later_name, also_called, note; names
        within a column are separated by `;`. Raises ValueError that names every row without kind or name."""
        units, wrong = [], []
        for number, row in enumerate(rows, start=2):
            cells = {key.lstrip("\ufeff").strip(): (value or "").strip() for key, value in row.items() if isinstance(key, str)}
            if not cells.get("kind") or not cells.get("name"):
                wrong.append(str(number))
                continue
            listed = {key: tuple(n.strip() for n in re.split("[;；]", cells.get(key, "")) if n.strip()) for key in _LISTS}
            units.append(
                Unit(
                    cells["kind"], cells["name"], cells.get("city", ""), listed["former_names"],
                    cells.get("later_name", ""), listed["also_called"], cells.get("note", ""),
                )
            )
        if wrong:
            raise ValueError(f"unit register: no kind or name in line {', '.join(wrong)}")
        return cls(units)

    # Building the index ----------------------------------------------------------------------------------------

    def _fill(self) -> None:
        given: dict[str, list[Unit]] = {}
        made: dict[str, list[Unit]] = {}
        for unit in self.units:
            written = (unit.name, *unit.former_names, unit.later_name, *unit.also_called)
            for name in filter(None, written):
                plain, *more = names.spellings(name)
                self._note(given, plain, unit)
                for spelling in more:
                    self._note(made, spelling, unit)
        for spelling, owners in made.items():
            # A generated spelling never takes the place of a real name, nor stands for two units.
            if spelling not in given and len(owners) == 1:
                given[spelling] = owners
        for unit in self.units:
            if unit.kind == BUREAU_KIND and unit.city.endswith("市") and len(unit.city) > 2:
                self._enter(unit.city, _Entry("city", (unit,)))
                self._enter(unit.city.removesuffix("市"), _Entry("city", (unit,)))
        for spelling, owners in given.items():
            places = tuple(unit for unit in owners if unit.kind in PLACES)
            others = tuple(unit for unit in owners if unit.kind not in PLACES)
            if others:
                self._enter(spelling, _Entry("name", others, _bound(spelling, others[0])))
            if places:
                self._enter_place(spelling, places)

    @staticmethod
    def _note(into: dict[str, list[Unit]], spelling: str, unit: Unit) -> None:
        owners = into.setdefault(spelling, [])
        if unit not in owners:
            owners.append(unit)

    def _enter(self, spelling: str, entry: _Entry) -> None:
        if len(spelling) >= 2:
            self._index.setdefault(spelling, []).append(entry)

    def _enter_place(self, spelling: str, units: tuple[Unit, ...]) -> None:
        self._enter(spelling, _Entry("place", units, "left" if len(spelling) == 2 else ""))
        stem = spelling[:-1] if spelling[-1] in "区县市" else ""
        if len(stem) >= 2 and f"{stem}市" not in self._bureau_of:
            self._enter(stem, _Entry("stem", units, "left"))
        for unit in units:
            of_city = self._places_of.setdefault(unit.city, {})
            of_city[spelling] = unit
            if len(stem) >= 2:
                of_city.setdefault(stem, unit)

    # Asking ----------------------------------------------------------------------------------------------------

    def by_name(self, name: str) -> Unit | None:
        """The unit with this canonical name."""
        return self._by_name.get(name)

    def reporting_unit(self, found: Unit | UnitMatch) -> str | None:
        """The canonical name of the unit that reports for this one: of a county or zone its city's bureau, else itself.

        None if it cannot be told: the name is that of several units in different cities, or the city has no bureau.
        """
        units = (found.unit, *found.others) if isinstance(found, UnitMatch) else (found,)
        reporters = {self._reporter(unit) for unit in units}
        return reporters.pop() if len(reporters) == 1 else None

    def _reporter(self, unit: Unit) -> str | None:
        if unit.kind not in PLACES:
            return unit.name
        bureau = self._bureau_of.get(unit.city)
        return bureau.name if bureau else None

    def reporting_units(self) -> tuple[str, ...]:
        """Canonical names of all units that report for themselves, in the register's order."""
        return tuple(unit.name for unit in self.units if unit.kind not in PLACES)

    def bureaus_first(self) -> tuple[str, ...]:
        """The same names, city bureaus before all others: where a list is cut off, they are the ones to be seen."""
        kinds = {unit.name: unit.kind for unit in self.units if unit.kind not in PLACES}
        return tuple(sorted(self.reporting_units(), key=lambda name: kinds[name] != BUREAU_KIND))

    def find(self, text: str) -> tuple[UnitMatch, ...]:
        """All units that a text names, in order, the longest name at each place, none overlapping another.

        A text of a megabyte takes well under a tenth of a second. Never raises.
        """
        view = _View(text)
        found: list[UnitMatch] = []
        at, last_end = 0, -1
        while head := self._heads.search(view.text, at):
            start, longest = head.span()
            match = self._match_at(view, start, longest, last_end)
            if match is None:
                at = start + 1
            else:
                found.append(match[0])
                at = last_end = match[1]
        return tuple(_settle(found))

    def _match_at(self, view: _View, start: int, longest: int, last_end: int) -> _Found | None:
        text = view.text
        for end in range(longest, start + 1, -1):  # a rejected name may begin with a good one: 济南[大学城…中学]
            for entry in self._index.get(text[start:end], ()):
                if entry.bound and start != last_end and not _edge_before(view, start):
                    continue
                match = self._accept(entry, view, start, end, last_end)
                if match is not None:
                    return match
        return None

    def _accept(self, entry: _Entry, view: _View, start: int, end: int, last_end: int) -> _Found | None:
        if entry.role == "name":
            return self._accept_name(entry, view, start, end)
        if entry.role == "city":
            return self._accept_city(entry, view, start, end)
        if start != last_end and self._is_elsewhere(view.text, start):
            return None
        return self._accept_place(entry, view, start, end)

    def _is_elsewhere(self, text: str, start: int) -> bool:
        """A county's name behind another province or city: 天津市河东区 is not in this register."""
        before = text[max(0, start - 6) : start]
        if self._abroad_before.search(before):
            return True
        return before.endswith(("市", "州", "盟", "自治区"))

    def _accept_name(self, entry: _Entry, view: _View, start: int, end: int) -> _Found | None:
        text, unit = view.text, entry.units[0]
        if entry.bound == "both" and not _edge_after(view, end):
            return None
        if unit.kind == BUREAU_KIND:
            return view.match(unit, start, end, sure=len(entry.units) == 1, others=entry.units[1:])
        gap = view.is_gap(end)
        if not gap and text[end - 1] in "大学院" and names.NOT_THE_UNIVERSITY.match(text, end):
            return None
        if "（" in unit.name and self._abroad_after.match(text, end):
            return None  # 中国石油大学（北京）is another university than 中国石油大学（华东）
        sure = len(entry.units) == 1 and (gap or not names.AFFILIATED.match(text, end))
        college = None if gap or entry.units[1:] else names.COLLEGE.match(text, end)
        if college and not self._names_another(text, end, college.end()):
            end = college.end()
        return view.match(unit, start, end, sure=sure, others=entry.units[1:])

    def _accept_city(self, entry: _Entry, view: _View, start: int, end: int) -> _Found | None:
        text, bureau = view.text, entry.units[0]
        inner = self._place_in(bureau.city, text, end)
        if inner is not None:
            county, inner_end, is_stem = inner
            body = self._body_end(view, inner_end, bureau.city)
            if body is not None:
                return view.match(county, start, body, sure=True)
            if not is_stem or _edge_after(view, inner_end):
                return view.match(county, start, inner_end, sure=False, place_only=True)
        whole_name = text[end - 1] == "市"
        if whole_name or not names.ROAD.match(text, end):
            body = self._body_end(view, end, bureau.city)
            if body is not None:
                return view.match(bureau, start, body, sure=True)
        if whole_name or (_edge_before(view, start) and _edge_after(view, end)):
            return view.match(bureau, start, end, sure=False, place_only=True)
        return None

    def _accept_place(self, entry: _Entry, view: _View, start: int, end: int) -> _Found | None:
        unit, others = entry.units[0], entry.units[1:]
        whole_name = entry.role == "place"
        if whole_name or names.BUREAU.match(view.text, end) or names.STEM_BODY.match(view.text, end):
            body = self._body_end(view, end, unit.city)
            if body is not None:
                return view.match(unit, start, body, sure=not others, others=others)
        if view.text.startswith(("域", "长"), end) or not (whole_name or _edge_after(view, end)):
            return None
        return view.match(unit, start, end, sure=False, others=others, place_only=True)

    def _place_in(self, city: str, text: str, at: int) -> tuple[Unit, int, bool] | None:
        """The county or zone of this city whose name begins at `at`: row, end, whether 区 or 县 is left out."""
        inner = self._inner.get(city)
        place = inner.match(text, at + text.startswith("(", at)) if inner else None
        if place is None:
            return None
        return self._places_of[city][place.group()], place.end(), text[place.end() - 1] not in "区县市"

    def _body_end(self, view: _View, at: int, city: str) -> int | None:
        """Where the name of the organisation ends whose place ends at `at`; None if no organisation is named."""
        text = view.text
        bureau = names.BUREAU.match(text, at)
        if bureau:
            return bureau.end()
        gap = view.next_gap(at)
        if gap is not None and gap - at <= 30 and names.BODY_WHOLE.fullmatch(text, at, gap):
            return gap
        body = names.BODY.match(text, at)
        if body is None or self._names_another(text, at, body.end(), city):
            return None
        return body.end()

    def _names_another(self, text: str, start: int, end: int, city: str | None = None) -> bool:
        """Whether a stretch of text names a university or another city, so that it is no part of the name before."""
        for head in self._heads.finditer(text, start, end):
            for entry in self._index[head.group()]:
                if entry.role == "city" and entry.units[0].city != city and not names.ROAD.match(text, head.end()):
                    return True
                if entry.role == "name" and not entry.bound:
                    return True
        return False


_LISTS = ("former_names", "also_called")


def _bound(spelling: str, unit: Unit) -> Literal["", "left", "both"]:
    """Short names, and names that are the tail of a longer one (海大, 石油大学), are found only where a word begins."""
    if len(spelling) <= 2:
        return "both"
    written = (unit.name, *unit.former_names, unit.later_name, *unit.also_called)
    tail = any(names.fold(name).endswith(spelling) and len(names.fold(name)) > len(spelling) for name in written)
    return "left" if len(spelling) == 3 or tail else ""


def _edge_before(view: _View, at: int) -> bool:
    if at == 0 or view.is_gap(at):
        return True
    before = view.text[at - 1]
    return not _CHINESE.match(before) or before in names.FUNCTION_WORDS


def _edge_after(view: _View, at: int) -> bool:
    if at >= len(view.text) or view.is_gap(at):
        return True
    return not _CHINESE.match(view.text[at]) or names.COLLEGE_AFTER.match(view.text, at) is not None


def _settle(found: list[UnitMatch]) -> list[UnitMatch]:
    """A name that several cities have belongs to the one that the same text names elsewhere."""
    if not any(match.others for match in found):
        return found
    cities = {match.unit.city for match in found if not match.others and match.unit.kind in (*PLACES, BUREAU_KIND)}
    settled = []
    for match in found:
        here = [unit for unit in (match.unit, *match.others) if unit.city in cities]
        if match.others and len(here) == 1:
            match = replace(match, unit=here[0], others=(), sure=not match.place_only)
        settled.append(match)
    return settled
