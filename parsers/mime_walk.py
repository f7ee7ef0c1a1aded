"""The MIME structure of a raw mail: where each leaf's bytes lie and what its headers say. Decodes no body.

One pass over the file per level of nesting, by searching for the boundaries that are open at the moment (RFC 2046,
5.1.1: an outer delimiter ends whatever is inside). Whatever is broken - no boundary, another boundary than declared,
no end, thousands of parts or levels - costs a defect, never an exception.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parsers.mime_headers import Headers, parse_headers
from parsers.raw_file import RawFile

MAX_NESTING = 40
_HEADER_BLOCK = 512 * 1024
_MAX_FALSE = 20_000  # lines that begin like a boundary and are none
_GUESS = re.compile(
    rb"(?:^|\r|\n)--([^\s\r\n][^\r\n]{2,80}?)[ \t]*(?:\r\n|\n|\r)(?:content-[a-z-]+|mime-version)[ \t]*:", re.IGNORECASE
)
_BLANKS = b" \t"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A part without parts: its headers, where its body lies, and where in the structure it stands.

    `media_type` as declared (lower case, text/plain by default). `ancestors`: (id, subtype) of the multiparts around
    it, outermost first. `encoding`: the transfer encoding, lower case.
    """

    headers: Headers
    media_type: str
    params: dict[str, str]
    disposition: str
    disposition_params: dict[str, str]
    encoding: str
    start: int
    end: int
    ancestors: tuple[tuple[int, str], ...] = ()

    @property
    def file_name(self) -> str:
        """The name the mail gives, decoded but not cleaned; "" when there is none."""
        names = (self.disposition_params.get("filename", ""), self.params.get("name", ""))
        # A name that lost characters in one place may be whole in the other.
        whole = [name for name in names if name.strip() and "\ufffd" not in name]
        return next(iter(whole or [name for name in names if name.strip()]), "")

    @property
    def content_id(self) -> str:
        """Content-ID without its brackets, "" when missing."""
        return self.headers.text("content-id").strip().strip("<>").strip()


@dataclass(slots=True)
class Structure:
    """All of a mail: its top headers, its leaves in order, what was broken. `lost`: parts were left out."""

    headers: Headers
    leaves: list[Leaf] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    lost: bool = False

    def defect(self, code: str) -> None:
        """Notes a defect once."""
        if code not in self.defects:
            self.defects.append(code)


@dataclass(frozen=True, slots=True)
class _Delimiter:
    level: int
    start: int
    after: int
    closing: bool


@dataclass(slots=True)
class _Open:
    """A multipart whose end has not been met."""

    needle: bytes
    number: int
    subtype: str
    hit: _Delimiter | None = None  # its next delimiter, once found
    clear_to: int = 0  # none of its delimiters begins before here


