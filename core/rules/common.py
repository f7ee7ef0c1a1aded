"""What several rules ask of a submission."""

from __future__ import annotations

from collections.abc import Iterator

from core.campaign import UNIT_PLACEHOLDER, CategorySpec
from core.facts import Blocked, Link, Part, Unreadable
from core.roles import OTHER_PAPER, PAGE_TYPES, WORD_TYPES
from core.submission import FileRef, Item, Submission
from core.text import compact


def unit_for_letters(s: Submission) -> str:
    """The unit to print in right subjects and names; the notice's own placeholder when nobody knows it."""
    return s.reporting_unit or (s.subject.unit_text or UNIT_PLACEHOLDER)


def right_name(s: Submission, item: Item, extension: str) -> str:
    return s.campaign.right_name(item.applicant_unit or unit_for_letters(s), item.category, extension)


def spec_of(s: Submission, item: Item) -> CategorySpec:
    return s.campaign.category(item.category)


def attachment_of(s: Submission, ref: FileRef | None) -> int | None:
    """Index of the file in this very message, None if it came with an earlier one."""
    return ref.attachment if ref is not None and ref.message == s.id else None


def called(s: Submission, item: Item) -> str:
    """How a letter names an item: 典型案例《…》."""
    return s.campaign.called(item.category, item.title, item.applicant_unit)


def current_items(s: Submission) -> Iterator[tuple[int, Item]]:
    """Items with their index in the record; replaced versions are judged no more."""
    yield from ((index, item) for index, item in enumerate(s.items) if item.state != "superseded")


def form_of_other_kind(item: Item) -> bool:
    """Staff moved the item to another category than its form's: the form's cells prove nothing then."""
    return item.form is not None and item.form.category not in (None, item.category)


def suspects(s: Submission, item: Item, *, word: bool) -> tuple[int, ...]:
    """Attachments that could not be opened and may well be the form (`word`) or scan that seems to be missing.

    A damaged PDF is one fault, not two; an archive nobody could open may hold anything.
    """
    found = []
    for index, (part, role) in enumerate(zip(s.facts.parts, s.roles, strict=True)):
        if not isinstance(part.problem, Unreadable | Blocked) or (part.inline and not part.container):
            continue
        if isinstance(part.problem, Blocked) and part.problem.reason == "executable":
            continue
        if role.category not in (None, item.category):
            continue
        if _may_hold(part, word=word):
            found.append(index)
    return tuple(found)


def _may_hold(part: Part, *, word: bool) -> bool:
    """Whether an unopened file may be, or hold, a form (`word`) or a scan."""
    kind = part.media_type
    is_word, is_page = kind in WORD_TYPES, kind in PAGE_TYPES or kind.startswith("image/")
    return not (is_word and not word) and not (is_page and word)


def unopened_elsewhere(s: Submission, *, word: bool) -> str | None:
    """Name of a file in another mail of the same sender that could not be opened and may be what this mail lacks."""
    return next((part.name for part in s.unopened if _may_hold(part, word=word)), None)


def unread_forms(s: Submission, item: Item) -> tuple[int, ...]:
    """Word documents of this mail in which no form was recognised although they may well be the item's: named by its
    category, or with its form's heading in their text (a form whose table a converter dissolved, say)."""
    spec = spec_of(s, item)
    headings = tuple(compact(heading) for heading in spec.form.headings)
    found = []
    for index, (part, role) in enumerate(zip(s.facts.parts, s.roles, strict=True)):
        if role.role != "other" or part.problem is not None or part.media_type not in WORD_TYPES:
            continue
        text = compact(part.text[:20_000])
        headed = any(heading in text for heading in headings)
        if headed or (role.category == item.category and not OTHER_PAPER.search(part.name)):
            found.append(index)
    return tuple(found)


def share_links(s: Submission) -> Iterator[tuple[Link, int | None]]:
    """Share links of the campaign's provider, each once, with the index of the item that needs it. Links of a replaced version are
    the newer one's affair, and told in answer to the mail that brought it."""
    seen = {link.url for item in s.items if item.state == "superseded" for link in item.links}
    seen -= {link.url for _, item in current_items(s) for link in item.links}
    for index, item in current_items(s):
        for link in item.links:
            if link.provider == s.campaign.share_provider and link.url not in seen:
                seen.add(link.url)
                yield link, index
    for link in s.links:
        if link.provider == s.campaign.share_provider and link.url not in seen:
            seen.add(link.url)
            yield link, None
