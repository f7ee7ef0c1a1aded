"""The office's own wording and layout: files in a folder that take the place of the built-in ones once they pass a check.

`wording.toml` holds sentences (key = "text", keys of `notifier.wording.PHRASES`), `*.j2` the layout. `Stationery` reads
the folder again when something in it has changed. What is faulty is left out, alone, and said with file and line: the
built-in text serves instead, so no letter waits for a misprint.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock

from core.campaign import Campaign
from core.letter import Letter, LetterPlan, Thread
from notifier.compose import compose
from notifier.own_check import WORDING_FILE, Checked
from notifier.template_check import Fault
from notifier.templating import BUILT_IN, BadTemplate
from notifier.trial import check_aside

log = logging.getLogger(__name__)

_BYTES = 200_000
AGAIN = 120.0
"""Seconds until templates are tried again that this machine was too busy to try."""
_KEY = re.compile(r"[A-Za-z0-9_]+")


class Stationery:
    """What letters are written on. `current` is cheap while nothing changes; safe to share between threads."""

    def __init__(self, folder: Path | None, campaign: Campaign) -> None:
        self.folder, self._campaign = folder, campaign
        self._lock = Lock()
        self._mark: object = None
        self._checked = Checked()
        self._again = 0.0

    def current(self) -> Checked:
        """The office's own words as they may be used now. Never raises for what lies in the folder."""
        mark = _mark(self.folder)
        with self._lock:
            if mark != self._mark or (self._checked.unfinished and time.monotonic() > self._again):
                self._checked = check_folder(self.folder, self._campaign)
                self._mark, self._again = mark, time.monotonic() + AGAIN
            return self._checked

    def compose(
        self, plan: LetterPlan, thread: Thread, *, from_address: str, from_name: str, letter_id: str, now: datetime,
        blank_form: Callable[[str], bytes],
    ) -> Letter:  # fmt: skip
        """`notifier.compose.compose` in the office's own words. Should a template fail on this very letter although it
        passed the check, the built-in ones serve, and the fault is told with the others."""
        own = self.current().own
        try:
            return compose(
                plan, thread, self._campaign, from_address=from_address, from_name=from_name, letter_id=letter_id, now=now,
                blank_form=blank_form, own=own,
            )
        except BadTemplate as error:
            if own == BUILT_IN:
                raise
            log.warning("letter %s is written with the built-in templates: %s", letter_id, error)
            fault = Fault(error.file, error.line, f"排版一封信件时出错，已改用内置模板：{error.what}。")
        with self._lock:
            if fault not in self._checked.faults:
                self._checked = replace(self._checked, faults=(*self._checked.faults, fault))
        return compose(
            plan, thread, self._campaign, from_address=from_address, from_name=from_name, letter_id=letter_id, now=now,
            blank_form=blank_form,
        )


def _mark(folder: Path | None) -> object:
    """What changes when a file in the folder does."""
    if folder is None:
        return ()
    marks = []
    try:
        for path in sorted(folder.iterdir()):
            if path.name == WORDING_FILE or path.suffix == ".j2":
                stat = path.stat()
                marks.append((path.name, stat.st_mtime_ns, stat.st_size, stat.st_ino))
    except FileNotFoundError:
        return tuple(marks)  # no folder, or a file that went while we looked
    except OSError as error:
        return ("unreadable", str(error))
    return tuple(marks)


def check_folder(folder: Path | None, campaign: Campaign) -> Checked:
    """Read and check everything in the folder; one that is not there holds nothing."""
    if folder is None or not folder.is_dir():
        return Checked()
    sources: dict[str, str] = {}
    faults: list[Fault] = []
    try:
        paths = sorted(path for path in folder.iterdir() if path.name == WORDING_FILE or path.suffix == ".j2")
    except OSError as error:
        return Checked(faults=(Fault(folder.name, None, f"文件夹无法读取（{error.strerror or type(error).__name__}）。"),))
    for path in paths:
        read = _read(path)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            sources[path.name] = read
    checked = check_aside(sources, campaign)
    return replace(checked, faults=(*faults, *checked.faults))


def _read(path: Path) -> str | Fault:
    try:
        if path.stat().st_size > _BYTES:
            return Fault(path.name, None, "文件过大。")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        return Fault(path.name, line, "不是UTF-8编码，请以UTF-8重新保存。")
    except OSError as error:
        return Fault(path.name, None, f"无法读取（{error.strerror or type(error).__name__}）。")


def set_sentence(text: str, key: str, sentence: str | None) -> str:
    """The text of a wording file with this sentence set, or taken back (None: the line stays as a comment). Every other
    line stays as it is. Raises ValueError for what is no key."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key!r}")
    lines = text.splitlines()
    place = re.compile(rf"\s*(#?)\s*{key}\s*=")
    live = [n for n, line in enumerate(lines) if (found := place.match(line)) and not found[1]]
    asleep = [n for n, line in enumerate(lines) if (found := place.match(line)) and found[1]]
    if sentence is None:
        for number in live:
            lines[number] = f"# {lines[number].lstrip()}"
    else:
        written = f"{key} = {toml_string(sentence)}"
        if live:
            lines[live[0]] = written
        elif asleep:
            lines[asleep[-1]] = written
        else:
            lines.append(written)
    return "\n".join(lines) + "\n"


def toml_string(text: str) -> str:
    """As a basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " and c != "\x7f" else f"\\u{ord(c):04X}" for c in escaped) + '"'
