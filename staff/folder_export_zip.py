"""The experts' folder as a zip that is made while it is sent: on the disk only its lists, memory for one block."""

from __future__ import annotations

import hashlib
import io
import pickle
import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO

from core.campaign import SHANGHAI
from staff.folder_export import blob_blocks
from staff.folder_export_index import INDEX, MANIFEST, Index, manifest_line
from staff.folder_export_plan import Entry, Wanted, plan
from storage.blobs import FileBlobStore

_BOM = "\ufeff"
_BLOCK = 1 << 20


class _Pipe(io.RawIOBase):
    """Takes what the zip writes until it is fetched. It cannot seek, so sizes are written behind each file."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: list[bytes] = []
        self._aside: IO[bytes] | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        block = bytes(data)  # type: ignore[call-overload]
        if self._aside is not None:
            return self._aside.write(block)
        self._blocks.append(block)
        return len(block)

    def fetch(self) -> bytes:
        """What was written since the last time."""
        found = b"".join(self._blocks)
        self._blocks.clear()
        return found

    @contextmanager
    def ending_in(self, file: IO[bytes]) -> Iterator[None]:
        """What is written after the block goes into this file: the zip writes its end, the list of all that is in it, in one
        go, also when nobody wants the rest."""
        try:
            yield
        finally:
            self._blocks.clear()
            self._aside = file


class _Directory(list[zipfile.ZipInfo]):
    """The zip's list of what is in it, which its end repeats: kept on the disk, some two kilobytes a file are too much for
    memory. Takes the place of `ZipFile.filelist`."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self._file, self._count = file, 0

    def append(self, info: zipfile.ZipInfo) -> None:
        pickle.dump(info, self._file)
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        self._file.seek(0)
        return (pickle.load(self._file) for _ in range(self._count))  # noqa: S301 - what this process wrote itself


class _NoNames(dict[str, zipfile.ZipInfo]):
    """In place of `ZipFile.NameToInfo`, which only warns of equal names; the plan gives none twice."""

    def __setitem__(self, name: str, info: zipfile.ZipInfo) -> None:
        pass


def zip_blocks(wanted: Wanted, blobs: FileBlobStore, now: datetime, folder: str) -> Iterator[bytes]:
    """The zip's bytes in order; everything lies in one folder of this name. Files are stored, not pressed: documents,
    pictures and videos are pressed already."""
    pipe = _Pipe()
    local = now.astimezone(SHANGHAI)
    stamp = (local.year, local.month, local.day, local.hour, local.minute, local.second)
    batch = next((one.name for one in wanted.campaign.batches if one.number == wanted.batch), "全部批次")
    index = Index(wanted.campaign, batch, now)
    with (
        TemporaryFile("w+b") as page, TemporaryFile("w+b") as manifest, TemporaryFile("w+b") as directory, TemporaryFile("w+b") as end,
    ):  # fmt: skip
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED, allowZip64=True) as archive, pipe.ending_in(end):
            archive.filelist, archive.NameToInfo = _Directory(directory), _NoNames()
            page.write(index.head().encode("utf-8"))
            for planned in plan(wanted):
                missing = []
                for entry in planned.entries:
                    info = zipfile.ZipInfo(f"{folder}/{entry.path}", stamp)
                    info.external_attr = 0o644 << 16
                    digest = yield from _entry(archive, info, entry, blobs, pipe)
                    if digest is None or entry.sha256 not in (None, digest):  # not there, or its bytes have changed on the disk
                        missing.append(entry.path)
                    else:
                        manifest.write(manifest_line(digest, entry.path).encode("utf-8"))
                page.write(index.item(planned, missing).encode("utf-8"))
                if block := pipe.fetch():
                    yield block
            page.write("".join(index.end()).encode("utf-8"))
            for name, pieces in ((INDEX, page), (MANIFEST, manifest)):
                info = zipfile.ZipInfo(f"{folder}/{name}", stamp)
                info.external_attr = 0o644 << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                pieces.seek(0)
                with archive.open(info, "w") as file:
                    while block := pieces.read(_BLOCK):
                        file.write(block)
                        yield pipe.fetch()
            yield pipe.fetch()
        end.seek(0)
        while block := end.read(_BLOCK):
            yield block


def _entry(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, entry: Entry, blobs: FileBlobStore, pipe: _Pipe
) -> Generator[bytes, None, str | None]:
    """One file; returns its SHA-256, None if its bytes are not there (it is then left out)."""
    digest = hashlib.sha256()
    if entry.sha256 is None:
        text = (_BOM + entry.text).encode("utf-8")
        digest.update(text)
        archive.writestr(info, text)
        return digest.hexdigest()
    try:
        blobs.open(entry.sha256).close()
    except (KeyError, OSError):
        return None
    with archive.open(info, "w", force_zip64=entry.size >= 1 << 31) as file:
        for block in blob_blocks(blobs, entry.sha256):
            digest.update(block)
            file.write(block)
            yield pipe.fetch()
    return digest.hexdigest()
