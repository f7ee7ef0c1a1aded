"""Step 8, send: claim by compare-and-swap, compose, send, mark. At least once, with a fixed Message-ID.

A letter over a cap waits (per hour, per day) or is put before staff as failed (per address, per thread), who may release
it: it is never dropped silently. When the server refuses the account itself, sending stops until a person has looked.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol

from core.campaign import SHANGHAI
from core.codec import decode, encode
from core.digest import STOPPED
from core.letter import LetterPlan
from core.loop_guard import AnswerCounts, thread_of, within_caps
from core.ports import BlobStore, Refused, SendOutcome, Sent, TryLater
from intake.rechecking import Drop, Wait, recheck
from intake.recording import Office, letter_mark
from storage.errors import LeaseLost, StorageError
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.rows import AnswerRow, MessageRow
from storage.watch import Watch

log = logging.getLogger(__name__)

CLAIM = timedelta(minutes=10)


class Sender(Protocol):
    """The wire."""

    def send(self, raw: bytes, to: list[str]) -> SendOutcome:
        """Hand one complete letter to the server. Never raises for what the server does."""
        ...


@dataclass(frozen=True)
class Post:
    """What sending runs on. `sender` None: nothing can be sent (no SMTP server configured)."""

    outbox: Outbox
    ledger: Ledger
    watch: Watch
    blobs: BlobStore
    office: Office
    sender: Sender | None
    clock: Callable[[], datetime]
    owner: str


Outcome = Literal["sent", "later", "failed", "capped", "stopped", "dropped", "none"]


def send_due(post: Post, stop: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Send every letter that is due; how many ended in which way. Raises StorageError."""
    counts: dict[str, int] = {}
    now = post.clock()
    post.outbox.sweep_dead_claims(now, post.office.answers.attempts)
    if post.sender is None or _stopped(post):
        return counts
    for due in post.outbox.due_answers(now, limit=1000):
        if stop():
            break
        answer = post.outbox.claim_answer(due.id, post.owner, post.clock(), CLAIM)
        if answer is None:
            continue  # another process has it
        outcome = _send_one(post, answer)
        counts[outcome] = counts.get(outcome, 0) + 1
        if outcome == "stopped":
            break
    return counts


def _stopped(post: Post) -> bool:
    return any(alert.code == STOPPED for alert in post.watch.open_alerts())


def _send_one(post: Post, answer: AnswerRow) -> Outcome:
    assert post.sender is not None
    now = post.clock()
    cap = _over_cap(post, answer, now)
    if cap is not None:
        return _capped(post, answer, cap, now)
    try:
        current = _still_true(post, answer, now)
        if current is None:
            return "dropped"
        raw, to = _letter(post, current, now)
    except LeaseLost:
        return "none"  # another process has it by now
    except StorageError:  # no fault of the letter: the sweep frees its claim
        raise
    except Exception as error:  # a faulty template or a lost blob is this letter's trouble only
        log.exception("answer %s cannot be composed", answer.id)
        post.outbox.mark_failed(answer.id, post.owner, f"信件无法生成：{error}")
        post.watch.raise_alert("letter.broken", f"第{answer.id}号信件无法生成：{error}", now)
        return "failed"
    outcome = post.sender.send(raw, [*to])
    return _settle(post, answer, outcome)


def _over_cap(post: Post, answer: AnswerRow, now: datetime) -> str | None:
    """The cap that this letter would break. The claimed letter itself is among those counted as under way. What a person
    wrote or let go is held back by the limits of the mail provider only: the caps for one address and one thread stop
    programs that answer each other."""
    counts = post.outbox.answer_counts(answer.to, answer.thread, now - timedelta(hours=1), now - timedelta(days=1))
    threads = counts.thread_day - 1 if answer.thread else 0
    own = AnswerCounts(counts.address_day - 1, threads, counts.hour - 1, counts.day - 1)
    cap = within_caps(own, post.office.answers)
    if cap in ("address", "thread") and _by_a_person(post, answer):
        return within_caps(replace(own, address_day=0, thread_day=0), post.office.answers)
    return cap


def _by_a_person(post: Post, answer: AnswerRow) -> bool:
    return (answer.written_by is not None and answer.kind != "reminder") or post.outbox.was_released(answer.id)


