"""Peak memory of the whole daemon (this process, the reading processes and the fork server) while it takes in one mail of
70 MB over IMAP from Dovecot. Goal: below 200 MB over what it needs with a small mail, and in all.

Usage: .venv/bin/python -m bench.memory
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from baosong.config import load_campaign, load_register
from bench.pipeline import make_form, make_mail
from core.settings import AnswerSettings, LinkSettings, MailboxSettings, ScanSettings, Settings, WorkerSettings
from intake.engine import Engine, Setup
from tests.support.dovecot import Dovecot

SIZE = 50 * 2**20  # of the attachment; base64 makes 70 MB of it


def resident(pid: int) -> int:
    """Proportional set size in bytes: shared pages count once over all processes."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def family() -> list[int]:
    """This process and all its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
    found, more = [os.getpid()], True
    while more:
        children = [pid for pid, parent in parents.items() if parent in found and pid not in found]
        found += children
        more = bool(children)
    return found


class Watcher(threading.Thread):
    """Samples the family's memory until told to stop."""

    def __init__(self, spare: set[int]) -> None:
        super().__init__(daemon=True)
        self.peak, self.over, self.spare = 0, threading.Event(), spare

    def run(self) -> None:
        while not self.over.is_set():
            self.peak = max(self.peak, sum(resident(pid) for pid in family() if pid not in self.spare))
            time.sleep(0.02)


def main() -> None:
    with Dovecot() as dovecot, tempfile.TemporaryDirectory() as place:
        spare = set(family()) - {os.getpid()}  # Dovecot is not the daemon
        user, folder = "office@example.test", Path(place)
        dovecot.add_user(user, "secret")
        dovecot.append(user, make_mail(0, make_form(1)))
        mailbox = MailboxSettings(
            host=dovecot.host, port=dovecot.imaps_port, ca_file=dovecot.ca_file, user=user, password="secret",
            since=datetime(2021, 1, 1, tzinfo=UTC),
        )
        campaign = load_campaign("zhihui-zhulao")
        settings = Settings(
            mailbox=mailbox, answers=AnswerSettings(mode="draft"), links=LinkSettings(check=False),
            scan=ScanSettings(ocr=False, seals=False), workers=WorkerSettings(processes=1),
        )
        setup = Setup(settings, campaign, load_register(campaign), f"sqlite:///{folder / 'b.db'}", folder / "b", "bench")
        with Engine(setup) as engine:
            engine.once(send=False)
            spare |= {pid for pid in family() if "dovecot" in Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")}
            small = sum(resident(pid) for pid in family() if pid not in spare)
            dovecot.append(user, make_mail(1, os.urandom(SIZE)))
            watcher = Watcher(spare)
            watcher.start()
            begin = time.monotonic()
            report = engine.once(send=False)
            seconds = time.monotonic() - begin
            watcher.over.set()
            watcher.join()
        print(f"{report.fetched} mail of {SIZE * 4 // 3 / 1e6:.0f} MB in {seconds:.1f} s")
        print(f"after a small mail {small / 1e6:.0f} MB, peak with the large one {watcher.peak / 1e6:.0f} MB (goal < 200 MB)")
        print(f"large / small = {watcher.peak / small:.2f}")


if __name__ == "__main__":
    main()
