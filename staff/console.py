"""What commands print: tables that fit the terminal with Chinese double-width characters, JSON, and failures.

The only place that knows rich.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

STATE_STYLE = {
    "complete": "green", "accepted": "green", "sent": "green", "ok": "green",
    "incomplete": "red", "correction": "red", "failed": "red", "held": "red", "dead": "red",
    "review": "yellow", "pending": "cyan", "waiting": "cyan", "draft": "yellow", "superseded": "dim", "ignored": "dim",
}
_WIDEST = 16
"""Room a column should have before another is left out; longer cells are folded."""
_NARROW = 50
"""Below this a table of several columns is written as blocks, a line for each cell."""


class Failure(Exception):
    """Something could not be done; the text says what and how to mend it. Exit status 1."""


def print_json(value: object) -> None:
    """One JSON document on standard output, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def console() -> Console:
    """Standard output as rich sees it; wide and without colours when it is no terminal, so that nothing is cut in a pipe."""
    tty = sys.stdout.isatty()
    return Console(width=None if tty else 200, highlight=False, soft_wrap=not tty, no_color=not tty, force_terminal=tty)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None, empty: str = "没有记录。",
    less: Sequence[str] = (),
) -> None:
    """A table; a cell may be (text, state) to be coloured by state. `less`: columns that a narrow terminal may do without,
    the least needed first; what was left out is said below."""
    found = [[_cell(cell) for cell in row] for row in rows]
    if not found:
        click.echo(empty)
        return
    out = console()
    kept, left_out = _fitting(columns, found, out.width, less)
    if out.width < _NARROW and len(kept) > 2:
        _print_blocks(out, columns, found, title)
        return
    table = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for place in kept:
        table.add_column(columns[place], overflow="fold", no_wrap=cell_len(columns[place]) >= _wanted(columns, found, place))
    for row in found:
        table.add_row(*(row[place] for place in kept))
    out.print(table)
    if left_out:
        click.echo(f"（窗口较窄，未列：{'、'.join(left_out)}。加宽窗口或用 --json 可见。）")


def _fitting(columns: Sequence[str], rows: list[list[Text]], width: int, less: Sequence[str]) -> tuple[list[int], list[str]]:
    """Places of the columns that fit, and the names of those left out."""
    kept, left_out = list(range(len(columns))), []
    for name in less:
        if sum(_wanted(columns, rows, place) + 3 for place in kept) + 1 <= width:
            break
        if name in columns:
            kept.remove(columns.index(name))
            left_out.append(name)
    return kept, [name for name in columns if name in left_out]


def _wanted(columns: Sequence[str], rows: list[list[Text]], place: int) -> int:
    """The width a column should have."""
    return max(cell_len(columns[place]), min(_WIDEST, max(row[place].cell_len for row in rows)))


def _print_blocks(out: Console, columns: Sequence[str], rows: list[list[Text]], title: str | None) -> None:
    if title:
        out.print(Text(title, style="bold"))
    for row in rows:
        out.print(Text("─" * min(out.width, 20), style="dim"))
        for name, cell in zip(columns, row, strict=True):
            if cell.plain:
                out.print(Text(f"{name}：", style="bold").append_text(cell), soft_wrap=False)


def _cell(cell: Any) -> Text:
    if isinstance(cell, tuple):
        text, state = cell
        return Text(str(text), style=STATE_STYLE.get(state, ""))
    return Text("" if cell is None else str(cell))


def progress(label: str) -> Progress:
    """A progress bar on a terminal, nothing in a pipe. Use as a context manager with `track`."""
    return Progress(
        TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )
