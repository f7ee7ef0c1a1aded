"""Outlook's own containers: winmail.dat (TNEF, MS-OXTNEF) and .msg (OLE, MS-OXMSG) as text and files.

winmail.dat is walked record by record from the file, so that an attachment of any size streams; .msg is read through
`parsers.ole`. Names come in the codepage of the sender's system, which for these senders is GBK.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from core.facts import Unreadable
from parsers import mapi
from parsers.charset import decode_text
from parsers.file_names import clean_name
from parsers.ole import OleFile, open_ole
from parsers.raw_file import RawFile
from parsers.unpacking import Budget, Inner, Trouble, is_machine_error

TNEF, MSG = "application/ms-tnef", "application/vnd.ms-outlook"
TNEF_MAGIC = b"\x78\x9f\x3e\x22"
_EMBEDDED = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"  # IID_IMessage
_MAX_RECORD = 4 << 20  # a record of properties that is looked into
_MAX_FILES = 1000
_MAX_TEXT = 2 << 20
_MAX_NESTED = 5

# TNEF attributes (low word)
_RENDERING, _TITLE, _DATA, _PROPERTIES, _MESSAGE_PROPERTIES, _BODY, _SUBJECT, _CODEPAGE, _TRANSPORT_NAME = (
    0x9002, 0x8010, 0x800F, 0x9005, 0x9003, 0x800C, 0x8004, 0x9007, 0x9001
)  # fmt: skip


@dataclass(slots=True)
class OutlookMail:
    """What a container says besides its files."""

    subject: str = ""
    sender: str = ""
    text: str = ""
    html: str = ""
    files: list[Found] = field(default_factory=list)


@dataclass(slots=True)
class Found:
    """A file inside: name as given ("" if none), where its bytes lie: stretches of the container, or an OLE stream."""

    name: str = ""
    start: int = 0
    size: int = 0
    stream: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    inline: bool = False
    short_name: str = ""


def files_of(path: Path, mail: OutlookMail, budget: Budget) -> Iterator[Inner]:
    """The files of a container read by `read_tnef` or `read_msg`, streamed. Raises Trouble over the limits."""
    for found in mail.files[:_MAX_FILES]:
        budget.take_file()
        name = clean_name(found.name) or clean_name(found.short_name)
        chunks = _stream_chunks(path, found.stream) if found.stream else _file_chunks(path, found)
        inner = Inner((*found.folders, name), iter(()), given=bool(name), inline=found.inline)
        inner.chunks = _counted(chunks, budget)
        yield inner


def _counted(chunks: Iterator[bytes], budget: Budget) -> Iterator[bytes]:
    for chunk in chunks:
        budget.take_bytes(len(chunk))
        yield chunk


def _file_chunks(path: Path, found: Found) -> Iterator[bytes]:
    with RawFile(path) as source:
        yield from source.chunks(found.start, found.start + found.size)


def _stream_chunks(path: Path, stream: tuple[str, ...]) -> Iterator[bytes]:
    with open_ole(path) as file:
        if file is not None:
            yield from file.chunks(stream)


# ---- winmail.dat ------------------------------------------------------------------------------------------------


def read_outlook(path: Path, media_type: str) -> OutlookMail:
    """A winmail.dat or .msg. Raises Trouble for whatever keeps it from being read."""
    try:
        return read_tnef(path) if media_type == TNEF else read_msg(path)
    except Trouble:
        raise
    except Exception as error:
        if is_machine_error(error):
            raise
        raise Trouble(Unreadable("damaged", type(error).__name__)) from error


def read_tnef(path: Path) -> OutlookMail:
    """Subject, text and files of a TNEF stream. Raises Trouble when it is none or damaged before anything was found."""
    mail = OutlookMail()
    with RawFile(path) as source:
        if source.read(0, 4) != TNEF_MAGIC:
            raise Trouble(Unreadable("damaged", "tnef"))
        complete = _walk_records(source, 6, source.size, mail)
    mail.files = [found for found in mail.files if found.size or found.name or found.short_name]
    if not complete and not mail.files and not mail.text:
        raise Trouble(Unreadable("damaged", "tnef"))
    return mail


def _walk_records(source: RawFile, at: int, end: int, mail: OutlookMail) -> bool:
    """Reads records in [at, end): level, id, type, length, data, checksum. False if the last one is cut off."""
    codepage = 0
    while at + 11 <= end and len(mail.files) <= _MAX_FILES:
        level, number, _, length = struct.unpack("<BHHI", source.read(at, at + 9))
        start = at + 9
        if level not in (1, 2) or start + length > end:
            return False
        if number == _CODEPAGE and length >= 4:
            codepage = struct.unpack("<I", source.read(start, start + 4))[0]
        elif level == 1:
            _message_record(source, number, start, length, codepage, mail)
        else:
            _file_record(source, number, start, length, codepage, mail)
        at = start + length + 2
    return at >= end


def _message_record(source: RawFile, number: int, start: int, length: int, codepage: int, mail: OutlookMail) -> None:
    if number not in (_BODY, _SUBJECT, _MESSAGE_PROPERTIES) or length > _MAX_RECORD:
        return
    data = source.read(start, start + length)
    if number == _BODY:
        mail.text = mail.text or mapi.decode_string(data, mapi.STRING8, codepage)
    elif number == _SUBJECT:
        mail.subject = mail.subject or mapi.decode_string(data, mapi.STRING8, codepage)
    else:
        values = mapi.read_properties(data)
        mail.text = mapi.text_of(data, values.get(mapi.BODY), codepage) or mail.text
        mail.subject = mapi.text_of(data, values.get(mapi.SUBJECT), codepage) or mail.subject
        page = values.get(mapi.HTML)
        if page is not None:
            mail.html = decode_text(data[page.start : page.start + page.size], markup=True)[0]


def _file_record(source: RawFile, number: int, start: int, length: int, codepage: int, mail: OutlookMail) -> None:
    if number == _RENDERING or not mail.files:
        mail.files.append(Found())
    found = mail.files[-1]
    if number == _DATA:
        found.start, found.size = start, length
    elif number in (_TITLE, _TRANSPORT_NAME) and length < 4096:
        found.short_name = found.short_name or mapi.decode_string(
            source.read(start, start + length), mapi.STRING8, codepage
        )
    elif number == _PROPERTIES:
        # The properties may hold the file itself; then only their beginning is read here.
        data = source.read(start, start + min(length, _MAX_RECORD))
        values = mapi.read_properties(data)
        found.name = mapi.text_of(data, values.get(mapi.LONG_NAME), codepage) or found.name
        found.short_name = found.short_name or mapi.text_of(data, values.get(mapi.FILE_NAME), codepage)
        found.name = found.name or mapi.text_of(data, values.get(mapi.DISPLAY_NAME), codepage)
        found.inline = mapi.CONTENT_ID in values
        content = values.get(mapi.DATA)
        if content is not None and not found.size:
            _embedded(source, start + content.start, content.size, found)


def _embedded(source: RawFile, start: int, size: int, found: Found) -> None:
    """A forwarded mail (a TNEF stream behind its interface id), or a file kept as a property."""
    if source.read(start, start + 16) == _EMBEDDED:
        found.start, found.size = start + 16, size - 16
        found.name = f"{found.name or '邮件'}.dat" if not found.name.endswith(".dat") else found.name
    else:
        found.start, found.size = start, size


# ---- .msg -------------------------------------------------------------------------------------------------------


def read_msg(path: Path) -> OutlookMail:
    """Subject, text and files of an Outlook message file, those of mails attached to it included (under the mail's
    name). Raises Trouble when the file cannot be opened."""
    mail = OutlookMail()
    with open_ole(path) as file:
        if file is None:
            raise Trouble(Unreadable("damaged", "msg"))
        by_folder: dict[tuple[str, ...], dict[str, tuple[str, ...]]] = {}
        for stream in file.paths():
            by_folder.setdefault(stream[:-1], {})[stream[-1].lower()] = stream
        _read_message(file, (), by_folder, mail, ())
    return mail


def _read_message(
    file: OleFile,
    root: tuple[str, ...],
    by_folder: dict[tuple[str, ...], dict[str, tuple[str, ...]]],
    mail: OutlookMail,
    folders: tuple[str, ...],
) -> None:
    """One message storage: its text into `mail`, its attachments into `mail.files`."""
    streams = by_folder.get(root, {})
    subject, text = _string(file, streams, mapi.SUBJECT), _string(file, streams, mapi.BODY)
    page = _raw(file, streams, mapi.HTML, mapi.BINARY)
    html = decode_text(page, markup=True)[0] if page else ""
    if not root:
        mail.subject, mail.text, mail.html = subject, text, html
        mail.sender = _string(file, streams, mapi.SENDER_SMTP) or _string(file, streams, mapi.SENDER_ADDRESS)
    else:
        mail.text = f"{mail.text}\n\n{subject}\n{text}"[:_MAX_TEXT]
        mail.html += html
    depth = len(root)
    attached = sorted({folder[depth] for folder in by_folder if len(folder) > depth and folder[:depth] == root})
    for name in attached[:_MAX_FILES]:
        if not name.lower().startswith("__attach_version1.0"):
            continue
        place = (*root, name)
        inner = (*place, "__substg1.0_3701000D")
        if inner in by_folder and depth < 2 * _MAX_NESTED:
            title = clean_name(_string(file, by_folder[inner], mapi.SUBJECT)) or "邮件"
            _read_message(file, inner, by_folder, mail, (*folders, f"{title}.msg"))
        elif len(mail.files) < _MAX_FILES:
            _add_file(file, by_folder.get(place, {}), mail, folders)


def _add_file(file: OleFile, streams: dict[str, tuple[str, ...]], mail: OutlookMail, folders: tuple[str, ...]) -> None:
    content = streams.get(f"__substg1.0_{mapi.DATA:04x}{mapi.BINARY:04x}")
    if content is None:
        return  # a link to a file somewhere else
    name = _string(file, streams, mapi.LONG_NAME) or _string(file, streams, mapi.DISPLAY_NAME)
    short = _string(file, streams, mapi.FILE_NAME)
    inline = bool(_string(file, streams, mapi.CONTENT_ID))
    mail.files.append(Found(name, stream=content, folders=folders, inline=inline, short_name=short))


def _string(file: OleFile, streams: dict[str, tuple[str, ...]], number: int) -> str:
    for kind in (mapi.UNICODE, mapi.STRING8):
        raw = _raw(file, streams, number, kind)
        if raw:
            return mapi.decode_string(raw, kind)
    return ""


def _raw(file: OleFile, streams: dict[str, tuple[str, ...]], number: int, kind: int) -> bytes:
    stream = streams.get(f"__substg1.0_{number:04x}{kind:04x}")
    return (file.read(stream, _MAX_RECORD) or b"") if stream is not None else b""
