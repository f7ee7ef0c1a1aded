"""OFD and XPS (pages fixed as in a PDF, in a zip of XML) -> text with its places, page by page. Standard library and
lxml only; nothing is drawn.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.facts import Blocked, PageFacts, ScanFacts, Unreadable
from core.ports import ReadLimits
from parsers.package import check_package, parse_xml, read_member
from parsers.ruled import Box, Word, build_lines
from parsers.symbols import mend_private
from parsers.word_tree import local

_XPS_PAGE = re.compile(r"(\d+)\.fpage$", re.IGNORECASE)
_MAX_OBJECTS = 20_000


def read_fixed_pages(path: Path, limits: ReadLimits) -> ScanFacts | Unreadable | Blocked:
    """The pages' text. `has_picture` where a page holds one, or the document a signature with its seal; nobody looked
    for seals. Never raises for any bytes, except MemoryError."""
    problem = check_package(path, limits)
    if problem is not None:
        return problem
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
            if any(name.lower() == "ofd.xml" for name in names):
                parts, sealed = _ofd_parts(package), any("sign" in name.lower() for name in names)
                read = _ofd_page
            else:
                numbered = [(int(found.group(1)), name) for name in names if (found := _XPS_PAGE.search(name))]
                parts, sealed = [name for _, name in sorted(numbered)], False
                read = _xps_page
            if not parts:
                return Unreadable("damaged", "no pages")
            pages = tuple(read(parse_xml(read_member(package, part) or b""), sealed=sealed) for part in parts[: limits.pages])
            return ScanFacts(pages=pages, page_count=len(parts))
    except MemoryError:
        raise
    except Exception as error:
        return Unreadable("damaged", f"{type(error).__name__}: {error}"[:200])


def _ofd_parts(package: zipfile.ZipFile) -> list[str]:
    """Names of the page contents in page order: OFD.xml names the documents, each of them its pages."""
    parts: list[str] = []
    for root in _roots(parse_xml(read_member(package, "OFD.xml") or b""), "DocRoot"):
        document = parse_xml(read_member(package, root) or b"")
        if document is None:
            continue
        folder = posixpath.dirname(root.lstrip("/"))
        for element in document.iter():
            if local(element) == "Page" and element.get("BaseLoc"):
                location = str(element.get("BaseLoc"))
                parts.append(location.lstrip("/") if location.startswith("/") else posixpath.normpath(f"{folder}/{location}"))
    return parts


def _roots(tree: Any, name: str) -> Iterator[str]:
    for element in tree.iter() if tree is not None else ():
        if local(element) == name and element.text:
            yield element.text.strip()


def _ofd_page(tree: Any, *, sealed: bool) -> PageFacts:
    words: list[Word] = []
    pictures = 0
    for number, element in enumerate(tree.iter() if tree is not None else ()):
        if number > _MAX_OBJECTS:
            break
        name = local(element)
        if name == "ImageObject":
            pictures += 1
        if name != "TextObject":
            continue
        x, y, _, _ = _floats(element.get("Boundary"), 4)
        size = _floats(element.get("Size"), 1)[0] or 4.0
        for code in element:
            if local(code) == "TextCode" and code.text:
                left, base = x + _floats(code.get("X"), 1)[0], y + _floats(code.get("Y"), 1)[0]
                text = mend_private(code.text)
                words.append(Word(text, Box(left, base - size, left + size * _width(text), base)))
    return PageFacts(text=build_lines(words), image=bool(pictures) and not words, has_picture=bool(pictures) or sealed)


def _xps_page(tree: Any, *, sealed: bool) -> PageFacts:
    words: list[Word] = []
    pictures = False
    for number, element in enumerate(tree.iter() if tree is not None else ()):
        if number > _MAX_OBJECTS:
            break
        name = local(element)
        pictures = pictures or name == "ImageBrush"
        text = element.get("UnicodeString") if name == "Glyphs" else None
        if text:
            left, base = _floats(element.get("OriginX"), 1)[0], _floats(element.get("OriginY"), 1)[0]
            size = _floats(element.get("FontRenderingEmSize"), 1)[0] or 12.0
            words.append(Word(mend_private(text.removeprefix("{}")), Box(left, base - size, left + size * _width(text), base)))
    return PageFacts(text=build_lines(words), image=pictures and not words, has_picture=pictures or sealed)


def _width(text: str) -> float:
    """Width of a text in letters' heights: Chinese is square, Latin about half."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.5 for char in text)


def _floats(value: str | None, count: int) -> list[float]:
    numbers: list[float] = []
    for piece in (value or "").split()[:count]:
        try:
            numbers.append(min(max(float(piece), -1e6), 1e6))
        except ValueError:
            numbers.append(0.0)
    return numbers + [0.0] * (count - len(numbers))
