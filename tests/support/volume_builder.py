"""Archives cut into volumes, as WinRAR, WinZip and 7-Zip cut them, byte by byte.

    rar5_volumes("表.docx", data, 3)        # three .partN.rar, the file stored across them
    rar4_volumes("表.docx", data, 3)        # the same in the older format
    split_zip(zip_bytes([...]), 3)          # .z01, .z02, .zip: places counted per piece
    cut(seven_zip_bytes([...]), 3)          # .7z.001 ...
"""

from __future__ import annotations

import struct
import zlib

from tests.support.archive_builder import _rar4_block, _rar5_block, _vint


def cut(data: bytes, pieces: int) -> list[bytes]:
    size = -(-len(data) // pieces)
    return [data[start : start + size] for start in range(0, len(data), size)]


def rar5_volumes(name: str, data: bytes, pieces: int, *, locked: bool = False) -> list[bytes]:
    raw, volumes = name.encode("utf-8"), []
    for number, part in enumerate(cut(data, pieces)):
        last = number == pieces - 1
        out = b"Rar!\x1a\x07\x01\x00"
        out += _rar5_block(_vint(1) + _vint(0) + (_vint(3) + _vint(number) if number else _vint(int(pieces > 1))))
        extra = _vint(48) + _vint(1) + bytes(47) if locked else b""
        flags = 0x02 | (0x08 if number else 0) | (0 if last else 0x10) | (1 if extra else 0)
        body = _vint(2) + _vint(flags) + (_vint(len(extra)) if extra else b"") + _vint(len(part)) + _vint(0x0004) + _vint(len(data)) + _vint(0x20)
        check = zlib.crc32(data if last else part)
        body += struct.pack("<I", check) + _vint(0) + _vint(0) + _vint(len(raw)) + raw + extra
        out += _rar5_block(body, part) + _rar5_block(_vint(5) + _vint(0) + _vint(0 if last else 1))
        volumes.append(out)
    return volumes


def rar4_volumes(name: str, data: bytes, pieces: int) -> list[bytes]:
    raw, volumes = name.encode("gb18030"), []
    for number, part in enumerate(cut(data, pieces)):
        last = number == pieces - 1
        out = b"Rar!\x1a\x07\x00" + _rar4_block(0x73, 0x0001 | 0x0010 | (0 if number else 0x0100), bytes(6))
        flags = 0x8000 | (0x0001 if number else 0) | (0 if last else 0x0002)
        check = zlib.crc32(data if last else part)
        fields = struct.pack("<IIBIIBBHI", len(part), len(data), 2, check, 0x53684A00, 29, 0x30, len(raw), 0x20)
        out += _rar4_block(0x74, flags, fields + raw) + part + _rar4_block(0x7B, 0x4000 | (0 if last else 0x0001), b"")
        volumes.append(out)
    return volumes


def split_zip(data: bytes, pieces: int) -> list[bytes]:
    """The pieces in their order, the `.zip` last."""
    end = data.rindex(b"PK\x05\x06")
    count, length, begin = struct.unpack_from("<HII", data, end + 10)
    whole = b"PK\x07\x08" + data[:begin]
    size = -(-len(whole) // pieces)
    directory = bytearray(data[begin : begin + length])
    at = 0
    while at < len(directory):
        name, extra, comment = struct.unpack_from("<HHH", directory, at + 28)
        place = struct.unpack_from("<I", directory, at + 42)[0] + 4
        struct.pack_into("<H", directory, at + 34, place // size)
        struct.pack_into("<I", directory, at + 42, place % size)
        at += 46 + name + extra + comment
    parts = cut(whole, pieces)
    last = len(parts) - 1
    offset = len(parts[-1])
    parts[-1] += bytes(directory) + b"PK\x05\x06" + struct.pack("<HHHHIIH", last, last, count, count, length, offset, 0)
    return parts
