"""The audit trail: written here, in the transaction of the change itself; never changed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from core.records import AuditRecord
from storage import models as m


def write_audit(connection: Connection, now: datetime, records: Sequence[AuditRecord]) -> None:
    """Append the records, all of them at `now`."""
    rows = [
        {
            "at": now, "who": record.who, "action": record.action, "object_kind": record.object_kind,
            "object_id": record.object_id, "before": None if record.before is None else dict(record.before),
            "after": None if record.after is None else dict(record.after), "why": record.why,
        }
        for record in records
    ]
    if rows:
        connection.execute(insert(m.Audit), rows)
