"""Lists, searches, what waits and figures over 10^4, 10^5 and 10^6 generated messages: milliseconds, p50 and p95 of `--repeat`
calls with warm caches, on SQLite and on a PostgreSQL of its own. Goal: below 200 ms, flat in the page number.

First wall time, then the processor time of this process and of PostgreSQL's backends together (parallel workers apart, which
no plan here should need): that is what counts on a machine that others use at the same time.

Usage: .venv/bin/python -m bench.pages [--messages 10000,100000,1000000] [--database sqlite,postgresql] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.ledger_rows import MODELS, START, fill, person
from storage import progress
from storage.counts import activity, missing_units, summary, unit_counts, units_seen
from storage.database import Database, open_database
from storage.export_items import count_items
from storage.migrate import upgrade
from storage.queries import (
    AnswerFilter,
    AuditFilter,
    ItemFilter,
    LinkFilter,
    MessageFilter,
    Queries,
)
from storage.waiting import KINDS, Waiting, WaitingFilter

CAMPAIGN = "zhihui-zhulao"
GOAL = 200.0
Case = tuple[str, Callable[[], Any]]


HEAD = "  wall p50      p95   cpu p50      p95 ms"


def measure(database: Database, cases: list[Case], repeat: int) -> str:
    """Print a line for each case; the worst p95 of both kinds in words."""
    print(HEAD, datetime.now(UTC).isoformat(timespec="seconds"))
    worst = [0.0, 0.0]
    for name, call in cases:
        call()
        walls, costs = [], []
        served = backends(database)
        for _ in range(repeat):
            start, cost = time.perf_counter(), processor(served)
            call()
            costs.append((processor(served) - cost) * 1000)
            walls.append((time.perf_counter() - start) * 1000)
        figures = [(statistics.median(times), sorted(times)[max(0, round(0.95 * len(times)) - 1)]) for times in (walls, costs)]
        worst = [max(old, p95) for old, (_, p95) in zip(worst, figures, strict=True)]
        line = "  ".join(f"{p50:8.1f} {p95:8.1f}" for p50, p95 in figures)
        print(f"  {line}{'  over goal' if figures[1][1] > GOAL else '           '}  {name}", flush=True)
    return f"worst p95: {worst[0]:.1f} ms wall, {worst[1]:.1f} ms processor"


def backends(database: Database) -> list[Path]:
    """Where Linux tells the processor time of PostgreSQL's processes that serve this database."""
    if database.kind == "sqlite":
        return []
    with database.read() as connection:
        ids = connection.exec_driver_sql("SELECT pid FROM pg_stat_activity WHERE datname = current_database()").scalars()
        return [Path(f"/proc/{pid}/schedstat") for pid in ids]


def processor(backends: list[Path]) -> float:
    """Seconds of processor time of this process and of those."""
    spent = time.process_time()
    for file in backends:
        with suppress(OSError):
            spent += int(file.read_text().split()[0]) / 1e9
    return spent


def lists(queries: Queries, count: int) -> list[Case]:
    """Every list with each of its filters, first pages and deep ones."""
    q, jinan = queries, "济南市教育局"
    items: dict[str, ItemFilter] = {
        "all": ItemFilter(campaign=CAMPAIGN), "batch": ItemFilter(campaign=CAMPAIGN, batch=2),
        "unit": ItemFilter(campaign=CAMPAIGN, reporting_unit=jinan), "category": ItemFilter(campaign=CAMPAIGN, category="course"),
        "state": ItemFilter(campaign=CAMPAIGN, state="review"), "sender": ItemFilter(campaign=CAMPAIGN, sender="clerk77@example.test"),
        "staff_state": ItemFilter(campaign=CAMPAIGN, staff_state="accepted"),
        "unit+category+state": ItemFilter(campaign=CAMPAIGN, reporting_unit=jinan, category="case", state="review"),
        "batch+category+state": ItemFilter(campaign=CAMPAIGN, batch=3, category="case", state="review"),
        "superseded": ItemFilter(campaign=CAMPAIGN, state="superseded"),
        "changed_since": ItemFilter(campaign=CAMPAIGN, changed_since=START + timedelta(days=69)),
        "nothing": ItemFilter(campaign=CAMPAIGN, reporting_unit="没有这个单位"),
    }
    messages: dict[str, MessageFilter] = {
        "all": MessageFilter(), "campaign": MessageFilter(campaign=CAMPAIGN), "verdict": MessageFilter(verdict="review"),
        "kind": MessageFilter(kind="unrelated"), "bounces": MessageFilter(kind="bounce"), "held": MessageFilter(stage="held"),
        "batch": MessageFilter(batch=1), "unit": MessageFilter(reporting_unit=jinan),
        "sender": MessageFilter(sender="clerk77@example.test"), "unit+verdict": MessageFilter(reporting_unit=jinan, verdict="review"),
        "batch+verdict": MessageFilter(campaign=CAMPAIGN, batch=1, verdict="review"),
    }
    cases: list[Case] = [(f"items: {name}", lambda f=f: q.items(f)) for name, f in items.items()]  # type: ignore[misc]
    cases += [(f"messages: {name}", lambda f=f: q.messages(f)) for name, f in messages.items()]  # type: ignore[misc]
    for part in (2, 10, 1000):
        cases.append((f"items: all, from row {count // part}", lambda p=part: q.items(items["all"], before=count // p)))  # type: ignore[misc]
        cases.append((f"messages: kind, from row {count // part}", lambda p=part: q.messages(messages["kind"], before=count // p)))  # type: ignore[misc]
    cases += [
        ("answers: draft", lambda: q.answers(AnswerFilter(state="draft"))),
        ("answers: to", lambda: q.answers(AnswerFilter(to="clerk77@example.test"))),
        ("links: unchecked", lambda: q.links(LinkFilter(state="unchecked"))),  # type: ignore[arg-type]
        ("audit: one item", lambda: q.audit(AuditFilter(object_kind="item", object_id=count // 2))),
    ]
    return cases


def searches(queries: Queries, count: int) -> list[Case]:
    """Terms of one, two, three and many characters, rare and common, with filters and on deep pages."""
    q = queries
    copies = max(1, count // MODELS)
    place = count // copies // 2
    middle = (place + (place % 3 == 0) - 1) * copies + 1
    terms = {
        "1 common": "智", "1 rare": person(middle)[1], "2 in all": "助老", "2 common": "济南", "2 rare": "柿子",
        "2 a person": person(middle)[1:], "3 common": "济南市", "3 rare": "柿子饼", "3 a person": person(middle),
        "4 in all": "智慧助老", "6 common": "济南市教育局", "a telephone number": f"138{middle:08}",
        "last digits": f"{middle:08}"[-4:], "receipt number": f"HL21-{middle:07}", "two terms": f"济南 {person(middle)}",
        "two common": "济南 助老", "two that never meet": "济南 青岛", "nowhere": "龘靐齉", "pairs, never together": "助老智慧课堂手机",
        "file name": "案例.docx",
    }
    cases: list[Case] = []
    for name, term in terms.items():
        cases.append((f"search items: {name} {term}", lambda t=term: q.items(ItemFilter(campaign=CAMPAIGN, search=t))))  # type: ignore[misc]
        cases.append((f"search messages: {name} {term}", lambda t=term: q.messages(MessageFilter(search=t))))  # type: ignore[misc]
    filters = {
        "state review": ItemFilter(campaign=CAMPAIGN, state="review", search="助老"),
        "unit, a word of all": ItemFilter(campaign=CAMPAIGN, reporting_unit="济南市教育局", search="智慧助老"),
        "unit, another's name": ItemFilter(campaign=CAMPAIGN, reporting_unit="青岛市教育局", search="济南"),
        "sender": ItemFilter(campaign=CAMPAIGN, sender="clerk77@example.test", search="助老"),
        "batch, rare": ItemFilter(campaign=CAMPAIGN, batch=3, search="柿子饼"),
    }
    cases += [(f"search items: {name}", lambda f=f: q.items(f)) for name, f in filters.items()]  # type: ignore[misc]
    for part in (2, 10, 1000):
        cases.append((f"search items: 智慧助老, from row {count // part}",
                      lambda p=part: q.items(ItemFilter(campaign=CAMPAIGN, search="智慧助老"), before=count // p)))  # type: ignore[misc]
        cases.append((f"search messages: 济南, from row {count // part}",
                      lambda p=part: q.messages(MessageFilter(search="济南"), before=count // p)))  # type: ignore[misc]
    return cases


def waits(database: Database, count: int) -> list[Case]:
    """What waits for a person: counts, first and deep pages of each kind, with and without a filter."""
    waiting, now = Waiting(database), START + timedelta(days=100)
    jinan = WaitingFilter(campaign=CAMPAIGN, reporting_unit="济南市教育局")
    narrow = WaitingFilter(campaign=CAMPAIGN, batch=3, reporting_unit="济南市教育局", category="course")
    cases: list[Case] = [("waiting: counts", lambda: waiting.counts(now)), ("waiting: counts of a unit", lambda: waiting.counts(now, jinan))]
    for kind in KINDS:
        cases += [
            (f"waiting: {kind}", lambda k=kind: waiting.page(k, now)),  # type: ignore[misc]
            (f"waiting: {kind}, from row {count // 2}", lambda k=kind: waiting.page(k, now, after=count // 2)),  # type: ignore[misc]
            (f"waiting: {kind} of a unit", lambda k=kind: waiting.page(k, now, jinan)),  # type: ignore[misc]
            (f"waiting: {kind}, the one after row {count // 2}", lambda k=kind: waiting.following(k, count // 2, now)),  # type: ignore[misc]
        ]
    return [*cases, ("waiting: item of a unit, batch, category", lambda: waiting.page("item", now, narrow))]


def figures(database: Database, units: tuple[str, ...]) -> list[Case]:
    """What the overview, the ledger and the digest count."""
    now = START + timedelta(days=35)
    edges = [START.date() + timedelta(days=day) for day in range(31)]
    return [
        ("summary", lambda: summary(database, CAMPAIGN)), ("summary of a batch", lambda: summary(database, CAMPAIGN, 2)),
        ("unit counts", lambda: unit_counts(database, CAMPAIGN)), ("unit counts of a batch", lambda: unit_counts(database, CAMPAIGN, 2)),
        ("missing units", lambda: missing_units(database, units, CAMPAIGN, 2)), ("units seen", lambda: units_seen(database, CAMPAIGN)),
        ("activity of a day", lambda: activity(database, now, now + timedelta(days=1))),
        ("progress.cells", lambda: progress.cells(database, CAMPAIGN)), ("progress.cells of a batch", lambda: progress.cells(database, CAMPAIGN, 2)),
        ("progress.last_mails", lambda: progress.last_mails(database, units, CAMPAIGN)),
        ("progress.last_mails of the first batch", lambda: progress.last_mails(database, units, CAMPAIGN, 1)),
        ("progress.last_mails of the last batch", lambda: progress.last_mails(database, units, CAMPAIGN, 3)),
        ("count_items of a batch", lambda: count_items(database, CAMPAIGN, 1)),
        ("progress.arrivals", lambda: progress.arrivals(database, edges)),
        ("progress.first_arrival", lambda: progress.first_arrival(database, CAMPAIGN, 2)),
        ("progress.newest_batch", lambda: progress.newest_batch(database, CAMPAIGN)),
        ("progress.under_way", lambda: progress.under_way(database)),
    ]


@contextmanager
def opened(kind: str, folder: Path) -> Iterator[Database]:
    """A database with tables."""
    if kind == "sqlite":
        database = open_database(f"sqlite:///{folder / 'baosong.db'}")
        upgrade(database)
        yield database
        database.close()
        return
    from tests.support.postgres import Postgres

    kept = folder / "pg"
    kept.mkdir(exist_ok=True)
    with Postgres(kept=kept) as server:
        database = open_database(server.database("bench"))
        upgrade(database)
        yield database
        database.close()


def size(database: Database) -> str:
    """Bytes of the rows and, of them, of the search indexes."""
    with database.read() as connection:
        if database.kind == "sqlite":
            parts = dict(connection.exec_driver_sql("SELECT name, sum(pgsize) FROM dbstat GROUP BY name").all())
            index = sum(value for name, value in parts.items() if name.startswith(("item_search", "message_search")))
            texts = sum(value for name, value in parts.items() if name in ("item_text", "message_content"))
            total = sum(parts.values())
        else:
            total = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
            index = connection.exec_driver_sql(
                "SELECT pg_relation_size('ix_item_search') + pg_relation_size('ix_message_search')").scalar_one()
            texts = connection.exec_driver_sql(
                "SELECT pg_table_size('item_text') + pg_table_size('message_content')").scalar_one()
    return f"{total / 2**20:.0f} MB, texts {texts / 2**20:.0f} MB, their search index {index / 2**20:.0f} MB"


def run(kind: str, count: int, folder: Path, repeat: int, only: str, sentences: int) -> str:
    """Fill a database and measure it; the worst p95 in words."""
    from baosong.config import load_campaign, load_register

    units = load_register(load_campaign(CAMPAIGN)).reporting_units()
    with opened(kind, folder) as database:
        queries = Queries(database)
        start = time.perf_counter()
        fill(database, count, sentences)
        print(f"\n{kind}, {count:,} messages: filled in {time.perf_counter() - start:.0f} s; {size(database)}")
        cases = [*lists(queries, count), *searches(queries, count), *waits(database, count), *figures(database, units)]
        return measure(database, [case for case in cases if only in case[0]], repeat)


def arguments(what: str | None, only: str) -> argparse.ArgumentParser:
    """The options that every bench over generated ledgers has. `only`: what `--only` picks by."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--messages", default="10000,100000,1000000")
    parser.add_argument("--database", default="sqlite,postgresql")
    parser.add_argument("--repeat", type=int, default=15)
    parser.add_argument("--only", default="", help=only)
    parser.add_argument("--keep", type=Path, help="a folder for the databases (its path short), used again if they are there")
    return parser


def places(options: argparse.Namespace) -> Iterator[tuple[str, int, Path]]:
    """(database, messages, folder) of every ledger that was asked for; a folder not kept is gone afterwards."""
    for count in map(int, options.messages.split(",")):
        for kind in options.database.split(","):
            with tempfile.TemporaryDirectory() as scratch:
                folder = Path(scratch) if options.keep is None else options.keep / str(count)
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(0o755)  # PostgreSQL does not run as root and must come through
                yield kind, count, folder


def main() -> None:
    """Entry point."""
    parser = arguments(__doc__, "cases whose name has this")
    parser.add_argument("--sentences", type=int, default=5, help="of 35 characters, in each text")
    options = parser.parse_args()
    for kind, count, folder in places(options):
        worst = run(kind, count, folder, options.repeat, options.only, options.sentences)
        print(f"  {worst}")


if __name__ == "__main__":
    main()
