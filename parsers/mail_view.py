"""The mail as mail-parser reads it: its envelope and texts. The only file that imports mail-parser.

The library needs ten times a mail's size in memory and loses what Chinese clients mislabel (measured: raw GBK headers,
GBK under a gb2312 label, words cut inside a character). So it is given a skeleton: the mail's own headers, with only
those encoded words rewritten that it would lose, and the texts, but no attachment. What it says is a view that
`parsers.envelope` compares with the bytes.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import mailparser

from parsers.charset import rewrite_words, unfold
from parsers.mime_headers import Headers

logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs every part it does not know

_HEADERS = ("from", "to", "cc", "reply-to", "subject", "date", "message-id", "received")
_MOST = {"received": 1}
_LONGEST_VALUE = 8_000
_LONGEST_TEXT = 100_000

Person = tuple[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """What mail-parser made of the skeleton. People are (name, address)."""

    subject: str
    sender: tuple[Person, ...]
    to: tuple[Person, ...]
    cc: tuple[Person, ...]
    reply_to: tuple[Person, ...]
    date: datetime | None
    message_id: str
    plain: str
    html: str


def read_view(headers: Headers, plain: str, html: str) -> View | None:
    """The view, or None when mail-parser fails."""
    try:
        mail = mailparser.parse_from_bytes(_skeleton(headers, plain, html))
        return View(
            subject=_text(mail.subject),
            sender=_people(mail.from_),
            to=_people(mail.to),
            cc=_people(mail.cc),
            reply_to=_people(mail.reply_to),
            date=mail.date if isinstance(mail.date, datetime) else None,
            message_id=_text(mail.message_id),
            plain="\n".join(map(str, mail.text_plain)),
            html="".join(map(str, mail.text_html)),
        )
    except Exception:  # a library's answer to a stranger's bytes: whatever it raises, our own reading stands
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _people(value: object) -> tuple[Person, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return ()
    return tuple((str(one[0]), str(one[1])) for one in value if isinstance(one, tuple) and len(one) == 2)


def _skeleton(headers: Headers, plain: str, html: str) -> bytes:
    """A small mail with the same headers and texts; ASCII only."""
    lines: list[bytes] = []
    for name in _HEADERS:
        for raw in headers.all_raw(name)[: _MOST.get(name, 1)]:
            value = rewrite_words(unfold(raw)[:_LONGEST_VALUE])
            lines.append(name.title().encode("ascii") + b": " + value + b"\r\n")
    lines.append(b"MIME-Version: 1.0\r\n")
    texts = [(b"plain", plain), (b"html", html)]
    parts = [_part(kind, text) for kind, text in texts if text and len(text) <= _LONGEST_TEXT]
    if len(parts) == 1:
        return b"".join(lines) + parts[0]
    boundary = b"=_skeleton"
    head = b"".join(lines) + b'Content-Type: multipart/alternative; boundary="' + boundary + b'"\r\n\r\n'
    return head + b"".join(b"--" + boundary + b"\r\n" + part for part in parts) + b"--" + boundary + b"--\r\n"


def _part(kind: bytes, text: str) -> bytes:
    body = base64.encodebytes(text.encode("utf-8", "replace"))
    return (
        b"Content-Type: text/" + kind + b"; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body + b"\r\n"
    )
