"""What staff look through: filters, pages that fit together, search in Chinese, figures; and no list scans the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from core.facts import Envelope, MessageFacts
from core.records import ItemRecord
from storage.counts import activity, missing_units, summary, unit_counts, units_seen
from storage.database import Database
from storage.errors import NotFound
from storage.ledger import Ledger
from storage.progress import newest_batch
from storage.queries import (
    AnswerFilter,
    AuditFilter,
    ItemFilter,
    LinkFilter,
    MessageFilter,
    Page,
    Queries,
)
from storage.whole import find_receipt_number, read_item, read_message
from tests.storage.samples import CAMPAIGN, MINUTE, NOW, claim, content, decided, receive


@pytest.fixture
def queries(database: Database) -> Queries:
    return Queries(database)


def item(database: Database, title: str, **changes: Any) -> int:
    """A decided message with one item; the item's id."""
    _, written = decided(database, items=(ItemRecord(content(title, **changes), ("word",)),),
                         reporting_unit=changes.get("reporting_unit", "济南市教育局"), batch=changes.get("batch", 1))
    return written.items[0]


def test_filters(database: Database, queries: Queries) -> None:
    one = item(database, "一")
    two = item(database, "二", category="course", batch=2, state="complete")
    three = item(database, "三", reporting_unit="青岛市教育局", sender="b@x.test", campaign="other")
    old = item(database, "四", state="superseded")

    def ids(**wanted: Any) -> list[int]:
        page = queries.items(ItemFilter(**wanted))
        assert [row.id for row in queries.every_item(ItemFilter(**wanted))] == sorted(row.id for row in page.rows)
        return [row.id for row in page.rows]

    assert ids() == [three, two, one]
    assert ids(versions=True) == [old, three, two, one]
    assert ids(state="superseded") == [old]
    assert ids(campaign=CAMPAIGN) == [two, one]
    assert ids(batch=2) == [two]
    assert ids(category="course") == [two]
    assert ids(state="complete") == [two]
    assert ids(reporting_unit="青岛市教育局") == [three]
    assert ids(sender="b@x.test") == [three]
    assert ids(campaign=CAMPAIGN, batch=1, state="incomplete") == [one]
    assert ids(changed_since=NOW + MINUTE) == []
    assert ids(staff_state="accepted") == []


SEARCHES: list[tuple[str, bool]] = [
    ("", True), ("银龄课堂", True), ("银龄", True), ("龄", True), ("济南市教育局", True), ("济南 银龄课堂", True),
    ("济南 青岛", False), ("zhang@JINAN.test", True), ("ZL-0001-X", True), ("zl-0001", True), ("张三", True),
    ("不存在的", False), ('"', False), ("%", False), ("_", False), ("银%堂", False), ("' OR 1=1 --", False),
    ("课堂\0", True), ("《银龄课堂》", True), ("ＺＬ－0001", True), ("濟南市敎育局", True), ("138 0013 8000", True),
    ("材料.zip", False), ("AND", False), ("NEAR(课堂 银龄)", False), ("银龄课堂*", True), ("\ud800", False),
    ("a" * 100_000, False), (" ".join("课堂" for _ in range(500)), True),
]


@pytest.mark.parametrize(("search", "found"), SEARCHES)
def test_search(database: Database, queries: Queries, search: str, found: bool) -> None:
    one = item(database, "银龄课堂")
    item(database, "其他" if found else "别的", applicant_unit=None, reporting_unit="东营市教育局", sender=None,
         receipt_number=None, fields={})
    rows = queries.items(ItemFilter(search=search)).rows
    assert (one in [row.id for row in rows]) is found
    if search.strip():
        assert len(rows) == (1 if found else 0)


