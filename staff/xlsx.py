"""A workbook as an office makes one: title over the columns, frozen and repeated head, borders, widths, A4 across, page
numbers. The only file that knows XlsxWriter. Rows are written one after another and kept nowhere.

Whatever a stranger wrote is text and stays text: nothing becomes a formula, a number or a link by its looks.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import xlsxwriter
import xlsxwriter.exceptions

from core.campaign import SHANGHAI

Kind = Literal["text", "number", "date", "centre"]
Value = str | int | datetime | None
Tone = Literal["", "good", "bad", "warn", "idle"]

MAX_CELL = 32_767  # characters in UTF-16, Excel's own limit
_CUT = "…（内容过长，以下从略，全文见系统）"
_LINE = 15.0  # points a line of text takes
_MAX_LINES = 12  # of one row; what is longer is read in its cell
_RISKY = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_TONES = {"": None, "good": "#E7F3EA", "bad": "#FBE5E3", "warn": "#FFF4D6", "idle": "#EFEFEF"}
_FONT, _BOLD = "仿宋", "黑体"


@dataclass(frozen=True, slots=True)
class Head:
    """A column: its head, its width in half characters, and what its cells are."""

    name: str
    width: float
    kind: Kind = "text"


class Book:
    """The workbook. Use as a context manager: the file is whole when the block has ended, else it is not there."""

    def __init__(self, path: Path, title: str, author: str, scratch: Path | None = None) -> None:
        self._path = path
        options = {
            "constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False,
            "tmpdir": str(scratch or path.parent), "use_zip64": True,
        }
        self._book: Any = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"title": clean(title), "author": clean(author), "company": clean(author)})
        self._formats: dict[tuple[Any, ...], Any] = {}
        self._names: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._book.close()  # also after an error: it closes the library's temporary files
        except xlsxwriter.exceptions.FileCreateError as refused:
            cause = refused.args[0] if refused.args else None
            raise cause if isinstance(cause, OSError) else OSError(str(refused)) from None
        if error is not None:
            self._path.unlink(missing_ok=True)

    def sheet(self, name: str, title: str, left: str, right: str, heads: Sequence[Head], frozen: int = 0) -> Sheet:
        """A new sheet with its title, a line below it and the heads; `frozen`: so many columns stay while scrolling."""
        made = self._book.add_worksheet(self._sheet_name(name))
        return Sheet(self, made, title, (left, right), tuple(heads), frozen)

    def _sheet_name(self, name: str) -> str:
        """A name that Excel takes, and no other sheet of this book has."""
        plain = re.sub(r"[\[\]:*?/\\']", "", clean(name)).strip() or "表"
        number, wanted = 1, plain[:31]
        while wanted.casefold() in self._names:
            number += 1
            wanted = f"{plain[:28]}{number}"
        self._names.add(wanted.casefold())
        return wanted

    def format(self, **values: Any) -> Any:
        """A cell format, made once."""
        key = tuple(sorted(values.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(values)
        return self._formats[key]


_A4 = 210
"""Characters across that still can be read on A4, printed on one page's width."""


