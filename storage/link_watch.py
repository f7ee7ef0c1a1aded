"""Links of accepted items under watch: which they are, what a look at one changed, which are lost, who was told.

The one source of "which links of accepted items do not open any more", for commands, pages, alerts and letters.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, or_, select, update

from core.codec import Json, encode
from core.link_report import LinkReport
from core.link_watch import Look, last_proof
from core.records import AnswerRecord, AuditRecord, ItemRow
from storage import models as m
from storage.audit import write_audit
from storage.database import Database
from storage.decided_answers import write_letter
from storage.deciding import deciding
from storage.fetch import chunks, with_messages
from storage.later_versions import later_versions, waiting_with
from storage.ledger import requeue
from storage.rows import ITEM_COLUMNS, LinkRow, link_row

_MOST = 1000


@dataclass(frozen=True, slots=True)
class ItemLink:
    """A link with the item it belongs to, in the version that stands now."""

    link: LinkRow
    item: ItemRow

    @property
    def current(self) -> bool:
        """Whether the item still stands and has not been given another link in place of this."""
        links = self.item.content.detail.get("links", ())
        urls = {link.get("url") for link in links if isinstance(link, Mapping)} if isinstance(links, list) else set()
        stands = self.item.content.state != "superseded" and self.item.staff_state != "rejected"
        return stands and self.link.link.url in urls


class LinkWatch:
    """Reads and writes the watch columns of table `link`. Every method is one transaction; raises StorageError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- the calendar ----------------------------------------------------------------------------------------------

    def unwatched(self, campaign: str, provider: str, batches: Collection[int]) -> tuple[ItemLink, ...]:
        """Good or never checked share links of accepted items of these batches that nobody watches yet, at most 1000."""
        t = m.Link
        return self._find(
            t.watch.is_(None), t.next_check_at.is_(None), t.provider == provider, t.quoted.is_(False),
            t.state.in_(("ok", "unchecked")), m.Item.campaign == campaign, m.Item.state == "complete",
            m.Item.batch.in_(batches),
        )  # fmt: skip

    def watched(self) -> tuple[ItemLink, ...]:
        """All links under watch with their items; those whose item is gone as well."""
        return self._find(m.Link.watch == "on", limit=None)

    def begin(self, looks: Mapping[int, datetime]) -> None:
        """Watch these links, each first looked at again at its moment."""
        with self._database.write() as connection:
            for link_id, moment in looks.items():
                connection.execute(
                    update(m.Link).where(m.Link.id == link_id, m.Link.watch.is_(None))
                    .values(watch="on", next_check_at=moment, tries=0)
                )

    def let_go(self, link_ids: Collection[int], now: datetime) -> None:
        """Their items have other links by now, or are accepted no more: nothing about them matters any longer. Mails that
        wait for a look at one are decided again: nobody will look."""
        gone = {"watch": None, "next_check_at": None, "lost_state": None, "lost_at": None}
        with self._database.write() as connection:  # both or nothing: links that nobody watches are not offered again
            mails: set[int] = set()
            for part in chunks(link_ids):
                connection.execute(update(m.Link).where(m.Link.id.in_(part), m.Link.watch == "on").values(**gone))
                mails.update(connection.execute(select(m.Link.message_id).where(m.Link.id.in_(part))).scalars())
            waiting = {other for number in mails for other in waiting_with(connection, number)}
            requeue(connection, waiting, now, read_again=False)

    def rest(self, link_ids: Collection[int]) -> None:
        """The time of watching is over; a link that is lost stays known as lost."""
        self._change(link_ids, m.Link.watch == "on", {"next_check_at": None})

    def _change(self, link_ids: Collection[int], condition: ColumnElement[bool], values: Mapping[str, Any]) -> None:
        with self._database.write() as connection:
            for part in chunks(link_ids):
                connection.execute(update(m.Link).where(m.Link.id.in_(part), condition).values(**values))

    # --- looks -----------------------------------------------------------------------------------------------------

    def record_look(
        self, row: LinkRow, look: Look, report: LinkReport, history: Iterable[Mapping[str, Json]], now: datetime
    ) -> bool:
        """What a look at a watched link brought. Mails that arrived while it was lost are decided again when it is found
        again, and those that wait for a fresh look once it has told something, or never will. False if it is watched no
        more."""
        values: dict[str, Any] = {
            "state": look.state, "tries": look.tries, "lost_state": look.lost_state, "lost_at": look.lost_at,
            "next_check_at": look.next_at, "checked_at": now, "history": [dict(one) for one in history],
        }
        if report.outcome == "good" or (report.outcome == "bad" and not row.report):
            values["report"] = encode(report)  # of a lost link what was in it stays known
        if report.outcome == "good" and report.code is not None:
            values |= {"code": report.code, "other_code": case((m.Link.code == report.code, m.Link.other_code), else_=m.Link.code)}
        change = update(m.Link).where(m.Link.id == row.id, m.Link.watch == "on").values(**values)
        with self._database.write() as connection:
            if connection.execute(change).rowcount != 1:
                return False
            if look.lost_state != row.lost_state:
                write_audit(connection, now, (_audit(row, look, report),))
            if row.item_id is not None and row.lost_at is not None and look.tries == 0:
                since = row.lost_at if look.found_again else last_proof(row.history) or row.lost_at
                mails = {*_mails_since(connection, row.item_id, since), *waiting_with(connection, row.message_id)}
                requeue(connection, mails, now, read_again=False)
            return True

    # --- what is lost ----------------------------------------------------------------------------------------------

    def lost(self, item_ids: Collection[int] | None = None) -> tuple[ItemLink, ...]:
        """Links that were lost after their item was accepted, oldest loss first: all, or those of these items."""
        if item_ids is not None and not item_ids:
            return ()
        conditions = [m.Link.lost_state.is_not(None)]
        if item_ids is not None:
            conditions.append(m.Link.item_id.in_(item_ids))
        return tuple(sorted(self._find(*conditions, limit=None), key=lambda one: (str(one.link.lost_at), one.link.id)))

    def tell(
        self, link_ids: Collection[int], write: Callable[[int], AnswerRecord], message_id: int, now: datetime
    ) -> int | None:
        """Write the letter about these lost links and remember that the unit was told, both or neither. `write` is given
        the letter's revision. None, and nothing written, if one of them was told or found again meanwhile: each loss is
        told once."""
        t = m.Link
        with deciding(self._database) as desk:
            untold = or_(t.told_at.is_(None), t.told_at < t.lost_at)  # told of an earlier loss
            query = select(t.id).where(t.id.in_(link_ids), t.lost_state.is_not(None), untold).with_for_update()
            if set(desk.connection.execute(query).scalars()) != set(link_ids):
                return None
            answer = write(_next_revision(desk.connection, message_id))
            answer_id = write_letter(desk.connection, message_id, answer, now)
            desk.connection.execute(update(t).where(t.id.in_(link_ids)).values(told_at=now))
            record = AuditRecord("tell", "answer", answer_id, after={"links": [*sorted(link_ids)], "to": answer.to})
            write_audit(desk.connection, now, (record,))
            return answer_id

    # --- finding ---------------------------------------------------------------------------------------------------

    def _find(self, *conditions: ColumnElement[bool], limit: int | None = _MOST) -> tuple[ItemLink, ...]:
        """Links and their items; a link whose item was deleted is left out."""
        t = m.Link
        query = select(*t.__table__.columns).join(m.Item, m.Item.id == t.item_id).where(*conditions).order_by(t.id).limit(limit)
        with self._database.read() as connection:
            rows = [link_row(row) for row in connection.execute(query).mappings()]
            items: dict[int, ItemRow] = {}
            own = {row.item_id for row in rows if row.item_id is not None}
            newest = {number: later for part in chunks(own) for number, later in later_versions(connection, part).items()}
            for part in chunks({*own, *newest.values()}):
                found = connection.execute(select(*ITEM_COLUMNS).where(m.Item.id.in_(part))).mappings().all()
                items |= {item.id: item for item in with_messages(connection, found)}
        places = [(row, newest.get(row.item_id, row.item_id)) for row in rows if row.item_id is not None]
        return tuple(ItemLink(row, items[number]) for row, number in places if number in items)


def _next_revision(connection: Connection, message_id: int) -> int:
    newest = select(func.max(m.Answer.revision)).where(m.Answer.message_id == message_id, m.Answer.kind == "link_dead")
    return (connection.execute(newest).scalar_one() or 0) + 1


def _mails_since(connection: Connection, item_id: int, since: datetime) -> tuple[int, ...]:
    query = (
        select(m.ItemMessage.message_id).join(m.Message, m.Message.id == m.ItemMessage.message_id)
        .where(m.ItemMessage.item_id == item_id, m.Message.received_at >= since)
    )  # fmt: skip
    return tuple(set(connection.execute(query).scalars()))


def _audit(row: LinkRow, look: Look, report: LinkReport) -> AuditRecord:
    before = None if row.lost_state is None else row.lost_state.value
    after = None if look.lost_state is None else look.lost_state.value
    action = "found_again" if look.found_again else "lost"
    return AuditRecord(action, "link", row.id, before={"lost": before}, after={"lost": after}, why=report.reason)
