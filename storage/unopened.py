"""A sender's mails with files that nobody could open (locked, in a format unknown here, blocked), and his letters that may
be too early because of them. Two queries, by the sender's index."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from storage import models as m

MOST = 5
_ROLES = ("unreadable", "blocked")


def with_unopened_files(
    connection: Connection, sender: str, but: int, around: datetime, within: timedelta
) -> tuple[int, ...]:
    """The newest submissions of this sender, other than row `but`, that came so near in time and hold such a file."""
    holds = select(m.Attachment.message_id).where(
        m.Attachment.message_id == m.Message.id, m.Attachment.role.in_(_ROLES)
    )
    theirs = (
        select(m.Message.id)
        .where(m.Message.sender == sender, m.Message.kind == "submission", m.Message.id != but,
               m.Message.received_at >= around - within, m.Message.received_at <= around + within, holds.exists())
        .order_by(m.Message.id.desc()).limit(MOST)
    )  # fmt: skip
    return tuple(connection.execute(theirs).scalars())


def with_unsent_corrections(connection: Connection, sender: str, before: int) -> tuple[int, ...]:
    """Earlier mails of this sender whose correction request has not gone out yet."""
    theirs = (
        select(m.Message.id).distinct()
        .join(m.Answer, m.Answer.message_id == m.Message.id)
        .where(m.Message.sender == sender, m.Message.id < before, m.Answer.kind == "correction",
               m.Answer.state.in_(("waiting", "draft", "failed")))
        .limit(MOST)
    )  # fmt: skip
    return tuple(connection.execute(theirs).scalars())
