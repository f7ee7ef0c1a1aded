"""The tally is what a full count says: after any sequence of acts, after folding, and with several writers at once."""

from __future__ import annotations

import random
import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, text, update

from bench.ledger_rows import fill
from core.facts import LinkState
from core.records import LinkRecord
from storage import models as m
from storage.counts import summary, unit_counts, units_seen
from storage.database import Database
from storage.deciding import record_decision
from storage.desk import Act, Desk
from storage.errors import StorageError
from storage.ledger import Ledger
from storage.tally import differences, recount
from tests.storage.samples import CAMPAIGN, LEASE, NOW, claim, content, decided, decision, receive

UNITS = ("济南市教育局", "青岛市教育局", None)
FOLD = 2048


class Broken(Exception):
    """Ends a transaction."""


def one(database: Database, column: Any, dice: random.Random) -> int | None:
    """Any row's id."""
    with database.read() as connection:
        ids = list(connection.execute(select(column).order_by(column)).scalars())
    return dice.choice(ids) if ids else None


def act(database: Database, word: str, dice: random.Random) -> None:
    """One thing that may happen, by the program's own ways where there are any."""
    message, item = one(database, m.Message.id, dice), one(database, m.Item.id, dice)
    with database.write() as connection:  # whatever is received next is what is claimed next
        connection.execute(update(m.Message).values(next_attempt_at=None))
    if word == "receive":
        receive(database, received_at=NOW + timedelta(hours=dice.randrange(-3000, 3000)))
    elif word == "decide":
        unit = dice.choice(UNITS)
        decided(
            database, verdict=dice.choice(("accepted", "correction", "review", "ignored", "pending")),
            kind=dice.choice(("submission", "unrelated")), reporting_unit=unit, batch=dice.choice((1, 2, None)),
        )
    elif word == "fail":
        row = receive(database)
        claim(database)
        Ledger(database).mark_failed_attempt(row, "worker", "boom", NOW, NOW, limit=dice.choice((1, 3)))
    elif word == "again" and message is not None:
        with database.write() as connection:
            connection.execute(update(m.Message).where(m.Message.id == message).values(next_attempt_at=NOW, stage="received"))
        found = Ledger(database).claim_next_message("worker", NOW, LEASE)
        assert found is not None
        record_decision(database, decision(message, verdict="accepted", reporting_unit=dice.choice(UNITS), findings=()), "worker", NOW)
    elif word == "staff" and item is not None:
        desk, seen = Desk(database), Act("李", NOW + timedelta(days=100), "已核对")
        with suppress(StorageError):  # a replaced version is refused
            dice.choice((desk.accept_item, desk.reject_item))(item, seen)
    elif word == "move" and item is not None:
        with database.write() as connection:
            connection.execute(update(m.Item).where(m.Item.id == item).values(
                reporting_unit=dice.choice(UNITS), batch=dice.choice((1, 2, None)), state=dice.choice(("complete", "review", "superseded")),
            ))
    elif word == "letters":
        with database.write() as connection:
            connection.execute(update(m.Answer).where(m.Answer.id % 2 == dice.randrange(2)).values(state=dice.choice(("sent", "sending"))))
            connection.execute(update(m.Link).where(m.Link.id % 2 == dice.randrange(2)).values(state=dice.choice(tuple(LinkState)).value))
    elif word == "delete item" and item is not None:
        with database.write() as connection:
            connection.execute(delete(m.Item).where(m.Item.id == item))
    elif word == "delete message" and message is not None:
        with database.write() as connection:  # its letters and links go with it
            connection.execute(delete(m.Message).where(m.Message.id == message))
    elif word == "roll back":
        with suppress(Broken), database.write() as connection:
            connection.execute(update(m.Item).values(state="pending"))
            connection.execute(delete(m.Link))
            raise Broken
    elif word == "same again":
        with database.write() as connection:
            connection.execute(update(m.Item).values(state=m.Item.state, title="银龄课堂二"))


ACTS = (
    "receive", "decide", "decide", "fail", "again", "staff", "move", "letters", "delete item", "delete message", "roll back", "same again",
)


