"""Letters by staff: a free letter in a mail's thread, and a request for correction with staff's choice and words.

Commands and pages share these functions: `preview_*` shows the letter as the reader will see it, `write_*` puts it into
the outbox; the daemon sends it from there, once. Reminders are in `staff.reminders`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Literal

from core.campaign import Campaign
from core.codec import decode, digest
from core.confirmed import confirmed
from core.findings import Finding, Severity
from core.letter import LetterPlan, Thread
from core.loop_guard import answer_address, may_answer, thread_of
from core.records import AnswerRecord, ItemRow
from core.register import Register
from core.settings import Settings
from core.staff_plan import AboutItem, AboutMail, correction_plan, free_plan
from notifier.mime import ADDRESS
from notifier.own_words import Stationery
from notifier.plain import paragraphs
from storage.database import Database
from storage.desk import Act
from storage.errors import NotFound
from storage.outbox import Outbox
from storage.rows import AnswerRow, FindingRow
from storage.staff_letters import StaffLetters, WrittenLetter
from storage.whole import WholeMessage, read_item, read_message

WORDS = 10_000
"""Characters of own words in one letter."""
_HUMAN = frozenset({"answers suppressed by sender"})
"""Reasons against an automatic answer that do not bind a person who writes."""


class CannotWrite(Exception):
    """The letter cannot be written; the text says why, in Chinese for staff."""


@dataclass(frozen=True)
class LetterOffice:
    """What letters by staff are made of. `blank_forms`: category key -> bytes of its empty form; `templates`: folder of
    the office's own wording; `clock`: aware."""

    database: Database
    campaign: Campaign
    register: Register
    settings: Settings
    templates: Path | None = None
    blank_forms: Mapping[str, bytes] = field(default_factory=dict)
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @cached_property
    def stationery(self) -> Stationery:
        """What letters are written on, as the daemon does it."""
        return Stationery(self.templates, self.campaign)

    @property
    def address(self) -> str:
        """The mailbox that letters come from; a stand-in for previews while none is configured."""
        smtp = self.settings.smtp
        return smtp.from_address or smtp.user or self.settings.mailbox.user or self.campaign.office.mailbox or "office@localhost"

    @property
    def own_addresses(self) -> frozenset[str]:
        """All addresses that are ours: no letter goes there."""
        settings = self.settings
        own = (settings.mailbox.user, settings.smtp.user, settings.smtp.from_address, self.campaign.office.mailbox)
        return frozenset(address.lower() for address in (*own, *settings.answers.own_addresses) if address)

    @property
    def sends(self) -> bool:
        """Whether there is a server to send by."""
        return bool(self.settings.smtp.host)


@dataclass(frozen=True)
class Preview:
    """A letter as its reader will see it. `kind`: free, correction, reminder. `state`: what it becomes when written:
    `waiting` (sent by the daemon) or `draft` (to be released). `warnings`: Chinese sentences for staff. `points`: what it
    asks to be mended. `plan`, `thread`, `message_id`: for `write_*`, of no use to a page."""

    kind: str
    unit: str | None
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    state: Literal["draft", "waiting"]
    warnings: tuple[str, ...]
    points: tuple[Finding, ...]
    plan: LetterPlan
    thread: Thread
    message_id: int | None


# A free letter ------------------------------------------------------------------------------------------------------


def preview_free(office: LetterOffice, message_id: int, words: str) -> Preview:
    """A letter in the thread of this mail, with staff's own words. Raises CannotWrite."""
    whole = _message(office, message_id)
    plan = free_plan(office.campaign, _about(whole), clean_words(words, needed=True))
    return _preview(office, whole, plan)


def write_free(office: LetterOffice, message_id: int, words: str, act: Act, *, draft: bool = False) -> WrittenLetter:
    """Put that letter into the outbox; `draft`: to be released later. The same words to the same mail are written once,
    however often this is called. Raises CannotWrite."""
    return _write(office, preview_free(office, message_id, words), act, draft=draft)


# A request for correction -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Askable:
    """A finding that staff may ask to be mended. `text`: the sentence the submitter would read; None: the program has no
    words for it, staff say it in theirs."""

    id: int
    finding: Finding
    item: int | None
    text: str | None


