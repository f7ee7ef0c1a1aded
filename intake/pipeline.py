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
import traceback
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.campaign import SHANGHAI
from core.decide import Decision, decide, numbered
from core.facts import Blocked, MessageFacts, Part
from core.receipt_number import make_receipt_number
from intake.gathering import gather
from intake.looking import Looker
from intake.reading import Reader
from intake.recording import Office, to_record
from storage.database import Database
from storage.deciding import Deciding, deciding
from storage.errors import Conflict, LeaseLost, StorageUnavailable
from storage.fetch import links_of
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.rows import MessageRow

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=20)
"""Longer than any step: reading is bounded by limits.seconds a part, looking by its own time limits."""

OVERSIZE = "整封邮件"
"""Name of the part that stands for a mail whose content was too large to fetch."""

CONFLICTS = 5
"""Times a decision is made again at once because staff or a sender were faster; then it counts as an attempt."""


@dataclass(frozen=True)
class Line:
    """The parts the pipeline runs on, handed down by the composition root."""

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


class Pipeline:
    """Works through all mails that are due: reads several side by side, decides one after another in order of arrival."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def work(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Process everything that is due, then return how many mails were taken up."""
        line, count = self._line, 0
        under_way: deque[tuple[MessageRow, Future[MessageFacts] | None]] = deque()
        try:
            while True:
                while len(under_way) < line.window and not stop():
                    row = line.ledger.claim_next_message(line.owner, line.clock(), LEASE)
                    if row is None:
                        break
                    under_way.append((row, self._begin(row) if row.stage == "reading" else None))
                if not under_way:
                    return count
                row, reading = under_way.popleft()
                self._take(row, reading)
                count += 1
        finally:
            for row, _ in under_way:  # a shutdown or a database error: give back what was not begun
                line.ledger.release_message(row.id, line.owner, line.clock())

    def _begin(self, row: MessageRow) -> Future[MessageFacts]:
        """Start reading. What goes wrong at once is this mail's affair too, and told by its future."""
        try:
            return self._line.reader.submit(row.raw_sha256)
        except Exception as error:
            failed: Future[MessageFacts] = Future()
            failed.set_exception(error)
            return failed

    def _take(self, row: MessageRow, reading: Future[MessageFacts] | None) -> None:
        """One mail, with the boundary around it: what goes wrong in here is this mail's own affair."""
        line = self._line
        try:
            facts = reading.result() if reading is not None else line.ledger.find_facts(row.id)
            if facts is None:
                facts = line.reader.submit(row.raw_sha256).result()
            decision = self._decide(row, with_oversize(facts, row))
            log.info("message %s: %s, %s", row.id, decision.kind, decision.verdict)
        except StorageUnavailable:  # no fault of the mail: give it back, the daemon waits for the database
            line.ledger.release_message(row.id, line.owner, line.clock())
            raise
        except LeaseLost:
            log.warning("message %s: another worker has taken it over", row.id)
        except Exception:
            failed = line.ledger.mark_failed_attempt(
                row.id, line.owner, traceback.format_exc(), line.clock(), line.clock() + _pause(row.attempts), line.attempts
            )
            log.exception("message %s: attempt %s failed%s", row.id, failed.attempts, ", held" if failed.held else "")

    def _decide(self, row: MessageRow, facts: MessageFacts) -> Decision:
        line = self._line
        looked = line.looker.look(facts, self._asked(row), line.clock())
        for attempt in range(CONFLICTS):
            try:
                with deciding(line.database) as desk:
                    views = {url: seen.view for url, seen in looked.items()}
                    gathered = gather(line.office.rules, line.outbox, desk, row, facts, views)
                    decision = self._numbered(decide(gathered.case, line.office.rules), row, desk)
                    now = line.clock()
                    desk.record(to_record(line.office, gathered, decision, row, looked, now), line.owner, now)
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
