"""Whether an old Office file (OLE) holds macros that do something.

Many forms of public offices carry an empty VBA project, left by a template; its mere presence says nothing. So the
module sources are unpacked (MS-OVBA 2.4.1) and looked at for a procedure. Nothing is ever run.
"""

from __future__ import annotations

import re
from pathlib import Path

from parsers.ole import open_ole

_SOURCE = b"\x00Attribut\x00e "  # how every compressed module source begins, after its three header bytes
_PROCEDURE = re.compile(
    rb"^[ \t]*(?:(?:public|private|friend|static)[ \t]+){0,3}(?:sub|function|property[ \t]+[gls]et)[ \t]+\w",
    re.IGNORECASE | re.MULTILINE,
)
_MAX_STREAM = 4 << 20
_MAX_SOURCE = 1 << 20
_MAX_MODULES = 200


def has_macros(path: Path) -> bool:
    """Whether a VBA procedure stands in the document itself (objects embedded in it are not looked at)."""
    with open_ole(path) as file:
        if file is None:
            return False
        modules = [stream for stream in file.paths() if len(stream) >= 2 and stream[-2].upper() == "VBA"]
        modules = [stream for stream in modules if stream[0].lower() in ("macros", "_vba_project_cur", "vba")]
        for stream in modules[:_MAX_MODULES]:
            data = file.read(stream, _MAX_STREAM) or b""
            at = data.find(_SOURCE)
            if at >= 3 and _PROCEDURE.search(_decompress(data[at - 3 :])) is not None:
                return True
    return False


def _decompress(data: bytes) -> bytes:
    """A compressed container of MS-OVBA: chunks of at most 4096 bytes, each with copies from itself."""
    out = bytearray()
    at = 1
    while data[:1] == b"\x01" and at + 2 < len(data) and len(out) < _MAX_SOURCE:
        header = int.from_bytes(data[at : at + 2], "little")
        end = min(at + (header & 0x0FFF) + 3, len(data))
        at += 2
        if header & 0x8000:
            _chunk(data, at, end, out)
        else:
            out += data[at:end]
        at = end
    return bytes(out)


def _chunk(data: bytes, at: int, end: int, out: bytearray) -> None:
    start = len(out)
    while at < end:
        flags = data[at]
        at += 1
        for bit in range(8):
            if at >= end:
                return
            if not flags >> bit & 1:
                out.append(data[at])
                at += 1
                continue
            token = int.from_bytes(data[at : at + 2], "little")
            at += 2
            bits = max(4, (len(out) - start - 1).bit_length())
            offset = (token >> (16 - bits)) + 1
            length = (token & (0xFFFF >> bits)) + 3
            if offset > len(out) or len(out) - start > 8192:
                return
            for _ in range(length):
                out.append(out[-offset])
