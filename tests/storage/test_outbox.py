"""Letters are claimed by one, marked once, counted for the caps; nothing that went out goes again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.ports import Blob
from storage.database import Database
from storage.errors import LeaseLost
from storage.outbox import Outbox
from storage.staff_letters import StaffLetters
from tests.storage.samples import LEASE, MINUTE, NOW, answer, decided, sha

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return Outbox(database)


def letter(database: Database, **changes: object) -> int:
    """A letter of a decided message; its id."""
    _, written = decided(database, answers=(answer(**changes),))  # type: ignore[arg-type]
    return written.answers[0]


def test_grace_period_holds_back(database: Database, outbox: Outbox) -> None:
    later = letter(database, not_before=NOW + 15 * MINUTE)
    now = letter(database)
    assert [row.id for row in outbox.due_answers(NOW)] == [now]
    assert outbox.claim_answer(later, "smtp", NOW, LEASE) is None
    assert outbox.next_due() == NOW
    assert [row.id for row in outbox.due_answers(NOW + 15 * MINUTE)] == [now, later]
    assert [row.id for row in outbox.due_answers(NOW + 15 * MINUTE, limit=1)] == [now]


@pytest.mark.parametrize("state", ["draft", "suppressed"])
def test_what_must_not_go_is_never_due(database: Database, outbox: Outbox, state: str) -> None:
    one = letter(database, state=state)
    assert outbox.due_answers(NOW + DAY) == ()
    assert outbox.claim_answer(one, "smtp", NOW + DAY, LEASE) is None
    assert outbox.next_due() is None


def test_claim_is_exclusive_and_sent_is_final(database: Database, outbox: Outbox) -> None:
    one = letter(database)
    row = outbox.claim_answer(one, "a", NOW, LEASE)
    assert row is not None
    assert (row.state, row.attempts, row.claimed_by) == ("sending", 1, "a")
    assert outbox.claim_answer(one, "b", NOW, LEASE) is None
    assert outbox.mark_sent(one, "a", NOW, "250 ok")
    sent = outbox.find_answer(one)
    assert sent is not None
    assert (sent.state, sent.sent_at, sent.response, sent.claimed_by) == ("sent", NOW, "250 ok", None)
    assert not outbox.mark_sent(one, "a", NOW + MINUTE), "a second mark changes nothing"
    for row_state in (outbox.find_answer(one),):
        assert row_state is not None
        assert row_state.sent_at == NOW
    assert outbox.release_answers([one], "李科长", NOW) == ()
    assert outbox.suppress_answers([one], "x", "李科长", NOW) == ()
    assert outbox.sweep_dead_claims(NOW + DAY, 8) == 0


def test_sweep_frees_the_dead_and_gives_up_in_the_end(database: Database, outbox: Outbox) -> None:
    one = letter(database)
    now = NOW
    for attempt in range(1, 4):
        row = outbox.claim_answer(one, f"w{attempt}", now, LEASE)
        assert row is not None
        assert row.attempts == attempt
        assert outbox.sweep_dead_claims(now + LEASE - MINUTE, 3) == 0
        now += LEASE
        assert outbox.sweep_dead_claims(now, 3) == 1
    failed = outbox.find_answer(one)
    assert failed is not None
    assert failed.state == "failed", "each try may have reached the reader"


def test_sent_by_one_whose_claim_had_run_out(database: Database, outbox: Outbox) -> None:
    one = letter(database)
    outbox.claim_answer(one, "slow", NOW, LEASE)
    outbox.sweep_dead_claims(NOW + LEASE, 8)
    assert not outbox.mark_sent(one, "slow", NOW + LEASE), "the claim was lost"
    assert outbox.claim_answer(one, "other", NOW + LEASE, LEASE) is None, "yet the letter is out"
    with pytest.raises(LeaseLost):
        outbox.mark_try_later(one, "slow", NOW, NOW, "x")


def test_backoff_failure_and_release(database: Database, outbox: Outbox) -> None:
    one = letter(database)
    outbox.claim_answer(one, "a", NOW, LEASE)
    outbox.mark_try_later(one, "a", NOW, NOW + HOUR, "451 greylisted")
    row = outbox.find_answer(one)
    assert row is not None
    assert (row.state, row.response, row.attempts) == ("waiting", "451 greylisted", 1)
    assert outbox.due_answers(NOW + HOUR - MINUTE) == ()
    outbox.claim_answer(one, "a", NOW + HOUR, LEASE)
    outbox.mark_failed(one, "a", "550 no such user")
    assert outbox.due_answers(NOW + DAY) == ()
    assert outbox.release_answers([one], "李科长", NOW + DAY, "地址已改") == (one,)
    (due,) = outbox.due_answers(NOW + DAY)
    assert (due.attempts, due.reason) == (0, None)


def test_given_back_untried(database: Database, outbox: Outbox) -> None:
    one = letter(database)
    outbox.claim_answer(one, "a", NOW, LEASE)
    outbox.give_back(one, "a", NOW + HOUR)
    row = outbox.find_answer(one)
    assert row is not None
    assert (row.state, row.attempts, row.next_attempt_at) == ("waiting", 0, NOW + HOUR)


def test_composed_when_due(database: Database, outbox: Outbox) -> None:
    one = letter(database, raw=None)
    outbox.claim_answer(one, "a", NOW, LEASE)
    outbox.record_composed(one, "a", Blob(sha("x"), 1), "补正通知", "正文")
    row = outbox.find_answer(one)
    assert row is not None
    assert (row.raw_sha256, row.text) == (sha("x"), "正文")
    with pytest.raises(LeaseLost):
        outbox.record_composed(one, "b", Blob(sha("y"), 1), "", "")


def test_counts_for_the_caps(database: Database, outbox: Outbox) -> None:
    def send(at: int, **changes: object) -> None:
        one = letter(database, **changes)
        assert outbox.claim_answer(one, "a", NOW, LEASE) is not None
        outbox.mark_sent(one, "a", NOW + at * HOUR)

    send(0)
    send(2)
    send(2, to="li@jinan.test")
    send(2, to="li@jinan.test", thread="")
    letter(database)  # waiting counts for nothing
    under_way = letter(database)
    outbox.claim_answer(under_way, "a", NOW, LEASE)  # being sent counts: two senders must not pass a cap together
    counts = outbox.answer_counts("zhang@jinan.test", "<thread@sender.test>", NOW + 2 * HOUR, NOW)
    assert (counts.address_day, counts.thread_day, counts.hour, counts.day) == (3, 4, 4, 5)
    counts = outbox.answer_counts("li@jinan.test", "", NOW + 2 * HOUR, NOW + HOUR)
    assert (counts.address_day, counts.thread_day, counts.hour, counts.day) == (2, 0, 4, 4)


def test_own_letters_are_known(database: Database, outbox: Outbox) -> None:
    one = letter(database)
    row = outbox.find_answer(one)
    assert row is not None
    assert [found.id for found in outbox.find_by_header("", row.message_id_header)] == [one]
    assert outbox.find_by_header("") == ()
    assert outbox.find_answer(999) is None


def test_a_letter_that_changed_since_it_was_seen_stays(database: Database, outbox: Outbox) -> None:
    """Seen: a draft was released in words that nobody had read: a new decision had changed it under the open page."""
    one, other = letter(database, state="draft"), letter(database, state="draft")
    with database.write() as connection:
        connection.exec_driver_sql(f"UPDATE answer SET edit = edit + 1 WHERE id = {one}")
    seen = {one: 0, other: 0}
    assert outbox.suppress_answers([one], "不发", "李科长", NOW, edits=seen) == ()
    assert outbox.release_answers([one, other, 999], "李科长", NOW, edits=seen) == (other,)
    assert StaffLetters(database).hold([one, other], "", "李科长", NOW, edits=seen) == (), "it is another since it was released"
    assert StaffLetters(database).hold([other], "", "李科长", NOW, edits={other: 1}) == (other,)
    assert outbox.release_answers([one], "李科长", NOW, edits={one: 1}) == (one,)
    assert outbox.release_answers([other], "李科长", NOW, edits={}) == (), "what was not seen is not released"


def test_what_the_program_took_back_is_not_released(database: Database, outbox: Outbox) -> None:
    """Seen: a clerk ticked all letters of a page; the one that another letter had taken the place of went too."""
    merged = letter(database, state="suppressed", reason="与来信6合并答复")
    mine = letter(database)
    assert outbox.suppress_answers([mine], "对方已来电", "李科长", NOW) == (mine,)
    assert outbox.release_answers([merged, mine], "李科长", NOW) == (mine,)
    row = outbox.find_answer(merged)
    assert row is not None
    assert (row.state, row.reason) == ("suppressed", "与来信6合并答复")
