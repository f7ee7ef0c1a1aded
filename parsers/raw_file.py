"""A raw mail on disk, searched and read in pieces, so that a 70 MB mail needs a few megabytes of memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

WINDOW = 1 << 20


class RawFile:
    """Bytes [0, size) of a file. Small files are held whole; of larger ones only the window last used."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self.size = path.stat().st_size
        self._start = 0
        self._window = b""

    def __enter__(self) -> RawFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, start: int, end: int) -> bytes:
        """Bytes [start, end), cut at the end of the file."""
        end = min(end, self.size)
        if start >= end:
            return b""
        if end - start > WINDOW:
            self._file.seek(start)
            return self._file.read(end - start)
        self._load(start, end - start)
        return self._window[start - self._start : end - self._start]

    def _load(self, start: int, needed: int) -> None:
        """Makes the window hold `needed` bytes (at most WINDOW) from `start` on."""
        if not (self._start <= start and start + needed <= self._start + len(self._window)):
            self._file.seek(start)
            self._start, self._window = start, self._file.read(WINDOW)

    def chunks(self, start: int, end: int, size: int = WINDOW // 2) -> Iterator[bytes]:
        """Bytes [start, end) in pieces."""
        while start < min(end, self.size):
            piece = self.read(start, min(start + size, end))
            if not piece:
                return
            yield piece
            start += len(piece)

    def find(self, needle: bytes, start: int, end: int) -> int:
        """Where `needle` first lies wholly within [start, end); -1 when nowhere."""
        end = min(end, self.size)
        while start + len(needle) <= end:
            self._load(start, min(len(needle), WINDOW))
            stop = min(end, self._start + len(self._window))
            at = self._window.find(needle, start - self._start, stop - self._start)
            if at >= 0:
                return self._start + at
            if stop >= end:
                return -1
            start = max(start + 1, stop - len(needle) + 1)
        return -1
