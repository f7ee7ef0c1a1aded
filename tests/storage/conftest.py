"""Every test here that takes `database` runs on SQLite and, marked `live`, on a real PostgreSQL."""

from __future__ import annotations

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


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An open database with its tables."""
    opened = open_database(database_url)
    upgrade(opened)
    yield opened
    opened.close()
