"""What staff placed: which file or link of a mail belongs to which item. An index of the links that wait for a person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0011"
down_revision = "v0010"
branch_labels = None
depends_on = None

GIVEN_UP = sa.text("state = 'unchecked' AND tries > 0 AND next_check_at IS NULL AND settled_by IS NULL")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "item_place",
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("mark", sa.String(80), nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "mark", "item_id", name="pk_item_place"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_item_place_message_id_message", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_item_place_item_id_item", ondelete="CASCADE"),
    )
    op.create_index("ix_item_place_item_id", "item_place", ["item_id"], unique=False)
    op.create_index(
        "ix_link_given_up", "link", ["state", "tries"], unique=False, sqlite_where=GIVEN_UP, postgresql_where=GIVEN_UP
    )
