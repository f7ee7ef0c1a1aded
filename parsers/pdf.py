"""PDF files -> the text of each page and whether the page is a picture, and pages as pictures. Only pypdfium2 here.

A page is a scan when a picture covers most of it and hardly any text is visible: OCR programs put invisible text over
the picture, or visible text under it. In a file without any text upright pictures with wide margins are too: photographs of
pages pasted into Word and exported. Text of electronic pages may still carry a seal as a picture or a stamp.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from core.facts import PageFacts, Unreadable
from core.ports import ReadLimits
from parsers.labels import mend_radicals
from parsers.symbols import mend_private

_COVER = 0.8  # of the page, by one picture or by strips side by side
_STRAY = 40  # visible characters that a scanner app prints on its pages (扫描全能王 创建)
_MAX_OBJECTS = 20_000
_PASTED = 0.25  # of the page, by one upright picture in a file without text
_UPRIGHT = 1.1  # of a picture's width: its height, at least
_NUMBER = 5  # characters of a page's number
_SMALL = 0.004  # of the page: smaller pictures are bullets and logos
_MAX_TEXT = 200_000  # characters of one page
_MAX_PICTURES, _MAX_PIXELS = 6, 60_000_000  # of one page, each taken out of the file
_MAX_LINKS, _MAX_ADDRESS = 500, 4000  # links of one page, bytes of one address
_INVISIBLE = frozenset({pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP})
_STAMPS = frozenset({pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_INK})


@dataclass(frozen=True, slots=True)
class PdfPages:
    """`pages`: those looked at, at most `ReadLimits.pages`; `page_count`: all that the file has. `addresses`: where links on
    these pages lead, whatever their text says, each once."""

    pages: tuple[PageFacts, ...]
    page_count: int
    addresses: tuple[str, ...] = ()


def read_pdf_pages(path: Path, limits: ReadLimits) -> PdfPages | Unreadable:
    """Text and kind of each page. Never raises for any bytes, except MemoryError."""
    try:
        with _opened(path) as document:
            if isinstance(document, Unreadable):
                return document
            form_type = document.get_formtype()
            if form_type == pdfium.FORMTYPE_XFA_FULL:
                # Its pages are made by a program inside; what lies in the file is one page that says "Please wait". Acrobat shows
                # it, so it is not damaged.
                return Unreadable("no_converter", "XFA form")
            count = len(document)
            if count == 0:
                return Unreadable("damaged", "no pages")
            if form_type != pdfium.FORMTYPE_NONE:
                document.init_forms()
            fields = form_type != pdfium.FORMTYPE_NONE
            addresses: dict[str, None] = {}
            pasted: set[int] = set()
            pages = tuple(
                _read_page(document, index, addresses, pasted, fields=fields) for index in range(min(count, limits.pages))
            )
            if all(page is None for page in pages):
                return Unreadable("damaged", "no page could be loaded")
            known = [page or PageFacts() for page in pages]
            if count <= limits.pages and all(len(page.text.strip()) <= _NUMBER for page in known):
                known = [replace(page, image=page.image or index in pasted) for index, page in enumerate(known)]
            return PdfPages(tuple(known), count, tuple(addresses))
    except MemoryError:
        raise
    except Exception as error:
        return Unreadable("damaged", f"{type(error).__name__}: {error}"[:200])


def render_page(path: Path, index: int, dpi: int = 200, max_pixels: int = 60_000_000) -> Image.Image:
    """A page as an RGB picture with seals, stamps and filled fields; fewer dots per inch if it would have more than
    `max_pixels`. Raises ValueError if there is no such page or it cannot be drawn."""
    with _opened(path) as document:
        if isinstance(document, Unreadable):
            raise ValueError(document.detail or document.reason)  # noqa: TRY004 - a value that says why, not a wrong type
        try:
            if document.get_formtype() != pdfium.FORMTYPE_NONE:
                document.init_forms()
            page = document[index]
            wide, high = page.get_size()
            scale = min(dpi / 72, (max_pixels / max(wide * high, 1)) ** 0.5)
            if min(wide, high) * scale < 1:
                raise ValueError("page without size")
            picture: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil()
            return picture.convert("RGB")
        except (MemoryError, ValueError):
            raise
        except Exception as error:
            raise ValueError(f"page {index}: {error}") from error


def page_pictures(path: Path, indexes: Sequence[int], longest: int = 1150) -> Iterator[Image.Image]:
    """The pictures on these pages as they lie in the file, JPEG files about as small as `longest` pixels ask for: a tenth of
    the time that drawing the pages takes. A page whose picture is in several pieces is drawn. Raises nothing for what
    cannot be read."""
    pieces: list[int] = []
    with _opened(path) as document:
        if isinstance(document, Unreadable):
            return
        for index in indexes:
            try:
                page = document[index]
                found = list(islice(page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=4), _MAX_PICTURES + 1))
                if len(found) > _MAX_PICTURES:
                    pieces.append(index)
                    continue
                pictures = [picture for item in found if (picture := _picture(item, longest)) is not None]
            except (pypdfium2.PdfiumError, OSError, ValueError, SyntaxError):
                continue
            yield from pictures
    for index in pieces:
        with suppress(ValueError):
            yield render_page(path, index, longest // 10, 4_000_000)


def _picture(item: Any, longest: int) -> Image.Image | None:
    """One picture object; None if it is too small or too large to be worth a look."""
    wide, high = item.get_px_size()
    if min(wide, high) < 60 or wide * high > _MAX_PIXELS:
        return None
    if item.get_filters() == ["DCTDecode"]:
        # That it is a JPEG is the sender's word: no other decoder is asked, and its own size counts.
        picture: Image.Image = Image.open(io.BytesIO(bytes(item.get_data(decode_simple=False))), formats=("JPEG",))
        wide, high = picture.size
        if min(wide, high) < 60 or wide * high > _MAX_PIXELS:
            return None
        picture.draft("L", (max(1, wide * longest // max(wide, high)), max(1, high * longest // max(wide, high))))
        picture.load()
        return picture
    return item.get_bitmap(render=False).to_pil()  # type: ignore[no-any-return]


def attached_files(path: Path, most: int, size: int) -> Iterator[tuple[str, bytes | None]]:
    """Name and bytes of the files attached to the document (a portfolio's, too); None for one that is damaged or larger than
    `size` bytes."""
    with _opened(path) as document:
        if isinstance(document, Unreadable):
            return
        for index in range(min(document.count_attachments(), most)):
            name, data = "", None
            with suppress(pypdfium2.PdfiumError):
                attachment = document.get_attachment(index)
                name, length = attachment.get_name(), ctypes.c_ulong()
                if pdfium.FPDFAttachment_GetFile(attachment.raw, None, 0, ctypes.byref(length)) and length.value <= size:
                    data = bytes(attachment.get_data()) if length.value else b""
            yield name, data


@contextmanager
def _opened(path: Path) -> Iterator[pypdfium2.PdfDocument | Unreadable]:
    """The document, or why it cannot be opened. A file locked by an owner's password only opens without it."""
    try:
        document = pypdfium2.PdfDocument(str(path))
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)
        yield Unreadable("password" if locked else "damaged", str(error)[:200])
        return
    try:
        yield document
    finally:
        document.close()


