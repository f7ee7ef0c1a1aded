"""From a judgement to what the letter must say. Review findings never reach a letter: doubt is not the submitter's."""

from __future__ import annotations

from collections.abc import Iterable

from core.campaign import UNIT_PLACEHOLDER, Campaign
from core.findings import Finding, Severity
from core.judge import Judgement
from core.letter import LetterItem, LetterPlan
from core.rules.common import unit_for_letters
from core.submission import Item, Submission

ALL_FORMS = frozenset({"mail.empty"})
ONE_FORM = frozenset({"form.missing", "form.blank"})

BY_STAFF = "来信以文字说明情况，由工作人员答复"
"""Why a mail that says something in words only, a withdrawal among them, gets no letter of the program's."""


def plan_letter(
    s: Submission,
    judgement: Judgement,
    receipt_number: str,
    also: Iterable[tuple[Submission, Judgement]] = (),
) -> LetterPlan:
    """The one letter for this mail. `also`: companion mails it answers too, with their own judgements (re-judged after
    this mail); their findings about the mails as a whole and items that only they bring are included."""
    findings = [f for f in judgement.counting if f.severity is not Severity.REVIEW]
    items = [_letter_item(s, index, item, findings) for index, item in enumerate(judgement.items) if tells_of(item)]
    general = [f for f in findings if f.item is None]
    checking = judgement.verdict in ("review", "pending") or _has_review(judgement)
    companions = []
    known = {(item.id, item.category, item.title) for item in judgement.items}
    for other, judged in also:
        companions.append(other.facts.envelope.subject)
        kept = [f for f in judged.counting if f.severity is not Severity.REVIEW]
        general.extend(f for f in kept if f.item is None and f.text not in {g.text for g in general})
        for index, item in enumerate(judged.items):
            if (item.id, item.category, item.title) not in known and tells_of(item):
                known.add((item.id, item.category, item.title))
                items.append(_letter_item(other, index, item, kept))
        checking = checking or _has_review(judged)
    problems = tuple(f for f in general if f.severity is Severity.ERROR)
    wrong = bool(problems) or any(item.problems for item in items)
    batch = s.campaign.batch(s.placement.batch) if s.placement.batch is not None else None
    return LetterPlan(
        kind="correction" if wrong else "receipt",
        unit=s.reporting_unit,
        receipt_number=receipt_number,
        received_at=s.received_at,
        subject_received=s.facts.envelope.subject,
        batch_name=batch.name if batch else None,
        deadline=batch.deadline if batch else None,
        items=tuple(items),
        problems=problems,
        notes=tuple(f for f in general if f.severity is Severity.NOTE),
        right_subject=s.campaign.right_subject(unit_for_letters(s)),
        right_names=_right_names(s, items),
        blank_forms=_blank_forms(s, items, problems),
        checking=checking,
        late=any(f.code == "deadline.late" for f in findings),
        companions=tuple(companions),
    )


def tells_of(item: Item) -> bool:
    """Whether a letter may speak of this item: not of a replaced version, nor of one that staff refused (they answer
    themselves)."""
    return item.state != "superseded" and not item.rejected_by_staff


def nothing_left(items: tuple[Item, ...], plan: LetterPlan) -> str | None:
    """Why there is nothing to write about: every item was replaced, or refused by staff. None if there is something."""
    if not items or any(tells_of(item) for item in items) or plan.items or plan.problems:
        return None
    if any(item.rejected_by_staff for item in items):
        return "人工决定不采纳，由工作人员答复"
    return "材料已由后来报送的版本替换，不再单独答复"


def _has_review(judgement: Judgement) -> bool:
    return any(f.severity is Severity.REVIEW for f in judgement.counting)


def _letter_item(s: Submission, index: int, item: Item, findings: list[Finding]) -> LetterItem:
    mine = [f for f in findings if f.item == index]
    complete = not any(f.severity is Severity.ERROR for f in mine)
    return shown_item(s.campaign, unit_for_letters(s), item, mine, complete=complete)


def shown_item(campaign: Campaign, unit: str, item: Item, findings: Iterable[Finding], *, complete: bool) -> LetterItem:
    """The item as a letter shows it: what was found about it, and the right file names (`unit`: of a form that names no
    applicant)."""
    found, owner, spec = tuple(findings), item.applicant_unit or unit, campaign.category(item.category)
    paper = spec.resource is not None and spec.resource.by_post(item.fields)
    return LetterItem(
        category=item.category,
        category_name=spec.name,
        title=item.title,
        applicant_unit=item.applicant_unit,
        word=item.word.name if item.word else None,
        scans=tuple(ref.name for ref in item.scans),
        seal=item.seal,
        links=item.links,
        complete=complete,
        problems=tuple(f for f in found if f.severity is Severity.ERROR),
        notes=tuple(f for f in found if f.severity is Severity.NOTE),
        right_word=campaign.right_name(owner, item.category, ".docx"),
        right_scan=campaign.right_name(owner, item.category, ".pdf"),
        paper_expected=paper and not item.paper_arrived,
    )


def _right_names(s: Submission, items: list[LetterItem]) -> tuple[str, ...]:
    """The file names for this very unit; of all categories when no item could be told."""
    if items:
        return tuple(dict.fromkeys(name for item in items for name in (item.right_word, item.right_scan)))
    unit = s.reporting_unit or UNIT_PLACEHOLDER
    return tuple(s.campaign.right_name(unit, spec.key, end) for spec in s.campaign.categories for end in (".docx", ".pdf"))


def _blank_forms(s: Submission, items: list[LetterItem], problems: tuple[Finding, ...]) -> tuple[str, ...]:
    """Category keys whose empty form goes with the letter."""
    codes = {f.code for f in problems}
    wanted = {item.category for item in items if any(f.code in ONE_FORM for f in item.problems)}
    if codes & ALL_FORMS or (not items and codes & ONE_FORM):
        wanted = {spec.key for spec in s.campaign.categories}
    return tuple(spec.key for spec in s.campaign.categories if spec.key in wanted and spec.form.blank_file)