def _capped(post: Post, answer: AnswerRow, cap: str, now: datetime) -> Outcome:
    if cap in ("hour", "day"):
        post.outbox.give_back(answer.id, post.owner, now + timedelta(minutes=10 if cap == "hour" else 60))
        post.watch.raise_alert("answers.rate", "答复数量达到上限，其余信件顺延发送。", now)
    else:
        post.outbox.mark_failed(answer.id, post.owner, "同一地址或同一往来的答复已达上限，请人工决定是否发送")
    return "capped"


def _still_true(post: Post, answer: AnswerRow, now: datetime) -> AnswerRow | None:
    """The letter as it may go now; None if it may not (it was put aside, or waits)."""
    verdict = recheck(post.outbox.database, post.office.rules.campaign, answer, now)
    if verdict is None:
        return answer
    if isinstance(verdict, Wait):
        post.outbox.give_back(answer.id, post.owner, now + verdict.after)
        return None
    if isinstance(verdict, Drop):
        log.info("answer %s is put aside: what it asks for has changed", answer.id)
        post.outbox.put_aside(answer.id, post.owner, verdict.reason, now, draft=verdict.draft)
        return None
    plan = encode(verdict.plan)
    if answer.plan is not None and plan == dict(answer.plan):
        return answer
    post.outbox.record_plan(answer.id, post.owner, verdict.plan)
    return replace(answer, plan=plan, raw_sha256=None)


def _letter(post: Post, answer: AnswerRow, now: datetime) -> tuple[bytes, tuple[str, ...]]:
    """The letter's bytes, composed once and kept, and its recipients."""
    to = (answer.to, *post.office.answers.copy_to)
    if answer.raw_sha256 is not None:
        return post.blobs.path(answer.raw_sha256).read_bytes(), to
    assert answer.plan is not None
    plan = decode(LetterPlan, dict(answer.plan))
    facts = post.ledger.find_facts(answer.message_id) if answer.message_id is not None else None
    thread = thread_of(facts.envelope if facts else None, answer.to, answer.subject)
    row = post.ledger.find_message(answer.message_id) if answer.message_id is not None else None
    letter = post.office.compose(plan, thread, _mark(answer, row), now)
    raw = post.blobs.put([letter.raw])
    post.outbox.record_composed(answer.id, post.owner, raw, letter.subject, letter.text, letter.message_id)
    return letter.raw, to


def _mark(answer: AnswerRow, row: MessageRow | None) -> str:
    """What the Message-ID is made of: the same for every try, another for every letter. One that answers no mail bears
    the moment it was written: a database begun anew counts its letters from 1 again."""
    if row is not None:
        return letter_mark(row, answer.kind, answer.revision)
    return f"a{answer.id}-{answer.created_at:%y%m%d%H%M%S}-{answer.kind}"


def _settle(post: Post, answer: AnswerRow, outcome: SendOutcome) -> Outcome:
    now = post.clock()
    if isinstance(outcome, Sent):
        post.outbox.mark_sent(answer.id, post.owner, now, outcome.response)
        log.info("answer %s (%s) sent", answer.id, answer.kind)
        return "sent"
    if isinstance(outcome, TryLater):
        if answer.attempts >= post.office.answers.attempts:
            post.outbox.mark_failed(answer.id, post.owner, f"多次发送未成功：{outcome.reason}")
            post.watch.raise_alert("letter.failed", f"第{answer.id}号信件多次发送未成功：{outcome.reason}", now)
            return "failed"
        pause = outcome.after or backoff(answer.attempts, random.Random())  # noqa: S311 - a pause, no secret
        post.outbox.mark_try_later(answer.id, post.owner, now, now + pause, outcome.reason)
        return "later"
    assert isinstance(outcome, Refused)
    if outcome.stop:
        # Not this letter's fault: it stays due, and everything waits for a person.
        post.outbox.mark_try_later(answer.id, post.owner, now, now, outcome.reason)
        when = f"{now.astimezone(SHANGHAI):%m月%d日 %H:%M}"
        post.watch.raise_alert(STOPPED, f"{when}起发信已暂停：{outcome.reason}", now)
        log.error("sending stopped: %s", outcome.reason)
        return "stopped"
    post.outbox.mark_failed(answer.id, post.owner, outcome.reason)
    post.watch.raise_alert("letter.refused", f"第{answer.id}号信件被拒收：{outcome.reason}", now)
    return "failed"


def backoff(attempts: int, chance: random.Random) -> timedelta:
    """Before the next try: 1, 3, 9, 27 ... minutes, at most 6 hours, a fifth of it by chance."""
    minutes = min(3 ** max(attempts - 1, 0), 360)
    return timedelta(minutes=minutes * (0.9 + 0.2 * chance.random()))
