"""Rows that belong to other rows, fetched for many at once: one statement for a page, not one for each of its lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, or_, select

from core.records import AttachmentRecord, ItemRow
from storage import models as m
from storage.rows import (
    ITEM_COLUMNS,
    AnswerRow,
    FindingRow,
    LinkRow,
    attachment_record,
    columns_of,
    finding_row,
    item_row,
    link_row,
)

CHUNK = 500  # ids in one IN (...)


def chunks(ids: Collection[int]) -> Iterator[list[int]]:
    """The ids in ascending order, in lists of at most `CHUNK`."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


def with_messages(connection: Connection, rows: Sequence[Any]) -> tuple[ItemRow, ...]:
    """Rows of table `item`, each with the row ids of the messages that contributed, oldest first."""
    messages: dict[int, list[int]] = {row["id"]: [] for row in rows}
    for part in chunks(messages):
        pairs = (
            select(m.ItemMessage.item_id, m.ItemMessage.message_id).distinct()
            .where(m.ItemMessage.item_id.in_(part)).order_by(m.ItemMessage.message_id)
        )
        for item_id, message_id in connection.execute(pairs):
            messages[item_id].append(message_id)
    return tuple(item_row(row, tuple(messages[row["id"]])) for row in rows)


def findings_of(connection: Connection, message_ids: Collection[int]) -> dict[int, list[FindingRow]]:
    """Findings by message, in the order of its record."""
    found: dict[int, list[FindingRow]] = {message_id: [] for message_id in message_ids}
    for part in chunks(message_ids):
        query = (
            select(*m.Finding.__table__.columns).where(m.Finding.message_id.in_(part))
            .order_by(m.Finding.message_id, m.Finding.position)
        )
        for row in connection.execute(query).mappings():
            found[row["message_id"]].append(finding_row(row))
    return found


def attachments_of(connection: Connection, message_ids: Collection[int]) -> dict[int, list[AttachmentRecord]]:
    """Attachments by message, in the order of its record."""
    found: dict[int, list[AttachmentRecord]] = {message_id: [] for message_id in message_ids}
    for part in chunks(message_ids):
        query = (
            select(*m.Attachment.__table__.columns).where(m.Attachment.message_id.in_(part))
            .order_by(m.Attachment.message_id, m.Attachment.position)
        )
        for row in connection.execute(query).mappings():
            found[row["message_id"]].append(attachment_record(row))
    return found


def links_of(connection: Connection, message_ids: Collection[int]) -> dict[int, list[LinkRow]]:
    """Links by message, in the order of its record."""
    found: dict[int, list[LinkRow]] = {message_id: [] for message_id in message_ids}
    for part in chunks(message_ids):
        query = (
            select(*m.Link.__table__.columns).where(m.Link.message_id.in_(part))
            .order_by(m.Link.message_id, m.Link.position)
        )
        for row in connection.execute(query).mappings():
            found[row["message_id"]].append(link_row(row))
    return found


def items_of(connection: Connection, message_ids: Collection[int]) -> dict[int, list[ItemRow]]:
    """Items by message, in the order of its record (without the ids of their other messages)."""
    found: dict[int, list[ItemRow]] = {message_id: [] for message_id in message_ids}
    for part in chunks(message_ids):
        query = (
            select(m.ItemMessage.message_id.label("of_message"), *ITEM_COLUMNS)
            .join(m.Item, m.Item.id == m.ItemMessage.item_id).where(m.ItemMessage.message_id.in_(part))
            .order_by(m.ItemMessage.message_id, m.ItemMessage.position)
        )
        for row in connection.execute(query).mappings():
            found[row["of_message"]].append(item_row(row))
    return found


def answers_of(connection: Connection, message_ids: Collection[int]) -> dict[int, list[AnswerRow]]:
    """Letters by message, oldest first: its own and those it shares as a companion."""
    found: dict[int, list[AnswerRow]] = {message_id: [] for message_id in message_ids}
    for part in chunks(message_ids):
        shared = select(m.AnswerCompanion.answer_id, m.AnswerCompanion.message_id).where(
            m.AnswerCompanion.message_id.in_(part)
        )
        companions: dict[int, list[int]] = {}
        for answer_id, message_id in connection.execute(shared):
            companions.setdefault(answer_id, []).append(message_id)
        query = (
            select(*columns_of(AnswerRow, m.Answer))
            .where(or_(m.Answer.message_id.in_(part), m.Answer.id.in_(companions))).order_by(m.Answer.id)
        )
        for row in connection.execute(query):
            answer = AnswerRow(*row)
            for message_id in dict.fromkeys((answer.message_id, *companions.get(answer.id, ()))):
                if message_id in found:
                    found[message_id].append(answer)
    return found
