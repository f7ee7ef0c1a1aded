"""Full-text search: the rows whose text holds every term, newest first, found by grams (`core.searching`).

SQLite keeps the grams in FTS5 tables without text and positions, PostgreSQL in a GIN index over a function; both are kept
by the database itself (migration v0008). The grams give candidates in the order of the ids, the text decides: so both
databases find the same rows, and a page of a word that a million rows hold costs no more than one of a rare word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Text,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    table,
)

from core.searching import is_exact, needed_grams, search_terms
from storage.models import Item, ItemText, Message, MessageContent
from storage.types import storable

BUCKET_BITS = 13
"""PostgreSQL's GIN knows no order, so it is asked for stretches of 2**13 ids: each row has `#` and the number of its
stretch among its grams."""
_STRETCHES = (1, 4, 16, 32)  # so many are asked for together, as long as a page is not full
_FEW = 400
"""If other conditions leave no more rows than this, their text is read and no index asked."""
_SPARSE, _LOOK, _WORTH = 20, 100, 8
"""If they leave fewer than one row in twenty, the first of them are read too, a hundred at a time, as long as one in eight of
them holds the terms: a word of all mails has a million candidates, of which a small unit's are some."""
_MAX_GRAMS = 24
_CHUNK = 500


@dataclass(frozen=True)
class _Searched:
    """A table whose rows can be searched: `key` and `text` in the table of the texts, `index` in SQLite."""

    id: Any
    key: Any
    text: Any
    index: str


_SEARCHED: dict[type, _Searched] = {
    Item: _Searched(Item.id, ItemText.item_id, ItemText.search_text, "item_search"),
    Message: _Searched(Message.id, MessageContent.message_id, MessageContent.search_text, "message_search"),
}


def find_ids(
    connection: Connection,
    model: type[Item] | type[Message],
    search: str,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    before: int | None = None,
    after: int | None = None,
) -> list[int]:
    """Ids of at most `limit` rows that hold every term of `search` (separated by blanks; letter case, width and
    punctuation do not matter) and fulfil the conditions on their own table. Newest first from below `before`; if only
    `after` is given, oldest first from above it. A search of nothing but punctuation finds nothing."""
    terms = search_terms(storable(search))
    if terms is None:
        return []
    walk = _Walk(connection, _SEARCHED[model], terms, tuple(conditions), upwards=before is None and after is not None)
    lowest, highest = walk.ends()
    low, high = (after or 0) + 1 if after is not None else lowest, before - 1 if before is not None else highest
    some, found = walk.some(low, high), list[int]()
    if some is not None and len(some) <= _FEW:
        return walk.verified(some, certain=False)[:limit]
    if some is not None and abs(some[-1] - some[0]) > _SPARSE * len(some):
        found, last = walk.looked_through(some, limit)
        if len(found) >= limit:
            return found[:limit]
        low, high = (last + 1, high) if walk.upwards else (low, last - 1)
    for first, last in walk.stretches(max(low, lowest), min(high, highest)):
        found += walk.stretch(first, last, limit - len(found))
        if len(found) >= limit:
            break
    return found


