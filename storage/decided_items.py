"""The items of a decision: new ones, changed ones, superseded ones, and those that nothing backs any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from core.codec import encode
from core.records import AuditRecord, DecisionRecord, ItemContent, ItemRecord
from storage import models as m
from storage.dialect import upsert
from storage.errors import Conflict
from storage.ledger import requeue
from storage.search_text import FileTexts, item_text

_INSERT = insert(m.Item).returning(m.Item.id, sort_by_parameter_order=True)

OVERRIDABLE = frozenset({"category", "title", "applicant_unit", "reporting_unit", "batch"})
"""Columns of an item that staff may set by hand and a later decision then leaves alone."""


@dataclass(frozen=True, slots=True)
class WrittenItems:
    """Row ids in the order of the record's items; ids deleted; what to say in the audit trail."""

    ids: tuple[int, ...]
    deleted: tuple[int, ...] = ()
    audit: tuple[AuditRecord, ...] = ()


def write_items(
    connection: Connection, record: DecisionRecord, texts: FileTexts, now: datetime, *, first: bool
) -> WrittenItems:
    """Write the record's items, their text for the search and what the message contributed to each. Raises Conflict when
    an item was changed or deleted since the decision was based on it."""
    ids: list[int] = [item.id or 0 for item in record.items]
    changed = [item for item in record.items if item.id is not None]
    searched: list[dict[str, Any]] = []
    if changed:
        searched += _update(connection, changed, texts, now)
    new = [index for index, item in enumerate(record.items) if item.id is None]
    if new:
        older = _by_staff(connection, [number for index in new for number in record.items[index].supersedes])
        rows = [_new_columns(record.items[index], older, now) for index in new]
        for index, item_id in zip(new, connection.execute(_INSERT, rows).scalars(), strict=True):
            ids[index] = item_id
        searched += [
            {"item_id": ids[index], "search_text": text_of(row, record.items[index].content, texts)}
            for index, row in zip(new, rows, strict=True)
        ]
    if searched:
        write_texts(connection, searched)
    for item, item_id in zip(record.items, ids, strict=True):
        if item.supersedes:
            _supersede(connection, item.supersedes, item_id, now)
    dropped = set() if first else _unlink(connection, record.message_id) - set(ids)
    if ids:
        _link(connection, record, ids)
    deleted, audit = _delete_orphans(connection, dropped, now)
    return WrittenItems(tuple(ids), deleted, audit)


def content_columns(content: ItemContent) -> dict[str, Any]:
    """The columns of table `item` that hold the content."""
    return {
        "campaign": content.campaign, "category": content.category, "title": content.title,
        "applicant_unit": content.applicant_unit, "reporting_unit": content.reporting_unit, "batch": content.batch,
        "state": content.state, "version": content.version, "receipt_number": content.receipt_number,
        "sender": content.sender, "fields": dict(content.fields), "lengths": dict(content.lengths),
        "word": None if content.word is None else encode(content.word),
        "scans": [encode(scan) for scan in content.scans], "seal": content.seal,
        "scan_matches_word": content.scan_matches_word, "detail": dict(content.detail),
    }


def text_of(columns: Mapping[str, Any], content: ItemContent, texts: FileTexts) -> str:
    """The item's text for the search: `columns` as written, the files of the content."""
    return item_text(columns, [*((content.word,) if content.word else ()), *content.scans], texts)


