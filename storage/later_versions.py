"""Versions of an item: which took its place, which it took the place of, and which mails about any of them wait for a link.

A new version keeps the links of the one before, and those stay with the mail that brought them: who asks about a link must
know of the mails that came after.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from storage import models as m

_MOST = 200
"""Versions of one item that are followed."""


def later_versions(connection: Connection, item_ids: Collection[int]) -> dict[int, int]:
    """Item -> the version that stands now, for those of these items that were replaced."""
    newest: dict[int, int] = {}
    wave = {number: number for number in item_ids}
    for _ in range(_MOST):
        if not wave:
            break
        query = select(m.Item.id, m.Item.superseded_by).where(m.Item.id.in_(set(wave.values())), m.Item.superseded_by.is_not(None))
        newer = {row.id: row.superseded_by for row in connection.execute(query)}
        wave = {number: newer[now] for number, now in wave.items() if now in newer}
        newest |= wave
    return newest


def earlier_versions(connection: Connection, item_ids: Collection[int]) -> frozenset[int]:
    """The items whose place these have taken, directly or by others in between."""
    found: set[int] = set()
    wave = set(item_ids)
    while wave:
        wave = set(connection.execute(select(m.Item.id).where(m.Item.superseded_by.in_(wave))).scalars()) - found - set(item_ids)
        found |= wave
    return frozenset(found)


def messages_of(connection: Connection, item_ids: Collection[int]) -> frozenset[int]:
    """The mails that contributed to these items."""
    if not item_ids:
        return frozenset()
    query = select(m.ItemMessage.message_id).where(m.ItemMessage.item_id.in_(item_ids))
    return frozenset(connection.execute(query).scalars())


def waiting_with(connection: Connection, message_id: int) -> frozenset[int]:
    """Other mails that are pending and about an item of this mail or a later version of it."""
    items: set[int] = set(connection.execute(select(m.ItemMessage.item_id).where(m.ItemMessage.message_id == message_id)).scalars())
    wave = items
    while wave:
        newer = select(m.Item.superseded_by).where(m.Item.id.in_(wave), m.Item.superseded_by.is_not(None))
        wave = {number for number in connection.execute(newer).scalars() if number is not None} - items
        items = items | wave
    if not items:
        return frozenset()
    t = m.Message
    query = (
        select(t.id).join(m.ItemMessage, m.ItemMessage.message_id == t.id)
        .where(m.ItemMessage.item_id.in_(items), t.id != message_id, t.verdict == "pending", t.stage == "done", t.next_attempt_at.is_(None))
    )  # fmt: skip
    return frozenset(connection.execute(query).scalars())
