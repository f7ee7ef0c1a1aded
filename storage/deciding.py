"""Commit 2: what the decision needs to know and what it wrote, in one transaction, one decision at a time.

    with deciding(database) as desk:
        items = desk.open_items(...)          # what is known
        record = ...                          # assemble, judge, decide, compose: pure
        desk.record(record, owner, now)       # everything or nothing

Decisions follow one another, so that two mails about one item that arrive together do not both found it. Reading the
mails, which takes long, happens before and side by side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from core.codec import Json, encode
from core.facts import MessageFacts
from core.records import (
    PROGRAM,
    AttachmentRecord,
    AuditRecord,
    DecisionRecord,
    ItemRow,
    PendingLetter,
    Waiver,
)
from storage import find, placed
from storage import models as m
from storage.audit import write_audit
from storage.database import Database
from storage.decided_answers import given_up_letters, pending_letters, write_answers
from storage.decided_items import WrittenItems, write_items
from storage.decided_links import ask_again, write_links
from storage.dialect import count_up, insert_or_ignore, upsert
from storage.errors import LeaseLost
from storage.fetch import chunks, with_messages
from storage.ledger import requeue
from storage.rows import ITEM_COLUMNS, AnswerRow, LinkRow, MessageRow, columns_of, link_row
from storage.search_text import FileTexts, message_text

_DECIDING = 0x62616F736F6E67  # "baosong": the advisory lock of decisions on PostgreSQL
MAX_OPEN_ITEMS = 3000


@dataclass(frozen=True, slots=True)
class Written:
    """What `Deciding.record` wrote. `items`: row ids in the order of the record's items; `answers`: row ids of the
    letters new or changed; `deleted_items`: items of an earlier decision that no message backs any more."""

    items: tuple[int, ...]
    answers: tuple[int, ...]
    deleted_items: tuple[int, ...] = ()


@contextmanager
def deciding(database: Database) -> Iterator[Deciding]:
    """The desk on which one decision is made; committed at the end of the block, rolled back on any exception."""
    with database.write() as connection:
        if database.kind == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_DECIDING)))
        yield Deciding(connection)


def record_decision(database: Database, record: DecisionRecord, owner: str | None, now: datetime) -> Written:
    """`Deciding.record` in a transaction of its own."""
    with deciding(database) as desk:
        return desk.record(record, owner, now)


class Deciding:
    """What is known around one message, and the pen that writes what was decided."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    # --- what is known ---------------------------------------------------------------------------------------------

    def open_items(
        self,
        campaign: str,
        *,
        reporting_unit: str | None = None,
        sender: str | None = None,
        receipt_numbers: Collection[str] = (),
        thread: Collection[str] = (),
        message_rows: Collection[int] = (),
    ) -> tuple[ItemRow, ...]:
        """Items, none superseded, of this reporting unit, or of this sender, or with one of these receipt numbers, or
        of a message whose Message-ID is in `thread` or that one of our letters in `thread` answers, or to which one of
        `message_rows` contributed. Oldest first, at most the newest 3000."""
        wanted = []
        if reporting_unit:
            wanted.append(m.Item.reporting_unit == reporting_unit)
        if sender:
            wanted.append(m.Item.sender == sender)
        if receipt_numbers:
            wanted.append(m.Item.receipt_number.in_(receipt_numbers))
        rows = set(message_rows) | self.thread_messages(thread)
        if rows:
            wanted.append(m.Item.id.in_(select(m.ItemMessage.item_id).where(m.ItemMessage.message_id.in_(rows))))
        if not wanted:
            return ()
        # Asked one after another, each along its index: of an OR of them PostgreSQL makes a walk through all items.
        those = select(m.Item.id).where(m.Item.campaign == campaign, m.Item.state != "superseded")
        newest = (those.where(each).order_by(m.Item.id.desc()).limit(MAX_OPEN_ITEMS) for each in wanted)
        ids = {found for query in newest for found in self.connection.execute(query).scalars()}
        return self.items(sorted(ids)[-MAX_OPEN_ITEMS:])

    def items(self, item_ids: Collection[int]) -> tuple[ItemRow, ...]:
        """These items, superseded ones too."""
        rows: list[RowMapping] = []
        for part in chunks(item_ids):
            rows += self.connection.execute(select(*ITEM_COLUMNS).where(m.Item.id.in_(part)).order_by(m.Item.id)).mappings()
        return with_messages(self.connection, rows)

    def items_of(self, message_row: int) -> tuple[ItemRow, ...]:
        """All items that this message contributed to when it was decided before, superseded ones too."""
        mine = select(m.ItemMessage.item_id).where(m.ItemMessage.message_id == message_row)
        return self._item_rows(select(*ITEM_COLUMNS).where(m.Item.id.in_(mine)))

    def without_items(self, sender: str, before: int) -> tuple[int, ...]:
        """The newest submissions of this sender, recorded before row `before`, that brought no item; at most ten."""
        theirs = (
            select(m.Message.id)
            .where(m.Message.sender == sender, m.Message.kind == "submission", m.Message.id < before,
                   ~select(m.ItemMessage.item_id).where(m.ItemMessage.message_id == m.Message.id).exists())
            .order_by(m.Message.id.desc()).limit(10)
        )  # fmt: skip
        return tuple(self.connection.execute(theirs).scalars())

    def thread_messages(self, thread: Collection[str]) -> set[int]:
        """Row ids of the messages that these Message-IDs name, whether as mails or as our answers to them."""
        wanted = [header for header in thread if header]
        if not wanted:
            return set()
        mails = select(m.Message.id).where(m.Message.message_id.in_(wanted))
        answered = select(m.Answer.message_id).where(
            m.Answer.message_id_header.in_(wanted), m.Answer.message_id.is_not(None)
        )
        shared = (
            select(m.AnswerCompanion.message_id).join(m.Answer, m.Answer.id == m.AnswerCompanion.answer_id)
            .where(m.Answer.message_id_header.in_(wanted))
        )
        return set(self.connection.execute(mails.union(answered, shared)).scalars())

    def _item_rows(self, query: Select[Any]) -> tuple[ItemRow, ...]:
        rows = self.connection.execute(query).mappings().all()
        return with_messages(self.connection, sorted(rows, key=lambda row: int(row["id"])))

    def message(self, row_id: int) -> MessageRow | None:
        """A message as it is now."""
        return find.message(self.connection, row_id)

    def by_message_id(self, *message_ids: str) -> tuple[MessageRow, ...]:
        """Messages with one of these Message-IDs, oldest first. An empty one matches nothing."""
        return find.by_message_id(self.connection, message_ids)

    def by_raw_sha256(self, sha256: str) -> tuple[MessageRow, ...]:
        """Messages with exactly these bytes, oldest first."""
        return find.by_raw_sha256(self.connection, sha256)

    def with_files(self, sha256s: Collection[str]) -> dict[int, frozenset[str]]:
        """Which decided messages carry which of these files: row id -> SHA-256s."""
        return find.with_files(self.connection, sha256s)

    def facts(self, row_id: int) -> MessageFacts | None:
        """The stored facts of a message (of a companion, to judge both together)."""
        return find.facts(self.connection, row_id)

    def homes(self, row_id: int) -> dict[str, frozenset[int]]:
        """Which of the message's files and links staff placed in which items: mark -> item ids."""
        return placed.homes(self.connection, row_id)

    def places(self, row_id: int) -> dict[int, frozenset[int]]:
        """Item id -> its places in the message's record as last decided."""
        return placed.places(self.connection, row_id)

    def waivers(self, row_id: int) -> tuple[Waiver, ...]:
        """The findings of this message that staff waived."""
        f = m.Finding
        query = (
            select(f.code, f.item_index, f.attachment_index, f.field, f.waived_by, f.waived_why)
            .where(f.message_id == row_id, f.waived_at.is_not(None)).order_by(f.position)
        )
        return tuple(
            Waiver(code, item, attachment, field, by or "", why or "")
            for code, item, attachment, field, by, why in self.connection.execute(query)
        )

    def links(self, row_id: int) -> tuple[LinkRow, ...]:
        """The stored links of this message, with what the checks said."""
        query = select(*m.Link.__table__.columns).where(m.Link.message_id == row_id).order_by(m.Link.position)
        return tuple(link_row(row) for row in self.connection.execute(query).mappings())

    def answers(self, row_id: int) -> tuple[AnswerRow, ...]:
        """All letters to this message, and those it shares as a companion."""
        shared = select(m.AnswerCompanion.answer_id).where(m.AnswerCompanion.message_id == row_id)
        query = (
            select(*columns_of(AnswerRow, m.Answer))
            .where(or_(m.Answer.message_id == row_id, m.Answer.id.in_(shared))).order_by(m.Answer.id)
        )
        return tuple(AnswerRow(*row) for row in self.connection.execute(query))

    def pending_letters(self, item_ids: Collection[int]) -> tuple[PendingLetter, ...]:
        """Letters not yet gone out, to messages that contributed to these items."""
        return pending_letters(self.connection, item_ids)

    def given_up_letters(self, row_id: int) -> tuple[PendingLetter, ...]:
        """Other messages' letters that this message's unsent letter took the place of."""
        return given_up_letters(self.connection, row_id)

    def next_number(self, name: str) -> int:
        """The next value of this sequence (1, 2, 3 ...). Taken back if the transaction is."""
        value: int = count_up(
            self.connection, m.ReceiptSequence, {"name": name, "value": 1}, "name",
            {"value": m.ReceiptSequence.value + 1}, returning=m.ReceiptSequence.value,
        )
        return value

    # --- what was decided ------------------------------------------------------------------------------------------

    def record(self, record: DecisionRecord, owner: str | None, now: datetime) -> Written:
        """Write the decision about a message that `owner` has claimed (None: that nobody has). Raises LeaseLost when
        the claim is gone, Conflict when staff or a sender were faster; then nothing is written."""
        first = self._write_message(record, owner, now) == 1
        facts = None if record.facts is None else encode(record.facts)
        texts = FileTexts(self.connection, record.message_id, facts)
        self._write_content(record, facts, texts)
        self._write_findings(record, first=first)
        self._write_attachments(record.message_id, record.attachments, first=first)
        items = write_items(self.connection, record, texts, now, first=first)
        write_links(self.connection, record, items.ids, first=first)
        answers = write_answers(self.connection, record, now, first=first)
        if record.look_again:
            ask_again(self.connection, record.look_again, now)
        if record.decide_again:
            requeue(self.connection, record.decide_again, now, read_again=False)
        write_audit(self.connection, now, (_decision_audit(record, items), *items.audit, *record.audit))
        return Written(items.ids, answers, items.deleted)

    def _write_message(self, record: DecisionRecord, owner: str | None, now: datetime) -> int:
        """Update the message, end the claim; how many decisions it has had by now."""
        values = {
            "row_id": record.message_id, "kind": record.kind, "verdict": record.verdict, "reason": record.reason,
            "sender": record.sender, "campaign": record.campaign, "subject": record.subject, "batch": record.batch,
            "receipt_number": record.receipt_number, "duplicate_of": record.duplicate_of, "found_unit": record.reporting_unit,
            "found_in": record.unit_source, "decided_at": now, "moment": now,
        }
        if owner is None:
            result = self.connection.execute(_DECIDE_UNCLAIMED, values)
        else:
            result = self.connection.execute(_DECIDE, {**values, "owner": owner})
        decisions: int | None = result.scalar_one_or_none()
        if decisions is None:
            raise LeaseLost(f"message {record.message_id} is not claimed by {owner or 'nobody'}")
        return decisions

    def _write_content(self, record: DecisionRecord, facts: dict[str, Json] | None, texts: FileTexts) -> None:
        names = [record.subject, record.sender, record.reporting_unit, record.receipt_number]
        names += [name for part in record.attachments for name in part.path]
        names += [name for item in record.items for name in (item.content.title, item.content.applicant_unit)]
        names += [link.link.url for link in record.links]
        files = {} if facts is None else texts.of_message(record.message_id)
        values = {
            "message_id": record.message_id, "search_text": message_text(names, facts, files), "facts": facts,
        }
        if record.facts is None:
            insert_or_ignore(self.connection, m.MessageContent, values)
        else:
            upsert(self.connection, m.MessageContent, values, ("message_id",))

    def _write_findings(self, record: DecisionRecord, *, first: bool) -> None:
        t = m.Finding
        waived: dict[tuple[Any, ...], Any] = {}
        if not first:
            # An item's place in the record may have changed since: a waiver follows the item.
            ids = {item.id for item in record.items}
            items: dict[int | None, int] = {
                place: item for item, found in self.places(record.message_id).items() for place in found if item in ids
            }
            query = select(
                t.code, t.item_index, t.attachment_index, t.field, t.waived_by, t.waived_at, t.waived_why
            ).where(t.message_id == record.message_id, t.waived_at.is_not(None))
            for row in self.connection.execute(query):
                waived[row[0], *_item_key(row[1], items.get(row[1])), *row[2:4]] = row[4:]
            self.connection.execute(delete(t).where(t.message_id == record.message_id))
        rows = []
        for position, finding in enumerate(record.findings):
            known = None if finding.item is None else next(iter(record.items[finding.item :]), None)
            number = None if known is None else known.id
            key = (finding.code, *_item_key(finding.item, number), finding.attachment, finding.field)
            by, at, why = waived.get(key, (None, None, None))
            rows.append({
                "message_id": record.message_id, "position": position, "code": finding.code,
                "severity": finding.severity, "text": finding.text, "item_index": finding.item,
                "attachment_index": finding.attachment, "field": finding.field, "limit": finding.limit,
                "actual": finding.actual, "evidence": finding.evidence, "waived_by": by, "waived_at": at,
                "waived_why": why,
            })
        if rows:
            self.connection.execute(insert(t), rows)

    def _write_attachments(self, message_id: int, attachments: Sequence[AttachmentRecord], *, first: bool) -> None:
        if not first:
            self.connection.execute(delete(m.Attachment).where(m.Attachment.message_id == message_id))
        rows = [
            {
                "message_id": message_id, "position": position, "name": part.name, "path": list(part.path),
                "size": part.size, "sha256": part.sha256, "media_type": part.media_type, "role": part.role,
                "category": part.category,
            }
            for position, part in enumerate(attachments)
        ]
        if rows:
            self.connection.execute(insert(m.Attachment), rows)


