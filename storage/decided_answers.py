"""The letters of a decision: nobody is told the same thing twice, and an unsent letter says only what still holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.codec import encode
from core.records import OUTCOME_KINDS, AnswerRecord, DecisionRecord, PendingLetter, Suppression
from storage import models as m
from storage.errors import Conflict
from storage.ledger import requeue
from storage.rows import AnswerRow, columns_of

_INSERT = insert(m.Answer).returning(m.Answer.id)
UNSENT = ("draft", "waiting", "failed")
"""States of a letter that may still go out."""
_FREED = "freed"
"""In place of the hash of a letter that was taken back only because another one told the outcome: when that changes again,
the same words may be written once more."""
_OVERTAKEN = "a new decision about the message replaced it"


def write_answers(connection: Connection, record: DecisionRecord, now: datetime, *, first: bool) -> tuple[int, ...]:
    """Put the record's letters into the outbox; row ids of those new or changed. Raises Conflict when a letter that
    would have to change is being sent at this moment."""
    if record.suppress:
        _suppress(connection, record.suppress)
    known = [] if first else _known(connection, record.message_id)
    written = []
    # Staff have taken this matter in hand: no outcome is told beside their words.
    by_staff = any(row.kind in OUTCOME_KINDS and row.written_by is not None and row.state != "suppressed" for row in known)
    for answer in record.answers:
        if by_staff and answer.kind in OUTCOME_KINDS:
            continue
        answer_id = _write(connection, record.message_id, answer, [row for row in known if row.kind == answer.kind], now)
        if answer_id is not None:
            written.append(answer_id)
    kinds = {answer.kind for answer in record.answers}
    overtaken = [
        row.id for row in known
        if row.kind in OUTCOME_KINDS and row.kind not in kinds and row.state in UNSENT and row.written_by is None
    ]
    if overtaken:
        _overtake(connection, overtaken, now)
    return tuple(written)


def _known(connection: Connection, message_id: int) -> list[AnswerRow]:
    """Letters to the message, newest revision first."""
    query = (
        select(*columns_of(AnswerRow, m.Answer)).where(m.Answer.message_id == message_id)
        .order_by(m.Answer.revision.desc()).with_for_update()
    )
    return [AnswerRow(*row) for row in connection.execute(query)]


def _write(
    connection: Connection, message_id: int | None, answer: AnswerRecord, known: Sequence[AnswerRow], now: datetime
) -> int | None:
    """Write one letter, given those of its kind that exist; None if nothing was to be done."""
    if not known:
        return insert_answer(connection, message_id, answer, 1, now)
    latest = known[0]
    if latest.written_by is not None and latest.state != "suppressed":
        return None  # staff have taken this matter in hand; their words are not replaced, and not followed by others
    said = [row for row in known if row.plan_hash == answer.plan_hash]
    if any(row.state in ("draft", "waiting", "sending") for row in said):
        return None
    if said and not answer.again:  # sent, or taken back for a reason that has not changed
        if latest.state in UNSENT and latest.plan_hash != answer.plan_hash:
            _overtake(connection, [latest.id], now)
        return None
    if latest.state == "sending":
        raise Conflict(f"answer {latest.id} is being sent")
    if latest.state == "sent":
        return insert_answer(connection, message_id, answer, latest.revision + 1, now) if answer.again else None
    connection.execute(
        update(m.Answer).where(m.Answer.id == latest.id)
        .values(**_columns(answer), attempts=0, response=None, edit=m.Answer.edit + 1)
    )
    _free(connection, (latest.id,), now, kept=answer.companions)
    _write_companions(connection, latest.id, answer.companions)
    return latest.id


def _free(connection: Connection, answer_ids: Sequence[int], now: datetime, kept: Collection[int] = ()) -> None:
    """These unsent letters speak for their companions no more: those that are not `kept` are decided again, and may write
    the letter that they gave up for the shared one."""
    t = m.AnswerCompanion
    gone = connection.execute(
        delete(t).where(t.answer_id.in_(answer_ids)).returning(t.message_id)
    ).scalars()
    freed = set(gone) - set(kept)
    if not freed:
        return
    connection.execute(
        update(m.Answer)
        .where(m.Answer.message_id.in_(freed), m.Answer.state == "suppressed", m.Answer.written_by.is_(None))
        .values(plan_hash=_FREED)
    )
    requeue(connection, freed, now, read_again=False)


def _overtake(connection: Connection, answer_ids: Sequence[int], now: datetime) -> None:
    take_back(connection, answer_ids, _OVERTAKEN, now)


def take_back(
    connection: Connection, answer_ids: Sequence[int], reason: str, now: datetime, told: int | None = None
) -> None:
    """Unsent letters that another one takes the place of; the mails that they spoke for too are decided again, except
    `told`, which is the one that is written to now."""
    _free(connection, answer_ids, now, kept=() if told is None else (told,))
    connection.execute(
        update(m.Answer).where(m.Answer.id.in_(answer_ids), m.Answer.state.in_(UNSENT))
        .values(state="suppressed", reason=reason, next_attempt_at=None, plan_hash=_FREED, edit=m.Answer.edit + 1)
    )


def write_letter(connection: Connection, message_id: int | None, answer: AnswerRecord, now: datetime) -> int | None:
    """Write a letter that is not a message's outcome; its id, None if the same words to the same reader exist."""
    mine = m.Answer.message_id.is_(None) if message_id is None else m.Answer.message_id == message_id
    query = select(m.Answer.revision, m.Answer.plan_hash, m.Answer.to).where(mine, m.Answer.kind == answer.kind)
    if message_id is None:
        query = query.where(m.Answer.plan_hash == answer.plan_hash)
    known = connection.execute(query).all()
    if not answer.again and any(row.plan_hash == answer.plan_hash and row.to == answer.to for row in known):
        return None
    revision = 1 if message_id is None else max((row.revision for row in known), default=0) + 1
    return insert_answer(connection, message_id, answer, revision, now)


def insert_answer(
    connection: Connection, message_id: int | None, answer: AnswerRecord, revision: int, now: datetime
) -> int:
    """A new row of the outbox; its id. `message_id` None: a letter that answers no mail (a reminder)."""
    values = {**_columns(answer), "message_id": message_id, "revision": revision, "created_at": now}
    answer_id: int = connection.execute(_INSERT, values).scalar_one()
    _write_companions(connection, answer_id, answer.companions)
    return answer_id


def _columns(answer: AnswerRecord) -> dict[str, Any]:
    return {
        "kind": answer.kind, "state": answer.state, "reason": answer.reason, "to": answer.to,
        "subject": answer.subject, "message_id_header": answer.message_id_header, "thread": answer.thread,
        "raw_sha256": None if answer.raw is None else answer.raw.sha256, "text": answer.text,
        "plan": None if answer.plan is None else encode(answer.plan), "plan_hash": answer.plan_hash,
        "not_before": answer.not_before,
        "next_attempt_at": answer.not_before if answer.state == "waiting" else None,
        "written_by": answer.written_by, "unit": answer.unit, "batch": answer.batch,
    }


def _write_companions(connection: Connection, answer_id: int, companions: Collection[int]) -> None:
    if companions:
        rows = [{"answer_id": answer_id, "message_id": message_id} for message_id in sorted(set(companions))]
        connection.execute(insert(m.AnswerCompanion), rows)


def _suppress(connection: Connection, suppressions: Sequence[Suppression]) -> None:
    for wanted in suppressions:
        change = (
            update(m.Answer)
            .where(m.Answer.id == wanted.answer_id, m.Answer.state.in_((*UNSENT, "suppressed")))
            .values(state="suppressed", reason=wanted.reason, next_attempt_at=None, edit=m.Answer.edit + 1)
        )
        if connection.execute(change).rowcount != 1:
            raise Conflict(f"answer {wanted.answer_id} is on its way or sent")


def given_up_letters(connection: Connection, message_id: int) -> tuple[PendingLetter, ...]:
    """Letters to other messages that were given up because this message's unsent letter tells their outcome too."""
    t, c = m.Answer, m.AnswerCompanion
    mine = select(t.id).where(
        t.message_id == message_id, t.state.in_(UNSENT), t.kind.in_(OUTCOME_KINDS), t.written_by.is_(None)
    )
    query = (
        select(t.id, t.message_id, t.kind, t.state, t.not_before)
        .where(
            t.message_id.in_(select(c.message_id).where(c.answer_id.in_(mine))), t.state == "suppressed",
            t.kind.in_(OUTCOME_KINDS), t.written_by.is_(None),
        )
        .order_by(t.id)
    )
    return tuple(
        PendingLetter(row.id, row.message_id, row.kind, row.state, row.not_before)
        for row in connection.execute(query)
    )


def pending_letters(connection: Connection, item_ids: Collection[int]) -> tuple[PendingLetter, ...]:
    """The program's letters not yet gone out, to messages that contributed to these items; oldest first. Letters by staff
    and reminders are no outcome that another mail's letter could tell instead."""
    if not item_ids:
        return ()
    messages = select(m.ItemMessage.message_id).where(m.ItemMessage.item_id.in_(item_ids))
    t = m.Answer
    query = (
        select(t.id, t.message_id, t.kind, t.state, t.not_before)
        .where(t.message_id.in_(messages), t.state.in_(UNSENT), t.kind.in_(OUTCOME_KINDS), t.written_by.is_(None))
        .order_by(t.id)
    )
    rows = connection.execute(query).all()
    companions: dict[int, list[int]] = {row.id: [] for row in rows}
    if rows:
        pairs = select(m.AnswerCompanion.answer_id, m.AnswerCompanion.message_id).where(
            m.AnswerCompanion.answer_id.in_(companions)
        ).order_by(m.AnswerCompanion.message_id)
        for answer_id, message_id in connection.execute(pairs):
            companions[answer_id].append(message_id)
    return tuple(
        PendingLetter(row.id, row.message_id, row.kind, row.state, row.not_before, tuple(companions[row.id]))
        for row in rows
    )
