"""Processes looked at from outside: a process with all its descendants, and how much memory each holds."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path


def family(root: int) -> list[int]:
    """This process, if it lives, and all its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except (OSError, IndexError):
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found, new = {root} & set(parents), {root}
    while new:
        new = {pid for pid, parent in parents.items() if parent in new and pid not in found}
        found |= new
    return sorted(found)


def resident(pid: int) -> int:
    """Bytes of its own (not shared with files), 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def alive(pids: set[int]) -> set[int]:
    """Those that still run (zombies do not)."""
    left = set()
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                left.add(pid)
        except (OSError, IndexError):
            continue
    return left


@dataclass
class Watcher:
    """Samples a family's memory every tenth of a second. `own`: the root's, with times; `peak`: the most of any descendant."""

    root: int
    own: list[tuple[float, int]] = field(default_factory=list)
    peak: int = 0
    seen: set[int] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Watcher:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            members = family(self.root)
            self.seen.update(members)
            self.own.append((time.monotonic(), resident(self.root)))
            self.peak = max([self.peak, *(resident(pid) for pid in members if pid != self.root)])
