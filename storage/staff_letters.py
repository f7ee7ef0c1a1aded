"""Letters that staff write: put into the outbox once, changed while they wait, held back, counted for reminders.

The daemon sends them like all others. Every method is one transaction; raises StorageError.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, or_, select, update

from core.codec import decode, encode
from core.letter import LetterPlan
from core.records import OUTCOME_KINDS, PROGRAM, AnswerRecord, AuditRecord
from core.staff_plan import points
from storage import models as m
from storage.audit import write_audit
from storage.database import Database
from storage.decided_answers import UNSENT, insert_answer, take_back
from storage.deciding import deciding
from storage.desk_rows import acts_since
from storage.errors import Conflict
from storage.ledger import requeue
from storage.outbox import unchanged
from storage.rows import AnswerRow, columns_of

_BY_STAFF = "由工作人员另行去信"


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """A letter in the outbox. `new` False: the very same letter to the same reader was there already (a form sent
    twice); nothing was written."""

    id: int
    new: bool


class StaffLetters:
    """Reads and writes letters with `written_by` in table `answer`, and reminders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self, answer: AnswerRecord, now: datetime, *, message_id: int | None = None, why: str = "", seen: int | None = None,
        asks: Collection[tuple[str, int]] = (),
    ) -> WrittenLetter:
        """Put a letter by staff into the outbox. A letter that asks for a correction takes the place of the program's
        unsent letters to that message: nobody is told two things at once. `asks`: what it asks to be mended, ("item", id) or
        ("message", id): that waits for the unit from now on and for nobody here (`storage.waiting`). Raises Conflict if a
        person has acted on the mail since entry `seen` of the trail (None: not asked)."""
        assert answer.written_by is not None, "only for letters by staff"
        with deciding(self._database) as desk:
            same = self._same(desk.connection, answer, message_id)
            if same is not None:
                return WrittenLetter(same, new=False)
            if seen is not None and message_id is not None and acts_since(desk.connection, seen, (), {message_id}):
                raise Conflict(f"somebody has acted on message {message_id} since")
            if message_id is not None and answer.kind in OUTCOME_KINDS:
                self._replace(desk.connection, message_id, answer.written_by, now)
            written = self._insert(desk.connection, answer, now, message_id, why)
            asked = [AuditRecord("ask", kind, one, after={"letter": written.id}, who=answer.written_by) for kind, one in asks]
            write_audit(desk.connection, now, asked)
            return written

    def write_reminder(
        self, answer: AnswerRecord, now: datetime, since: datetime, *, message_id: int | None, why: str = ""
    ) -> WrittenLetter:
        """Put a reminder into the outbox, unless one for this unit and batch that says all of it lies there unsent or went
        out after `since`."""
        assert answer.plan is not None
        assert answer.batch is not None
        with deciding(self._database) as desk:
            t = m.Answer
            query = select(*columns_of(AnswerRow, t)).where(
                t.kind == "reminder", t.batch == answer.batch, t.unit == answer.unit, t.state != "suppressed"
            )
            known = [AnswerRow(*row) for row in desk.connection.execute(query)]
            last = reminded(known, answer.unit or "", points(answer.plan), since)
            if last is not None:
                return WrittenLetter(last.id, new=False)
            return self._insert(desk.connection, answer, now, message_id, why)

    def _insert(
        self, connection: Connection, answer: AnswerRecord, now: datetime, message_id: int | None, why: str
    ) -> WrittenLetter:
        revision = self._next_revision(connection, answer, message_id)
        answer_id = insert_answer(connection, message_id, answer, revision, now)
        record = AuditRecord(
            "write", "answer", answer_id, after={"kind": answer.kind, "to": answer.to, "unit": answer.unit}, why=why,
            who=answer.written_by or PROGRAM,
        )
        write_audit(connection, now, (record,))
        return WrittenLetter(answer_id, new=True)

    def _same(self, connection: Connection, answer: AnswerRecord, message_id: int | None) -> int | None:
        t = m.Answer
        mine = t.message_id.is_(None) if message_id is None else t.message_id == message_id
        query = (
            select(t.id).where(mine, t.kind == answer.kind, t.plan_hash == answer.plan_hash, t.to == answer.to,
                               t.written_by.is_not(None), t.state != "suppressed")
            .order_by(t.id.desc()).limit(1)
        )  # fmt: skip
        return None if answer.again else connection.execute(query).scalar_one_or_none()

    def _replace(self, connection: Connection, message_id: int, who: str, now: datetime) -> None:
        """Take back the program's letters that tell this mail's outcome, those to other mails that speak for it too. Raises
        Conflict when one is on its way at this moment."""
        t, c = m.Answer, m.AnswerCompanion
        shared = select(c.answer_id).where(c.message_id == message_id)
        query = (
            select(t.id, t.message_id, t.state)
            .where(or_(t.message_id == message_id, t.id.in_(shared)), t.kind.in_(OUTCOME_KINDS), t.written_by.is_(None),
                   t.state.in_((*UNSENT, "sending")))
            .with_for_update()
        )  # fmt: skip
        found = connection.execute(query).all()
        if any(row.state == "sending" for row in found):
            raise Conflict(f"a letter to message {message_id} is being sent")
        taken = sorted(row.id for row in found)
        take_back(connection, taken, _BY_STAFF, now, told=message_id)
        write_audit(connection, now, [AuditRecord("replace", "answer", one, why=_BY_STAFF, who=who) for one in taken])
        # The mails whose letter spoke for this one too are answered by letters of their own.
        requeue(connection, {row.message_id for row in found} - {message_id, None}, now, read_again=False)

    def _next_revision(self, connection: Connection, answer: AnswerRecord, message_id: int | None) -> int:
        if message_id is None:
            return 1
        t = m.Answer
        query = select(t.revision).where(t.message_id == message_id, t.kind == answer.kind).order_by(t.revision.desc()).limit(1)
        return (connection.execute(query).scalar_one_or_none() or 0) + 1

    def edit_words(
        self, answer_id: int, plan: LetterPlan, *, subject: str, text: str, expected_edit: int, who: str, now: datetime
    ) -> None:
        """Staff changed their own words in an unsent letter. It becomes theirs, so that no decision replaces it. Raises
        Conflict if it has changed or gone since."""
        t = m.Answer
        with self._database.write() as connection:
            before = connection.execute(select(t.text).where(t.id == answer_id)).scalar_one_or_none()
            change = (
                update(t).where(t.id == answer_id, t.edit == expected_edit, t.state.in_(("draft", "waiting", "failed", "suppressed")))
                .values(plan=encode(plan), raw_sha256=None, subject=subject, text=text, written_by=who, edit=t.edit + 1)
            )  # fmt: skip
            if before is None or connection.execute(change).rowcount != 1:
                raise Conflict(f"answer {answer_id} was changed or sent since it was read")
            record = AuditRecord("edit", "answer", answer_id, before={"text": before}, after={"text": text}, who=who)
            write_audit(connection, now, (record,))

    def hold(
        self, answer_ids: Collection[int], why: str, who: str, now: datetime, edits: Mapping[int, int] | None = None
    ) -> tuple[int, ...]:
        """Keep letters that wait to be sent as drafts; ids of those held. `edits` as in `Outbox.release_answers`."""
        t = m.Answer
        change = (
            update(t).where(t.id.in_(answer_ids), t.state == "waiting", unchanged(edits))
            .values(state="draft", reason=why or None, next_attempt_at=None, edit=t.edit + 1).returning(t.id)
        )
        with self._database.write() as connection:
            held = tuple(sorted(connection.execute(change).scalars()))
            write_audit(connection, now, [AuditRecord("hold", "answer", one, why=why, who=who) for one in held])
            return held

    def letters_to(self, message_id: int) -> tuple[AnswerRow, ...]:
        """Letters to this message, oldest first."""
        t = m.Answer
        query = select(*columns_of(AnswerRow, t)).where(t.message_id == message_id).order_by(t.id)
        with self._database.read() as connection:
            return tuple(AnswerRow(*row) for row in connection.execute(query))

    def reminders(self, batch: int, since: datetime) -> tuple[AnswerRow, ...]:
        """Reminders for this batch that are unsent or went out since then, those taken back left out; newest first."""
        t = m.Answer
        query = (
            select(*columns_of(AnswerRow, t))
            .where(t.kind == "reminder", t.batch == batch, t.state != "suppressed", or_(t.sent_at.is_(None), t.sent_at >= since))
            .order_by(t.id.desc())
        )
        with self._database.read() as connection:
            return tuple(AnswerRow(*row) for row in connection.execute(query))


def reminded(
    known: Iterable[AnswerRow], unit: str, wanted: frozenset[tuple[str, str | None, str]], since: datetime
) -> AnswerRow | None:
    """The reminder to this unit that says all these points already (none: that nothing came) and is unsent, or went out
    after `since`. Pure."""
    for row in known:
        if row.unit != unit or row.kind != "reminder" or row.state == "suppressed" or row.plan is None:
            continue
        if row.sent_at is not None and row.sent_at < since:
            continue
        said = points(decode(LetterPlan, dict(row.plan)))
        if (wanted and wanted <= said) or (not wanted and not said):
            return row
    return None
