"""Indexes for lists that PostgreSQL walked a whole table for: mails and letters of one address, mails with a doubt of their
own, items of a batch in a category or state (the planner takes batch and state for independent and begins at the newest end)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0013"
down_revision = "v0012"
branch_labels = None
depends_on = None

DOUBT = sa.text("severity = 'review' AND item_index IS NULL AND waived_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_message_sender", "message")
    op.create_index("ix_message_sender_id", "message", ["sender", "id"])
    op.create_index("ix_answer_to_id", "answer", ["to", "id"])
    op.create_index("ix_item_batch_category_id", "item", ["batch", "category", "id"])
    op.create_index("ix_item_batch_state_id", "item", ["batch", "state", "id"])
    op.create_index("ix_tally_about_campaign_batch", "tally", ["about", "campaign", "batch"])
    op.create_index("ix_finding_doubt", "finding", ["message_id"], sqlite_where=DOUBT, postgresql_where=DOUBT)
