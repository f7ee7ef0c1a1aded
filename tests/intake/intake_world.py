"""The engine without a mailbox, sockets or reading processes: mails from files, a clock the test turns, a sender that
does as it is told."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from core.facts import MessageFacts
from core.ports import SendOutcome, Sent
from core.settings import (
    AnswerSettings,
    LinkSettings,
    MailboxSettings,
    ScanSettings,
    Settings,
    SmtpSettings,
    WorkerSettings,
)
from intake.engine import Engine, Setup
from intake.reading import DirectReader, ReadSetup
from storage.blobs import FileBlobStore
from tests.live.daemon_mails import Expected
from tests.support.migrated import database_at
from tests.support.shipped import campaign_named, register_of

START = dt.datetime(2021, 11, 9, 8, 0, tzinfo=dt.UTC)
MAILBOX = MailboxSettings(user="office@example.test", since=dt.datetime(2021, 10, 1, tzinfo=dt.UTC))
SMTP = SmtpSettings(user="office@example.test")


class Clock:
    """Stands still until the test turns it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> dt.datetime:
        return self.now


class CountingReader:
    """Reads in this process; counts, and fails for mails whose bytes hold `poison`."""

    def __init__(self, setup: ReadSetup) -> None:
        self.read: list[str] = []
        self.poison = b"(nothing)"
        self._setup, self._direct = setup, DirectReader(setup)

    def submit(self, sha256: str) -> Future[MessageFacts]:
        self.read.append(sha256)
        if self.poison in FileBlobStore(self._setup.blobs).path(sha256).read_bytes():
            future: Future[MessageFacts] = Future()
            future.set_exception(ValueError("poison"))
            return future
        return self._direct.submit(sha256)

    def stirred(self) -> float:
        """It is done when `submit` returns."""
        return 0.0

    def close(self) -> None:
        """Nothing to stop."""


class FakeSender:
    """Takes every letter, unless an outcome is prepared for its reader."""

    def __init__(self) -> None:
        self.letters: list[tuple[bytes, list[str]]] = []
        self.outcomes: dict[str, SendOutcome] = {}

    def send(self, raw: bytes, to: list[str]) -> SendOutcome:
        self.letters.append((raw, to))
        return self.outcomes.get(to[0], Sent("250 ok"))

    def close(self) -> None:
        """Nothing to close."""


def settings(**answers: object) -> Settings:
    return Settings(
        mailbox=MAILBOX, smtp=SMTP, links=LinkSettings(check=False), scan=ScanSettings(ocr=False, seals=False), workers=WorkerSettings(),
        answers=replace(AnswerSettings(mode="send", grace=0), **answers),  # type: ignore[arg-type]
    )


def engine(folder: Path, clock: Clock, **answers: object) -> tuple[Engine, CountingReader, FakeSender]:
    """An engine on the data of this folder."""
    campaign, chosen = campaign_named("zhihui-zhulao"), settings(**answers)
    (folder / "blobs").mkdir(exist_ok=True)
    reader = CountingReader(ReadSetup(campaign, chosen.limits, folder / "blobs"))
    setup = Setup(chosen, campaign, register_of("zhihui-zhulao"), database_at(folder / "baosong.db"), folder / "blobs", "test", clock=clock)
    made = Engine(setup, reader)
    sender = FakeSender()
    made.sender = sender  # type: ignore[assignment]
    return made, reader, sender


def bring(made: Engine, folder: Path, mails: list[Expected]) -> None:
    """These mails arrive, by way of files."""
    for number, mail in enumerate(mails):
        file = folder / f"{number:03}.eml"
        file.write_bytes(mail.raw)
        assert [entry.error for entry in made.import_files([file], "header")] == [None]