def _read_page(
    document: pypdfium2.PdfDocument, index: int, addresses: dict[str, None], pasted: set[int], *, fields: bool
) -> PageFacts | None:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return None
    try:
        addresses.update(dict.fromkeys(_addresses(document, page)))
        stamped = _has_stamp(page)
        cover, picture, stray, upright = _look(page)
        if upright:
            pasted.add(index)
        if fields:
            # Flattening turns what was typed into form fields into page text; only this copy in memory changes.
            page.flatten()
            page.close()
            page = document[index]
        text = _page_text(page)
        scanned = cover >= _COVER and stray <= _STRAY
        return PageFacts(text=text, image=scanned, has_picture=picture or stamped)
    except pypdfium2.PdfiumError:
        return None
    finally:
        page.close()


def _page_text(page: pypdfium2.PdfPage) -> str:
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_range(0, min(textpage.count_chars(), _MAX_TEXT)) if textpage.count_chars() > 0 else ""
    finally:
        textpage.close()
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufffe", "").replace("\x00", "")
    return mend_radicals(mend_private(text))


def _look(page: pypdfium2.PdfPage) -> tuple[float, bool, int, bool]:
    """(share of the page covered by pictures, whether there is a picture worth a look, visible characters that no
    picture hides, about, whether there is an upright picture that may be a photographed page)."""
    wide, high = page.get_size()
    turned = page.get_rotation() in (90, 270)
    if turned:
        wide, high = high, wide
    box = page.get_cropbox() or page.get_mediabox()
    left, bottom = min(box[0], box[2]), min(box[1], box[3])  # some write the corners the other way round
    area = max(wide * high, 1.0)
    cover, picture, visible, upright = 0.0, False, 0, False
    for item in islice(page.get_objects(max_depth=6), _MAX_OBJECTS):
        if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
            across, up = _shown(item, left, bottom, left + wide, bottom + high)
            share = across * up / area
            upright = upright or (share >= _PASTED and (across if turned else up) >= _UPRIGHT * (up if turned else across))
            picture = picture or share >= _SMALL
            cover = min(cover + share, 1.0) if share >= 0.02 else cover
            if share >= _COVER and not pdfium.FPDFPageObj_HasTransparency(item.raw):
                visible = 0  # what was painted before lies under the picture
        elif item.type == pdfium.FPDF_PAGEOBJ_TEXT and visible <= _STRAY:
            visible += _visible_characters(item)
    return cover, picture, visible, upright


