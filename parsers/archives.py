"""Files inside archives, streamed out one after another within limits: zip here, the others by `packed_streams` (tar, gzip,
bzip2, xz) and `native_archives` (rar, 7z and the rest).

Yields what is inside and says what is wrong with the archive; it stores nothing.
"""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from core.facts import VOLUME, Blocked, Unreadable
from parsers import native_archives
from parsers.file_names import is_clutter, split_path
from parsers.native_archives import read_native
from parsers.packed_streams import STREAMS, TAR, read_tar_or_stream
from parsers.unpacking import CHUNK, Budget, Inner, Trouble, counted, is_machine_error
from parsers.zip_names import count_entries, decode_zip_name

ZIP = "application/zip"


def unpack(path: Path, media_type: str, name: str, budget: Budget, *, joined: bool = False) -> Iterator[Inner]:
    """The files in an archive, clutter of operating systems left out. `joined`: the file was put together from volumes.
    Raises Trouble (at any step) for a password, damage, a bomb, or when nothing on this machine reads the format."""
    if media_type == ZIP:
        files = _zip(path, budget)
    elif media_type == TAR or media_type in STREAMS:
        files = read_tar_or_stream(path, media_type, name, budget)
    else:
        files = read_native(path, media_type, name, budget, joined=joined)
    try:
        number = 0
        for number, inner in enumerate(files, start=1):
            if number > 20 * budget.limits.archive_files:
                raise Trouble(Blocked("count", f"> {number} entries"))
            inner.names = inner.names or ("",)
            if is_clutter(inner.names):
                continue
            budget.take_file()
            yield inner
        if not number and path.stat().st_size > 22:  # what an empty zip has
            raise Trouble(Unreadable("no_converter", "no file found inside"))
    except Trouble:
        raise
    except MemoryError as error:
        raise Trouble(Unreadable("memory")) from error
    except Exception as error:  # crafted archives make the libraries raise anything: IndexError for an empty name ...
        if is_machine_error(error):
            raise
        raise Trouble(Unreadable("damaged", type(error).__name__)) from error


def _zip(path: Path, budget: Budget) -> Iterator[Inner]:
    entries, volume = count_entries(path)
    if volume:
        raise Trouble(Unreadable("no_converter", VOLUME))
    if entries > 20 * budget.limits.archive_files + 10_000:
        raise Trouble(Blocked("count", f"{entries} entries"))
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError, OSError, RuntimeError):
        # A name that is not the UTF-8 it claims, or a damaged list of contents: libarchive reads on where it can.
        yield from _zip_by_libarchive(path, budget)
        return
    with archive, path.open("rb") as file:
        listed = [info for info in archive.infolist() if not info.orig_filename.endswith(("/", "\\"))]
        if any(info.compress_type not in (0, 8, 12, 14, 99) for info in listed):
            yield from _zip_by_libarchive(path, budget)
            return
        for info in listed:
            if not info.flag_bits & 1:
                inner = Inner(_zip_path(info), iter(()))
                _agree(info, file.fileno())
                inner.chunks = counted(_zip_chunks(archive, info), inner, budget)
                yield inner
        if any(info.flag_bits & 1 for info in listed):
            raise Trouble(Unreadable("password"))


def _zip_path(info: zipfile.ZipInfo) -> tuple[str, ...]:
    raw = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "replace")
    return split_path(decode_zip_name(raw, info.flag_bits, info.extra))


def _agree(info: zipfile.ZipInfo, file: int) -> None:
    """zipfile refuses a file whose name is spelt otherwise in front of it than in the list; tools that mend names for Chinese
    do just that. The list's name has been read, so the other spelling is put in its place."""
    head = os.pread(file, 30, info.header_offset)
    if len(head) < 30 or head[:4] != b"PK\x03\x04":
        return
    raw = os.pread(file, struct.unpack_from("<H", head, 26)[0], info.header_offset + 30)
    if info.flag_bits & 0x800:
        try:
            info.orig_filename = raw.decode("utf-8")
            return
        except UnicodeDecodeError:
            info.flag_bits &= ~0x800
    info.orig_filename = raw.decode("cp437")


def _zip_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(info) as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except (NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise zipfile.BadZipFile(str(error)) from error


def _zip_by_libarchive(path: Path, budget: Budget) -> Iterator[Inner]:
    if not native_archives.is_available():
        raise Trouble(Unreadable("damaged", "zip"))
    yield from read_native(path, ZIP, "", budget)
