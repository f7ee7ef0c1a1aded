"""Items of a new mail joined with what earlier mails of the same submitter brought.

Never by equal subject (all subjects end alike), only by the item's own identity, the sender, the thread or a receipt
number. Two cases of one unit with similar titles are two cases. A second Word form of the same item from the same
sender is a new version; from another sender both stay and staff choose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from core.assemble import Assembly
from core.campaign import Campaign
from core.claims import settle_claims
from core.consent import course_titles
from core.facts import FieldValue
from core.known_items import Context, Home, allowed, find_home, same_identity
from core.link_joining import adds_links, join_links
from core.loose import extend, with_consent
from core.placing import keep_fixed, place
from core.redirect import redirect, set_blanks_aside
from core.submission import FileRef, Item
from core.text import same_text
from core.versions import tells_again


@dataclass(frozen=True, slots=True)
class Merged:
    """`items`: the mail's items, merged; an item with an id is an earlier one that this mail adds to, one with
    `supersedes` a new version. `unclear`: what only a person can tell, and may be what seems to be missing; `asides`: what they
    should look at besides. In words for staff."""

    items: tuple[Item, ...]
    unclear: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()


def merge(assembly: Assembly, known: Iterable[Item], campaign: Campaign, context: Context) -> Merged:
    """Join the mail's items with the known open ones (none superseded). Pure."""
    known = list(known)
    open_items = [item for item in known if item.state != "superseded"]
    assembly, placed = _take_placed(assembly, known, context)
    assembly = redirect(assembly, open_items, campaign, context)
    assembly, asides = set_blanks_aside(assembly, open_items, context)
    desk = _Desk(known, open_items, context, list(placed), {item.id for item in placed if item.id is not None})
    for draft in assembly.items:
        desk.take(draft)
    items = desk.items
    titles = course_titles((*items, *open_items), campaign)
    items = [with_consent(item, assembly.said, titles, campaign) for item in items]
    items = settle_claims(items, open_items, campaign, context)
    items, more = extend(assembly, items, open_items, desk.taken, campaign, context)
    before = {item.id: item for item in known if item.id is not None}
    return Merged(tuple(_as_fixed(item, before) for item in items), more, asides)


def _as_fixed(item: Item, before: Mapping[int, Item]) -> Item:
    """What staff set by hand stays so, in a new version too."""
    number = item.id if item.id is not None else item.supersedes
    older = None if number is None else before.get(number)
    return item if older is None else keep_fixed(item, older)


@dataclass
class _Desk:
    """The working state of one merging. `items`: as they are by now; `taken`: ids of those that have found their piece."""

    known: list[Item]
    open_items: list[Item]
    context: Context
    items: list[Item]
    taken: set[int]

    def take(self, draft: Item) -> None:
        """Put one item of the mail where it belongs."""
        own = _find_own(draft, self.known, self.taken, self.context)
        home = Home((own,)) if own is not None else self._home(draft)
        if not home.items:
            self.items.append(replace(
                draft, sender=self.context.sender, reporting_unit=self.context.reporting_unit, doubt=home.doubt, question=home.question,
                refused_before=any(item.rejected_by_staff and tells_again(draft, item) for item in self.open_items),
            ))
        for match in home.items:
            assert match.id is not None
            now = next((item for item in self.items if item.id == match.id), None)
            guess_again = home.guessed and match.scan_guessed
            joined = _join(draft, now or match, self.context, keep=len(home.items) > 1 or now is not None or guess_again)
            if home.question is not None and joined.id is None:
                joined = replace(joined, question=home.question)
            if own is not None:
                joined = replace(joined, doubt=self._rival(joined) or joined.doubt)
            if own is None:
                tied = len(home.items) > 1
                guessed = home.guessed or (tied and len(joined.scans) < len(home.items))
                joined = _guessed(joined, match, draft, unsure=tied, guessed=guessed)
            if now is not None:
                self.items[self.items.index(now)] = joined
            else:
                self.items.append(joined)
            if len(home.items) == 1:
                self.taken.add(match.id)

    def _rival(self, item: Item) -> str | None:
        """Another sender's version of the item, with a scan that may be this one's."""
        same = (k for k in self.open_items if k.id != item.id and k.other_sender == item.sender is not None and same_identity(item, k))
        rival = next((k for k in same if k.scans and k.category == item.category), None)
        return None if rival is None else f"{rival.sender}另行报来同名材料，附有扫描件“{rival.scans[0].name}”"

    def _home(self, draft: Item) -> Home:
        free = [item for item in self.open_items if item.id not in self.taken]
        home = find_home(draft, free, self.context)
        bare = draft.word is None and draft.exported_pdf is None
        if home.items or not bare or len(free) == len(self.open_items):
            return home
        # A further page under another name: the item has had its piece of this mail already.
        again = find_home(draft, [item for item in self.open_items if item.id in self.taken and _has(self.items, item)], self.context)
        return again if len(again.items) == 1 else home


def _has(items: Iterable[Item], known: Item) -> bool:
    return any(item.id == known.id for item in items)


def _guessed(joined: Item, before: Item, draft: Item, *, unsure: bool, guessed: bool) -> Item:
    """The joined item with how sure it is that the scan is its own."""
    if draft.word is not None and not guessed:
        return replace(joined, scan_guessed=before.scan_guessed and joined.scans == before.scans)
    if not draft.scans and not guessed:
        return joined
    return replace(joined, scan_guessed=guessed, scan_unsure=joined.scan_unsure or unsure)


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


