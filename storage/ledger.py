"""The ledger of messages: recorded once, claimed by one worker at a time, never lost.

From `record_received` on (commit 1) a message is work until a decision is written (`storage.deciding`) or it is held.
Work is claimed with a lease: whoever dies in the middle loses nothing, the lease runs out and another takes it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, and_, bindparam, case, cast, func, or_, select, update

from core.codec import encode
from core.facts import MessageFacts
from core.ports import Blob
from storage import find
from storage import models as m
from storage.database import Database
from storage.dialect import insert_or_ignore, upsert
from storage.errors import LeaseLost
from storage.fetch import chunks
from storage.models_base import BIG
from storage.rows import FolderRow, MessageRow, columns_of
from storage.types import UtcDateTime

MAX_CLAIMS = 10
"""Beginnings without an end after which a message is held: it seems to kill the process that reads it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """What a failed attempt led to."""

    attempts: int
    held: bool


@dataclass(frozen=True, slots=True)
class FolderBalance:
    """"Mailbox N, ledger N, difference 0" of one folder. `mailbox` None: never looked at."""

    account: str
    folder: str
    uidvalidity: int | None
    mailbox: int | None
    ledger: int
    looked_at: datetime | None


class Ledger:
    """Reads and writes table `message` up to the decision. Every method is one transaction; raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- recording -------------------------------------------------------------------------------------------------

    def record_received(
        self,
        *,
        account: str,
        folder: str,
        uidvalidity: int | None,
        uid: int | None,
        source: str,
        raw: Blob,
        message_id: str,
        received_at: datetime,
        now: datetime,
        answerable: bool = True,
    ) -> tuple[int, bool]:
        """Record a message whose bytes are in the blob store: (row id, whether it is new). Idempotent by account,
        folder, UIDVALIDITY and UID; without a UID (`import`) by account, source and bytes."""
        values = {
            "account": account, "folder": folder, "uidvalidity": uidvalidity, "uid": uid, "source": source,
            "raw_sha256": raw.sha256, "size": raw.size, "message_id": message_id, "received_at": received_at,
            "recorded_at": now, "answerable": answerable, "stage": "received",
            # Work is taken in order of this column: earlier mail first, also when years of it are imported.
            "next_attempt_at": min(received_at, now),
        }
        with self._database.write() as connection:
            row_id = insert_or_ignore(connection, m.Message, values, returning=m.Message.id)
            if row_id is not None:
                return row_id, True
            same: tuple[ColumnElement[bool], ...] = (m.Message.account == account,)
            if uid is None:
                same += (m.Message.uid.is_(None), m.Message.source == source, m.Message.raw_sha256 == raw.sha256)
            else:
                same += (m.Message.folder == folder, m.Message.uidvalidity == uidvalidity, m.Message.uid == uid)
            return connection.execute(select(m.Message.id).where(*same)).scalar_one(), False

    def known_uids(self, account: str, folder: str, uidvalidity: int) -> frozenset[int]:
        """All UIDs of this folder generation that are recorded."""
        query = select(m.Message.uid).where(
            m.Message.account == account, m.Message.folder == folder, m.Message.uidvalidity == uidvalidity
        )
        with self._database.read() as connection:
            return frozenset(uid for uid in connection.execute(query).scalars() if uid is not None)

    def relink(
        self,
        *,
        account: str,
        folder: str,
        uidvalidity: int,
        uid: int,
        source: str,
        size: int,
        raw_sha256: str | None = None,
        message_id: str = "",
    ) -> int | None:
        """After UIDVALIDITY changed: give the row of the same mail its new UID, so that it is not recorded anew. The
        same mail is one of this account and folder under another UIDVALIDITY with equal bytes, or, where the bytes are
        not at hand (`raw_sha256` None), with equal Message-ID and size. Its row id, None if there is no such row."""
        if raw_sha256 is None and not message_id:
            return None
        same = m.Message.raw_sha256 == raw_sha256 if raw_sha256 else m.Message.message_id == message_id
        older = (
            select(func.min(m.Message.id))
            .where(same, m.Message.size == size, m.Message.account == account, m.Message.folder == folder,
                   m.Message.uid.is_not(None), m.Message.uidvalidity != uidvalidity)
            .scalar_subquery()
        )
        known = select(m.Message.id).where(
            m.Message.account == account, m.Message.folder == folder, m.Message.uidvalidity == uidvalidity,
            m.Message.uid == uid,
        )
        change = (
            update(m.Message).where(m.Message.id == older)
            .values(uidvalidity=uidvalidity, uid=uid, source=source).returning(m.Message.id)
        )
        with self._database.write() as connection:
            found = connection.execute(known).scalar_one_or_none()
            return found if found is not None else connection.execute(change).scalar_one_or_none()

    def record_folder(
        self, *, account: str, folder: str, uidvalidity: int, count: int, now: datetime, note: str = ""
    ) -> None:
        """A look at the folder succeeded and saw `count` messages."""
        values = {
            "account": account, "folder": folder, "uidvalidity": uidvalidity, "last_ok_at": now, "last_count": count,
            "note": note,
        }
        with self._database.write() as connection:
            upsert(connection, m.MailboxFolder, values, ("account", "folder"))

    def find_folder(self, account: str, folder: str) -> FolderRow | None:
        """The last successful look at the folder."""
        query = select(*columns_of(FolderRow, m.MailboxFolder)).where(
            m.MailboxFolder.account == account, m.MailboxFolder.folder == folder
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else FolderRow(*row)

    def folder_balances(self) -> tuple[FolderBalance, ...]:
        """Mailbox and ledger counted against each other, one for each folder ever looked at."""
        folder, t = m.MailboxFolder, m.Tally
        counted = (
            select(func.coalesce(func.sum(t.number), 0))
            .where(t.about == "folder", t.campaign.is_(None), t.batch == func.length(folder.account),
                   t.unit == folder.account + folder.folder, t.sort == cast(folder.uidvalidity, String))
            .scalar_subquery()
        )
        query = select(
            folder.account, folder.folder, folder.uidvalidity, folder.last_count, counted, folder.last_ok_at
        ).order_by(folder.account, folder.folder)
        with self._database.read() as connection:
            return tuple(FolderBalance(*row) for row in connection.execute(query))

    # --- finding ---------------------------------------------------------------------------------------------------

    def find_message(self, row_id: int) -> MessageRow | None:
        """The message with this row id."""
        with self._database.read() as connection:
            return find.message(connection, row_id)

    def find_by_message_id(self, *message_ids: str) -> tuple[MessageRow, ...]:
        """Messages with one of these Message-IDs, oldest first. An empty one matches nothing."""
        with self._database.read() as connection:
            return find.by_message_id(connection, message_ids)

    def find_by_raw_sha256(self, sha256: str) -> tuple[MessageRow, ...]:
        """Messages with exactly these bytes, oldest first."""
        with self._database.read() as connection:
            return find.by_raw_sha256(connection, sha256)

    def find_with_files(self, sha256s: Collection[str]) -> dict[int, frozenset[str]]:
        """Which decided messages carry which of these files: row id -> SHA-256s."""
        with self._database.read() as connection:
            return find.with_files(connection, sha256s)

    def find_facts(self, row_id: int) -> MessageFacts | None:
        """The stored facts of a message; None while it was never read. Raises CodecError."""
        with self._database.read() as connection:
            return find.facts(connection, row_id)

    # --- work ------------------------------------------------------------------------------------------------------

    def claim_next_message(
        self, owner: str, now: datetime, lease: timedelta, max_claims: int = MAX_CLAIMS
    ) -> MessageRow | None:
        """Take the next message that is due, for `lease` from `now`; None if nothing is. No two owners get the same one.

        Stage `reading`: read the raw mail; `read`: the stored facts serve, only decide again. A message that was begun
        `max_claims` times and never ended is held instead.
        """
        return self._claim(_CLAIM_NEXT, {}, owner, now, lease, max_claims)

    def claim_message(self, row_id: int, owner: str, now: datetime, lease: timedelta) -> MessageRow | None:
        """Take this message if it is due and free."""
        return self._claim(_CLAIM_ONE, {"wanted": row_id}, owner, now, lease, MAX_CLAIMS)

    def _claim(
        self, claim: Any, wanted: dict[str, int], owner: str, now: datetime, lease: timedelta, max_claims: int
    ) -> MessageRow | None:
        values = {**wanted, "owner": owner, "now": now, "until": now + lease}
        with self._database.write() as connection:
            while True:
                row = connection.execute(claim, values).one_or_none()
                if row is None:
                    return None
                message = MessageRow(*row)
                if message.claims <= max_claims:
                    return message
                error = message.error or f"begun {max_claims} times and never ended: reading it seems to end the process"
                _hold(connection, message.id, error)

    def extend_lease(self, row_id: int, owner: str, now: datetime, lease: timedelta) -> bool:
        """Keep the claim for `lease` from `now`; False if it is lost."""
        until = now + lease
        change = (
            update(m.Message).where(m.Message.id == row_id, m.Message.lease_owner == owner)
            .values(
                lease_until=until,
                next_attempt_at=case(
                    (m.Message.next_attempt_at == m.Message.lease_until, until), else_=m.Message.next_attempt_at
                ),
            )
        )
        with self._database.write() as connection:
            return connection.execute(change).rowcount == 1

    def record_facts(self, row_id: int, owner: str, facts: MessageFacts, search_text: str = "") -> None:
        """Keep what was read, before the decision: a later attempt starts from here. Raises LeaseLost."""
        change = (
            update(m.Message).where(m.Message.id == row_id, m.Message.lease_owner == owner).values(stage="read")
        )
        with self._database.write() as connection:
            if connection.execute(change).rowcount != 1:
                raise LeaseLost(f"message {row_id} is no longer claimed by {owner}")
            values = {"message_id": row_id, "facts": encode(facts), "search_text": search_text}
            upsert(connection, m.MessageContent, values, ("message_id",), only=("facts",))

    def release_message(self, row_id: int, owner: str, now: datetime) -> bool:
        """Give a claimed message back untouched (shutdown, or a failure that is not the mail's); False if lost."""
        change = (
            update(m.Message).where(m.Message.id == row_id, m.Message.lease_owner == owner)
            .values(lease_owner=None, lease_until=None, next_attempt_at=_its_place(now), stage=_WAITING_STAGE,
                    claims=case((m.Message.claims > 0, m.Message.claims - 1), else_=0))
        )
        with self._database.write() as connection:
            return connection.execute(change).rowcount == 1

    def free_claims_of(self, owner: str, now: datetime) -> int:
        """Give back what a process had claimed that is certainly gone; how many there were. They keep count of their claims: one
        of them may have ended it."""
        t = m.Message
        change = (
            update(t)
            .where(t.next_attempt_at.is_not(None), or_(t.lease_owner == owner, t.lease_owner.startswith(f"{owner}/", autoescape=True)))
            .values(lease_owner=None, lease_until=None, next_attempt_at=_its_place(now), stage=_WAITING_STAGE)
        )
        with self._database.write() as connection:
            return connection.execute(change).rowcount

    def mark_failed_attempt(
        self, row_id: int, owner: str, error: str, now: datetime, next_at: datetime, limit: int = 3
    ) -> Failed:
        """The mail itself made an attempt fail with `error` (a traceback): try again at `next_at`, or hold it for staff
        at the `limit`th time. Raises LeaseLost."""
        change = (
            update(m.Message).where(m.Message.id == row_id, m.Message.lease_owner == owner)
            .values(lease_owner=None, lease_until=None, next_attempt_at=max(next_at, now), stage=_WAITING_STAGE,
                    attempts=m.Message.attempts + 1, claims=0, error=error)
            .returning(m.Message.attempts)
        )
        with self._database.write() as connection:
            attempts = connection.execute(change).scalar_one_or_none()
            if attempts is None:
                raise LeaseLost(f"message {row_id} is no longer claimed by {owner}")
            if attempts >= limit:
                _hold(connection, row_id, error)
            return Failed(attempts, attempts >= limit)

    def requeue(self, row_ids: Collection[int], now: datetime, *, read_again: bool) -> int:
        """Make messages work again: `read_again` from the raw mail, else from the stored facts (where there are any).
        How many there were. A message in another worker's hands is taken up again after that."""
        with self._database.write() as connection:
            return requeue(connection, row_ids, now, read_again=read_again)

    # --- filing ----------------------------------------------------------------------------------------------------

    def unfiled(self, account: str, limit: int = 500) -> tuple[MessageRow, ...]:
        """Decided messages of this account whose flag or move in the mailbox is still to be done, oldest first."""
        query = (
            select(*columns_of(MessageRow, m.Message))
            .where(m.Message.filed_at.is_(None), m.Message.decided_at.is_not(None), m.Message.account == account,
                   m.Message.uid.is_not(None))
            .order_by(m.Message.decided_at).limit(limit)
        )
        with self._database.read() as connection:
            return tuple(MessageRow(*row) for row in connection.execute(query))

    def mark_filed(self, row_ids: Collection[int], now: datetime) -> None:
        """The messages were flagged or moved in the mailbox, or are no longer there."""
        with self._database.write() as connection:
            for part in chunks(row_ids):
                connection.execute(update(m.Message).where(m.Message.id.in_(part)).values(filed_at=now))


def _claiming(*conditions: ColumnElement[bool]) -> Any:
    """UPDATE that claims the first due message that meets the conditions. Parameters: `owner`, `now`, `until`."""
    t = m.Message
    now, until = bindparam("now", type_=UtcDateTime()), bindparam("until", type_=UtcDateTime())
    due = (
        select(t.id).where(t.next_attempt_at <= now, or_(t.lease_until.is_(None), t.lease_until <= now), *conditions)
        .order_by(t.next_attempt_at, t.received_at, t.id).limit(1).with_for_update(skip_locked=True)
    )
    return (
        update(t).where(t.id == due.scalar_subquery())
        .values(
            lease_owner=bindparam("owner", type_=t.lease_owner.type), lease_until=until,
            # Equal to the lease's end until somebody asks for the message again: see `storage.deciding`.
            next_attempt_at=until, claims=t.claims + 1,
            stage=case((t.stage == "received", "reading"), else_=t.stage),
        )
        .returning(*columns_of(MessageRow, t))
    )


# Built once: building such a statement takes longer than running it.
_CLAIM_NEXT = _claiming()
_CLAIM_ONE = _claiming(m.Message.id == bindparam("wanted", type_=BIG))
def _its_place(now: datetime) -> Any:
    """`next_attempt_at` of a mail that is given back: due, and in the line where it stood when it came in."""
    t = m.Message
    return case((and_(t.decisions == 0, t.received_at < now), t.received_at), else_=now)


_WAITING_STAGE = case((m.Message.stage == "reading", "received"), else_=m.Message.stage)


def _hold(connection: Connection, row_id: int, error: str) -> None:
    connection.execute(
        update(m.Message).where(m.Message.id == row_id)
        .values(stage="held", verdict="held", error=error, next_attempt_at=None, lease_owner=None, lease_until=None,
                edit=m.Message.edit + 1)
    )


def requeue(connection: Connection, row_ids: Collection[int], now: datetime, *, read_again: bool) -> int:
    """`Ledger.requeue` inside a transaction that is already open."""
    has_facts = (
        select(m.MessageContent.message_id)
        .where(m.MessageContent.message_id == m.Message.id, m.MessageContent.facts.is_not(None)).exists()
    )
    # A message that was never read, or is being read at this moment, keeps its stage.
    stage = case((m.Message.stage.in_(("received", "reading")), m.Message.stage), (has_facts, "read"), else_="received")
    count = 0
    for part in chunks(row_ids):
        change = update(m.Message).where(m.Message.id.in_(part)).values(
            stage="received" if read_again else stage, next_attempt_at=now, attempts=0, claims=0, error=None,
            edit=m.Message.edit + 1,
        )
        count += connection.execute(change).rowcount
    return count
