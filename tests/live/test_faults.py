"""SIGKILL between any two of the nine steps, then the next run: each mail is recorded once, each answer goes out under one
Message-ID. And two daemons on one mailbox."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import random
import signal
import time
from collections import Counter

import pytest

from tests.live.daemon_mails import Expected, mails
from tests.live.daemon_world import World, compare
from tests.live.dying import cycle

pytestmark = [pytest.mark.live, pytest.mark.fault]

HOUR = dt.timedelta(hours=1)  # longer than every lease
AT_ONCE = dt.timedelta()

# Every place where one step ends and the next begins, and places inside them; the second call of each is the one that dies.
PLACES = [
    ("1 fetch", "storage.blobs:FileBlobStore.put", "before"),
    ("1 fetch", "storage.blobs:FileBlobStore.put", "after"),
    ("1 fetch", "storage.ledger:Ledger.record_received", "before"),
    ("1 fetch, commit 1", "storage.ledger:Ledger.record_received", "after"),
    ("2 read", "storage.ledger:Ledger.claim_next_message", "after"),
    ("2 read", "intake.reading:DirectReader.submit", "after"),
    ("3 look", "intake.looking:Looker.look", "after"),
    ("4-6 decide", "intake.pipeline:decide", "after"),
    ("7 compose", "intake.recording:Office.compose", "after"),
    ("7 inside commit 2", "storage.deciding:Deciding.record", "before"),
    ("7 inside commit 2", "storage.deciding:Deciding.record", "after"),
    ("7 after commit 2", "intake.pipeline:Pipeline._decide", "after"),
    ("8 send", "storage.outbox:Outbox.claim_answer", "before"),
    ("8 send", "storage.outbox:Outbox.claim_answer", "after"),
    ("8 send", "storage.outbox:Outbox.record_composed", "before"),
    ("8 send", "storage.outbox:Outbox.record_composed", "after"),
    ("8 send", "notifier.sender:SmtpSender.send", "before"),
    ("8 sent, not marked", "notifier.sender:SmtpSender.send", "after"),
    ("8 sent, marked", "storage.outbox:Outbox.mark_sent", "after"),
    ("9 file", "intake.mailbox:Mailbox.file", "before"),
    ("9 file", "intake.mailbox:Mailbox.file", "after"),
]
FILED = ("9 file", "storage.ledger:Ledger.mark_filed")  # called once a cycle


def four() -> list[Expected]:
    every = mails()
    return [every[0], every[1], *(mail for mail in every if mail.name in ("no scan", "question"))]


def killed(world: World, place: str, number: int, when: str) -> None:
    """One cycle in a process of its own that must die there."""
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.live.dying"])
    process = server.Process(target=cycle, args=(world.config, place, number, when))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, f"{place} was never reached: {process.exitcode}"


def check_all(world: World, expected: list[Expected], *, twice: int = 0) -> None:
    """Every record is right and there once; at most `twice` letters went out again, under the same Message-ID."""
    letters = world.letters()
    counts = Counter(str(letter["Message-ID"]) for letter in letters)
    assert len(counts) == sum(mail.letter is not None for mail in expected)
    assert len(letters) - len(counts) <= twice, "a letter was sent twice"
    assert max(counts.values()) <= 2
    once = list({str(letter["Message-ID"]): letter for letter in letters}.values())
    assert compare(world.records(), once, expected) == []
    assert world.sql("SELECT count(*) FROM answer WHERE state <> 'sent'")[0][0] == 0
    numbers = [record["receipt_number"] for record in world.records() if record["receipt_number"]]
    assert len(set(numbers)) == len(numbers)
    assert all("\\Seen" in flags for flags in world.flags().values())


@pytest.mark.parametrize(("step", "place", "when"), [*PLACES, (*FILED, "before"), (*FILED, "after")],
                         ids=lambda value: value.rpartition(".")[2])
def test_killed_there_nothing_is_lost_and_nothing_doubled(world: World, step: str, place: str, when: str) -> None:
    expected = four()
    world.put(*expected)
    killed(world, place, 1 if place == FILED[1] else 2, when)
    # A mail that a dead process had in hand is taken up at once; a letter may be on its way and is left alone for a while.
    world.once(HOUR if step.startswith("8") else AT_ONCE)
    check_all(world, expected, twice=int(step == "8 sent, not marked"))
    sent = len(world.smtp.delivered)
    world.once(2 * HOUR)
    assert len(world.smtp.delivered) == sent
    assert len(world.records()) == len(expected)


def test_killed_at_any_moment_again_and_again(world: World) -> None:
    expected, chance = mails()[:24], random.Random(20211108)
    world.put(*expected)
    for _ in range(3):
        process = world.start()
        world.wait(lambda: world.count("SELECT count(*) FROM heartbeat WHERE name = 'poll'") > 0, "a poll")
        time.sleep(chance.uniform(0.2, 2.0))
        process.kill()
        assert process.wait(10) == -signal.SIGKILL
    world.once(HOUR)
    check_all(world, expected, twice=3)


def test_two_daemons_on_one_mailbox(world: World) -> None:
    expected = mails()[:16]
    world.put(*expected[:8])
    due = sum(mail.letter is not None for mail in expected)
    with world.running(), world.running():
        world.wait(lambda: world.decided() > 0, "the first decision")
        world.put(*expected[8:])
        world.wait(lambda: world.filed() == len(expected) and len(world.smtp.delivered) >= due, "all mails done")
    check_all(world, expected)
