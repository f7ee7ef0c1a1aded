"""Signs of life: a process that claims work holds a lock on a file that bears its mark. However it ends, the lock goes with it,
and what it had claimed need not wait for its leases to run out.

Only what is certain counts: a file that is there and that nobody locks. Where the folder is shared by several machines a lock
may not be seen from another one, so there each looks after its own host's marks. Best effort: without a sign leases run out.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, unquote

from storage.database import Database

log = logging.getLogger(__name__)

_NEW = ".new-"


def alive_folder(database: Database, blobs: Path) -> Path:
    """Beside an SQLite file; with PostgreSQL in the blob store, which all machines see."""
    return database.file.with_name(f"{database.file.name}-alive") if database.file is not None else blobs / "alive"


class SignOfLife:
    """This process's own sign, and a look at the others'. `owner`: the mark `host:process:random` that its claims begin with.
    `one_host`: the folder is seen by several machines."""

    def __init__(self, folder: Path, owner: str, *, one_host: bool) -> None:
        self._folder, self.owner, self._one_host = folder, owner, one_host
        self._file = folder / quote(owner, safe="")
        self._handle: int | None = None

    def give(self) -> None:
        """Hold the lock from now on. The file bears its name only once it is locked."""
        if self._handle is not None:
            return
        new = self._folder / f"{_NEW}{self._file.name}"
        try:
            with suppress(FileExistsError):
                self._folder.mkdir(mode=0o700)
            handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            log.info("no sign of life in %s: %s", self._folder, error)
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            new.rename(self._file)
        except OSError as error:
            log.info("no sign of life in %s: %s", self._folder, error)
            os.close(handle)
            return
        self._handle = handle

    def bury(self, free: Callable[[str], int]) -> int:
        """Hand the mark of each process that ended without a word to `free`, which gives back what it had claimed; how much
        that was. Raises what `free` raises."""
        try:
            found = sorted(self._folder.iterdir())
        except OSError:
            return 0
        freed = 0
        for file in found:
            owner = unquote(file.name)
            if file == self._file or file.name.startswith(_NEW) or (self._one_host and not self._is_neighbour(owner)):
                continue
            freed += self._bury_one(file, owner, free)
        return freed

    def _is_neighbour(self, owner: str) -> bool:
        return owner.split(":", 1)[0] == self.owner.split(":", 1)[0]

    @staticmethod
    def _bury_one(file: Path, owner: str, free: Callable[[str], int]) -> int:
        try:
            handle = os.open(file, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return 0  # another heir was faster
        try:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                count = free(owner)
                file.unlink(missing_ok=True)
                return count
            return 0  # it lives
        finally:
            os.close(handle)

    def end(self) -> None:
        """A process that ends by itself leaves no sign."""
        if self._handle is not None:
            with suppress(OSError):
                self._file.unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = None
