"""Tables of the intake: what the mailbox holds, each message, what was found in it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from core.facts import LinkState
from core.findings import Severity
from core.records import AttachmentRole, LinkWatch, MessageKind, StaffState, Stage, Verdict
from storage.models_base import BIG, Base, Big, Header, Id, MessageId, Name, Sha256, Word, one_of
from storage.types import Key


class MailboxFolder(Base):
    """What the last successful look at a folder saw. The balance "mailbox N, ledger N" is counted against it."""

    __tablename__ = "mailbox_folder"

    account: Mapped[str] = mapped_column(Key(150), primary_key=True)
    folder: Mapped[str] = mapped_column(Key(150), primary_key=True)
    uidvalidity: Mapped[Big | None]
    last_ok_at: Mapped[datetime | None]
    last_count: Mapped[int | None]
    note: Mapped[str] = mapped_column(server_default=sql_text("''"))


class Message(Base):
    """One mail received. Kept narrow: it is rewritten at every step; the long texts lie in `message_content`.

    A row with `next_attempt_at` is work: due from then on unless another worker's lease still runs. `attempts` counts
    exceptions, `claims` counts beginnings without an end (a process that was killed tells nobody why). `staff_state`
    rejected: the office says that this is no submission.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("account", "folder", "uidvalidity", "uid"),
        # Mail without a UID (`import`) is the same when name and bytes are.
        Index("uq_message_imported", "account", "source", "raw_sha256", unique=True, sqlite_where=sql_text("uid IS NULL"),
              postgresql_where=sql_text("uid IS NULL")),
        Index(None, "next_attempt_at", "received_at", "id"),
        Index(None, "verdict", "id"),
        Index(None, "kind", "id"),
        Index(None, "stage", "id"),
        Index(None, "batch", "id"),
        Index(None, "sender", "id"),
        # None begins with the campaign: see v0014.
        Index(None, "batch", "reporting_unit", "id"),
        Index(None, "batch", "verdict", "id"),
        Index(None, "reporting_unit", "id"),
        Index(None, "reporting_unit", "verdict", "id"),
        Index(None, "filed_at", "decided_at"),
        one_of("stage", Stage),
        one_of("kind", MessageKind),
        one_of("verdict", Verdict),
        one_of("staff_state", StaffState),
    )

    id: Mapped[Id]
    account: Mapped[str] = mapped_column(Key(150))
    folder: Mapped[str] = mapped_column(Key(150))
    uidvalidity: Mapped[Big | None]
    uid: Mapped[Big | None]
    source: Mapped[Name]
    raw_sha256: Mapped[Sha256] = mapped_column(index=True)
    size: Mapped[Big]
    message_id: Mapped[Header] = mapped_column(index=True)
    received_at: Mapped[datetime] = mapped_column(index=True)
    recorded_at: Mapped[datetime]
    answerable: Mapped[bool]
    stage: Mapped[Word]
    attempts: Mapped[int] = mapped_column(server_default="0")
    claims: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime | None]
    lease_owner: Mapped[Name | None]
    lease_until: Mapped[datetime | None]
    error: Mapped[str | None]
    campaign: Mapped[Word] = mapped_column(server_default=sql_text("''"))
    kind: Mapped[Word | None]
    verdict: Mapped[Word | None]
    reason: Mapped[str] = mapped_column(server_default=sql_text("''"))
    reporting_unit: Mapped[Name | None]
    unit_source: Mapped[Word] = mapped_column(server_default=sql_text("''"))
    batch: Mapped[int | None]
    receipt_number: Mapped[Word | None] = mapped_column(index=True)
    sender: Mapped[Name | None]
    subject: Mapped[str] = mapped_column(server_default=sql_text("''"))
    duplicate_of: Mapped[int | None] = mapped_column(BIG)
    decisions: Mapped[int] = mapped_column(server_default="0")
    decided_at: Mapped[datetime | None]
    filed_at: Mapped[datetime | None]
    staff_state: Mapped[Word | None]
    edit: Mapped[int] = mapped_column(server_default="0")


