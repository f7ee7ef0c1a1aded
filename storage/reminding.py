"""What a reminder may say: which units still have points to mend, which have sent nothing, where a letter reaches them.

Careful rather than complete: a point counts only while nothing that came later may have cured it. Each function is one
read transaction and takes the batch as its number in the campaign.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from core.codec import decode_as
from core.facts import Envelope, Link
from core.findings import Finding, Severity
from core.records import ItemRow
from storage import models as m
from storage.database import Database
from storage.fetch import answers_of, chunks, findings_of, links_of, with_messages
from storage.rows import ITEM_COLUMNS, AnswerRow, FindingRow, MessageRow, columns_of

ADDRESSES = 5
"""So many of a unit's senders are looked at, the newest first."""
_UNDECIDED = ("received", "reading", "read")


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An item with what is still to be mended of it (errors that count)."""

    item: ItemRow
    links: tuple[Link, ...]
    problems: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class OpenPoints:
    """All that one unit has still to mend in one batch. `message`: the newest mail concerned, which a letter answers;
    `problems`: about that mail as a whole. `told_at`: when the newest correction request went out, None if one of the
    mails concerned was never answered by one."""

    unit: str
    message: MessageRow
    items: tuple[OpenItem, ...]
    problems: tuple[Finding, ...]
    told_at: datetime | None

    @property
    def all(self) -> tuple[Finding, ...]:
        """Every point, those of the mail first."""
        return (*self.problems, *(found for item in self.items for found in item.problems))


@dataclass(frozen=True, slots=True)
class Contact:
    """A sender of the unit. `envelope`: of that sender's newest mail."""

    unit: str
    message_id: int
    received_at: datetime
    envelope: Envelope


@dataclass(frozen=True, slots=True)
class Unsettled:
    """Mails that may change who is to be reminded: not decided yet; put aside after failing; from an unknown unit."""

    waiting: int
    held: int
    nameless: int


def open_points(
    database: Database, campaign: str, batch: int, units: Collection[str] | None = None
) -> dict[str, OpenPoints]:
    """Units with open points in this batch (only `units` where given)."""
    with database.read() as connection:
        items = _items(connection, campaign, batch, units)
        mails = _mails(connection, campaign, batch, units)
        numbers = {max(item.messages) for item in items if item.messages} | {row.id for row in mails}
        messages = {row.id: row for row in _messages(connection, numbers)}
        findings, links = findings_of(connection, numbers), links_of(connection, numbers)
        places = _places(connection, [item.id for item in items])
        found: dict[str, list[tuple[MessageRow, OpenItem | None, tuple[Finding, ...]]]] = {}
        for item in items:
            message = messages.get(max(item.messages, default=0))
            unit = item.content.reporting_unit
            if message is None or unit is None or message.stage != "done" or message.verdict != "correction":
                continue
            place = places.get((item.id, message.id))
            problems = tuple(_errors(row for row in findings[message.id] if row.finding.item == place and place is not None))
            own = tuple(row.link for row in links[message.id] if row.item_id == item.id and not row.link.quoted)
            if problems:
                found.setdefault(unit, []).append((message, OpenItem(item, own, problems), ()))
        for row in mails:
            problems = tuple(_errors(one for one in findings[row.id] if one.finding.item is None))
            if problems and row.reporting_unit:
                found.setdefault(row.reporting_unit, []).append((row, None, problems))
        answers = answers_of(connection, {message.id for entries in found.values() for message, _, _ in entries})
    return {unit: _open_points(unit, entries, answers) for unit, entries in found.items()}


def _open_points(
    unit: str, entries: list[tuple[MessageRow, OpenItem | None, tuple[Finding, ...]]], answers: dict[int, list[AnswerRow]]
) -> OpenPoints:
    newest = max((message for message, _, _ in entries), key=lambda row: row.id)
    problems = tuple(found for message, _, own in entries if message.id == newest.id for found in own)
    told: list[datetime] = []
    for message, _, _ in entries:
        letters = [a.sent_at for a in answers[message.id] if a.kind == "correction" and a.sent_at]
        if not letters:
            return OpenPoints(unit, newest, tuple(item for _, item, _ in entries if item), problems, None)
        told.append(max(letters))
    return OpenPoints(unit, newest, tuple(item for _, item, _ in entries if item), problems, max(told))


