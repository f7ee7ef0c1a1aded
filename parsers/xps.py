"""XPS and OpenXPS as pages: texts and pictures with their places. A zip of XML, read with lxml; nothing is drawn here."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import Any

from parsers.fixed_layout import MAX_OBJECTS, FixedPage, Matrix, Placed, fills, matrix, numbers, width_of
from parsers.package import parse_xml, read_member
from parsers.ruled import Box, Word
from parsers.symbols import mend_private
from parsers.word_tree import child, local

_MM = 25.4 / 96  # XPS counts in 1/96 inch
_NUMBERED = re.compile(r"(\d+)\.fpage$", re.IGNORECASE)
_FIRST_FILE = re.compile(r"[^\s{},]+\.\w+")


def find_pages(package: zipfile.ZipFile) -> list[str]:
    """The pages in their order: as the document lists them, else by their numbers."""
    listed: list[str] = []
    for name in sorted(name for name in package.namelist() if name.lower().endswith(".fdoc")):
        tree = parse_xml(read_member(package, name) or b"")
        for element in tree.iter() if tree is not None else ():
            source = element.get("Source") if local(element) == "PageContent" else None
            if source:
                listed.append(_join(posixpath.dirname(name), source))
    if listed:
        return listed
    numbered = [(int(found.group(1)), name) for name in package.namelist() if (found := _NUMBERED.search(name))]
    return [name for _, name in sorted(numbered)]


def read_page(package: zipfile.ZipFile, name: str) -> FixedPage:
    """One page."""
    tree = parse_xml(read_member(package, name) or b"")
    page = FixedPage()
    if tree is not None:
        width, height = numbers(tree.get("Width"), 1)[0] * _MM, numbers(tree.get("Height"), 1)[0] * _MM
        if 5 < width < 5000 and 5 < height < 5000:
            page.width, page.height = width, height
        _Reader(page, posixpath.dirname(name)).read(tree, Matrix(_MM, 0, 0, _MM), 0)
    return page


def _join(folder: str, location: str) -> str:
    return location.lstrip("/") if location.startswith("/") else posixpath.normpath(posixpath.join(folder, location))


class _Reader:
    """Walks one page's elements in the order in which they are drawn."""

    def __init__(self, page: FixedPage, folder: str) -> None:
        self._page, self._folder, self._left = page, folder, MAX_OBJECTS

    def read(self, parent: Any, place: Matrix, depth: int) -> None:
        for element in parent:
            self._left -= 1
            if self._left < 0 or depth > 40:
                return
            name = local(element)
            if name == "Glyphs":
                self._words(element, _moved(element, name, place))
            elif name == "Path":
                self._picture(element, _moved(element, name, place))
            elif name == "Canvas":
                self.read(element, _moved(element, name, place), depth + 1)

    def _words(self, element: Any, place: Matrix) -> None:
        text = mend_private((element.get("UnicodeString") or "").removeprefix("{}"))
        if not text.strip():
            self._page.coded += bool(element.get("Indices"))
            return
        left, base = place.point(numbers(element.get("OriginX"), 1)[0], numbers(element.get("OriginY"), 1)[0])
        size = (numbers(element.get("FontRenderingEmSize"), 1)[0] or 12.0) * (abs(place.d) + abs(place.b))
        self._page.words.append(Word(text, Box(left, base - size, left + size * width_of(text), base)))

    def _picture(self, element: Any, place: Matrix) -> None:
        brush = next((inner for inner in element.iter() if local(inner) == "ImageBrush"), None)
        if brush is None:
            self._page.paths += 1
            return
        own = matrix(brush.get("Transform")).then(place)
        x, y, width, height = numbers(brush.get("Viewport"), 4)
        shown = Matrix(e=x, f=y).then(own)
        file = _FIRST_FILE.search((brush.get("ImageSource") or "").removeprefix("{ColorConvertedBitmap"))
        placed = Placed(_join(self._folder, file.group()) if file else "", shown.box(width, height), shown.turned)
        self._page.pictures.append(placed)
        if fills(placed.box, self._page.width, self._page.height):
            self._page.covered = len(self._page.words)


def _moved(element: Any, name: str, place: Matrix) -> Matrix:
    """The place after the element's own transform, an attribute or a child."""
    held = child(element, f"{name}.RenderTransform")
    inner = child(held, "MatrixTransform") if held is not None else None
    value = element.get("RenderTransform") or (inner.get("Matrix") if inner is not None else None)
    return matrix(value).then(place)
