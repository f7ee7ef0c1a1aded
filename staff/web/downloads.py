"""Files of strangers as downloads: a safe name, a safe type, never shown in the page's own context."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from urllib.parse import quote

from starlette.responses import FileResponse, Response

PLAIN_TYPES = frozenset({"image/png", "image/jpeg", "application/pdf", "text/plain"})
"""Types that are told to the browser as they are; everything else is a stream of bytes."""
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]')
_LONGEST = 120
LOCKED = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""The policy of a download: should a browser ever show it, nothing in it runs."""


def safe_name(name: str, fallback: str = "附件") -> str:
    """A file name that no system and no reader takes for something else: no path, no control or direction characters, no
    leading dot, not too long; the ending is kept."""
    text = "".join(
        character for character in unicodedata.normalize("NFC", name)
        if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    )
    text = _FORBIDDEN.sub("_", text).strip().lstrip(".").strip(". ")
    if len(text) > _LONGEST:
        stem, dot, ending = text.rpartition(".")
        text = f"{stem[: _LONGEST - len(ending) - 1]}.{ending}" if dot and len(ending) <= 10 else text[:_LONGEST]
    return text or fallback


def disposition(name: str) -> str:
    """The Content-Disposition header (RFC 6266): a plain name for old browsers, the true one in UTF-8 (RFC 5987)."""
    safe = safe_name(name)
    plain = "".join(character if character.isascii() and character.isprintable() and character not in '"%;\\' else "_" for character in safe)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def download(path: Path, name: str, media_type: str) -> Response:
    """The file at `path` as a download."""
    kind = media_type if media_type in PLAIN_TYPES else "application/octet-stream"
    if kind == "text/plain":
        kind = "text/plain; charset=utf-8"
    return FileResponse(path, media_type=kind, headers={
        "Content-Disposition": disposition(name), "X-Content-Type-Options": "nosniff", "Content-Security-Policy": LOCKED,
        "Cache-Control": "private, no-store",
    })
