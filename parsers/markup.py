"""HTML and DocBook as blocks: web pages named .doc, mails with a form inside, what antiword makes of old Word files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree, html

from parsers.blocks import MAX_DEPTH, PICTURE, Block, Cell, Paragraph, Run, Table, split_lines
from parsers.package import parse_xml
from parsers.word_tree import local

_BLOCK = frozenset(
    [
        "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "blockquote", "pre", "section", "article", "center",
        "form", "fieldset", "dl", "dt", "dd", "address", "main", "header", "footer", "hr", "body", "html", "caption",
        "para", "chapter", "title", "sect1", "sect2", "sect3", "itemizedlist", "orderedlist", "listitem", "note",
    ]
)  # fmt: skip
_SILENT = frozenset(["script", "style", "head", "template", "noscript", "bookinfo", "colspec", "select", "textarea", "svg"])
_BOLD = frozenset(["b", "strong", "mark"])
_UNDERLINE = frozenset(["u", "ins"])
_STRIKE = frozenset(["s", "strike", "del"])
_SPACES = re.compile(r"[ \t\r\n\f]+")
_MAX_CELLS = 20_000
_MAX_SPAN = 200


def read_html_blocks(text: str) -> list[Block]:
    """The visible content of an HTML document; [] if there is none."""
    # Told that the bytes are UTF-8, whatever a <meta> says: the text was decoded before.
    parser = html.HTMLParser(no_network=True, remove_comments=True, huge_tree=False, encoding="utf-8")
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []
    return _Walker().walk(root)


def read_docbook_blocks(data: bytes) -> list[Block]:
    """What `antiword -x db` wrote, as blocks. Its title is a file property in a wrong charset, so it is left out."""
    root = parse_xml(data)
    if root is None:
        return []
    chapters = [element for element in root.iter() if local(element) == "chapter"]
    walker = _Walker()
    return [block for chapter in chapters for block in walker.walk(chapter)]


class _Walker:
    """Collects runs until a block ends; tables become tables."""

    def __init__(self) -> None:
        self._cells = 0

    def walk(self, root: Any, depth: int = 0) -> list[Block]:
        blocks: list[Block] = []
        runs: list[Run] = []
        self._element(root, runs, blocks, Run(""), depth)
        _flush(runs, blocks)
        return blocks

    def _element(self, element: Any, runs: list[Run], blocks: list[Block], look: Run, depth: int) -> None:
        name = local(element).lower()
        if not name or name in _SILENT or _hidden(element):
            return
        if name in ("table", "informaltable"):
            _flush(runs, blocks)
            if depth < MAX_DEPTH:
                blocks.append(self._table(element, depth + 1))
            return
        if name in ("br", "hr"):
            runs.append(Run("\n"))
            return
        if name == "input":
            runs.append(Run(_box(element)))
            return
        if name in ("img", "graphic", "mediaobject"):
            runs.append(Run(PICTURE))
            return
        ends = name in _BLOCK
        if ends:
            _flush(runs, blocks)
        look = _look(element, name, look)
        _text(element.text, runs, look, name)
        for inner in element:
            self._element(inner, runs, blocks, look, depth)
            _text(inner.tail, runs, look, name)
        if ends:
            _flush(runs, blocks)

    def _table(self, element: Any, depth: int) -> Table:
        groups = [inner for inner in element.iter() if local(inner) == "tgroup"]
        if groups:
            return Table(tuple(self._docbook_cells(groups, depth)))
        cells: list[Cell] = []
        taken: set[tuple[int, int]] = set()
        for row, line in enumerate(_rows(element)):
            column = 0
            for place in line:
                if local(place).lower() not in ("td", "th") or self._cells >= _MAX_CELLS:
                    continue
                self._cells += 1
                while (row, column) in taken:
                    column += 1
                high, wide = _span(place, "rowspan"), _span(place, "colspan")
                taken.update((r, c) for r in range(row, row + high) for c in range(column, column + wide))
                cells.append(Cell(row, column, high, wide, tuple(self.walk(_inside(place), depth))))
                column += wide
        return Table(tuple(cells))

    def _docbook_cells(self, groups: list[Any], depth: int) -> Iterator[Cell]:
        """antiword begins a new tgroup where the columns change; equal edges are one column of the whole table."""
        edges = sorted({edge for group in groups for edge in _edges(group)})
        row = -1
        for group in groups:
            own = _edges(group)
            for line in group.iter():
                if local(line) != "row":
                    continue
                row += 1
                entries = [entry for entry in line if local(entry) == "entry"]
                for number, entry in enumerate(entries[: len(own) - 1]):
                    left, right = edges.index(own[number]), edges.index(own[number + 1])
                    yield Cell(row, left, 1, max(right - left, 1), tuple(self.walk(_inside(entry), depth)))


def _inside(element: Any) -> Any:
    """A cell's content under a neutral name, so that walking it does not begin with the cell itself."""
    element.tag = "div" if local(element) != "entry" else "para"
    return element


