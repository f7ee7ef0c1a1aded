"""What persons did to an item or a mail since somebody looked."""

from __future__ import annotations

from sqlalchemy import func, select

from storage import models as m
from storage.database import Database
from storage.desk_rows import acts_since
from storage.rows import AuditRow, columns_of


def newest_entry(database: Database) -> int:
    """The newest entry of the whole trail: what a page is read after has been seen, what comes later has not."""
    with database.read() as connection:
        return int(connection.execute(select(func.max(m.Audit.id))).scalar_one() or 0)


def person_acts(database: Database, kind: str, number: int, seen: int) -> tuple[AuditRow, ...]:
    """Entries of the trail after entry `seen` by persons, about this item (with its mails) or this mail; newest first."""
    with database.read() as connection:
        items, messages = (number,) if kind == "item" else (), {number} if kind == "message" else set()
        if items:
            query = select(m.ItemMessage.message_id).where(m.ItemMessage.item_id == number)
            messages = set(connection.execute(query).scalars())
        ids = [row.id for row in acts_since(connection, seen, items, messages)]
        rows = connection.execute(
            select(*columns_of(AuditRow, m.Audit)).where(m.Audit.id.in_(ids)).order_by(m.Audit.id.desc())
        )
        return tuple(AuditRow(*row) for row in rows)
