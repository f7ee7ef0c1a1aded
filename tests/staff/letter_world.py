"""An office with its engine: mails come in, staff write, the engine sends to a sender that keeps what it is given."""

from __future__ import annotations

import atexit
import email
import email.policy
import functools
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from core.settings import Settings, SmtpSettings
from intake.engine import Engine
from staff.letters import LetterOffice
from storage.desk import Act
from storage.queries import Queries
from storage.rows import AnswerRow, MessageRow
from tests.intake.intake_world import Clock, FakeSender, bring, engine
from tests.live.daemon_mails import Expected, mails


def mail(name: str) -> Expected:
    """One of the mails of `tests.live.daemon_mails`."""
    return next(one for one in mails() if one.name == name)


def _engine(folder: Path, clock: Clock, answers: Mapping[str, object]) -> tuple[Engine, object, FakeSender]:
    made, reader, sender = engine(folder, clock, **answers)
    made.setup = replace(made.setup, blank_forms=dict.fromkeys(("case", "training", "course"), b"PK blank"))
    return made, reader, sender


@functools.cache
def _filled(names: tuple[str, ...], answers: tuple[tuple[str, object], ...]) -> Path:
    """A folder whose ledger has these mails, decided and answered; made once, for reading them takes seconds."""
    folder = Path(tempfile.mkdtemp(prefix="letters-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made, _, _ = _engine(folder, Clock(), dict(answers))
    with made:
        bring(made, folder, [one for one in mails() if one.name in names])
        made.once(fetch=False)
    return folder


class LetterWorld:
    """Context manager. `office` is what staff functions take."""

    def __init__(self, folder: Path, mails: Iterable[str], **answers: object) -> None:
        shutil.copytree(_filled(tuple(mails), tuple(answers.items())), folder, dirs_exist_ok=True)
        self.folder, self.clock = folder, Clock()
        self.engine, _, self.sender = _engine(folder, self.clock, answers)
        self.office = self.make_office()

    def make_office(self, **changes: object) -> LetterOffice:
        settings = replace(self.engine.setup.settings, smtp=SmtpSettings(host="smtp.example.test", user="office@example.test"))
        settings = replace(settings, **changes)  # type: ignore[arg-type]
        assert isinstance(settings, Settings)
        setup = self.engine.setup
        return LetterOffice(
            self.engine.database, setup.campaign, setup.register, settings, setup.templates, setup.blank_forms, self.clock
        )

    def __enter__(self) -> LetterWorld:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()

    def bring(self, mails: list[Expected]) -> None:
        folder = self.folder / f"more{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        bring(self.engine, folder, mails)

    def cycle(self, minutes: int = 0) -> dict[str, int]:
        """Everything that is due by then."""
        self.clock.now += timedelta(minutes=minutes)
        return self.engine.once(fetch=False).sent

    def act(self, who: str = "李老师", why: str = "") -> Act:
        return Act(who, self.clock.now, why)

    def message(self, unit: str) -> MessageRow:
        """The newest mail of this unit."""
        return next(row for row in Queries(self.engine.database).messages(limit=500).rows if row.reporting_unit == unit)

    def answers(self, unit: str) -> list[AnswerRow]:
        """Letters to the unit's newest mail, oldest first."""
        number = self.message(unit).id
        return sorted((a for a in self.every_answer() if a.message_id == number), key=lambda a: a.id)

    def every_answer(self) -> list[AnswerRow]:
        return list(Queries(self.engine.database).answers(limit=1000).rows)

    def sent(self) -> list[EmailMessage]:
        """What the sender was given so far."""
        found = []
        for raw, _ in self.sender.letters:
            letter = email.message_from_bytes(raw, policy=email.policy.default)
            assert isinstance(letter, EmailMessage)
            found.append(letter)
        return found


def text_of(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content())


__all__ = ["FakeSender", "LetterWorld", "html_of", "mail", "text_of"]
