"""Filing mails and waiting for more, on a real Dovecot and on its disguises."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from intake import mailbox as mailbox_module
from intake.filing import Filed, NotFiled
from intake.folder_names import encode_name
from intake.mailbox import Mailbox
from tests.support.imap_proxy import Quirks, like_163
from tests.support.mailbox_world import JUNK, fill, later, mail, through

pytestmark = pytest.mark.live


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
