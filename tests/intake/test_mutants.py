"""A small fixed set of changed files of every kind (`python bench/fuzz.py` reads hundreds a kind): in a mail beside a right form and
its scan, read by real reading processes. Each costs itself at most; what it is told for comes from a reader, not from a dead process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from baosong.config import load_campaign
from core.facts import MessageFacts
from core.ports import ReadLimits
from intake.reading import IsolatedReader, ReadSetup
from storage.blobs import FileBlobStore
from tests.live.daemon_mails import pair
from tests.support.mail_builder import File, compose
from tests.support.mutants import SOURCES, mutant
from tests.support.processes import Watcher

UNIT = "济南市教育局"
GOOD = pair(UNIT)
LIMITS = ReadLimits(seconds=60, memory=1024 * 2**20)
EACH = 6


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[IsolatedReader, FileBlobStore]]:
    folder: Path = tmp_path_factory.mktemp("blobs")
    reader = IsolatedReader(ReadSetup(load_campaign("zhihui-zhulao"), LIMITS, folder), 1)
    yield reader, FileBlobStore(folder)
    reader.close()


def read(reading: tuple[IsolatedReader, FileBlobStore], raw: bytes) -> MessageFacts:
    reader, blobs = reading
    return reader.submit(blobs.put([raw]).sha256).result(timeout=LIMITS.seconds * 10)


@pytest.mark.slow
@pytest.mark.parametrize("kind", SOURCES)
def test_changed_files_cost_themselves_only(reading: tuple[IsolatedReader, FileBlobStore], kind: str) -> None:
    changed = [File(f"{number}.{kind}", mutant(kind, number)) for number in range(EACH)]
    with Watcher(os.getpid()) as watcher:
        facts = read(reading, compose("foxmail", subject=f"{UNIT}+智慧助老", text="附件", files=[GOOD[0], *changed, GOOD[1]]))
    word, scan = (next(part for part in facts.parts if part.path == (good.name,)) for good in GOOD)
    assert (word.problem, scan.problem) == (None, None)
    assert word.form is not None
    assert word.form.applicant_unit == UNIT
    assert scan.scan is not None
    outer = {part.path[0] for part in facts.parts}
    assert {file.name for file in changed if file.data} <= outer
    reasons = {getattr(part.problem, "reason", None) for part in facts.parts}
    assert reasons <= {None, "damaged", "password", "no_converter", "limit", "bomb", "executable", "macro"}, reasons
    assert watcher.peak < LIMITS.memory


@pytest.mark.slow
def test_changed_mails_are_read(reading: tuple[IsolatedReader, FileBlobStore]) -> None:
    """The mail's own bytes changed: never one that cannot be read."""
    for number in range(40):
        assert read(reading, mutant("eml", number)).sha256
