"""Files of one mail -> items: which Word form, which scan, which video and which links belong together.

Looks at one mail only; what earlier mails brought is joined in `core.merge`. Where names and contents do not tell
which of several forms a scan belongs to, all of them get it: a clerk is never asked for a paper that lies there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.campaign import Campaign, CategorySpec
from core.facts import FormFacts, Link, MessageFacts, Part
from core.likeness import same_paper
from core.matching import Candidate, page_stem, same_key, says_heading, score, sharers, under_other_heading
from core.materials import material_links, may_be_stamped, read_forms, read_scan_facts, scan_of
from core.page_order import begun_pages, follow_pages
from core.shared_seals import share_seals
from core.submission import FileRef, Item, PartRole, ScanRead
from core.text import compact
from core.versions import TWO_VERSIONS, is_unlike


@dataclass(frozen=True, slots=True)
class Assembly:
    """Items of one mail. `loose_scans`: scans that no item could be made of (no category known), `loose_reads` what was read of
    them. `loose_links`, `loose_videos`: resources without a course in this mail. `said`: subject and body."""

    roles: tuple[PartRole, ...]
    items: tuple[Item, ...]
    loose_scans: tuple[FileRef, ...] = ()
    loose_reads: tuple[ScanRead, ...] = ()
    loose_videos: tuple[FileRef, ...] = ()
    loose_links: tuple[Link, ...] = ()
    said: str = ""
    unclear: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()


def assemble(facts: MessageFacts, roles: tuple[PartRole, ...], campaign: Campaign, message: int = 0) -> Assembly:
    """The items that this mail brings, each with its files. Pure; the order of items follows the order of files.

    `message`: the mail's row id, for its file references.
    """
    maker = _Assembler(facts, list(roles), campaign, message)
    maker.take_forms()
    maker.take_exported()
    maker.take_scans()
    maker.take_videos()
    return maker.finish()


class _Assembler:
    """The working state of one assembly; lives no longer than the call."""

    def __init__(self, facts: MessageFacts, roles: list[PartRole], campaign: Campaign, message: int) -> None:
        self.message = message
        self.facts = facts
        self.roles = roles
        self.campaign = campaign
        self.items: list[Item] = []
        self.word_of: list[int | None] = []  # index of the Word file of each item
        self.loose_scans: list[FileRef] = []
        self.loose_reads: list[ScanRead] = []
        self.loose_videos: list[FileRef] = []
        self.unclear: list[str] = []
        self.asides: list[str] = []

    def _ref(self, index: int, part: Part) -> FileRef:
        return FileRef(self.message, index, part.name, part.sha256)

    # Word forms ------------------------------------------------------------------------------------------------

    def take_forms(self) -> None:
        blanks: list[tuple[int, FormFacts]] = []
        for index, part in enumerate(self.facts.parts):
            if self.roles[index].role != "word_form":
                continue
            forms = part.forms or ((part.form,) if part.form else ())
            if not forms:
                self._add_unread(index, part)
            for form in forms:
                if form.category is None:
                    continue
                if form.blank:
                    blanks.append((index, form))
                else:
                    self._add_form(index, form)
        for index, form in blanks:
            # The empty template often lies beside the filled form; only alone is it a fault.
            if any(item.category == form.category for item in self.items):
                self.roles[index] = replace(self.roles[index], role="other")
            else:
                self._add_form(index, form)

    def _add_unread(self, index: int, part: Part) -> None:
        category = self.roles[index].category or self._only_category()
        if category is None:
            self.unclear.append(f"{part.name}")
            return
        reason = getattr(part.problem, "reason", "unread")
        self.items.append(
            Item(category, None, self.roles[index].unit_text, word=self._ref(index, part), word_unread=reason)
        )
        self.word_of.append(index)

    def _add_form(self, index: int, form: FormFacts) -> None:
        part = self.facts.parts[index]
        assert form.category is not None
        for position, item in enumerate(self.items):
            if same_key(item, form):
                # The same form twice in one mail (a .doc beside the .docx, an archive beside loose files).
                if item.word is None:
                    self.items[position] = replace(item, word=self._ref(index, part), form=form)
                    self.word_of[position] = index
                elif is_unlike(item, item_from_form(form)):
                    self.asides.append(TWO_VERSIONS.format(title=item.title or "名称未填", first=item.word.name, other=part.name))
                return
        self.items.append(item_from_form(form, word=self._ref(index, part)))
        self.word_of.append(index)

    def take_exported(self) -> None:
        """Forms exported from Word as PDF: no scan and no Word form, yet they say what the item is."""
        for index, part in enumerate(self.facts.parts):
            role, form = self.roles[index], part.form or (part.scan.form if part.scan else None)
            if not role.text_only or form is None or form.category is None or form.blank:
                continue
            ref, stamped = self._ref(index, part), may_be_stamped(part)
            for position, item in enumerate(self.items):
                if same_key(item, form) or (item.category == form.category and item.exported_pdf is None):
                    self.items[position] = replace(item, exported_pdf=ref, exported_picture=stamped)
                    break
            else:
                self.items.append(replace(item_from_form(form), exported_pdf=ref, exported_picture=stamped))
                self.word_of.append(None)

    # Scans -----------------------------------------------------------------------------------------------------

    def take_scans(self) -> None:
        sure: list[Candidate] = []
        unsure: list[Candidate] = []
        for index, part in enumerate(self.facts.parts):
            role = self.roles[index]
            scan = scan_of(part)
            pasted = role.role == "word_form" and part.embedded is not None and part.embedded.is_scan
            if role.role != "scan" and not pasted:
                continue
            pages = (scan.page_count or len(scan.pages)) if scan else 1
            candidate = Candidate(index, part, role, read_forms(part.embedded if pasted else scan), pages)
            (unsure if role.unsure else sure).append(candidate)
        self._place(sure)
        self._place_unsure(unsure)
        self._place_doubtful(sure)

    def _place(self, candidates: list[Candidate]) -> None:
        homeless: list[Candidate] = []
        tied: list[tuple[Candidate, list[int]]] = []
        for candidate in candidates:
            if self._place_by_forms(candidate):
                continue
            points = [self._score(candidate, position) for position in range(len(self.items))]
            best = max(points, default=0)
            if best == 0:
                homeless.append(candidate)
                continue
            positions = [position for position, value in enumerate(points) if value == best]
            if len(positions) == 1:
                self._give(positions[0], candidate)
            else:
                tied.append((candidate, positions))
        self._place_tied(tied)
        self._place_homeless(homeless)

    def _score(self, candidate: Candidate, position: int) -> int:
        word = self.word_of[position]
        if word == candidate.index:
            return 1000  # pages pasted into the form itself
        path = self.facts.parts[word].path if word is not None else None
        name = self.facts.parts[word].name if word is not None else None
        return score(candidate, self.items[position], name, path)

    def _place_by_forms(self, candidate: Candidate) -> bool:
        """One file that holds the scans of several forms, told by what its pages say."""
        if len(candidate.forms) < 2:
            return False
        pairs: list[tuple[int, int, int]] = []  # points, form, item
        for number, form in enumerate(candidate.forms):
            one = replace(candidate, forms=(form,), role=replace(candidate.role, category=form.category))
            pairs += [(self._score(one, position), number, position) for position in range(len(self.items))]
        # The surest pairs first, each form and each item once: two cases of one unit differ by a character.
        pairs.sort(key=lambda pair: -pair[0])
        placed: dict[int, int] = {}
        for points, number, position in pairs:
            if points > 4 and number not in placed and position not in placed.values():
                placed[number] = position
        for number, _ in enumerate(candidate.forms):
            if number in placed:
                self._give(placed[number], candidate, number=number)
        return bool(placed)

    def _place_doubtful(self, candidates: Sequence[Candidate]) -> None:
        """Items still without a scan may have theirs inside a file whose pages were read for others only: a heading that
        nobody could read makes no missing scan. Names that speak for one item alone do."""
        for position, item in enumerate(self.items):
            if item.scans or item.word is None:
                continue
            for candidate in candidates:
                given = any(ref.sha256 == candidate.part.sha256 for other in self.items for ref in other.scans)
                if given and candidate.forms and candidate.pages > len(candidate.forms) and self._named_alike(candidate, position):
                    self._give(position, candidate, unsure=True)
                    self.unclear.append(f"扫描件“{candidate.part.name}”中未能认出《{item.title or '名称未填'}》的申报表，请核对")

    def _named_alike(self, candidate: Candidate, position: int) -> bool:
        """Whether a file's name and folder speak for this item as much as for any other."""
        plain = replace(candidate, forms=(), role=replace(candidate.role, category=None))
        points = [self._score(plain, other) for other in range(len(self.items))]
        return points[position] == max(points)

    def _place_tied(self, tied: list[tuple[Candidate, list[int]]]) -> None:
        groups: dict[tuple[int, ...], list[Candidate]] = {}
        for candidate, positions in tied:
            lacking = tuple(p for p in positions if not self.items[p].scans)
            groups.setdefault(lacking or sharers(self.items, positions), []).append(candidate)
        shared = {group for group in groups if len(group) > 1 and self.items[group[0]].scans}
        for group, candidates in groups.items():
            if len(candidates) == len(group) and group not in shared:
                for position, candidate in zip(group, candidates, strict=True):
                    self._give(position, candidate)
                continue
            if group not in shared and sum(candidate.pages for candidate in candidates) < len(group):
                names = "、".join(candidate.part.name for candidate in candidates)
                self.unclear.append(f"扫描件（{names}）的页数少于对应的申报表份数，请核对是否缺少扫描件")
            for position in group:
                for candidate in candidates:
                    self._give(position, candidate, unsure=True)

    def _place_homeless(self, homeless: list[Candidate]) -> None:
        lacking = [p for p, item in enumerate(self.items) if not item.scans]
        if len(homeless) == 1 and len(lacking) == 1 and not homeless[0].forms and len(self.items) == 1:
            # Only the file's name speaks against it: that is doubt, not proof.
            position, candidate = lacking[0], homeless[0]
            self._give(position, candidate)
            said = f"扫描件文件名“{candidate.part.name}”与申报表类别不一致"
            self.items[position] = replace(self.items[position], scan_differences=(said,), scan_matches_word="no")
            return
        for candidate in homeless:
            self._start_from_scan(candidate)

    def _start_from_scan(self, candidate: Candidate) -> None:
        category = candidate.role.category or self._only_category()
        if category is None or candidate.role.unsure:
            self._set_loose(candidate)
            return
        kept = [(n, f) for n, f in enumerate(candidate.forms) if not any(same_paper(f, g) for g in candidate.forms[:n])]
        papers: list[tuple[int | None, FormFacts | None]] = [*kept] or [(None, None)]
        for number, form in papers:
            if form is not None and not form.title and any(item.word is not None for item in self.items):
                # Beside Word forms, only a paper that says what it is may be one whose Word form is missing.
                self.unclear.append(f"扫描件“{candidate.part.name}”未能对应到任何一份申报表，请核对")
                continue
            misread = under_other_heading(form, self.items, named=says_heading(candidate, form, self.campaign)) if form is not None else None
            if misread is not None:
                self._give(misread, candidate, unsure=True, number=number if len(kept) > 1 else None)
                continue
            kind = form.category if form and form.category else category
            unit = (form.applicant_unit if form else None) or candidate.role.unit_text
            for position, item in enumerate(self.items):
                same_pages = form is None and item.word is None and item.category == kind and any(
                    page_stem(ref.name) == page_stem(candidate.part.name) for ref in item.scans
                )
                if same_pages:
                    self._give(position, candidate)
                    break
            else:
                item = item_from_form(form) if form else Item(kind, None, unit)
                self.items.append(replace(item, category=kind, applicant_unit=unit, word=None, blank=False))
                self.word_of.append(None)
                self._give(len(self.items) - 1, candidate, number=number if len(kept) > 1 else None)

    def _set_loose(self, candidate: Candidate) -> None:
        self.loose_scans.append(self._ref(candidate.index, candidate.part))
        self.loose_reads.append(read_scan_facts(candidate))

    def _place_unsure(self, candidates: list[Candidate]) -> None:
        """Pictures without a telling name: pages for the items that still lack a scan or whose pages so far, pictures too,
        bear no seal (only the first page of a photographed form can be read as one). Else souvenirs."""
        lacking = [position for position, item in enumerate(self.items) if not item.scans or self._goes_on(item)]
        begun = begun_pages(self.items, self.message)
        open_ended = set(begun.values()) <= set(lacking)  # behind a sealed page come souvenirs
        followed = follow_pages(self.facts.parts, begun, [candidate.index for candidate in candidates]) if open_ended else {}
        for candidate in candidates:
            part = candidate.part
            if candidate.index in followed:
                self._give(followed[candidate.index], candidate, unsure=True)
            elif lacking:
                for position in self._likeliest(candidate, lacking):
                    self._give(position, candidate, unsure=True)
            elif not self.items and not part.inline:
                self._set_loose(candidate)
            else:
                role = self.roles[candidate.index]
                self.roles[candidate.index] = replace(role, role="inline" if part.inline else "other", unsure=False)

    def _goes_on(self, item: Item) -> bool:
        """Whether an item's scan may go on in further pictures of this mail: nothing but pictures, none of them sealed."""
        pictures = all(ref.message == self.message and self.facts.parts[ref.attachment].media_type.startswith("image/") for ref in item.scans)
        return pictures and any(read.seal is not None for read in item.scan_reads) and all(read.seal != "present" for read in item.scan_reads)

    def _likeliest(self, candidate: Candidate, positions: list[int]) -> list[int]:
        """The items that names and folders speak for; all of them when nothing does."""
        points = {position: self._score(candidate, position) for position in positions}
        best = max(points.values())
        return [position for position in positions if points[position] == best] if best > 0 else positions

    def _give(self, position: int, candidate: Candidate, *, unsure: bool = False, number: int | None = None) -> None:
        item = self.items[position]
        ref = self._ref(candidate.index, candidate.part)
        if ref in item.scans:
            return
        read = read_scan_facts(candidate, number)
        self.items[position] = replace(
            item, scans=(*item.scans, ref), scan_reads=(*item.scan_reads, read), scan_unsure=item.scan_unsure or unsure
        )
        role = self.roles[candidate.index]
        if role.category is None:
            self.roles[candidate.index] = replace(role, category=item.category)

    def _only_category(self) -> str | None:
        """The category that the mail's own words name, if they name just one."""
        text = compact(f"{self.facts.envelope.subject} {self.facts.text}")
        named = {spec.key for spec in self.campaign.categories if compact(spec.name) in text}
        return named.pop() if len(named) == 1 else None

    # Resources -------------------------------------------------------------------------------------------------

    def courses(self) -> list[int]:
        return [p for p, item in enumerate(self.items) if self._spec(item).resource is not None]

    def _spec(self, item: Item) -> CategorySpec:
        return self.campaign.category(item.category)

    def take_videos(self) -> None:
        for index, part in enumerate(self.facts.parts):
            if self.roles[index].role != "video":
                continue
            ref, courses = self._ref(index, part), self.courses()
            points = [self._score(Candidate(index, part, self.roles[index]), p) for p in courses]
            best = max(points, default=0)
            if not courses:
                self.loose_videos.append(ref)
            for position, value in zip(courses, points, strict=True):
                if value == best or best == 0:
                    self.items[position] = replace(self.items[position], videos=(*self.items[position].videos, ref))

    def finish(self) -> Assembly:
        links = material_links(self.facts)
        loose = self._share_links(links)
        text = self.facts.text + ("\n" + self.facts.quoted if self.facts.forwarded else "")
        return Assembly(
            tuple(self.roles), share_seals(self.items), tuple(self.loose_scans), tuple(self.loose_reads),
            tuple(self.loose_videos), loose, f"{self.facts.envelope.subject}\n{text}", tuple(self.unclear), tuple(self.asides),
        )

    def _share_links(self, links: Iterable[Link]) -> tuple[Link, ...]:
        """Links in a course's own form go to it; the others to the only course, or in order, or to all courses."""
        courses = self.courses()
        common: list[Link] = []
        for link in links:
            owners = [p for p in courses if self._owns(p, link)]
            for position in owners:
                self._link(position, link)
            if not owners:
                common.append(link)
        shares = [link for link in common if link.provider not in ("web", "mail_large_file")]
        in_order = len(courses) > 1 and len(shares) == len(courses)
        for link in common:
            if in_order and link in shares:
                self._link(courses[shares.index(link)], link)
                continue
            for position in courses:
                self._link(position, link)
        return () if courses else tuple(common)

    def _owns(self, position: int, link: Link) -> bool:
        word = self.word_of[position]
        return word is not None and any(link.url == own.url for own in self.facts.parts[word].links)

    def _link(self, position: int, link: Link) -> None:
        item = self.items[position]
        if link not in item.links:
            self.items[position] = replace(item, links=(*item.links, link))


def item_from_form(form: FormFacts, word: FileRef | None = None) -> Item:
    """An item as its form describes it. Raises AssertionError for a form of no category."""
    assert form.category is not None
    return Item(
        form.category, form.title or None, form.applicant_unit or None, word=word, form=form,
        fields=dict(form.fields), lengths=dict(form.lengths), blank=form.blank,
    )
