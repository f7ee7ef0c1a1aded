"""Links of accepted items are looked at again: what became of them, the history of their checks; doubtful links."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0006"
down_revision = "v0005"
branch_labels = None
depends_on = None

STATES = "'ok', 'code_missing', 'code_wrong', 'dead', 'expired', 'not_permanent', 'unchecked'"


def upgrade() -> None:
    with op.batch_alter_table("link") as table:
        table.add_column(sa.Column("doubtful", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("history", sa.JSON(), nullable=True))
        table.add_column(sa.Column("watch", sa.String(40), nullable=True))
        table.add_column(sa.Column("lost_state", sa.String(40), nullable=True))
        table.add_column(sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        table.create_check_constraint(op.f("ck_link_watch"), "watch IN ('on', 'over')")
        table.create_check_constraint(op.f("ck_link_lost_state"), f"lost_state IN ({STATES})")
    for name, column in (("ix_link_watched", "watch"), ("ix_link_lost", "lost_state")):
        set_ = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "link", ["id"], unique=False, sqlite_where=set_, postgresql_where=set_)
