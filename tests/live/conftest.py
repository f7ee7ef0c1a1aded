"""Fixtures for tests against real servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.daemon_world import World
from tests.support.dovecot import Dovecot
from tests.support.imap_proxy import ImapProxy
from tests.support.mailbox_world import blobs, dovecot, proxy, settings, user
from tests.support.postgres import postgres_server, postgres_url
from tests.support.smtp_server import SmtpServer

__all__ = ["blobs", "dovecot", "postgres_server", "postgres_url", "proxy", "settings", "smtp", "user", "world", "world_by_proxy"]


@pytest.fixture
def smtp() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def world(tmp_path: Path, dovecot: Dovecot, smtp: SmtpServer, user: str) -> Iterator[World]:
    """An installation of the whole program on a mailbox of its own."""
    each = World(tmp_path, dovecot, smtp, user)
    yield each
    each.close()


@pytest.fixture
def world_by_proxy(tmp_path: Path, dovecot: Dovecot, smtp: SmtpServer, user: str, proxy: ImapProxy) -> Iterator[World]:
    """The same, its mailbox reached through `proxy`."""
    each = World(tmp_path, dovecot, smtp, user, imap_port=proxy.port, imap_tls="none")
    yield each
    each.close()
