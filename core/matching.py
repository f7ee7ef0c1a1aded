"""How likely a file belongs to an item: by category, file name, unit, title and, where read, the form on its pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.campaign import Campaign
from core.facts import FormFacts, Part
from core.likeness import may_be_cut, relate
from core.submission import Item, PartRole
from core.text import compact, same_text, similar

NOISE = re.compile(r"盖章|扫描件|扫描版|扫描|签章|纸质版|纸质|电子版|word版|pdf版|word|pdf|版|第?\d+页|[(（]\d+[)）]|副本|最终|定稿", re.IGNORECASE)
PAGE_NUMBER = re.compile(r"第?[\d一二三四五六七八九十]{1,3}页?$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that wants an item. `forms`: what its pages say, when they could be read."""

    index: int
    part: Part
    role: PartRole
    forms: tuple[FormFacts, ...] = ()
    pages: int = 1


def stem(name: str) -> str:
    """A file name without extension, page number and words such as 盖章扫描件, compacted: what two versions of the
    same paper share."""
    bare = name.rsplit(".", 1)[0] if re.search(r"\.\w{1,5}$", name) else name
    return compact(NOISE.sub("", bare))


def page_stem(name: str) -> str:
    """Like `stem`, and without a trailing number: what the photos of one paper's pages share."""
    return PAGE_NUMBER.sub("", re.sub(r"\d+$", "", stem(name)))


def score(candidate: Candidate, item: Item, word_name: str | None, word_path: tuple[str, ...] | None) -> int:
    """Points for "this file belongs to that item"; 0 for impossible, 1 for nothing against it."""
    category = candidate.role.category
    if category is not None and category != item.category:
        return 0
    points = 4 if category else 1
    name = compact(" ".join((*candidate.part.path[:-1], candidate.part.name)))
    points += _name_points(candidate, item, name, word_name)
    if word_path is not None and word_path[:-1] == candidate.part.path[:-1]:
        points += _same_folder(candidate.part.name, word_name)
    return max(points + _form_points(candidate.forms, item), 1)


def _same_folder(name: str, word_name: str | None) -> int:
    """Files may carry their folder inside their own name (zip entries)."""
    if word_name is None:
        return 1
    return 2 if PurePosixPath(name).parent == PurePosixPath(word_name).parent else 0


def _name_points(candidate: Candidate, item: Item, name: str, word_name: str | None) -> int:
    points = 0
    if word_name:
        own, other = stem(candidate.part.name), stem(word_name)
        if own and own == other:
            points += 6
        elif len(own) >= 4 and len(other) >= 4 and (own in other or other in own):
            points += 3
    title = compact(item.title or "")
    if len(title) >= 4 and title in name:
        points += 6
    unit = compact(item.applicant_unit or "")
    if unit and (unit in name or (candidate.role.unit_text and same_text(candidate.role.unit_text, unit))):
        points += 3
    return points


def _form_points(forms: tuple[FormFacts, ...], item: Item) -> int:
    best = 0
    for form in forms:
        if form.category not in (None, item.category):
            continue
        points = 0
        if form.title and item.title:
            relation = relate(item.title, form.title)
            exact = same_text(item.title, form.title)
            points += 10 if exact else 8 if relation == "same" else -6 if relation == "other" else 2
        if form.applicant_unit and item.applicant_unit:
            points += 3 if similar(form.applicant_unit, item.applicant_unit) > 0.8 else -1
        best = points if best == 0 else max(best, points)
    return best


def same_key(item: Item, form: FormFacts) -> bool:
    """Whether a form is the item's own once more: the same category, title and unit."""
    if item.category != form.category or item.form is None:
        return False
    mine = (compact(item.title or ""), compact(item.applicant_unit or ""))
    other = (compact(form.title or ""), compact(form.applicant_unit or ""))
    if mine != other:
        return False
    # Two forms with the same empty title are told apart by their text.
    return bool(mine[0]) or item.form.text == form.text


def under_other_heading(form: FormFacts, items: Sequence[Item], *, named: bool) -> int | None:
    """The one item without a scan whose title a scan's page bears, though under another category's heading: a heading misread, or
    printed on the wrong form. Either is for a person, and no Word form of that category is missing. A title that was cut off, or
    read badly, will do unless the file's name gives the heading's category too (`named`)."""
    waiting = [place for place, item in enumerate(items) if item.word is not None and not item.scans and item.category != form.category]
    found = [place for place in waiting if form.title and relate(items[place].title or "", form.title) == "same"]
    if not found and form.title and not named:
        found = [place for place in waiting if items[place].title and may_be_cut(items[place].title or "", form.title)]
    return found[0] if len(found) == 1 else None


def says_heading(candidate: Candidate, form: FormFacts, campaign: Campaign) -> bool:
    """Whether a file's own name gives the category under whose heading the form was read."""
    return form.category is not None and compact(campaign.category(form.category).name) in compact(candidate.part.name)


def sharers(items: Sequence[Item], positions: Sequence[int]) -> tuple[int, ...]:
    """The items that get one more file, which speaks for all of these: the first; all while one of them shows no seal, since
    its sealed page may be that file."""
    reads = [items[place].scan_reads for place in positions]
    bare = any(own and all(read.seal in ("absent", "uncertain") for read in own) for own in reads)
    return tuple(positions if bare else positions[:1])
