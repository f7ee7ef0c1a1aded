"""Scans: pages as pictures, turned upright, with their seals, their text, and the forms on them.

`read_scan` takes a file; `look_at_pages` completes facts that another reader has begun. Seals are looked for first, on
every page; text is read after that, as far as the time allowed lasts, a page's top before its rest.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from core.campaign import Campaign
from core.facts import Blocked, FormFacts, PageFacts, ScanFacts, Seal, SealFacts, Unreadable
from core.ports import ReadLimits
from parsers.form_text import read_form_text
from parsers.ocr import OcrUnavailable, release_if_large
from parsers.ocr_form import has_form_words, may_begin_form, page_text, plausible, read_page_forms
from parsers.ocr_page import ReadPage, read_page
from parsers.pasted import pasted_pages, pasted_scan
from parsers.pdf import PdfPages, read_pdf_pages, render_page
from parsers.pictures import load_page, read_picture
from parsers.scan_forms import divide_pages, opinion_labels, shows_opinion
from parsers.seal import find_seals
from parsers.seal_colour import Picture
from parsers.seal_limits import PRESENT
from parsers.seal_text import read_seal_text
from parsers.upright import Rotation, find_rotation, turn

DPI = 200
DPI_TYPED = 110  # typed pages are only looked at for a seal set on them electronically
MOST_PIXELS = 16_000_000  # of a page as it is looked at; more detail finds nothing more
TEXT_SHARE = 0.6  # of the seconds allowed: no further page is read after that
SEAL_SHARE = 0.85
MOST_READ = 24  # pages whose text is read
RING_SHARE = 0.4  # of the seconds allowed: no further seal's words are read after that, forms need the time more
MOST_RINGS = 8  # seals of a file whose words are read
RINGS_OF_PAGE = 2
LEAST_RING = 0.1  # score of a ring whose words are worth reading

Loader = Callable[[int, int], Picture]
"""Page number from 0, dots per inch (PDF only) -> RGB picture. Raises ValueError."""


@dataclass
class _Page:
    """A page on its way."""

    facts: PageFacts
    verdict: Seal | None = None
    read: ReadPage | None = None


@dataclass
class _Clock:
    """How much of the time allowed is used up."""

    seconds: float
    begin: float = field(default_factory=time.monotonic)

    def over(self, share: float) -> bool:
        return time.monotonic() - self.begin > share * self.seconds


def read_scan(
    path: Path,
    media_type: str,
    campaign: Campaign,
    limits: ReadLimits,
    *,
    ocr: bool,
    seals: bool = True,
) -> ScanFacts | Unreadable | Blocked:
    """Read a PDF or a picture file as a scan. Never raises for any bytes, except MemoryError.

    `ocr`: read the text of pages that are pictures, and the words on seals; `seals`: look for seals.
    """
    if media_type.partition(";")[0].strip().lower() == "application/pdf":
        found = read_pdf_pages(path, limits)
        if not isinstance(found, PdfPages):
            return found
        facts = ScanFacts(pages=found.pages, page_count=found.page_count)
        load = pdf_loader(path)
    else:
        picture = read_picture(path, limits)
        if not isinstance(picture, ScanFacts):
            return picture
        facts, load = picture, picture_loader(path, limits)
    return look_at_pages(facts, load, campaign, limits, ocr=ocr, seals=seals)


def pdf_loader(path: Path) -> Loader:
    """Pages of a PDF file."""
    return lambda index, dpi: _as_array(render_page(path, index, dpi, MOST_PIXELS))


def picture_loader(source: Path | bytes, limits: ReadLimits) -> Loader:
    """Pages of a picture file."""
    return lambda index, dpi: _as_array(load_page(source, index, limits))


def drawn_loader(draw: Callable[[int, int], Image.Image]) -> Loader:
    """Pages that another reader draws."""
    return lambda index, dpi: _as_array(draw(index, dpi))


def read_embedded(files: Sequence[bytes], campaign: Campaign, limits: ReadLimits, *, ocr: bool, seals: bool) -> ScanFacts | None:
    """Pictures pasted into a document, those of a page's size as the pages of one scan; None if there is none."""
    pages = pasted_pages(files, limits)
    facts = pasted_scan(pages)
    if facts is None:
        return None
    load: Loader = lambda index, dpi: picture_loader(pages[index].data, limits)(pages[index].number, dpi)  # noqa: E731
    return look_at_pages(facts, load, campaign, limits, ocr=ocr, seals=seals)


