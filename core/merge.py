"""Items of a new mail joined with what earlier mails of the same submitter brought.

Never by equal subject (all subjects end alike), only by the item's own identity, the sender, the thread or a receipt
number. Two cases of one unit with similar titles are two cases. A second Word form of the same item from the same
sender is a new version; from another sender both stay and staff choose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from core.assemble import Assembly
from core.campaign import Campaign
from core.facts import FieldValue, Link
from core.likeness import relate
from core.placing import Homes, keep_fixed, place
from core.submission import FileRef, Item
from core.text import compact, same_text, similar


@dataclass(frozen=True, slots=True)
class Context:
    """Who sent the mail and what it refers to. `linked`: ids of items tied to it by thread or receipt number; `own`:
    ids of items this very mail brought when it was decided before; `message`: its row id; `homes`: which of its files and
    links staff placed in which item."""

    sender: str | None
    reporting_unit: str | None
    linked: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()
    message: int = 0
    homes: Homes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Merged:
    """`items`: the mail's items, merged; an item with an id is an earlier one that this mail adds to, one with
    `supersedes` a new version."""

    items: tuple[Item, ...]


def merge(assembly: Assembly, known: Iterable[Item], campaign: Campaign, context: Context) -> Merged:
    """Join the mail's items with the known open ones (none superseded). Pure."""
    known = list(known)
    open_items = [item for item in known if item.state != "superseded"]
    taken: set[int] = set()
    items: list[Item] = []
    assembly, placed = _take_placed(assembly, known, context)
    for item in placed:
        assert item.id is not None
        taken.add(item.id)
        items.append(item)
    for draft in assembly.items:
        match = _find_own(draft, known, taken, context) or _find_match(draft, open_items, taken, context)
        if match is None:
            items.append(replace(draft, sender=context.sender, reporting_unit=context.reporting_unit))
            continue
        assert match.id is not None
        taken.add(match.id)
        items.append(_join(draft, match, context))
    if assembly.consent is not None:
        items = [_with_consent(item, assembly.consent, campaign) for item in items]
    merged = _extend(assembly, items, open_items, taken, campaign, context)
    before = {item.id: item for item in known if item.id is not None}
    return Merged(tuple(keep_fixed(item, before[item.id]) if item.id in before else item for item in merged.items))


def _take_placed(assembly: Assembly, known: list[Item], context: Context) -> tuple[Assembly, list[Item]]:
    """The items in which staff placed something of this mail, as they are with it, and what is left of the mail."""
    placed = place(assembly, context.homes, known)
    by_id = {item.id: item for item in known}
    found = []
    for number, piece in placed.pieces:
        item = by_id[number]
        if piece.word is not None and item.word is not None and item.word.message == context.message:
            found.append(_reread(piece, item, context))
        else:
            filled = _filled(piece, item, [] if item.scans else list(piece.scans))
            found.append(replace(filled, reporting_unit=item.reporting_unit or context.reporting_unit))
    return placed.assembly, found


def _allowed(item: Item, context: Context) -> bool:
    """Whether this mail may add to the item without being its exact namesake."""
    return item.id in context.linked or (item.sender is not None and item.sender == context.sender)


def _same_identity(draft: Item, item: Item) -> bool:
    if draft.category != item.category or not draft.title or not item.title:
        return False
    if not same_text(draft.title, item.title):
        return False
    return not draft.applicant_unit or not item.applicant_unit or same_unit(draft.applicant_unit, item.applicant_unit)


def same_unit(one: str, other: str) -> bool:
    """Two spellings of one applicant unit; a unit with its city in front is the same unit."""
    if same_text(one, other):
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and long.endswith(short)


def _find_own(draft: Item, known: list[Item], taken: set[int], context: Context) -> Item | None:
    """The item that this mail's own files made when the mail was decided before; replaced versions too."""
    mine = {(ref.message, ref.attachment) for ref in _refs(draft)}
    for item in known:
        if item.id in context.own and item.id not in taken and mine & {(r.message, r.attachment) for r in _refs(item)}:
            return item
    return None


def _refs(item: Item) -> tuple[FileRef, ...]:
    return tuple(ref for ref in (item.word, item.exported_pdf, *item.scans) if ref is not None)


