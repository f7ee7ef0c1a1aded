"""The workers on other machines, as staff see them: `status`, the page 系统; `baosong check`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.codec import Json
from storage.rows import HeartbeatRow
from storage.watch import MISSED, WORKER


@dataclass(frozen=True)
class WorkerView:
    """One worker. `holding`: row ids of the mails it works on; `done`: how many since it was started."""

    name: str
    host: str
    version: str
    seen: datetime
    state: Literal["working", "idle", "no_blobs", "missing"]
    holding: tuple[int, ...]
    done: int
    processes: int

    @property
    def word(self) -> str:
        return STATES[self.state]

    @property
    def mails(self) -> str:
        """What it holds, in words."""
        return "、".join(f"m{number}" for number in self.holding) or "无"

    def as_json(self) -> dict[str, Json]:
        return {
            "name": self.name, "host": self.host, "version": self.version, "seen": self.seen.isoformat(), "state": self.state,
            "holding": [*self.holding], "done": self.done, "processes": self.processes,
        }


STATES = {"working": "处理中", "idle": "空闲", "no_blobs": "无法访问文件存储，等待中", "missing": "失去联系"}


def workers(beats: Iterable[HeartbeatRow], now: datetime) -> tuple[WorkerView, ...]:
    """Those among all signs of life."""
    return tuple(_view(row, now) for row in beats if row.name.startswith(WORKER))


def _view(row: HeartbeatRow, now: datetime) -> WorkerView:
    detail = row.detail
    held = detail.get("holding")
    holding = tuple(number for number in held if isinstance(number, int)) if isinstance(held, list) else ()
    missing = now - row.at > MISSED
    state: Literal["working", "idle", "no_blobs", "missing"] = "missing" if missing else (
        "no_blobs" if detail.get("blobs") is False else "working" if holding else "idle"
    )
    # What a dead one held is in other hands by now.
    return WorkerView(
        row.name.removeprefix(WORKER), str(detail.get("host", "")), str(detail.get("version", "")), row.at, state,
        () if missing else holding, _number(detail.get("done")), _number(detail.get("processes")),
    )


def _number(value: Json) -> int:
    return value if isinstance(value, int) else 0
