"""The mailbox against a real Dovecot, as it is and disguised as other people's servers by a proxy."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import threading
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.settings import MailboxSettings
from intake import mailbox as mailbox_module
from intake.fetching import Fetched, TooLarge, Unfetchable, Vanished
from intake.filing import Filed, NotFiled
from intake.folder_names import encode_name
from intake.mailbox import Mailbox
from intake.mailbox_errors import Disconnected, FolderMissing, LoginRefused, MailboxError, Unreachable
from intake.uid_lists import LedgerState, Same, ValidityChanged, compare, new_uids
from tests.support.dovecot import Dovecot, available
from tests.support.imap_proxy import ImapProxy, Quirks, like_163
from tests.support.plain_blobs import PlainBlobs

pytestmark = [pytest.mark.live, pytest.mark.skipif(not available(), reason="dovecot-imapd, dovecot-lmtpd not installed")]

CHINA = dt.timezone(dt.timedelta(hours=8))
ARRIVED = dt.datetime(2021, 11, 8, 10, 12, 33, tzinfo=CHINA)
JUNK = encode_name("垃圾邮件")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Dovecot]:
    with Dovecot() as server:
        yield server


@pytest.fixture
def user(dovecot: Dovecot) -> str:
    name = f"u{next(_numbers)}@example.test"
    dovecot.add_user(name, "code-123")
    return name


@pytest.fixture
def settings(dovecot: Dovecot, user: str) -> MailboxSettings:
    return MailboxSettings(host="localhost", port=dovecot.imaps_port, ca_file=dovecot.ca_file, user=user, password="code-123",
                           timeout=10, chunk_over=200_000, chunk=50_000)


@pytest.fixture
def blobs(tmp_path: Path) -> PlainBlobs:
    return PlainBlobs(tmp_path)


@pytest.fixture
def proxy(dovecot: Dovecot) -> Iterator[ImapProxy]:
    with ImapProxy(dovecot.imap_port) as each:
        yield each


def through(settings: MailboxSettings, proxy: ImapProxy) -> MailboxSettings:
    return replace(settings, port=proxy.port, tls="none")


def mail(number: int, size: int = 200, **headers: str) -> bytes:
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    line = f"line of mail {number} ".encode() * 4 + b"\r\n"
    body = (line * (size // len(line) + 1))[:size]
    return f"Message-ID: <{number}@example.test>\r\nSubject: {number}\r\n{extra}\r\n".encode() + body


def fill(dovecot: Dovecot, user: str, count: int, size: int = 200) -> list[bytes]:
    raws = [mail(number, size) for number in range(count)]
    for raw in raws:
        dovecot.append(user, raw, ARRIVED)
    return raws


# -- connecting


@pytest.mark.parametrize("tls", ["tls", "starttls", "none"])
def test_every_way_to_connect_reads_the_same_mail(dovecot, user, settings, blobs, tls):
    raw = mail(1)
    dovecot.append(user, raw, ARRIVED)
    port = dovecot.imaps_port if tls == "tls" else dovecot.imap_port
    with Mailbox(replace(settings, tls=tls, port=port), "1.0") as box:
        state = box.open_folder("INBOX")
        assert (state.exists, box.uids()) == (1, (1,))
        got = box.fetch(1, blobs)
    assert isinstance(got, Fetched)
    assert blobs.bytes(got.blob) == raw
    assert (got.internaldate, got.internaldate.utcoffset() is not None) == (ARRIVED, True)
    assert got.message_id == "<1@example.test>"


def test_an_unknown_certificate_is_refused_with_advice_and_no_password_is_sent(dovecot, settings):
    for tls, port in (("tls", dovecot.imaps_port), ("starttls", dovecot.imap_port)):
        with pytest.raises(Unreachable) as caught:
            Mailbox(replace(settings, ca_file=None, tls=tls, port=port), "1.0").connect()
        assert "证书" in caught.value.reason
        assert "ca_file" in caught.value.advice
    assert "unknown ca" in dovecot.log().lower()


def test_tls_on_a_plain_port_and_a_missing_starttls_are_explained(dovecot, settings, proxy):
    with pytest.raises(Unreachable):
        Mailbox(replace(settings, port=dovecot.imap_port), "1.0").connect()
    proxy.quirks.strip = frozenset({"STARTTLS"})
    with pytest.raises(Unreachable, match="STARTTLS"):
        Mailbox(replace(settings, port=proxy.port, tls="starttls"), "1.0").connect()
    assert not proxy.sent("LOGIN")


def test_nobody_listening(settings):
    with pytest.raises(Unreachable, match="拒绝连接"):
        Mailbox(replace(settings, port=1), "1.0").connect()


def test_a_wrong_code_is_tried_once_and_explained(settings, proxy):
    box = Mailbox(replace(through(settings, proxy), password="wrong-code"), "1.0")
    with pytest.raises(LoginRefused) as caught:
        box.connect()
    assert len(proxy.sent("^LOGIN")) == 1
    assert "授权码" in caught.value.reason
    assert caught.value.advice
    assert "wrong-code" not in str(caught.value)
    assert not box.connected


def test_id_comes_between_login_and_select_on_every_connection(dovecot, user, settings, proxy):
    proxy.quirks = like_163()
    box = Mailbox(through(settings, proxy), "2.5")
    for _ in range(3):
        box.open_folder("INBOX")
        proxy.cut()
        with pytest.raises(Disconnected):
            box.uids()
    box.close()
    assert proxy.connections == 3
    for number in (1, 2, 3):
        words = [command.split(" ")[0].upper() for command in proxy.on(number)]
        assert words.index("LOGIN") < words.index("ID") < words.index("SELECT")
    sent = proxy.sent("^ID ")[0]
    for field in ("name", "version", "2.5", "vendor", "support-email", user):
        assert f'"{field}"' in sent
    assert '""' not in sent


def test_unsafe_login_says_what_to_do(settings, proxy):
    proxy.quirks = like_163()
    proxy.quirks.strip = frozenset({"ID"})  # so that nobody tells it who we are
    with pytest.raises(LoginRefused) as caught, Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
    assert "Unsafe Login" in caught.value.reason
    assert "IMAP" in caught.value.advice


def test_capabilities_shown_only_after_the_login_are_used(settings, proxy):
    proxy.quirks.hide_before_login = True
    proxy.quirks.needs_id = True
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        assert box.about().can_idle


def test_a_server_without_auth_plain_still_gets_its_login(settings, proxy):
    proxy.quirks.strip = frozenset({"AUTH=PLAIN", "AUTH=LOGIN", "SASL-IR"})
    with Mailbox(through(settings, proxy), "1.0") as box:
        assert box.connected


def test_logindisabled_is_a_refusal_without_sending_the_password(settings, proxy):
    proxy.quirks.add = ("LOGINDISABLED",)
    with pytest.raises(LoginRefused):
        Mailbox(through(settings, proxy), "1.0").connect()
    assert not proxy.sent("LOGIN|AUTHENTICATE")


def test_a_server_that_refuses_id_is_read_all_the_same(settings, proxy):
    proxy.quirks.refuse["^ID "] = "BAD command unknown"
    with Mailbox(through(settings, proxy), "1.0") as box:
        assert box.open_folder("INBOX").exists == 0


def test_a_busy_server_is_not_a_refused_account(settings, proxy):
    proxy.quirks.refuse["^LOGIN"] = "NO [UNAVAILABLE] Temporary authentication failure."
    with pytest.raises(Unreachable):
        Mailbox(through(settings, proxy), "1.0").connect()


def test_a_connection_lost_during_the_login_is_not_a_refused_account(settings, proxy):
    proxy.quirks.drop_after = 150  # the greeting is longer than nothing, the login's answer does not come through
    with pytest.raises(Unreachable):
        Mailbox(through(settings, proxy), "1.0").connect()


def test_a_silent_server_times_out(dovecot, user, settings, proxy):
    dovecot.append(user, mail(1))
    box = Mailbox(replace(through(settings, proxy), timeout=1), "1.0")
    box.open_folder("INBOX")
    proxy.quirks.mute = True
    started = time.monotonic()
    with pytest.raises(Disconnected, match="超时"):
        box.uids()
    assert time.monotonic() - started < 4
    assert not box.connected


# -- folders


def test_folders_are_found_by_chinese_name_flag_and_wire_name(dovecot, user, settings):
    dovecot.append(user, mail(1), folder=JUNK)
    with Mailbox(settings, "1.0") as box:
        assert {"INBOX", "垃圾邮件", "已发送"} <= {folder.name for folder in box.folders()}
        for name in ("垃圾邮件", "\\Junk", JUNK, "Junk", " 垃圾邮件 "):
            state = box.open_folder(name)
            assert (state.exists, len(box.uids())) == (1, 1), name
        assert box.open_folder("inbox").exists == 0
        assert box.open_folder("收件箱").exists == 0


def test_a_missing_folder_is_reported_and_the_others_go_on(settings):
    with Mailbox(settings, "1.0") as box:
        with pytest.raises(FolderMissing) as caught:
            box.open_folder("广告邮件")
        assert caught.value.folder == "广告邮件"
        assert "垃圾邮件" in caught.value.reason  # says what is there
        assert box.open_folder("垃圾邮件").exists == 0


def test_folders_can_be_opened_where_list_is_refused(settings, proxy):
    proxy.quirks.refuse["^LIST|^XLIST"] = "NO not today"
    with Mailbox(through(settings, proxy), "1.0") as box:
        assert box.open_folder("垃圾邮件").exists == 0
        with pytest.raises(FolderMissing):
            box.open_folder("没有这个")


def test_uidvalidity_change_is_noticed(dovecot, user, settings):
    fill(dovecot, user, 2)
    with Mailbox(settings, "1.0") as box:
        before = box.open_folder("INBOX")
        assert isinstance(compare(before, LedgerState(before.uidvalidity)), Same)
    time.sleep(1.1)  # Dovecot takes the time in seconds for it
    dovecot.forget_uids(user)
    with Mailbox(settings, "1.0") as box:
        after = box.open_folder("INBOX")
        assert compare(after, LedgerState(before.uidvalidity)) == ValidityChanged(before.uidvalidity, after.uidvalidity)
        assert len(box.uids()) == 2


# -- listing


def test_163s_answers_suffice(dovecot, user, settings, proxy, blobs):
    proxy.quirks = like_163()
    raws = fill(dovecot, user, 5)
    with Mailbox(through(settings, proxy), "1.0") as box:
        assert box.open_folder("INBOX").exists == 5
        got = list(box.fetch_many(box.uids(), blobs))
    assert [blobs.bytes(each.blob) for each in got] == raws
    assert not proxy.sent("CHARSET|BODYSTRUCTURE|ENVELOPE|UIDNEXT|IDLE|NAMESPACE|ENABLE|CONDSTORE")


@pytest.mark.parametrize("refusal", ["NO SEARCH not supported", "BAD UID SEARCH invalid argument"])
def test_without_search_the_uids_are_fetched(dovecot, user, settings, proxy, monkeypatch, refusal):
    monkeypatch.setattr(mailbox_module, "NUMBERS_AT_ONCE", 7)
    fill(dovecot, user, 20)
    proxy.quirks.refuse["SEARCH"] = refusal
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        assert box.uids() == tuple(range(1, 21))


def test_large_folders_are_listed_in_pieces(dovecot, user, settings, proxy, monkeypatch):
    monkeypatch.setattr(mailbox_module, "SEARCH_AT_ONCE", 6)
    fill(dovecot, user, 20)
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        assert box.uids() == tuple(range(1, 21))
    assert proxy.sent("SEARCH") == ["UID SEARCH 15:20", "UID SEARCH 9:14", "UID SEARCH 3:8", "UID SEARCH 1:2"]


def test_an_empty_folder(settings, blobs):
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        assert box.uids() == ()
        assert list(box.fetch_many([], blobs)) == []
        assert list(box.overview([])) == []
        assert box.fetch(99, blobs) == Vanished(99)


# -- fetching

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
        except MailboxError as error:
            assert isinstance(error, Disconnected | Unreachable), error
    box.close()
    assert sorted(ledger) == list(enumerate(raws, 1))
    assert proxy.quirks.drops == 0


def test_arrival_is_the_servers_date_not_the_senders(dovecot, user, settings, blobs):
    """FreeScout #3380: the sender's clock decides nothing."""
    dovecot.append(user, mail(1, Date="Fri, 1 Jan 1999 00:00:00 +0800"), ARRIVED)
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        assert box.fetch(1, blobs).internaldate == ARRIVED


