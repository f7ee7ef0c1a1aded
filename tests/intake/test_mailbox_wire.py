"""What must be so about the IMAP library and our one use of it; without sockets."""

from __future__ import annotations

import imaplib
import re
from pathlib import Path
from typing import Any

import pytest

from core.settings import MailboxSettings
from intake.folder_names import find_folder
from intake.imap_wire import Wire, is_loopback, silence
from intake.mailbox import Mailbox

ROOT = Path(__file__).parents[2]


class _Imap:
    debug = 5


class _Client:
    """A client with answers prepared, for what no server at hand does."""

    _imap = _Imap()

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def has_capability(self, name: str) -> bool:
        return name in self.answers.get("capabilities", ())

    def __getattr__(self, name: str) -> Any:
        def answer(*args: Any, **options: Any) -> Any:
            given = self.answers[name]
            given = given.pop(0) if isinstance(given, list) and given and isinstance(given[0], Exception | dict) else given
            if isinstance(given, Exception):
                raise given
            return given
        return answer


def wire_with(**answers: Any) -> Wire:
    wire = Wire(MailboxSettings(host="localhost", user="a", password="b"), "1")
    wire._client = _Client(**answers)
    return wire


def test_imaplibs_debugging_is_switched_off_if_it_is_there():
    """Six times slower with it. The attribute is private: should it move, this says so instead of a slow daemon."""
    client = _Client()
    silence(client)
    assert client._imap.debug == 0
    silence(object())


@pytest.mark.parametrize(("host", "local"), [
    ("localhost", True), ("LOCALHOST", True), ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("imap.163.com", False),
    ("localhost.evil.test", False), ("10.0.0.1", False), ("0.0.0.0", False), ("", False), ("127.0.0.1.evil.test", False),
])
def test_only_this_machine_may_be_spoken_to_in_the_clear(host, local):
    assert is_loopback(host) is local
    settings = MailboxSettings(host=host, tls="none", user="a", password="b")
    if local:
        Wire(settings, "1")
    else:
        with pytest.raises(ValueError, match="明文"):
            Mailbox(settings, "1")


def test_a_wrong_option_is_noticed_before_connecting():
    with pytest.raises(ValueError, match="after"):
        Mailbox(MailboxSettings(host="localhost", after="delete"), "1")


def test_the_library_is_imported_in_one_file_only():
    importing = [path.name for folder in ("baosong", "core", "parsers", "storage", "notifier", "intake", "staff")
                 for path in (ROOT / folder).rglob("*.py")
                 if re.search(r"^\s*(from|import) imapclient\b", path.read_text("utf-8"), re.MULTILINE)]
    assert importing == ["imap_wire.py"]


def test_xlist_tells_what_list_does_not():
    """Old Coremail and QQ: LIST without special uses, XLIST with them."""
    listed = [((b"\\HasNoChildren",), b"/", b"INBOX"), ((), b"/", b"&V4NXPpCuTvY-"), ((), b"/", b"Odd")]
    extra = [((b"\\HasNoChildren", b"\\Inbox"), b"/", b"INBOX"), ((b"\\Spam",), b"/", b"&V4NXPpCuTvY-")]
    folders = wire_with(list_folders=listed, xlist_folders=extra, capabilities=("XLIST",)).list_folders()
    junk = find_folder("\\Junk", folders)
    assert junk
    assert (junk.name, junk.wire) == ("垃圾邮件", "&V4NXPpCuTvY-")
    refusing = wire_with(list_folders=listed, xlist_folders=imaplib.IMAP4.error("xlist failed: no"), capabilities=("XLIST",))
    assert [folder.name for folder in refusing.list_folders()] == ["INBOX", "垃圾邮件", "Odd"]


def test_one_malformed_folder_name_hides_no_other():
    listed = [((), b"/", b"&broken"), ((), None, None), ((), b"/", "报送".encode()), ((), None, "12"),
              ((b"\\Noselect",), b"/", b"A"), ((), b"/", b"B")]
    folders = wire_with(list_folders=listed).list_folders()
    assert [(folder.name, folder.selectable) for folder in folders] == [
        ("&broken", True), ("报送", False), ("12", True), ("A", False), ("B", True)]


@pytest.mark.parametrize(("reply", "uidvalidity", "exists"), [
    ({b"EXISTS": 3, b"UIDVALIDITY": 1, b"RECENT": 0, b"FLAGS": ()}, 1, 3),
    ({b"EXISTS": 3, b"RECENT": 0}, 0, 3),  # no UIDVALIDITY, no UIDNEXT, no PERMANENTFLAGS
    ({b"UIDVALIDITY": None, b"EXISTS": None}, 0, 0),
])
def test_select_answers_with_gaps(reply, uidvalidity, exists):
    selected = wire_with(select_folder=reply).select("INBOX", "INBOX")
    assert (selected.uidvalidity, selected.exists, selected.read_only) == (uidvalidity, exists, False)


def test_a_folder_that_may_only_be_read_is_opened_to_read():
    wire = wire_with(select_folder=[imaplib.IMAP4.readonly("INBOX is not writable"), {b"EXISTS": 2, b"UIDVALIDITY": 9}])
    selected = wire.select("INBOX", "INBOX")
    assert (selected.exists, selected.read_only) == (2, True)
