"""What a page, a decision or a chunk of an export asks SQLite costs the same over a ledger of four times as many rows.

Counted in steps of SQLite's machine, so that no clock is asked: a walk through the 300 items more costs 900 at least. SQLite keeps
no statistics here and takes an equality for rare; PostgreSQL, which does, is measured by `bench.pages`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bench.ledger_rows import START, fill
from storage import deciding, export_items, progress, queries, waiting
from storage.arrival import mail_ahead
from storage.database import Database, open_database
from storage.ledger import Ledger
from storage.queries import AnswerFilter, ItemFilter, LinkFilter, MessageFilter, Queries
from storage.waiting import KINDS, Waiting, WaitingFilter
from storage.whole import likely_same, read_item, read_message

CAMPAIGN, SMALL, LARGE, FEW = "zhihui-zhulao", 150, 600, 3
SLACK = 400
UNIT, SENDER = "山东大学", "clerk77@example.test"
NOW = START + timedelta(days=100)

ITEMS: dict[str, ItemFilter] = {
    "all": ItemFilter(campaign=CAMPAIGN), "batch": ItemFilter(campaign=CAMPAIGN, batch=1),
    "unit": ItemFilter(campaign=CAMPAIGN, reporting_unit=UNIT), "category": ItemFilter(campaign=CAMPAIGN, category="course"),
    "state": ItemFilter(campaign=CAMPAIGN, state="incomplete"), "none such": ItemFilter(campaign=CAMPAIGN, state="superseded"),
    "sender": ItemFilter(campaign=CAMPAIGN, sender=SENDER), "rejected": ItemFilter(campaign=CAMPAIGN, staff_state="rejected"),
    "unit, state": ItemFilter(campaign=CAMPAIGN, reporting_unit=UNIT, state="pending"),
    "batch, category": ItemFilter(campaign=CAMPAIGN, batch=1, category="case"),
    "batch, state": ItemFilter(campaign=CAMPAIGN, batch=1, state="pending"),
}
MESSAGES: dict[str, MessageFilter] = {
    "all": MessageFilter(), "campaign": MessageFilter(campaign=CAMPAIGN), "verdict": MessageFilter(verdict="review"),
    "kind": MessageFilter(kind="bounce"), "held": MessageFilter(stage="held"), "batch": MessageFilter(campaign=CAMPAIGN, batch=1),
    "unit": MessageFilter(reporting_unit=UNIT), "sender": MessageFilter(sender=SENDER),
    "unit, verdict": MessageFilter(reporting_unit=UNIT, verdict="pending"), "unit, batch": MessageFilter(reporting_unit=UNIT, batch=1),
    "batch, verdict": MessageFilter(campaign=CAMPAIGN, batch=1, verdict="pending"),
}


def cases(database: Database) -> dict[str, Callable[[], Any]]:
    """Name -> what is asked."""
    lists, wait, ledger = Queries(database), Waiting(database), Ledger(database)
    item = next(row for row in lists.items(ItemFilter(reporting_unit=UNIT), limit=1).rows)
    message = ledger.find_message(item.messages[0])
    assert message is not None
    of_unit = WaitingFilter(campaign=CAMPAIGN, reporting_unit=UNIT)
    found: dict[str, Callable[[], Any]] = {
        **{f"items: {name}": lambda f=f: lists.items(f, FEW) for name, f in ITEMS.items()},
        **{f"messages: {name}": lambda f=f: lists.messages(f, FEW) for name, f in MESSAGES.items()},
        **{f"waiting: {kind}": lambda k=kind: wait.page(k, NOW, limit=FEW) for kind in KINDS},
        **{f"waiting: {kind} of a unit": lambda k=kind: wait.page(k, NOW, of_unit, limit=FEW) for kind in KINDS},
    }  # fmt: skip
    open_items: dict[str, dict[str, Any]] = {
        "unit, sender": {"reporting_unit": UNIT, "sender": SENDER}, "receipt": {"receipt_numbers": (item.content.receipt_number,)},
        "mails": {"message_rows": item.messages}, "thread": {"thread": (message.message_id,)},
    }
    for name, words in open_items.items():
        found[f"open items: {name}"] = lambda w=words: _known(database, w)
    return found | {
        "waiting: counts": lambda: wait.counts(NOW), "letters: drafts": lambda: lists.answers(AnswerFilter(state="draft"), FEW),
        "links: unchecked": lambda: lists.links(LinkFilter(state="unchecked"), FEW),  # type: ignore[arg-type]
        "an item": lambda: read_item(database, item.id), "a mail": lambda: read_message(database, message.id),
        "likely the same": lambda: likely_same(database, item, FEW),
        "newest mails": lambda: progress.last_mails(database, (UNIT,), CAMPAIGN),
        "newest mails of a batch": lambda: progress.last_mails(database, (UNIT,), CAMPAIGN, 1),
        "first arrival": lambda: progress.first_arrival(database, CAMPAIGN, 2), "mail ahead": lambda: mail_ahead(database, message, NOW),
        "export": lambda: list(islice(export_items.export_items(database, CAMPAIGN, "case", (UNIT, None)), FEW)),
        "export of a batch": lambda: list(islice(export_items.export_items(database, CAMPAIGN, "case", (UNIT,), 3), FEW)),
        "loose findings": lambda: list(islice(export_items.loose_findings(database, CAMPAIGN), FEW)),
        "every item": lambda: list(islice(lists.every_item(ITEMS["batch"]), FEW)),
    }  # fmt: skip


def _known(database: Database, words: dict[str, Any]) -> None:
    with deciding.deciding(database) as desk:
        desk.open_items(CAMPAIGN, **words)


@pytest.fixture
def ledgers(tmp_path: Path, migrated_file: Path) -> Iterator[tuple[Database, Database]]:
    """A small one and a large one."""
    opened = []
    for count in (SMALL, LARGE):
        file = tmp_path / f"{count}.db"
        shutil.copy(migrated_file, file)
        opened.append(open_database(f"sqlite:///{file}"))
        fill(opened[-1], count, sentences=1)
    yield opened[0], opened[1]
    for database in opened:
        database.close()


def steps(database: Database, call: Callable[[], Any]) -> int:
    """Steps of SQLite's machine, in tens."""
    ticks = [0]

    def tick() -> int:
        ticks[0] += 1
        return 0

    def begun(connection: Any, *_: Any) -> None:
        connection.connection.dbapi_connection.set_progress_handler(tick, 10)

    event.listen(database.engine, "before_cursor_execute", begun)
    call()
    event.remove(database.engine, "before_cursor_execute", begun)
    return 10 * ticks[0]


def walk(database: Database) -> None:
    """What must be noticed."""
    with database.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM item WHERE sender = 'nobody' OR fields IS NULL").all()


def test_nothing_grows_with_the_rows(ledgers: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch) -> None:
    for module, name in ((deciding, "MAX_OPEN_ITEMS"), (export_items, "_CHUNK"), (queries, "_CHUNK"), (waiting, "MOST")):
        monkeypatch.setattr(module, name, FEW)  # so that both ledgers fill each page and chunk
    small, large = ledgers
    assert steps(large, lambda: walk(large)) > steps(small, lambda: walk(small)) + SLACK, "the measure itself"
    before, after = cases(small), cases(large)
    found = {name: (steps(small, before[name]), steps(large, call)) for name, call in after.items()}
    assert {name: pair for name, pair in found.items() if pair[1] > pair[0] + SLACK} == {}
