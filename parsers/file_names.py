"""Names of attachments: cleaned of what may harm or deceive, otherwise as the sender wrote them; or made up from the
content where the mail gives none. Nothing here judges whether a name is right."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from urllib.parse import unquote_to_bytes

from parsers.charset import decode_text

MAX_LENGTH = 200
_BIDI_AND_INVISIBLE = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufff9-\ufffb]")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"[\t\n\x0b\x0c\r\u2028\u2029]+")
_ENTITY = re.compile(r"&#(?:x[0-9a-fA-F]{2,6}|\d{2,7});")
_PERCENT = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]%[0-9A-Fa-f]{2}")
_LOOKS_LIKE_NAME = re.compile(r"^[^\r\n/\\]{1,150}\.[A-Za-z0-9]{2,5}$")

# What an extension is made from when a file has no name; the rest becomes .bin.
_EXTENSIONS = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.ms-word.document.macroEnabled.12": ".docm",
    "application/vnd.ms-excel.sheet.macroEnabled.12": ".xlsm",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/wps-office.wps": ".wps",
    "application/vnd.ms-works": ".wps",
    "application/vnd.ms-outlook": ".msg",
    "application/ms-tnef": ".dat",
    "application/pdf": ".pdf",
    "application/ofd": ".ofd",
    "application/vnd.ms-xpsdocument": ".xps",
    "application/oxps": ".oxps",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/rtf": ".rtf",
    "application/zip": ".zip",
    "application/vnd.rar": ".rar",
    "application/x-7z-compressed": ".7z",
    "application/x-tar": ".tar",
    "application/gzip": ".gz",
    "application/pkcs7-signature": ".p7s",
    "application/pgp-signature": ".asc",
    "application/x-dosexec": ".exe",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/heic": ".heic",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/x-msvideo": ".avi",
    "video/x-matroska": ".mkv",
    "video/x-ms-wmv": ".wmv",
    "video/x-flv": ".flv",
    "audio/mpeg": ".mp3",
    "message/rfc822": ".eml",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/csv": ".csv",
}


def split_path(raw: str) -> tuple[str, ...]:
    """A name with folders (from an archive, or `C:\\tmp\\a.docx`) as cleaned pieces, own name last. Pieces that say
    nothing (`.`, `..`, a drive letter) are left out; empty when no name remains."""
    pieces = re.split(r"[/\\]+", _decoded(raw))
    cleaned = (_clean_piece(piece) for piece in pieces)
    kept = [piece for piece in cleaned if piece and not re.fullmatch(r"[A-Za-z]:", piece)]
    return tuple(kept[-12:])


def clean_name(raw: str) -> str:
    """The last piece of a name, cleaned; "" when nothing is left of it."""
    pieces = split_path(raw)
    return pieces[-1] if pieces else ""


def _clean_piece(piece: str) -> str:
    if _SPACES.search(piece) is not None:
        piece = " ".join(piece.split())  # a fold of the header line
    piece = _BIDI_AND_INVISIBLE.sub("", _CONTROLS.sub("", piece))
    if any(unicodedata.combining(char) for char in piece):
        piece = unicodedata.normalize("NFC", piece)  # macOS takes letters apart
    piece = piece.strip().strip("\"'").rstrip(". ")
    if len(piece) > MAX_LENGTH:
        stem, dot, last = piece.rpartition(".")
        tail = dot + last if dot and len(last) <= 10 else ""
        piece = (stem if tail else piece)[: MAX_LENGTH - len(tail)] + tail
    return "" if set(piece) <= {"."} else piece


def _decoded(raw: str) -> str:
    """Without the spellings of web pages: `%E6%B5%8E` and `&#27982;` stand for characters, a single % does not."""
    if _ENTITY.search(raw):
        raw = _ENTITY.sub(lambda found: unescape(found.group()), raw)
    if _PERCENT.search(raw) and raw.isascii():
        text, lost = decode_text(unquote_to_bytes(raw))
        if not lost and not text.isascii():
            return text
    return raw


def looks_like_name(text: str) -> bool:
    """Whether a description could be a file's name: one line that ends in an extension."""
    return _LOOKS_LIKE_NAME.match(text.strip()) is not None


def made_name(number: int, media_type: str) -> str:
    """A name for the `number`-th file of a mail (from 1), by its content."""
    return f"附件{number}{extension_for(media_type)}"


def extension_for(media_type: str) -> str:
    """The usual extension of a media type, with its dot; `.bin` when there is none."""
    return _EXTENSIONS.get(media_type, ".bin")


def is_clutter(pieces: tuple[str, ...]) -> bool:
    """Whether a file in an archive is what systems leave behind: macOS resource forks, folder settings, lock files."""
    if not pieces:
        return True
    name = pieces[-1].lower()
    if any(piece in ("__MACOSX", ".git", "$RECYCLE.BIN", "System Volume Information") for piece in pieces):
        return True
    return name in (".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db", ".localized") or name.startswith(
        ("~$", "._", ".~")
    )
