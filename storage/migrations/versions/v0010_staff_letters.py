"""Letters by staff: who wrote them, for which unit and batch. Notices: what staff are told, each once for a channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0010"
down_revision = "v0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("answer", sa.Column("written_by", sa.String(300), nullable=True))
    op.add_column("answer", sa.Column("unit", sa.String(300), nullable=True))
    op.add_column("answer", sa.Column("batch", sa.Integer(), nullable=True))
    op.create_index("ix_answer_unit_created_at", "answer", ["unit", "created_at"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", BIG, nullable=False),
        sa.Column("key", sa.String(300), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(300), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'sending', 'sent', 'failed')", name=op.f("ck_notice_state")),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", "channel", name="uq_notice_key_channel"),
    )
    op.create_index("ix_notice_state_next_attempt_at_id", "notice", ["state", "next_attempt_at", "id"], unique=False)
    op.create_index("ix_notice_kind_created_at", "notice", ["kind", "created_at"], unique=False)
