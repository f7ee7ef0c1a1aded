"""LibreOffice kept warm: one process for many files, replaced when it hangs, dies or has done enough, gone with its starter,
and never able to reach the network or start a program."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.facts import Unreadable
from parsers import office_process
from parsers.converters import find_office
from parsers.office import Office, OfficeUnavailable
from parsers.work_folder import PREFIX, sweep
from tests.support.processes import family

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "forms"
SOFFICE = find_office()
PROGRAM = Path(SOFFICE or "/none").resolve().parent
needs_office = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice is not installed")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    each = Office()
    yield each
    each.close()


def convert(office: Office, tmp_path: Path, name: str = "case-word97.doc", seconds: float = 60, source: Path | None = None) -> Unreadable | None:
    target = tmp_path / "out.docx"
    target.unlink(missing_ok=True)
    problem = office.convert(PROGRAM, source or DATA / name, target, time.monotonic() + seconds)
    assert (problem is None) == target.is_file()
    return problem


def gone(pid: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@needs_office
def test_one_process_serves_many_files(office: Office, tmp_path: Path) -> None:
    assert office.pid is None, "nothing is started before it is needed"
    assert convert(office, tmp_path) is None
    first = office.pid
    assert first is not None
    for name in ("training.odt", "training.rtf", "course-word97.doc"):
        assert convert(office, tmp_path, name) is None
        assert office.pid == first
    status = Path(f"/proc/{first}/status").read_text()
    assert "Seccomp:\t2" in status
    assert "NoNewPrivs:\t1" in status
    office.close()
    assert gone(first)


@needs_office
def test_a_process_that_died_is_replaced(office: Office, tmp_path: Path) -> None:
    assert convert(office, tmp_path) is None
    first = office.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert convert(office, tmp_path) is None
    assert office.pid not in (None, first)


@needs_office
def test_a_process_that_hangs_costs_its_file_only(office: Office, tmp_path: Path) -> None:
    assert convert(office, tmp_path) is None
    first = office.pid
    assert first is not None
    os.kill(first, signal.SIGSTOP)
    begin = time.monotonic()
    assert convert(office, tmp_path, seconds=1) == Unreadable("timeout", "LibreOffice")
    assert time.monotonic() - begin < 20
    assert gone(first)
    assert convert(office, tmp_path) is None


@needs_office
def test_it_goes_when_its_starter_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from parsers.office import OFFICE\n"
        f"problem = OFFICE.convert(Path({str(PROGRAM)!r}), Path({str(DATA / 'training.rtf')!r}), Path({str(tmp_path / 'o.docx')!r}), time.monotonic() + 60)\n"
        "print(OFFICE.pid, problem, flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment, text=True) as starter:
        assert starter.stdout is not None
        pid, problem = starter.stdout.readline().split()
        assert problem == "None"
        assert list(tmp_path.glob(f"{PREFIX}*"))
        starter.kill()
    assert gone(int(pid))
    for _ in range(100):
        if not list(tmp_path.glob(f"{PREFIX}*")):
            break
        time.sleep(0.05)
    assert not list(tmp_path.glob(f"{PREFIX}*")), "its profile is gone too"


@needs_office
def test_what_it_cannot_load_is_said_and_does_not_end_it(office: Office, tmp_path: Path) -> None:
    broken = tmp_path / "broken.odt"
    broken.write_bytes(b"PK\x03\x04" + bytes(500))
    problem = convert(office, tmp_path, source=broken)
    assert isinstance(problem, Unreadable)
    assert problem.reason in ("damaged", "no_converter")
    first = office.pid
    assert convert(office, tmp_path) is None
    assert office.pid == first


@needs_office
def test_a_linked_picture_is_not_fetched(office: Office, tmp_path: Path, socket_server: SimpleNamespace) -> None:
    rtf = tmp_path / "link.rtf"
    address = f"http://127.0.0.1:{socket_server.port}/x.png"
    rtf.write_text(r"{\rtf1\ansi {\field{\*\fldinst INCLUDEPICTURE " + f'"{address}"' + r" \\d}{\fldrslt x}} text\par}")
    page = tmp_path / "link.html"
    page.write_text(f'<html><body><img src="{address}"><link rel=stylesheet href="{address}">text</body></html>')
    assert convert(office, tmp_path, source=rtf) is None
    convert(office, tmp_path, source=page)
    assert socket_server.connections == []


@pytest.fixture
def socket_server() -> Iterator[SimpleNamespace]:
    import socket

    listener = socket.create_server(("127.0.0.1", 0))
    seen: list[object] = []

    def accept() -> None:
        while True:
            try:
                connection, peer = listener.accept()
            except OSError:
                return
            seen.append(peer)
            connection.close()

    threading.Thread(target=accept, daemon=True).start()
    yield SimpleNamespace(port=listener.getsockname()[1], connections=seen)
    listener.close()


def test_locked_up_means_no_network_and_no_program() -> None:
    code = (
        "import os, socket, subprocess\nfrom parsers.office_process import lock_up\nassert lock_up()\n"
        "socket.socketpair(); open('/dev/null').close()\n"
        "for kind in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK):\n"
        "    try: socket.socket(kind)\n    except PermissionError: print('refused')\n"
        "try: subprocess.run(['/bin/true'])\nexcept PermissionError: print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.stdout.split() == ["refused"] * 4, done.stderr


def test_a_converter_started_for_one_file_has_no_network_either() -> None:
    code = "import socket, subprocess, sys\nsubprocess.run(['/bin/true'], check=True)\ntry: socket.socket()\nexcept PermissionError: print('refused')"
    command = [sys.executable, office_process.__file__, office_process.RUN, sys.executable, "-c", code]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "refused\n"


def test_without_the_library_it_is_unavailable(office: Office, tmp_path: Path) -> None:
    for content in (None, b"no library"):
        if content is not None:
            (tmp_path / "libmergedlo.so").write_bytes(content)
        with pytest.raises(OfficeUnavailable):
            office.convert(tmp_path, DATA / "training.rtf", tmp_path / "out.docx", time.monotonic() + 60)
        assert office.pid is None


def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, requests: int) -> list[dict[str, object]]:
    """Answers of the process's own loop with a LibreOffice that writes nothing."""
    monkeypatch.setattr(office_process, "Kit", lambda *_: SimpleNamespace(convert=lambda source, target: ""))
    asked, questions = os.pipe()
    told, answers = os.pipe()
    for number in range(requests):
        os.write(questions, json.dumps({"source": f"/{number}", "target": "/x"}).encode() + b"\n")
    os.close(questions)
    office_process.serve(tmp_path, tmp_path, asked, answers)
    os.close(answers)
    with os.fdopen(told) as lines:
        return [json.loads(line) for line in lines]


