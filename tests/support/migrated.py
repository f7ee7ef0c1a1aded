"""SQLite files with all tables, copied from one that each test process makes once: making them costs a quarter of a second of
processor time, more than most tests."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from storage.database import open_database
from storage.migrate import upgrade


@functools.cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="baosong-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = open_database(f"sqlite:///{folder / 'tables.db'}")
    upgrade(database)
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder / "tables.db"


def database_at(file: Path) -> str:
    """The address of the SQLite database at `file`, which is made with all its tables if it is not there."""
    if not file.exists():
        shutil.copyfile(_template(), file)
    return f"sqlite:///{file}"
