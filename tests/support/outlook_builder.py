"""winmail.dat and .msg files for tests, and the OLE compound file that a .msg (or an old .doc) is.

winmail_dat([("济南市教育局+典型案例.docx", data)], body="正文", codepage=936)
msg_file("主题", "正文", [("盖章.pdf", data)], inner=msg_streams(...))
ole_file({("WordDocument",): b"...", ("Macros", "VBA", "ThisDocument"): b"..."})
vba_module("Sub AutoOpen()\\r\\nEnd Sub")        # a module stream as MS-OVBA stores it
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

Streams = Mapping[tuple[str, ...], bytes]
Files = Sequence[tuple[str, bytes]]


def _record(level: int, attribute: int, kind: int, data: bytes) -> bytes:
    return struct.pack("<BHHI", level, attribute, kind, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _property(number: int, kind: int, data: bytes) -> bytes:
    padded = data + bytes(-len(data) % 4)
    return struct.pack("<HH", kind, number) + struct.pack("<II", 1, len(data)) + padded


def winmail_dat(
    files: Files, body: str = "", subject: str = "材料报送", codepage: int = 936, *, long_names: str = "unicode"
) -> bytes:
    """A TNEF stream. The title holds the name in the codepage; `long_names`: "unicode" or "ansi" for the MAPI property,
    "" for none."""
    text = {936: "gb18030", 65001: "utf-8"}[codepage]
    out = struct.pack("<IH", 0x223E9F78, 1) + _record(1, 0x9006, 8, struct.pack("<I", 0x10000))
    out += _record(1, 0x9007, 6, struct.pack("<II", codepage, 0))
    out += _record(1, 0x8008, 7, b"IPM.Microsoft Mail.Note\x00")
    out += _record(1, 0x8004, 1, subject.encode(text) + b"\x00")
    if body:
        properties = _property(0x1000, 0x001F, (body + "\x00").encode("utf-16-le"))
        out += _record(1, 0x9003, 6, struct.pack("<I", 1) + properties)
    for name, data in files:
        out += _record(2, 0x9002, 6, bytes(14))
        out += _record(2, 0x8010, 1, name.encode(text) + b"\x00")
        out += _record(2, 0x800F, 6, data)
        if long_names:
            kind, raw = (0x001F, (name + "\x00").encode("utf-16-le"))
            if long_names == "ansi":
                kind, raw = 0x001E, name.encode(text) + b"\x00"
            properties = struct.pack("<HHI", 0x0003, 0x3705, 1) + _property(0x3707, kind, raw)
            out += _record(2, 0x9005, 6, struct.pack("<I", 2) + properties)
    return out


def msg_streams(subject: str, body: str, files: Files = (), *, ansi: bool = False) -> dict[tuple[str, ...], bytes]:
    """The streams of a message storage; put them under an attachment's `__substg1.0_3701000D` to nest it."""

    def text(number: int, value: str) -> tuple[str, bytes]:
        if ansi:
            return f"__substg1.0_{number:04X}001E", value.encode("gb18030")
        return f"__substg1.0_{number:04X}001F", value.encode("utf-16-le")

    streams: dict[tuple[str, ...], bytes] = {("__properties_version1.0",): bytes(32)}
    for number, value in ((0x0037, subject), (0x1000, body), (0x0C1F, "lisi@example.cn")):
        name, data = text(number, value)
        streams[(name,)] = data
    for index, (file_name, data) in enumerate(files):
        folder = f"__attach_version1.0_#{index:08X}"
        streams[(folder, "__substg1.0_37010102")] = data
        name, raw = text(0x3707, file_name)
        streams[(folder, name)] = raw
        streams[(folder, "__properties_version1.0")] = bytes(8)
    return streams


def msg_file(
    subject: str,
    body: str,
    files: Files = (),
    *,
    ansi: bool = False,
    inner: Mapping[tuple[str, ...], bytes] | None = None,
) -> bytes:
    """An Outlook message file. `inner`: streams of a mail attached to it."""
    streams = msg_streams(subject, body, files, ansi=ansi)
    if inner is not None:
        folder = f"__attach_version1.0_#{len(files):08X}"
        for path, data in inner.items():
            streams[(folder, "__substg1.0_3701000D", *path)] = data
    return ole_file(streams)


# ---- OLE compound file ------------------------------------------------------------------------------------------

_FREE, _END, _FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def ole_file(streams: Streams) -> bytes:
    """A compound file, version 3 (512-byte sectors), with these streams; folders are made as needed."""
    names: list[tuple[str, ...]] = [()]
    for path in streams:
        for depth in range(1, len(path) + 1):
            if path[:depth] not in names:
                names.append(path[:depth])
    sectors: list[bytes] = []
    fat: list[int] = []
    mini = bytearray()
    mini_fat: list[int] = []
    places: dict[tuple[str, ...], tuple[int, int]] = {}
    for path, data in streams.items():
        if len(data) >= 4096:
            places[path] = (_store(data, sectors, fat), len(data))
        elif data:
            places[path] = (len(mini) // 64, len(data))
            count = (len(data) + 63) // 64
            mini_fat.extend([*range(len(mini_fat) + 1, len(mini_fat) + count), _END])
            mini += data + bytes(-len(data) % 64)
        else:
            places[path] = (_END, 0)
    root_place = (_store(bytes(mini), sectors, fat) if mini else _END, len(mini))
    mini_table = b"".join(struct.pack("<I", entry) for entry in mini_fat)
    mini_start = _store(mini_table, sectors, fat, fill=b"\xff") if mini_fat else _END
    mini_sectors = (len(mini_table) + 511) // 512
    directory = _directory(names, places, root_place)
    directory_start = _store(directory, sectors, fat)
    fat_sectors = 1
    while fat_sectors * 128 < len(fat) + fat_sectors:
        fat_sectors += 1
    fat_at = list(range(len(sectors), len(sectors) + fat_sectors))
    fat.extend([_FAT_SECTOR] * fat_sectors)
    fat.extend([_FREE] * (fat_sectors * 128 - len(fat)))
    table = struct.pack(f"<{len(fat)}I", *fat)
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIII", 0, fat_sectors, directory_start, 0, 4096)
    header += struct.pack("<IIII", mini_start, mini_sectors, _END, 0)
    header += struct.pack("<109I", *(fat_at + [_FREE] * (109 - fat_sectors)))
    return header + b"".join(sectors) + table


def _store(data: bytes, sectors: list[bytes], fat: list[int], fill: bytes = b"\x00") -> int:
    start = len(sectors)
    count = (len(data) + 511) // 512
    for index in range(count):
        sectors.append(data[index * 512 : index * 512 + 512].ljust(512, fill))
        fat.append(_END if index == count - 1 else start + index + 1)
    return start


def _directory(
    names: Sequence[tuple[str, ...]], places: Mapping[tuple[str, ...], tuple[int, int]], root: tuple[int, int]
) -> bytes:
    out = b""
    for path in names:
        children = sorted((n for n in names if n and n[:-1] == path), key=lambda n: (len(n[-1]), n[-1].upper()))
        siblings = sorted(
            (n for n in names if path and n and n[:-1] == path[:-1]), key=lambda n: (len(n[-1]), n[-1].upper())
        )
        # The tree of siblings may be any binary tree: here a chain to the right.
        place = siblings.index(path) if path else 0
        right = names.index(siblings[place + 1]) if path and place + 1 < len(siblings) else _FREE
        child = names.index(children[0]) if children else _FREE
        raw = (path[-1] if path else "Root Entry").encode("utf-16-le") + b"\x00\x00"
        kind = 5 if not path else (2 if path in places else 1)
        start, size = root if not path else places.get(path, (0, 0))
        entry = raw.ljust(64, b"\x00") + struct.pack("<HBBIII", len(raw), kind, 1, _FREE, right, child)
        out += entry + bytes(16) + bytes(4) + bytes(16) + struct.pack("<IQ", start, size)
    return out + (bytes(68) + struct.pack("<III", _FREE, _FREE, _FREE) + bytes(48)) * (-len(names) % 4)


def vba_module(source: str) -> bytes:
    """A module stream: some compiled bytes, then the source in one compressed container made of literals only, except
    the beginning that every compressor makes (`Attribut`, then a copy for the blank and `e`)."""
    text = b'Attribute VB_Name = "M"\r\n' + source.encode("gb18030")
    chunks = b""
    for start in range(0, len(text), 3500):
        piece = text[start : start + 3500]
        body = b"".join(b"\x00" + piece[at : at + 8] for at in range(0, len(piece), 8))
        chunks += struct.pack("<H", 0xB000 | (len(body) - 1)) + body
    return bytes(40) + b"\x01" + chunks
