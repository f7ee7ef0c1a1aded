"""Everything known about one message or one item: what `show` prints and the detail pages draw."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select

from core.facts import MessageFacts
from core.records import AttachmentRecord, ItemRow
from storage import find
from storage import models as m
from storage.database import Database
from storage.errors import NotFound
from storage.fetch import answers_of, attachments_of, findings_of, items_of, links_of, with_messages
from storage.rows import ITEM_COLUMNS, AnswerRow, AuditRow, FindingRow, LinkRow, MessageRow, columns_of

MAX_HISTORY = 500


@dataclass(frozen=True, slots=True)
class WholeMessage:
    """A message with all that hangs on it. `items`, `attachments`, `findings`, `links` in the order of its record;
    `facts` None while it was never read; `history` newest first."""

    message: MessageRow
    facts: MessageFacts | None
    findings: tuple[FindingRow, ...]
    items: tuple[ItemRow, ...]
    attachments: tuple[AttachmentRecord, ...]
    links: tuple[LinkRow, ...]
    answers: tuple[AnswerRow, ...]
    history: tuple[AuditRow, ...]


@dataclass(frozen=True, slots=True)
class WholeItem:
    """An item with all that hangs on it. `findings`: of any of its messages about it. `versions`: the versions it
    replaced, newest first; `history` newest first."""

    item: ItemRow
    messages: tuple[MessageRow, ...]
    findings: tuple[FindingRow, ...]
    links: tuple[LinkRow, ...]
    answers: tuple[AnswerRow, ...]
    versions: tuple[ItemRow, ...]
    history: tuple[AuditRow, ...]


@dataclass(frozen=True, slots=True)
class ReceiptHits:
    """Row ids of what bears a receipt number."""

    messages: tuple[int, ...]
    items: tuple[int, ...]


def read_message(database: Database, message_id: int) -> WholeMessage:
    """The whole message. Raises NotFound."""
    with database.read() as connection:
        row = find.the_message(connection, message_id)
        facts = find.facts(connection, message_id)
        ids = (message_id,)
        findings = tuple(findings_of(connection, ids)[message_id])
        links = tuple(links_of(connection, ids)[message_id])
        answers = tuple(answers_of(connection, ids)[message_id])
        about = _about(
            ("message", ids), ("finding", [one.id for one in findings]), ("link", [one.id for one in links]),
            ("answer", [one.id for one in answers]),
        )
        return WholeMessage(
            row, facts, findings,
            tuple(items_of(connection, ids)[message_id]), tuple(attachments_of(connection, ids)[message_id]), links,
            answers, _history(connection, about),
        )


def read_item(database: Database, item_id: int) -> WholeItem:
    """The whole item. Raises NotFound."""
    with database.read() as connection:
        row = connection.execute(select(*ITEM_COLUMNS).where(m.Item.id == item_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"no item {item_id}")
        item = with_messages(connection, (row,))[0]
        messages = connection.execute(
            select(*columns_of(MessageRow, m.Message)).where(m.Message.id.in_(item.messages)).order_by(m.Message.id)
        )
        answers = {
            answer.id: answer for found in answers_of(connection, item.messages).values() for answer in found
        }
        links = tuple(
            link for found in links_of(connection, item.messages).values() for link in found
            if link.item_id == item_id
        )
        findings = _findings_about(connection, item)
        about = _about(
            ("item", (item_id,)), ("message", item.messages), ("finding", [one.id for one in findings]),
            ("link", [one.id for one in links]), ("answer", list(answers)),
        )
        return WholeItem(
            item, tuple(MessageRow(*one) for one in messages), findings, links, tuple(answers.values()),
            _versions(connection, item_id), _history(connection, about),
        )


def find_item(database: Database, item_id: int) -> ItemRow:
    """The item's row. Raises NotFound."""
    with database.read() as connection:
        row = connection.execute(select(*ITEM_COLUMNS).where(m.Item.id == item_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"no item {item_id}")
        return with_messages(connection, (row,))[0]


def find_message(database: Database, message_id: int) -> MessageRow:
    """The message's row. Raises NotFound."""
    with database.read() as connection:
        return find.the_message(connection, message_id)


def likely_same(database: Database, item: ItemRow, limit: int = 12) -> tuple[ItemRow, ...]:
    """Current items that may be the same as this one, to be merged with it or chosen from: of the same mails, number, sender or
    unit, of its category first; newest first."""
    content, t = item.content, m.Item
    near = [select(m.ItemMessage.item_id).where(m.ItemMessage.message_id.in_(item.messages))]
    for column, value in (
        (t.receipt_number, content.receipt_number), (t.sender, content.sender), (t.reporting_unit, content.reporting_unit),
    ):
        if value:
            near.append(select(t.id).where(column == value, t.state != "superseded").order_by(t.id.desc()).limit(4 * limit))
    with database.read() as connection:
        # Asked one after another: of an OR of them PostgreSQL makes a walk through all items.
        ids = {found for each in near for found in connection.execute(each).scalars()} - {item.id}
        query = select(*ITEM_COLUMNS).where(t.campaign == content.campaign, t.state != "superseded", t.id.in_(ids))
        rows = list(connection.execute(query).mappings())
        rows.sort(key=lambda row: (row["category"] != content.category, row["applicant_unit"] != content.applicant_unit, -row["id"]))
        return with_messages(connection, rows[:limit])


def find_receipt_number(database: Database, number: str) -> ReceiptHits:
    """What bears this receipt number, newest first; both empty if nothing does."""
    messages = select(m.Message.id).where(m.Message.receipt_number == number).order_by(m.Message.id.desc())
    items = select(m.Item.id).where(m.Item.receipt_number == number).order_by(m.Item.id.desc())
    with database.read() as connection:
        return ReceiptHits(
            tuple(connection.execute(messages).scalars()), tuple(connection.execute(items).scalars())
        )


def _findings_about(connection: Connection, item: ItemRow) -> tuple[FindingRow, ...]:
    """The findings of its messages whose item index means this item."""
    query = select(m.ItemMessage.message_id, m.ItemMessage.position).where(m.ItemMessage.item_id == item.id)
    places = {tuple(row) for row in connection.execute(query)}
    return tuple(
        finding for found in findings_of(connection, item.messages).values() for finding in found
        if (finding.message_id, finding.finding.item) in places
    )


def _versions(connection: Connection, item_id: int) -> tuple[ItemRow, ...]:
    """The items that this one replaced, directly or by way of others; a ring of references ends it."""
    seen, wave = {item_id}, [item_id]
    found: list[RowMapping] = []
    while wave:
        rows = connection.execute(
            select(*ITEM_COLUMNS).where(m.Item.superseded_by.in_(wave), m.Item.id.not_in(seen))
        ).mappings().all()
        found += rows
        wave = [row["id"] for row in rows]
        seen |= set(wave)
    found.sort(key=lambda row: int(row["id"]), reverse=True)
    return with_messages(connection, found)


def _about(*objects: tuple[str, Collection[int]]) -> ColumnElement[bool]:
    return or_(*(and_(m.Audit.object_kind == kind, m.Audit.object_id.in_(ids)) for kind, ids in objects if ids))


def _history(connection: Connection, about: ColumnElement[bool]) -> tuple[AuditRow, ...]:
    query = select(*columns_of(AuditRow, m.Audit)).where(about).order_by(m.Audit.id.desc()).limit(MAX_HISTORY)
    return tuple(AuditRow(*row) for row in connection.execute(query))
