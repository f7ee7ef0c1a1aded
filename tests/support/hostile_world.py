"""A ledger of nothing but hostile mails (`tests.support.hostile_mails`), for page tests and a real browser."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from storage.accounts import Accounts
from storage.database import open_database
from tests.support.corpus_run import run
from tests.support.hostile_mails import hostile_mails
from tests.support.page_world import CHEAP, NOW, PASSWORD, ROLES


def fill_hostile(folder: Path) -> Path:
    """Make `ledger.db` and `blobs` in this folder: the mails imported and decided by the engine; the usual accounts."""
    files = []
    for number, raw in enumerate(hostile_mails()):
        files.append(folder / f"{number:02}.eml")
        files[-1].write_bytes(raw)
    run(files, folder)
    database = open_database(f"sqlite:///{folder / 'ledger.db'}")
    kept = CHEAP.hash(PASSWORD)
    for name, role in ROLES:
        Accounts(database).add_user(name, kept, role, NOW - timedelta(days=1), "test")
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder
