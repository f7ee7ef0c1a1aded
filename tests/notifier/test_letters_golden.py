"""The letters word for word, kept as files for people to read. After a wanted change: GOLDEN=write pytest <this file>,
then read what git diff shows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.letter import Letter, LetterPlan
from tests.notifier.letter_samples import PLANS, thread_for, write

GOLDEN = Path(__file__).parent / "golden"


def _letter(name: str, plan: LetterPlan) -> Letter:
    unprompted = name == "reminder"
    return write(plan, thread_for(plan, message_id=None if unprompted else "<6189C2A1.0B5F41.01234@126.com>"))


def _files(letter: Letter) -> dict[str, str]:
    head = letter.raw.partition(b"\r\n\r\n")[0].decode("ascii").replace("\r\n", "\n") + "\n"
    return {"txt": letter.text, "html": letter.html, "headers": head}


@pytest.mark.parametrize("name", PLANS)
def test_letter_is_as_reviewed(name: str) -> None:
    for suffix, content in _files(_letter(name, PLANS[name])).items():
        path = GOLDEN / f"{name}.{suffix}"
        if os.environ.get("GOLDEN") == "write":
            path.write_text(content, encoding="utf-8")
        assert content == path.read_text(encoding="utf-8"), f"{path.name} differs; see the module's docstring"


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{name}.{suffix}" for name in PLANS for suffix in ("txt", "html", "headers")}
    assert {path.name for path in GOLDEN.iterdir()} == wanted
