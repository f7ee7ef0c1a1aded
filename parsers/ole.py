"""OLE compound files (old Office, WPS, .msg): which streams they hold, and the bytes of one.

The only file that imports olefile. It knows nothing of what the streams mean.
"""

from __future__ import annotations

import io
import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import olefile

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAX_ENTRIES = 20_000


class OleFile:
    """An open compound file. Every method answers with nothing rather than an exception for a damaged file."""

    def __init__(self, file: olefile.OleFileIO) -> None:
        self._file = file

    def root_names(self) -> frozenset[str]:
        """Lower-case names of the streams and storages directly below the root; embedded objects lie deeper."""
        children = self._file.root.kids if self._file.root is not None else []
        return frozenset(child.name.lower() for child in children)

    def root_class(self) -> str:
        """The root's class id in upper case, "" when there is none."""
        return str(getattr(self._file.root, "clsid", "") or "").upper()

    def paths(self) -> list[tuple[str, ...]]:
        """Paths of all streams, at most 20,000."""
        try:
            return [tuple(path) for path in self._file.listdir(streams=True, storages=False)][:_MAX_ENTRIES]
        except Exception:  # olefile raises many kinds of exceptions for crafted directories
            return []

    def size(self, path: tuple[str, ...]) -> int:
        """Size of a stream in bytes, -1 when there is none."""
        try:
            return int(self._file.get_size(list(path)))
        except Exception:
            return -1

    def read(self, path: tuple[str, ...], limit: int) -> bytes | None:
        """A stream's bytes up to `limit`; None when it is missing, damaged, or larger than `limit`."""
        size = self.size(path)
        if size < 0 or size > limit:
            return None
        try:
            with self._file.openstream(list(path)) as stream:
                return bytes(stream.read())
        except Exception:
            return None

    def chunks(self, path: tuple[str, ...], piece: int = 1 << 18) -> Iterator[bytes]:
        """A stream's bytes in pieces, without holding it whole: its sectors are read from the file in their order.
        Ends early when the chain of sectors is broken."""
        size = self.size(path)
        if size < self._file.minisectorcutoff:
            yield self.read(path, max(size, 0)) or b""
            return
        sector = self._file.direntries[self._file._find(list(path))].isectStart
        table, width = self._file.fat, self._file.sector_size
        left = len(table)  # a chain that visits more sectors than there are goes round in a circle
        while size > 0 and 0 <= sector < len(table) and left > 0:
            run = 1
            while run * width < min(piece, size) and table[sector + run - 1] == sector + run < len(table):
                run += 1
            self._file.fp.seek((sector + 1) * width)
            data = self._file.fp.read(min(run * width, size))
            if not data:
                return
            yield data
            left -= run
            size -= len(data)
            sector = table[sector + run - 1]


@contextmanager
def open_ole(source: Path | bytes) -> Iterator[OleFile | None]:
    """Opens a compound file; yields None when it is none or too damaged to list."""
    try:
        file = olefile.OleFileIO(io.BytesIO(source) if isinstance(source, bytes) else str(source))
    except Exception:  # whatever a crafted header makes olefile raise: the file is not readable as OLE
        yield None
        return
    try:
        yield OleFile(file)
    finally:
        file.close()


def find_stream_names(data: mmap.mmap | bytes, names: tuple[str, ...]) -> str | None:
    """The first of `names` that stands in a directory entry of a file too damaged to open (best guess)."""
    for name in names:
        wanted = name.encode("utf-16-le") + b"\x00\x00"
        at = data.find(wanted)
        while at >= 0:
            if at % 128 == 0:
                return name
            at = data.find(wanted, at + 2)
    return None
