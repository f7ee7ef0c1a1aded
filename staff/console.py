"""What commands print: tables that fit the terminal with Chinese double-width characters, JSON, and failures.

The only place that knows rich.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

STATE_STYLE = {
    "complete": "green", "accepted": "green", "sent": "green", "ok": "green",
    "incomplete": "red", "correction": "red", "failed": "red", "held": "red", "dead": "red",
    "review": "yellow", "pending": "cyan", "waiting": "cyan", "draft": "yellow", "superseded": "dim", "ignored": "dim",
}


class Failure(Exception):
    """Something could not be done; the text says what and how to mend it. Exit status 1."""


def print_json(value: object) -> None:
    """One JSON document on standard output, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def console() -> Console:
    """Standard output as rich sees it; wide when it is no terminal, so that nothing is cut in a pipe."""
    tty = sys.stdout.isatty()
    return Console(width=None if tty else 200, highlight=False, soft_wrap=not tty)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None, empty: str = "没有记录。") -> None:
    """A table; a cell may be (text, state) to be coloured by state."""
    table = Table(title=title, title_justify="left", header_style="bold", expand=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    count = 0
    for row in rows:
        table.add_row(*(_cell(cell) for cell in row))
        count += 1
    if count:
        console().print(table)
    else:
        click.echo(empty)


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
