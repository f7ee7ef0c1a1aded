"""Step 2, read: raw mail -> facts, in worker processes with limits on time and memory.

A whole mail is read in one task; what that leaves after its time is read part by part. When the task dies or overruns, the mail
is walked again and each part read in a task of its own, so that a hostile file costs its own part and nothing else. If the walk
dies too, an archive killed it: then the mail is walked with all of them closed, and each is opened in a task of its own, within
what all of them together may unpack to. A mail as a whole has `limits.mail_seconds`: what is not read by then is told as late,
which is for a person and never a fault of the sender. The only place that knows pebble.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, TimeoutError, wait  # noqa: A004 - pebble raises this one
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from pebble import ProcessExpired, ProcessPool

from core.facts import MessageFacts, Part, Unreadable
from core.ports import ReadLimits
from intake import reading_worker as worker
from intake.reading_worker import ReadSetup, read_mail, read_one, tied
from storage.blobs import FileBlobStore

__all__ = ["DirectReader", "IsolatedReader", "ReadSetup", "Reader", "read_one", "read_whole"]

WHOLE = 3
"""Times `limits.seconds` that a whole mail may take in one task, before its parts are read one by one."""

WALK_SECONDS = 60
"""For finding the parts of a mail; a mail at the size limit takes a few seconds."""

ARCHIVES = 4
"""Times `limits.archive_bytes` that all archives of one mail may unpack to (parsers.attachments has the same)."""


class Reader(Protocol):
    """Something that reads the raw mail with this address in the blob store."""

    def submit(self, sha256: str) -> Future[MessageFacts]:
        """Start reading. The future raises only if the mail as a whole cannot be walked."""
        ...

    def stirred(self) -> float:
        """When a piece of work last came to an end, good or bad (`time.monotonic`); 0 if none did."""
        ...

    def close(self) -> None:
        """Stop the workers."""
        ...


def hung_after(limits: ReadLimits) -> float:
    """Seconds without the end of any piece of work after which a reader must be stuck: the longest piece ends by itself before."""
    return max(min(limits.seconds * WHOLE, limits.mail_seconds), WALK_SECONDS) + 2 * WALK_SECONDS


def read_whole(setup: ReadSetup, sha256: str) -> MessageFacts:
    """The mail and all its parts, read in this process."""
    store = FileBlobStore(setup.blobs)
    facts = read_mail(store.path(sha256), store, setup.limits)
    return tied(replace(facts, parts=tuple(read_one(setup, part) for part in facts.parts)))


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

    def stirred(self) -> float:
        return 0.0  # it is done when `submit` returns

    def close(self) -> None:
        """Nothing to stop."""


class _Late(Exception):
    """The mail's time is used up."""


@dataclass
class _Clock:
    """Seconds that reading one mail has taken so far, of those it may. Waiting for a free process is not the mail's affair, so
    the tasks are counted and not the time of day."""

    most: float
    spent: float = 0.0

    @property
    def left(self) -> float:
        return self.most - self.spent


