"""The program that holds LibreOffice: started by `parsers.office` as a process of its own, it converts one file after another.

It speaks LibreOfficeKit, LibreOffice's C interface for this (docs/decisions/0006-libreoffice-warm.md), and is the only
file that does. Standard library only, so that it starts fast and needs no environment. It locks itself up before it loads
anything: no network, no other program, no core dump, bounded output. It ends when its starter ends, when nobody has asked
for long, after many files, and when it has grown.

Usage: office_process.py PROGRAM_FOLDER WORK_FOLDER; requests come in and answers go out as lines of JSON.
       office_process.py --run PROGRAM ARGUMENTS...; that program, for one file, without network and with bounded output.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import platform
import resource
import select
import shutil
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FILES = 200  # files after which a fresh process takes over
GROWN = 700 * 2**20  # bytes resident after a file: as above
IDLE = 600.0  # seconds without a request
OUTPUT = 256 * 2**20  # bytes that one file may be written with
RUN = "--run"
LIBRARIES = ("libmergedlo.so", "libsofficeapp.so")

# Sources: linux/audit.h and the kernel's system call tables.
_ARCHITECTURES = {"x86_64": (0xC000003E, 41, 59, 322), "aarch64": (0xC00000B7, 198, 221, 281)}
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13  # EACCES
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # of the kernel's packet filter language
_SETTINGS = (
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Java/VirtualMachine", "Enable", "false"),
)


def lock_up(*, programs: bool = False) -> bool:
    """Takes from this process, for good, what converting never needs: sockets other than local ones, core dumps, endless
    output, and, unless `programs`, the starting of programs. False where the machine knows no such filter."""
    for limit, value in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, OUTPUT)):
        resource.setrlimit(limit, (value, value))
    known = _ARCHITECTURES.get(platform.machine())
    if known is None:
        return False
    architecture, socket, *starts = known
    refused = [] if programs else starts
    # Each test jumps over what follows if it does not hold; a socket's family is its call's first argument, AF_UNIX is 1.
    # Another architecture's numbers (the 32-bit door, x32) are nobody's here.
    rules = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _REFUSE), (_LOAD, 0, 0, 0)]
    if platform.machine() == "x86_64":
        rules += [(_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _REFUSE)]
    for number in refused:
        rules += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    rules += [(_EQUAL, 1, 0, socket), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, 16), (_EQUAL, 1, 0, 1), (_RETURN, 0, 0, _REFUSE)]
    rules += [(_RETURN, 0, 0, _ALLOW)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *rule) for rule in rules))
    program = struct.pack("@HP", len(rules), ctypes.addressof(code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return bool(prctl(38, 1, 0, 0, 0) == 0 and prctl(22, 2, ctypes.create_string_buffer(program), 0, 0) == 0)


def write_settings(profile: Path) -> None:
    """A profile in which macros never run, links are never followed and Java is not looked for."""
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
        for path, name, value in _SETTINGS
    )
    names = 'xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><oor:items {names}>{items}</oor:items>', "utf-8"
    )


class _Object(ctypes.Structure):
    """How LibreOfficeKit.h lays out an office and a document: a pointer to the table of its functions."""

    _fields_ = (("table", ctypes.POINTER(ctypes.c_void_p)),)


def _function(thing: int, place: int, *signature: Any) -> Any:
    """The function at `place` of the object's table. The tables only ever grow at their end (LibreOfficeKit.h)."""
    table = ctypes.cast(thing, ctypes.POINTER(_Object)).contents.table
    return ctypes.CFUNCTYPE(*signature)(table[place])


class Kit:
    """LibreOffice inside this process. Raises RuntimeError if it is not there or does not start."""

    def __init__(self, program: Path, profile: Path) -> None:
        library = next((program / name for name in LIBRARIES if (program / name).is_file()), None)
        if library is None:
            raise RuntimeError(f"no LibreOfficeKit in {program}")
        try:
            hook = ctypes.CDLL(str(library)).libreofficekit_hook_2
        except (OSError, AttributeError) as error:
            raise RuntimeError(str(error)) from error
        hook.restype, hook.argtypes = ctypes.c_void_p, [ctypes.c_char_p, ctypes.c_char_p]
        self._office = hook(str(program).encode(), profile.as_uri().encode())
        if not self._office:
            raise RuntimeError("LibreOffice did not start")

    def convert(self, source: Path, target: Path) -> str:
        """Writes `source` as .docx to `target`. Returns what went wrong, "" if nothing did."""
        load = _function(self._office, 4, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
        document = load(self._office, source.as_uri().encode(), b"Batch=true,Language=zh-CN")
        if not document:
            return f"could not be loaded: {self._error()}"
        save = _function(document, 2, ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)
        saved = save(document, target.as_uri().encode(), b"docx", None)
        problem = "" if saved else f"could not be saved: {self._error()}"
        _function(document, 1, None, ctypes.c_void_p)(document)
        return problem

    def _error(self) -> str:
        said = _function(self._office, 3, ctypes.c_char_p, ctypes.c_void_p)(self._office)
        return said.decode("utf-8", "replace")[:200] if said else ""


def _resident() -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _end(work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    os._exit(0)  # LibreOffice's own way out may hang


def _watch(requests: int, work: Path) -> None:
    """Ends this process when its starter is gone, even in the middle of a file."""
    poller = select.poll()
    poller.register(requests, 0)  # only a hang-up is reported
    poller.poll()
    _end(work)


def _lines(requests: int) -> Iterator[bytes]:
    """The requests, until there will be none or none came for long."""
    held = b""
    while True:
        while b"\n" in held:
            line, _, held = held.partition(b"\n")
            yield line
        ready, _, _ = select.select([requests], [], [], IDLE)
        piece = os.read(requests, 65536) if ready else b""
        if not piece:
            return
        held += piece


def serve(program: Path, work: Path, requests: int, answers: int) -> None:
    """Answers {"ready": true} once, then one line for each request; {"unavailable": why} if LibreOffice does not start."""

    def answer(**said: object) -> None:
        os.write(answers, json.dumps(said).encode() + b"\n")

    write_settings(work / "profile")
    try:
        kit = Kit(program, work / "profile")
    except RuntimeError as error:
        answer(unavailable=str(error))
        return
    answer(ready=True)
    for number, line in enumerate(_lines(requests), start=1):
        wanted = json.loads(line)
        problem = kit.convert(Path(wanted["source"]), Path(wanted["target"]))
        last = number >= FILES or _resident() > GROWN
        answer(problem=problem, last=last)
        if last:
            return


def main() -> None:
    """Keeps its two pipes, closes the rest to LibreOffice's chatter, locks up and serves."""
    if sys.argv[1] == RUN:
        lock_up(programs=True)
        ctypes.CDLL(None).prctl(1, 9)  # PR_SET_PDEATHSIG: it ends with the reader that asked for it, however that ends
        os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 (the converter in this process's place)
    program, work = Path(sys.argv[1]), Path(sys.argv[2])
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    lock_up()
    threading.Thread(target=_watch, args=(requests, work), daemon=True).start()
    try:
        serve(program, work, requests, answers)
    finally:
        _end(work)


if __name__ == "__main__":
    main()
