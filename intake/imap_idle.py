"""The moves of one IDLE on imapclient's connection: begin, wait until something can be read, end.

Its own idle_check is not used: it reads halves of lines, overlooks what is already buffered, and takes a closed
connection for silence. Here the answer is read once, by DONE with blocking reads; until then only the socket is
watched. The client is handed in by imap_wire, which alone imports the library.
"""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Sequence
from imaplib import IMAP4
from typing import Any

from intake.mailbox_errors import CommandRefused

DONE_SECONDS = 20  # an idle connection whose server does not answer DONE by then is dead


def begin_idle(client: Any) -> list[tuple[int, bytes]]:
    """Start IDLE. imapclient gives up when anything comes before "+ idling"; a server may well announce a new mail
    there. Returns what was announced."""
    try:
        client.idle()
        return []
    except IMAP4.abort:
        raise
    except IMAP4.error as surprise:
        imap = client._imap
        while not imap.tagged_commands.get(client._idle_tag):
            if imap._get_response() is None:  # the continuation
                counts = imap.untagged_responses.get("EXISTS") or []
                return [(int(counts[-1]), b"EXISTS")] if counts else [(0, b"OK")]
        del imap.tagged_commands[client._idle_tag]
        raise CommandRefused("服务器拒绝 IDLE", str(surprise)) from surprise


def wait_readable(client: Any, seconds: float, stopped: Callable[[], bool]) -> bool:
    if _has_buffered(client):  # came in one packet with "+ idling"; poll would never report it
        return True
    poller = select.poll()
    poller.register(client.socket().fileno(), select.POLLIN)
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        if poller.poll(min(left, 0.5) * 1000):
            return True
        if stopped():
            return False
    return False


def _has_buffered(client: Any) -> bool:
    """Whether bytes were already read from the socket but by nobody else yet."""
    buffered = getattr(client._imap, "file", None)
    peek = getattr(buffered, "peek", None)
    if peek is None:
        return False
    sock = client.socket()
    before = sock.gettimeout()
    sock.setblocking(False)
    try:
        return bool(peek(1))
    except OSError:  # nothing there: TLS reports it as an error
        return False
    finally:
        sock.settimeout(before)


def end_idle(client: Any) -> Any:
    sock = client.socket()
    before = sock.gettimeout()
    sock.settimeout(min(before or DONE_SECONDS, DONE_SECONDS))
    try:
        _, told = client.idle_done()
        return told
    finally:
        sock.settimeout(before)


def after_news(count: int, told: Sequence[Any]) -> tuple[int, bool]:
    """The number of mails after these untagged answers, and whether a mail was added at any time. Pure."""
    grown = False
    for item in told:
        if not isinstance(item, tuple) or len(item) < 2 or not isinstance(item[0], int):
            continue
        if item[1] == b"EXISTS":
            grown = grown or item[0] > count
            count = item[0]
        elif item[1] == b"EXPUNGE":
            count = max(count - 1, 0)
    return count, grown