def _find_match(draft: Item, known: list[Item], taken: set[int], context: Context) -> Item | None:
    candidates = [item for item in known if item.id not in taken and item.category == draft.category]
    exact = [
        item for item in candidates
        if _same_identity(draft, item)
        and (_allowed(item, context) or item.reporting_unit == context.reporting_unit is not None)
    ]
    if exact:
        return next((item for item in exact if _allowed(item, context)), exact[0])
    halves = [item for item in candidates if _other_half(draft, item, context)]
    candidates = [item for item in candidates if _allowed(item, context) and _compatible(draft, item)]
    if not candidates and len(halves) == 1:
        return halves[0]
    if draft.word is not None or draft.exported_pdf is not None:
        return _match_for_word(draft, candidates, context)
    lacking = [item for item in candidates if not item.scans] or candidates
    if len(lacking) == 1:
        return lacking[0]
    return _nearest(draft, lacking)


def _other_half(draft: Item, item: Item, context: Context) -> bool:
    """Whether a colleague's mail brings just what the item lacks: its scan or its Word form, for the same reporting
    unit and applicant unit. Nothing of the item is replaced by it."""
    if item.reporting_unit != context.reporting_unit or context.reporting_unit is None:
        return False
    if not draft.applicant_unit or not item.applicant_unit or not _compatible(draft, item):
        return False
    scan = draft.word is None and bool(draft.scans) and item.word is not None and not item.scans
    word = draft.word is not None and not draft.scans and item.word is None and bool(item.scans)
    return scan or word


def _compatible(draft: Item, item: Item) -> bool:
    """Nothing that both are known by contradicts: unit and title, where both have them."""
    mine, other = draft.applicant_unit, item.applicant_unit
    if mine and other and not same_text(mine, item.reporting_unit or ""):
        # A file's name gives a unit in short (历下); one read from a page may have a misread character.
        alike = similar(mine, other) >= 0.75 if draft.form is not None else _is_short_for(mine, other)
        if not alike and not same_unit(mine, other):
            return False
    return not (draft.title and item.title and draft.form and item.form and similar(draft.title, item.title) < 0.6)


def _is_short_for(one: str, other: str) -> bool:
    """Whether the characters of the shorter name stand in the longer one in this order (济南社区大学, 济南市社区大学)."""
    short, long = sorted((compact(one), compact(other)), key=len)
    rest = iter(long)
    return len(short) >= 2 and all(character in rest for character in short)


def _match_for_word(draft: Item, candidates: list[Item], context: Context) -> Item | None:
    """An earlier scan without its Word form, an empty template, or a form that our letter asked to correct."""
    waiting = [item for item in candidates if item.word is None or item.blank or item.word_unread]
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        return _nearest(draft, waiting)
    linked = [item for item in candidates if item.id in context.linked]
    nameless = [item for item in candidates if not item.title or not draft.title]
    for group in (linked, nameless):
        if len(group) == 1:
            return group[0]
    return None


def _title_likeness(one: str, other: str) -> float:
    """Likeness in which a misread character counts little and another number (一/二) much: either title may have been read
    from a scan."""
    relation = relate(one, other)
    likeness = similar(one, other)
    return max(likeness, 0.95) if relation == "same" else 0.5 * likeness if relation == "other" else likeness


def _nearest(draft: Item, items: list[Item]) -> Item | None:
    def likeness(item: Item) -> float:
        title = _title_likeness(draft.title, item.title) if draft.title and item.title else 0.0
        unit = similar(draft.applicant_unit or "", item.applicant_unit or "") if draft.applicant_unit else 0.0
        return 2 * title + unit

    ranked = sorted(items, key=likeness, reverse=True)
    if not ranked or likeness(ranked[0]) == 0:
        return None
    if len(ranked) > 1 and likeness(ranked[0]) - likeness(ranked[1]) < 0.15:
        return None
    return ranked[0]


def _join(draft: Item, item: Item, context: Context) -> Item:
    """`item` with what `draft` adds. A different Word form makes a new version that inherits what was fine."""
    if item.id in context.own and item.word is not None and item.word.message == context.message:
        return _reread(draft, item, context)
    new_scans = [ref for ref in draft.scans if ref.sha256 not in {known.sha256 for known in item.scans}]
    if item.id in context.own and item.scans:
        new_scans = []  # decided again: a scan of this mail that is there no more was replaced by a better one
    if draft.word is None or item.word is None or draft.word.sha256 == item.word.sha256 or _same_form(draft, item):
        return _filled(draft, item, new_scans)
    foreign = not _allowed(item, context)
    return replace(
        draft,
        scans=tuple(draft.scans) or (() if foreign else item.scans),
        scan_reads=draft.scan_reads or (() if foreign else item.scan_reads),
        scan_unsure=draft.scan_unsure,
        videos=draft.videos or item.videos,
        links=_join_links(item.links, draft.links),
        paper_arrived=item.paper_arrived,
        sender=context.sender,
        reporting_unit=context.reporting_unit or item.reporting_unit,
        version=item.version + 1,
        receipt_number=item.receipt_number,
        batch=item.batch,
        was_complete=item.state == "complete",
        supersedes=None if foreign else item.id,
        other_sender=item.sender if foreign else None,
    )


