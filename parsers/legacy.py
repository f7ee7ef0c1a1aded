"""Old and foreign word processor files (.doc, .wps, .odt, .rtf): converted by a program of this machine, then read.

LibreOffice where it is installed, antiword for Word 97 files where only that is, else nothing: an unreadable form is
for a person to look at, never the submitter's fault. Web pages and XML that only bear the name .doc need no program.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from email import message_from_bytes
from email.policy import compat32
from pathlib import Path

from core.campaign import Campaign
from core.facts import Blocked, Unreadable
from core.ports import ReadLimits
from parsers.charset import decode_text
from parsers.markup import read_docbook_blocks, read_html_blocks
from parsers.ole import MAGIC as OLE_MAGIC
from parsers.ole import open_ole
from parsers.package import check_package
from parsers.word import WordFacts, read_blocks, read_word

_OLD_WORD = (b"\xdb\xa5\x2d\x00", b"\xfe\x37\x00\x1c", b"\x31\xbe\x00\x00")  # before OLE: Word 2 and its kin
_PAGES = frozenset(["text/html", "application/xhtml+xml", "application/x-mimearchive"])
_OUTPUT = 64 * 2**20
_TEXT_BYTES = 16 * 2**20
_MIME = re.compile(rb"^(?:mime-version|content-type|from|snapshot-content-location)\s*:", re.IGNORECASE | re.MULTILINE)
_SUFFIXES = {
    "application/msword": ".doc",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.sun.xml.writer": ".sxw",
    "application/vnd.ms-works": ".wps",
}


def read_legacy(path: Path, media_type: str, campaign: Campaign, limits: ReadLimits, *, name: str = "") -> WordFacts:
    """Reads an old word processor file. `problem` is Unreadable("no_converter") where no program of this machine can
    open it, ("timeout") where it took too long. Never raises for any bytes, except MemoryError."""
    name = name or path.name
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:2] == b"PK" and media_type in ("application/msword", "application/wps-office.wps"):
        return read_word(path, campaign, limits, name=name)
    if head[:8] != OLE_MAGIC and not head.startswith(_OLD_WORD):
        stripped = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
        if stripped[:1] == b"<" or _MIME.match(stripped) or media_type in _PAGES:
            return _read_markup(path, head, campaign, limits, name)
    problem = _check(path, media_type, head, limits)
    if problem is not None:
        return WordFacts(problem=problem)
    return _convert(path, media_type, head, campaign, limits, name)


def _check(path: Path, media_type: str, head: bytes, limits: ReadLimits) -> Unreadable | Blocked | None:
    """Why a file must not go to a converter, or None. LibreOffice reads as text what it does not understand, so a
    broken file would come back as a document of gibberish."""
    if head[:2] == b"PK":
        return check_package(path, limits)
    if media_type == "application/vnd.ms-works" or head[:5] == b"{\\rtf" or head.startswith(_OLD_WORD):
        return None
    if head[:8] == OLE_MAGIC:
        with open_ole(path) as file:
            if file is not None and "worddocument" in file.root_names():
                head = next(file.chunks(("WordDocument",), 512), b"")
                # Bit 8 of the flags at the start of a Word 97 document: encrypted (MS-DOC, FibBase).
                locked = len(head) > 12 and head[11] & 1
                return Unreadable("password", "encrypted Word 97 document") if locked else None
    return Unreadable("damaged", "no Word document inside")


def has_converter() -> str | None:
    """The program that opens old word processor files here: "soffice", "antiword" (Word 97 only) or None."""
    return "soffice" if _find_office() else "antiword" if shutil.which("antiword") else None


def _find_office() -> str | None:
    return shutil.which("soffice") or shutil.which("libreoffice")


def _read_markup(path: Path, head: bytes, campaign: Campaign, limits: ReadLimits, name: str) -> WordFacts:
    """HTML, single-file web pages and Word XML that bear a Word file's name."""
    if b"<w:wordDocument" in head or b"pkg:package" in head or b"wordDocument" in head:
        return read_word(path, campaign, limits, name=name)
    with path.open("rb") as file:
        data = file.read(_TEXT_BYTES)
    try:
        if _MIME.match(data.lstrip()[:200]):
            data = _page_of(data)
        text, _ = decode_text(data, markup=True)
        return read_blocks(read_html_blocks(text), campaign, limits, name)
    except MemoryError:
        raise
    except Exception as error:
        return WordFacts(problem=Unreadable("damaged", f"{type(error).__name__}: {error}"[:200]))


def _page_of(data: bytes) -> bytes:
    """The HTML inside a single-file web page (MHTML), its declared charset made visible to the decoder."""
    for part in message_from_bytes(data, policy=compat32).walk():
        if part.get_content_type() == "text/html":
            body = part.get_payload(decode=True)
            if isinstance(body, bytes):
                charset = part.get_content_charset()
                return f'<meta charset="{charset}">'.encode("ascii", "ignore") + body if charset else body
    return data


def _convert(path: Path, media_type: str, head: bytes, campaign: Campaign, limits: ReadLimits, name: str) -> WordFacts:
    deadline = time.monotonic() + max(limits.seconds * 0.7, 5)
    # WPS names its Word 97 files .wps, which LibreOffice takes for Microsoft Works.
    suffix = ".rtf" if head[:5] == b"{\\rtf" else _SUFFIXES.get(media_type, ".doc")
    is_word = head[:8] == OLE_MAGIC or head.startswith(_OLD_WORD)
    problem = Unreadable("no_converter")
    with tempfile.TemporaryDirectory(prefix="baosong-") as folder:
        work = Path(folder)
        office = _find_office()
        if office is not None:
            source = work / f"in{suffix}"
            shutil.copyfile(path, source)
            done = _run_office(office, source, work, deadline)
            if isinstance(done, Path):
                return read_word(done, campaign, limits, name=name)
            problem = done
        antiword = shutil.which("antiword") if is_word else None
        if antiword is not None:
            written = _run_antiword(antiword, path, work, max(deadline, time.monotonic() + 10))
            if isinstance(written, bytes):
                facts = read_blocks(read_docbook_blocks(written), campaign, limits, name)
                if facts.text.strip():
                    return facts
                problem = Unreadable("no_converter", "antiword found no text")
            elif office is None:
                problem = written
    return WordFacts(problem=problem)


def _run_office(program: str, source: Path, work: Path, deadline: float) -> Path | Unreadable:
    """The converted .docx. LibreOffice gets a profile of its own, because two with one profile refuse each other, and
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
    # Only what it says it could not load is the file's fault; a crash or a full disk is this machine's.
    return Unreadable("damaged" if "could not be loaded" in said else "no_converter", said[-200:])


def _run_antiword(program: str, path: Path, work: Path, deadline: float) -> bytes | Unreadable:
    out = work / "antiword.xml"
    ended = _run([program, "-x", "db", str(path.resolve())], work, out, deadline)
    if ended is None:
        return Unreadable("timeout", "antiword")
    written = out.read_bytes()[:_OUTPUT] if out.is_file() else b""
    if ended != 0 or b"<book" not in written:
        # antiword refuses files that Word shows (short ones, new ones), so this says nothing against the file.
        return Unreadable("no_converter", (work / "errors.log").read_bytes()[-200:].decode("utf-8", "replace").strip())
    return written


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
            arguments, cwd=work, env=quiet, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, start_new_session=True
        )
        try:
            return process.wait(timeout=max(deadline - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
