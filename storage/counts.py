"""Figures: how many of what, by unit, category and batch; who has sent nothing; what happened in a period."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from core.records import ItemState
from storage import models as m
from storage.database import Database
from storage.tally import counted

_NO_VERDICT = ("waiting", "held")


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts by state. `verdicts`: of messages that were decided, by verdict; `waiting`: messages not decided yet."""

    messages: int
    waiting: int
    verdicts: dict[str, int]
    items: dict[str, int]
    answers: dict[str, int]
    links: dict[str, int]
    open_alerts: int


@dataclass(frozen=True, slots=True)
class UnitCount:
    """How many items of this unit, category and batch are in this state."""

    reporting_unit: str | None
    category: str
    batch: int | None
    state: ItemState
    count: int


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened in a period: messages received, decided by verdict, letters sent by kind, items new."""

    received: int
    verdicts: dict[str, int]
    sent: dict[str, int]
    new_items: int


def summary(database: Database, campaign: str | None = None, batch: int | None = None) -> Summary:
    """Counts of everything; messages and items only of this campaign and batch where given (what is held or not decided yet
    belongs to none)."""
    t = m.Tally
    of_these = _of(campaign, batch)
    with database.read() as connection:
        verdicts = dict(counted(connection, "message", (t.state,), t.state.not_in(_NO_VERDICT), *of_these))
        without = dict(counted(connection, "message", (t.state,), t.state.in_(_NO_VERDICT)))
        waiting = without.pop("waiting", 0)
        verdicts |= without
        alerts = connection.execute(select(func.count(m.Alert.id)).where(m.Alert.resolved_at.is_(None))).scalar_one()
        return Summary(
            sum(verdicts.values()) + waiting, waiting, verdicts, dict(counted(connection, "item", (t.state,), *of_these)),
            dict(counted(connection, "answer", (t.state,))), dict(counted(connection, "link", (t.state,))), alerts,
        )


def _of(campaign: str | None, batch: int | None) -> list[ColumnElement[bool]]:
    """Counts of this campaign and batch, where given."""
    pairs = ((m.Tally.campaign, campaign), (m.Tally.batch, batch))
    return [column == value for column, value in pairs if value is not None]


def unit_counts(database: Database, campaign: str, batch: int | None = None) -> tuple[UnitCount, ...]:
    """Items by unit, category, batch and state, superseded versions left out."""
    t = m.Tally
    with database.read() as connection:
        rows = counted(connection, "item", (t.unit, t.sort, t.batch, t.state), t.state != "superseded", *_of(campaign, batch))
    return tuple(UnitCount(*row) for row in rows)


def units_seen(database: Database, campaign: str, batch: int | None = None) -> frozenset[str]:
    """Reporting units from which any submission came, with an item or not."""
    t, of_these = m.Tally, _of(campaign, batch)
    with database.read() as connection:
        rows = counted(connection, "item", (t.unit,), t.unit.is_not(None), *of_these)
        rows = [*rows, *counted(connection, "message", (t.unit,), t.unit.is_not(None), t.sort == "submission", *of_these)]
    return frozenset(unit for unit, _ in rows if unit)


def missing_units(
    database: Database, register: Collection[str], campaign: str, batch: int | None = None
) -> tuple[str, ...]:
    """Units of the register from which nothing came, in its order."""
    seen = units_seen(database, campaign, batch)
    return tuple(unit for unit in register if unit not in seen)


def activity(database: Database, since: datetime, until: datetime) -> Activity:
    """What happened from `since` to before `until`, for the digest."""
    with database.read() as connection:
        received = connection.execute(
            select(func.count(m.Message.id)).where(m.Message.received_at >= since, m.Message.received_at < until)
        ).scalar_one()
        new_items = connection.execute(
            select(func.count(m.Item.id)).where(m.Item.created_at >= since, m.Item.created_at < until)
        ).scalar_one()
        verdicts = _counted(
            connection, m.Message.verdict, m.Message.received_at >= since, m.Message.received_at < until,
            or_(m.Message.decided_at.is_not(None), m.Message.stage == "held"),
        )
        sent = _counted(connection, m.Answer.kind, m.Answer.sent_at >= since, m.Answer.sent_at < until)
        return Activity(received, verdicts, sent, new_items)


def _counted(connection: Connection, column: Any, *conditions: ColumnElement[bool]) -> dict[str, int]:
    """How many rows have each value of the column."""
    query = select(column, func.count()).where(*conditions).group_by(column)
    return {value: count for value, count in connection.execute(query) if value is not None}
