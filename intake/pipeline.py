"""One mail's way, told in order: claim, read, look, decide, commit. Fetching (step 1) is `intake.cycle`, sending
(step 8) `intake.sending`, filing (step 9) `intake.cycle` again.

    1 fetch    raw bytes to the blob store, row `received`; commit 1                      intake.cycle
    2 read     bytes -> facts, in worker processes                                        intake.reading, parsers
    3 look     the share service is asked about links                                     intake.looking
    4-6        assemble items, judge by the table of rules, decide what to answer          core.decide
    7 compose  the letter; facts, findings, items and letter are written; commit 2         intake.recording, storage
    8 send     claim by compare-and-swap, send, mark                                       intake.sending
    9 file     flag or move in the mailbox, only after commit 2                            intake.cycle

An exception in 2 to 7 rolls back and counts an attempt on that mail; after the last one the mail is held for staff
with its traceback, and the others go on. Killing the process anywhere loses nothing: a claim runs out, another worker
starts the same step again, and every write is keyed so that doing it twice is doing it once.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.campaign import SHANGHAI
from core.decide import Decision, decide, numbered
from core.facts import Blocked, MessageFacts, Part
from core.receipt_number import make_receipt_number
from intake.gathering import gather
from intake.hand import Hand, InHand
from intake.looking import Looker
from intake.reading import Reader
from intake.recording import Office, to_record
from storage.arrival import mail_ahead
from storage.database import Database
from storage.deciding import Deciding, deciding
from storage.errors import Conflict, LeaseLost, StorageUnavailable
from storage.fetch import links_of
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.rows import MessageRow

log = logging.getLogger(__name__)

GLANCE = 0.1
"""Seconds between two looks at a mail that is not ready: how soon a stop is noticed."""

PATIENCE = 1800.0
"""Seconds a mail waits for an earlier one that another worker reads. Mails are late for all kinds of reasons; none may stop
the others for a day."""

BURY_EVERY = 5.0
"""Seconds between two looks, while a mail waits for another process's, whether that process is gone."""

OVERSIZE = "整封邮件"
"""Name of the part that stands for a mail whose content was too large to fetch."""

CONFLICTS = 5
"""Times a decision is made again at once because staff or a sender were faster; then it counts as an attempt."""


@dataclass(frozen=True)
class Line:
    """The parts the pipeline runs on, handed down by the composition root. `fit`: whether this machine can read at all (its
    blob store is there); while it cannot, nothing that fails is a mail's fault. `free_the_dead`: makes work again of what
    processes had in hand that are gone; `hung_after`: seconds without any progress after which claims are no longer kept."""

    database: Database
    ledger: Ledger
    outbox: Outbox
    reader: Reader
    looker: Looker
    office: Office
    clock: Callable[[], datetime]
    owner: str
    attempts: int = 3
    window: int = 4
    fit: Callable[[], bool] = lambda: True
    free_the_dead: Callable[[], None] = lambda: None
    hung_after: float = 3600.0


