"""What staff decide: each mark is written with who, when and why, and the daemon acts on it at its next round.

Every method is one transaction; all take an `Act`: who, when, why and what the person had seen. `expected_edit` is the
`edit` of the row as the person saw it: if it has changed since, nothing is written and Conflict is raised. NotFound for an
unknown id. Mails and findings are in `storage.desk_mail`, merging and splitting in `storage.desk_groups`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from core.codec import Json
from core.facts import LinkState
from storage import models as m
from storage.database import Database
from storage.decided_items import OVERRIDABLE
from storage.desk_groups import GroupDesk
from storage.desk_mail import FindingKey, MailDesk, said_mark
from storage.desk_rows import Act, audit, change_item, check_seen, decide_again, find_item
from storage.errors import NotFound, StorageError
from storage.later_versions import waiting_with
from storage.ledger import requeue

__all__ = ["Act", "Desk", "FindingKey", "said_mark"]


class Desk(GroupDesk, MailDesk):
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
            row = find_item(connection, item_id, expected_edit)
            check_seen(connection, act, items=(item_id,))
            if row["state"] == "superseded":
                raise StorageError(f"item {item_id} was replaced by a newer version ({row['superseded_by']})")
            settled = values["staff_state"] is not None
            values |= {
                "staff_by": act.who if settled else None, "staff_at": act.now if settled else None,
                "staff_why": act.why if settled else None,
            }
            change_item(connection, row, values, act, action)
            decide_again(connection, item_id, act)

    def receive_paper(self, item_id: int, act: Act, expected_edit: int | None = None) -> None:
        """The printed textbook has come by post."""
        with self._database.write() as connection:
            row = find_item(connection, item_id, expected_edit)
            check_seen(connection, act, items=(item_id,))
            change_item(connection, row, {"paper_arrived_at": act.now}, act, "receive_paper")
            decide_again(connection, item_id, act)

    def reassign_item(
        self, item_id: int, changes: Mapping[str, Json], act: Act, expected_edit: int | None = None
    ) -> None:
        """Set category, title, applicant_unit, reporting_unit or batch by hand; later decisions leave them so. Raises
        StorageError for another key."""
        unknown = sorted(set(changes) - OVERRIDABLE)
        if unknown:
            raise StorageError(f"cannot be set by hand: {', '.join(unknown)} (only {', '.join(sorted(OVERRIDABLE))})")
        with self._database.write() as connection:
            row = find_item(connection, item_id, expected_edit)
            check_seen(connection, act, items=(item_id,))
            values = {**changes, "overrides": {**row["overrides"], **changes}}
            change_item(connection, row, values, act, "reassign")
            decide_again(connection, item_id, act)

    # --- anything --------------------------------------------------------------------------------------------------

    def note(self, object_kind: str, object_id: int, text: str, act: Act) -> None:
        """A remark for colleagues, kept in the history of the row."""
        tables: dict[str, Any] = {"item": m.Item, "message": m.Message, "answer": m.Answer, "link": m.Link}
        table = tables.get(object_kind)
        if table is None:
            raise StorageError(f"notes belong to an item, message, answer or link, not to {object_kind!r}")
        with self._database.write() as connection:
            if connection.execute(select(table.id).where(table.id == object_id)).scalar_one_or_none() is None:
                raise NotFound(f"no {object_kind} {object_id}")
            audit(connection, act, "note", object_kind, object_id, after={"text": text})

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
            check_seen(connection, act, links=(link_id,), messages=(before["message_id"],))
            values: dict[str, Any] = {"settled_by": act.who, "checked_at": act.now, "next_check_at": None}
            lost, good = before["lost_state"] is not None, state is LinkState.OK
            if lost:
                values |= {"watch": "over", "lost_state": None if good else state}
                values |= {"lost_at": None} if good else {}
            else:
                wrong = before["state"] not in ("ok", "unchecked")  # the service is mistaken: it is not asked again
                values |= {"state": state, "watch": "over" if good and wrong else None}
            connection.execute(update(t).where(t.id == link_id).values(**values))
            audit(connection, act, "settle", "link", link_id, before=before, after={"state": state.value})
            told = (before["message_id"],) if good or not lost else ()
            # Who waits for a look waits no more, whatever the person saw.
            requeue(connection, {*told, *waiting_with(connection, before["message_id"])}, act.now, read_again=False)
