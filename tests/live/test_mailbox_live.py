"""The mailbox against a real Dovecot, as it is and disguised as other people's servers: connecting, folders, lists."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from intake import mailbox as mailbox_module
from intake.fetching import Fetched, Vanished
from intake.folder_names import encode_name
from intake.mailbox import Mailbox
from intake.mailbox_errors import Disconnected, FolderMissing, LoginRefused, Unreachable
from intake.uid_lists import LedgerState, Same, ValidityChanged, compare
from tests.support.imap_proxy import like_163
from tests.support.mailbox_world import ARRIVED, JUNK, fill, later, mail, through

pytestmark = pytest.mark.live


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


def test_another_thread_can_end_a_wait_for_the_server(dovecot, settings, proxy):
    for own in (settings, through(settings, proxy)):
        proxy.quirks.mute = False
        box = Mailbox(replace(own, timeout=60), "1.0")
        box.open_folder("INBOX")
        proxy.quirks.mute = True
        started = time.monotonic()
        later(0.5, box.interrupt)
        if own is settings:
            assert not box.wait(1)
        else:
            with pytest.raises(Disconnected):
                box.uids()
        assert time.monotonic() - started < 3
        assert not box.connected


def test_imaplibs_debugging_is_off_on_the_real_client(settings):
    with Mailbox(settings, "1.0") as box:
        imap = box._wire._client._imap
        imap._mesg = lambda *_: pytest.fail("imaplib formats its traffic")
        assert imap.debug == 0
        box.open_folder("INBOX")
        box.uids()


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


def test_a_folder_renamed_by_a_person_is_missing_and_found_again_under_its_old_name(dovecot, user, settings):
    other = dovecot.admin(user)
    wire = encode_name("报送")
    other.create(wire)
    dovecot.append(user, mail(1), folder=wire)
    with Mailbox(settings, "1.0") as box:
        assert box.open_folder("报送").exists == 1
        other.rename(wire, "elsewhere")
        with pytest.raises(FolderMissing):
            box.open_folder("报送")
        other.rename("elsewhere", wire)
        assert box.open_folder("报送").exists == 1
    other.logout()


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
