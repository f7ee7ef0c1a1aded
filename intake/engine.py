"""The engine: everything intake needs, put together once from the settings, and the few verbs others call.

`once` is one full cycle; `intake.daemon` repeats it on a clock. Both do the same work through the same functions.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.campaign import Campaign
from core.decide import Rules
from core.register import Register
from core.settings import Settings
from intake.alerting import Herald, tell
from intake.cycle import Cycle, Poll
from intake.importing import FoundMail, Imported, ReceivedAt, find_mails, import_mail
from intake.link_job import recheck_links
from intake.link_watch_job import WatchDesk, follow_losses, plan_looks
from intake.looking import Checker, Looker
from intake.mailbox import Mailbox
from intake.mailbox_errors import LoginRefused, MailboxError
from intake.pipeline import Line, Pipeline
from intake.reading import IsolatedReader, Reader, ReadSetup, hung_after
from intake.recording import Office
from intake.sending import Post, send_due
from intake.watching import FOLDER, LOGIN, REACH, SILENT, Watched, disk_free_mb, look_after
from notifier.own_words import Stationery
from notifier.sender import SmtpSender
from storage.alive import SignOfLife, alive_folder
from storage.blobs import FileBlobStore
from storage.clock import DatabaseClock
from storage.database import Database, open_database
from storage.ledger import Ledger
from storage.link_queue import LinkQueue
from storage.link_watch import LinkWatch
from storage.locks import poll_lock
from storage.migrate import upgrade
from storage.notices import Notices
from storage.outbox import Outbox
from storage.watch import Watch

log = logging.getLogger(__name__)

FIRST_START = "first-start"
"""Heartbeat that remembers when this installation first looked at its mailbox."""


AHEAD = 4
"""Mails in hand for each reading process: who waits for an earlier mail of another worker reads on meanwhile
(`bench/workers.py`)."""
PLAN_LOOKS_EVERY = timedelta(minutes=10)
"""How often links of accepted items are put on the calendar of those looked at again."""


def utc_now() -> datetime:
    """The clock of the running program."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Setup:
    """What the composition root hands down. `blank_forms`: category key -> bytes; `checker`: asks the share service."""

    settings: Settings
    campaign: Campaign
    register: Register
    database_url: str
    blobs: Path
    version: str
    blank_forms: Mapping[str, bytes] = field(default_factory=dict)
    templates: Path | None = None
    clock: Callable[[], datetime] = utc_now
    checker: Checker | None = None


