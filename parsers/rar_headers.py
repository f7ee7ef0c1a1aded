"""The headers of a RAR archive (4 and 5), walked without unpacking: is it one volume of several, is it locked, is it whole.

libarchive unpacks RAR but says too little about these. Sources: UnRAR's technote (RAR 4), the RAR 5.0 archive format note.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

RAR4, RAR5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_MAX_BLOCKS = 50_000
_MAX_HEADER = 2 << 20


@dataclass(slots=True)
class RarFacts:
    """What the headers say. `more`: another volume follows; `first`: no file continues from an earlier one; `headers_locked`:
    not even names can be read; `locked`: some file needs a password; `whole`: the walk came to the archive's end."""

    version: int
    volume: bool = False
    more: bool = False
    first: bool = True
    headers_locked: bool = False
    locked: bool = False
    whole: bool = False


def read_rar(path: Path) -> RarFacts | None:
    """The facts, as far as the headers can be walked; None if this is no RAR archive."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(8)
        if head.startswith(RAR4):
            facts = RarFacts(4)
            file.seek(7)
            blocks = _walk4(file, facts)
        elif head == RAR5:
            facts = RarFacts(5)
            blocks = _walk5(file, facts)
        else:
            return None
        for _, _end in zip(range(_MAX_BLOCKS), blocks, strict=False):
            if facts.whole or facts.headers_locked:
                break
            if _end >= size:
                facts.whole = _end == size and not facts.volume  # archives of old have no end block
                break
        return facts


def _walk4(file: BinaryIO, facts: RarFacts) -> Iterator[int]:
    """Yields where each block ends; the facts are filled in meanwhile."""
    while True:
        start = file.tell()
        head = file.read(7)
        if len(head) < 7:
            return
        kind, flags, length = head[2], int.from_bytes(head[3:5], "little"), int.from_bytes(head[5:7], "little")
        if length < 7 or not 0x72 <= kind <= 0x7B:
            return
        body = file.read(length - 7)
        size = int.from_bytes(body[:4], "little") if flags & 0x8000 or kind == 0x74 else 0
        if kind == 0x73:
            facts.volume, facts.headers_locked = bool(flags & 0x0001), bool(flags & 0x0080)
        elif kind == 0x74:
            if flags & 0x0100:
                size |= int.from_bytes(body[25:29], "little") << 32
            facts.first = facts.first and not flags & 0x0001
            facts.more = bool(flags & 0x0002)
            facts.locked = facts.locked or bool(flags & 0x0004)
        elif kind == 0x7B:
            facts.more, facts.whole = facts.more or bool(flags & 0x0001), True
        end = start + length + size
        yield end  # whoever looks stops at a place beyond the file, which no seek may reach
        file.seek(end)


def _walk5(file: BinaryIO, facts: RarFacts) -> Iterator[int]:
    while True:
        file.read(4)  # CRC
        length = _read_vint(file)
        if length is None or not 0 < length <= _MAX_HEADER:
            return
        start = file.tell()
        header = _Numbers(file.read(length))
        if len(header.data) < length:
            return
        kind, flags = header.next(), header.next()
        extra = header.next() if flags & 0x0001 else 0
        size = header.next() if flags & 0x0002 else 0
        if kind == 1:
            facts.volume = bool(header.next() & 0x0001)
        elif kind == 2:
            facts.first = facts.first and not flags & 0x0008
            facts.more = bool(flags & 0x0010)
            facts.locked = facts.locked or _is_locked(header.data[-extra:] if extra else b"")
        elif kind == 4:
            facts.headers_locked = True
        elif kind == 5:
            facts.more, facts.whole = bool(header.next() & 0x0001), True
        end = start + length + size
        yield end  # whoever looks stops at a place beyond the file, which no seek may reach
        file.seek(end)


def _is_locked(extra: bytes) -> bool:
    """Whether a file's extra area holds a record of type 1, its encryption."""
    numbers = _Numbers(extra)
    while numbers.at < len(extra):
        size = numbers.next()
        start = numbers.at
        if numbers.next() == 1:
            return True
        numbers.at = start + max(size, 1)
    return False


@dataclass(slots=True)
class _Numbers:
    """Numbers of variable length, seven bits a byte, lowest first; 0 where the data ends."""

    data: bytes
    at: int = 0

    def next(self) -> int:
        value = shift = 0
        while self.at < len(self.data) and shift < 64:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        return value


def _read_vint(file: BinaryIO) -> int | None:
    data = b""
    while len(data) < 10:
        byte = file.read(1)
        if not byte:
            return None
        data += byte
        if not byte[0] & 0x80:
            return _Numbers(data).next()
    return None
