"""Forms out of pages that were read as pictures: words in ruled cells where the lines are seen, else line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.campaign import Campaign
from core.facts import FormFacts
from parsers.blocks import Block, Table
from parsers.form import read_forms
from parsers.form_text import read_form_text
from parsers.labels import squeeze
from parsers.ocr_cells import find_cells
from parsers.ocr_page import ReadPage
from parsers.ocr_ticks import mark_options
from parsers.ruled import Box, Word, build_lines, build_page, stack_tables

_PASSAGE = 24  # characters: a longer second line is no part of a name or a number
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
        words = [_scaled(word, page) for word in mark_options(page.words, page.picture, campaign)]
        tables = [[_scaled_box(box, page) for box in cells] for cells in find_cells(page.picture)]
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
    best = by_grid if by_grid and _worth(by_grid) >= _worth(by_text) else by_text
    return tuple(_trimmed(form, campaign) for form in best)


def _trimmed(form: FormFacts, campaign: Campaign) -> FormFacts:
    """Without lengths, and short fields without the passage that ran into them where a rule was not seen."""
    if form.category is None:
        return replace(form, lengths={})
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
    lines = value.split("\n")
    if len(lines) == 1 or kind == "long":
        return value
    if kind in ("phone", "number"):
        return next((line for line in lines if any(char.isdigit() for char in line)), lines[0])
    kept = [lines[0]]
    for line in lines[1:]:
        if len(line) > _PASSAGE:
            break
        kept.append(line)
    return "\n".join(kept)


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
    return Word(word.text, _scaled_box(word.box, page))


def _scaled_box(box: Box, page: ReadPage) -> Box:
    factor = _WIDTH / page.picture.shape[1]
    return Box(box.left * factor, box.top * factor, box.right * factor, box.bottom * factor)
