"""Commit 2: all of a decision or nothing, and a second decision about the same message keeps what must be kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.facts import Link, LinkState
from core.findings import Finding, Severity
from core.records import AuditRecord, ItemRecord, LinkRecord, Suppression
from storage.database import Database
from storage.deciding import deciding, record_decision
from storage.desk import Act, Desk
from storage.errors import Conflict, StorageError
from storage.ledger import Ledger
from storage.link_queue import LinkQueue
from storage.outbox import Outbox
from storage.whole import read_item, read_message
from tests.storage.samples import CAMPAIGN, LEASE, MINUTE, NOW, answer, claim, content, decided, decision, receive

ACT = Act("李科长", NOW + MINUTE, "已电话核实")


def again(database: Database, row_id: int, **changes: object) -> object:
    """A second decision about a message."""
    return record_decision(database, decision(row_id, **changes), None, NOW + MINUTE)


def test_everything_is_written(database: Database) -> None:
    row_id, written = decided(database, audit=(AuditRecord("note", "message", 1, why="x"),))
    whole = read_message(database, row_id)
    wanted = decision(row_id)
    assert whole.facts == wanted.facts
    assert (whole.message.kind, whole.message.verdict, whole.message.stage) == ("submission", "correction", "done")
    assert (whole.message.reporting_unit, whole.message.batch) == ("济南市教育局", 1)
    assert whole.message.decided_at == NOW
    assert whole.message.next_attempt_at is None
    assert [row.finding for row in whole.findings] == list(wanted.findings)
    assert whole.attachments == wanted.attachments
    assert [item.content for item in whole.items] == [item.content for item in wanted.items]
    assert [item.id for item in whole.items] == list(written.items)
    (link,) = whole.links
    assert (link.link, link.item_id, link.next_check_at) == (wanted.links[0].link, written.items[0], NOW)
    (letter,) = whole.answers
    assert (letter.id, letter.state, letter.revision) == (written.answers[0], "waiting", 1)
    assert [entry.action for entry in whole.history] == ["note", "decide"]


def test_failure_writes_nothing(database: Database) -> None:
    row_id = receive(database)
    claim(database)
    broken = decision(row_id, items=(ItemRecord(content()), ItemRecord(content("x"), id=999)))
    with pytest.raises(Conflict):
        record_decision(database, broken, "worker", NOW)
    with pytest.raises(StorageError):
        record_decision(database, decision(row_id, verdict="splendid"), "worker", NOW)
    whole = read_message(database, row_id)
    assert whole.message.stage == "reading"
    assert (whole.findings, whole.items, whole.links, whole.answers, whole.facts) == ((), (), (), (), None)
    record_decision(database, decision(row_id), "worker", NOW)


def test_number_is_taken_back_with_the_decision(database: Database) -> None:
    with deciding(database) as desk:
        assert [desk.next_number(CAMPAIGN), desk.next_number(CAMPAIGN), desk.next_number("other")] == [1, 2, 1]
    with pytest.raises(KeyError), deciding(database) as desk:
        {}[desk.next_number(CAMPAIGN)]
    with deciding(database) as desk:
        assert desk.next_number(CAMPAIGN) == 3


def test_second_mail_adds_to_the_item(database: Database) -> None:
    _, first = decided(database)
    second = receive(database)
    claim(database)
    with deciding(database) as desk:
        (known,) = desk.open_items(CAMPAIGN, reporting_unit="济南市教育局")
        assert known.id == first.items[0]
        complete = ItemRecord(replace(known.content, state="complete", seal="present"), ("scan",), known.id, known.edit)
        desk.record(decision(second, items=(complete,), links=(), answers=()), "worker", NOW)
    item = read_item(database, first.items[0]).item
    assert (item.content.state, item.content.seal, item.edit) == ("complete", "present", 1)
    assert item.messages == (1, second)


def test_staff_were_faster(database: Database) -> None:
    row_id, written = decided(database)
    Desk(database).reassign_item(written.items[0], {"title": "银龄学堂"}, ACT)
    stale = ItemRecord(content(), (), written.items[0], expected_edit=0)
    with pytest.raises(Conflict):
        again(database, row_id, items=(stale,))
    assert read_item(database, written.items[0]).item.content.title == "银龄学堂"


def test_staff_words_outlive_a_decision(database: Database) -> None:
    row_id, written = decided(database)
    item = written.items[0]
    desk = Desk(database)
    desk.reassign_item(item, {"applicant_unit": "历城区教育局", "batch": 2}, ACT)
    desk.accept_item(item, ACT)
    desk.reassign_message(row_id, "青岛市教育局", ACT)
    again(database, row_id, items=(ItemRecord(content(state="incomplete"), (), item),))
    stored = read_item(database, item).item
    assert (stored.content.applicant_unit, stored.content.batch) == ("历城区教育局", 2)
    assert (stored.content.state, stored.staff_state, stored.staff_by) == ("complete", "accepted", "李科长")
    message = read_message(database, row_id).message
    assert (message.reporting_unit, message.unit_source) == ("青岛市教育局", "staff")


def test_new_version_supersedes(database: Database) -> None:
    _, first = decided(database)
    second = receive(database)
    claim(database)
    newer = ItemRecord(content(version=2), ("word",), supersedes=(first.items[0],))
    written = record_decision(database, decision(second, items=(newer,)), "worker", NOW)
    whole = read_item(database, written.items[0])
    assert [version.id for version in whole.versions] == [first.items[0]]
    assert whole.versions[0].content.state == "superseded"
    with deciding(database) as desk:
        assert [item.id for item in desk.open_items(CAMPAIGN, sender="zhang@jinan.test")] == [written.items[0]]


def test_item_nothing_backs_any_more_goes(database: Database) -> None:
    row_id, first = decided(database)
    other = again(database, row_id, items=(ItemRecord(content("另一个案例"), ("word",)),))
    assert other.deleted_items == first.items  # type: ignore[attr-defined]
    assert [item.content.title for item in read_message(database, row_id).items] == ["另一个案例"]
    assert other.items != first.items, "an id never comes to mean another item"  # type: ignore[attr-defined]


def test_deleted_version_gives_the_older_one_back(database: Database) -> None:
    _, first = decided(database)
    second = receive(database)
    claim(database)
    record_decision(
        database, decision(second, items=(ItemRecord(content(), supersedes=first.items),)), "worker", NOW
    )
    again(database, second, items=(), links=())
    item = read_item(database, first.items[0]).item
    assert (item.content.state, item.superseded_by) == ("review", None)


def test_item_that_others_back_or_staff_touched_stays(database: Database) -> None:
    one, first = decided(database)
    two = receive(database)
    claim(database)
    record_decision(database, decision(two, items=(ItemRecord(content(), ("scan",), first.items[0]),)), "worker", NOW)
    assert again(database, one, items=(), links=()).deleted_items == ()  # type: ignore[attr-defined]
    Desk(database).accept_item(first.items[0], ACT)
    assert again(database, two, items=(), links=()).deleted_items == ()  # type: ignore[attr-defined]
    assert read_item(database, first.items[0]).item.messages == ()


def test_waiver_outlives_a_decision(database: Database) -> None:
    row_id, _ = decided(database)
    (finding,) = read_message(database, row_id).findings
    Desk(database).waive_finding(finding.id, ACT)
    with deciding(database) as desk:
        (waiver,) = desk.waivers(row_id)
        assert waiver.covers(finding.finding)
        assert waiver.by == "李科长"
    moved = (Finding("subject.irregular", Severity.NOTE, "x"), finding.finding)
    again(database, row_id, findings=moved)
    first, second = read_message(database, row_id).findings
    assert first.waived_at is None
    assert (second.finding.code, second.waived_by, second.waived_at) == ("scan.missing", "李科长", NOW + MINUTE)


def test_link_keeps_its_row_and_its_checks(database: Database) -> None:
    row_id, _ = decided(database)
    queue = LinkQueue(database)
    link = queue.claim_due_link(NOW, LEASE)
    assert link is not None
    assert queue.record_link_report(link.id, LinkState.OK, {"files": 3}, NOW, None)
    fresh = LinkRecord(Link("baidu", "https://pan.baidu.com/s/1new", "cd34"), next_check_at=NOW)
    kept = LinkRecord(replace(link.link, state=LinkState.UNCHECKED), 0, next_check_at=NOW)
    again(database, row_id, links=(fresh, kept))
    one, two = read_message(database, row_id).links
    assert (one.link.url, one.link.state) == ("https://pan.baidu.com/s/1new", LinkState.UNCHECKED)
    assert (two.id, two.link.state, two.report, two.checked_at) == (link.id, LinkState.OK, {"files": 3}, NOW)
    assert two.next_check_at is None


def test_link_whose_other_code_was_right_is_the_same_link(database: Database) -> None:
    found = Link("baidu", "https://pan.baidu.com/s/1abc", "aaaa", other_code="bbbb")
    row_id, _ = decided(database, links=(LinkRecord(found, 0, next_check_at=NOW),))
    queue = LinkQueue(database)
    claimed = queue.claim_due_link(NOW, LEASE)
    assert claimed is not None
    queue.record_link_report(claimed.id, LinkState.OK, {}, NOW, None, code="bbbb")
    again(database, row_id, links=(LinkRecord(found, 0, next_check_at=NOW),))
    (link,) = read_message(database, row_id).links
    assert (link.id, link.link.state, link.link.code, link.link.other_code) == (claimed.id, LinkState.OK, "bbbb", "aaaa")


def test_settled_link_keeps_staffs_word(database: Database) -> None:
    row_id, _ = decided(database)
    (link,) = read_message(database, row_id).links
    Desk(database).settle_link(link.id, LinkState.OK, ACT)
    assert not LinkQueue(database).record_link_report(link.id, LinkState.DEAD, {}, NOW, None)
    again(database, row_id, links=(LinkRecord(replace(link.link, state=LinkState.DEAD), 0, checked_at=NOW),))
    (after,) = read_message(database, row_id).links
    assert (after.link.state, after.settled_by) == (LinkState.OK, "李科长")


# --- letters ---------------------------------------------------------------------------------------------------------


def test_same_outcome_is_never_answered_again(database: Database) -> None:
    row_id, first = decided(database)
    assert again(database, row_id).answers == ()  # type: ignore[attr-defined]
    _send(database, first.answers[0])
    assert again(database, row_id).answers == ()  # type: ignore[attr-defined]
    assert again(database, row_id, answers=(answer(plan="other"),)).answers == ()  # type: ignore[attr-defined]
    assert [letter.state for letter in read_message(database, row_id).answers] == ["sent"]


def test_unsent_letter_says_what_now_holds(database: Database) -> None:
    row_id, first = decided(database)
    changed = again(database, row_id, answers=(answer(plan="other", text="新内容", companions=(row_id,)),))
    assert changed.answers == first.answers  # type: ignore[attr-defined]
    (letter,) = read_message(database, row_id).answers
    assert (letter.text, letter.state, letter.revision) == ("新内容", "waiting", 1)
    # A correction becomes a receipt: the unsent correction is taken back.
    again(database, row_id, verdict="accepted", answers=(answer("receipt"),))
    states = {letter.kind: letter.state for letter in read_message(database, row_id).answers}
    assert states == {"correction": "suppressed", "receipt": "waiting"}


def test_changed_outcome_is_answered_again_only_on_request(database: Database) -> None:
    row_id, first = decided(database)
    _send(database, first.answers[0])
    again(database, row_id, answers=(answer(plan="other", again=True),))
    letters = read_message(database, row_id).answers
    assert [(letter.revision, letter.state) for letter in letters] == [(1, "sent"), (2, "waiting")]
    again(database, row_id, answers=(answer(plan="other", again=True),))
    assert len(read_message(database, row_id).answers) == 2
    # Back to what was sent first: the second letter must not go any more.
    again(database, row_id, answers=(answer(),))
    assert [letter.state for letter in read_message(database, row_id).answers] == ["sent", "suppressed"]


def test_letter_on_its_way_is_not_changed(database: Database) -> None:
    row_id, first = decided(database)
    assert Outbox(database).claim_answer(first.answers[0], "smtp", NOW, LEASE) is not None
    assert again(database, row_id).answers == ()  # type: ignore[attr-defined]
    with pytest.raises(Conflict):
        again(database, row_id, answers=(answer(plan="other"),))
    message = Ledger(database).find_message(row_id)
    assert message is not None
    assert message.decisions == 2, "the refused decision was rolled back"


def test_taken_back_letter_stays_so_unless_the_outcome_changes(database: Database) -> None:
    row_id, first = decided(database)
    Outbox(database).suppress_answers(first.answers, "按科室要求不发", "李科长", NOW)
    assert again(database, row_id).answers == ()  # type: ignore[attr-defined]
    assert again(database, row_id, answers=(answer(plan="other"),)).answers == first.answers  # type: ignore[attr-defined]


def test_companions_share_one_letter(database: Database) -> None:
    one, first = decided(database)
    two = receive(database)
    claim(database)
    with deciding(database) as desk:
        (pending,) = desk.pending_letters(first.items)
        assert (pending.message_id, pending.kind, pending.state) == (one, "correction", "waiting")
        shared = answer("receipt", "both", companions=(one,))
        desk.record(
            decision(two, items=(ItemRecord(content(), ("scan",), first.items[0]),), answers=(shared,), links=(),
                     suppress=(Suppression(pending.answer_id, f"与来信 {two} 一并答复"),), decide_again=(one,)),
            "worker", NOW,
        )
    letters = read_message(database, one).answers
    assert [(letter.kind, letter.state, letter.message_id) for letter in letters] == [
        ("correction", "suppressed", one), ("receipt", "waiting", two),
    ]
    assert Outbox(database).companions(letters[1].id) == (one,)
    companion = Ledger(database).find_message(one)
    assert companion is not None
    assert companion.stage == "read", "it is decided again"


def test_companions_letter_that_went_meanwhile(database: Database) -> None:
    _, first = decided(database)
    two = receive(database)
    claim(database)
    _send(database, first.answers[0])
    with pytest.raises(Conflict):
        record_decision(database, decision(two, suppress=(Suppression(first.answers[0], "x"),)), "worker", NOW)
    assert read_message(database, two).answers == ()


# --- what is known ---------------------------------------------------------------------------------------------------


def test_open_items_by_every_tie(database: Database) -> None:
    row_id, written = decided(database)
    header = f"<{row_id}@sender.test>"
    message = Ledger(database).find_message(row_id)
    assert message is not None
    with deciding(database) as desk:
        def ids(**ties: object) -> list[int]:
            return [item.id for item in desk.open_items(CAMPAIGN, **ties)]  # type: ignore[arg-type]

        mine = list(written.items)
        assert ids() == []
        assert ids(reporting_unit="济南市教育局") == mine
        assert ids(reporting_unit="青岛市教育局") == []
        assert ids(sender="zhang@jinan.test") == mine
        assert ids(receipt_numbers=["ZL-0001-X"]) == mine
        assert ids(thread=[message.message_id]) == mine
        assert ids(thread=[answer().message_id_header]) == mine, "a reply to our letter"
        assert ids(thread=["", "<unknown>"]) == []
        assert ids(message_rows=[row_id]) == mine
        assert ids(sender="li@jinan.test", receipt_numbers=["ZL-0001-X"]) == mine
        assert desk.open_items("other", sender="zhang@jinan.test") == ()
        assert [item.id for item in desk.items_of(row_id)] == mine
    assert header != ""


def test_decision_without_facts_keeps_the_stored_ones(database: Database) -> None:
    row_id, _ = decided(database)
    before = read_message(database, row_id).facts
    again(database, row_id, facts=None)
    assert read_message(database, row_id).facts == before


def test_hostile_text_costs_characters_only(database: Database) -> None:
    """NUL, lone surrogates, endless names: PostgreSQL refuses them, SQLite chokes on some; the mail must be recorded."""
    evil = "a\0b\ud83d" + "长" * 5000
    row_id = receive(database, message_id=f"<{evil}>", source=evil)
    claim(database)
    facts = decision(row_id).facts
    assert facts is not None
    record = decision(
        row_id, sender=evil, subject=evil, reporting_unit=evil, receipt_number=evil, reason=evil,
        facts=replace(facts, text=evil), items=(ItemRecord(content(evil, applicant_unit=evil, fields={evil: evil})),),
        findings=(Finding("scan.missing", Severity.ERROR, evil, field=evil, actual=2**40, evidence=evil),),
        links=(LinkRecord(Link("web", evil, evil, evil), 0),), answers=(answer(to=evil, subject=evil, text=evil),),
    )
    record_decision(database, record, "worker", NOW)
    whole = read_message(database, row_id)
    assert whole.message.subject == "a�b�" + "长" * 5000
    assert whole.items[0].content.title == "a�b�" + "长" * 5000
    assert len(whole.message.sender or "") <= 300
    assert [row.id for row in Ledger(database).find_by_message_id(f"<{evil}>")] == [row_id]
    assert Ledger(database).find_by_message_id(f"<{evil}x>") == (), "cut short, yet another one"


def _send(database: Database, answer_id: int) -> None:
    outbox = Outbox(database)
    assert outbox.claim_answer(answer_id, "smtp", NOW, LEASE) is not None
    assert outbox.mark_sent(answer_id, "smtp", NOW)
