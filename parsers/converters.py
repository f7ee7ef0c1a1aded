"""The programs of this machine that open old word processor files: LibreOffice (kept warm, else started for one file) and
antiword (Word 97 only). Bytes in, another file out; what the file says is read elsewhere.

No outcome of a program alone proves a file damaged: a reader's weakness is not the sender's fault.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from core.facts import Unreadable
from parsers import office_process
from parsers.office import OFFICE, OfficeUnavailable

NOT_LOADED = "could not be loaded"
_OUTPUT = 64 * 2**20


def has_converter() -> str | None:
    """The program that opens old word processor files here: "soffice", "antiword" (Word 97 only) or None."""
    return "soffice" if find_office() else "antiword" if shutil.which("antiword") else None


def find_office() -> str | None:
    """LibreOffice's command, None where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def convert_to_docx(source: Path, work: Path, deadline: float) -> Path | Unreadable | None:
    """`source`, whose name must end as its content calls for, as a .docx in `work`; None without LibreOffice. `deadline`:
    of time.monotonic(). Where the program said it could not load the file, the detail contains `NOT_LOADED`."""
    office = find_office()
    if office is None:
        return None
    target = work / f"{source.stem}-converted.docx"
    try:
        problem = OFFICE.convert(Path(office).resolve().parent, source, target, deadline)
    except OfficeUnavailable:
        return start_once(office, source, work, deadline)
    return target if problem is None else problem


def convert_to_docbook(path: Path, work: Path, deadline: float) -> bytes | Unreadable | None:
    """A Word 97 file as DocBook; None without antiword."""
    program = shutil.which("antiword")
    if program is None:
        return None
    out = work / "antiword.xml"
    ended = _run([program, "-x", "db", str(path.resolve())], work, out, deadline)
    if ended is None:
        return Unreadable("timeout", "antiword")
    written = out.read_bytes()[:_OUTPUT] if out.is_file() else b""
    if ended != 0 or b"<book" not in written:
        # antiword refuses files that Word shows (short ones, new ones), so this says nothing against the file.
        return Unreadable("no_converter", (work / "errors.log").read_bytes()[-200:].decode("utf-8", "replace").strip())
    return written


def start_once(program: str, source: Path, work: Path, deadline: float) -> Path | Unreadable:
    """By a process for this file alone. It gets a profile of its own, because two with one profile refuse each other, and
    exits with 0 also when it failed, so only the output counts."""
    target = work / "out" / f"{source.stem}.docx"
    arguments = [
        program,
        f"-env:UserInstallation={(work / 'profile').as_uri()}",
        "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo", "--nofirststartwizard",
        "--convert-to", "docx:MS Word 2007 XML",
        "--outdir", str(target.parent),
        str(source),
    ]  # fmt: skip
    log = work / "office.log"
    ended = _run(arguments, work, log, deadline)
    if target.is_file() and target.stat().st_size > 0 and ended is not None:
        return target
    if ended is None:
        return Unreadable("timeout", "LibreOffice")
    said = (log.read_bytes()[-300:] + (work / "errors.log").read_bytes()[-300:]).decode("utf-8", "replace").strip()
    return Unreadable("no_converter", said[-200:])


def _run(arguments: Sequence[str], work: Path, out: Path, deadline: float) -> int | None:
    """Runs a converter in a process group of its own and kills the whole group when it is late (soffice leaves
    children behind). Returns its exit status, None if it was killed."""
    quiet = {
        "HOME": str(work),
        "TMPDIR": str(work),
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
    }
    with out.open("wb") as stdout, (work / "errors.log").open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", office_process.__file__, office_process.RUN, *arguments],
            cwd=work, env=quiet, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True,
        )  # fmt: skip
        try:
            return process.wait(timeout=max(deadline - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
