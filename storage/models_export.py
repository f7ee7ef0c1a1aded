"""Tables of the exports: when a 汇总表 was made, and what each of its rows said, so that the next one can tell what changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.models_base import BIG, Base, Id, Name, Word


class Export(Base):
    """One 汇总表 of a campaign and batch (None: all batches). `finished_at` None: still being written, or broken off."""

    __tablename__ = "export"
    __table_args__ = (Index(None, "campaign", "batch", "finished_at"),)

    id: Mapped[Id]
    campaign: Mapped[Word]
    batch: Mapped[int | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    who: Mapped[Name]
    items: Mapped[int] = mapped_column(server_default="0")


class ExportRow(Base):
    """What an export said of one item: column head -> text. Kept for the newest finished export of its campaign and
    batch. The item may be gone by the next one, so this is no foreign key."""

    __tablename__ = "export_row"

    export_id: Mapped[int] = mapped_column(BIG, ForeignKey("export.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[int] = mapped_column(BIG, primary_key=True)
    cells: Mapped[dict[str, Any]]
