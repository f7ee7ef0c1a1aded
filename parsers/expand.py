"""A file from outside any mail, with what lies inside it if it is a container: for `inspect`."""

from __future__ import annotations

from pathlib import Path

from core.facts import Part
from core.ports import BlobStore, ReadLimits
from parsers.attachments import PartReader
from parsers.message import read_mail

_CHUNK = 2**20


def expand_file(path: Path, name: str, blobs: BlobStore, limits: ReadLimits) -> tuple[Part, ...]:
    """The file as a part, followed by the parts inside it, each with its path. Never raises for what it holds; raises
    OSError when the file or the blob store cannot be used."""
    reader = PartReader(blobs, limits, lambda inner, _: read_mail(inner, blobs, limits))
    with path.open("rb") as file:
        reader.add(iter(lambda: file.read(_CHUNK), b""), (name,))
    return tuple(reader.parts)
