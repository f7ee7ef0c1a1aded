"""The migrations make exactly the tables of the models, on both databases, also when several processes upgrade at once."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

import storage
from storage.database import Database, open_database
from storage.errors import SchemaOutdated
from storage.ledger import Ledger
from storage.migrate import is_current, newest_revision, upgrade
from storage.models import Base


def _ours(_object: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    """The search indexes exist in migrations only: no model can say them."""
    searching = reflected and name is not None and ("_search" in name)
    return not (kind in ("table", "index") and searching)


def test_models_and_migrations_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "include_object": _ours}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata) == []


def test_checks_agree(database: Database) -> None:
    """Alembic does not compare CHECK constraints; a forgotten word in one would stop the program."""
    with database.engine.connect() as connection:
        found = {
            table: {(check["name"], _words(check["sqltext"])) for check in inspect(connection).get_check_constraints(table)}
            for table in Base.metadata.tables
        }
    scratch = create_engine("sqlite://")
    Base.metadata.create_all(scratch)
    with scratch.connect() as connection:
        wanted = {
            table: {(check["name"], _words(check["sqltext"])) for check in inspect(connection).get_check_constraints(table)}
            for table in Base.metadata.tables
        }
    assert sum(map(len, wanted.values())) >= 10
    assert found == wanted


def _words(sql: str) -> frozenset[str]:
    return frozenset(sql.split("'")[1::2])


def test_upgrade_is_idempotent(database: Database) -> None:
    assert is_current(database)
    assert upgrade(database) is False


def test_empty_database_is_not_current(database_url: str) -> None:
    database = open_database(database_url)
    assert not is_current(database)
    with pytest.raises(SchemaOutdated, match="db upgrade"):
        Ledger(database).find_message(1)
    assert upgrade(database) is True
    assert is_current(database)
    database.close()


def test_newer_database_is_refused(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'v9999'"))
    assert not is_current(database)
    with pytest.raises(SchemaOutdated, match="newer"):
        upgrade(database)


def _upgrade(url: str) -> None:
    database = open_database(url)
    upgrade(database)
    assert is_current(database)
    database.close()


@pytest.mark.live
def test_two_processes_upgrade_at_once(database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_upgrade, args=(database_url,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]


def test_revisions_are_a_line() -> None:
    names = sorted(path.stem.partition("_")[0] for path in (Path(storage.__file__ or "").parent / "migrations/versions").glob("v*.py"))
    assert newest_revision() in names, "one head"


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.live)], indirect=True)
def test_search_has_its_index_on_postgresql(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = connection.execute(
            text("EXPLAIN SELECT message_id FROM message_content WHERE baosong_grams(search_text, message_id) @> ARRAY['助老']")
        ).scalars().all()
    assert any("ix_message_search" in step for step in plan), plan


@pytest.mark.live
def test_owner_without_the_right_to_make_extensions(postgres_server: Any) -> None:
    """The search needs none: its index is there all the same."""
    url = postgres_server.new_database()
    admin = open_database(url)
    with admin.write() as connection:
        name = admin.engine.url.database
        connection.execute(text(f"CREATE ROLE clerk_{name} LOGIN"))
        connection.execute(text(f"GRANT ALL ON SCHEMA public TO clerk_{name}"))
        connection.execute(text(f"REVOKE CREATE ON DATABASE {name} FROM PUBLIC"))
    clerk = open_database(url.replace("postgres@", f"clerk_{name}@"))
    upgrade(clerk)
    assert is_current(clerk)
    with clerk.read() as connection:
        found = connection.execute(text("SELECT count(*) FROM pg_indexes WHERE indexname IN ('ix_item_search', 'ix_message_search')"))
        assert found.scalar_one() == 2
    clerk.close()
    admin.close()
