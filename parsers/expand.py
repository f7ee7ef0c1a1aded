"""One file by itself, with what lies inside it if it is a container: for `inspect`, and for a container that must be opened in
a process of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.facts import Part
from core.ports import BlobStore, ReadLimits
from parsers.attachments import PartReader
from parsers.message import read_mail

_CHUNK = 2**20


def expand_part(path: Path, part: Part, blobs: BlobStore, limits: ReadLimits) -> tuple[Part, ...]:
    """A container that was left closed, followed by the parts inside it. Raises as `expand_file`."""
    outer, names = part.path[:-1], part.path[-1:]
    reader = PartReader(blobs, limits, lambda inner, depth: read_mail(inner, blobs, limits))
    with path.open("rb") as file:
        reader.add(iter(lambda: file.read(_CHUNK), b""), names, outer=outer)
    found = tuple(reader.parts)
    return (replace(found[0], inline=part.inline, name_given=part.name_given), *found[1:])


def expand_file(path: Path, name: str, blobs: BlobStore, limits: ReadLimits) -> tuple[Part, ...]:
    """The file as a part, followed by the parts inside it, each with its path. Never raises for what it holds; raises
    OSError when the file or the blob store cannot be used."""
    reader = PartReader(blobs, limits, lambda inner, _: read_mail(inner, blobs, limits))
    with path.open("rb") as file:
        reader.add(iter(lambda: file.read(_CHUNK), b""), (name,))
    return tuple(reader.parts)
