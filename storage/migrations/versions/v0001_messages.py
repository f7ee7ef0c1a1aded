"""Mailbox folders and messages with what was found in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _mailbox_folder()
    _message()
    _message_content()
    _finding()
    _attachment()


def _mailbox_folder() -> None:
    op.create_table(
        "mailbox_folder",
        sa.Column("account", sa.String(150), nullable=False),
        sa.Column("folder", sa.String(150), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_count", sa.Integer(), nullable=True),
        sa.Column('note', sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("account", "folder", name="pk_mailbox_folder"),
    )


def _message() -> None:
    op.create_table(
        "message",
        sa.Column("id", BIG, nullable=False),
        sa.Column("account", sa.String(150), nullable=False),
        sa.Column("folder", sa.String(150), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=True),
        sa.Column("uid", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("raw_sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.String(500), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answerable", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("claims", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_owner", sa.String(300), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column('campaign', sa.String(40), server_default=sa.text("''"), nullable=False),
        sa.Column("kind", sa.String(40), nullable=True),
        sa.Column("verdict", sa.String(40), nullable=True),
        sa.Column('reason', sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("reporting_unit", sa.String(300), nullable=True),
        sa.Column('unit_source', sa.String(40), server_default=sa.text("''"), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("receipt_number", sa.String(40), nullable=True),
        sa.Column("sender", sa.String(300), nullable=True),
        sa.Column('subject', sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("duplicate_of", BIG, nullable=True),
        sa.Column("decisions", sa.Integer(), server_default="0", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_state", sa.String(40), nullable=True),
        sa.Column("edit", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "kind IN ('submission', 'unrelated', 'auto_reply', 'bounce', 'duplicate')", name=op.f("ck_message_kind"),
        ),
        sa.CheckConstraint("staff_state IN ('accepted', 'rejected')", name=op.f("ck_message_staff_state")),
        sa.CheckConstraint("stage IN ('received', 'reading', 'read', 'done', 'held')", name=op.f("ck_message_stage")),
        sa.CheckConstraint(
            "verdict IN ('accepted', 'correction', 'review', 'ignored', 'pending', 'held')",
            name=op.f("ck_message_verdict"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint(
            "account", "folder", "uidvalidity", "uid", name="uq_message_account_folder_uidvalidity_uid",
        ),
    )
    op.create_index(
        "ix_message_campaign_batch_reporting_unit", "message", ["campaign", "batch", "reporting_unit"], unique=False,
    )
    op.create_index("ix_message_filed_at_decided_at", "message", ["filed_at", "decided_at"], unique=False)
    op.create_index("ix_message_kind_id", "message", ["kind", "id"], unique=False)
    op.create_index("ix_message_message_id", "message", ["message_id"], unique=False)
    op.create_index(
        "ix_message_next_attempt_at_received_at_id", "message", ["next_attempt_at", "received_at", "id"],
        unique=False,
    )
    op.create_index("ix_message_raw_sha256", "message", ["raw_sha256"], unique=False)
    op.create_index("ix_message_receipt_number", "message", ["receipt_number"], unique=False)
    op.create_index("ix_message_received_at", "message", ["received_at"], unique=False)
    op.create_index("ix_message_reporting_unit_id", "message", ["reporting_unit", "id"], unique=False)
    op.create_index("ix_message_sender", "message", ["sender"], unique=False)
    op.create_index("ix_message_stage_id", "message", ["stage", "id"], unique=False)
    op.create_index("ix_message_verdict_id", "message", ["verdict", "id"], unique=False)
    op.create_index(
        "uq_message_imported", "message", ["account", "source", "raw_sha256"], unique=True,
        sqlite_where=sa.text("uid IS NULL"), postgresql_where=sa.text("uid IS NULL"),
    )


def _message_content() -> None:
    op.create_table(
        "message_content",
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_message_content_message_id_message", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", name="pk_message_content"),
    )


def _finding() -> None:
    op.create_table(
        "finding",
        sa.Column("id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("severity", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("item_index", sa.Integer(), nullable=True),
        sa.Column("attachment_index", sa.Integer(), nullable=True),
        sa.Column("field", sa.String(40), nullable=True),
        sa.Column("limit", sa.BigInteger(), nullable=True),
        sa.Column("actual", sa.BigInteger(), nullable=True),
        sa.Column('evidence', sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("waived_by", sa.String(300), nullable=True),
        sa.Column("waived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waived_why", sa.Text(), nullable=True),
        sa.CheckConstraint("severity IN ('error', 'review', 'note')", name=op.f("ck_finding_severity")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_finding_message_id_message", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_finding"),
        sa.UniqueConstraint("message_id", "position", name="uq_finding_message_id_position"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_finding_code", "finding", ["code"], unique=False)


def _attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("path", sa.JSON(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(300), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("category", sa.String(40), nullable=True),
        sa.CheckConstraint(
            "role IN ('word_form', 'scan', 'video', 'archive', 'inline', 'other', 'blocked', 'unreadable')",
            name=op.f("ck_attachment_role"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_attachment_message_id_message", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "position", name="pk_attachment"),
    )
    op.create_index("ix_attachment_sha256", "attachment", ["sha256"], unique=False)
