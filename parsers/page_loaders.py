"""Any file with pages as pictures -> a way to load one of them: to show a person what the reader of scans saw."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from core.ports import ReadLimits
from parsers.converters import convert_to_docx
from parsers.fixed_pages import draw_fixed_page
from parsers.kinds import DOCX, WORD, sniff
from parsers.pasted import pasted_pages
from parsers.scan import Loader, drawn_loader, pdf_loader, picture_loader
from parsers.seal_colour import Picture
from parsers.word import find_page_pictures
from parsers.work_folder import work_folder

_FIXED = frozenset(["application/ofd", "application/vnd.ms-xpsdocument", "application/oxps"])
_CONVERTED = {
    WORD: ".doc", "application/wps-office.wps": ".doc", "application/rtf": ".rtf",
    "application/vnd.oasis.opendocument.text": ".odt",
}  # fmt: skip
_SECONDS = 60


def loader_of(path: Path, limits: ReadLimits) -> Loader:
    """Loads the pages of a PDF, a picture file, an OFD or XPS, or the scan pasted into a Word document. The loader raises
    ValueError for what is none of these."""
    kind = sniff(path)
    if kind == "application/pdf":
        return pdf_loader(path)
    if kind in _FIXED:
        return drawn_loader(lambda index, dpi: draw_fixed_page(path, index, dpi, limits))
    if kind == DOCX or kind in _CONVERTED:
        return _pasted(path, kind, limits)
    return picture_loader(path, limits)


def _pasted(path: Path, kind: str, limits: ReadLimits) -> Loader:
    pages = pasted_pages(_pictures(path, kind, limits), limits)

    def load(index: int, dpi: int) -> Picture:
        if not 0 <= index < len(pages):
            raise ValueError("no such page")
        return picture_loader(pages[index].data, limits)(pages[index].number, dpi)

    return load


def _pictures(path: Path, kind: str, limits: ReadLimits) -> tuple[bytes, ...]:
    if kind == DOCX:
        return find_page_pictures(path, limits)
    with work_folder() as work:
        source = work / f"in{_CONVERTED[kind]}"
        shutil.copyfile(path, source)
        done = convert_to_docx(source, work, time.monotonic() + _SECONDS)
        return find_page_pictures(done, limits) if isinstance(done, Path) else ()