def write_texts(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of table `item_text`, new or changed."""
    upsert(connection, m.ItemText, rows, ("item_id",))


def _by_staff(connection: Connection, replaced: Collection[int]) -> dict[int, dict[str, Any]]:
    """What staff said of items that get a new version, and what holds for that one too."""
    if not replaced:
        return {}
    query = select(m.Item.id, m.Item.overrides, m.Item.paper_arrived_at).where(m.Item.id.in_(replaced)).with_for_update()
    return {row.id: {"overrides": row.overrides, "paper_arrived_at": row.paper_arrived_at} for row in connection.execute(query)}


_NOTHING_SAID: Mapping[str, Any] = {"overrides": {}, "paper_arrived_at": None}


def _new_columns(item: ItemRecord, older: Mapping[int, Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    said = next((older[number] for number in item.supersedes if number in older), _NOTHING_SAID)
    columns = with_overrides(content_columns(item.content), said["overrides"])
    return {**columns, **said, "created_at": now, "updated_at": now}


def _update(
    connection: Connection, items: Collection[ItemRecord], texts: FileTexts, now: datetime
) -> list[dict[str, Any]]:
    """Write the columns of known items; their new rows of `item_text`."""
    wanted = [item.id for item in items]
    query = (
        select(m.Item.id, m.Item.edit, m.Item.staff_state, m.Item.overrides)
        .where(m.Item.id.in_(wanted)).with_for_update()
    )
    known = {row.id: row for row in connection.execute(query)}
    rows, searched = [], []
    for item in items:
        row = known.get(item.id)
        if row is None or (item.expected_edit is not None and row.edit != item.expected_edit):
            raise Conflict(f"item {item.id} was changed since it was read")
        columns = with_overrides(content_columns(item.content), row.overrides)
        if row.staff_state == "accepted" and columns["state"] != "superseded":
            columns["state"] = "complete"  # the office has spoken
        rows.append({**columns, "row_id": item.id, "updated_at": now, "edit": row.edit + 1})
        searched.append({"item_id": item.id, "search_text": text_of(columns, item.content, texts)})
    connection.execute(update(m.Item).where(m.Item.id == bindparam("row_id")), rows)
    return searched


def with_overrides(columns: dict[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The columns with what staff set by hand in place of what the program found."""
    return {**columns, **{name: value for name, value in overrides.items() if name in OVERRIDABLE}}


def _supersede(connection: Connection, older: Collection[int], newer: int, now: datetime) -> None:
    connection.execute(
        update(m.Item).where(m.Item.id.in_(older), m.Item.id != newer)
        .values(state="superseded", superseded_by=newer, updated_at=now, edit=m.Item.edit + 1)
    )


def _unlink(connection: Connection, message_id: int) -> set[int]:
    """Forget what an earlier decision said the message contributed to; those items' ids."""
    statement = delete(m.ItemMessage).where(m.ItemMessage.message_id == message_id).returning(m.ItemMessage.item_id)
    return set(connection.execute(statement).scalars())


def _link(connection: Connection, record: DecisionRecord, ids: Collection[int]) -> None:
    rows = [
        {"message_id": record.message_id, "position": position, "item_id": item_id,
         "contributed": list(item.contributed)}
        for position, (item, item_id) in enumerate(zip(record.items, ids, strict=True))
    ]
    connection.execute(insert(m.ItemMessage), rows)


def _delete_orphans(
    connection: Connection, dropped: Collection[int], now: datetime
) -> tuple[tuple[int, ...], tuple[AuditRecord, ...]]:
    """Delete items that only an earlier decision about this message had made. What staff have touched stays."""
    if not dropped:
        return (), ()
    orphan = (
        m.Item.id.in_(dropped), m.Item.staff_state.is_(None), m.Item.paper_arrived_at.is_(None),
        ~exists().where(m.ItemMessage.item_id == m.Item.id),
    )
    query = select(m.Item.id, m.Item.category, m.Item.title, m.Item.applicant_unit, m.Item.receipt_number).where(*orphan)
    rows = connection.execute(query).mappings().all()
    ids = tuple(row["id"] for row in rows)
    if not ids:
        return (), ()
    # A version that such an item had replaced is the current one again: its mails say in which state.
    revived = connection.execute(
        update(m.Item).where(m.Item.superseded_by.in_(ids))
        .values(state="review", superseded_by=None, updated_at=now, edit=m.Item.edit + 1).returning(m.Item.id)
    ).scalars().all()
    if revived:
        mails = select(m.ItemMessage.message_id).where(m.ItemMessage.item_id.in_(revived))
        requeue(connection, set(connection.execute(mails).scalars()), now, read_again=False)
    connection.execute(delete(m.Item).where(m.Item.id.in_(ids)))
    audit = tuple(
        AuditRecord("delete", "item", row["id"], before=dict(row), why="重新判断后不再有来信支持此件")
        for row in rows
    )
    return ids, audit
