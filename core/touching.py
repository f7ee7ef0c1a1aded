"""Which known items a mail bears on: those that it changes, and those whose letter must be thought over because of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from core.campaign import Campaign
from core.known_items import same_identity
from core.submission import Item, Submission

_PROVEN = frozenset({"code_wrong", "dead", "expired", "not_permanent"})


def touched_items(items: tuple[Item, ...]) -> frozenset[int]:
    """Row ids of the items that this mail changes or replaces."""
    return frozenset(number for item in items for number in (item.id, item.supersedes) if number is not None)


def same_trouble(items: tuple[Item, ...], known: Iterable[Item], sender: str | None) -> frozenset[int]:
    """Row ids of the sender's other items with a link of this mail that was found faulty: one folder for two courses, one letter."""
    bad = {link.url for item in items for link in item.links if link.state.value in _PROVEN}
    mine = (k for k in known if bad and sender is not None and k.sender == sender and k.state != "superseded")
    return frozenset(k.id for k in mine if k.id is not None and any(link.url in bad for link in k.links))


def rivals_of(items: tuple[Item, ...], known: Iterable[Item]) -> frozenset[int]:
    """Row ids of the items of which another sender's version with a scan comes: what they lack may be in it."""
    versions = [item for item in items if item.other_sender is not None and item.scans]
    same = (k for k in known for item in versions if k.sender == item.other_sender and same_identity(item, k) and not k.scans)
    return frozenset(k.id for k in same if k.id is not None)


def lacks_resource(item: Item, campaign: Campaign) -> bool:
    """Whether a course has neither a video nor any link."""
    return campaign.category(item.category).resource is not None and not item.links and not item.videos


def bare_courses(s: Submission, known: Iterable[Item]) -> frozenset[int]:
    """Row ids of the unit's courses without a resource, where this mail brings nothing but one: it may be theirs."""
    shared = any(link.provider == s.campaign.share_provider for link in s.links) or any(role.role == "video" for role in s.roles)
    if s.items or not shared:
        return frozenset()
    bare = (k for k in known if lacks_resource(k, s.campaign) and k.reporting_unit == s.reporting_unit)
    return frozenset(k.id for k in bare if k.id is not None)