def test_after_many_files_a_fresh_process_takes_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(office_process, "FILES", 3)
    monkeypatch.setattr(office_process, "GROWN", 2**60)  # the loop runs in the tests' own process, large by now
    said = served(monkeypatch, tmp_path, 5)
    assert [answer.get("last") for answer in said] == [None, False, False, True]


def test_one_that_has_grown_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(office_process, "GROWN", 1)
    assert [answer.get("last") for answer in served(monkeypatch, tmp_path, 5)] == [None, True]


def test_one_that_nobody_asks_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(office_process, "IDLE", 0.05)
    monkeypatch.setattr(office_process, "GROWN", 2**60)
    assert [answer.get("last") for answer in served(monkeypatch, tmp_path, 2)] == [None, False, False]


def test_profiles_of_killed_processes_are_swept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True).stdout.strip()
    for name in (f"{PREFIX}{dead}-a", f"{PREFIX}{os.getpid()}-b", "other-1-c"):
        (tmp_path / name).mkdir()
    sweep()
    assert {folder.name for folder in tmp_path.iterdir()} == {f"{PREFIX}{os.getpid()}-b", "other-1-c"}
    shutil.rmtree(tmp_path / f"{PREFIX}{os.getpid()}-b")


def test_a_converter_for_one_file_goes_with_a_reader_that_is_killed(tmp_path: Path) -> None:
    """antiword, or LibreOffice started for one file: the reader's own end of it never comes to run."""
    code = (
        "import sys, time; from pathlib import Path; from parsers import converters\n"
        f"converters._run(['/bin/sleep', '600'], Path({str(tmp_path)!r}), Path({str(tmp_path / 'out')!r}), time.monotonic() + 600)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as reader:
        found: list[int] = []
        for _ in range(400):
            found = [pid for pid in family(reader.pid) if pid != reader.pid and b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes()[:20]]
            if found:
                break
            time.sleep(0.05)
        assert found
        reader.kill()
    assert gone(found[0])
