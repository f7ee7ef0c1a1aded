"""What staff placed: which file or link of a mail belongs to which item, and where an item stands in a mail's record."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, delete, select, update

from storage import models as m
from storage.dialect import insert_or_ignore


def homes(connection: Connection, message_id: int) -> dict[str, frozenset[int]]:
    """Mark -> ids of the items that the message's file or link belongs to by staff's word."""
    found: dict[str, set[int]] = {}
    query = select(m.ItemPlace.mark, m.ItemPlace.item_id).where(m.ItemPlace.message_id == message_id)
    for mark, item_id in connection.execute(query):
        found.setdefault(mark, set()).add(item_id)
    return {mark: frozenset(ids) for mark, ids in found.items()}


def places(connection: Connection, message_id: int) -> dict[int, frozenset[int]]:
    """Item id -> its places (indices) in the message's record; after a merge one item may have several."""
    found: dict[int, set[int]] = {}
    query = select(m.ItemMessage.item_id, m.ItemMessage.position).where(m.ItemMessage.message_id == message_id)
    for item_id, position in connection.execute(query):
        found.setdefault(item_id, set()).add(position)
    return {item_id: frozenset(positions) for item_id, positions in found.items()}


def put(connection: Connection, item_id: int, marks: Iterable[tuple[int, str]], *, away_from: Collection[int] = ()) -> None:
    """These files and links, each (message id, mark), belong to the item, and no longer to `away_from`."""
    for message_id, mark in dict.fromkeys(marks):
        if away_from:
            connection.execute(
                delete(m.ItemPlace).where(
                    m.ItemPlace.message_id == message_id, m.ItemPlace.mark == mark, m.ItemPlace.item_id.in_(away_from)
                )
            )
        insert_or_ignore(connection, m.ItemPlace, {"message_id": message_id, "mark": mark, "item_id": item_id})


def move_all(connection: Connection, other: int, keep: int) -> None:
    """What was placed in `other` is placed in `keep`."""
    rows = connection.execute(
        delete(m.ItemPlace).where(m.ItemPlace.item_id == other).returning(m.ItemPlace.message_id, m.ItemPlace.mark)
    ).all()
    put(connection, keep, [(row.message_id, row.mark) for row in rows])


def forget_message(connection: Connection, message_id: int) -> None:
    """Staff's word on the message's files holds no longer."""
    connection.execute(delete(m.ItemPlace).where(m.ItemPlace.message_id == message_id))


def move_links(connection: Connection, other: int, keep: int) -> None:
    """Links of `other` are links of `keep`."""
    connection.execute(update(m.Link).where(m.Link.item_id == other).values(item_id=keep))
