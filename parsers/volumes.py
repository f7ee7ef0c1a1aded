"""Archives cut into volumes: which files belong together, whether all are there, and their bytes as one archive.

Names tell the group (材料.part1.rar, 材料.z01 with 材料.zip, 材料.7z.001), contents tell whether it is complete. It unpacks
nothing.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from parsers.rar_headers import read_rar
from parsers.unpacking import CHUNK

Style = Literal["split", "rar", "zip"]
MOST = 200  # volumes of one archive
_PATTERNS: tuple[tuple[Style, re.Pattern[str], int, str], ...] = (
    ("rar", re.compile(r"^(.+?)\.part(\d{1,4})\.rar$", re.IGNORECASE), 0, ".rar"),
    ("rar", re.compile(r"^(.+)\.r(\d\d)$", re.IGNORECASE), 2, ".rar"),  # .rar is the first, .r00 the second
    ("zip", re.compile(r"^(.+)\.z(\d\d)$", re.IGNORECASE), 0, ".zip"),  # .zip is the last
    ("split", re.compile(r"^(.+)\.(\d{3})$"), 0, ""),
)
_END = b"PK\x05\x06"
_MAX_DIRECTORY = 64 << 20


@dataclass(frozen=True, slots=True)
class Group:
    """Files of one archive. `name`: the archive's own; `places`: their indices in order, `complete` if none is missing
    between the first and the last (whether the last is there only its content tells)."""

    name: str
    style: Style
    places: tuple[int, ...]
    complete: bool


def is_volume_name(name: str) -> bool:
    """Whether a file of this name is one volume of several (a plain .rar or .zip may be one too)."""
    return any(pattern.match(name) for _, pattern, _, _ in _PATTERNS)


def find_groups(names: Sequence[str]) -> list[Group]:
    """The groups among files that lie in one place. A group has at least one file whose name says that it is a volume."""
    found: dict[tuple[str, Style], dict[int, int]] = {}
    titles: dict[tuple[str, Style], str] = {}
    for place, name in enumerate(names):
        for style, pattern, shift, ending in _PATTERNS:
            match = pattern.match(name)
            if match is not None:
                title = match.group(1) + ending
                key = (title.lower(), style)
                titles.setdefault(key, title)
                found.setdefault(key, {}).setdefault(int(match.group(2)) + shift, place)
                break
    for place, name in enumerate(names):
        rar, zipped = (name.lower(), "rar"), (name.lower(), "zip")
        if rar in found and 2 in found[rar] and 1 not in found[rar]:
            found[rar][1] = place
        elif zipped in found:
            found[zipped][max(found[zipped]) + 1] = place
    groups = []
    for key, numbers in found.items():
        order = sorted(numbers)[:MOST]
        last_named = key[1] != "zip" or names[numbers[order[-1]]].lower().endswith(".zip")
        complete = order == list(range(1, len(order) + 1)) and len(order) > 1 and last_named
        groups.append(Group(titles[key], key[1], tuple(numbers[number] for number in order), complete))
    return groups


def is_complete(group: Group, paths: Sequence[Path]) -> bool:
    """Whether the files are all there, by their contents where these say so."""
    if not group.complete:
        return False
    if group.style == "rar":
        first, last = read_rar(paths[0]), read_rar(paths[-1])
        return first is not None and last is not None and first.first and not last.more
    if group.style == "zip":
        end = _end_record(paths[-1])
        return end is not None and end[0] == len(paths) - 1
    with paths[0].open("rb") as file:
        head = file.read(32)
    if head[:6] == b"7z\xbc\xaf\x27\x1c":
        if len(head) < 32:
            return False
        offset, length = struct.unpack_from("<QQ", head, 12)
        return sum(path.stat().st_size for path in paths) >= 32 + int(offset) + int(length)
    return not head.startswith(b"PK\x03\x04") or _end_record(paths[-1]) is not None


def join(style: Style, paths: Sequence[Path]) -> Iterator[bytes]:
    """The volumes as one file. Raises ValueError for a zip whose list of contents cannot be put right."""
    if style == "zip":
        yield from _join_zip(paths)
        return
    for path in paths:
        yield from _bytes_of(path, path.stat().st_size)


def _bytes_of(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while size > 0 and (chunk := file.read(min(CHUNK, size))):
            size -= len(chunk)
            yield chunk


def _end_record(path: Path) -> tuple[int, int, int, int, int] | None:
    """Of a zip's end record: this disk, the disk where the list begins, entries, size of the list, its place there."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_557))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        return None
    disk, first, _, entries, length, offset = struct.unpack_from("<HHHHII", tail, at + 4)
    return disk, first, entries, length, offset


def _join_zip(paths: Sequence[Path]) -> Iterator[bytes]:
    """The pieces, with places in the list counted from the beginning of the whole instead of each piece (APPNOTE 8.5)."""
    end = _end_record(paths[-1])
    starts = [0]
    for path in paths:
        starts.append(starts[-1] + path.stat().st_size)
    if end is None or end[1] >= len(paths) or end[3] > _MAX_DIRECTORY or 0xFFFFFFFF in end:
        raise ValueError("no usable end record")
    _, first, entries, length, offset = end
    begin = starts[first] + offset
    if begin > 0xFFFFFFFF:
        raise ValueError("a list of contents outside")
    directory = bytearray(_read_across(paths, starts, begin, length))
    at = 0
    while at + 46 <= len(directory) and directory[at : at + 4] == b"PK\x01\x02":
        name, extra, comment, disk = struct.unpack_from("<HHHH", directory, at + 28)
        place = struct.unpack_from("<I", directory, at + 42)[0]
        if disk >= len(paths) or starts[disk] + place > 0xFFFFFFFF:
            raise ValueError("a file outside")
        struct.pack_into("<H", directory, at + 34, 0)
        struct.pack_into("<I", directory, at + 42, starts[disk] + place)
        at += 46 + name + extra + comment
    for path, start in zip(paths, starts, strict=False):
        yield from _bytes_of(path, min(path.stat().st_size, max(0, begin - start)))
    yield bytes(directory)
    yield _END + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(directory), begin, 0)


def _read_across(paths: Sequence[Path], starts: Sequence[int], begin: int, length: int) -> bytes:
    out = b""
    for path, start in zip(paths, starts, strict=False):
        if len(out) < length and begin + len(out) < start + path.stat().st_size:
            with path.open("rb") as file:
                file.seek(begin + len(out) - start)
                out += file.read(length - len(out))
    return out
