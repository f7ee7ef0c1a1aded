"""The form that a PDF's visible text holds (a Word form exported as PDF), by its ruled cells where they help."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.campaign import Campaign
from core.facts import FormFacts, PageFacts
from parsers.form import read_forms
from parsers.form_build import fullness
from parsers.form_text import read_form_text
from parsers.form_words import read_form_words
from parsers.labels import squeeze
from parsers.pdf_grid import read_pdf_layout

_MAX_PAGES = 16  # with form labels, whose tables are looked at


def read_pdf_forms(path: Path, pages: Sequence[PageFacts], campaign: Campaign) -> tuple[FormFacts, ...]:
    """Forms in the pages' text, () if there is none. The ruled tables are read only when the text has a form's words."""
    text = "\n".join(page.text for page in pages)
    if not _has_labels(text, campaign):
        return ()
    readings = [read_form_text(text, campaign)]
    wanted = [number for number, page in enumerate(pages) if page.text.strip() and not page.image][:_MAX_PAGES]
    if wanted:
        layout = read_pdf_layout(path, wanted)
        readings = [read_forms(layout.blocks, campaign, loose=True), read_form_words(layout.words, campaign), *readings]
    # The first of the fullest: ruled cells say more than places, places more than the order of the text.
    return max(readings, key=lambda forms: fullness(forms, campaign))


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
