"""Staff's marks on mails and findings: is it a submission, whose is it, which fault does not count, read it again."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from core import regroup
from core.findings import Severity
from storage import models as m
from storage import placed
from storage.database import Database
from storage.decided_items import content_columns, with_overrides
from storage.desk_rows import Act, audit, change_item, check_seen, touch_message
from storage.errors import Conflict, NotFound
from storage.fetch import with_messages
from storage.ledger import requeue
from storage.rows import ITEM_COLUMNS


@dataclass(frozen=True, slots=True)
class FindingKey:
    """A finding as a person means it. `id`: its row as it was shown; every decision writes findings anew, so the same one is
    known again by what was found (`code`, `said`: its sentence's mark), about which item (its row id, not its place: a mail's items may have changed
    places), file (its place among the mail's files) and field."""

    message_id: int
    id: int
    code: str
    said: str
    item: int | None = None
    attachment: int | None = None
    field: str | None = None


def said_mark(text: str) -> str:
    """A finding's sentence in short."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class MailDesk:
    """The part of `storage.desk.Desk` about mails and findings."""

    _database: Database

    def accept_message(self, message_id: int, act: Act, expected_edit: int | None = None) -> int:
        """Waive everything that stands against the message; how many findings that were."""
        with self._database.write() as connection:
            row = touch_message(connection, message_id, expected_edit)
            check_seen(connection, act, messages=(message_id,))
            if row["staff_state"] == "rejected":
                touch_message(connection, message_id, None, staff_state=None)
            open_findings = select(m.Finding.id).where(
                m.Finding.message_id == message_id, m.Finding.waived_at.is_(None), m.Finding.severity != Severity.NOTE
            )
            ids = tuple(connection.execute(open_findings).scalars())
            _waive(connection, ids, act)
            audit(connection, act, "accept", "message", message_id, after={"waived": list(ids)})
            requeue(connection, (message_id,), act.now, read_again=False)
            return len(ids)

    def reject_message(self, message_id: int, act: Act, expected_edit: int | None = None) -> None:
        """The message is no submission: it will be ignored, its unsent letters taken back, its files taken out of the items
        that other messages brought too."""
        with self._database.write() as connection:
            before = touch_message(connection, message_id, expected_edit, staff_state="rejected")
            check_seen(connection, act, messages=(message_id,))
            audit(connection, act, "reject", "message", message_id, before={"staff_state": before["staff_state"]},
                  after={"staff_state": "rejected"})
            placed.forget_message(connection, message_id)
            others = _take_out(connection, message_id, act)
            requeue(connection, {message_id, *others}, act.now, read_again=False)

    def force_message(self, message_id: int, act: Act, expected_edit: int | None = None) -> None:
        """The message is a submission, whatever the program took it for: it will be judged and answered as one."""
        self._say(message_id, act, expected_edit, "force", "accepted")

    def unsay_message(self, message_id: int, act: Act, expected_edit: int | None = None) -> None:
        """Take the word on the message back: the program says itself again what it is."""
        self._say(message_id, act, expected_edit, "unsay", None)

    def _say(self, message_id: int, act: Act, expected_edit: int | None, action: str, state: str | None) -> None:
        with self._database.write() as connection:
            before = touch_message(connection, message_id, expected_edit, staff_state=state)
            check_seen(connection, act, messages=(message_id,))
            audit(connection, act, action, "message", message_id, before={"staff_state": before["staff_state"]},
                  after={"staff_state": state})
            requeue(connection, (message_id,), act.now, read_again=False)

    def reassign_message(
        self, message_id: int, reporting_unit: str, act: Act, expected_edit: int | None = None
    ) -> None:
        """The message comes from this reporting unit, whatever its subject says; later decisions leave it so."""
        with self._database.write() as connection:
            before = touch_message(
                connection, message_id, expected_edit, reporting_unit=reporting_unit, unit_source="staff"
            )
            check_seen(connection, act, messages=(message_id,))
            audit(connection, act, "reassign", "message", message_id,
                  before={name: before[name] for name in ("reporting_unit", "unit_source")},
                  after={"reporting_unit": reporting_unit})
            requeue(connection, (message_id,), act.now, read_again=False)

    def waive_finding(self, finding_id: int, act: Act) -> None:
        """This fault does not count. Raises Conflict if it is waived already."""
        with self._database.write() as connection:
            _waive_one(connection, _finding(connection, m.Finding.id == finding_id), act)

    def waive(self, key: FindingKey, act: Act) -> None:
        """This fault does not count. Raises Conflict if it is waived already, or the message has it no more."""
        with self._database.write() as connection:
            check_seen(connection, act, messages=(key.message_id,))
            _waive_one(connection, _meant(connection, key), act)

    def unwaive_finding(self, finding_id: int, act: Act) -> None:
        """The fault counts again."""
        with self._database.write() as connection:
            _unwaive_one(connection, _finding(connection, m.Finding.id == finding_id), act)

    def unwaive(self, key: FindingKey, act: Act) -> None:
        """The fault counts again. Raises Conflict if the message has it no more."""
        with self._database.write() as connection:
            check_seen(connection, act, messages=(key.message_id,))
            _unwaive_one(connection, _meant(connection, key), act)

    def reprocess(self, message_ids: Collection[int], act: Act, *, read_again: bool = True) -> int:
        """Run the messages through the pipeline again; how many there are."""
        with self._database.write() as connection:
            count = requeue(connection, message_ids, act.now, read_again=read_again)
            for message_id in sorted(set(message_ids)):
                audit(connection, act, "reprocess", "message", message_id)
            return count


def _meant(connection: Connection, key: FindingKey) -> RowMapping:
    """The finding that the person had before them, as it is now. Raises Conflict if there is none: what they waived is gone,
    and what stands in its place they have not seen."""
    t = m.Finding
    query = select(*t.__table__.columns).where(t.message_id == key.message_id).order_by(t.id).with_for_update()
    rows = connection.execute(query).mappings().all()
    found = next((row for row in rows if row["id"] == key.id), None)
    if found is None:
        places = placed.places(connection, key.message_id).get(key.item, frozenset()) if key.item is not None else (None,)
        found = next((
            row for row in rows
            if (row["code"], said_mark(row["text"]), row["attachment_index"], row["field"]) == (key.code, key.said, key.attachment, key.field)
            and row["item_index"] in places
        ), None)
    if found is None:
        raise Conflict(f"message {key.message_id} has no such finding {key.code} any more")
    return found


def _finding(connection: Connection, *conditions: Any) -> RowMapping:
    row = connection.execute(
        select(*m.Finding.__table__.columns).where(*conditions).order_by(m.Finding.id).limit(1).with_for_update()
    ).mappings().one_or_none()
    if row is None:
        raise NotFound("no such finding")
    return row


def _waive_one(connection: Connection, row: RowMapping, act: Act) -> None:
    if row["waived_at"] is not None:
        raise Conflict(f"finding {row['id']} was waived by {row['waived_by']}")
    _waive(connection, (row["id"],), act)
    # In the message's history: a finding's own row is written anew by every decision.
    audit(connection, act, "waive", "message", row["message_id"], after={"finding": row["id"], "code": row["code"], "text": row["text"]})
    requeue(connection, (row["message_id"],), act.now, read_again=False)


def _unwaive_one(connection: Connection, row: RowMapping, act: Act) -> None:
    connection.execute(
        update(m.Finding).where(m.Finding.id == row["id"]).values(waived_by=None, waived_at=None, waived_why=None)
    )
    audit(connection, act, "unwaive", "message", row["message_id"], before={"waived_by": row["waived_by"]},
          after={"finding": row["id"], "code": row["code"], "text": row["text"]})
    requeue(connection, (row["message_id"],), act.now, read_again=False)


def _waive(connection: Connection, finding_ids: Collection[int], act: Act) -> None:
    connection.execute(
        update(m.Finding).where(m.Finding.id.in_(finding_ids))
        .values(waived_by=act.who, waived_at=act.now, waived_why=act.why)
    )


def _take_out(connection: Connection, message_id: int, act: Act) -> set[int]:
    """Take the message's files out of the items that other messages brought too; those messages."""
    mine = select(m.ItemMessage.item_id).where(m.ItemMessage.message_id == message_id)
    rows = connection.execute(
        select(*ITEM_COLUMNS).where(m.Item.id.in_(mine), m.Item.state != "superseded").with_for_update()
    ).mappings().all()
    others: set[int] = set()
    for row, item in zip(rows, with_messages(connection, rows), strict=True):
        rest = set(item.messages) - {message_id}
        if not rest:
            continue  # the decision deletes it
        columns = with_overrides(content_columns(regroup.without_message(item.content, message_id)), item.overrides)
        changed = {name: value for name, value in columns.items() if row[name] != value}
        change_item(connection, row, changed, act, "take_out")
        others |= rest
    return others
