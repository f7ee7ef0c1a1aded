"""Forms out of a document's blocks, whatever file they came from: the way in for the readers of Word, HTML and PDF.

Campaign-driven: every word compared comes from `core.campaign.FormSpec`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.campaign import Campaign
from core.facts import FormFacts
from parsers.blocks import Block, Paragraph, text_of
from parsers.entries import Item
from parsers.form_build import build_forms
from parsers.form_grid import find_table_items
from parsers.form_text import find_line_items
from parsers.labels import index_of


def read_forms(blocks: Sequence[Block], campaign: Campaign, *, limit: int = 2_000_000, loose: bool = False) -> tuple[FormFacts, ...]:
    """The campaign's forms in a document, in order; () if it is none of them. Filled forms only, unless all are empty
    templates: then the first. `limit`: characters of text kept. `loose`: cells may run together in lines
    (see `LabelIndex.scan`)."""
    index = index_of(campaign)
    items: list[Item] = []
    lines: list[Paragraph] = []
    for block in blocks:
        if isinstance(block, Paragraph):
            lines.append(block)
            continue
        items.extend(find_line_items(lines, index, campaign, loose=loose))
        lines = []
        items.extend(find_table_items(block, index, campaign))
    items.extend(find_line_items(lines, index, campaign, loose=loose))
    forms = build_forms(items, campaign)
    if len(forms) == 1:
        # One form is the whole document: its text is the document's, labels and order as they stand.
        return (replace(forms[0], text=text_of(blocks, limit)),)
    return forms