class Sheet:
    """One table. Rows go below one another; `close` when the last is written."""

    def __init__(
        self, book: Book, sheet: Any, title: str, below: tuple[str, str], heads: tuple[Head, ...], frozen: int
    ) -> None:
        self._book, self._sheet, self._heads, self._row = book, sheet, heads, 3
        last = len(heads) - 1
        for at, head in enumerate(heads):
            sheet.set_column(at, at, head.width)
        sheet.set_row(0, 34)
        self._line(0, 0, last, clean(title), book.format(
            font_name=_BOLD, font_size=16, bold=True, align="center", valign="vcenter", text_wrap=True))
        plain = {"font_name": _FONT, "font_size": 11, "valign": "vcenter"}
        sheet.set_row(1, 20)
        half = max(0, last // 2)
        self._line(1, 0, half, clean(below[0]), book.format(**plain, align="left"))
        if half < last:
            self._line(1, half + 1, last, clean(below[1]), book.format(**plain, align="right"))
        lines = max((_lines(head.name, head.width, bold=True) for head in heads), default=1)
        sheet.set_row(2, max(28, lines * _LINE + 6))
        bold = book.format(font_name=_BOLD, font_size=11, bold=True, align="center", valign="vcenter", text_wrap=True,
                           border=1, bg_color="#DCE6F1")
        for at, head in enumerate(heads):
            sheet.write_string(2, at, clean(head.name), bold)
        self._print(frozen, last)

    def _line(self, row: int, first: int, last: int, text: str, style: Any) -> None:
        if last > first:
            self._sheet.merge_range(row, first, row, last, "", style)
        self._sheet.write_string(row, first, text, style)

    def _print(self, frozen: int, last: int) -> None:
        sheet = self._sheet
        sheet.freeze_panes(3, frozen)
        sheet.set_landscape()
        wide = sum(head.width for head in self._heads) > _A4
        sheet.set_paper(8 if wide else 9)  # A3, A4: a wide table on A4 cannot be read
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(2)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.7)
        sheet.center_horizontally()
        sheet.set_footer('&C&"仿宋,Regular"&10第 &P 页，共 &N 页')
        sheet.hide_gridlines(2)

    def row(self, values: Sequence[Value], tones: Sequence[Tone] = (), *, bold: bool = False) -> None:
        """Write the next row. `tones`: background of the cells, by their place."""
        lines = max(
            (_lines(value, head.width) for value, head in zip(values, self._heads, strict=True) if isinstance(value, str)),
            default=1,
        )
        self._sheet.set_row(self._row, min(max(lines, 1), _MAX_LINES) * _LINE + 5)
        for at, (value, head) in enumerate(zip(values, self._heads, strict=True)):
            self._cell(at, value, head, tones[at] if at < len(tones) else "", bold=bold)
        # The row before is in its file now. The library keeps the height of every row for pictures that may be placed; none are.
        for kept in (self._sheet.row_info, self._sheet.row_sizes):
            kept.pop(self._row - 1, None)
        self._row += 1

    def _cell(self, at: int, value: Value, head: Head, tone: Tone, *, bold: bool) -> None:
        style: dict[str, Any] = {
            "font_name": _BOLD if bold else _FONT, "font_size": 11, "valign": "vcenter", "border": 1, "text_wrap": True,
            "align": "left" if head.kind == "text" else "center",
        }
        if _TONES[tone]:
            style["bg_color"] = _TONES[tone]
        if isinstance(value, datetime):
            style["num_format"] = "yyyy-mm-dd hh:mm"
            moment = value.astimezone(SHANGHAI).replace(tzinfo=None, microsecond=0)
            self._sheet.write_datetime(self._row, at, moment, self._book.format(**style))
        elif isinstance(value, int):
            style["num_format"] = "0"
            self._sheet.write_number(self._row, at, value, self._book.format(**style))
        elif value:
            style["num_format"] = "@"  # a telephone number keeps its zero, also after somebody has edited it
            if value.startswith(_RISKY):
                style["quote_prefix"] = True
            self._sheet.write_string(self._row, at, clean(value), self._book.format(**style))
        else:
            self._sheet.write_blank(self._row, at, None, self._book.format(**style))

    def note(self, text: str) -> None:
        """A sentence in place of rows."""
        style = self._book.format(font_name=_FONT, font_size=11, align="center", valign="vcenter", border=1, text_wrap=True)
        self._sheet.set_row(self._row, 30)
        self._line(self._row, 0, len(self._heads) - 1, clean(text), style)
        self._row += 1

    def close(self) -> None:
        """Filter buttons and print area, which need the number of rows."""
        last = max(self._row - 1, 2)
        self._sheet.autofilter(2, 0, last, len(self._heads) - 1)
        self._sheet.print_area(0, 0, last, len(self._heads) - 1)


def clean(text: str) -> str:
    """Text that a cell may hold: no control characters but line ends, no lone surrogates, not too long."""
    plain = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    if len(plain) * 2 <= MAX_CELL or len(plain.encode("utf-16-le")) // 2 <= MAX_CELL:
        return plain
    return plain.encode("utf-16-le")[: (MAX_CELL - len(_CUT)) * 2].decode("utf-16-le", "ignore") + _CUT


def text_width(text: str) -> int:
    """Width in half characters."""
    return sum(2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in text)


def _lines(text: str, width: float, *, bold: bool = False) -> int:
    """How many lines the text takes in a column of this width."""
    room = max(1.0, width - (1.5 if bold else 1.0))
    return sum(max(1, -int(-text_width(line[:2000]) // room)) for line in text[:4000].split("\n"))
