"""A folder of hostile files, each in a mail of its own beside a right form and its scan, read by real reading processes: the
file costs itself only, and is told for what it is."""

from __future__ import annotations

import multiprocessing
import random
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from baosong.config import load_campaign
from core.facts import MessageFacts, Part, Unreadable
from core.ports import ReadLimits
from intake.reading import IsolatedReader, ReadSetup
from storage.blobs import FileBlobStore
from tests.live.daemon_mails import pair
from tests.support.hostile_files import FILES, Hostile
from tests.support.mail_builder import File, compose

UNIT = "济南市教育局"
LIMITS = ReadLimits(seconds=15)
GOOD = pair(UNIT)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[IsolatedReader, FileBlobStore]]:
    folder = tmp_path_factory.mktemp("blobs")
    reader = IsolatedReader(ReadSetup(load_campaign("zhihui-zhulao"), LIMITS, folder), 2)
    yield reader, FileBlobStore(folder)
    reader.close()


def read(reading: tuple[IsolatedReader, FileBlobStore], raw: bytes) -> MessageFacts:
    reader, blobs = reading
    return reader.submit(blobs.put([raw]).sha256).result(timeout=LIMITS.seconds * 5)


def told(part: Part) -> str:
    if part.problem is None:
        return "fine"
    return f"{'unreadable' if isinstance(part.problem, Unreadable) else 'blocked'}:{part.problem.reason}"


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_hostile_file_costs_itself_only(reading: tuple[IsolatedReader, FileBlobStore], file: Hostile) -> None:
    raw = compose("foxmail", subject=f"{UNIT}+智慧助老", text="附件", files=[GOOD[0], File(file.name, file.make()), GOOD[1]])
    begin = time.monotonic()
    facts = read(reading, raw)
    assert time.monotonic() - begin < 3 * LIMITS.seconds + 60
    word, scan = (next(part for part in facts.parts if part.path == (good.name,) and part.size == len(good.data)) for good in GOOD)
    assert (word.problem, scan.problem) == (None, None)
    assert word.form is not None
    assert word.form.applicant_unit == UNIT
    assert scan.scan is not None
    others = [part for part in facts.parts if part not in (word, scan)]
    assert others or "fine" in file.expected
    seen = {told(part) for part in others}
    assert seen & file.expected or not others, [(part.path, told(part), part.problem) for part in others]
    assert seen <= file.expected | {"fine"}, [(part.path, told(part), part.problem) for part in others]
    assert not any("root:" in part.text for part in others), "a file of this machine got out"


def test_the_worker_processes_are_bounded(reading: tuple[IsolatedReader, FileBlobStore]) -> None:
    """Every reading process that was ever started is one of the fork server's, with the limit on its memory."""
    raw = compose("foxmail", subject=f"{UNIT}+智慧助老", text="附件", files=GOOD)
    assert read(reading, raw).parts
    workers = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _is_worker(entry)]
    assert workers
    limits = {resource.prlimit(pid, resource.RLIMIT_DATA)[0] for pid in workers}
    assert LIMITS.memory in limits


def _is_worker(entry: Path) -> bool:
    try:
        parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        own = multiprocessing.current_process().pid
        return b"forkserver" in (entry / "cmdline").read_bytes() and parent != own
    except (OSError, IndexError, ValueError):
        return False


def test_any_hostile_bytes_in_any_good_file(reading: tuple[IsolatedReader, FileBlobStore]) -> None:
    """Good files with a few bytes changed anywhere: read or told, never a mail that cannot be read."""
    chance = random.Random(11)
    for _ in range(12):
        files = []
        for good in GOOD:
            data = bytearray(good.data)
            for _ in range(chance.randrange(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            files.append(File(good.name, bytes(data)))
        facts = read(reading, compose("foxmail", subject=f"{UNIT}+智慧助老", text="附件", files=files))
        assert len(facts.parts) >= 2
