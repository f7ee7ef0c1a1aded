"""Tells staff: alerts when they are raised, when they are over, daily while they last; and once a day how things stand.

Messages are made in the database (`storage.notices`), one row for each channel, and sent from there: by mail through the
same SMTP session as letters but not through their outbox, and to the group robots of DingTalk, WeCom and Feishu.
At least once: a mail keeps its Message-ID, so that a second copy after a crash is shown once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.campaign import SHANGHAI, Campaign
from core.codec import Json, decode, encode
from core.digest import STOPPED, AlertNews, Digest, StaffAlert
from core.ports import Refused, SendOutcome, Sent, TryLater
from core.settings import Settings
from notifier.alert_words import mend_for
from notifier.notices import ALERTS, DIGEST, MAIL, StaffMessage, as_mail, channel_name, channels, for_robot
from notifier.webhooks import send_webhook
from storage.digest import DigestOptions, read_digest
from storage.errors import LeaseLost
from storage.notices import Notices
from storage.rows import AlertRow, NoticeRow
from storage.watch import Watch

log = logging.getLogger(__name__)

PACE = timedelta(minutes=5)
"""Alerts are told together, at most one message in this time."""
AGAIN = timedelta(hours=24)
KEPT = timedelta(hours=24)
"""A message that could not be sent for so long is given up: it is no news any more."""
CLAIM = timedelta(minutes=5)
FIRST_TELL = "first-tell"
"""Heartbeat that remembers when this installation first looked for something to tell."""
FIRST = timedelta(days=1)
"""What the first digest looks back on."""
_PAUSES = (1, 2, 5, 10, 20, 40, 60)  # minutes


class Sender(Protocol):
    """The wire to the mail server."""

    def send(self, raw: bytes, to: list[str]) -> SendOutcome:
        """Hand one complete mail to the server. Never raises for what the server does."""
        ...


@dataclass(frozen=True)
class Herald:
    """What telling staff runs on. `sender` None: no mail can be sent. `free_mb`: free space on the data's disk."""

    notices: Notices
    watch: Watch
    settings: Settings
    campaign: Campaign
    register: Sequence[str]
    sender: Sender | None
    clock: Callable[[], datetime]
    owner: str
    free_mb: Callable[[], int | None]
    post: Callable[[str, str, str], SendOutcome] = send_webhook

    @property
    def channels(self) -> dict[str, str]:
        """Configured channels: name -> address (of robots: secret)."""
        return channels(self.settings)


def tell(herald: Herald) -> dict[str, int]:
    """Make what is to be told, then send what is due; how many messages ended in which way. Raises StorageError."""
    now = herald.clock()
    herald.notices.sweep(now, now - KEPT)
    herald.notices.tell_alerts(herald.channels, now, kind=ALERTS, pace=PACE, again_after=AGAIN, word=_news)
    digest_if_due(herald, now)
    counts: dict[str, int] = {}
    for due in herald.notices.due(now):
        if due.channel == MAIL and _mail_stopped(herald):
            continue
        notice = herald.notices.claim(due.id, herald.owner, herald.clock(), CLAIM)
        if notice is not None:
            outcome = _deliver(herald, notice)
            counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def digest_if_due(herald: Herald, now: datetime) -> bool:
    """Make today's digest once its hour has come. Its key is the day: whatever dies, there is one for each day."""
    if not any(beat.name == FIRST_TELL for beat in herald.watch.heartbeats()):
        herald.watch.beat(FIRST_TELL, now)
    hour = herald.settings.alerts.digest_hour
    local = now.astimezone(SHANGHAI)
    if hour is None or hour < 0 or local.hour < hour or not herald.channels:
        return False
    key = f"{DIGEST}:{local:%Y-%m-%d}"
    if herald.notices.by_key(key):
        return False
    last = herald.notices.last(DIGEST)
    if last is None and not _begun_before(herald, local.replace(hour=hour, minute=0, second=0, microsecond=0)):
        return False
    since = decode(Digest, dict(last.content)).until if last is not None else now - FIRST
    return bool(make_digest(herald, key, since, now))


