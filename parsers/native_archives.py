"""Archives that the standard library does not read (rar, 7z, cab, lha, zstd, odd zips), by libarchive where the machine has
it. The only file that imports it.

Its readers know less than the formats: what they give up on is called damaged only where the archive itself shows it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from ctypes import c_int, c_void_p, create_string_buffer, string_at
from pathlib import Path

from core.facts import VOLUME, Unreadable
from parsers.charset import decode_text
from parsers.file_names import split_path
from parsers.rar_headers import read_rar
from parsers.unpacking import CHUNK, Budget, Inner, Trouble, counted
from parsers.zip_names import has_directory

try:  # libarchive-c is pure Python, but needs the C library, which a machine may lack
    import libarchive
    from libarchive.exception import ArchiveError
except Exception:  # it raises OSError, AttributeError or TypeError by the way the library is missing
    libarchive = None
_is_encrypted = None
if libarchive is not None:  # the C function exists from libarchive 3.2, its Python face not at all
    _is_encrypted = getattr(libarchive.ffi.libarchive, "archive_entry_is_encrypted", None)
    if _is_encrypted is not None:
        _is_encrypted.argtypes, _is_encrypted.restype = [c_void_p], c_int

RAR, SEVEN_ZIP, ZIP, ZSTD = "application/vnd.rar", "application/x-7z-compressed", "application/zip", "application/zstd"
CAB = "application/vnd.ms-cab-compressed"
_READER_LIMITS = ("unsupported", "not supported", "unavailable", "unknown", "allocate")
# Named, never guessed: libarchive's own guess takes a RAR that stores a docx for that docx.
_FORMATS = {
    RAR: "rar",
    SEVEN_ZIP: "7zip",
    ZIP: "zip",
    CAB: "cab",
    "application/x-lzh-compressed": "lha",
}
_SEVEN_ZIP_HEADER = 16 << 20


def is_available() -> bool:
    """Whether this machine has the C library."""
    return libarchive is not None


def read_native(path: Path, media_type: str, name: str, budget: Budget, *, joined: bool = False) -> Iterator[Inner]:
    """The files in the archive. `joined`: all volumes of one stand in the file. Raises Trouble."""
    rar = read_rar(path) if media_type == RAR else None
    if rar is not None and rar.headers_locked:
        raise Trouble(Unreadable("password", "names are encrypted"))
    if rar is not None and rar.volume and not joined:
        raise Trouble(Unreadable("no_converter", VOLUME))
    if libarchive is None:
        raise Trouble(Unreadable("no_converter", "libarchive"))
    if media_type == ZSTD and not _is_tar(path):
        yield from _zstd_file(path, name, budget)
        return
    whole = is_whole(path, media_type)
    try:
        yield from _entries(path, media_type, budget, whole=whole, version=rar.version if rar else 0)
    except ArchiveError as error:
        problem = _problem(error, whole=whole)
        if rar is not None and rar.locked and problem.reason != "password":
            problem = Unreadable("password", problem.detail)
        raise Trouble(problem) from error
    if rar is not None and rar.locked:
        raise Trouble(Unreadable("password"))


def _entries(path: Path, media_type: str, budget: Budget, *, whole: bool, version: int) -> Iterator[Inner]:
    locked = False
    lost = False  # the reader gave up on an earlier file: what it says of the later ones proves nothing
    form = "rar5" if version == 5 else _FORMATS.get(media_type, "tar")
    with libarchive.file_reader(str(path), form, "none" if media_type in _FORMATS else "all") as archive:
        for entry in archive:
            if not entry.isfile or entry.islnk:
                continue  # a link's content stands under the other name
            if _is_encrypted is not None and _is_encrypted(entry._entry_p):
                locked = True  # else it hands out the locked bytes as they are
                continue
            raw = entry.pathname
            text = raw if isinstance(raw, str) else decode_text(raw or b"", "gb18030")[0]
            inner = Inner(split_path(text), iter(()))
            inner.chunks = counted(_chunks(archive, inner, whole=whole, lost=lost), inner, budget)
            yield inner
            lost = lost or (inner.problem is not None and inner.problem.reason == "no_converter")
    if locked:
        raise Trouble(Unreadable("password"))


def _chunks(archive: libarchive.read.ArchiveRead, inner: Inner, *, whole: bool, lost: bool) -> Iterator[bytes]:
    """The current entry's bytes. Not by `get_blocks`, which takes a warning's negative code for a length."""
    buffer = create_string_buffer(CHUNK)
    try:
        while (size := libarchive.ffi.read_data(archive._pointer, buffer, CHUNK)) > 0:
            yield string_at(buffer, size)
        if size < 0:
            inner.problem = Unreadable("no_converter" if whole or lost else "damaged", "warning")
    except ArchiveError as error:
        problem = _problem(error, whole=whole or lost)
        if problem.reason == "password":
            raise Trouble(problem) from error
        inner.problem = problem


def _problem(error: ArchiveError, *, whole: bool) -> Unreadable:
    """libarchive's sentence as a reason. What its reader cannot do is no fault of the file, and it gives up on some sound
    archives: one that is whole to its end is not called damaged."""
    words = str(error.msg).lower()
    if any(word in words for word in ("encrypt", "passphrase", "password")):
        return Unreadable("password", words[:100])
    if whole or any(word in words for word in _READER_LIMITS):
        return Unreadable("no_converter", words[:100])
    return Unreadable("damaged", words[:100])


def is_whole(path: Path, media_type: str) -> bool:
    """Whether the archive's own headers show it to be complete."""
    if media_type == RAR:
        rar = read_rar(path)
        return rar is not None and rar.whole
    if media_type == SEVEN_ZIP:
        return _whole_seven_zip(path)
    if media_type == CAB:
        with path.open("rb") as file:
            head = file.read(12)
        return len(head) == 12 and struct.unpack_from("<I", head, 8)[0] <= path.stat().st_size
    if media_type == ZIP:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 70_000))
            return has_directory(file.read())
    return False


def _whole_seven_zip(path: Path) -> bool:
    """Signature header and the header it points to, both with the right checksum (7zFormat.txt)."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(32)
        if len(head) < 32 or zlib.crc32(head[12:32]) != struct.unpack_from("<I", head, 8)[0]:
            return False
        offset, length, check = struct.unpack_from("<QQI", head, 12)
        if 32 + offset + length > size or length > _SEVEN_ZIP_HEADER:
            return False
        file.seek(32 + offset)
        return bool(zlib.crc32(file.read(length)) == check)


def _is_tar(path: Path) -> bool:
    try:
        with libarchive.file_reader(str(path), "tar", "all") as archive:
            return next(iter(archive), None) is not None
    except ArchiveError:
        return False


def _zstd_file(path: Path, name: str, budget: Budget) -> Iterator[Inner]:
    """A single compressed file; its name is the archive's without the last extension."""
    stem = name[: -len(".zst")] if name.lower().endswith(".zst") else ""
    try:
        with libarchive.file_reader(str(path), "raw", "zstd") as archive:
            for _ in archive:
                inner = Inner(split_path(stem) or ("内容",), iter(()), given=bool(stem))
                inner.chunks = counted(_chunks(archive, inner, whole=False, lost=False), inner, budget)
                yield inner
    except ArchiveError as error:
        raise Trouble(_problem(error, whole=False)) from error
