"""What every live test of the mailbox starts from: a Dovecot, a user of its own, settings, a proxy, a blob store.
tests/live/conftest.py offers these as fixtures."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.settings import MailboxSettings
from intake.folder_names import encode_name
from tests.support.dovecot import Dovecot, available
from tests.support.imap_proxy import ImapProxy
from tests.support.plain_blobs import PlainBlobs

CHINA = dt.timezone(dt.timedelta(hours=8))
ARRIVED = dt.datetime(2021, 11, 8, 10, 12, 33, tzinfo=CHINA)
JUNK = encode_name("垃圾邮件")
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    if not available():
        pytest.skip("dovecot-imapd and dovecot-lmtpd are not installed")
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
    """The same account by way of the proxy."""
    return replace(settings, port=proxy.port, tls="none")


def mail(number: int, size: int = 200, **headers: str) -> bytes:
    """A mail known by its number, with a body of so many bytes."""
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    line = f"line of mail {number} ".encode() * 4 + b"\r\n"
    body = (line * (size // len(line) + 1))[:size]
    return f"Message-ID: <{number}@example.test>\r\nSubject: {number}\r\n{extra}\r\n".encode() + body


def fill(dovecot: Dovecot, user: str, count: int, size: int = 200) -> list[bytes]:
    """Mails 0..count-1 in INBOX; their bytes."""
    raws = [mail(number, size) for number in range(count)]
    for raw in raws:
        dovecot.append(user, raw, ARRIVED)
    return raws


def later(seconds: float, work: Callable[..., Any], *args: Any) -> threading.Timer:
    """Do it from another thread in a moment."""
    timer = threading.Timer(seconds, work, args)
    timer.start()
    return timer
