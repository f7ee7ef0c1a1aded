"""The staff pages over a small real ledger: the demo's mails, imported, decided and answered by intake's engine; three
accounts; a clock the test turns. For TestClient tests (tests/staff/web) and for a real browser (tests/live)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher

from baosong.config import load_blank_form
from baosong.demo_command import sample_mails
from core.settings import MailboxSettings, Settings, SmtpSettings
from staff.web.site import Site
from storage.accounts import Accounts
from storage.blobs import FileBlobStore
from storage.database import open_database
from storage.models_staff import StaffRole
from tests.support.corpus_run import run
from tests.support.shipped import campaign_named, register_of

PASSWORD = "correct horse 9"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Tests log in all the time."""
ROLES: tuple[tuple[str, StaffRole], ...] = (("viewer", "view"), ("editor", "process"), ("boss", "admin"))
NOW = datetime(2021, 11, 10, 4, 0, tzinfo=UTC)


class Clock:
    """Stands at `now` until a test turns it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


def fill(folder: Path, raws: Sequence[bytes] | None = None, *, ocr: bool = False, seals: bool = False) -> Path:
    """Make `ledger.db` and `blobs` in this folder: every demo mail (or `raws`) in, decided and answered; the accounts of
    `ROLES`. `ocr`, `seals`: scans are read as the real program reads them, some seconds a page."""
    mails = []
    for number, raw in enumerate(raws if raws is not None else [mail.raw for mail in sample_mails()]):
        file = folder / f"{number:02}.eml"
        file.write_bytes(raw)
        mails.append(file)
    run(mails, folder, ocr=ocr, seals=seals)
    database = open_database(f"sqlite:///{folder / 'ledger.db'}")
    kept = CHEAP.hash(PASSWORD)
    for name, role in ROLES:
        Accounts(database).add_user(name, kept, role, NOW - timedelta(days=1), "test")
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder


def page_settings() -> Settings:
    """Defaults, with secrets that no page may show."""
    return replace(
        Settings(), mailbox=MailboxSettings(user="sdsqedu@163.com", password="geheim-mailbox"),
        smtp=SmtpSettings(from_address="sdsqedu@163.com", password="geheim-smtp"),
    )


@contextmanager
def copied_site(filled: Path, folder: Path, clock: Clock, settings: Settings) -> Iterator[Site]:
    """A site on a copy of the filled ledger (in `folder`), with the filled blobs."""
    shutil.copy(filled / "ledger.db", folder / "ledger.db")
    database = open_database(f"sqlite:///{folder / 'ledger.db'}")
    campaign = campaign_named(settings.campaign.name)
    blanks = {spec.key: load_blank_form(campaign, spec.key) for spec in campaign.categories if spec.form.blank_file}
    try:
        yield Site(
            database, FileBlobStore(filled / "blobs"), campaign, register_of(settings.campaign.name), settings, "0-test", clock, blanks
        )
    finally:
        database.close()
