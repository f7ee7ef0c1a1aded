"""One clock for all machines: the database server's.

Leases, due times and grace periods are compared across machines; a machine whose own clock is wrong must neither take
work out of others' hands nor answer too early. Asked once a minute, in between counted on by this machine's own ticking,
so that a jump of its calendar changes nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from storage.database import Database
from storage.errors import StorageError, StorageUnavailable

EVERY = 60.0
"""Seconds after which the server is asked again."""
SLOW = 5.0
"""Seconds a question may take to count: how late the answer is nobody knows better than that."""


def _ticks() -> float:
    """Seconds that also count while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class DatabaseClock:
    """Call it for the time (aware UTC). Raises StorageError only if the server never answered; later it ticks on alone."""

    def __init__(self, database: Database, ticks: Callable[[], float] = _ticks) -> None:
        self._database = database
        self._ticks = ticks
        self._lock = threading.Lock()
        self._known: tuple[datetime, float] | None = None
        self._asked = 0.0

    def __call__(self) -> datetime:
        with self._lock:
            if self._known is None or not 0 <= self._ticks() - self._asked < EVERY:
                self._ask()
            assert self._known is not None
            moment, at = self._known
            return moment + timedelta(seconds=self._ticks() - at)

    def _ask(self) -> None:
        self._asked = before = self._ticks()
        try:
            with self._database.read() as connection:
                moment = connection.execute(select(func.clock_timestamp())).scalar_one()
        except StorageError:
            if self._known is None:
                raise
            return
        took = self._ticks() - before
        if took <= SLOW:
            self._known = moment, before + took / 2
        elif self._known is None:
            raise StorageUnavailable(f"the database needed {took:.0f} s to tell the time")
