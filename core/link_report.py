"""What a check of one share link brought: good, bad with proof, or can't tell. Only proof makes an error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.facts import LinkState


@dataclass(frozen=True, slots=True)
class SharedFile:
    """One entry of a share: its name, its size in bytes (0 for a folder)."""

    name: str
    size: int = 0
    is_dir: bool = False


@dataclass(frozen=True, slots=True)
class LinkReport:
    """`outcome`: "good", "bad" (the service proved it) or "unknown" (`state` is then UNCHECKED). `code`: the extraction
    code that worked. `permanent` None: not told. `files`: the root's entries (and what its folders hold if it has nothing else), at
    most a few dozen; `file_count`: the files seen, in folders too; `complete`: there is no file that was not seen. `has_video` None:
    cannot tell (files not all seen, archives). `retry_at`: before this moment asking again is useless (captcha, rate limit)."""

    outcome: Literal["good", "bad", "unknown"]
    state: LinkState
    reason: str = ""
    code: str | None = None
    permanent: bool | None = None
    expires_at: datetime | None = None
    files: tuple[SharedFile, ...] = ()
    file_count: int = 0
    has_video: bool | None = None
    complete: bool = False
    owner: str | None = None
    shared_at: datetime | None = None
    retry_at: datetime | None = None

    @property
    def empty(self) -> bool:
        """The share opens and holds no file at all."""
        return self.outcome == "good" and self.complete and self.file_count == 0

    def contents(self, most: int = 8) -> str:
        """What is in it, in Chinese: 第一讲.mp4（334MB）、课件（文件夹）等12个文件."""
        if not self.files:
            return "空文件夹" if self.empty else "未能列出"
        shown = "、".join(_shown(file) for file in self.files[:most])
        more = len(self.files) > most or self.file_count > sum(not file.is_dir for file in self.files)
        return shown + (f"等{self.file_count}个文件" if more else "")


def _shown(file: SharedFile) -> str:
    return f"{file.name}（{'文件夹' if file.is_dir else size_words(file.size)}）"


def size_words(size: int) -> str:
    """1536 -> 2KB; 734003200 -> 700MB; 3221225472 -> 3.0GB."""
    if size >= 2**30:
        return f"{size / 2**30:.1f}GB"
    return f"{size / 2**20:.0f}MB" if size >= 2**20 else f"{-(-size // 1024)}KB"
