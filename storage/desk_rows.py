"""What the office's marks have in common: who acts, the row as it was seen, the audit trail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, or_, select, update

from core.codec import Json
from core.records import PROGRAM, AuditRecord
from storage import models as m
from storage.audit import write_audit
from storage.decided_items import text_of, write_texts
from storage.errors import Conflict, NotFound
from storage.ledger import requeue
from storage.rows import ITEM_COLUMNS, item_row
from storage.search_text import FileTexts


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, when and why. `seen`: the newest entry of the audit trail that the person had before them; if a person has
    acted on the same item or message since, nothing is written and Conflict is raised (None: not asked for)."""

    who: str
    now: datetime
    why: str = ""
    seen: int | None = None


def find_item(connection: Connection, item_id: int, expected_edit: int | None) -> RowMapping:
    """The item's row, locked. Raises NotFound, Conflict."""
    row = connection.execute(
        select(*ITEM_COLUMNS).where(m.Item.id == item_id).with_for_update()
    ).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no item {item_id}")
    if expected_edit is not None and row["edit"] != expected_edit:
        raise Conflict(f"item {item_id} was changed since it was shown")
    return row


def change_item(connection: Connection, row: RowMapping, values: Mapping[str, Any], act: Act, action: str) -> None:
    """Write the changed columns, the search text, the edit counter and the audit trail."""
    columns = {**row, **values}
    write_item_text(connection, row["id"], columns)
    connection.execute(
        update(m.Item).where(m.Item.id == row["id"]).values(**values, updated_at=act.now, edit=m.Item.edit + 1)
    )
    shown = [name for name in values if name in _SHOWN]
    audit(connection, act, action, "item", row["id"], before={name: row[name] for name in shown},
          after={name: values[name] for name in shown})


def write_item_text(connection: Connection, item_id: int, columns: Mapping[Any, Any]) -> None:
    """What a search for the item looks through. `columns`: those of the row as it is now."""
    text = text_of(columns, item_row(columns).content, FileTexts(connection))
    write_texts(connection, [{"item_id": item_id, "search_text": text}])


_SHOWN = frozenset({
    "category", "title", "applicant_unit", "reporting_unit", "batch", "state", "staff_state", "superseded_by",
    "paper_arrived_at", "overrides",
})
"""Columns whose change the trail tells; files and texts would fill it."""


def messages_of(connection: Connection, item_id: int) -> set[int]:
    """Row ids of the messages that contributed to the item."""
    query = select(m.ItemMessage.message_id).where(m.ItemMessage.item_id == item_id)
    return set(connection.execute(query).scalars())


def decide_again(connection: Connection, item_id: int, act: Act) -> None:
    """The messages that contributed to the item are judged anew, from their stored facts."""
    requeue(connection, messages_of(connection, item_id), act.now, read_again=False)


def touch_message(connection: Connection, message_id: int, expected_edit: int | None, **values: Any) -> RowMapping:
    """Change columns of the message; the row as it was before. Raises NotFound, Conflict."""
    row = connection.execute(
        select(m.Message.edit, m.Message.staff_state, m.Message.reporting_unit, m.Message.unit_source)
        .where(m.Message.id == message_id).with_for_update()
    ).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no message {message_id}")
    if expected_edit is not None and row["edit"] != expected_edit:
        raise Conflict(f"message {message_id} was changed since it was shown")
    if values:
        connection.execute(update(m.Message).where(m.Message.id == message_id).values(**values))
    return row


def check_seen(
    connection: Connection, act: Act, *, items: Collection[int] = (), messages: Collection[int] = (),
    links: Collection[int] = (),
) -> None:
    """Raises Conflict when a person has acted on one of these since the one who acts now has looked. An item's messages
    count with it."""
    if act.seen is None:
        return
    about = set(messages)
    if items:
        about.update(connection.execute(
            select(m.ItemMessage.message_id).where(m.ItemMessage.item_id.in_(items))
        ).scalars())
    newer = acts_since(connection, act.seen, items, about, links)
    if newer:
        raise Conflict(f"{newer[0].who} has acted since ({newer[0].action})")


def acts_since(
    connection: Connection, seen: int, items: Collection[int], messages: Collection[int], links: Collection[int] = ()
) -> list[Any]:
    """Entries of the trail after `seen`, by persons, about these items, messages and links; newest first, at most 50."""
    t = m.Audit
    letters = select(m.Answer.id).where(m.Answer.message_id.in_(messages), m.Answer.written_by.is_not(None))
    kinds = (
        ("item", items), ("message", messages), ("link", links),
        ("answer", set(connection.execute(letters).scalars()) if messages else ()),
    )
    objects = [and_(t.object_kind == kind, t.object_id.in_(ids)) for kind, ids in kinds if ids]
    if not objects:
        return []
    query = (
        select(t.id, t.at, t.who, t.action, t.object_kind, t.object_id, t.why)
        .where(t.id > seen, t.who != PROGRAM, or_(*objects)).order_by(t.id.desc()).limit(50)
    )
    return list(connection.execute(query))


def audit(
    connection: Connection, act: Act, action: str, object_kind: str, object_id: int,
    before: Mapping[Any, Any] | None = None, after: Mapping[str, Any] | None = None,
) -> None:
    """Append to the trail."""
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
