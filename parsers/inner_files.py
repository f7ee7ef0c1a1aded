"""Files that people put inside a document: the scan inserted into Word as an object, the files of a PDF portfolio.

Yields what is inside and judges nothing; a document that cannot be looked into holds nothing here and is read as ever. What a
program put there for itself (the table behind a chart, an equation) is left out. A file that is there and cannot be taken out is
named all the same: it may be the very scan that seems to be missing.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from parsers.charset import decode_text
from parsers.file_names import clean_name
from parsers.kinds import DOCX, WORD, extension, sniff_bytes
from parsers.ole import MAGIC, OleFile, open_ole
from parsers.pdf import attached_files

PDF = "application/pdf"
HOLDERS = frozenset([DOCX, PDF, WORD, "application/wps-office.wps"])
MOST_FILES = 40
MOST_BYTES = 64 << 20
"""Of one object: they are held in memory while they are taken out."""
MOST_TOGETHER = 256 << 20
"""Bytes of all objects of a document that are unpacked to look for files: a small one may unpack to any size."""
_A_PAGE = 20 << 10
"""Bytes: an object that cannot be opened and is smaller holds no readable page."""

_OWN = (".xls", ".xlsx", ".xlsm", ".xlsb", ".ppt", ".pptx", ".vsd", ".vsdx", ".sldx", ".sld", ".emf", ".wmf")
_NATIVE, _CONTENTS, _PACKAGE = "\x01Ole10Native", "CONTENTS", "Package"
_KNOWN = ("application/pdf", "image/", "application/msword", "application/vnd.openxmlformats-officedocument.wordprocessingml", "application/zip")

File = tuple[str, bytes | None]
"""Name ("" for none) and bytes; None where they could not be taken out."""


def inner_files(path: Path, media_type: str) -> Iterator[File]:
    """At most `MOST_FILES` files, each at most `MOST_BYTES`, then one without a name and bytes if there are more or they cannot
    be reached. Never raises for any bytes, except MemoryError."""
    found = _in_pdf(path) if media_type == PDF else _in_word(path)
    try:
        for name, data in islice(found, MOST_FILES):
            if data is None or data:
                yield clean_name(name), data
        if next(found, None) is not None:
            yield "", None
    except MemoryError:
        raise
    except Exception:  # whatever a stranger's file makes the readers raise: nothing more can be taken out
        yield "", None


def _in_pdf(path: Path) -> Iterator[File]:
    with path.open("rb") as file:
        held = b""
        while piece := file.read(1 << 20):  # few PDFs have any, and opening one takes time
            if b"EmbeddedFile" in held + piece:
                yield from attached_files(path, MOST_FILES + 1, MOST_BYTES)
                return
            held = piece[-16:]


def _in_word(path: Path) -> Iterator[File]:
    with path.open("rb") as file:
        head = file.read(8)
    if head == MAGIC:
        with open_ole(path) as document:
            if document is not None:
                for storage in dict.fromkeys(stream[:-1] for stream in document.paths() if stream[0] == "ObjectPool" and len(stream) > 2):
                    yield from _in_object(document, storage)
        return
    try:
        package = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return  # the document's own reader says so
    room = MOST_TOGETHER
    with package:
        for entry in package.infolist():
            name = entry.filename.replace("\\", "/")
            if not name.lower().startswith("word/embeddings/") or entry.file_size == 0 or extension(name) in _OWN:
                continue
            if entry.file_size <= MOST_BYTES:  # larger ones are told without a look
                room -= entry.file_size
            if room < 0:
                yield "", None
                return
            yield from _in_member(package, entry, name.rpartition("/")[2])


def _in_member(package: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> Iterator[File]:
    """What the member is or holds. One that is damaged or locked costs itself only."""
    data = _read(package, entry) if entry.file_size <= MOST_BYTES else None
    wrapped = extension(name) in ("", ".bin")
    if data is None:
        yield "" if wrapped else name, None
    elif wrapped and data.startswith(MAGIC):
        yield from _in_ole(data)
    elif extension(name) != ".bin":
        yield name, data


def _read(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | None:
    try:
        return package.read(entry)
    except MemoryError:
        raise
    except Exception:  # damaged, locked, packed in a way of its own
        return None


def _in_ole(data: bytes) -> Iterator[File]:
    """An OLE object in a file of its own; one that is a Word 97 document as a whole is that."""
    kind = sniff_bytes(data)
    if kind == WORD:
        yield "", data
        return
    with open_ole(data) as document:
        if document is not None:
            yield from _in_object(document, ())
        elif len(data) >= _A_PAGE:
            yield "", None


def _in_object(document: OleFile, storage: tuple[str, ...]) -> Iterator[File]:
    """What the programs that packed the object kept: Explorer's packager, Acrobat, Office."""
    native = document.read((*storage, _NATIVE), MOST_BYTES)
    packed = _unpack_native(native) if native else None
    if packed is not None:
        yield packed
        return
    for stream in (_PACKAGE, _CONTENTS):
        data = document.read((*storage, stream), MOST_BYTES)
        if data and sniff_bytes(data).startswith(_KNOWN):
            yield "", data
            return
    if any(document.size((*storage, stream)) > MOST_BYTES for stream in (_NATIVE, _PACKAGE, _CONTENTS)):
        yield "", None


def _unpack_native(data: bytes) -> File | None:
    """[MS-OLEDS] 2.3.6 and what the packager writes into it: label, path, path of the temporary file, size, bytes. None where
    the stream holds something else (an equation, a picture's bits)."""
    if len(data) < 16 or struct.unpack_from("<H", data, 4)[0] != 2:
        return None
    label, at = _text(data, 6)
    path, at = _text(data, at)
    if at < 0 or at + 8 > len(data):
        return None
    length = struct.unpack_from("<I", data, at + 4)[0]  # of the temporary path, behind four bytes of flags
    at += 8 + length
    if length > 1000 or at + 4 > len(data):
        return None
    size = struct.unpack_from("<I", data, at)[0]
    name = (label or path).replace("\\", "/").rpartition("/")[2]
    if extension(name) in _OWN:
        return None
    if size > len(data) - at - 4:
        return (name, None) if extension(name) else None  # cut off
    return name, data[at + 4 : at + 4 + size]


def _text(data: bytes, at: int) -> tuple[str, int]:
    """A string that ends with a zero, and where the next thing begins; -1 if it does not end."""
    end = data.find(b"\0", at, at + 1000) if at >= 0 else -1
    return (decode_text(data[at:end], "gb18030")[0], end + 1) if end >= 0 else ("", -1)
