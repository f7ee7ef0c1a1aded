"""WordprocessingML as blocks: everything a reader of the page would see, nothing that was deleted or hidden.

python-docx's own tables and paragraphs miss content controls, insertions not yet accepted, text boxes, symbols and
nested tables, so the tree is walked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from parsers.blocks import MAX_DEPTH, PICTURE, Block, Cell, Paragraph, Run, Table, split_lines
from parsers.symbols import is_symbol_font, mend_private, show_symbol, show_symbols
from parsers.word_tree import attr, child, drawn_size, is_turned, local

MAX_CELLS = 20_000
_OFF = frozenset({"0", "false", "off", "none"})
# Containers that only wrap: what is inside counts as if they were not there.
_WRAPPERS = frozenset(
    {"ins", "moveTo", "smartTag", "customXml", "sdtContent", "dir", "bdo", "sect", "body", "hdr", "ftr", "footnote", "endnote"}
)
_SKIPPED = frozenset({"del", "moveFrom", "rt", "instrText", "delText", "delInstrText", "rPr", "pPr", "sdtPr", "sdtEndPr"})
_PROMPT = re.compile(r"单击|点击|点按|轻触|此处|输入|选择|Click|Choose|Enter", re.IGNORECASE)
_HYPERLINK = re.compile(r'HYPERLINK\s+(?:\\[a-z]\s+)*"?([^"\s\\]+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture in the document: its relationship and its size on the page in EMU (914400 an inch), 0 if unknown.
    `turned`: it is then turned by a right angle."""

    relation: str
    width: int
    height: int
    turned: bool = False


