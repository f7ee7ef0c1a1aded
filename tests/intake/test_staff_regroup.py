"""What staff regroup stays so at every later decision, and each submitter gets one right letter about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from core.records import ItemRow
from intake.engine import Engine
from storage.desk import Act, Desk
from storage.errors import Conflict, StorageError
from storage.exports import export_records
from storage.queries import ItemFilter, Queries
from storage.rows import AnswerRow
from storage.whole import read_item, read_message
from tests.intake.intake_world import Clock, engine
from tests.support.corpus_run import CORPUS

WORD_ONLY, SCAN_ONLY = CORPUS / "219-word-only.eml", CORPUS / "218-scan-only.eml"
THREE = CORPUS / "201-three-items-loose.eml"
WORD_THEN_SCAN = CORPUS / "501-word-then-scan-four-minutes-later"
NEW_VERSION = CORPUS / "509-new-version-next-day"
OTHER_ADDRESS = CORPUS / "510-same-item-from-another-address"
FORGOTTEN = CORPUS / "530-forgotten-attachment"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def made(tmp_path: Path, clock: Clock) -> Engine:
    made = engine(tmp_path, clock, mode="draft")[0]
    made.setup = replace(made.setup, blank_forms={"case": b"form", "training": b"form", "course": b"form"})
    return made


def take(made: Engine, *paths: Path) -> None:
    for path in paths:
        for mail in sorted(path.glob("*.eml")) if path.is_dir() else [path]:
            assert [entry.error for entry in made.import_files([mail], "header")] == [None]
            made.once(fetch=False)


def act(made: Engine, why: str = "电话核实") -> Act:
    return Act("李科长", made.setup.clock(), why)


def again(made: Engine, *, read_again: bool = True) -> None:
    """Everything is judged once more, twice: nothing may change by that."""
    every = [record["id"] for record in export_records(made.database)]
    for _ in range(2):
        Desk(made.database).reprocess(every, act(made), read_again=read_again)
        made.once(fetch=False)


def items(made: Engine) -> list[ItemRow]:
    return sorted(Queries(made.database).items(ItemFilter(versions=True)).rows, key=lambda row: row.id)


def current(made: Engine) -> list[ItemRow]:
    return [row for row in items(made) if row.content.state != "superseded"]


def drafts(made: Engine) -> list[AnswerRow]:
    rows = sorted(Queries(made.database).answers().rows, key=lambda row: row.id)
    return [row for row in rows if row.state == "draft"]


def told(made: Engine) -> list[tuple[int | None, str]]:
    return [(row.message_id, row.kind) for row in drafts(made)]


def files(row: ItemRow) -> tuple[bool, int]:
    return row.content.word is not None, len(row.content.scans)


def test_two_items_merged_stay_one_and_get_one_letter(made: Engine) -> None:
    with made:
        take(made, WORD_ONLY, SCAN_ONLY)
        first, second = items(made)
        assert (files(first), files(second)) == ((True, 0), (False, 1))
        assert told(made) == [(1, "correction"), (2, "correction")]
        Desk(made.database).merge_items(first.id, second.id, act(made))
        shown = read_item(made.database, first.id).item
        assert (files(shown), shown.content.state) == ((True, 1), "review"), "at once, before the daemon's round"
        made.once(fetch=False)
        for _ in range(2):
            (only,) = current(made)
            assert (only.id, files(only), only.content.state) == (first.id, (True, 1), "complete")
            assert told(made) == [(2, "receipt")], "one letter for both mails"
            assert [record["verdict"] for record in export_records(made.database)] == ["accepted", "accepted"]
            again(made)
        assert [row.id for row in read_item(made.database, first.id).versions] == [second.id]


def test_of_two_word_forms_the_kept_items_stays(made: Engine) -> None:
    with made:
        take(made, THREE)
        first, second, third = current(made)
        Desk(made.database).merge_items(first.id, second.id, act(made))
        made.once(fetch=False)
        for _ in range(2):
            assert [row.id for row in current(made)] == [first.id, third.id]
            merged = current(made)[0]
            assert merged.content.word == first.content.word
            assert merged.content.title == first.content.title
            assert {ref.sha256 for ref in merged.content.scans} == {
                ref.sha256 for ref in (*first.content.scans, *second.content.scans)
            }
            assert len(drafts(made)) == 1
            again(made)


def test_a_scan_split_off_stays_apart(made: Engine) -> None:
    with made:
        take(made, WORD_THEN_SCAN)
        (one,) = current(made)
        assert (files(one), told(made)) == ((True, 1), [(2, "receipt")])
        scan = one.content.scans[0]
        new = Desk(made.database).split_item(one.id, [scan.sha256], act(made), {"title": "另一案例"}, expected_edit=one.edit)
        made.once(fetch=False)
        for _ in range(2):
            rest, taken = current(made)
            assert (rest.id, files(rest), taken.id, files(taken)) == (one.id, (True, 0), new, (False, 1))
            assert (rest.messages, taken.messages) == ((1,), (2,))
            assert (rest.content.title, taken.content.title) == (one.content.title, "另一案例")
            assert (rest.content.state, taken.content.state) == ("incomplete", "incomplete")
            assert told(made) == [(1, "correction"), (2, "correction")], "each mail has its own letter again"
            again(made)


def test_split_within_one_mail_is_told_in_its_one_letter(made: Engine) -> None:
    with made:
        take(made, THREE)
        first = current(made)[0]
        assert first.content.word is not None
        new = Desk(made.database).split_item(first.id, [first.content.word.sha256], act(made))
        made.once(fetch=False)
        for _ in range(2):
            assert len(current(made)) == 4
            by_id = {row.id: row for row in current(made)}
            assert (files(by_id[first.id]), files(by_id[new])) == ((False, 1), (True, 0))
            assert by_id[new].content.title == first.content.title
            assert told(made) == [(1, "correction")]
            again(made)


def test_a_split_needs_something_on_both_sides(made: Engine) -> None:
    with made:
        take(made, WORD_ONLY)
        (one,) = current(made)
        assert one.content.word is not None
        for marks in ((), (one.content.word.sha256,), ("0" * 64,)):
            with pytest.raises(StorageError, match="both sides"):
                Desk(made.database).split_item(one.id, marks, act(made))
        assert len(items(made)) == 1


def test_split_and_merged_again_is_as_before(made: Engine) -> None:
    with made:
        take(made, WORD_THEN_SCAN)
        (one,) = current(made)
        new = Desk(made.database).split_item(one.id, [one.content.scans[0].sha256], act(made))
        made.once(fetch=False)
        Desk(made.database).merge_items(one.id, new, act(made))
        made.once(fetch=False)
        for _ in range(2):
            (back,) = current(made)
            assert (back.id, files(back), back.content.state) == (one.id, (True, 1), "complete")
            assert told(made) == [(2, "receipt")]
            again(made)


def test_an_earlier_version_chosen_counts_again(made: Engine) -> None:
    with made:
        take(made, NEW_VERSION)
        old, new = items(made)
        assert (old.content.state, old.superseded_by) == ("superseded", new.id)
        assert Desk(made.database).choose_version(old.id, act(made), expected_edit=old.edit) == new.id
        made.once(fetch=False)
        for _ in range(2):
            old_now, new_now = items(made)
            assert (old_now.content.state, old_now.superseded_by) == ("complete", None)
            assert (new_now.content.state, new_now.superseded_by) == ("superseded", old.id)
            assert told(made) == [(1, "receipt")], "nobody is written about the version that does not count"
            again(made)
        with pytest.raises(StorageError, match="current version"):
            Desk(made.database).choose_version(old.id, act(made))


def test_of_two_senders_one_version_is_chosen(made: Engine) -> None:
    with made:
        take(made, OTHER_ADDRESS)
        first, second = current(made)
        codes = [found.finding.code for found in read_item(made.database, second.id).findings]
        assert "submission.sender_changed" in codes
        Desk(made.database).choose_version(second.id, act(made), over=first.id)
        made.once(fetch=False)
        for _ in range(2):
            (left,) = current(made)
            assert (left.id, left.content.state) == (second.id, "complete")
            assert [found.finding.code for found in read_item(made.database, second.id).findings if found.finding.severity == "review"] == []
            again(made)


def test_a_mail_taken_out_leaves_nothing_behind_and_may_come_back(made: Engine) -> None:
    with made:
        take(made, WORD_THEN_SCAN)
        (one,) = current(made)
        desk = Desk(made.database)
        desk.reject_message(2, act(made))
        made.once(fetch=False)
        for _ in range(2):
            (left,) = current(made)
            assert (left.id, files(left), left.content.state, left.messages) == (one.id, (True, 0), "incomplete", (1,))
            assert told(made) == [(1, "correction")], "the first mail is answered again by itself"
            again(made)
        desk.unsay_message(2, act(made))
        made.once(fetch=False)
        for _ in range(2):
            (back,) = current(made)
            assert (files(back), back.content.state) == ((True, 1), "complete")
            assert told(made) == [(2, "receipt")]
            again(made)


def test_taking_out_a_newer_version_gives_the_older_one_back_with_its_state(made: Engine) -> None:
    with made:
        take(made, NEW_VERSION)
        old, _ = items(made)
        Desk(made.database).reject_message(2, act(made))
        made.once(fetch=False)
        for _ in range(2):
            (left,) = items(made)
            assert (left.id, left.content.state, left.superseded_by) == (old.id, "complete", None)
            assert told(made) == [(1, "receipt")]
            again(made)


def test_a_mail_said_to_be_a_submission_is_judged_and_answered(made: Engine, tmp_path: Path) -> None:
    question = tmp_path / "question.eml"
    question.write_bytes(
        "From: wang@school.test\r\nTo: office@example.test\r\nMessage-ID: <q@school.test>\r\nSubject: 请问截止时间\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n\r\n老师好，请问什么时候截止？\r\n".encode()
    )
    with made:
        take(made, question)
        row = read_message(made.database, 1).message
        assert (row.kind, row.verdict, told(made)) == ("unrelated", "ignored", [])
        desk = Desk(made.database)
        desk.force_message(1, act(made), expected_edit=row.edit)
        with pytest.raises(Conflict):
            desk.force_message(1, act(made), expected_edit=row.edit)
        made.once(fetch=False)
        for _ in range(2):
            row = read_message(made.database, 1).message
            assert (row.kind, row.verdict, row.reason) == ("submission", "correction", "人工认定为报送来信")
            assert told(made) == [(1, "correction")]
            again(made)
        desk.unsay_message(1, act(made))
        made.once(fetch=False)
        assert (read_message(made.database, 1).message.kind, told(made)) == ("unrelated", [])


def test_a_bounce_said_to_be_a_submission_is_never_answered(made: Engine) -> None:
    bounce = next(path for path in sorted(CORPUS.glob("*.toml")) if 'kind = "bounce"' in path.read_text()).with_suffix(".eml")
    with made:
        take(made, bounce)
        assert read_message(made.database, 1).message.kind == "bounce"
        Desk(made.database).force_message(1, act(made))
        made.once(fetch=False)
        assert read_message(made.database, 1).message.kind == "submission"
        assert told(made) == []


def test_a_refused_item_is_told_by_nobody_but_staff(made: Engine) -> None:
    with made:
        take(made, WORD_ONLY)
        Desk(made.database).reject_item(1, act(made, "与征集主题无关"))
        made.once(fetch=False)
        for _ in range(2):
            (row,) = current(made)
            assert (row.staff_state, row.content.state) == ("rejected", "incomplete")
            assert drafts(made) == []
            assert read_message(made.database, 1).message.verdict == "ignored"
            again(made)
        Desk(made.database).reopen_item(1, act(made))
        made.once(fetch=False)
        assert told(made) == [(1, "correction")]


def test_what_staff_set_by_hand_is_what_is_judged(made: Engine) -> None:
    with made:
        take(made, WORD_ONLY)
        Desk(made.database).reassign_item(1, {"category": "course", "title": "新名称", "batch": 2}, act(made))
        made.once(fetch=False)
        for _ in range(2):
            (row,) = current(made)
            assert (row.content.category, row.content.title, row.content.batch) == ("course", "新名称", 2)
            found = read_message(made.database, 1).findings
            assert [one.finding.code for one in found if one.finding.severity == "error"] == ["scan.missing"]
            assert "新名称" in drafts(made)[0].text
            again(made)


def test_a_waiver_follows_its_item(made: Engine) -> None:
    """Waived: the missing scan of the third item. After the first two are merged it stands at another place."""
    with made:
        take(made, THREE)
        first, second, third = current(made)
        desk = Desk(made.database)
        new = desk.split_item(third.id, [third.content.scans[0].sha256], act(made))
        made.once(fetch=False)
        missing = next(row for row in read_item(made.database, third.id).findings if row.finding.code == "scan.missing")
        desk.waive_finding(missing.id, act(made))
        made.once(fetch=False)
        desk.merge_items(first.id, second.id, act(made))
        made.once(fetch=False)
        for _ in range(2):
            states = {row.id: row.content.state for row in current(made)}
            assert states == {first.id: "complete", third.id: "complete", new: "incomplete"}
            waived = [row for row in read_message(made.database, 1).findings if row.waived_at]
            assert [row.finding.code for row in waived] == ["scan.missing"]
            again(made)


def test_a_shared_letter_stays_the_only_one_when_all_is_judged_again(made: Engine, clock: Clock) -> None:
    for mails in (WORD_THEN_SCAN, FORGOTTEN):
        take(made, mails)
        clock.now += dt.timedelta(hours=1)
    with made:
        before = told(made)
        assert len(before) == 2
        for read_again in (False, True):
            again(made, read_again=read_again)
            assert told(made) == before
        for row in read_message(made.database, 4).message, read_message(made.database, 2).message:
            Desk(made.database).reprocess([row.id], act(made))
            made.once(fetch=False)
            assert told(made) == before


def test_the_second_of_two_people_is_told(made: Engine) -> None:
    with made:
        take(made, WORD_ONLY, SCAN_ONLY)
        seen = max(entry.id for entry in read_item(made.database, 1).history)
        desk = Desk(made.database)
        one = Act("李科长", made.setup.clock(), "核实", seen)
        two = Act("王科员", made.setup.clock(), "不符", seen)
        desk.accept_item(1, one)
        for late in (
            lambda: desk.reject_item(1, two), lambda: desk.merge_items(2, 1, two), lambda: desk.merge_items(1, 2, two),
            lambda: desk.reassign_item(1, {"batch": 2}, two), lambda: desk.receive_paper(1, two),
            lambda: desk.split_item(1, ["x"], two), lambda: desk.choose_version(2, two, over=1),
        ):
            with pytest.raises(Conflict):
                late()
        assert read_item(made.database, 1).item.staff_state == "accepted"
        desk.reject_message(2, two)  # another matter: its item is another one
