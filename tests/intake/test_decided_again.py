"""Mails decided again, through the real ledger: what staff do, a link check that cannot tell, a reprocessing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from core.facts import Link, LinkState
from core.link_report import LinkReport
from core.records import AnswerState
from core.settings import LinkSettings
from intake.engine import Engine
from intake.looking import Looker
from storage.desk import Act, Desk
from storage.exports import export_records
from storage.queries import AnswerFilter, Queries
from tests.intake.intake_world import Clock, engine
from tests.support.corpus_run import CORPUS

WORD_ONLY = CORPUS / "219-word-only.eml"
WRONG_SUBJECT = CORPUS / "139-wrong-subject-and-missing-scan.eml"
COMPLETED_LATER = CORPUS / "503-scan-hours-later"
COURSE = CORPUS / "003-163-course-link.eml"
HOUR = dt.timedelta(hours=1)


def take(made: Engine, *paths: Path, send: bool = True) -> None:
    for _ in made.import_files(paths, "header"):
        pass
    made.once(fetch=False, send=send)


def letters(made: Engine, state: AnswerState | None = None) -> list[tuple[str, str]]:
    rows = Queries(made.database).answers(AnswerFilter(state=state)).rows
    return sorted((row.kind, row.state) for row in rows)


def errors(made: Engine, number: int = 0) -> list[str]:
    record = list(export_records(made.database))[number]
    return [found["code"] for found in record["findings"] if found["severity"] == "error"]


def test_waiving_turns_a_draft_correction_into_a_receipt(tmp_path: Path) -> None:
    made, _, _ = engine(tmp_path, Clock(), mode="draft")
    with made:
        take(made, WORD_ONLY)
        assert letters(made) == [("correction", "draft")]
        Desk(made.database).accept_message(1, Act("staff", made.setup.clock(), "纸质件已到"))
        made.once(fetch=False)
        assert letters(made) == [("correction", "suppressed"), ("receipt", "draft")]
        assert next(iter(export_records(made.database)))["verdict"] == "accepted"


def test_accepting_an_item_takes_its_complaint_back(tmp_path: Path) -> None:
    made, _, _ = engine(tmp_path, Clock(), mode="draft")
    with made:
        take(made, WORD_ONLY)
        Desk(made.database).accept_item(1, Act("staff", made.setup.clock(), "电话核实"))
        made.once(fetch=False)
        assert letters(made, "draft") == [("receipt", "draft")]


def test_reprocessing_keeps_a_fault_of_the_subject_and_answers_nobody_again(tmp_path: Path) -> None:
    made, _, sender = engine(tmp_path, Clock())
    with made:
        take(made, WRONG_SUBJECT)
        before = errors(made)
        assert before == ["subject.no_topic", "scan.missing"]
        assert len(sender.letters) == 1
        Desk(made.database).reprocess([1], Act("staff", made.setup.clock()))
        made.once(fetch=False)
        assert errors(made) == before
        assert len(sender.letters) == 1


def test_reprocessing_after_a_later_mail_completed_the_item_answers_nobody_again(tmp_path: Path) -> None:
    """The first mail got its correction request, the second its receipt. Judged again, the first would be fine now: but
    its sender knows that already."""
    clock = Clock()
    made, _, sender = engine(tmp_path, clock)
    with made:
        for mail in sorted(COMPLETED_LATER.glob("*.eml")):
            take(made, mail)
            clock.now += HOUR
        assert [kind for kind, _ in letters(made, "sent")] == ["correction", "receipt"]
        for chosen in ([1], [2], [1, 2]):
            Desk(made.database).reprocess(chosen, Act("staff", clock.now))
            made.once(fetch=False)
            assert len(sender.letters) == 2, chosen
        assert [record["verdict"] for record in export_records(made.database)] == ["accepted", "accepted"]


class Silent:
    """A share service that never can tell."""

    def __init__(self) -> None:
        self.asked = 0

    def ready(self) -> bool:
        return True

    def check(self, link: Link) -> LinkReport:
        self.asked += 1
        return LinkReport("unknown", LinkState.UNCHECKED, "captcha")


def test_a_link_that_can_never_be_checked_ends_with_a_person(tmp_path: Path) -> None:
    """All retries are used up once, then `link.unchecked`: deciding again must not begin the calendar anew."""
    clock, silent = Clock(), Silent()
    made, _, sender = engine(tmp_path, clock)
    made.setup = replace(made.setup, settings=replace(made.setup.settings, links=LinkSettings(check=True, retries=3)))
    made.checker = silent
    made.looker = Looker(silent, made.setup.settings.links, "baidu")
    made.office = replace(made.office, rules=replace(made.office.rules, links_checked=True))
    with made:
        take(made, COURSE)
        assert next(iter(export_records(made.database)))["verdict"] == "pending"
        assert sender.letters == []
        for _ in range(8):
            clock.now += 24 * HOUR
            made.once(fetch=False)
        record = next(iter(export_records(made.database)))
        assert (record["verdict"], [found["code"] for found in record["findings"]]) == ("review", ["link.unchecked"])
        assert silent.asked == 4, "once at first, then three retries"
        assert [kind for kind, _ in letters(made, "sent")] == ["receipt"]
