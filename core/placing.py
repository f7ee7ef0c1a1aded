"""What staff fixed by hand: which file or link belongs to which item. Applied to the items of a mail before they are
joined with the known ones, so that every new decision comes to the same grouping.

A `mark` names a file or a link: a file's SHA-256, or `url:` and the SHA-256 of the address.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from core.assemble import Assembly
from core.facts import Link
from core.submission import FileRef, Item, ScanRead

Homes = Mapping[str, frozenset[int]]
"""Mark -> ids of the items that the file or link belongs to."""


@dataclass(frozen=True, slots=True)
class Placed:
    """`assembly`: what staff said nothing about. `pieces`: for each item that staff placed something in, what this mail
    brings for it, joined into one."""

    assembly: Assembly
    pieces: tuple[tuple[int, Item], ...]


def link_mark(url: str) -> str:
    """The mark of a link."""
    return "url:" + hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()


def files_of(item: Item) -> tuple[FileRef, ...]:
    """All files of an item: Word form, export, scans, videos."""
    return tuple(ref for ref in (item.word, item.exported_pdf, *item.scans, *item.videos) if ref is not None)


def marks_of(item: Item) -> tuple[str, ...]:
    """Marks of everything that the item consists of, each once."""
    files = (ref.sha256 for ref in files_of(item))
    return tuple(dict.fromkeys((*files, *(link_mark(link.url) for link in item.links))))


def place(assembly: Assembly, homes: Homes, known: Iterable[Item]) -> Placed:
    """Take out of the mail's items what staff have placed. Homes that are no longer known count as not said. Pure."""
    by_id = {item.id: item for item in known if item.id is not None}
    valid = {mark: ids & by_id.keys() for mark, ids in homes.items()}
    valid = {mark: ids for mark, ids in valid.items() if ids}
    if not valid:
        return Placed(assembly, ())
    pieces: dict[int, list[Item]] = {}
    free: list[Item] = []
    for draft in assembly.items:
        homes_here = sorted({number for mark in marks_of(draft) for number in valid.get(mark, ())})
        if not homes_here:
            free.append(draft)
            continue
        main = _main_home(draft, valid)
        for number in homes_here:
            pieces.setdefault(number, []).append(_carve(draft, number, valid, rest=number == main))
    _place_loose(assembly, valid, by_id, pieces)
    left = replace(
        assembly,
        items=tuple(free),
        loose_scans=tuple(ref for ref in assembly.loose_scans if ref.sha256 not in valid),
        loose_reads=tuple(read for read in assembly.loose_reads if read.sha256 not in valid),
        loose_videos=tuple(ref for ref in assembly.loose_videos if ref.sha256 not in valid),
        loose_links=tuple(link for link in assembly.loose_links if link_mark(link.url) not in valid),
    )
    return Placed(left, tuple((number, _combine(found, by_id[number])) for number, found in pieces.items()))


def _main_home(draft: Item, homes: Homes) -> int:
    """Where the things go that staff said nothing about: with the Word form, else with the first placed thing."""
    marks = [ref.sha256 for ref in (draft.word,) if ref is not None] + list(marks_of(draft))
    return min(next(homes[mark] for mark in marks if mark in homes))


def _carve(draft: Item, number: int, homes: Homes, *, rest: bool) -> Item:
    """What of the draft belongs to this item."""

    def mine(mark: str) -> bool:
        return number in homes[mark] if mark in homes else rest

    piece = draft if draft.word is None or mine(draft.word.sha256) else without_word(draft)
    if draft.word is None and not rest:
        piece = without_word(piece)  # what was read from the scans belongs to the main piece
    return with_parts(piece, mine)


def without_word(item: Item) -> Item:
    """The item without its Word form and all that was read from it."""
    return replace(
        item, word=None, word_unread=None, form=None, title=None, applicant_unit=None, fields={}, lengths={}, blank=False,
        scan_differences=(), scan_matches_word="unknown",
    )


