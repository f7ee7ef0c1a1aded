"""The few statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps in two places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql, sqlite

from storage.models_base import Base

Table = type[Base]


def insert_or_ignore(connection: Connection, table: Table, values: Mapping[str, Any], returning: Any = None) -> Any:
    """INSERT … ON CONFLICT DO NOTHING; with `returning` a column: its value in the new row, None if there was one."""
    statement: Any = _insert(connection, table).values(**values).on_conflict_do_nothing()
    if returning is None:
        connection.execute(statement)
        return None
    return connection.execute(statement.returning(returning)).scalar_one_or_none()


def upsert(
    connection: Connection,
    table: Table,
    values: Mapping[str, Any],
    keys: Sequence[str],
    changes: Mapping[str, Any] | None = None,
    returning: Any = None,
    where: str | None = None,
) -> Any:
    """INSERT … ON CONFLICT (keys) DO UPDATE: all values but the keys, or `changes`. `where`: the condition of the
    partial unique index. With `returning` a column: its value afterwards."""
    statement: Any = _insert(connection, table).values(**values)
    update = dict(changes) if changes is not None else {name: values[name] for name in values if name not in keys}
    statement = statement.on_conflict_do_update(
        index_elements=list(keys), index_where=text(where) if where else None, set_=update
    )
    if returning is None:
        connection.execute(statement)
        return None
    return connection.execute(statement.returning(returning)).scalar_one()


def _insert(connection: Connection, table: Table) -> Any:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
