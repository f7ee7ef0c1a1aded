"""Figures for the office's first page and its ledger: how far a batch is, what came in day by day, what the
program has still to do. Read from the tally or probed along an index, so that a million messages cost what a hundred cost.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from core.records import ItemState
from storage import models as m
from storage.database import Database
from storage.dialect import names, unindexed
from storage.tally import counted, total


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
    t = m.Tally
    with database.read() as connection:
        rows = counted(connection, "item", (t.unit, t.sort, t.batch, t.state), *_current(campaign, batch))
    return tuple(Cell(*row) for row in rows)


def sums(database: Database, campaign: str, batch: int | None = None) -> dict[tuple[str, ItemState], int]:
    """Items by category and state; replaced versions are left out."""
    t = m.Tally
    with database.read() as connection:
        rows = counted(connection, "item", (t.sort, t.state), *_current(campaign, batch))
    return {(category, state): number for category, state, number in rows}


def heard_of(database: Database, campaign: str, batch: int | None = None) -> tuple[frozenset[str], frozenset[str]]:
    """Units that have items, and units that submissions came from."""
    t, of_these = m.Tally, _current(campaign, batch)
    with database.read() as connection:
        items = counted(connection, "item", (t.unit,), t.unit.is_not(None), *of_these)
        mails = counted(connection, "message", (t.unit,), t.unit.is_not(None), t.sort == "submission", *of_these[1:])
    return frozenset(unit for unit, _ in items), frozenset(unit for unit, _ in mails)


def _current(campaign: str, batch: int | None) -> list[ColumnElement[bool]]:
    """What is not replaced, of this campaign and batch."""
    t = m.Tally
    found: list[ColumnElement[bool]] = [t.state != "superseded", t.campaign == campaign]
    return found if batch is None else [*found, t.batch == batch]


def last_mails(
    database: Database, units: Sequence[str], campaign: str, batch: int | None = None
) -> dict[str, LastMail]:
    """The newest submission of each of these units, where there is one: one probe of an index for each unit."""
    if not units:
        return {}
    named, t = names(database.kind, "units"), m.Message
    conditions: list[ColumnElement[bool]] = [
        t.reporting_unit == named.c.name, unindexed(t.campaign) == campaign, unindexed(t.kind) == "submission",
    ]
    if batch is not None:
        conditions.append(t.batch == batch)
    newest = select(t.id).where(*conditions).order_by(t.id.desc()).limit(1).correlate(named).scalar_subquery()
    probed = select(named.c.name, newest.label("message_id")).subquery()
    query = select(probed.c.name, t.id, t.received_at).join(t, t.id == probed.c.message_id)
    with database.read() as connection:
        return {row[0]: LastMail(*row) for row in connection.execute(query, {"units": list(units)})}


def arrivals(database: Database, edges: Sequence[date]) -> tuple[int, ...]:
    """How many messages arrived between each two neighbouring days (from the first, to before the second), by the
    office's clock."""
    if len(edges) < 2:
        return ()
    day, counts = m.Tally.state, [0] * (len(edges) - 1)
    with database.read() as connection:
        rows = counted(connection, "arrival", (day,), day >= edges[0].isoformat(), day < edges[-1].isoformat())
    for found, number in rows:
        counts[bisect_right(edges, date.fromisoformat(found)) - 1] += number
    return tuple(counts)


def first_arrival(database: Database, campaign: str, batch: int) -> datetime | None:
    """When the mail of the batch's first item arrived."""
    first = (
        select(m.Item.id).where(m.Item.batch == batch, unindexed(m.Item.campaign) == campaign).order_by(m.Item.id).limit(1)
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
    query = select(t.batch).where(unindexed(t.campaign) == campaign, t.batch.is_not(None)).order_by(t.id.desc()).limit(1)
    with database.read() as connection:
        return connection.execute(query).scalar_one_or_none()


def under_way(database: Database) -> UnderWay:
    """Messages not decided yet, letters on their way."""
    state = m.Tally.state
    with database.read() as connection:
        return UnderWay(total(connection, "message", state == "waiting"), total(connection, "answer", state.in_(("waiting", "sending"))))
