"""The daemon as it runs in an office: a process of its own, a real mailbox, a real SMTP server; forty-odd mails, every
record and every letter compared with what was written down before. Then the mailbox misbehaves."""

from __future__ import annotations

import datetime as dt
import json
import random
from dataclasses import replace

import pytest

from intake.mailbox_errors import Disconnected
from tests.live.daemon_mails import FIRST_BATCH, Expected, mails, pair
from tests.live.daemon_world import World, compare
from tests.support.imap_proxy import ImapProxy, like_163
from tests.support.mail_builder import File, compose

pytestmark = pytest.mark.live


def some(count: int = 4) -> list[Expected]:
    """A few right mails, a faulty one, one that gets no answer."""
    every = mails()
    return [*every[: count - 2], *(mail for mail in every if mail.name in ("no scan", "question"))]


def due_letters(expected: list[Expected]) -> int:
    return sum(mail.letter is not None for mail in expected)


def settled(world: World, expected: list[Expected]) -> bool:
    """Everything is decided, filed and answered."""
    return world.filed() == len(expected) and len(world.smtp.delivered) >= due_letters(expected)


def seen_before_commit(world: World) -> set[int]:
    """UIDs that bear the flag while their decision is not committed. The flags are looked at first."""
    flagged = {uid for uid, flags in world.flags().items() if "\\Seen" in flags}
    decided = {uid for (uid,) in world.sql("SELECT uid FROM message WHERE decided_at IS NOT NULL")} if flagged else set()
    return flagged - decided


def test_every_mail_is_recorded_and_answered_as_expected(world: World) -> None:
    expected = mails()
    assert len(expected) >= 40
    (world.folder / "baosong.db").unlink()  # from nothing, as on the first day
    world.put(*expected[:30])
    early: set[int] = set()
    with world.running():
        world.wait(lambda: world.decided() > 0, "the first decision")
        world.put(*expected[30:])  # the rest while it works
        world.wait(lambda: bool(early.update(seen_before_commit(world))) or settled(world, expected), "all mails done")
    assert early == set(), "flagged as seen before their decision was committed"
    exported = [json.loads(line) for line in world.command("export", "jsonl").stdout.splitlines()]
    assert compare(exported, world.letters(), expected) == []
    assert all("\\Seen" in flags for flags in world.flags().values())
    assert world.alerts() == {}
    with world.running():  # a second start finds nothing to do
        beats = "SELECT count(*) FROM heartbeat WHERE name = 'poll'"
        world.sql("DELETE FROM heartbeat")
        world.wait(lambda: world.count(beats) == 1, "a poll")
    assert len(world.smtp.delivered) == due_letters(expected)
    assert len(world.records()) == len(expected)


def test_the_comparison_itself_notices_what_is_wrong(world: World) -> None:
    expected = some()
    world.put(*expected)
    world.once()
    records, letters = world.records(), world.letters()
    assert compare(records, letters, expected) == []
    right, faulty = expected[0], expected[-2]
    for changed in (
        replace(right, verdict="review"), replace(right, unit="山东大学"), replace(right, letter=None), replace(right, sender="x@y.test"),
        replace(right, batch=2), replace(right, items=()), replace(right, arrives=right.arrives + dt.timedelta(seconds=1)),
        replace(right, says=("决无此语",)),
    ):  # fmt: skip
        assert compare(records, letters, [changed, *expected[1:]]), changed
    assert compare(records, letters, [*expected[:-2], replace(faulty, codes=frozenset()), expected[-1]])
    assert compare(records, [*letters, letters[0]], expected)
    assert compare(records, letters[1:], expected)
    assert compare([*records, records[0]], letters, expected)


def test_a_mailbox_like_163(world_by_proxy: World, proxy: ImapProxy) -> None:
    world, expected = world_by_proxy, some(6)
    proxy.quirks = like_163()
    world.put(*expected[:-1])
    with world.running():
        world.wait(lambda: world.decided() == len(expected) - 1, "the first mails")
        world.put(expected[-1])  # no IDLE: noticed by the next poll
        world.wait(lambda: settled(world, expected), "the later mail", 40)
    assert compare(world.records(), world.letters(), expected) == []
    assert all("\\Seen" in flags for flags in world.flags().values())
    assert proxy.sent("^IDLE") == []
    assert proxy.sent("^(FETCH|STORE|COPY|MOVE|SEARCH) ") == [], "mails are named by UID, never by their place in the list"
    assert proxy.sent("CHARSET") == []
    for connection in range(1, proxy.connections + 1):
        words = [command.split(" ")[0].upper() for command in proxy.on(connection)]
        assert "SELECT" not in words or words.index("ID") < words.index("SELECT")


