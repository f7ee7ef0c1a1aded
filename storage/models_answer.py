"""Tables of the outbox: every letter, waiting, sent or held back, and the messages it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.records import AnswerState
from storage.models_base import BIG, Base, Header, Id, MessageId, Name, Sha256, Word, one_of


class Answer(Base):
    """A letter. Unique by message, kind and revision: whatever goes wrong, no message gets the same kind of letter
    twice. A second revision exists only when the outcome changed after the first was sent, or staff wrote again.
    `message_id` is null for a reminder that answers no mail. `written_by`: who of the staff wrote it, null for the
    program's own; a later decision never changes such a letter. `unit`, `batch`: whom a reminder is for. While it is
    sent, `claimed_by` and `claimed_until` say by whom; the sweep frees dead claims."""

    __tablename__ = "answer"
    __table_args__ = (
        UniqueConstraint("message_id", "kind", "revision"),
        Index(None, "state", "next_attempt_at", "id"),
        Index(None, "state", "id"),
        Index(None, "kind", "id"),
        Index(None, "to", "sent_at"),
        Index(None, "to", "id"),
        Index(None, "thread", "sent_at"),
        Index(None, "sent_at"),
        Index(None, "unit", "created_at"),
        one_of("state", AnswerState),
    )

    id: Mapped[Id]
    message_id: Mapped[int | None] = mapped_column(BIG, ForeignKey("message.id", ondelete="CASCADE"))
    kind: Mapped[Word]
    revision: Mapped[int] = mapped_column(server_default="1")
    state: Mapped[Word]
    reason: Mapped[str | None]
    to: Mapped[Name]
    subject: Mapped[str]
    message_id_header: Mapped[Header] = mapped_column(index=True)
    thread: Mapped[Header]
    raw_sha256: Mapped[Sha256 | None]
    text: Mapped[str]
    plan: Mapped[dict[str, Any] | None]
    plan_hash: Mapped[Sha256] = mapped_column(index=True)
    created_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime | None]
    claimed_by: Mapped[Name | None]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    response: Mapped[str | None]
    edit: Mapped[int] = mapped_column(server_default="0")
    written_by: Mapped[Name | None]
    unit: Mapped[Name | None]
    batch: Mapped[int | None]


class AnswerCompanion(Base):
    """Another message that the answer speaks to as well."""

    __tablename__ = "answer_companion"

    answer_id: Mapped[int] = mapped_column(BIG, ForeignKey("answer.id", ondelete="CASCADE"), primary_key=True)
    message_id: Mapped[MessageId] = mapped_column(primary_key=True, index=True)


class ReceiptSequence(Base):
    """The last receipt number given out, one row for each campaign (and whatever else counts)."""

    __tablename__ = "receipt_sequence"

    name: Mapped[Name] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BIG)
