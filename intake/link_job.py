"""The link job: share links whose check is due are asked about again, and mails whose outcome may change by the answer
are decided again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from core.facts import LinkState
from intake.looking import Looker
from storage.link_queue import LinkQueue

CLAIM = timedelta(minutes=15)
MOST = 200
"""Links asked in one go; the pace per minute bounds it anyway."""


def recheck_links(
    queue: LinkQueue, looker: Looker, clock: Callable[[], datetime], stop: Callable[[], bool]
) -> int:
    """Ask about every link that is due, one at a time; how many."""
    count = 0
    while count < MOST and not stop():
        now = clock()
        row = queue.claim_due_link(now, CLAIM)
        if row is None:
            break
        seen = looker.ask(row.link, row.tries + 1, now)
        changed = seen.view.state is not row.link.state
        settled = row.link.state is LinkState.UNCHECKED and seen.next_check_at is None
        queue.record_link_report(
            row.id, seen.view.state, dict(seen.report), clock(), seen.next_check_at, code=seen.view.code,
            decide_again=changed or settled,
        )
        count += 1
    return count
