"""Fixtures for tests against real servers."""

from __future__ import annotations

from tests.support.mailbox_world import blobs, dovecot, proxy, settings, user

__all__ = ["blobs", "dovecot", "proxy", "settings", "user"]
