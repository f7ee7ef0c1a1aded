"""Checks that nothing is lost: every blob against its hash, every reference against the blobs, the database by its own
means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, text

from storage import models as m
from storage.blobs import FileBlobStore
from storage.database import Database
from storage.tally import differences

_CHUNK = 1000
_SHOWN = 1000  # problems of one kind that are listed; all are counted


@dataclass(frozen=True, slots=True)
class Missing:
    """A reference to bytes that are not there. `where`: table and row, e.g. `message 12`."""

    sha256: str
    where: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """`damaged`: blobs whose bytes no longer have their hash; `missing`: references without a blob; `database`: what
    the database says about itself; `counts`: kept counts that a full count does not confirm, mended by `tally.recount`
    (at most the first thousand of each are listed). `unreferenced`: blobs that no row names: left by a crash between
    blob and row, harmless."""

    blobs: int
    references: int
    damaged: tuple[str, ...]
    missing: tuple[Missing, ...]
    database: tuple[str, ...]
    unreferenced: int
    counts: tuple[str, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether something is lost that only a backup has."""
        return bool(self.damaged or self.missing or self.database)

    @property
    def ok(self) -> bool:
        """Whether nothing is lost, and all counts are right."""
        return not (self.lost or self.counts)


def verify(
    database: Database, blobs: FileBlobStore, progress: Callable[[int], None] | None = None
) -> VerifyReport:
    """Read everything once, in constant memory. `progress` is called with the number of blobs read so far."""
    count, unreferenced = 0, 0
    damaged: list[str] = []
    for sha256s in _in_parts(blobs.all()):
        for sha256 in sha256s:
            count += 1
            if not blobs.verify(sha256) and len(damaged) < _SHOWN:
                damaged.append(sha256)
        if progress is not None:
            progress(count)
        with database.read() as connection:
            unreferenced += len(set(sha256s) - _referenced(connection, sha256s))
    references = 0
    missing: list[Missing] = []
    for sha256, where in _references(database):
        references += 1
        try:
            blobs.path(sha256)
        except KeyError:
            if len(missing) < _SHOWN:
                missing.append(Missing(sha256, where))
    return VerifyReport(
        count, references, tuple(damaged), tuple(missing), _self_check(database), unreferenced, differences(database)[:_SHOWN]
    )


def _in_parts(names: Iterator[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for name in names:
        part.append(name)
        if len(part) == _CHUNK:
            yield part
            part = []
    if part:
        yield part


_NEEDED: tuple[tuple[Any, Any, tuple[Any, ...]], ...] = (
    (m.Message.id, m.Message.raw_sha256, ()),
    # What was blocked (over the size limit, say) need not have been kept.
    (m.Attachment.message_id, m.Attachment.sha256, (m.Attachment.role != "blocked",)),
    (m.Answer.id, m.Answer.raw_sha256, (m.Answer.raw_sha256.is_not(None),)),
)


def _referenced(connection: Connection, sha256s: list[str]) -> set[str]:
    """Those of the addresses that some row names."""
    found: set[str] = set()
    for column in (m.Message.raw_sha256, m.Attachment.sha256, m.Answer.raw_sha256):
        found |= {one for one in connection.execute(select(column).where(column.in_(sha256s))).scalars() if one}
    return found


def _references(database: Database) -> Iterator[tuple[str, str]]:
    """Every reference to a blob with its place, chunk by chunk."""
    for key, sha256, conditions in _NEEDED:
        last = 0
        while True:
            query = select(key, sha256).where(key > last, *conditions).order_by(key).limit(_CHUNK)
            with database.read() as connection:
                rows = connection.execute(query).all()
                if len(rows) == _CHUNK:  # a message's attachments must not be cut in two
                    edge = rows[-1][0]
                    rest = connection.execute(select(key, sha256).where(key == edge, *conditions)).all()
                    rows = [row for row in rows if row[0] != edge] + list(rest)
            for row_id, address in rows:
                yield address, f"{key.class_.__tablename__} {row_id}"
            if len(rows) < _CHUNK:
                break
            last = rows[-1][0]


def _self_check(database: Database) -> tuple[str, ...]:
    """What SQLite's own checks find. PostgreSQL checks references itself and has no command for the rest."""
    if database.kind != "sqlite":
        return ()
    with database.read() as connection:
        problems = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
        for table, row_id, parent, _ in connection.execute(text("PRAGMA foreign_key_check")):
            problems.append(f"{table} {row_id} refers to a missing row of {parent}")
        return tuple(problems[:_SHOWN])
