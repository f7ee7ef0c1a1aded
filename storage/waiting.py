"""What waits for a person, by kind, longest waiting first, and "the next one after this".

    item     an item in review that staff have not settled, nor asked the unit to mend since it was judged and lately
    message  a mail in review about which a doubt stands that is no item's (whose is it, what is in it); likewise
    held     a mail that failed three times
    stuck    a mail that waits for its links, or for its turn, for too long
    link     a link that no check could tell, or that was lost after its item was accepted
    draft    a letter to be released
    failed   a letter that the server refused
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, and_, exists, func, literal, literal_column, select, union_all
from sqlalchemy.orm import aliased

from core.findings import Severity
from core.records import ItemRow
from storage import models as m
from storage.database import Database
from storage.dialect import unindexed
from storage.fetch import with_messages
from storage.rows import ITEM_COLUMNS, AnswerRow, LinkRow, MessageRow, columns_of, link_row

WaitingKind = Literal["item", "message", "held", "stuck", "link", "draft", "failed"]
KINDS: tuple[WaitingKind, ...] = get_args(WaitingKind)
MOST = 1000
"""Counts end here: more than a thousand is said as such."""
PENDING_FOR, UNREAD_FOR = timedelta(days=1), timedelta(hours=1)
ASKED_FOR = timedelta(days=7)
"""So long a unit that was asked may take to answer; then a person looks again, for no reminder tells of a doubt."""


@dataclass(frozen=True, slots=True)
class WaitingFilter:
    """Every condition that is set must hold; for links and letters it is their mail's unit and batch. `category` is of
    items only."""

    campaign: str | None = None
    batch: int | None = None
    reporting_unit: str | None = None
    category: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """Rows of one kind, longest waiting first. `next`: what to give as `after` for the following page."""

    rows: tuple[ItemRow | MessageRow | LinkRow | AnswerRow, ...]
    next: int | None


EVERYTHING = WaitingFilter()


class Waiting:
    """Lists and counts what waits. Every method is one read transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self, now: datetime, wanted: WaitingFilter = EVERYTHING) -> dict[WaitingKind, int]:
        """How many of each kind, at most `MOST` each."""
        with self._database.read() as connection:
            found: dict[WaitingKind, int] = {}
            for kind in KINDS:
                some = select(literal(1)).select_from(_TABLES[kind]).where(*_conditions(kind, wanted, now)).limit(MOST).subquery()
                found[kind] = connection.execute(select(func.count()).select_from(some)).scalar_one()
            return found

    def page(
        self, kind: WaitingKind, now: datetime, wanted: WaitingFilter = EVERYTHING, after: int = 0, limit: int = 30
    ) -> WaitingPage:
        """The rows after row id `after`."""
        table = _TABLES[kind]
        with self._database.read() as connection:
            query = (
                select(*_COLUMNS[kind]).where(*_conditions(kind, wanted, now), table.id > after)
                .order_by(table.id).limit(limit + 1)
            )
            rows = connection.execute(query).mappings().all()
            more = rows[limit - 1]["id"] if len(rows) > limit else None
            return WaitingPage(_values(connection, kind, rows[:limit]), more)

    def following(
        self, kind: WaitingKind, after: int, now: datetime, wanted: WaitingFilter = EVERYTHING
    ) -> tuple[WaitingKind, int] | None:
        """The next one of this kind after this row, else the first of the kind (but not this row), else the first of
        another kind; None when nothing waits."""
        with self._database.read() as connection:
            return (
                self._first(connection, kind, now, wanted, _TABLES[kind].id > after)
                or self._first(connection, kind, now, wanted, _TABLES[kind].id < after)
                or next(filter(None, (self._first(connection, other, now, wanted) for other in KINDS if other != kind)), None)
            )

    @staticmethod
    def _first(
        connection: Connection, kind: WaitingKind, now: datetime, wanted: WaitingFilter, *more: ColumnElement[bool]
    ) -> tuple[WaitingKind, int] | None:
        table = _TABLES[kind]
        query = select(table.id).where(*_conditions(kind, wanted, now), *more).order_by(table.id).limit(1)
        found = connection.execute(query).scalar_one_or_none()
        return None if found is None else (kind, found)


_TABLES: Mapping[WaitingKind, Any] = {
    "item": m.Item, "message": m.Message, "held": m.Message, "stuck": m.Message, "link": m.Link, "draft": m.Answer,
    "failed": m.Answer,
}
_COLUMNS: Mapping[WaitingKind, Sequence[Any]] = {
    "item": ITEM_COLUMNS, **{kind: columns_of(MessageRow, m.Message) for kind in ("message", "held", "stuck")},
    "link": tuple(m.Link.__table__.columns), **{kind: columns_of(AnswerRow, m.Answer) for kind in ("draft", "failed")},
}


