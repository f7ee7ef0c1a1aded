"""The table of counts: how many rows of what there are, kept by the database itself while rows come, change and go."""

from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from storage.models_base import Base, Id, Name, Word


class Tally(Base):
    """A change of one count: so many rows more (or fewer) that look like this. A count is the sum of its rows; they are only
    ever added, so two writers never wait for each other, and folded into one from time to time. Written by triggers alone
    (migrations v0012, v0014). `about`: which count, as in `storage.tally`; the other columns are what is counted by."""

    __tablename__ = "tally"
    __table_args__ = (Index(None, "about", "campaign", "batch"),)  # folded rows leave holes in the table

    id: Mapped[Id]
    about: Mapped[Word]
    campaign: Mapped[Word | None]
    batch: Mapped[int | None]
    unit: Mapped[Name | None]
    sort: Mapped[Word | None]
    state: Mapped[Word | None]
    number: Mapped[int]
