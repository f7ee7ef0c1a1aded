"""Every mail of tests/corpus through the real engine: each record, each letter, as written beside the mail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.support.corpus import SCENARIOS
from tests.support.corpus_run import CORPUS, Scenario, differences, find_scenarios, run

ALL = find_scenarios()
SCHEMA = Draft202012Validator(json.loads((CORPUS.parent / "contract" / "record.schema.json").read_text(encoding="utf-8")))


def find_scenario(name: str) -> Scenario:
    return next(scenario for scenario in ALL if scenario.name == name)


@pytest.mark.parametrize("scenario", [s for s in ALL if not s.hostile], ids=lambda s: s.name)
def test_scenario(scenario: Scenario, tmp_path: Path) -> None:
    if scenario.needs and not any(shutil.which(program) for program in scenario.needs.split("|")):
        pytest.skip(f"none of {scenario.needs} is installed")
    outcome = run(scenario.mails, tmp_path, seals=True)
    assert len(outcome.records) == len(scenario.mails)
    wrong = [
        f"{path.name}: {difference}"
        for path, expected, record in zip(scenario.mails, scenario.expected, outcome.records, strict=True)
        for difference in differences(expected, record, outcome.letter(record))
    ]
    if scenario.letters is not None:
        # A letter that answers two mails stands in the records of both.
        sent = {answer["message_id"]: answer["kind"] for record in outcome.records for answer in record["answers"]}
        kinds = [sent[letter["Message-ID"]] for letter in outcome.letters]
        if kinds != list(scenario.letters):
            wrong.append(f"letters sent: expected {list(scenario.letters)}, got {kinds}")
    wrong += [f"schema: {error.message}" for record in outcome.records for error in SCHEMA.iter_errors(record)]
    assert wrong == [], "\n" + "\n".join(wrong)


@pytest.mark.parametrize("scenario", [s for s in ALL if s.hostile], ids=lambda s: s.name)
def test_hostile(scenario: Scenario, tmp_path: Path) -> None:
    """Recorded, decided (or held after its attempts), and the next mail is none the worse."""
    outcome = run([*scenario.mails, CORPUS / "004-126-case.eml"], tmp_path, seals=True)
    assert len(outcome.records) == len(scenario.mails) + 1
    assert [f"{error.json_path} {error.message}" for record in outcome.records for error in SCHEMA.iter_errors(record)] == []
    assert outcome.records[0]["verdict"] != "accepted" or scenario.expected[0].get("may_be_accepted")
    assert differences(find_scenario("004-126-case").expected[0], outcome.records[-1], None) == []


def test_every_scenario_has_its_mails_and_its_expectation() -> None:
    assert len(ALL) >= 90
    assert {scenario.name for scenario in ALL} >= set(SCENARIOS)
    for scenario in ALL:
        assert len(scenario.expected) == len(scenario.mails), scenario.name


def test_the_corpus_stays_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 16 * 2**20
