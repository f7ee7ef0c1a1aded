"""概览: how far the batch is, what came in day by day, what waits for a person, and whether the program is well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.responses import Response

from core.campaign import SHANGHAI, BatchSpec
from core.records import ItemState
from staff import matrix
from staff.web import charts
from staff.web.acting import Queue
from staff.web.pages.addresses import items_query, ledger_query
from staff.web.pages.review import WORDS
from staff.web.site import Site
from staff.web.visit import Here, Visit
from storage import progress
from storage.ledger import FolderBalance, Ledger
from storage.rows import HeartbeatRow
from storage.waiting import EVERYTHING, MOST, Waiting, WaitingKind
from storage.watch import Watch

router = APIRouter()

Sums = Mapping[tuple[str, ItemState], int]
"""Items by category and state."""


@dataclass(frozen=True, slots=True)
class Category:
    """One category's progress."""

    key: str
    name: str
    total: int
    parts: tuple[charts.Part, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Units of one kind: who has sent, who has not."""

    kind: str
    name: str
    units: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def sent(self) -> int:
        """How many have sent something."""
        return len(self.units) - len(self.missing)


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits: a word, how many, and where it is done."""

    word: str
    count: str
    url: str
    tone: str


@router.get("/")
def overview(here: Here) -> Response:
    """The first page."""
    site, now = here.site, here.site.clock()
    batch = chosen_batch(here)
    number = batch.number if batch else None
    sums = progress.sums(site.database, site.campaign.key, number)
    units = progress.heard_of(site.database, site.campaign.key, number)
    watch, work = Watch(site.database), progress.under_way(site.database)
    alerts = watch.open_alerts()
    return here.page(
        "overview.html", batch=batch, number=number, deadline=_deadline(batch, now), states=_states(sums),
        categories=_categories(site, sums), groups=_groups(site, *units), chart=_chart(here, batch, now),
        tasks=tasks(Waiting(site.database).counts(now), sum(alert.seen_by is None for alert in alerts)),
        state_order=matrix.STATE_ORDER, balances=[_balance(row) for row in Ledger(site.database).folder_balances()],
        poll=_poll(site, watch.heartbeats(), now), alerts=alerts, ledger_query=ledger_query, items_query=items_query,
        work=(work.messages, work.letters),
    )


def chosen_batch(here: Visit) -> BatchSpec | None:
    """The batch of `?batch=`; None for `all`; by default the one that is open, or, when nothing of it has come in yet,
    the one of the newest item."""
    campaign, asked = here.site.campaign, here.query("batch")
    if asked == "all":
        return None
    known = {spec.number: spec for spec in campaign.batches}
    found = known.get(here.number("batch") or 0)
    if found is not None:
        return found
    newest = progress.newest_batch(here.site.database, campaign.key)
    return known.get(newest or 0) or campaign.batch_at(here.site.clock()) or campaign.batches[-1]


def _deadline(batch: BatchSpec | None, now: datetime) -> tuple[str, str]:
    """Words and colour for how long there is."""
    if batch is None:
        return "", ""
    left = (batch.deadline - now.astimezone(SHANGHAI).date()).days
    if left < 0:
        return f"已截止{-left}天", "idle"
    if left == 0:
        return "今天截止", "bad"
    return f"还有{left}天", "bad" if left <= 3 else "warn" if left <= 10 else "info"


def _states(sums: Sums) -> dict[str, int]:
    return {state: sum(number for (_, own), number in sums.items() if own == state) for state in matrix.STATE_ORDER}


def _categories(site: Site, sums: Sums) -> list[Category]:
    found = []
    for spec in site.campaign.categories:
        counts: dict[str, int] = {state: sums.get((spec.key, state), 0) for state in matrix.STATE_ORDER}
        found.append(Category(spec.key, spec.name, sum(counts.values()), charts.stacked(counts, matrix.STATE_ORDER)))
    return found


def _groups(site: Site, with_items: AbstractSet[str], with_mails: AbstractSet[str]) -> list[Group]:
    """The lines of the ledger, by kind: the register's units and whoever else has items."""
    named: dict[str, list[str]] = {kind: [] for kind in matrix.UNIT_KINDS}
    register = site.register.reporting_units()
    for unit in (*register, *sorted(with_items - set(register))):
        named[matrix.kind_of(unit, site.register)].append(unit)
    heard_of = with_items | with_mails
    return [
        Group(kind, matrix.UNIT_KINDS[kind], tuple(units), tuple(unit for unit in units if unit not in heard_of))
        for kind, units in named.items() if units
    ]


def _chart(here: Visit, batch: BatchSpec | None, now: datetime) -> charts.Chart:
    """Mails a day: from the batch's first to its deadline or today, whichever is sooner; without a batch the last weeks."""
    today = now.astimezone(SHANGHAI).date()
    first, last = today - timedelta(days=29), today
    if batch is not None:
        begun = progress.first_arrival(here.site.database, here.site.campaign.key, batch.number)
        last = min(today, batch.deadline)
        first = begun.astimezone(SHANGHAI).date() if begun is not None else last - timedelta(days=13)
        first = min(first, last - timedelta(days=13))
    starts, step = charts.spans(first, last)
    counts = progress.arrivals(here.site.database, (*starts, starts[-1] + timedelta(days=step)))
    return charts.draw(starts, step, counts, batch.deadline if batch is not None else None)


def tasks(counts: Mapping[WaitingKind, int], alerts: int) -> list[Task]:
    """What waits for a person, each with the page where it is done; what is not there is left out."""
    tones: Mapping[WaitingKind, str] = {"held": "bad", "failed": "bad", "stuck": "bad"}
    every = [
        Task(WORDS[kind][0], f"{count}以上" if count >= MOST else str(count), Queue(kind, EVERYTHING).list_url, tones.get(kind, "warn"))
        for kind, count in counts.items() if count
    ]
    return every + ([Task("提醒未查看", str(alerts), "/system/alerts", "bad")] if alerts else [])


@dataclass(frozen=True, slots=True)
class Balance:
    """Mailbox and ledger of one folder, and what is to be said of the difference."""

    row: FolderBalance
    tone: str
    text: str


def _balance(row: FolderBalance) -> Balance:
    if row.mailbox is None:
        return Balance(row, "idle", "尚未读取")
    difference = row.mailbox - row.ledger
    if difference > 0:
        return Balance(row, "bad", f"信箱中有{difference}封尚未登记")
    if difference < 0:
        return Balance(row, "info", f"有{-difference}封登记后已移出信箱")
    return Balance(row, "good", "差额 0")


@dataclass(frozen=True, slots=True)
class Poll:
    """The last successful look at the mailbox."""

    at: datetime | None
    tone: str
    text: str


def _poll(site: Site, beats: Sequence[HeartbeatRow], now: datetime) -> Poll:
    at = next((beat.at for beat in beats if beat.name == "poll"), None)
    if at is None:
        return Poll(None, "idle", "尚未收取过邮件")
    silent = site.settings.alerts.silent_minutes
    minutes = int((now - at).total_seconds() // 60)
    if minutes > silent:
        return Poll(at, "bad", f"已有{_span(minutes)}没有成功收取")
    return Poll(at, "good", "正常")


def _span(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes}分钟"
    return f"{minutes // 60}小时" if minutes < 48 * 60 else f"{minutes // 1440}天"