# -- filing


def test_flagging_is_idempotent_and_keeps_other_flags(dovecot, user, settings):
    dovecot.append(user, mail(1), flags="\\Flagged")
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        assert box.file(1) == box.file(1) == Filed("flagged")
        assert box.file(2) == Filed("gone")
        assert box.file(1, "none") == Filed("left")
    assert dovecot.mails(user)[1][0] >= {"\\Seen", "\\Flagged", "$Baosong"}


@pytest.mark.parametrize("kind", ["move", "163", "refused", "plain"])
def test_moving_takes_this_mail_and_no_other(dovecot, user, settings, proxy, kind):
    """With MOVE, with UIDPLUS only (163), with MOVE advertised but refused, with neither."""
    raws = fill(dovecot, user, 3)
    other = dovecot.admin(user)
    other.select("INBOX")
    other.uid("STORE", "1", "+FLAGS", "(\\Deleted)")  # somebody else's deletion is not ours to carry out
    other.logout()
    proxy.quirks = {"move": Quirks(), "163": like_163(), "refused": Quirks(refuse={"^UID MOVE": "NO not here"}),
                    "plain": Quirks(strip=frozenset({"MOVE", "UIDPLUS"}))}[kind]
    target = "已处理/第一批"
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        uids = box.uids()
        first = box.file(2, f"move:{target}")
        again = box.file(2, f"move:{target}")
        third = box.file(3, f"move:{target}")
        assert uids == (1, 2, 3)
    moved = dovecot.mails(user, encode_name(target))
    left = dovecot.mails(user)
    assert not proxy.sent(r"^EXPUNGE|^CLOSE")
    assert "\\Deleted" in left[1][0]
    if kind == "plain":
        assert first.how == again.how == third.how == "flagged"
        assert first.note
        assert not moved
        assert len(left) == 3
        return
    assert (first, again, third) == (Filed("moved"), Filed("gone"), Filed("moved"))
    assert [raw for _, raw in moved.values()] == raws[1:]
    assert list(left) == [1]


