"""Which mail must be decided first, and the clock that all machines share."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import sqlalchemy as sa

from storage.arrival import Ahead, decided_since, mail_ahead, waiting_since
from storage.blobs import FileBlobStore
from storage.clock import DatabaseClock
from storage.database import Database, open_database
from storage.errors import StorageError
from storage.ledger import Ledger
from storage.rows import MessageRow
from tests.storage.samples import LEASE, MINUTE, NOW, claim, decided, receive
from tests.support.postgres import Postgres


def in_hand(database: Database, number: int) -> MessageRow:
    row = Ledger(database).claim_message(number, f"owner of {number}", NOW, LEASE)
    assert row is not None
    return row


def test_an_earlier_mail_that_another_reads_comes_first(database: Database) -> None:
    early, late = receive(database, received_at=NOW - 2 * MINUTE), receive(database, received_at=NOW - MINUTE)
    first, second = in_hand(database, early), in_hand(database, late)
    assert mail_ahead(database, first, NOW) is None
    assert mail_ahead(database, second, NOW) == Ahead(early, free=False)
    assert mail_ahead(database, second, NOW + LEASE) == Ahead(early, free=True), "its reader is dead"
    Ledger(database).release_message(early, "owner of " + str(early), NOW)
    assert mail_ahead(database, second, NOW) == Ahead(early, free=True), "it was given back"


def test_of_one_moment_the_one_recorded_first_comes_first(database: Database) -> None:
    one, two = receive(database), receive(database)
    first, second = in_hand(database, one), in_hand(database, two)
    assert mail_ahead(database, first, NOW) is None
    assert mail_ahead(database, second, NOW) == Ahead(one, free=False)


def test_the_first_of_several(database: Database) -> None:
    numbers = [receive(database, received_at=NOW - minutes * MINUTE) for minutes in (3, 5, 4, 1)]
    rows = [in_hand(database, number) for number in numbers]
    assert mail_ahead(database, rows[-1], NOW) == Ahead(numbers[1], free=False)


def test_a_mail_that_failed_is_waited_for_no_more(database: Database) -> None:
    early, late = receive(database, received_at=NOW - 2 * MINUTE), receive(database, received_at=NOW - MINUTE)
    first = in_hand(database, early)
    second = in_hand(database, late)
    Ledger(database).mark_failed_attempt(early, first.lease_owner or "", "Traceback", NOW, NOW)
    assert mail_ahead(database, second, NOW) is None
    again = Ledger(database).claim_message(early, "again", NOW, LEASE)
    assert again is not None
    assert mail_ahead(database, second, NOW) is None


def test_old_mail_that_is_imported_holds_nobody_up(database: Database) -> None:
    late = receive(database, received_at=NOW - MINUTE)
    row = in_hand(database, late)
    old = receive(database, received_at=NOW - 1000 * MINUTE)
    assert mail_ahead(database, row, NOW) is None
    in_hand(database, old)
    assert mail_ahead(database, row, NOW) == Ahead(old, free=False), "unless somebody reads it already"


def test_what_is_decided_or_decided_anew_is_not_waited_for(database: Database) -> None:
    early, _ = decided(database)
    late = in_hand(database, receive(database, received_at=NOW + MINUTE))
    assert mail_ahead(database, late, NOW + MINUTE) is None
    Ledger(database).requeue([early], NOW, read_again=False)
    again = claim(database, "other", NOW + MINUTE)
    assert again.id == early
    assert mail_ahead(database, late, NOW + MINUTE) is None


def test_what_waits_and_since_when(database: Database) -> None:
    assert waiting_since(database, NOW) == (0, None)
    receive(database, now=NOW - MINUTE)
    receive(database)
    assert waiting_since(database, NOW) == (2, NOW - MINUTE)
    claim(database)
    assert waiting_since(database, NOW) == (1, NOW)
    assert waiting_since(database, NOW + LEASE)[0] == 2


def test_what_was_decided_elsewhere(database: Database) -> None:
    number, _ = decided(database)
    account = "jiaowu@example.test"
    assert decided_since(database, account, NOW - MINUTE)
    assert not decided_since(database, account, NOW + MINUTE)
    assert not decided_since(database, "other@example.test", NOW - MINUTE)
    Ledger(database).mark_filed([number], NOW)
    assert not decided_since(database, account, NOW - MINUTE)


def test_what_was_given_back_keeps_its_place(database: Database) -> None:
    early = receive(database, received_at=NOW - 5 * MINUTE)
    receive(database, received_at=NOW - 2 * MINUTE)
    assert claim(database, "one").id == early
    Ledger(database).release_message(early, "one", NOW)
    assert claim(database, "two").id == early


class Ticks:
    """A machine's ticking that the test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.live
def test_the_clock_is_the_servers(postgres_server: Postgres) -> None:
    database = open_database(postgres_server.new_database())
    ticks = Ticks()
    clock = DatabaseClock(database, ticks)
    first = clock()
    assert abs(first - dt.datetime.now(dt.UTC)) < dt.timedelta(seconds=30)
    assert first.tzinfo is not None
    ticks.now += 59
    assert clock() - first == dt.timedelta(seconds=59), "ticks on by itself"
    ticks.now += 2
    assert clock() - first < dt.timedelta(seconds=30), "asks again, whatever this machine's ticks say"
    database.close()


@pytest.mark.live
def test_the_clock_ticks_on_without_the_server(postgres_server: Postgres) -> None:
    url = postgres_server.new_database()
    database = open_database(url)
    ticks = Ticks()
    clock = DatabaseClock(database, ticks)
    first = clock()
    database.close()
    with sa.create_engine(postgres_server.address("postgres").replace("postgresql:", "postgresql+psycopg:")).connect() as admin:
        admin.execution_options(isolation_level="AUTOCOMMIT")
        admin.execute(sa.text(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)'))
    ticks.now += 100
    assert clock() - first == dt.timedelta(seconds=100)
    with pytest.raises(StorageError):
        DatabaseClock(database)()
    database.close()


def test_a_store_has_a_name_that_goes_with_its_folder(tmp_path: Path) -> None:
    one, other = FileBlobStore(tmp_path / "one"), FileBlobStore(tmp_path / "other")
    assert one.identity() is None
    name = one.identity(make=True)
    assert name
    assert one.identity(make=True) == one.identity() == name
    assert other.identity(make=True) not in (None, name)
    assert list(one.all()) == [], "the name is no blob"
    (tmp_path / "one").rename(tmp_path / "mounted elsewhere")
    assert FileBlobStore(tmp_path / "mounted elsewhere").identity() == name
    assert one.identity() is None
