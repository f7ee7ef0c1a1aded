"""What the workbook and the experts' folder need of each item, streamed in the order of the tables, in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, and_, select, tuple_

from core.findings import Severity
from core.records import FileRef, ItemRow
from storage import models as m
from storage.database import Database
from storage.dialect import unindexed
from storage.fetch import attachments_of, items_of, with_messages
from storage.rows import ITEM_COLUMNS, FindingRow, LinkRow, MessageRow, columns_of, finding_row, link_row
from storage.tally import total

_CHUNK = 64
_NEVER = ("blocked", "unreadable", "archive")


@dataclass(frozen=True, slots=True)
class ExportItem:
    """An item with what hangs on it. `received_at`: arrival of its first message. `findings`: open ones (neither waived
    nor mere notes) of its messages about it, the newest message's word on each. `notes`: what staff noted, oldest
    first."""

    item: ItemRow
    received_at: datetime | None
    links: tuple[LinkRow, ...]
    findings: tuple[FindingRow, ...]
    notes: tuple[str, ...]


def count_items(database: Database, campaign: str, batch: int | None = None) -> int:
    """How many items an export has: all but replaced versions."""
    t = m.Tally
    conditions = [t.campaign == campaign, t.state != "superseded"] + ([t.batch == batch] if batch is not None else [])
    with database.read() as connection:
        return total(connection, "item", *conditions)


def export_items(
    database: Database, campaign: str, category: str, units: Sequence[str | None], batch: int | None = None
) -> Iterator[ExportItem]:
    """The current items of a category, unit after unit, oldest first; None among the units: items of no unit. Each
    chunk is read in a transaction of its own, so that a slow reader holds none open."""
    for unit in units:
        last = 0
        while True:
            with database.read() as connection:
                t = m.Item
                conditions = [
                    t.campaign == campaign, t.state != "superseded", unindexed(t.category) == category,
                    t.reporting_unit.is_(None) if unit is None else t.reporting_unit == unit,
                ]  # fmt: skip
                if batch is not None:
                    conditions.append(unindexed(t.batch) == batch)
                query = select(*ITEM_COLUMNS).where(*conditions, t.id > last).order_by(t.id).limit(_CHUNK)
                rows = with_messages(connection, connection.execute(query).mappings().all())
                found = _complete(connection, rows)
            yield from found
            if len(rows) < _CHUNK:
                break
            last = rows[-1].id


def loose_findings(
    database: Database, campaign: str, batch: int | None = None
) -> Iterator[tuple[MessageRow, FindingRow]]:
    """Open findings that are about no item, of messages that are not settled, oldest message first."""
    last = (0, -1)
    while True:
        with database.read() as connection:
            conditions = [m.Message.campaign == campaign, unindexed(m.Message.verdict).in_(("correction", "review"))]
            if batch is not None:
                conditions.append(unindexed(m.Message.batch) == batch)
            f = m.Finding
            after = tuple_(f.message_id, f.position) > tuple_(*last)
            query = (
                select(*f.__table__.columns).join(m.Message, m.Message.id == f.message_id)
                .where(*conditions, f.item_index.is_(None), f.waived_at.is_(None), f.severity != Severity.NOTE, after)
                .order_by(f.message_id, f.position).limit(_CHUNK)
            )
            rows = connection.execute(query).mappings().all()
            wanted = {row["message_id"] for row in rows}
            found = connection.execute(select(*columns_of(MessageRow, m.Message)).where(m.Message.id.in_(wanted)))
            messages = {row.id: MessageRow(*row) for row in found}
        for row in rows:
            yield messages[row["message_id"]], finding_row(row)
        if len(rows) < _CHUNK:
            return
        last = (rows[-1]["message_id"], rows[-1]["position"])


def _complete(connection: Connection, items: Sequence[ItemRow]) -> list[ExportItem]:
    if not items:
        return []
    ids = [item.id for item in items]
    messages = {message for item in items for message in item.messages}
    moments = select(m.Message.id, m.Message.received_at).where(m.Message.id.in_(messages))
    arrived = dict(connection.execute(moments).all())
    links = _links(connection, ids)
    findings, notes = _findings(connection, ids), _notes(connection, ids)
    return [
        ExportItem(
            item, min((arrived[one] for one in item.messages if one in arrived), default=None), tuple(links.get(item.id, ())),
            tuple(findings.get(item.id, ())), tuple(notes.get(item.id, ())),
        )
        for item in items
    ]


def _links(connection: Connection, ids: Sequence[int]) -> dict[int, list[LinkRow]]:
    """Links by item, each address once: a link sent again counts as the newest mail has it."""
    found: dict[int, dict[str, LinkRow]] = {}
    query = select(*m.Link.__table__.columns).where(m.Link.item_id.in_(ids)).order_by(m.Link.id)
    for row in connection.execute(query).mappings():
        found.setdefault(row["item_id"], {})[row["url"]] = link_row(row)
    return {item: list(links.values()) for item, links in found.items()}


def _findings(connection: Connection, ids: Sequence[int]) -> dict[int, list[FindingRow]]:
    """Open findings by item; the newest message that speaks of the item is the one that was decided with all it has."""
    f, i = m.Finding, m.ItemMessage
    query = (
        select(i.item_id, *f.__table__.columns)
        .join(f, and_(f.message_id == i.message_id, f.item_index == i.position))
        .where(i.item_id.in_(ids), f.waived_at.is_(None), f.severity != Severity.NOTE)
        .order_by(f.message_id, f.position)
    )
    pairs = select(i.item_id, i.message_id).where(i.item_id.in_(ids)).order_by(i.message_id)
    newest = dict(connection.execute(pairs).all())
    found: dict[int, list[FindingRow]] = {}
    for row in connection.execute(query).mappings():
        if row["message_id"] == newest[row["item_id"]]:
            found.setdefault(row["item_id"], []).append(finding_row(row))
    return found


def _notes(connection: Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    a = m.Audit
    query = (
        select(a.object_id, a.after)
        .where(a.object_kind == "item", a.object_id.in_(ids), a.action == "note").order_by(a.id)
    )
    found: dict[int, list[str]] = {}
    for item, after in connection.execute(query):
        if after and isinstance(after.get("text"), str):
            found.setdefault(item, []).append(after["text"])
    return found


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of an item for the experts. `use`: the Word form, the stamped scan, or what else came with it."""

    use: Literal["word", "scan", "more"]
    name: str
    sha256: str
    size: int
    media_type: str


