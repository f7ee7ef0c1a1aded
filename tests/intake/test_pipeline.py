"""One mail's troubles are its own: attempts, holding, handing back, two workers."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest

from tests.intake.intake_world import Clock, bring, engine
from tests.live.daemon_mails import mails

HOUR = dt.timedelta(hours=1)


def verdicts(made: object) -> list[str | None]:
    from storage.exports import export_records

    return [record["verdict"] for record in export_records(made.database)]  # type: ignore[attr-defined]


def test_a_mail_that_fails_is_held_and_the_others_go_on(tmp_path: Path) -> None:
    clock = Clock()
    made, reader, sender = engine(tmp_path, clock)
    chosen = mails()[:4]
    reader.poison = (chosen[1].message_id or "").encode()
    with made:
        bring(made, tmp_path, chosen)
        made.once(fetch=False)
        assert len(sender.letters) == 3, "the others are answered at once"
        made.once(fetch=False)
        poisoned = next(sha for sha in reader.read if reader.read.count(sha) == 1 and sha == reader.read[1])
        assert reader.read.count(poisoned) == 1, "not tried again before its pause is over"
        for _ in range(4):
            clock.now += HOUR
            made.once(fetch=False)
        assert reader.read.count(poisoned) == 3, "three attempts, then it is held"
        assert verdicts(made) == ["accepted", "held", "accepted", "accepted"]
        row = made.ledger.find_by_message_id(chosen[1].message_id or "")[0]
        reader.poison = b"(nothing)"  # the fault is mended; staff ask for it again
        made.ledger.requeue([row.id], clock.now, read_again=True)
        made.once(fetch=False)
        assert verdicts(made) == ["accepted"] * 4
        assert len(sender.letters) == 4


def test_a_fault_in_the_decision_is_that_mails_own_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import intake.pipeline as pipeline

    made, _, sender = engine(tmp_path, Clock())
    true = pipeline.decide

    def faulty(case: object, rules: object) -> object:
        if case.id == 2:  # type: ignore[attr-defined]
            raise RuntimeError("a fault of ours")
        return true(case, rules)  # type: ignore[arg-type]

    monkeypatch.setattr(pipeline, "decide", faulty)
    with made:
        bring(made, tmp_path, mails()[:3])
        made.once(fetch=False)
        assert len(sender.letters) == 2
        row = made.ledger.find_message(2)
        assert row is not None
        assert row.attempts == 1
        assert row.verdict != "held"


def test_two_workers_share_the_work(tmp_path: Path) -> None:
    clock = Clock()
    one, first, _ = engine(tmp_path, clock)
    two, second, _ = engine(tmp_path, clock)
    one.owner, two.owner = "one", "two"  # two processes
    with one, two:
        bring(one, tmp_path, mails()[:12])
        threads = [threading.Thread(target=each.process) for each in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        read = first.read + second.read
        assert len(read) == len(set(read)) == 12, "each mail is read once, by one of them"
        assert verdicts(one) == ["accepted"] * 12


def test_stopping_gives_back_what_was_not_begun(tmp_path: Path) -> None:
    clock = Clock()
    made, _, _ = engine(tmp_path, clock)
    other, reader, _ = engine(tmp_path, clock)
    with made, other:
        bring(made, tmp_path, mails()[:6])
        made.stop.set()
        assert made.process() == 0
        assert other.process() == 6, "nothing is left under a lease"
        assert len(reader.read) == 6