def test_moving_to_a_special_folder_that_is_there(dovecot, user, settings):
    raw, = fill(dovecot, user, 1)
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        assert box.file(1, "move:\\Junk") == Filed("moved")
    assert [each for _, each in dovecot.mails(user, JUNK).values()] == [raw]


def test_moving_into_its_own_folder_does_nothing(dovecot, user, settings):
    fill(dovecot, user, 1)
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        assert box.file(1, "move:inbox").how == "left"
    assert len(dovecot.mails(user)) == 1


def test_filing_over_a_lost_connection_is_an_outcome(dovecot, user, settings, proxy):
    fill(dovecot, user, 1)
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        proxy.cut()
        assert isinstance(box.file(1), NotFiled)
        assert isinstance(box.file(1), NotFiled)
        box.open_folder("INBOX")
        assert box.file(1) == Filed("flagged")


# -- waiting


def later(seconds: float, work: object, *args: object) -> threading.Thread:
    thread = threading.Timer(seconds, work, args)
    thread.start()
    return thread


def test_idle_wakes_on_new_mail(dovecot, user, settings):
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        box.uids()
        for number in range(2):
            timer = later(0.5, dovecot.deliver, user, mail(number))
            started = time.monotonic()
            assert box.wait(20)
            assert time.monotonic() - started < 5
            timer.join()
            box.open_folder("INBOX")
            assert len(box.uids()) == number + 1


def test_a_mail_between_listing_and_waiting_wakes_at_once(dovecot, user, settings):
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        box.uids()
        dovecot.append(user, mail(1))
        started = time.monotonic()
        assert box.wait(20)
        assert time.monotonic() - started < 2


def test_idle_watches_the_first_folder_whatever_was_open_last(dovecot, user, settings):
    with Mailbox(replace(settings, folders=("INBOX", "垃圾邮件")), "1.0") as box:
        for folder in ("INBOX", "垃圾邮件"):
            box.open_folder(folder)
            box.uids()
        timer = later(0.5, dovecot.append, user, mail(1))
        assert box.wait(20)
        timer.join()


def test_idle_is_renewed_and_sleeps_through_other_news(dovecot, user, settings, proxy):
    fill(dovecot, user, 2)
    with Mailbox(replace(through(settings, proxy), idle_renew=1), "1.0") as box:
        box.open_folder("INBOX")
        box.uids()
        other = dovecot.admin(user)
        other.select("INBOX")
        timer = later(0.5, other.uid, "STORE", "1", "+FLAGS", "(\\Flagged)")
        started = time.monotonic()
        assert not box.wait(4.5)
        assert 4 < time.monotonic() - started < 7
        timer.join()
        other.logout()
    assert len(proxy.sent("^IDLE$")) >= 4
    assert len(proxy.sent("^DONE$")) == len(proxy.sent("^IDLE$"))
    assert proxy.connections == 1


