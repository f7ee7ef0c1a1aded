"""One file by itself, with what lies inside it if it is a container: for `inspect`, and for a container that must be opened in
a process of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from core.facts import Part
from core.ports import BlobStore, ReadLimits
from parsers.attachments import PartReader
from parsers.message import read_mail

_CHUNK = 2**20


@dataclass(frozen=True)
class Expanded:
    """`parts`: the container, then what lies in it; `size`: bytes that it unpacked to; `full`: there were more files than
    `ReadLimits.parts`."""

    parts: tuple[Part, ...]
    size: int
    full: bool


def expand_part(path: Path, part: Part, blobs: BlobStore, limits: ReadLimits, *, unpacked: int = 0) -> Expanded:
    """A container that was left closed. `unpacked`: bytes that other archives of its mail have unpacked to. Raises as
    `expand_file`."""
    outer, names = part.path[:-1], part.path[-1:]
    reader = PartReader(blobs, limits, lambda inner, depth: read_mail(inner, blobs, limits), unpacked=unpacked)
    with path.open("rb") as file:
        reader.add(iter(lambda: file.read(_CHUNK), b""), names, outer=outer)
    found = tuple(reader.parts)
    first = replace(found[0], inline=part.inline, name_given=part.name_given)
    return Expanded((first, *found[1:]), sum(budget.size for budget in reader.budgets), reader.full or reader.lost)


def expand_file(path: Path, name: str, blobs: BlobStore, limits: ReadLimits) -> tuple[Part, ...]:
    """The file as a part, followed by the parts inside it, each with its path. Never raises for what it holds; raises
    OSError when the file or the blob store cannot be used."""
    reader = PartReader(blobs, limits, lambda inner, _: read_mail(inner, blobs, limits))
    with path.open("rb") as file:
        reader.add(iter(lambda: file.read(_CHUNK), b""), (name,))
    return tuple(reader.parts)
