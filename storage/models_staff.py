"""Tables of the office and its watch: who may do what, who did what, what is wrong, who is alive."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models_base import BIG, Base, Id, Name, Sha256, Word, one_of

StaffRole = Literal["view", "process", "admin"]
"""查看, 处理, 管理"""
NoticeState = Literal["waiting", "sending", "sent", "failed"]


class Audit(Base):
    """Who did what to which row, when and why. Never changed, never deleted."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "object_kind", "object_id", "id"), Index(None, "at"))

    id: Mapped[Id]
    at: Mapped[datetime]
    who: Mapped[Name]
    action: Mapped[Word]
    object_kind: Mapped[Word]
    object_id: Mapped[int | None] = mapped_column(BIG)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    why: Mapped[str] = mapped_column(server_default=sql_text("''"))


class Alert(Base):
    """Something a person must look at. One open row for each code, counted up while it lasts; `seen_by`: somebody of the
    staff knows of it, though it is not over."""

    __tablename__ = "alert"
    __table_args__ = (
        Index("uq_alert_open", "code", unique=True, sqlite_where=sql_text("resolved_at IS NULL"),
              postgresql_where=sql_text("resolved_at IS NULL")),
    )

    id: Mapped[Id]
    code: Mapped[Name]
    text: Mapped[str]
    at: Mapped[datetime]
    last_at: Mapped[datetime]
    count: Mapped[int] = mapped_column(server_default="1")
    resolved_at: Mapped[datetime | None]
    notified_at: Mapped[datetime | None]
    seen_by: Mapped[Name | None]
    seen_at: Mapped[datetime | None]


class Notice(Base):
    """One message to staff on one channel (mail, dingtalk, wecom, feishu): alerts that were raised or are over, or the
    digest of a day. `key` says which, so that no message is made twice for a channel whatever dies in between.
    `content`: what it tells, as JSON by `core.codec`; worded when it is sent, always alike. Claimed like a letter."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("key", "channel"),
        Index(None, "state", "next_attempt_at", "id"),
        Index(None, "kind", "created_at"),
        one_of("state", NoticeState),
    )

    id: Mapped[Id]
    key: Mapped[Name]
    channel: Mapped[Word]
    kind: Mapped[Word]
    state: Mapped[Word]
    content: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime | None]
    claimed_by: Mapped[Name | None]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    response: Mapped[str | None]


class Heartbeat(Base):
    """The last sign of life of a job."""

    __tablename__ = "heartbeat"

    name: Mapped[Name] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]


class StaffUser(Base):
    """An account for the staff pages. `password`: the hash as text (argon2), never the password."""

    __tablename__ = "staff_user"
    __table_args__ = (one_of("role", StaffRole),)

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(unique=True)
    password: Mapped[str]
    role: Mapped[Word]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    failed_logins: Mapped[int] = mapped_column(server_default="0")
    locked_until: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]


class StaffSession(Base):
    """A signed-in browser, by the SHA-256 of its token: who reads the database cannot sign in with it."""

    __tablename__ = "staff_session"

    token_sha256: Mapped[Sha256] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BIG, ForeignKey("staff_user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    detail: Mapped[dict[str, Any]]


class ApiToken(Base):
    """A script's key to the staff pages, by the SHA-256 of the token."""

    __tablename__ = "api_token"

    id: Mapped[Id]
    name: Mapped[Name]
    token_sha256: Mapped[Sha256] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(BIG, ForeignKey("staff_user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