def test_the_daemon_comes_back_after_a_lost_connection(world_by_proxy: World, proxy: ImapProxy) -> None:
    world, expected = world_by_proxy, some(6)
    proxy.quirks.drop_in_literal = 3000
    world.put(*expected)
    with world.running():
        world.wait(lambda: settled(world, expected), "all mails", 80)
    assert proxy.quirks.drops == 0
    assert compare(world.records(), world.letters(), expected) == []


def test_what_came_before_the_connection_was_lost_is_not_fetched_again(world_by_proxy: World, proxy: ImapProxy) -> None:
    world, last = world_by_proxy, some(4)
    asked = [Expected(f"question {n}", compose("163", subject=f"请问{n}", text="请问何时截止？", message_id=f"<q{n}@x.test>"), verdict="ignored",
                      letter=None, kind="unrelated", items=(), batch=None, message_id=f"<q{n}@x.test>") for n in range(30)]  # fmt: skip
    last[0] = replace(last[0], raw=last[0].raw + b"\r\n" * 100_000)  # behind the last boundary
    expected = [*asked, *last]
    proxy.quirks.drop_in_literal, proxy.quirks.drops = 150_000, 2
    world.put(*expected)
    for _ in range(2):
        with pytest.raises(Disconnected):
            world.once()
        kept = world.count("SELECT count(*) FROM message")
        assert 25 <= kept < len(expected)
    assert world.once().fetched == len(expected) - kept
    assert compare(world.records(), world.letters(), expected) == []


def test_a_rebuilt_mailbox_brings_nothing_twice(world: World) -> None:
    expected = some(6)
    world.put(*expected[:-1])
    world.once()
    before = [record["receipt_number"] for record in world.records()]
    world.dovecot.forget_uids(world.user)
    world.put(expected[-1])  # and a new mail, whose UID another mail had before
    assert world.once().fetched == 1
    records = world.records()
    assert compare(records, world.letters(), expected) == []
    assert [record["receipt_number"] for record in records[: len(before)]] == before
    validities = {record["source"].split(";")[1] for record in records}
    assert len(validities) == 1, "known mails have got their new UIDs"


def test_a_wrong_password_is_tried_once_and_told(world_by_proxy: World, proxy: ImapProxy) -> None:
    world = world_by_proxy
    world.write_config(password="web-password")
    with world.running():
        world.wait(lambda: "mailbox.login" in world.alerts() if world.count("SELECT count(*) FROM alert") else False, "an alert")
        seconds = 13  # longer than the interval of polls
        until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
        world.wait(lambda: dt.datetime.now(dt.UTC) > until, "time", seconds + 5)
    text = world.alerts()["mailbox.login"]
    assert "登录被拒" in text
    assert "授权码" in text or "密码" in text
    assert "下次尝试" in text
    assert "web-password" not in text + world.log()
    assert len(proxy.sent("^(LOGIN|AUTHENTICATE) ")) == 1


def test_the_same_on_postgresql(world: World, postgres_url: str) -> None:
    world.database = postgres_url
    world.write_config()
    expected = some(8)
    world.put(*expected)
    with world.running():
        world.wait(lambda: settled(world, expected), "all mails")
    assert compare(world.records(), world.letters(), expected) == []


def test_any_bytes_as_a_mail_are_recorded_and_the_others_go_on(world: World) -> None:
    expected, chance = some(4), random.Random(7)
    unit = "山东警察学院"
    words = pair(unit)
    broken = [File(words[0].name, words[0].data[:900]), File(words[1].name, b"%PDF-1.7\n" + chance.randbytes(3000))]
    raws = [
        b"\r\n", b"\0", chance.randbytes(5000), b"Subject: " + bytes(range(128, 256)) + b"\r\n\r\n" + bytes(range(256)),
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 400,
        b"Subject: =?utf-8?b?5Lit5paH5paH5paH?=\r\nContent-Transfer-Encoding: base64\r\nContent-Type: application/pdf; name==?gbk?b?//8=?=\r\n\r\n%%%%",
        compose("foxmail", subject=f"{unit}+智慧助老", text="见附件", files=broken, sender=("某", "broken@x.test"), message_id="<broken@x.test>"),
    ]  # fmt: skip
    odd = [Expected(f"odd {number}", raw, arrives=FIRST_BATCH) for number, raw in enumerate(raws)]
    world.put(*odd[:4], *expected, *odd[4:])
    world.once()
    records = world.records()
    assert len(records) == len(odd) + len(expected)
    known = {mail.message_id for mail in expected}
    assert compare([r for r in records if r["message_id"] in known], [
        letter for letter in world.letters() if str(letter["In-Reply-To"]) in known], expected) == []
    for record in (r for r in records if r["message_id"] not in known):
        assert record["message_id"] == "<broken@x.test>" or not record["answers"], record
    stored = {path.read_bytes() for path in (world.folder / "data" / "blobs").rglob("*") if path.is_file()}
    for number, (_, raw) in world.dovecot.mails(world.user).items():
        assert raw in stored, f"the bytes of UID {number} are not kept"