def _visible_characters(item: Any) -> int:
    """About how many characters a text object shows, by its proportions: to ask for the text itself takes time that
    grows with the whole page's."""
    if pdfium.FPDFTextObj_GetTextRenderMode(item.raw) in _INVISIBLE:
        return 0
    left, bottom, right, top = item.get_bounds()
    short, long = sorted((right - left, top - bottom))
    return min(max(round(long / short), 1), 200) if short > 0.5 else 0


def _shown(item: Any, left: float, bottom: float, right: float, top: float) -> tuple[float, float]:
    """Width and height of an object on the page, what lies outside the page cut off."""
    a, b, c, d = item.get_bounds()
    corners = [(a, b), (c, b), (c, d), (a, d)]
    holder = item.container
    while holder is not None:
        matrix = holder.get_matrix()
        corners = [matrix.on_point(x, y) for x, y in corners]
        holder = holder.container
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    wide = min(max(xs), right) - max(min(xs), left)
    high = min(max(ys), top) - max(min(ys), bottom)
    return float(max(wide, 0.0)), float(max(high, 0.0))


def _addresses(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage) -> Iterator[str]:
    """Addresses of the page's links (/URI actions)."""
    place, link = ctypes.c_int(0), pdfium.FPDF_LINK()
    for _ in range(_MAX_LINKS):
        if not pdfium.FPDFLink_Enumerate(page.raw, ctypes.byref(place), ctypes.byref(link)):
            return
        action = pdfium.FPDFLink_GetAction(link)
        if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_URI:
            continue
        size = pdfium.FPDFAction_GetURIPath(document.raw, action, None, 0)
        if not 1 < size <= _MAX_ADDRESS:
            continue
        buffer = ctypes.create_string_buffer(size)
        pdfium.FPDFAction_GetURIPath(document.raw, action, buffer, size)
        address = buffer.value.decode("utf-8", "replace").strip()
        if "//" in address or "." in address:
            yield address


def _has_stamp(page: pypdfium2.PdfPage) -> bool:
    """Whether the page bears a stamp, a signature or drawing put on it afterwards: an electronic seal may be one."""
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), 500)):
        note = pdfium.FPDFPage_GetAnnot(page.raw, number)
        if not note:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(note)
        finally:
            pdfium.FPDFPage_CloseAnnot(note)
        if kind in _STAMPS:
            return True
    return False
