"""The outbox: letters that wait, are claimed, sent once, and counted.

Sending is at least once with a fixed Message-ID: a claim is taken by compare-and-swap, and a sweep frees the claims of
processes that died while they sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true, tuple_, update

from core.codec import encode
from core.letter import LetterPlan
from core.loop_guard import AnswerCounts
from core.ports import Blob
from core.records import PROGRAM, AuditRecord
from storage import models as m
from storage.audit import write_audit
from storage.database import Database
from storage.decided_answers import UNSENT
from storage.errors import LeaseLost
from storage.rows import AnswerRow, columns_of


def unchanged(edits: Mapping[int, int] | None) -> ColumnElement[bool]:
    """Whether a letter is as it was seen; all are where nothing is asked."""
    return true() if edits is None else tuple_(m.Answer.id, m.Answer.edit).in_(list(edits.items()))


class Outbox:
    """Reads and writes table `answer`. Every method is one transaction; raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def database(self) -> Database:
        """Where the letters lie."""
        return self._database

    # --- sending ---------------------------------------------------------------------------------------------------

    def due_answers(self, now: datetime, limit: int = 50) -> tuple[AnswerRow, ...]:
        """Letters that may go now, longest due first."""
        t = m.Answer
        return self._find(t.state == "waiting", t.next_attempt_at <= now, order=(t.next_attempt_at, t.id), limit=limit)

    def claim_answer(self, answer_id: int, owner: str, now: datetime, lease: timedelta) -> AnswerRow | None:
        """Take a due letter for sending; None if it is not due or another has it."""
        t = m.Answer
        change = (
            update(t).where(t.id == answer_id, t.state == "waiting", t.next_attempt_at <= now)
            .values(state="sending", claimed_by=owner, claimed_until=now + lease, attempts=t.attempts + 1,
                    next_attempt_at=None)
            .returning(*columns_of(AnswerRow, t))
        )
        with self._database.write() as connection:
            row = connection.execute(change).one_or_none()
            return None if row is None else AnswerRow(*row)

    def record_composed(
        self, answer_id: int, owner: str, raw: Blob, subject: str, text: str, message_id_header: str | None = None
    ) -> None:
        """The claimed letter was composed just now, its bytes are in the blob store; `message_id_header`: the Message-ID
        it bears. Raises LeaseLost."""
        header = m.Answer.message_id_header if message_id_header is None else message_id_header
        self._of_owner(answer_id, owner, raw_sha256=raw.sha256, subject=subject, text=text, message_id_header=header)

    def mark_sent(self, answer_id: int, owner: str, now: datetime, response: str = "") -> bool:
        """The server took the letter. True if the claim was still `owner`'s; it is recorded in any case, for it is gone
        whoever holds the claim by now."""
        t = m.Answer
        held = select(t.claimed_by).where(t.id == answer_id, t.state == "sending")
        change = (
            update(t).where(t.id == answer_id, t.state != "sent")
            .values(state="sent", sent_at=now, response=response, reason=None, claimed_by=None, claimed_until=None,
                    next_attempt_at=None, edit=t.edit + 1)
        )
        with self._database.write() as connection:
            holder = connection.execute(held).scalar_one_or_none()
            connection.execute(change)
            return holder == owner

    def mark_try_later(self, answer_id: int, owner: str, now: datetime, next_at: datetime, reason: str) -> None:
        """The claimed letter could not be sent; it waits until `next_at`. Raises LeaseLost."""
        self._of_owner(answer_id, owner, state="waiting", next_attempt_at=max(now, next_at), response=reason,
                       claimed_by=None, claimed_until=None)

    def give_back(self, answer_id: int, owner: str, next_at: datetime) -> None:
        """The claimed letter was not tried (a cap is reached, shutdown): no attempt is counted. Raises LeaseLost."""
        t = m.Answer
        self._of_owner(answer_id, owner, state="waiting", next_attempt_at=next_at, claimed_by=None, claimed_until=None,
                       attempts=case((t.attempts > 0, t.attempts - 1), else_=0))

    def mark_failed(self, answer_id: int, owner: str, reason: str) -> None:
        """The claimed letter is refused for good: staff must look. Raises LeaseLost."""
        self._of_owner(answer_id, owner, state="failed", reason=reason, response=reason, claimed_by=None,
                       claimed_until=None, next_attempt_at=None, edit=m.Answer.edit + 1)

    def put_aside(self, answer_id: int, owner: str, reason: str, now: datetime, *, draft: bool) -> None:
        """The claimed letter must not go as it is: taken back, or kept as a draft for staff to look at. Raises LeaseLost."""
        record = AuditRecord("hold" if draft else "suppress", "answer", answer_id, why=reason)
        self._of_owner(answer_id, owner, state="draft" if draft else "suppressed", reason=reason, claimed_by=None,
                       claimed_until=None, next_attempt_at=None, edit=m.Answer.edit + 1, audit=(now, record))

    def record_plan(self, answer_id: int, owner: str, plan: LetterPlan) -> None:
        """The claimed letter says less than it did; it is to be composed anew. Raises LeaseLost."""
        self._of_owner(answer_id, owner, plan=encode(plan), raw_sha256=None)

    def _of_owner(self, answer_id: int, owner: str, *, audit: tuple[datetime, AuditRecord] | None = None, **values: object) -> None:
        t = m.Answer
        change = update(t).where(t.id == answer_id, t.state == "sending", t.claimed_by == owner).values(**values)
        with self._database.write() as connection:
            if connection.execute(change).rowcount != 1:
                raise LeaseLost(f"answer {answer_id} is not claimed by {owner}")
            if audit is not None:
                write_audit(connection, audit[0], audit[1:])

    def sweep_dead_claims(self, now: datetime, max_attempts: int) -> int:
        """Free letters whose sender's claim has run out; how many. One that was tried `max_attempts` times fails: each
        try may have reached the reader."""
        t = m.Answer
        spent = t.attempts >= max_attempts
        change = (
            update(t).where(t.state == "sending", t.claimed_until <= now)
            .values(state=case((spent, "failed"), else_="waiting"), claimed_by=None, claimed_until=None,
                    next_attempt_at=case((spent, None), else_=now),
                    reason=case((spent, "the sending process died each time"), else_=t.reason))
        )
        with self._database.write() as connection:
            return connection.execute(change).rowcount

    def answer_counts(self, to: str, thread: str, hour: datetime, day: datetime) -> AnswerCounts:
        """How many letters went out, for the caps. `hour`, `day`: beginnings of the two periods. An empty thread counts
        nothing."""
        t = m.Answer
        gone = or_(t.sent_at >= day, t.state == "sending")

        def count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
            return select(func.count(t.id)).where(*conditions).scalar_subquery()

        query = select(
            count(gone, t.to == to), count(gone, t.thread == thread, t.thread != ""),
            count(or_(t.sent_at >= hour, t.state == "sending")), count(gone),
        )
        with self._database.read() as connection:
            return AnswerCounts(*connection.execute(query).one())

    # --- what people do with letters -------------------------------------------------------------------------------

    def release_answers(
        self, answer_ids: Collection[int], who: str, now: datetime, why: str = "", edits: Mapping[int, int] | None = None
    ) -> tuple[int, ...]:
        """Let drafts and failed letters go, and those that a person took back; ids of those that will. What the program
        took back is told by another letter, or is no longer true. `edits`: letter -> its `edit` as the person saw it; one that
        has changed since stays (None: not asked)."""
        t, a = m.Answer, m.Audit
        by_a_person = exists().where(
            a.object_kind == "answer", a.object_id == t.id, a.action == "suppress", a.who != PROGRAM, a.why == t.reason
        )
        free = or_(t.state.in_(("draft", "failed")), and_(t.state == "suppressed", by_a_person))
        change = (
            update(t).where(t.id.in_(answer_ids), free, unchanged(edits))
            .values(state="waiting", not_before=now, next_attempt_at=now, attempts=0, reason=None, edit=t.edit + 1)
            .returning(t.id)
        )
        with self._database.write() as connection:
            released = tuple(sorted(connection.execute(change).scalars()))
            write_audit(connection, now, [AuditRecord("release", "answer", one, why=why, who=who) for one in released])
            return released

    def was_released(self, answer_id: int) -> bool:
        """Whether a person let this letter go."""
        t = m.Audit
        query = select(t.id).where(t.object_kind == "answer", t.object_id == answer_id, t.action == "release", t.who != PROGRAM)
        with self._database.read() as connection:
            return connection.execute(query.limit(1)).first() is not None

    def last_act(self, answer_id: int) -> datetime | None:
        """When a person last wrote or changed this letter, or released it after it had been put before them again: letting a
        draft go is no word on what came meanwhile."""
        t = m.Audit
        query = (
            select(t.at, t.action, t.who).where(t.object_kind == "answer", t.object_id == answer_id).order_by(t.id)
        )
        with self._database.read() as connection:
            trail = connection.execute(query).all()
        last, shown = None, False
        for row in trail:
            if row.who == PROGRAM:
                shown = shown or row.action == "hold"
            elif row.action in ("write", "edit") or (row.action == "release" and shown):
                last, shown = row.at, False
        return last

    def suppress_answers(
        self, answer_ids: Collection[int], reason: str, who: str, now: datetime, edits: Mapping[int, int] | None = None
    ) -> tuple[int, ...]:
        """Take back letters that have not gone; ids of those taken back. `edits` as in `release_answers`."""
        t = m.Answer
        change = (
            update(t).where(t.id.in_(answer_ids), t.state.in_(UNSENT), unchanged(edits))
            .values(state="suppressed", reason=reason, next_attempt_at=None, edit=t.edit + 1).returning(t.id)
        )
        with self._database.write() as connection:
            taken = tuple(sorted(connection.execute(change).scalars()))
            write_audit(connection, now, [AuditRecord("suppress", "answer", one, why=reason, who=who) for one in taken])
            return taken

    # --- finding ---------------------------------------------------------------------------------------------------

    def find_answer(self, answer_id: int) -> AnswerRow | None:
        """The letter with this row id."""
        rows = self._find(m.Answer.id == answer_id)
        return rows[0] if rows else None

    def find_by_header(self, *message_ids: str) -> tuple[AnswerRow, ...]:
        """Our letters with one of these Message-IDs: a mail that names one is an answer to us, one that has it is us."""
        wanted = [header for header in message_ids if header]
        return self._find(m.Answer.message_id_header.in_(wanted)) if wanted else ()

    def next_due(self) -> datetime | None:
        """When the next waiting letter is due; None if none waits."""
        query = select(func.min(m.Answer.next_attempt_at)).where(m.Answer.state == "waiting")
        with self._database.read() as connection:
            moment: datetime | None = connection.execute(query).scalar_one()
            return moment

    def companions(self, answer_id: int) -> tuple[int, ...]:
        """Row ids of the other messages that this letter answers."""
        query = select(m.AnswerCompanion.message_id).where(m.AnswerCompanion.answer_id == answer_id)
        with self._database.read() as connection:
            return tuple(sorted(connection.execute(query).scalars()))

    def _find(
        self, *conditions: ColumnElement[bool], order: tuple[object, ...] = (), limit: int | None = None
    ) -> tuple[AnswerRow, ...]:
        query = select(*columns_of(AnswerRow, m.Answer)).where(*conditions).limit(limit)
        query = query.order_by(*(order or (m.Answer.id,)))  # type: ignore[arg-type]
        with self._database.read() as connection:
            return tuple(AnswerRow(*row) for row in connection.execute(query))
