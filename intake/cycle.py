"""Steps 1 and 9: what lies in the mailbox and not in the ledger is fetched; what is decided is flagged or moved.

The whole UID list of every folder is compared with the ledger each time, so nothing that arrived during an outage is
skipped. Commit 1 (`record_received`) comes before anything else is done with a mail.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from core.ports import Blob, BlobStore
from intake.fetching import Fetched, Outcome, TooLarge, Unfetchable
from intake.filing import Filed
from intake.mailbox import Mailbox
from intake.mailbox_errors import FolderMissing
from intake.uid_lists import FolderState, LedgerState, ValidityChanged, compare, new_uids
from storage.ledger import Ledger

log = logging.getLogger(__name__)

COUNT_LIMIT = 500
"""Mails fetched before the others get their turn (answers, other folders)."""


@dataclass
class Poll:
    """What one look at the mailbox brought. `missing`, `failed`: sentences for staff."""

    new: int = 0
    relinked: int = 0
    more: bool = False
    missing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Cycle:
    """One account's folders against the ledger. `since`: mail that arrived before is recorded and never answered."""

    mailbox: Mailbox
    ledger: Ledger
    blobs: BlobStore
    account: str
    folders: tuple[str, ...]
    after: str
    since: datetime
    clock: Callable[[], datetime]

    def poll(self) -> Poll:
        """Look at every folder and fetch what is new. A folder that is missing costs only itself. Raises LoginRefused,
        Unreachable, Disconnected: the poll's trouble, not a mail's."""
        outcome = Poll()
        self.mailbox.connect()
        for name in self.folders:
            try:
                self._folder(name, outcome)
            except FolderMissing as error:
                log.warning("%s", error)
                outcome.missing.append(error.reason)
        return outcome

    def _folder(self, name: str, outcome: Poll) -> None:
        state = self.mailbox.open_folder(name)
        uids = self.mailbox.uids()
        seen = self.ledger.find_folder(self.account, name)
        known = self.ledger.known_uids(self.account, name, state.uidvalidity)
        fresh = new_uids(uids, known)
        if isinstance(compare(state, LedgerState(seen.uidvalidity if seen else None)), ValidityChanged):
            log.warning("UIDVALIDITY of %s is now %s: known mails are recognised by Message-ID and content", name, state.uidvalidity)
        if fresh:
            log.info("%s: %d new of %d", name, len(fresh), len(uids))
        batch = fresh[:COUNT_LIMIT]
        before = outcome.new + outcome.relinked
        for fetched in self._fetch(batch):
            self._record(state, fetched, outcome)
        # A batch of nothing but mails that the server will not hand over must not be asked for in a loop.
        moved = outcome.new + outcome.relinked > before
        outcome.more = outcome.more or (moved and len(fresh) > len(batch))
        self.ledger.record_folder(
            account=self.account, folder=name, uidvalidity=state.uidvalidity, count=len(uids), now=self.clock()
        )

    def _fetch(self, uids: Iterable[int]) -> Iterator[Outcome]:
        frozen = tuple(uids)
        return self.mailbox.fetch_many(frozen, self.blobs) if frozen else iter(())

    def _record(self, state: FolderState, fetched: Outcome, outcome: Poll) -> None:
        if isinstance(fetched, Unfetchable):
            outcome.failed.append(f"{state.name} UID {fetched.uid}：{fetched.reason}")
            return
        if not isinstance(fetched, Fetched | TooLarge):
            return  # gone before we came
        source = f"{state.name};{state.uidvalidity};{fetched.uid}"
        raw = fetched.blob if isinstance(fetched, Fetched) else Blob(fetched.blob.sha256, fetched.size)
        # After UIDVALIDITY changed, or after we moved it between watched folders, the mail is an old acquaintance.
        row = self.ledger.relink(
            account=self.account, folder=state.name, uidvalidity=state.uidvalidity, uid=fetched.uid, source=source,
            size=raw.size, raw_sha256=raw.sha256, message_id=fetched.message_id or "",
        )
        if row is not None:
            outcome.relinked += 1
            return
        _, new = self.ledger.record_received(
            account=self.account, folder=state.name, uidvalidity=state.uidvalidity, uid=fetched.uid, source=source,
            raw=raw, message_id=fetched.message_id or "", received_at=fetched.internaldate.astimezone(UTC),
            now=self.clock(), answerable=fetched.internaldate >= self.since,
        )
        outcome.new += new

    def file(self) -> int:
        """Flag or move what is decided, folder by folder; best effort, idempotent. How many were filed."""
        if self.after == "none":
            rows = self.ledger.unfiled(self.account)
            self.ledger.mark_filed([row.id for row in rows], self.clock())
            return len(rows)
        done: list[int] = []
        by_folder: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for row in self.ledger.unfiled(self.account):
            if row.uid is not None and row.uidvalidity is not None:
                by_folder.setdefault((row.folder, row.uidvalidity), []).append((row.id, row.uid))
        for (folder, validity), pairs in by_folder.items():
            done += self._file_folder(folder, validity, pairs)
        return len(done)

    def _file_folder(self, folder: str, validity: int, pairs: list[tuple[int, int]]) -> list[int]:
        try:
            state = self.mailbox.open_folder(folder)
        except FolderMissing as error:
            log.warning("cannot file: %s", error)
            return []
        if state.uidvalidity != validity:
            return []  # the next poll gives these rows their new UIDs
        done = []
        for row_id, uid in pairs:
            outcome = self.mailbox.file(uid)
            if isinstance(outcome, Filed):
                done.append(row_id)
            else:
                log.warning("message %s not filed: %s", row_id, outcome.reason)
        self.ledger.mark_filed(done, self.clock())
        return done