class IsolatedReader:
    """Reads in `processes` worker processes. A worker that dies or overruns is replaced."""

    def __init__(self, setup: ReadSetup, processes: int) -> None:
        self._limits = setup.limits
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["parsers.message", "parsers.part"])
        self._pool = ProcessPool(
            max_workers=processes, max_tasks=500, initializer=worker.start_worker, initargs=(setup,), context=context
        )
        self._stirred = 0.0

    def stirred(self) -> float:
        return self._stirred

    def submit(self, sha256: str) -> Future[MessageFacts]:
        clock = _Clock(self._limits.mail_seconds)
        most = min(self._limits.seconds * WHOLE, clock.most)
        whole = self._pool.schedule(worker.whole_task, args=(sha256, most - self._limits.seconds), timeout=most)
        outcome: Future[MessageFacts] = Future()
        begin = time.monotonic()

        def settle(done: Future[worker.Progress]) -> None:
            self._stirred = time.monotonic()
            try:
                progress = done.result()
            except (TimeoutError, ProcessExpired, MemoryError) as error:
                # How long it waited before it ran is not known; one part ended it, most often.
                ran = most if isinstance(error, TimeoutError) else self._limits.seconds
                clock.spent = min(time.monotonic() - begin, ran)
                self._aside(outcome, lambda: self._one_by_one(self._walk(sha256, clock), clock))
            except BaseException as error:
                outcome.set_exception(error)
            else:
                clock.spent = progress.seconds
                if progress.left:
                    self._aside(outcome, lambda: self._one_by_one(progress, clock))
                else:
                    outcome.set_result(progress.facts)

        whole.add_done_callback(settle)
        return outcome

    def _aside(self, outcome: Future[MessageFacts], work: Callable[[], MessageFacts]) -> None:
        """Settles the outcome in a thread of its own: waiting for further tasks inside a callback would block the pool's."""

        def run() -> None:
            try:
                outcome.set_result(tied(work()))
            except BaseException as error:
                outcome.set_exception(error)

        threading.Thread(target=run, daemon=True).start()

    def _run(self, clock: _Clock, most: float, task: Callable[..., Any], *arguments: object) -> Any:
        """A task within what is left of the mail's time. Raises _Late if that is nothing, and as the task does."""
        if clock.left < 1:
            raise _Late
        begin, bound = time.monotonic(), min(most, clock.left)
        try:
            done = self._outcome(task, *arguments, most=bound)
        except TimeoutError:
            clock.spent += bound
            if bound < most:
                raise _Late from None
            raise
        except (ProcessExpired, MemoryError):
            clock.spent += min(time.monotonic() - begin, bound)
            raise
        clock.spent += done.seconds
        return done

    def _outcome(self, task: Callable[..., Any], *arguments: object, most: float) -> Any:
        """What a task comes to. Its end is a sign of life, whatever it is."""
        scheduled = self._pool.schedule(task, args=arguments, timeout=most)
        wait([scheduled])
        self._stirred = time.monotonic()
        return scheduled.result()

    def _one_by_one(self, progress: worker.Progress, clock: _Clock) -> MessageFacts:
        """What is left of the mail, a task for each part; once the mail's time is over the rest is told as late."""
        parts, left = list(progress.facts.parts), list(progress.left)
        while left:
            try:
                parts[left[0]] = self._part(parts[left[0]], clock)
            except _Late:
                late = self._unread([parts[place] for place in left])
                for place, part in zip(left, late, strict=True):
                    parts[place] = part
                break
            left.pop(0)
        return replace(progress.facts, parts=tuple(parts))

    def _walk(self, sha256: str, clock: _Clock) -> worker.Progress:
        """The mail's structure, with what its archives hold; an archive that kills its process stays closed. Without any structure
        nothing could be told, so the walk past closed archives, which is short, has time of its own."""
        with suppress(_Late, TimeoutError, ProcessExpired, MemoryError):
            done: worker.Progress = self._run(clock, WALK_SECONDS, worker.walk_task, sha256, False)
            return done
        closed: worker.Progress = self._outcome(worker.walk_task, sha256, True, most=WALK_SECONDS)
        return self._opened(closed.facts, clock)

    def _opened(self, facts: MessageFacts, clock: _Clock) -> worker.Progress:
        """The mail with its archives, and its documents that hold files, opened one by one. One that kills its process counts
        as if it had unpacked all it may."""
        parts: list[Part] = []
        unpacked, lost = 0, facts.lost
        for part in facts.parts:
            room = self._limits.parts - len(parts)
            if part.problem is not None or room < 1:
                parts.append(part)
                continue
            try:
                found = self._run(clock, WALK_SECONDS, worker.open_task, part, unpacked, room)
            except _Late:  # what is no archive is left to those who read the parts
                parts.append(replace(part, problem=self._late()) if part.container else part)
            except (TimeoutError, ProcessExpired, MemoryError) as error:
                parts.append(replace(part, problem=_reason(error, WALK_SECONDS)))
                unpacked += self._limits.archive_bytes
            else:
                parts += found.parts
                unpacked, lost = unpacked + found.size, lost or found.full
        lost = lost or len(parts) > self._limits.parts
        kept = tuple(parts[: self._limits.parts])
        return worker.Progress(replace(facts, parts=kept, lost=lost), worker.in_order(kept), 0.0)

    def _part(self, part: Part, clock: _Clock) -> Part:
        if part.container or part.problem is not None:
            return part
        try:
            done: worker.Done = self._run(clock, self._limits.seconds, worker.part_task, part)
        except (TimeoutError, ProcessExpired, MemoryError) as error:
            return replace(part, problem=_reason(error, self._limits.seconds))
        return done.part

    def _unread(self, parts: Sequence[Part]) -> tuple[Part, ...]:
        late: tuple[Part, ...] = self._outcome(worker.unread_task, tuple(parts), self._late(), most=WALK_SECONDS)
        return late

    def _late(self) -> Unreadable:
        return Unreadable("timeout", f"the whole mail took over {self._limits.mail_seconds} s")

    def close(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _reason(error: BaseException, seconds: float) -> Unreadable:
    late = isinstance(error, TimeoutError)
    return Unreadable("timeout", f"over {seconds} s") if late else Unreadable("memory", type(error).__name__)
