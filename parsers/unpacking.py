"""What every reader of containers shares: the budget that a container may use up, a file inside it, and why one cannot be read."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass

from core.facts import Blocked, Unreadable
from core.ports import ReadLimits

CHUNK = 1 << 18
_RATIO_FROM = 16 << 20  # bytes; below this a good compression proves nothing (a white page as BMP: 250 to 1)
_MACHINE_ERRORS = (
    errno.EIO,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOENT,
    errno.EACCES,
    errno.ESTALE,
)


class Trouble(Exception):
    """Why an archive cannot be read, or not to its end."""

    def __init__(self, problem: Unreadable | Blocked) -> None:
        super().__init__(problem.reason)
        self.problem = problem


@dataclass(slots=True)
class Budget:
    """What one archive, with everything nested in it, may still unpack to."""

    limits: ReadLimits
    packed: int
    most: int  # bytes: what one archive may unpack to, or less when others of the same mail have unpacked much
    files: int = 0
    size: int = 0

    def take_file(self) -> None:
        """Counts a file. Raises Trouble beyond the limit."""
        self.files += 1
        if self.files > self.limits.archive_files:
            raise Trouble(Blocked("count", f"> {self.limits.archive_files} files"))

    def take_bytes(self, size: int) -> None:
        """Counts unpacked bytes. Raises Trouble when they are too many for this machine or for what was sent."""
        self.size += size
        if self.size > self.most:
            alone = self.most >= self.limits.archive_bytes
            raise Trouble(
                Blocked("bomb", f"> {self.most} bytes") if alone else Unreadable("limit", "more than all archives of a mail may hold")
            )
        if self.size > _RATIO_FROM and self.size > self.packed * self.limits.archive_ratio:
            raise Trouble(Blocked("bomb", f"> {self.limits.archive_ratio} : 1"))


@dataclass(slots=True)
class Inner:
    """A file inside: cleaned folders and name, own name last; its bytes, to be read once and before the next file.
    `problem` is set while the bytes are read if they turn out damaged or locked."""

    names: tuple[str, ...]
    chunks: Iterator[bytes]
    given: bool = True
    inline: bool = False
    problem: Unreadable | Blocked | None = None


def is_machine_error(error: BaseException) -> bool:
    """Whether this is the disk or the system failing rather than a file being broken."""
    return isinstance(error, OSError) and error.errno in _MACHINE_ERRORS


def counted(chunks: Iterator[bytes], inner: Inner, budget: Budget) -> Iterator[bytes]:
    """The bytes of one file while they are counted; damage ends them and is noted, a bomb goes on up."""
    size = 0
    try:
        for chunk in chunks:
            size += len(chunk)
            budget.take_bytes(len(chunk))
            if size > budget.limits.attachment:
                raise Trouble(Blocked("size", f"> {budget.limits.attachment} bytes"))
            yield chunk
    except (Trouble, MemoryError):
        raise
    except Exception as error:
        if is_machine_error(error):
            raise
        inner.problem = Unreadable("damaged", type(error).__name__)