def _find_own(draft: Item, known: list[Item], taken: set[int], context: Context) -> Item | None:
    """The item that this mail's own files made when the mail was decided before; replaced versions too."""
    mine = {(ref.message, ref.attachment) for ref in _refs(draft)}
    for item in known:
        if item.id not in context.own or item.id in taken or not mine & {(r.message, r.attachment) for r in _refs(item)}:
            continue
        # A scan may have gone to an item of another mail as well: a form is only that item's which this mail founded.
        if draft.word is None or item.word is None or item.word.message == context.message:
            return item
    return None


def _refs(item: Item) -> tuple[FileRef, ...]:
    return tuple(ref for ref in (item.word, item.exported_pdf, *item.scans) if ref is not None)


def _join(draft: Item, item: Item, context: Context, *, keep: bool = False) -> Item:
    """`item` with what `draft` adds. A different Word form makes a new version that inherits what was fine. `keep`: its scans
    stay beside the new ones, whatever was said of them."""
    if item.id in context.own and item.word is not None and item.word.message == context.message:
        return _reread(draft, item, context)
    new_scans = [ref for ref in draft.scans if ref.sha256 not in {known.sha256 for known in item.scans}]
    if item.id in context.own and item.scans:
        new_scans = []  # decided again: a scan of this mail that is there no more was replaced by a better one
    if draft.word is None or item.word is None or draft.word.sha256 == item.word.sha256 or _same_form(draft, item):
        return _filled(draft, item, new_scans, keep=keep)
    foreign = not allowed(item, context)
    return replace(
        draft,
        fields=draft.fields if foreign else _with_said(draft, item),
        scans=tuple(draft.scans) or (() if foreign else item.scans),
        scan_reads=draft.scan_reads or (() if foreign else item.scan_reads),
        scan_unsure=draft.scan_unsure or (not draft.scans and not foreign and item.scan_unsure),
        exported_pdf=draft.exported_pdf or (None if foreign else item.exported_pdf),
        exported_picture=draft.exported_picture or (not foreign and item.exported_picture),
        videos=draft.videos or item.videos,
        links=join_links(item.links, draft.links),
        paper_arrived=item.paper_arrived,
        sender=context.sender,
        reporting_unit=context.reporting_unit or item.reporting_unit,
        version=item.version + 1,
        receipt_number=item.receipt_number,
        batch=item.batch,
        was_complete=item.state == "complete",
        supersedes=None if foreign else item.id,
        refused_before=item.rejected_by_staff or item.refused_before,
        question=None if foreign or item.accepted_by_staff else item.question,
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
        scan_reads=tuple(reads[ref.sha256] for ref in scans if ref.sha256 in reads),
        scan_unsure=draft.scan_unsure or (bool(others) and item.scan_unsure),
        exported_pdf=draft.exported_pdf or item.exported_pdf,
        exported_picture=draft.exported_picture or item.exported_picture, videos=videos,
        links=join_links(item.links, draft.links), scan_differences=draft.scan_differences,
        scan_matches_word=draft.scan_matches_word, reporting_unit=context.reporting_unit or item.reporting_unit,
        was_complete=item.state == "complete",
    )


def _with_said(draft: Item, item: Item) -> dict[str, FieldValue]:
    """The form's fields; a yes or no that it leaves open and a mail gave (我单位同意共享) stays; what an earlier form ticked
    does not."""
    ticked = item.form.fields if item.form else {}
    said = {
        key: value for key, value in item.fields.items()
        if isinstance(value, bool) and draft.fields.get(key) is None and ticked.get(key) is None
    }
    return {**draft.fields, **said}


def _same_form(draft: Item, item: Item) -> bool:
    """The same text saved anew (another sha256, nothing changed): no new version."""
    return (
        draft.form is not None and item.form is not None and bool(draft.form.text)
        and same_text(draft.form.text, item.form.text) and dict(draft.fields) == dict(item.fields)
    )


def _filled(draft: Item, item: Item, new_scans: list[FileRef], *, keep: bool = False) -> Item:
    from_word = draft.word is not None and (item.word is None or item.blank or bool(item.word_unread))
    read = draft if from_word else item
    if item.word is None and draft.word is None and item.form is None:
        read = replace(item, form=draft.form, fields=draft.fields or item.fields, lengths=draft.lengths or item.lengths)
    scans = (*item.scans, *new_scans)
    unsure = item.scan_unsure or draft.scan_unsure
    if new_scans and item.scans and item.state in ("incomplete", "review") and not keep:
        scans = (*new_scans,)  # a scan sent again after a complaint takes the first one's place
        unsure = unsure or item.seal in ("present", "uncertain")  # it may be single pages of a paper whose seal was seen
    reads = {read.sha256: read for read in (*item.scan_reads, *draft.scan_reads)}
    return replace(
        item,
        title=read.title or item.title or draft.title,
        applicant_unit=read.applicant_unit or item.applicant_unit or draft.applicant_unit,
        form=read.form or item.form,
        fields=_with_said(draft, item) if from_word and draft.fields else read.fields or item.fields,
        lengths=read.lengths or item.lengths,
        blank=read.blank,
        word=draft.word if from_word else item.word,
        word_unread=draft.word_unread if from_word else item.word_unread,
        scans=scans,
        scan_reads=tuple(read for read in reads.values() if read.sha256 in {ref.sha256 for ref in scans}),
        scan_unsure=unsure,
        exported_pdf=item.exported_pdf or draft.exported_pdf,
        exported_picture=item.exported_picture or draft.exported_picture,
        videos=(*item.videos, *(ref for ref in draft.videos if ref not in item.videos)),
        links=join_links(item.links, draft.links),
        scan_differences=draft.scan_differences or item.scan_differences,
        scan_matches_word=draft.scan_matches_word if new_scans or from_word else item.scan_matches_word,
        was_complete=item.state == "complete",
        identical=not from_word and not new_scans and not adds_links(item.links, draft.links),
    )
