"""Looking again at links of accepted items: who is watched, what a look brought, who hears of a loss.

Every step starts from what the database says and may be repeated: killed anywhere, the next turn goes on. Alerts follow
the lost links; a letter and the mark that it was written are one transaction.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.campaign import Campaign
from core.codec import digest
from core.facts import LinkState
from core.letter import LetterPlan, Thread
from core.link_loss import Loss, Written, alert_text, plan_loss_letter
from core.link_watch import Known, entry, look_again, next_look, watch_ends, with_entry
from core.loop_guard import answer_address, may_answer
from core.records import AnswerRecord
from core.settings import LinkSettings
from intake.gathering import item_from_row
from intake.looking import Checker
from intake.recording import Office, letter_mark
from notifier.mime import message_id as fixed_message_id
from storage.ledger import Ledger
from storage.link_watch import ItemLink, LinkWatch
from storage.rows import LinkRow, MessageRow
from storage.watch import Watch

log = logging.getLogger(__name__)

ALERT = "link.lost:"
"""Codes of the alerts about lost links begin so; the link's id follows."""


@dataclass(frozen=True)
class WatchDesk:
    """What looking again runs on."""

    links: LinkWatch
    ledger: Ledger
    alerts: Watch
    office: Office
    settings: LinkSettings
    clock: Callable[[], datetime]
    chance: Callable[[], random.Random] = random.Random

    @property
    def campaign(self) -> Campaign:
        return self.office.rules.campaign


def plan_looks(desk: WatchDesk) -> None:
    """Put links of newly accepted items on the calendar, and take off those that matter no more or whose time is over."""
    now, chance = desk.clock(), desk.chance()
    ends = {batch.number: watch_ends(batch, desk.settings) for batch in desk.campaign.batches}
    watched = [one for one in desk.links.watched() if one.item.content.campaign == desk.campaign.key]
    gone = [one.link.id for one in watched if not one.current]
    over = [
        one.link.id for one in watched
        if one.current and one.link.next_check_at is not None
        and (desk.settings.recheck_days <= 0 or now >= ends.get(one.item.content.batch or 0, now))
        and one.item.content.state != "pending"  # else a mail has asked for one more look
    ]  # fmt: skip
    if gone:
        desk.links.let_go(gone, now)
    if over:
        desk.links.rest(over)
    if desk.settings.recheck_days <= 0:
        return
    seen = {(one.item.id, one.link.link.url) for one in watched if one.current}
    begin: dict[int, datetime] = {}
    open_batches = [number for number, end in ends.items() if now < end]
    newest_first = sorted(desk.links.unwatched(desk.campaign.key, desk.campaign.share_provider, open_batches), key=lambda one: -one.link.id)
    for one in newest_first:
        place = (one.item.id, one.link.link.url)
        if one.current and place not in seen:
            seen.add(place)
            known = one.link.checked_at
            begin[one.link.id] = now if known is None else max(now, next_look(known, desk.settings, chance))
    if begin:
        desk.links.begin(begin)


def take_look(desk: WatchDesk, checker: Checker, row: LinkRow) -> bool:
    """Look again at one watched link; whether the outcome of mails may change by it."""
    report = checker.check(row.link)
    now = desk.clock()
    known = Known(row.link.state, row.tries, row.lost_state, row.lost_at)
    look = look_again(known, report, now, desk.settings, desk.chance())
    recorded = desk.links.record_look(row, look, report, with_entry(row.history, entry(report, now)), now)
    if recorded and look.lost_state != row.lost_state:
        log.info("link %s: %s", row.id, "opens again" if look.found_again else f"lost, {look.lost_state}")
    return recorded and look.found_again


def follow_losses(desk: WatchDesk) -> None:
    """Alerts for links that are lost, none for those that are not; one letter to each submitter if that is wished."""
    now = desk.clock()
    lost = [one for one in desk.links.lost() if one.item.content.campaign == desk.campaign.key]
    wanted = {f"{ALERT}{one.link.id}": alert_text(_loss(one), one.link.id, desk.campaign) for one in lost}
    standing = {alert.code for alert in desk.alerts.open_alerts() if alert.code.startswith(ALERT)}
    for code in sorted(wanted.keys() - standing):
        desk.alerts.raise_alert(code, wanted[code], now)
    for code in sorted(standing - wanted.keys()):
        desk.alerts.resolve_alert(code, now)
    if desk.settings.notify_dead:
        _tell(desk, [one for one in lost if not _told(one.link)], now)


def _told(link: LinkRow) -> bool:
    """Whether the unit was written to about this loss; a link may have come back and be lost once more."""
    return link.told_at is not None and (link.lost_at is None or link.told_at >= link.lost_at)


def _loss(one: ItemLink) -> Loss:
    return Loss(item_from_row(one.item), one.link.link, one.link.lost_state or LinkState.DEAD)


def _tell(desk: WatchDesk, lost: Iterable[ItemLink], now: datetime) -> None:
    """One letter for all that a submitter has lost, in the thread of the newest of the mails that brought the links."""
    groups: dict[str, list[tuple[ItemLink, MessageRow]]] = {}
    for one in lost:
        message = desk.ledger.find_message(one.link.message_id)
        if message is not None and message.sender:
            groups.setdefault(message.sender, []).append((one, message))
    for group in groups.values():
        _write(desk, [one for one, _ in group], max((message for _, message in group), key=lambda row: row.id), now)


def _write(desk: WatchDesk, lost: list[ItemLink], message: MessageRow, now: datetime) -> None:
    facts = desk.ledger.find_facts(message.id)
    if facts is None:
        return
    envelope = facts.envelope
    mail = Written(message.received_at, envelope.subject, message.receipt_number)
    plan = plan_loss_letter([_loss(one) for one in lost], mail, desk.campaign)
    to = answer_address(envelope)
    reason = may_answer(envelope, "submission", desk.office.rules.own_addresses) or (None if to else "no address")
    if not message.answerable:
        reason = "来信早于设定的起始时间，只登记，不答复"
    elif reason is None and desk.office.answers.mode == "off":
        reason = "自动答复已关闭"
    address, name = to or ("", "")
    thread = Thread(address, name, envelope.subject, envelope.message_id, (*envelope.references, *envelope.in_reply_to))

    def write(revision: int) -> AnswerRecord:
        return _answer(desk, plan, thread, letter_mark(message, "link_dead", revision), reason, now)

    desk.links.tell([one.link.id for one in lost], write, message.id, now)


def _answer(desk: WatchDesk, plan: LetterPlan, thread: Thread, mark: str, reason: str | None, now: datetime) -> AnswerRecord:
    office = desk.office
    letter = office.compose(plan, thread, mark, now) if thread.to else None
    waiting: Literal["draft", "waiting"] = "draft" if office.answers.mode == "draft" else "waiting"
    return AnswerRecord(
        kind="link_dead",
        state="suppressed" if reason else waiting,
        to=thread.to,
        subject=letter.subject if letter else thread.subject,
        message_id_header=fixed_message_id(mark, office.address),
        plan_hash=digest(plan),
        not_before=now,
        text=letter.text if letter else "",
        reason=reason,
        thread=next(iter((*thread.references, thread.message_id or "")), ""),
        plan=plan,
        again=True,
    )