class WordWalker:
    """Turns one part's tree into blocks. `targets`: relationship id -> address of its hyperlinks; `prefix`: stands before
    the relationships of the pictures found."""

    def __init__(self, targets: Mapping[str, str], prefix: str = "") -> None:
        self._prefix = prefix
        self.pictures: list[PictureRef] = []
        self._targets = targets
        self._fields: list[tuple[str, str]] = []  # (phase, address) of the fields that are open
        self._cells = 0

    def blocks(self, parent: Any, depth: int = 0) -> list[Block]:
        """The block-level content of an element."""
        if depth > MAX_DEPTH:
            return [Paragraph((Run("".join(str(text) for text in parent.itertext())[:10_000]),))]
        found: list[Block] = []
        for element in parent:
            name = local(element)
            if name == "p":
                found.extend(self._paragraph(element, depth))
            elif name == "tbl":
                found.append(self._table(element, depth))
            elif name == "sdt":
                content = self._control(element)
                if isinstance(content, str):
                    found.append(Paragraph((Run(content),)))
                elif content is not None:
                    found.extend(self.blocks(content, depth))
            elif name == "AlternateContent":
                found.extend(self.blocks(_alternative(element), depth))
            elif name in _WRAPPERS:
                found.extend(self.blocks(element, depth))
        return found

    def _paragraph(self, element: Any, depth: int) -> list[Block]:
        runs: list[Run] = []
        boxes: list[Block] = []
        self._inline(element, runs, boxes, "", depth)
        return [*split_lines(runs), *boxes]

    def _inline(self, parent: Any, runs: list[Run], boxes: list[Block], target: str, depth: int) -> None:
        for element in parent:
            name = local(element)
            if name == "r":
                self._run(element, runs, boxes, target, depth)
            elif name in ("hyperlink", "hlink"):
                address = attr(element, "dest") or self._targets.get(attr(element, "id") or "", "")
                self._inline(element, runs, boxes, address or target, depth)
            elif name == "sdt":
                content = self._control(element)
                if isinstance(content, str):
                    runs.append(Run(content))
                elif content is not None:
                    self._inline(content, runs, boxes, target, depth)
            elif name == "AlternateContent":
                self._inline(_alternative(element), runs, boxes, target, depth)
            elif name == "fldSimple":
                found = _HYPERLINK.search(attr(element, "instr") or "")
                self._inline(element, runs, boxes, found.group(1) if found else target, depth)
            elif name in ("p", "tbl"):
                boxes.extend(self.blocks([element], depth + 1))
            elif name not in _SKIPPED and len(element):
                self._inline(element, runs, boxes, target, depth)
            elif name == "t" and element.text:  # m:t of a formula
                runs.append(Run(element.text))

    def _control(self, element: Any) -> Any:
        """A content control's content: an element to walk, a box for a check box, None for a mere prompt."""
        properties = child(element, "sdtPr")
        content = child(element, "sdtContent")
        if properties is not None:
            box = child(properties, "checkbox")
            if box is not None:
                checked = child(box, "checked")
                on = checked is not None and (attr(checked, "val") or "1") not in _OFF
                return "☑" if on else "□"
            if child(properties, "showingPlcHdr") is not None and content is not None:
                shown = "".join(str(text) for text in content.itertext())
                # WPS leaves the mark on controls that were filled in, so the words decide too.
                if len(shown) <= 60 and _PROMPT.search(shown):
                    return None
        return content

    def _run(self, element: Any, runs: list[Run], boxes: list[Block], target: str, depth: int) -> None:
        look = _look(child(element, "rPr"))
        for piece in element:
            name = local(piece)
            if name == "fldChar":
                self._field(piece, runs)
            elif name == "instrText":
                self._instruction(piece.text or "")
            elif self._in_instruction() or look.hidden:
                continue
            elif name in ("drawing", "pict", "object"):
                self._drawing(piece, runs, boxes, depth)
            elif name == "AlternateContent":
                chosen = _alternative(piece)
                if any(local(inner) in ("drawing", "pict", "object") for inner in chosen):
                    for inner in chosen:
                        self._drawing(inner, runs, boxes, depth)
                else:
                    self._inline(chosen, runs, boxes, target, depth)
            elif name == "ruby":
                self._inline(piece, runs, boxes, target, depth)
            else:
                text = _text(piece, name, look.font)
                if text:
                    address = target or next((held for _, held in reversed(self._fields) if held), "")
                    runs.append(Run(text, look.bold, look.underline, look.strike, address))

    def _field(self, element: Any, runs: list[Run]) -> None:
        """Complex fields: their instructions are not text; old check boxes (FORMCHECKBOX) show a box."""
        kind = attr(element, "fldCharType")
        if kind == "begin":
            self._fields.append(("instruction", ""))
            data = child(element, "ffData")
            box = child(data, "checkBox") if data is not None else None
            if box is not None:
                state = child(box, "checked")
                if state is None:
                    state = child(box, "default")
                on = state is not None and (attr(state, "val") or "1") not in _OFF
                runs.append(Run("☑" if on else "□"))
        elif kind == "separate" and self._fields:
            self._fields[-1] = ("result", self._fields[-1][1])
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _instruction(self, text: str) -> None:
        address = _HYPERLINK.search(text)
        if address is not None and self._fields:
            self._fields[-1] = (self._fields[-1][0], address.group(1))

    def _in_instruction(self) -> bool:
        return bool(self._fields) and self._fields[-1][0] == "instruction"

    def _drawing(self, element: Any, runs: list[Run], boxes: list[Block], depth: int) -> None:
        """A drawing's text boxes become blocks after the paragraph, its pictures are remembered."""
        text = False
        width, height = drawn_size(element)
        stack = [element]
        while stack:
            current = stack.pop()
            name = local(current)
            if name == "txbxContent":
                boxes.extend(self.blocks(current, depth + 1))
                text = True
                continue
            if name in ("blip", "imagedata", "fill"):  # a:blip, v:imagedata, v:fill of a shape filled with a picture
                relation = attr(current, "embed") or attr(current, "id") or attr(current, "link")
                if relation and len(self.pictures) < 500:
                    self.pictures.append(PictureRef(self._prefix + relation, width, height, is_turned(element)))
            if name == "AlternateContent":
                stack.append(_alternative(current))
            elif name:
                stack.extend(reversed(current))
        if not text:
            runs.append(Run(PICTURE))

    def _table(self, element: Any, depth: int) -> Table:
        cells: list[list[Any]] = []  # row, column, rows, columns, blocks
        opened: dict[int, int] = {}  # column -> the cell that a vertical merge goes on with
        row = 0
        for line in _rows(element):
            properties = child(line, "trPr")
            if properties is not None and child(properties, "del") is not None:
                continue
            column = _number(child(properties, "gridBefore")) if properties is not None else 0
            for place in _cells(line):
                if self._cells >= MAX_CELLS:
                    break
                self._cells += 1
                column = self._cell(place, row, column, cells, opened, depth)
            row += 1
        return Table(tuple(Cell(r, c, rows, columns, tuple(blocks)) for r, c, rows, columns, blocks in cells))

    def _cell(
        self, element: Any, row: int, column: int, cells: list[list[Any]], opened: dict[int, int], depth: int
    ) -> int:
        """Adds one w:tc, or lets the cell above or to the left grow. Returns the next column."""
        properties = child(element, "tcPr")
        span = max(_number(child(properties, "gridSpan")), 1) if properties is not None else 1
        down = _merge(properties, "vMerge", "vmerge")
        across = _merge(properties, "hMerge", "hmerge")
        blocks = self.blocks(element, depth + 1)
        above = opened.get(column)
        if down == "continue" and above is not None and cells[above][0] + cells[above][2] == row:
            cells[above][2] += 1
            if any(not isinstance(block, Paragraph) or block.text.strip() for block in blocks):
                cells[above][4].extend(blocks)
        elif across == "continue" and cells and cells[-1][0] == row:
            cells[-1][3] += span
            cells[-1][4].extend(block for block in blocks if not isinstance(block, Paragraph) or block.text.strip())
        else:
            for covered in range(column, column + min(span, 64)):
                opened.pop(covered, None)
            if down:
                opened[column] = len(cells)
            cells.append([row, column, 1, span, list(blocks)])
        return column + span


