"""Writes one line of the audit trail for something that is no row: a file of the office's own, say."""

from __future__ import annotations

from dataclasses import replace

from core.records import AuditRecord
from storage.audit import write_audit
from storage.database import Database
from storage.desk import Act


def record_act(database: Database, act: Act, record: AuditRecord) -> None:
    """The record, with who acted, when and why. Raises StorageError."""
    with database.write() as connection:
        write_audit(connection, act.now, (replace(record, who=act.who, why=act.why or record.why),))