def _reread(draft: Item, item: Item, context: Context) -> Item:
    """The item as this mail's own files say it now (a mended parser may read more), with what other mails added."""
    others = tuple(ref for ref in item.scans if ref.message != context.message)
    reads = {read.sha256: read for read in (*item.scan_reads, *draft.scan_reads)}
    scans = (*draft.scans, *others) if not others or draft.scans else others
    videos = (*draft.videos, *(ref for ref in item.videos if ref.message != context.message))
    return replace(
        item, title=draft.title, applicant_unit=draft.applicant_unit, word=draft.word or item.word, form=draft.form,
        fields=_with_said(draft, item), lengths=draft.lengths, blank=draft.blank, word_unread=draft.word_unread, scans=scans,
        scan_reads=tuple(reads[ref.sha256] for ref in scans if ref.sha256 in reads), scan_unsure=draft.scan_unsure,
        exported_pdf=draft.exported_pdf or item.exported_pdf,
        exported_picture=draft.exported_picture or item.exported_picture, videos=videos,
        links=_join_links(item.links, draft.links), scan_differences=draft.scan_differences,
        scan_matches_word=draft.scan_matches_word, reporting_unit=context.reporting_unit or item.reporting_unit,
        was_complete=item.state == "complete",
    )


def _with_said(draft: Item, item: Item) -> dict[str, FieldValue]:
    """The form's fields; a yes or no that it leaves open and a later mail gave (我单位同意共享) stays."""
    said = {k: v for k, v in item.fields.items() if isinstance(v, bool) and draft.fields.get(k) is None}
    return {**draft.fields, **said}


def _same_form(draft: Item, item: Item) -> bool:
    """The same text saved anew (another sha256, nothing changed): no new version."""
    return (
        draft.form is not None and item.form is not None and bool(draft.form.text)
        and same_text(draft.form.text, item.form.text) and dict(draft.fields) == dict(item.fields)
    )


def _filled(draft: Item, item: Item, new_scans: list[FileRef]) -> Item:
    from_word = draft.word is not None and (item.word is None or item.blank or bool(item.word_unread))
    read = draft if from_word else item
    if item.word is None and draft.word is None and item.form is None:
        read = replace(item, form=draft.form, fields=draft.fields or item.fields, lengths=draft.lengths or item.lengths)
    scans = (*item.scans, *new_scans)
    if new_scans and item.scans and item.state in ("incomplete", "review"):
        scans = (*new_scans,)  # a scan sent again after a complaint takes the first one's place
    reads = {read.sha256: read for read in (*item.scan_reads, *draft.scan_reads)}
    return replace(
        item,
        title=read.title or item.title or draft.title,
        applicant_unit=read.applicant_unit or item.applicant_unit or draft.applicant_unit,
        form=read.form or item.form,
        fields=read.fields or item.fields,
        lengths=read.lengths or item.lengths,
        blank=read.blank,
        word=draft.word if from_word else item.word,
        word_unread=draft.word_unread if from_word else item.word_unread,
        scans=scans,
        scan_reads=tuple(read for read in reads.values() if read.sha256 in {ref.sha256 for ref in scans}),
        scan_unsure=item.scan_unsure or draft.scan_unsure,
        exported_pdf=item.exported_pdf or draft.exported_pdf,
        exported_picture=item.exported_picture or draft.exported_picture,
        videos=(*item.videos, *(ref for ref in draft.videos if ref not in item.videos)),
        links=_join_links(item.links, draft.links),
        scan_differences=draft.scan_differences or item.scan_differences,
        scan_matches_word=draft.scan_matches_word if new_scans or from_word else item.scan_matches_word,
        was_complete=item.state == "complete",
        identical=not from_word and not new_scans and not _adds_links(item.links, draft.links),
    )


