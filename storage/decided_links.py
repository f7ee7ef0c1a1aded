"""The links of a decision. A link that is written again keeps its row, its checks and staff's word."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from core.facts import Link, LinkState
from core.records import DecisionRecord, LinkRecord
from storage import models as m
from storage.rows import LinkRow, link_row


def write_links(connection: Connection, record: DecisionRecord, item_ids: tuple[int, ...], *, first: bool) -> None:
    """Replace the message's links by those of the record."""
    known = [] if first else _known(connection, record.message_id)
    if known:
        connection.execute(delete(m.Link).where(m.Link.message_id == record.message_id))
    kept, new = [], []
    for position, link in enumerate(record.links):
        columns = {
            "message_id": record.message_id, "position": position,
            "item_id": None if link.item is None else item_ids[link.item],
        }
        same = next((row for row in known if _identity(row.link) == _identity(link.link)), None)
        if same is None:
            new.append({**columns, **_fresh(link)})
        else:
            known.remove(same)
            kept.append({**columns, **_merged(link, same), "id": same.id})
    if kept:  # first: their ids are given, and must not be given to new rows
        connection.execute(insert(m.Link), kept)
    if new:
        connection.execute(insert(m.Link), new)


def ask_again(connection: Connection, link_ids: Collection[int], now: datetime) -> None:
    """Links are to be looked at now: those under watch not at their regular time, those found faulty once more."""
    t = m.Link
    due = or_(t.next_check_at.is_(None), t.next_check_at > now)
    open_ = t.id.in_(link_ids) & t.settled_by.is_(None) & due
    connection.execute(update(t).where(open_, t.watch == "on").values(next_check_at=now))
    connection.execute(update(t).where(open_, t.watch.is_(None)).values(next_check_at=now, tries=0))


def _known(connection: Connection, message_id: int) -> list[LinkRow]:
    query = (
        select(*m.Link.__table__.columns).where(m.Link.message_id == message_id).order_by(m.Link.position)
        .with_for_update()
    )
    return [link_row(row) for row in connection.execute(query).mappings()]


def _identity(link: Link) -> tuple[str, frozenset[str | None]]:
    """Address and codes. Which of two codes is the right one is not part of it: a check may have found that out."""
    return link.url, frozenset((link.code, link.other_code))


def _fresh(record: LinkRecord) -> dict[str, Any]:
    link = record.link
    return {
        "provider": link.provider, "url": link.url, "code": link.code, "other_code": link.other_code,
        "quoted": link.quoted, "expires": link.expires, "found_in": link.found_in, "state": link.state,
        "report": dict(record.report), "checked_at": record.checked_at, "next_check_at": record.next_check_at,
        "tries": record.tries, "settled_by": None, "doubtful": link.doubtful, "history": list(record.history),
        "watch": None, "lost_state": None, "lost_at": None, "told_at": None,
    }


def _merged(record: LinkRecord, known: LinkRow) -> dict[str, Any]:
    """The columns of a link that is there already. What became of it after its item was accepted is not this record's
    affair: it stays."""
    later = {"watch": known.watch, "lost_state": known.lost_state, "lost_at": known.lost_at, "told_at": known.told_at}
    columns = {**_fresh(record), **later, "history": [*known.history, *record.history]}
    if known.settled_by is None and (record.checked_at is not None or not _was_checked(known)):
        return columns
    return {
        **columns, "code": known.link.code, "other_code": known.link.other_code, "state": known.link.state,
        "report": dict(known.report), "checked_at": known.checked_at,
        "next_check_at": known.next_check_at, "tries": known.tries, "settled_by": known.settled_by,
    }


def _was_checked(known: LinkRow) -> bool:
    return known.checked_at is not None or known.tries > 0 or known.link.state is not LinkState.UNCHECKED
