"""Opens the database and hands out transactions: the same promises on SQLite and on PostgreSQL.

SQLite: WAL, synchronous=FULL (a commit survives a power cut), foreign keys on, writers begin with BEGIN IMMEDIATE so
that a transaction that reads before it writes never fails half way. PostgreSQL: READ COMMITTED for writers, one snapshot
for readers, the session in UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from core.searching import grams
from storage.errors import StorageError, StorageUnavailable, translate
from storage.types import dumps

BUSY_SECONDS = 30
"""How long a SQLite writer waits for another one before it gives up."""

_WRITES = "baosong_writes"


@dataclass(frozen=True, slots=True)
class Database:
    """An open database. `url` is without its password. `file`: the SQLite file, None for PostgreSQL. `reader` and
    `writer` are `engine` with the options of each kind of transaction; all three share one pool. Safe to share between
    threads; a forked child calls `forget()` first and so gets connections of its own."""

    url: str
    kind: Literal["sqlite", "postgresql"]
    file: Path | None
    engine: Engine = field(repr=False)
    reader: Engine = field(repr=False)
    writer: Engine = field(repr=False)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that only reads, all of it from one snapshot. Raises StorageError."""
        with _translated(), self.reader.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that writes: committed at the end of the block, rolled back on any exception. Raises
        StorageError; its kinds are in `storage.errors`."""
        with _translated(), self.writer.begin() as connection:
            yield connection

    def forget(self) -> None:
        """Drop pooled connections without closing them (they belong to the parent process)."""
        self.engine.dispose(close=False)

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def open_database(url: str) -> Database:
    """Open `sqlite:///path` (the folder is made) or `postgresql://user:password@host/name`. Does not touch the tables:
    see `storage.migrate`. Raises StorageError for an address that cannot serve."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StorageError(f"not a database address: {url!r} (sqlite:///data/baosong.db or postgresql://…)") from None
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _open_sqlite(parsed)
    if backend in ("postgresql", "postgres"):
        return _open_postgresql(parsed)
    raise StorageError(f"unknown kind of database: {backend} (sqlite and postgresql are known)")


def _open_sqlite(url: URL) -> Database:
    if not url.database or url.database == ":memory:":
        raise StorageError("a SQLite database must be a file: several processes share it (sqlite:///data/baosong.db)")
    file = Path(url.database)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(f"cannot make the folder of the database: {error}") from None
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"), json_serializer=dumps, connect_args={"timeout": BUSY_SECONDS}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    writer = engine.execution_options(**{_WRITES: True})
    return Database(url.render_as_string(), "sqlite", file, engine, engine, writer)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own transaction control begins too late (at the first write) and knows no IMMEDIATE.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        if cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
            raise StorageError("SQLite cannot use WAL here (network file system?): move the data folder to a local disk")
        # Four megabytes of pages: the system caches the file anyway, and what an export reads must not stay in this process.
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "journal_size_limit=67108864", "cache_size=-4000",
                       "trusted_schema=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        # The triggers that keep the search index (migration v0008) call it.
        connection.create_function("baosong_grams", 1, _grams, deterministic=True)
    finally:
        cursor.close()


def _grams(text: str | None) -> str:
    return " ".join(grams(text)) if text else ""


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open_postgresql(url: URL) -> Database:
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        json_serializer=dumps,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=15,
        connect_args={"connect_timeout": 10, "options": "-c timezone=UTC", "application_name": "baosong"},
    )
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Database(url.render_as_string(), "postgresql", None, engine, reader, engine)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise translate(error) from error
