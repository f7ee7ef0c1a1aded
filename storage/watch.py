"""Alerts for people and signs of life of the jobs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from core.codec import Json
from core.records import AuditRecord
from storage import models as m
from storage.audit import write_audit
from storage.database import Database
from storage.dialect import count_up, upsert
from storage.errors import NotFound
from storage.rows import AlertRow, HeartbeatRow, columns_of

WORKER = "worker:"
"""How the names of workers' heartbeats begin."""
MISSED = timedelta(minutes=1)
"""A worker that gave no sign for so long is taken for dead."""


class Watch:
    """Reads and writes tables `alert` and `heartbeat`. Every method is one transaction; raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def raise_alert(self, code: str, text: str, now: datetime) -> bool:
        """Something a person must look at; True if it is new, False if it has been open already (then it is counted)."""
        values = {"code": code, "text": text, "at": now, "last_at": now, "count": 1}
        changes = {"text": text, "last_at": now, "count": m.Alert.count + 1}
        with self._database.write() as connection:
            count = count_up(
                connection, m.Alert, values, "code", changes, returning=m.Alert.count, where="resolved_at IS NULL"
            )
            return bool(count == 1)

    def resolve_alert(self, code: str, now: datetime) -> bool:
        """It is over; False if it was not open."""
        change = update(m.Alert).where(m.Alert.code == code, m.Alert.resolved_at.is_(None)).values(resolved_at=now)
        with self._database.write() as connection:
            return connection.execute(change).rowcount == 1

    def open_alerts(self, *, unnotified: bool = False) -> tuple[AlertRow, ...]:
        """Open alerts, oldest first; `unnotified`: only those nobody was told about."""
        query = select(*columns_of(AlertRow, m.Alert)).where(m.Alert.resolved_at.is_(None)).order_by(m.Alert.id)
        if unnotified:
            query = query.where(m.Alert.notified_at.is_(None))
        with self._database.read() as connection:
            return tuple(AlertRow(*row) for row in connection.execute(query))

    def past_alerts(self, limit: int = 50) -> tuple[AlertRow, ...]:
        """Alerts that are over, newest first."""
        query = (
            select(*columns_of(AlertRow, m.Alert)).where(m.Alert.resolved_at.is_not(None)).order_by(m.Alert.id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(AlertRow(*row) for row in connection.execute(query))

    def see_alert(self, alert_id: int, now: datetime, who: str) -> None:
        """Somebody knows of it; it stays open until it is over. Raises NotFound for one that is not open."""
        self._settle_alert(alert_id, now, who, "see", {"seen_by": who, "seen_at": now})

    def close_alert(self, alert_id: int, now: datetime, who: str) -> None:
        """Somebody says that it is over; if it is not, it will be raised anew. Raises NotFound."""
        self._settle_alert(alert_id, now, who, "close", {"resolved_at": now, "seen_by": who, "seen_at": now})

    def _settle_alert(self, alert_id: int, now: datetime, who: str, action: str, values: dict[str, object]) -> None:
        with self._database.write() as connection:
            code = connection.execute(
                update(m.Alert).where(m.Alert.id == alert_id, m.Alert.resolved_at.is_(None)).values(**values)
                .returning(m.Alert.code)
            ).scalar_one_or_none()
            if code is None:
                raise NotFound(f"no open alert {alert_id}")
            write_audit(connection, now, (AuditRecord(action, "alert", alert_id, after={"code": code}, who=who),))

    def mark_notified(self, alert_ids: Collection[int], now: datetime) -> None:
        """A person was told."""
        with self._database.write() as connection:
            connection.execute(update(m.Alert).where(m.Alert.id.in_(alert_ids)).values(notified_at=now))

    def beat(self, name: str, now: datetime, detail: Mapping[str, Json] | None = None) -> None:
        """The job `name` is alive and did its work."""
        with self._database.write() as connection:
            upsert(connection, m.Heartbeat, {"name": name, "at": now, "detail": dict(detail or {})}, ("name",))

    def heartbeats(self) -> tuple[HeartbeatRow, ...]:
        """The last sign of life of every job."""
        query = select(*columns_of(HeartbeatRow, m.Heartbeat)).order_by(m.Heartbeat.name)
        with self._database.read() as connection:
            return tuple(HeartbeatRow(*row) for row in connection.execute(query))

    def find_beat(self, name: str) -> HeartbeatRow | None:
        """The last sign of life of one job."""
        query = select(*columns_of(HeartbeatRow, m.Heartbeat)).where(m.Heartbeat.name == name)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else HeartbeatRow(*row)

    def forget_beats(self, prefix: str, before: datetime) -> int:
        """Drop the signs of life of those jobs whose name begins so and that have given none since; how many."""
        t = m.Heartbeat
        begins = func.substr(t.name, 1, len(prefix)) == prefix  # LIKE knows wild cards, and in SQLite no case
        with self._database.write() as connection:
            return connection.execute(delete(t).where(begins, t.at < before)).rowcount
