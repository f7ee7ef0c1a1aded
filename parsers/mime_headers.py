"""A block of header lines to names and raw values, and one structured value to its parameters.

Tolerant on purpose: a line that is no header, a fold without blank, unquoted names with blanks, RFC 2231 pieces in any
order, raw bytes, a backslash that belongs to a Windows path and not to an escape.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from parsers.charset import decode_raw, decode_text, decode_words

MAX_HEADERS = 1000
MAX_VALUE = 65_536
_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_KNOWN = re.compile(
    rb"(?:content-[a-z-]+|mime-version|from|to|cc|subject|date|message-id|received|x-[a-z0-9-]+)[ \t]*:", re.IGNORECASE
)
_PARAMETER = re.compile(r"[;\s]*([^\s=;\"]{1,80}?)\s*=\s*")
_AFTER_QUOTE = re.compile(r"\s*(?:;|$|[^\s=;\"]{1,80}\s*=)")
_NEXT = re.compile(r";\s*[A-Za-z][A-Za-z0-9-]{0,30}(?:\*\d{0,3}\*?|\*)?\s*=|$")
_SECTION = re.compile(r"(.+?)(?:\*(\d{1,3}))?(\*)?$")


@dataclass(frozen=True, slots=True)
class Headers:
    """Header fields in order: lower-case name, raw value with its folds. `odd`: a line was no header."""

    items: tuple[tuple[str, bytes], ...] = ()
    odd: bool = False

    def raw(self, name: str) -> bytes | None:
        """The topmost value of this name as bytes."""
        return next((value for key, value in self.items if key == name), None)

    def all_raw(self, name: str) -> list[bytes]:
        """All values of this name, topmost first."""
        return [value for key, value in self.items if key == name]

    def text(self, name: str) -> str:
        """The topmost value, decoded; "" when missing."""
        raw = self.raw(name)
        return decode_words(decode_raw(raw)) if raw is not None else ""

    def structured(self, name: str) -> tuple[str, dict[str, str]]:
        """The topmost value as (lower-case first word, parameters)."""
        raw = self.raw(name)
        return parse_parameters(decode_raw(raw)) if raw is not None else ("", {})


def parse_headers(block: bytes) -> tuple[Headers, int]:
    """The fields in `block`, and where in it the body begins (after the blank line, or where headers stop).

    A line that is no header ends the headers when nothing that every mail has follows (a part without blank line);
    otherwise it is a broken fold and belongs to the field before it.
    """
    items: list[tuple[str, list[bytes]]] = []
    odd = False
    at = 0
    if block.startswith((b"From ", b">From ")):
        at = _line_end(block, 0)  # mbox
    while at < len(block):
        end = _line_end(block, at)
        line = block[at:end]
        bare = line.rstrip(b"\r\n")
        if not bare.strip(b" \t\x00"):
            return _freeze(items, odd=odd), end
        if line[:1] in b" \t" and items:
            items[-1][1].append(line)
        else:
            found = _NAME.match(line)
            if found is not None:
                if len(items) < MAX_HEADERS:
                    name = found.group(1).lower().decode("ascii")
                    items.append((name, [line[found.end() :]]))
            elif _more_headers(block, end):
                odd = True
                if items:
                    items[-1][1].append(b" " + line)
            else:
                return _freeze(items, odd=True), at
        at = end
    return _freeze(items, odd=odd), at


def _freeze(items: list[tuple[str, list[bytes]]], *, odd: bool) -> Headers:
    joined = ((name, b"".join(lines)[:MAX_VALUE].rstrip(b"\r\n").lstrip(b" \t")) for name, lines in items)
    return Headers(tuple(joined), odd)


def _line_end(block: bytes, at: int) -> int:
    """Where the line that begins at `at` ends, its CRLF, LF or CR included."""
    feed = block.find(b"\n", at)
    limit = feed if feed >= 0 else len(block)
    carriage = block.find(b"\r", at, limit)
    if carriage >= 0 and carriage + 1 != feed:
        return carriage + 1
    return feed + 1 if feed >= 0 else len(block)


def _more_headers(block: bytes, at: int) -> bool:
    """Whether within the next lines, before any blank one, stands a field that every mail has."""
    for _ in range(8):
        end = _line_end(block, at)
        line = block[at:end]
        if not line.strip():
            return False
        if _KNOWN.match(line) is not None:
            return True
        at = end
    return False


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """`text/plain; charset=x; name="y"` as ("text/plain", {"charset": "x", "name": "y"}), values decoded.

    RFC 2231 pieces are joined as bytes and win over a plain value of the same name, which is the older spelling.
    """
    head, _, rest = value.partition(";")
    if "=" in head and "/" not in head:
        head, rest = "", value  # "name=x" without a type
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for key, text in _split(rest[:MAX_VALUE]):
        section = _SECTION.match(key)
        if section is None:
            continue
        name = section.group(1).lower()
        if section.group(2) is None and section.group(3) is None:
            plain.setdefault(name, text)
        else:
            pieces.setdefault(name, []).append((int(section.group(2) or 0), section.group(3) is not None, text))
    found = {name: decode_words(text) for name, text in plain.items()}
    for name, parts in pieces.items():
        joined = _join_pieces(parts)
        if joined and not ("\ufffd" in joined and name in found):
            found[name] = joined
    return head.strip().lower(), found


def _split(rest: str) -> list[tuple[str, str]]:
    """The `key=value` pairs of a parameter list; an unquoted value ends where the next pair begins."""
    pairs: list[tuple[str, str]] = []
    at = 0
    while len(pairs) < 200:
        found = _PARAMETER.match(rest, at)
        if found is None:
            following = rest.find(";", at)
            if following < 0:
                break
            at = following + 1
            continue
        at = found.end()
        if rest[at : at + 1] == '"':
            text, at = _quoted(rest, at + 1)
        else:
            end = _NEXT.search(rest, at)
            stop = end.start() if end is not None else len(rest)
            text, at = rest[at:stop].strip().rstrip(";").strip(), stop
        pairs.append((found.group(1), text))
    return pairs


def _quoted(rest: str, at: int) -> tuple[str, int]:
    """A quoted string from after its quote: (text, where it ends). Only a quote or a backslash is ever escaped in
    real mails, and a quote inside a name that is not escaped ends nothing unless a pair or the end follows."""
    out: list[str] = []
    while at < len(rest):
        char = rest[at]
        if char == "\\" and rest[at + 1 : at + 2] == '"':
            out.append('"')
            at += 2
        elif char == "\\" and rest[at + 1 : at + 2] == "\\":
            out.append("\\")
            at += 2
        elif char == '"' and _AFTER_QUOTE.match(rest, at + 1) is not None:
            return "".join(out), at + 1
        else:
            out.append(char)
            at += 1
    return "".join(out), at


def _join_pieces(parts: list[tuple[int, bool, str]]) -> str:
    """RFC 2231: the pieces in the order of their numbers; the first encoded one begins with charset'language'."""
    parts.sort(key=lambda part: part[0])
    charset: str | None = None
    data = b""
    for number, encoded, text in parts:
        if encoded:
            if charset is None and number == parts[0][0] and text.count("'") >= 2:
                charset, _, text = text.split("'", 2)
            data += unquote_to_bytes(text)
        else:
            data += text.encode("utf-8", "replace") if charset is None else _recode(text, charset)
    text = decode_text(data, charset)[0]
    return decode_words(text) if "=?" in text else text


def _recode(text: str, charset: str) -> bytes:
    """A piece that was not percent-encoded among those that were: back to bytes of the same charset."""
    try:
        return text.encode(charset)
    except (LookupError, UnicodeError, ValueError):
        return text.encode("utf-8", "replace")
