"""Clients without sockets on the small real ledger of `tests.support.page_world`; each test has a copy of it. `viewer`,
`editor` and `admin` are logged in, `stranger` is not. A module may override the fixture `settings`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from core.settings import Settings
from staff import passwords
from staff.web.app import create_app
from staff.web.site import Site
from tests.staff.web.browser import BASE, log_in
from tests.support.once import made_once
from tests.support.page_world import CHEAP, PASSWORD, Clock, copied_site, fill, page_settings

Browsers = Callable[[str | None], TestClient]


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger and blobs to copy from."""
    return made_once(tmp_path_factory, "filled", fill)


@pytest.fixture(autouse=True)
def cheap_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown name costs as much as a known one: in tests both are cheap."""
    kept = CHEAP.hash("nobody knows this")
    monkeypatch.setattr(passwords, "_nobody", lambda: kept)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings() -> Settings:
    return page_settings()


@pytest.fixture
def site(filled: Path, tmp_path: Path, clock: Clock, settings: Settings) -> Iterator[Site]:
    """All a page needs, on a ledger of this test's own."""
    with copied_site(filled, tmp_path, clock, settings) as made:
        yield made


@pytest.fixture
def app(site: Site) -> FastAPI:
    return create_app(site)


@pytest.fixture
def open_browser(app: FastAPI) -> Iterator[Browsers]:
    """Another browser at the same site, logged in as this account (None: not)."""
    clients = []

    def opened(name: str | None) -> TestClient:
        client = TestClient(app, base_url=BASE, follow_redirects=False)
        clients.append(client)
        if name is not None:
            assert log_in(client, name, PASSWORD).status_code == 303
        return client

    yield opened
    for client in clients:
        client.close()


@pytest.fixture
def viewer(open_browser: Browsers) -> TestClient:
    return open_browser("viewer")


@pytest.fixture
def editor(open_browser: Browsers) -> TestClient:
    return open_browser("editor")


@pytest.fixture
def admin(open_browser: Browsers) -> TestClient:
    return open_browser("boss")


@pytest.fixture
def stranger(open_browser: Browsers) -> TestClient:
    return open_browser(None)
