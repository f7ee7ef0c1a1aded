"""OFD (GB/T 33190) as pages: texts and pictures with their places, templates, annotations and the pictures of signatures.

A zip of XML, read with lxml; nothing is drawn here. Sealed pages keep the seal's picture inside an ASN.1 file, out of which
it is cut by its own signature.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from parsers.fixed_layout import MAX_OBJECTS, FixedPage, Matrix, Placed, fills, matrix, numbers, split_at_gaps, width_of
from parsers.package import parse_xml, read_member
from parsers.ruled import Box, Word
from parsers.symbols import mend_private
from parsers.word_tree import child, local

_PICTURE_HEADS = ((b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"), (b"\xff\xd8\xff", b"\xff\xd9"), (b"GIF8", b"\x00;"))
_MAX_STAMP = 8 << 20
_MAX_DEPTH = 4
_HIDDEN = frozenset({"false", "0"})


@dataclass(slots=True)
class OfdDocument:
    """One document of the package: its pages' contents in order, and what they refer to."""

    folder: str
    box: tuple[float, float]
    pages: list[tuple[str, str]] = field(default_factory=list)  # id, content
    templates: dict[str, str] = field(default_factory=dict)
    resources: list[str] = field(default_factory=list)
    media: dict[str, str] = field(default_factory=dict)
    composites: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, list[Placed]] = field(default_factory=dict)


def open_documents(package: zipfile.ZipFile) -> list[OfdDocument]:
    """The package's documents; OFD.xml names them."""
    tree = parse_xml(read_member(package, "OFD.xml") or b"")
    found = []
    for body in tree if tree is not None else ():
        if local(body) != "DocBody":
            continue
        root = _text(child(body, "DocRoot"))
        document = _document(package, root.lstrip("/")) if root else None
        if document is not None:
            found.append(document)
            signatures = _text(child(body, "Signatures"))
            if signatures:
                _read_stamps(package, signatures.lstrip("/"), document)
    return found


def read_page(package: zipfile.ZipFile, document: OfdDocument, number: int) -> FixedPage:
    """The `number`-th page of a document, from 0."""
    key, content = document.pages[number]
    tree = parse_xml(read_member(package, content) or b"")
    page = FixedPage(*document.box)
    if tree is None:
        return page
    area = child(tree, "Area")
    size = _page_box(area)
    page.width, page.height = size or document.box
    reader = _PageReader(package, document, page)
    reader.use_resources(tree, posixpath.dirname(content))
    behind: list[str | None] = []
    before: list[str | None] = []
    for template in tree:
        if local(template) == "Template":
            place = document.templates.get(template.get("TemplateID") or "")
            (before if template.get("ZOrder") == "Foreground" else behind).append(place)
    for place in (*behind, None, *before):
        part = tree if place is None else parse_xml(read_member(package, place) or b"")
        if part is not None:
            if place is not None:
                reader.use_resources(part, posixpath.dirname(place))
            reader.read(child(part, "Content"), Matrix(), 0)
    if key in document.annotations:
        marks = parse_xml(read_member(package, document.annotations[key]) or b"")
        for mark in marks if marks is not None else ():
            look = child(mark, "Appearance")
            if look is not None and (mark.get("Visible") or "").lower() not in _HIDDEN:
                x, y, _, _ = numbers(look.get("Boundary"), 4)
                reader.read(look, Matrix(e=x, f=y), 0)
    stamps = document.stamps.get(key, [])
    page.pictures.extend(stamp for stamp in stamps if stamp.data)
    page.stamped = bool(stamps)
    return page


def _text(element: Any) -> str:
    return (element.text or "").strip() if element is not None else ""


def _join(folder: str, location: str) -> str:
    """A location in the package: from its root with a slash in front, else from the folder of the file that names it."""
    location = location.strip().replace("\\", "/")
    return location.lstrip("/") if location.startswith("/") else posixpath.normpath(posixpath.join(folder, location))


def _page_box(area: Any) -> tuple[float, float] | None:
    box = child(area, "PhysicalBox") if area is not None else None
    _, _, width, height = numbers(_text(box), 4)
    return (width, height) if 5 < width < 5000 and 5 < height < 5000 else None


