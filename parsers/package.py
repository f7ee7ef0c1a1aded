"""Zip packages of documents (docx, odt, ofd, xps, xlsx): refused before anything is unpacked when they are bombs,
their members read within bounds.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

from core.facts import Blocked, Unreadable
from core.ports import ReadLimits

XML_BYTES = 96 * 2**20
"""XML of one package that is still parsed: its tree takes about ten times as much memory."""
_RATIO_FROM = 24 * 2**20  # a smaller package harms nobody, whatever its ratio


def check_package(path: Path, limits: ReadLimits) -> Unreadable | Blocked | None:
    """Why a zip package must not be opened, or None. Sizes are the directory's: zipfile never unpacks more."""
    try:
        with zipfile.ZipFile(path) as package:
            entries = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, OverflowError) as error:
        return Unreadable("damaged", str(error)[:200])
    if any(entry.flag_bits & 1 for entry in entries):
        return Unreadable("password", "zip encryption")
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if len(entries) > max(limits.archive_files, 5000):
        return Blocked("bomb", f"{len(entries)} entries")
    if total > min(limits.archive_bytes, 2 * limits.attachment):
        return Blocked("bomb", f"unpacks to {total} bytes")
    if total > _RATIO_FROM and total > packed * limits.archive_ratio:
        return Blocked("bomb", f"unpacks {total // packed} times")
    if sum(entry.file_size for entry in entries if entry.filename.lower().endswith((".xml", ".rels"))) > XML_BYTES:
        return Unreadable("limit", "too much XML")
    return None


def parse_xml(data: bytes) -> Any:
    """The root element, broken XML mended as far as possible; None if there is none. No entities, no network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def read_member(package: zipfile.ZipFile, name: str) -> bytes | None:
    """A member's bytes, None if it is missing or broken. A leading slash and letter case are forgiven."""
    wanted = name.replace("\\", "/").lstrip("/")
    try:
        return package.read(wanted)
    except KeyError:
        folded = wanted.lower()
        found = next((held for held in package.namelist() if held.replace("\\", "/").lstrip("/").lower() == folded), None)
        if found is None:
            return None
        wanted = found
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
        return None
    try:
        return package.read(wanted)
    except (KeyError, zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError, RuntimeError):
        return None
