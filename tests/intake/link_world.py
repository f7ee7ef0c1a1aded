"""The engine with its link check against the stand-in of the share service: mails from files, a clock the test turns."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.settings import LinkSettings
from intake.engine import Engine, Setup
from intake.link_check import LinkChecker
from intake.reading import ReadSetup
from storage.exports import export_records
from storage.link_watch import LinkWatch
from storage.queries import Queries
from storage.rows import LinkRow
from tests.intake.intake_world import Clock, CountingReader, FakeSender, settings
from tests.live.daemon_mails import FIRST_BATCH, form, pair
from tests.support.fake_share import FakeShareService
from tests.support.mail_builder import File, compose
from tests.support.migrated import database_at
from tests.support.shares import Share
from tests.support.shipped import campaign_named, register_of

ID, OTHER = "1QvwfHXf0r-hfBEDkFR3tbp", "1WDyeKyQE2VfpFcvg0t_dXN"
URL, OTHER_URL = f"https://pan.baidu.com/s/{ID}", f"https://pan.baidu.com/s/{OTHER}"
UNIT = "济南市教育局"


class LinkWorld:
    """One installation; `links` are options of `[links]`, `answers` of `[answers]`."""

    def __init__(self, folder: Path, service: FakeShareService, *, answers: dict[str, Any] | None = None, **links: Any) -> None:
        self.folder, self.service, self.clock, self.sender = folder, service, Clock(), FakeSender()
        self.mails = 0
        campaign, chosen = campaign_named("zhihui-zhulao"), settings(**(answers or {}))
        given = {"check": True, "base_url": service.url, "per_minute": 10_000, "timeout": 2, **links}
        chosen = replace(chosen, links=LinkSettings(**given))
        (folder / "blobs").mkdir(exist_ok=True)
        self.checker = LinkChecker(chosen.links, clock=self.clock, sleep=lambda _: None, chance=random.Random(1))
        setup = Setup(
            chosen, campaign, register_of("zhihui-zhulao"), database_at(folder / "baosong.db"), folder / "blobs", "test", clock=self.clock,
            checker=self.checker,
        )  # fmt: skip
        self.engine = Engine(setup, CountingReader(ReadSetup(campaign, chosen.limits, folder / "blobs")))
        self.engine.sender = self.sender  # type: ignore[assignment]

    # Mails --------------------------------------------------------------------------------------------------------

    def mail(self, text: str, *, files: list[File] | None = None, unit: str = UNIT, **more: Any) -> str:
        """A mail comes in: by default a course whose video lies where `text` says. Its Message-ID."""
        self.mails += 1
        message_id = more.pop("message_id", f"<m{self.mails}@jinan.test>")
        raw = compose(
            "foxmail", subject=more.pop("subject", f"{unit}+智慧助老"), text=text,
            files=pair(unit, "course") if files is None else files, sender=("王老师", more.pop("sender", "wang@jinan.test")),
            message_id=message_id, date=more.pop("date", FIRST_BATCH + dt.timedelta(minutes=self.mails)), **more,
        )  # fmt: skip
        file = self.folder / f"{self.mails:03}.eml"
        file.write_bytes(raw)
        assert [entry.error for entry in self.engine.import_files([file], "now")] == [None]
        return str(message_id)

    def turn(self, **later: float) -> None:
        """Time goes by, then one full cycle."""
        self.clock.now += dt.timedelta(**later)
        self.engine.once(fetch=False)

    def lose(self, share: Share) -> None:
        """The share ends, and is found lost once the watch has looked often and long enough."""
        share.state = "cancelled"
        for later in ({"minutes": 11}, {"days": 8}, {"minutes": 20}):
            self.turn(**later)

    # What came of it ----------------------------------------------------------------------------------------------

    def records(self) -> list[dict[str, Any]]:
        return list(export_records(self.engine.database))

    def record(self, number: int = 0) -> dict[str, Any]:
        return self.records()[number]

    def codes(self, number: int = 0) -> set[str]:
        """Codes of errors and reviews."""
        return {f["code"] for f in self.record(number)["findings"] if f["severity"] != "note"}

    def kinds(self, number: int = 0) -> list[str]:
        """Kinds of the letters that went out for this mail."""
        return [answer["kind"] for answer in self.record(number)["answers"] if answer["state"] == "sent"]

    def links(self) -> list[LinkRow]:
        """Oldest first."""
        return list(reversed(Queries(self.engine.database).links(limit=100).rows))

    def lost(self) -> list[LinkRow]:
        return [one.link for one in LinkWatch(self.engine.database).lost()]

    def alerts(self) -> dict[str, str]:
        return {row.code: row.text for row in self.engine.watch.open_alerts()}

    def letters(self) -> list[str]:
        """Plain texts of all letters that went out."""
        found = []
        for raw, _ in self.sender.letters:
            body = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))  # type: ignore[attr-defined]
            found.append(body.get_content())
        return found


def course(**changes: str) -> list[File]:
    """Form and scan of a course of the unit."""
    files = pair(UNIT, "course")
    return [File(files[0].name, form(UNIT, "course", **changes)), files[1]] if changes else files

