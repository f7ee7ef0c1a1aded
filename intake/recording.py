"""Turns a `core.decide.Decision` into the `DecisionRecord` that commit 2 writes, with the letter composed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from core.codec import Json, digest, encode
from core.decide import Decision, LinkView, Rules
from core.letter import Letter, LetterPlan, Thread
from core.records import (
    AnswerRecord,
    AttachmentRecord,
    DecisionRecord,
    FileRef,
    ItemContent,
    ItemRecord,
    LinkRecord,
    Suppression,
)
from core.settings import AnswerSettings, SmtpSettings
from core.submission import FileRef as PartRef
from core.submission import Item
from intake.gathering import Gathered
from notifier.mime import message_id as fixed_message_id
from notifier.own_words import Stationery
from storage.rows import MessageRow

HOLD_FOR_OTHERS = timedelta(minutes=2)
"""How long a letter waits for mails that have waited for the same link. Longer than deciding about them takes."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What the link check just said about one address: the view the decision uses, the report for staff, when to ask
    again (None: never), how often it was asked, the check for the link's history."""

    view: LinkView
    report: Mapping[str, Json] = field(default_factory=dict)
    next_check_at: datetime | None = None
    tries: int = 1
    history: tuple[Mapping[str, Json], ...] = ()


@dataclass(frozen=True)
class Office:
    """What composing a letter needs. `blank_form`: bytes of a category's empty form."""

    rules: Rules
    answers: AnswerSettings
    smtp: SmtpSettings
    blank_form: Callable[[str], bytes]
    stationery: Stationery

    @property
    def address(self) -> str:
        return self.smtp.from_address or self.smtp.user

    def compose(self, plan: LetterPlan, thread: Thread, letter_id: str, now: datetime) -> Letter:
        """The letter in words and as a complete message with its fixed Message-ID."""
        return self.stationery.compose(
            plan, thread, from_address=self.address, from_name=self.smtp.from_name or self.rules.campaign.office.name,
            letter_id=letter_id, now=now, blank_form=self.blank_form,
        )


def letter_mark(row: MessageRow, kind: str, revision: int = 1) -> str:
    """What a letter's Message-ID is made of: the same for every try at sending it, another for every revision and for
    a database that was begun anew (clients hide a letter whose Message-ID they have seen)."""
    mark = f"{row.id}-{row.raw_sha256[:8]}-{kind}"
    return mark if revision == 1 else f"{mark}-{revision}"


def to_record(
    office: Office, gathered: Gathered, decision: Decision, row: MessageRow, looked: Mapping[str, Looked], now: datetime
) -> DecisionRecord:
    """The decision as commit 2 writes it."""
    facts = gathered.case.facts
    answers = () if gathered.shared else _answers(office, gathered, decision, row, now)
    # A letter of this kind that has gone out is not sent again: it can speak for no other mail any more.
    stands = any(answer.state != "suppressed" and answer.kind not in gathered.sent for answer in answers)
    replaced = [letter.answer_id for letter in gathered.pending if letter.message_id in decision.companions]
    return DecisionRecord(
        message_id=row.id,
        kind=decision.kind,
        verdict=decision.verdict,
        facts=facts,
        reason=decision.reason,
        sender=facts.envelope.sender,
        subject=facts.envelope.subject,
        reporting_unit=decision.unit.name if decision.unit else None,
        unit_source=decision.unit.source if decision.unit else "",
        batch=decision.batch,
        receipt_number=decision.receipt_number,
        duplicate_of=decision.duplicate_of,
        findings=decision.findings,
        items=tuple(_item_record(office, item, gathered) for item in decision.items),
        attachments=tuple(
            AttachmentRecord(p.name, p.path, p.size, p.sha256, p.media_type, role.role, role.category)
            for p, role in zip(facts.parts, decision.roles, strict=True)
        ),
        links=tuple(_link_records(decision, looked, now)),
        campaign=office.rules.campaign.key,
        answers=answers,
        suppress=tuple(Suppression(answer, f"与来信{row.id}合并答复") for answer in replaced) if stands else (),
        decide_again=_decide_again(decision, gathered),
        look_again=_look_again(decision, gathered),
    )


def _look_again(decision: Decision, gathered: Gathered) -> tuple[int, ...]:
    """Rows of lost links of the mail's items that nobody has looked at since the mail came."""
    views = gathered.case.links
    asked = {views[link.url].look for item in decision.items for link in item.links if link.url in views}
    return tuple(sorted(number for number in asked if number is not None))


def _decide_again(decision: Decision, gathered: Gathered) -> tuple[int, ...]:
    """Mails whose outcome this one changes: those that share its letter, those it cured without a letter of its own, and,
    once its links are known, those that waited for the same links."""
    again = {*decision.companions, *decision.cured}
    if decision.verdict != "pending":
        views = gathered.case.links
        for item in decision.items:
            # A mail that waits for a link which is not known yet would only come to wait again, and ask for this one again.
            if not any(link.url in views and views[link.url].pending for link in item.links):
                again.update(gathered.waiting.get(item.id or 0, ()))
    return tuple(sorted(again))


