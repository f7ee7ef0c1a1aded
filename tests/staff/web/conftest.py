"""The staff pages over a small real ledger: the demo's mails, imported and answered by intake's engine once a session;
each test gets a copy. Clients: `viewer`, `editor`, `admin` are logged in, `stranger` is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from baosong.config import load_blank_form, load_campaign, load_register
from baosong.demo_command import sample_mails
from core.settings import MailboxSettings, Settings, SmtpSettings
from staff.passwords import hash_password
from staff.web.app import create_app
from staff.web.site import Site
from storage.accounts import Accounts
from storage.blobs import FileBlobStore
from storage.database import open_database
from storage.models_staff import StaffRole
from tests.staff.web.browser import BASE, log_in
from tests.support.corpus_run import run

PASSWORD = "correct horse 9"
ROLES: tuple[tuple[str, StaffRole], ...] = (("viewer", "view"), ("editor", "process"), ("boss", "admin"))
NOW = datetime(2021, 11, 9, 12, 0, tzinfo=UTC)


class Clock:
    """Stands at `now` until a test turns it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `ledger.db` and `blobs`: every demo mail in, decided and answered; three accounts."""
    folder = tmp_path_factory.mktemp("filled")
    mails = []
    for number, mail in enumerate(sample_mails()):
        file = folder / f"{number:02}.eml"
        file.write_bytes(mail.raw)
        mails.append(file)
    run(mails, folder)
    database = open_database(f"sqlite:///{folder / 'ledger.db'}")
    kept = hash_password(PASSWORD)
    for name, role in ROLES:
        Accounts(database).add_user(name, kept, role, NOW - timedelta(days=1), "test")
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings() -> Settings:
    """Override in a test module for other settings."""
    return replace(
        Settings(), mailbox=MailboxSettings(user="sdsqedu@163.com", password="a secret"),
        smtp=SmtpSettings(from_address="sdsqedu@163.com"),
    )


@pytest.fixture
def site(filled: Path, tmp_path: Path, clock: Clock, settings: Settings) -> Iterator[Site]:
    """All a page needs, on a ledger of this test's own."""
    shutil.copy(filled / "ledger.db", tmp_path / "ledger.db")
    database = open_database(f"sqlite:///{tmp_path / 'ledger.db'}")
    campaign = load_campaign(settings.campaign.name)
    blanks = {spec.key: load_blank_form(campaign, spec.key) for spec in campaign.categories if spec.form.blank_file}
    yield Site(
        database, FileBlobStore(filled / "blobs"), campaign, load_register(campaign), settings, "0-test", clock, blanks,
    )
    database.close()


@pytest.fixture
def open_browser(site: Site) -> Iterator[Callable[[str | None], TestClient]]:
    """Another browser at the same site, logged in as this account (None: not)."""
    app = create_app(site)
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


Browsers = Callable[[str | None], TestClient]


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
