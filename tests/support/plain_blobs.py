"""The smallest blob store that keeps the promise of `core.ports.BlobStore`: files by SHA-256, streamed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from core.ports import Blob


class PlainBlobs:
    """Blobs in a folder; `put` holds one piece at a time in memory and leaves nothing behind when the pieces fail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._next = 0

    def put(self, chunks: Iterable[bytes]) -> Blob:
        self._next += 1
        part = self.folder / f"part-{self._next}"
        digest, size = hashlib.sha256(), 0
        try:
            with part.open("wb") as out:
                for chunk in chunks:
                    digest.update(chunk)
                    out.write(chunk)
                    size += len(chunk)
            part.rename(self.folder / digest.hexdigest())
        finally:
            part.unlink(missing_ok=True)
        return Blob(digest.hexdigest(), size)

    def path(self, sha256: str) -> Path:
        found = self.folder / sha256
        if not found.exists():
            raise KeyError(sha256)
        return found

    def bytes(self, blob: Blob) -> bytes:
        """The content, for comparing."""
        return self.path(blob.sha256).read_bytes()
