"""Step 2, read: raw mail -> facts, in worker processes with limits on time and memory.

A whole mail is read in one task; only when that task dies or overruns is the mail walked again and each part read in
a task of its own, so that a hostile file costs its own part and nothing else. If the walk dies too, an archive killed it:
then the mail is walked with all of them closed, and each is opened in a task of its own. The only place that knows pebble.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, TimeoutError  # noqa: A004 - pebble raises this one
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Protocol

from pebble import ProcessExpired, ProcessPool

from core.campaign import Campaign
from core.facts import MessageFacts, Part, Unreadable
from core.ports import ReadLimits
from storage.blobs import FileBlobStore

WHOLE = 3
"""Times `limits.seconds` that a whole mail may take in one task, before its parts are read one by one."""

WALK_SECONDS = 60
"""For finding the parts of a mail; a mail at the size limit takes a few seconds."""


@dataclass(frozen=True)
class ReadSetup:
    """What every reading process needs to know. `blobs`: the blob store's folder."""

    campaign: Campaign
    limits: ReadLimits
    blobs: Path
    ocr: bool = False
    seals: bool = False


class Reader(Protocol):
    """Something that reads the raw mail with this address in the blob store."""

    def submit(self, sha256: str) -> Future[MessageFacts]:
        """Start reading. The future raises only if the mail as a whole cannot be walked."""
        ...

    def close(self) -> None:
        """Stop the workers."""
        ...


# The parsers and their libraries are imported where reading is done: the conductor's own process never needs them, and
# saves some fifty megabytes.


def _read_mail(path: Path, blobs: FileBlobStore, limits: ReadLimits, *, closed: bool = False) -> MessageFacts:
    facts: MessageFacts = import_module("parsers.message").read_mail(path, blobs, limits, closed=closed)
    return facts


def _tied(facts: MessageFacts) -> MessageFacts:
    tied: MessageFacts = import_module("parsers.loose_ends").tie_loose_ends(facts)
    return tied


def read_whole(setup: ReadSetup, sha256: str, read: Callable[[ReadSetup, Part], Part] | None = None) -> MessageFacts:
    """The mail and all its parts, read in this process. `read`: reads a part, in place of `read_one`."""
    store = FileBlobStore(setup.blobs)
    facts = _read_mail(store.path(sha256), store, setup.limits)
    return _tied(replace(facts, parts=tuple((read or read_one)(setup, part) for part in facts.parts)))


def read_one(setup: ReadSetup, part: Part) -> Part:
    """One part, read in this process. Containers and parts with a problem are left as they are."""
    if part.container or part.problem is not None:
        return part
    path = FileBlobStore(setup.blobs).path(part.sha256)
    read: Part = import_module("parsers.part").read_part(
        path, part, setup.campaign, setup.limits, ocr=setup.ocr, seals=setup.seals
    )
    return read


class DirectReader:
    """Reads in the calling process: for `inspect` and for tests of the stages."""

    def __init__(self, setup: ReadSetup) -> None:
        self._setup = setup

    def submit(self, sha256: str) -> Future[MessageFacts]:
        future: Future[MessageFacts] = Future()
        try:
            future.set_result(read_whole(self._setup, sha256))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self) -> None:
        """Nothing to stop."""


class _Worker:
    """What a worker process remembers between tasks."""

    setup: ReadSetup


def _start_worker(setup: ReadSetup) -> None:
    """Runs once in each worker process: remembers the setup and bounds the process's memory."""
    _Worker.setup = setup
    # RLIMIT_DATA counts private writable memory; RLIMIT_AS would also count the models mapped from disk.
    resource.setrlimit(resource.RLIMIT_DATA, (setup.limits.memory, setup.limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _whole_task(sha256: str) -> MessageFacts:
    return read_whole(_Worker.setup, sha256, _in_time)


def _in_time(setup: ReadSetup, part: Part) -> Part:
    """The part, or the end of this process when it takes longer than a part may: the system's own alarm also ends a
    library that never comes back. The other parts are then read without it."""
    signal.setitimer(signal.ITIMER_REAL, setup.limits.seconds)
    try:
        return read_one(setup, part)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _walk_task(sha256: str, closed: bool) -> MessageFacts:  # noqa: FBT001 (pebble hands over positions)
    store = FileBlobStore(_Worker.setup.blobs)
    return _read_mail(store.path(sha256), store, _Worker.setup.limits, closed=closed)


def _open_task(part: Part) -> tuple[Part, ...]:
    store = FileBlobStore(_Worker.setup.blobs)
    found: tuple[Part, ...] = import_module("parsers.expand").expand_part(
        store.path(part.sha256), part, store, _Worker.setup.limits
    )
    return found


def _part_task(part: Part) -> Part:
    return read_one(_Worker.setup, part)


class IsolatedReader:
    """Reads in `processes` worker processes. A worker that dies or overruns is replaced."""

    def __init__(self, setup: ReadSetup, processes: int) -> None:
        self._limits = setup.limits
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["parsers.message", "parsers.part"])
        self._pool = ProcessPool(
            max_workers=processes, max_tasks=500, initializer=_start_worker, initargs=(setup,), context=context
        )

    def submit(self, sha256: str) -> Future[MessageFacts]:
        whole = self._pool.schedule(_whole_task, args=(sha256,), timeout=self._limits.seconds * WHOLE)
        outcome: Future[MessageFacts] = Future()

        def settle(done: Future[MessageFacts]) -> None:
            try:
                outcome.set_result(done.result())
            except (TimeoutError, ProcessExpired, MemoryError):
                # Waiting for further tasks inside a callback would block the pool's own thread.
                threading.Thread(target=self._piecewise, args=(sha256, outcome), daemon=True).start()
            except BaseException as error:
                outcome.set_exception(error)

        whole.add_done_callback(settle)
        return outcome

    def _piecewise(self, sha256: str, outcome: Future[MessageFacts]) -> None:
        try:
            facts = self._walk(sha256)
            outcome.set_result(_tied(replace(facts, parts=tuple(self._part(part) for part in facts.parts))))
        except BaseException as error:
            outcome.set_exception(error)

    def _walk(self, sha256: str) -> MessageFacts:
        """The mail's structure, with what its archives hold; an archive that kills its process stays closed."""
        try:
            return self._pool.schedule(_walk_task, args=(sha256, False), timeout=WALK_SECONDS).result()
        except (TimeoutError, ProcessExpired, MemoryError):
            facts = self._pool.schedule(_walk_task, args=(sha256, True), timeout=WALK_SECONDS).result()
        parts = [found for part in facts.parts for found in self._opened(part)]
        return replace(facts, parts=tuple(parts[: self._limits.parts]), lost=facts.lost or len(parts) > self._limits.parts)

    def _opened(self, part: Part) -> tuple[Part, ...]:
        if not part.container or part.problem is not None:
            return (part,)
        try:
            return self._pool.schedule(_open_task, args=(part,), timeout=WALK_SECONDS).result()
        except (TimeoutError, ProcessExpired, MemoryError) as error:
            return (replace(part, problem=self._reason(error)),)

    def _part(self, part: Part) -> Part:
        try:
            return self._pool.schedule(_part_task, args=(part,), timeout=self._limits.seconds).result()
        except (TimeoutError, ProcessExpired, MemoryError) as error:
            return replace(part, problem=self._reason(error))

    def _reason(self, error: BaseException) -> Unreadable:
        late = isinstance(error, TimeoutError)
        return Unreadable("timeout", f"over {self._limits.seconds} s") if late else Unreadable("memory", type(error).__name__)

    def close(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
