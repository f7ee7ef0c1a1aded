"""Accounts of the staff pages, their sessions and script keys. Passwords and tokens come here only as hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, insert, or_, select, update

from core.codec import Json
from core.records import PROGRAM, AuditRecord
from storage import models as m
from storage.audit import write_audit
from storage.database import Database
from storage.errors import Conflict, NotFound
from storage.models_staff import StaffRole
from storage.rows import UserRow, columns_of

LOCK_AFTER, LOCK_FOR = 5, timedelta(minutes=15)
"""How many wrong passwords in a row an account bears, and how long it then rests."""
SEEN_EVERY = timedelta(minutes=1)
"""A session's last sight is written at most this often: looking at pages must not become writing."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A valid session with its user."""

    user: UserRow
    created_at: datetime
    expires_at: datetime
    detail: Mapping[str, Json]
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A script's key, without the key."""

    id: int
    name: str
    user_id: int
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None


class Accounts:
    """Reads and writes tables `staff_user`, `staff_session`, `api_token`. Every method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- users -----------------------------------------------------------------------------------------------------

    def add_user(self, name: str, password: str, role: StaffRole, now: datetime, who: str) -> int:
        """A new account (`password`: its hash). Its id. Raises Conflict if the name is taken."""
        values = {"name": name, "password": password, "role": role, "created_at": now}
        with self._database.write() as connection:
            if connection.execute(select(m.StaffUser.id).where(m.StaffUser.name == name)).first() is not None:
                raise Conflict(f"an account {name!r} exists already")
            user_id: int = connection.execute(
                insert(m.StaffUser).values(**values).returning(m.StaffUser.id)
            ).scalar_one()
            write_audit(connection, now, (AuditRecord("add", "user", user_id, after={"name": name, "role": role},
                                                      who=who),))
            return user_id

    def users(self) -> tuple[UserRow, ...]:
        """All accounts by name."""
        query = select(*columns_of(UserRow, m.StaffUser)).order_by(m.StaffUser.name)
        with self._database.read() as connection:
            return tuple(UserRow(*row) for row in connection.execute(query))

    def find_user(self, name: str) -> UserRow | None:
        """The account with this name, a disabled or locked one too."""
        query = select(*columns_of(UserRow, m.StaffUser)).where(m.StaffUser.name == name)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else UserRow(*row)

    def set_password(self, name: str, password: str, now: datetime, who: str) -> None:
        """Another password (its hash); all sessions end. Raises NotFound."""
        self._change(name, now, who, "password", {"password": password, "failed_logins": 0, "locked_until": None})

    def set_role(self, name: str, role: StaffRole, now: datetime, who: str) -> None:
        """Another role; all sessions end. Raises NotFound."""
        self._change(name, now, who, "role", {"role": role}, {"role": role})

    def disable_user(self, name: str, now: datetime, who: str) -> None:
        """The account may no longer sign in; all sessions end. Raises NotFound."""
        self._change(name, now, who, "disable", {"disabled_at": now})

    def enable_user(self, name: str, now: datetime, who: str) -> None:
        """The account may sign in again. Raises NotFound."""
        self._change(name, now, who, "enable", {"disabled_at": None, "failed_logins": 0, "locked_until": None})

    def remove_user(self, name: str, now: datetime, who: str) -> None:
        """Delete the account with its sessions and keys; its name stays in the audit trail. Raises NotFound."""
        with self._database.write() as connection:
            user_id = connection.execute(
                delete(m.StaffUser).where(m.StaffUser.name == name).returning(m.StaffUser.id)
            ).scalar_one_or_none()
            if user_id is None:
                raise NotFound(f"no account {name!r}")
            write_audit(connection, now, (AuditRecord("remove", "user", user_id, before={"name": name}, who=who),))

    def _change(
        self, name: str, now: datetime, who: str, action: str, values: dict[str, Any],
        shown: dict[str, Json] | None = None,
    ) -> None:
        with self._database.write() as connection:
            user_id = connection.execute(
                update(m.StaffUser).where(m.StaffUser.name == name).values(**values).returning(m.StaffUser.id)
            ).scalar_one_or_none()
            if user_id is None:
                raise NotFound(f"no account {name!r}")
            connection.execute(delete(m.StaffSession).where(m.StaffSession.user_id == user_id))
            write_audit(connection, now, (AuditRecord(action, "user", user_id, after=shown, who=who),))

    def record_login(
        self, name: str, now: datetime, *, success: bool, address: str = "", lock_after: int = LOCK_AFTER,
        lock_for: timedelta = LOCK_FOR,
    ) -> None:
        """A sign-in succeeded, or failed; after `lock_after` failures in a row the account rests for `lock_for`. The
        audit trail tells of successes and of locks, with the address. Nothing happens for an unknown name."""
        t = m.StaffUser
        if success:
            values: dict[str, Any] = {"failed_logins": 0, "locked_until": None, "last_login_at": now}
        else:
            spent = t.failed_logins + 1 >= lock_after
            values = {
                "failed_logins": case((spent, 0), else_=t.failed_logins + 1),
                "locked_until": case((spent, now + lock_for), else_=t.locked_until),
            }
        with self._database.write() as connection:
            row = connection.execute(
                update(t).where(t.name == name).values(**values).returning(t.id, t.failed_logins, t.locked_until)
            ).one_or_none()
            if row is None:
                return
            locked = not success and row.failed_logins == 0 and row.locked_until is not None and row.locked_until > now
            if success or locked:
                action, who = ("login", name) if success else ("lock", PROGRAM)
                after: dict[str, Json] = {"name": name, "address": address}
                write_audit(connection, now, (AuditRecord(action, "user", row.id, after=after, who=who),))

    # --- sessions --------------------------------------------------------------------------------------------------

    def open_session(
        self, user_id: int, token_sha256: str, now: datetime, expires_at: datetime,
        detail: Mapping[str, Json] | None = None,
    ) -> None:
        """A user signed in. Ended sessions of anybody are cleared away."""
        values = {
            "token_sha256": token_sha256, "user_id": user_id, "created_at": now, "expires_at": expires_at,
            "seen_at": now, "detail": dict(detail or {}),
        }
        with self._database.write() as connection:
            connection.execute(delete(m.StaffSession).where(m.StaffSession.expires_at <= now))
            connection.execute(insert(m.StaffSession).values(**values))

    def find_session(self, token_sha256: str, now: datetime, idle: timedelta | None = None) -> SessionRow | None:
        """The session of this token if it still runs, was used within `idle`, and its user may sign in."""
        s = m.StaffSession
        query = (
            select(*columns_of(UserRow, m.StaffUser), s.created_at.label("begun"), s.expires_at, s.detail, s.seen_at)
            .join(m.StaffUser, m.StaffUser.id == s.user_id)
            .where(s.token_sha256 == token_sha256, s.expires_at > now, m.StaffUser.disabled_at.is_(None))
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        *user, created_at, expires_at, detail, seen_at = row
        if idle is not None and now - seen_at > idle:
            return None
        if now - seen_at >= SEEN_EVERY:
            with self._database.write() as connection:
                connection.execute(update(s).where(s.token_sha256 == token_sha256).values(seen_at=now))
        return SessionRow(UserRow(*user), created_at, expires_at, detail, seen_at)

    def close_session(self, token_sha256: str) -> None:
        """Sign out."""
        with self._database.write() as connection:
            connection.execute(delete(m.StaffSession).where(m.StaffSession.token_sha256 == token_sha256))

    # --- script keys -----------------------------------------------------------------------------------------------

    def add_token(
        self, name: str, token_sha256: str, user_id: int, now: datetime, who: str, expires_at: datetime | None = None
    ) -> int:
        """A new key that acts as this user. Its id."""
        values = {
            "name": name, "token_sha256": token_sha256, "user_id": user_id, "created_at": now, "expires_at": expires_at,
        }
        with self._database.write() as connection:
            token_id: int = connection.execute(
                insert(m.ApiToken).values(**values).returning(m.ApiToken.id)
            ).scalar_one()
            write_audit(connection, now, (AuditRecord("add", "token", token_id, after={"name": name}, who=who),))
            return token_id

    def tokens(self) -> tuple[TokenRow, ...]:
        """All keys, oldest first."""
        query = select(*columns_of(TokenRow, m.ApiToken)).order_by(m.ApiToken.id)
        with self._database.read() as connection:
            return tuple(TokenRow(*row) for row in connection.execute(query))

    def find_token_user(self, token_sha256: str, now: datetime) -> UserRow | None:
        """The user a key acts as, if key and user are valid."""
        t = m.ApiToken
        valid: tuple[ColumnElement[bool], ...] = (
            t.token_sha256 == token_sha256, t.revoked_at.is_(None), or_(t.expires_at.is_(None), t.expires_at > now),
            m.StaffUser.disabled_at.is_(None),
        )
        query = (
            select(t.id, t.used_at, *columns_of(UserRow, m.StaffUser))
            .join(m.StaffUser, m.StaffUser.id == t.user_id).where(*valid)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        token_id, used_at, *user = row
        if used_at is None or now - used_at >= SEEN_EVERY:
            with self._database.write() as connection:
                connection.execute(update(t).where(t.id == token_id).values(used_at=now))
        return UserRow(*user)

    def revoke_token(self, token_id: int, now: datetime, who: str) -> None:
        """The key serves no longer. Raises NotFound."""
        with self._database.write() as connection:
            change = update(m.ApiToken).where(m.ApiToken.id == token_id).values(revoked_at=now)
            if connection.execute(change).rowcount != 1:
                raise NotFound(f"no key {token_id}")
            write_audit(connection, now, (AuditRecord("revoke", "token", token_id, who=who),))
