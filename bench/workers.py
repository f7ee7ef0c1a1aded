"""Several workers on one ledger: how many mails a second they claim and decide, and what keeping the order of arrival costs.

    python -m bench.workers [--mails 400]

1. Claims: each process claims a mail, looks whether an earlier one is on its way, writes a decision, commits; nothing is
   read. PostgreSQL with fsync. This is what the queue itself costs.
2. Order: what it costs to decide in the order of arrival, played through without a clock: most mails are read at once, one
   in ten takes ten times as long. Compared with what the same reading takes if no mail waits for another.
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import multiprocessing
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from core.facts import Envelope, MessageFacts
from core.ports import Blob
from core.records import DecisionRecord
from storage.arrival import mail_ahead
from storage.database import Database, open_database
from storage.deciding import record_decision
from storage.ledger import Ledger
from storage.migrate import upgrade
from storage.watch import Watch
from tests.support.postgres import Postgres

START = datetime(2021, 11, 8, tzinfo=UTC)
LEASE = timedelta(minutes=2)
PROCESSES = 2
MEAN, SLOW, OFTEN = 0.2, 2.0, 0.1
"""Seconds: a mail, a slow mail; share of slow ones."""


def fill(database: Database, mails: int) -> None:
    """So many mails that wait."""
    ledger = Ledger(database)
    for number in range(mails):
        ledger.record_received(
            account="bench", folder="INBOX", uidvalidity=1, uid=number + 1, source=f"INBOX;1;{number}",
            raw=Blob(f"{number:064x}", 1000), message_id=f"<{number}@bench>", received_at=START + timedelta(seconds=number),
            now=START + timedelta(days=1),
        )  # fmt: skip


def claim_all(url: str, name: str, go: Any, done: Any) -> None:
    """Claims and decides until nothing is left."""
    database = open_database(url)
    ledger, count = Ledger(database), 0
    ledger.known_uids("bench", "INBOX", 1)  # connected
    done.put((name, -1))
    go.wait()
    for number in itertools.count():
        now = datetime.now(UTC)
        row = ledger.claim_next_message(f"{name}/{number}", now, LEASE)
        if row is None:
            break
        while mail_ahead(database, row, now) is not None:
            time.sleep(0.001)
        record_decision(database, DecisionRecord(
            message_id=row.id, kind="unrelated", verdict="ignored", reason="bench", sender="a@b.cn", campaign="bench", subject="",
            facts=MessageFacts(Envelope(None, "", None)),
        ), row.lease_owner, now)  # fmt: skip
        count += 1
    done.put((name, count))


def bare(server: Postgres, commits: int) -> float:
    """Commits a second of one small row, by one process: what the disk allows just now."""
    database = open_database(server.new_database())
    upgrade(database)
    watch, begun = Watch(database), time.perf_counter()
    for _ in range(commits):
        watch.beat("bench", START)
    took = time.perf_counter() - begun
    database.close()
    return commits / took


def claims(server: Postgres, workers: int, mails: int) -> float:
    """Mails a second."""
    url = server.new_database()
    database = open_database(url)
    upgrade(database)
    fill(database, mails)
    context = multiprocessing.get_context("spawn")
    go, done = context.Event(), context.Queue()
    processes = [context.Process(target=claim_all, args=(url, f"w{n}", go, done)) for n in range(workers)]
    for process in processes:
        process.start()
    for _ in processes:
        done.get()
    begun = time.perf_counter()
    go.set()
    assert sum(done.get()[1] for _ in processes) == mails
    took = time.perf_counter() - begun
    for process in processes:
        process.join()
    database.close()
    return mails / took


def seconds(chance: random.Random) -> float:
    """How long a mail takes to read."""
    return SLOW if chance.random() < OFTEN else MEAN


def in_order(workers: int, window: int, mails: int = 2000) -> float:
    """The pipeline's rule played through event by event: a worker holds `window` mails at most, reads `PROCESSES` of them at
    once, and mails are decided in the order in which they were claimed. Time for all of them, divided by what their reading
    takes if nobody waits for anybody."""
    chance = random.Random(20211108)
    takes = [seconds(chance) for _ in range(mails)]
    hands: list[list[int]] = [[] for _ in range(workers)]  # claimed, not decided
    reading: list[set[int]] = [set() for _ in range(workers)]
    read: set[int] = set()
    events: list[tuple[float, int, int]] = []
    claimed = decided = 0
    now = 0.0
    while decided < mails:
        while decided in read:
            for hand in hands:
                if decided in hand:
                    hand.remove(decided)
            decided += 1
        while claimed < mails and (free := [n for n in range(workers) if len(hands[n]) < window]):
            hands[min(free, key=lambda n: len(hands[n]))].append(claimed)
            claimed += 1
        for number in range(workers):
            waiting = [mail for mail in hands[number] if mail not in read and mail not in reading[number]]
            for mail in waiting[: PROCESSES - len(reading[number])]:
                reading[number].add(mail)
                heapq.heappush(events, (now + takes[mail], mail, number))
        if events:
            now, mail, number = heapq.heappop(events)
            reading[number].discard(mail)
            read.add(mail)
    return now / (sum(takes) / (workers * PROCESSES))


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=400)
    mails = parser.parse_args().mails
    with Postgres(durable=True) as server:
        print("workers  mails claimed and decided a second  bare commits a second  ratio")
        for workers in (1, 2, 4):
            yardstick, found = bare(server, mails), claims(server, workers, mails)
            print(f"{workers:7}  {found:34.0f}  {yardstick:21.0f}  {found / yardstick:5.2f}", flush=True)
    print("workers  mails in hand of each  time against reading alone")
    for workers, window in itertools.product((1, 2, 4), (PROCESSES * 2, PROCESSES * 4, PROCESSES * 8)):
        print(f"{workers:7}  {window:21}  {in_order(workers, window):26.2f}")


if __name__ == "__main__":
    main()
