"""The demonstration's own servers, asked by a real IMAP client (ours) and a real SMTP client."""

from __future__ import annotations

import datetime as dt
import random
import smtplib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from baosong.demo_server import DemoServers
from core.settings import MailboxSettings
from intake.fetching import Fetched
from intake.filing import Filed
from intake.mailbox import Mailbox
from intake.mailbox_errors import LoginRefused
from intake.uid_lists import new_uids
from tests.support.plain_blobs import PlainBlobs

OFFICE = "zhlzfw@example.test"
SCHOOL = "school@example.test"
CHINA = dt.timezone(dt.timedelta(hours=8))
ARRIVED = dt.datetime(2021, 11, 8, 10, 12, 33, tzinfo=CHINA)


@pytest.fixture
def servers() -> Iterator[DemoServers]:
    with DemoServers({OFFICE: "code", SCHOOL: "other"}) as each:
        yield each


@pytest.fixture
def settings(servers: DemoServers) -> MailboxSettings:
    return MailboxSettings(host="127.0.0.1", port=servers.imap_port, tls="none", user=OFFICE, password="code", timeout=10,
                           chunk_over=100_000, chunk=30_000)


def mails() -> list[bytes]:
    noise = random.Random(7)
    return [
        "Subject: 济南市教育局+智慧助老\r\nMessage-ID: <1@x>\r\n\r\n朱镕基\r\n".encode("gb18030"),
        b"Subject: long\r\n\r\n" + b"x" * 60_000 + b"\r\nend",
        b"Message-ID: <3@x>\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\n--\xff\r\n)\r\n--q--\r\n",
        b"Subject: big\r\n\r\n" + b"\r\n".join(noise.randbytes(60).hex().encode() for _ in range(4000)),
        b"no header at all",
    ]


def test_mails_come_byte_for_byte_with_their_arrival(servers, settings, tmp_path: Path):
    for raw in mails():
        servers.deliver(raw, ARRIVED)
    blobs = PlainBlobs(tmp_path)
    with Mailbox(settings, "1.0") as box:
        assert box.open_folder("INBOX").exists == 5
        got = list(box.fetch_many(box.uids(), blobs))
    assert [blobs.bytes(each.blob) for each in got if isinstance(each, Fetched)] == mails()
    assert {each.internaldate for each in got} == {ARRIVED}
    assert servers.read_mailbox(OFFICE) == mails()


def test_idle_wakes_within_a_second(servers, settings):
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        known = set(box.uids())
        for number in range(3):
            threading.Timer(0.3, servers.deliver, [b"Subject: %d\r\n\r\n" % number]).start()
            started = time.monotonic()
            assert box.wait(15)
            assert time.monotonic() - started < 1.3
            box.open_folder("INBOX")
            fresh = new_uids(box.uids(), known)
            assert len(fresh) == 1
            known.update(fresh)


def test_flags_and_moves(servers, settings):
    for raw in mails():
        servers.deliver(raw, ARRIVED)
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        first, second, *_ = box.uids()
        assert box.file(first, "flag").how == "flagged"
        assert box.file(second, "move:已处理") == Filed("moved")
        assert box.file(second, "move:已处理") == Filed("gone")
        assert "\\Seen" in next(box.overview([first])).flags
        assert box.open_folder("已处理").exists == 1
    assert servers.read_mailbox(OFFICE, "已处理") == [mails()[1]]
    assert len(servers.read_mailbox(OFFICE)) == 4
    assert "已处理" in servers.folders(OFFICE)


def test_other_folders_can_be_filled(servers, settings):
    servers.deliver(mails()[0], ARRIVED, folder="垃圾邮件")
    with Mailbox(settings, "1.0") as box:
        assert box.open_folder("垃圾邮件").exists == 1


def test_a_wrong_password_is_refused(servers, settings):
    with pytest.raises(LoginRefused):
        Mailbox(MailboxSettings(host="127.0.0.1", port=servers.imap_port, tls="none", user=OFFICE, password="x"), "1").connect()


def smtp(servers: DemoServers, user: str = OFFICE, password: str = "code") -> smtplib.SMTP:
    client = smtplib.SMTP("127.0.0.1", servers.smtp_port, timeout=10)
    client.login(user, password)
    return client


def test_letters_are_delivered_by_envelope_and_unchanged(servers):
    letter = b"From: a\r\nTo: somebody@else.test\r\nSubject: =?utf-8?b?5Zue5omn?=\r\n\r\n.dot\r\n..\r\n" + "回执".encode() + b"\r\n" + \
        b"y" * 5000 + b"\r\n"
    with smtp(servers) as client:
        client.sendmail(OFFICE, [SCHOOL, "teacher@qq.test"], letter, mail_options=["BODY=8BITMIME"])
        client.sendmail(OFFICE, [SCHOOL], letter)
    assert servers.read_mailbox(SCHOOL) == [letter, letter]
    assert servers.read_mailbox("Teacher@QQ.test") == [letter]
    assert servers.read_mailbox("somebody@else.test") == []
    assert servers.addresses() == [SCHOOL, "teacher@qq.test", OFFICE]


def test_a_letter_to_the_own_mailbox_wakes_the_reader(servers, settings):
    with Mailbox(settings, "1.0") as box, smtp(servers, SCHOOL, "other") as client:
        box.open_folder("INBOX")
        box.uids()
        threading.Timer(0.3, client.sendmail, [SCHOOL, [OFFICE], b"Subject: x\r\n\r\nx\r\n"]).start()
        assert box.wait(15)


def test_smtp_wants_a_login_and_its_own_sender(servers):
    with smtplib.SMTP("127.0.0.1", servers.smtp_port, timeout=10) as client, pytest.raises(smtplib.SMTPSenderRefused):
        client.sendmail(OFFICE, [SCHOOL], b"x")
    with pytest.raises(smtplib.SMTPAuthenticationError):
        smtp(servers, OFFICE, "wrong")
    with smtp(servers) as client, pytest.raises(smtplib.SMTPSenderRefused) as caught:
        client.sendmail(SCHOOL, [SCHOOL], b"x")
    assert caught.value.smtp_code == 553
    assert servers.read_mailbox(SCHOOL) == []


def test_stopping_with_open_connections_and_starting_anew():
    for _ in range(2):
        servers = DemoServers({OFFICE: "code"})
        started = time.monotonic()
        servers.start()
        assert time.monotonic() - started < 2
        servers.deliver(b"x")
        box = Mailbox(MailboxSettings(host="127.0.0.1", port=servers.imap_port, tls="none", user=OFFICE, password="code"), "1")
        box.open_folder("INBOX")
        servers.stop()
        box.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "demo-servers" and thread.is_alive()]
