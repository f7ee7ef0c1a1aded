"""How things stand, read for the daily digest and for the alerts: plain figures out of all tables.

Each function is one or a few read transactions; times are aware.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from core.batches import days_left
from core.campaign import Campaign
from core.digest import BatchProgress, Digest, FolderCount, StaffAlert, ToDo, UnitTraffic
from core.facts import LinkState
from storage import models as m
from storage.counts import activity, missing_units, unit_counts, units_seen
from storage.database import Database
from storage.ledger import Ledger
from storage.tally import counted, total
from storage.watch import Watch

_BAD_LINKS = (LinkState.CODE_WRONG, LinkState.DEAD, LinkState.EXPIRED, LinkState.NOT_PERMANENT)
_LOOKED_LATELY = timedelta(hours=6)
"""An older look at a folder says nothing about how it is now."""
TODO = 50


@dataclass(frozen=True, slots=True)
class DigestOptions:
    """`register`: canonical names of the reporting units. `missing_within`: so many days before a deadline the units that
    have sent nothing are named. `page`: address of the staff pages."""

    campaign: Campaign
    register: Sequence[str]
    missing_within: int = 3
    page: str = ""
    disk_free_mb: int | None = None


def read_digest(database: Database, options: DigestOptions, since: datetime, until: datetime) -> Digest:
    """The digest of this period."""
    campaign = options.campaign
    happened = activity(database, since, until)
    verdicts = happened.verdicts
    letters = letter_states(database)
    links = _links(database)
    todo, count = waiting_for_people(database, campaign)
    return Digest(
        campaign=campaign.name, since=since, until=until, received=happened.received,
        accepted=verdicts.get("accepted", 0), correction=verdicts.get("correction", 0), review=verdicts.get("review", 0),
        pending=verdicts.get("pending", 0), ignored=verdicts.get("ignored", 0), held=verdicts.get("held", 0),
        sent=sum(happened.sent.values()), drafts=letters["draft"], waiting=letters["waiting"] + letters["sending"],
        failed=letters["failed"], links_unchecked=links[LinkState.UNCHECKED.value],
        links_bad=sum(links[state.value] for state in _BAD_LINKS), batches=_batches(database, options, until), todo=todo,
        todo_total=count, alerts=_alerts(database), disk_free_mb=options.disk_free_mb, page=options.page,
        folders=_folders(database, until), units=_units(database, since, until),
    )  # fmt: skip


def letter_states(database: Database) -> Counter[str]:
    """How many letters are in each state."""
    with database.read() as connection:
        return Counter(dict(counted(connection, "answer", (m.Tally.state,))))


def held_mails(database: Database) -> int:
    """Mails put aside after failing."""
    with database.read() as connection:
        return total(connection, "message", m.Tally.state == "held")


def answers_sent(database: Database, since: datetime) -> tuple[tuple[datetime, str, str], ...]:
    """(moment, address, thread) of every letter that went out since then, oldest first."""
    t = m.Answer
    query = select(t.sent_at, t.to, t.thread).where(t.sent_at >= since).order_by(t.sent_at)
    with database.read() as connection:
        return tuple((at, to, thread) for at, to, thread in connection.execute(query) if at is not None)


def waiting_for_people(database: Database, campaign: Campaign, limit: int = TODO) -> tuple[tuple[ToDo, ...], int]:
    """What waits for a person, oldest first, and how much there is: mails held or to be looked at, items to be looked at
    that no such mail shows, letters that failed."""
    t, item = m.Message, m.Item
    mails = or_(t.stage == "held", and_(t.stage == "done", t.verdict == "review", t.campaign == campaign.key))
    shown = (
        select(m.ItemMessage.item_id).join(t, t.id == m.ItemMessage.message_id).where(m.ItemMessage.item_id == item.id, mails).exists()
    )
    items = and_(item.state == "review", item.campaign == campaign.key, item.staff_state.is_(None), ~shown)
    a = m.Answer
    with database.read() as connection:
        found = [
            *_mails_to_do(connection.execute(
                select(t.id, t.receipt_number, t.reporting_unit, t.subject, t.stage, t.received_at).where(mails).order_by(t.id).limit(limit)
            )),
            *_items_to_do(connection.execute(
                select(item.id, item.receipt_number, item.reporting_unit, item.category, item.title, item.updated_at)
                .where(items).order_by(item.id).limit(limit)
            ), campaign),
            *_letters_to_do(connection.execute(
                select(a.id, a.to, a.subject, a.reason, a.created_at).where(a.state == "failed").order_by(a.id).limit(limit)
            )),
        ]  # fmt: skip
        counts = (
            select(func.count(t.id)).where(mails), select(func.count(item.id)).where(items),
            select(func.count(a.id)).where(a.state == "failed"),
        )  # fmt: skip
        number = sum(int(connection.execute(count).scalar_one()) for count in counts)
    return tuple(sorted(found, key=lambda entry: entry.since)[:limit]), number


def _mails_to_do(rows: Iterable[Any]) -> Iterator[ToDo]:
    for row in rows:
        what = f"{row.reporting_unit or '单位待定'}：{row.subject or '（无主题）'}"
        why = "处理未成功，已搁置" if row.stage == "held" else "请人工查看"
        yield ToDo(row.receipt_number or f"来信m{row.id}", what, why, row.received_at)


def _items_to_do(rows: Iterable[Any], campaign: Campaign) -> Iterator[ToDo]:
    names = {spec.key: spec.name for spec in campaign.categories}
    for row in rows:
        what = f"{row.reporting_unit or '单位待定'}：{names.get(row.category, row.category)}《{row.title or '名称未填'}》"
        yield ToDo(row.receipt_number or f"报送件{row.id}", what, "请人工查看", row.updated_at)


def _letters_to_do(rows: Iterable[Any]) -> Iterator[ToDo]:
    for row in rows:
        yield ToDo(f"信件{row.id}", f"{row.to}：{row.subject}", row.reason or "未能发出", row.created_at)


def _links(database: Database) -> Counter[str]:
    with database.read() as connection:
        return Counter(dict(counted(connection, "link", (m.Tally.state,))))


def _alerts(database: Database) -> tuple[StaffAlert, ...]:
    """The open ones; that a deadline is near the progress of its batch says better."""
    rows = Watch(database).open_alerts()
    return tuple(StaffAlert(row.code, row.text, row.at) for row in rows if not row.code.startswith("deadline."))


def _folders(database: Database, now: datetime) -> tuple[FolderCount, ...]:
    balances = Ledger(database).folder_balances()
    several = len({row.account for row in balances}) > 1
    return tuple(
        FolderCount(
            f"{row.account} {row.folder}" if several else row.folder,
            row.mailbox if row.looked_at is not None and now - row.looked_at <= _LOOKED_LATELY else None,
            row.ledger,
        )
        for row in balances
    )


def _units(database: Database, since: datetime, until: datetime) -> tuple[UnitTraffic, ...]:
    t = m.Message
    query = (
        select(t.reporting_unit, t.verdict, func.count(t.id))
        .where(t.received_at >= since, t.received_at < until, t.kind == "submission")
        .group_by(t.reporting_unit, t.verdict)
    )
    counts: dict[str, Counter[str]] = {}
    with database.read() as connection:
        for unit, verdict, count in connection.execute(query):
            counts.setdefault(unit or "", Counter())[verdict or ""] += count
    return tuple(
        UnitTraffic(
            unit, found.total(), found["accepted"], found["correction"], found["review"],
            found.total() - found["accepted"] - found["correction"] - found["review"],
        )
        for unit, found in sorted(counts.items(), key=lambda entry: (not entry[0], -entry[1].total(), entry[0]))
    )


def _batches(database: Database, options: DigestOptions, now: datetime) -> tuple[BatchProgress, ...]:
    """The batch that is open, and every other one that has items."""
    campaign, progress = options.campaign, []
    current = campaign.batch_at(now)
    for spec in sorted(campaign.batches, key=lambda one: one.deadline):
        states: Counter[str] = Counter()
        for row in unit_counts(database, campaign.key, spec.number):
            states[row.state] += row.count
        if not states and spec != current:
            continue
        left = days_left(spec.deadline, now)
        near = spec == current and 0 <= left <= options.missing_within
        progress.append(
            BatchProgress(
                spec.name, spec.deadline, states["complete"], states["incomplete"], states["review"], states["pending"],
                len(units_seen(database, campaign.key, spec.number) & set(options.register)), len(options.register),
                missing_units(database, options.register, campaign.key, spec.number) if near else (),
            )
        )
    return tuple(progress)
