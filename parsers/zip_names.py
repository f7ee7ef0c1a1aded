"""The names inside a zip, as bytes, without unpacking anything: tells a docx from an archive of files.

Reads the central directory itself rather than with `zipfile`, because it must stay small for a directory of a
million entries and must still say something when the end of the file is missing. It unpacks nothing; `archives`
does that.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from parsers.charset import decode_text

MAX_NAMES = 4096
LOCAL = b"PK\x03\x04"
_CENTRAL = b"PK\x01\x02"
_END = b"PK\x05\x06"
_END_SEARCH = 65_557  # end record (22 bytes) plus the longest comment
_MAX_INFLATED = 1 << 20
_GB_USUAL, _BIG5_USUAL = (0xB0A1, 0xD7F9), (0xA140, 0xC67E)  # first levels; Big5's with punctuation


@dataclass(frozen=True, slots=True)
class ZipName:
    """One entry: its name as written, where its local header should be, and the general purpose flags."""

    name: bytes
    offset: int
    flags: int


def find_zip_names(data: mmap.mmap | bytes) -> tuple[ZipName, ...]:
    """Up to `MAX_NAMES` entries of the zip in `data`; the local headers are used when the directory is missing."""
    return _from_directory(data) or _from_local_headers(data)


def has_directory(data: mmap.mmap | bytes) -> bool:
    """Whether the end record of a zip stands at the end of `data` (a zip behind other bytes has it too)."""
    return data.rfind(_END, max(0, len(data) - _END_SEARCH)) >= 0


def _from_directory(data: mmap.mmap | bytes) -> tuple[ZipName, ...]:
    end = data.rfind(_END, max(0, len(data) - _END_SEARCH))
    if end < 0 or end + 22 > len(data):
        return ()
    size, start = struct.unpack_from("<II", data, end + 12)
    if data[start : start + 4] != _CENTRAL:
        # Bytes before the zip (or zip64's 0xFFFFFFFF): the directory ends where the end record begins.
        start = end - size
        if start < 0 or data[start : start + 4] != _CENTRAL:
            start = data.find(_CENTRAL, max(0, end - (1 << 24)))
    found: list[ZipName] = []
    while start >= 0 and start + 46 <= len(data) and data[start : start + 4] == _CENTRAL and len(found) < MAX_NAMES:
        flags = struct.unpack_from("<H", data, start + 8)[0]
        name_size, extra, comment = struct.unpack_from("<HHH", data, start + 28)
        offset = struct.unpack_from("<I", data, start + 42)[0]
        found.append(ZipName(data[start + 46 : start + 46 + name_size], offset, flags))
        start += 46 + name_size + extra + comment
    return tuple(found)


def _from_local_headers(data: mmap.mmap | bytes) -> tuple[ZipName, ...]:
    """What a cut-off zip still shows: the local headers, found by their signature."""
    found: list[ZipName] = []
    start = data.find(LOCAL)
    while start >= 0 and start + 30 <= len(data) and len(found) < MAX_NAMES:
        flags = struct.unpack_from("<H", data, start + 6)[0]
        packed, _, name_size, extra = struct.unpack_from("<IIHH", data, start + 18)
        found.append(ZipName(data[start + 30 : start + 30 + name_size], start, flags))
        following = start + 30 + name_size + extra + packed
        start = following if data[following : following + 4] == LOCAL else data.find(LOCAL, start + 30)
    return tuple(found)


def read_entry(data: mmap.mmap | bytes, entry: ZipName) -> bytes:
    """The first megabyte of an entry's content; empty when it cannot be read (encrypted, damaged, another method)."""
    start = entry.offset
    if data[start : start + 4] != LOCAL or start + 30 > len(data) or entry.flags & 1:
        return b""
    method = struct.unpack_from("<H", data, start + 8)[0]
    packed, _, name_size, extra = struct.unpack_from("<IIHH", data, start + 18)
    begin = start + 30 + name_size + extra
    raw = data[begin : begin + (packed or _MAX_INFLATED)]
    if method == 0:
        return raw[:_MAX_INFLATED] if packed else b""
    if method != zlib.DEFLATED:
        return b""
    try:
        return zlib.decompressobj(-15).decompress(raw, _MAX_INFLATED)
    except zlib.error:
        return b""


def count_entries(path: Path) -> tuple[int, bool]:
    """How many entries a zip could list, by the size of its directory, and whether it is one volume of several."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SEARCH))
        tail = file.read()
        end = tail.rfind(_END)
        if end < 0 or end + 22 > len(tail):
            return 0, False
        disk, first_disk, _, total, directory = struct.unpack_from("<HHHHI", tail, end + 4)
        volume = (disk, first_disk) not in ((0, 0), (0xFFFF, 0xFFFF))
        if total == 0xFFFF or directory == 0xFFFFFFFF:  # the true numbers stand in the zip64 record, if there is one
            total, directory = _zip64(file, tail, end)
    return max(total, directory // 46), volume


def _zip64(file: BinaryIO, tail: bytes, end: int) -> tuple[int, int]:
    """Entries and size of the directory by the zip64 record; (0, 0) without one, which `zipfile` then finds out."""
    if tail[end - 20 : end - 16] != b"PK\x06\x07":
        return 0, 0
    file.seek(struct.unpack_from("<Q", tail, end - 12)[0])
    record = file.read(56)
    return struct.unpack_from("<QQ", record, 32) if record[:4] == b"PK\x06\x06" and len(record) == 56 else (0, 0)


def decode_zip_name(raw: bytes, flags: int, extra: bytes) -> str:
    """A name in an archive as text: UTF-8 where the flag (bit 11) or Info-ZIP's extra field 0x7075 says so, else what
    it turns out to be. Chinese Windows writes GBK without saying so, macOS UTF-8 without saying so."""
    unicode_name = _unicode_path(raw, extra)
    if unicode_name is not None:
        return unicode_name
    if flags & 0x800:
        return decode_text(raw, "utf-8")[0]
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return _chinese(raw)
    beyond = [char for char in text if char > "\x7f"]
    # 联通 in GBK is valid UTF-8 too, but of characters that no Chinese name has.
    return text if all(char >= "\u2000" for char in beyond) else _chinese(raw)


def _chinese(raw: bytes) -> str:
    """GBK, or Big5 where the bytes are everyday characters in that and not in GBK."""
    if _everyday(raw, "big5", _BIG5_USUAL) >= 0.95 > 0.3 + _everyday(raw, "gb18030", _GB_USUAL):
        return raw.decode("big5", "replace")
    return decode_text(raw, "gb18030")[0]


def _everyday(raw: bytes, charset: str, usual: tuple[int, int]) -> float:
    """Share of the Chinese characters that are of the charset's first level, the everyday ones; 0 for other bytes."""
    try:
        codes = [code for char in raw.decode(charset) if (code := char.encode(charset)) > b"\x80"]
    except UnicodeError:
        return 0.0
    return sum(len(code) == 2 and usual[0] <= int.from_bytes(code, "big") <= usual[1] for code in codes) / max(len(codes), 1)


def _unicode_path(raw: bytes, extra: bytes) -> str | None:
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == 0x7075 and size > 5 and at + 4 + size <= len(extra):
            check = struct.unpack_from("<I", extra, at + 5)[0]
            if check == zlib.crc32(raw):
                try:
                    return extra[at + 9 : at + 4 + size].decode("utf-8")
                except UnicodeDecodeError:
                    return None
        at += 4 + size
    return None
