"""Old Excel workbooks (.xls, WPS .et) -> their words and addresses: lists of the submissions with their links.

Only text is taken out ([MS-XLS] BIFF8, and BIFF5 of Excel 95); numbers, formulas and layout are not. What cannot be read, a
workbook behind a password too, gives no text and is no fault: no form lies in a list.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator
from pathlib import Path

from core.ports import ReadLimits
from parsers.charset import decode_text
from parsers.ole import open_ole

_MAX_STREAM = 64 << 20
_MAX_RECORDS = 2_000_000
_CONTINUE, _SST, _LABEL, _STRING, _LINK, _LOCKED, _BEGIN, _SHEET, _CODEPAGE = (
    0x003C, 0x00FC, 0x0204, 0x0207, 0x01B8, 0x002F, 0x0809, 0x0085, 0x0042,
)  # fmt: skip
_URL = bytes.fromhex("E0C9EA79F9BACE118C8200AA004BA90B")  # the moniker of an address within a HLINK record

Record = tuple[int, list[bytes]]
"""Type, and the pieces of its body: its own, then those of the CONTINUE records behind it."""


def read_old_sheet_text(path: Path, limits: ReadLimits) -> str:
    """All words, one string of a cell a line, then the addresses of hyperlinks. Never raises for any bytes, except MemoryError."""
    lines: list[str] = []
    addresses: list[str] = []
    room = limits.text_chars
    try:
        for line, is_address in _lines(path):
            (addresses if is_address else lines).append(line[:room])
            room -= len(line)
            if room <= 0:
                break
    except (struct.error, ValueError, IndexError, LookupError):
        pass  # a damaged record: what was read before it stays
    return "\n".join((*lines, *addresses))[: limits.text_chars]


def _lines(path: Path) -> Iterator[tuple[str, bool]]:
    with open_ole(path) as file:
        if file is None:
            return
        name = next((path for path in file.paths() if len(path) == 1 and path[0].lower() in ("workbook", "book")), None)
        data = file.read(name, _MAX_STREAM) if name else None
    wide, charset = True, "gb18030"
    for kind, pieces in _records(data or b""):
        body = pieces[0]
        if kind == _LOCKED:
            return
        if kind == _BEGIN and len(body) >= 2:
            wide = struct.unpack_from("<H", body)[0] >= 0x0600
        elif kind == _CODEPAGE and len(body) >= 2:
            charset = _charset(struct.unpack_from("<H", body)[0])
        elif kind == _SST:
            yield from ((text, False) for text in _shared(pieces))
        elif kind == _SHEET and len(body) > 8:
            yield _short(body, 6, charset, wide=wide), False
        elif kind == _LABEL and len(body) > 8:
            yield _long(body, 6, charset, wide=wide), False
        elif kind == _STRING and len(body) > 2:
            yield _long(body, 0, charset, wide=wide), False
        elif kind == _LINK and (at := body.find(_URL)) >= 0:
            size = struct.unpack_from("<I", body, at + 16)[0]
            yield body[at + 20 : at + 20 + size].decode("utf-16-le", "ignore").partition("\0")[0], True


def _records(data: bytes) -> Iterator[Record]:
    at = 0
    held: Record | None = None
    for _ in range(_MAX_RECORDS):
        if at + 4 > len(data):
            break
        kind, size = struct.unpack_from("<HH", data, at)
        body = data[at + 4 : at + 4 + size]
        at += 4 + size
        if kind == _CONTINUE and held is not None:
            held[1].append(body)
            continue
        if held is not None:
            yield held
        held = (kind, [body])
    if held is not None:
        yield held


def _charset(codepage: int) -> str:
    name = {1200: "gb18030", 936: "gb18030", 950: "big5", 65001: "utf-8"}.get(codepage, f"cp{codepage}")
    try:
        codecs.lookup(name)
    except LookupError:
        return "gb18030"
    return name


def _short(body: bytes, at: int, charset: str, *, wide: bool) -> str:
    """A string whose length is one byte (a sheet's name)."""
    size = body[at]
    if not wide:
        return decode_text(body[at + 1 : at + 1 + size], charset)[0]
    return body[at + 2 : at + 2 + 2 * size].decode("utf-16-le", "ignore") if body[at + 1] & 1 else body[at + 2 : at + 2 + size].decode("latin-1")


def _long(body: bytes, at: int, charset: str, *, wide: bool) -> str:
    """A string whose length is two bytes (a cell)."""
    size = struct.unpack_from("<H", body, at)[0]
    if not wide:
        return decode_text(body[at + 2 : at + 2 + size], charset)[0]
    return body[at + 3 : at + 3 + 2 * size].decode("utf-16-le", "ignore") if body[at + 2] & 1 else body[at + 3 : at + 3 + size].decode("latin-1")


def _shared(pieces: list[bytes]) -> Iterator[str]:
    """The table of the strings of all cells. A string may go on in the next piece, which then begins with a byte that says
    anew whether its characters are of two bytes ([MS-XLS] 2.5.293)."""
    reader = _Pieces(pieces)
    count = struct.unpack("<I", reader.take(8)[4:])[0]
    for _ in range(min(count, _MAX_RECORDS)):
        if reader.ended:
            return
        size, flags = struct.unpack("<HB", reader.take(3))
        runs = struct.unpack("<H", reader.take(2))[0] if flags & 8 else 0
        extra = struct.unpack("<I", reader.take(4))[0] if flags & 4 else 0
        yield reader.text(size, wide=bool(flags & 1))
        reader.skip(4 * runs + extra)


class _Pieces:
    """Bytes that stand in several records."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces, self._number, self._at = pieces, 0, 0

    @property
    def ended(self) -> bool:
        while self._number < len(self._pieces) and self._at >= len(self._pieces[self._number]):
            self._number, self._at = self._number + 1, 0
        return self._number >= len(self._pieces)

    def take(self, size: int) -> bytes:
        """So many bytes, across the records. Raises ValueError at the end."""
        found = b""
        while len(found) < size:
            if self.ended:
                raise ValueError("the table of strings is cut off")
            piece = self._pieces[self._number][self._at : self._at + size - len(found)]
            self._at += len(piece)
            found += piece
        return found

    def skip(self, size: int) -> None:
        while size > 0 and not self.ended:
            step = min(size, len(self._pieces[self._number]) - self._at)
            self._at += step
            size -= step

    def text(self, size: int, *, wide: bool) -> str:
        """So many characters; where they go on in the next record, a byte of flags stands between."""
        found = ""
        while size > 0:
            if self._number >= len(self._pieces):
                break
            piece = self._pieces[self._number]
            if self._at >= len(piece):
                if self.ended:
                    break
                wide = bool(self._pieces[self._number][0] & 1)
                self._at = 1
                continue
            raw = piece[self._at : self._at + (2 * size if wide else size)]
            self._at += len(raw)
            shown = raw.decode("utf-16-le", "ignore") if wide else raw.decode("latin-1")
            size -= len(raw) // 2 if wide else len(raw)
            found += shown
            if wide and len(raw) % 2:
                break  # half a character: damaged
        return found
