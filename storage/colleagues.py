"""What colleagues of one reporting unit sent in mails that no item could be made of: a video's link, a video. One query."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from storage import models as m

MOST = 10


def resources_of_colleagues(
    connection: Connection, unit: str, sender: str, provider: str, around: datetime, within: timedelta
) -> tuple[str, ...]:
    """Addresses of share links and names of videos that others than this sender mailed for the unit, near in time, without any
    item; the newest first."""
    mails = (
        select(m.Message.id)
        .where(m.Message.reporting_unit == unit, m.Message.kind == "submission", m.Message.sender.is_distinct_from(sender),
               m.Message.received_at >= around - within, m.Message.received_at <= around + within,
               ~select(m.ItemMessage.item_id).where(m.ItemMessage.message_id == m.Message.id).exists(),
               or_(select(m.Link.id).where(m.Link.message_id == m.Message.id, m.Link.provider == provider).exists(),
                   select(m.Attachment.message_id).where(m.Attachment.message_id == m.Message.id, m.Attachment.role == "video").exists()))
        .order_by(m.Message.id.desc()).limit(MOST)
    )  # fmt: skip
    numbers = tuple(connection.execute(mails).scalars())
    if not numbers:
        return ()
    links = select(m.Link.url).where(m.Link.message_id.in_(numbers), m.Link.provider == provider).order_by(m.Link.id.desc())
    videos = select(m.Attachment.name).where(m.Attachment.message_id.in_(numbers), m.Attachment.role == "video")
    return (*connection.execute(links).scalars(), *connection.execute(videos).scalars())
