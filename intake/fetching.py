"""Getting mails off the server byte for byte: sizes first, small mails several to a command, large ones in pieces
straight into the blob store. One odd mail costs that mail only.

Nothing the server announces is believed: RFC822.SIZE is a hint for the way of fetching, pieces may come short, empty
or whole. BODYSTRUCTURE and ENVELOPE are never asked for, 163 and QQ answer them with broken quoting.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any, Protocol, TypeVar

from core.ports import Blob, BlobStore
from intake.mailbox_errors import CommandRefused, Disconnected

T = TypeVar("T")

PAGE = 500  # UIDs in one command: 163's are ten digits, and some servers take lines of 8 KB only
BATCH = 25  # mails in one FETCH
HEAD = 64 * 1024  # bytes looked at for Message-ID and Received
HEADER_LIMIT = 2**20  # bytes of header kept of a mail that is too large
GIVE_UP_AFTER = 3  # connections lost over one and the same mail
CHINA = timezone(timedelta(hours=8))  # the zone of a server that names none

_FIELD = r"^%s[ \t]*:[ \t]*((?:[^\r\n]|\r?\n[ \t])*)"
_MESSAGE_ID = re.compile((_FIELD % "message-id").encode(), re.IGNORECASE | re.MULTILINE)
_RECEIVED = re.compile((_FIELD % "received").encode(), re.IGNORECASE | re.MULTILINE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_ORIGIN = re.compile(rb"^BODY\[\]<(\d+)")


@dataclass(frozen=True, slots=True)
class Overview:
    """What the server says about a mail without sending it. `size` is a hint, 0 if not told; `internaldate` aware,
    None if not told or senseless."""

    uid: int
    size: int
    internaldate: datetime | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fetched:
    """The whole mail is in the blob store. `internaldate`: when it arrived, aware; decides deadlines. `size` in bytes
    as read, `announced` as the server had said. `message_id` with its brackets, None if absent or empty."""

    uid: int
    blob: Blob
    internaldate: datetime
    flags: tuple[str, ...]
    size: int
    announced: int
    message_id: str | None


@dataclass(frozen=True, slots=True)
class TooLarge:
    """Over the limit: it is there and to be recorded as received, but `blob` holds its header only."""

    uid: int
    blob: Blob
    internaldate: datetime
    flags: tuple[str, ...]
    size: int
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Vanished:
    """Deleted or moved by somebody since the list was taken."""

    uid: int


@dataclass(frozen=True, slots=True)
class Unfetchable:
    """The server has it but does not hand it over; try again another time, and tell staff if it stays so."""

    uid: int
    reason: str
    server_text: str = ""


Outcome = Fetched | TooLarge | Vanished | Unfetchable


class FetchWire(Protocol):
    """What is needed of a connection."""

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        """UID FETCH; raises CommandRefused or Disconnected."""
        ...


class _OverLimit(Exception):
    pass


class _Gone(Exception):
    pass


class _Head:
    """The first bytes of a mail as they stream by."""

    def __init__(self) -> None:
        self.data = bytearray()

    def feed(self, piece: bytes) -> None:
        if len(self.data) < HEAD:
            self.data += piece[: HEAD - len(self.data)]


class Fetcher:
    """Fetches mails of the open folder. `chunk_over`, `chunk`, `limit` in bytes; `losses` counts, per UID, connections
    that were lost while that mail was on its way, and outlives the connection."""

    def __init__(self, wire: FetchWire, *, chunk_over: int, chunk: int, limit: int, clock: Callable[[], datetime],
                 losses: dict[int, int]) -> None:
        self._wire = wire
        self._chunk_over = max(chunk_over, 1)
        self._chunk = max(chunk, 1)
        self._limit = limit
        self._clock = clock
        self._losses = losses

    def overview(self, uids: Iterable[int]) -> Iterator[Overview]:
        """Size, arrival and flags; mails that are gone are left out."""
        items = ["RFC822.SIZE", "INTERNALDATE", "FLAGS"]
        for page in _pages(tuple(dict.fromkeys(uids)), PAGE):
            try:
                replies = self._wire.fetch(page, items)
            except CommandRefused:
                replies = {}
                for uid in page:
                    replies.update(self._overview_alone(uid, items))
            for uid in page:
                if uid in replies:
                    yield _overview(uid, replies[uid])

    def _overview_alone(self, uid: int, items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        """One mail whose data the server cannot tell still gets its chance to be fetched."""
        try:
            return self._wire.fetch([uid], items)
        except CommandRefused:
            return {uid: {}}

    def fetch_many(self, uids: Iterable[int], blobs: BlobStore) -> Iterator[Outcome]:
        """Every mail's outcome, each UID once. A mail over which the connection was lost before comes last, so that it
        cannot keep the others from coming in. Raises Disconnected; what was yielded before stays good."""
        asked = tuple(dict.fromkeys(uids))
        for page in _pages([uid for uid in asked if uid not in self._losses], PAGE):
            yield from self._page(page, blobs)
        for uid in [uid for uid in asked if uid in self._losses]:
            if self._losses[uid] >= GIVE_UP_AFTER:
                del self._losses[uid]  # reported once, then it has its chance again
                yield Unfetchable(uid, f"取这封信时连接连续断开 {GIVE_UP_AFTER} 次")
            else:
                yield from self._page([uid], blobs)

    def _page(self, page: Sequence[int], blobs: BlobStore) -> Iterator[Outcome]:
        known = {overview.uid: overview for overview in self.overview(page)}
        batch: list[Overview] = []
        for uid in page:
            mail = known.get(uid)
            small = mail is not None and 0 < mail.size <= self._chunk_over
            room = self._chunk_over - sum(each.size for each in batch)
            if batch and (mail is None or not small or len(batch) == BATCH or mail.size > room):
                yield from self._batch(batch, blobs)
                batch = []
            if mail is None:
                yield Vanished(uid)
            elif small:
                batch.append(mail)
            else:
                yield self._guarded([mail], partial(self._large, mail, blobs))
        if batch:
            yield from self._batch(batch, blobs)

    def _guarded(self, mails: Sequence[Overview], work: Callable[[], T]) -> T:
        """Remember whose mail was on its way when the connection broke."""
        try:
            result = work()
        except Disconnected:
            for mail in mails:
                self._losses[mail.uid] = self._losses.get(mail.uid, 0) + 1
            raise
        for mail in mails:
            self._losses.pop(mail.uid, None)
        return result

    def _batch(self, batch: Sequence[Overview], blobs: BlobStore) -> Iterator[Outcome]:
        if len(batch) == 1:
            yield self._guarded(batch, partial(self._small, batch[0], blobs))
            return
        try:
            replies = self._guarded(batch, partial(self._wire.fetch, [mail.uid for mail in batch], ["BODY.PEEK[]"]))
        except CommandRefused:
            replies = {}
        for mail in batch:
            raw = _whole(replies.pop(mail.uid, {}))
            if raw is None:  # refused or left out: ask for it alone before saying anything about it
                yield self._guarded([mail], partial(self._small, mail, blobs))
            else:
                yield self._stored(mail, raw, blobs)

    def _small(self, mail: Overview, blobs: BlobStore) -> Outcome:
        try:
            reply = self._wire.fetch([mail.uid], ["BODY.PEEK[]"])
            raw = _whole(reply.get(mail.uid, {}))
            return self._absent(mail.uid) if raw is None else self._stored(mail, raw, blobs)
        except CommandRefused as refusal:
            return self._absent(mail.uid, refusal)

    def _absent(self, uid: int, refusal: CommandRefused | None = None) -> Outcome:
        """Gone, or there but not handed over?"""
        if not list(self.overview([uid])):
            return Vanished(uid)
        text = refusal.server_text if refusal else ""
        return Unfetchable(uid, "服务器没有交出这封信的内容", text)

    def _stored(self, mail: Overview, raw: bytes, blobs: BlobStore) -> Outcome:
        if len(raw) > self._limit:
            return self._too_large(mail, len(raw), raw[:HEADER_LIMIT], blobs)
        head = _Head()
        head.feed(raw)
        return self._fetched(mail, blobs.put([raw]), head)

    def _large(self, mail: Overview, blobs: BlobStore) -> Outcome:
        try:
            if mail.size > self._limit:
                return self._too_large(mail, mail.size, None, blobs)
            head = _Head()
            return self._fetched(mail, blobs.put(self._stream(mail, head)), head)
        except _OverLimit:
            return self._too_large(mail, max(mail.size, self._limit + 1), None, blobs)
        except _Gone:
            return Vanished(mail.uid)
        except CommandRefused as refusal:
            return self._absent(mail.uid, refusal)

    def _stream(self, mail: Overview, head: _Head) -> Iterator[bytes]:
        """The mail's bytes, piece by piece, until an empty piece: neither a short one nor the announced size is proof
        of the end, a server may cap its pieces and be wrong about the size. An early end is asked about twice."""
        offset, asked_twice, short = 0, False, False
        while True:
            try:
                piece, whole = self._piece(mail.uid, offset)
            except CommandRefused:
                if offset and (short or offset >= mail.size):  # its way of saying "nothing" beyond the end
                    return
                raise
            if not piece:
                if offset >= mail.size or asked_twice:
                    return
                asked_twice = True
                continue
            offset += len(piece)
            if offset > self._limit:
                raise _OverLimit
            head.feed(piece)
            yield piece
            if whole:
                return
            short = len(piece) < self._chunk

    def _piece(self, uid: int, offset: int) -> tuple[bytes, bool]:
        """Bytes from `offset`, and whether that is the whole mail because the server does not do partial fetches."""
        try:
            reply = self._wire.fetch([uid], [f"BODY.PEEK[]<{offset}.{self._chunk}>"])
        except CommandRefused:
            if offset:
                raise
            reply = self._wire.fetch([uid], ["BODY.PEEK[]"])
        if uid not in reply:
            raise _Gone
        for key, value in reply[uid].items():
            if not key.startswith(b"BODY[]"):
                continue
            piece = value if isinstance(value, bytes) else b""
            origin = _ORIGIN.match(key)
            is_part = len(piece) <= self._chunk and (origin is not None or not piece)
            if offset and (not is_part or (origin and int(origin[1]) != offset)):
                raise CommandRefused("服务器不支持分段取信", key.decode("ascii", "replace"))
            return piece, not is_part
        raise CommandRefused("服务器没有交出这封信的内容")

    def _too_large(self, mail: Overview, size: int, start: bytes | None, blobs: BlobStore) -> TooLarge:
        if start is None:
            reply = self._wire.fetch([mail.uid], [f"BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>"])
            if mail.uid not in reply:
                raise _Gone
            start = next((value for key, value in reply[mail.uid].items()
                          if key.startswith(b"BODY[HEADER]") and isinstance(value, bytes)), b"")
        end = _HEADER_END.search(start)
        header = start[: end.end()] if end else start[:HEADER_LIMIT]
        found = self._fetched(mail, blobs.put([header]), _head_of(header))
        return TooLarge(mail.uid, found.blob, found.internaldate, mail.flags, size, found.message_id)

    def _fetched(self, mail: Overview, blob: Blob, head: _Head) -> Fetched:
        start = bytes(head.data)
        arrived = mail.internaldate or find_received_date(start) or self._clock()
        return Fetched(mail.uid, blob, arrived, mail.flags, blob.size, mail.size, find_message_id(start))


def find_message_id(start: bytes) -> str | None:
    """Message-ID out of a mail's first bytes: `<...>` where there are brackets, else the first word. Bytes beyond
    ASCII come out as escapes, so that different ids stay different."""
    found = _MESSAGE_ID.search(_header(start))
    if not found:
        return None
    value = b" ".join(found[1].split())
    bracketed = re.search(rb"<\s*([^<>]*?)\s*>", value)
    if bracketed:
        value = b"<" + bracketed[1] + b">" if bracketed[1] else b""
    else:
        value = value.split(b" ")[0]
    return value[:998].decode("ascii", "backslashreplace") or None


def find_received_date(start: bytes) -> datetime | None:
    """The date of the topmost Received field, which our own provider wrote; aware."""
    found = _RECEIVED.search(_header(start))
    if not found:
        return None
    try:
        date = email.utils.parsedate_to_datetime(found[1].rsplit(b";", 1)[-1].decode("ascii", "replace").strip())
    except (ValueError, TypeError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=CHINA)


def _header(start: bytes) -> bytes:
    end = _HEADER_END.search(start)
    return start[: end.start()] if end else start


def _head_of(data: bytes) -> _Head:
    head = _Head()
    head.feed(data)
    return head


def _pages(uids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for first in range(0, len(uids), size):
        yield uids[first : first + size]


def _whole(data: dict[bytes, Any]) -> bytes | None:
    """The body out of a FETCH answer; None if there is none in it (an unasked-for FLAGS update has none)."""
    for key, value in data.items():
        if key == b"BODY[]":
            return value if isinstance(value, bytes) else b""
    return None


def _overview(uid: int, data: dict[bytes, Any]) -> Overview:
    size = data.get(b"RFC822.SIZE")
    flags = data.get(b"FLAGS")
    names = tuple(flag.decode("utf-8", "replace") for flag in flags or () if isinstance(flag, bytes)) \
        if isinstance(flags, tuple) else ()
    return Overview(uid, size if isinstance(size, int) and size > 0 else 0, arrival(data.get(b"INTERNALDATE")), names)


def arrival(value: object) -> datetime | None:
    """INTERNALDATE as an aware time with a plain offset; None for nonsense such as 1970."""
    if not isinstance(value, datetime) or value.year < 1990:
        return None
    offset = value.utcoffset()
    if offset is None:
        return value.replace(tzinfo=CHINA)
    return value.replace(tzinfo=UTC if not offset else timezone(offset))