def _items(connection: Connection, campaign: str, batch: int, units: Collection[str] | None) -> tuple[ItemRow, ...]:
    t = m.Item
    query = select(*ITEM_COLUMNS).where(
        t.campaign == campaign, t.batch == batch, t.state == "incomplete", t.staff_state.is_(None), t.reporting_unit.is_not(None)
    )
    if units is not None:
        query = query.where(t.reporting_unit.in_(units))
    return with_messages(connection, connection.execute(query.order_by(t.id)).mappings().all())


def _mails(connection: Connection, campaign: str, batch: int, units: Collection[str] | None) -> list[MessageRow]:
    """Mails that are to be mended and have no successor: a later mail of the unit or of the sender may have cured what
    was wrong with them as a whole."""
    t, later = m.Message, m.Message.__table__.alias("later")
    successor = (
        select(later.c.id)
        .where(later.c.id > t.id, later.c.kind == "submission",
               (later.c.reporting_unit == t.reporting_unit) | (later.c.sender == t.sender))
        .exists()
    )  # fmt: skip
    query = select(*columns_of(MessageRow, t)).where(
        t.campaign == campaign, t.batch == batch, t.kind == "submission", t.verdict == "correction", t.stage == "done",
        t.reporting_unit.is_not(None), ~successor,
    )
    if units is not None:
        query = query.where(t.reporting_unit.in_(units))
    return [MessageRow(*row) for row in connection.execute(query.order_by(t.id))]


def _messages(connection: Connection, numbers: Collection[int]) -> Iterable[MessageRow]:
    for part in chunks(numbers):
        query = select(*columns_of(MessageRow, m.Message)).where(m.Message.id.in_(part))
        yield from (MessageRow(*row) for row in connection.execute(query))


def _places(connection: Connection, item_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """(item, message) -> the item's index in that message's record."""
    found: dict[tuple[int, int], int] = {}
    for part in chunks(item_ids):
        t = m.ItemMessage
        for item, message, position in connection.execute(select(t.item_id, t.message_id, t.position).where(t.item_id.in_(part))):
            found[item, message] = position
    return found


def _errors(rows: Iterable[FindingRow]) -> Iterable[Finding]:
    return (row.finding for row in rows if row.finding.severity is Severity.ERROR and row.waived_at is None)


def contacts(database: Database, units: Collection[str]) -> dict[str, tuple[Contact, ...]]:
    """Where these units wrote from, in any batch and campaign, newest first."""
    t, content = m.Message, m.MessageContent
    found: dict[str, list[Contact]] = {unit: [] for unit in units}
    newest = (
        select(func.max(t.id)).where(t.reporting_unit.in_(units), t.kind.in_(("submission", "duplicate")), t.sender.is_not(None))
        .group_by(t.reporting_unit, t.sender)
    )  # fmt: skip
    query: Any = (
        select(t.id, t.reporting_unit, t.received_at, content.facts).join(content, content.message_id == t.id)
        .where(t.id.in_(newest), content.facts.is_not(None)).order_by(t.id.desc())
    )  # fmt: skip
    with database.read() as connection:
        for number, unit, received_at, facts in connection.execute(query):
            if len(found[unit]) < ADDRESSES:
                found[unit].append(Contact(unit, number, received_at, decode_as(Envelope, facts["envelope"])))
    return {unit: tuple(entries) for unit, entries in found.items()}


def unsettled(database: Database, campaign: str, batch: int) -> Unsettled:
    """Mails that may yet change the picture."""
    t = m.Message
    count = select(func.count(t.id))
    with database.read() as connection:
        waiting = connection.execute(count.where(t.stage.in_(_UNDECIDED))).scalar_one()
        held = connection.execute(count.where(t.stage == "held")).scalar_one()
        nameless = connection.execute(
            count.where(t.campaign == campaign, t.batch == batch, t.kind == "submission", t.reporting_unit.is_(None))
        ).scalar_one()
        return Unsettled(waiting, held, nameless)
