"""Files of a mail that belong to known items, not to what they lie beside: a scan named for an item that is known already, and
the empty forms of our own letters, which clients send back with every answer.

Only what other mails brought counts as known here, so that a mail decided again comes out the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from core.assemble import Assembly
from core.campaign import Campaign
from core.known_items import Context, allowed, find_home, lacks_scan
from core.likeness import relate
from core.placing import files_of, with_parts, without_word
from core.submission import FileRef, Item, PartRole, ScanRead
from core.text import compact
from core.versions import kinship


def redirect(assembly: Assembly, known: Iterable[Item], campaign: Campaign, context: Context) -> Assembly:
    """The mail with scans taken out of items that need them not and made pieces of their own, for the known items whose
    category their names give. Pure."""
    theirs = _of_others(known, context)
    if not theirs:
        return assembly
    items: list[Item] = []
    pieces: list[Item] = []
    loose: list[FileRef] = []
    loose_reads: list[ScanRead] = []
    for draft in assembly.items:
        gone: set[str] = set()
        needs_none = _needs_none(draft, theirs, context)
        for ref in draft.scans:
            role = assembly.roles[ref.attachment]
            shown = _shown_item(ref, draft, theirs, campaign, context)
            if shown is not None:
                pieces.append(shown)
                gone.add(ref.sha256)
                continue
            if not needs_none:
                continue
            if role.category is not None and role.category != draft.category and _wanted(ref, role, theirs, context):
                reads = tuple(read for read in draft.scan_reads if read.sha256 == ref.sha256)
                pieces.append(Item(role.category, None, role.unit_text, scans=(ref,), scan_reads=reads))
                gone.add(ref.sha256)
            elif draft.blank and not _names(ref, draft, campaign) and any(_may_own(item, ref, draft, context) for item in theirs):
                loose.append(ref)
                loose_reads += [read for read in draft.scan_reads if read.sha256 == ref.sha256]
                gone.add(ref.sha256)
        items.append(_without(draft, gone) if gone else draft)
    scans, reads = (*assembly.loose_scans, *loose), (*assembly.loose_reads, *loose_reads)
    return replace(assembly, items=(*items, *pieces), loose_scans=scans, loose_reads=reads)


def _shown_item(ref: FileRef, draft: Item, theirs: list[Item], campaign: Campaign, context: Context) -> Item | None:
    """The scan as a piece of its own where it lies beside another item's Word form and is plainly not that one's: its page bears
    the title of a known item that waits for its scan, or its name that title, or the category of one while the form is another's.
    None if anything speaks for the form beside it, or if that form may be the known item's mended one."""
    if draft.word is None or draft.blank or ref == draft.word:
        return None
    reads = tuple(read for read in draft.scan_reads if read.sha256 == ref.sha256)
    waiting = [item for item in theirs if allowed(item, context) and _waits(item, ref)]
    form = replace(draft, scans=())
    waiting = [
        item for item in waiting
        if item.category != draft.category or kinship(form, item, answers=item.id in context.linked) == "other"
    ]
    forms = [form for read in reads for form in read.forms]
    if forms:
        titles = [form.title for form in forms if form.title]
        if len(forms) != 1 or not titles or not draft.title or relate(draft.title, titles[0]) != "other":
            return None
        found = [item for item in waiting if item.title and relate(item.title, titles[0]) == "same"]
        if len(found) != 1:
            return None
        return Item(found[0].category, titles[0], forms[0].applicant_unit, scans=(ref,), scan_reads=reads, form=forms[0])
    titled = [item for item in waiting if _titled(ref, item) and not _titled(ref, draft)]
    if len(titled) == 1:
        return Item(titled[0].category, titled[0].title, titled[0].applicant_unit, scans=(ref,), scan_reads=reads)
    if draft.scan_matches_word != "no" or len(draft.scans) > 1:  # set by the assembler: the name gives another category
        return None
    named = [item for item in waiting if item.category != draft.category and compact(campaign.category(item.category).name) in compact(ref.name)]
    return Item(named[0].category, None, None, scans=(ref,), scan_reads=reads) if len(named) == 1 else None


def _titled(ref: FileRef, item: Item) -> bool:
    """Whether a file's name bears the item's title."""
    title = compact(item.title or "")
    return len(title) >= 4 and title in compact(ref.name)


def _of_others(known: Iterable[Item], context: Context) -> list[Item]:
    return [item for item in known if any(ref.message != context.message for ref in files_of(item))]


