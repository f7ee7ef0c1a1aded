"""The order of arrival, kept by several workers: which earlier mail must be decided before this one.

A later form of an item takes the earlier one's place, so mails are decided in the order they came in, whoever read them
and however long that took. Reading goes on side by side; only the decision waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select

from storage import models as m
from storage.database import Database
from storage.models_base import BIG
from storage.rows import MessageRow
from storage.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Ahead:
    """A mail that arrived earlier and is not decided. `free`: no worker that lives holds it; whoever waits for it may claim
    it."""

    id: int
    free: bool


def mail_ahead(database: Database, row: MessageRow, now: datetime) -> Ahead | None:
    """The first mail, by arrival, that must be decided before this one: another worker reads it, or did so and died, or gave
    it back. None if there is none. Mails that failed before are waited for no more, and none is that was recorded after
    this one and is in nobody's hands: an import of old mail does not hold up today's."""
    values = {"row_id": row.id, "arrived": row.received_at}
    with database.read() as connection:
        found = [
            hit for query in (_HELD, _GIVEN_BACK) for hit in connection.execute(query, values)
        ]
    if not found:
        return None
    first = min(found, key=lambda hit: (hit.received_at, hit.id))
    return Ahead(first.id, first.lease_until is None or first.lease_until <= now)


def waiting_since(database: Database, now: datetime) -> tuple[int, datetime | None]:
    """Mails that are due and in nobody's hands: how many, and since when the first of them is here."""
    t = m.Message
    query = select(func.count(t.id), func.min(t.recorded_at)).where(
        t.next_attempt_at <= now, or_(t.lease_until.is_(None), t.lease_until <= now)
    )
    with database.read() as connection:
        count, since = connection.execute(query).one()
        return count, since


def decided_since(database: Database, account: str, moment: datetime) -> bool:
    """Whether a mail of this account was decided after that moment and is still to be flagged or moved in the mailbox."""
    t = m.Message
    query = select(t.id).where(
        t.filed_at.is_(None), t.decided_at > moment, t.account == account, t.uid.is_not(None)
    ).limit(1)
    with database.read() as connection:
        return connection.execute(query).scalar_one_or_none() is not None


def _ahead(*conditions: ColumnElement[bool]) -> Any:
    t = m.Message
    number, arrived = bindparam("row_id", type_=BIG), bindparam("arrived", type_=UtcDateTime())
    earlier = or_(t.received_at < arrived, and_(t.received_at == arrived, t.id < number))
    return (
        select(t.id, t.received_at, t.lease_until).where(earlier, t.attempts == 0, *conditions)
        .order_by(t.received_at, t.id).limit(1)
    )


# Each goes along an index: few mails are being read at one time, and what is due before a mail's own arrival is next to
# nothing while that mail is in hand, for work is claimed in this very order.
_HELD = _ahead(m.Message.stage == "reading", m.Message.lease_owner.is_not(None))
_GIVEN_BACK = _ahead(
    m.Message.next_attempt_at <= bindparam("arrived", type_=UtcDateTime()), m.Message.lease_owner.is_(None),
    m.Message.stage == "received", m.Message.decisions == 0, m.Message.id < bindparam("row_id", type_=BIG),
)
