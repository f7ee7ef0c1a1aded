"""Files inside archives, streamed out one after another within limits: zip, tar and gzip by the standard library, rar,
7z and the rest by libarchive where the machine has it.

Yields what is inside and says what is wrong with the archive; it stores nothing. This is the only file that imports
libarchive, and zipfile and tarfile are used here only.
"""

from __future__ import annotations

import errno
import gzip
import tarfile
import zipfile
from collections.abc import Iterator
from ctypes import c_int, c_void_p, create_string_buffer, string_at
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from core.facts import Blocked, Unreadable
from core.ports import ReadLimits
from parsers.charset import decode_text
from parsers.file_names import is_clutter, split_path
from parsers.zip_names import count_entries, decode_zip_name

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

_CHUNK = 1 << 18
_RATIO_FROM = 16 << 20  # bytes; below this a good compression proves nothing (a white page as BMP: 250 to 1)
_MAX_META = 16 << 20  # a tar may claim a header of any size
_READER_LIMITS = ("unsupported", "not supported", "unavailable", "unknown", "allocate")
# Named, never guessed: libarchive's own guess takes a RAR that stores a docx for that docx.
_FORMATS = {
    "application/vnd.rar": "rar",
    "application/x-7z-compressed": "7zip",
    "application/zip": "zip",
    "application/vnd.ms-cab-compressed": "cab",
    "application/x-lzh-compressed": "lha",
}
_RAR5 = b"Rar!\x1a\x07\x01\x00"
_MACHINE_ERRORS = (
    errno.EIO,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOENT,
    errno.EACCES,
    errno.ESTALE,
)
_OFTEN_NO_ARCHIVE = ("application/x-bzip2", "application/x-xz", "application/zstd")  # may hold one file and no archive
_TAR_LIKE = ("application/x-tar", "application/gzip")


class Trouble(Exception):
    """Why an archive cannot be read, or not to its end."""

    def __init__(self, problem: Unreadable | Blocked) -> None:
        super().__init__(problem.reason)
        self.problem = problem


@dataclass(slots=True)
class Budget:
    """What one archive, with everything nested in it, may still unpack to."""

    limits: ReadLimits
    packed: int
    most: int  # bytes: what one archive may unpack to, or less when others of the same mail have unpacked much
    files: int = 0
    size: int = 0

    def take_file(self) -> None:
        """Counts a file. Raises Trouble beyond the limit."""
        self.files += 1
        if self.files > self.limits.archive_files:
            raise Trouble(Blocked("count", f"> {self.limits.archive_files} files"))

    def take_bytes(self, size: int) -> None:
        """Counts unpacked bytes. Raises Trouble when they are too many for this machine or for what was sent."""
        self.size += size
        if self.size > self.most:
            raise Trouble(Blocked("bomb", f"> {self.most} bytes"))
        if self.size > _RATIO_FROM and self.size > self.packed * self.limits.archive_ratio:
            raise Trouble(Blocked("bomb", f"> {self.limits.archive_ratio} : 1"))


@dataclass(slots=True)
class Inner:
    """A file inside: cleaned folders and name, own name last; its bytes, to be read once and before the next file.
    `problem` is set while the bytes are read if they turn out damaged or locked."""

    names: tuple[str, ...]
    chunks: Iterator[bytes]
    given: bool = True
    inline: bool = False
    problem: Unreadable | Blocked | None = None
    extra: dict[str, str] = field(default_factory=dict)


def unpack(path: Path, media_type: str, name: str, budget: Budget) -> Iterator[Inner]:
    """The files in an archive, clutter of operating systems left out. Raises Trouble (at any step) for a password,
    damage, a bomb, or when nothing on this machine reads the format."""
    if media_type == "application/zip":
        files = _zip(path, budget)
    elif media_type in _TAR_LIKE:
        files = _tar_or_gzip(path, media_type, name, budget)
    else:
        files = _other(path, media_type, name, budget)
    try:
        for number, inner in enumerate(files):
            if number > 20 * budget.limits.archive_files:
                raise Trouble(Blocked("count", f"> {number} entries"))
            inner.names = inner.names or ("",)
            if is_clutter(inner.names):
                continue
            budget.take_file()
            yield inner
    except Trouble:
        raise
    except MemoryError as error:
        raise Trouble(Unreadable("memory")) from error
    except Exception as error:  # crafted archives make the libraries raise anything: IndexError for an empty name ...
        if is_machine_error(error):
            raise
        raise Trouble(Unreadable("damaged", type(error).__name__)) from error