@dataclass(frozen=True, slots=True)
class _Look:
    bold: bool = False
    underline: bool = False
    strike: bool = False
    hidden: bool = False
    font: str = ""


_PLAIN = _Look()


def _look(properties: Any) -> _Look:
    """A run's look. Marked with a colour or a highlighter counts as bold: people answer by colouring an option."""
    if properties is None:
        return _PLAIN
    bold = underline = strike = hidden = False
    font = ""
    for element in properties:
        name = local(element)
        if name == "rFonts":
            fonts = (attr(element, "ascii"), attr(element, "hAnsi"), attr(element, "h-ansi"))
            font = next((held for held in fonts if held and is_symbol_font(held)), "")
        elif name in ("b", "highlight"):
            bold = bold or _on(element)
        elif name == "color":
            bold = bold or (attr(element, "val") or "auto").lower() not in ("auto", "000000", "windowtext")
        elif name == "u":
            underline = _on(element)
        elif name in ("strike", "dstrike"):
            strike = strike or _on(element)
        elif name == "vanish":
            hidden = _on(element)
    return _Look(bold, underline, strike, hidden, font)


def _on(element: Any) -> bool:
    return (attr(element, "val") or "1").lower() not in _OFF


def _text(piece: Any, name: str, font: str) -> str:
    """What one child of a run shows."""
    if name == "t":
        text = piece.text or ""
        return show_symbols(font, text) if font else mend_private(text)
    if name == "sym":
        code = attr(piece, "char") or ""
        try:
            return show_symbol(attr(piece, "font") or font, int(code, 16))
        except ValueError:
            return ""
    if name in ("tab", "ptab"):
        return "\t"
    if name in ("br", "cr"):
        return "\n"
    return "-" if name == "noBreakHyphen" else ""


def _alternative(element: Any) -> Any:
    """Of mc:AlternateContent's versions of the same thing, the one to read."""
    choices = [inner for inner in element if local(inner) == "Choice" and len(inner)]
    fallback = child(element, "Fallback")
    return choices[0] if choices else fallback if fallback is not None else ()


def _rows(parent: Any) -> Iterator[Any]:
    for element in parent:
        name = local(element)
        if name == "tr":
            yield element
        elif name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"):
            yield from _rows(element)


def _cells(parent: Any) -> Iterator[Any]:
    for element in parent:
        name = local(element)
        if name == "tc":
            yield element
        elif name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"):
            yield from _cells(element)


def _number(element: Any) -> int:
    value = attr(element, "val") if element is not None else None
    return min(int(value), 1000) if value is not None and value.isascii() and value.isdigit() else 0


def _merge(properties: Any, *names: str) -> str:
    """How a cell is merged: "restart", "continue" or "" (not at all). Word 2003 spells the element small."""
    if properties is None:
        return ""
    element = next((inner for inner in properties if local(inner) in names), None)
    if element is None:
        return ""
    return "restart" if attr(element, "val") == "restart" else "continue"
