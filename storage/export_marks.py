"""The memory of exports: what the last 汇总表 of a campaign and batch said of each item, to tell what changed since.

    marks = begin(database, campaign, batch, who, now)
    ... marks.compare(rows) for every chunk of rows ...
    for gone in marks.gone(): ...
    marks.finish(now)            # or marks.discard(): nothing is remembered

"The last export" is the newest finished one of the same campaign and the same batch (or of all batches).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update

from storage import models as m
from storage.database import Database

Cells = Mapping[str, str]
"""Column head -> text, of one row of the table."""
_CHUNK = 500
_VERSIONS = 20  # of one item, at most, followed from new to old


@dataclass(frozen=True, slots=True)
class ExportMark:
    """A finished export."""

    id: int
    campaign: str
    batch: int | None
    finished_at: datetime
    who: str
    items: int


@dataclass(frozen=True, slots=True)
class Before:
    """What the last export said of an item; `replaced`: of an older version of it."""

    cells: Cells
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class Gone:
    """A row of the last export that is none of this one. `state`, `batch` as they are now, None if the item is no more."""

    item_id: int
    cells: Cells
    state: str | None
    batch: int | None


def last_export(database: Database, campaign: str, batch: int | None) -> ExportMark | None:
    """The export that the next one of this scope is compared with."""
    e = m.Export
    query = (
        select(e.id, e.campaign, e.batch, e.finished_at, e.who, e.items)
        .where(e.campaign == campaign, e.batch.is_not_distinct_from(batch), e.finished_at.is_not(None))
        .order_by(e.id.desc()).limit(1)
    )
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
        return None if row is None else ExportMark(*row)  # type: ignore[arg-type]  # finished: it has the moment


def begin(database: Database, campaign: str, batch: int | None, who: str, now: datetime) -> Marks:
    """Begin an export of this scope."""
    last = last_export(database, campaign, batch)
    values = {"campaign": campaign, "batch": batch, "started_at": now, "who": who, "items": 0}
    with database.write() as connection:
        number = connection.execute(insert(m.Export).returning(m.Export.id), values).scalar_one()
    return Marks(database, number, last)


class Marks:
    """An export in progress. `last`: the one it is compared with."""

    def __init__(self, database: Database, number: int, last: ExportMark | None) -> None:
        self._database, self._number, self._count = database, number, 0
        self._accounted: set[int] = set()  # old versions whose successor was told of
        self.last = last

    def compare(self, rows: Sequence[tuple[int, Cells]]) -> dict[int, Before]:
        """Remember the rows (item id, cells); what the last export said of these items, where it did."""
        self._count += len(rows)
        values = [{"export_id": self._number, "item_id": item, "cells": dict(cells)} for item, cells in rows]
        with self._database.write() as connection:
            if values:
                connection.execute(insert(m.ExportRow), values)
        if self.last is None:
            return {}
        found = {item: Before(cells) for item, cells in self._said([item for item, _ in rows]).items()}
        older = self._older([item for item, _ in rows if item not in found])
        said = self._said([old for olds in older.values() for old in olds])
        for item, olds in older.items():
            known = [old for old in olds if old in said]
            if known:
                found[item] = Before(said[known[0]], replaced=True)
                self._accounted.update(known)
        return found

    def _said(self, items: Collection[int]) -> dict[int, Cells]:
        assert self.last is not None
        r = m.ExportRow
        with self._database.read() as connection:
            query = select(r.item_id, r.cells).where(r.export_id == self.last.id, r.item_id.in_(items))
            return dict(connection.execute(query).all()) if items else {}

    def _older(self, items: Collection[int]) -> dict[int, list[int]]:
        """The versions that each item replaced, newest first."""
        found: dict[int, list[int]] = {}
        wave = {item: item for item in items}
        with self._database.read() as connection:
            for _ in range(_VERSIONS):
                if not wave:
                    break
                query = (
                    select(m.Item.id, m.Item.superseded_by).where(m.Item.superseded_by.in_(wave)).order_by(m.Item.id.desc())
                )
                step = {}
                for old, newer in connection.execute(query):
                    if newer is not None:
                        found.setdefault(wave[newer], []).append(old)
                        step[old] = wave[newer]
                wave = step
        return found

    def gone(self) -> Iterator[Gone]:
        """Rows of the last export that this one does not have, when all rows have been compared."""
        if self.last is None:
            return
        old, new, after = m.ExportRow, m.ExportRow.__table__.alias("new"), 0
        while True:
            query = (
                select(old.item_id, old.cells, m.Item.state, m.Item.batch)
                .outerjoin(new, (new.c.item_id == old.item_id) & (new.c.export_id == self._number))
                .outerjoin(m.Item, m.Item.id == old.item_id)
                .where(old.export_id == self.last.id, new.c.item_id.is_(None), old.item_id > after)
                .order_by(old.item_id).limit(_CHUNK)
            )
            with self._database.read() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                if row[0] not in self._accounted:
                    yield Gone(*row)
            if len(rows) < _CHUNK:
                return
            after = rows[-1][0]

    def finish(self, now: datetime) -> None:
        """This export is whole: the next one is compared with it. Rows of earlier ones of its scope are forgotten."""
        e, r = m.Export, m.ExportRow
        with self._database.write() as connection:
            connection.execute(update(e).where(e.id == self._number).values(finished_at=now, items=self._count))
            scope = select(e.campaign, e.batch).where(e.id == self._number)
            campaign, batch = connection.execute(scope).one()
            earlier = select(e.id).where(e.campaign == campaign, e.batch.is_not_distinct_from(batch), e.id < self._number)
            connection.execute(delete(r).where(r.export_id.in_(earlier)))
            connection.execute(delete(e).where(e.id.in_(earlier), e.finished_at.is_(None)))

    def discard(self) -> None:
        """This export came to nothing, or was only a look: the next one is compared with the last."""
        with self._database.write() as connection:
            connection.execute(delete(m.ExportRow).where(m.ExportRow.export_id == self._number))
            connection.execute(delete(m.Export).where(m.Export.id == self._number))