def is_machine_error(error: BaseException) -> bool:
    """Whether this is the disk or the system failing rather than a file being broken."""
    return isinstance(error, OSError) and error.errno in _MACHINE_ERRORS


def _counted(chunks: Iterator[bytes], inner: Inner, budget: Budget) -> Iterator[bytes]:
    """The bytes of one file while they are counted; damage ends them and is noted, a bomb goes on up."""
    size = 0
    try:
        for chunk in chunks:
            size += len(chunk)
            budget.take_bytes(len(chunk))
            if size > budget.limits.attachment:
                raise Trouble(Blocked("size", f"> {budget.limits.attachment} bytes"))
            yield chunk
    except Trouble:
        raise
    except Exception as error:
        if is_machine_error(error):
            raise
        inner.problem = Unreadable("damaged", type(error).__name__)


# ---- zip --------------------------------------------------------------------------------------------------------


def _zip(path: Path, budget: Budget) -> Iterator[Inner]:
    entries, volume = count_entries(path)
    if volume:
        raise Trouble(Unreadable("no_converter", "one volume of several"))
    if entries > 20 * budget.limits.archive_files + 10_000:
        raise Trouble(Blocked("count", f"{entries} entries"))
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, OSError, RuntimeError):
        # A name that is not the UTF-8 it claims, or a damaged list of contents: libarchive reads on where it can.
        yield from _zip_by_libarchive(path, budget)
        return
    with archive:
        listed = [info for info in archive.infolist() if not info.orig_filename.endswith(("/", "\\"))]
        if any(info.flag_bits & 1 for info in listed):
            raise Trouble(Unreadable("password"))
        if any(info.compress_type not in (0, 8, 12, 14) for info in listed):
            yield from _zip_by_libarchive(path, budget)
            return
        for info in listed:
            inner = Inner(_zip_path(info), iter(()))
            inner.chunks = _counted(_zip_chunks(archive, info), inner, budget)
            yield inner


def _zip_path(info: zipfile.ZipInfo) -> tuple[str, ...]:
    raw = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace")
    return split_path(decode_zip_name(raw, info.flag_bits, info.extra))


def _zip_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise zipfile.BadZipFile(str(error)) from error


def _zip_by_libarchive(path: Path, budget: Budget) -> Iterator[Inner]:
    if libarchive is None:
        raise Trouble(Unreadable("damaged", "zip"))
    yield from _other(path, "application/zip", "", budget)


# ---- tar, gzip --------------------------------------------------------------------------------------------------


