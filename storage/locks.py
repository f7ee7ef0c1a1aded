"""One poll at a time for each mailbox, across processes and, on PostgreSQL, across machines.

SQLite: an flock on a file beside the database. PostgreSQL: a session's advisory lock. Both vanish with the process that
held them, however it ended.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from storage.database import Database
from storage.errors import StorageUnavailable, translate


class PollLock:
    """A lock that is held. `still_held()` is worth asking before a long piece of work: a PostgreSQL lock goes when its
    connection does."""

    def __init__(self, connection: Connection | None = None) -> None:
        self._connection = connection

    def still_held(self) -> bool:
        """Whether the lock is certainly still ours."""
        if self._connection is None:
            return True
        try:
            self._connection.execute(select(1)).scalar_one()
        except SQLAlchemyError:
            return False
        return True


@contextmanager
def poll_lock(database: Database, account: str) -> Iterator[PollLock | None]:
    """Take the lock of this mailbox, without waiting: None if another process polls it now. Released at the end of the
    block. Raises StorageUnavailable."""
    if database.file is not None:
        with _file_lock(_lock_file(database.file, account)) as held:
            yield held
    else:
        with _advisory_lock(database, account) as held:
            yield held


def _number(account: str) -> int:
    """The account as a signed 64-bit number."""
    return int.from_bytes(hashlib.sha256(f"poll:{account}".encode()).digest()[:8], "big", signed=True)


def _lock_file(database: Path, account: str) -> Path:
    mark = hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return database.with_name(f"{database.name}-poll-{mark}.lock")


@contextmanager
def _file_lock(path: Path) -> Iterator[PollLock | None]:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageUnavailable(f"cannot open the lock file {path}: {error}") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())  # for a person who wonders who holds it
        # The file stays: deleting it would let a third process lock a new file while a second still waits on this one.
        yield PollLock()
    finally:
        os.close(handle)


@contextmanager
def _advisory_lock(database: Database, account: str) -> Iterator[PollLock | None]:
    number = _number(account)
    try:
        # Autocommit: an open transaction for the whole life of the poller would keep VACUUM from its work.
        connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = connection.execute(select(func.pg_try_advisory_lock(number))).scalar_one()
    except SQLAlchemyError as error:
        raise translate(error) from error
    try:
        yield PollLock(connection) if taken else None
    finally:
        with suppress(SQLAlchemyError):
            if taken:
                connection.execute(select(func.pg_advisory_unlock(number)))
        with suppress(SQLAlchemyError):
            connection.close()
