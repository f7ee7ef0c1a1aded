"""Pictures of scans' pages for the staff pages: drawn aside (`parsers.page_picture`), kept in a folder beside the blobs.

One page of a file is drawn at a time, however many browsers ask; what cannot be drawn is told by a reason in Chinese.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.facts import Blocked, Part, ScanFacts, Unreadable
from staff.aside import Aside, run_aside
from storage.blobs import FileBlobStore

log = logging.getLogger(__name__)

WIDTHS = (240, 900, 1800)
"""Pixels: for a row of pages, beside the fields, to look closely."""
KEPT = 2 * 2**30
"""Bytes of pictures that are kept; the oldest go first."""
_PRUNE_EVERY = 100
_NUMBERING = 2  # how pages are counted: pictures drawn by another way of counting are not shown
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
REASONS = {
    "damaged": "这一页无法显示，文件可能已损坏", "password": "文件有密码，无法显示", "no_page": "文件中没有这一页",
    "limit": "页面过大，未予显示", "timeout": "显示此页用时过长，已停止", "kind": "此类文件不能在页面上显示",
    "memory": "显示此页需要的内存过多", "blocked": "文件已被拦截，不予打开", "missing": "文件不在存储中",
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """`file`: the JPEG. None: it could not be drawn, `reason` says why in Chinese."""

    file: Path | None
    reason: str = ""


class PagePictures:
    """Draws and keeps. Safe between threads; one object for each site."""

    def __init__(self, blobs: FileBlobStore, folder: Path | None = None) -> None:
        self._blobs = blobs
        self.folder = folder or blobs.root.parent / "page-pictures"
        self._lock = threading.Lock()
        self._busy: dict[str, tuple[threading.Lock, int]] = {}
        self._drawn = 0

    def page(self, part: Part, number: int, width: int) -> Drawn:
        """The page (from 0) of a part, upright, seals framed; as wide as the next of `WIDTHS`."""
        width = next((known for known in WIDTHS if known >= width), WIDTHS[-1])
        if isinstance(part.problem, Blocked):
            return Drawn(None, REASONS["blocked"])
        if isinstance(part.problem, Unreadable):
            return Drawn(None, REASONS.get(part.problem.reason, REASONS["damaged"]))
        scan = scan_of(part)
        facts = scan.pages[number] if scan is not None and 0 <= number < len(scan.pages) else None
        if scan is None or number < 0 or number >= max(len(scan.pages), scan.page_count):
            return Drawn(None, REASONS["no_page"])
        if not drawable(part):
            return Drawn(None, REASONS["kind"])
        seals = [asdict(seal) for seal in facts.seals] if facts else []
        job: dict[str, Any] = {"kind": part.media_type, "page": number, "width": width, "seals": seals,
                               "rotation": facts.rotation if facts else 0}
        mark = hashlib.sha256(json.dumps([_NUMBERING, job], sort_keys=True).encode()).hexdigest()[:16]
        file = self.folder / part.sha256[:2] / f"{part.sha256}-{number}-{width}-{mark}.jpg"
        with self._one_at_a_time(part.sha256):
            if file.exists():
                return Drawn(file)
            return self._draw(part, job, file)

    def _draw(self, part: Part, job: dict[str, Any], file: Path) -> Drawn:
        try:
            job["path"] = str(self._blobs.path(part.sha256).absolute())
        except KeyError:
            return Drawn(None, REASONS["missing"])
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = file.with_name(f".{os.getpid()}-{secrets.token_hex(6)}.jpg")
        try:
            said = run_aside("parsers.page_picture", {**job, "out": str(temporary.absolute()), "pixels": 60_000_000})
            if not temporary.exists() or said:
                return Drawn(None, REASONS.get(said.decode(errors="replace"), REASONS["damaged"]))
            temporary.replace(file)
        except Aside as error:
            log.warning("page %s of %s was not drawn: %s", job["page"], part.sha256, error)
            return Drawn(None, REASONS.get(str(error), REASONS["damaged"]))
        finally:
            temporary.unlink(missing_ok=True)
        self._prune()
        return Drawn(file)

    @contextmanager
    def _one_at_a_time(self, sha256: str) -> Iterator[None]:
        with self._lock:
            lock, waiting = self._busy.get(sha256, (threading.Lock(), 0))
            self._busy[sha256] = (lock, waiting + 1)
        try:
            with lock:
                yield
        finally:
            with self._lock:
                lock, waiting = self._busy[sha256]
                if waiting == 1:
                    del self._busy[sha256]
                else:
                    self._busy[sha256] = (lock, waiting - 1)

    def _prune(self) -> None:
        """Now and then: what is over `KEPT` goes, the longest unused first."""
        with self._lock:
            self._drawn += 1
            if self._drawn % _PRUNE_EVERY != 1:
                return
        with suppress(OSError):
            kept = [each for kind in ("*/*.jpg", "mails/*.json") for each in self.folder.glob(kind)]
            found = sorted((each.stat().st_mtime, each.stat().st_size, each) for each in kept)
            total = sum(size for _, size, _ in found)
            for _, size, each in found:
                if total <= KEPT:
                    break
                each.unlink(missing_ok=True)
                total -= size


def scan_of(part: Part) -> ScanFacts | None:
    """The pages of a part: its own, or pictures pasted into a Word file."""
    return part.scan if part.scan is not None else part.embedded


def drawable(part: Part) -> bool:
    """Whether pages of this kind of file can be drawn."""
    return part.media_type == "application/pdf" or part.media_type.startswith("image/") or (
        part.media_type == WORD and part.embedded is not None
    )


def page_count(part: Part) -> int:
    """Pages that can be shown; 0 where there are none."""
    scan = scan_of(part)
    return 0 if scan is None or part.problem is not None else max(len(scan.pages), scan.page_count)
