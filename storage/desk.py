"""What staff decide: each mark is written with who, when and why, and the daemon acts on it at its next round.

Every method is one transaction; all take `who`, `why` and `now`. `expected_edit` is the `edit` of the row as the person
saw it: if it has changed since, nothing is written and Conflict is raised. NotFound for an unknown id.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, select, update

from core.codec import Json
from core.facts import LinkState
from core.findings import Severity
from core.records import AuditRecord
from storage import models as m
from storage.audit import write_audit
from storage.database import Database
from storage.decided_items import OVERRIDABLE, text_of, write_texts
from storage.errors import Conflict, NotFound, StorageError
from storage.ledger import requeue
from storage.rows import ITEM_COLUMNS, item_row
from storage.search_text import FileTexts


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, when and why."""

    who: str
    now: datetime
    why: str = ""


class Desk:
    """The office's marks on items, messages, findings and links."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- items -----------------------------------------------------------------------------------------------------

    def accept_item(self, item_id: int, act: Act, expected_edit: int | None = None) -> None:
        """The item is good as it is, whatever the program found."""
        self._settle_item(item_id, act, expected_edit, "accept", state="complete", staff_state="accepted")

    def reject_item(self, item_id: int, act: Act, expected_edit: int | None = None) -> None:
        """The item is not taken."""
        self._settle_item(item_id, act, expected_edit, "reject", state="incomplete", staff_state="rejected")

    def reopen_item(self, item_id: int, act: Act, expected_edit: int | None = None) -> None:
        """Take an accept or reject back: the program judges again."""
        self._settle_item(item_id, act, expected_edit, "reopen", state="review", staff_state=None)

    def _settle_item(self, item_id: int, act: Act, expected_edit: int | None, action: str, **values: Any) -> None:
        with self._database.write() as connection:
            row = _item(connection, item_id, expected_edit)
            if row["state"] == "superseded":
                raise StorageError(f"item {item_id} was replaced by a newer version ({row['superseded_by']})")
            settled = values["staff_state"] is not None
            values |= {
                "staff_by": act.who if settled else None, "staff_at": act.now if settled else None,
                "staff_why": act.why if settled else None,
            }
            _change_item(connection, row, values, act, action)
            _decide_again(connection, item_id, act)

    def receive_paper(self, item_id: int, act: Act, expected_edit: int | None = None) -> None:
        """The printed textbook has come by post."""
        with self._database.write() as connection:
            row = _item(connection, item_id, expected_edit)
            _change_item(connection, row, {"paper_arrived_at": act.now}, act, "receive_paper")
            _decide_again(connection, item_id, act)

    def reassign_item(
        self, item_id: int, changes: Mapping[str, Json], act: Act, expected_edit: int | None = None
    ) -> None:
        """Set category, title, applicant_unit, reporting_unit or batch by hand; later decisions leave them so. Raises
        StorageError for another key."""
        unknown = sorted(set(changes) - OVERRIDABLE)
        if unknown:
            raise StorageError(f"cannot be set by hand: {', '.join(unknown)} (only {', '.join(sorted(OVERRIDABLE))})")
        with self._database.write() as connection:
            row = _item(connection, item_id, expected_edit)
            values = {**changes, "overrides": {**row["overrides"], **changes}}
            _change_item(connection, row, values, act, "reassign")
            _decide_again(connection, item_id, act)

    def merge_items(self, keep: int, other: int, act: Act) -> None:
        """`other` is the same item as `keep`: its messages count for `keep`, and it is superseded by it."""
        if keep == other:
            raise StorageError("an item cannot be merged with itself")
        with self._database.write() as connection:
            kept, merged = _item(connection, keep, None), _item(connection, other, None)
            if "superseded" in (kept["state"], merged["state"]):
                raise StorageError("only current items can be merged")
            connection.execute(update(m.ItemMessage).where(m.ItemMessage.item_id == other).values(item_id=keep))
            connection.execute(update(m.Link).where(m.Link.item_id == other).values(item_id=keep))
            _change_item(connection, merged, {"state": "superseded", "superseded_by": keep}, act, "merge")
            _change_item(connection, kept, {}, act, "merge")
            _decide_again(connection, keep, act)

    # --- messages and findings -------------------------------------------------------------------------------------

    def accept_message(self, message_id: int, act: Act, expected_edit: int | None = None) -> int:
        """Waive everything that stands against the message; how many findings that were."""
        with self._database.write() as connection:
            _touch_message(connection, message_id, expected_edit, staff_state=None)
            open_findings = select(m.Finding.id).where(
                m.Finding.message_id == message_id, m.Finding.waived_at.is_(None), m.Finding.severity != Severity.NOTE
            )
            ids = tuple(connection.execute(open_findings).scalars())
            _waive(connection, ids, act)
            _audit(connection, act, "accept", "message", message_id, after={"waived": list(ids)})
            requeue(connection, (message_id,), act.now, read_again=False)
            return len(ids)

    def reject_message(self, message_id: int, act: Act, expected_edit: int | None = None) -> None:
        """The message is no submission: it will be ignored and its unsent letters taken back."""
        with self._database.write() as connection:
            _touch_message(connection, message_id, expected_edit, staff_state="rejected")
            _audit(connection, act, "reject", "message", message_id)
            requeue(connection, (message_id,), act.now, read_again=False)

    def reassign_message(
        self, message_id: int, reporting_unit: str, act: Act, expected_edit: int | None = None
    ) -> None:
        """The message comes from this reporting unit, whatever its subject says; later decisions leave it so."""
        with self._database.write() as connection:
            before = connection.execute(
                select(m.Message.reporting_unit, m.Message.unit_source).where(m.Message.id == message_id)
            ).mappings().one_or_none()
            _touch_message(
                connection, message_id, expected_edit, reporting_unit=reporting_unit, unit_source="staff"
            )
            _audit(connection, act, "reassign", "message", message_id, before=before,
                   after={"reporting_unit": reporting_unit})
            requeue(connection, (message_id,), act.now, read_again=False)

    def waive_finding(self, finding_id: int, act: Act) -> None:
        """This fault does not count. Raises Conflict if it is waived already."""
        with self._database.write() as connection:
            row = _finding(connection, finding_id)
            if row["waived_at"] is not None:
                raise Conflict(f"finding {finding_id} was waived by {row['waived_by']}")
            _waive(connection, (finding_id,), act)
            _audit(connection, act, "waive", "finding", finding_id, after={"code": row["code"]})
            requeue(connection, (row["message_id"],), act.now, read_again=False)

    def unwaive_finding(self, finding_id: int, act: Act) -> None:
        """The fault counts again."""
        with self._database.write() as connection:
            row = _finding(connection, finding_id)
            connection.execute(
                update(m.Finding).where(m.Finding.id == finding_id)
                .values(waived_by=None, waived_at=None, waived_why=None)
            )
            _audit(connection, act, "unwaive", "finding", finding_id, before={"waived_by": row["waived_by"]})
            requeue(connection, (row["message_id"],), act.now, read_again=False)

    def note(self, object_kind: str, object_id: int, text: str, act: Act) -> None:
        """A remark for colleagues, kept in the history of the row."""
        tables: dict[str, Any] = {"item": m.Item, "message": m.Message, "answer": m.Answer, "link": m.Link}
        table = tables.get(object_kind)
        if table is None:
            raise StorageError(f"notes belong to an item, message, answer or link, not to {object_kind!r}")
        with self._database.write() as connection:
            if connection.execute(select(table.id).where(table.id == object_id)).scalar_one_or_none() is None:
                raise NotFound(f"no {object_kind} {object_id}")
            _audit(connection, act, "note", object_kind, object_id, after={"text": text})

    def reprocess(self, message_ids: Collection[int], act: Act, *, read_again: bool = True) -> int:
        """Run the messages through the pipeline again; how many there are."""
        with self._database.write() as connection:
            count = requeue(connection, message_ids, act.now, read_again=read_again)
            write_audit(connection, act.now, [
                AuditRecord("reprocess", "message", message_id, why=act.why, who=act.who)
                for message_id in sorted(set(message_ids))
            ])
            return count

    # --- links -----------------------------------------------------------------------------------------------------

    def settle_link(self, link_id: int, state: LinkState, act: Act) -> None:
        """A person has looked: the link is in this state, and no check will say otherwise. About a link that was lost after
        its item was accepted the word is about the loss: the mail that brought it was right in its time."""
        t = m.Link
        with self._database.write() as connection:
            before = connection.execute(
                select(t.state, t.settled_by, t.message_id, t.lost_state).where(t.id == link_id).with_for_update()
            ).mappings().one_or_none()
            if before is None:
                raise NotFound(f"no link {link_id}")
            values: dict[str, Any] = {"settled_by": act.who, "checked_at": act.now, "next_check_at": None}
            lost, good = before["lost_state"] is not None, state is LinkState.OK
            if lost:
                values |= {"watch": "over", "lost_state": None if good else state}
                values |= {"lost_at": None} if good else {}
            else:
                values |= {"state": state, "watch": None}
            connection.execute(update(t).where(t.id == link_id).values(**values))
            _audit(connection, act, "settle", "link", link_id, before=before, after={"state": state.value})
            if good or not lost:
                requeue(connection, (before["message_id"],), act.now, read_again=False)


def _item(connection: Connection, item_id: int, expected_edit: int | None) -> RowMapping:
    row = connection.execute(
        select(*ITEM_COLUMNS).where(m.Item.id == item_id).with_for_update()
    ).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no item {item_id}")
    if expected_edit is not None and row["edit"] != expected_edit:
        raise Conflict(f"item {item_id} was changed since it was shown")
    return row


def _change_item(connection: Connection, row: RowMapping, values: Mapping[str, Any], act: Act, action: str) -> None:
    """Write the changed columns, the search text, the edit counter and the audit trail."""
    columns = {**row, **values}
    text = text_of(columns, item_row(columns).content, FileTexts(connection))
    write_texts(connection, [{"item_id": row["id"], "search_text": text}])
    connection.execute(
        update(m.Item).where(m.Item.id == row["id"])
        .values(**values, updated_at=act.now, edit=m.Item.edit + 1)
    )
    shown = [name for name in values if not name.startswith("staff_") or name == "staff_state"]
    _audit(connection, act, action, "item", row["id"], before={name: row[name] for name in shown},
           after={name: values[name] for name in shown})


def _decide_again(connection: Connection, item_id: int, act: Act) -> None:
    """The messages that contributed to the item are judged anew, from their stored facts."""
    query = select(m.ItemMessage.message_id).where(m.ItemMessage.item_id == item_id)
    requeue(connection, set(connection.execute(query).scalars()), act.now, read_again=False)


def _touch_message(connection: Connection, message_id: int, expected_edit: int | None, **values: Any) -> None:
    edit = connection.execute(
        select(m.Message.edit).where(m.Message.id == message_id).with_for_update()
    ).scalar_one_or_none()
    if edit is None:
        raise NotFound(f"no message {message_id}")
    if expected_edit is not None and edit != expected_edit:
        raise Conflict(f"message {message_id} was changed since it was shown")
    connection.execute(update(m.Message).where(m.Message.id == message_id).values(**values))


def _finding(connection: Connection, finding_id: int) -> RowMapping:
    row = connection.execute(
        select(*m.Finding.__table__.columns).where(m.Finding.id == finding_id).with_for_update()
    ).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no finding {finding_id}")
    return row


def _waive(connection: Connection, finding_ids: Collection[int], act: Act) -> None:
    connection.execute(
        update(m.Finding).where(m.Finding.id.in_(finding_ids))
        .values(waived_by=act.who, waived_at=act.now, waived_why=act.why)
    )


def _audit(
    connection: Connection, act: Act, action: str, object_kind: str, object_id: int,
    before: Mapping[Any, Any] | None = None, after: Mapping[str, Any] | None = None,
) -> None:
    record = AuditRecord(
        action, object_kind, object_id, before=None if before is None else _plain(before),
        after=None if after is None else _plain(after), why=act.why, who=act.who,
    )
    write_audit(connection, act.now, (record,))


def _plain(values: Mapping[Any, Any]) -> dict[str, Json]:
    """Column values as JSON."""
    return {
        str(name): value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }
