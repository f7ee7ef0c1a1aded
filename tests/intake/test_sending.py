"""Step 8 without a server: caps, pauses, giving up, a letter that cannot be written."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from pathlib import Path

import pytest

from core.ports import Refused, TryLater
from intake.engine import Engine
from intake.sending import backoff
from tests.intake.intake_world import Clock, bring, engine
from tests.live.daemon_mails import mails

HOUR = dt.timedelta(hours=1)


def states(made: Engine, count: int) -> list[str]:
    rows = [made.outbox.find_answer(number) for number in range(1, count + 1)]
    return [row.state for row in rows if row is not None]


def alerts(made: Engine) -> dict[str, str]:
    return {alert.code: alert.text for alert in made.watch.open_alerts()}


def test_caps_hold_letters_back(tmp_path: Path) -> None:
    clock = Clock()
    made, _, sender = engine(tmp_path, clock, per_hour=2)
    with made:
        bring(made, tmp_path, mails()[:5])
        assert made.once(fetch=False).sent == {"sent": 2, "capped": 3}
        assert "answers.rate" in alerts(made)
        assert made.send() == {}, "not before their time"
        for _ in range(3):
            clock.now += HOUR + dt.timedelta(minutes=5)
            made.send()
        assert states(made, 5) == ["sent"] * 5
        assert len({to[0] for _, to in sender.letters}) == len(sender.letters) == 5


def test_one_address_gets_few_letters_a_day_and_staff_decide_about_more(tmp_path: Path) -> None:
    made, _, sender = engine(tmp_path, Clock(), per_address_day=1)
    same = mails()[:2]
    same[1] = replace(same[1], raw=same[1].raw.replace(b"office1@unit1.test", b"office0@unit0.test"))
    with made:
        bring(made, tmp_path, same)
        made.once(fetch=False)
        assert len(sender.letters) == 1
        assert states(made, 2) == ["sent", "failed"]
        row = made.outbox.find_answer(2)
        assert row is not None
        assert "上限" in (row.reason or "")
        assert made.outbox.release_answers([2], "李老师", made.setup.clock()) == (2,)
        assert made.send() == {"sent": 1}, "a person has decided"
        assert len(sender.letters) == 2


def test_after_its_attempts_a_letter_is_for_staff(tmp_path: Path) -> None:
    clock = Clock()
    made, _, sender = engine(tmp_path, clock, attempts=3)
    chosen = mails()[:2]
    sender.outcomes[chosen[0].sender] = TryLater("451 busy")
    with made:
        bring(made, tmp_path, chosen)
        made.once(fetch=False)
        for _ in range(5):
            clock.now += 6 * HOUR
            made.send()
        raws = [raw for raw, to in sender.letters if to[0] == chosen[0].sender]
        assert len(raws) == 3
        assert len(set(raws)) == 1, "the very same letter each time"
        assert states(made, 2) == ["failed", "sent"]
        assert "451 busy" in alerts(made)["letter.failed"]


def test_refused_account_leaves_every_letter_due(tmp_path: Path) -> None:
    clock = Clock()
    made, _, sender = engine(tmp_path, clock)
    chosen = mails()[:3]
    sender.outcomes[chosen[0].sender] = Refused("535 授权码有误", stop=True)
    with made:
        bring(made, tmp_path, chosen)
        assert made.once(fetch=False).sent == {"stopped": 1}
        clock.now += HOUR
        assert made.send() == {}
        sender.outcomes.clear()
        assert made.watch.resolve_alert("smtp.stopped", clock.now)
        assert made.send() == {"sent": 3}


def test_a_letter_that_cannot_be_written_costs_only_itself(tmp_path: Path) -> None:
    made, _, sender = engine(tmp_path, Clock())
    with made:
        bring(made, tmp_path, mails()[:3])
        made.process()
        first = made.outbox.find_answer(1)
        assert first is not None
        with made.database.write() as connection:
            connection.exec_driver_sql("UPDATE answer SET plan = '{}' WHERE id = 1")
        made.send()
        assert states(made, 3) == ["failed", "sent", "sent"]
        assert "letter.broken" in alerts(made)
        assert len(sender.letters) == 2


def test_without_a_server_letters_wait(tmp_path: Path) -> None:
    made, _, _ = engine(tmp_path, Clock())
    made.sender = None
    with made:
        bring(made, tmp_path, mails()[:2])
        assert made.once(fetch=False).sent == {}
        assert states(made, 2) == ["waiting"] * 2


@pytest.mark.parametrize(("attempts", "minutes"), [(0, 1), (1, 1), (2, 3), (3, 9), (4, 27), (7, 360), (50, 360)])
def test_pauses_grow_and_are_bounded(attempts: int, minutes: int) -> None:
    for seed in range(20):
        pause = backoff(attempts, random.Random(seed))
        assert 0.89 * minutes <= pause / dt.timedelta(minutes=1) <= 1.11 * minutes
