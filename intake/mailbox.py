"""The mailbox, as the daemon sees it: open a folder, list it, read mails, file them, wait for more.

One connection that comes back by itself: whatever needs one opens it, and an error closes it. Nothing is remembered
that the ledger does not know better, except hints that save a wait. Errors are those of `mailbox_errors`; how long to
stay away after one is `backoff`'s answer, and never decided here.

    with Mailbox(settings.mailbox, version) as mailbox:
        state = mailbox.open_folder("INBOX")                # FolderMissing: report it, go on with the next folder
        todo = new_uids(mailbox.uids(), known)              # a frozen list
        for outcome in mailbox.fetch_many(todo, blobs): ... # record and commit each as it comes
        mailbox.file(uid, "flag")                           # only after the work is committed
        mailbox.wait(120)
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from core.ports import BlobStore, ReadLimits
from core.settings import MailboxSettings
from intake.fetching import Fetcher, Outcome, Overview
from intake.filing import Filed, FileOutcome, NotFiled, check_after, file_mail
from intake.folder_names import Folder, encode_name, find_folder
from intake.imap_idle import after_news
from intake.imap_wire import Selected, Wire
from intake.mailbox_errors import CommandRefused, Disconnected, FolderMissing, MailboxError
from intake.uid_lists import FolderState

log = logging.getLogger(__name__)

SEARCH_AT_ONCE = 40_000  # mails; imaplib takes no line over a million bytes, and a UID may have eleven
NUMBERS_AT_ONCE = 1000  # sequence numbers in one FETCH
RENEW_AT_MOST = 25 * 60  # seconds; RFC 2177 asks for less than 29 minutes
KEEP_ALIVE = 60  # seconds between NOOPs while polling; 163 is said to hang up after 200


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the server says of itself, for `baosong check`."""

    greeting: str
    capabilities: frozenset[str]
    server_id: dict[str, str] = field(default_factory=dict)

    @property
    def can_idle(self) -> bool:
        return "IDLE" in self.capabilities

    @property
    def can_move(self) -> bool:
        return bool(self.capabilities & {"MOVE", "UIDPLUS"})


def _now() -> datetime:
    return datetime.now(UTC)


