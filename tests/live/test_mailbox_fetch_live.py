"""Reading mails off a real Dovecot, byte for byte, whatever the way there does to them."""

from __future__ import annotations

import hashlib
import time
import tracemalloc
from dataclasses import replace

import pytest

from intake.fetching import Fetched, TooLarge, Unfetchable, Vanished
from intake.mailbox import Mailbox
from intake.mailbox_errors import Disconnected, MailboxError, Unreachable
from intake.uid_lists import new_uids
from tests.support.imap_proxy import Quirks
from tests.support.mailbox_world import ARRIVED, fill, mail, through

pytestmark = pytest.mark.live


ODD_MAILS = {
    "raw gbk headers": "Subject: 济南市教育局+智慧助老\r\nFrom: 张三 <a@b.cn>\r\n\r\n正文\r\n".encode("gbk"),
    "gb18030 only characters": "Subject: 朱镕基𠀀\r\n\r\n喆\r\n".encode("gb18030"),
    "bare lf": b"Subject: x\nMessage-ID: <lf@x>\n\nline\nline\n",
    "bare cr": b"Subject: x\r\n\r\nold\rmac\r\n",
    "no header": b"\r\njust text\r\n",
    "no body": b"Subject: x\r\n",
    "no end of line": b"Subject: x\r\n\r\nend without",
    "looks like imap": b"Subject: x\r\n\r\n)\r\nA001 OK done\r\n* BYE\r\n{5}\r\n. \r\n.\r\n",
    "long line": b"Subject: x\r\n\r\n" + b"y" * 300_000 + b"\r\n",
    "every byte but nul": b"Subject: x\r\n\r\n" + bytes(range(1, 256)).replace(b"\n", b"").replace(b"\r", b"") * 30,
    "mbox from": b"From a@b Mon Jan  1 00:00:00 2021\r\nSubject: x\r\n\r\nFrom here\r\n",
    "one byte": b"x",
}


@pytest.mark.parametrize("name", ODD_MAILS)
def test_odd_mails_come_byte_for_byte(dovecot, user, settings, blobs, name):
    raw = ODD_MAILS[name]
    dovecot.append(user, raw, ARRIVED)
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        got = box.fetch(1, blobs)
    stored = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")  # RFC 3501 knows CRLF only: Dovecot mends bare LF
    assert blobs.bytes(got.blob) == stored
    assert got.size == len(stored)


def test_mails_with_nul_arrive(dovecot, user, settings, blobs):
    """IMAP has no NUL in literals; Dovecot stores 0x80 for it. What counts: the mail comes and harms nobody."""
    dovecot.append(user, b"Subject: x\r\n\r\na\x00b\r\n")
    dovecot.append(user, mail(2))
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        first, second = box.fetch_many(box.uids(), blobs)
    assert len(blobs.bytes(first.blob)) == len(b"Subject: x\r\n\r\na\x00b\r\n")
    assert blobs.bytes(second.blob) == mail(2)


def test_fetching_marks_nothing_as_read(dovecot, user, settings, blobs):
    fill(dovecot, user, 3)
    dovecot.append(user, mail(9, 400_000))
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        list(box.overview(box.uids()))
        list(box.fetch_many(box.uids(), blobs))
    assert all("\\Seen" not in flags for flags, _ in dovecot.mails(user).values())


def test_many_small_mails_take_few_commands_and_keep_their_order(dovecot, user, settings, proxy, blobs):
    raws = fill(dovecot, user, 60)
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        got = list(box.fetch_many([*box.uids(), 1, 2], blobs))
    assert [each.uid for each in got] == list(range(1, 61))
    assert [blobs.bytes(each.blob) for each in got] == raws
    assert len(proxy.sent("FETCH")) == 4  # one for the sizes, 25 + 25 + 10 mails


@pytest.mark.slow
def test_a_mail_of_70_mb_needs_a_few_mb(dovecot, user, settings, blobs):
    raw = mail(1, 70_000_000)
    digest = hashlib.sha256(raw).hexdigest()
    dovecot.append(user, raw, ARRIVED)
    del raw
    own = replace(settings, chunk_over=8 * 2**20, chunk=2**20)
    with Mailbox(own, "1.0") as box:
        box.open_folder("INBOX")
        tracemalloc.start()
        got = box.fetch(1, blobs)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert got.blob.sha256 == digest
    assert got.size > 70_000_000
    assert peak < 8 * 2**20


@pytest.mark.parametrize("quirks", [
    {"size_factor": 0.0}, {"size_factor": 0.1}, {"size_factor": 0.9}, {"size_factor": 1.1}, {"size_factor": 5.0},
    {"cap_partial": 7_777}, {"cap_partial": 1}, {"ignore_partial": True}, {"ignore_partial": True, "size_factor": 0.0},
    {"refuse": {r"BODY\.PEEK\[\]<": "BAD no partial fetch"}},
], ids=str)
@pytest.mark.parametrize("size", [200_500, 250_000])
def test_no_announcement_about_sizes_is_believed(dovecot, user, settings, proxy, blobs, quirks, size):
    if quirks.get("cap_partial") == 1:
        settings = replace(settings, chunk_over=100)
        size //= 1000
    raws = [mail(1, size), mail(2, 50)]
    for raw in raws:
        dovecot.append(user, raw)
    proxy.quirks = Quirks(**quirks)
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        got = list(box.fetch_many(box.uids(), blobs))
    assert [blobs.bytes(each.blob) for each in got] == raws