class _Bounded:
    """A stream that refuses to hand out a header's length of memory at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """At most 16 MB. Raises ValueError when more is asked for."""
        if size < 0 or size > _MAX_META:
            raise ValueError("unreasonable header size")
        return self._stream.read(size)


def _tar_or_gzip(path: Path, media_type: str, name: str, budget: Budget) -> Iterator[Inner]:
    packed = media_type == "application/gzip"
    with gzip.open(path, "rb") if packed else path.open("rb") as stream:
        bounded = cast("BinaryIO", _Bounded(cast("BinaryIO", stream)))
        try:
            archive = tarfile.open(  # noqa: SIM115 (closed by _tar_files; a gzip that holds no tar opens nothing)
                fileobj=bounded, mode="r|", encoding="utf-8", errors="surrogateescape"
            )
        except tarfile.ReadError as error:
            if not packed:
                raise Trouble(Unreadable("damaged", "tar")) from error
            archive = None
        if archive is not None:
            yield from _tar_files(archive, budget)
            return
    yield _gzip_file(path, name, budget)


def _tar_files(archive: tarfile.TarFile, budget: Budget) -> Iterator[Inner]:
    with archive:
        for member in archive:
            if not member.isfile():
                continue
            file = archive.extractfile(member)
            if file is None:
                continue
            raw = member.name.encode("utf-8", "surrogateescape")
            inner = Inner(split_path(decode_zip_name(raw, 0, b"")), iter(()))
            inner.chunks = _counted(iter(lambda file=file: file.read(_CHUNK), b""), inner, budget)  # type: ignore[misc]
            yield inner


def _gzip_file(path: Path, name: str, budget: Budget) -> Inner:
    """A single file that was gzipped: its name is the archive's without `.gz`."""
    stem = name[:-3] if name.lower().endswith(".gz") else ""
    inner = Inner(split_path(stem) or ("内容",), iter(()), given=bool(stem))

    def chunks() -> Iterator[bytes]:
        with gzip.open(path, "rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk

    inner.chunks = _counted(chunks(), inner, budget)
    return inner


# ---- everything else --------------------------------------------------------------------------------------------


def _other(path: Path, media_type: str, name: str, budget: Budget) -> Iterator[Inner]:
    if libarchive is None:
        raise Trouble(Unreadable("no_converter", "libarchive"))
    if _is_volume(path, name):
        raise Trouble(Unreadable("no_converter", "one volume of several"))
    try:
        with libarchive.file_reader(str(path), *_format_of(path, media_type)) as archive:
            for entry in archive:
                if not entry.isfile:
                    continue
                if _is_encrypted is not None and _is_encrypted(entry._entry_p):
                    raise Trouble(Unreadable("password"))  # else it hands out the locked bytes as they are
                raw = entry.pathname
                text = raw if isinstance(raw, str) else decode_text(raw or b"", "gb18030")[0]
                inner = Inner(split_path(text), iter(()))
                inner.chunks = _counted(_archive_chunks(archive, path, inner), inner, budget)
                yield inner
    except ArchiveError as error:
        if "unrecognized" in str(error.msg).lower() and media_type in _OFTEN_NO_ARCHIVE:
            raise Trouble(Unreadable("no_converter", media_type)) from error
        raise Trouble(_archive_problem(error, path)) from error


def _format_of(path: Path, media_type: str) -> tuple[str, str]:
    """libarchive's names of format and filter. A compressed stream without archive inside can only be a tar's."""
    name = _FORMATS.get(media_type)
    if name is None:
        return "tar", "all"
    with path.open("rb") as file:
        rar5 = file.read(8) == _RAR5
    return ("rar5" if name == "rar" and rar5 else name), "none"


def _archive_chunks(archive: libarchive.read.ArchiveRead, path: Path, inner: Inner) -> Iterator[bytes]:
    """The current entry's bytes. Not by `get_blocks`, which takes a warning's negative code for a length."""
    buffer = create_string_buffer(_CHUNK)
    try:
        while (size := libarchive.ffi.read_data(archive._pointer, buffer, _CHUNK)) > 0:
            yield string_at(buffer, size)
        if size < 0:
            inner.problem = Unreadable("damaged", "warning")
    except ArchiveError as error:
        problem = _archive_problem(error, path)
        if problem.reason == "password":
            raise Trouble(problem) from error
        inner.problem = problem


def _archive_problem(error: ArchiveError, path: Path) -> Unreadable:
    """libarchive's sentence as a reason. What its reader cannot do is no fault of the file, and its reader of RAR
    gives up on some sound archives: without a wrong checksum or a missing end the file is not called damaged."""
    words = str(error.msg).lower()
    if any(word in words for word in ("encrypt", "passphrase", "password")):
        return Unreadable("password", words[:100])
    if any(word in words for word in _READER_LIMITS) or (
        "checksum" not in words and "crc" not in words and _ends_as_rar(path)
    ):
        return Unreadable("no_converter", words[:100])
    return Unreadable("damaged", words[:100])


def _ends_as_rar(path: Path) -> bool:
    """Whether this is a RAR archive with its end record (version 4: block type 0x7B; version 5: a fixed block)."""
    with path.open("rb") as file:
        head = file.read(8)
        file.seek(max(0, path.stat().st_size - 64))
        tail = file.read()
    if not head.startswith(b"Rar!\x1a\x07"):
        return False
    return b"\xc4\x3d\x7b\x00\x40\x07\x00" in tail or b"\x1d\x77\x56\x51\x03\x05\x04\x00" in tail


def _is_volume(path: Path, name: str) -> bool:
    """Whether this is one volume of an archive cut into several: incomplete by itself, but not broken."""
    with path.open("rb") as file:
        head = file.read(64)
    if head.startswith(b"Rar!\x1a\x07\x00"):
        return bool(head[10:12] and int.from_bytes(head[10:12], "little") & 0x0001)
    if head.startswith(_RAR5):
        return _rar5_volume(head)
    lowered = name.lower()
    return lowered.endswith((".001", ".002", ".003", ".z01"))


def _rar5_volume(head: bytes) -> bool:
    """The main header of RAR5: CRC32, size, type 1, flags, then the archive's flags (1 = volume), each a vint."""
    at = 12
    values: list[int] = []
    while len(values) < 5 and at < len(head):
        value = shift = 0
        while at < len(head):
            byte = head[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80 or shift > 63:
                break
        values.append(value)
        if len(values) == 3 and not values[2] & 0x0001:
            values.append(0)  # no extra area: its size is not written
    return len(values) >= 5 and values[1] == 1 and bool(values[4] & 0x0001)
