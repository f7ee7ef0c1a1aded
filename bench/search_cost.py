"""What the search index costs a mail: processor time and bytes, with the index and without it, for texts of several lengths.

A mail is written as a decision writes it: one transaction for its row, its text, its item and the item's text. The texts are
cut from the project's own Chinese documents. Processor time is this process's and that of PostgreSQL's backend.

Usage: .venv/bin/python -m bench.search_cost [--mails 400] [--lengths 500,2000,5000,20000] [--database sqlite,postgresql]
"""

from __future__ import annotations

import argparse
import random
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bench.pages import backends, opened, processor
from core.searching import searchable
from storage import models as m
from storage.database import Database

NOW = datetime(2021, 12, 1, tzinfo=UTC)
INDEXES = ("item_search", "message_search")
STRETCH = 500
BODY = 300
"""Characters of a mail's own text; the length asked for is that of its form and scan."""


def sentences() -> str:
    """Natural Chinese, long enough that mails differ."""
    root = Path(__file__).parent.parent
    found = "\n".join(file.read_text(encoding="utf-8") for file in sorted(root.glob("docs/*.md")) if not file.stem.isascii())
    return searchable(found + (root / "README.zh-CN.md").read_text(encoding="utf-8"))


def cut(dice: random.Random, source: str, length: int) -> str:
    """A text of this length: stretches from anywhere."""
    starts = [dice.randrange(len(source) - STRETCH) for _ in range(0, length, STRETCH)]
    return "".join(source[start : start + STRETCH] for start in starts)[:length]


def without_index(database: Database) -> None:
    """As if there were no search."""
    with database.write() as connection:
        for index in INDEXES:
            if database.kind == "postgresql":
                connection.exec_driver_sql(f"DROP INDEX ix_{index}")
                continue
            for event in ("insert", "delete", "update"):
                connection.exec_driver_sql(f"DROP TRIGGER {index}_{event}")


def write(database: Database, number: int, text: str, body: str) -> None:
    """One mail."""
    rows: tuple[tuple[Any, dict[str, Any]], ...] = (
        (m.Message, {
            "id": number, "account": "a", "folder": "INBOX", "uidvalidity": 1, "uid": number, "source": str(number),
            "raw_sha256": f"{number:064x}", "size": 900_000, "message_id": f"<{number}@example.test>", "received_at": NOW,
            "recorded_at": NOW, "answerable": True, "stage": "done", "verdict": "accepted",
        }),
        (m.MessageContent, {"message_id": number, "search_text": f"{body} 138{number:08}", "facts": None}),
        (m.Item, {
            "id": number, "campaign": "c", "category": "case", "state": "complete", "version": 1, "fields": {}, "lengths": {}, "scans": [],
            "scan_matches_word": "unknown", "created_at": NOW, "updated_at": NOW, "overrides": {}, "detail": {},
        }),
        (m.ItemText, {"item_id": number, "search_text": f"{text} 138{number:08}"}),
    )
    with database.write() as connection:
        for table, values in rows:
            connection.execute(insert(table).values(**values))


def index_bytes(database: Database) -> int:
    """Of both indexes."""
    with database.write() as connection:
        if database.kind == "sqlite":
            query = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name LIKE 'item_search%' OR name LIKE 'message_search%'"
        else:
            connection.exec_driver_sql("SELECT gin_clean_pending_list('ix_item_search'), gin_clean_pending_list('ix_message_search')")
            query = "SELECT pg_relation_size('ix_item_search') + pg_relation_size('ix_message_search')"
        return int(connection.exec_driver_sql(query).scalar_one())


def cost(kind: str, length: int, mails: int, *, indexed: bool) -> tuple[float, int]:
    """Processor seconds of all mails, and the bytes of the indexes."""
    dice, source = random.Random(length), sentences()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        with opened(kind, folder) as database:
            if not indexed:
                without_index(database)
            for number in range(1, 21):  # connections and statements are made once
                write(database, number, cut(dice, source, length), cut(dice, source, BODY))
            empty = index_bytes(database) if indexed else 0
            served = backends(database)
            start = processor(served)
            for number in range(21, mails + 21):
                write(database, number, cut(dice, source, length), cut(dice, source, BODY))
            size = index_bytes(database) - empty if indexed else 0
            return processor(served) - start, size


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=400)
    parser.add_argument("--lengths", default="500,2000,5000,20000")
    parser.add_argument("--database", default="sqlite,postgresql")
    options = parser.parse_args()
    for kind in options.database.split(","):
        print(f"\n{kind}: a mail of {BODY} characters with a form of")
        for length in map(int, options.lengths.split(",")):
            bare, _ = cost(kind, length, options.mails, indexed=False)
            whole, size = cost(kind, length, options.mails, indexed=True)
            each = 1000 / options.mails
            print(f"  {length:6} characters: {bare * each:6.2f} ms of processor without the index, {whole * each:6.2f} with it:"
                  f" {(whole - bare) * each:6.2f} ms and {size / options.mails / 1024:6.1f} kB a mail", flush=True)


if __name__ == "__main__":
    main()