def test_a_new_mail_among_expunges_is_noticed(dovecot, user, settings):
    fill(dovecot, user, 3)
    with Mailbox(settings, "1.0") as box:
        box.open_folder("INBOX")
        box.uids()

        def swap() -> None:
            other = dovecot.admin(user)
            other.select("INBOX")
            other.uid("STORE", "1:2", "+FLAGS", "(\\Deleted)")
            other.expunge()
            other.append("INBOX", None, None, mail(9))
            other.logout()

        timer = later(0.5, swap)
        assert box.wait(20)
        timer.join()


@pytest.mark.parametrize("mode", ["idle", "poll"])
def test_stop_ends_the_wait_within_a_second(settings, mode):
    stop = threading.Event()
    with Mailbox(replace(settings, mode=mode), "1.0", stop=stop) as box:
        box.open_folder("INBOX")
        box.uids()
        later(0.7, stop.set)
        started = time.monotonic()
        assert not box.wait(30)
        assert time.monotonic() - started < 1.9
        assert not box.wait(30)


def test_an_announcement_before_idling_is_understood(dovecot, user, settings, proxy):
    fill(dovecot, user, 1)
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        box.uids()
        proxy.quirks.early_exists = 2
        started = time.monotonic()
        assert box.wait(20)
        assert time.monotonic() - started < 3
        assert box.connected
        box.open_folder("INBOX")
        assert box.uids() == (1,)


@pytest.mark.parametrize("refusal", ["NO IDLE not allowed", "BAD Parse command error"])
def test_idle_advertised_and_refused_becomes_sleep_on_the_same_connection(settings, proxy, refusal):
    proxy.quirks.refuse["^IDLE"] = refusal
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        box.uids()
        for _ in range(2):
            started = time.monotonic()
            assert not box.wait(1.5)
            assert 1.4 < time.monotonic() - started < 3
        assert box.uids() == ()
    assert len(proxy.sent("^IDLE")) == 1
    assert proxy.connections == 1


def test_a_connection_that_dies_in_idle_does_not_wake_hang_or_raise(settings, proxy):
    """imapclient #449, #403: IDLE hangs, the connection dies silently."""
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        box.uids()
        later(0.5, proxy.cut)
        started = time.monotonic()
        assert not box.wait(3)
        assert 2.9 < time.monotonic() - started < 5
        assert not box.connected
        assert box.open_folder("INBOX").exists == 0


def test_a_server_that_falls_silent_in_idle_is_found_out(settings, proxy):
    with Mailbox(replace(through(settings, proxy), idle_renew=1, timeout=2), "1.0") as box:
        box.open_folder("INBOX")
        box.uids()
        later(0.3, setattr, proxy.quirks, "mute", True)
        started = time.monotonic()
        assert not box.wait(5)
        assert time.monotonic() - started < 7
        assert not box.connected


def test_polling_keeps_the_connection_alive_and_hears_of_mail(dovecot, user, settings, proxy, monkeypatch):
    monkeypatch.setattr(mailbox_module, "KEEP_ALIVE", 0.5)
    proxy.quirks = like_163()
    with Mailbox(through(settings, proxy), "1.0") as box:
        box.open_folder("INBOX")
        box.uids()
        assert not box.wait(2.2)
        assert len(proxy.sent("^NOOP")) >= 1
        timer = later(0.3, dovecot.append, user, mail(1))
        assert box.wait(20)
        timer.join()


def test_waiting_without_a_connection_just_waits(settings):
    started = time.monotonic()
    assert not Mailbox(settings, "1.0").wait(1)
    assert 0.9 < time.monotonic() - started < 2
