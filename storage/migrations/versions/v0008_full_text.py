"""Search by grams: the full text of forms and scans, terms of two characters by index, on both databases.

The item's text moves to a table of its own. SQLite: FTS5 tables that hold grams only (no text, no positions), kept by
triggers that call the program's `baosong_grams`. PostgreSQL: a GIN index over a function of that name; no extension is
needed any more. The trigram indexes of v0005 go. Old rows get their text from the facts stored with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from core.records import FileRef
from storage.search_text import FileTexts, item_text, message_text
from storage.types import JsonText

revision = "v0008"
down_revision = "v0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SEARCHED = (("item_search", "item_text", "item_id"), ("message_search", "message_content", "message_id"))
CHUNK = 200

# The same grams as core.searching.grams; `#` and the row's stretch of 8192 ids as storage.search asks for them.
FUNCTION = """
CREATE FUNCTION baosong_grams(t text, id bigint) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 10000 AS $$
SELECT string_to_array(t, NULL)
    || (SELECT array_agg(c || d) FROM ROWS FROM (unnest(string_to_array(t, NULL)), unnest((string_to_array(t, NULL))[2:]))
        AS pair(c, d) WHERE d IS NOT NULL)
    || ARRAY(SELECT substr(w[1], at, size) FROM (SELECT DISTINCT regexp_matches(t, '[a-z0-9]{3,}', 'g')) AS words(w),
        (VALUES (3), (4)) AS sizes(size), generate_series(1, length(w[1]) - size + 1) AS at)
    || ('#' || (id >> 13))
$$
"""


def upgrade() -> None:
    op.create_table(
        "item_text",
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name="fk_item_text_item_id_item", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", name="pk_item_text"),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        for index in ("item_search", "message_search"):
            for event in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {index}_{event}")
            op.execute(f"DROP TABLE {index}")
    else:
        op.execute("DROP INDEX IF EXISTS ix_item_search_text")
        op.execute("DROP INDEX IF EXISTS ix_message_content_search_text")
        op.execute(FUNCTION)
    op.execute("ALTER TABLE item DROP COLUMN search_text")
    _fill_items()
    _fill_messages()
    for index, table, key in SEARCHED:
        if sqlite:
            _fts5(index, table, key)
        else:
            op.execute(
                f"CREATE INDEX ix_{index} ON {table} USING gin (baosong_grams(search_text, {key}))"
                " WITH (gin_pending_list_limit = 1024)"
            )
            # Without figures about grams the planner always takes the index; with them it walks the table for a common
            # one and computes the grams of every row. ANALYZE need not compute them either.
            op.execute(f"ALTER INDEX ix_{index} ALTER COLUMN 1 SET STATISTICS 0")


def _fts5(index: str, table: str, key: str) -> None:
    op.execute(
        f"CREATE VIRTUAL TABLE {index} USING fts5(grams, content='', columnsize=0, detail='none', tokenize='ascii')"
    )
    add = f"INSERT INTO {index}(rowid, grams) VALUES (new.{key}, baosong_grams(new.search_text));"  # noqa: S608 - names above
    drop = (
        f"INSERT INTO {index}({index}, rowid, grams)"  # noqa: S608
        f" VALUES ('delete', old.{key}, baosong_grams(old.search_text));"
    )
    op.execute(f"INSERT INTO {index}(rowid, grams) SELECT {key}, baosong_grams(search_text) FROM {table}")  # noqa: S608
    op.execute(f"CREATE TRIGGER {index}_insert AFTER INSERT ON {table} BEGIN {add} END")
    op.execute(f"CREATE TRIGGER {index}_delete AFTER DELETE ON {table} BEGIN {drop} END")
    op.execute(
        f"CREATE TRIGGER {index}_update AFTER UPDATE OF search_text ON {table} "
        f"WHEN old.search_text IS NOT new.search_text BEGIN {drop} {add} END"
    )


def _rows(query: str, types: dict[str, Any] | None = None) -> Iterator[list[dict[str, Any]]]:
    """The rows of a query over ids from `:low` to `:high`, stretch by stretch."""
    bind = op.get_bind()
    statement = sa.text(query).columns(**(types or {}))
    table = "item" if " FROM item" in query else "message"
    highest = bind.execute(sa.text(f"SELECT max(id) FROM {table}")).scalar_one() or 0  # noqa: S608
    for low in range(1, highest + 1, CHUNK):
        yield [dict(row) for row in bind.execute(statement, {"low": low, "high": low + CHUNK - 1}).mappings()]


def _fill_items() -> None:
    insert = sa.text("INSERT INTO item_text (item_id, search_text) VALUES (:id, :text)")
    query = (
        "SELECT id, title, applicant_unit, reporting_unit, receipt_number, sender, fields, word, scans"
        " FROM item WHERE id BETWEEN :low AND :high"
    )
    for rows in _rows(query, dict.fromkeys(("fields", "word", "scans"), JsonText())):
        texts = FileTexts(op.get_bind())
        found = []
        for row in rows:
            refs = [
                FileRef(ref["message_id"], tuple(ref["path"]), ref["sha256"], ref["name"])
                for ref in ([row["word"]] if row["word"] else []) + (row["scans"] or [])
            ]
            found.append({"id": row["id"], "text": item_text({**row, "fields": row["fields"] or {}}, refs, texts)})
        if found:
            op.get_bind().execute(insert, found)


def _fill_messages() -> None:
    bind = op.get_bind()
    update = sa.text("UPDATE message_content SET search_text = :text WHERE message_id = :id")
    query = (
        "SELECT id, subject, sender, reporting_unit, receipt_number, facts FROM message"
        " JOIN message_content ON message_content.message_id = message.id WHERE id BETWEEN :low AND :high"
    )
    others = (
        sa.text("SELECT message_id, path FROM attachment WHERE message_id BETWEEN :low AND :high").columns(path=JsonText()),
        sa.text("SELECT item_message.message_id, title FROM item JOIN item_message ON item_message.item_id = item.id"
                " WHERE item_message.message_id BETWEEN :low AND :high"),
        sa.text("SELECT item_message.message_id, applicant_unit FROM item JOIN item_message"
                " ON item_message.item_id = item.id WHERE item_message.message_id BETWEEN :low AND :high"),
        sa.text("SELECT message_id, url FROM link WHERE message_id BETWEEN :low AND :high"),
    )
    for rows in _rows(query, {"facts": JsonText()}):
        if not rows:
            continue
        names: dict[int, list[str | None]] = {
            row["id"]: [row["subject"], row["sender"], row["reporting_unit"], row["receipt_number"]] for row in rows
        }
        for statement in others:
            for message_id, value in bind.execute(statement, {"low": min(names), "high": max(names)}):
                names.get(message_id, []).extend(value if isinstance(value, list) else [value])
        found = []
        for row in rows:
            files = FileTexts(bind, row["id"], row["facts"]).of_message(row["id"]) if row["facts"] else {}
            found.append({"id": row["id"], "text": message_text(names[row["id"]], row["facts"], files)})
        bind.execute(update, found)
