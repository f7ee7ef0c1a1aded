"""Alerts: who of the staff has seen one. Messages by campaign, batch and verdict, for the summary. Follows v0011: numbers
were given out before the order was known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0007"
down_revision = "v0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alert", sa.Column("seen_by", sa.String(300), nullable=True))
    op.add_column("alert", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_message_campaign_batch_verdict", "message", ["campaign", "batch", "verdict"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_message_campaign_batch_verdict", table_name="message")
    with op.batch_alter_table("alert") as table:
        table.drop_column("seen_at")
        table.drop_column("seen_by")
