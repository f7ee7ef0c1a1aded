"""When a 汇总表 was made and what its rows said."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0009"
down_revision = "v0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "export",
        sa.Column("id", BIG, nullable=False),
        sa.Column("campaign", sa.String(40), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("who", sa.String(300), nullable=False),
        sa.Column("items", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_export"),
    )
    op.create_index("ix_export_campaign_batch_finished_at", "export", ["campaign", "batch", "finished_at"], unique=False)
    op.create_table(
        "export_row",
        sa.Column("export_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["export_id"], ["export.id"], name="fk_export_row_export_id_export", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("export_id", "item_id", name="pk_export_row"),
    )
