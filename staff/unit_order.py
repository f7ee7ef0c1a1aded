"""The order of units in tables that go upward: city bureaus, universities, others, each as the register has them."""

from __future__ import annotations

from collections.abc import Iterable

from core.register import Register

_KINDS = ("city_bureau", "university")


def in_order(register: Register) -> tuple[str, ...]:
    """All reporting units of the register."""
    kinds = {unit.name: unit.kind for unit in register.units}
    last = len(_KINDS)
    return tuple(sorted(
        register.reporting_units(), key=lambda name: _KINDS.index(kinds[name]) if kinds.get(name) in _KINDS else last
    ))


def sort_units(register: Register, names: Iterable[str | None]) -> list[str | None]:
    """These units in that order, then those that the register does not know, then None if it is there."""
    order = {name: place for place, name in enumerate(in_order(register))}
    there = set(names)
    named = sorted((name for name in there if name is not None), key=lambda name: (order.get(name, len(order)), name))
    return [*named, *([None] if None in there else [])]
