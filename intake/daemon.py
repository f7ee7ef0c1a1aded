"""The daemon: the engine's verbs on a clock. APScheduler only says when; each job writes its own heartbeat, because a
scheduler swallows exceptions and an old job must be seen to be old.

One thread owns the mailbox: it polls, works through what came, files, and then waits for news (IDLE) or for the clock,
whichever is first. A refused login is not tried in a loop: the pause grows to hours and staff read what to do.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler

from core.campaign import SHANGHAI
from core.codec import Json
from intake.agreement import DAEMON, terms
from intake.engine import Engine
from intake.mailbox_errors import Disconnected, LoginRefused, MailboxError, Unreachable, backoff
from intake.watching import LOGIN, REACH
from storage.arrival import decided_since
from storage.errors import StorageError

log = logging.getLogger(__name__)

SEND_EVERY, LINKS_EVERY, WATCH_EVERY, TELL_EVERY, DECIDED_EVERY = 15, 60, 60, 20, 10  # seconds
MISFIRE = 3600
"""Seconds a late job may still start (the library's default of 1 second silently drops jobs on a busy machine)."""


class Daemon:
    """Runs until `stop` is called (SIGTERM). `extra`: further jobs as (name, seconds, function)."""

    def __init__(self, engine: Engine, extra: tuple[tuple[str, int, Callable[[], object]], ...] = ()) -> None:
        self._engine = engine
        self._extra = extra
        self._refusals = 0
        self._not_before = self._turned = engine.setup.clock()
        self._scheduler = BackgroundScheduler(
            timezone=SHANGHAI,
            job_defaults={"misfire_grace_time": MISFIRE, "coalesce": True, "max_instances": 1},
        )

    def run(self) -> None:
        """Block until stopped; everything under way is finished or given back."""
        engine, settings = self._engine, self._engine.setup.settings
        self._every("poll", settings.mailbox.interval, engine.wake.set)
        self._every("send", SEND_EVERY, engine.send)
        self._every("links", LINKS_EVERY, self._links)
        self._every("watch", WATCH_EVERY, self._watch)
        self._every("tell", TELL_EVERY, engine.tell)
        if engine.database.kind == "postgresql":
            self._every("decided", DECIDED_EVERY, self._decided)
            self._publish()
        for name, seconds, job in self._extra:
            self._every(name, seconds, job)
        self._scheduler.start()
        try:
            while not engine.stop.is_set():
                self._turn()
                engine.wake.clear()
                if not engine.stop.is_set():
                    engine.mailbox.wait(settings.mailbox.interval + 5)  # the clock's job sets `wake` first
        finally:
            self._scheduler.shutdown(wait=True)
            engine.close()

    def stop(self) -> None:
        """Ask for the end; returns at once. Safe in a signal handler."""
        self._engine.stop.set()
        self._engine.wake.set()

    # Jobs ---------------------------------------------------------------------------------------------------------

    def _every(self, name: str, seconds: int, job: Callable[[], object]) -> None:
        self._scheduler.add_job(self._guarded, "interval", seconds=seconds, args=(name, job), id=name)

    def _guarded(self, name: str, job: Callable[[], object]) -> None:
        try:
            job()
            if name != "poll":  # its work is done by the mailbox thread, which writes that heartbeat itself
                self._engine.watch.beat(f"job-{name}", self._engine.setup.clock())
        except StorageError as error:
            log.error("job %s: the database cannot serve: %s", name, error)
        except Exception:
            log.exception("job %s failed", name)

    def _publish(self) -> None:
        """What workers must have alike, and that the daemon lives."""
        engine = self._engine
        try:
            engine.watch.beat(DAEMON, engine.setup.clock(), terms(engine.setup, engine.blobs.identity(make=True)))
        except StorageError as error:
            log.error("workers cannot be told what this daemon works by: %s", error)

    def _watch(self) -> None:
        if self._engine.database.kind == "postgresql":
            self._publish()
        self._engine.look_after()

    def _decided(self) -> None:
        """What a worker decided since the last turn waits to be answered and flagged."""
        engine = self._engine
        if decided_since(engine.database, engine.setup.settings.mailbox.user, self._turned):
            engine.wake.set()

    def _process(self) -> None:
        """The mails that are due, unless all of them are left to workers."""
        if self._engine.setup.settings.workers.local:
            self._engine.process()

    def _links(self) -> None:
        if self._engine.recheck():
            self._engine.wake.set()  # mails whose outcome may have changed are decided by the mailbox thread

    # The mailbox thread -------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        """One cycle: poll if the account lets us, then everything that is due whatever the mailbox does."""
        engine = self._engine
        try:
            self._turned = engine.setup.clock()
            if engine.setup.settings.mailbox.host and engine.setup.clock() >= self._not_before:
                self._poll()
            self._process()
            engine.send()
            if engine.mailbox.connected:
                engine.cycle().file()
        except MailboxError as error:
            log.warning("filing: %s", error)
        except StorageError as error:
            log.error("the database cannot serve: %s", error)
            engine.stop.wait(10)
        except Exception:  # a fault of ours; the next turn may do better, and the daemon must not die of it
            log.exception("the cycle failed")
            engine.stop.wait(10)

    def _poll(self) -> None:
        engine = self._engine
        while not engine.stop.is_set():
            try:
                poll = engine.poll()
            except LoginRefused as error:
                self._refused(error)
                return
            except (Unreachable, Disconnected) as error:
                self._refusals += 1
                pause = backoff(error, self._refusals)
                self._not_before = engine.setup.clock() + pause
                log.warning("%s; next try in %s", error, pause)
                if self._refusals >= 3:
                    engine.watch.raise_alert(REACH, f"邮箱服务器多次连接未成功：{error.reason}", engine.setup.clock())
                return
            now = engine.setup.clock()
            self._refusals = 0
            detail: dict[str, Json] = {"new": poll.new, "missing": [*poll.missing], "failed": [*poll.failed]}
            engine.watch.beat("poll", now, detail)
            engine.polled(poll)
            if not poll.more:
                return
            self._process()  # a large backlog: what is fetched is worked on before more is fetched

    def _refused(self, error: LoginRefused) -> None:
        engine, now = self._engine, self._engine.setup.clock()
        self._refusals += 1
        pause = backoff(error, self._refusals)
        self._not_before = now + pause
        engine.mailbox.close()
        when = (now + pause).astimezone(SHANGHAI)
        engine.watch.raise_alert(LOGIN, f"{error.reason}。{error.advice}（下次尝试：{when:%m月%d日 %H:%M}）", now)
        log.error("login refused, next try %s: %s %s", when, error.reason, error.advice)
