"""A mail as a whole has limits too: on the time that reading it takes and on what its archives unpack to, also when they are
opened one by one. What is given up because of them is for a person: the sender is asked for nothing."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from baosong.config import load_campaign, load_register
from core.decide import Case, Rules, decide
from core.facts import Blocked, MessageFacts, Part, Unreadable
from core.findings import Severity
from core.ports import ReadLimits
from intake import reading, reading_worker
from intake.reading import IsolatedReader, ReadSetup
from parsers.work_folder import PREFIX
from storage.blobs import FileBlobStore
from tests.live.daemon_mails import pair
from tests.support.archive_builder import zip_bytes
from tests.support.hostile_files import FILES
from tests.support.mail_builder import File, compose
from tests.support.office_objects import packaged, with_members

UNIT = "济南市教育局"
CAMPAIGN = load_campaign("zhihui-zhulao")
RULES = Rules(CAMPAIGN, load_register(CAMPAIGN))
GOOD = pair(UNIT)
WORD, SCAN = (str(file.name) for file in GOOD)
SLOW = next(file for file in FILES if file.name == "流炸弹.pdf").make()
VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(4000)
ARRIVED = dt.datetime(2021, 11, 1, 2, tzinfo=dt.UTC)


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobStore:
    return FileBlobStore(tmp_path / "blobs")


def reader_with(blobs: FileBlobStore, limits: ReadLimits) -> Iterator[IsolatedReader]:
    reader = IsolatedReader(ReadSetup(CAMPAIGN, limits, blobs.root), 1)
    yield reader
    reader.close()


def stored(blobs: FileBlobStore, *files: File) -> str:
    return blobs.put([compose("foxmail", subject=f"{UNIT}+智慧助老", text="附件", files=files)]).sha256


def errors(facts: MessageFacts) -> list[str]:
    decision = decide(Case(0, facts, ARRIVED), RULES)
    return [found.code for found in decision.findings if found.severity is Severity.ERROR]


def late(part: Part) -> bool:
    return isinstance(part.problem, Unreadable) and part.problem.reason == "timeout" and "whole mail" in part.problem.detail


@pytest.mark.slow
def test_a_mail_of_slow_files_ends(blobs: FileBlobStore) -> None:
    """The scan is among what was not read in time: nobody is asked for one."""
    slow = [File(f"附{number}.pdf", SLOW + b"%d" % number) for number in range(14)]
    for reader in reader_with(blobs, ReadLimits(seconds=4, mail_seconds=40)):
        facts = reader.submit(stored(blobs, *slow, File("录像.mp4", VIDEO), GOOD[1], GOOD[0])).result(timeout=300)
    named = {part.name: part for part in facts.parts}
    assert named[WORD].form is not None, "the form is read before the pages that take long"
    assert named["录像.mp4"].problem is None
    assert all(isinstance(named[str(file.name)].problem, Unreadable) for file in slow)
    assert late(named["附13.pdf"])
    assert not late(named["附0.pdf"])
    assert late(named[SCAN])
    assert errors(facts) == []


def test_what_one_task_leaves_the_next_ones_read(blobs: FileBlobStore) -> None:
    """Many sound files that take long together: none is read twice, none is given up."""
    limits = ReadLimits(seconds=30, mail_seconds=30)  # the first task begins no part
    for reader in reader_with(blobs, limits):
        facts = reader.submit(stored(blobs, *GOOD, File("材料.zip", zip_bytes([(WORD, GOOD[0].data)])))).result(timeout=120)
    assert [part.problem for part in facts.parts] == [None] * 4
    assert [part.form is not None for part in facts.parts] == [True, False, False, True]
    assert facts.parts[1].scan is not None


def test_the_first_task_hands_back_what_it_has_read(blobs: FileBlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = ReadSetup(CAMPAIGN, ReadLimits(), blobs.root)
    monkeypatch.setattr(reading_worker._Worker, "setup", setup, raising=False)
    moments = iter([0.0, 0.0, 5.0, 11.0, *[11.0] * 9])
    monkeypatch.setattr("intake.reading_worker.time.monotonic", lambda: next(moments))
    progress = reading_worker.whole_task(stored(blobs, GOOD[1], GOOD[0], File("a.txt", "说明".encode())), 10.0)
    assert progress.left == (0,), "the scan comes last"
    assert progress.facts.parts[1].form is not None
    assert progress.facts.parts[0].scan is None


def test_archives_opened_one_by_one_share_what_they_may_unpack_to(blobs: FileBlobStore) -> None:
    """As when a process was killed while it opened them. The ones beyond it are no bombs: a person opens them."""
    limits = ReadLimits(archive_bytes=1 << 20)
    archives = [File(f"{number}.zip", zip_bytes([(f"{number}.bin", os.urandom(900 << 10))])) for number in range(7)]
    sha256 = stored(blobs, *archives, File("弹.zip", zip_bytes([("a.bin", os.urandom(2 << 20))])))
    closed = reading_worker.read_mail(blobs.path(sha256), blobs, limits, closed=True)
    for reader in reader_with(blobs, limits):
        progress = reader._opened(closed, reading._Clock(600))
    outer = [part for part in progress.facts.parts if part.container]
    inner = [part for part in progress.facts.parts if not part.container]
    assert len(outer) == 8
    assert sum(part.size for part in inner) <= 4 << 20
    told = [part.problem.reason if isinstance(part.problem, Unreadable) else part.problem for part in outer]
    assert told[:4] == [None] * 4
    assert set(told[4:]) == {"limit"}
    assert errors(progress.facts) == []


def test_an_archive_too_large_by_itself_is_told_so(blobs: FileBlobStore) -> None:
    limits = ReadLimits(archive_bytes=1 << 20)
    sha256 = stored(blobs, File("弹.zip", zip_bytes([("a.bin", os.urandom(2 << 20))])))
    closed = reading_worker.read_mail(blobs.path(sha256), blobs, limits, closed=True)
    for reader in reader_with(blobs, limits):
        progress = reader._opened(closed, reading._Clock(600))
    assert progress.facts.parts[0].problem == Blocked("bomb", f"> {1 << 20} bytes")


def test_archives_opened_one_by_one_share_the_number_of_parts(blobs: FileBlobStore) -> None:
    limits = ReadLimits(parts=10)
    archives = [File(f"{number}.zip", zip_bytes([(f"{number}-{n}.txt", b"%d-%d" % (number, n)) for n in range(6)])) for number in range(3)]
    closed = reading_worker.read_mail(blobs.path(stored(blobs, *archives)), blobs, limits, closed=True)
    for reader in reader_with(blobs, limits):
        progress = reader._opened(closed, reading._Clock(600))
    assert len(progress.facts.parts) == 10
    assert progress.facts.lost


def test_documents_opened_one_by_one_show_what_lies_in_them(blobs: FileBlobStore) -> None:
    """The scan inserted into the form must not be missing because an archive beside it killed a process."""
    form = with_members(GOOD[0].data, {"word/embeddings/oleObject1.bin": packaged("盖章扫描件.pdf", GOOD[1].data)})
    sha256 = stored(blobs, File(WORD, form), File("a.zip", zip_bytes([("a.txt", b"a")])), File("录像.mp4", VIDEO))
    closed = reading_worker.read_mail(blobs.path(sha256), blobs, ReadLimits(), closed=True)
    assert len(closed.parts) == 3
    for reader in reader_with(blobs, ReadLimits()):
        progress = reader._opened(closed, reading._Clock(600))
    assert [part.path[-1] for part in progress.facts.parts] == [WORD, "盖章扫描件.pdf", "a.zip", "a.txt", "录像.mp4"]
    assert [part.container for part in progress.facts.parts] == [False, False, True, False, False]


def test_no_time_for_archives_is_for_a_person(blobs: FileBlobStore) -> None:
    closed = reading_worker.read_mail(
        blobs.path(stored(blobs, File("a.zip", zip_bytes([("a.txt", b"a")])))), blobs, ReadLimits(), closed=True
    )
    for reader in reader_with(blobs, ReadLimits()):
        progress = reader._opened(closed, reading._Clock(0.5))
    (part,) = progress.facts.parts
    assert late(part)
    assert errors(progress.facts) == []


class Pool:
    """Runs the tasks here; walks that open archives overrun."""

    def schedule(self, task: Callable[..., Any], args: tuple[Any, ...], timeout: float) -> Future[Any]:
        done: Future[Any] = Future()
        if task is reading_worker.walk_task and args[1] is False:
            done.set_exception(TimeoutError(timeout))
        else:
            done.set_result(task(*args))
        return done


@pytest.mark.parametrize(("spent", "left", "named"), [(100, 40, False), (150, 0, True), (200, 0, True)])
def test_a_walk_that_overran_took_the_mails_time(
    blobs: FileBlobStore, monkeypatch: pytest.MonkeyPatch, spent: float, left: float, named: bool
) -> None:
    """And once the time is over what lies in the mail is named all the same, as late; what is never opened stays what it is."""
    setup = ReadSetup(CAMPAIGN, ReadLimits(mail_seconds=200), blobs.root)
    monkeypatch.setattr(reading_worker._Worker, "setup", setup, raising=False)
    reader, clock = object.__new__(IsolatedReader), reading._Clock(200, spent)
    reader._limits, reader._pool = setup.limits, Pool()  # type: ignore[assignment]
    sha256 = stored(blobs, *GOOD, File("a.zip", zip_bytes([("a.txt", b"a")])), File("录像.mp4", VIDEO))
    facts = reader._one_by_one(reader._walk(sha256, clock), clock)
    assert clock.left == pytest.approx(left, abs=5)
    outer = {part.name: part for part in facts.parts if part.path == (part.name,)}
    assert [late(outer[name]) for name in (WORD, SCAN, "a.zip")] == [named] * 3
    assert outer["录像.mp4"].problem is None
    assert errors(facts) == []


def test_folders_of_a_killed_reader_are_swept_with_the_next_mail(
    blobs: FileBlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_worker._Worker, "setup", ReadSetup(CAMPAIGN, ReadLimits(), blobs.root), raising=False)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    left, own, other = tmp_path / f"{PREFIX}{dead.stdout.strip()}-a", tmp_path / f"{PREFIX}{os.getpid()}-b", tmp_path / "baosong-x"
    for folder in (left, own, other):
        folder.mkdir()
        (folder / "in.doc").write_bytes(b"x")
    reading_worker.whole_task(stored(blobs, GOOD[0]), 10.0)
    assert [folder.exists() for folder in (left, own, other)] == [False, True, True]


def test_the_limit_may_be_below_that_of_one_part(blobs: FileBlobStore) -> None:
    limits = replace(ReadLimits(), seconds=60, mail_seconds=20)
    for reader in reader_with(blobs, limits):
        facts = reader.submit(stored(blobs, *GOOD)).result(timeout=120)
    assert [part.problem for part in facts.parts] == [None, None]


@pytest.mark.parametrize("reason", ["timeout", "memory", "limit"])
def test_whatever_our_own_limits_cost_the_sender_is_asked_for_nothing(blobs: FileBlobStore, reason: str) -> None:
    """Form, scan, archive and video of a right submission, any of them not read."""
    unit = str(pair("济南市教育局", "training")[0].name)
    inner = zip_bytes([(str(file.name), file.data) for file in pair("济南市教育局", "training")])
    sha256 = stored(blobs, *GOOD, File("材料.zip", inner), File("录像.mp4", VIDEO))
    facts = reading.read_whole(ReadSetup(CAMPAIGN, ReadLimits(), blobs.root), sha256)
    assert errors(facts) == []
    assert unit in [part.name for part in facts.parts]
    for chosen in range(1, 2 ** len(facts.parts)):
        parts = list(facts.parts)
        for place in range(len(parts)):
            if chosen >> place & 1 and not parts[place].name.endswith(".mp4"):
                parts[place] = replace(parts[place], form=None, scan=None, text="", problem=Unreadable(reason, "over"))  # type: ignore[arg-type]
        assert errors(replace(facts, parts=tuple(parts))) == [], chosen