def test_a_mail_over_the_limit_is_recorded_by_its_header(dovecot, user, settings, blobs):
    dovecot.append(user, mail(1, 500_000), ARRIVED)
    dovecot.append(user, mail(2), ARRIVED)
    with Mailbox(settings, "1.0", limit=300_000) as box:
        box.open_folder("INBOX")
        large, small = box.fetch_many(box.uids(), blobs)
    assert isinstance(large, TooLarge)
    assert (large.internaldate, large.message_id) == (ARRIVED, "<1@example.test>")
    assert large.size > 500_000
    assert blobs.bytes(large.blob) == mail(1, 500_000).split(b"\r\n\r\n")[0] + b"\r\n\r\n"
    assert isinstance(small, Fetched)


@pytest.mark.parametrize("factor", [0.0, 0.5])
def test_a_mail_over_the_limit_is_stopped_whatever_was_announced(dovecot, user, settings, proxy, blobs, factor):
    dovecot.append(user, mail(1, 500_000), ARRIVED)
    proxy.quirks.size_factor = factor
    with Mailbox(through(settings, proxy), "1.0", limit=300_000) as box:
        box.open_folder("INBOX")
        got = box.fetch(1, blobs)
    assert isinstance(got, TooLarge)
    assert got.message_id == "<1@example.test>"
    assert not list(blobs.folder.glob("part-*"))


def test_a_mail_that_vanished_concerns_nobody_else(dovecot, user, settings, blobs):
    raws = fill(dovecot, user, 4)
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        uids = box.uids()
        other = dovecot.admin(user)
        other.select("INBOX")
        other.uid("STORE", "2", "+FLAGS", "(\\Deleted)")
        other.expunge()
        other.logout()
        got = list(box.fetch_many(uids, blobs))
    assert got[1] == Vanished(2)
    assert [blobs.bytes(each.blob) for each in got if isinstance(each, Fetched)] == [raws[0], raws[2], raws[3]]


def test_a_mail_the_server_does_not_hand_over_concerns_nobody_else(dovecot, user, settings, proxy, blobs):
    """Zammad #2754: one poisonous mail stopped the intake for days."""
    fill(dovecot, user, 5)
    proxy.quirks.refuse[r"UID FETCH ([\d,]*,)?3(,[\d,]*)? \(BODY"] = "NO [SERVERBUG] internal error on message 3"
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        got = list(box.fetch_many(box.uids(), blobs))
    assert [type(each) for each in got] == [Fetched, Fetched, Unfetchable, Fetched, Fetched]
    assert "internal error" in got[2].server_text


def test_a_mail_that_kills_the_connection_comes_last_and_is_reported(dovecot, user, settings, proxy, blobs):
    raws = fill(dovecot, user, 2)
    raws.append(mail(2, 150_000))
    dovecot.append(user, raws[2])
    raws += [mail(3), mail(4)]
    for raw in raws[3:]:
        dovecot.append(user, raw)
    proxy.quirks = Quirks(drop_in_literal=100_000, drops=100)
    box = Mailbox(through(settings, proxy), "1.0")
    known: dict[int, bytes] = {}
    reports = []
    for _ in range(6):
        try:
            box.open_folder("INBOX")
            for each in box.fetch_many(new_uids(box.uids(), known.keys()), blobs):
                if isinstance(each, Fetched):
                    known[each.uid] = blobs.bytes(each.blob)
                else:
                    reports.append(each)
        except MailboxError:
            continue
    box.close()
    assert known == {uid: raws[uid - 1] for uid in (1, 2, 4, 5)}
    assert [type(each) for each in reports] == [Unfetchable]
    assert reports[0].uid == 3


@pytest.mark.parametrize("cut", [600, 1_500, 3_333, 5_000, 20_000, 61_000, 100_000, 260_007])
def test_a_dropped_connection_loses_nothing_and_doubles_nothing(dovecot, user, settings, proxy, blobs, cut):
    raws = [mail(number, size) for number, size in enumerate([10, 9_000, 260_000, 0, 30_000, 500, 120_000])]
    for raw in raws:
        dovecot.append(user, raw)
    proxy.quirks.drop_after = cut
    proxy.quirks.drops = 4
    box = Mailbox(replace(through(settings, proxy), chunk=20_000, chunk_over=50_000), "1.0")
    ledger: list[tuple[int, bytes]] = []
    for _ in range(12):
        try:
            box.open_folder("INBOX")
            for each in box.fetch_many(new_uids(box.uids(), {uid for uid, _ in ledger}), blobs):
                if isinstance(each, Fetched):
                    ledger.append((each.uid, blobs.bytes(each.blob)))
                else:  # three connections lost over one mail are worth a report, and then another try
                    assert isinstance(each, Unfetchable)
        except (Disconnected, Unreachable):
            continue
    box.close()
    assert sorted(ledger) == list(enumerate(raws, 1))
    assert proxy.quirks.drops == 0


def test_arrival_is_the_servers_date_not_the_senders(dovecot, user, settings, blobs):
    """FreeScout #3380: the sender's clock decides nothing."""
    dovecot.append(user, mail(1, Date="Fri, 1 Jan 1999 00:00:00 +0800"), ARRIVED)
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        assert box.fetch(1, blobs).internaldate == ARRIVED


def test_a_mail_that_search_and_fetch_hide_does_not_keep_the_daemon_awake(dovecot, user, settings, proxy):
    fill(dovecot, user, 3)
    proxy.quirks.refuse["SEARCH|FETCH"] = "NO broken index"
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        assert box.uids() == ()
        started = time.monotonic()
        assert not box.wait(1.5)
        assert time.monotonic() - started > 1.4