def with_parts(item: Item, wanted: Callable[[str], bool]) -> Item:
    """The item with only those exports, scans, videos and links whose mark `wanted` says yes to."""
    exported = item.exported_pdf if item.exported_pdf is not None and wanted(item.exported_pdf.sha256) else None
    scans = tuple(ref for ref in item.scans if wanted(ref.sha256))
    kept = {ref.sha256 for ref in scans}
    return replace(
        item,
        exported_pdf=exported,
        exported_picture=item.exported_picture and exported is not None,
        scans=scans,
        scan_reads=tuple(read for read in item.scan_reads if read.sha256 in kept),
        videos=tuple(ref for ref in item.videos if wanted(ref.sha256)),
        links=tuple(link for link in item.links if wanted(link_mark(link.url))),
    )


def _place_loose(assembly: Assembly, homes: Homes, known: Mapping[int, Item], pieces: dict[int, list[Item]]) -> None:
    def give(mark: str, **part: tuple[FileRef, ...] | tuple[ScanRead, ...] | tuple[Link, ...]) -> None:
        for number in homes.get(mark, ()):
            bare = Item(known[number].category, None, None)
            pieces.setdefault(number, []).append(replace(bare, **part))  # type: ignore[arg-type]

    for ref in assembly.loose_scans:
        give(ref.sha256, scans=(ref,), scan_reads=tuple(read for read in assembly.loose_reads if read.sha256 == ref.sha256))
    for ref in assembly.loose_videos:
        give(ref.sha256, videos=(ref,))
    for link in assembly.loose_links:
        give(link_mark(link.url), links=(link,))


def _combine(pieces: list[Item], item: Item) -> Item:
    """One draft of several. The item's own Word form stays its Word form; another one is set aside."""
    with_word = [piece for piece in pieces if piece.word is not None]
    if item.word is not None:
        lead = next((piece for piece in with_word if piece.word and piece.word.sha256 == item.word.sha256), None)
        lead = lead or without_word(pieces[0])
    else:
        lead = next(iter(with_word), pieces[0])
    return joined(lead, *(piece for piece in pieces if piece is not lead))


def joined(lead: Item, *others: Item) -> Item:
    """`lead` with the scans, videos, links and exports of the others; also their Word form where it has none. Pure."""
    result = lead
    for other in others:
        if result.word is None and other.word is not None:
            result = _with_word_of(result, other)
        scans = (*result.scans, *(ref for ref in other.scans if ref.sha256 not in {own.sha256 for own in result.scans}))
        reads = {read.sha256: read for read in (*other.scan_reads, *result.scan_reads)}
        urls = {link.url for link in result.links}
        result = replace(
            result,
            scans=scans,
            scan_reads=tuple(reads[ref.sha256] for ref in scans if ref.sha256 in reads),
            scan_unsure=result.scan_unsure and other.scan_unsure,
            exported_pdf=result.exported_pdf or other.exported_pdf,
            exported_picture=result.exported_picture or other.exported_picture,
            videos=(*result.videos, *(ref for ref in other.videos if ref not in result.videos)),
            links=(*result.links, *(link for link in other.links if link.url not in urls)),
            title=result.title or other.title,
            applicant_unit=result.applicant_unit or other.applicant_unit,
            form=result.form or other.form,
            fields=result.fields or other.fields,
            lengths=result.lengths or other.lengths,
        )
    return result


def _with_word_of(item: Item, other: Item) -> Item:
    return replace(
        item, word=other.word, word_unread=other.word_unread, blank=other.blank, form=other.form,
        title=other.title or item.title, applicant_unit=other.applicant_unit or item.applicant_unit,
        fields=other.fields or item.fields, lengths=other.lengths or item.lengths,
    )


def keep_fixed(item: Item, before: Item) -> Item:
    """The item with what staff set by hand (`fixed`) as it was before the new decision."""
    if not before.fixed:
        return item
    return replace(item, fixed=before.fixed, **{name: getattr(before, name) for name in before.fixed})
