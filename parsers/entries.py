"""What a form is taken apart into before anyone says which form it is: headings, labels with their values, loose lines.

Values only, shared by the readers of tables (`parsers.form_grid`) and of running text (`parsers.form_text`) and by
`parsers.form_build`, which puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.campaign import Campaign
from parsers.blocks import Paragraph
from parsers.labels import FOLD, Label, squeeze

MAX_ITEMS = 20_000
"""Items looked at in one document; a form has fewer than a hundred."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A label and what stands in its place. `near`: labels that may tell whose phone this is, the likeliest first.
    `weak`: other words stand before the label, so it counts only if no plain one does. `running`: found in running
    text, where a line of the applicant's own may look like a label."""

    label: Label
    value: tuple[Paragraph, ...]
    near: tuple[Label, ...] = ()
    weak: bool = False
    running: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A form's printed title. `categories`: keys of the categories it may head, the most exact first."""

    categories: tuple[str, ...]
    line: Paragraph


@dataclass(frozen=True, slots=True)
class Loose:
    """A line that belongs to no label."""

    line: Paragraph


Item = Entry | Heading | Loose


def find_heading(line: Paragraph, campaign: Campaign) -> Heading | None:
    """The line as a form's title, or None. Prose that names a form (现报送申报表三份) is no title: it does not end with
    the form's name, or is too long."""
    text = line.text
    if not 4 <= len(text.strip()) <= 80:
        return None
    words = squeeze(text)
    if words.endswith(")") and "(" in words:
        words = words[: words.rindex("(")]
    if len(words) > 50 or any(mark in words for mark in ",。;!?:"):
        return None
    found: list[tuple[int, str]] = []
    for category in campaign.categories:
        best = max((len(h) for heading in category.form.headings if words.endswith(h := squeeze(heading))), default=0)
        if best:
            found.append((best, category.key))
    if not found:
        return None
    top = max(length for length, _ in found)
    return Heading(tuple(key for length, key in found if length == top), line)


def is_blank(line: Paragraph) -> bool:
    """Whether the line shows nothing (pictures count as something)."""
    return not line.full.translate(FOLD).strip(" \n_")
