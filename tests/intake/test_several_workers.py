"""Several processes at the same mails: decided in order of arrival whoever reads them, nothing stale recorded, nothing
counted against a mail that is no fault of it."""

from __future__ import annotations

import datetime as dt
import os
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from urllib.parse import quote

import pytest

import intake.hand
import intake.pipeline
from core.facts import MessageFacts
from intake.engine import Engine
from intake.pipeline import Pipeline
from storage.alive import SignOfLife, alive_folder
from storage.errors import StorageUnavailable
from storage.exports import export_records
from tests.intake.intake_world import Clock, CountingReader, bring, engine
from tests.live.daemon_mails import FIRST_BATCH, Expected, mails, pair
from tests.support.mail_builder import File, compose

HOUR = dt.timedelta(hours=1)
UNIT = "山东师范大学"


class SlowReader(CountingReader):
    """Mails with `slow` in their bytes are read when the test says so; `begun` is set when the first one was begun."""

    def __init__(self, other: CountingReader, slow: bytes) -> None:
        self.__dict__.update(other.__dict__)
        self.slow, self.begun, self.go = slow, threading.Event(), threading.Event()

    def submit(self, sha256: str) -> Future[MessageFacts]:
        done = super().submit(sha256)
        if self.slow not in self._setup.blobs.joinpath(sha256[:2], sha256[2:4], sha256).read_bytes():
            return done
        later: Future[MessageFacts] = Future()

        def finish() -> None:
            self.go.wait(60)
            later.set_result(done.result())

        threading.Thread(target=finish, daemon=True).start()
        self.begun.set()
        return later


def version(number: int, *files: File, minutes: int) -> Expected:
    """A mail of one sender about one item."""
    arrives = FIRST_BATCH + dt.timedelta(minutes=minutes)
    return Expected(f"version {number}", compose(
        "foxmail", subject=f"{UNIT}+智慧助老", text=f"第{number}版，请查收。", files=list(files), sender=("王老师", "wang@unit.test"),
        message_id=f"<version{number}@unit.test>", date=arrives,
    ), arrives=arrives, message_id=f"<version{number}@unit.test>")


def two_versions() -> list[Expected]:
    """A form with another telephone number, and the one that takes its place."""
    return [version(1, *pair(UNIT, leader_phone="13800000000"), minutes=0), version(2, *pair(UNIT), minutes=10)]


def two(folder: Path, slow: bytes) -> tuple[Engine, SlowReader, Engine, Clock]:
    """Two engines on one ledger; the first one reads slowly."""
    clock = Clock()
    one, reader, _ = engine(folder, clock)
    other, _, _ = engine(folder, clock)
    slow_reader = SlowReader(reader, slow)
    one._reader = slow_reader
    return one, slow_reader, other, clock


def begin(one: Engine, reader: SlowReader, folder: Path) -> threading.Thread:
    """A mail came and the slow engine has it in hand."""
    bring(one, folder, two_versions()[:1])
    line = threading.Thread(target=one.process)
    line.start()
    assert reader.begun.wait(30)
    return line


def outcome(made: Engine) -> list[tuple[str, str | None, list[str]]]:
    return [
        (record["message_id"], record["verdict"], [item["state"] for item in record["items"]])
        for record in export_records(made.database)
    ]


def test_a_later_version_waits_for_the_earlier_one_that_another_worker_reads(tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    single, _, _ = engine(alone, Clock())
    with single:
        bring(single, alone, two_versions())
        single.process()
        due = outcome(single)
    one, reader, other, _ = two(tmp_path, b"<version1@unit.test>")
    with one, other:
        bring(one, tmp_path, two_versions())
        one_line = threading.Thread(target=Pipeline(_narrow(one)).work)
        one_line.start()
        assert reader.begun.wait(30)
        other_line = threading.Thread(target=other.process)
        other_line.start()
        other_line.join(1.0)
        assert other_line.is_alive(), "the later mail waits"
        row = one.ledger.find_by_message_id("<version2@unit.test>")[0]
        assert row.stage == "reading", "and is read meanwhile"
        reader.go.set()
        one_line.join(60)
        other_line.join(60)
        assert outcome(one) == due
        assert [state for _, _, states in due for state in states].count("superseded") == 1, "the order matters here"


def _narrow(made: Engine) -> object:
    """A line that takes one mail at a time."""
    from dataclasses import replace

    return replace(made.line(), window=1)


def test_what_a_dead_worker_held_is_taken_over_before_later_mails_are_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake.hand, "RENEW", 0.05)
    made, reader, _ = engine(tmp_path, clock := Clock())
    with made:
        bring(made, tmp_path, two_versions())
        dead = made.ledger.claim_next_message("dead", clock.now, intake.hand.LEASE)
        assert dead is not None
        line = threading.Thread(target=made.process)
        line.start()
        line.join(1.0)
        assert line.is_alive(), "the dead one may still live"
        assert made.ledger.find_by_message_id("<version2@unit.test>")[0].decisions == 0
        for _ in range(2):
            clock.now += intake.hand.LEASE / 2
            line.join(0.5)  # its own claim is renewed
        line.join(60)
        assert [verdict for _, verdict, _ in outcome(made)] == ["accepted", "accepted"]
        assert len(reader.read) == 2
        assert [states for _, _, states in outcome(made)] == [["superseded"], ["complete"]]


def test_what_was_given_back_stands_where_it_stood(tmp_path: Path) -> None:
    made, _, _ = engine(tmp_path, clock := Clock())
    with made:
        bring(made, tmp_path, mails()[:3])
        first = made.ledger.claim_next_message("other", clock.now, intake.hand.LEASE)
        assert first is not None
        clock.now += dt.timedelta(minutes=1)
        made.ledger.release_message(first.id, "other", clock.now)
        again = made.ledger.claim_next_message("other", clock.now, intake.hand.LEASE)
        assert again is not None
        assert again.id == first.id


def test_a_result_that_comes_after_the_lease_ran_out_is_not_recorded(tmp_path: Path) -> None:
    one, reader, other, clock = two(tmp_path, b"<version1@unit.test>")
    with one, other:
        line = begin(one, reader, tmp_path)
        clock.now += HOUR  # the machine slept
        assert other.process() == 1
        before = outcome(other)
        reader.go.set()
        line.join(60)
        assert outcome(other) == before
        row = other.ledger.find_message(1)
        assert row is not None
        assert (row.decisions, row.attempts, row.stage) == (1, 0, "done")


def test_the_same_process_is_not_its_own_heir(tmp_path: Path) -> None:
    """A claim that ran out is another's, also if the same process claimed the mail anew."""
    made, _, _ = engine(tmp_path, clock := Clock())
    with made:
        bring(made, tmp_path, mails()[:1])
        with intake.hand.Hand(made.ledger, made.owner, clock) as hand:
            stale = hand.take_next()
            clock.now += HOUR
            fresh = hand.take_next()
            assert stale is not None
            assert fresh is not None
            assert stale.row.id == fresh.row.id
            assert not made.ledger.extend_lease(stale.row.id, stale.owner, clock.now, intake.hand.LEASE)
            assert made.ledger.extend_lease(fresh.row.id, fresh.owner, clock.now, intake.hand.LEASE)


def test_claims_are_kept_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake.hand, "RENEW", 0.05)
    one, reader, other, clock = two(tmp_path, b"<version1@unit.test>")
    with one, other:
        line = begin(one, reader, tmp_path)
        for _ in range(6):
            clock.now += intake.hand.LEASE / 2
            until = clock.now + intake.hand.LEASE
            for _ in range(200):
                row = one.ledger.find_message(1)
                assert row is not None
                if row.lease_until == until:
                    break
                threading.Event().wait(0.02)
            assert row.lease_until == row.next_attempt_at == until
            assert other.ledger.claim_next_message("other", clock.now, intake.hand.LEASE) is None
        reader.go.set()
        line.join(60)
        assert outcome(one)[0][1] == "accepted"


def test_a_stop_gives_back_what_is_not_read(tmp_path: Path) -> None:
    one, reader, other, _ = two(tmp_path, b"<version1@unit.test>")
    with one, other:
        bring(one, tmp_path, two_versions())
        line = threading.Thread(target=one.process)
        line.start()
        while len(reader.read) < 2:
            line.join(0.05)
        one.stop.set()
        line.join(10)
        assert not line.is_alive(), "a stop does not wait for a mail that takes long"
        row = one.ledger.find_message(1)
        assert row is not None
        assert (row.stage, row.lease_owner, row.claims) == ("received", None, 0)
        assert one.ledger.find_by_message_id("<version2@unit.test>")[0].decisions == 0, "nor overtakes it"
        assert other.process() >= 2
        assert [verdict for _, verdict, _ in outcome(other)] == ["accepted", "accepted"]
        reader.go.set()


def test_without_the_blobs_no_mail_is_to_blame(tmp_path: Path) -> None:
    made, _, _ = engine(tmp_path, Clock())
    with made:
        bring(made, tmp_path, mails()[:2])
        store = tmp_path / "blobs"
        store.rename(tmp_path / "elsewhere")
        pipeline = Pipeline(made.line(store.is_dir))
        with pytest.raises(StorageUnavailable):
            pipeline.work()
        rows = [made.ledger.find_message(number) for number in (1, 2)]
        assert [(row.stage, row.attempts, row.lease_owner) for row in rows if row] == [("received", 0, None)] * 2
        (tmp_path / "elsewhere").rename(store)
        assert pipeline.work() == 2


def killed(made: Engine, owner: str) -> SignOfLife:
    """A process of this mark gave its sign and died: the system took its lock."""
    sign = SignOfLife(alive_folder(made.database, made.blobs.root), owner, one_host=False)
    sign.give()
    assert sign._handle is not None
    os.close(sign._handle)
    return sign


