"""The form that a PDF's visible text holds (a Word form exported as PDF), by its ruled cells where they help."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.campaign import Campaign
from core.facts import FormFacts, PageFacts
from parsers.form import read_forms
from parsers.form_text import read_form_text
from parsers.labels import squeeze
from parsers.pdf_grid import read_pdf_blocks

_MAX_PAGES = 16  # with form labels, whose tables are looked at


def read_pdf_forms(path: Path, pages: Sequence[PageFacts], campaign: Campaign) -> tuple[FormFacts, ...]:
    """Forms in the pages' text, () if there is none. The ruled tables are read only when the text has a form's words."""
    text = "\n".join(page.text for page in pages)
    if not _has_labels(text, campaign):
        return ()
    by_text = read_form_text(text, campaign)
    wanted = [number for number, page in enumerate(pages) if page.text.strip() and not page.image][:_MAX_PAGES]
    by_grid = read_forms(read_pdf_blocks(path, wanted), campaign) if wanted else ()
    best = by_grid if _filled(by_grid) >= _filled(by_text) and by_grid else by_text
    if len(best) == 1:
        return best
    return best or by_grid


def _filled(forms: Sequence[FormFacts]) -> int:
    return sum(len(form.fields) + sum(1 for value in form.fields.values() if value not in ("", None)) for form in forms)


def _has_labels(text: str, campaign: Campaign) -> bool:
    """Whether the words of a form are there: a title's label or a form's name, and some labels more."""
    squeezed = squeeze(text[:60_000])
    for category in campaign.categories:
        form = category.form
        there = sum(1 for spec in form.fields if any(squeeze(label) in squeezed for label in spec.labels))
        titled = any(squeeze(label) in squeezed for label in form.field(form.title_field).labels)
        headed = any(squeeze(heading) in squeezed for heading in form.headings)
        if there >= 3 and (titled or headed):
            return True
    return False
