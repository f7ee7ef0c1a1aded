"""The few statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps in two places.

Statements are built once and kept: building one costs more than running it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Connection, String, bindparam, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON

from storage.models_base import Base

Table = type[Base]


class unindexed(FunctionElement[Any]):  # noqa: N801 - used like a function
    """The column itself, but SQLite takes no index for a condition on it. Without statistics it believes that any value is
    rare: for a category, which a third of the rows share, it would gather and sort them all instead of walking the ids."""

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(unindexed)
def _plain(element: Any, compiler: Any, **words: Any) -> str:
    return str(compiler.process(element.clauses, **words))


@compiles(unindexed, "sqlite")
def _plus(element: Any, compiler: Any, **words: Any) -> str:
    return f"+{compiler.process(element.clauses, **words)}"


def names(dialect: str, parameter: str) -> Any:
    """A table with a column `name`: the texts of one bound parameter, a list. Two hundred VALUES cost more to write than to look
    up."""
    if dialect == "sqlite":
        listed = func.json_each(bindparam(parameter, type_=JSON)).table_valued("value")
        return select(listed.c.value.label("name")).subquery(parameter)
    # Derived, so that the column is named: `units.name` of a bare function would be a cast to PostgreSQL's type `name`.
    return func.unnest(bindparam(parameter, type_=ARRAY(String))).table_valued("name", name=parameter).render_derived()


def insert_or_ignore(connection: Connection, table: Table, values: Mapping[str, Any], returning: Any = None) -> Any:
    """INSERT … ON CONFLICT DO NOTHING; with `returning` a column: its value in the new row, None if there was one."""
    result = connection.execute(_ignoring(connection.dialect.name, table, returning), values)
    return None if returning is None else result.scalar_one_or_none()


def upsert(
    connection: Connection,
    table: Table,
    values: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    only: Sequence[str] | None = None,
) -> None:
    """INSERT … ON CONFLICT (keys) DO UPDATE: all values but the keys, or `only` these. `values`: one row, or several
    alike."""
    one = values if isinstance(values, Mapping) else values[0]
    changed = tuple(only) if only is not None else tuple(name for name in one if name not in keys)
    connection.execute(_upserting(connection.dialect.name, table, tuple(keys), changed), values)


def count_up(
    connection: Connection,
    table: Table,
    values: Mapping[str, Any],
    key: str,
    changes: Mapping[str, Any],
    returning: Any,
    where: str | None = None,
) -> Any:
    """INSERT … ON CONFLICT (key) DO UPDATE SET `changes` (expressions); the value of column `returning` afterwards.
    `where`: the condition of the partial unique index."""
    statement = _insert(connection.dialect.name, table).values(**values).on_conflict_do_update(
        index_elements=[key], index_where=text(where) if where else None, set_=dict(changes)
    )
    return connection.execute(statement.returning(returning)).scalar_one()


@cache
def _ignoring(dialect: str, table: Table, returning: Any) -> Any:
    statement = _insert(dialect, table).on_conflict_do_nothing()
    return statement if returning is None else statement.returning(returning)


@cache
def _upserting(dialect: str, table: Table, keys: tuple[str, ...], changed: tuple[str, ...]) -> Any:
    statement = _insert(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in changed}
    )


def _insert(dialect: str, table: Table) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