class Pipeline:
    """Works through all mails that are due: reads several side by side, decides one after another in order of arrival, also
    where other processes read the mails in between."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._hand: Hand | None = None
        self._buried = time.monotonic()
        self.done = 0

    def in_hand(self) -> tuple[int, ...]:
        """Row ids of the mails that are worked on at this moment. For other threads."""
        hand = self._hand
        return () if hand is None else tuple(mail.row.id for mail in hand)

    def work(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Process everything that is due, then return how many mails were taken up. Once `stop` says so, mails that are
        read by then are decided and the others given back."""
        line, before = self._line, self.done
        line.free_the_dead()
        with Hand(line.ledger, line.owner, line.clock, line.hung_after, line.reader.stirred) as hand:
            self._hand = hand
            while True:
                while len(hand) < line.window and not stop() and not hand.stuck() and (taken := hand.take_next()) is not None:
                    self._begin(taken)
                if not hand:
                    return self.done - before
                mail = hand.first()
                if mail.lost:
                    log.warning("message %s: another worker has taken it over", mail.row.id)
                    hand.put_down(mail)
                elif self._ready(mail, hand, stop):
                    self._take(mail)
                    hand.put_down(mail)
                    self.done += 1
                elif stop():
                    hand.give_back(mail)

    def _begin(self, mail: InHand) -> None:
        """Start reading where that is needed. What goes wrong at once is this mail's affair too, and told by its future."""
        if mail.row.stage != "reading":
            return
        log.info("message %s: reading", mail.row.id)
        try:
            mail.reading = self._line.reader.submit(mail.row.raw_sha256)
        except Exception as error:
            mail.reading = Future()
            mail.reading.set_exception(error)

    def _ready(self, mail: InHand, hand: Hand, stop: Callable[[], bool]) -> bool:
        """Whether it is read and its turn has come; waits a little if not."""
        if mail.reading is None:
            return True
        wait([mail.reading], timeout=GLANCE)
        return mail.reading.done() and (mail.row.attempts > 0 or self._its_turn(mail, hand, stop))

    def _its_turn(self, mail: InHand, hand: Hand, stop: Callable[[], bool]) -> bool:
        """Whether no earlier mail is on its way elsewhere. One that its worker left behind is taken over."""
        line = self._line
        ahead = mail_ahead(line.database, mail.row, line.clock())
        if ahead is None:
            return True
        hand.stir()
        now = time.monotonic()
        if mail.waits_since is None:
            mail.waits_since = now
        if now - self._buried > BURY_EVERY:  # it may have died since
            self._buried = now
            line.free_the_dead()
        if now - mail.waits_since > PATIENCE:
            log.warning("message %s is decided before %s, which is not read after so long a time", mail.row.id, ahead.id)
            return True
        taken = hand.take(ahead.id) if ahead.free and not stop() else None
        if taken is not None:
            self._begin(taken)
        else:  # soon, for mails of two workers often take turns; seldom, where one takes long
            time.sleep(min(0.01 + (now - mail.waits_since) / 10, 5 * GLANCE))
        return False

    def _take(self, mail: InHand) -> None:
        """One mail, with the boundary around it: what goes wrong in here is this mail's own affair."""
        row = mail.row
        try:
            self._read_and_decide(mail)
        except StorageUnavailable:  # no fault of the mail: it is given back, the daemon waits for the database
            raise
        except LeaseLost:
            log.warning("message %s: another worker has taken it over", row.id)
        except Exception as error:
            if not self._line.fit():
                raise StorageUnavailable("the blob store is out of reach") from error
            log.exception("message %s: attempt %s failed", row.id, row.attempts + 1)
            self._failed(row, mail.owner, traceback.format_exc())

    def _read_and_decide(self, mail: InHand) -> None:
        line, row = self._line, mail.row
        facts = mail.reading.result() if mail.reading is not None else line.ledger.find_facts(row.id)
        if facts is None:
            facts = line.reader.submit(row.raw_sha256).result()
        decision = self._decide(mail, with_oversize(facts, row))
        log.info("message %s: %s, %s", row.id, decision.kind, decision.verdict)

    def _failed(self, row: MessageRow, owner: str, error: str) -> None:
        line, now = self._line, self._line.clock()
        try:
            failed = line.ledger.mark_failed_attempt(row.id, owner, error, now, now + _pause(row.attempts), line.attempts)
        except LeaseLost:
            log.warning("message %s: another worker has taken it over", row.id)
        else:
            if failed.held:
                log.error("message %s is held", row.id)

    def _decide(self, mail: InHand, facts: MessageFacts) -> Decision:
        line, row = self._line, mail.row
        looked = line.looker.look(facts, self._asked(row), line.clock())
        for attempt in range(CONFLICTS):
            try:
                with deciding(line.database) as desk:
                    views = {url: seen.view for url, seen in looked.items()}
                    gathered = gather(line.office.rules, line.outbox, desk, row, facts, views)
                    decision = self._numbered(decide(gathered.case, line.office.rules), row, desk)
                    now = line.clock()
                    desk.record(to_record(line.office, gathered, decision, row, looked, now), mail.owner, now)
                    return decision
            except Conflict:
                if attempt == CONFLICTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _asked(self, row: MessageRow) -> frozenset[str]:
        """Addresses of the mail's links that have been asked about or settled by staff."""
        if row.decisions == 0 or self._line.looker.checker is None:
            return frozenset()
        with self._line.database.read() as connection:
            links = links_of(connection, (row.id,))[row.id]
        return frozenset(link.link.url for link in links if link.checked_at is not None or link.settled_by is not None)

    def _numbered(self, decision: Decision, row: MessageRow, desk: Deciding) -> Decision:
        """A submission gets the number of its items, or a fresh one; nothing else gets any."""
        if decision.kind != "submission":
            return decision
        number = decision.receipt_number
        if not number:
            year = row.received_at.astimezone(SHANGHAI).year
            campaign = self._line.office.rules.campaign
            sequence = desk.next_number(f"receipt-{campaign.key}-{year}")
            number = make_receipt_number(campaign.receipt_prefix or campaign.key, year, sequence)
        return numbered(decision, number)


def with_oversize(facts: MessageFacts, row: MessageRow) -> MessageFacts:
    """A mail over the size limit was fetched with its header only: it says so, instead of seeming empty."""
    if row.size <= facts.size or any(part.name == OVERSIZE for part in facts.parts):
        return facts
    whole = Part(
        OVERSIZE, (OVERSIZE,), row.size, row.raw_sha256, "message/rfc822", container=True,
        problem=Blocked("size", f"{row.size} bytes"),
    )
    return replace(facts, parts=(*facts.parts, whole), size=row.size)


def _pause(attempts: int) -> timedelta:
    """Before the next attempt at a mail that failed: 1, 5, 25 minutes."""
    return timedelta(minutes=5**min(attempts, 3))
