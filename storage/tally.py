"""Counts that cost the same for a hundred rows and for a million: the sums of table `tally`, which the database keeps itself
(migrations v0012, v0014), in the same transaction as the rows.

    message   by campaign, batch, unit, kind (`sort`), state: `held`, `waiting` (not decided yet, or due again), else the verdict
    arrival   messages by the office's day they arrived on (`state`, as 2021-11-08)
    item      by campaign, batch, unit, category (`sort`), state
    answer    letters by state
    link      by state
    folder    messages of a folder of the mailbox: account and folder as one word (`unit`), where the one ends (`batch`), UIDVALIDITY
              (`sort`)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, String, case, cast, delete, func, insert, select, text

from storage import models as m
from storage.database import Database

About = Literal["message", "arrival", "item", "answer", "link", "folder"]
Key = tuple[str, str | None, int | None, str | None, str | None, str | None]
"""A count: about, campaign, batch, unit, sort, state."""
_KEY = (m.Tally.about, m.Tally.campaign, m.Tally.batch, m.Tally.unit, m.Tally.sort, m.Tally.state)
_EAST = timedelta(hours=8)


def counted(connection: Connection, about: About, by: Sequence[Any], *conditions: ColumnElement[bool]) -> Sequence[Any]:
    """How many there are for each combination of the columns `by` of `Tally`, the number last, in the order of the columns;
    what there is none of is left out."""
    number = func.sum(m.Tally.number)
    query = select(*by, number).where(m.Tally.about == about, *conditions).group_by(*by).order_by(*by).having(number != 0)
    return connection.execute(query).all()


def total(connection: Connection, about: About, *conditions: ColumnElement[bool]) -> int:
    """How many there are."""
    query = select(func.coalesce(func.sum(m.Tally.number), 0)).where(m.Tally.about == about, *conditions)
    return int(connection.execute(query).scalar_one())


def differences(database: Database) -> tuple[str, ...]:
    """Every row counted anew and compared: what is not as the tally has it, in words; nothing where all is well."""
    with database.read() as connection:
        kept = {tuple(row[:-1]): row[-1] for row in connection.execute(select(*_KEY, func.sum(m.Tally.number)).group_by(*_KEY))}
        real: dict[Any, int] = dict(_recounted(connection))
    keys = sorted(kept.keys() | real.keys(), key=repr)
    return tuple(
        f"tally {'/'.join('' if part is None else str(part) for part in key)}: {kept.get(key, 0)}, counted {real.get(key, 0)}"
        for key in keys if kept.get(key, 0) != real.get(key, 0)
    )


def recount(database: Database) -> None:
    """Begin the tally anew from the rows, for a database that something else has written to."""
    with database.write() as connection:
        if database.kind == "postgresql":
            connection.execute(text("LOCK TABLE message, item, answer, link, tally IN EXCLUSIVE MODE"))
        connection.execute(delete(m.Tally))
        names = [column.key for column in _KEY]
        rows = [dict(zip(names, key, strict=True), number=number) for key, number in _recounted(connection).items()]
        if rows:
            connection.execute(insert(m.Tally), rows)


def _recounted(connection: Connection) -> Counter[Key]:
    """What table `tally` must add up to."""
    found: Counter[Key] = Counter()
    t, i = m.Message, m.Item
    state = case((t.stage == "held", "held"), (t.stage == "done", t.verdict), else_="waiting")
    for campaign, batch, unit, sort, word, number in _grouped(connection, t.campaign, t.batch, t.reporting_unit, t.kind, state):
        found["message", campaign, batch, unit, sort, word] = number
    for campaign, batch, unit, sort, word, number in _grouped(connection, i.campaign, i.batch, i.reporting_unit, i.category, i.state):
        found["item", campaign, batch, unit, sort, word] = number
    for about, column in (("answer", m.Answer.state), ("link", m.Link.state)):
        for word, number in _grouped(connection, column):
            found[about, None, None, None, None, word] = number
    folder = (func.length(t.account), t.account + t.folder, cast(t.uidvalidity, String))
    for length, name, validity, number in _grouped(connection, *folder, where=t.uidvalidity.is_not(None)):
        found["folder", None, length, name, validity, None] = number
    for moment in connection.execute(select(t.received_at).execution_options(yield_per=10_000)).scalars():
        found["arrival", None, None, None, None, (moment + _EAST).date().isoformat()] += 1
    return found


def _grouped(connection: Connection, *columns: Any, where: ColumnElement[bool] | None = None) -> Sequence[Any]:
    query = select(*columns, func.count()).group_by(*columns)
    return connection.execute(query if where is None else query.where(where)).all()
