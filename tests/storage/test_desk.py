"""Staff's marks: written with who, when and why; refused when the row changed; acted on at the daemon's next round."""

from __future__ import annotations

import pytest

from core.facts import LinkState
from core.findings import Finding, Severity
from core.records import ItemRecord
from storage.database import Database
from storage.desk import Act, Desk
from storage.errors import Conflict, NotFound, StorageError
from storage.ledger import Ledger
from storage.link_queue import LinkQueue
from storage.whole import read_item, read_message
from tests.storage.samples import LEASE, MINUTE, NOW, claim, content, decided

ACT = Act("李科长", NOW + MINUTE, "已电话核实")


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def is_due(database: Database, row_id: int) -> bool:
    row = Ledger(database).find_message(row_id)
    assert row is not None
    return row.stage == "read" and row.next_attempt_at == ACT.now


def test_accept_reject_reopen(database: Database, desk: Desk) -> None:
    row_id, written = decided(database)
    item = written.items[0]
    desk.accept_item(item, ACT, expected_edit=0)
    whole = read_item(database, item)
    assert (whole.item.content.state, whole.item.staff_state, whole.item.staff_why) == ("complete", "accepted", "已电话核实")
    assert is_due(database, row_id)
    entry = whole.history[0]
    assert (entry.who, entry.action, entry.at, entry.why) == ("李科长", "accept", ACT.now, "已电话核实")
    assert entry.before == {"state": "incomplete", "staff_state": None}
    assert entry.after == {"state": "complete", "staff_state": "accepted"}
    with pytest.raises(Conflict):
        desk.reject_item(item, ACT, expected_edit=0)
    desk.reject_item(item, ACT, expected_edit=1)
    assert read_item(database, item).item.staff_state == "rejected"
    desk.reopen_item(item, ACT)
    after = read_item(database, item).item
    assert (after.staff_state, after.staff_by, after.content.state) == (None, None, "review")
    with pytest.raises(NotFound, match="no item 999"):
        desk.accept_item(999, ACT)


def test_superseded_versions_are_left_alone(database: Database, desk: Desk) -> None:
    _, old = decided(database)
    decided(database, items=(ItemRecord(content(version=2), supersedes=old.items),))
    with pytest.raises(StorageError, match="replaced"):
        desk.accept_item(old.items[0], ACT)


def test_paper(database: Database, desk: Desk) -> None:
    row_id, written = decided(database)
    desk.receive_paper(written.items[0], ACT)
    assert read_item(database, written.items[0]).item.paper_arrived_at == ACT.now
    assert is_due(database, row_id)


def test_reassign_item(database: Database, desk: Desk) -> None:
    _, written = decided(database)
    desk.reassign_item(written.items[0], {"reporting_unit": "青岛市教育局", "category": "course"}, ACT)
    item = read_item(database, written.items[0]).item
    assert (item.content.reporting_unit, item.content.category) == ("青岛市教育局", "course")
    assert dict(item.overrides) == {"reporting_unit": "青岛市教育局", "category": "course"}
    desk.reassign_item(written.items[0], {"category": "case"}, ACT)
    assert dict(read_item(database, written.items[0]).item.overrides) == {"reporting_unit": "青岛市教育局", "category": "case"}
    with pytest.raises(StorageError, match="seal"):
        desk.reassign_item(written.items[0], {"seal": "present"}, ACT)


def test_merge(database: Database, desk: Desk) -> None:
    one, first = decided(database)
    two, second = decided(database)
    keep, other = first.items[0], second.items[0]
    desk.merge_items(keep, other, ACT)
    whole = read_item(database, keep)
    assert whole.item.messages == (one, two)
    assert [version.id for version in whole.versions] == [other]
    assert len(whole.links) == 2
    assert is_due(database, one)
    assert is_due(database, two)
    for bad in ((keep, keep), (keep, other)):
        with pytest.raises(StorageError):
            desk.merge_items(*bad, ACT)