def test_what_a_killed_process_of_this_machine_held_is_work_at_once(tmp_path: Path) -> None:
    made, _, _ = engine(tmp_path, clock := Clock())
    with made:
        bring(made, tmp_path, two_versions())
        dead = "thishost:1:abc"
        assert made.ledger.claim_next_message(f"{dead}/1", clock.now, intake.hand.LEASE) is not None
        killed(made, dead)
        assert made.process() >= 2, "without waiting for the lease"
        assert [states for _, _, states in outcome(made)] == [["superseded"], ["complete"]]
        folder = alive_folder(made.database, made.blobs.root)
        assert [file.name for file in folder.iterdir()] == [quote(made.owner, safe="")], "nobody buries it twice"
    assert list(folder.iterdir()) == [], "who ends by himself leaves no sign"


def test_what_a_killed_process_held_is_found_while_a_later_mail_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake.pipeline, "BURY_EVERY", 0.05)
    made, _, _ = engine(tmp_path, clock := Clock())
    with made:
        bring(made, tmp_path, two_versions())
        other = SignOfLife(alive_folder(made.database, made.blobs.root), "h:2:x", one_host=False)
        other.give()
        assert made.ledger.claim_next_message("h:2:x/7", clock.now, intake.hand.LEASE) is not None
        line = threading.Thread(target=made.process)
        line.start()
        line.join(0.6)
        assert line.is_alive(), "it lives: it is waited for"
        assert other._handle is not None
        os.close(other._handle)
        line.join(30)
        assert [states for _, _, states in outcome(made)] == [["superseded"], ["complete"]]


@pytest.mark.parametrize(("mark", "one_host", "freed"), [("a:1:x", True, 1), ("b:1:x", True, 0), ("b:1:x", False, 1)])
def test_of_a_shared_folder_each_machine_looks_after_its_own(tmp_path: Path, mark: str, one_host: bool, freed: int) -> None:
    other = SignOfLife(tmp_path / "alive", mark, one_host=one_host)
    own = SignOfLife(tmp_path / "alive", "a:2:y", one_host=one_host)
    other.give()
    own.give()
    heirs: list[str] = []
    free = lambda owner: heirs.append(owner) or 1  # noqa: E731
    assert (own.bury(free), heirs) == (0, []), "it lives"
    assert other._handle is not None
    os.close(other._handle)
    assert (own.bury(free), heirs) == (freed, [mark][:freed])
    assert own.bury(free) == 0


def test_a_place_for_signs_that_cannot_be_written_costs_the_sign_only(tmp_path: Path) -> None:
    sign = SignOfLife(tmp_path / "nowhere" / "alive", "a:1:x", one_host=True)
    sign.give()
    assert sign.bury(lambda _: 1) == 0
    sign.end()


def test_a_process_in_which_nothing_gets_done_keeps_no_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake.hand, "RENEW", 0.02)
    one, reader, other, clock = two(tmp_path, b"<version1@unit.test>")
    monkeypatch.setattr("intake.engine.hung_after", lambda _: 0.3)
    with one, other:
        line = begin(one, reader, tmp_path)
        threading.Event().wait(0.6)
        clock.now += intake.hand.LEASE
        threading.Event().wait(0.1)  # renewals would have come
        assert other.process() == 1, "the mail is read by another"
        assert outcome(other)[0][1] == "accepted"
        reader.go.set()
        line.join(60)
        row = other.ledger.find_message(1)
        assert row is not None
        assert (row.decisions, row.attempts) == (1, 0)


def test_whoever_gets_things_done_keeps_all_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many mails share the reading processes: each end of a piece of work counts for all of them."""
    monkeypatch.setattr(intake.hand, "RENEW", 0.02)
    monkeypatch.setattr("intake.engine.hung_after", lambda _: 0.3)
    one, reader, other, clock = two(tmp_path, b"<version1@unit.test>")
    reader.stirred = time.monotonic  # type: ignore[method-assign]
    with one, other:
        line = begin(one, reader, tmp_path)
        threading.Event().wait(0.6)
        clock.now += intake.hand.LEASE
        threading.Event().wait(0.2)
        assert other.ledger.claim_next_message("other", clock.now, intake.hand.LEASE) is None
        reader.go.set()
        line.join(60)
        assert outcome(one)[0][1] == "accepted"


def test_who_waits_for_anothers_mail_is_not_stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has read its own and keeps them: else a third one would read them anew, time after time, until they are held."""
    monkeypatch.setattr("intake.engine.hung_after", lambda _: 0.3)
    made, _, _ = engine(tmp_path, clock := Clock())
    stop = threading.Event()
    with made:
        bring(made, tmp_path, [version(number, minutes=number) for number in (1, 2)])
        assert made.ledger.claim_next_message("h:2:x/7", clock.now, intake.hand.LEASE) is not None
        pipeline = Pipeline(made.line())
        line = threading.Thread(target=pipeline.work, args=(stop.is_set,))
        line.start()
        threading.Event().wait(0.8)
        hand = pipeline._hand
        held, stuck = pipeline.in_hand(), hand is None or hand.stuck()
        stop.set()
        line.join(30)
        assert (held, stuck) == ((2,), False)