def _values(connection: Connection, kind: WaitingKind, rows: Sequence[Any]) -> tuple[Any, ...]:
    if kind == "item":
        return with_messages(connection, rows)
    if kind == "link":
        return tuple(link_row(row) for row in rows)
    return tuple((AnswerRow if kind in ("draft", "failed") else MessageRow)(**row) for row in rows)


def _conditions(kind: WaitingKind, wanted: WaitingFilter, now: datetime) -> list[ColumnElement[bool]]:
    conditions = _waits(kind, now)
    if kind == "item":
        return conditions + _equal(m.Item, wanted, ("campaign", "batch", "reporting_unit", "category"))
    if kind == "message":
        return conditions + _equal(m.Message, wanted, ("campaign", "batch", "reporting_unit"), unindexed)
    if _TABLES[kind] is m.Message:
        return conditions + _equal(m.Message, wanted, ("campaign", "batch", "reporting_unit"))
    about = _equal(m.Message, wanted, ("campaign", "batch", "reporting_unit"))
    if about:
        conditions.append(exists().where(m.Message.id == _TABLES[kind].message_id, *about))
    return conditions


def _equal(
    table: Any, wanted: WaitingFilter, names: Sequence[str], column: Callable[[Any], Any] = lambda own: own
) -> list[ColumnElement[bool]]:
    return [column(getattr(table, name)) == getattr(wanted, name) for name in names if getattr(wanted, name) is not None]


def _any(key: Any, *cases: ColumnElement[bool]) -> ColumnElement[bool]:
    """One of the cases holds. Each is looked up by its own index: an OR beside an ORDER BY makes SQLite walk the table."""
    found: ColumnElement[bool] = key.in_(union_all(*(select(key).where(case).correlate(None) for case in cases)))
    return found


def _asked(kind: str, number: Any, mails: Any, now: datetime) -> ColumnElement[bool]:
    """Staff have asked the unit to mend it since its mails were judged, not long ago, and their letter is on its way or was sent."""
    asked, judged, letter = aliased(m.Audit), aliased(m.Audit), m.Answer
    last = (
        select(func.max(judged.id))
        .where(judged.object_kind == "message", judged.object_id.in_(mails), judged.action == "decide").scalar_subquery()
    )
    return and_(
        exists().where(
            asked.object_kind == kind, asked.object_id == number, asked.action == "ask", unindexed(asked.id) > func.coalesce(last, 0),
            unindexed(asked.at) > now - ASKED_FOR,
        ),
        exists().where(
            letter.message_id.in_(mails), letter.kind == "correction", letter.written_by.is_not(None),
            letter.state.in_(("draft", "waiting", "sending", "sent")),
        ),
    )


def _waits(kind: WaitingKind, now: datetime) -> list[ColumnElement[bool]]:
    message, link = m.Message, m.Link
    if kind == "item":
        mails = select(m.ItemMessage.message_id).where(m.ItemMessage.item_id == m.Item.id).correlate(m.Item)
        return [m.Item.state == "review", m.Item.staff_state.is_(None), ~_asked("item", m.Item.id, mails, now)]
    if kind == "message":
        # Begun with the doubts, which are few: mails in review are many, and most of them for their items' sake.
        doubts = select(m.Finding.message_id).where(
            # A literal, not a parameter: the planner must see that the partial index holds these rows.
            m.Finding.severity == literal_column(f"'{Severity.REVIEW.value}'"),
            m.Finding.item_index.is_(None), m.Finding.waived_at.is_(None),
        )
        return [
            unindexed(message.verdict) == "review", message.stage != "held", message.id.in_(doubts),
            ~_asked("message", message.id, select(message.id).correlate(message), now),
        ]
    if kind == "held":
        return [message.stage == "held"]
    if kind == "stuck":
        late = and_(message.verdict == "pending", message.decided_at < now - PENDING_FOR)
        unread = and_(
            message.stage.in_(("received", "reading", "read")), message.next_attempt_at < now - UNREAD_FOR,
        )
        return [_any(message.id, late, unread)]
    if kind == "link":
        given_up = and_(
            # Literals, for the same reason.
            link.state == literal_column("'unchecked'"), link.tries > literal_column("0"), link.next_check_at.is_(None),
            link.settled_by.is_(None),
        )
        return [_any(link.id, given_up, and_(link.lost_state.is_not(None), link.settled_by.is_(None)))]
    return [m.Answer.state == kind]
