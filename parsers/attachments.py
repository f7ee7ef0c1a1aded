"""Files to parts: stored, told by content, blocked or unpacked. One `PartReader` serves one mail.

A container is a part of its own, followed by what is in it. When it turns out to be a bomb, nothing of what was
unpacked is kept; when it is damaged half-way, what could be read stays.
"""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.facts import EMPTY_FILE, INSIDE, VOLUME, Blocked, MessageFacts, Part, Unreadable
from core.ports import BlobStore, ReadLimits
from parsers.archives import unpack
from parsers.blocking import find_block
from parsers.file_names import made_name
from parsers.inner_files import HOLDERS, inner_files
from parsers.kinds import EMPTY, ENCRYPTED, MAIL, TEXT, UNKNOWN, claimed, sniff
from parsers.links import find_links
from parsers.native_archives import is_whole
from parsers.outlook import MSG, TNEF, OutlookMail, files_of, read_outlook
from parsers.unpacking import Budget, Inner, Trouble, is_machine_error
from parsers.volumes import Group, find_groups, is_complete, is_volume_name, join

ARCHIVES = frozenset(
    (
        *(
            "application/zip",
            "application/vnd.rar",
            "application/x-7z-compressed",
            "application/x-tar",
            "application/gzip",
        ),
        *("application/x-bzip2", "application/x-xz", "application/zstd", "application/vnd.ms-cab-compressed"),
        "application/x-lzh-compressed",
    )
)
PIECES = ARCHIVES | {UNKNOWN, TEXT, EMPTY}
"""What a later piece of a file cut into pieces may look like."""
CONTAINERS = ARCHIVES | {TNEF, MSG, MAIL}
_INLINE_TYPES = frozenset(
    (
        *("text/calendar", "text/vcard", "application/pkcs7-signature", "application/pgp-signature"),
        *("application/pgp-keys", "application/x-thumbs-db"),
    )
)
_SMALL_PICTURE = 20 * 1024
_UNSEEN = "文档内的对象"


@dataclass(frozen=True, slots=True)
class Hints:
    """What the mail says of a leaf: `shown`: the HTML shows it; `related`: it stands among the page's pictures;
    `disposition`; `named`: the mail gave a name."""

    shown: bool = False
    related: bool = False
    disposition: str = "attachment"
    named: bool = True

    def inline(self, media_type: str, size: int) -> bool:
        """Whether it is shown inside the body rather than attached as a file. Only pictures and the like ever are: a
        PDF that Apple Mail calls inline is an attachment, and so is a photo that was attached and not shown."""
        if media_type in _INLINE_TYPES:
            return True
        if not media_type.startswith("image/"):
            return False
        if self.shown:
            return True
        if self.disposition == "attachment":
            return False
        return self.related or not self.named or size < _SMALL_PICTURE