class MessageContent(Base):
    """The facts read from a message and the text that a search looks through."""

    __tablename__ = "message_content"

    message_id: Mapped[MessageId] = mapped_column(primary_key=True)
    search_text: Mapped[str]
    facts: Mapped[dict[str, Any] | None]


_DOUBT = sql_text("severity = 'review' AND item_index IS NULL AND waived_at IS NULL")


class Finding(Base):
    """One thing noticed about a message; `position` is its place in the record's list. Waived findings stay."""

    __tablename__ = "finding"
    # AUTOINCREMENT: a decision writes its findings anew; what a person clicks must not have become another finding.
    __table_args__ = (
        UniqueConstraint("message_id", "position"),
        Index(None, "code"),
        Index("ix_finding_doubt", "message_id", sqlite_where=_DOUBT, postgresql_where=_DOUBT),
        one_of("severity", Severity),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    message_id: Mapped[MessageId]
    position: Mapped[int]
    code: Mapped[Word]
    severity: Mapped[Word]
    text: Mapped[str]
    item_index: Mapped[int | None]
    attachment_index: Mapped[int | None]
    field: Mapped[Word | None]
    limit: Mapped[Big | None]
    actual: Mapped[Big | None]
    evidence: Mapped[str] = mapped_column(server_default=sql_text("''"))
    waived_by: Mapped[Name | None]
    waived_at: Mapped[datetime | None]
    waived_why: Mapped[str | None]


class Attachment(Base):
    """One file of a message, or one file inside an archive of it."""

    __tablename__ = "attachment"
    __table_args__ = (one_of("role", AttachmentRole),)

    message_id: Mapped[MessageId] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    path: Mapped[list[Any]]
    size: Mapped[Big]
    sha256: Mapped[Sha256] = mapped_column(index=True)
    media_type: Mapped[Name]
    role: Mapped[Word]
    category: Mapped[Word | None]


_GIVEN_UP = sql_text("state = 'unchecked' AND tries > 0 AND next_check_at IS NULL AND settled_by IS NULL")
_WATCHED, _LOST = sql_text("watch IS NOT NULL"), sql_text("lost_state IS NOT NULL")


class Link(Base):
    """One share link of a message and what is known about it. `next_check_at` is set while a check is due. `state`: what
    the message was judged by. `watch` on: its item was accepted and it is looked at again; what is seen then changes
    `lost_state` and `lost_at` only, and `told_at` says when the unit was written about it. `history`: the checks, newest
    last."""

    __tablename__ = "link"
    __table_args__ = (
        UniqueConstraint("message_id", "position"),
        Index(None, "next_check_at"),
        Index(None, "state", "id"),
        Index("ix_link_given_up", "state", "tries", sqlite_where=_GIVEN_UP, postgresql_where=_GIVEN_UP),
        Index("ix_link_watched", "id", sqlite_where=_WATCHED, postgresql_where=_WATCHED),
        Index("ix_link_lost", "id", sqlite_where=_LOST, postgresql_where=_LOST),
        one_of("state", LinkState),
        one_of("watch", LinkWatch),
        one_of("lost_state", LinkState),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    message_id: Mapped[MessageId]
    position: Mapped[int]
    item_id: Mapped[int | None] = mapped_column(BIG, ForeignKey("item.id", ondelete="SET NULL"), index=True)
    provider: Mapped[Word]
    url: Mapped[str]
    code: Mapped[str | None]
    other_code: Mapped[str | None]
    quoted: Mapped[bool]
    expires: Mapped[str | None]
    found_in: Mapped[str]
    state: Mapped[Word]
    report: Mapped[dict[str, Any]]
    checked_at: Mapped[datetime | None]
    next_check_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    settled_by: Mapped[Name | None]
    doubtful: Mapped[bool] = mapped_column(server_default=false())
    history: Mapped[list[Any] | None]
    watch: Mapped[Word | None]
    lost_state: Mapped[Word | None]
    lost_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
