"""Look-ups of messages inside a transaction that is open already; `Ledger` and `Deciding` share them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, Connection, select

from core.codec import decode
from core.facts import MessageFacts
from storage import models as m
from storage.errors import NotFound
from storage.fetch import CHUNK
from storage.rows import LinkRow, MessageRow, columns_of, link_row

MAX_FOUND = 200
"""So many messages at most for one look-up: a sender who mails the same file a thousand times must cost nothing."""


def message(connection: Connection, row_id: int) -> MessageRow | None:
    """The message with this row id."""
    rows = _messages(connection, m.Message.id == row_id)
    return rows[0] if rows else None


def the_message(connection: Connection, row_id: int) -> MessageRow:
    """The message with this row id. Raises NotFound."""
    row = message(connection, row_id)
    if row is None:
        raise NotFound(f"no message {row_id}")
    return row


def by_message_id(connection: Connection, message_ids: Iterable[str]) -> tuple[MessageRow, ...]:
    """Messages with one of these Message-IDs, oldest first. An empty one matches nothing."""
    wanted = [header for header in message_ids if header][:CHUNK]
    return _messages(connection, m.Message.message_id.in_(wanted)) if wanted else ()


def by_raw_sha256(connection: Connection, sha256: str) -> tuple[MessageRow, ...]:
    """Messages with exactly these bytes, oldest first."""
    return _messages(connection, m.Message.raw_sha256 == sha256)


def with_files(connection: Connection, sha256s: Collection[str]) -> dict[int, frozenset[str]]:
    """Which decided messages carry which of these files: row id -> SHA-256s, the oldest messages first."""
    found: dict[int, set[str]] = {}
    wanted = sorted(set(sha256s))
    for start in range(0, len(wanted), CHUNK):
        query = (
            select(m.Attachment.message_id, m.Attachment.sha256).distinct()
            .where(m.Attachment.sha256.in_(wanted[start : start + CHUNK]))
            .order_by(m.Attachment.message_id).limit(MAX_FOUND * CHUNK)
        )
        for row_id, sha256 in connection.execute(query):
            found.setdefault(row_id, set()).add(sha256)
    return {row_id: frozenset(found[row_id]) for row_id in sorted(found)[:MAX_FOUND]}


def facts(connection: Connection, row_id: int) -> MessageFacts | None:
    """The stored facts of a message; None while it was never read. Raises CodecError."""
    query = select(m.MessageContent.facts).where(m.MessageContent.message_id == row_id)
    data = connection.execute(query).scalar_one_or_none()
    return None if data is None else decode(MessageFacts, data)


def link(connection: Connection, row_id: int) -> LinkRow | None:
    """The link with this row id."""
    row = connection.execute(select(*m.Link.__table__.columns).where(m.Link.id == row_id)).mappings().one_or_none()
    return None if row is None else link_row(row)


def _messages(connection: Connection, condition: ColumnElement[bool]) -> tuple[MessageRow, ...]:
    query = select(*columns_of(MessageRow, m.Message)).where(condition).order_by(m.Message.id).limit(MAX_FOUND)
    return tuple(MessageRow(*row) for row in connection.execute(query))
