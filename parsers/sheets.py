"""Spreadsheets and slides (.xlsx, .pptx) -> their words and addresses: links may stand in a list of the submissions.

Nothing of their layout is kept; no form lies in them.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from core.facts import Blocked, Unreadable
from core.ports import ReadLimits
from parsers.package import check_package, parse_xml, read_member
from parsers.word_tree import attr, local

_PARTS = re.compile(r"^(?:xl/sharedStrings\.xml|xl/worksheets/[^/]+\.xml|ppt/slides/[^/]+\.xml)$", re.IGNORECASE)
_RELATIONS = re.compile(r"^(?:xl/worksheets|ppt/slides)/_rels/[^/]+\.rels$", re.IGNORECASE)
_LINE_ENDS = frozenset(["si", "is", "p", "row"])


def read_sheet_text(path: Path, limits: ReadLimits) -> str | Unreadable | Blocked:
    """All words, one string of a cell or paragraph a line, then the addresses of hyperlinks. Never raises for any
    bytes, except MemoryError."""
    problem = check_package(path, limits)
    if problem is not None:
        return problem
    lines: list[str] = []
    room = limits.text_chars
    try:
        with zipfile.ZipFile(path) as package:
            for name in sorted(package.namelist()):
                if room <= 0:
                    break
                if _PARTS.match(name):
                    found = _words(read_member(package, name) or b"")
                elif _RELATIONS.match(name):
                    found = _addresses(read_member(package, name) or b"")
                else:
                    continue
                lines.append(found[:room])
                room -= len(found)
    except MemoryError:
        raise
    except Exception as error:
        return Unreadable("damaged", f"{type(error).__name__}: {error}"[:200])
    return "\n".join(lines)


def _words(data: bytes) -> str:
    root = parse_xml(data)
    if root is None:
        return ""
    parts: list[str] = []
    for element in root.iter():
        name = local(element)
        if name in _LINE_ENDS:
            parts.append("\n")
        elif name == "t" and element.text:
            parts.append(element.text)
    return "".join(parts)


def _addresses(data: bytes) -> str:
    root = parse_xml(data)
    if root is None:
        return ""
    return "\n".join(
        attr(relation, "Target") or ""
        for relation in root
        if (attr(relation, "TargetMode") or "").lower() == "external"
    )
