"""Mail from files in place of a mailbox: .eml files, folders of them, mbox files, Maildir; into the same pipeline.

Iterated file by file and streamed, so that an archive of any size needs little memory. What cannot be read is told
and the others go on.
"""

from __future__ import annotations

import email.utils
import mailbox
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from functools import partial
from pathlib import Path
from typing import BinaryIO, Literal, cast

from core.campaign import SHANGHAI
from core.ports import BlobStore
from storage.ledger import Ledger

CHUNK = 2**20
HEAD = 256 * 1024
"""Bytes in which the header is sought."""

ReceivedAt = Literal["now", "header"]


@dataclass(frozen=True, slots=True)
class FoundMail:
    """One mail in a file: where it is, and how to open it. `source`: the file's name, not its path; with the number of
    the mail for an mbox."""

    source: str
    path: Path
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one file. `row` None: it could not be read, `error` says why."""

    source: str
    row: int | None
    new: bool = False
    error: str | None = None


def find_mails(paths: Iterable[Path]) -> Iterator[FoundMail | Imported]:
    """Every mail in these files and folders, in the order of their names. A path that is not there is an error of its
    own."""
    for path in paths:
        if not path.exists():
            yield Imported(path.name, None, error=f"{path}: 没有这个文件或文件夹")
        elif path.is_dir() and (path / "cur").is_dir():
            yield from _maildir(path)
        elif path.is_dir():
            for inner in sorted(path.rglob("*")):
                if inner.is_file() and inner.suffix.lower() in (".eml", ".mbox") and not inner.name.startswith("."):
                    yield from _file(inner)
        else:
            yield from _file(path)


def _maildir(path: Path) -> Iterator[FoundMail]:
    for folder in (path / "new", path / "cur"):
        for inner in sorted(folder.iterdir()) if folder.is_dir() else ():
            if inner.is_file():
                yield _single(inner)


def _file(path: Path) -> Iterator[FoundMail | Imported]:
    try:
        with path.open("rb") as file:
            head = file.read(6)
    except OSError as error:
        yield Imported(path.name, None, error=f"{path}: {error.strerror}")
        return
    if path.suffix.lower() == ".mbox" or (head.startswith(b"From ") and path.suffix.lower() != ".eml"):
        yield from _mbox(path)
    else:
        yield _single(path)


def _single(path: Path) -> FoundMail:
    return FoundMail(path.name, path, lambda: path.open("rb"))


def _mbox(path: Path) -> Iterator[FoundMail]:
    box = mailbox.mbox(path, create=False)
    for number, key in enumerate(box.iterkeys(), start=1):
        yield FoundMail(f"{path.name}#{number}", path, partial(_inside, box, key))


def _inside(box: mailbox.mbox, key: str) -> BinaryIO:
    return cast("BinaryIO", box.get_file(key))


def import_mail(
    found: FoundMail, ledger: Ledger, blobs: BlobStore, received_at: ReceivedAt, now: datetime, since: datetime | None
) -> Imported:
    """Store and record one mail; idempotent by source and bytes."""
    try:
        with found.open() as file:
            raw = blobs.put(iter(lambda: file.read(CHUNK), b""))
        with blobs.path(raw.sha256).open("rb") as file:
            head = file.read(HEAD)
        modified = datetime.fromtimestamp(found.path.stat().st_mtime, UTC)
    except OSError as error:
        return Imported(found.source, None, error=f"{found.source}: {error.strerror}")
    arrived = (header_time(head) or modified) if received_at == "header" else now
    row, new = ledger.record_received(
        account="import", folder="", uidvalidity=None, uid=None, source=found.source, raw=raw,
        message_id=header_message_id(head), received_at=arrived, now=now,
        answerable=since is None or arrived >= since,
    )
    return Imported(found.source, row, new)


def header_time(head: bytes) -> datetime | None:
    """The arrival time from the topmost Received header, else the Date header; aware; None if neither is usable.

    A time without a zone is taken for Beijing time, which is what the clients that omit it run on.
    """
    header = BytesHeaderParser().parsebytes(_unfolded_head(head))
    received = header.get_all("Received") or []
    texts = [str(received[0]).rpartition(";")[2]] if received else []
    texts += [str(value) for value in header.get_all("Date") or []]
    for text in texts:
        moment = _moment(text)
        if moment is not None:
            return moment
    return None


def _unfolded_head(head: bytes) -> bytes:
    """The header block only, without an mbox's From line."""
    if head.startswith(b"From "):
        head = head.partition(b"\n")[2]
    return re.split(rb"\r?\n\r?\n|\r\r", head, maxsplit=1)[0]


def _moment(text: str) -> datetime | None:
    text = " ".join(text.split())
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC if text.endswith("-0000") else SHANGHAI)
    return moment if 1990 <= moment.year <= 2100 else None


def header_message_id(head: bytes) -> str:
    """The Message-ID with its brackets, "" if there is none."""
    value = BytesHeaderParser().parsebytes(_unfolded_head(head)).get("Message-ID", "")
    found = re.search(r"<[^<>\s]{1,900}>", str(value))
    return found.group(0) if found else ""
