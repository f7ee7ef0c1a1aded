"""Windows metafiles (EMF, WMF, and their gzipped kin) -> the largest bitmap inside: Word and WPS keep pasted screenshots and
scans that way. Drawing commands are not played; a metafile without a bitmap gives nothing."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

MAX_BYTES = 64 << 20
_EMF_BITMAPS = {76: 84, 77: 84, 80: 48, 81: 48, 114: 84}  # record -> where its four lengths and places of a DIB stand
_WMF_BITMAPS = {0x0B41: 26, 0x0940: 24, 0x0F43: 28, 0x0D33: 24}  # record -> where its DIB begins
_MAX_RECORDS = 200_000
_INSIDE = ((b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"), (b"\xff\xd8\xff", b"\xff\xd9"))


def is_metafile(data: bytes) -> bool:
    """Whether these bytes begin as a metafile, gzipped or not."""
    return data[40:44] == b" EMF" or data[:4] in (b"\xd7\xcd\xc6\x9a", b"\x01\x00\x09\x00") or data[:3] == b"\x1f\x8b\x08"


def find_bitmap(data: bytes) -> bytes | None:
    """The largest bitmap as a picture file (BMP, PNG or JPEG); None if there is none. Never raises for any bytes."""
    if data[:2] == b"\x1f\x8b":
        try:
            data = zlib.decompressobj(31).decompress(data, MAX_BYTES)
        except zlib.error:
            return None
    try:
        found = list(_emf(data) if data[40:44] == b" EMF" else _wmf(data))
    except (struct.error, ValueError):
        found = []
    found += _files_inside(data)
    return max(found, key=len, default=None)


def _emf(data: bytes) -> Iterator[bytes]:
    """Bitmaps of an enhanced metafile (MS-EMF 2.3.1)."""
    at = 0
    for _ in range(_MAX_RECORDS):
        if at + 8 > len(data):
            return
        kind, size = struct.unpack_from("<II", data, at)
        if size < 8 or kind == 14:
            return
        place = _EMF_BITMAPS.get(kind)
        if place is not None and size > place + 16:
            info, info_size, bits, bits_size = struct.unpack_from("<IIII", data, at + place)
            if info + info_size <= size and bits + bits_size <= size and info_size >= 40:
                yield _as_bmp(data[at + info : at + info + info_size], data[at + bits : at + bits + bits_size])
        at += size


def _wmf(data: bytes) -> Iterator[bytes]:
    """Bitmaps of a Windows metafile (MS-WMF 2.3.1), with or without the placeable header."""
    at = 22 if data[:4] == b"\xd7\xcd\xc6\x9a" else 0
    at += 18
    for _ in range(_MAX_RECORDS):
        if at + 6 > len(data):
            return
        size, kind = struct.unpack_from("<IH", data, at)
        if size < 3 or kind == 0:
            return
        place = _WMF_BITMAPS.get(kind)
        dib = data[at + place : at + 2 * size] if place is not None else b""
        if len(dib) > 40 and struct.unpack_from("<I", dib)[0] == 40:
            colours, bits = struct.unpack_from("<I", dib, 32)[0], struct.unpack_from("<H", dib, 14)[0]
            head = 40 + 4 * (min(colours, 256) or (1 << bits if bits <= 8 else 0))
            yield _as_bmp(dib[:head], dib[head:])
        at += 2 * size


def _as_bmp(info: bytes, bits: bytes) -> bytes:
    """A DIB with the file header that makes it a BMP."""
    start = 14 + len(info)
    return b"BM" + struct.pack("<IHHI", start + len(bits), 0, 0, start) + info + bits


def _files_inside(data: bytes) -> list[bytes]:
    """PNG and JPEG files in comment records (EMF+), by their own marks."""
    found: list[bytes] = []
    for head, tail in _INSIDE:
        start = data.find(head)
        while start >= 0 and len(found) < 20:
            following = data.find(head, start + 8)
            end = data.rfind(tail, start, following if following >= 0 else len(data))
            if end > start:
                found.append(data[start : end + len(tail)])
            start = following
    return found
