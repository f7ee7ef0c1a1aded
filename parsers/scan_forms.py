"""Which pages of a scan with several forms are which form's, and on which of them the unit gives its opinion and sets its seal.

A form's pages run from the one on which it begins to the one before the next begins, as scanners take them in. Where the forms
found on single pages are not those found on all together, nothing is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.campaign import Campaign
from core.facts import FormFacts
from core.likeness import same_paper
from parsers.labels import squeeze
from parsers.ocr import find_lines, read_lines
from parsers.ocr_page import red_as_grey, sized
from parsers.seal_colour import Picture
from parsers.upright import Rotation, turn

LABELS_UPTO = 0.4  # of the page's width: the column of labels
LABEL_SPAN = 0.3  # of the page's width: no label is longer
MOST_LABELS = 30  # lines of that column that are read, from the foot of the page


def divide_pages(forms: Sequence[FormFacts], begun: Mapping[int, Sequence[FormFacts]], count: int) -> tuple[tuple[int, ...], ...]:
    """The pages (from 0) of each form, () if it cannot be told. `begun`: page -> the forms read on it alone; `count`: all
    pages of the file."""
    starts: list[int] = []
    for number in sorted(begun):
        found = begun[number]
        if not found:
            continue
        if len(found) > 1:
            return ()
        if starts and same_paper(forms[len(starts) - 1], found[0]) and not _is_next(forms, len(starts), found[0]):
            continue  # the table's head again (续表)
        if len(starts) == len(forms) or not same_paper(forms[len(starts)], found[0]):
            return ()
        starts.append(number)
    if len(starts) != len(forms):
        return ()
    ends = [*starts[1:], count]
    return tuple(tuple(range(first, end)) for first, end in zip(starts, ends, strict=True))


def _is_next(forms: Sequence[FormFacts], number: int, found: FormFacts) -> bool:
    """Whether a page's form is the next one rather than the last again: two cases of one unit may differ by a character."""
    if number >= len(forms) or not same_paper(forms[number], found):
        return False
    return bool(found.title) and found.title == forms[number].title != forms[number - 1].title


def opinion_labels(form: FormFacts, campaign: Campaign) -> tuple[str, ...]:
    """What stands beside the place for the unit's own opinion and seal, not that of the offices above it."""
    labels = campaign.category(form.category).form.opinion_labels if form.category else ()
    return tuple(squeeze(label) for label in labels if squeeze(label) in squeeze(labels[0]))


def shows_opinion(image: Picture, rotation: Rotation, labels: Sequence[str]) -> bool:
    """Whether one of these labels is read in the page's column of labels (RGB picture). Raises OcrUnavailable."""
    page = red_as_grey(sized(turn(image, rotation)))
    wide = page.shape[1]
    column = [
        quad for quad in find_lines(page)
        if float(quad[:, 0].max()) < LABELS_UPTO * wide and float(quad[:, 0].max() - quad[:, 0].min()) < LABEL_SPAN * wide
    ]
    column.sort(key=lambda quad: (float(quad[:, 1].mean()), float(quad[:, 0].min())))
    text = squeeze("".join(line.text for line in read_lines(page, column[-MOST_LABELS:])))
    return any(label in text for label in labels)
