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
    code that worked. `permanent` None: not told. `files`: the root's entries, at most a few dozen; `file_count`: all that
    were seen. `retry_at`: before this moment asking again is useless (captcha, rate limit)."""

    outcome: Literal["good", "bad", "unknown"]
    state: LinkState
    reason: str = ""
    code: str | None = None
    permanent: bool | None = None
    expires_at: datetime | None = None
    files: tuple[SharedFile, ...] = ()
    file_count: int = 0
    has_video: bool | None = None
    owner: str | None = None
    shared_at: datetime | None = None
    retry_at: datetime | None = None
