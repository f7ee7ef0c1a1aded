"""Lists that staff look through: items, messages, letters, links, history.

Pages go by keyset (row id), not by offset: page 1000 of a million rows costs what page 1 costs, and nothing slips from one
page to another while mail comes in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, select

from core.facts import LinkState
from core.letter import LetterKind
from core.records import AnswerState, ItemRow, ItemState, MessageKind, StaffState, Stage, Verdict
from storage import models as m
from storage.database import Database
from storage.dialect import unindexed
from storage.fetch import with_messages
from storage.rows import (
    ITEM_COLUMNS,
    AnswerRow,
    AuditRow,
    LinkRow,
    MessageRow,
    columns_of,
    link_row,
)
from storage.search import find_ids

Row = TypeVar("Row")
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, newest first. `older`, `newer`: what to give as `before` or `after` for the neighbouring page; None
    where there is none (`newer` is given wherever there may be one)."""

    rows: tuple[Row, ...]
    older: int | None
    newer: int | None


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """Every condition that is set must hold. Superseded versions are left out unless asked for by `state` or
    `versions`. `search`: terms separated by blanks."""

    campaign: str | None = None
    batch: int | None = None
    reporting_unit: str | None = None
    category: str | None = None
    state: ItemState | None = None
    staff_state: StaffState | None = None
    sender: str | None = None
    search: str = ""
    versions: bool = False
    changed_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Every condition that is set must hold."""

    campaign: str | None = None
    verdict: Verdict | None = None
    kind: MessageKind | None = None
    stage: Stage | None = None
    batch: int | None = None
    reporting_unit: str | None = None
    sender: str | None = None
    search: str = ""


@dataclass(frozen=True, slots=True)
class AnswerFilter:
    """Every condition that is set must hold."""

    state: AnswerState | None = None
    kind: LetterKind | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class LinkFilter:
    """Every condition that is set must hold."""

    state: LinkState | None = None
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Every condition that is set must hold."""

    object_kind: str | None = None
    object_id: int | None = None
    who: str | None = None
    action: str | None = None


ALL_ITEMS, ALL_MESSAGES, ALL_ANSWERS = ItemFilter(), MessageFilter(), AnswerFilter()
ALL_LINKS, ALL_AUDIT = LinkFilter(), AuditFilter()


