"""One part of a mail -> what is in it: asks the reader that its media type calls for.

Never raises: whatever a stranger's file does to a reader becomes that part's problem. Runs in a worker process whose
memory and time are bounded from outside.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from core.campaign import Campaign
from core.facts import APPLE, EMPTY_FILE, Blocked, FormFacts, Link, Part, ScanFacts, Unreadable
from core.ports import ReadLimits
from parsers.charset import decode_text
from parsers.fixed_pages import draw_fixed_page, read_fixed_pages
from parsers.form_text import read_form_text
from parsers.kinds import IWORK, UOF
from parsers.legacy import read_legacy
from parsers.link_pictures import doubtful_links, qr_links_of_pages, qr_links_of_pictures, together
from parsers.links import find_links
from parsers.old_sheets import read_old_sheet_text
from parsers.pasted import pasted_pages, pasted_scan
from parsers.pdf import PdfPages, read_pdf_pages
from parsers.pdf_form import read_pdf_forms
from parsers.pictures import read_picture
from parsers.qr import read_qr_texts
from parsers.sheets import read_sheet_text
from parsers.word import WordFacts, read_word

_WORD = frozenset(
    [
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    ]
)
_LEGACY = frozenset(
    [
        "application/msword", "application/wps-office.wps", "application/wps-office.wpt", "application/rtf", "text/rtf",
        "application/vnd.oasis.opendocument.text", "application/vnd.sun.xml.writer", "application/vnd.ms-works", UOF,
    ]
)  # fmt: skip
_FIXED = frozenset(["application/ofd", "application/vnd.ms-xpsdocument", "application/oxps"])
_SHEETS = frozenset(
    [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ]
)
_OLD_SHEETS = frozenset(["application/vnd.ms-excel", "application/wps-office.et", "application/wps-office.ett"])
_TEXT = frozenset(["application/json", "application/xml", "application/xhtml+xml", "application/x-mimearchive"])
_NO_TEXT = frozenset(["text/x-script", "text/calendar", "text/vcard"])
_NO_PICTURE = frozenset(["image/svg+xml", "image/wmf", "image/emf", "image/vnd.dwg", "image/vnd.adobe.photoshop"])
_TEXT_BYTES = 16 * 2**20
_SMALL_INLINE = 60 * 1024  # pictures in the body below this are logos and signatures: nothing to look for


@dataclass(frozen=True, slots=True)
class _Job:
    """What a reader of one kind gets."""

    path: Path
    part: Part
    campaign: Campaign
    limits: ReadLimits
    ocr: bool
    seals: bool

    @property
    def closer(self) -> bool:
        """Whether pages are to be looked at for seals or text."""
        return self.ocr or self.seals


def read_part(
    path: Path, part: Part, campaign: Campaign, limits: ReadLimits, *, ocr: bool = False, seals: bool = False
) -> Part:
    """The part with its form, scan, embedded pictures, links, text or problem filled in. `ocr`, `seals`: read pictures'
    text and look for seals too, which takes seconds a page. Parts that have a problem already stay as they are."""
    if part.problem is not None or part.container:
        return part
    reader = _reader_of(part.media_type)
    if reader is None:
        return part
    job = _Job(path, part, campaign, limits, ocr, seals)
    read = _read(reader, job)
    if ocr and isinstance(read.problem, Unreadable) and read.problem.reason == "memory":
        return _without_engine(reader, job)
    return read


def _read(reader: Callable[[_Job], Part], job: _Job) -> Part:
    try:
        if job.path.stat().st_size == 0:
            return replace(job.part, problem=Unreadable("damaged", EMPTY_FILE))
        return reader(job)
    except MemoryError:
        return replace(job.part, problem=Unreadable("memory"))
    except RecursionError:
        return replace(job.part, problem=Unreadable("damaged", "nested too deeply"))
    except Exception as error:  # the boundary: a reader's mistake must cost this part only
        return replace(job.part, problem=Unreadable("damaged", f"{type(error).__name__}: {error}"[:200]))


def _without_engine(reader: Callable[[_Job], Part], job: _Job) -> Part:
    """The part once more without the OCR engine, which takes most of what a process may have: seals are still found, and that
    nothing could be read is for a person."""
    with suppress(ImportError):
        import_module("parsers.ocr").release_if_large(0)
    read = _read(reader, replace(job, ocr=False))
    scan, embedded = (
        replace(found, text_sought=True) if found is not None and found.is_scan else found for found in (read.scan, read.embedded)
    )
    return replace(read, scan=scan, embedded=embedded)


def is_opened(part: Part) -> bool:
    """Whether `read_part` would open it: no container, nothing with a problem, and of a kind that has a reader."""
    return part.problem is None and not part.container and _reader_of(part.media_type) is not None


def _reader_of(media_type: str) -> Callable[[_Job], Part] | None:
    """The reader for a media type, None for what is kept without being opened (videos, archives, programs)."""
    kind = media_type.lower().partition(";")[0].strip()
    if kind in _WORD:
        return _read_word
    if kind in _LEGACY:
        return _read_legacy
    if kind == "application/pdf":
        return _read_pdf
    if kind in _FIXED:
        return _read_fixed
    if kind in _SHEETS:
        return _read_sheet
    if kind in _OLD_SHEETS:
        return _read_old_sheet
    if kind == IWORK:
        return lambda job: replace(job.part, problem=Unreadable("no_converter", APPLE))
    if kind == "application/encrypted":
        return lambda job: replace(job.part, problem=Unreadable("password", "encrypted Office document"))
    if kind.startswith("image/") and kind not in _NO_PICTURE:
        return _read_picture
    if (kind.startswith("text/") and kind not in _NO_TEXT) or kind in _TEXT:
        return _read_text
    return None


def _read_word(job: _Job) -> Part:
    with job.path.open("rb") as file:
        head = file.read(8)
    if head == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        # An Office document behind a password lies in an OLE file, whatever its name says; an old .doc does too.
        return _read_legacy(job)
    return _with_word(job, read_word(job.path, job.campaign, job.limits, name=job.part.name))


def _read_legacy(job: _Job) -> Part:
    with job.path.open("rb") as file:
        encrypted = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" in file.read(2**20)
    if encrypted:
        return replace(job.part, problem=Unreadable("password", "encrypted Office document"))
    return _with_word(job, read_legacy(job.path, job.part.media_type, job.campaign, job.limits, name=job.part.name))


def _with_word(job: _Job, facts: WordFacts) -> Part:
    return replace(
        job.part,
        form=facts.form,
        forms=facts.forms,
        embedded=_pasted(job, facts.pictures),
        links=together(facts.links, qr_links_of_pictures((*facts.small, *facts.pictures), job.limits, job.part.name)),
        text=facts.text,
        problem=facts.problem,
    )


def _read_pdf(job: _Job) -> Part:
    found = read_pdf_pages(job.path, job.limits)
    if not isinstance(found, PdfPages):
        return replace(job.part, problem=found)
    forms = read_pdf_forms(job.path, found.pages, job.campaign)
    scan = ScanFacts(pages=found.pages, page_count=found.page_count)
    typed = "\n".join(page.text for page in scan.pages)
    if job.closer:
        scan = _closer().look_at_pages(
            scan, _closer().pdf_loader(job.path), job.campaign, job.limits, ocr=job.ocr, seals=job.seals
        )
    elif not forms and any(page.image and page.text for page in scan.pages):
        forms = read_form_text(typed, job.campaign)
    codes = qr_links_of_pages(job.path, found.pages, job.part.name)
    printed = "\n".join(page.text for page in found.pages if not page.image)  # text on a scanned page is a scanner's guess
    return _with_pages(job, scan, forms or _forms_of(scan), printed, found.addresses, codes)


def _read_fixed(job: _Job) -> Part:
    found = read_fixed_pages(job.path, job.limits)
    if not isinstance(found, ScanFacts):
        return replace(job.part, problem=found)
    typed = "\n".join(page.text for page in found.pages)
    scan, forms = found, read_form_text(typed, job.campaign)
    if job.closer and any(page.has_picture for page in scan.pages):
        load = _closer().drawn_loader(lambda index, dpi: draw_fixed_page(job.path, index, dpi, job.limits))
        scan = _closer().look_at_pages(scan, load, job.campaign, job.limits, ocr=job.ocr, seals=job.seals)
    return _with_pages(job, scan, forms or _forms_of(scan), typed)


def _forms_of(scan: ScanFacts) -> tuple[FormFacts, ...]:
    return scan.forms or ((scan.form,) if scan.form is not None else ())


def _with_pages(
    job: _Job, scan: ScanFacts, forms: tuple[FormFacts, ...], typed: str | None = None, addresses: tuple[str, ...] = (),
    codes: tuple[Link, ...] = (),
) -> Part:
    """A form on electronic pages is the part's own form; one on pictures of pages is what the scan shows.

    `typed`: the text that was typed, if the pages' text holds more: links in what OCR read are doubtful. `addresses`: where
    links on the pages lead; `codes`: links in QR codes.
    """
    text = "\n".join(page.text for page in scan.pages)[: job.limits.text_chars]
    several = forms if len(forms) > 1 else ()
    first = forms[0] if forms else None
    own = text if typed is None else typed[: job.limits.text_chars]
    links = find_links("\n".join((own, *addresses)), found_in=job.part.name)
    links = together(links, codes, doubtful_links(text, job.part.name) if text != own else ())
    if scan.is_scan:
        same = [form.title for form in forms] == [form.title for form in scan.forms]
        divided = scan.form_pages if same else ()
        return replace(job.part, scan=replace(scan, form=first, forms=several, form_pages=divided), links=links, text=text)
    return replace(job.part, form=first, forms=several, scan=scan, links=links, text=text)


def _read_picture(job: _Job) -> Part:
    found = read_picture(job.path, job.limits)
    if isinstance(found, Unreadable | Blocked):
        return replace(job.part, problem=found)
    scan, small = found, job.part.inline and job.part.size < _SMALL_INLINE
    if job.closer and not small:
        scan = _closer().look_at_pages(
            found, _closer().picture_loader(job.path, job.limits), job.campaign, job.limits, ocr=job.ocr, seals=job.seals
        )
    codes = find_links("\n".join(read_qr_texts(job.path, job.limits)), found_in=job.part.name)
    text = "\n".join(page.text for page in scan.pages)[: job.limits.text_chars]
    return replace(job.part, scan=scan, text=text, links=together(codes, doubtful_links(text, job.part.name)))


def _pasted(job: _Job, pictures: tuple[bytes, ...]) -> ScanFacts | None:
    """Pictures of a page's size pasted into a document, as the pages of one scan."""
    if not pictures:
        return None
    if job.closer:
        seen: ScanFacts | None = _closer().read_embedded(
            pictures, job.campaign, job.limits, ocr=job.ocr, seals=job.seals
        )
        return seen
    return pasted_scan(pasted_pages(pictures, job.limits))