@dataclass(frozen=True)
class _Walk:
    """One search, going down from the newest row or (`upwards`) up."""

    connection: Connection
    searched: _Searched
    terms: tuple[str, ...]
    conditions: tuple[ColumnElement[bool], ...]
    upwards: bool

    def ends(self) -> tuple[int, int]:
        """The smallest and the greatest id."""
        key = self.searched.key
        smallest = select(func.min(key)).scalar_subquery()
        lowest, highest = self.connection.execute(select(smallest, select(func.max(key)).scalar_subquery())).one()
        return (1, 0) if lowest is None else (lowest, highest)

    def some(self, low: int, high: int) -> list[int] | None:
        """The first rows that fulfil the other conditions, one more than a few at most; None if there are no conditions."""
        if not self.conditions:
            return None
        query = select(self.searched.id).where(*self.conditions, self.searched.id.between(low, high))
        return list(self.connection.execute(query.order_by(self._ordered(self.searched.id)).limit(_FEW + 1)).scalars())

    def looked_through(self, ids: list[int], wanted: int) -> tuple[list[int], int]:
        """Those of the ids whose text holds the terms, as long as that is worth it, and the last one looked at."""
        found: list[int] = []
        last = ids[0]
        for start in range(0, len(ids), _LOOK):
            part = ids[start : start + _LOOK]
            hits = self.verified(part, certain=False)
            found, last = found + hits, part[-1]
            if len(found) >= wanted or _WORTH * len(hits) < len(part):
                break
        return found, last

    def stretches(self, low: int, high: int) -> Iterator[tuple[int, int]]:
        """The ids from `low` to `high` in stretches, each with both its ends, in the order of the walk."""
        if self.connection.dialect.name == "sqlite":
            yield low, high  # FTS5 gives its rows one after another, in order
            return
        at, end, turn = low >> BUCKET_BITS, high >> BUCKET_BITS, 0
        while at <= end:
            count = min(_STRETCHES[min(turn, len(_STRETCHES) - 1)], end - at + 1)
            first, last = (at, at + count - 1) if self.upwards else (end - count + 1, end)
            yield max(low, first << BUCKET_BITS), min(high, ((last + 1) << BUCKET_BITS) - 1)
            at, end, turn = (last + 1, end, turn + 1) if self.upwards else (at, first - 1, turn + 1)

    def stretch(self, low: int, high: int, wanted: int) -> list[int]:
        """At most `wanted` rows of this stretch."""
        found: list[int] = []
        certain = all(is_exact(term) for term in self.terms)
        take = wanted if certain else min(wanted + wanted // 4 + 1, _CHUNK)
        while low <= high:
            candidates = self._candidates(low, high, take)
            found += self.verified(candidates, certain=certain)
            if len(found) >= wanted or len(candidates) < take:
                break
            low, high = (candidates[-1] + 1, high) if self.upwards else (low, candidates[-1] - 1)
            take = min(2 * take, _CHUNK)
        return found[:wanted]

    def verified(self, ids: list[int], *, certain: bool) -> list[int]:
        """Those of the ids whose text holds the terms, in the same order."""
        if certain or not ids:
            return ids
        text = self.searched.text
        holds = and_(*(text.contains(term, autoescape=True) for term in self.terms))
        right = set(self.connection.execute(select(self.searched.key).where(self.searched.key.in_(ids), holds)).scalars())
        return [row for row in ids if row in right]

    def _ordered(self, key: Any) -> Any:
        return key.asc() if self.upwards else key.desc()

    def _grams(self) -> list[str]:
        return [gram for term in self.terms for gram in needed_grams(term)[:_MAX_GRAMS]]

    def _candidates(self, low: int, high: int, limit: int) -> list[int]:
        """Ids of rows that have all grams and fulfil the conditions, in order."""
        sqlite = self.connection.dialect.name == "sqlite"
        query = self._in_sqlite(low, high) if sqlite else self._in_postgresql(low, high)
        return list(self.connection.execute(query.limit(limit)).scalars())

    def _in_sqlite(self, low: int, high: int) -> Any:
        index = table(self.searched.index, column("rowid"), column(self.searched.index))
        wanted = " AND ".join(f'"{gram}"' for gram in self._grams())
        query = select(index.c.rowid).where(
            index.c[self.searched.index].op("MATCH")(wanted), index.c.rowid >= low, index.c.rowid <= high
        )
        if self.conditions:
            # Not a join: SQLite would perhaps begin with the other table and ask the index anew for each of its rows.
            query = query.where(select(literal(1)).where(self.searched.id == index.c.rowid, *self.conditions).exists())
        return query.order_by(self._ordered(index.c.rowid))

    def _in_postgresql(self, low: int, high: int) -> Any:
        key = self.searched.key
        indexed = func.baosong_grams(self.searched.text, key)
        buckets = [f"#{number}" for number in range(low >> BUCKET_BITS, (high >> BUCKET_BITS) + 1)]
        wanted = self._grams() + (buckets if len(buckets) == 1 else [])
        hits = [indexed.op("@>")(cast(wanted, ARRAY(Text))), key >= low, key <= high]
        if len(buckets) > 1:
            hits.append(indexed.op("&&")(cast(buckets, ARRAY(Text))))
        # Materialized: with the LIMIT in sight the planner would walk the primary key and compute grams row by row.
        cte = select(key.label("id")).where(*hits).cte("hits").prefix_with("MATERIALIZED")
        query = select(cte.c.id)
        if self.conditions:
            query = query.join(self.searched.id.table, self.searched.id == cte.c.id).where(*self.conditions)
        return query.order_by(self._ordered(cte.c.id))