@pytest.mark.parametrize("few", [0, 400])
def test_the_index_finds_the_same_rows_as_reading_them(
    database: Database, queries: Queries, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("storage.search._FEW", few)
    titles = ("银龄课堂一", "银龄课堂二", "夕阳红课堂", "课堂银龄", "龄课银堂")  # the last has no pair of the term
    one, two, three, four, five = (item(database, title) for title in titles)

    def ids(search: str, **others: Any) -> list[int]:
        return [row.id for row in queries.items(ItemFilter(search=search, **others)).rows]

    assert ids("银龄课堂") == [two, one]
    assert ids("课堂") == [four, three, two, one]
    assert ids("堂") == [five, four, three, two, one]
    assert ids("课堂 红") == [three]
    assert ids("课堂", category="course") == []


@pytest.mark.parametrize(("few", "sparse"), [(0, 20), (5, -1)])
def test_pages_of_a_search_fit_together(
    database: Database, queries: Queries, monkeypatch: pytest.MonkeyPatch, few: int, sparse: int
) -> None:
    """Also where the pairs promise what the text does not hold, where a page ends inside a stretch of ids, and where the first
    rows are read before the index is asked."""
    monkeypatch.setattr("storage.search._FEW", few)
    monkeypatch.setattr("storage.search._SPARSE", sparse)
    monkeypatch.setattr("storage.search._LOOK", 2)
    monkeypatch.setattr("storage.search._CHUNK", 3)
    monkeypatch.setattr("storage.queries._CHUNK", 3)
    # 银龄x龄课x课堂 has every pair of 银龄课堂, but not the term.
    made = [item(database, "银龄课堂" if number % 3 else "银龄x龄课x课堂") for number in range(30)]
    right = [one for number, one in enumerate(made) if number % 3]
    search = ItemFilter(search="银龄课堂")
    page = queries.items(search, 4)
    found = [row.id for row in page.rows]
    while page.older is not None:
        page = queries.items(search, 4, before=page.older)
        found += [row.id for row in page.rows]
    assert found == sorted(right, reverse=True)
    back = [row.id for row in page.rows]
    while page.newer is not None:
        page = queries.items(search, 4, after=page.newer)
        back = [row.id for row in page.rows] + back
    assert back == found
    assert [row.id for row in queries.every_item(search)] == right


def test_search_in_messages_follows_a_new_decision(database: Database, queries: Queries) -> None:
    facts = MessageFacts(Envelope("<a>", "你好", None, sender_name="王老师"), text="附件为教材《智能手机入门》")
    row_id, _ = decided(database, facts=facts)

    def ids(search: str) -> list[int]:
        return [row.id for row in queries.messages(MessageFilter(search=search)).rows]

    for search in ("智能手机", "手机", "王老师", "案例.docx", "1abc", "历下区"):
        assert ids(search) == [row_id], search
    from storage.deciding import record_decision
    from tests.storage.samples import decision

    record_decision(database, decision(row_id, facts=replace(facts, text="空")), None, NOW)
    assert ids("智能手机") == []
    assert ids("王老师") == [row_id]


def test_pages_fit_together(database: Database, queries: Queries) -> None:
    ids = [item(database, f"第{number}件") for number in range(7)][::-1]
    _check_pages(lambda **place: queries.items(ItemFilter(batch=1), limit=3, **place), ids)
    messages = [row.id for row in queries.messages(limit=99).rows]
    _check_pages(lambda **place: queries.messages(MessageFilter(verdict="correction"), limit=3, **place), messages)
    assert queries.items(ItemFilter(batch=9)) == Page((), None, None)


def _check_pages(load: Callable[..., Page[Any]], ids: list[int]) -> None:
    seen, before, pages = [], None, []
    while True:
        page = load(before=before)
        pages.append(page)
        seen += [row.id for row in page.rows]
        if page.older is None:
            break
        before = page.older
    assert seen == ids
    assert pages[0].newer is None
    # And back again from the last page.
    back = pages[-1]
    for expected in reversed(pages[:-1]):
        assert back.newer is not None
        back = load(after=back.newer)
        assert [row.id for row in back.rows] == [row.id for row in expected.rows]
        assert back.older == expected.older
    assert back.newer is None


def test_other_lists(database: Database, queries: Queries) -> None:
    row_id, written = decided(database)
    assert [row.id for row in queries.answers(AnswerFilter(state="waiting", kind="correction")).rows] == list(written.answers)
    assert queries.answers(AnswerFilter(to="nobody@x.test")).rows == ()
    assert [row.link.code for row in queries.links(LinkFilter(provider="baidu")).rows] == ["ab12"]
    assert [row.object_id for row in queries.audit(AuditFilter(object_kind="message", action="decide")).rows] == [row_id]
    assert queries.audit(AuditFilter(who="李科长")).rows == ()


def test_figures(database: Database) -> None:
    item(database, "一")
    item(database, "二", state="complete", batch=2)
    item(database, "三", reporting_unit="青岛市教育局")
    item(database, "旧", state="superseded", reporting_unit="淄博市教育局")
    receive(database)
    found = summary(database)
    assert (found.messages, found.waiting, found.verdicts) == (5, 1, {"correction": 4})
    assert found.items == {"complete": 1, "incomplete": 2, "superseded": 1}
    assert found.answers == {"waiting": 4}
    assert summary(database, CAMPAIGN, batch=2).items == {"complete": 1}
    counts = unit_counts(database, CAMPAIGN)
    assert [(row.reporting_unit, row.category, row.batch, row.state, row.count) for row in counts] == [
        ("济南市教育局", "case", 1, "incomplete", 1), ("济南市教育局", "case", 2, "complete", 1),
        ("青岛市教育局", "case", 1, "incomplete", 1),
    ]
    assert len(unit_counts(database, CAMPAIGN, batch=2)) == 1
    register = ("济南市教育局", "青岛市教育局", "淄博市教育局", "枣庄市教育局")
    assert missing_units(database, register, CAMPAIGN) == ("枣庄市教育局",)
    assert missing_units(database, register, CAMPAIGN, batch=2) == register[1:]
    assert units_seen(database, "other") == frozenset()
    day = activity(database, NOW - MINUTE, NOW + MINUTE)
    assert (day.received, day.new_items, day.verdicts, day.sent) == (5, 4, {"correction": 4}, {})
    assert activity(database, NOW + MINUTE, NOW + 2 * MINUTE).received == 0


def test_held_mail_is_counted(database: Database) -> None:
    row_id = receive(database)
    claim(database)
    Ledger(database).mark_failed_attempt(row_id, "worker", "boom", NOW, NOW, limit=1)
    found = summary(database)
    assert (found.messages, found.waiting, found.verdicts) == (1, 0, {"held": 1})


def test_receipt_number_and_unknown_ids(database: Database) -> None:
    row_id, written = decided(database)
    hits = find_receipt_number(database, "ZL-0001-X")
    assert (hits.messages, hits.items) == ((row_id,), written.items)
    assert find_receipt_number(database, "ZL-9999-X").messages == ()
    with pytest.raises(NotFound, match="no message 99"):
        read_message(database, 99)
    with pytest.raises(NotFound, match="no item 99"):
        read_item(database, 99)


def test_findings_of_an_item(database: Database) -> None:
    _, written = decided(database)
    (finding,) = read_item(database, written.items[0]).findings
    assert finding.finding.code == "scan.missing"


# --- cost ------------------------------------------------------------------------------------------------------------


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """The statements run in the block."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if not statement.startswith(("BEGIN", "EXPLAIN")):
            seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


LISTS: list[Callable[[Queries], object]] = [
    lambda q: q.items(), lambda q: q.items(ItemFilter(batch=1)), lambda q: q.items(ItemFilter(state="review")),
    lambda q: q.items(ItemFilter(category="case")), lambda q: q.items(ItemFilter(sender="x")),
    lambda q: q.items(ItemFilter(campaign=CAMPAIGN, reporting_unit="x")), lambda q: q.items(ItemFilter(batch=1), before=9),
    lambda q: q.items(ItemFilter(batch=1), after=9), lambda q: q.items(ItemFilter(search="银龄课堂")),
    lambda q: q.messages(), lambda q: q.messages(MessageFilter(verdict="review")),
    lambda q: q.messages(MessageFilter(kind="bounce")), lambda q: q.messages(MessageFilter(stage="held")),
    lambda q: q.messages(MessageFilter(reporting_unit="x")), lambda q: q.messages(MessageFilter(sender="x")),
    lambda q: q.messages(MessageFilter(search="银龄课堂")), lambda q: q.answers(AnswerFilter(state="draft")),
    lambda q: q.links(LinkFilter(state=None)), lambda q: q.audit(AuditFilter(object_kind="item", object_id=3)),
]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("load", LISTS)
def test_no_list_reads_the_whole_table(database: Database, queries: Queries, load: Callable[[Queries], object]) -> None:
    item(database, "银龄课堂")
    with statements(database) as seen:
        load(queries)
    assert len(seen) <= 6
    with database.engine.connect() as connection:
        for statement, parameters in seen:
            cursor = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plan = [str(row[3]) for row in cursor]
            if "item_message" in statement:
                continue  # the messages of the items of one page: sorted, but no more than these
            assert not [step for step in plan if "TEMP B-TREE FOR ORDER BY" in step], plan
            scans = [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
            # Without a condition a page is read along the primary key and stops after its rows.
            assert not scans or " WHERE " not in statement or "state != ?" in statement, plan


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_work_is_found_by_index(database: Database) -> None:
    receive(database)
    with statements(database) as seen:
        Ledger(database).claim_next_message("w", NOW, timedelta(minutes=1))
    with database.engine.connect() as connection:
        for statement, parameters in seen:
            plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], plan


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_mail_costs_few_statements(database: Database) -> None:
    """However many files, findings and items it has: no statement for each row."""
    from core.records import AttachmentRecord
    from tests.storage.samples import decision, sha

    row_id = receive(database)
    claim(database)
    record = decision(row_id)
    many = replace(
        record, findings=record.findings * 40, items=tuple(ItemRecord(content(f"第{n}件")) for n in range(30)),
        attachments=tuple(AttachmentRecord(f"{n}", (f"{n}",), 1, sha(str(n)), "x/y", "other") for n in range(200)),
        links=record.links * 20,
    )
    from storage.deciding import record_decision

    with statements(database) as seen:
        record_decision(database, many, "worker", NOW)
    # SQLite tells the ids of new rows in no certain order: items, rarely more than two, are inserted one by one there.
    others = [statement[:60] for statement, _ in seen if not statement.startswith("INSERT INTO item ")]
    assert len(others) <= 9, others
    with statements(database) as seen:
        receive(database)
    assert len(seen) == 1
    assert len(read_message(database, row_id).items) == 30
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM attachment")).scalar_one() == 200


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_list_of_the_campaign_is_walked_not_sorted(database: Database) -> None:
    """A database in use has no statistics: SQLite then believed a campaign to be rare, and sorted a million rows for a page."""
    said: list[str] = []

    @event.listens_for(database.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: Any) -> None:
        said.append(statement)
        asked.append(parameters)

    asked: list[Any] = []
    queries = Queries(database)
    queries.items(ItemFilter(campaign=CAMPAIGN))
    queries.items(ItemFilter(campaign=CAMPAIGN), before=7)
    queries.messages(MessageFilter(campaign=CAMPAIGN))
    newest_batch(database, CAMPAIGN)
    lists = [(one, values) for one, values in zip(said, asked, strict=True) if "ORDER BY" in one and "campaign" in one]
    assert len(lists) == 4
    with database.read() as connection:
        for statement, values in lists:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            assert not any("TEMP B-TREE" in step for step in plan), plan
