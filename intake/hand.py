"""The mails that one process has in hand. Their claims are kept alive while it works on them, so that a lease may be short:
what a killed process held is free again two minutes later at the latest, and a mail that takes an hour to read is taken from
nobody. A process in which nothing gets done any more keeps nothing.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from core.facts import MessageFacts
from storage.errors import StorageError
from storage.ledger import Ledger
from storage.rows import MessageRow

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
RENEW = 20.0
"""Seconds between two renewals: several may fail before a lease runs out."""

_CLAIMS = itertools.count(1)


@dataclass(eq=False)
class InHand:
    """A claimed mail. `owner`: the mark of this very claim; a claim of the same process that ran out is another's.
    `reading`: None where the stored facts serve. `lost`: the claim is gone. `waits_since`: since when an earlier mail of
    another worker keeps it from being decided (`time.monotonic`)."""

    row: MessageRow
    owner: str
    reading: Future[MessageFacts] | None = None
    lost: bool = False
    waits_since: float | None = None


@dataclass
class Hand:
    """A context manager: at its end whatever is still held is given back. `hung_after`: seconds without any progress after which
    claims are renewed no more; `stirred`: when the reader last finished something (`time.monotonic`)."""

    ledger: Ledger
    owner: str
    clock: Callable[[], datetime]
    hung_after: float = 3600.0
    stirred: Callable[[], float] = lambda: 0.0
    _moved: float = field(default_factory=time.monotonic)
    _held: list[InHand] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for mail in tuple(self._held):  # a shutdown or a database error
            self.give_back(mail)

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[InHand]:
        return iter(tuple(self._held))

    def take_next(self) -> InHand | None:
        """Claim the next mail that is due."""
        owner = self._mark()
        row = self.ledger.claim_next_message(owner, self.clock(), LEASE)
        return None if row is None else self._hold(InHand(row, owner))

    def take(self, row_id: int) -> InHand | None:
        """Claim this mail, if it is due and free."""
        owner = self._mark()
        row = self.ledger.claim_message(row_id, owner, self.clock(), LEASE)
        return None if row is None else self._hold(InHand(row, owner))

    def first(self) -> InHand:
        """The one that arrived first."""
        return min(self._held, key=lambda mail: (mail.row.received_at, mail.row.id))

    def put_down(self, mail: InHand) -> None:
        """It is dealt with."""
        self._held.remove(mail)
        self._moved = time.monotonic()

    def give_back(self, mail: InHand) -> None:
        """Unclaim it, untouched; where the database cannot say so its lease runs out."""
        self._held.remove(mail)
        self._moved = time.monotonic()
        try:
            self.ledger.release_message(mail.row.id, mail.owner, self.clock())
        except StorageError as error:
            log.warning("message %s cannot be given back: %s", mail.row.id, error)

    def stir(self) -> None:
        """Waiting for another worker's mail is work too: it ends when that one is done, gone or hung."""
        self._moved = time.monotonic()

    def stuck(self) -> bool:
        """Whether nothing got done for so long that whatever is in hand is better left to others."""
        return bool(self._held) and time.monotonic() - max(self._moved, self.stirred()) > self.hung_after

    def _mark(self) -> str:
        return f"{self.owner}/{next(_CLAIMS)}"

    def _hold(self, mail: InHand) -> InHand:
        for other in self._held:  # a claim of our own that ran out
            other.lost = other.lost or other.row.id == mail.row.id
        self._held.append(mail)
        self._moved = time.monotonic()
        if self._keeper is None:
            self._keeper = threading.Thread(target=self._keep, name="leases", daemon=True)
            self._keeper.start()
        return mail

    def _keep(self) -> None:
        while not self._over.wait(RENEW):
            if self.stuck():
                log.error("nothing got done for %d s: messages %s are left to others", self.hung_after, [mail.row.id for mail in self])
                continue
            for mail in tuple(self._held):
                try:
                    kept = self.ledger.extend_lease(mail.row.id, mail.owner, self.clock(), LEASE)
                except StorageError as error:
                    log.warning("message %s: its claim cannot be renewed: %s", mail.row.id, error)
                    continue
                mail.lost = mail.lost or not kept
