"""Figures of the first page, held against what can be counted by hand; on both databases."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bench.ledger_rows import DAYS, START, fill
from core.campaign import SHANGHAI
from storage import models as m
from storage import progress
from storage.database import Database

CAMPAIGN = "zhihui-zhulao"


@pytest.fixture
def filled(database: Database) -> Database:
    """600 generated messages."""
    fill(database, 600)
    return database


def rows(database: Database, *columns: Any) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(*columns)))


def test_cells_count_every_current_item_once(filled: Database) -> None:
    with filled.write() as connection:
        connection.execute(update(m.Item).where(m.Item.id < 20).values(state="superseded"))
        connection.execute(update(m.Item).where(m.Item.id.in_((40, 41))).values(reporting_unit=None, batch=None))
    t = m.Item
    wanted = Counter(
        (unit, category, batch, state) for unit, category, batch, state in rows(filled, t.reporting_unit, t.category, t.batch, t.state)
        if state != "superseded"
    )
    assert {(c.unit, c.category, c.batch, c.state): c.count for c in progress.cells(filled, CAMPAIGN)} == dict(wanted)
    second = {(c.unit, c.category, c.state): c.count for c in progress.cells(filled, CAMPAIGN, 2)}
    assert second == {(unit, category, state): n for (unit, category, batch, state), n in wanted.items() if batch == 2}
    assert progress.cells(filled, "another") == ()


def test_the_newest_mail_of_each_unit(filled: Database) -> None:
    t = m.Message
    wanted: dict[str, int] = {}
    in_second: dict[str, int] = {}
    for number, unit, batch in rows(filled, t.id, t.reporting_unit, t.batch):
        if unit:
            wanted[unit] = max(number, wanted.get(unit, 0))
            if batch == 2:
                in_second[unit] = max(number, in_second.get(unit, 0))
    found = progress.last_mails(filled, [*wanted, "没有来信的单位"], CAMPAIGN)
    assert {unit: row.message_id for unit, row in found.items()} == wanted
    found = progress.last_mails(filled, list(wanted), CAMPAIGN, 2)
    assert {unit: row.message_id for unit, row in found.items()} == in_second
    long = "山东省济南市历下区某某街道社区教育指导中心老年大学教学点联合体"  # longer than PostgreSQL's names
    with filled.write() as connection:
        connection.execute(update(m.Message).where(m.Message.id == 200).values(reporting_unit=long, kind="submission", campaign=CAMPAIGN))
    assert progress.last_mails(filled, [long, long + "二"], CAMPAIGN)[long].message_id == 200
    assert found[min(found)].received_at.utcoffset() is not None
    assert progress.last_mails(filled, [], CAMPAIGN) == {}


def test_arrivals_add_up(filled: Database) -> None:
    edges = [START.date() + timedelta(days=day) for day in range(DAYS + 2)]
    counts = progress.arrivals(filled, edges)
    assert len(counts) == DAYS + 1
    assert sum(counts) == 600
    days = [row[0].astimezone(SHANGHAI).date() for row in rows(filled, m.Message.received_at)]
    for at in (0, 10, DAYS):
        assert counts[at] == sum(edges[at] <= day < edges[at + 1] for day in days)
    assert progress.arrivals(filled, [edges[0], edges[7], edges[9]]) == (sum(counts[:7]), sum(counts[7:9]))
    assert progress.arrivals(filled, edges[:1]) == ()


def test_first_arrival_and_newest_batch(filled: Database, database: Database) -> None:
    first = progress.first_arrival(filled, CAMPAIGN, 2)
    assert first == min(at for at, batch in rows(filled, m.Message.received_at, m.Message.batch) if batch == 2)
    assert progress.first_arrival(filled, CAMPAIGN, 9) is None
    assert progress.newest_batch(filled, CAMPAIGN) == 3
    assert progress.newest_batch(filled, "another") is None


def test_what_is_under_way(filled: Database) -> None:
    assert progress.under_way(filled) == progress.UnderWay(0, 0)
    with filled.write() as connection:
        connection.execute(update(m.Message).where(m.Message.id.in_((2, 5))).values(stage="received"))
        connection.execute(update(m.Answer).where(m.Answer.id == select(func.max(m.Answer.id)).scalar_subquery()).values(state="sending"))
    assert progress.under_way(filled) == progress.UnderWay(2, 1)
