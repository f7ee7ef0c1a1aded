"""A password-protected archive in one mail and the rest in another, through the real ledger, in both orders."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from storage.exports import export_records
from tests.intake.intake_world import Clock, engine
from tests.support import corpus_papers as papers
from tests.support.archive_builder import zip_bytes
from tests.support.corpus_papers import Paper
from tests.support.corpus_world import mail, scan_file
from tests.support.mail_builder import File

CASE = Paper("case", "济南市历下区社区教育学院", "银龄数字课堂")
SUBJECT = "济南市教育局+智慧助老"


def archive(when: str) -> bytes:
    return mail("foxmail", SUBJECT, File("申报表.zip", zip_bytes([(CASE.name(".docx"), papers.word(CASE))], password=b"1234")), when=when)


def bare_scan(when: str) -> bytes:
    return mail("foxmail", SUBJECT, scan_file(CASE), when=when)


def outcome(tmp_path: Path, first: bytes, second: bytes, *, grace: int = 0) -> list[dict[str, object]]:
    clock = Clock()
    made, _, _ = engine(tmp_path, clock, grace=grace)
    made.setup = replace(made.setup, blank_forms={"case": b"form"})
    with made:
        for number, raw in enumerate((first, second)):
            path = tmp_path / f"{number}.eml"
            path.write_bytes(raw)
            assert [entry.error for entry in made.import_files([path], "header")] == [None]
            made.once(fetch=False)
        clock.now += dt.timedelta(hours=1)
        made.once(fetch=False)
        return list(export_records(made.database))


def codes(record: dict[str, object]) -> set[str]:
    findings = record["findings"]
    assert isinstance(findings, list)
    return {found["code"] for found in findings if found["severity"] == "error"}


def kinds(record: dict[str, object]) -> list[tuple[str, str]]:
    answers = record["answers"]
    assert isinstance(answers, list)
    return [(answer["kind"], answer["state"]) for answer in answers]


def test_the_archive_first_then_the_scan(tmp_path: Path) -> None:
    first, second = outcome(tmp_path, archive("11-08 10:00:00"), bare_scan("11-08 10:30:00"))
    assert codes(first) == {"attachment.unreadable"}
    assert codes(second) == set()
    assert second["verdict"] == "review"
    assert ("correction", "sent") not in kinds(second)


def test_the_scan_first_then_the_archive_within_the_grace_period(tmp_path: Path) -> None:
    """The form that the first letter would have missed lies behind a password in the second mail."""
    first, second = outcome(tmp_path, bare_scan("11-09 15:59:00"), archive("11-09 15:59:30"), grace=15 * 60)
    assert codes(second) == {"attachment.unreadable"}
    assert codes(first) == set()
    assert ("correction", "sent") not in kinds(first)


def test_weeks_apart_it_is_missing(tmp_path: Path) -> None:
    _, second = outcome(tmp_path, archive("10-08 10:00:00"), bare_scan("11-08 10:30:00"))
    assert codes(second) == {"form.missing"}
