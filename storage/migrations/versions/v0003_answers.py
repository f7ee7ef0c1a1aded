"""Outbox and receipt numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0003"
down_revision = "v0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _answer()
    _answer_companion()
    _receipt_sequence()


def _answer() -> None:
    op.create_table(
        "answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("to", sa.String(300), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("message_id_header", sa.String(500), nullable=False),
        sa.Column("thread", sa.String(500), nullable=False),
        sa.Column("raw_sha256", sa.String(64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=True),
        sa.Column("plan_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(300), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("response", sa.Text(), nullable=True),
        sa.Column("edit", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'waiting', 'sending', 'sent', 'suppressed', 'failed')", name=op.f("ck_answer_state"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_answer_message_id_message", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_answer"),
        sa.UniqueConstraint("message_id", "kind", "revision", name="uq_answer_message_id_kind_revision"),
    )
    op.create_index("ix_answer_kind_id", "answer", ["kind", "id"], unique=False)
    op.create_index("ix_answer_message_id_header", "answer", ["message_id_header"], unique=False)
    op.create_index("ix_answer_plan_hash", "answer", ["plan_hash"], unique=False)
    op.create_index("ix_answer_sent_at", "answer", ["sent_at"], unique=False)
    op.create_index("ix_answer_state_id", "answer", ["state", "id"], unique=False)
    op.create_index("ix_answer_state_next_attempt_at_id", "answer", ["state", "next_attempt_at", "id"], unique=False)
    op.create_index("ix_answer_thread_sent_at", "answer", ["thread", "sent_at"], unique=False)
    op.create_index("ix_answer_to_sent_at", "answer", ["to", "sent_at"], unique=False)


def _answer_companion() -> None:
    op.create_table(
        "answer_companion",
        sa.Column("answer_id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name="fk_answer_companion_answer_id_answer", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_answer_companion_message_id_message", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("answer_id", "message_id", name="pk_answer_companion"),
    )
    op.create_index("ix_answer_companion_message_id", "answer_companion", ["message_id"], unique=False)


def _receipt_sequence() -> None:
    op.create_table(
        "receipt_sequence",
        sa.Column("name", sa.String(300), nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_receipt_sequence"),
    )
