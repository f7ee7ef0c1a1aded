"""What staff are told, as an outbox of its own: one row for each message and channel, claimed, sent, marked.

A message is made in the transaction that marks what it tells as told, under a key that exists once: whoever dies in
between, nothing is told twice by another message, and nothing is forgotten. Times are aware.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from core.codec import Json
from storage import models as m
from storage.database import Database
from storage.dialect import insert_or_ignore
from storage.errors import LeaseLost
from storage.rows import AlertRow, NoticeRow, columns_of


class Notices:
    """Reads and writes table `notice`. Every method is one transaction; raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        """Where they lie."""
        return self._database

    # --- making ----------------------------------------------------------------------------------------------------

    def tell_alerts(
        self,
        channels: Collection[str],
        now: datetime,
        *,
        kind: str,
        pace: timedelta,
        again_after: timedelta,
        word: Callable[[Sequence[AlertRow]], Mapping[str, Json]],
    ) -> int:
        """Make one message of all alerts that staff have not been told of: newly raised, newly over (only if they were
        told that it was raised), and those still open `again_after` they were last told, unless somebody said they know.
        Nothing is made within `pace` of the last such message; then all comes together. How many alerts it tells."""
        if not channels:
            return 0
        with self._database.write() as connection:
            last = connection.execute(select(func.max(m.Notice.created_at)).where(m.Notice.kind == kind)).scalar_one()
            if last is not None and now - last < pace:
                return 0
            rows = _untold(connection, now - again_after)
            if not rows:
                return 0
            key = f"{kind}:{rows[-1].id}:{now:%Y%m%dT%H%M%S%f}"
            _insert(connection, key, kind, word(rows), channels, now)
            # Never before its end, whatever the clocks of two machines say: else its end would be told for ever.
            told = case((m.Alert.resolved_at > now, m.Alert.resolved_at), else_=now)
            connection.execute(update(m.Alert).where(m.Alert.id.in_([row.id for row in rows])).values(notified_at=told))
            return len(rows)

    def make(
        self, key: str, kind: str, content: Mapping[str, Json], channels: Collection[str], now: datetime
    ) -> tuple[int, ...]:
        """A message under this key, one row for each channel that has none yet; ids of the new rows."""
        with self._database.write() as connection:
            return _insert(connection, key, kind, content, channels, now)

    # --- sending ---------------------------------------------------------------------------------------------------

    def due(self, now: datetime, limit: int = 50) -> tuple[NoticeRow, ...]:
        """Messages that may be sent now, longest due first."""
        t = m.Notice
        return self._find(and_(t.state == "waiting", t.next_attempt_at <= now), t.next_attempt_at, limit)

    def claim(self, notice_id: int, owner: str, now: datetime, lease: timedelta) -> NoticeRow | None:
        """Take a due message for sending; None if it is not due or another has it."""
        t = m.Notice
        change = (
            update(t).where(t.id == notice_id, t.state == "waiting", t.next_attempt_at <= now)
            .values(state="sending", claimed_by=owner, claimed_until=now + lease, attempts=t.attempts + 1, next_attempt_at=None)
            .returning(*columns_of(NoticeRow, t))
        )  # fmt: skip
        with self._database.write() as connection:
            row = connection.execute(change).one_or_none()
            return None if row is None else NoticeRow(*row)

    def mark_sent(self, notice_id: int, now: datetime, response: str) -> None:
        """The channel took it."""
        with self._database.write() as connection:
            connection.execute(
                update(m.Notice).where(m.Notice.id == notice_id)
                .values(state="sent", sent_at=now, response=response, claimed_by=None, claimed_until=None, next_attempt_at=None)
            )  # fmt: skip

    def mark_later(self, notice_id: int, owner: str, next_at: datetime, response: str) -> None:
        """Not now; it waits. Raises LeaseLost."""
        self._of_owner(notice_id, owner, state="waiting", next_attempt_at=next_at, response=response)

    def mark_failed(self, notice_id: int, owner: str, response: str) -> None:
        """The channel refuses it for good. Raises LeaseLost."""
        self._of_owner(notice_id, owner, state="failed", next_attempt_at=None, response=response)

    def _of_owner(self, notice_id: int, owner: str, **values: object) -> None:
        t = m.Notice
        change = (
            update(t).where(t.id == notice_id, t.state == "sending", t.claimed_by == owner)
            .values(claimed_by=None, claimed_until=None, **values)
        )  # fmt: skip
        with self._database.write() as connection:
            if connection.execute(change).rowcount != 1:
                raise LeaseLost(f"notice {notice_id} is not claimed by {owner}")

    def sweep(self, now: datetime, oldest: datetime) -> None:
        """Free the claims of processes that died; give up what was made before `oldest`: old news helps nobody."""
        t = m.Notice
        with self._database.write() as connection:
            connection.execute(
                update(t).where(t.state == "sending", t.claimed_until <= now)
                .values(state="waiting", claimed_by=None, claimed_until=None, next_attempt_at=now)
            )  # fmt: skip
            connection.execute(
                update(t).where(t.state == "waiting", t.created_at < oldest)
                .values(state="failed", next_attempt_at=None,
                        response=case((t.response.is_(None), "过期未发"), else_="过期未发：" + t.response))
            )  # fmt: skip

    # --- finding ---------------------------------------------------------------------------------------------------

    def last(self, kind: str) -> NoticeRow | None:
        """The newest message of this kind."""
        rows = self._find(m.Notice.kind == kind, m.Notice.id.desc(), 1)
        return rows[0] if rows else None

    def by_key(self, key: str) -> tuple[NoticeRow, ...]:
        """The message with this key, by channel."""
        return self._find(m.Notice.key == key, m.Notice.id, 100)

    def recent(self, limit: int = 50) -> tuple[NoticeRow, ...]:
        """The newest messages."""
        return self._find(m.Notice.id > 0, m.Notice.id.desc(), limit)

    def _find(self, condition: ColumnElement[bool], order: object, limit: int) -> tuple[NoticeRow, ...]:
        query = select(*columns_of(NoticeRow, m.Notice)).where(condition).order_by(order).limit(limit)  # type: ignore[arg-type]
        with self._database.read() as connection:
            return tuple(NoticeRow(*row) for row in connection.execute(query))


def _untold(connection: Connection, told_before: datetime) -> list[AlertRow]:
    t = m.Alert
    raised = and_(t.resolved_at.is_(None), t.notified_at.is_(None))
    over = and_(t.resolved_at.is_not(None), t.notified_at < t.resolved_at)
    still = and_(t.resolved_at.is_(None), t.notified_at <= told_before, t.seen_by.is_(None))
    query = select(*columns_of(AlertRow, t)).where(or_(raised, over, still)).order_by(t.id).with_for_update()
    return [AlertRow(*row) for row in connection.execute(query)]


def _insert(
    connection: Connection, key: str, kind: str, content: Mapping[str, Json], channels: Collection[str], now: datetime
) -> tuple[int, ...]:
    made = []
    for channel in channels:
        values = {
            "key": key, "channel": channel, "kind": kind, "state": "waiting", "content": dict(content), "created_at": now,
            "next_attempt_at": now,
        }  # fmt: skip
        row_id = insert_or_ignore(connection, m.Notice, values, returning=m.Notice.id)
        if row_id is not None:
            made.append(int(row_id))
    return tuple(made)