def look_at_pages(
    scan: ScanFacts,
    load: Loader,
    campaign: Campaign,
    limits: ReadLimits,
    *,
    ocr: bool,
    seals: bool,
) -> ScanFacts:
    """The facts with seals, rotation, text and forms filled in. What cannot be drawn or read stays as it was."""
    clock = _Clock(limits.seconds)
    pages = [_Page(page) for page in scan.pages[: limits.pages]]
    forms: tuple[FormFacts, ...] = ()
    sought = False
    rings = _Rings()
    if seals:
        for number, page in enumerate(pages):
            if clock.over(SEAL_SHARE):
                break
            _find_seals(page, number, load, rings if ocr and not clock.over(RING_SHARE) else None)
    if ocr and any(page.facts.image for page in pages):
        forms, sought = _read_texts(pages, load, campaign, clock), True
    if not forms:
        layer = "\n".join(p.facts.text for p in pages if p.facts.image and is_good_layer(p.facts.text))
        forms = plausible(read_form_text(layer, campaign), campaign)
    count = max(scan.page_count, len(pages))
    seal = _overall(pages, count) if seals else scan.seal
    divided = _divide(pages, forms, load, campaign, clock) if len(forms) > 1 and len(pages) == count else ()
    if sought or rings.left < MOST_RINGS:
        release_if_large()
    return replace(
        scan,
        pages=tuple(page.facts for page in pages),
        seal=seal,
        form=forms[0] if forms else scan.form,
        forms=forms if len(forms) > 1 else scan.forms,
        text_sought=sought,
        form_pages=divided,
    )


def _find_seals(page: _Page, number: int, load: Loader, rings: _Rings | None) -> None:
    try:
        image = load(number, DPI if page.facts.image else DPI_TYPED)
        rotation: Rotation = find_rotation(image) if page.facts.image else 0
        upright = turn(image, rotation)
        found = find_seals(upright)
    except MemoryError:
        raise
    except Exception:  # a page that cannot be drawn, or a library's failure: a doubt, never a damaged file
        return
    marks = found.seals if rings is None else rings.read(found.seals, upright, sure=found.verdict == "present")
    page.verdict = found.verdict
    if not page.facts.image and not page.facts.has_picture and found.verdict == "uncertain" and not marks:
        page.verdict = "absent"  # nothing but type on this page
    page.facts = replace(page.facts, seals=marks, rotation=rotation, seal=page.verdict)


@dataclass
class _Rings:
    """Reads the words on a file's seals, as long as it is worth it: sure seals' to be shown; of a page that has none those of
    the best doubtful rings, where the unit's name may settle it."""

    left: int = MOST_RINGS

    def read(self, seals: tuple[SealFacts, ...], upright: Picture, *, sure: bool) -> tuple[SealFacts, ...]:
        least = PRESENT if sure else LEAST_RING
        wanted = [n for n, seal in enumerate(seals) if seal.shape in ("round", "oval") and seal.score >= least]
        read = list(seals)
        for number in wanted[:RINGS_OF_PAGE]:
            if self.left <= 0:
                break
            self.left -= 1
            read[number] = replace(seals[number], text=self._words(upright, seals[number]))
        return tuple(read)

    def _words(self, upright: Picture, seal: SealFacts) -> str | None:
        try:
            return read_seal_text(upright, seal)
        except MemoryError:
            raise
        except OcrUnavailable:
            self.left = 0
            return None
        except Exception:  # a library's failure costs the words on this ring
            return None


def _divide(
    pages: Sequence[_Page], forms: Sequence[FormFacts], load: Loader, campaign: Campaign, clock: _Clock
) -> tuple[tuple[int, ...], ...]:
    """The pages of each form. Of a form without any seal the place for it is looked for, since only where that was seen the
    form certainly has none. Pages before the first form are a letter, and then nothing is certain; or the last page of a
    form, taken in back to front, and then nothing is told."""
    begun = {number: _forms_on(page, campaign) for number, page in enumerate(pages) if page.facts.image}
    divided = divide_pages(forms, begun, len(pages))
    if divided and divided[0][0] > 0:
        labels = opinion_labels(forms[0], campaign)
        for number in range(divided[0][0]):
            if clock.over(SEAL_SHARE) or _find_opinion(pages[number], number, load, labels):
                return ()
        return divided
    for form, own in zip(forms, divided, strict=False):
        labels = opinion_labels(form, campaign)
        if not labels or any(pages[number].verdict != "absent" for number in own):
            continue
        for number in reversed(own):
            if not clock.over(SEAL_SHARE) and _find_opinion(pages[number], number, load, labels):
                break
    return divided


