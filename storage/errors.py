"""The exceptions others see from `storage`, and the one place that turns the database library's into them."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StorageError(Exception):
    """The database refused something; the text says what."""


class StorageUnavailable(StorageError):
    """The database or the disk cannot serve just now (connection lost, locked for too long, disk full). No fault of the
    mail at hand: nothing was written, try again later."""


class DiskFull(StorageUnavailable):
    """No space left. Nothing half written stays behind."""


class SchemaOutdated(StorageError):
    """The tables are not those of this version: `baosong db upgrade` mends it."""


class Conflict(StorageError):
    """Somebody else changed the row since it was read. Nothing was written; read again and decide again."""


class LeaseLost(Conflict):
    """The claim on this row has run out and another worker may have it. Nothing was written."""


class NotFound(StorageError, KeyError):
    """No such row."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else "not found"


def translate(error: SQLAlchemyError) -> StorageError:
    """The library's exception in this module's vocabulary. Pure."""
    text = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    low = text.lower()
    if "no such table" in low or "no such column" in low or "undefinedtable" in type(_origin(error)).__name__.lower():
        return SchemaOutdated(f"the database is not of this version, run `baosong db upgrade` ({text})")
    if "disk is full" in low or "no space left" in low or "disk full" in low:
        return DiskFull(text)
    if isinstance(error, IntegrityError):
        return Conflict(text)
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        return StorageUnavailable(text)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return StorageUnavailable(text)
    return StorageError(text)


def _origin(error: SQLAlchemyError) -> object:
    return getattr(error, "orig", None)
