"""What runs inside a reading process: the tasks of `intake.reading`, each with how long it took.

The parsers and their libraries are imported where reading is done: the conductor's own process never needs them, and saves some
fifty megabytes. Knows nothing of processes but its own.
"""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from core.campaign import Campaign
from core.facts import MessageFacts, Part, Unreadable
from core.ports import ReadLimits
from parsers.work_folder import sweep
from storage.blobs import FileBlobStore


@dataclass(frozen=True)
class ReadSetup:
    """What every reading process needs to know. `blobs`: the blob store's folder."""

    campaign: Campaign
    limits: ReadLimits
    blobs: Path
    ocr: bool = False
    seals: bool = False


@dataclass(frozen=True)
class Progress:
    """A mail as far as it is read. `left`: places of the parts that are not, in the order in which they should be; `seconds`:
    what the task took."""

    facts: MessageFacts
    left: tuple[int, ...]
    seconds: float


@dataclass(frozen=True)
class Opened:
    """A container with what lies in it. `size`: bytes that it unpacked to; `full`: there were more files than fit."""

    parts: tuple[Part, ...]
    size: int
    full: bool
    seconds: float


@dataclass(frozen=True)
class Done:
    """One part, read."""

    part: Part
    seconds: float


def read_mail(path: Path, blobs: FileBlobStore, limits: ReadLimits, *, closed: bool = False) -> MessageFacts:
    """The mail's structure, its parts not read yet. `closed`: archives are not opened."""
    facts: MessageFacts = import_module("parsers.message").read_mail(path, blobs, limits, closed=closed)
    return facts


def read_one(setup: ReadSetup, part: Part) -> Part:
    """One part, read in this process. Containers and parts with a problem are left as they are."""
    if part.container or part.problem is not None:
        return part
    path = FileBlobStore(setup.blobs).path(part.sha256)
    read: Part = import_module("parsers.part").read_part(
        path, part, setup.campaign, setup.limits, ocr=setup.ocr, seals=setup.seals
    )
    return read


def tied(facts: MessageFacts) -> MessageFacts:
    """The mail, all its parts read, with what only the whole of it tells."""
    done: MessageFacts = import_module("parsers.loose_ends").tie_loose_ends(facts)
    return done


def in_order(parts: Sequence[Part]) -> tuple[int, ...]:
    """Places of the parts as they are best read where time may run out: forms and texts before the pages of scans."""
    slow = ("image/", "application/pdf", "application/ofd", "application/oxps", "application/vnd.ms-xps")
    return tuple(sorted(range(len(parts)), key=lambda place: parts[place].media_type.startswith(slow)))


# Tasks ---------------------------------------------------------------------------------------------------------------


class _Worker:
    """What a worker process remembers between tasks."""

    setup: ReadSetup


def start_worker(setup: ReadSetup) -> None:
    """Runs once in each worker process: remembers the setup and bounds the process's memory."""
    _Worker.setup = setup
    sweep()
    # RLIMIT_DATA counts private writable memory; RLIMIT_AS would also count the models mapped from disk.
    resource.setrlimit(resource.RLIMIT_DATA, (setup.limits.memory, setup.limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def whole_task(sha256: str, seconds: float) -> Progress:
    """The mail and its parts, tied if all are read; none is begun once `seconds` are over."""
    begin = time.monotonic()
    sweep()
    facts = _walk(sha256, closed=False)
    parts, order = list(facts.parts), in_order(facts.parts)
    left: tuple[int, ...] = ()
    for done, place in enumerate(order):
        if time.monotonic() - begin > seconds:
            left = order[done:]
            break
        parts[place] = _in_time(parts[place])
    facts = replace(facts, parts=tuple(parts))
    return Progress(facts if left else tied(facts), left, time.monotonic() - begin)


def _in_time(part: Part) -> Part:
    """The part, or the end of this process when it takes longer than a part may: the system's own alarm also ends a
    library that never comes back. The other parts are then read without it."""
    signal.setitimer(signal.ITIMER_REAL, _Worker.setup.limits.seconds)
    try:
        return read_one(_Worker.setup, part)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def walk_task(sha256: str, closed: bool) -> Progress:  # noqa: FBT001 (pebble hands over positions)
    """The mail's structure only."""
    begin = time.monotonic()
    sweep()
    facts = _walk(sha256, closed=closed)
    return Progress(facts, in_order(facts.parts), time.monotonic() - begin)


def _walk(sha256: str, *, closed: bool) -> MessageFacts:
    store = FileBlobStore(_Worker.setup.blobs)
    return read_mail(store.path(sha256), store, _Worker.setup.limits, closed=closed)


def open_task(part: Part, unpacked: int, room: int) -> Opened:
    """A container or a document with files inside, and what lies in it; any other part by itself. `unpacked`: bytes that others of
    the mail have unpacked to; `room`: parts that it may have."""
    begin = time.monotonic()
    if not part.container and part.media_type not in import_module("parsers.inner_files").HOLDERS:
        return Opened((part,), 0, False, 0.0)
    store = FileBlobStore(_Worker.setup.blobs)
    limits = replace(_Worker.setup.limits, parts=room)
    found = import_module("parsers.expand").expand_part(store.path(part.sha256), part, store, limits, unpacked=unpacked)
    return Opened(found.parts, found.size, found.full, time.monotonic() - begin)


def part_task(part: Part) -> Done:
    """One part."""
    begin = time.monotonic()
    return Done(read_one(_Worker.setup, part), time.monotonic() - begin)


def unread_task(parts: tuple[Part, ...], problem: Unreadable) -> tuple[Part, ...]:
    """The parts for which no time was left: those that would have been opened say so, a video or a program stays what it is."""
    opens = import_module("parsers.part").is_opened
    return tuple(replace(part, problem=problem) if opens(part) else part for part in parts)
