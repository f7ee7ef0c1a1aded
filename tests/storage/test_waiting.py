"""What waits for a person: by kind, longest first, filtered, counted, and the next one after this."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.facts import Link, LinkState
from core.findings import Finding, Severity
from core.records import AuditRecord, ItemRecord, LinkRecord
from storage.audit import write_audit
from storage.database import Database
from storage.desk import Act, Desk
from storage.staff_letters import StaffLetters
from storage.waiting import KINDS, Waiting, WaitingFilter, WaitingKind
from tests.storage.samples import NOW, answer, content, decided

LATER = NOW + timedelta(days=3)


def ids(database: Database, kind: WaitingKind, **wanted: object) -> list[int]:
    return [row.id for row in Waiting(database).page(kind, LATER, WaitingFilter(**wanted)).rows]  # type: ignore[arg-type]


def item(database: Database, state: str = "review", **changes: object) -> int:
    return decided(database, items=(ItemRecord(content(state=state, **changes)),), findings=(), links=(), answers=())[1].items[0]


def test_items_in_review_that_nobody_settled(database: Database) -> None:
    one, two, three = item(database), item(database, batch=2, category="course"), item(database, reporting_unit="青岛市教育局")
    item(database, "complete")
    assert ids(database, "item") == [one, two, three]
    assert ids(database, "item", batch=2) == [two]
    assert ids(database, "item", category="course") == [two]
    assert ids(database, "item", reporting_unit="青岛市教育局") == [three]
    Desk(database).accept_item(two, Act("李科长", NOW))
    assert ids(database, "item") == [one, three]
    assert Waiting(database).counts(LATER)["item"] == 2


def test_mails_about_which_a_doubt_stands_that_is_no_items(database: Database) -> None:
    doubt = Finding("unit.unknown", Severity.REVIEW, "单位待核")
    about_item = Finding("scan.mismatch", Severity.REVIEW, "不一致", item=0)
    one, _ = decided(database, verdict="review", findings=(doubt,))
    decided(database, verdict="review", findings=(about_item,))
    decided(database, verdict="correction", findings=(doubt,))
    assert ids(database, "message") == [one]
    Desk(database).accept_message(one, Act("李科长", NOW))
    assert ids(database, "message") == []


def test_held_and_stuck_mails(database: Database) -> None:
    pending, _ = decided(database, verdict="pending", findings=())
    held, _ = decided(database)
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE message SET stage = 'held' WHERE id = {held}")
    assert ids(database, "held") == [held]
    assert ids(database, "stuck") == [pending]
    assert [row.id for row in Waiting(database).page("stuck", NOW + timedelta(hours=1)).rows] == [], "not yet too long"


def test_links_that_no_check_could_tell(database: Database) -> None:
    def link(code: str, tries: int, state: LinkState = LinkState.UNCHECKED, next_check_at: object = None) -> LinkRecord:
        return LinkRecord(Link("baidu", f"https://pan.baidu.com/s/1{code}", "ab12", state=state), 0, next_check_at, NOW, tries)  # type: ignore[arg-type]

    decided(database, links=(link("a", 6), link("b", 0), link("c", 3, next_check_at=LATER), link("d", 2, LinkState.OK)))
    (one,) = ids(database, "link")
    assert ids(database, "link", batch=9) == []
    Desk(database).settle_link(one, LinkState.OK, Act("李科长", NOW))
    assert ids(database, "link") == []


def test_letters(database: Database) -> None:
    decided(database, answers=(answer(state="draft"),))
    decided(database, answers=(answer(plan="other"),))
    assert len(ids(database, "draft")) == 1
    assert ids(database, "failed") == []
    assert ids(database, "draft", reporting_unit="青岛市教育局") == []


def test_pages_and_the_next_one(database: Database) -> None:
    decided(database, findings=(), items=(), links=(), verdict="accepted")
    rows = [item(database) for _ in range(5)]
    waiting = Waiting(database)
    first = waiting.page("item", NOW, limit=2)
    assert ([row.id for row in first.rows], first.next) == (rows[:2], rows[1])
    last = waiting.page("item", NOW, after=rows[3], limit=2)
    assert ([row.id for row in last.rows], last.next) == (rows[4:], None)
    assert waiting.following("item", rows[0], NOW) == ("item", rows[1])
    assert waiting.following("item", rows[4], NOW) == ("item", rows[0]), "round again"
    for row in rows[1:]:
        Desk(database).accept_item(row, Act("李科长", NOW))
    assert waiting.following("item", rows[0], NOW) is None, "not itself"
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE answer SET state = 'draft' WHERE id = 1")
    found = waiting.following("item", rows[0], NOW)
    assert found is not None
    assert found[0] == "draft", "another kind, when nothing of this one is left"


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_ledger_has_nothing_waiting(database: Database, kind: WaitingKind) -> None:
    assert ids(database, kind) == []
    assert Waiting(database).counts(LATER)[kind] == 0
    assert Waiting(database).following(kind, 0, LATER) is None


def test_what_staff_asked_the_unit_to_mend_waits_for_the_unit(database: Database) -> None:
    """Seen: who had asked for a correction found the same item in 待办 again, until the unit answered."""
    doubt = Finding("unit.unknown", Severity.REVIEW, "单位待核")
    two = (ItemRecord(content(state="review", title="甲")), ItemRecord(content(state="review", title="乙")))
    mail, made = decided(database, verdict="review", items=two, findings=(doubt,), links=(), answers=())
    first, second = made.items
    letters = StaffLetters(database)
    letter = replace(answer(kind="correction", state="draft"), written_by="王芳")
    written = letters.write(letter, NOW, message_id=mail, asks=[("item", first)])
    assert ids(database, "item") == [second]
    assert ids(database, "message") == [mail]
    letters.write(replace(letter, plan_hash="b" * 64), NOW, message_id=mail, asks=[("message", mail)])
    assert ids(database, "message") == []
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE answer SET state = 'suppressed' WHERE written_by IS NOT NULL")
    assert (ids(database, "item"), ids(database, "message")) == ([first, second], [mail]), "nobody is asked after all"
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE answer SET state = 'sent' WHERE id = {written.id}")
    assert ids(database, "item") == [second]
    later = NOW + timedelta(days=8)
    assert [row.id for row in Waiting(database).page("item", later).rows] == [first, second], "no answer for a week: a person looks again"
    item(database)  # a mail that has nothing to do with it is judged
    assert first not in ids(database, "item")
    with database.write() as connection:
        write_audit(connection, LATER, [AuditRecord("decide", "message", mail)])
    assert ids(database, "item")[:2] == [first, second], "judged anew since"
