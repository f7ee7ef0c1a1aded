"""Compressed streams (gzip, bzip2, xz) and tar archives, compressed or not, by the standard library.

A stream may hold a tar or one single file; several streams may stand one behind the other, and rubbish behind the last one
is nothing to complain about.
"""

from __future__ import annotations

import bz2
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from core.facts import Unreadable
from parsers.file_names import split_path
from parsers.unpacking import CHUNK, Budget, Inner, Trouble, counted
from parsers.zip_names import decode_zip_name

TAR = "application/x-tar"
_MAX_META = 16 << 20  # a tar may claim a header of any size
_LZMA_MEMORY = 256 << 20
_SUFFIXES = {"application/gzip": (".gz", ".gzip"), "application/x-bzip2": (".bz2", ".bz"), "application/x-xz": (".xz",)}
STREAMS = frozenset(_SUFFIXES)


def read_tar_or_stream(path: Path, media_type: str, name: str, budget: Budget) -> Iterator[Inner]:
    """The files of a tar, or the one file of a compressed stream. Raises Trouble, and whatever broken bytes raise."""
    with path.open("rb") as file:
        stream: Any = file if media_type == TAR else _Unpacked(file, _OPENERS[media_type])
        bounded = _Bounded(stream)
        try:
            archive = tarfile.open(  # noqa: SIM115 (closed by _tar_files; a stream that holds no tar opens nothing)
                fileobj=cast("BinaryIO", bounded), mode="r|", encoding="utf-8", errors="surrogateescape"
            )
        except tarfile.ReadError as error:
            if media_type == TAR:
                raise Trouble(Unreadable("damaged", "tar")) from error
            archive = None
        empty = True
        if archive is not None:
            for inner in _tar_files(archive, bounded, budget):
                empty = False
                yield inner
        if media_type == TAR or not empty:
            return  # zeros at the start of any file look like the end of a tar
    yield _single(path, media_type, name, budget)


class _Inflater:
    """zlib's decompressor in the shape of the others: it keeps the input that it had no room to unpack."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(31)
        self._rest = b""

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._rest and not self.eof

    def decompress(self, data: bytes, most: int) -> bytes:
        out = self._zlib.decompress(self._rest + data, most)
        self._rest = self._zlib.unconsumed_tail
        return out


_OPENERS: dict[str, Callable[[], Any]] = {
    "application/gzip": _Inflater,
    "application/x-bzip2": bz2.BZ2Decompressor,
    "application/x-xz": lambda: lzma.LZMADecompressor(memlimit=_LZMA_MEMORY),
}


class _Unpacked:
    """What compressed streams unfold to, read piece by piece. Raises EOFError when the last one is cut off."""

    def __init__(self, file: BinaryIO, make: Callable[[], Any]) -> None:
        self._file, self._make = file, make
        self._unpacker = make()
        self._behind = False  # another stream has ended before, and this one has given nothing yet
        self._held = b""

    def read(self, size: int) -> bytes:
        while len(self._held) < size:
            piece = self._piece()
            if piece is None:
                break
            self._held += piece
        out, self._held = self._held[:size], self._held[size:]
        return out

    def _piece(self) -> bytes | None:
        """The next bytes, maybe none; None at the end."""
        unpacker, data = self._unpacker, b""
        if unpacker.eof:
            data = unpacker.unused_data.lstrip(b"\0") or self._file.read(CHUNK).lstrip(b"\0")
            if not data:
                return None
            self._unpacker = unpacker = self._make()
            self._behind = True
        elif unpacker.needs_input:
            data = self._file.read(CHUNK)
            if not data:
                if self._behind:
                    return None
                raise EOFError("cut off")
        try:
            out = bytes(unpacker.decompress(data, CHUNK))
        except (zlib.error, OSError, lzma.LZMAError):
            if self._behind:
                return None  # rubbish behind the last stream
            raise
        self._behind = self._behind and not out
        return out


class _Bounded:
    """A stream that hands out no more than 16 MB for what is no file's content: names and headers may claim any length, and
    are kept in memory whole. `allow` says what is content."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = _MAX_META

    def allow(self, content: int) -> None:
        """So many bytes of content may follow, and then a header."""
        self._left = content + _MAX_META

    def read(self, size: int = -1) -> bytes:
        """Raises ValueError when more is asked for than may come."""
        if size < 0 or self._left <= 0:
            raise ValueError("unreasonable header size")
        data = bytes(self._stream.read(size))
        self._left -= len(data)
        return data


def _tar_files(archive: tarfile.TarFile, bounded: _Bounded, budget: Budget) -> Iterator[Inner]:
    with archive:
        for member in archive:
            bounded.allow(member.size)
            if not member.isfile():
                continue
            file = archive.extractfile(member)
            if file is None:
                continue
            raw = member.name.encode("utf-8", "surrogateescape")
            inner = Inner(split_path(decode_zip_name(raw, 0, b"")), iter(()))
            inner.chunks = counted(iter(lambda file=file: file.read(CHUNK), b""), inner, budget)  # type: ignore[misc]
            yield inner


def _single(path: Path, media_type: str, name: str, budget: Budget) -> Inner:
    """A single file that was compressed: its name is the archive's without the last extension."""
    ending = next((end for end in _SUFFIXES[media_type] if name.lower().endswith(end)), "")
    stem = name[: -len(ending)] if ending else ""
    inner = Inner(split_path(stem) or ("内容",), iter(()), given=bool(stem))

    def chunks() -> Iterator[bytes]:
        with path.open("rb") as file:
            stream = _Unpacked(file, _OPENERS[media_type])
            while chunk := stream.read(CHUNK):
                yield chunk

    inner.chunks = counted(chunks(), inner, budget)
    return inner
