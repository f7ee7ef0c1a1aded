"""Staff regroup items: merge two that are one, split one that is two, choose between versions. Each is one transaction;
the daemon judges all mails concerned anew and keeps to the grouping (`storage.placed`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from core import regroup
from core.codec import Json
from core.placing import link_mark
from core.records import ItemContent
from storage import models as m
from storage import placed
from storage.database import Database
from storage.decided_items import OVERRIDABLE, content_columns, with_overrides
from storage.desk_rows import Act, audit, change_item, check_seen, decide_again, find_item, messages_of, write_item_text
from storage.errors import Conflict, StorageError
from storage.ledger import requeue
from storage.rows import ITEM_COLUMNS, item_row

_LONGEST_CHAIN = 1000  # versions of one item that are walked


class GroupDesk:
    """The part of `storage.desk.Desk` that moves files between items."""

    _database: Database

    def merge_items(
        self, keep: int, other: int, act: Act, expected_edit: int | None = None, expected_other: int | None = None
    ) -> None:
        """`other` is the same item as `keep`: its files, links and mails count for `keep`, and it is superseded by it.
        Where both have a Word form, that of `keep` stays."""
        if keep == other:
            raise StorageError("an item cannot be merged with itself")
        with self._database.write() as connection:
            kept, merged = find_item(connection, keep, expected_edit), find_item(connection, other, expected_other)
            check_seen(connection, act, items=(keep, other))
            if "superseded" in (kept["state"], merged["state"]):
                raise StorageError("only current items can be merged")
            if kept["campaign"] != merged["campaign"]:
                raise StorageError("items of two campaigns cannot be merged")
            ours, theirs = item_row(kept).content, item_row(merged).content
            _fix(connection, keep, (ours, theirs), messages_of(connection, keep) | messages_of(connection, other))
            placed.move_all(connection, other, keep)
            connection.execute(update(m.ItemMessage).where(m.ItemMessage.item_id == other).values(item_id=keep))
            placed.move_links(connection, other, keep)
            change_item(connection, merged, {"state": "superseded", "superseded_by": keep}, act, "merge")
            change_item(connection, kept, _written(kept, regroup.join(ours, theirs)), act, "merge")
            decide_again(connection, keep, act)

    def split_item(
        self, item_id: int, marks: Collection[str], act: Act, changes: Mapping[str, Json] | None = None,
        expected_edit: int | None = None,
    ) -> int:
        """The files and links with these marks (`core.placing`) become an item of their own; its id. `changes`: what it is
        called, as in `reassign_item`. Raises StorageError when nothing, or everything, would go."""
        unknown = sorted(set(changes or {}) - OVERRIDABLE)
        if unknown:
            raise StorageError(f"cannot be set by hand: {', '.join(unknown)}")
        with self._database.write() as connection:
            row = find_item(connection, item_id, expected_edit)
            check_seen(connection, act, items=(item_id,))
            if row["state"] == "superseded":
                raise StorageError(f"item {item_id} was replaced by a newer version ({row['superseded_by']})")
            content, mails = item_row(row).content, messages_of(connection, item_id)
            rest, taken = regroup.split(content, marks)
            if not _holds(rest) or not _holds(taken):
                raise StorageError("a split needs files on both sides")
            new_id = _insert(connection, taken, dict(changes or {}), act)
            _fix(connection, item_id, (rest,), mails)
            _fix(connection, new_id, (taken,), mails, away_from=(item_id,))
            _share_mails(connection, item_id, new_id, rest, taken, mails)
            change_item(connection, row, _written(row, rest), act, "split")
            audit(connection, act, "split", "item", new_id, before={"item": item_id}, after={"marks": sorted(set(marks))})
            requeue(connection, mails, act.now, read_again=False)
            return new_id

    def choose_version(self, item_id: int, act: Act, expected_edit: int | None = None, over: int | None = None) -> int:
        """This version counts: an earlier one instead of the one that replaced it, or one of two that came from different
        senders (`over`: the other). The id of the version that counts no longer."""
        with self._database.write() as connection:
            row = find_item(connection, item_id, expected_edit)
            current = over if over is not None else _newest(connection, row)
            if current == item_id:
                raise StorageError(f"item {item_id} is the current version")
            other = find_item(connection, current, None)
            check_seen(connection, act, items=(item_id, current))
            if other["state"] == "superseded" or other["campaign"] != row["campaign"]:
                raise Conflict(f"item {current} does not count any more")
            content = regroup.chosen(item_row(row).content)
            change_item(connection, row, {**_written(row, content), "superseded_by": None}, act, "choose")
            change_item(connection, other, {"state": "superseded", "superseded_by": item_id}, act, "choose")
            decide_again(connection, item_id, act)
            decide_again(connection, current, act)
            return current


def _written(row: RowMapping, content: ItemContent) -> dict[str, Any]:
    """The content's columns that change; staff's own settings stay."""
    columns = with_overrides(content_columns(content), row["overrides"])
    if row["staff_state"] == "accepted":
        columns["state"] = "complete"
    return {name: value for name, value in columns.items() if row[name] != value}


def _holds(content: ItemContent) -> bool:
    item = regroup.item_of(content)
    return bool(item.word or item.scans or item.videos or item.exported_pdf or item.links)


def _fix(
    connection: Connection, item_id: int, contents: Collection[ItemContent], mails: Collection[int], *,
    away_from: Collection[int] = (),
) -> None:
    """From now on the contents' files and links belong to the item in every one of the mails that brought them."""
    marks = {pair for content in contents for pair in regroup.marks_by_message(content) if pair[0] in mails}
    wanted = {mark for content in contents for mark in regroup.link_marks(content)}
    query = select(m.Link.message_id, m.Link.url).where(m.Link.message_id.in_(mails))
    marks |= {(message, link_mark(url)) for message, url in connection.execute(query) if link_mark(url) in wanted}
    placed.put(connection, item_id, sorted(marks), away_from=away_from)


