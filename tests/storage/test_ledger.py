"""Recorded once, claimed by one, never lost: the ledger of messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete

from core.facts import Envelope, MessageFacts
from core.ports import Blob
from storage.database import Database
from storage.deciding import record_decision
from storage.errors import LeaseLost
from storage.ledger import Ledger
from storage.models import Message
from storage.tally import differences
from tests.storage.samples import LEASE, MINUTE, NOW, claim, decided, decision, receive, sha


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def test_recorded_once(database: Database, ledger: Ledger) -> None:
    raw = Blob(sha("a"), 3)
    values = {
        "account": "a@x.test", "folder": "INBOX", "uidvalidity": 1, "uid": 5, "source": "INBOX;1;5", "raw": raw,
        "message_id": "<a>", "received_at": NOW, "now": NOW,
    }
    row_id, new = ledger.record_received(**values)
    assert new
    assert ledger.record_received(**values) == (row_id, False)
    assert ledger.record_received(**{**values, "uid": 6})[1]
    assert ledger.record_received(**{**values, "folder": "其他"})[1]
    assert ledger.record_received(**{**values, "uidvalidity": 2})[1]
    assert ledger.record_received(**{**values, "account": "b@x.test"})[1]
    assert ledger.known_uids("a@x.test", "INBOX", 1) == {5, 6}
    assert ledger.known_uids("a@x.test", "INBOX", 3) == frozenset()


def test_imported_mail_is_known_by_name_and_bytes(ledger: Ledger) -> None:
    values = {
        "account": "import", "folder": "", "uidvalidity": None, "uid": None, "source": "a.eml",
        "raw": Blob(sha("a"), 3), "message_id": "", "received_at": NOW, "now": NOW,
    }
    row_id, new = ledger.record_received(**values)
    assert new
    assert ledger.record_received(**values) == (row_id, False)
    assert ledger.record_received(**{**values, "source": "b.eml"})[1], "the very same mail again is a message of its own"
    assert ledger.record_received(**{**values, "raw": Blob(sha("b"), 3)})[1]


def test_empty_message_id_matches_nothing(database: Database, ledger: Ledger) -> None:
    receive(database, message_id="")
    second = receive(database, message_id="<b>")
    assert ledger.find_by_message_id("") == ()
    assert [row.id for row in ledger.find_by_message_id("", "<b>", "<c>")] == [second]


def test_new_uidvalidity_relinks(database: Database, ledger: Ledger) -> None:
    """After the mailbox was rebuilt the same mails come under other UIDs: none is recorded or answered again."""
    one = receive(database, 1, message_id="<same>", raw=Blob(sha("same"), 9))
    two = receive(database, 2, message_id="<same>", raw=Blob(sha("same"), 9))
    other = receive(database, 3, message_id="")

    def again(uid: int, **values: object) -> int | None:
        return ledger.relink(account="jiaowu@example.test", folder="INBOX", uidvalidity=8, uid=uid,
                             source=f"INBOX;8;{uid}", **values)  # type: ignore[arg-type]

    assert again(1, size=9, raw_sha256=sha("same")) == one
    assert again(1, size=9, raw_sha256=sha("same")) == one, "asked twice"
    assert again(2, size=9, message_id="<same>") == two, "each row serves one UID"
    assert again(3, size=9, message_id="<same>") is None
    assert again(4, size=1003, message_id="") is None, "an empty Message-ID matches nothing"
    assert again(5, size=1004, raw_sha256=sha("raw 3")) is None, "size differs"
    assert again(5, size=1003, raw_sha256=sha("raw 3")) == other
    assert ledger.known_uids("jiaowu@example.test", "INBOX", 8) == {1, 2, 5}
    moved = ledger.find_message(one)
    assert moved is not None
    assert moved.source == "INBOX;8;1"


def test_balance(database: Database, ledger: Ledger) -> None:
    receive(database, 1)
    receive(database, 2)
    receive(database, 3, uidvalidity=6)
    assert ledger.folder_balances() == ()
    for count in (4, 2):
        ledger.record_folder(account="jiaowu@example.test", folder="INBOX", uidvalidity=7, count=count, now=NOW)
    (balance,) = ledger.folder_balances()
    assert (balance.mailbox, balance.ledger, balance.looked_at) == (2, 2, NOW)
    folder = ledger.find_folder("jiaowu@example.test", "INBOX")
    assert folder is not None
    assert (folder.uidvalidity, folder.last_count) == (7, 2)
    assert ledger.find_folder("jiaowu@example.test", "other") is None


def test_the_balance_follows_every_change(database: Database, ledger: Ledger) -> None:
    def balances() -> dict[str, int]:
        return {row.account: row.ledger for row in ledger.folder_balances()}

    # Together they look alike: what is counted must not mix them up.
    for account, folder in (("a@b.test", "c"), ("a@b.testc", ""), ("jiaowu@example.test", "INBOX")):
        ledger.record_folder(account=account, folder=folder, uidvalidity=7, count=1, now=NOW)
    receive(database, 1, account="a@b.test", folder="c")
    receive(database, 2, account="a@b.testc", folder="")
    receive(database, 3, account="a@b.testc", folder="")
    receive(database, 4, account="import", folder="", uidvalidity=None, uid=None)
    other = receive(database, 5, uidvalidity=6)
    assert balances() == {"a@b.test": 1, "a@b.testc": 2, "jiaowu@example.test": 0}
    moved = {"account": "jiaowu@example.test", "folder": "INBOX", "uidvalidity": 7, "uid": 1, "source": "INBOX;7;1"}
    assert ledger.relink(**moved, size=1005, raw_sha256=sha("raw 5")) == other
    assert balances()["jiaowu@example.test"] == 1
    with database.write() as connection:
        connection.execute(delete(Message).where(Message.account == "a@b.testc", Message.uid == 3))
    assert balances()["a@b.testc"] == 1
    assert differences(database) == ()


def test_claims_in_order_of_arrival_and_one_owner_each(database: Database, ledger: Ledger) -> None:
    late = receive(database, received_at=NOW + MINUTE, now=NOW + 2 * MINUTE)
    early = receive(database, received_at=NOW - timedelta(days=300), now=NOW + 2 * MINUTE)
    future = receive(database, received_at=NOW + timedelta(days=9), now=NOW + 2 * MINUTE)
    taken = [claim(database, f"w{n}", NOW + 3 * MINUTE).id for n in range(3)]
    assert taken == [early, late, future], "a date in the future must not keep a mail waiting"
    assert ledger.claim_next_message("w9", NOW + 3 * MINUTE, LEASE) is None


def test_dead_owner_loses_the_claim(database: Database, ledger: Ledger) -> None:
    row_id = receive(database)
    first = claim(database, "dead")
    assert first.stage == "reading"
    assert first.lease_until == NOW + LEASE
    assert ledger.claim_next_message("other", NOW + LEASE - MINUTE, LEASE) is None
    assert ledger.extend_lease(row_id, "dead", NOW + 5 * MINUTE, LEASE)
    assert ledger.claim_next_message("other", NOW + LEASE, LEASE) is None
    second = ledger.claim_next_message("other", NOW + 5 * MINUTE + LEASE, LEASE)
    assert second is not None
    assert second.id == row_id
    assert not ledger.extend_lease(row_id, "dead", NOW, LEASE)
    assert not ledger.release_message(row_id, "dead", NOW)
    with pytest.raises(LeaseLost):
        ledger.mark_failed_attempt(row_id, "dead", "x", NOW, NOW)
    with pytest.raises(LeaseLost):
        record_decision(database, decision(row_id), "dead", NOW)
    with pytest.raises(LeaseLost):
        ledger.record_facts(row_id, "dead", MessageFacts(Envelope(None, "", None)))
    assert record_decision(database, decision(row_id), "other", NOW).items


def test_third_failure_holds(database: Database, ledger: Ledger) -> None:
    row_id = receive(database)
    now = NOW
    for attempt in (1, 2, 3):
        claim(database, "w", now)
        outcome = ledger.mark_failed_attempt(row_id, "w", f"Traceback {attempt}", now, now + MINUTE, limit=3)
        assert (outcome.attempts, outcome.held) == (attempt, attempt == 3)
        assert ledger.claim_next_message("w", now, LEASE) is None, "it waits"
        now += MINUTE
    held = ledger.find_message(row_id)
    assert held is not None
    assert (held.stage, held.verdict, held.error) == ("held", "held", "Traceback 3")
    assert ledger.claim_next_message("w", now + timedelta(days=1), LEASE) is None
    assert ledger.requeue((row_id,), now, read_again=True) == 1
    again = claim(database, "w", now)
    assert (again.stage, again.attempts, again.error) == ("reading", 0, None)


def test_mail_that_kills_the_process_is_held(database: Database, ledger: Ledger) -> None:
    """A process that is killed counts no attempt; the beginnings are counted instead, and the others go on."""
    poison = receive(database)
    now = NOW
    for _ in range(3):
        row = ledger.claim_next_message("w", now, LEASE, max_claims=3)
        assert row is not None
        assert row.id == poison
        now += LEASE
    good = receive(database, received_at=now, now=now)
    row = ledger.claim_next_message("w", now, LEASE, max_claims=3)
    assert row is not None
    assert row.id == good
    held = ledger.find_message(poison)
    assert held is not None
    assert held.stage == "held"
    assert "never ended" in (held.error or "")


def test_release_counts_nothing(database: Database, ledger: Ledger) -> None:
    row_id = receive(database)
    for _ in range(30):
        claim(database, "w")
        assert ledger.release_message(row_id, "w", NOW)
    row = ledger.find_message(row_id)
    assert row is not None
    assert (row.stage, row.attempts, row.claims, row.lease_owner) == ("received", 0, 0, None)


def test_facts_survive_a_failure_after_reading(database: Database, ledger: Ledger) -> None:
    row_id = receive(database)
    claim(database, "w")
    facts = MessageFacts(Envelope("<a>", "济南市教育局+智慧助老", None), text="\0\ud800正文")
    ledger.record_facts(row_id, "w", facts)
    ledger.mark_failed_attempt(row_id, "w", "boom", NOW, NOW + MINUTE)
    row = claim(database, "w", NOW + MINUTE)
    assert row.stage == "read", "reading (minutes of OCR) is not done again"
    stored = ledger.find_facts(row_id)
    assert stored is not None
    assert stored.envelope == facts.envelope
    assert stored.text == "��正文"


def test_asked_for_again_while_worked_on(database: Database, ledger: Ledger) -> None:
    """Staff waive a finding while the mail is being decided: it is decided once more."""
    row_id = receive(database)
    claim(database, "w")
    assert ledger.requeue((row_id,), NOW + MINUTE, read_again=False) == 1
    assert ledger.claim_next_message("other", NOW + 2 * MINUTE, LEASE) is None, "still in the first one's hands"
    record_decision(database, decision(row_id), "w", NOW + 2 * MINUTE)
    row = ledger.claim_next_message("other", NOW + 2 * MINUTE, LEASE)
    assert row is not None
    assert row.stage == "read"
    record_decision(database, decision(row_id), "other", NOW + 2 * MINUTE)
    assert ledger.claim_next_message("other", NOW + timedelta(days=9), LEASE) is None


def test_extending_a_lease_forgets_no_request(database: Database, ledger: Ledger) -> None:
    row_id = receive(database)
    claim(database, "w")
    ledger.requeue((row_id,), NOW, read_again=True)
    assert ledger.extend_lease(row_id, "w", NOW + MINUTE, LEASE)
    record_decision(database, decision(row_id), "w", NOW + MINUTE)
    row = ledger.find_message(row_id)
    assert row is not None
    assert row.stage == "received"


def test_requeue_reads_what_was_never_read(database: Database, ledger: Ledger) -> None:
    fresh = receive(database)
    assert ledger.requeue((fresh, 999), NOW, read_again=False) == 1
    row = ledger.find_message(fresh)
    assert row is not None
    assert row.stage == "received"


def test_filed_after_the_decision_only(database: Database, ledger: Ledger) -> None:
    waiting = receive(database)
    assert ledger.unfiled("jiaowu@example.test") == ()
    claim(database, "w")
    record_decision(database, decision(waiting), "w", NOW)
    assert [row.id for row in ledger.unfiled("jiaowu@example.test")] == [waiting]
    assert ledger.unfiled("other@example.test") == ()
    ledger.mark_filed((waiting,), NOW)
    assert ledger.unfiled("jiaowu@example.test") == ()


def test_imported_mail_is_filed_at_once(database: Database, ledger: Ledger) -> None:
    row_id = receive(database, uid=None, uidvalidity=None)
    claim(database, "w")
    record_decision(database, decision(row_id), "w", NOW)
    row = ledger.find_message(row_id)
    assert row is not None
    assert row.filed_at == NOW


def test_same_files_are_found(database: Database, ledger: Ledger) -> None:
    one, _ = decided(database)
    two, _ = decided(database)
    assert ledger.find_with_files([sha("word"), sha("nowhere")]) == {
        one: frozenset({sha("word")}), two: frozenset({sha("word")}),
    }
    assert ledger.find_with_files([]) == {}


def test_same_bytes_are_found(database: Database, ledger: Ledger) -> None:
    one = receive(database, 41)
    assert [row.id for row in ledger.find_by_raw_sha256(sha("raw 41"))] == [one]
