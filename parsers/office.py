"""LibreOffice kept warm: one process for each reading process, started when the first old document comes, watched, replaced.

`convert` is all there is to it. The process itself is `parsers.office_process`. A file that hangs, crashes or bloats it costs
that file only: the process is killed and the next file gets a fresh one.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from core.facts import Unreadable
from parsers import office_process
from parsers.work_folder import make_work_folder, sweep

_START = 60.0  # seconds: a first start writes a profile and may find a cold disk
_FAILURES = 3  # starts that may fail one after another before this machine's LibreOffice is given up


class OfficeUnavailable(Exception):
    """This machine has no LibreOffice that could be kept running."""


class _Died(Exception):
    """The process ended without an answer."""


class Office:
    """The client of one process. Safe to use from several threads, one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._work: Path | None = None
        self._buffer = b""
        self._failed = 0
        self._program: Path | None = None

    @property
    def pid(self) -> int | None:
        """The running process, None if there is none."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def convert(self, program: Path, source: Path, target: Path, deadline: float) -> Unreadable | None:
        """Writes `source` as .docx to `target` before `deadline` (time.monotonic). `program`: folder of LibreOffice's own
        libraries. Returns why not, None if it did: ("damaged") it says it could not load the file, ("timeout"),
        ("no_converter") anything else. Raises OfficeUnavailable when LibreOffice cannot be kept running here."""
        with self._lock:
            for attempt in (1, 2):
                try:
                    answer = self._ask(program, source, target, deadline)
                    break
                except TimeoutError:
                    self._stop()
                    return Unreadable("timeout", "LibreOffice")
                except _Died:
                    # Once again with a fresh process: what broke it may have been an earlier file.
                    self._stop()
                    if attempt == 2:
                        return Unreadable("no_converter", "LibreOffice ended on this file")
            if answer.get("last"):
                self._stop()
        problem = str(answer.get("problem", ""))
        if not problem and target.is_file() and target.stat().st_size > 0:
            return None
        return Unreadable("damaged" if "could not be loaded" in problem else "no_converter", problem or "nothing written")

    def close(self) -> None:
        """Ends the process and removes its profile."""
        with self._lock:
            self._stop()

    def _ask(self, program: Path, source: Path, target: Path, deadline: float) -> Mapping[str, object]:
        if self._program != program or self.pid is None:
            self._stop()
            self._start(program, deadline)
        assert self._process is not None
        assert self._process.stdin is not None
        line = json.dumps({"source": str(source.resolve()), "target": str(target.resolve())})
        try:
            self._process.stdin.write(line.encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise _Died from error
        return self._answer(deadline)

    def _start(self, program: Path, deadline: float) -> None:
        if self._failed >= _FAILURES:
            raise OfficeUnavailable("it failed to start several times")
        if not any((program / name).is_file() for name in office_process.LIBRARIES):
            raise OfficeUnavailable(f"no LibreOfficeKit in {program}")
        sweep()
        self._work = make_work_folder()
        quiet = {
            "HOME": str(self._work), "TMPDIR": str(self._work), "PATH": os.defpath, "LANG": "C.UTF-8",
            "SAL_USE_VCLPLUGIN": "svp", "SAL_LOG": "-WARN-INFO",
        }  # fmt: skip
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", office_process.__file__, str(program), str(self._work)],
            cwd=self._work, env=quiet, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        self._program, self._buffer = program, b""
        self._failed += 1
        first = self._answer(max(deadline, time.monotonic() + _START))
        if "unavailable" in first:
            self._failed = _FAILURES
            self._stop()
            raise OfficeUnavailable(str(first["unavailable"]))
        self._failed = 0

    def _answer(self, deadline: float) -> Mapping[str, object]:
        """The next line. Raises TimeoutError, _Died."""
        assert self._process is not None
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([pipe], [], [], max(deadline - time.monotonic(), 0))
            if not ready:
                raise TimeoutError
            piece = os.read(pipe, 65536)
            if not piece:
                raise _Died
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            said = json.loads(line)
        except ValueError as error:
            raise _Died from error
        return said if isinstance(said, dict) else {}

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            for pipe in (self._process.stdin, self._process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self._process.wait()
        if self._work is not None:
            shutil.rmtree(self._work, ignore_errors=True)
        self._process = self._work = None

    def forget(self) -> None:
        """For a forked child: the process is the parent's."""
        self.__init__()  # type: ignore[misc]


OFFICE = Office()
"""This process's own."""

atexit.register(OFFICE.close)
os.register_at_fork(after_in_child=OFFICE.forget)
