"""What the staff pages are given: every part they need, as one frozen value built by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from core.campaign import Campaign
from core.register import Register
from core.settings import Settings
from storage.blobs import FileBlobStore
from storage.database import Database


def utc_now() -> datetime:
    """The clock of the running program."""
    return datetime.now(UTC)


def _nothing() -> None:
    """Nobody to wake: the daemon runs elsewhere and looks at its next round."""


@dataclass(frozen=True)
class Site:
    """`settings` hold secrets: pages show them only through `staff.web.configuration`. `blank_forms`: category key ->
    bytes; `templates`: the office's own letter templates. `wake` tells a daemon in this process that a mark was left for
    it; it returns at once and may do nothing."""

    database: Database
    blobs: FileBlobStore
    campaign: Campaign
    register: Register
    settings: Settings
    version: str
    clock: Callable[[], datetime] = utc_now
    blank_forms: Mapping[str, bytes] = field(default_factory=dict)
    templates: Path | None = None
    config_file: Path | None = None
    wake: Callable[[], None] = _nothing

    @property
    def secure(self) -> bool:
        """Whether people reach the pages by https: cookies are then for https only."""
        return self.settings.staff.public_url.lower().startswith("https://")