@dataclass
class Report:
    """What one cycle did."""

    fetched: int = 0
    processed: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    filed: int = 0
    links: int = 0
    missing: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Engine:
    """One process's engine. `close` when done; also a context manager."""

    def __init__(self, setup: Setup, reader: Reader | None = None) -> None:
        self.setup = setup
        self.stop = threading.Event()
        self.wake = threading.Event()
        settings = setup.settings
        # Containers of one image may share a host name and a process number: what is claimed needs a mark of its own.
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.database: Database = open_database(setup.database_url)
        upgrade(self.database)
        if self.database.kind == "postgresql" and setup.clock is utc_now:
            self.setup = setup = replace(setup, clock=DatabaseClock(self.database))
        self.blobs = FileBlobStore(setup.blobs)
        self.ledger, self.outbox = Ledger(self.database), Outbox(self.database)
        self.watch, self.queue = Watch(self.database), LinkQueue(self.database)
        self.sign = SignOfLife(alive_folder(self.database, setup.blobs), self.owner, one_host=self.database.kind != "sqlite")
        self.begun = setup.clock()
        self._looks_planned: datetime | None = None
        self.stationery = Stationery(setup.templates, setup.campaign)
        self.office = Office(self._rules(), settings.answers, settings.smtp, self._blank_form, self.stationery)
        self._reader = reader
        self._sending = threading.Lock()  # one SMTP session, one thread at a time
        self.sender = SmtpSender(settings.smtp) if settings.smtp.host else None
        self.checker = setup.checker if settings.links.check else None
        self.looker = Looker(self.checker, settings.links, setup.campaign.share_provider)
        self.mailbox = Mailbox(
            settings.mailbox, setup.version, limit=settings.limits.message, stop=self.wake, clock=setup.clock
        )

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything; never raises for what is already gone."""
        self.mailbox.close()
        if self.sender is not None:
            self.sender.close()
        if self._reader is not None:
            self._reader.close()
        self.sign.end()
        self.database.close()

    def _rules(self) -> Rules:
        settings = self.setup.settings
        own = {settings.mailbox.user, settings.smtp.user, settings.smtp.from_address, *settings.answers.own_addresses}
        own.add(self.setup.campaign.office.mailbox)
        return Rules(
            campaign=self.setup.campaign,
            register=self.setup.register,
            own_addresses=frozenset(address.lower() for address in own if address),
            grace=timedelta(minutes=settings.answers.grace),
            links_checked=settings.links.check and self.setup.checker is not None,
        )

    def _blank_form(self, category: str) -> bytes:
        return self.setup.blank_forms[category]

    @property
    def reader(self) -> Reader:
        """The reading processes, started when first needed."""
        if self._reader is None:
            settings = self.setup.settings
            setup = ReadSetup(
                self.setup.campaign, settings.limits, self.setup.blobs, settings.scan.ocr, settings.scan.seals
            )
            self._reader = IsolatedReader(setup, settings.workers.processes)
        return self._reader

    # Verbs --------------------------------------------------------------------------------------------------------

    def since(self) -> datetime:
        """From when on mail may be answered: as configured, else the moment this installation first started."""
        configured = self.setup.settings.mailbox.since
        if configured is not None:
            return configured
        for beat in self.watch.heartbeats():
            if beat.name == FIRST_START:
                return beat.at
        now = self.setup.clock()
        self.watch.beat(FIRST_START, now)
        log.warning("mailbox.since is not set: mail that arrived before %s is recorded and never answered", now)
        return now

    def poll(self) -> Poll:
        """Fetch what is new, one process at a time for one account. Raises MailboxError, StorageError."""
        mailbox = self.setup.settings.mailbox
        with poll_lock(self.database, mailbox.user) as lock:
            if lock is None:
                log.info("another process polls %s just now", mailbox.user)
                return Poll()
            return self.cycle().poll()

    def polled(self, poll: Poll) -> None:
        """A look at the mailbox succeeded: what was wrong with it is over, save for folders that are missing."""
        now = self.setup.clock()
        for code in (LOGIN, REACH, SILENT):
            self.watch.resolve_alert(code, now)
        if poll.missing:
            self.watch.raise_alert(FOLDER, "；".join(poll.missing), now)
        else:
            self.watch.resolve_alert(FOLDER, now)

    def _poll_once(self) -> Poll:
        """`poll` for a single cycle: nobody tries again, so staff are told at the first failure."""
        try:
            poll = self.poll()
        except LoginRefused as error:
            self.watch.raise_alert(LOGIN, f"{error.reason}。{error.advice}", self.setup.clock())
            self.tell()
            raise
        except MailboxError as error:
            self.watch.raise_alert(REACH, f"邮箱服务器连接未成功：{error.reason}", self.setup.clock())
            self.tell()
            raise
        self.polled(poll)
        return poll

    def cycle(self) -> Cycle:
        mailbox = self.setup.settings.mailbox
        return Cycle(
            self.mailbox, self.ledger, self.blobs, mailbox.user, mailbox.folders, mailbox.after, self.since(), self.setup.clock
        )

    def line(self, fit: Callable[[], bool] = lambda: True) -> Line:
        """What a pipeline of this engine runs on."""
        workers = self.setup.settings.workers
        return Line(
            self.database, self.ledger, self.outbox, self.reader, self.looker, self.office, self.setup.clock, self.owner,
            workers.attempts, workers.processes * AHEAD, fit, self._free_the_dead, hung_after(self.setup.settings.limits),
        )

    def _free_the_dead(self) -> None:
        """What a killed process of this machine had in hand is work again at once. Raises StorageError."""
        self.sign.give()
        freed = self.sign.bury(lambda owner: self.ledger.free_claims_of(owner, self.setup.clock()))
        if freed:
            log.warning("%s mails were in the hands of a process that is gone", freed)

    def process(self) -> int:
        """Steps 2 to 7 for every mail that is due; how many."""
        return Pipeline(self.line()).work(self.stop.is_set)

    def send(self) -> dict[str, int]:
        """Step 8 for every letter that is due."""
        post = Post(
            self.outbox, self.ledger, self.watch, self.blobs, self.office, self.sender, self.setup.clock, self.owner
        )
        with self._sending:
            return send_due(post, self.stop.is_set)

    def recheck(self) -> int:
        """Ask again about links that are due; how many."""
        if self.checker is None:
            return self.queue.release_waiting(self.setup.clock())  # nobody will ever answer what they wait for
        desk = WatchDesk(
            LinkWatch(self.database), self.ledger, self.watch, self.office, self.setup.settings.links, self.setup.clock
        )
        now = self.setup.clock()
        if self._looks_planned is None or not timedelta() <= now - self._looks_planned < PLAN_LOOKS_EVERY:
            plan_looks(desk)
            self._looks_planned = now
        count = recheck_links(self.queue, self.looker, desk, self.setup.clock, self.stop.is_set)
        follow_losses(desk)
        return count

    def look_after(self) -> None:
        """Raise and end alerts about the whole: silence, disk, mails held, rates, templates, deadlines."""
        setup = self.setup
        look_after(Watched(
            self.database, self.watch, setup.settings, setup.campaign, setup.register.bureaus_first(), self.stationery,
            setup.blobs, setup.clock, self.begun,
        ))  # fmt: skip

    def tell(self) -> dict[str, int]:
        """Tell staff what is to be told: alerts, the daily digest."""
        setup = self.setup
        return tell(Herald(
            Notices(self.database), self.watch, setup.settings, setup.campaign, setup.register.bureaus_first(), self.sender,
            setup.clock, self.owner, lambda: disk_free_mb(setup.blobs),
        ))  # fmt: skip

    def once(self, *, send: bool = True, fetch: bool = True) -> Report:
        """One full cycle: everything that is due is done when it returns. Raises MailboxError, StorageError."""
        report = Report()
        while True:
            poll = self._poll_once() if fetch else Poll()
            report.fetched += poll.new
            report.missing, report.failed = poll.missing, poll.failed
            report.processed += self.process()
            if not poll.more or self.stop.is_set():
                break
        report.links = self.recheck()
        report.processed += self.process()
        if send:
            report.sent = self.send()
        if fetch:
            report.filed = self.cycle().file()
        self.look_after()
        if send:
            self.tell()
        return report

    def import_files(self, paths: Iterable[Path], received_at: ReceivedAt) -> Iterator[Imported]:
        """Record every mail in these files and folders; nothing is processed yet."""
        for found in find_mails(paths):
            if isinstance(found, FoundMail):
                yield import_mail(
                    found, self.ledger, self.blobs, received_at, self.setup.clock(), self.setup.settings.mailbox.since
                )
            else:
                yield found
