"""Full-text search: FTS5 trigram tables kept by triggers on SQLite, pg_trgm indexes on PostgreSQL.

The FTS5 tables hold no text of their own (external content), so the text is stored once. pg_trgm is a trusted extension
that the owner of a database may create; where it is not installed searching still works, by a scan.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "v0005"
down_revision = "v0004"
branch_labels = None
depends_on = None

SEARCHED = (("item_search", "item", "id"), ("message_search", "message_content", "message_id"))


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for index, table, key in SEARCHED:
            _fts5(index, table, key)
    elif _has_trigrams():
        for _, table, _ in SEARCHED:
            op.execute(f"CREATE INDEX ix_{table}_search_text ON {table} USING gin (search_text gin_trgm_ops)")


def _fts5(index: str, table: str, key: str) -> None:
    op.execute(
        f"CREATE VIRTUAL TABLE {index} USING fts5("
        f"search_text, content='{table}', content_rowid='{key}', tokenize='trigram')"
    )
    add = f"INSERT INTO {index}(rowid, search_text) VALUES (new.{key}, new.search_text);"  # noqa: S608 - names above
    drop = f"INSERT INTO {index}({index}, rowid, search_text) VALUES ('delete', old.{key}, old.search_text);"  # noqa: S608
    op.execute(f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN {drop} END")
    op.execute(
        f"CREATE TRIGGER {index}_update AFTER UPDATE OF search_text ON {table} "
        f"WHEN old.search_text IS NOT new.search_text BEGIN {drop} {add} END"
    )


def _has_trigrams() -> bool:
    connection = op.get_bind()
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except sa.exc.DBAPIError:
        return False
    return True
