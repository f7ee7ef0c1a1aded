"""What has no item in its own mail (a bare scan, a link with its code, a video, a word on sharing) goes to earlier items of the
same sender or thread that wait for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.assemble import Assembly
from core.campaign import Campaign
from core.consent import consent_about, course_titles
from core.facts import FieldValue, Link
from core.known_items import Context, allowed, lacks_scan, speaks_for
from core.link_joining import faulty, join_links, named_before
from core.shared_seals import enough_seals, share_among
from core.submission import FileRef, Item, ScanRead


def extend(
    assembly: Assembly, items: list[Item], known: list[Item], taken: set[int], campaign: Campaign, context: Context
) -> tuple[list[Item], tuple[str, ...]]:
    """What has no item in this mail (a bare scan, a link with its code, a word on sharing) goes to earlier items of
    the same sender or thread that wait for it. With them, what only a person can tell."""
    links = assembly.loose_links
    joined = {item.id for item in items}
    waiting = [
        item for item in known
        if item.id not in taken and item.id not in joined and (allowed(item, context) or item.id in context.own)
    ]
    linked = [item for item in waiting if item.id in context.linked]
    scanned, unclear = _place_loose_scans(assembly, linked or waiting, known, context)
    placed = frozenset(scanned)
    homes: dict[str, set[int | None]] = {}  # a code sent later belongs to the items that have the link
    for item in known:
        for link in item.links:
            homes.setdefault(link.url, set()).add(item.id)
    more = [item for item in waiting if item.id in context.own and item not in linked] if linked else []
    titles, courses = course_titles(known, campaign), course_titles(waiting, campaign)
    owners = {link.url: named_before(assembly.said, link, links, courses) for link in links}
    for item in (*(linked or waiting), *more):
        changed, named = scanned.pop(item.id, item), False
        tied = item.id in context.linked or not assembly.items
        if campaign.category(item.category).resource is not None:
            mine = tuple(link for link in links if owners[link.url] in (None, item.title))
            fit = tuple(link for link in mine if item.id in homes.get(link.url, {item.id}) and _wants(item, link, tied=tied))
            changed = _extend_course(changed, replace(assembly, loose_links=fit), titles, campaign, tied=tied)
            # The link that the item has, with the code put right: a check may have told the item of it already.
            named = not assembly.items and any(own.url == link.url for own in item.links for link in fit)
        # A reply that brings nothing new (the subject mended, say) still speaks about the items of its thread.
        bare = not assembly.items and not assembly.loose_scans and not links and item.id in context.linked
        if changed != item or item.id in context.own or item.id in placed or bare or named:
            items.append(replace(changed, was_complete=item.state == "complete"))
    items += scanned.values()
    return items, unclear


_FEW = 3
"""Items of a reporting unit that a colleague's unnamed scan may be for; of more it would put off too many letters."""


def _place_loose_scans(
    assembly: Assembly, waiting: list[Item], known: list[Item], context: Context
) -> tuple[dict[int | None, Item], tuple[str, ...]]:
    """Scans whose names tell nothing: to all that wait for one, to those without a seal, or to the one item that they may show
    better; else a person looks. By item id: the items with them."""
    scans = assembly.loose_scans
    there = [item for item in waiting if any(ref in item.scans for ref in scans)]
    if not scans or there:  # nothing to place, or placed when this mail or the one with the form was decided
        return {item.id: item for item in there}, ()
    lacking = [item for item in waiting if lacks_scan(item)]
    if lacking:
        return _share_out(assembly, lacking), ()
    unsure = [item for item in waiting if item.scan_unsure]
    bare = [item for item in waiting if item.seal == "absent"] if len(waiting) > 1 and not unsure else []
    bare = bare if len(bare) <= _FEW else []
    better = unsure or bare or waiting
    if unsure or bare or len(better) == 1:
        reads = share_among(assembly.loose_reads, len(better)) if bare else assembly.loose_reads
        return {item.id: with_scans(item, (*item.scans, *scans), reads) for item in better}, ()
    names = "、".join(ref.name for ref in scans[:3])
    if better:
        return {}, (f"扫描件（{names}）可能是此前报送的材料的新扫描件，请人工核对。",)
    halves = [
        item for item in known
        if item.reporting_unit == context.reporting_unit is not None and item.word is not None and not item.blank and lacks_scan(item)
    ]
    if assembly.items or not halves:
        return {}, ()
    if len(halves) <= _FEW:
        reads = share_among(assembly.loose_reads, len(halves))
        return {item.id: replace(with_scans(item, scans, reads), scan_guessed=True) for item in halves}, ()
    return {}, (f"扫描件（{names}）可能属于同一报送单位另一邮箱报来的申报表，请人工核对。",)


