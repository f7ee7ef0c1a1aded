"""Forms out of pages that were read as pictures: words in ruled cells where the lines are seen, else line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from core.campaign import Campaign
from core.facts import FormFacts
from core.likeness import same_paper
from core.phone import is_phone
from parsers.blocks import Block, Table
from parsers.form import read_forms
from parsers.form_text import read_form_text
from parsers.labels import squeeze
from parsers.ocr_cells import align, find_cells
from parsers.ocr_labels import join_labels
from parsers.ocr_page import ReadPage
from parsers.ocr_ticks import mark_options
from parsers.ruled import Box, Word, build_lines, build_page, stack_tables

_TOLD = 2  # short fields with a value, the title or the unit among them
_PASSAGE = 24  # characters: a longer second line is no part of a name or a number
_SPECKS = " \t\n.·•,'`‘’_-|~^:：;；。、，"
"""What dust at the edge of a cell is read as; no name and no number begins or ends with it."""
_DASH = re.compile(r"(?<![—\w.])—(?!—)|(?<=[\u4e00-\u9fff])—(?!—)")
"""The engine reads the two parts of a Chinese dash as one."""
_WIDTH = 1000.0  # all pages are brought to one width, so that a table can go on from page to page


def page_text(page: ReadPage) -> str:
    """What was read, one line a row, wide gaps as tabs."""
    return build_lines(page.words)


def read_page_forms(pages: Sequence[ReadPage], campaign: Campaign) -> tuple[FormFacts, ...]:
    """Forms on these pages, in order; () if there is none. Lengths are left out: long passages are not read whole."""
    blocks: list[Block] = []
    frames: list[tuple[float, float]] = []
    texts: list[str] = []
    for page in pages:
        found_cells = find_cells(page.picture)
        straight = [align(cells) for cells in found_cells]
        marked = mark_options(page.words, page.picture, campaign)
        if not found_cells:
            marked = join_labels(marked, campaign)
        words = [_scaled(word, page) for word in _moved(marked, found_cells, straight)]
        tables = [[_scaled_box(box, page) for box in cells] for cells in straight]
        found = build_page(tables, words, slack=7.0)
        blocks += found
        edges = [(min(c.left for c in cells), max(c.right for c in cells)) for cells in tables]
        frames += (
            edges if sum(isinstance(block, Table) for block in found) == len(edges) else [(-1.0, -1.0)] * len(edges)
        )
        texts.append(build_lines(words))
    by_grid = (
        read_forms(stack_tables(blocks, frames, slack=14.0), campaign)
        if len(frames) == _tables(blocks)
        else read_forms(blocks, campaign)
    )
    by_text = read_form_text("\n".join(texts), campaign)
    return plausible([_trimmed(form, campaign) for form in _best(by_grid if _tables(blocks) else (), by_text, campaign)], campaign)


def plausible(forms: Sequence[FormFacts], campaign: Campaign) -> tuple[FormFacts, ...]:
    """Those that say what they are the form of, each paper once. Labels alone make no form here: a stamped list of all submissions
    (汇总表) has the same ones as its column heads."""
    kept: list[FormFacts] = []
    for form in forms:
        good = (form.title or form.applicant_unit) and _told(form, campaign) >= _TOLD
        if good and not any(same_paper(form, other) for other in kept):
            kept.append(form)
    return tuple(kept)


def _told(form: FormFacts, campaign: Campaign) -> int:
    """How many short fields hold what may be their value."""
    kinds = {field.key: field.kind for field in campaign.category(form.category).form.fields} if form.category else {}
    values = [(kinds.get(key), value) for key, value in form.fields.items() if isinstance(value, str) and value]
    return sum(1 for kind, value in values if "\t" not in value and (kind == "text" or (kind == "phone" and is_phone(value))))


def _moved(words: Sequence[Word], cells: Sequence[Sequence[Box]], straight: Sequence[Sequence[Box]]) -> list[Word]:
    """The words, each moved with the cell it stands in."""
    pairs = [pair for one, other in zip(cells, straight, strict=True) for pair in zip(one, other, strict=True)]
    pairs.sort(key=lambda pair: pair[0].area)
    return [_move(word, pairs) for word in words]


def _move(word: Word, pairs: Sequence[tuple[Box, Box]]) -> Word:
    x, y = word.middle
    for old, new in pairs:
        if old.left <= x <= old.right and old.top <= y <= old.bottom:
            dx = (new.left + new.right - old.left - old.right) / 2
            dy = (new.top + new.bottom - old.top - old.bottom) / 2
            box = word.box
            return replace(word, box=Box(box.left + dx, box.top + dy, box.right + dx, box.bottom + dy))
    return word


def _best(by_grid: Sequence[FormFacts], by_text: Sequence[FormFacts], campaign: Campaign) -> Sequence[FormFacts]:
    """The forms by their cells, with what only the order of the lines told; by that order alone where no cells were seen, it
    saw more forms, or the cells gave next to nothing. Cells keep apart what stands side by side; lines do not."""
    if len(by_grid) != len(by_text) or any(g.category != t.category for g, t in zip(by_grid, by_text, strict=True)):
        return by_grid if by_grid and _worth(by_grid) >= _worth(by_text) else by_text
    return [_filled_up(cells, lines, campaign) for cells, lines in zip(by_grid, by_text, strict=True)]


def _filled_up(cells: FormFacts, lines: FormFacts, campaign: Campaign) -> FormFacts:
    """`cells` with the fields that it lacks taken from `lines`, unless nearly all of them are lacking."""
    held = [key for key, value in cells.fields.items() if value not in ("", None)]
    if 2 * len(held) < sum(1 for value in lines.fields.values() if value not in ("", None)):
        return lines
    fields = dict(cells.fields)
    kinds = {field.key: field.kind for field in campaign.category(cells.category or "").form.fields} if cells.category else {}
    used = {squeeze(value) for value in fields.values() if isinstance(value, str)}
    for key, value in lines.fields.items():
        if fields.get(key) not in ("", None) or value in ("", None):
            continue
        asked = key.removesuffix("_text")
        if asked in fields and kinds.get(asked) in ("choice", "yes_no"):
            continue  # the cell was seen, with nothing ticked in it, and no other words
        text = _cut(value, kinds.get(key, "text")) if isinstance(value, str) else value
        if not isinstance(text, str) or squeeze(text) not in used:
            fields[key] = text
    return replace(cells, fields=fields, title=cells.title or lines.title, applicant_unit=cells.applicant_unit or lines.applicant_unit)


def _trimmed(form: FormFacts, campaign: Campaign) -> FormFacts:
    """Without lengths, and short fields without the passage that ran into them where a rule was not seen. Never `blank`:
    what could not be read is not what was left empty."""
    form = replace(form, blank=False, lengths={})
    if form.category is None:
        return form
    spec = campaign.category(form.category).form
    kinds = {field.key: field.kind for field in spec.fields}
    fields = {key: _cut(value, kinds.get(key, "text")) if isinstance(value, str) else value for key, value in form.fields.items()}
    title, unit = fields.get(spec.title_field), fields.get(spec.unit_field)
    return replace(
        form,
        fields=fields,
        lengths={},
        title=title if isinstance(title, str) and title else form.title,
        applicant_unit=unit if isinstance(unit, str) and unit else form.applicant_unit,
    )


def _cut(value: str, kind: str) -> str:
    if kind != "long":
        value = _DASH.sub("——", value.strip(_SPECKS))
    lines = value.split("\n")
    if len(lines) == 1 or kind == "long":
        return value
    if kind in ("phone", "number"):
        return _number_of([line for line in lines if any(char.isdigit() for char in line)] or lines)
    kept = [lines[0]]
    for line in lines[1:]:
        if len(line) > _PASSAGE:
            break
        kept.append(line)
    return "\n".join(kept)


def _number_of(lines: Sequence[str]) -> str:
    """A number that a narrow cell broke in two, else the first of those that stand there."""
    if len(lines) > 1 and not is_phone(lines[0]) and is_phone(lines[0] + lines[1]):
        return lines[0] + lines[1]
    return lines[0]


def may_begin_form(words: Sequence[Word], campaign: Campaign) -> bool:
    """Whether a page whose first lines are these may begin a form: two of a form's labels, its title's or its heading."""
    text = squeeze(build_lines(words))
    if has_form_words(text, campaign):
        return True
    for category in campaign.categories:
        form = category.form
        if any(squeeze(label) in text for label in form.field(form.title_field).labels if len(label) > 2):
            return True
        labels = {squeeze(label) for spec in form.fields for label in spec.labels if len(label) > 2}
        if sum(1 for label in labels if label in text) >= 2:
            return True
    return False


def has_form_words(text: str, campaign: Campaign) -> bool:
    """Whether a page begins a form: its heading, or the label of a title, is there."""
    squeezed = squeeze(text)
    for category in campaign.categories:
        form = category.form
        if any(squeeze(heading) in squeezed for heading in form.headings):
            return True
        titled = any(squeeze(label) in squeezed for label in form.field(form.title_field).labels)
        if titled and sum(1 for spec in form.fields if any(squeeze(label) in squeezed for label in spec.labels)) >= 3:
            return True
    return False


def _tables(blocks: Sequence[Block]) -> int:
    return sum(isinstance(block, Table) for block in blocks)


def _worth(forms: Sequence[FormFacts]) -> int:
    """How much was made of the pages: filled fields count, and a title and a unit count more."""
    points = 0
    for form in forms:
        points += sum(2 if value not in ("", None) else 1 for value in form.fields.values())
        points += (4 if form.title else 0) + (4 if form.applicant_unit else 0) + (2 if form.category else 0)
    return points


def _scaled(word: Word, page: ReadPage) -> Word:
    return Word(word.text, _scaled_box(word.box, page))  # where characters stand is no longer asked


def _scaled_box(box: Box, page: ReadPage) -> Box:
    factor = _WIDTH / page.picture.shape[1]
    return Box(box.left * factor, box.top * factor, box.right * factor, box.bottom * factor)