def files_of(database: Database, items: Sequence[ItemRow]) -> dict[int, tuple[ExportFile, ...]]:
    """The files of each item as it stands now: those of replaced versions are left out, and whatever is blocked or
    unreadable is. Other files of a mail (a video, a cover letter) go with an item only where no other could be meant."""
    found: dict[int, tuple[ExportFile, ...]] = {}
    messages = {message for item in items for message in item.messages}
    with database.read() as connection:
        parts = attachments_of(connection, messages)
        beside = {message: [one for one in rows if one.content.state != "superseded"]
                  for message, rows in items_of(connection, messages).items()}
    for item in items:
        content = item.content
        wanted: list[tuple[Literal["word", "scan", "more"], FileRef]] = [("scan", ref) for ref in content.scans]
        if content.word is not None:
            wanted.insert(0, ("word", content.word))
        files = [
            ExportFile(use, ref.name, part.sha256, part.size, part.media_type)
            for use, ref in wanted for part in parts.get(ref.message_id, ())
            if part.path == tuple(ref.path) and part.sha256 == ref.sha256 and part.role not in _NEVER
        ]
        for message in item.messages:
            others = [one for one in beside[message] if one.id != item.id]
            for part in parts[message]:
                near = [one for one in others if part.role == "other" or one.content.category == content.category]
                if part.role in ("video", "other") and not near:
                    files.append(ExportFile("more", part.name, part.sha256, part.size, part.media_type))
        found[item.id] = tuple({file.sha256: file for file in reversed(files)}.values())[::-1]
    return found
