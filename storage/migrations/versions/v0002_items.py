"""Items, what messages contributed to them, share links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0002"
down_revision = "v0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _item()
    _item_message()
    _link()


def _item() -> None:
    op.create_table(
        "item",
        sa.Column("id", BIG, nullable=False),
        sa.Column("campaign", sa.String(40), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("applicant_unit", sa.String(300), nullable=True),
        sa.Column("reporting_unit", sa.String(300), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("superseded_by", BIG, nullable=True),
        sa.Column("receipt_number", sa.String(40), nullable=True),
        sa.Column("sender", sa.String(300), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("lengths", sa.JSON(), nullable=False),
        sa.Column("word", sa.JSON(), nullable=True),
        sa.Column("scans", sa.JSON(), nullable=False),
        sa.Column("seal", sa.String(40), nullable=True),
        sa.Column("scan_matches_word", sa.String(40), nullable=False),
        sa.Column("paper_arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_state", sa.String(40), nullable=True),
        sa.Column("staff_by", sa.String(300), nullable=True),
        sa.Column("staff_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("staff_why", sa.Text(), nullable=True),
        sa.Column("overrides", sa.JSON(), nullable=False),
        sa.Column("edit", sa.Integer(), server_default="0", nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.CheckConstraint("scan_matches_word IN ('yes', 'no', 'unknown')", name=op.f("ck_item_scan_matches_word")),
        sa.CheckConstraint("staff_state IN ('accepted', 'rejected')", name=op.f("ck_item_staff_state")),
        sa.CheckConstraint(
            "state IN ('complete', 'incomplete', 'review', 'pending', 'superseded')", name=op.f("ck_item_state"),
        ),
        sa.ForeignKeyConstraint(["superseded_by"], ["item.id"], name="fk_item_superseded_by_item", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_item"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_item_batch_id", "item", ["batch", "id"], unique=False)
    op.create_index(
        "ix_item_campaign_batch_reporting_unit_category_state", "item",
        ["campaign", "batch", "reporting_unit", "category", "state"], unique=False,
    )
    op.create_index("ix_item_category_id", "item", ["category", "id"], unique=False)
    op.create_index("ix_item_receipt_number", "item", ["receipt_number"], unique=False)
    op.create_index("ix_item_reporting_unit_id", "item", ["reporting_unit", "id"], unique=False)
    op.create_index("ix_item_sender_id", "item", ["sender", "id"], unique=False)
    op.create_index("ix_item_state_id", "item", ["state", "id"], unique=False)
    op.create_index("ix_item_superseded_by", "item", ["superseded_by"], unique=False)
    op.create_index("ix_item_updated_at", "item", ["updated_at"], unique=False)


def _item_message() -> None:
    op.create_table(
        "item_message",
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("contributed", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_item_message_item_id_item", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_item_message_message_id_message", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("message_id", "position", name="pk_item_message"),
    )
    op.create_index("ix_item_message_item_id", "item_message", ["item_id"], unique=False)


def _link() -> None:
    op.create_table(
        "link",
        sa.Column("id", BIG, nullable=False),
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("item_id", BIG, nullable=True),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("other_code", sa.Text(), nullable=True),
        sa.Column("quoted", sa.Boolean(), nullable=False),
        sa.Column("expires", sa.Text(), nullable=True),
        sa.Column("found_in", sa.Text(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settled_by", sa.String(300), nullable=True),
        sa.CheckConstraint(
            "state IN ('ok', 'code_missing', 'code_wrong', 'dead', 'expired', 'not_permanent', 'unchecked')",
            name=op.f("ck_link_state"),
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_link_item_id_item", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_link_message_id_message", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_link"),
        sa.UniqueConstraint("message_id", "position", name="uq_link_message_id_position"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_link_item_id", "link", ["item_id"], unique=False)
    op.create_index("ix_link_next_check_at", "link", ["next_check_at"], unique=False)
    op.create_index("ix_link_state_id", "link", ["state", "id"], unique=False)