def test_waive_and_take_back(database: Database, desk: Desk) -> None:
    row_id, _ = decided(database)
    (finding,) = read_message(database, row_id).findings
    desk.waive_finding(finding.id, ACT)
    assert is_due(database, row_id)
    with pytest.raises(Conflict, match="李科长"):
        desk.waive_finding(finding.id, ACT)
    (waived,) = read_message(database, row_id).findings
    assert (waived.waived_by, waived.waived_at, waived.waived_why) == ("李科长", ACT.now, "已电话核实")
    desk.unwaive_finding(finding.id, ACT)
    assert read_message(database, row_id).findings[0].waived_at is None
    with pytest.raises(NotFound):
        desk.waive_finding(999, ACT)


def test_accept_message_waives_what_stands_against_it(database: Database, desk: Desk) -> None:
    findings = (
        Finding("unit.unknown", Severity.REVIEW, "x"), Finding("scan.missing", Severity.ERROR, "y", item=0),
        Finding("subject.irregular", Severity.NOTE, "z"),
    )
    row_id, _ = decided(database, findings=findings)
    assert desk.accept_message(row_id, ACT) == 2
    assert [row.waived_by for row in read_message(database, row_id).findings] == ["李科长", "李科长", None]
    assert is_due(database, row_id)


def test_reject_and_reassign_message(database: Database, desk: Desk) -> None:
    row_id, _ = decided(database)
    row = Ledger(database).find_message(row_id)
    assert row is not None
    desk.reject_message(row_id, ACT, expected_edit=row.edit)
    with pytest.raises(Conflict):
        desk.reject_message(row_id, ACT, expected_edit=row.edit)
    desk.reassign_message(row_id, "青岛市教育局", ACT)
    message = read_message(database, row_id).message
    assert (message.staff_state, message.reporting_unit, message.unit_source) == ("rejected", "青岛市教育局", "staff")
    with pytest.raises(NotFound):
        desk.reject_message(999, ACT)


def test_notes(database: Database, desk: Desk) -> None:
    row_id, written = decided(database)
    desk.note("item", written.items[0], "下周补交教材", ACT)
    desk.note("message", row_id, "已回电", ACT)
    assert read_item(database, written.items[0]).history[1].after == {"text": "下周补交教材"}
    with pytest.raises(NotFound):
        desk.note("item", 999, "x", ACT)
    with pytest.raises(StorageError, match="weather"):
        desk.note("weather", 1, "x", ACT)


def test_reprocess(database: Database, desk: Desk) -> None:
    row_id, _ = decided(database)
    assert desk.reprocess([row_id, row_id, 999], ACT) == 1
    row = claim(database, now=ACT.now)
    assert (row.id, row.stage) == (row_id, "reading")


def test_settled_link_is_not_checked_again(database: Database, desk: Desk) -> None:
    row_id, _ = decided(database)
    (link,) = read_message(database, row_id).links
    desk.settle_link(link.id, LinkState.DEAD, ACT)
    queue = LinkQueue(database)
    assert queue.claim_due_link(NOW + LEASE, LEASE) is None
    assert queue.next_due() is None
    assert is_due(database, row_id)
    with pytest.raises(NotFound):
        desk.settle_link(999, LinkState.OK, ACT)


def test_links_are_due_one_at_a_time(database: Database) -> None:
    row_id, _ = decided(database)
    queue = LinkQueue(database)
    assert queue.claim_due_link(NOW - MINUTE, LEASE) is None
    assert len(queue.due_links(NOW)) == 1
    link = queue.claim_due_link(NOW, LEASE)
    assert link is not None
    assert queue.claim_due_link(NOW, LEASE) is None
    assert queue.next_due() == NOW + LEASE
    again = queue.claim_due_link(NOW + LEASE, LEASE)
    assert again is not None
    assert again.id == link.id, "a checker that died loses its turn, not the link"
    assert queue.record_link_report(link.id, LinkState.UNCHECKED, {"why": "captcha"}, NOW, NOW + 10 * MINUTE)
    row = Ledger(database).find_message(row_id)
    assert row is not None
    assert row.stage == "done", "nothing was learned"
    assert queue.record_link_report(link.id, LinkState.DEAD, {}, ACT.now, None, decide_again=True)
    assert is_due(database, row_id)
    (stored,) = read_message(database, row_id).links
    assert (stored.link.state, stored.tries, stored.next_check_at) == (LinkState.DEAD, 2, None)
    assert not queue.record_link_report(999, LinkState.OK, {}, NOW, None)
