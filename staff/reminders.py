"""Reminders: one letter to each unit that has sent nothing, or that has points still to mend, for one batch.

Previewed letter by letter; written into the outbox; looked at again by the daemon before each is sent
(`intake.rechecking`), for a unit may have complied meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.campaign import SHANGHAI, BatchSpec
from core.codec import digest
from core.letter import LetterPlan, Thread
from core.loop_guard import answer_address, may_answer
from core.records import AnswerRecord
from core.staff_plan import AboutItem, AboutMail, missing_reminder_plan, open_reminder_plan, points
from staff.letters import CannotWrite, LetterOffice, Preview, clean_words, compose_preview
from storage.counts import missing_units
from storage.desk import Act
from storage.reminding import Contact, OpenPoints, contacts, open_points, unsettled
from storage.rows import AnswerRow
from storage.staff_letters import StaffLetters, WrittenLetter, reminded

Why = Literal["missing", "open"]
JUST_TOLD = timedelta(days=1)
"""So long after a correction request nobody is reminded of it."""


@dataclass(frozen=True)
class Reminder:
    """A letter to one unit. `why`: it has sent nothing, or has points open."""

    unit: str
    why: Why
    preview: Preview


@dataclass(frozen=True)
class Skipped:
    """A unit that gets no letter now, and the reason in Chinese."""

    unit: str
    why: Why
    reason: str


@dataclass(frozen=True)
class Reminders:
    """What would be written for a batch. `unreachable`: units without a usable address, to be telephoned. `warnings`:
    what to look at before writing."""

    batch: BatchSpec
    letters: tuple[Reminder, ...]
    skipped: tuple[Skipped, ...]
    unreachable: tuple[Skipped, ...]
    warnings: tuple[str, ...]


def preview_reminders(
    office: LetterOffice,
    batch: int,
    *,
    units: Collection[str] = (),
    missing: bool = True,
    points_open: bool = True,
    words: str = "",
    after_deadline: bool = False,
) -> Reminders:
    """All letters for this batch, whole: to units of the register that have sent nothing (`missing`), and to units with
    open corrections (`points_open`); only to `units` where given. `words`: staff's own, in every letter. Nothing is
    written. Raises CannotWrite: no such batch or unit, or its deadline is over and `after_deadline` is not asked for."""
    spec = _batch(office, batch, after_deadline=after_deadline)
    wanted = _units(office, units)
    own = clean_words(words, needed=False)
    now = office.clock()
    known = StaffLetters(office.database).reminders(batch, now - timedelta(days=max(office.settings.answers.remind_days, 60)))
    letters: list[Reminder] = []
    skipped: list[Skipped] = []
    unreachable: list[Skipped] = []
    for unit, why, plan, entry in _plans(office, spec, wanted, own, missing=missing, points_open=points_open):
        reason = _not_now(office, unit, plan, entry, known, now)
        if reason is not None:
            skipped.append(Skipped(unit, why, reason))
            continue
        reached = _reach(office, entry)
        if reached is None:
            unreachable.append(Skipped(unit, why, "没有可用地址，请电话联系"))
            continue
        thread, message_id = reached
        preview = compose_preview(office, plan, thread, message_id if why == "open" else None)
        letters.append(Reminder(unit, why, preview))
    return Reminders(spec, tuple(letters), tuple(skipped), tuple(unreachable), _warnings(office, spec))


def write_reminders(
    office: LetterOffice,
    batch: int,
    act: Act,
    *,
    units: Collection[str] = (),
    missing: bool = True,
    points_open: bool = True,
    words: str = "",
    after_deadline: bool = False,
) -> dict[str, WrittenLetter]:
    """Write them; letters by unit, `new` False where another person was faster. A page passes as `units` those it has
    shown. With `answers.mode` other than send they are drafts. Raises CannotWrite."""
    found = preview_reminders(
        office, batch, units=units, missing=missing, points_open=points_open, words=words, after_deadline=after_deadline
    )
    since = act.now - timedelta(days=office.settings.answers.remind_days)
    letters, written = StaffLetters(office.database), {}
    for reminder in found.letters:
        preview = reminder.preview
        record = AnswerRecord(
            kind="reminder", state=preview.state, to=preview.to, subject=preview.subject, message_id_header="",
            plan_hash=digest(preview.plan), not_before=act.now, text=preview.text, plan=preview.plan, written_by=act.who,
            thread=next(iter((*preview.thread.references, preview.thread.message_id or "")), ""), unit=reminder.unit, batch=batch,
        )  # fmt: skip
        written[reminder.unit] = letters.write_reminder(
            record, act.now, since, message_id=preview.message_id, why=act.why
        )
    return written


# Parts --------------------------------------------------------------------------------------------------------------

_Plan = tuple[str, Why, LetterPlan, OpenPoints | tuple[Contact, ...]]


def _plans(
    office: LetterOffice, spec: BatchSpec, units: Collection[str] | None, words: str, *, missing: bool, points_open: bool
) -> Iterable[_Plan]:
    campaign = office.campaign
    found = open_points(office.database, campaign.key, spec.number, units) if points_open else {}
    order = {unit: place for place, unit in enumerate(office.register.bureaus_first())}
    for unit in sorted(found, key=lambda name: (order.get(name, len(order)), name)):
        entry = found[unit]
        row = entry.message
        mail = AboutMail(unit, row.receipt_number, row.received_at, row.subject, spec.number)
        items = [
            AboutItem(one.item.content, one.links, one.item.paper_arrived_at is not None, one.problems) for one in entry.items
        ]
        yield unit, "open", open_reminder_plan(campaign, mail, items, entry.problems, words), entry
    if missing:
        names = [
            unit
            for unit in missing_units(office.database, office.register.bureaus_first(), campaign.key, spec.number)
            if units is None or unit in units
        ]
        where = contacts(office.database, names)
        for unit in names:
            yield unit, "missing", missing_reminder_plan(campaign, unit, spec, words), where[unit]


def _not_now(
    office: LetterOffice,
    unit: str,
    plan: LetterPlan,
    entry: OpenPoints | tuple[Contact, ...],
    known: Iterable[AnswerRow],
    now: datetime,
) -> str | None:
    """Why this unit gets no letter now; None if it may get one."""
    days = office.settings.answers.remind_days
    last = reminded(known, unit, points(plan), now - timedelta(days=days))
    if last is not None and last.sent_at is not None:
        return f"{last.sent_at.astimezone(SHANGHAI):%m月%d日}已就同样事项催报，未满{days}天"
    if last is not None:
        return f"已有一封未发出的催报信（信件{last.id}）"
    if isinstance(entry, OpenPoints):
        if entry.told_at is None:
            return "补正通知尚未发出，不宜催报"
        if now - entry.told_at < JUST_TOLD:
            return f"补正通知刚于{entry.told_at.astimezone(SHANGHAI):%m月%d日 %H:%M}发出"
    return None


def _reach(office: LetterOffice, entry: OpenPoints | tuple[Contact, ...]) -> tuple[Thread, int] | None:
    """Whom to write to: the sender of the mail concerned, else whoever wrote for the unit last and may be answered."""
    if isinstance(entry, OpenPoints):
        found = [c for c in contacts(office.database, [entry.unit])[entry.unit] if c.envelope.sender == entry.message.sender]
        entries: tuple[Contact, ...] = tuple(found[:1])
        in_thread = True
    else:
        entries, in_thread = entry, False
    for contact in entries:
        envelope = contact.envelope
        address = answer_address(envelope)
        if address is None or may_answer(envelope, "submission", office.own_addresses) is not None:
            continue
        if in_thread:
            return Thread(*address, envelope.subject, envelope.message_id, (*envelope.references, *envelope.in_reply_to)), contact.message_id
        return Thread(*address, "", None), contact.message_id
    return None


def _batch(office: LetterOffice, number: int, *, after_deadline: bool) -> BatchSpec:
    known = {spec.number: spec for spec in office.campaign.batches}
    if number not in known:
        raise CannotWrite(f"没有批次{number}，现有：{'、'.join(str(one) for one in sorted(known))}")
    if not after_deadline and not known[number].covers(office.clock()):
        deadline = known[number].deadline
        raise CannotWrite(
            f"{known[number].name}已于{deadline.year}年{deadline.month}月{deadline.day}日截止，不再催报；确需催报请注明“截止后仍催报”（--after-deadline）"
        )
    return known[number]


def _units(office: LetterOffice, units: Collection[str]) -> frozenset[str] | None:
    if not units:
        return None
    known = set(office.register.reporting_units())
    unknown = [unit for unit in units if unit not in known]
    if unknown:
        raise CannotWrite(f"单位名册中没有：{'、'.join(unknown)}")
    return frozenset(units)


def _warnings(office: LetterOffice, spec: BatchSpec) -> tuple[str, ...]:
    found = unsettled(office.database, office.campaign.key, spec.number)
    told = []
    if found.waiting:
        told.append(f"有{found.waiting}封来信尚在处理，处理完之前不会发出催报信。")
    if found.held:
        told.append(f"有{found.held}封来信搁置未处理，其中可能有这些单位的材料，请先查看。")
    if found.nameless:
        told.append(f"有{found.nameless}封报送来信尚未确定报送单位，可能属于名单上的单位，请先核定。")
    if not office.sends:
        told.append("尚未设置发信服务器（smtp.host），信件会留在待发中。")
    return tuple(told)
