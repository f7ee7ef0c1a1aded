"""`baosong worker`: steps 2 to 7 on a machine of its own, with the daemon's pipeline. It fetches nothing, sends nothing, asks
no share service (one machine keeps the pace for all: the daemon's link job), serves no pages.

The ledger's claims are the queue: work is looked for every two seconds, nothing else tells of it. A thread gives the signs
of life and sees whether this machine may go on: the same tables, version, settings and blob store as the daemon's.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta

from core.codec import Json
from core.facts import Link
from core.link_report import LinkReport
from intake.agreement import DAEMON, disagreement, terms
from intake.engine import Engine
from intake.pipeline import Pipeline
from storage.errors import StorageError
from storage.migrate import current_revision, newest_revision
from storage.watch import WORKER, Watch

log = logging.getLogger(__name__)

LOOK_EVERY = 2.0
"""Seconds between two looks for work: nothing against a mail's reading, and one probe of an index for the database."""
BEAT_EVERY = 10.0
REST = 10.0
"""Seconds without a database before it is tried again."""
FORGOTTEN = timedelta(days=1)
"""A worker that gave no sign for so long is no longer listed."""


class AskedElsewhere:
    """Stands where the link check stands: every link is left to the daemon's link job."""

    def ready(self) -> bool:
        """Never."""
        return False

    def check(self, link: Link) -> LinkReport:
        """Nobody may ask."""
        raise AssertionError(f"a worker asks about no link: {link.url}")


class Worker:
    """Runs until `stop` is called (SIGTERM), or until this machine may not go on."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._watch = Watch(engine.database)
        self._begun = engine.setup.clock()
        self._newest = newest_revision()  # of this program as it was started, whatever is installed over it meanwhile
        self._blobs_seen = True
        self._unfit: str | None = None
        self._pipeline: Pipeline | None = None
        self._over = threading.Event()
        self.name = f"{WORKER}{engine.owner}"

    def objection(self) -> str | None:
        """Why this machine must not work, in Chinese; None if it may. Raises StorageError."""
        engine = self._engine
        revision = current_revision(engine.database)
        if revision != self._newest:
            return (
                f"数据库的版本（{revision or '空'}）与本程序（{self._newest}）不同。请先升级收信的机器（升级时自动更新数据库），"
                "再把本机换成同一版本"
            )
        own = terms(engine.setup, engine.blobs.identity())
        return disagreement(own, self._watch.find_beat(DAEMON))

    def run(self) -> str | None:
        """Block until stopped; what is read is decided, the rest given back. The objection if there was one."""
        engine = self._engine
        self._unfit = self.objection()
        if self._unfit is not None:
            return self._unfit
        self._pipeline = Pipeline(engine.line(self._sees_blobs))
        self._watch.forget_beats(WORKER, engine.setup.clock() - FORGOTTEN)
        pulse = threading.Thread(target=self._pulse, name="pulse", daemon=True)
        pulse.start()
        try:
            while not self._stopped():
                self._turn(self._pipeline)
        finally:
            self._over.set()
            pulse.join(REST)
            self._say_goodbye()
            engine.close()
        return self._unfit

    def stop(self) -> None:
        """Ask for the end; returns at once. Safe in a signal handler."""
        self._engine.stop.set()

    def _stopped(self) -> bool:
        return self._engine.stop.is_set() or self._unfit is not None

    def _pausing(self) -> bool:
        return self._stopped() or not self._blobs_seen

    def _turn(self, pipeline: Pipeline) -> None:
        """One look for work, and the work."""
        stop = self._engine.stop
        try:
            if not self._blobs_seen:
                self._blobs_seen = self._sees_blobs()
            if not self._blobs_seen or not pipeline.work(self._pausing):
                stop.wait(LOOK_EVERY)
        except StorageError as error:
            log.error("the database or the blob store cannot serve: %s", error)
            stop.wait(REST)
        except Exception:  # a fault of ours; the next turn may do better
            log.exception("the turn failed")
            stop.wait(REST)

    def _sees_blobs(self) -> bool:
        """Whether the store is there: a share that is not mounted is an empty folder, and every mail would seem lost."""
        daemon = self._watch.find_beat(DAEMON)
        store = None if daemon is None else daemon.detail.get("store")
        return store is None or self._engine.blobs.identity() == store

    # The other thread ---------------------------------------------------------------------------------------------

    def _pulse(self) -> None:
        self._guarded(self._beat)
        while not self._over.wait(BEAT_EVERY):
            self._guarded(self._look_round)
            self._guarded(self._beat)

    def _guarded(self, job: Callable[[], None]) -> None:
        try:
            job()
        except StorageError as error:
            log.warning("no sign of life: %s", error)
        except Exception:
            log.exception("no sign of life")

    def _look_round(self) -> None:
        """Whether all is still as it was at the start. A share that went away is waited for; the rest ends the worker."""
        if not self._sees_blobs():
            if self._blobs_seen:
                log.error("the blob store at %s is out of reach: waiting", self._engine.blobs.root)
            self._blobs_seen = False
            return
        found = self.objection()
        if found is not None:
            log.error("this machine may not go on: %s", found)
            self._unfit = found

    def _beat(self) -> None:
        pipeline, setup = self._pipeline, self._engine.setup
        assert pipeline is not None
        holding: list[Json] = [*pipeline.in_hand()]
        self._watch.beat(self.name, setup.clock(), {
            "host": socket.gethostname(), "pid": os.getpid(), "version": setup.version, "since": self._begun.isoformat(),
            "holding": holding, "done": pipeline.done, "processes": setup.settings.workers.processes,
            "blobs": self._blobs_seen,
        })  # fmt: skip

    def _say_goodbye(self) -> None:
        """One that ended by itself is not missed."""
        self._guarded(self._be_forgotten)

    def _be_forgotten(self) -> None:
        self._watch.forget_beats(self.name, self._engine.setup.clock() + FORGOTTEN)
