"""A message to staff as it is stored (kind and content), put into words for mail and for group robots. Pure.

The same message gives the same bytes at every try, so a second copy after a crash is the same mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.campaign import Campaign
from core.codec import Json, decode
from core.digest import AlertNews, Digest, StaffMail
from core.settings import Settings
from notifier.digest import alert_subject, alert_text, compose_alerts, compose_digest, digest_brief
from notifier.webhooks import ROBOT_NAMES

ALERTS, DIGEST, REPORT = "alerts", "digest", "report"
"""Kinds: alerts; the digest of a day; the same asked for by a person."""
MAIL = "mail"


@dataclass(frozen=True, slots=True)
class StaffMessage:
    """`name`: stable and unique, the Message-ID is made of it; `content` as `core.codec` writes AlertNews or Digest."""

    name: str
    kind: str
    content: Mapping[str, Json]
    created_at: datetime


def channels(settings: Settings) -> dict[str, str]:
    """Configured channels: name -> address. A robot's address is a secret. Mail needs a server to send by."""
    alerts = settings.alerts
    found: dict[str, str] = {MAIL: ",".join(alerts.mail) if settings.smtp.host else ""}
    found.update((name, str(getattr(alerts, name))) for name in ROBOT_NAMES)
    return {name: address for name, address in found.items() if address}


def channel_name(channel: str) -> str:
    """What staff call the channel."""
    return "提醒邮箱" if channel == MAIL else next((word for name, word in ROBOT_NAMES.items() if name == channel), channel)


def as_mail(settings: Settings, campaign: Campaign, message: StaffMessage) -> StaffMail:
    """The complete mail to the configured addresses. Raises CodecError, ValueError for content that is none."""
    address = settings.smtp.from_address or settings.smtp.user
    name = settings.smtp.from_name or campaign.office.name
    to, now = settings.alerts.mail, message.created_at
    if message.kind in (DIGEST, REPORT):
        digest = decode(Digest, dict(message.content))
        return compose_digest(digest, to=to, from_address=address, from_name=name, letter_id=message.name, now=now)
    news = decode(AlertNews, dict(message.content))
    return compose_alerts(news.alerts, to=to, from_address=address, from_name=name, letter_id=message.name, now=now)


def for_robot(message: StaffMessage) -> tuple[str, str]:
    """Title and text for a group robot. Raises CodecError, ValueError for content that is none."""
    if message.kind in (DIGEST, REPORT):
        return digest_brief(decode(Digest, dict(message.content)))
    news = decode(AlertNews, dict(message.content))
    return alert_subject(news.alerts), alert_text(news.alerts)
