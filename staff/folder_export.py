"""The experts' folder on a disk: each file whole or not there; a second run adds what is new, changes what changed, and
tells what is gone without deleting it."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from staff.folder_export_index import INDEX, MANIFEST, Index, manifest_line, read_manifest
from staff.folder_export_plan import Entry, Wanted, plan
from storage.blobs import FileBlobStore

MARGIN = 64 * 2**20
"""Bytes that stay free on the disk."""
_BLOCK = 1 << 20
_BOM = "\ufeff"
_SHA256 = re.compile("[0-9a-f]{64}")
_KEY, _ROW = 16, 16 + 32
"""Bytes that stand for a path, and for a path with the SHA-256 of its file."""


class NoSpace(OSError):
    """The disk is too small; nothing was written. `needed`, `free`: bytes."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(f"{needed} bytes needed, {free} free")
        self.needed, self.free = needed, free


@dataclass
class Report:
    """What a run did. `gone`: files of the last run that are none of this one; `missing`: blobs that are not there or
    damaged; `strange`: files in the way that no run has written, left alone beside a new name."""

    items: int = 0
    files: int = 0
    added: int = 0
    changed: int = 0
    gone: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def write_folder(
    wanted: Wanted, blobs: FileBlobStore, target: Path, now: datetime, step: Callable[[], None] = lambda: None
) -> Report:
    """Write or bring up to date the folder `target`. Raises NoSpace before anything is written, and OSError."""
    target.mkdir(parents=True, exist_ok=True)
    before = Before(target / MANIFEST)
    _check_space(wanted, target, before)
    batch = next((one.name for one in wanted.campaign.batches if one.number == wanted.batch), "全部批次")
    index, report = Index(wanted.campaign, batch, now), Report()
    with _whole(target / INDEX) as page, _whole(target / MANIFEST) as manifest:
        _say(page, index.head())
        for planned in plan(wanted):
            missing = []
            for entry in planned.entries:
                sha256 = _write(target, entry, blobs, before, report)
                if sha256 is None:
                    missing.append(entry.path)
                    continue
                report.files += 1
                before.see(entry.path)
                _say(manifest, manifest_line(sha256, entry.path))
            report.missing += missing
            report.items += 1
            _say(page, index.item(planned, missing))
            step()
        gone = {path: sha256 for path, sha256 in before.unseen() if (target / path).is_file()}
        report.gone = sorted(gone)
        for piece in index.end(report.gone):
            _say(page, piece)
        # What is gone stays in the list, marked, so that the run after this one still tells of it.
        for path in report.gone:
            _say(manifest, f"# {manifest_line(gone[path], path)}")
        page.keep()
        manifest.keep()
    return report


class _Whole:
    """A text file that appears under its name only when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path, self._partial = path, path.with_name(f".{path.name}.{os.getpid()}.part")
        self.file = self._partial.open("w", encoding="utf-8", newline="\n")

    def __enter__(self) -> _Whole:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self._partial.unlink(missing_ok=True)

    def keep(self) -> None:
        """Give it its name."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self._partial.replace(self._path)


def _whole(path: Path) -> _Whole:
    return _Whole(path)


def _say(whole: _Whole, text: str) -> None:
    whole.file.write(text)


class Before:
    """The files of earlier runs as their list tells, those marked as gone too. Ten thousands of long paths are not held:
    `_ROW` bytes stand for each, one after another in order, and the list is read again for what is gone."""

    def __init__(self, manifest: Path) -> None:
        self._manifest = manifest
        rows = sorted(_key(path) + bytes.fromhex(sha256) for path, sha256 in self._lines())
        self._rows, self._seen = b"".join(rows), bytearray(len(rows))

    def _lines(self) -> Iterator[tuple[str, str]]:
        if not self._manifest.is_file():
            return
        with self._manifest.open(encoding="utf-8") as lines:
            for path, sha256 in read_manifest(line.removeprefix("# ") for line in lines):
                if _inside(path) and _SHA256.fullmatch(sha256):
                    yield path, sha256

    def _find(self, path: str) -> int:
        """The place of the path's last line; -1 if it has none."""
        key = _key(path)
        at = bisect_right(range(len(self._seen)), key, key=lambda row: self._rows[row * _ROW : row * _ROW + _KEY]) - 1
        return at if at >= 0 and self._rows[at * _ROW : at * _ROW + _KEY] == key else -1

    def has(self, path: str, sha256: str | None) -> bool:
        """Whether an earlier run wrote these bytes there."""
        at = self._find(path)
        return at >= 0 and self._rows[at * _ROW + _KEY : (at + 1) * _ROW].hex() == sha256

    def see(self, path: str) -> None:
        """The file is one of this run."""
        if (at := self._find(path)) >= 0:
            self._seen[at] = 1

    def unseen(self) -> Iterator[tuple[str, str]]:
        """(path, SHA-256) of each file that is none of this run."""
        return ((path, sha256) for path, sha256 in self._lines() if not self._seen[self._find(path)])


def _key(path: str) -> bytes:
    return hashlib.blake2b(path.encode("utf-8"), digest_size=_KEY).digest()


def _inside(path: str) -> bool:
    """Whether a path of a list, which anyone may have edited, stays below the folder."""
    return not path.startswith("/") and ".." not in path.split("/") and "\\" not in path


def _check_space(wanted: Wanted, target: Path, before: Before) -> None:
    needed = 0
    for planned in plan(wanted):
        for entry in planned.entries:
            if entry.sha256 is not None and not _is_there(target / entry.path, entry, before):
                needed += entry.size
    free = shutil.disk_usage(target).free
    if needed + MARGIN > free:
        raise NoSpace(needed, free)


def _is_there(place: Path, entry: Entry, before: Before) -> bool:
    """Whether an earlier run wrote this very file and nobody changed its size since."""
    if not before.has(entry.path, entry.sha256):
        return False
    try:
        return place.stat().st_size == entry.size
    except OSError:
        return False


def _write(target: Path, entry: Entry, blobs: FileBlobStore, before: Before, report: Report) -> str | None:
    """Make sure the file is there; its SHA-256, None if its bytes are not to be had."""
    place = target / entry.path
    if entry.sha256 is not None and _is_there(place, entry, before):
        return entry.sha256
    text = (_BOM + entry.text).encode("utf-8")
    wanted = entry.sha256 or hashlib.sha256(text).hexdigest()
    existed = place.is_file()
    if existed and _hash(place) == wanted:
        return wanted
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.parent / f".{os.getpid()}.part"
    try:
        digest = hashlib.sha256()
        with partial.open("wb") as file:
            for block in blob_blocks(blobs, entry.sha256) if entry.sha256 is not None else (text,):
                digest.update(block)
                file.write(block)
        if digest.hexdigest() != wanted:
            return None
        partial.replace(place)
    except KeyError:
        return None
    finally:
        partial.unlink(missing_ok=True)
    if existed:
        report.changed += 1
    else:
        report.added += 1
    return wanted


def _hash(place: Path) -> str:
    digest = hashlib.sha256()
    with place.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def blob_blocks(blobs: FileBlobStore, sha256: str) -> Iterator[bytes]:
    """The bytes of a blob. Raises KeyError if there is none."""
    with blobs.open(sha256) as source:
        while block := source.read(_BLOCK):
            yield block