def _adds_links(old: tuple[Link, ...], new: tuple[Link, ...]) -> bool:
    known = {(link.url, link.code) for link in old}
    return any((link.url, link.code) not in known for link in new)


def _join_links(old: tuple[Link, ...], new: tuple[Link, ...]) -> tuple[Link, ...]:
    """The newer word on the same address wins; a code sent later completes the link; a new share of the same
    provider takes the place of one that was found faulty."""
    if any(not link.doubtful and link.provider != "web" for link in (*old, *new)):  # what a picture seemed to say is idle
        old, new = (tuple(link for link in links if not link.doubtful) for links in (old, new))
    if not new:
        return old
    renewed = {(link.provider, link.url) for link in new}
    kept = [link for link in old if (link.provider, link.url) not in renewed and not _replaced(link, new)]
    codes = {link.url: link.code for link in old if link.code}
    return (*kept, *(replace(link, code=link.code or codes.get(link.url)) for link in new))


def _replaced(old: Link, new: tuple[Link, ...]) -> bool:
    return _faulty(old) and any(link.provider == old.provider or link.provider == "baidu" for link in new)


def _faulty(link: Link) -> bool:
    """A link that a letter has complained about, or would."""
    bad = link.state.value not in ("ok", "unchecked")
    return bad or link.provider == "mail_large_file" or (link.code is None and link.provider != "web")


def _with_consent(item: Item, consent: FieldValue, campaign: Campaign) -> Item:
    """`同意共享` in the mail body answers for a course whose form leaves it open; the form's own word stands."""
    resource = campaign.category(item.category).resource
    if resource is None or item.fields.get(resource.consent_field) is not None:
        return item
    fields: dict[str, FieldValue] = {**item.fields, resource.consent_field: consent}
    return replace(item, fields=fields)


def _extend(
    assembly: Assembly, items: list[Item], known: list[Item], taken: set[int], campaign: Campaign, context: Context
) -> Merged:
    """What has no item in this mail (a bare scan, a link with its code, a word on sharing) goes to earlier items of
    the same sender or thread that wait for it."""
    scans, links = assembly.loose_scans, assembly.loose_links
    waiting = [item for item in known if item.id not in taken and (_allowed(item, context) or item.id in context.own)]
    linked = [item for item in waiting if item.id in context.linked]
    homes: dict[str, set[int | None]] = {}  # a code sent later belongs to the items that have the link
    for item in known:
        for link in item.links:
            homes.setdefault(link.url, set()).add(item.id)
    for item in linked or waiting:
        changed, named = item, False
        tied = item.id in context.linked or not assembly.items
        if scans and not item.scans:
            changed = replace(changed, scans=scans, scan_unsure=len(waiting) > 1)
        if campaign.category(item.category).resource is not None:
            fit = tuple(link for link in links if item.id in homes.get(link.url, {item.id}) and _wants(item, link, tied=tied))
            changed = _extend_course(changed, replace(assembly, loose_links=fit), campaign, tied=tied)
            # The link that the item has, with the code put right: a check may have told the item of it already.
            named = not assembly.items and any(own.url == link.url for own in item.links for link in fit)
        # A reply that brings nothing new (the subject mended, say) still speaks about the items of its thread.
        bare = not assembly.items and not scans and not links and item.id in context.linked
        if changed != item or item.id in context.own or bare or named:
            items.append(replace(changed, was_complete=item.state == "complete"))
    return Merged(tuple(items))


def _wants(item: Item, link: Link, *, tied: bool) -> bool:
    """Whether an earlier course takes this link: always when the mail is about the course (`tied`); of a mail about other
    items only a share, and only if the course has it already, lacks any, or has a faulty one. Every signature holds a
    home page."""
    if tied or any(own.url == link.url for own in item.links):
        return not link.is_homepage
    if link.provider == "web":
        return False
    good = [own for own in item.links if not own.is_homepage and not _faulty(own)]
    return not item.videos and not good


def _extend_course(item: Item, assembly: Assembly, campaign: Campaign, *, tied: bool) -> Item:
    changed = item
    if assembly.loose_links:
        changed = replace(changed, links=_join_links(changed.links, assembly.loose_links))
    new_videos = tuple(ref for ref in assembly.loose_videos if ref.sha256 not in {v.sha256 for v in item.videos})
    if new_videos:
        changed = replace(changed, videos=(*changed.videos, *new_videos))
    if assembly.consent is not None and tied:  # else it is said of the mail's own course
        changed = _with_consent(changed, assembly.consent, campaign)
    return changed
