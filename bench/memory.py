"""Peak memory of the whole daemon (this process, the reading processes and the fork server) while it takes in one mail of
70 MB over IMAP from Dovecot. Goal: below 200 MB over what it needs with a small mail, and in all.

Usage: .venv/bin/python -m bench.memory
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.pipeline import make_form, make_mail
from tests.support.dovecot import Dovecot

SIZE = 50 * 2**20  # of the attachment; base64 makes 70 MB of it
CONFIG = """
[mailbox]
host = "{host}"
port = {port}
ca_file = "{ca}"
user = "{user}"
password = "secret"
since = 2021-01-01T00:00:00+08:00
interval = 10
[links]
check = false
[workers]
processes = 1
"""


def resident(pid: int) -> int:
    """Proportional set size in bytes: shared pages count once over all processes."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def family(root: int) -> list[int]:
    """This process and all its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except (OSError, IndexError):
                continue
    found, more = [root], True
    while more:
        children = [pid for pid, parent in parents.items() if parent in found and pid not in found]
        found += children
        more = bool(children)
    return found


def watch(root: int, database: Path, wanted: int) -> tuple[int, int]:
    """Sample the family's memory until so many mails are decided: (peak, memory at the end) in bytes."""
    peak, until = 0, time.monotonic() + 180
    while time.monotonic() < until:
        now = sum(resident(pid) for pid in family(root))
        peak = max(peak, now)
        if decided(database) >= wanted:
            return peak, now
        time.sleep(0.02)
    raise SystemExit("the daemon did not get through in three minutes")


def decided(database: Path) -> int:
    try:
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as rows:
            count: int = rows.execute("SELECT count(*) FROM message WHERE decided_at IS NOT NULL").fetchone()[0]
            return count
    except sqlite3.OperationalError:
        return 0


def main() -> None:
    with Dovecot() as dovecot, tempfile.TemporaryDirectory() as place:
        user, folder = "office@example.test", Path(place)
        dovecot.add_user(user, "secret")
        dovecot.append(user, make_mail(0, make_form(1)))
        config = folder / "config.toml"
        config.write_text(CONFIG.format(host=dovecot.host, port=dovecot.imaps_port, ca=dovecot.ca_file, user=user))
        daemon = subprocess.Popen([sys.executable, "-m", "baosong", "--config", str(config), "run"])
        try:
            database = folder / "data" / "baosong.db"
            _, small = watch(daemon.pid, database, 1)
            dovecot.append(user, make_mail(1, os.urandom(SIZE)))
            peak, _ = watch(daemon.pid, database, 2)
        finally:
            daemon.terminate()
            daemon.wait(30)
        print(f"one mail of {SIZE * 4 // 3 / 1e6:.0f} MB")
        print(f"after a small mail {small / 1e6:.0f} MB, peak with the large one {peak / 1e6:.0f} MB (goal < 200 MB)")
        print(f"large / small = {peak / small:.2f}")


if __name__ == "__main__":
    main()
