"""Looking again at the links of accepted items: by which calendar, and what one more look changes. Pure.

A mail is judged by what its links were when it was looked at (`Link.state`). What becomes of a link after its item was
accepted is an event of its own: it is lost, and it may be found again. A loss counts for mails that arrive after it; it
never changes the outcome of the mail that brought the link.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from core.campaign import SHANGHAI, BatchSpec
from core.codec import Json
from core.facts import LinkState
from core.link_report import LinkReport
from core.settings import LinkSettings

HISTORY = 40
"""Checks of one link that are remembered, the newest."""

_LONGEST_PAUSE = 720  # minutes


def next_try(tries: int, now: datetime, settings: LinkSettings, chance: random.Random) -> datetime | None:
    """When to ask again after `tries` times without an answer: pauses double from `first_pause` minutes, at most twelve
    hours, a quarter of it by chance; None when the retries are used up."""
    if tries > settings.retries:
        return None
    minutes = min(settings.first_pause * 2 ** max(tries - 1, 0), _LONGEST_PAUSE)
    return now + timedelta(minutes=minutes * (0.875 + 0.25 * chance.random()))


def next_look(after: datetime, settings: LinkSettings, chance: random.Random) -> datetime:
    """The next regular look: `recheck_days` later, a tenth by chance, so that links seen together part. Where there are no
    regular looks (0) a day later, never at once."""
    return after + timedelta(days=max(settings.recheck_days, 1)) * (0.95 + 0.1 * chance.random())


def watch_ends(batch: BatchSpec, settings: LinkSettings) -> datetime:
    """From when links of items of this batch are looked at no more."""
    day = batch.deadline + timedelta(days=settings.recheck_until + 1)
    return datetime.combine(day, time(), SHANGHAI)


def entry(report: LinkReport, at: datetime) -> dict[str, Json]:
    """One check as the history of a link keeps it."""
    return {"at": at.isoformat(timespec="seconds"), "outcome": report.outcome, "state": report.state.value, "reason": report.reason}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a link under watch. `tries`: looks without an answer since the last one that had one."""

    state: LinkState
    tries: int = 0
    lost_state: LinkState | None = None
    lost_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one more look makes of it. `found_again`: it was lost, and opens now."""

    state: LinkState
    tries: int
    lost_state: LinkState | None
    lost_at: datetime | None
    next_at: datetime
    found_again: bool = False


def look_again(
    known: Known, report: LinkReport, now: datetime, settings: LinkSettings, chance: random.Random
) -> Look:
    """Only proof changes anything: a look that could not tell is repeated soon, and after all retries at the next
    regular time."""
    if report.outcome == "unknown":
        tries = known.tries + 1
        again = next_try(tries, now, settings, chance)
        if again is None:
            again, tries = next_look(now, settings, chance), 0
        if report.retry_at is not None:
            again = max(again, report.retry_at)
        return Look(known.state, tries, known.lost_state, known.lost_at, again)
    regular = next_look(now, settings, chance)
    if report.outcome == "bad":
        return Look(known.state, 0, report.state, known.lost_at or now, regular)
    state = LinkState.OK if known.state is LinkState.UNCHECKED else known.state
    return Look(state, 0, None, None, regular, found_again=known.lost_state is not None)


def last_proof(history: Iterable[Mapping[str, Json]]) -> datetime | None:
    """When a look last had an answer; None if none had one that is remembered."""
    times = [str(one["at"]) for one in history if one.get("outcome") != "unknown" and one.get("at")]
    return datetime.fromisoformat(times[-1]) if times else None


def state_for(state: LinkState, lost_state: LinkState | None, lost_at: datetime | None, arrived: datetime) -> LinkState:
    """What a link is for a mail that arrived at this moment: lost if it was lost by then."""
    return lost_state if lost_state is not None and lost_at is not None and lost_at <= arrived else state


def with_entry(history: tuple[Mapping[str, Json], ...], new: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """The history with one check more, at most `HISTORY`."""
    return [*history, new][-HISTORY:]
