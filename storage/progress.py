"""Figures for the office's first page and its ledger: how far a batch is, what came in day by day, what the
program has still to do. All grouped or probed in SQL along an index, so that a million messages cost what the page needs and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, String, column, func, select, values

from core.records import ItemState
from storage import models as m
from storage.database import Database
from storage.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Cell:
    """How many items of a unit (None: not placed yet), category and batch are in a state."""

    unit: str | None
    category: str
    batch: int | None
    state: ItemState
    count: int


@dataclass(frozen=True, slots=True)
class LastMail:
    """The newest mail that counts for a unit."""

    unit: str
    message_id: int
    received_at: datetime


@dataclass(frozen=True, slots=True)
class UnderWay:
    """What the program itself still has to do. (What waits for a person: `storage.waiting`.)"""

    messages: int
    letters: int


def cells(database: Database, campaign: str, batch: int | None = None) -> tuple[Cell, ...]:
    """The ledger's matrix; replaced versions are left out."""
    t = m.Item
    columns: tuple[Any, ...] = (t.batch, t.reporting_unit, t.category, t.state)  # the index's own order: no sorting
    query = select(*columns, func.count()).where(t.campaign == campaign, t.state != "superseded").group_by(*columns)
    if batch is not None:
        query = query.where(t.batch == batch)
    with database.read() as connection:
        rows = connection.execute(query).all()
    return tuple(Cell(row[1], row[2], row[0], row[3], row[4]) for row in rows)


def last_mails(
    database: Database, units: Sequence[str], campaign: str, batch: int | None = None
) -> dict[str, LastMail]:
    """The newest submission of each of these units, where there is one: one probe of an index for each unit."""
    if not units:
        return {}
    named = values(column("name", String)).data([(name,) for name in units]).cte("unit")
    t = m.Message
    conditions: list[ColumnElement[bool]] = [t.reporting_unit == named.c.name, t.campaign == campaign, t.kind == "submission"]
    if batch is not None:
        conditions.append(t.batch == batch)
    newest = select(t.id).where(*conditions).order_by(t.id.desc()).limit(1).correlate(named).scalar_subquery()
    probed = select(named.c.name, newest.label("message_id")).subquery()
    query = select(probed.c.name, t.id, t.received_at).join(t, t.id == probed.c.message_id)
    with database.read() as connection:
        return {row[0]: LastMail(*row) for row in connection.execute(query)}


def arrivals(database: Database, edges: Sequence[datetime]) -> tuple[int, ...]:
    """How many messages arrived between each two neighbouring `edges` (from the first, to before the second)."""
    if len(edges) < 2:
        return ()
    spans = values(column("number", Integer), column("since", UtcDateTime()), column("until", UtcDateTime())).data(
        [(number, since, until) for number, (since, until) in enumerate(pairwise(edges))]
    ).cte("span")
    t = m.Message.received_at
    counted = select(func.count()).where(t >= spans.c.since, t < spans.c.until).correlate(spans).scalar_subquery()
    with database.read() as connection:
        rows = connection.execute(select(spans.c.number, counted).order_by(spans.c.number))
        return tuple(count for _, count in rows)


def first_arrival(database: Database, campaign: str, batch: int) -> datetime | None:
    """When the mail of the batch's first item arrived."""
    first = (
        select(m.Item.id).where(m.Item.batch == batch, m.Item.campaign == campaign).order_by(m.Item.id).limit(1)
        .scalar_subquery()
    )
    query = (
        select(func.min(m.Message.received_at)).join(m.ItemMessage, m.ItemMessage.message_id == m.Message.id)
        .where(m.ItemMessage.item_id == first)
    )
    with database.read() as connection:
        return connection.execute(query).scalar_one_or_none()


def newest_batch(database: Database, campaign: str) -> int | None:
    """The batch of the newest item: where the work is."""
    t = m.Item
    query = select(t.batch).where(t.campaign == campaign, t.batch.is_not(None)).order_by(t.id.desc()).limit(1)
    with database.read() as connection:
        return connection.execute(query).scalar_one_or_none()


def under_way(database: Database) -> UnderWay:
    """Messages not decided yet, letters on their way."""
    message, answer = m.Message, m.Answer
    with database.read() as connection:
        return UnderWay(
            _count(connection, message.id, message.stage.in_(("received", "reading", "read"))),
            _count(connection, answer.id, answer.state.in_(("waiting", "sending"))),
        )


def _count(connection: Connection, key: Any, *conditions: ColumnElement[bool]) -> int:
    found: int = connection.execute(select(func.count(key)).where(*conditions)).scalar_one()
    return found
