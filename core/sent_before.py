"""Scans, videos and links that a sender mailed ahead, in mails that no item could be made of: photographs first, the Word form
minutes later. They go to what this mail's own items lack. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.assemble import assemble
from core.campaign import Campaign
from core.facts import Link, MessageFacts
from core.register import Register
from core.roles import find_roles
from core.shared_seals import share_among
from core.submission import FileRef, Item, ScanRead


@dataclass(frozen=True, slots=True)
class Ahead:
    """An earlier mail of the sender that brought no item. `unsent`: its letter has not gone out."""

    id: int
    subject: str
    facts: MessageFacts
    unsent: bool = False


def with_sent_before(
    items: tuple[Item, ...], message: int, ahead: tuple[Ahead, ...], known: tuple[Item, ...], campaign: Campaign, register: Register
) -> tuple[tuple[Item, ...], tuple[Ahead, ...]]:
    """The items with what was sent ahead and no item has, and the mails that this came in. Only items whose Word form this very
    mail (`message`) brings; all of them where several lack the same."""
    taken = {ref for item in (*known, *items) for ref in (*item.scans, *item.videos)}
    used: list[Ahead] = []
    for mail in ahead:
        loose = assemble(mail.facts, find_roles(mail.facts, campaign, register), campaign, mail.id)
        if loose.items or taken & {*loose.loose_scans, *loose.loose_videos}:
            continue
        changed = _with_scans(items, message, loose.loose_scans, loose.loose_reads, campaign)
        changed = _with_videos(changed, message, loose.loose_videos, campaign)
        if changed != items:
            items = changed
            used.append(mail)
    return items, tuple(used)


def _fresh(item: Item, message: int) -> bool:
    own = item.word is not None and item.word.message == message
    return own and not item.blank and item.state != "superseded" and item.supersedes is None and item.other_sender is None


def _with_scans(
    items: tuple[Item, ...], message: int, scans: tuple[FileRef, ...], reads: tuple[ScanRead, ...], campaign: Campaign
) -> tuple[Item, ...]:
    def lacks(item: Item) -> bool:
        return _fresh(item, message) and not item.scans and campaign.category(item.category).scan_required

    lacking = sum(map(lacks, items))
    if not scans or not lacking:
        return items
    guessed = len(scans) < lacking
    given = {"scans": scans, "scan_reads": share_among(reads, lacking), "scan_unsure": True, "scan_guessed": guessed}
    return tuple(replace(item, **given) if lacks(item) else item for item in items)  # type: ignore[arg-type]


def _with_videos(items: tuple[Item, ...], message: int, videos: tuple[FileRef, ...], campaign: Campaign) -> tuple[Item, ...]:
    def lacks(item: Item) -> bool:
        return _fresh(item, message) and not item.videos and not item.links and campaign.category(item.category).resource is not None

    return tuple(replace(item, videos=videos) if videos and lacks(item) else item for item in items)


def with_links_before(item: Item, links: tuple[Link, ...], campaign: Campaign) -> Item:
    """A course without any resource gets the links that its sender mailed ahead of the form."""
    bare = not item.links and not item.videos and item.state != "superseded"
    return replace(item, links=links) if bare and campaign.category(item.category).resource else item
