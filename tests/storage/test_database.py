"""Opening: the promises of each database are switched on, and what cannot serve says so in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database, open_database
from storage.errors import Conflict, DiskFull, StorageError, StorageUnavailable, translate
from storage.ledger import Ledger
from tests.storage.samples import NOW, receive


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_sqlite_keeps_its_promises(database: Database) -> None:
    with database.read() as connection:
        def pragma(name: str) -> object:
            return connection.execute(text(f"PRAGMA {name}")).scalar_one()

        assert (pragma("journal_mode"), pragma("synchronous"), pragma("foreign_keys")) == ("wal", 2, 1)
        assert pragma("busy_timeout") == 30_000


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.live)], indirect=True)
def test_postgresql_session(database: Database) -> None:
    with database.read() as connection:
        assert connection.execute(text("SHOW timezone")).scalar_one() == "UTC"
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
    with database.write() as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"


def test_writer_rolls_back_on_any_exception(database: Database) -> None:
    row_id = receive(database)

    def fail() -> None:
        with database.write() as connection:
            connection.execute(text("UPDATE message SET subject = 'x'"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    row = Ledger(database).find_message(row_id)
    assert row is not None
    assert row.subject == ""


def test_reader_sees_one_snapshot(database: Database) -> None:
    receive(database)
    count = text("SELECT count(*) FROM message")
    with database.read() as connection:
        assert connection.execute(count).scalar_one() == 1
        receive(database)
        assert connection.execute(count).scalar_one() == 1
    with database.read() as connection:
        assert connection.execute(count).scalar_one() == 2


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.live)], indirect=True)
def test_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError), database.read() as connection:
        connection.execute(text("UPDATE message SET subject = 'x'"))


@pytest.mark.parametrize(("url", "says"), [
    ("sqlite://", "must be a file"), ("sqlite:///:memory:", "must be a file"), ("mysql://x/y", "mysql"),
    ("baosong.db", "not a database address"), ("", "not a database address"),
])
def test_addresses_that_cannot_serve(url: str, says: str) -> None:
    with pytest.raises(StorageError, match=says):
        open_database(url)


def test_folder_is_made_and_password_hidden(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path}/a/b/x.db")
    assert (tmp_path / "a" / "b").is_dir()
    opened.close()
    assert "geheim" not in repr(open_database("postgresql://u:geheim@127.0.0.1:1/x"))


def test_no_server_there() -> None:
    database = open_database("postgresql://u@127.0.0.1:1/x")
    with pytest.raises(StorageUnavailable):
        Ledger(database).find_message(1)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_full_disk_writes_nothing(database: Database) -> None:
    """SQLite says "database or disk is full" when the file may not grow, as on a full disk."""
    receive(database)
    pages = "PRAGMA max_page_count"

    def fill() -> None:
        with database.write() as connection:
            used = connection.execute(text("PRAGMA page_count")).scalar_one()
            connection.exec_driver_sql(f"{pages}={used}")
            for number in range(2000):
                connection.execute(text("INSERT INTO receipt_sequence VALUES (:n, 1)"), {"n": f"{number}" * 50})

    with pytest.raises(DiskFull):
        fill()
    with database.write() as connection:
        connection.exec_driver_sql(f"{pages}=1000000")
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM receipt_sequence")).scalar_one() == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_somebody_holds_the_write_lock(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0.2)
    other = open_database(f"sqlite:///{database.file}")
    with database.write(), pytest.raises(StorageUnavailable, match="locked"):
        receive(other, received_at=NOW)
    receive(other)
    other.close()


def test_translate_keeps_the_cause() -> None:
    from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    assert type(translate(IntegrityError("x", None, Exception("unique")))) is Conflict
    assert type(translate(OperationalError("x", None, Exception("gone")))) is StorageUnavailable
    assert type(translate(OperationalError("x", None, Exception("database or disk is full")))) is DiskFull
    assert type(translate(PoolTimeout("all connections are taken"))) is StorageUnavailable
    assert type(translate(ProgrammingError("x", None, Exception("syntax")))) is StorageError
