"""MAPI properties as Outlook stores them inside winmail.dat: a counted list of typed values. Bounded and total: a
count or a length that does not fit ends the list."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from parsers.charset import decode_text

SUBJECT, BODY, HTML = 0x0037, 0x1000, 0x1013
SENDER_NAME, SENDER_ADDRESS, SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
DISPLAY_NAME, DATA, FILE_NAME, LONG_NAME = 0x3001, 0x3701, 0x3704, 0x3707
CONTENT_ID = 0x3712
STRING8, UNICODE, OBJECT, BINARY = 0x001E, 0x001F, 0x000D, 0x0102

_MAX_PROPERTIES = 5000
_MAX_VALUES = 10_000
_FIXED = {0x0002: 4, 0x000B: 4, 0x0003: 4, 0x0004: 4, 0x000A: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8,
          0x0048: 16}  # fmt: skip
_VARIABLE = (STRING8, UNICODE, OBJECT, BINARY)


@dataclass(frozen=True, slots=True)
class Value:
    """One property's first value: its type and where in the data it lies."""

    kind: int
    start: int
    size: int


def read_properties(data: bytes) -> dict[int, Value]:
    """Property id -> first value (MS-OXTNEF 2.1.3.4). Named properties are stepped over."""
    found: dict[int, Value] = {}
    try:
        count = struct.unpack_from("<I", data)[0]
        at = 4
        for _ in range(min(count, _MAX_PROPERTIES)):
            kind, number = struct.unpack_from("<HH", data, at)
            at += 4
            if number >= 0x8000:
                at = _after_name(data, at)
            at = _read_value(data, at, kind, number, found)
    except (struct.error, ValueError):
        pass
    return found


def _after_name(data: bytes, at: int) -> int:
    """Steps over a named property's GUID and number or name."""
    if struct.unpack_from("<I", data, at + 16)[0] == 0:
        return at + 24
    length = struct.unpack_from("<I", data, at + 20)[0]
    return int(at + 24 + length + -length % 4)


def _read_value(data: bytes, at: int, kind: int, number: int, found: dict[int, Value]) -> int:
    """Notes the value at `at` and returns where the next property begins. Raises ValueError for what does not fit."""
    many = bool(kind & 0x1000)
    kind &= ~0x1000
    values = 1
    if many or kind in _VARIABLE:
        values = struct.unpack_from("<I", data, at)[0]
        at += 4
    if values > _MAX_VALUES:
        raise ValueError("too many values")
    for index in range(values):
        size = _FIXED.get(kind, -1)
        if size < 0:
            if kind not in _VARIABLE:
                raise ValueError("unknown type")
            size = struct.unpack_from("<I", data, at)[0]
            at += 4
        if size > len(data) - at:
            raise ValueError("beyond the end")
        if index == 0:
            found.setdefault(number, Value(kind, at, size))
        at += size + -size % 4
    return at


def text_of(data: bytes, value: Value | None, codepage: int = 0) -> str:
    """A string property as text; Chinese systems write GBK in the 8-bit kind whatever codepage they name."""
    if value is None:
        return ""
    return decode_string(data[value.start : value.start + value.size], value.kind, codepage)


def decode_string(raw: bytes, kind: int, codepage: int = 0) -> str:
    """The bytes of a string property (STRING8, UNICODE or BINARY) as text without its closing NUL."""
    if kind == UNICODE:
        return raw.decode("utf-16-le", "replace").split("\x00", 1)[0]
    label = {65001: "utf-8", 936: "gb18030", 54936: "gb18030", 950: "big5", 20127: None}.get(codepage, "gb18030")
    return decode_text(raw.split(b"\x00", 1)[0], label)[0]