def askable_findings(
    office: LetterOffice, *, message_id: int | None = None, item_id: int | None = None
) -> tuple[Askable, ...]:
    """What stands against a mail, or against an item, that is not waived: to be chosen from. Raises CannotWrite."""
    whole, found = _candidates(office, message_id, item_id)
    shown = (_askable(office, whole, row, item) for row, item in found)
    return tuple(one for one in shown if one.text is not None or one.finding.severity is not Severity.NOTE)


def preview_correction(
    office: LetterOffice,
    *,
    message_id: int | None = None,
    item_id: int | None = None,
    finding_ids: Collection[int] = (),
    words: str = "",
) -> Preview:
    """A correction request with the chosen findings and staff's own words: about a mail, or about an item (then it goes
    to the newest mail that brought it). Doubts (`review`) are told in the submitter's words: see `askable_findings`.
    Raises CannotWrite: nothing to ask, a finding that changed meanwhile, nobody to write to."""
    whole, found = _candidates(office, message_id, item_id)
    own = clean_words(words, needed=False)
    chosen = [(row, item) for row, item in found if row.id in set(finding_ids)]
    if len(chosen) < len(set(finding_ids)):
        raise CannotWrite("所选问题已有变化（可能已重新审核或已免除），请刷新后再选")
    if not chosen and not own:
        raise CannotWrite("请选择需要补正的问题，或填写补充说明")
    problems: list[Finding] = []
    by_item: dict[int, list[Finding]] = {}
    warnings = []
    for row, item in chosen:
        asked = _confirmed(office, whole, row, item)
        if asked is None:
            warnings.append(f"“{row.finding.text}”没有可直接告知对方的表述，信中不会列出，请写在补充说明中。")
        elif item is None:
            problems.append(asked)
        else:
            by_item.setdefault(item.id, []).append(asked)
    if not problems and not by_item and not own:
        raise CannotWrite("所选问题没有可直接告知对方的表述，请填写补充说明")
    only = {item_id} if item_id is not None and not problems else None
    items = [_about_item(whole, item, by_item.get(item.id, ())) for item in _shown_items(office, whole, item_id, only)]
    plan = correction_plan(office.campaign, _about(whole), items, problems, own)
    return _preview(office, whole, plan, warnings)


def write_correction(
    office: LetterOffice,
    act: Act,
    *,
    message_id: int | None = None,
    item_id: int | None = None,
    finding_ids: Collection[int] = (),
    words: str = "",
    draft: bool = False,
) -> WrittenLetter:
    """Put that request into the outbox; the program's own unsent letters to the mail give way to it. Raises CannotWrite."""
    preview = preview_correction(office, message_id=message_id, item_id=item_id, finding_ids=finding_ids, words=words)
    asks = {("item", item_id)} if item_id is not None else _asked(office, preview.message_id, set(finding_ids))
    return _write(office, preview, act, draft=draft, asks=asks)


def _asked(office: LetterOffice, message_id: int | None, finding_ids: set[int]) -> set[tuple[str, int]]:
    """What a letter about a mail asks to be mended: the items of the chosen findings, the mail itself for the others."""
    if message_id is None:
        return set()
    _, found = _candidates(office, message_id, None)
    chosen = [item for row, item in found if row.id in finding_ids]
    return {("message", message_id) if item is None else ("item", item.id) for item in chosen} or {("message", message_id)}


def newest_message(office: LetterOffice, ident: str) -> int:
    """The mail that `ident` means: m34, or the newest mail that brought item 12. Raises CannotWrite."""
    kind, digits = (ident[0].lower(), ident[1:]) if ident[:1] in ("m", "M", "i", "I") else ("i", ident)
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 18:
        raise CannotWrite(f"“{ident}”不是编号：报送件写数字，来信写 m 加数字")
    if kind == "m":
        return _message(office, int(digits)).message.id
    whole, _ = _candidates(office, None, int(digits))
    return whole.message.id


# Letters that wait --------------------------------------------------------------------------------------------------