@dataclass(slots=True)
class PartReader:
    """Collects the parts of one mail. `read_inner` reads a mail inside this one (path, depth). `closed`: containers are not
    opened (one of them is suspected of having killed a reading process)."""

    blobs: BlobStore
    limits: ReadLimits
    read_inner: Callable[[Path, int], MessageFacts]
    parts: list[Part] = field(default_factory=list)
    full: bool = False
    lost: bool = False  # a mail inside was too broken to be read whole
    budgets: list[Budget] = field(default_factory=list)
    closed: bool = False
    unpacked: int = 0  # bytes that archives of the same mail have unpacked to elsewhere

    def add(
        self,
        chunks: Iterable[bytes],
        names: Sequence[str],
        *,
        hints: Hints | None = None,
        outer: tuple[str, ...] = (),
        depth: int = 0,
        budget: Budget | None = None,
        beside_pages: bool = False,
        joined: bool = False,
    ) -> Part | None:
        """Stores a file and adds its part, and those inside it. `names`: folders and name, "" or empty where there is
        no name. `outer`: path of what it lies in. `joined`: it was put together from volumes. None when it is nothing, or
        the mail is full."""
        if len(self.parts) >= self.limits.parts:
            self.full = True
            return None
        given = names[-1] if names else ""
        blob = self.blobs.put(chunks)
        if blob.size == 0 and not given:
            return None
        file = self.blobs.path(blob.sha256)
        media_type = sniff(file, given)
        name = given or made_name(len(self.parts) + 1, media_type)
        inline = (hints or Hints()).inline(media_type, blob.size)
        path = (*outer, *names[:-1], name)
        part = Part(name, path, blob.size, blob.sha256, media_type, inline=inline, name_given=bool(given))
        part = replace(part, problem=_problem(file, part, beside_pages=beside_pages))
        place = len(self.parts)
        self.parts.append(part)
        if part.problem is None and media_type in CONTAINERS:
            self._open(place, file, depth, budget, joined=joined)
        elif part.problem is None and media_type in HOLDERS and not self.closed and depth < self.limits.depth:
            self._look_into(place, file, depth, budget)
        return self.parts[place]

    def _look_into(self, place: int, file: Path, depth: int, budget: Budget | None) -> None:
        """Adds what lies inside a document, which stays a document. Too much of it costs what is inside only."""
        part, before = self.parts[place], len(self.parts)
        room = budget or self._budget(part)
        try:
            for name, data in inner_files(file, part.media_type):
                room.take_file()
                if data is None:
                    self._add_unseen(part, name)
                    continue
                room.take_bytes(len(data))
                self.add([data], (name,), outer=part.path, depth=depth + 1, budget=room)
        except Trouble:
            del self.parts[before:]
            if budget is not None:
                raise
            self._add_unseen(part, "")

    def _add_unseen(self, document: Part, name: str) -> None:
        """A file that nobody could take out of this document, whose bytes it keeps: a person finds it there."""
        if len(self.parts) >= self.limits.parts:
            self.full = True
            return
        named, kind = name or _UNSEEN, claimed(name)
        self.parts.append(
            Part(
                named, (*document.path, named), document.size, document.sha256, kind, name_given=bool(name),
                problem=Unreadable("limit", INSIDE),
            )
        )  # fmt: skip

    def _open(self, place: int, file: Path, depth: int, budget: Budget | None, *, joined: bool) -> None:
        """Reads what is in the container at `place`."""
        part = self.parts[place]
        if self.closed:
            self.parts[place] = replace(part, container=True)
            return
        if depth >= self.limits.depth:
            self.parts[place] = replace(part, container=True, problem=Blocked("depth", f"> {self.limits.depth}"))
            return
        self.parts[place] = replace(part, container=True)
        try:
            self._unpack(place, file, depth, budget or self._budget(part), joined=joined)
        except Trouble as trouble:
            doubtful = joined and trouble.problem.reason == "damaged"  # a volume may be missing that nothing tells of
            self._fail(place, Unreadable("no_converter", VOLUME) if doubtful else trouble.problem)
            if isinstance(trouble.problem, Blocked) and budget is not None:
                raise  # the bound is that of the outermost archive
        except RecursionError:
            self._fail(place, Blocked("depth"))
        except MemoryError:
            self._fail(place, Unreadable("memory"))

    def _budget(self, part: Part) -> Budget:
        """For an archive that lies in no other: the limits are per archive, but many archives in one mail together
        get no more than four times as much, which is then no fault of the one that is over it."""
        room = 4 * self.limits.archive_bytes - self.unpacked - sum(budget.size for budget in self.budgets)
        self.budgets.append(Budget(self.limits, max(part.size, 1), min(self.limits.archive_bytes, room)))
        return self.budgets[-1]

    def _fail(self, place: int, problem: Unreadable | Blocked) -> None:
        if isinstance(problem, Blocked):
            del self.parts[place + 1 :]
        self.parts[place] = replace(self.parts[place], problem=problem)

    def _unpack(self, place: int, file: Path, depth: int, budget: Budget, *, joined: bool) -> None:
        part = self.parts[place]
        if is_volume_name(part.name) and part.media_type in ARCHIVES and not joined and not _is_whole(file, part.media_type):
            raise Trouble(Unreadable("no_converter", VOLUME))
        if part.media_type == MAIL:
            self._add_mail(place, file, depth)
        elif part.media_type in (TNEF, MSG):
            mail = read_outlook(file, part.media_type)
            self._add_files(place, files_of(file, mail, budget), depth, budget)
            self._set_text(place, mail)
        else:
            self._add_files(place, unpack(file, part.media_type, part.name, budget, joined=joined), depth, budget)

    def _add_files(self, place: int, files: Iterator[Inner], depth: int, budget: Budget) -> None:
        outer = self.parts[place].path
        pages = False
        for inner in files:
            # Pages usually come before the scripts in their folder; one page in the archive is enough.
            pages = pages or inner.names[-1].lower().endswith((".html", ".htm"))
            hints = Hints(related=inner.inline, disposition="" if inner.inline else "attachment")
            before = len(self.parts)
            added = self.add(
                inner.chunks, inner.names, hints=hints, outer=outer, depth=depth + 1, budget=budget, beside_pages=pages
            )
            if added is None and self.full:
                return  # the mail has too many parts, which is not this archive's fault
            if inner.problem is not None and len(self.parts) > before:
                self.parts[before] = replace(self.parts[before], problem=inner.problem)

    def join_volumes(self, depth: int = 0) -> None:
        """Opens the archives that were sent in volumes, once all files are there; what lies in them follows at the end.
        An incomplete one stays closed and says so at each of its volumes."""
        folders: dict[tuple[str, ...], list[int]] = {}
        for place, part in enumerate(self.parts):
            folders.setdefault(part.path[:-1], []).append(place)
        for folder, places in folders.items():
            for group in find_groups([self.parts[place].name for place in places]):
                self._join_safely(group, folder, [places[index] for index in group.places], depth)

    def _join_safely(self, group: Group, folder: tuple[str, ...], places: Sequence[int], depth: int) -> None:
        """Headers that make no sense cost their own files only."""
        try:
            self._join(group, folder, places, depth)
        except Exception as error:
            if is_machine_error(error) or isinstance(error, MemoryError):
                raise
            for place in places:
                self.parts[place] = replace(self.parts[place], problem=Unreadable("no_converter", VOLUME))

    def _join(self, group: Group, folder: tuple[str, ...], places: Sequence[int], depth: int) -> None:
        parts = [self.parts[place] for place in places]
        if self.closed or any(isinstance(part.problem, Blocked) or (part.container and not part.problem) for part in parts):
            return
        if group.style == "split" and any(part.media_type not in PIECES for part in parts[1:]):
            return  # 申报表.001 and .002 are two scans: a piece of something larger is of no kind of its own
        files = [self.blobs.path(part.sha256) for part in parts]
        if not is_complete(group, files):
            if len(parts) > 1 or parts[0].media_type == UNKNOWN or parts[0].media_type in ARCHIVES:
                for place, part in zip(places, parts, strict=True):
                    self.parts[place] = replace(part, problem=Unreadable("no_converter", VOLUME))
            return
        outer = sum(1 for part in self.parts if part.container and part.path == folder[: len(part.path)])
        before = len(self.parts)
        try:
            self.add(join(group.style, files), (group.name,), outer=folder, depth=depth + outer, joined=True)
        except ValueError:
            del self.parts[before:]
        for place, part in zip(places, parts, strict=True):
            opened = len(self.parts) > before
            self.parts[place] = replace(part, container=opened, problem=None if opened else Unreadable("no_converter", VOLUME))

    def _add_mail(self, place: int, file: Path, depth: int) -> None:
        """A mail inside the mail: its text is material, its files are parts, its links count as found in it."""
        part = self.parts[place]
        facts = self.read_inner(file, depth + 1)
        subject = facts.envelope.subject
        if not part.name_given and subject:
            name = f"{subject[:120].replace('/', '_')}.eml"
            part = replace(part, name=name, path=(*part.path[:-1], name))
        said = [subject, facts.text, facts.quoted if facts.forwarded else ""]
        links = tuple(
            replace(link, found_in=part.name, quoted=link.quoted and not facts.forwarded) for link in facts.links
        )
        text = "\n\n".join(piece for piece in said if piece)[: self.limits.text_chars]
        self.parts[place] = replace(part, text=text, links=links)
        room = self.limits.parts - len(self.parts)
        for inner in itertools.islice(facts.parts, max(room, 0)):
            self.parts.append(replace(inner, path=(*part.path, *inner.path)))
        self.full = self.full or len(facts.parts) > room
        self.lost = self.lost or facts.lost

    def _set_text(self, place: int, mail: OutlookMail) -> None:
        part = self.parts[place]
        text = "\n\n".join(piece for piece in (mail.subject, mail.text) if piece)[: self.limits.text_chars]
        links = find_links(text, mail.html or None, part.name)
        self.parts[place] = replace(part, text=text, links=links)


def _is_whole(file: Path, media_type: str) -> bool:
    try:
        return is_whole(file, media_type)
    except (ValueError, OverflowError, struct.error):
        return False  # headers that make no sense


def _problem(file: Path, part: Part, *, beside_pages: bool) -> Unreadable | Blocked | None:
    """What is wrong with a file before anyone opens it."""
    blocked = find_block(file, part.media_type, part.name, beside_pages=beside_pages)
    if blocked is not None:
        return blocked
    if part.media_type == ENCRYPTED:
        return Unreadable("password")
    if part.size == 0 and part.media_type != EMPTY:
        return Unreadable("damaged", EMPTY_FILE)
    return None
