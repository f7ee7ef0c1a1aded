"""Remembers the two figures that must look at every row, as long as no row has changed: the first page and the ledger are
opened far more often than mail comes in.

Whether something changed is asked anew each time and costs three look-ups at the ends of indexes: the newest item, the
newest change of an item, the newest line of the audit trail (every decision of staff and every deletion writes one).
Clocks of several processes may differ by a little, so nothing is remembered for longer than `LONGEST`.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select

from storage import models as m
from storage import progress
from storage.database import Database

LONGEST = 60.0
"""Seconds."""
MOST = 64
"""Answers kept."""

Answer = TypeVar("Answer")


class Remembered:
    """`progress.cells` and `progress.arrivals` of one database. Safe between threads."""

    def __init__(self, database: Database, now: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._now = now
        self._kept: OrderedDict[Hashable, tuple[Hashable, float, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def cells(self, campaign: str, batch: int | None = None) -> tuple[progress.Cell, ...]:
        """As `progress.cells`."""
        state = select(
            select(func.max(m.Item.id)).scalar_subquery(), select(func.max(m.Item.updated_at)).scalar_subquery(),
            select(func.max(m.Audit.id)).scalar_subquery(),
        )
        return self._ask(("cells", campaign, batch), state, lambda: progress.cells(self._database, campaign, batch))

    def arrivals(self, edges: Sequence[datetime]) -> tuple[int, ...]:
        """As `progress.arrivals`. Messages are only ever added, and keep the time they arrived."""
        state = select(func.max(m.Message.id))
        return self._ask(("arrivals", *edges), state, lambda: progress.arrivals(self._database, edges))

    def _ask(self, question: Hashable, state: Any, count: Callable[[], Answer]) -> Answer:
        with self._database.read() as connection:
            seen = tuple(connection.execute(state).one())
        with self._lock:
            kept = self._kept.get(question)
        if kept is not None and kept[0] == seen and self._now() - kept[1] < LONGEST:
            found: Answer = kept[2]
            return found
        answer = count()  # counted after `seen` was read: what changed in between is seen as a change next time
        with self._lock:
            self._kept[question] = (seen, self._now(), answer)
            self._kept.move_to_end(question)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return answer
