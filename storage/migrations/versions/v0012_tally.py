"""Counts kept by the database: triggers write each change of a row that is counted into table `tally`.

Changes are only ever added: an UPDATE of one row for each count would make PostgreSQL's writers wait for each other, and for
ever when two of them change two counts in different order. Every FOLD changes the rows of a count are folded into one.

Also indexes for lists and probes that walked many rows: mails of a batch, a unit's newest mail in a batch, rejected items.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0012"
down_revision = "v0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FOLD = 2048
SETTLED = sa.text("staff_state IS NOT NULL")
BY = ("campaign", "batch", "unit", "sort", "state")
DAY = {  # the office's day; China has known no summer time since 1991
    "sqlite": "date({row}.received_at, '+8 hours')",
    "postgresql": "to_char({row}.received_at AT TIME ZONE 'UTC' + interval '8 hours', 'YYYY-MM-DD')",
}
STATE = "CASE {row}.stage WHEN 'held' THEN 'held' WHEN 'done' THEN {row}.verdict ELSE 'waiting' END"


def counts(dialect: str) -> dict[str, tuple[str, dict[str, str]]]:
    """What is counted: name -> table, and the value of each column it is counted by."""
    return {
        "message": ("message", {
            "campaign": "{row}.campaign", "batch": "{row}.batch", "unit": "{row}.reporting_unit", "sort": "{row}.kind", "state": STATE,
        }),
        "arrival": ("message", {"state": DAY[dialect]}),
        "item": ("item", {
            "campaign": "{row}.campaign", "batch": "{row}.batch", "unit": "{row}.reporting_unit", "sort": "{row}.category",
            "state": "{row}.state",
        }),
        "answer": ("answer", {"state": "{row}.state"}),
        "link": ("link", {"state": "{row}.state"}),
    }


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.create_table(
        "tally",
        sa.Column("id", BIG, nullable=False),
        sa.Column("about", sa.String(40), nullable=False),
        sa.Column("campaign", sa.String(40), nullable=True),
        sa.Column("batch", sa.Integer(), nullable=True),
        sa.Column("unit", sa.String(300), nullable=True),
        sa.Column("sort", sa.String(40), nullable=True),
        sa.Column("state", sa.String(40), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tally"),
    )
    op.drop_index("ix_message_campaign_batch_reporting_unit", "message")
    op.create_index("ix_message_campaign_batch_reporting_unit_id", "message", ["campaign", "batch", "reporting_unit", "id"])
    op.create_index("ix_message_batch_id", "message", ["batch", "id"])
    op.create_index("ix_item_created_at", "item", ["created_at"])
    op.create_index("ix_item_staff_state", "item", ["staff_state", "id"], sqlite_where=SETTLED, postgresql_where=SETTLED)
    op.execute(FOLD_SQLITE if dialect == "sqlite" else FOLD_POSTGRESQL)
    for about, (table, values) in counts(dialect).items():
        (_in_sqlite if dialect == "sqlite" else _in_postgresql)(about, table, values)
    # After the triggers: on PostgreSQL making them keeps all others from writing until this is committed.
    for about, (table, values) in counts(dialect).items():
        named = {name: value.format(row=table) for name, value in values.items()}
        op.execute(
            f"INSERT INTO tally (about, {', '.join(named)}, number) SELECT '{about}', {', '.join(named.values())}, count(*)"  # noqa: S608
            f" FROM {table} GROUP BY {', '.join(named.values())}"
        )


_KEY = f"about, {', '.join(BY)}"
_SEVERAL = f"SELECT id FROM (SELECT id, count(*) OVER (PARTITION BY {_KEY}) AS parts FROM tally"  # noqa: S608

FOLD_SQLITE = f"""
CREATE TRIGGER tally_fold AFTER INSERT ON tally WHEN new.id % {FOLD} = 0 BEGIN
INSERT INTO tally ({_KEY}, number) SELECT {_KEY}, sum(number) FROM tally WHERE id <= new.id
    GROUP BY {_KEY} HAVING count(*) > 1 AND sum(number) <> 0;
DELETE FROM tally WHERE id IN ({_SEVERAL} WHERE id <= new.id) WHERE parts > 1);
END
"""  # noqa: S608

# SKIP LOCKED: what another writer is folding at this moment is its own business.
FOLD_POSTGRESQL = f"""
CREATE FUNCTION baosong_tally(text, text, integer, text, text, text, integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE made bigint;
BEGIN
    INSERT INTO tally ({_KEY}, number) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id INTO made;
    IF made % {FOLD} = 0 THEN
        WITH free AS (
            SELECT id FROM tally WHERE id IN ({_SEVERAL}) AS every WHERE parts > 1) FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM tally USING free WHERE tally.id = free.id RETURNING tally.*
        )
        INSERT INTO tally ({_KEY}, number) SELECT {_KEY}, sum(number) FROM gone GROUP BY {_KEY} HAVING sum(number) <> 0;
    END IF;
END
$$
"""  # noqa: S608


def _values(values: dict[str, str], row: str) -> str:
    return ", ".join(values.get(name, "NULL").format(row=row) for name in BY)


def _in_sqlite(about: str, table: str, values: dict[str, str]) -> None:
    old, new = _values(values, "old"), _values(values, "new")
    less = f"INSERT INTO tally ({_KEY}, number) VALUES ('{about}', {old}, -1);"  # noqa: S608 - names above
    more = f"INSERT INTO tally ({_KEY}, number) VALUES ('{about}', {new}, 1);"  # noqa: S608
    op.execute(f"CREATE TRIGGER tally_{about}_insert AFTER INSERT ON {table} BEGIN {more} END")
    op.execute(f"CREATE TRIGGER tally_{about}_delete AFTER DELETE ON {table} BEGIN {less} END")
    op.execute(f"CREATE TRIGGER tally_{about}_update AFTER UPDATE ON {table} WHEN ({old}) IS NOT ({new}) BEGIN {less} {more} END")


def _in_postgresql(about: str, table: str, values: dict[str, str]) -> None:
    old, new = _values(values, "old"), _values(values, "new")
    op.execute(
        f"CREATE FUNCTION baosong_tally_{about}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
        f"IF TG_OP <> 'INSERT' THEN PERFORM baosong_tally('{about}', {old}, -1); END IF;\n"
        f"IF TG_OP <> 'DELETE' THEN PERFORM baosong_tally('{about}', {new}, 1); END IF;\n"
        "RETURN NULL; END $$"
    )
    run = f"EXECUTE FUNCTION baosong_tally_{about}()"
    op.execute(f"CREATE TRIGGER tally_{about}_rows AFTER INSERT OR DELETE ON {table} FOR EACH ROW {run}")
    op.execute(
        f"CREATE TRIGGER tally_{about}_update AFTER UPDATE ON {table} FOR EACH ROW"
        f" WHEN (({old}) IS DISTINCT FROM ({new})) {run}"
    )
