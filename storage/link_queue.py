"""Share links that are due for a check, one at a time, and what the checks said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select, update

from core.codec import Json
from core.facts import LinkState
from storage import models as m
from storage.database import Database
from storage.later_versions import waiting_with
from storage.ledger import requeue
from storage.rows import LinkRow, link_row

_COLUMNS = tuple(m.Link.__table__.columns)


class LinkQueue:
    """Reads and writes table `link` between decisions. Every method is one transaction; raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim_due_link(self, now: datetime, lease: timedelta, *, watched: bool | None = None) -> LinkRow | None:
        """Take the link that is longest due; it comes up again after `lease` unless a report is recorded. None if none
        is due. `next_check_at` in the row is already the new one. `watched`: only links of accepted items that are looked
        at again (True), only those their mails wait for (False)."""
        wanted = [m.Link.next_check_at <= now]
        if watched is not None:
            wanted.append(m.Link.watch.is_not(None) if watched else m.Link.watch.is_(None))
        due = (
            select(m.Link.id).where(*wanted).order_by(m.Link.next_check_at, m.Link.id).limit(1)
            .with_for_update(skip_locked=True).scalar_subquery()
        )
        change = update(m.Link).where(m.Link.id == due).values(next_check_at=now + lease).returning(*_COLUMNS)
        with self._database.write() as connection:
            row = connection.execute(change).mappings().one_or_none()
            return None if row is None else link_row(row)

    def release_waiting(self, now: datetime) -> int:
        """Have the mails decided again that wait for a check of their links; how many. For when links are checked no more."""
        t = m.Message
        waiting = select(t.id).where(t.verdict == "pending", t.stage == "done", t.next_attempt_at.is_(None))
        with self._database.write() as connection:
            found = connection.execute(waiting).scalars().all()
            return requeue(connection, found, now, read_again=False) if found else 0

    def due_links(self, now: datetime, limit: int = 100) -> tuple[LinkRow, ...]:
        """Links whose check is due, longest due first."""
        query = (
            select(*_COLUMNS).where(m.Link.next_check_at <= now).order_by(m.Link.next_check_at, m.Link.id).limit(limit)
        )
        with self._database.read() as connection:
            return tuple(link_row(row) for row in connection.execute(query).mappings())

    def next_due(self) -> datetime | None:
        """When the next check is due; None if no link waits."""
        with self._database.read() as connection:
            moment: datetime | None = connection.execute(select(func.min(m.Link.next_check_at))).scalar_one()
            return moment

    def record_link_report(
        self,
        link_id: int,
        state: LinkState,
        report: Mapping[str, Json],
        now: datetime,
        next_check_at: datetime | None,
        *,
        code: str | None = None,
        decide_again: bool = False,
        history: Sequence[Mapping[str, Json]] | None = None,
    ) -> bool:
        """What a check said, and when to ask again (None: no more). `code`: the extraction code that proved right, where
        two were tried. `decide_again`: the message's outcome may change by it. `history`: all checks by now. False if staff settled the link in the
        meantime (their word stays) or a new decision dropped it."""
        values: dict[str, Any] = {
            "state": state, "report": dict(report), "checked_at": now, "next_check_at": next_check_at,
            "tries": m.Link.tries + 1,
        }
        if history is not None:
            values["history"] = [dict(one) for one in history]
        if code is not None:
            values |= {"code": code, "other_code": case((m.Link.code == code, m.Link.other_code), else_=m.Link.code)}
        change = (
            update(m.Link).where(m.Link.id == link_id, m.Link.settled_by.is_(None)).values(**values)
            .returning(m.Link.message_id)
        )
        with self._database.write() as connection:
            message_id = connection.execute(change).scalar_one_or_none()
            if message_id is not None and (decide_again or next_check_at is None):
                own = (message_id,) if decide_again else ()
                requeue(connection, {*own, *waiting_with(connection, message_id)}, now, read_again=False)
            return message_id is not None