def preview_answer(office: LetterOffice, answer: AnswerRow, words: str | None = None) -> Preview:
    """A letter of the outbox as its reader sees it (the text as it went out if it was sent); `words`: as it would be with
    these own words of staff. Raises CannotWrite for a letter whose plan is gone."""
    if answer.plan is None:
        raise CannotWrite(f"信件{answer.id}没有保存内容，无法显示")
    plan = decode(LetterPlan, dict(answer.plan))
    if words is not None:
        plan = _with_words(plan, clean_words(words, needed=plan.kind == "free"))
    whole = read_message(office.database, answer.message_id) if answer.message_id is not None else None
    thread = thread_of(whole.facts.envelope if whole and whole.facts else None, answer.to, answer.subject)
    return compose_preview(office, plan, thread, answer.message_id, ())


def edit_words(office: LetterOffice, answer_id: int, words: str, act: Act, expected_edit: int) -> None:
    """Change staff's own words in a letter that has not gone out. Raises CannotWrite, Conflict."""
    answer = find_answer(office, answer_id)
    preview = preview_answer(office, answer, words)
    StaffLetters(office.database).edit_words(
        answer_id, preview.plan, subject=preview.subject, text=preview.text, expected_edit=expected_edit, who=act.who, now=act.now
    )


def find_answer(office: LetterOffice, answer_id: int) -> AnswerRow:
    """The letter. Raises CannotWrite if there is none."""
    row = Outbox(office.database).find_answer(answer_id)
    if row is None:
        raise CannotWrite(f"没有编号为{answer_id}的信件")
    return row


# Parts --------------------------------------------------------------------------------------------------------------


def _message(office: LetterOffice, message_id: int) -> WholeMessage:
    try:
        return read_message(office.database, message_id)
    except NotFound:
        raise CannotWrite(f"没有编号为m{message_id}的来信") from None


def _candidates(
    office: LetterOffice, message_id: int | None, item_id: int | None
) -> tuple[WholeMessage, list[tuple[FindingRow, ItemRow | None]]]:
    """The mail to be answered, and the findings to choose from, each with its item."""
    if (message_id is None) == (item_id is None):
        raise ValueError("either a message or an item")
    if message_id is not None:
        whole = _message(office, message_id)
        return whole, [(row, _item_of(whole, row)) for row in whole.findings if row.waived_at is None]
    assert item_id is not None
    try:
        about = read_item(office.database, item_id)
    except NotFound:
        raise CannotWrite(f"没有编号为{item_id}的报送件") from None
    if not about.messages:
        raise CannotWrite(f"报送件{item_id}没有来信，无从回信")
    whole = _message(office, about.messages[-1].id)
    # The newest mail was judged with the item as it is now; what an older one said of it may be cured.
    newest = {row.message_id for row in about.findings if row.message_id == whole.message.id}
    found = [row for row in about.findings if row.waived_at is None and (not newest or row.message_id in newest)]
    return whole, [(row, about.item) for row in found]


def _item_of(whole: WholeMessage, row: FindingRow) -> ItemRow | None:
    index = row.finding.item
    return whole.items[index] if index is not None and 0 <= index < len(whole.items) else None


def _askable(office: LetterOffice, whole: WholeMessage, row: FindingRow, item: ItemRow | None) -> Askable:
    asked = _confirmed(office, whole, row, item)
    return Askable(row.id, row.finding, item.id if item else None, asked.text if asked else None)


def _confirmed(office: LetterOffice, whole: WholeMessage, row: FindingRow, item: ItemRow | None) -> Finding | None:
    content = item.content if item else None
    name = office.campaign.called(content.category, content.title, content.applicant_unit) if content else ""
    subject = office.campaign.right_subject(whole.message.reporting_unit)
    return confirmed(row.finding, item=name, subject=subject)


def _shown_items(
    office: LetterOffice, whole: WholeMessage, item_id: int | None, only: set[int] | None
) -> Sequence[ItemRow]:
    current = [item for item in whole.items if item.content.state != "superseded"]
    if item_id is not None and all(item.id != item_id for item in current):
        current.append(read_item(office.database, item_id).item)
    return [item for item in current if only is None or item.id in only]


