"""The engine without links, sockets or reading processes: mails of an office's life one after another, a clock the test turns.

    made = MailWorld(tmp_path)
    made.mail(word(A), who="wang")           # arrives, is decided at once
    made.turn(minutes=16)                    # the grace period goes by
    assert made.told() == [(1, "correction")]
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.records import ItemRow
from intake.engine import Engine
from storage.exports import export_records
from storage.queries import ItemFilter, Queries
from storage.whole import read_message
from tests.intake.intake_world import Clock, engine
from tests.live.daemon_mails import scan_pdf
from tests.support import corpus_papers as papers
from tests.support.corpus_papers import Paper
from tests.support.mail_builder import File, compose

UNIT = "青岛市教育局"
SCHOOL = "青岛市市北区社区学院"


def paper(title: str = "里院银龄数字课堂", category: str = "case", unit: str = SCHOOL, **fields: str) -> Paper:
    """A paper of the unit's school; `fields` change single cells."""
    return Paper(category, unit, title).having(**fields)


def word(one: Paper, name: str | None = None) -> File:
    """Its Word form, named as the notice asks."""
    return File(name or one.name(".docx"), papers.word(one))


def scan(one: Paper, name: str | None = None, edition: int = 0) -> File:
    """A page of it that no engine could read; unlike every other paper's."""
    return File(name or one.name(".pdf"), scan_pdf(one.number + edition))


def both(one: Paper) -> list[File]:
    return [word(one), scan(one)]


def blank(category: str) -> File:
    """The empty form as our own letters carry it."""
    return File(f"附件：{papers.NAMES[category]}申报表.docx", papers.blank(category))


class MailWorld:
    """One installation with a grace period of 15 minutes."""

    def __init__(self, folder: Path, **answers: Any) -> None:
        self.folder, self.clock, self.mails = folder, Clock(), 0
        self.clock.now = dt.datetime(2021, 11, 8, 1, 0, tzinfo=dt.UTC)
        self.engine, _, self.sender = engine(folder, self.clock, **{"grace": 15, **answers})
        made = self.engine.setup
        object.__setattr__(made, "blank_forms", {key: papers.blank(key) for key in papers.NAMES})
        self.ids: dict[int, str] = {}

    def mail(self, *files: File, who: str = "wang", subject: str = f"{UNIT}+智慧助老", text: str = "材料见附件。", answers: int | None = None, **more: Any) -> int:
        """A mail comes in and is decided. `answers`: the mail (by number) whose thread it continues. Its number."""
        self.mails += 1
        message_id = f"<m{self.mails}@{who}.test>"
        if answers is not None:
            more.setdefault("in_reply_to", self.ids[answers])
            subject = subject if subject.startswith("Re") else f"Re: {subject}"
        raw = compose(
            "foxmail", subject=subject, text=text, files=files, sender=(who, f"{who}@qd.test"), message_id=message_id,
            date=self.clock.now, **more,
        )  # fmt: skip
        self.ids[self.mails] = message_id
        file = self.folder / f"{self.mails:03}.eml"
        file.write_bytes(raw)
        assert [entry.error for entry in self.engine.import_files([file], "now")] == [None]
        self.turn(seconds=10)
        return self.mails

    def turn(self, **later: float) -> None:
        """Time goes by, then one full cycle."""
        self.clock.now += dt.timedelta(**later)
        self.engine.once(fetch=False)

    # What came of it ----------------------------------------------------------------------------------------------

    def record(self, number: int) -> Mapping[str, Any]:
        return next(one for one in export_records(self.engine.database) if one["id"] == number)

    def verdict(self, number: int) -> str:
        return str(self.record(number)["verdict"])

    def codes(self, number: int, *severities: str) -> list[str]:
        """Codes of errors and reviews, or of these severities."""
        wanted = severities or ("error", "review")
        return [found["code"] for found in self.record(number)["findings"] if found["severity"] in wanted]

    def told(self) -> list[tuple[int, str]]:
        """Every letter that went out: number of the mail it answers, its kind."""
        found = []
        for number in range(1, self.mails + 1):
            rows = [row for row in read_message(self.engine.database, number).answers if row.state == "sent" and row.message_id == number]
            found += [(row.id, number, row.kind) for row in rows]
        return [(number, kind) for _, number, kind in sorted(found)]

    def letter(self, number: int) -> str:
        """Text of the newest letter that answers this mail."""
        rows = [row for row in read_message(self.engine.database, number).answers if row.state == "sent" and row.message_id == number]
        return rows[-1].text

    def items(self) -> list[ItemRow]:
        """Items that stand, oldest first."""
        rows = Queries(self.engine.database).items(ItemFilter(), limit=100).rows
        return [row for row in reversed(rows) if row.content.state != "superseded"]

    def seen(self) -> list[tuple[str | None, str, bool, int]]:
        """Title, state, whether there is a Word form, how many scans: of each item."""
        return [(row.content.title, row.content.state, row.content.word is not None, len(row.content.scans)) for row in self.items()]

    def close(self) -> None:
        self.engine.close()


__all__ = ["SCHOOL", "UNIT", "Engine", "File", "MailWorld", "blank", "both", "paper", "scan", "word"]
