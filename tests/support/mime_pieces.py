"""Bytes of mails: headers, encoded words, parameters, transfer encodings, parts; and what a mail is made from.

Built by hand rather than with the email package, so that the tests do not check one library against itself.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from urllib.parse import quote

SHANGHAI = timezone(timedelta(hours=8))
DEFAULT_DATE = datetime(2021, 11, 8, 10, 12, 33, tzinfo=SHANGHAI)
OFFICE = ("", "sdsqedu@163.com")

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "doc": "application/msword",
    "wps": "application/kswps",
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "zip": "application/x-zip-compressed",
    "rar": "application/x-rar-compressed",
    "mp4": "video/mp4",
    "txt": "text/plain",
    "html": "text/html",
    "eml": "message/rfc822",
    "dat": "application/ms-tnef",
    "ics": "text/calendar",
}


@dataclass(frozen=True)
class File:
    """An attachment. `name` None: the client gave none. `disposition`: attachment, inline, or None for no header.
    `media_type` None: what the client would write for this extension. `names`: where the name stands: "both", "type"
    (only on Content-Type), "disposition". `style` overrides the client's way to write it: word (2047 in quotes),
    word-bare (2047 unquoted), 2231, 2231-gbk, raw-utf8, raw-gbk, percent, plain, both (2047 and 2231). `transfer`:
    base64, quoted-printable, quoted-text (the same by a client that takes every LF for a line's end), x-uuencode, 8bit,
    binary."""

    name: str | None
    data: bytes
    disposition: str | None = "attachment"
    media_type: str | None = None
    names: str = "both"
    style: str | None = None
    transfer: str = "base64"
    cid: str | None = None


@dataclass(frozen=True)
class History:
    """The mail that is answered or passed on. `html` None: the text in the client's HTML."""

    text: str = "张老师：\n材料已收到，请补充盖章扫描件。"
    subject: str = "济南市教育局+智慧助老"
    sender: tuple[str, str] = ("社区教育指导服务中心", "sdsqedu@163.com")
    to: tuple[str, str] = ("张三", "zhangsan@example.cn")
    date: datetime = datetime(2021, 11, 7, 16, 5, 0, tzinfo=SHANGHAI)
    html: str | None = None


@dataclass
class Draft:
    """What a client is asked to write."""

    subject: str
    text: str
    sender: tuple[str, str]
    to: Sequence[tuple[str, str]]
    cc: Sequence[tuple[str, str]] = ()
    html: bool | str = True
    files: Sequence[File] = ()
    date: datetime = DEFAULT_DATE
    how: str = "new"
    history: History | None = None
    message_id: str | None = None
    in_reply_to: str | None = None
    references: str | None = None
    headers: Sequence[tuple[str, str]] = ()
    charset: str = "utf-8"
    extra: dict[str, str] = field(default_factory=dict)

    def token(self, salt: str, length: int = 32) -> str:
        """Hex digits that depend on the draft only: two runs build the same bytes."""
        seed = f"{salt}|{self.subject}|{self.text}|{self.sender}|{self.date.isoformat()}|{len(self.files)}"
        return hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def received_lines(draft: Draft) -> bytes:
    """What 163's servers put on top of a mail that arrives."""
    stamp = format_datetime(draft.date + timedelta(seconds=4))
    domain = draft.sender[1].rpartition("@")[2]
    return (
        f"Received: from mail.{domain} (unknown [203.0.113.7])\r\n"
        f"\tby mx28 (Coremail) with SMTP id {draft.token('rcv', 12)}\r\n"
        f"\tfor <sdsqedu@163.com>; {stamp} (CST)\r\n"
        f"Return-Path: <{draft.sender[1]}>\r\n"
    ).encode("ascii")


def codec(label: str) -> str:
    """The Python codec for a charset label as clients use it: GB2312 labels hold GBK bytes in practice."""
    return {"gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030"}.get(label.lower(), label)


def encoded_word(text: str, charset: str = "utf-8", how: str = "B", size: int = 45) -> str:
    """RFC 2047 words for `text`, one per at most `size` bytes, never splitting a character; ASCII stays as it is."""
    if text.isascii() and "=?" not in text:
        return text
    words: list[str] = []
    chunk = b""
    for char in text:
        data = char.encode(codec(charset))
        if len(chunk) + len(data) > size:
            words.append(chunk_word(chunk, charset, how))
            chunk = b""
        chunk += data
    words.append(chunk_word(chunk, charset, how))
    return "\r\n ".join(words)


def chunk_word(chunk: bytes, charset: str, how: str) -> str:
    """One encoded word for these bytes, whatever they are (also a cut character)."""
    if how == "B":
        return f"=?{charset}?B?{base64.b64encode(chunk).decode()}?="
    body = "".join(
        chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else ("_" if byte == 32 else f"={byte:02X}")
        for byte in chunk
    )
    return f"=?{charset}?Q?{body}?="


def header(name: str, value: str | bytes) -> bytes:
    """One header line; bytes go out raw, a str must be ASCII (encode words first)."""
    data = value if isinstance(value, bytes) else value.encode("ascii", "surrogateescape")
    return name.encode("ascii") + b": " + data + b"\r\n"


def address(person: tuple[str, str], charset: str, how: str = "B", quoted: bool = False) -> str:
    """`Name <address>` with the name in encoded words, in quotes when the client does so."""
    name, mailbox = person
    if not name:
        return mailbox
    word = encoded_word(name, charset, how)
    return f'"{word}" <{mailbox}>' if quoted or (word == name and not name.isalnum()) else f"{word} <{mailbox}>"


def parameter(key: str, value: str, style: str, charset: str = "utf-8") -> bytes:
    """One header parameter (`; name="..."`) in the given style (see File.style)."""
    if style == "word":
        return b";\r\n\t" + key.encode() + b'="' + encoded_word(value, charset).encode("ascii") + b'"'
    if style == "word-bare":
        return b"; " + key.encode() + b"=" + encoded_word(value, charset).encode("ascii")
    if style in ("2231", "2231-gbk"):
        label = "GBK" if style.endswith("gbk") else "UTF-8"
        return _rfc2231(key, value, label)
    if style == "both":
        return parameter(key, value, "word", charset) + _rfc2231(key, value, "UTF-8")
    if style == "percent":
        return b"; " + key.encode() + b'="' + quote(value).encode("ascii") + b'"'
    raw = value.encode({"raw-utf8": "utf-8", "raw-gbk": "gb18030", "plain": "utf-8"}[style])
    return b"; " + key.encode() + b'="' + raw.replace(b'"', b'\\"') + b'"'


def _rfc2231(key: str, value: str, label: str) -> bytes:
    """RFC 2231 as Thunderbird and Apple write it: continuations when the line would be too long."""
    encoded = quote(value.encode(codec(label)), safe="")
    if len(encoded) <= 60:
        return f";\r\n\t{key}*={label}''{encoded}".encode("ascii")
    units = re.findall(r"%[0-9A-F]{2}|.", encoded)
    pieces = ["".join(units[i : i + 20]) for i in range(0, len(units), 20)]
    lines = [f"{key}*{n}*={(label + chr(39) * 2) if n == 0 else ''}{piece}" for n, piece in enumerate(pieces)]
    return b"".join(f";\r\n {line}".encode("ascii") for line in lines)


def fold_base64(data: bytes, width: int = 76) -> bytes:
    """Base64 in lines of `width`, CRLF."""
    text = base64.b64encode(data)
    return b"".join(text[i : i + width] + b"\r\n" for i in range(0, len(text), width))


def quoted_printable(data: bytes, *, binary: bool = False) -> bytes:
    """Quoted-printable with soft breaks at 76, written byte by byte. `binary`: line ends are bytes like any other (RFC 2045,
    6.7), as a file needs it."""
    out: list[bytes] = []
    for line in [data] if binary else data.replace(b"\r\n", b"\n").split(b"\n"):
        width = 0
        for at, byte in enumerate(line):
            last = at == len(line) - 1
            plain = (33 <= byte <= 126 and byte != 61) or (byte in (9, 32) and not last)
            token = bytes((byte,)) if plain else b"=%02X" % byte
            if width + len(token) > 75:
                out.append(b"=\r\n")
                width = 0
            out.append(token)
            width += len(token)
        out.append(b"\r\n")
    return b"".join(out)[:-2] + (b"=\r\n" if binary else b"\r\n")


def uuencode(data: bytes, name: str = "file.bin") -> bytes:
    """The old Unix way, with its begin and end lines."""
    import binascii

    lines = [binascii.b2a_uu(data[i : i + 45]).rstrip(b"\n") for i in range(0, len(data), 45)]
    return b"\r\n".join([b"begin 644 " + name.encode("gb18030"), *lines, b"`", b"end", b""])


def transfer(data: bytes, how: str, name: str = "file.bin") -> bytes:
    """`data` in a transfer encoding."""
    if how == "base64":
        return fold_base64(data)
    if how in ("quoted-printable", "quoted-text"):
        return quoted_printable(data)
    if how in ("x-uuencode", "uuencode"):
        return uuencode(data, name)
    return data if data.endswith(b"\n") else data + b"\r\n"


def leaf(headers: Iterable[tuple[str, str | bytes]], body: bytes) -> bytes:
    """A part without its boundary lines: headers, blank line, body as it stands."""
    return b"".join(header(name, value) for name, value in headers) + b"\r\n" + body


def text_leaf(text: str, subtype: str, charset: str, how: str, quoted_label: bool = True) -> bytes:
    """A text part: bytes in the codec behind `charset`, transfer encoding `how`."""
    data = text.replace("\r\n", "\n").replace("\n", "\r\n").encode(codec(charset), "replace")
    label = f'"{charset}"' if quoted_label else charset
    kind = f"text/{subtype};\r\n\tcharset={label}"
    return leaf([("Content-Type", kind), ("Content-Transfer-Encoding", how)], transfer(data, how))


def file_leaf(file: File, style: str, charset: str, media_types: dict[str, str] | None = None) -> bytes:
    """An attachment as a part."""
    extension = (file.name or "").rpartition(".")[2].lower()
    kind = file.media_type or (media_types or {}).get(extension) or MEDIA_TYPES.get(extension)
    type_value = (kind or "application/octet-stream").encode("ascii")
    style = file.style or style
    if file.name is not None and file.names in ("both", "type"):
        # Content-Type carries the old style even where Content-Disposition has RFC 2231.
        type_value += parameter("name", file.name, "word" if style in ("2231", "both") else style, charset)
    pairs: list[tuple[str, str | bytes]] = [("Content-Type", type_value)]
    pairs.append(("Content-Transfer-Encoding", file.transfer.replace("quoted-text", "quoted-printable")))
    if file.disposition is not None:
        value = file.disposition.encode("ascii")
        if file.name is not None and file.names in ("both", "disposition"):
            value += parameter("filename", file.name, style, charset)
        pairs.append(("Content-Disposition", value))
    if file.cid is not None:
        pairs.append(("Content-ID", f"<{file.cid}>"))
    binary = file.transfer == "quoted-printable"
    return leaf(pairs, quoted_printable(file.data, binary=True) if binary else transfer(file.data, file.transfer, file.name or "file.bin"))


def multipart(
    subtype: str, boundary: str, parts: Sequence[bytes], preamble: bytes = b"", quoted: bool = True, tail: str = ""
) -> tuple[str, bytes]:
    """(Content-Type value, body) of a multipart."""
    mark = f'"{boundary}"' if quoted else boundary
    line = b"--" + boundary.encode("ascii")
    body = preamble + (b"\r\n" if preamble else b"")
    for part in parts:
        body += line + b"\r\n" + part + (b"" if part.endswith(b"\r\n\r\n") else b"\r\n")
    return f"multipart/{subtype};\r\n\tboundary={mark}{tail}", body + line + b"--\r\n"


def message(headers: Iterable[tuple[str, str | bytes]], body: bytes) -> bytes:
    """A whole mail from header pairs and a body."""
    return leaf(headers, body)