def _insert(connection: Connection, content: ItemContent, changes: dict[str, Json], act: Act) -> int:
    columns = with_overrides(content_columns(content), changes)
    values = {**columns, "overrides": changes, "created_at": act.now, "updated_at": act.now}
    row = connection.execute(insert(m.Item).values(**values).returning(*ITEM_COLUMNS)).mappings().one()
    write_item_text(connection, row["id"], row)
    return int(row["id"])


def _share_mails(
    connection: Connection, item_id: int, new_id: int, rest: ItemContent, taken: ItemContent, mails: Collection[int]
) -> None:
    """Which mails brought what of the two: a mail whose files all went no longer stands with the first item."""
    went = {message for message, _ in regroup.marks_by_message(taken)}
    stayed = {message for message, _ in regroup.marks_by_message(rest)}
    links = set(regroup.link_marks(taken))
    query = select(m.Link.id, m.Link.message_id, m.Link.url).where(m.Link.message_id.in_(mails), m.Link.item_id == item_id)
    for link_id, message, url in connection.execute(query).all():
        if link_mark(url) in links:
            went.add(message)
            connection.execute(update(m.Link).where(m.Link.id == link_id).values(item_id=new_id))
        else:
            stayed.add(message)
    t = m.ItemMessage
    for message in sorted(went & set(mails)):
        if message not in stayed:
            connection.execute(
                update(t).where(t.message_id == message, t.item_id == item_id).values(item_id=new_id)
            )
            continue
        last = connection.execute(select(func.max(t.position)).where(t.message_id == message)).scalar_one()
        connection.execute(insert(t).values(message_id=message, position=last + 1, item_id=new_id, contributed=[]))


def _newest(connection: Connection, row: RowMapping) -> int:
    """The version that counts in place of this one."""
    number, seen = row["id"], set()
    for _ in range(_LONGEST_CHAIN):
        seen.add(number)
        following = connection.execute(select(m.Item.superseded_by).where(m.Item.id == number)).scalar_one_or_none()
        if following is None or following in seen:
            break
        number = following
    return int(number)
