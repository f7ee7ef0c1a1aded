"""Messages to staff: made once, claimed by one, marked once, on both databases, also by several at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from core.codec import Json
from core.findings import Finding, Severity
from storage.database import Database
from storage.digest import DigestOptions, held_mails, letter_states, read_digest, waiting_for_people
from storage.errors import LeaseLost
from storage.ledger import Ledger
from storage.notices import Notices
from storage.rows import AlertRow
from storage.watch import Watch
from tests.notifier.letter_samples import campaign
from tests.storage.samples import LEASE, MINUTE, NOW, decided

DAY = timedelta(days=1)


def word(rows: Sequence[AlertRow]) -> Mapping[str, Json]:
    return {"codes": [row.code for row in rows]}


def tell(notices: Notices, channels: Sequence[str] = ("mail", "wecom"), later: timedelta = timedelta()) -> int:
    return notices.tell_alerts(channels, NOW + later, kind="alerts", pace=5 * MINUTE, again_after=DAY, word=word)


def test_alerts_are_told_together_once(database: Database) -> None:
    watch, notices = Watch(database), Notices(database)
    watch.raise_alert("a", "甲。", NOW)
    watch.raise_alert("b", "乙。", NOW)
    assert tell(notices) == 2
    assert tell(notices, later=MINUTE) == 0
    made = notices.due(NOW)
    assert [(row.channel, row.content) for row in made] == [("mail", {"codes": ["a", "b"]}), ("wecom", {"codes": ["a", "b"]})]
    watch.raise_alert("c", "丙。", NOW + MINUTE)
    assert tell(notices, later=4 * MINUTE) == 0, "not so soon after the last"
    watch.resolve_alert("a", NOW + 2 * MINUTE)
    assert tell(notices, later=5 * MINUTE) == 2
    assert notices.last("alerts").content == {"codes": ["a", "c"]}  # type: ignore[union-attr]
    assert tell(notices, later=20 * MINUTE) == 0
    assert tell(notices, later=DAY + MINUTE) == 1, "b is still open"
    assert tell(notices, channels=(), later=2 * DAY) == 0


def test_a_key_exists_once_for_each_channel(database: Database) -> None:
    notices = Notices(database)
    first = notices.make("digest:2021-11-09", "digest", {"x": 1}, ("mail", "wecom"), NOW)
    assert len(first) == 2
    assert notices.make("digest:2021-11-09", "digest", {"x": 2}, ("mail", "wecom", "feishu"), NOW + MINUTE) != ()
    rows = notices.by_key("digest:2021-11-09")
    assert [(row.channel, row.content["x"]) for row in rows] == [("mail", 1), ("wecom", 1), ("feishu", 2)]


def test_claimed_by_one_sent_once(database: Database) -> None:
    notices = Notices(database)
    (one,) = notices.make("k", "alerts", {}, ("mail",), NOW)
    assert notices.claim(one, "a", NOW - MINUTE, LEASE) is None, "not due"
    claimed = notices.claim(one, "a", NOW, LEASE)
    assert claimed is not None
    assert claimed.attempts == 1
    assert notices.claim(one, "b", NOW, LEASE) is None
    with pytest.raises(LeaseLost):
        notices.mark_later(one, "b", NOW, "x")
    notices.mark_later(one, "a", NOW + MINUTE, "451 busy")
    assert notices.due(NOW) == ()
    assert notices.claim(one, "b", NOW + MINUTE, LEASE) is not None
    notices.mark_sent(one, NOW + MINUTE, "250 ok")
    (row,) = notices.recent()
    assert (row.state, row.sent_at, row.response, row.attempts) == ("sent", NOW + MINUTE, "250 ok", 2)
    notices.sweep(NOW + DAY, NOW + DAY)
    assert notices.recent()[0].state == "sent"


def test_sweep_frees_the_dead_and_gives_up_the_old(database: Database) -> None:
    notices = Notices(database)
    one, two = notices.make("k", "alerts", {}, ("mail", "wecom"), NOW)
    notices.claim(one, "dead", NOW, LEASE)
    notices.sweep(NOW + LEASE - MINUTE, NOW - DAY)
    assert notices.claim(one, "b", NOW + LEASE, LEASE) is None
    notices.sweep(NOW + LEASE, NOW - DAY)
    assert notices.claim(one, "b", NOW + LEASE, LEASE) is not None
    notices.sweep(NOW + DAY, NOW + MINUTE)
    states = {row.id: (row.state, row.response) for row in notices.recent()}
    assert states[two] == ("failed", "过期未发")
    notices.sweep(NOW + 2 * DAY, NOW + MINUTE)
    assert {row.state for row in notices.recent()} == {"failed"}


def test_two_daemons_make_one_message(database: Database) -> None:
    Watch(database).raise_alert("a", "甲。", NOW)
    barrier, told = threading.Barrier(4), []

    def work() -> None:
        barrier.wait(10)
        told.append(tell(Notices(database), ("mail",)))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == [0, 0, 0, 1]
    assert len(Notices(database).recent()) == 1


def test_the_digest_reads_how_things_stand(database: Database) -> None:
    decided(database)
    decided(database, verdict="review", reporting_unit=None, items=(), links=(), answers=(), receipt_number="ZL-0002-Y",
            findings=(Finding("unit.unknown", Severity.REVIEW, "单位待核定。"),))  # fmt: skip
    Ledger(database).record_folder(account="jiaowu@example.test", folder="INBOX", uidvalidity=7, count=2, now=NOW)
    Watch(database).raise_alert("disk.full", "磁盘将满。", NOW)
    Watch(database).raise_alert("deadline.near.1", "还有1天。", NOW)
    options = DigestOptions(campaign(), ("济南市教育局", "青岛市教育局"), missing_within=30, page="http://x/", disk_free_mb=9)
    digest = read_digest(database, options, NOW - DAY, NOW + MINUTE)
    assert (digest.received, digest.correction, digest.review, digest.waiting, digest.sent) == (2, 1, 1, 1, 0)
    assert [(unit.unit, unit.received, unit.correction, unit.review) for unit in digest.units] == [("济南市教育局", 1, 1, 0), ("", 1, 0, 1)]
    assert [(folder.name, folder.mailbox, folder.ledger) for folder in digest.folders] == [("INBOX", 2, 2)]
    assert [alert.code for alert in digest.alerts] == ["disk.full"], "the deadline stands with its batch"
    first = digest.batches[0]
    assert (first.incomplete, first.units, first.units_in_register) == (1, 1, 2)
    assert first.missing in (("青岛市教育局",), ())
    assert (digest.todo_total, digest.todo[0].number) == (1, "ZL-0002-Y")
    stale = read_digest(database, options, NOW, NOW + DAY)
    assert stale.folders[0].mailbox is None, "a look of yesterday says nothing of today"
    assert letter_states(database) == {"waiting": 1}
    assert held_mails(database) == 0
    assert waiting_for_people(database, campaign(), limit=0) == ((), 1)
