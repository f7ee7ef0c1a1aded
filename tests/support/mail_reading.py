"""Reads a raw mail in a test: bytes in, facts and the stored files out."""

from __future__ import annotations

from pathlib import Path

from core.facts import MessageFacts, Part
from core.ports import ReadLimits
from parsers.message import read_mail
from tests.support.plain_blobs import PlainBlobs


class Reading:
    """Reads raw mails in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.blobs = PlainBlobs(folder)
        self.folder = folder

    def __call__(self, raw: bytes, limits: ReadLimits | None = None) -> MessageFacts:
        path = self.folder / "raw.eml"
        path.write_bytes(raw)
        return read_mail(path, self.blobs, limits or ReadLimits())

    def data(self, part: Part) -> bytes:
        """What was stored for a part."""
        return self.blobs.path(part.sha256).read_bytes()
