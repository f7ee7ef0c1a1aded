"""Tables of the items: each case, training project and course, and which messages brought what of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

from core.records import ItemState, ScanMatch, StaffState
from storage.models_base import BIG, Base, Id, ItemId, MessageId, Name, Word, one_of
from storage.types import Key

_SETTLED = sql_text("staff_state IS NOT NULL")


class Item(Base):
    """One item in one version. `state` is the program's word, `staff_state` the office's. Ids are never used twice
    (AUTOINCREMENT): an item made by mistake may be deleted, and its number must not come to mean another."""

    __tablename__ = "item"
    __table_args__ = (
        Index(None, "reporting_unit", "id"),
        Index(None, "reporting_unit", "state", "id"),
        Index(None, "batch", "id"),
        Index(None, "batch", "category", "id"),
        Index(None, "batch", "state", "id"),
        Index(None, "category", "id"),
        Index(None, "state", "id"),
        Index(None, "sender", "id"),
        Index("ix_item_staff_state", "staff_state", "id", sqlite_where=_SETTLED, postgresql_where=_SETTLED),
        Index(None, "created_at"),
        one_of("state", ItemState),
        one_of("scan_matches_word", ScanMatch),
        one_of("staff_state", StaffState),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    campaign: Mapped[Word]
    category: Mapped[Word]
    title: Mapped[str | None]
    applicant_unit: Mapped[Name | None]
    reporting_unit: Mapped[Name | None]
    batch: Mapped[int | None]
    state: Mapped[Word]
    version: Mapped[int]
    superseded_by: Mapped[int | None] = mapped_column(BIG, ForeignKey("item.id", ondelete="SET NULL"), index=True)
    receipt_number: Mapped[Word | None] = mapped_column(index=True)
    sender: Mapped[Name | None]
    fields: Mapped[dict[str, Any]]
    lengths: Mapped[dict[str, Any]]
    word: Mapped[dict[str, Any] | None]
    scans: Mapped[list[Any]]
    seal: Mapped[Word | None]
    scan_matches_word: Mapped[Word]
    paper_arrived_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    staff_state: Mapped[Word | None]
    staff_by: Mapped[Name | None]
    staff_at: Mapped[datetime | None]
    staff_why: Mapped[str | None]
    overrides: Mapped[dict[str, Any]]
    edit: Mapped[int] = mapped_column(server_default="0")
    detail: Mapped[dict[str, Any]]


class ItemText(Base):
    """The text of an item that a search looks through (`storage.search_text`), beside `item` so that lists stay fast."""

    __tablename__ = "item_text"

    item_id: Mapped[ItemId] = mapped_column(primary_key=True)
    search_text: Mapped[str]


class ItemMessage(Base):
    """Which message contributed to which item: `position` is the item's index in the message's record, `contributed`
    what it brought (word, scan, consent ...)."""

    __tablename__ = "item_message"

    message_id: Mapped[MessageId] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[ItemId] = mapped_column(index=True)
    contributed: Mapped[list[Any]]


class ItemPlace(Base):
    """Staff's word on which item a file or link of a message belongs to; `mark` as in `core.placing`. Every later decision
    about the message keeps to it."""

    __tablename__ = "item_place"

    message_id: Mapped[MessageId] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(Key(80), primary_key=True)
    item_id: Mapped[ItemId] = mapped_column(primary_key=True, index=True)