def _needs_none(draft: Item, theirs: list[Item], context: Context) -> bool:
    """Whether the draft can do without: an empty form, or the mended form of an item whose scan is there."""
    if draft.blank:
        return True
    home = find_home(draft, theirs, context).items if draft.word is not None else ()
    return len(home) == 1 and any(ref.message != context.message for ref in home[0].scans) and not home[0].scan_guessed


def _wanted(ref: FileRef, role: PartRole, theirs: list[Item], context: Context) -> bool:
    piece = Item(role.category or "", None, role.unit_text, scans=(ref,))
    return any(allowed(item, context) for item in find_home(piece, theirs, context).items)


def _waits(item: Item, ref: FileRef) -> bool:
    return item.word is not None and not item.blank and (lacks_scan(item) or ref.sha256 in {own.sha256 for own in item.scans})


def _may_own(item: Item, ref: FileRef, draft: Item, context: Context) -> bool:
    """Whether a scan beside an empty form may be this known item's: it waits for one, or the page does not say that it is the
    empty form's kind (a better scan, with the empty forms of our letter sent back)."""
    shown = any(form.category == draft.category for read in draft.scan_reads if read.sha256 == ref.sha256 for form in read.forms)
    filled = item.word is not None and not item.blank and item.category != draft.category
    return allowed(item, context) and (_waits(item, ref) or (filled and not shown))


def _names(ref: FileRef, draft: Item, campaign: Campaign) -> bool:
    return compact(campaign.category(draft.category).name) in compact(ref.name)


def _without(draft: Item, marks: set[str]) -> Item:
    return replace(with_parts(draft, lambda mark: mark not in marks), scan_differences=(), scan_matches_word="unknown")


def set_blanks_aside(assembly: Assembly, known: Iterable[Item], context: Context) -> tuple[Assembly, tuple[str, ...]]:
    """The mail without empty forms that are no submission: beside material for a known item or filled forms of this mail, or in
    answer to a letter about one whose form is there. With them, what staff should look at. Pure."""
    theirs = _of_others(known, context)
    blanks = [draft for draft in assembly.items if draft.blank and draft.word is not None]
    filled = any(draft.word is not None and not draft.blank for draft in assembly.items)
    held = {ref for draft in assembly.items if not draft.blank for ref in draft.scans}
    if not blanks or not (theirs or filled):
        return assembly, ()
    mine = [item for item in theirs if allowed(item, context)]
    items = [_scan_alone(draft, assembly, mine, context) if draft in blanks else draft for draft in assembly.items]
    loose = bool(mine) and bool(assembly.loose_scans or assembly.loose_videos)
    adds = loose or any(find_home(draft, theirs, context).items for draft in items if not draft.blank)
    kept: list[Item] = []
    asides: list[str] = []
    for draft in items:
        idle = draft.blank and draft.word is not None and held.issuperset(draft.scans)
        if idle and (adds or _answered(draft, mine, context) or (filled and _is_template(draft, assembly))):
            asides.append(f"来信所附“{draft.word.name if draft.word else ''}”是空白申报表，看似随信附带；是否另有一件材料要报送，请人工核对。")
        else:
            kept.append(draft)
    return replace(assembly, items=tuple(kept)), tuple(asides)


def _is_template(draft: Item, assembly: Assembly) -> bool:
    """Whether an empty form bears the office's name for it, not a unit's: nobody means to submit that."""
    return draft.word is not None and not assembly.roles[draft.word.attachment].unit_text


def _filled(draft: Item, mine: list[Item]) -> list[Item]:
    return [item for item in mine if item.category == draft.category and item.word is not None and not item.blank]


def _answered(draft: Item, mine: list[Item], context: Context) -> bool:
    """Whether the mail answers a letter about an item of this category whose form is there."""
    return any(item.id in context.linked for item in _filled(draft, mine))


def _scan_alone(draft: Item, assembly: Assembly, mine: list[Item], context: Context) -> Item:
    """The scan without the empty form beside it, where an item whose form is there waits for just that scan."""
    waits = any(_waits(item, ref) for item in _filled(draft, mine) for ref in draft.scans)
    if not draft.scans or not (waits or _answered(draft, mine, context)):
        return draft
    return replace(without_word(draft), applicant_unit=assembly.roles[draft.scans[0].attachment].unit_text)
