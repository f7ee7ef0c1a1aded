"""A scan that two may claim: the form beside it in an answer to our letter, and the item for which that letter asked for a scan.
Where nothing tells whose it is both have it as a guess, and a person looks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.campaign import Campaign
from core.known_items import Context, lacks_scan, speaks_for
from core.loose import with_scans
from core.shared_seals import enough_seals, share_among
from core.submission import Item
from core.text import compact


def settle_claims(items: list[Item], known: Iterable[Item], campaign: Campaign, context: Context) -> list[Item]:
    """The mail's items with the unnamed scans that may be those of the items of its thread."""
    here = {item.id for item in items}
    asked = [
        item for item in known
        if item.id in context.linked and item.id not in here and item.word is not None and not item.blank and lacks_scan(item)
    ]
    rivals = {place: [item for item in asked if _may_be(own, item, asked, campaign)] for place, own in enumerate(items) if _is_open(own, context)}
    rivals = {place: found for place, found in rivals.items() if found}
    if not rivals:
        return items
    others = {item.id: item for found in rivals.values() for item in found}
    scans = tuple(dict.fromkeys(ref for place in rivals for ref in items[place].scans))
    count = len(rivals) + len(others)
    reads = tuple({read.sha256: read for place in rivals for read in items[place].scan_reads}.values())
    guessed = not enough_seals(reads, count)
    shared = share_among(reads, count)
    own = [replace(with_scans(item, item.scans, shared), scan_guessed=guessed) if place in rivals else item for place, item in enumerate(items)]
    theirs = (replace(with_scans(item, scans, shared), scan_guessed=guessed, was_complete=False) for item in others.values())
    return [*own, *theirs]


def _is_open(item: Item, context: Context) -> bool:
    """Whether it is an item that this mail brings, with scans of its own of which no page could be read as a form."""
    new = item.word is not None and item.word.message == context.message and item.supersedes is None and item.other_sender is None
    mine = bool(item.scans) and all(ref.message == context.message and ref != item.word for ref in item.scans)
    return new and mine and not item.blank and not any(read.forms for read in item.scan_reads)


def _may_be(own: Item, other: Item, asked: list[Item], campaign: Campaign) -> bool:
    """Whether nothing tells that the scans are the one's and not the other's."""
    for ref in own.scans:
        named = {spec.key for spec in campaign.categories if compact(spec.name) in compact(ref.name)}
        if named and other.category not in named:
            return False
        told = speaks_for(Item("", None, None, scans=(ref,)), [own, *asked])
        if other not in told:
            return False
    return True
