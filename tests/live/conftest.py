"""Fixtures for tests against real servers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import open_database
from storage.migrate import upgrade
from tests.live.browser import chromium, desk, filled_ledger
from tests.live.daemon_world import World
from tests.support.dovecot import Dovecot
from tests.support.imap_proxy import ImapProxy
from tests.support.mailbox_world import blobs, dovecot, proxy, settings, user
from tests.support.postgres import postgres_server, postgres_url
from tests.support.smtp_server import SmtpServer

__all__ = [
    "blobs", "chromium", "desk", "dovecot", "filled_ledger", "postgres_server", "postgres_url", "proxy", "settings", "smtp", "user",
    "world", "world_by_proxy",
]


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables, to be copied: making them costs more than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "baosong.db"
    database = open_database(f"sqlite:///{file}")
    upgrade(database)
    with database.write() as connection:
        connection.exec_driver_sql("SELECT 1")
    database.close()
    return file


@pytest.fixture
def world(tmp_path: Path, dovecot: Dovecot, smtp: SmtpServer, user: str, migrated: Path) -> Iterator[World]:
    """An installation of the whole program on a mailbox of its own."""
    shutil.copy(migrated, tmp_path / "baosong.db")
    each = World(tmp_path, dovecot, smtp, user)
    yield each
    each.close()


@pytest.fixture
def world_by_proxy(tmp_path: Path, dovecot: Dovecot, smtp: SmtpServer, user: str, migrated: Path, proxy: ImapProxy) -> Iterator[World]:
    """The same, its mailbox reached through `proxy`."""
    shutil.copy(migrated, tmp_path / "baosong.db")
    each = World(tmp_path, dovecot, smtp, user, imap_port=proxy.port, imap_tls="none")
    yield each
    each.close()
