"""What the parts ask of one another: protocols, limits, and the small vocabularies of outcomes at each edge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from core.campaign import Strict


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes in the blob store: SHA-256 in hex, size in bytes."""

    sha256: str
    size: int


class BlobStore(Protocol):
    """Content-addressed bytes. `put` streams, so a part of any size needs little memory."""

    def put(self, chunks: Iterable[bytes]) -> Blob:
        """Store the bytes durably (temp file, fsync, rename) and tell their address. Idempotent."""
        ...

    def path(self, sha256: str) -> Path:
        """A local file with these bytes, read only. Raises KeyError if unknown."""
        ...


@dataclass(frozen=True)
class ReadLimits(Strict):
    """Bounds for whatever a stranger sends (bytes, counts, seconds). One part over a bound costs that part only."""

    message: int = 100 * 2**20
    attachment: int = 500 * 2**20  # unpacked size of one file
    parts: int = 500
    depth: int = 5  # archives and mails inside one another
    archive_files: int = 1000
    archive_bytes: int = 1024 * 2**20  # all that one archive unpacks to
    archive_ratio: int = 200
    text_chars: int = 2_000_000  # text kept of one part
    pages: int = 200  # pages looked at in one file
    page_pixels: int = 60_000_000
    seconds: int = 120  # for one part
    mail_seconds: int = 1200  # for one mail with all its parts; what is not read by then is for a person
    memory: int = 1536 * 2**20  # of one reading process


@dataclass(frozen=True, slots=True)
class Sent:
    """The server took the letter."""

    response: str = ""


@dataclass(frozen=True, slots=True)
class TryLater:
    """Temporary refusal or no connection; `after` None leaves the pause to the caller's backoff."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Permanent refusal of this letter. `stop`: the account itself is refused (535, 550 no permission, 554 DT:SPM):
    send nothing more until a person has looked."""

    reason: str
    stop: bool = False


SendOutcome = Sent | TryLater | Refused
