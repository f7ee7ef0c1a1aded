"""Several processes at once, and processes killed in the middle: each mail read once, each letter claimed once, nothing
half written, one poller for each mailbox."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from core.records import ItemRecord
from storage.database import Database, open_database
from storage.deciding import deciding, record_decision
from storage.errors import Conflict, StorageUnavailable
from storage.ledger import Ledger
from storage.locks import poll_lock
from storage.outbox import Outbox
from storage.queries import AnswerFilter, MessageFilter, Queries
from tests.storage.samples import CAMPAIGN, LEASE, NOW, answer, claim, content, decided, decision, receive

CONTEXT = multiprocessing.get_context("spawn")


def address(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


@contextmanager
def running(work: Callable[..., None], *arguments: Any) -> Iterator[Any]:
    """A process that does `work(ready, go, *arguments)`; it is ended with the block. Yields (process, ready, go)."""
    ready, go = CONTEXT.Event(), CONTEXT.Event()
    process = CONTEXT.Process(target=work, args=(ready, go, *arguments), daemon=True)
    process.start()
    try:
        assert ready.wait(60), "the process did not come up"
        yield process, ready, go
    finally:
        if process.is_alive():
            process.kill()
        process.join(20)


def kill(process: Any) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.join(20)


def _send_all(ready: Any, go: Any, url: str, owner: str, sent: Any) -> None:
    database = open_database(url)
    outbox = Outbox(database)
    outbox.due_answers(NOW)
    ready.set()
    go.wait(60)
    while due := outbox.due_answers(NOW, limit=5):
        for row in due:
            try:
                if outbox.claim_answer(row.id, owner, NOW, LEASE) is not None:
                    sent.put((owner, row.id))
                    outbox.mark_sent(row.id, owner, NOW)
            except StorageUnavailable:
                continue
    sent.put((owner, None))


def test_each_letter_is_claimed_once(database: Database) -> None:
    letters = [decided(database)[1].answers[0] for _ in range(60)]
    sent = CONTEXT.Queue()
    url = address(database)
    with running(_send_all, url, "a", sent) as one, running(_send_all, url, "b", sent) as two:
        one[2].set()
        two[2].set()
        claims: Counter[int] = Counter()
        by: Counter[str] = Counter()
        finished = 0
        while finished < 2:
            owner, answer_id = sent.get(timeout=120)
            if answer_id is None:
                finished += 1
            else:
                claims[answer_id] += 1
                by[owner] += 1
    assert claims == Counter(letters)
    assert min(by.values()) > 0, "both took part"
    assert len(Queries(database).answers(AnswerFilter(state="sent"), limit=100).rows) == 60


def _decide_all(ready: Any, go: Any, url: str, owner: str, done: Any) -> None:
    """A worker: claims, joins the one item of the unit or founds it, numbers it."""
    database = open_database(url)
    ledger = Ledger(database)
    ledger.find_message(1)
    ready.set()
    go.wait(60)
    while (message := ledger.claim_next_message(owner, NOW, LEASE)) is not None:
        while True:
            try:
                with deciding(database) as desk:
                    known = desk.open_items(CAMPAIGN, reporting_unit="济南市教育局")
                    number = desk.next_number(CAMPAIGN)
                    items = tuple(ItemRecord(one.content, ("scan",), one.id, one.edit) for one in known) or (
                        ItemRecord(content(), ("word",)),
                    )
                    record = decision(message.id, items=items, receipt_number=str(number), answers=())
                    desk.record(record, owner, NOW)
                break
            except (StorageUnavailable, Conflict):
                continue
        done.put(message.id)
    done.put(None)


def test_two_workers_found_one_item_and_lose_no_number(database: Database) -> None:
    rows = [receive(database) for _ in range(40)]
    done = CONTEXT.Queue()
    url = address(database)
    with running(_decide_all, url, "a", done) as one, running(_decide_all, url, "b", done) as two:
        one[2].set()
        two[2].set()
        seen: list[int | None] = []
        while seen.count(None) < 2:
            seen.append(done.get(timeout=120))
    assert sorted(row for row in seen if row is not None) == rows, "each mail once"
    queries = Queries(database)
    (item,) = queries.items().rows
    assert item.messages == tuple(rows)
    assert item.edit == 39
    numbers = [row.receipt_number for row in queries.messages(MessageFilter(), limit=100).rows]
    assert sorted(int(number or 0) for number in numbers) == list(range(1, 41))


def _record_same(ready: Any, go: Any, url: str, new: Any) -> None:
    database = open_database(url)
    ready.set()
    go.wait(60)
    before = Ledger(database).known_uids("jiaowu@example.test", "INBOX", 7)
    for uid in range(100, 150):
        receive(database, uid)
    new.put(len(before))


def test_two_polls_record_each_mail_once(database: Database) -> None:
    new = CONTEXT.Queue()
    url = address(database)
    with running(_record_same, url, new) as one, running(_record_same, url, new) as two:
        one[2].set()
        two[2].set()
        new.get(timeout=120)
        new.get(timeout=120)
    assert len(Queries(database).messages(limit=200).rows) == 50


# --- killed ----------------------------------------------------------------------------------------------------------


def _stop_inside_decision(ready: Any, go: Any, url: str, row_id: int) -> None:
    database = open_database(url)
    with deciding(database) as desk:
        desk.next_number(CAMPAIGN)
        desk.record(decision(row_id), "victim", NOW)
        ready.set()
        go.wait(60)


@pytest.mark.fault
def test_killed_inside_the_decision(database: Database) -> None:
    row_id = receive(database)
    claim(database, "victim")
    with running(_stop_inside_decision, address(database), row_id) as (process, _, _):
        kill(process)
    queries, ledger = Queries(database), Ledger(database)
    assert (queries.items().rows, queries.answers().rows) == ((), ())
    row = ledger.find_message(row_id)
    assert row is not None
    assert (row.stage, row.decisions) == ("reading", 0)
    again = ledger.claim_next_message("heir", NOW + LEASE, LEASE)
    assert again is not None
    assert again.id == row_id
    with deciding(database) as desk:
        assert desk.next_number(CAMPAIGN) == 1
        desk.record(decision(row_id), "heir", NOW)
    assert len(queries.answers().rows) == 1


def _stop_before_mark(ready: Any, go: Any, url: str, answer_id: int) -> None:
    database = open_database(url)
    assert Outbox(database).claim_answer(answer_id, "victim", NOW, LEASE) is not None
    ready.set()
    go.wait(60)


@pytest.mark.fault
def test_killed_while_sending(database: Database) -> None:
    _, written = decided(database)
    with running(_stop_before_mark, address(database), written.answers[0]) as (process, _, _):
        kill(process)
    outbox = Outbox(database)
    assert outbox.due_answers(NOW + timedelta(days=1)) == ()
    assert outbox.sweep_dead_claims(NOW + LEASE, 8) == 1
    (due,) = outbox.due_answers(NOW + LEASE)
    assert due.message_id_header == answer().message_id_header, "the same letter, whoever had it in hand"
    # And the outcome, decided again, asks for no second one.
    row_id = due.message_id
    assert row_id is not None
    assert record_decision(database, decision(row_id), None, NOW).answers == ()


def _hold_lock(ready: Any, go: Any, url: str, account: str) -> None:
    database = open_database(url)
    with poll_lock(database, account) as lock:
        assert lock is not None
        assert lock.still_held()
        ready.set()
        go.wait(60)


def _wait_until_free(database: Database, account: str) -> None:
    """PostgreSQL learns of a killed client when it next looks at the socket: a moment later, on a busy machine several."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with poll_lock(database, account) as lock:
            if lock is not None:
                return
        time.sleep(0.05)
    pytest.fail("the lock outlived the process that held it by a minute")


@pytest.mark.fault
def test_one_poller_for_each_mailbox(database: Database) -> None:
    with running(_hold_lock, address(database), "a@x.test") as (process, _, _):
        with poll_lock(database, "a@x.test") as lock:
            assert lock is None
        with poll_lock(database, "b@x.test") as other:
            assert other is not None
        kill(process)
    _wait_until_free(database, "a@x.test")  # it goes with the process that held it
    for _ in range(2):
        with poll_lock(database, "a@x.test") as lock:
            assert lock is not None
            with poll_lock(database, "a@x.test") as second:
                assert second is None, "not twice within one process either"


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.live)], indirect=True)
def test_lock_that_went_with_its_connection(database: Database) -> None:
    from sqlalchemy import text

    with poll_lock(database, "a@x.test") as lock:
        assert lock is not None
        with database.write() as connection:
            connection.execute(text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            ))
        assert not lock.still_held()