def _about_item(whole: WholeMessage, item: ItemRow, problems: Sequence[Finding]) -> AboutItem:
    links = tuple(row.link for row in whole.links if row.item_id == item.id and not row.link.quoted)
    return AboutItem(item.content, links, item.paper_arrived_at is not None, tuple(problems))


def _about(whole: WholeMessage) -> AboutMail:
    row = whole.message
    return AboutMail(row.reporting_unit, row.receipt_number, row.received_at, row.subject, row.batch)


def clean_words(text: str, *, needed: bool) -> str:
    """The own words, cleaned. Raises CannotWrite for none or far too many."""
    if len(text) > WORDS:
        raise CannotWrite(f"正文过长（{len(text)}字），请控制在{WORDS}字以内")
    lines = paragraphs(text, WORDS)
    if needed and not lines:
        raise CannotWrite("请填写信件正文")
    return "\n".join(lines)


def _with_words(plan: LetterPlan, words: str) -> LetterPlan:
    return replace(plan, words=words)


def _preview(office: LetterOffice, whole: WholeMessage, plan: LetterPlan, warnings: Sequence[str] = ()) -> Preview:
    to = _address(office, whole)
    thread = thread_of(whole.facts.envelope if whole.facts else None, to, whole.message.subject)
    return compose_preview(office, plan, thread, whole.message.id, warnings)


def _address(office: LetterOffice, whole: WholeMessage) -> str:
    """Where a letter by a person may go. Raises CannotWrite for automatic mail, lists, bounces and ourselves."""
    if whole.facts is None:
        raise CannotWrite("这封来信尚未读取，暂不能回信")
    found = answer_address(whole.facts.envelope)
    guard = may_answer(whole.facts.envelope, "submission", office.own_addresses)
    if found is None or not ADDRESS.fullmatch(found[0]):
        raise CannotWrite("来信没有可用的回信地址")
    if guard == "no-reply sender":
        raise CannotWrite("来信地址不接收回信（noreply 一类），请另行联系")
    if guard is not None and guard not in _HUMAN:
        raise CannotWrite("这封来信是自动回复、群发邮件、退信或本邮箱所发，不宜回信")
    return found[0]


def compose_preview(
    office: LetterOffice, plan: LetterPlan, thread: Thread, message_id: int | None, warnings: Sequence[str] = ()
) -> Preview:
    """This plan as a letter in this thread; a reminder is a draft unless letters go out by themselves."""
    letter = office.stationery.compose(
        plan, thread, from_address=office.address, from_name=office.settings.smtp.from_name or office.campaign.office.name,
        letter_id="preview", now=office.clock(), blank_form=office.blank_forms.__getitem__,
    )
    told = [*warnings]
    if not office.sends:
        told.append("尚未设置发信服务器（smtp.host），信件会留在待发中。")
    points = (*plan.problems, *(found for item in plan.items for found in item.problems))
    state: Literal["draft", "waiting"] = "waiting" if plan.kind != "reminder" or office.settings.answers.mode == "send" else "draft"
    return Preview(
        plan.kind, plan.unit, thread.to, thread.to_name, letter.subject, letter.text, letter.html, state, tuple(told), points,
        plan, thread, message_id,
    )  # fmt: skip


def _write(
    office: LetterOffice, preview: Preview, act: Act, *, draft: bool, asks: Collection[tuple[str, int]] = ()
) -> WrittenLetter:
    thread = preview.thread
    answer = AnswerRecord(
        kind=preview.plan.kind,
        state="draft" if draft else "waiting",
        to=preview.to,
        subject=preview.subject,
        message_id_header="",  # given when it is composed for sending
        plan_hash=digest(preview.plan),
        not_before=act.now,
        text=preview.text,
        thread=next(iter((*thread.references, thread.message_id or "")), ""),
        plan=preview.plan,
        written_by=act.who,
        unit=preview.unit,
        batch=None,
    )
    letters = StaffLetters(office.database)
    return letters.write(answer, act.now, message_id=preview.message_id, why=act.why, seen=act.seen, asks=sorted(asks))