def _edges(group: Any) -> list[int]:
    """Left edges of a tgroup's columns and the last right edge, rounded to three points."""
    edges, at = [0], 0.0
    for column in group.iter():
        if local(column) == "colspec":
            width = (column.get("colwidth") or "0").rstrip("pt*")
            at += max(float(width), 1.0) if width.replace(".", "", 1).isdigit() else 1.0
            edges.append(max(round(at / 3), edges[-1] + 1))
    return edges


def _rows(table: Any) -> Iterator[Any]:
    for inner in table:
        name = local(inner).lower()
        if name == "tr":
            yield inner
        elif name in ("tbody", "thead", "tfoot"):
            yield from (line for line in inner if local(line).lower() == "tr")


def _span(cell: Any, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), _MAX_SPAN) if value.isascii() and value.isdigit() and len(value) < 6 else 1


def _hidden(element: Any) -> bool:
    style = (element.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or "mso-hide:all" in style


def _box(element: Any) -> str:
    kind = (element.get("type") or "text").lower()
    if kind in ("checkbox", "radio"):
        return "☑" if element.get("checked") is not None else "□"
    return element.get("value") or "" if kind == "text" else ""


def _look(element: Any, name: str, look: Run) -> Run:
    style = (element.get("style") or "").replace(" ", "").lower()
    role = element.get("role") or ""
    target = (element.get("href") or "") if name == "a" else look.target
    return Run(
        "",
        look.bold or name in _BOLD or "font-weight:bold" in style or "font-weight:700" in style or role == "bold",
        look.underline or name in _UNDERLINE or "text-decoration:underline" in style or role == "underline",
        look.strike or name in _STRIKE or "line-through" in style or role == "strikethrough",
        target if target.lower().startswith(("http", "www.", "//")) else "",
    )


def _text(text: str | None, runs: list[Run], look: Run, name: str) -> None:
    """Text between tags: HTML's line breaks are blanks, antiword's (in a para or entry) are real."""
    if not text:
        return
    if name in ("para", "emphasis", "pre"):
        shown = "\n".join(line.strip(" ") for line in text.split("\n"))
    else:
        shown = _SPACES.sub(_space, text)
        if shown[:1] == " " and (not runs or runs[-1].text.endswith(("\n", " "))):
            shown = shown[1:]
    if shown:
        runs.append(Run(shown, look.bold, look.underline, look.strike, look.target))


def _space(found: re.Match[str]) -> str:
    """Blanks and line breaks of the source are one blank; a line break between two Chinese characters is none."""
    text, start, end = found.string, found.start(), found.end()
    wrapped = "\n" in found.group() and start > 0 and end < len(text) and text[start - 1] > "\u2e7f" and text[end] > "\u2e7f"
    return "" if wrapped else " "


def _flush(runs: list[Run], blocks: list[Block]) -> None:
    """Ends a paragraph; one that shows nothing leaves no trace."""
    if any(run.text.strip() for run in runs):
        blocks.extend(_stripped(split_lines(runs)))
    runs.clear()


def _stripped(lines: list[Paragraph]) -> list[Paragraph]:
    while lines and not lines[0].full.strip():
        lines.pop(0)
    while lines and not lines[-1].full.strip():
        lines.pop()
    return lines
