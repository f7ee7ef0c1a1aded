"""Letters by staff in the outbox, and what reminders are made of, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from core.findings import Finding, Severity
from core.letter import LetterPlan
from core.records import AnswerRecord
from storage.database import Database
from storage.deciding import record_decision
from storage.desk import Act, Desk
from storage.errors import Conflict
from storage.outbox import Outbox
from storage.reminding import contacts, open_points, unsettled
from storage.staff_letters import StaffLetters
from storage.trail import newest_entry
from storage.whole import read_message
from tests.storage.samples import CAMPAIGN, LEASE, MINUTE, NOW, answer, claim, decided, decision, receive

DAY = timedelta(days=1)
PLAN = LetterPlan("reminder", "济南市教育局", None, NOW, "", "第一批", date(2021, 11, 10))
POINT = Finding("scan.missing", Severity.ERROR, "缺少盖章扫描件。", item=0)


def staff_letter(kind: str = "free", text: str = "话", **changes: object) -> AnswerRecord:
    return replace(answer(kind, text), raw=None, written_by="李老师", message_id_header="", **{"plan": replace(PLAN, kind=kind), **changes})  # type: ignore[arg-type]


def test_the_same_letter_is_written_once(database: Database) -> None:
    row_id, _ = decided(database)
    letters = StaffLetters(database)
    first = letters.write(staff_letter(), NOW, message_id=row_id)
    assert first.new
    assert letters.write(staff_letter(), NOW, message_id=row_id) == replace(first, new=False)
    assert letters.write(staff_letter(text="别的话"), NOW, message_id=row_id).new
    assert [(row.kind, row.revision, row.written_by) for row in letters.letters_to(row_id)] == [
        ("correction", 1, None), ("free", 1, "李老师"), ("free", 2, "李老师"),
    ]  # fmt: skip
    assert read_message(database, row_id).history[0].who == "李老师"


def test_a_request_by_staff_replaces_what_waits_and_no_decision_replaces_it(database: Database) -> None:
    row_id, written = decided(database)
    letters = StaffLetters(database)
    mine = letters.write(staff_letter("correction"), NOW, message_id=row_id)
    states = {row.id: row.state for row in letters.letters_to(row_id)}
    assert states == {written.answers[0]: "suppressed", mine.id: "waiting"}
    Desk(database).reprocess([row_id], Act("x", NOW))
    claim(database)
    record_decision(database, decision(row_id, answers=(answer(plan="anders"),)), "worker", NOW)
    assert {row.id: row.state for row in letters.letters_to(row_id)} == states
    Desk(database).reprocess([row_id], Act("x", NOW))
    claim(database)
    record_decision(database, decision(row_id, verdict="accepted", answers=(answer("receipt"),)), "worker", NOW)
    assert next(row.state for row in letters.letters_to(row_id) if row.id == mine.id) == "waiting", "the daemon asks again before it goes"


def test_a_request_by_staff_takes_the_place_of_a_shared_letter(database: Database) -> None:
    """The letter that told two mails' outcome is taken back, whichever of the two is written to; the other mail is decided
    again, and gets its own."""
    for written_to in ("owner", "companion"):
        other, _ = decided(database, answers=())
        owner, written = decided(database, answers=(answer(plan=written_to, companions=(other,)),))
        mine = {"owner": owner, "companion": other}
        rest = next(row for row in (owner, other) if row != mine[written_to])
        StaffLetters(database).write(staff_letter("correction", text=written_to), NOW, message_id=mine[written_to])
        row = Outbox(database).find_answer(written.answers[0])
        assert row is not None
        assert row.state == "suppressed"
        assert claim(database).id == rest, "the other mail is decided again"
        record_decision(database, decision(rest, answers=(answer(plan=written_to),)), "worker", NOW)
        waiting = [row.message_id for row in Outbox(database).due_answers(NOW)]
        assert sorted(waiting[-2:]) == sorted((owner, other)), "one letter each"


def test_nothing_is_written_beside_a_letter_on_its_way_or_after_a_colleague(database: Database) -> None:
    row_id, written = decided(database)
    letters, outbox = StaffLetters(database), Outbox(database)
    assert outbox.claim_answer(written.answers[0], "smtp", NOW, LEASE) is not None
    with pytest.raises(Conflict):
        letters.write(staff_letter("correction"), NOW, message_id=row_id)
    outbox.mark_failed(written.answers[0], "smtp", "550")
    seen = newest_entry(database)
    first = letters.write(staff_letter("correction"), NOW, message_id=row_id, seen=seen)
    with pytest.raises(Conflict):
        letters.write(staff_letter("correction", text="另一位"), NOW, message_id=row_id, seen=seen)
    assert [row.id for row in letters.letters_to(row_id) if row.written_by is not None] == [first.id]


def test_own_words_change_one_letter_for_one_person(database: Database) -> None:
    row_id, _ = decided(database)
    letters, outbox = StaffLetters(database), Outbox(database)
    one = letters.write(staff_letter(), NOW, message_id=row_id).id
    letters.edit_words(one, replace(PLAN, words="新"), subject="s", text="t", expected_edit=0, who="王老师", now=NOW)
    with pytest.raises(Conflict):
        letters.edit_words(one, PLAN, subject="s", text="t", expected_edit=0, who="张老师", now=NOW)
    row = outbox.find_answer(one)
    assert row is not None
    assert (row.written_by, row.text, dict(row.plan or {})["words"]) == ("王老师", "t", "新")
    assert outbox.claim_answer(one, "smtp", NOW, LEASE) is not None
    with pytest.raises(Conflict):
        letters.edit_words(one, PLAN, subject="s", text="t", expected_edit=row.edit, who="王老师", now=NOW)
    outbox.put_aside(one, "smtp", "请再看一遍", NOW, draft=True)
    held = outbox.find_answer(one)
    assert held is not None
    assert (held.state, held.reason, held.next_attempt_at) == ("draft", "请再看一遍", None)
    assert letters.hold([one], "", "王老师", NOW) == ()


def reminder(points: tuple[Finding, ...] = ()) -> AnswerRecord:
    return staff_letter("reminder", unit="济南市教育局", batch=1, plan=replace(PLAN, problems=points))


def test_reminders_are_not_repeated_before_their_time(database: Database) -> None:
    letters, outbox = StaffLetters(database), Outbox(database)
    other = Finding("form.blank", Severity.ERROR, "空表。")
    first = letters.write_reminder(reminder((POINT, other)), NOW, NOW - 3 * DAY, message_id=None)
    assert first.new
    assert not letters.write_reminder(reminder((POINT,)), NOW + 30 * DAY, NOW + 27 * DAY, message_id=None).new, "unsent: there is one"
    outbox.claim_answer(first.id, "smtp", NOW, LEASE)
    outbox.mark_sent(first.id, "smtp", NOW)
    assert not letters.write_reminder(reminder((POINT,)), NOW + DAY, NOW - 2 * DAY, message_id=None).new, "said already"
    assert letters.write_reminder(reminder((POINT, replace(other, text="别的。"))), NOW + DAY, NOW - 2 * DAY, message_id=None).new
    assert letters.write_reminder(reminder((POINT,)), NOW + 4 * DAY, NOW + DAY, message_id=None).new is False, "the newer one waits still"
    assert letters.write_reminder(reminder(), NOW, NOW - 3 * DAY, message_id=None).new, "that nothing came is another matter"
    assert len(letters.reminders(1, NOW - DAY)) == 3
    assert letters.reminders(2, NOW - DAY) == ()


def sent_correction(database: Database, **changes: object) -> int:
    row_id, written = decided(database, **changes)
    outbox = Outbox(database)
    assert outbox.claim_answer(written.answers[0], "smtp", NOW, LEASE) is not None
    outbox.mark_sent(written.answers[0], "smtp", NOW + MINUTE)
    return row_id


def test_open_points_of_items_and_mails(database: Database) -> None:
    subject = Finding("subject.no_topic", Severity.ERROR, "主题有误。")
    doubt = Finding("scan.mismatch", Severity.REVIEW, "请人工核对。", item=0)
    row_id = sent_correction(database, findings=(subject, POINT, doubt))
    found = open_points(database, CAMPAIGN, 1)["济南市教育局"]
    assert [point.code for point in found.all] == ["subject.no_topic", "scan.missing"], "no doubt is ever told"
    assert (found.message.id, found.told_at) == (row_id, NOW + MINUTE)
    assert open_points(database, CAMPAIGN, 2) == {}
    assert open_points(database, CAMPAIGN, 1, ["青岛市教育局"]) == {}
    finding = next(row for row in read_message(database, row_id).findings if row.finding.code == "scan.missing")
    Desk(database).waive_finding(finding.id, Act("x", NOW))
    assert open_points(database, CAMPAIGN, 1) == {}, "it is being decided again: nothing is certain"


def test_a_later_mail_leaves_the_first_ones_subject_in_peace(database: Database) -> None:
    subject = Finding("subject.no_topic", Severity.ERROR, "主题有误。")
    sent_correction(database, findings=(subject,), items=(), attachments=(), links=())
    assert "济南市教育局" in open_points(database, CAMPAIGN, 1)
    decided(database, verdict="accepted", findings=(), items=(), attachments=(), links=(), answers=(), sender="zhang@jinan.test")
    assert open_points(database, CAMPAIGN, 1) == {}


def test_untold_points(database: Database) -> None:
    decided(database)
    found = open_points(database, CAMPAIGN, 1)["济南市教育局"]
    assert found.told_at is None


def test_contacts_newest_first_from_any_campaign(database: Database) -> None:
    first, _ = decided(database, campaign="another")
    second, _ = decided(database, answers=())
    found = contacts(database, ["济南市教育局", "青岛市教育局"])
    assert [one.message_id for one in found["济南市教育局"]] == [second], "one sender, its newest mail"
    assert found["青岛市教育局"] == ()
    assert found["济南市教育局"][0].envelope.sender == "zhang@jinan.test"
    assert first < second


def test_what_is_unsettled(database: Database) -> None:
    assert (unsettled(database, CAMPAIGN, 1).waiting, unsettled(database, CAMPAIGN, 1).held) == (0, 0)
    receive(database)
    assert unsettled(database, CAMPAIGN, 1).waiting == 1
    decided_nameless = receive(database)
    claim(database)
    claim(database)
    record_decision(database, decision(decided_nameless, reporting_unit=None, items=(), links=(), answers=()), "worker", NOW)
    assert unsettled(database, CAMPAIGN, 1).nameless == 1
