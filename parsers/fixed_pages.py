"""OFD and XPS (pages fixed as in a PDF, in a zip of XML) -> text with its places, page by page, and their pictures drawn.

A scan saved as OFD is a picture for each page; an electronic seal is a picture on a typed page. Type itself is not drawn:
its text is known, and seals are looked for on what lies beside it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageChops

from core.facts import Blocked, PageFacts, ScanFacts, Unreadable
from core.ports import ReadLimits
from parsers import ofd, xps
from parsers.fixed_layout import FixedPage, Placed
from parsers.package import check_package, read_member
from parsers.pictures import load_page
from parsers.ruled import build_lines

_MAX_PICTURES = 60  # of one page
_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def read_fixed_pages(path: Path, limits: ReadLimits) -> ScanFacts | Unreadable | Blocked:
    """The pages' text. `image` for a page that is a picture; `has_picture` where a typed page holds one, or a signature
    with its seal; nobody looked for seals. Unreadable("no_converter") for pages whose type is given as shapes only.
    Never raises for any bytes, except MemoryError."""
    problem = check_package(path, limits)
    if problem is not None:
        return problem
    try:
        with zipfile.ZipFile(path) as package:
            readers = _readers(package)
            if not readers:
                locked = any(name.rsplit("/", 1)[-1].lower() == "encryptions.xml" for name in package.namelist())
                return Unreadable("password" if locked else "no_converter", "no pages were found")
            found = [read() for read in readers[: limits.pages]]
            signed = any("sign" in name.lower() for name in package.namelist())
    except MemoryError:
        raise
    except Exception as error:
        return Unreadable("damaged", f"{type(error).__name__}: {error}"[:200])
    if signed and not any(page.stamped for page in found):
        found = [replace(page, stamped=True) for page in found]  # where it set its seal is not told
    if any(page.is_shapes for page in found) and not any(page.words for page in found):
        return Unreadable("no_converter", "the type is given as shapes without characters")
    return ScanFacts(pages=tuple(_facts(page) for page in found), page_count=len(readers))


def draw_fixed_page(path: Path, index: int, dpi: int, limits: ReadLimits) -> Image.Image:
    """The `index`-th page's pictures where they stand, on white. Raises ValueError if there is no such page, it would be
    too large, or none of its pictures can be read (JBIG2, JPEG XR)."""
    try:
        with zipfile.ZipFile(path) as package:
            page = _readers(package)[index]()
            wide, high = round(page.width * dpi / 25.4), round(page.height * dpi / 25.4)
            if wide * high > limits.page_pixels or not wide or not high:
                raise ValueError("too many pixels")
            canvas = Image.new("RGB", (wide, high), "white")
            drawn = 0
            for placed in page.pictures[:_MAX_PICTURES]:
                drawn += _draw(canvas, package, placed, dpi / 25.4, limits)
            if page.pictures and not drawn:
                raise ValueError("no picture of the page can be read")
            return canvas
    except (MemoryError, ValueError):
        raise
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _readers(package: zipfile.ZipFile) -> list[Callable[[], FixedPage]]:
    """One call for each page, in order."""
    if any(name.lower() == "ofd.xml" for name in package.namelist()):
        return [
            lambda document=document, number=number: ofd.read_page(package, document, number)  # type: ignore[misc]
            for document in ofd.open_documents(package)
            for number in range(len(document.pages))
        ]
    return [lambda name=name: xps.read_page(package, name) for name in xps.find_pages(package)]  # type: ignore[misc]


def _facts(page: FixedPage) -> PageFacts:
    return PageFacts(
        text=build_lines(page.words), image=page.is_picture, has_picture=bool(page.pictures) or page.stamped
    )


def _draw(canvas: Image.Image, package: zipfile.ZipFile, placed: Placed, scale: float, limits: ReadLimits) -> bool:
    """Puts one picture on the page; what is white in it lets through what lies below. False if it cannot be read."""
    data = placed.data if placed.data is not None else read_member(package, placed.member)
    if not data:
        return False
    try:
        picture = load_page(data, 0, limits)
    except ValueError:
        return False
    left, top = round(placed.box.left * scale), round(placed.box.top * scale)
    wide, high = round(placed.box.right * scale) - left, round(placed.box.bottom * scale) - top
    if not 0 < wide <= 3 * canvas.width or not 0 < high <= 3 * canvas.height:
        return False
    if placed.turned in _TURNS:
        picture = picture.transpose(_TURNS[placed.turned])
    picture = picture.resize((wide, high), Image.Resampling.BOX if wide < picture.width else Image.Resampling.BICUBIC)
    below = canvas.crop((left, top, left + wide, top + high))
    canvas.paste(ImageChops.darker(below, picture), (left, top))
    return True
