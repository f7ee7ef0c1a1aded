"""Ruled tables of PDF pages as blocks: where a form's cells lie. The only file that imports pdfplumber.

Twenty times slower than `parsers.pdf`, so it is asked only about pages whose text already looks like a form.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pdfplumber

from parsers.blocks import Block, Paragraph, Table
from parsers.labels import mend_radicals
from parsers.ruled import Box, Word, build_page, stack_tables
from parsers.symbols import mend_private, show_symbols

_MAX_CHARS = 20_000
_MAX_CELLS = 600
_PAGE_NUMBER = re.compile(r"^[\s\-—–·第共页/]*\d{1,3}[\s\-—–·第共页/\d]*$")
_MAX_EDGES = 4_000  # finding cells takes time that grows with their square
_SYMBOL_FONTS = (("wingdings2", "Wingdings 2"), ("wingdings-2", "Wingdings 2"), ("wingdings", "Wingdings"), ("webdings", "Webdings"))

logging.getLogger("pdfminer").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class PdfLayout:
    """`blocks`: lines of text, and tables as ruled; a table that goes on over the page is one. `words`: every page's
    characters with their places."""

    blocks: list[Block]
    words: list[list[Word]]


def read_pdf_layout(path: Path, pages: Sequence[int]) -> PdfLayout:
    """The layout of these pages (counted from 0); empty if nothing can be made of the file. Never raises for any
    bytes, except MemoryError."""
    blocks: list[Block] = []
    words: list[list[Word]] = []
    frames: list[tuple[float, float]] = []
    try:
        with pdfplumber.open(path, pages=[index + 1 for index in pages]) as document:
            for page in document.pages:
                chars = [_word(char) for char in page.dedupe_chars(tolerance=0.6).chars[:_MAX_CHARS]]
                found, edges = _page_blocks(page, chars)
                blocks.extend(found)
                words.append(chars)
                frames.extend(edges)
                page.close()
    except MemoryError:
        raise
    except Exception:  # pdfminer raises anything for crafted files; pypdfium2's text is there already
        return PdfLayout([], [])
    return PdfLayout(stack_tables(blocks, frames), words)


def _page_blocks(page: Any, words: Sequence[Word]) -> tuple[list[Block], list[tuple[float, float]]]:
    tables: list[list[Box]] = []
    if len(page.edges) <= _MAX_EDGES:
        tables = [
            [Box(float(x0), float(top), float(x1), float(bottom)) for x0, top, x1, bottom in table.cells]
            for table in page.find_tables()
            if len(table.cells) <= _MAX_CELLS
        ]
    blocks = [block for block in build_page(tables, words) if not _is_page_number(block)]
    tops = sorted(
        (min(cell.top for cell in cells), min(cell.left for cell in cells), max(cell.right for cell in cells))
        for cells in tables
        if cells
    )
    edges = [(left, right) for _, left, right in tops]
    return blocks, edges if sum(isinstance(block, Table) for block in blocks) == len(edges) else []


def _is_page_number(block: Block) -> bool:
    """A page number between two halves of a table would keep them apart."""
    return isinstance(block, Paragraph) and _PAGE_NUMBER.match(block.text) is not None


def _word(char: Any) -> Word:
    text = str(char["text"])
    font = str(char.get("fontname", "")).lower().replace(" ", "")
    symbol = next((name for part, name in _SYMBOL_FONTS if part in font), "")
    shown = show_symbols(symbol, text) if symbol and ord(text[:1] or " ") < 0x100 else mend_private(text)
    box = Box(float(char["x0"]), float(char["top"]), float(char["x1"]), float(char["bottom"]))
    return Word(mend_radicals(shown), box)
