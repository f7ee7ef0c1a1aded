"""Online backup: a consistent copy of the rows while everything runs on, then every blob they can name.

Rows first, blobs after: a blob is written before its row and never deleted, so whatever the copied rows name is there
when the blobs are copied.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from storage.blobs import FileBlobStore
from storage.database import Database
from storage.errors import StorageError, StorageUnavailable, translate

_PAGES = 2000  # SQLite pages copied at a stretch; writers get a turn in between
_READ = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupReport:
    """`rows`: the file with the rows; `blobs`: how many there are in the backup, `copied`: how many of them are new."""

    rows: Path
    blobs: int
    copied: int


def backup(
    database: Database, blobs: FileBlobStore, target: Path, progress: Callable[[int], None] | None = None
) -> BackupReport:
    """Write rows and blobs to the folder `target`; a second backup to the same folder replaces the rows and adds only
    new blobs. Raises StorageError, also for a blob that is damaged."""
    try:
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnavailable(f"cannot make the backup folder: {error}") from None
    rows = backup_rows(database, target)
    store, count, copied = FileBlobStore(target / "blobs"), 0, 0
    for sha256 in blobs.all():
        count += 1
        if not _is_there(store, sha256, blobs.size(sha256)):
            _copy(blobs, store, sha256)
            copied += 1
        if progress is not None:
            progress(count)
    return BackupReport(rows, count, copied)


def backup_rows(database: Database, target: Path) -> Path:
    """Copy the rows into the folder: `baosong.db`, or `baosong.pgdump` for pg_restore. Raises StorageError."""
    final = target / ("baosong.db" if database.kind == "sqlite" else "baosong.pgdump")
    temporary = final.with_name(final.name + ".part")
    temporary.unlink(missing_ok=True)
    try:
        if database.kind == "sqlite":
            _copy_sqlite(database, temporary)
        else:
            _dump_postgresql(database, temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(final)
    except OSError as error:
        raise StorageUnavailable(f"cannot write the backup: {error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return final


def _copy_sqlite(database: Database, target: Path) -> None:
    try:
        connection = database.engine.raw_connection()
    except SQLAlchemyError as error:
        raise translate(error) from error
    try:
        source = connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        with closing(sqlite3.connect(target)) as copy:
            source.backup(copy, pages=_PAGES)
            # A file that stands alone: no -wal beside it that could be forgotten when it is moved.
            copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise StorageUnavailable(f"the backup of the rows failed: {error}") from error
    finally:
        connection.close()


def find_postgresql_tool(name: str) -> Path | None:
    """A PostgreSQL program on the path or where Debian keeps it (newest version)."""
    found = shutil.which(name)
    if found:
        return Path(found)
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version, reverse=True)
    return debian[0] if debian else None


def _version(tool: Path) -> float:
    try:
        return float(tool.parts[-3])
    except ValueError:
        return 0.0


def _dump_postgresql(database: Database, target: Path) -> None:
    tool = find_postgresql_tool("pg_dump")
    if tool is None:
        raise StorageError("pg_dump is not installed here: install the package postgresql-client, or back the database "
                           "up on its own machine")
    url = database.engine.url.set(drivername="postgresql")
    # The password goes by the environment: arguments can be read by every user of the machine.
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    address = url.set(password=None).render_as_string()
    result = subprocess.run(
        [str(tool), "--format=custom", "--no-password", f"--file={target}", f"--dbname={address}"],
        env=environment, capture_output=True, text=True, errors="replace", check=False,
    )
    if result.returncode != 0:
        raise StorageError(f"pg_dump failed: {result.stderr.strip()}")


def _is_there(store: FileBlobStore, sha256: str, size: int) -> bool:
    try:
        return store.size(sha256) == size
    except KeyError:
        return False


def _copy(source: FileBlobStore, target: FileBlobStore, sha256: str) -> None:
    with source.open(sha256) as file:
        blob = target.put(iter(lambda: file.read(_READ), b""))
    if blob.sha256 != sha256:
        target.path(blob.sha256).unlink()
        raise StorageError(f"blob {sha256} is damaged: `baosong db verify` lists what is")
