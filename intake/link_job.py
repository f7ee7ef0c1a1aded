"""The link job: links whose check is due are asked about. First checks decide about the mail that brought the link; looks
at links of accepted items only tell what became of them (`intake.link_watch_job`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from core.facts import LinkState
from core.link_watch import with_entry
from intake.link_watch_job import WatchDesk, take_look
from intake.looking import Looker
from storage.link_queue import LinkQueue
from storage.rows import LinkRow

CLAIM = timedelta(minutes=15)
MOST, MOST_AGAIN = 200, 60
"""Links asked in one go for the first time, and again; the pace per minute bounds it anyway."""


def recheck_links(
    queue: LinkQueue, looker: Looker, desk: WatchDesk, clock: Callable[[], datetime], stop: Callable[[], bool]
) -> int:
    """Ask about every link that is due, one at a time; how many."""
    count = 0
    for watched, most in ((False, MOST), (True, MOST_AGAIN)):  # what a mail waits for comes first
        for _ in range(most):
            row = None if stop() else queue.claim_due_link(clock(), CLAIM, watched=watched)
            if row is None:
                break
            if row.watch is None:
                check_first(queue, looker, row, clock)
            elif looker.checker is not None:
                take_look(desk, looker.checker, row)
            count += 1
    return count


def check_first(queue: LinkQueue, looker: Looker, row: LinkRow, clock: Callable[[], datetime]) -> None:
    """Ask about a link that its mail waits for; the mail is decided again when its outcome may change by the answer."""
    now = clock()
    seen = looker.ask(row.link, row.tries + 1, now)
    changed = seen.view.state is not row.link.state
    settled = row.link.state is LinkState.UNCHECKED and seen.next_check_at is None
    history = row.history
    for one in seen.history:
        history = tuple(with_entry(history, one))
    queue.record_link_report(
        row.id, seen.view.state, dict(seen.report), clock(), seen.next_check_at, code=seen.view.code,
        decide_again=changed or settled, history=history,
    )
