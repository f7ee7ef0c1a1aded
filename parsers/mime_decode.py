"""Transfer encodings undone piece by piece: base64, quoted-printable, uuencode, or none. Broken input is decoded as
far as it goes; `Decoding.bad` says that something could not be."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_BLANKS = b" \t\r\n\x0b\x0c\x00"
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _ALPHABET)
_NOT_BLANK = bytes(byte for byte in range(256) if byte not in _BLANKS)
_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]{40,}={0,2}[ \t]*(?:\r\n|\n|\r|$)")
_PADDING = re.compile(rb"=[=\s]*")
# What a file that was sent in base64 but declared otherwise begins with.
_KNOWN_HEADS = (
    b"PK\x03\x04",
    b"%PDF-",
    b"\xd0\xcf\x11\xe0",
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"Rar!",
    b"7z\xbc\xaf",
    b"GIF8",
)
_LONGEST_LINE = 1 << 16
_MAX_RUNS = 10_000  # base64 runs with padding between them, in one body


class Decoding:
    """One body being decoded; iterate it once. `bad` is true afterwards if bytes were lost."""

    def __init__(self, chunks: Iterable[bytes], encoding: str) -> None:
        self._chunks = chunks
        self._encoding = encoding
        self.bad = False
        self.cut = False  # base64 that ends within a group of four
        self.junk = 0  # bytes that do not belong into base64
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces():
            if piece:
                self.size += len(piece)
                yield piece

    def _pieces(self) -> Iterator[bytes]:
        if self._encoding == "base64":
            return self._base64()
        if self._encoding in ("quoted-printable", "quoted_printable", "qp"):
            return self._quoted_printable()
        if self._encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
            return self._uuencode()
        return iter(self._chunks)

    def _base64(self) -> Iterator[bytes]:
        """Runs of base64; what is no base64 is skipped. After padding only clean base64 goes on (pieces encoded one by
        one); a list's footer or a scanner's note does not."""
        rest = b""
        ended = False
        total = runs = 0
        for chunk in self._chunks:
            if ended:
                continue
            total += len(chunk)
            position = 0
            while position < len(chunk):
                padding = _PADDING.search(chunk, position)
                run = chunk[position : padding.start() if padding else len(chunk)]
                clean = run.translate(None, _NOT_BASE64)
                self.junk += len(run) - len(clean) - len(run.translate(None, _NOT_BLANK))
                rest += clean
                if padding is None:
                    break
                yield self._flush(rest)
                rest = b""
                position = padding.end()
                runs += 1
                following = chunk[position : position + 400].split(b"\n", 1)[0].strip()
                if runs > _MAX_RUNS or (following and following.translate(None, _ALPHABET)):
                    self.bad = self.bad or runs > _MAX_RUNS
                    ended = True
                    break
            usable = len(rest) - len(rest) % 4
            yield binascii.a2b_base64(rest[:usable])
            rest = rest[usable:]
        self.cut = bool(rest)
        yield self._flush(rest)
        # A few stray characters are noise of gateways; more than one in a hundred means other content.
        self.bad = self.bad or (self.junk * 100 > total and self.junk > 8)

    def _flush(self, rest: bytes) -> bytes:
        """The end of a run whose padding may be missing; one lone character carries no byte and is dropped."""
        usable = rest[:-1] if len(rest) % 4 == 1 else rest
        return base64.b64decode(usable + b"=" * (-len(usable) % 4)) if usable else b""

    def _quoted_printable(self) -> Iterator[bytes]:
        """Whole lines at a time; a line without end is cut where no escape is cut."""
        rest = b""
        for chunk in self._chunks:
            # A bare CR is a line end of an old Mac: a CR of the content would be written =0D.
            rest += chunk if b"\n" in chunk else chunk.replace(b"\r", b"\n")
            end = rest.rfind(b"\n") + 1
            if end == 0 and len(rest) > _LONGEST_LINE:
                cut = rest.rfind(b"=", len(rest) - 3)
                end = cut if cut > 0 else len(rest)
            yield binascii.a2b_qp(rest[:end])
            rest = rest[end:]
        yield binascii.a2b_qp(rest)

    def _uuencode(self) -> Iterator[bytes]:
        """The lines between begin and end; the length byte decides, because many encoders pad wrongly."""
        started = False
        for line in _lines(self._chunks):
            bare = line.rstrip(b"\r\n")
            if not started:
                started = bare.startswith((b"begin ", b"begin-base64 "))
                continue
            if bare in (b"end", b"====") or not bare:
                if bare:
                    return
                continue
            yield self._uu_line(bare)
        self.bad = self.bad or not started

    def _uu_line(self, line: bytes) -> bytes:
        length = (line[0] - 32) & 63
        needed = (length + 2) // 3 * 4
        data = line[1 : 1 + needed].ljust(needed, b" ")
        try:
            return binascii.a2b_uu(line[:1] + data)
        except binascii.Error:
            self.bad = True
            return b""


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        pieces = (rest + chunk).split(b"\n")
        rest = pieces.pop()
        if len(rest) > _LONGEST_LINE:
            rest = b""  # no line of uuencode is that long
        yield from pieces
    if rest:
        yield rest


def find_hidden_base64(head: bytes, encoding: str) -> bool:
    """Whether a file's body that is declared 7bit, 8bit or nothing is base64 all the same: whole lines of it that
    decode to the beginning of a known kind of file."""
    if encoding in ("base64", "quoted-printable", "x-uuencode", "uuencode"):
        return False
    start = head.lstrip()
    if _BASE64_LINE.match(start) is None:
        return False
    return base64.b64decode(start[:40]).startswith(_KNOWN_HEADS)
