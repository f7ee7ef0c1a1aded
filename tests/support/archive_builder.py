"""Archives as Windows, macOS and Chinese tools write them, byte by byte: zip with GBK names, RAR 4 and 5, 7z, tar.

    zip_bytes([("济南市教育局+典型案例.docx", data)], names="gbk")        # Windows Explorer: GBK, no flag
    zip_bytes(..., names="utf8-unflagged")                             # macOS Archive Utility
    zip_bytes(..., names="gbk+unicode")                                # WinRAR: GBK plus extra field 0x7075
    zip_bytes(..., password=b"123")                                    # ZipCrypto, so that nothing can be read
    rar5_bytes([...]), rar4_bytes([...]), seven_zip_bytes([...]), tar_bytes([...], charset="gb18030", packed=True)
    zip_bomb(100 * 2**20)                                              # zeros, about 1000 : 1

Names may hold `/`. RAR entries are stored, which every reader of RAR understands.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

Entries = Sequence[tuple[str, bytes]]


def zip_bytes(
    entries: Entries,
    names: str = "utf8",
    *,
    password: bytes | None = None,
    stored: bool = False,
    method: int | None = None,
) -> bytes:
    """A zip. `names`: utf8 (flag set), utf8-unflagged, gbk, gbk+unicode, cp437-backslash (GBK with `\\` separators)."""
    out = bytearray()
    central = bytearray()
    for name, data in entries:
        raw, flags, extra = _zip_name(name, names)
        used = (0 if stored else 8) if method is None else method
        packed = _deflate(data) if used == 8 else data
        check = zlib.crc32(data)
        if password is not None:
            flags |= 1
            packed = _zip_crypto(packed, password, check >> 24)
        fields = (20, flags, used, 0x4A00, 0x5368, check, len(packed), len(data), len(raw), len(extra))
        offset = len(out)
        out += b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", *fields) + raw + extra + packed
        central += b"PK\x01\x02" + struct.pack("<H", 20) + struct.pack("<HHHHHIIIHH", *fields)
        central += struct.pack("<HHHII", 0, 0, 0, 0x20, offset) + raw + extra
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(central), len(out), 0)
    return bytes(out + central + b"PK\x05\x06" + end)


def _zip_name(name: str, how: str) -> tuple[bytes, int, bytes]:
    if how == "utf8":
        return name.encode("utf-8"), 0x800, b""
    if how == "utf8-unflagged":
        return name.encode("utf-8"), 0, b""
    raw = name.encode("gb18030")
    if how == "cp437-backslash":
        return name.replace("/", "\\").encode("gb18030"), 0, b""
    if how == "gbk+unicode":
        text = name.encode("utf-8")
        return raw, 0, struct.pack("<HHBI", 0x7075, 5 + len(text), 1, zlib.crc32(raw)) + text
    return raw, 0, b""


def _deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _zip_crypto(data: bytes, password: bytes, check: int) -> bytes:
    """Traditional PKWARE encryption."""
    table = [_crc_step(0, n) for n in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 0xFF]
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 0xFF]

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in bytes(11) + bytes((check,)) + data:
        temp = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ (((temp * (temp ^ 1)) >> 8) & 0xFF))
        update(byte)
    return bytes(out)


def _crc_step(crc: int, byte: int) -> int:
    value = crc ^ byte
    for _ in range(8):
        value = (value >> 1) ^ (0xEDB88320 if value & 1 else 0)
    return value


def zip_bomb(size: int, name: str = "材料.docx") -> bytes:
    """A zip with one file of `size` zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    check = 0
    pieces = []
    for start in range(0, size, len(block)):
        piece = block[: min(len(block), size - start)]
        check = zlib.crc32(piece, check)
        pieces.append(packer.compress(piece))
    packed = b"".join(pieces) + packer.flush()
    raw = name.encode("utf-8")
    fields = (20, 0x800, 8, 0, 0x5368, check, len(packed), size, len(raw), 0)
    local = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", *fields) + raw + packed
    central = b"PK\x01\x02\x14\x00" + struct.pack("<HHHHHIIIHH", *fields) + struct.pack("<HHHII", 0, 0, 0, 0, 0) + raw
    return local + central + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)


# ---- rar --------------------------------------------------------------------------------------------------------


def _vint(value: int) -> bytes:
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def _rar5_block(body: bytes, data: bytes = b"") -> bytes:
    sized = _vint(len(body)) + body
    return struct.pack("<I", zlib.crc32(sized)) + sized + data


def rar5_bytes(entries: Entries, *, volume: bool = False) -> bytes:
    """A RAR 5 archive, files stored. `volume`: marked as one of several volumes."""
    out = b"Rar!\x1a\x07\x01\x00" + _rar5_block(_vint(1) + _vint(0) + _vint(1 if volume else 0))
    for name, data in entries:
        raw = name.encode("utf-8")
        body = _vint(2) + _vint(0x0002) + _vint(len(data)) + _vint(0x0004) + _vint(len(data)) + _vint(0x20)
        body += struct.pack("<I", zlib.crc32(data)) + _vint(0) + _vint(0) + _vint(len(raw)) + raw
        out += _rar5_block(body, data)
    return out + b"\x1d\x77\x56\x51\x03\x05\x04\x00"


def rar4_bytes(entries: Entries, *, unicode_names: bool = False, encrypted: bool = False) -> bytes:
    """A RAR 4 archive, files stored, names in GBK (`unicode_names`: in UTF-8, as Linux tools write them)."""
    out = b"Rar!\x1a\x07\x00" + _rar4_block(0x73, 0, bytes(6))
    for name, data in entries:
        raw = name.encode("utf-8" if unicode_names else "gb18030")
        flags = 0x8000 | (0x0200 if unicode_names else 0) | (0x0004 if encrypted else 0)
        fields = struct.pack(
            "<IIBIIBBHI", len(data), len(data), 2, zlib.crc32(data), 0x53684A00, 29, 0x30, len(raw), 0x20
        )
        out += _rar4_block(0x74, flags, fields + raw) + data
    return out + _rar4_block(0x7B, 0x4000, b"")


def _rar4_block(kind: int, flags: int, body: bytes) -> bytes:
    rest = struct.pack("<BHH", kind, flags, 7 + len(body)) + body
    return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest


# ---- 7z, tar ----------------------------------------------------------------------------------------------------


def seven_zip_bytes(entries: Entries) -> bytes:
    """A 7z archive, written by libarchive."""
    import libarchive

    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.7z"
        with libarchive.file_writer(str(path), "7zip") as archive:
            for name, data in entries:
                archive.add_file_from_memory(name, len(data), data)
        return path.read_bytes()


def tar_bytes(entries: Entries, charset: str = "utf-8", *, packed: bool = False) -> bytes:
    """A tar (`packed`: tar.gz) with names in this charset."""
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w:gz" if packed else "w", encoding=charset, format=tarfile.GNU_FORMAT
    ) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()
