"""Is the rate of answers unusual? A flood or a loop shows in the letters before anything else does. Pure.

Usual is what the last two weeks were like, hour by hour; a loop is one thread, or one address, answered again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

HISTORY = timedelta(days=14)
LEAST = 20
"""Letters in an hour that are never called unusual: a deadline's last afternoon has as many."""
TIMES = 3
THREAD_DAY = 3
"""Answers in one thread within a day that look like two programs talking: people write once or twice."""


def unusual_rate(sent: Sequence[datetime], now: datetime) -> str | None:
    """What is unusual about the letters of the last hour; None if nothing is. `sent`: moments of the letters since
    `HISTORY`, aware. Compared with the busiest tenth of the hours in which letters went out at all."""
    hour = timedelta(hours=1)
    last = sum(1 for moment in sent if now - hour < moment <= now)
    before = Counter(int((now - moment) / hour) for moment in sent if moment <= now - hour)
    busy = sorted(before.values())
    usual = busy[int((len(busy) - 1) * 0.9)] if busy else 0
    if last <= max(LEAST, TIMES * usual):
        return None
    compared = f"平时忙时每小时约{usual}封" if usual else "此前没有可比的记录"
    return f"最近一小时发出信件{last}封，明显多于平时（{compared}），请查看是否有异常来信。"


def find_loop(sent: Iterable[tuple[datetime, str, str]], now: datetime, per_address: int) -> str | None:
    """An address or a thread that is answered again and again within a day; None if there is none. `sent`: (moment,
    address, thread); `per_address`: how many letters a day one address may get."""
    day = [(to, thread) for moment, to, thread in sent if now - timedelta(days=1) < moment <= now]
    threads = Counter((to, thread) for to, thread in day if thread)
    addresses = Counter(to for to, _ in day)
    for (to, _), count in threads.most_common(1):
        if count >= THREAD_DAY:
            return f"与{to}在同一往来中一天内已发出{count}封信件，可能与对方的自动回复形成循环，请查看。"
    for to, count in addresses.most_common(1):
        if count >= max(THREAD_DAY, per_address):
            return f"一天内已向{to}发出{count}封信件，达到上限，请查看是否有异常来信。"
    return None
