"""Letter plans that no decision made: staff's own letters and reminders, from what the ledger holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from core.campaign import SHANGHAI, UNIT_PLACEHOLDER, BatchSpec, Campaign
from core.facts import Link
from core.findings import Finding, Severity
from core.letter import LetterItem, LetterKind, LetterPlan
from core.plan import ALL_FORMS, ONE_FORM, shown_item
from core.records import ItemContent
from core.regroup import item_of


@dataclass(frozen=True, slots=True)
class AboutMail:
    """The mail that the letter speaks about, as it was decided."""

    unit: str | None
    receipt_number: str | None
    received_at: datetime
    subject: str
    batch: int | None


@dataclass(frozen=True, slots=True)
class AboutItem:
    """An item as the letter shows it. `problems`: what is asked to be mended, errors only."""

    content: ItemContent
    links: tuple[Link, ...] = ()
    paper_arrived: bool = False
    problems: tuple[Finding, ...] = ()


def free_plan(campaign: Campaign, mail: AboutMail, words: str) -> LetterPlan:
    """Staff's own words in the thread of this mail. A batch is told only to those who have sent material."""
    shown = mail if mail.receipt_number else replace(mail, batch=None)
    return _plan(campaign, shown, "free", words=words)


def correction_plan(
    campaign: Campaign, mail: AboutMail, items: Sequence[AboutItem], problems: Sequence[Finding], words: str
) -> LetterPlan:
    """What staff ask to be mended: `problems` of the whole mail, those of the items, and their own words."""
    shown = tuple(letter_item(campaign, mail.unit, item) for item in items)
    codes = {found.code for found in problems}
    forms = {item.category for item in shown if any(f.code in ONE_FORM for f in item.problems)}
    if codes & ALL_FORMS or (not shown and codes & ONE_FORM):
        forms = {spec.key for spec in campaign.categories}
    plan = _plan(campaign, mail, "correction", shown, tuple(problems), words)
    return _named(campaign, mail, plan, forms)


def open_reminder_plan(
    campaign: Campaign, mail: AboutMail, items: Sequence[AboutItem], problems: Sequence[Finding], words: str = ""
) -> LetterPlan:
    """Everything that is still to be mended by one unit, in one letter."""
    shown = tuple(letter_item(campaign, mail.unit, item) for item in items)
    plan = _plan(campaign, mail, "reminder", shown, tuple(problems), words)
    return _named(campaign, mail, plan, set())


def missing_reminder_plan(campaign: Campaign, unit: str, batch: BatchSpec, words: str = "") -> LetterPlan:
    """To a unit from which nothing has come for this batch: how to send, and until when. Nothing was received, so the
    deadline stands for that moment: the same reminder is the same plan on any day."""
    end = datetime.combine(batch.deadline, time.max, SHANGHAI)
    names = tuple(campaign.right_name(unit, spec.key, end) for spec in campaign.categories for end in (".docx", ".pdf"))
    return LetterPlan(
        kind="reminder", unit=unit, receipt_number=None, received_at=end, subject_received="", batch_name=batch.name,
        deadline=batch.deadline, right_subject=campaign.right_subject(unit), right_names=names, words=words,
    )


def still_open(plan: LetterPlan, open_points: Iterable[Finding]) -> LetterPlan | None:
    """The reminder with only those of its points that are still open; None if none is. A point is known again by its
    code, field and sentence; nothing is added that whoever wrote the reminder had not seen."""
    known = {_point(found) for found in open_points}
    problems = tuple(found for found in plan.problems if _point(found) in known)
    items = tuple(
        replace(item, problems=tuple(found for found in item.problems if _point(found) in known)) for item in plan.items
    )
    if not problems and not any(item.problems for item in items):
        return None
    kept = tuple(item for item in items if item.problems or item.complete)
    return replace(plan, items=kept, problems=problems)


def points(plan: LetterPlan) -> frozenset[tuple[str, str | None, str]]:
    """What a letter asks to be mended, in a form that can be compared: code, field, sentence."""
    return frozenset(_point(found) for found in (*plan.problems, *(f for item in plan.items for f in item.problems)))


def _point(found: Finding) -> tuple[str, str | None, str]:
    return found.code, found.field, found.text


def letter_item(campaign: Campaign, unit: str | None, about: AboutItem) -> LetterItem:
    """The item as a letter shows it, with the right file names for this very unit."""
    item = replace(item_of(about.content), links=about.links, seal=about.content.seal, paper_arrived=about.paper_arrived)
    complete = about.content.state == "complete" and not about.problems
    errors = [found for found in about.problems if found.severity is Severity.ERROR]
    return shown_item(campaign, unit or UNIT_PLACEHOLDER, item, errors, complete=complete)


def _plan(
    campaign: Campaign,
    mail: AboutMail,
    kind: LetterKind,
    items: tuple[LetterItem, ...] = (),
    problems: tuple[Finding, ...] = (),
    words: str = "",
) -> LetterPlan:
    batch = next((spec for spec in campaign.batches if spec.number == mail.batch), None)
    return LetterPlan(
        kind=kind, unit=mail.unit, receipt_number=mail.receipt_number, received_at=mail.received_at,
        subject_received=mail.subject, batch_name=batch.name if batch else None, deadline=batch.deadline if batch else None,
        items=items, problems=problems, words=words,
    )  # fmt: skip


def _named(campaign: Campaign, mail: AboutMail, plan: LetterPlan, forms: set[str]) -> LetterPlan:
    """The plan with right subject, right names and empty forms for what it asks."""
    asked = [item for item in plan.items if item.problems]
    unit = mail.unit or UNIT_PLACEHOLDER
    names = [name for item in asked for name in (item.right_word, item.right_scan)]
    if not plan.items:
        names = [campaign.right_name(unit, spec.key, end) for spec in campaign.categories for end in (".docx", ".pdf")]
    blank = tuple(spec.key for spec in campaign.categories if spec.key in forms and spec.form.blank_file)
    return replace(
        plan, right_subject=campaign.right_subject(mail.unit), right_names=tuple(dict.fromkeys(names)), blank_forms=blank,
        checking=any(not item.complete and not item.problems for item in plan.items),
    )