def _document(package: zipfile.ZipFile, root: str) -> OfdDocument | None:
    tree = parse_xml(read_member(package, root) or b"")
    if tree is None:
        return None
    folder = posixpath.dirname(root)
    common = child(tree, "CommonData")
    document = OfdDocument(folder, _page_box(child(common, "PageArea") if common is not None else None) or (210.0, 297.0))
    for element in common if common is not None else ():
        name = local(element)
        if name in ("PublicRes", "DocumentRes") and _text(element):
            _read_resource(package, _join(folder, _text(element)), document)
        elif name == "TemplatePage" and element.get("ID") and element.get("BaseLoc"):
            document.templates[str(element.get("ID"))] = _join(folder, str(element.get("BaseLoc")))
    for page in child(tree, "Pages") if child(tree, "Pages") is not None else ():
        if local(page) == "Page" and page.get("BaseLoc"):
            document.pages.append((str(page.get("ID") or ""), _join(folder, str(page.get("BaseLoc")))))
    listed = _text(child(tree, "Annotations"))
    place = _join(folder, listed) if listed else ""
    marks = parse_xml(read_member(package, place) or b"") if place else None
    for page in marks if marks is not None else ():
        location = _text(child(page, "FileLoc"))
        if location:
            document.annotations[str(page.get("PageID") or "")] = _join(posixpath.dirname(place), location)
    return document


def _read_resource(package: zipfile.ZipFile, place: str, document: OfdDocument) -> None:
    """Pictures and composite graphics of a resource file, by their ids."""
    tree = parse_xml(read_member(package, place) or b"")
    if tree is None or place in document.resources or len(document.resources) > 500:
        return
    document.resources.append(place)
    folder = posixpath.dirname(place)
    base = _join(folder, tree.get("BaseLoc") or ".")
    for element in tree.iter():
        key = str(element.get("ID") or "") if isinstance(element.tag, str) else ""
        if local(element) == "MultiMedia" and key:
            file = _text(child(element, "MediaFile"))
            if file:
                inside = _join(base, file)
                document.media[key] = inside if _has(package, inside) else _join(folder, file)
        elif local(element) == "CompositeGraphicUnit" and key:
            document.composites[key] = element


def _has(package: zipfile.ZipFile, name: str) -> bool:
    try:
        package.getinfo(name)
    except KeyError:
        return False
    return True


class _PageReader:
    """Walks the objects of one page into its words and pictures, in the order in which they are drawn."""

    def __init__(self, package: zipfile.ZipFile, document: OfdDocument, page: FixedPage) -> None:
        self._package, self._document, self._page = package, document, page
        self._left = MAX_OBJECTS

    def use_resources(self, tree: Any, folder: str) -> None:
        """A page's own resources; their ids are unique in the whole document."""
        for element in tree:
            if local(element) == "PageRes" and _text(element):
                _read_resource(self._package, _join(folder, _text(element)), self._document)

    def read(self, parent: Any, place: Matrix, depth: int) -> None:
        """The objects below an element, drawn at `place`."""
        if parent is None or depth > 40:
            return
        for element in parent:
            self._left -= 1
            if self._left < 0:
                return
            name = local(element)
            if not name or (element.get("Visible") or "").lower() in _HIDDEN:
                continue
            if name == "TextObject":
                self._words(element, place)
            elif name == "ImageObject":
                self._picture(element, place)
            elif name == "CompositeObject":
                self._composite(element, place, depth)
            elif name == "PathObject":
                self._page.paths += 1
            elif name in ("Layer", "PageBlock", "Content"):
                self.read(element, place, depth + 1)

    def _words(self, element: Any, place: Matrix) -> None:
        x, y, _, _ = numbers(element.get("Boundary"), 4)
        inner = matrix(element.get("CTM"))
        size = numbers(element.get("Size"), 1)[0] or 4.0
        shown = Matrix(inner.a, inner.b, inner.c, inner.d, inner.e + x, inner.f + y).then(place)
        height = size * (abs(shown.d) + abs(shown.b)) or size
        hidden = element.get("Alpha") == "0"
        for code in element:
            if local(code) != "TextCode":
                continue
            text = mend_private("".join(str(piece) for piece in code.itertext()))
            if not text.strip():
                self._page.coded += child(element, "CGTransform") is not None
                continue
            starts = _starts(text, numbers(code.get("X"), 1)[0], code.get("DeltaX"), size)
            for piece, start in split_at_gaps(text, starts, size):
                left, base = shown.point(start, numbers(code.get("Y"), 1)[0])
                self._page.words.append(Word(piece, Box(left, base - height, left + height * width_of(piece), base)))
                self._page.covered += hidden

    def _picture(self, element: Any, place: Matrix) -> None:
        x, y, width, height = numbers(element.get("Boundary"), 4)
        inner = matrix(element.get("CTM"), Matrix(width, 0, 0, height, 0, 0))
        shown = Matrix(inner.a, inner.b, inner.c, inner.d, inner.e + x, inner.f + y).then(place)
        member = self._document.media.get(str(element.get("ResourceID") or ""), "")
        placed = Placed(member, shown.box(), shown.turned)
        self._page.pictures.append(placed)
        if fills(placed.box, self._page.width, self._page.height):
            self._page.covered = len(self._page.words)

    def _composite(self, element: Any, place: Matrix, depth: int) -> None:
        unit = self._document.composites.get(str(element.get("ResourceID") or ""))
        if unit is None or depth >= _MAX_DEPTH:
            return
        x, y, _, _ = numbers(element.get("Boundary"), 4)
        inner = matrix(element.get("CTM"))
        shown = Matrix(inner.a, inner.b, inner.c, inner.d, inner.e + x, inner.f + y).then(place)
        self.read(child(unit, "Content"), shown, depth + 1)


