"""Looks after the whole and raises or ends alerts: silence, disk, mails held, letters, rate, templates, deadlines.

What happens at the mailbox (login refused, folder missing) is raised where it happens, in the daemon.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from core.answer_rate import HISTORY, find_loop, unusual_rate
from core.batches import days_left
from core.campaign import Campaign
from core.settings import Settings
from notifier.own_words import Stationery
from storage.arrival import waiting_since
from storage.counts import missing_units
from storage.database import Database
from storage.digest import answers_sent, held_mails, letter_states
from storage.watch import MISSED, WORKER, Watch

LOGIN, REACH, FOLDER = "mailbox.login", "mailbox.unreachable", "mailbox.folder"
"""Raised where they happen: in the daemon, or in a single cycle."""
DISK, SILENT, HELD = "disk.full", "mailbox.silent", "mail.held"
UNUSUAL, LOOP, TEMPLATE, CAPPED = "answers.unusual", "answers.loop", "letter.template", "answers.rate"
UNSENT = ("letter.broken", "letter.failed", "letter.refused")
NEAR = "deadline.near"
NO_WORKER = "workers.none"
ALONE = timedelta(minutes=5)
"""So long may mail wait while no worker gives a sign of life."""
_NAMED = 60


@dataclass(frozen=True)
class Watched:
    """What is looked after. `begun`: when this process started: silence counts from there if nothing was ever polled.
    `register`: canonical names of the reporting units."""

    database: Database
    watch: Watch
    settings: Settings
    campaign: Campaign
    register: Sequence[str]
    stationery: Stationery
    blobs: Path
    clock: Callable[[], datetime]
    begun: datetime


def look_after(watched: Watched) -> None:
    """One look at everything. Raises StorageError."""
    now = watched.clock()
    free = disk_free_mb(watched.blobs)
    low = free < watched.settings.alerts.disk_free_mb
    _set(watched, DISK, f"存放数据的磁盘只剩{free}MB，请尽快清理。" if low else None, now)
    _silence(watched, now)
    held = held_mails(watched.database)
    _set(watched, HELD, f"有{held}封来信多次处理未成功，已搁置，等待人工查看。" if held else None, now)
    _letters(watched, now)
    faults = watched.stationery.current().faults
    _set(watched, TEMPLATE, "；".join(str(fault).rstrip("。") for fault in faults[:5]) + "。" if faults else None, now)
    _deadlines(watched, now)
    _workers(watched, now)


def disk_free_mb(folder: Path) -> int:
    """Free space where this folder lies, or will lie, in MB."""
    folder = folder.absolute()  # it is not there before the first mail
    return shutil.disk_usage(next(one for one in (folder, *folder.parents) if one.exists())).free // 2**20


def _set(watched: Watched, code: str, text: str | None, now: datetime) -> None:
    if text is None:
        watched.watch.resolve_alert(code, now)
    else:
        watched.watch.raise_alert(code, text, now)


def _silence(watched: Watched, now: datetime) -> None:
    """Ended by the next successful poll, in the daemon."""
    if not watched.settings.mailbox.host:
        return
    last = next((beat.at for beat in watched.watch.heartbeats() if beat.name == "poll"), watched.begun)
    silent = now - max(last, watched.begun)  # a machine that was switched off is no news once it runs again
    if silent > timedelta(minutes=watched.settings.alerts.silent_minutes):
        watched.watch.raise_alert(SILENT, f"已有{int(silent.total_seconds() // 60)}分钟没有成功收取邮件。", now)


def _workers(watched: Watched, now: datetime) -> None:
    """Where this machine leaves the mails to others, one of them must be there."""
    text = None
    if not watched.settings.workers.local and now - watched.begun > ALONE:
        count, since = waiting_since(watched.database, now)
        beats = watched.watch.heartbeats()
        alive = any(row.name.startswith(WORKER) and now - row.at < MISSED and row.detail.get("blobs", True) for row in beats)
        if since is not None and not alive and now - since > ALONE:
            text = f"有{count}封来信等待审核，但没有一台处理机在工作。"
    _set(watched, NO_WORKER, text, now)


def _letters(watched: Watched, now: datetime) -> None:
    """Rates out of the ordinary; and alerts about single letters that staff have dealt with."""
    answers = watched.settings.answers
    sent = answers_sent(watched.database, now - HISTORY)
    _set(watched, UNUSUAL, unusual_rate([moment for moment, _, _ in sent], now), now)
    _set(watched, LOOP, find_loop(sent, now, answers.per_address_day), now)
    if letter_states(watched.database)["failed"] == 0:
        for code in UNSENT:
            watched.watch.resolve_alert(code, now)
    hour = sum(1 for moment, _, _ in sent if moment > now - timedelta(hours=1))
    day = sum(1 for moment, _, _ in sent if moment > now - timedelta(days=1))
    if hour < answers.per_hour and day < answers.per_day:
        watched.watch.resolve_alert(CAPPED, now)


def _deadlines(watched: Watched, now: datetime) -> None:
    """The units that have sent nothing, some days before a batch ends."""
    campaign, within = watched.campaign, watched.settings.alerts.deadline_days
    current = campaign.batch_at(now)
    for spec in campaign.batches:
        left = days_left(spec.deadline, now)
        text = None
        if spec == current and within and left <= within:
            missing = missing_units(watched.database, watched.register, campaign.key, spec.number)
            when = "今天截止" if left == 0 else f"还有{left}天截止（{spec.deadline.month}月{spec.deadline.day}日）"
            if missing:
                named = "、".join(missing[:_NAMED]) + ("等" if len(missing) > _NAMED else "")
                text = f"{spec.name}{when}，尚有{len(missing)}家未报送：{named}。"
        _set(watched, f"{NEAR}.{spec.number}", text, now)
