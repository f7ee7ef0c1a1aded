"""Figures: how many of what, by unit, category and batch; who has sent nothing; what happened in a period."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from core.records import ItemState
from storage import models as m
from storage.database import Database

_UNDONE = ("received", "reading", "read", "held")


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
class UnitContact:
    """The newest submission of a unit: where a reminder goes."""

    reporting_unit: str
    message_id: int
    sender: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened in a period: messages received, decided by verdict, letters sent by kind, items new."""

    received: int
    verdicts: dict[str, int]
    sent: dict[str, int]
    new_items: int


def summary(database: Database, campaign: str | None = None, batch: int | None = None) -> Summary:
    """Counts of everything; messages and items only of this campaign and batch where given."""
    message, item = m.Message, m.Item
    messages: list[ColumnElement[bool]] = []
    items: list[ColumnElement[bool]] = []
    if campaign is not None:
        messages.append(message.campaign == campaign)
        items.append(item.campaign == campaign)
    if batch is not None:
        messages.append(message.batch == batch)
        items.append(item.batch == batch)
    with database.read() as connection:
        # Grouped in the order of an index that covers the query, and what is not done taken away again: looking at the
        # stage of every message would read the whole table.
        along: tuple[Any, ...] = (message.batch, message.verdict) if campaign is not None else (message.verdict,)
        verdicts = _added(connection, along, *messages)
        undone = _added(connection, (func.coalesce(message.verdict, ""),), message.stage.in_(_UNDONE), *messages)
        verdicts = {word: left for word, count in verdicts.items() if (left := count - undone.get(word, 0))}
        held = connection.execute(select(func.count(message.id)).where(message.stage == "held")).scalar_one()
        if held:
            verdicts["held"] = held
        waiting = connection.execute(
            select(func.count(message.id)).where(message.stage.in_(("received", "reading", "read")))
        ).scalar_one()
        alerts = connection.execute(select(func.count(m.Alert.id)).where(m.Alert.resolved_at.is_(None))).scalar_one()
        by_index: tuple[Any, ...] = (item.state,) if not items else (item.batch, item.reporting_unit, item.category, item.state)
        return Summary(
            sum(verdicts.values()) + waiting, waiting, verdicts, _added(connection, by_index, *items),
            _counted(connection, m.Answer.state), _counted(connection, m.Link.state), alerts,
        )


def _added(connection: Connection, along: tuple[Any, ...], *conditions: ColumnElement[bool]) -> dict[str, int]:
    """How many rows have each value of the last of these columns, counted along an index of all of them."""
    found: dict[str, int] = {}
    for *_, value, count in connection.execute(select(*along, func.count()).where(*conditions).group_by(*along)):
        if value:
            found[value] = found.get(value, 0) + count
    return found


def unit_counts(database: Database, campaign: str, batch: int | None = None) -> tuple[UnitCount, ...]:
    """Items by unit, category, batch and state, superseded versions left out."""
    t = m.Item
    columns: tuple[Any, ...] = (t.reporting_unit, t.category, t.batch, t.state)
    query: Select[Any] = (
        select(*columns, func.count(t.id)).where(t.campaign == campaign, t.state != "superseded")
        .group_by(*columns).order_by(*columns)
    )
    if batch is not None:
        query = query.where(t.batch == batch)
    with database.read() as connection:
        return tuple(UnitCount(*row) for row in connection.execute(query))


def units_seen(database: Database, campaign: str, batch: int | None = None) -> frozenset[str]:
    """Reporting units from which any submission came, with an item or not."""
    items = select(m.Item.reporting_unit).where(m.Item.campaign == campaign, m.Item.reporting_unit.is_not(None))
    messages = select(m.Message.reporting_unit).where(
        m.Message.campaign == campaign, m.Message.reporting_unit.is_not(None), m.Message.kind == "submission"
    )
    if batch is not None:
        items, messages = items.where(m.Item.batch == batch), messages.where(m.Message.batch == batch)
    with database.read() as connection:
        return frozenset(name for name in connection.execute(items.union(messages)).scalars() if name)


def missing_units(
    database: Database, register: Collection[str], campaign: str, batch: int | None = None
) -> tuple[str, ...]:
    """Units of the register from which nothing came, in its order."""
    seen = units_seen(database, campaign, batch)
    return tuple(unit for unit in register if unit not in seen)


def unit_contacts(database: Database, campaign: str) -> dict[str, UnitContact]:
    """Each unit's newest submission."""
    t = m.Message
    newest = (
        select(func.max(t.id)).where(t.campaign == campaign, t.kind == "submission", t.reporting_unit.is_not(None))
        .group_by(t.reporting_unit)
    )
    columns: tuple[Any, ...] = (t.reporting_unit, t.id, t.sender, t.received_at)
    query = select(*columns).where(t.id.in_(newest))
    with database.read() as connection:
        return {row[0]: UnitContact(*row) for row in connection.execute(query)}


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
