"""Names of files and folders that every system takes: Windows, macOS, Linux, a zip, a USB stick. Pure.

What a stranger wrote as a title becomes a name only through here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

MAX_BYTES = 180
"""UTF-8 bytes of one name. File systems take 255; zip tools and the 260 characters of a whole Windows path want less."""
MAX_UNITS = 90
"""UTF-16 units of one name: what Windows counts."""

_FORBIDDEN: Mapping[int, str] = str.maketrans({
    "<": "＜", ">": "＞", ":": "：", '"': "”", "/": "／", "\\": "＼", "|": "｜", "?": "？", "*": "＊",
})
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f"
                     "\ufeff\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]")
_BLANKS = re.compile(r"\s+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE | re.DOTALL)

_BY_TYPE = {
    "application/pdf": ".pdf", "application/msword": ".doc", "image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tif",
    "image/heic": ".heic", "image/heif": ".heic", "image/webp": ".webp", "image/bmp": ".bmp", "image/gif": ".gif",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx", "application/vnd.ms-works": ".wps",
    "application/rtf": ".rtf", "text/rtf": ".rtf", "application/vnd.oasis.opendocument.text": ".odt", "text/plain": ".txt",
    "application/ofd": ".ofd", "video/mp4": ".mp4", "video/quicktime": ".mov", "video/x-msvideo": ".avi", "video/x-ms-wmv": ".wmv",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx", "audio/mpeg": ".mp3",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx", "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
}
_KNOWN = frozenset(_BY_TYPE.values()) | {".jpeg", ".tiff", ".heif", ".wps", ".flv", ".mkv", ".m4v", ".mpg", ".mpeg", ".wav", ".xps", ".et", ".dps"}


def safe_name(text: str, fallback: str = "未命名", room: int = MAX_BYTES) -> str:
    """The text as the name of a folder, or of a file without its ending, of at most `room` bytes."""
    seen = _UNSEEN.sub("", _BLANKS.sub(" ", unicodedata.normalize("NFC", text)))
    plain = _BLANKS.sub(" ", seen).translate(_FORBIDDEN)  # again: what is not seen may have stood between two
    plain = _cut(plain.strip(" ").rstrip(". ").lstrip(". ") or fallback, room)
    return f"_{plain}" if _RESERVED.fullmatch(plain) else plain


def _cut(text: str, room: int) -> str:
    """Shortened to `room` bytes and `MAX_UNITS` UTF-16 units, never inside a character or between it and its marks."""
    if _fits(text, room):
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _fits(text[:middle] + "…", room) else (low, middle - 1)
    while low > 1 and low < len(text) and unicodedata.combining(text[low]):
        low -= 1
    return text[:low].rstrip(". ") + "…"


def _fits(text: str, room: int) -> bool:
    return len(text.encode("utf-8")) <= room and len(text.encode("utf-16-le")) // 2 <= MAX_UNITS


def safe_ending(name: str, media_type: str) -> str:
    """The ending for a file: its own if it is a document's, else that of its content; never one that runs."""
    dot = name.rfind(".")
    own = name[dot:].lower().strip() if dot > 0 else ""
    known = _BY_TYPE.get(media_type.lower())
    if own in _KNOWN:
        return own
    return known or ".bin"


class Names:
    """Names given out in one folder; no two that any file system takes for the same."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def give(self, stem: str, ending: str = "", mark: str = "") -> str:
        """A name with this stem, not given before: the stem itself, else with `mark`, else with a number."""
        room = MAX_BYTES - len(ending.encode())
        number = 1
        tail = ""
        while True:
            name = f"{safe_name(stem, room=room - len(tail.encode()))}{tail}{ending}"
            key = unicodedata.normalize("NFC", name).casefold()
            if key not in self._taken:
                self._taken.add(key)
                return name
            tail = f"（{mark}）" if mark and not tail else f"（{mark}{'-' if mark else ''}{number}）"
            number += 1