def fold_soon(database: Database, dice: random.Random) -> None:
    """The next ids of the tally lie just below a number at which it is folded."""
    with database.write() as connection:
        highest = connection.execute(select(func.coalesce(func.max(m.Tally.id), 0))).scalar_one()
        to = (highest // FOLD + 1) * FOLD - dice.randrange(1, 30)
        if to <= highest:
            return
        if database.kind == "sqlite":
            connection.execute(insert(m.Tally).values(id=to, about="nothing", number=0))
        else:
            connection.execute(text(f"SELECT setval(pg_get_serial_sequence('tally', 'id'), {to})"))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(words=st.lists(st.sampled_from(ACTS), min_size=1, max_size=15), seed=st.integers(0, 2**32))
def test_the_tally_is_a_full_count(database: Database, words: list[str], seed: int) -> None:
    dice = random.Random(seed)
    fold_soon(database, dice)
    for word in words:
        act(database, word, dice)
        assert differences(database) == (), word


def test_counts_are_those_of_the_rows(database: Database) -> None:
    """By a count of its own, not by the tally's."""
    fill(database, 900)
    with database.write() as connection:
        connection.execute(update(m.Message).where(m.Message.id % 7 == 0).values(stage="read"))
        connection.execute(update(m.Item).where(m.Item.id % 5 == 0).values(state="superseded"))
        connection.execute(update(m.Item).where(m.Item.id % 11 == 0).values(reporting_unit=None))
    with database.read() as connection:
        messages = connection.execute(select(m.Message.stage, m.Message.verdict, m.Message.batch)).all()
        items = connection.execute(select(m.Item.batch, m.Item.state, m.Item.reporting_unit, m.Item.category)).all()
        answers = list(connection.execute(select(m.Answer.state)).scalars())
    found, second = summary(database), summary(database, CAMPAIGN, 2)
    assert found.messages == 900
    assert found.waiting == second.waiting == sum(stage == "read" for stage, _, _ in messages)
    done = [(verdict, batch) for stage, verdict, batch in messages if stage == "done"]
    assert found.verdicts == {word: sum(verdict == word for verdict, _ in done) for word, _ in done}
    assert second.verdicts == {word: n for word in found.verdicts if (n := sum(one == (word, 2) for one in done))}
    assert second.items == {state: sum(row[:2] == (2, state) for row in items) for batch, state, _, _ in items if batch == 2}
    assert found.answers == {state: answers.count(state) for state in answers}
    counted = {(row.reporting_unit, row.category, row.batch, row.state): row.count for row in unit_counts(database, CAMPAIGN)}
    wanted: dict[tuple[Any, ...], int] = {}
    for batch, state, unit, category in items:
        if state != "superseded":
            wanted[unit, category, batch, state] = wanted.get((unit, category, batch, state), 0) + 1
    assert counted == wanted
    assert units_seen(database, CAMPAIGN, 3) >= {unit for batch, _, unit, _ in items if batch == 3 and unit}
    assert differences(database) == ()


def test_it_is_folded_and_stays_small(database: Database) -> None:
    fill(database, 600)
    for turn in range(20):
        with database.write() as connection:
            connection.execute(update(m.Item).values(state=("complete", "review")[turn % 2]))
            connection.execute(update(m.Answer).values(state=("sent", "waiting")[turn % 2]))
    with database.read() as connection:
        rows, keys = connection.execute(select(func.count(), func.count(m.Tally.unit.distinct()))).one()
    assert keys > 50
    assert rows < 2 * FOLD + 1500, "thirty thousand changes"
    assert differences(database) == ()


def test_a_count_that_is_wrong_is_told_and_mended(database: Database) -> None:
    decided(database)
    with database.write() as connection:
        connection.execute(delete(m.Tally).where(m.Tally.about == "item"))
        connection.execute(insert(m.Tally).values(about="link", state="dead", number=3))
    told = differences(database)
    assert len(told) == 2
    assert told[0].endswith("0, counted 1"), told
    assert told[1].endswith("dead: 3, counted 0"), told
    recount(database)
    assert differences(database) == ()
    decided(database, items=(), links=(LinkRecord(decision(1).links[0].link, None),))
    assert differences(database) == ()
    assert content().state in summary(database).items


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.live)], indirect=True)
def test_several_writers_at_once(database: Database) -> None:
    """Every one changes rows of its own, but all of them the same counts, in different order; some take it back."""
    fill(database, 1200)
    failures: list[Exception] = []

    def write(number: int) -> None:
        dice = random.Random(number)
        mine = m.Item.id % 4 == number
        for _ in range(40):
            try:
                with database.write() as connection:
                    steps = [
                        update(m.Item).where(mine).values(state=dice.choice(("complete", "review", "pending"))),
                        update(m.Answer).where(m.Answer.id % 4 == number).values(state=dice.choice(("sent", "waiting", "draft"))),
                        update(m.Message).where(m.Message.id % 4 == number).values(stage=dice.choice(("done", "read", "held"))),
                    ]
                    dice.shuffle(steps)
                    for step in steps:
                        connection.execute(step)
                    if dice.random() < 0.2:
                        raise Broken
            except Broken:
                continue
            except StorageError as error:
                failures.append(error)
                return

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert not failures
    assert differences(database) == ()
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(m.Tally)).scalar_one() < 4 * FOLD + 2000