def _closer() -> Any:
    """The reader of scans. Imported only where seals or text are wanted: OpenCV and the OCR engine cost every reading
    process a hundred megabytes. Where one of them is missing, every question about a scan stays a doubt."""
    try:
        return import_module("parsers.scan")
    except ImportError:
        return import_module("parsers.scan_blind")


def _read_sheet(job: _Job) -> Part:
    found = read_sheet_text(job.path, job.limits)
    if not isinstance(found, str):
        return replace(job.part, problem=found)
    return replace(job.part, text=found, links=find_links(found, found_in=job.part.name))


def _read_old_sheet(job: _Job) -> Part:
    text = read_old_sheet_text(job.path, job.limits)
    return replace(job.part, text=text, links=find_links(text, found_in=job.part.name))


def _read_text(job: _Job) -> Part:
    with job.path.open("rb") as file:
        data = file.read(_TEXT_BYTES)
    kind = job.part.media_type
    if kind in ("text/html", "application/xhtml+xml", "application/x-mimearchive"):
        return _with_word(job, read_legacy(job.path, kind, job.campaign, job.limits, name=job.part.name))
    text = decode_text(data)[0][: job.limits.text_chars]
    # A plain text is no Word form, except where it bears a Word file's name.
    named = job.part.name.lower().endswith((".doc", ".docx", ".wps", ".rtf"))
    forms = read_form_text(text, job.campaign) if named else ()
    return replace(
        job.part,
        form=forms[0] if forms else None,
        forms=forms if len(forms) > 1 else (),
        text=text,
        links=find_links(text, found_in=job.part.name),
    )

