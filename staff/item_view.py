"""An item as a page shows it: its form's fields from Word and from the scan side by side with what differs, its files with
their pages. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from core.campaign import Campaign, CategorySpec
from core.facts import FieldValue, FormFacts, MessageFacts, Part, ScanFacts
from core.records import FileRef, ItemRow
from core.regroup import item_of
from core.text import compact, similar
from staff.page_pictures import drawable, page_count, scan_of
from staff.words import MATCHES

_DIFF = 400  # characters up to which single characters are marked
_SHORT = 60  # a field longer than this is shown folded

Pieces = tuple[tuple[str, bool], ...]
"""Text in pieces, each with whether it differs from the other side."""


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field. `scan` empty: the scan says nothing about it. `same` None: nothing to compare."""

    label: str
    word: Pieces
    scan: Pieces
    same: bool | None
    long: bool

    @property
    def text(self) -> str:
        return "".join(piece for piece, _ in self.word)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of the item. `message_id`, `position`: where it is found; `pages`: numbers of those that can be shown;
    `seals`: page number -> how many seals were seen; `mark`: its SHA-256."""

    name: str
    path: str
    role: str
    message_id: int
    position: int | None
    mark: str
    size: int
    pages: tuple[int, ...] = ()
    seals: Mapping[int, int] | None = None
    drawable: bool = False
    first: int = 0


def spec_of(campaign: Campaign, category: str) -> CategorySpec | None:
    """The category, None for one that the campaign no longer knows."""
    return next((spec for spec in campaign.categories if spec.key == category), None)


def field_lines(campaign: Campaign, row: ItemRow) -> tuple[FieldLine, ...]:
    """All fields of the item's form, in the form's order."""
    content, spec = row.content, spec_of(campaign, row.content.category)
    item = item_of(content)
    forms = [form for read in item.scan_reads for form in read.forms]
    scanned = _likest(forms, content.title) if content.word is not None else None
    labels = {"title": "名称", "applicant_unit": "申报单位"}
    keys = ["title", "applicant_unit"]
    for field in spec.form.fields if spec else ():
        before = spec.form.field(field.after).labels[0] if spec and field.after else ""
        labels[field.key] = f"{before}{field.labels[0]}"
        if field.key not in keys:
            keys.append(field.key)
    lines = []
    for key in keys:
        mine = {"title": content.title, "applicant_unit": content.applicant_unit}.get(key, content.fields.get(key))
        other = None if scanned is None else _of_form(scanned, key)
        word, scan = said(mine), said(other)
        if word or scan:
            lines.append(_line(labels[key], word, scan, compared=scanned is not None))
    return tuple(lines)


def _of_form(form: FormFacts, key: str) -> FieldValue:
    return {"title": form.title, "applicant_unit": form.applicant_unit}.get(key, form.fields.get(key))


def _likest(forms: Sequence[FormFacts], title: str | None) -> FormFacts | None:
    """The form among those of the scan whose title is nearest to the item's."""
    return max(forms, key=lambda form: similar(compact(form.title or ""), compact(title or "")), default=None)


def said(value: FieldValue) -> str:
    """A field's value as words."""
    if isinstance(value, bool):
        return "同意" if value else "不同意"
    words = {"textbook": "教材（读本）", "video": "视频资源", "other": "其他"}
    return words.get(value.strip(), value.strip()) if isinstance(value, str) else ""


def _line(label: str, word: str, scan: str, *, compared: bool) -> FieldLine:
    if not compared or not scan or not word:
        return FieldLine(label, ((word, False),), ((scan, False),) if scan else (), None, len(word) > _SHORT)
    same = compact(word) == compact(scan) or (len(word) > _SHORT and _found_in(compact(scan[:2000]), compact(word[:2000])) > 0.9)
    left, right = (((word, False),), ((scan, False),)) if same else _differences(word, scan)
    return FieldLine(label, left, right, same, max(len(word), len(scan)) > _SHORT)


def _found_in(scan: str, word: str) -> float:
    """The share of a long text off a scan that stands in the Word form in this order. A scan's long texts are read in part
    only (the page is read as far as its key fields need it), and some characters wrongly: what was not read does not differ.
    Characters that make up more than a hundredth of the scan's begin no match (they still belong to one): a text that repeats two
    characters would take minutes."""
    blocks = SequenceMatcher(None, word, scan, autojunk=True).get_matching_blocks()
    return sum(block.size for block in blocks) / max(len(scan), 1)