class _Walker:
    """The state of one pass."""

    def __init__(self, source: RawFile, max_leaves: int) -> None:
        self.source = source
        self.max_leaves = max_leaves
        self.stack: list[_Open] = []
        self.numbers = 0
        self.false_hits = 0
        self.result = Structure(Headers())

    def run(self) -> Structure:
        at = self._skip_blank_lines()
        first = True
        while True:
            end = self._entity(at, first=first)
            first = False
            following = self._next_entity(end)
            if following is None:
                return self.result
            if len(self.result.leaves) >= self.max_leaves:
                self.result.defect("too_many_parts")
                self.result.lost = True
                return self.result
            at = following

    def _skip_blank_lines(self) -> int:
        head = self.source.read(0, 4096)
        return len(head) - len(head.lstrip(b"\r\n"))

    # ---- delimiters -------------------------------------------------------------------------------------------

    def _delimiter(self, at: int) -> _Delimiter | None:
        """The next delimiter line of any open multipart, from `at` on. Outer ones first: an inner one is only sought
        within them."""
        end = self.source.size
        best: _Delimiter | None = None
        for level, one in enumerate(self.stack):
            if one.hit is None or one.hit.start < at:
                begin = max(at, one.clear_to)
                one.hit = self._line_of(one, level, begin, end) if begin < end else None
                one.clear_to = end if one.hit is None else one.hit.start
            if one.hit is not None and one.hit.start < end:
                best, end = one.hit, one.hit.start
        return best

    def _line_of(self, one: _Open, level: int, at: int, end: int) -> _Delimiter | None:
        """The next line that is this multipart's delimiter."""
        while self.false_hits < _MAX_FALSE:
            at = self.source.find(one.needle, at, end)
            if at < 0:
                return None
            before = self.source.read(at - 1, at) if at else b"\n"
            rest = self.source.read(at + len(one.needle), min(at + len(one.needle) + 200, self.source.size))
            closing = rest.startswith(b"--")
            tail = rest[2:] if closing else rest
            stripped = tail.lstrip(_BLANKS)
            if before in (b"\n", b"\r") and (not stripped or stripped[:1] in (b"\r", b"\n")):
                after = at + len(one.needle) + (2 if closing else 0) + len(tail) - len(stripped)
                after += 2 if stripped[:2] == b"\r\n" else len(stripped[:1])
                return _Delimiter(level, at, after, closing)
            self.false_hits += 1
            at += 1
        self.result.defect("boundary_flood")
        return None

    def _next_entity(self, at: int) -> int | None:
        """Where the next part begins, multiparts that end on the way closed; None at the end of the mail."""
        while True:
            found = self._delimiter(at)
            if found is None:
                if self.stack:
                    self.result.defect("no_closing_boundary")
                return None
            if found.level < len(self.stack) - 1:
                self.result.defect("no_closing_boundary")
            del self.stack[found.level + 1 :]
            if not found.closing:
                return found.after
            again = self._part_after_end(self.stack.pop(), found)
            if again is not None:
                return again
            at = found.after

    def _part_after_end(self, one: _Open, end: _Delimiter) -> int | None:
        """Where another part of a multipart begins that had been declared ended (glued mails, a boundary used twice)."""
        outer = self._delimiter(end.after)
        limit = outer.start if outer is not None else self.source.size
        again = self._line_of(one, end.level, end.after, limit)
        if again is None or again.closing:
            return None
        self.result.defect("part_after_end")
        one.hit = again
        self.stack.append(one)
        return again.after

    # ---- entities ---------------------------------------------------------------------------------------------

    def _entity(self, at: int, *, first: bool) -> int:
        """Reads one entity's headers; opens a multipart or adds a leaf. Returns where to go on."""
        found = self._delimiter(at)
        end = found.start if found is not None else self.source.size
        block = self.source.read(at, min(end, at + _HEADER_BLOCK))
        headers, offset = parse_headers(block)
        if headers.odd:
            self.result.defect("odd_header_line")
        start = at + offset
        if offset == len(block) and at + offset < end:
            start = self._end_of_long_headers(start, end)
            self.result.defect("header_flood")
        if first:
            self.result.headers = headers
        media_type, params = headers.structured("content-type")
        if media_type.startswith("multipart/") or (first and not media_type):
            boundary = self._boundary(media_type, params, start, end)
            if boundary and len(self.stack) < MAX_NESTING:
                self.numbers += 1
                self.stack.append(_Open(b"--" + boundary, self.numbers, media_type.partition("/")[2] or "mixed"))
                return start
            if media_type.startswith("multipart/"):
                self.result.defect("too_deep" if boundary else "no_boundary")
                self.result.lost = self.result.lost or bool(boundary)
        self._leaf(headers, media_type, params, start, self._content_end(start, end, bounded=found is not None))
        return end

    def _end_of_long_headers(self, at: int, end: int) -> int:
        ends = [self.source.find(blank, at, end) + len(blank) for blank in (b"\n\r\n", b"\n\n")]
        return min((one for one in ends if one > 3), default=end)

    def _boundary(self, media_type: str, params: dict[str, str], start: int, end: int) -> bytes | None:
        """The declared boundary if a line with it follows, else one that looks like it."""
        declared = params.get("boundary", "").encode("utf-8", "replace")[:200]
        if declared:
            trial = _Open(b"--" + declared, 0, "")
            if self._line_of(trial, 0, start, end) is not None:
                return declared
        guess = _GUESS.search(self.source.read(start, min(end, start + 65_536)))
        if guess is not None:
            self.result.defect("boundary_guessed")
            return guess.group(1).removesuffix(b"--")
        return None

    def _content_end(self, start: int, end: int, *, bounded: bool) -> int:
        """Without the line end that belongs to the delimiter (RFC 2046, 5.1.1)."""
        if not bounded or end <= start:
            return end
        tail = self.source.read(max(start, end - 2), end)
        return end - (2 if tail == b"\r\n" else 1 if tail[-1:] in (b"\n", b"\r") else 0)

    def _leaf(self, headers: Headers, media_type: str, params: dict[str, str], start: int, end: int) -> None:
        ancestors = tuple((one.number, one.subtype) for one in self.stack)
        if "/" not in media_type or media_type.startswith("multipart/"):
            in_digest = bool(ancestors) and ancestors[-1][1] == "digest"
            binary = media_type in ("application", "image", "video", "audio")
            media_type = "message/rfc822" if in_digest else "application/octet-stream" if binary else "text/plain"
        disposition, disposition_params = headers.structured("content-disposition")
        encoding = headers.text("content-transfer-encoding").lower().partition(";")[0].strip(" \t\"'.")
        self.result.leaves.append(
            Leaf(
                headers,
                media_type,
                params,
                disposition,
                disposition_params,
                encoding,
                start,
                max(start, end),
                ancestors,
            )
        )


def walk(source: RawFile, max_leaves: int) -> Structure:
    """The structure of the mail in `source`, with at most `max_leaves` leaves. Never raises for any bytes."""
    return _Walker(source, max_leaves).run()
