"""Content-addressed files: the bytes of mails, attachments and letters, each under its SHA-256.

Written to a temporary file in the same folder, fsynced, renamed, and the folder fsynced: after `put` returns a power
cut takes nothing away, before it nothing half written can be found. Several processes may write at once.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from core.ports import Blob
from storage.errors import DiskFull, StorageUnavailable

_CHUNK = 1 << 20
_NAME = re.compile(r"[0-9a-f]{64}")
_TEMPORARY = ".tmp-"
_IDENTITY = "store-id"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
STALE_SECONDS = 6 * 3600.0
"""Age from which a temporary file is taken for that of a dead process."""


class FileBlobStore:
    """Blobs as files `root/ab/cd/<sha256>`, read only. Implements `core.ports.BlobStore`."""

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def put(self, chunks: Iterable[bytes]) -> Blob:
        """Store the bytes durably and tell their address; memory for one chunk only. Idempotent. Raises DiskFull or
        StorageUnavailable, and whatever `chunks` raises; nothing stays behind then."""
        temporary = self.root / f"{_TEMPORARY}{os.getpid()}-{secrets.token_hex(8)}"
        digest, size = hashlib.sha256(), 0
        with self._disk():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = temporary.open("xb", buffering=0)
        try:
            with file:
                for chunk in chunks:
                    digest.update(chunk)
                    size += len(chunk)
                    with self._disk():
                        _write(file, chunk)
                blob = Blob(digest.hexdigest(), size)
                with self._disk():
                    self._keep(file, temporary, blob)
                return blob
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Tell the disk's errors in this package's words; those of the source of the bytes stay what they are."""
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise DiskFull(f"no space for a blob in {self.root}: {error.strerror}") from error
            raise StorageUnavailable(f"cannot write a blob in {self.root}: {error}") from error

    def _keep(self, file: FileIO, temporary: Path, blob: Blob) -> None:
        """Give the finished file its name."""
        target = self._place(blob.sha256)
        if not _has_size(target, blob.size):
            os.fchmod(file.fileno(), 0o440)
            os.fsync(file.fileno())
            self._make_folder(target.parent)
            temporary.replace(target)
        # Also where another process wrote it: its name may not have reached the disk yet.
        _sync_folder(target.parent)

    def _make_folder(self, folder: Path) -> None:
        """Make `root/ab/cd` so that it survives a power cut."""
        for level in (folder.parent, folder):
            try:
                level.mkdir(mode=0o700)
            except FileExistsError:
                continue
            _sync_folder(level.parent)

    def _place(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise KeyError(sha256)
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def path(self, sha256: str) -> Path:
        """The file with these bytes, to be read only. Raises KeyError if there is none."""
        place = self._place(sha256)
        if not place.is_file():
            raise KeyError(sha256)
        return place

    def open(self, sha256: str) -> BinaryIO:
        """The bytes as a stream. Raises KeyError if there is none."""
        try:
            return self._place(sha256).open("rb")
        except FileNotFoundError:
            raise KeyError(sha256) from None

    def size(self, sha256: str) -> int:
        """Length in bytes. Raises KeyError if there is none."""
        return self.path(sha256).stat().st_size

    def verify(self, sha256: str) -> bool:
        """Whether the stored bytes still have this hash; False if they are damaged or missing."""
        digest = hashlib.sha256()
        try:
            with self.open(sha256) as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
        except (KeyError, OSError):
            return False
        return digest.hexdigest() == sha256

    def identity(self, *, make: bool = False) -> str | None:
        """What tells this store from every other one, wherever its folder is mounted; None if it has no name yet, or
        cannot be seen. `make`: give it one. Raises StorageUnavailable where that is not possible."""
        file = self.root / _IDENTITY
        try:
            return file.read_text("ascii").strip() or None
        except (OSError, UnicodeDecodeError):
            if not make:
                return None
        with self._disk():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError), file.open("x", encoding="ascii") as fresh:  # of two processes one wins
                fresh.write(secrets.token_hex(16) + "\n")
                fresh.flush()
                os.fsync(fresh.fileno())
            return file.read_text("ascii").strip() or None

    def all(self) -> Iterator[str]:
        """The addresses of all blobs, in order, without reading any."""
        for first in _folders(self.root):
            for second in _folders(first):
                yield from sorted(entry.name for entry in os.scandir(second) if _NAME.fullmatch(entry.name))

    def sweep(self, older_than: float = STALE_SECONDS) -> int:
        """Delete temporary files of dead processes, older than so many seconds; how many there were."""
        limit, count = time.time() - older_than, 0
        if not self.root.is_dir():
            return 0
        for entry in self.root.glob(f"{_TEMPORARY}*"):
            try:
                if entry.stat().st_mtime <= limit:
                    entry.unlink()
                    count += 1
            except FileNotFoundError:
                continue  # its owner was faster
        return count


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(entry for entry in parent.iterdir() if len(entry.name) == 2 and entry.is_dir())


def _has_size(path: Path, size: int) -> bool:
    """Whether the file is there and whole: a name alone, with other bytes behind it, must be written anew."""
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _write(file: FileIO, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[file.write(view) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