class Mailbox:
    """One account. `version` is told to the server, `limit` the bytes of a mail that is read whole, `stop` ends
    `wait` at once. Not for use by two threads at a time."""

    def __init__(self, settings: MailboxSettings, version: str, *, limit: int | None = None,
                 stop: threading.Event | None = None, clock: Callable[[], datetime] = _now) -> None:
        self._settings = settings
        self._limit = ReadLimits().message if limit is None else limit
        self._stop = stop or threading.Event()
        self._clock = clock
        self._wire = Wire(settings, version)
        self._listing: tuple[Folder, ...] | None = None
        self._resolved: dict[str, str] = {}
        self._counts: dict[str, int] = {}  # wire name -> mails there when it was last listed: a hint for `wait`
        self._losses: dict[tuple[str, int], dict[int, int]] = {}
        check_after(settings.after)

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    # -- the connection

    def connect(self) -> None:
        """Connect and log in if that is not the case. Raises LoginRefused or Unreachable."""
        if not self._wire.is_open:
            self._listing = None
            self._resolved.clear()
            self._wire.open()

    def close(self) -> None:
        """Log out. Never raises."""
        self._wire.close()

    def interrupt(self) -> None:
        """From another thread: make whatever waits for the server fail with Disconnected now. Never raises."""
        self._wire.interrupt()

    @property
    def connected(self) -> bool:
        """Whether there is a connection, as far as anybody has noticed."""
        return self._wire.is_open

    def about(self) -> ServerFacts:
        """Greeting, capabilities after the login, the server's ID."""
        self.connect()
        return ServerFacts(self._wire.greeting, self._wire.capabilities(), dict(self._wire.server_id))

    # -- folders

    def folders(self, *, again: bool = False) -> tuple[Folder, ...]:
        """Every folder of the account; cached for this connection unless `again`. Empty if the server refuses LIST."""
        self.connect()
        if self._listing is None or again:
            try:
                self._listing = self._wire.list_folders()
            except CommandRefused as refusal:
                log.warning("LIST refused: %s", refusal.server_text)
                self._listing = ()
        return self._listing

    def open_folder(self, name: str) -> FolderState:
        """Open a folder by the name people use (垃圾邮件, `\\Junk`, INBOX/报送). Raises FolderMissing if it is not
        there, with the folders that are in its reason; LoginRefused for 163's Unsafe Login; Unreachable,
        Disconnected."""
        self.connect()
        try:
            selected = self._wire.select(self._wire_name(name), name)
        except FolderMissing:
            self._resolved.pop(name, None)  # renamed or removed: look again next time
            self._listing = None
            raise
        return FolderState(name, selected.uidvalidity, selected.exists)

    def _wire_name(self, name: str) -> str:
        if name.casefold() == "inbox":
            return "INBOX"  # always there, whatever LIST says
        if name not in self._resolved:
            listing = self.folders()
            found = find_folder(name, listing) or find_folder(name, self.folders(again=True))
            if found is None and self._listing:
                there = "、".join(folder.name for folder in self._listing if folder.selectable)
                raise FolderMissing(name, f"邮箱里没有文件夹“{name}”，现有：{there[:200]}")
            self._resolved[name] = found.wire if found else encode_name(name)
        return self._resolved[name]

    # -- mails of the open folder

    def uids(self) -> tuple[int, ...]:
        """Every UID of the open folder, ascending. No UIDNEXT, charset or flag is needed.

        Where SEARCH is refused, or finds fewer mails than the folder has (Exmail), the UIDs are fetched by number.
        Large folders are walked from the end to the start, so that a mail removed meanwhile moves no other one out
        of sight.
        """
        opened = self._opened()
        found: set[int] = set()
        try:
            if opened.exists <= SEARCH_AT_ONCE:
                found.update(self._wire.search("ALL"))
            else:
                for first, last in _ranges(opened.exists, SEARCH_AT_ONCE):
                    found.update(self._wire.search(f"{first}:{last}"))
        except CommandRefused as refusal:
            log.info("SEARCH refused: %s", refusal.server_text)
        if len(found) < opened.exists:
            for first, last in _ranges(opened.exists, NUMBERS_AT_ONCE):
                try:
                    found.update(self._wire.uids_by_sequence(first, last))
                except CommandRefused as refusal:  # fewer mails than a moment ago
                    log.info("FETCH %d:%d refused: %s", first, last, refusal.server_text)
        # Not less than EXISTS, lest a mail that cannot be listed be "new" to `wait` for ever.
        self._counts[opened.wire] = max(len(found), opened.exists)
        return tuple(sorted(uid for uid in found if uid > 0))

    def overview(self, uids: Iterable[int]) -> Iterator[Overview]:
        """Size, arrival and flags of mails without their content; those that are gone are left out."""
        return self._fetcher().overview(uids)

    def fetch(self, uid: int, blobs: BlobStore) -> Outcome:
        """One mail into the blob store. Raises Disconnected, and whatever the blob store raises."""
        return next(self.fetch_many([uid], blobs))

    def fetch_many(self, uids: Iterable[int], blobs: BlobStore) -> Iterator[Outcome]:
        """Mails into the blob store, one outcome each, as they come; \\Seen stays as it is. Use no other method of
        the mailbox before the iterator is through. Raises Disconnected, and whatever the blob store raises; the
        outcomes yielded before stay good."""
        return self._fetcher().fetch_many(uids, blobs)

    def file(self, uid: int, after: str | None = None) -> FileOutcome:
        """Flag, move or leave a mail of the open folder (default: as configured). Never raises for anything the
        server does."""
        try:
            opened = self._opened()
        except Disconnected as error:
            return NotFiled(error.reason, error.server_text)
        outcome = file_mail(self._wire, opened, uid, after or self._settings.after,
                            lambda again: self.folders(again=again))
        if isinstance(outcome, Filed) and outcome.how == "moved" and opened.wire in self._counts:
            self._counts[opened.wire] -= 1
        return outcome

    # -- waiting

    def wait(self, seconds: float) -> bool:
        """Wait for mail in the first configured folder; True as soon as the server announces some, False after so
        many seconds or when `stop` is set (noticed within a second). Never raises: a poll follows anyway.

        With IDLE where it is there and `mode` asks for it, renewed every `idle_renew` seconds; else, and after any
        trouble, asleep with a NOOP now and then. Does not connect by itself.
        """
        until = time.monotonic() + seconds
        if self._settings.mode == "idle" and not self._stop.is_set():
            try:
                if self._wire.is_open and not self._wire.idle_refused and self._wire.has("IDLE"):
                    return self._idle(until)
            except MailboxError as error:
                log.info("IDLE given up until the next poll: %s", error)
        return self._doze(until)

    def _idle(self, until: float) -> bool:
        state = self.open_folder(self._settings.folders[0] if self._settings.folders else "INBOX")
        opened = self._opened()
        if state.exists > self._counts.get(opened.wire, state.exists):
            return True  # came between the listing and now
        count = state.exists
        renew = min(max(self._settings.idle_renew, 1), RENEW_AT_MOST)
        while (left := until - time.monotonic()) > 0 and not self._stop.is_set():
            told = self._wire.idle(min(left, renew), self._stop.is_set)
            count, grown = after_news(count, told)
            if grown:
                return True
            if told:
                self._stop.wait(0.2)  # a chatty server must not keep us busy
        return False

    def _doze(self, until: float) -> bool:
        selected = self._wire.selected
        count = self._counts.get(selected.wire) if selected else None
        while (left := until - time.monotonic()) > 0:
            if self._stop.wait(min(left, KEEP_ALIVE)):
                return False
            if not self._wire.is_open or until - time.monotonic() <= 1:
                continue
            try:
                told = self._wire.noop()
            except MailboxError as error:
                log.info("connection lost while waiting: %s", error)
                continue
            if count is not None:
                count, grown = after_news(count, told)
                if grown:
                    return True
        return False

    # -- inside

    def _opened(self) -> Selected:
        if self._wire.selected is None:
            raise Disconnected("没有打开的文件夹，或者连接已断开")
        return self._wire.selected

    def _fetcher(self) -> Fetcher:
        opened = self._opened()
        own = self._settings
        return Fetcher(self._wire, chunk_over=own.chunk_over, chunk=own.chunk, limit=self._limit, clock=self._clock,
                       losses=self._losses.setdefault((opened.wire, opened.uidvalidity), {}))


def _ranges(count: int, step: int) -> Iterator[tuple[int, int]]:
    """Places 1..count in pieces, the last piece first."""
    last = count
    while last > 0:
        first = max(last - step + 1, 1)
        yield first, last
        last = first - 1
