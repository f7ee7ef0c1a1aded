"""Before a letter by staff goes out: does what it says still hold? A unit may have complied since it was written.

Reminders and staff's own correction requests only; letters of a decision are kept true by the next decision.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.campaign import Campaign
from core.codec import decode
from core.findings import Finding
from core.letter import LetterPlan
from core.staff_plan import points, still_open
from storage.counts import units_seen
from storage.database import Database
from storage.link_watch import LinkWatch
from storage.outbox import Outbox
from storage.reminding import open_points, unsettled
from storage.rows import AnswerRow
from storage.whole import WholeMessage, find_item, find_message, read_message

WAIT = timedelta(minutes=3)
"""Until mails that came in are decided: one of them may be what is asked for."""


@dataclass(frozen=True, slots=True)
class Send:
    """The letter may go, saying this."""

    plan: LetterPlan


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: mails are still to be decided."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class Drop:
    """It is to go no more; the reason in Chinese. `draft`: a person should look at it again instead."""

    reason: str
    draft: bool = False


def recheck(database: Database, campaign: Campaign, answer: AnswerRow, now: datetime) -> Send | Wait | Drop | None:
    """What becomes of this letter; None for a letter that is no affair of this module."""
    if answer.plan is None:
        return None
    if answer.kind == "reminder" and answer.batch is not None:
        return _reminder(database, campaign, answer, decode(LetterPlan, dict(answer.plan)), now)
    if answer.kind == "link_dead":
        return _loss(database, decode(LetterPlan, dict(answer.plan)))
    if answer.kind == "correction" and answer.written_by is not None and answer.message_id is not None:
        return _correction(database, answer, decode(LetterPlan, dict(answer.plan)))
    return None


def _reminder(database: Database, campaign: Campaign, answer: AnswerRow, plan: LetterPlan, now: datetime) -> Send | Wait | Drop:
    assert answer.batch is not None
    unit = answer.unit or plan.unit or ""
    batch = next((spec for spec in campaign.batches if spec.number == answer.batch), None)
    if batch is not None and batch.covers(answer.created_at) and not batch.covers(now):
        return Drop(f"{batch.name}已经截止，不再催报")
    if unsettled(database, campaign.key, answer.batch).waiting:
        return Wait(WAIT)
    if not points(plan):
        came = unit in units_seen(database, campaign.key, answer.batch)
        return Drop("该单位已经报送，无需催报") if came else Send(plan)
    found = open_points(database, campaign.key, answer.batch, [unit]).get(unit)
    left = still_open(plan, found.all) if found is not None else None
    return Drop("该单位已经补正，无需催报") if left is None else Send(left)


def _loss(database: Database, plan: LetterPlan) -> Send | Drop:
    """A link that opens again is no loss any more."""
    told = {link.url for item in plan.items for link in item.links}
    lost = {one.link.link.url for one in LinkWatch(database).lost()}
    return Send(plan) if told & lost else Drop("链接已能正常打开，无需告知")


def _correction(database: Database, answer: AnswerRow, plan: LetterPlan) -> Send | Drop:
    """What staff asked for must still stand against the mail; if something of it is settled, or something new has come for
    the items since a person last dealt with the letter, they look again."""
    asked = [*plan.problems, *(found for item in plan.items for found in item.problems)]
    assert answer.message_id is not None
    mails = [read_message(database, number) for number in (answer.message_id, *Outbox(database).companions(answer.id))]
    known = Counter(_key(row.finding) for whole in mails for row in whole.findings if row.waived_at is None)
    if not Counter(_key(found) for found in asked) - known and not _news(database, answer, mails):
        return Send(plan)
    return Drop("写信之后，来信的审核情况有变化（可能已补正或免除），请再看一遍", draft=True)


def _news(database: Database, answer: AnswerRow, mails: list[WholeMessage]) -> bool:
    """Whether another mail about the same items was recorded after a person last wrote or released this letter."""
    dealt = Outbox(database).last_act(answer.id) or answer.created_at
    items = {item.id for whole in mails for item in whole.items}
    others = {number for item in items for number in find_item(database, item).messages} - {whole.message.id for whole in mails}
    return any(find_message(database, number).recorded_at > dealt for number in others)


def _key(found: Finding) -> tuple[str, str | None]:
    return found.code, found.field