def _item_record(office: Office, item: Item, gathered: Gathered) -> ItemRecord:
    case = gathered.case
    paths = {(case.id, index): part.path for index, part in enumerate(case.facts.parts)}

    def stored(ref: PartRef) -> FileRef:
        return FileRef(ref.message, paths.get((ref.message, ref.attachment), (ref.name,)), ref.sha256, ref.name)

    content = ItemContent(
        campaign=office.rules.campaign.key,
        category=item.category,
        title=item.title,
        applicant_unit=item.applicant_unit,
        reporting_unit=item.reporting_unit,
        batch=item.batch,
        state=item.state,
        version=item.version,
        receipt_number=item.receipt_number,
        sender=item.sender,
        fields=item.fields,
        lengths=item.lengths,
        word=stored(item.word) if item.word else None,
        scans=tuple(stored(ref) for ref in item.scans),
        seal=item.seal,
        scan_matches_word=item.scan_matches_word,
        detail=encode(replace(item, identical=False)),
    )
    known = next((row for row in gathered.known if row.id == item.id), None) if item.id is not None else None
    superseded = (item.supersedes,) if item.supersedes is not None and item.id is None else ()
    return ItemRecord(content, _contributed(item, case.id), item.id, known.edit if known else None, superseded)


def _contributed(item: Item, message: int) -> tuple[str, ...]:
    """What this very message brought to the item."""
    files: dict[str, tuple[PartRef | None, ...]] = {
        "word": (item.word,), "pdf": (item.exported_pdf,), "scan": item.scans, "video": item.videos,
    }
    return tuple(name for name, refs in files.items() if any(ref and ref.message == message for ref in refs))


def _link_records(decision: Decision, looked: Mapping[str, Looked], now: datetime) -> Iterable[LinkRecord]:
    for link in decision.links:
        owner = next((i for i, item in enumerate(decision.items) if link.url in {own.url for own in item.links}), None)
        seen = looked.get(link.url)
        if seen is None:
            yield LinkRecord(link, owner)
        else:
            yield LinkRecord(link, owner, seen.next_check_at, now, seen.tries, seen.report, seen.history)


def _not_before(decision: Decision, gathered: Gathered, now: datetime) -> datetime:
    """When the letter may go. Where other mails about the same items have waited for the same link they are decided next,
    and their letter may take this one's place: it waits for them, so that nobody is written to twice about one thing."""
    others = decision.verdict != "pending" and any(gathered.waiting.get(item.id or 0) for item in decision.items)
    moment = decision.not_before or now
    return max(moment, now + HOLD_FOR_OTHERS) if others else moment


def _cured_later(decision: Decision, gathered: Gathered, row: MessageRow) -> bool:
    """Whether later mails brought all that this one's correction request asked for; also where this one made no item then."""
    messages = {known.id: known.messages for known in gathered.known}
    later = [max(messages.get(item.id or 0, ()), default=0) > row.id for item in decision.items]
    return gathered.cured_later or (bool(later) and all(later))


def _answers(
    office: Office, gathered: Gathered, decision: Decision, row: MessageRow, now: datetime
) -> tuple[AnswerRecord, ...]:
    """The letter for the outbox; composed once now so that staff can read it before it goes."""
    plan, thread, envelope = decision.letter, decision.thread, gathered.case.facts.envelope
    if plan is None:
        return ()
    reason = decision.no_letter
    if not row.answerable:
        reason = "来信早于设定的起始时间，只登记，不答复"
    elif reason is None and plan.kind == "receipt" and "correction" in gathered.sent and _cured_later(decision, gathered, row):
        reason = "已发补正通知，其后的来信已补正并另行答复"
    elif reason is None and office.answers.mode == "off":
        reason = "自动答复已关闭"
    letter_id = letter_mark(row, plan.kind)
    letter = office.compose(plan, thread, letter_id, now) if thread is not None else None
    state: Literal["suppressed", "draft", "waiting"] = "draft" if office.answers.mode == "draft" else "waiting"
    return (
        AnswerRecord(
            kind=plan.kind,
            state="suppressed" if reason else state,
            to=letter.to if letter else "",
            subject=letter.subject if letter else envelope.subject,
            message_id_header=fixed_message_id(letter_id, office.address),
            plan_hash=digest(replace(plan, receipt_number=None)),
            not_before=_not_before(decision, gathered, now),
            text=letter.text if letter else "",
            reason=reason,
            thread=next(iter((*envelope.references, *envelope.in_reply_to, envelope.message_id or "")), ""),
            plan=plan,
            companions=decision.companions,
        ),
    )
