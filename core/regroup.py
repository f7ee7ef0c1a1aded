"""An item as staff regroup it: two that are one joined, one that is two split, a mail's files taken out again.

Works on `core.records.ItemContent` as the ledger keeps it. The outcome's state is `review`; the decision that follows says
what it is. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from core.codec import decode, encode
from core.compare import overall_seal
from core.facts import FieldValue
from core.placing import files_of, joined, link_mark, with_parts, without_word
from core.records import FileRef, ItemContent
from core.submission import FileRef as PartRef
from core.submission import Item


def item_of(content: ItemContent) -> Item:
    """The assembled item that the content keeps, with the names and values that hold now."""
    if content.detail:
        item = decode(Item, content.detail)
    else:
        item = Item(
            content.category, content.title, content.applicant_unit, fields=content.fields, lengths=content.lengths,
            word=_part(content.word), scans=tuple(_part(ref) for ref in content.scans if ref),  # type: ignore[misc]
        )
    return replace(
        item, category=content.category, title=content.title, applicant_unit=content.applicant_unit,
        reporting_unit=content.reporting_unit, batch=content.batch, sender=content.sender, state=content.state,
        version=content.version, receipt_number=content.receipt_number,
    )


def _part(ref: FileRef | None) -> PartRef | None:
    return None if ref is None else PartRef(ref.message_id, -1, ref.name, ref.sha256)


def join(keep: ItemContent, other: ItemContent) -> ItemContent:
    """`keep` with all that `other` has and `keep` has not. Where both have a Word form, that of `keep` counts."""
    return _content(keep, joined(item_of(keep), item_of(other)), other)


def split(content: ItemContent, marks: Collection[str]) -> tuple[ItemContent, ItemContent]:
    """What stays, and what goes to a new item: the files and links with these marks (`core.placing`)."""
    item, chosen = item_of(content), frozenset(marks)
    rest = _only(item, lambda mark: mark not in chosen)
    taken = _only(item, lambda mark: mark in chosen)
    taken = replace(taken, applicant_unit=taken.applicant_unit or item.applicant_unit, version=1, other_sender=None, supersedes=None)
    rest = replace(rest, title=rest.title or (item.title if taken.word is None else None),
                   applicant_unit=rest.applicant_unit or item.applicant_unit)
    return _content(content, rest), _content(content, replace(taken, fixed=()))


def without_message(content: ItemContent, message_id: int) -> ItemContent:
    """The content without the files that this mail brought."""
    item = item_of(content)
    theirs = {ref.sha256 for ref in files_of(item) if ref.message == message_id}
    others = {ref.sha256 for ref in files_of(item) if ref.message != message_id}
    gone = theirs - others
    rest = _only(item, lambda mark: mark not in gone)
    return _content(content, replace(rest, title=rest.title or item.title, applicant_unit=rest.applicant_unit or item.applicant_unit))


def chosen(content: ItemContent) -> ItemContent:
    """The content of the version that staff chose: no longer in question."""
    return _content(content, replace(item_of(content), other_sender=None, supersedes=None))


def _only(item: Item, wanted: Callable[[str], bool]) -> Item:
    left = item if item.word is None or wanted(item.word.sha256) else without_word(item)
    if item.word is None and item.form is not None and not any(wanted(ref.sha256) for ref in files_of(item)):
        left = without_word(left)  # the form was read from a scan that goes
    return with_parts(left, wanted)


def _content(base: ItemContent, item: Item, *more: ItemContent) -> ItemContent:
    """`base` with what the item says now. `more`: where paths of files are found that `base` has not."""
    refs = [ref for one in (base, *more) for ref in (one.word, *one.scans) if ref is not None]
    known = {(ref.message_id, ref.sha256): ref for ref in refs}

    def stored(ref: PartRef) -> FileRef:
        return known.get((ref.message, ref.sha256), FileRef(ref.message, (ref.name,), ref.sha256, ref.name))

    fields: dict[str, FieldValue] = dict(item.fields)
    item = replace(item, seal=overall_seal(tuple(read.seal for read in item.scan_reads)), scan_unread=False, state="review")
    return replace(
        base, title=item.title, applicant_unit=item.applicant_unit, state="review", version=item.version,
        fields=fields, lengths=dict(item.lengths), word=stored(item.word) if item.word else None,
        scans=tuple(stored(ref) for ref in item.scans), seal=item.seal,
        scan_matches_word=item.scan_matches_word if item.word and item.scans else "unknown",
        detail=encode(item),
    )


def marks_by_message(content: ItemContent) -> tuple[tuple[int, str], ...]:
    """(message, mark) of every file of the item."""
    return tuple(dict.fromkeys((ref.message, ref.sha256) for ref in files_of(item_of(content))))


def link_marks(content: ItemContent) -> tuple[str, ...]:
    """Marks of its links."""
    return tuple(link_mark(link.url) for link in item_of(content).links)
