"""The media type of a file by its content. The name only breaks ties, because senders rename files and mail clients
mislabel them; `parsers.blocking` decides from the type (and the name) what is never opened.

Types worth knowing beside the registered ones: WPS files are `application/wps-office.{wps,et,dps}` (inside they are
old Office files), an Office document behind a password is `application/encrypted` (its OLE wrapper tells nothing
more), an empty file is `application/x-empty`, scripts are `text/x-script`, programs `application/x-dosexec` or
`application/x-executable`, shortcuts `application/x-ms-shortcut`.
"""

from __future__ import annotations

import mmap
import re
import struct
import unicodedata
from pathlib import Path

from parsers.kind_tables import (
    AT_START,
    BRANDS,
    CLAIMS,
    DOCUMENT_PARTS,
    OLE_STREAMS,
    OOXML_FOLDERS,
    OPEN_DOCUMENTS,
    SCRIPTS,
    TEXT_NAMES,
    WPS_NAMES,
)
from parsers.ole import MAGIC as OLE_MAGIC
from parsers.ole import find_stream_names, open_ole
from parsers.zip_names import LOCAL, find_zip_names, has_directory, read_entry

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
EMPTY = "application/x-empty"
ENCRYPTED = "application/encrypted"
MAIL = "message/rfc822"
WORD = "application/msword"
ODT = "application/vnd.oasis.opendocument.text"
UOF = "application/vnd.uof.text"
"""A document of 标文通, the national standard: one XML file."""
IWORK = "application/vnd.apple.iwork"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_HEAD = 4096
_LOCK = 1024
_MAIL_HEADERS = re.compile(
    rb"^(return-path|received|from|to|subject|date|message-id|mime-version|reply-to|sender|cc|delivered-to|"
    rb"dkim-signature|content-type|content-transfer-encoding|x-[a-z0-9-]+|arc-[a-z-]+|authentication-results|"
    rb"thread-[a-z]+|importance|references|in-reply-to|user-agent)[ \t]*:",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(rb"^[!-9;-~]+[ \t]*:")
_HTML = re.compile(
    rb"<(!doctype\s+html|html|head|body|table|div|p|meta|title|script|style|span|br|font|center|h[1-6])\b[^<]*>",
    re.IGNORECASE,
)
_OFFICE_HTML = b"urn:schemas-microsoft-com:office:word"
_ROOT = re.compile(rb"<(?:[^\s<>:/?!]+:)?([^\s<>:/?!]+)")
"""The first element of a file in XML, without its prefix."""
_WORD_ENDINGS = frozenset((".doc", ".docx", ".dot", ".dotx", ".wps", ".wpt"))
_SAVED_PAGE = re.compile(
    rb"^(snapshot-content-location:|from:\s*<saved by|content-type:\s*multipart/related)", re.IGNORECASE | re.MULTILINE
)
_MAIL_NAMES = frozenset(("", ".eml", ".doc", ".wps", ".mht", ".mhtml"))
"""A page that Word saved as one file has two header lines, and often a Word file's name."""
_TRANSPORTED = re.compile(rb"^(received|return-path|to|message-id|delivered-to):", re.IGNORECASE | re.MULTILINE)
_WORD_XML = re.compile(
    rb'progid="Word\.Document"|schemas\.microsoft\.com/office/word/2003|'
    rb"schemas\.microsoft\.com/office/2006/xmlPackage"
)


def extension(name: str) -> str:
    """The lower-case extension with its dot, "" when there is none; a full-width dot or letters count as such."""
    stem, dot, last = unicodedata.normalize("NFKC", name).strip().rstrip(".").rpartition(".")
    last = last.strip().lower()
    return f".{last}" if dot and stem and last and len(last) <= 10 and " " not in last else ""


def claimed(name: str) -> str:
    """The media type that a file's name promises, for one whose bytes nobody has."""
    return CLAIMS.get(extension(name), UNKNOWN)


def sniff(path: Path, name: str = "") -> str:
    """The media type of the file at `path`. `name`: what the sender called it. Never raises for any content."""
    size = path.stat().st_size
    if size == 0:  # what 新建 of a menu left behind promises nothing
        return EMPTY if name.startswith("新建") else CLAIMS.get(extension(name), EMPTY)
    if size <= _LOCK and name.startswith(("~$", ".~")):
        return "application/x-lock-file"  # bears the name of the document that Word or WPS has open, and is none
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[:8] == OLE_MAGIC:
            return _ole_kind(path, data, extension(name))
        return _kind(data, extension(name))


def sniff_bytes(data: bytes, name: str = "") -> str:
    """As `sniff`, for the beginning of a file that is still in memory; OLE files are told by their stream names."""
    if not data:
        return CLAIMS.get(extension(name), EMPTY)
    if data[:8] == OLE_MAGIC:
        return _stream_kind(data, extension(name))
    return _kind(data, extension(name))


def _kind(data: mmap.mmap | bytes, ext: str) -> str:
    head = data[:_HEAD]
    if head[:4] == LOCAL or head[:8] == b"PK\x07\x08" + LOCAL or head[:4] == b"PK\x05\x06":
        return _zip_kind(data, ext)
    found = _by_magic(head, ext) or _by_offset(data, head)
    if found is not None:
        return found
    text = _text_kind(head, ext)
    if text is not None:
        # Plain characters under a name that promises pages or pictures: a damaged file, not a text.
        return CLAIMS.get(ext, text) if text == TEXT and ext not in TEXT_NAMES else text
    if has_directory(data) and find_zip_names(data):
        return _zip_kind(data, ext)
    return CLAIMS.get(ext) or WPS_NAMES.get(ext, UNKNOWN)


def _by_magic(head: bytes, ext: str) -> str | None:
    """Signatures at the start of the file."""
    for magic, kind in AT_START:
        if head.startswith(magic):
            return kind
    if head[:2] == b"MZ" and (b"\x00" in head[:64] or len(head) < 64):
        return "application/x-dosexec"
    if head[4:8] == b"ftyp":
        return BRANDS.get(head[8:12].strip().lower(), _by_brands(head))
    if head[4:8] in (b"moov", b"mdat", b"wide", b"skip") or (head[4:8] == b"free" and head[:2] == b"\x00\x00"):
        return "video/quicktime"
    if head[:4] == b"RIFF":
        return {b"AVI ": "video/x-msvideo", b"WAVE": "audio/wav", b"WEBP": "image/webp"}.get(head[8:12])
    if head[:4] == b"\x1aE\xdf\xa3":
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head[:16] == b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c":
        return "audio/x-ms-wma" if ext == ".wma" else "video/x-ms-wmv"
    if head[:2] == b"BM" and len(head) > 26 and struct.unpack_from("<I", head, 14)[0] in (12, 40, 52, 56, 64, 108, 124):
        return "image/bmp"
    if head[:2] == b"\xff\x0a" and ext == ".jxl":
        return "image/jxl"
    if head[:1] == b"\x30" and b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07" in head[:40]:
        return "application/pkcs7-mime" if ext == ".p7m" else "application/pkcs7-signature"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and ext in (".mp3", ".mp2", ".aac"):
        return "audio/mpeg" if ext != ".aac" else "audio/aac"
    return None


def _by_brands(head: bytes) -> str:
    """An ISO media file whose main brand says little (`mif1`, vendor marks): its compatible brands decide."""
    size = min(struct.unpack_from(">I", head)[0], len(head))
    for at in range(16, size - 3, 4):
        kind = BRANDS.get(head[at : at + 4].strip().lower())
        if kind is not None:
            return kind
    return "video/mp4"


def _by_offset(data: mmap.mmap | bytes, head: bytes) -> str | None:
    """Signatures that stand somewhere else than at the start."""
    pdf = head[:1024].find(b"%PDF-")
    if pdf >= 0 and (pdf == 0 or not _MAIL_HEADERS.match(head)) and head[pdf + 5 : pdf + 6].isdigit():
        return "application/pdf"
    if head[257:262] == b"ustar" or _is_old_tar(head):
        return "application/x-tar"
    if head[2:5] == b"-lh" and head[6:7] == b"-":
        return "application/x-lzh-compressed"
    for start, step in ((0, 188), (4, 192)):
        if len(head) > start + 3 * step and all(head[start + i * step] == 0x47 for i in range(4)):
            return "video/mp2t"
    if data[32769:32774] in (b"CD001", b"BEA01"):  # ISO 9660, UDF
        return "application/x-iso9660-image"
    return None


def _is_old_tar(head: bytes) -> bool:
    """A tar without `ustar` (old tools): its header's checksum is right."""
    if len(head) < 512 or head[0] == 0:
        return False
    field = head[148:156].strip(b" \x00")
    if not field or not all(48 <= digit <= 55 for digit in field):
        return False
    return int(field, 8) == sum(head[:148]) + 8 * 32 + sum(head[156:512])


def _text_kind(head: bytes, ext: str) -> str | None:
    """What kind of text this is; None for binary data."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16-le" if head[:1] == b"\xff" else "utf-16-be"
        head = head[2 : 2 + (len(head) - 2) // 2 * 2].decode(codec, "ignore").encode("utf-8", "ignore")
    elif not _looks_like_text(head):
        return None
    body = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x0c")
    if body[:5].lower() == b"{\\rtf":
        return "application/rtf"
    if body[:14].upper().startswith((b"BEGIN:VCALENDAR", b"BEGIN:VCALENDA")):
        return "text/calendar"
    if body[:11].upper() == b"BEGIN:VCARD":
        return "text/vcard"
    if body.startswith(b"-----BEGIN PGP SIGNATURE"):
        return "application/pgp-signature"
    if (body[:2] == b"#!" and b"\n" in body[:200]) or ext in SCRIPTS:
        return "text/x-script"
    if body[:1] == b"<":
        found = _markup_kind(body, ext)
        if found is not None:
            return found
    if _is_mail(body, needed=2 if ext in _MAIL_NAMES else 3):
        return _mail_kind(body, ext)
    return TEXT_NAMES.get(ext, TEXT)


def _markup_kind(body: bytes, ext: str) -> str | None:
    if _WORD_XML.search(body):
        return WORD
    if b"<office:document" in body and f'office:mimetype="{ODT}'.encode() in body:
        return ODT  # one flat XML file
    root = _ROOT.search(body)
    if root is not None and root[1].startswith(b"UOF"):
        return UOF  # a page may well mention the standard's address
    if ext in _WORD_ENDINGS and (_OFFICE_HTML in body or _HTML.search(body[:1500]) is not None):
        return WORD  # Word and WPS open a page with such a name as a document of theirs
    if body[:5] == b"<?xml" and _HTML.search(body[:600]) is None:
        return "image/svg+xml" if b"<svg" in body else "application/xml"
    if body[:4] == b"<svg":
        return "image/svg+xml"
    if _HTML.search(body[:1500]) is not None or ext in (".htm", ".html"):
        return "text/html"
    return None


def _is_mail(body: bytes, needed: int) -> bool:
    """Whether this begins as a mail: header lines only, at least `needed` different ones of those that mails have."""
    if body[:5] == b"From " and b"\n" in body[:200]:
        body = body[body.index(b"\n") + 1 :]
    known: set[bytes] = set()
    for line in re.split(rb"\r\n|\n|\r", body)[:60]:
        if not line:
            break
        if line[:1] in (b" ", b"\t"):
            continue
        found = _MAIL_HEADERS.match(line)
        if found is not None:
            known.add(found.group(1).lower())
        elif _HEADER_LINE.match(line) is None:
            return False
    return len(known) >= needed


def _mail_kind(body: bytes, ext: str) -> str:
    """A web page saved as one file has mail headers too; under a Word name it is Word's own kind of it."""
    if _SAVED_PAGE.search(body) is not None and _TRANSPORTED.search(body) is None:
        return WORD if ext in (".doc", ".wps") else "application/x-mimearchive"
    return MAIL


def _looks_like_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    controls = sum(head.count(bytes((code,))) for code in range(32) if code not in (8, 9, 10, 12, 13, 26, 27))
    if controls * 50 > len(head):
        return False
    for charset in ("utf-8", "gb18030"):
        # The head may end inside a character, so the last few bytes may fail.
        try:
            head.decode(charset)
            return True
        except UnicodeDecodeError as error:
            if len(head) == _HEAD and error.start >= len(head) - 4:
                return True
    return controls == 0 and len(head) > 64  # two charsets in one text: still a text


def _zip_kind(data: mmap.mmap | bytes, ext: str = "") -> str:
    entries = find_zip_names(data)
    names = {entry.name.replace(b"\\", b"/").lower().lstrip(b"/") for entry in entries}
    first = entries[0] if entries else None
    if first is not None and first.name == b"mimetype":
        declared = read_entry(data, first)[:120].strip().decode("ascii", "ignore")
        if declared.startswith(OPEN_DOCUMENTS):
            return ODT if declared == f"{ODT}-template" else declared
    if b"ofd.xml" in names:
        return "application/ofd"
    if b"[content_types].xml" in names or b"_rels/.rels" in names:
        return _package_kind(data, names)
    for marker, kind in (
        (b"androidmanifest.xml", "application/vnd.android.package-archive"),
        (b"meta-inf/manifest.mf", "application/java-archive"),
        (b"index/document.iwa", IWORK),
    ):
        if marker in names:
            return kind
    # A cut-off document may have lost the part list but still show its folders.
    for part, kind in DOCUMENT_PARTS:
        if part in names:
            return kind
    if ext in (".pages", ".numbers", ".key"):
        return IWORK
    return "application/zip"


def _package_kind(data: mmap.mmap | bytes, names: set[bytes]) -> str:
    """Office Open XML and XPS: by the folder of the main part, else by the list of content types."""
    macro = any(name.endswith((b"vbaproject.bin", b"xl/macrosheets/sheet1.xml")) for name in names)
    for folder, plain, with_macros in OOXML_FOLDERS:
        if any(name.startswith(folder) for name in names):
            if b"xl/workbook.bin" in names and not macro:
                return "application/vnd.ms-excel.sheet.binary"  # its registered name claims macros it need not have
            return with_macros if macro else plain
    if any(name.endswith((b".fdseq", b"fixeddocseq.fdseq")) for name in names):
        return "application/vnd.ms-xpsdocument"
    for entry in find_zip_names(data):
        if entry.name.lower() == b"[content_types].xml":
            types = read_entry(data, entry)
            for word, (_, plain, with_macros) in zip(
                (b"wordprocessingml", b"spreadsheetml", b"presentationml"), OOXML_FOLDERS, strict=False
            ):
                if word in types:
                    return with_macros if macro else plain
    return "application/zip"


def _ole_kind(path: Path, data: mmap.mmap, ext: str) -> str:
    with open_ole(path) as file:
        if file is None:
            return _stream_kind(data, ext)
        names = file.root_names()
        if file.root_class() == "000C1084-0000-0000-C000-000000000046":
            return "application/x-msi"
    for stream, kind in OLE_STREAMS:
        if stream.lower() in names:
            return _wps_or(kind, ext)
    if any(name.startswith("__substg1.0_") for name in names):
        return "application/vnd.ms-outlook"
    return CLAIMS.get(ext) or WPS_NAMES.get(ext, "application/x-ole-storage")


def _stream_kind(data: mmap.mmap | bytes, ext: str) -> str:
    """Best guess for an OLE file that cannot be opened."""
    found = find_stream_names(data, tuple(stream for stream, _ in OLE_STREAMS))
    if found is not None:
        return _wps_or(dict(OLE_STREAMS)[found], ext)
    return CLAIMS.get(ext) or WPS_NAMES.get(ext, "application/x-ole-storage")


def _wps_or(kind: str, ext: str) -> str:
    """WPS writes Microsoft's binary formats under names of its own; the name tells which program to blame."""
    wanted = {".wps": WORD, ".et": "application/vnd.ms-excel", ".dps": "application/vnd.ms-powerpoint"}
    return WPS_NAMES[ext] if wanted.get(ext) == kind else kind
