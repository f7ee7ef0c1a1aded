"""Builds the bytes of a mail: headers, text and HTML, attachments. The same input gives the same bytes.

Written by hand instead of with email.message because the folding of long Chinese headers must come out the way
Foxmail, QQ, 163 and Outlook read it: encoded words of whole characters, each line short (RFC 2047 section 2), file
names both as an encoded word in quotes, which old clients read, and after RFC 2231, which the standard asks for.
Everything is 7-bit, so no server needs 8BITMIME.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from pathlib import PurePosixPath
from urllib.parse import quote

from core.campaign import SHANGHAI
from notifier.plain import one_line

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,500}>")
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
"""A plain address as mail servers without SMTPUTF8 take it (163 has none, providers notes A7)."""
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_FORBIDDEN_IN_NAMES = re.compile(r'[\\/:*?"<>|]+')
_MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".doc": "application/msword",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
MARKER_HEADER = "X-Baosong-Letter"
_REFERENCES_KEPT = 12
_LINE = 76


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the letter; the name may be Chinese."""

    name: str
    content: bytes


def encode_words(text: str, used: int = 0) -> str:
    """`text` as a header value: itself if plain ASCII, else base64 words in UTF-8, one a line, never split inside a
    character. `used`: columns that the line already holds."""
    if text.isascii() and "=?" not in text and used + len(text) <= _LINE:
        return text
    words: list[str] = []
    chunk = b""
    room = (_LINE - used - len("=?utf-8?B??=")) // 4 * 3
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if chunk and len(chunk) + len(encoded) > room:
            words.append(_word(chunk))
            chunk, room = b"", (_LINE - 1 - len("=?utf-8?B??=")) // 4 * 3
        chunk += encoded
    if chunk:
        words.append(_word(chunk))
    return "\r\n ".join(words)


def _word(chunk: bytes) -> str:
    return f"=?utf-8?B?{base64.b64encode(chunk).decode('ascii')}?="


def address(name: str, mail: str, used: int = 0) -> str:
    """`Name <mail>` as a header value; an empty group (RFC 5322 section 3.4) for what is no plain address, so that
    nobody else is addressed instead."""
    if not ADDRESS.fullmatch(mail):
        return "undisclosed-recipients:;"
    bare, shown = mail, one_line(name, 100)
    if not shown:
        return bare
    if _ATOMS.fullmatch(shown) and used + len(shown) + len(bare) + 3 <= _LINE:
        return f'"{shown}" <{bare}>' if " " in shown else f"{shown} <{bare}>"
    words = _force_words(shown, used)
    return f"{words}\r\n <{bare}>"


def _force_words(text: str, used: int) -> str:
    encoded = encode_words(text, used)
    return encoded if encoded.startswith("=?") else _word(text.encode())


def message_id(letter_id: str, from_address: str) -> str:
    """The fixed Message-ID of a letter, in the domain of the mailbox it comes from. That domain is shared by millions,
    so the mailbox itself goes in as a short digest: two offices at 163.com never make the same id."""
    domain = re.sub(r"[^A-Za-z0-9.-]", "", from_address.rpartition("@")[2])[:200].strip(".-") or "localhost"
    mailbox = hashlib.sha256(from_address.lower().encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"<{letter_slug(letter_id)}.{mailbox}@{domain}>"


def automatic(how: str, letter_id: str) -> list[tuple[str, str]]:
    """The headers by which other programs know an automatic mail and leave it alone, and we our own (RFC 3834)."""
    return [
        ("Auto-Submitted", how),
        ("X-Auto-Response-Suppress", "All"),
        (MARKER_HEADER, letter_slug(letter_id)),
        ("Content-Language", "zh-CN"),
    ]


def letter_slug(letter_id: str) -> str:
    """`letter_id` itself if it can stand in a Message-ID, else what can, with a digest that keeps it unique."""
    if re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", letter_id) and len(letter_id) <= 100:
        return letter_id
    digest = hashlib.sha256(letter_id.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    kept = re.sub(r"[^A-Za-z0-9_-]+", "-", letter_id[:60]).strip("-")
    return f"{kept or 'letter'}-{digest}"


def usable_ids(ids: Iterable[str | None]) -> tuple[str, ...]:
    """The well-formed Message-IDs among `ids`, each once, in order; broken ones are left out."""
    found: dict[str, None] = {}
    for candidate in ids:
        text = (candidate or "").strip()[:600]
        if text and not text.startswith("<"):
            text = f"<{text}>"
        if _MESSAGE_ID.fullmatch(text):
            found[text] = None
    return tuple(found)


def bounded_references(ids: Sequence[str]) -> tuple[str, ...]:
    """The first and the last of a long thread: enough for clients to place the letter (RFC 5322 section 3.6.4)."""
    if len(ids) <= _REFERENCES_KEPT:
        return tuple(ids)
    return (ids[0], *ids[-(_REFERENCES_KEPT - 1) :])


def file_name(name: str, limit: int = 80) -> str:
    """`name` without what Windows forbids in file names, its extension kept when it is cut."""
    clean = _FORBIDDEN_IN_NAMES.sub("_", one_line(name, 400)).strip(" .") or "file"
    stem, suffix = PurePosixPath(clean).stem, PurePosixPath(clean).suffix
    return clean if len(clean) <= limit else stem[: limit - len(suffix[:10])] + suffix[:10]


def build(headers: Sequence[tuple[str, str]], text: str, html: str, attachments: Sequence[Attachment] = ()) -> bytes:
    """The complete mail, CRLF line ends. `headers`: names and values, already encoded and folded, without MIME's own.
    With attachments a multipart/mixed, else the multipart/alternative alone."""
    digest = hashlib.sha256()
    for piece in (*(f"{name}:{value}" for name, value in headers), text, html):
        digest.update(piece.encode("utf-8", "replace") + b"\0")
    for attachment in attachments:
        digest.update(attachment.content)
    mark = digest.hexdigest()[:24]
    bodies = (_text_part("text/plain", text), _text_part("text/html", html))
    body = _multipart("alternative", f"=_alt_{mark}", bodies)
    if attachments:
        body = _multipart("mixed", f"=_mix_{mark}", (body, *(_file_part(a) for a in attachments)))
    head = "".join(f"{name}: {value}\r\n" for name, value in (*headers, ("MIME-Version", "1.0")))
    return head.encode("ascii", "replace") + body


def date_value(moment: datetime) -> str:
    """The Date header's value, in the office's time zone."""
    return format_datetime(moment.astimezone(SHANGHAI))


def _multipart(kind: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    lead = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    inner = b"".join(f"--{boundary}\r\n".encode() + part + b"\r\n" for part in parts)
    return lead + inner + f"--{boundary}--\r\n".encode()


def _text_part(media_type: str, text: str) -> bytes:
    content = "\r\n".join(text.splitlines()) + "\r\n"
    head = f"Content-Type: {media_type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + _base64_lines(content.encode("utf-8", "replace"))


def _file_part(attachment: Attachment) -> bytes:
    name = file_name(attachment.name)
    media_type = _MEDIA_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
    quoted = encode_words(name, len(' filename=""'))
    extended = quote(name, safe="")
    head = (
        f'Content-Type: {media_type};\r\n name="{quoted}"\r\n'
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;\r\n filename=\"{quoted}\";\r\n filename*=UTF-8''{extended}\r\n\r\n"
    )
    return head.encode("ascii") + _base64_lines(attachment.content)


def _base64_lines(content: bytes) -> bytes:
    return base64.encodebytes(content).replace(b"\n", b"\r\n")
