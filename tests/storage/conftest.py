"""Every test here that takes `database` runs on SQLite and, marked `live`, on a real PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database, open_database
from storage.migrate import upgrade
from tests.support.postgres import postgres_server  # noqa: F401 - a fixture

BOTH = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.live)]


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'baosong.db'}"
    url: str = request.getfixturevalue("postgres_server").new_database()
    return url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables, to be copied: the migrations cost more than most tests."""
    file = tmp_path_factory.mktemp("template") / "baosong.db"
    prepared = open_database(f"sqlite:///{file}")
    upgrade(prepared)
    prepared.close()
    return file


@pytest.fixture(scope="session")
def migrated_name(request: pytest.FixtureRequest) -> str:
    """A PostgreSQL database with the tables, to be copied."""
    prepared = open_database(request.getfixturevalue("postgres_server").new_database())
    upgrade(prepared)
    prepared.close()
    assert prepared.engine.url.database is not None
    return prepared.engine.url.database


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An open database of its own with the tables."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "baosong.db")
        url = f"sqlite:///{tmp_path / 'baosong.db'}"
    else:
        template = request.getfixturevalue("migrated_name")
        url = request.getfixturevalue("postgres_server").new_database(template)
    opened = open_database(url)
    yield opened
    opened.close()