def _starts(text: str, first: float, deltas: str | None, size: float) -> list[float]:
    """Where each character begins. DeltaX gives the steps, `g 3 4.2` standing for three steps of 4.2."""
    steps: list[float] = []
    words = iter((deltas or "").split()[:20_000])
    for word in words:
        if word == "g":
            count, step = int(numbers(next(words, "0"), 1)[0]), numbers(next(words, "0"), 1)[0]
            steps += [step] * max(0, min(count, len(text) - len(steps)))
        else:
            steps.append(numbers(word, 1)[0])
    places = [first]
    for index, char in enumerate(text[:-1]):
        places.append(places[-1] + (steps[index] if index < len(steps) else size * width_of(char)))
    return places


# Signatures ------------------------------------------------------------------------------------------------------


def _read_stamps(package: zipfile.ZipFile, place: str, document: OfdDocument) -> None:
    """Where signatures set their seal, and its picture if it can be cut out of the signed value."""
    listed = parse_xml(read_member(package, place) or b"")
    for signature in listed if listed is not None else ():
        location = signature.get("BaseLoc") if isinstance(signature.tag, str) else None
        if local(signature) != "Signature" or not location or sum(map(len, document.stamps.values())) > 200:
            continue
        own = _join(posixpath.dirname(place), location)
        tree = parse_xml(read_member(package, own) or b"")
        if tree is None:
            continue
        values = [_join(posixpath.dirname(own), _text(element)) for element in tree.iter() if local(element) in ("SignedValue", "BaseLoc")]
        picture = next((cut for value in reversed(values) if (cut := _cut_picture(read_member(package, value) or b""))), None)
        for mark in _marks(tree):
            x, y, width, height = numbers(mark.get("Boundary"), 4)
            stamp = Placed("", Box(x, y, x + width, y + height), data=picture, stamp=True)
            document.stamps.setdefault(str(mark.get("PageRef") or ""), []).append(stamp)


def _marks(tree: Any) -> Iterator[Any]:
    return (element for element in tree.iter() if local(element) == "StampAnnot")


def _cut_picture(data: bytes) -> bytes | None:
    """The first picture inside an ASN.1 file (GB/T 38540: the seal's picture is one of its octet strings)."""
    for head, tail in _PICTURE_HEADS:
        start = data[:_MAX_STAMP].find(head)
        end = data.find(tail, start) if start >= 0 else -1
        if end >= 0:
            return data[start : end + len(tail)]
    return None