def _item_key(place: int | None, item_id: int | None) -> tuple[str, int | None]:
    """What a finding's item is told by: its row id, or its place in the record while it has none."""
    return ("place", place) if item_id is None else ("id", item_id)


def _deciding_update(*, claimed: bool) -> Any:
    """UPDATE of the message that ends the claim. Parameters: the plain columns by name, `row_id`, `owner`, `moment`,
    `found_unit`, `found_in`."""
    t = m.Message
    # The claim set next_attempt_at to the lease's end. If it is something else now, somebody asked for the message again
    # while it was worked on: it stays work.
    wanted_again = t.next_attempt_at.is_distinct_from(t.lease_until) if claimed else literal(value=False)
    by_staff = t.unit_source == "staff"
    holder = t.lease_owner == bindparam("owner", type_=t.lease_owner.type) if claimed else t.lease_owner.is_(None)
    return (
        update(t).where(t.id == bindparam("row_id"), holder)
        .values(
            reporting_unit=case(
                (by_staff, t.reporting_unit), else_=bindparam("found_unit", type_=t.reporting_unit.type)
            ),
            unit_source=case((by_staff, t.unit_source), else_=bindparam("found_in", type_=t.unit_source.type)),
            decisions=t.decisions + 1,
            # Mail that came from no mailbox has nothing to be flagged there.
            filed_at=case((t.uid.is_(None), bindparam("moment", type_=t.filed_at.type)), else_=t.filed_at),
            stage=case((~wanted_again, "done"), (t.stage == "reading", "read"), else_=t.stage),
            next_attempt_at=case((wanted_again, t.next_attempt_at), else_=None),
            lease_owner=None, lease_until=None, attempts=0, claims=0, error=None, edit=t.edit + 1,
        )
        .returning(t.decisions)
    )


# Built once: building so large a statement takes longer than running it.
_DECIDE, _DECIDE_UNCLAIMED = _deciding_update(claimed=True), _deciding_update(claimed=False)


def _decision_audit(record: DecisionRecord, items: WrittenItems) -> AuditRecord:
    return AuditRecord(
        "decide", "message", record.message_id, who=PROGRAM, why=record.reason,
        after={
            "kind": record.kind, "verdict": record.verdict, "reporting_unit": record.reporting_unit,
            "batch": record.batch, "items": list(items.ids),
            "findings": [finding.code for finding in record.findings],
            "answers": [answer.kind for answer in record.answers],
        },
    )