def _begun_before(herald: Herald, hour: datetime) -> bool:
    """Whether this installation was at work before today's hour: set up at noon, it begins with tomorrow's digest."""
    return any(beat.at < hour for beat in herald.watch.heartbeats() if beat.name == FIRST_TELL)


def make_digest(herald: Herald, key: str, since: datetime, now: datetime) -> tuple[int, ...]:
    """Put the digest of this period before every channel; ids of the new messages."""
    options = DigestOptions(
        herald.campaign, herald.register, herald.settings.alerts.deadline_days, herald.settings.staff.public_url, herald.free_mb()
    )
    digest = read_digest(herald.notices.database, options, since, now)
    return herald.notices.make(key, DIGEST, encode(digest), herald.channels, now)


def _news(rows: Sequence[AlertRow]) -> Mapping[str, Json]:
    return encode(AlertNews(tuple(staff_alert(row) for row in rows)))


def staff_alert(row: AlertRow) -> StaffAlert:
    """The stored alert as it is told."""
    over = row.resolved_at is not None
    return StaffAlert(row.code, row.text, row.at, mend_for(row.code), over, again=not over and row.notified_at is not None)


def _mail_stopped(herald: Herald) -> bool:
    """While the account is refused nothing more is tried: every further login makes it worse."""
    return herald.sender is None or any(alert.code == STOPPED for alert in herald.watch.open_alerts())


def _deliver(herald: Herald, notice: NoticeRow) -> str:
    now = herald.clock()
    address = herald.channels.get(notice.channel)
    try:
        if address is None:
            herald.notices.mark_failed(notice.id, herald.owner, "此通道已不在配置中")
            return "failed"
        outcome = _send(herald, notice, address)
        return _settle(herald, notice, outcome, now)
    except LeaseLost:
        return "none"  # it took longer than the claim; another process has it


def _send(herald: Herald, notice: NoticeRow, address: str) -> SendOutcome:
    try:
        if notice.channel == MAIL:
            assert herald.sender is not None
            mail = as_mail(herald.settings, herald.campaign, _message(notice))
            return herald.sender.send(mail.raw, [*mail.to])
        return herald.post(address, *for_robot(_message(notice)))
    except Exception as error:  # a fault of ours in one message must not silence the others
        log.exception("notice %s cannot be composed", notice.id)
        return Refused(f"无法生成：{type(error).__name__}")


def _message(notice: NoticeRow) -> StaffMessage:
    name = f"notice-{notice.id}-{notice.created_at:%y%m%d%H%M%S}"
    return StaffMessage(name, notice.kind, notice.content, notice.created_at)


def _settle(herald: Herald, notice: NoticeRow, outcome: SendOutcome, now: datetime) -> str:
    channel = f"channel.{notice.channel}"
    if isinstance(outcome, Sent):
        herald.notices.mark_sent(notice.id, now, outcome.response)
        herald.watch.resolve_alert(channel, now)
        log.info("staff were told by %s (%s)", notice.channel, notice.kind)
        return "sent"
    if isinstance(outcome, TryLater):
        pause = outcome.after or timedelta(minutes=_PAUSES[min(notice.attempts, len(_PAUSES)) - 1])
        herald.notices.mark_later(notice.id, herald.owner, now + pause, outcome.reason)
        log.warning("staff could not be told by %s: %s", notice.channel, outcome.reason)
        return "later"
    if notice.channel == MAIL and outcome.stop:
        herald.notices.mark_later(notice.id, herald.owner, now, outcome.reason)
        herald.watch.raise_alert(STOPPED, f"{now.astimezone(SHANGHAI):%m月%d日 %H:%M}起发信已暂停：{outcome.reason}", now)
        return "stopped"
    herald.notices.mark_failed(notice.id, herald.owner, outcome.reason)
    # The other channels tell of it; this one tries again with the next message.
    herald.watch.raise_alert(channel, f"提醒未能送达{channel_name(notice.channel)}：{outcome.reason}", now)
    log.error("staff could not be told by %s: %s", notice.channel, outcome.reason)
    return "failed"