def _differences(one: str, other: str) -> tuple[Pieces, Pieces]:
    """Both texts in pieces, what differs marked. Long texts are marked as a whole."""
    if len(one) > _DIFF or len(other) > _DIFF:
        return ((one, True),), ((other, True),)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if one[a:b]:
            left.append((one[a:b], tag != "equal"))
        if other[c:d]:
            right.append((other[c:d], tag != "equal"))
    return tuple(left), tuple(right)


def match_word(row: ItemRow, lines: Sequence[FieldLine]) -> tuple[str, str]:
    """How scan and Word form go together: a key of `words.TONES` and words. The same paper may still differ in a field."""
    matches = row.content.scan_matches_word
    differing = sum(line.same is False for line in lines)
    if matches == "yes" and differing:
        return "uncertain", f"同一材料，{differing}栏不同"
    return matches, MATCHES[matches]


def sheets(row: ItemRow, facts: Mapping[int, MessageFacts]) -> tuple[Sheet, ...]:
    """The item's files: Word form, export, scans, videos. `facts`: of its mails (others' files are named only)."""
    item = item_of(row.content)
    paths = {(ref.message_id, ref.sha256): ref for ref in _refs(row)}
    wanted = [("申报表", item.word)] if item.word else []
    wanted += [("扫描件", ref) for ref in item.scans]
    wanted += [("Word导出的PDF", item.exported_pdf)] if item.exported_pdf else []
    wanted += [("视频", ref) for ref in item.videos]
    found = []
    own = {read.sha256: read.pages for read in item.scan_reads}
    for role, ref in wanted:
        assert ref is not None
        stored = paths.get((ref.message, ref.sha256))
        position = _position(facts.get(ref.message), ref.sha256, stored.path if stored else (), ref.attachment)
        part = facts[ref.message].parts[position] if position is not None else None
        found.append(sheet(role, ref.message, position, part, ref.name, ref.sha256, own.get(ref.sha256, ())))
    return tuple(found)


def sheet(
    role: str, message_id: int, position: int | None, part: Part | None, name: str, sha256: str, own: Sequence[int] = ()
) -> Sheet:
    """A file with its pages. `own`: those of the item in a file with several forms."""
    if part is None:
        return Sheet(name, name, role, message_id, None, sha256, 0)
    scan = scan_of(part)
    seals = {number: len(page.seals) for number, page in enumerate(scan.pages) if page.seals} if scan else {}
    pages = tuple(range(page_count(part))) if role != "视频" else ()
    if role == "申报表" and part.embedded is None:
        pages = ()
    mine = [number for number in own if number in pages] or list(pages)
    first = _page_to_judge(scan, seals, mine) if scan and mine else 0
    return Sheet(
        name, " › ".join(part.path), role, message_id, position, sha256, part.size, pages, seals, drawable(part), first
    )


def _page_to_judge(scan: ScanFacts, seals: Mapping[int, int], pages: Sequence[int]) -> int:
    """Which of these pages a person looks at first: one with a seal; else where the seal belongs, or where the program could not
    tell (of several the last: that is where the unit's opinion stands)."""
    sealed = [number for number in pages if number in seals]
    read = [number for number in pages if number < len(scan.pages)]
    doubtful = [number for number in read if scan.pages[number].opinion]
    doubtful = doubtful or [number for number in read if scan.pages[number].seal == "uncertain"]
    return sealed[0] if sealed else doubtful[-1] if doubtful else pages[0]


def _refs(row: ItemRow) -> tuple[FileRef, ...]:
    return tuple(ref for ref in (row.content.word, *row.content.scans) if ref is not None)


def _position(facts: MessageFacts | None, sha256: str, path: tuple[str, ...], index: int) -> int | None:
    """Where the file stands among its mail's parts."""
    if facts is None:
        return None
    if 0 <= index < len(facts.parts) and facts.parts[index].sha256 == sha256:
        return index
    same = [number for number, part in enumerate(facts.parts) if part.sha256 == sha256]
    return next((number for number in same if facts.parts[number].path == path), next(iter(same), None))


def lengths(campaign: Campaign, row: ItemRow) -> tuple[tuple[str, int, int | None], ...]:
    """Sections of the form: heading, characters, limit."""
    spec = spec_of(campaign, row.content.category)
    known = row.content.lengths
    if spec is None:
        return ()
    found = [(s.headings[0], known[s.key], s.limit) for s in spec.form.sections if s.key in known]
    if "content" in known:
        found.append(("正文合计", known["content"], spec.form.content_limit))
    return tuple(found)