def _forms_on(page: _Page, campaign: Campaign) -> tuple[FormFacts, ...]:
    """The forms that this page alone shows."""
    if not has_form_words(page.facts.text, campaign):
        return ()
    if page.read is not None:
        return read_page_forms([page.read], campaign)
    return plausible(read_form_text(page.facts.text, campaign), campaign)


def _find_opinion(page: _Page, number: int, load: Loader, labels: Sequence[str]) -> bool:
    try:
        found = shows_opinion(load(number, DPI), page.facts.rotation, labels)
    except MemoryError:
        raise
    except Exception:  # no engine, or a library's failure: not seen, never a damaged file
        return False
    page.facts = replace(page.facts, opinion=found)
    return found


def _overall(pages: Sequence[_Page], count: int) -> Seal | None:
    """Present on any page is present; absent only if every page was looked at and bears none.

    A file of typed pages without a seal is no scan at all: None, so that nobody is asked for a seal on it.
    """
    verdicts = [page.verdict for page in pages]
    if "present" in verdicts:
        return "present"
    if not any(page.facts.image or page.facts.has_picture for page in pages):
        return None
    if not any(page.facts.image for page in pages):
        return "uncertain" if "uncertain" in verdicts and any(page.facts.seals for page in pages) else None
    if len(pages) < count or any(verdict != "absent" for verdict in verdicts):
        return "uncertain"
    return "absent"


def _read_texts(pages: Sequence[_Page], load: Loader, campaign: Campaign, clock: _Clock) -> tuple[FormFacts, ...]:
    """Fill in the text of the pages that are pictures; the forms on them. An engine that fails leaves the rest unread."""
    read: list[ReadPage] = []
    known = False  # a form has begun on an earlier page
    for number, page in enumerate(pages):
        if not page.facts.image:
            continue
        if is_good_layer(page.facts.text):
            known = known or has_form_words(page.facts.text, campaign)
            continue
        if clock.over(TEXT_SHARE) or len(read) >= MOST_READ:
            break
        try:
            image = load(number, DPI)
        except ValueError:
            continue
        try:
            found = _read_one(image, page, campaign, known=known)
        except OcrUnavailable:
            break
        known = known or has_form_words(page_text(found), campaign)
        page.read = found
        page.facts = replace(page.facts, text=page_text(found), rotation=found.rotation)
        read.append(found)
    return read_page_forms(read, campaign) if read else ()


def _read_one(image: Picture, page: _Page, campaign: Campaign, *, known: bool) -> ReadPage:
    """A page as far as it is needed: of one that begins no form, and of those behind a form's beginning, just the top."""
    rotation = page.facts.rotation if page.verdict is not None else None
    if known:
        found = read_page(image, rotation=rotation, top_only=True)
        if not has_form_words(page_text(found), campaign):
            return found
        rotation = found.rotation
    return read_page(image, rotation=rotation, promising=lambda words: may_begin_form(words, campaign))


_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_STRANGE = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0b-\x1f]")
_COMMON = frozenset("的一是在了和有为年月日人位单联系电话负责内容名称申报意见培训课程教育学老工作社区中心不")


def is_good_layer(text: str) -> bool:
    """Whether a scan's hidden text can be trusted: enough Chinese, everyday characters, hardly any rubbish."""
    chinese = _CHINESE.findall(text)
    if len(chinese) < 40:
        return False
    if len(_STRANGE.findall(text)) > 0.02 * len(text):
        return False
    usual = sum(1 for char in chinese if char in _COMMON)
    return usual > 0.05 * len(chinese) and len(chinese) > 0.25 * len("".join(text.split()))


def _as_array(picture: Image.Image) -> Picture:
    image = np.ascontiguousarray(np.asarray(picture.convert("RGB"), np.uint8))
    pixels = image.shape[0] * image.shape[1]
    if pixels > 1.5 * MOST_PIXELS:
        factor = (MOST_PIXELS / pixels) ** 0.5
        image = np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    return image
