"""Old and foreign word processor files (.doc, .wps, .odt, .rtf): converted by a program of this machine, then read.

LibreOffice where it is installed, antiword for Word 97 files where that is missing or finds no form, else nothing: an
unreadable form is for a person to look at, never the submitter's fault. Web pages and XML that only bear the name .doc
need no program.
"""

from __future__ import annotations

import re
import shutil
import time
import zipfile
from dataclasses import replace
from email import message_from_bytes
from email.policy import compat32
from pathlib import Path

from core.campaign import Campaign
from core.facts import Blocked, Unreadable
from core.ports import ReadLimits
from parsers.charset import decode_text
from parsers.converters import NOT_LOADED, convert_to_docbook, convert_to_docx, has_converter
from parsers.kinds import ODT, UOF
from parsers.markup import read_docbook_blocks, read_html_blocks
from parsers.ole import MAGIC as OLE_MAGIC
from parsers.ole import open_ole
from parsers.package import check_package, read_member
from parsers.word import WordFacts, read_blocks, read_word
from parsers.work_folder import work_folder

__all__ = ["has_converter", "read_legacy"]

_OLD_WORD = (b"\xdb\xa5\x2d\x00", b"\xfe\x37\x00\x1c", b"\x31\xbe\x00\x00")  # before OLE: Word 2 and its kin
_FLAT_ODT = b"<office:document"
_PAGES = frozenset(["text/html", "application/xhtml+xml", "application/x-mimearchive"])
_TEXT_BYTES = 16 * 2**20
_MIME = re.compile(rb"^(?:mime-version|content-type|from|snapshot-content-location)\s*:", re.IGNORECASE | re.MULTILINE)
_SUFFIXES = {
    "application/msword": ".doc",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    ODT: ".odt",
    "application/vnd.sun.xml.writer": ".sxw",
    "application/vnd.ms-works": ".wps",
    UOF: ".uot",
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
        flat = (media_type == ODT and _FLAT_ODT in head) or media_type == UOF
        stripped = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00")
        if (stripped[:1] == b"<" and not flat) or _MIME.match(stripped) or media_type in _PAGES:
            return _read_markup(path, head, campaign, limits, name)
    problem = _check(path, media_type, head, limits)
    if problem is not None:
        return WordFacts(problem=problem)
    return _convert(path, media_type, head, campaign, limits, name)


def _check(path: Path, media_type: str, head: bytes, limits: ReadLimits) -> Unreadable | Blocked | None:
    """Why a file must not go to a converter, or None. LibreOffice reads as text what it does not understand, so a
    broken file would come back as a document of gibberish."""
    if head[:2] == b"PK":
        return check_package(path, limits) or _locked_package(path)
    if media_type in ("application/vnd.ms-works", UOF) or _FLAT_ODT in head or head[:5] == b"{\\rtf" or head.startswith(_OLD_WORD):
        return None
    if head[:8] == OLE_MAGIC:
        with open_ole(path) as file:
            if file is not None and "worddocument" in file.root_names():
                head = next(file.chunks(("WordDocument",), 512), b"")
                # Bit 8 of the flags at the start of a Word 97 document: encrypted (MS-DOC, FibBase).
                locked = len(head) > 12 and head[11] & 1
                return Unreadable("password", "encrypted Word 97 document") if locked else None
    return Unreadable("damaged", "no Word document inside")


def _locked_package(path: Path) -> Unreadable | None:
    """OpenDocument encrypts the members one by one (or all in one); its manifest says so."""
    try:
        with zipfile.ZipFile(path) as package:
            manifest = read_member(package, "META-INF/manifest.xml") or b""
    except (zipfile.BadZipFile, OSError, ValueError):
        return Unreadable("damaged", "not a package")
    return Unreadable("password", "encrypted OpenDocument") if b"encryption-data" in manifest else None


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
    """By LibreOffice; where that is missing, fails or shows no form, by antiword too."""
    deadline = time.monotonic() + max(limits.seconds * 0.6, 5)
    # WPS names its Word 97 files .wps, which LibreOffice takes for Microsoft Works.
    suffix = ".rtf" if head[:5] == b"{\\rtf" else ".fodt" if _FLAT_ODT in head else _SUFFIXES.get(media_type, ".doc")
    with work_folder() as work:
        facts = _by_office(path, suffix, work, deadline, campaign, limits, name)
        if facts.form is None and (head[:8] == OLE_MAGIC or head.startswith(_OLD_WORD)):
            facts = _by_antiword(facts, path, work, time.monotonic() + min(limits.seconds * 0.2, 10), campaign, limits, name)
    if facts.problem is not None and NOT_LOADED in facts.problem.detail and _is_broken(path, head):
        return WordFacts(problem=Unreadable("damaged", facts.problem.detail))
    return facts


def _by_office(
    path: Path, suffix: str, work: Path, deadline: float, campaign: Campaign, limits: ReadLimits, name: str
) -> WordFacts:
    source = work / f"in{suffix}"
    shutil.copyfile(path, source)
    done = convert_to_docx(source, work, deadline)
    if not isinstance(done, Path):
        return WordFacts(problem=done or Unreadable("no_converter"))
    facts = read_word(done, campaign, limits, name=name)
    if facts.problem is not None:
        # What LibreOffice wrote is too large or odd for us: nothing against the file that was sent.
        return WordFacts(problem=Unreadable("limit", f"converted: {facts.problem.reason} {facts.problem.detail}"[:200]))
    return facts


def _by_antiword(
    office: WordFacts, path: Path, work: Path, deadline: float, campaign: Campaign, limits: ReadLimits, name: str
) -> WordFacts:
    """`office`, unless antiword shows more: a form, or any text where LibreOffice gave none at all."""
    written = convert_to_docbook(path, work, deadline)
    if not isinstance(written, bytes):
        alone = office.problem == Unreadable("no_converter") and written is not None
        return WordFacts(problem=written) if alone else office
    facts = read_blocks(read_docbook_blocks(written), campaign, limits, name)
    if facts.form is not None or (office.problem is not None and facts.text.strip()):
        return replace(facts, pictures=office.pictures)
    return office


def _is_broken(path: Path, head: bytes) -> bool:
    """Whether the file itself shows that a part of it is missing: its document does not reach its own length."""
    if head[:8] != OLE_MAGIC:
        return False
    with open_ole(path) as file:
        if file is None:
            return True
        size = file.size(("WordDocument",))
        return size >= 0 and sum(len(chunk) for chunk in file.chunks(("WordDocument",))) < size