def _share_out(assembly: Assembly, lacking: list[Item]) -> dict[int | None, Item]:
    """Each scan to the one item that its name speaks for, the others to all that lack one then. By item id: the items with them.
    Fewer scans than items leave it open whose they are: a guess, for a person."""
    named: dict[int | None, list[FileRef]] = {}
    rest: list[FileRef] = []
    strange = False  # a name gives a unit that none of them has
    for ref in assembly.loose_scans:
        told = speaks_for(Item("", None, assembly.roles[ref.attachment].unit_text, scans=(ref,)), lacking)
        strange = strange or (not told and len(lacking) > 1)
        if len(told) == 1:
            named.setdefault(told[0].id, []).append(ref)
        else:
            rest.append(ref)
    found = {item.id: with_scans(item, tuple(named[item.id]), assembly.loose_reads) for item in lacking if item.id in named}
    left = [item for item in lacking if item.id not in named] or lacking
    if not rest:
        return found
    held = {item.scans for item in left if item.scan_guessed}
    pool = (*next(iter(held)), *rest) if len(held) == 1 and len(left) > 1 and all(item.scan_guessed for item in left) else tuple(rest)
    known = {read.sha256: read for item in left for read in item.scan_reads} | {read.sha256: read for read in assembly.loose_reads}
    reads = tuple(known[ref.sha256] for ref in pool if ref.sha256 in known)
    guessed = strange or (len(pool) < len(left) and not enough_seals(reads, len(left)))
    for item in left:
        whole = (*found[item.id].scans, *pool) if item.id in found else pool
        found[item.id] = replace(with_scans(item, whole, share_among(reads, len(left))), scan_guessed=guessed)
    return found


def with_scans(item: Item, scans: tuple[FileRef, ...], reads: tuple[ScanRead, ...]) -> Item:
    """The item with scans of which no name says that they are a form's: a seal that is not seen on them proves nothing."""
    known = {read.sha256: read for read in (*item.scan_reads, *reads)}
    own = tuple(known[ref.sha256] for ref in scans if ref.sha256 in known)
    return replace(item, scans=scans, scan_reads=own, scan_unsure=True, scan_guessed=False)


def _wants(item: Item, link: Link, *, tied: bool) -> bool:
    """Whether an earlier course takes this link: always when the mail is about the course (`tied`); of a mail about other
    items only a share, and only if the course has it already, lacks any, or has a faulty one. Every signature holds a
    home page."""
    if tied or any(own.url == link.url for own in item.links):
        return not link.is_homepage
    if link.provider == "web":
        return False
    good = [own for own in item.links if not own.is_homepage and not faulty(own)]
    return not item.videos and not good


def _extend_course(item: Item, assembly: Assembly, titles: Sequence[str | None], campaign: Campaign, *, tied: bool) -> Item:
    changed = item
    if assembly.loose_links:
        changed = replace(changed, links=join_links(changed.links, assembly.loose_links))
    new_videos = tuple(ref for ref in assembly.loose_videos if ref.sha256 not in {v.sha256 for v in item.videos})
    if new_videos:
        changed = replace(changed, videos=(*changed.videos, *new_videos))
    return with_consent(changed, assembly.said, titles, campaign) if tied else changed  # else it is said of the mail's own course


def with_consent(item: Item, said: str, titles: Sequence[str | None], campaign: Campaign) -> Item:
    """`同意共享` in the mail body answers for a course whose form leaves it open; the form's own word stands."""
    resource = campaign.category(item.category).resource
    if resource is None or item.fields.get(resource.consent_field) is not None:
        return item
    consent = consent_about(said, item.title, titles)
    fields: dict[str, FieldValue] = {**item.fields, resource.consent_field: consent}
    return item if consent is None else replace(item, fields=fields)