class Queries:
    """Pages and streams of rows. Every method is one read transaction; raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def items(
        self, wanted: ItemFilter = ALL_ITEMS, limit: int = 50, before: int | None = None, after: int | None = None
    ) -> Page[ItemRow]:
        """Items with the ids of their messages."""
        with self._database.read() as connection:
            conditions = _item_conditions(wanted)
            if wanted.search.strip():
                hits = find_ids(connection, m.Item, wanted.search, conditions, limit + 1, before, after)
                conditions = [m.Item.id.in_(hits)]
            query = select(*ITEM_COLUMNS).where(*conditions)
            rows, older, newer = _page(connection, query, m.Item.id, limit, before, after)
            return Page(with_messages(connection, rows), older, newer)

    def every_item(self, wanted: ItemFilter = ALL_ITEMS) -> Iterator[ItemRow]:
        """All such items, oldest first, in constant memory; chunk by chunk, so a slow reader holds no transaction."""
        last = 0
        while True:
            with self._database.read() as connection:
                conditions = _item_conditions(wanted)
                if wanted.search.strip():
                    hits = find_ids(connection, m.Item, wanted.search, conditions, _CHUNK, after=last)
                    conditions = [m.Item.id.in_(hits)]
                query = select(*ITEM_COLUMNS).where(*conditions, m.Item.id > last).order_by(m.Item.id).limit(_CHUNK)
                rows = with_messages(connection, connection.execute(query).mappings().all())
            yield from rows
            if len(rows) < _CHUNK:
                return
            last = rows[-1].id

    def messages(
        self, wanted: MessageFilter = ALL_MESSAGES, limit: int = 50, before: int | None = None,
        after: int | None = None,
    ) -> Page[MessageRow]:
        """Messages, the ignored ones too."""
        with self._database.read() as connection:
            conditions = message_conditions(wanted)
            if wanted.search.strip():
                hits = find_ids(connection, m.Message, wanted.search, conditions, limit + 1, before, after)
                conditions = [m.Message.id.in_(hits)]
            query = select(*columns_of(MessageRow, m.Message)).where(*conditions)
            rows, older, newer = _page(connection, query, m.Message.id, limit, before, after)
            return Page(tuple(MessageRow(**row) for row in rows), older, newer)

    def answers(
        self, wanted: AnswerFilter = ALL_ANSWERS, limit: int = 50, before: int | None = None,
        after: int | None = None,
    ) -> Page[AnswerRow]:
        """Letters."""
        t = m.Answer
        conditions = _equal((t.state, wanted.state), (t.kind, wanted.kind), (t.to, wanted.to))
        with self._database.read() as connection:
            query = select(*columns_of(AnswerRow, t)).where(*conditions)
            rows, older, newer = _page(connection, query, t.id, limit, before, after)
            return Page(tuple(AnswerRow(**row) for row in rows), older, newer)

    def links(
        self, wanted: LinkFilter = ALL_LINKS, limit: int = 50, before: int | None = None, after: int | None = None
    ) -> Page[LinkRow]:
        """Share links."""
        t = m.Link
        conditions = _equal((t.state, wanted.state), (t.provider, wanted.provider))
        with self._database.read() as connection:
            query = select(*t.__table__.columns).where(*conditions)
            rows, older, newer = _page(connection, query, t.id, limit, before, after)
            return Page(tuple(link_row(row) for row in rows), older, newer)

    def audit(
        self, wanted: AuditFilter = ALL_AUDIT, limit: int = 50, before: int | None = None, after: int | None = None
    ) -> Page[AuditRow]:
        """The audit trail."""
        t = m.Audit
        conditions = _equal(
            (t.object_kind, wanted.object_kind), (t.object_id, wanted.object_id), (t.who, wanted.who),
            (t.action, wanted.action),
        )
        with self._database.read() as connection:
            query = select(*columns_of(AuditRow, t)).where(*conditions)
            rows, older, newer = _page(connection, query, t.id, limit, before, after)
            return Page(tuple(AuditRow(**row) for row in rows), older, newer)


def _equal(*pairs: tuple[Any, Any]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in pairs if value is not None]


def _item_conditions(wanted: ItemFilter) -> list[ColumnElement[bool]]:
    t = m.Item
    conditions = _equal(
        (unindexed(t.campaign), wanted.campaign), (t.batch, wanted.batch), (t.reporting_unit, wanted.reporting_unit),
        (t.category, wanted.category), (t.state, wanted.state), (t.staff_state, wanted.staff_state),
        (t.sender, wanted.sender),
    )
    if wanted.state is None and not wanted.versions:
        conditions.append(t.state != "superseded")
    if wanted.changed_since is not None:
        conditions.append(t.updated_at >= wanted.changed_since)
    return conditions


def message_conditions(wanted: MessageFilter) -> list[ColumnElement[bool]]:
    """The filter, its search apart, as conditions on table `message`."""
    t = m.Message
    return _equal(
        (unindexed(t.campaign), wanted.campaign), (t.verdict, wanted.verdict), (t.kind, wanted.kind), (t.stage, wanted.stage),
        (t.batch, wanted.batch), (t.reporting_unit, wanted.reporting_unit), (t.sender, wanted.sender),
    )


def _page(
    connection: Connection, query: Select[Any], key: Any, limit: int, before: int | None, after: int | None
) -> tuple[list[Any], int | None, int | None]:
    """Rows newest first, and the ids to go on from in both directions."""
    backwards = before is None and after is not None
    if before is not None:
        query = query.where(key < before)
    elif after is not None:
        query = query.where(key > after)
    query = query.order_by(key if backwards else key.desc()).limit(limit + 1)
    rows = list(connection.execute(query).mappings())
    more, rows = len(rows) > limit, rows[:limit]
    if backwards:
        rows.reverse()
        return rows, rows[-1]["id"] if rows else after, rows[0]["id"] if more else None
    return rows, rows[-1]["id"] if more else None, rows[0]["id"] if before is not None and rows else None
