"""Which leaves of a mail are its body, and their text: alternatives told from attachments, uuencoded files and
flowed lines taken apart. Knows nothing of quoting."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parsers.charset import decode_text
from parsers.html_text import html_to_text, without_data_images
from parsers.mime_decode import Decoding
from parsers.mime_walk import Leaf, Structure
from parsers.raw_file import RawFile

_BODY_TYPES = ("text/plain", "text/html")
_IGNORED = frozenset(
    # Another form of the body that a client also writes, or what macOS keeps beside a file.
    ("text/x-amp-html", "text/watch-html", "text/enriched", "application/applefile", "message/external-body")
)
_REPORT_PARTS = frozenset(("message/delivery-status", "message/disposition-notification", "text/rfc822-headers",
                           "message/global-delivery-status"))  # fmt: skip
_LOOKS_LIKE_PAGE = re.compile(r"\s*<(?:!doctype html|html|head|body|div|meta)\b", re.IGNORECASE)
_UU_LINE = re.compile(rb"begin [0-7]{3,4} ([^\r\n]{1,300})\r?\n([^\r\n]{1,70})")


@dataclass(frozen=True, slots=True)
class UuFile:
    """A file that stands uuencoded in a plain text: its name as bytes, where its lines lie."""

    name: bytes
    start: int
    end: int


@dataclass(slots=True)
class Body:
    """`plain`, `html`: the body in both forms, "" where there is none. `attached`: the other leaves, in order;
    `uuencoded`: files found inside the text."""

    plain: str = ""
    html: str = ""
    attached: list[Leaf] = field(default_factory=list)
    uuencoded: list[UuFile] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Segment:
    """A stretch of the body: the plain and the HTML form of the same thing, or one of them."""

    group: int
    plain: list[Leaf] = field(default_factory=list)
    html: list[Leaf] = field(default_factory=list)


def read_body(source: RawFile, structure: Structure, text_chars: int) -> Body:
    """The body of a walked mail, at most about `text_chars` characters of each form."""
    body = Body()
    segments: list[_Segment] = []
    written = [leaf for leaf in structure.leaves if _is_body(leaf)]
    if not written:
        # Some clients name the text itself; only where nothing else is the body.
        named = [
            leaf for leaf in structure.leaves if leaf.media_type in _BODY_TYPES and leaf.disposition != "attachment"
        ]
        written = named[:1]
    chosen = {leaf.start for leaf in written}
    for leaf in structure.leaves:
        if leaf.start in chosen:
            _add_to_segment(segments, leaf)
            if not leaf.file_name:
                continue
        if leaf.media_type not in _IGNORED and not (leaf.media_type in _REPORT_PARTS and not leaf.file_name):
            body.attached.append(leaf)
    _join(source, segments, text_chars, body)
    return body


def _is_body(leaf: Leaf) -> bool:
    return leaf.media_type in _BODY_TYPES and leaf.disposition != "attachment" and not leaf.file_name


def _add_to_segment(segments: list[_Segment], leaf: Leaf) -> None:
    group = next((number for number, subtype in reversed(leaf.ancestors) if subtype == "alternative"), -1)
    if not segments or group < 0 or segments[-1].group != group:
        segments.append(_Segment(group))
    (segments[-1].html if leaf.media_type == "text/html" else segments[-1].plain).append(leaf)


def _join(source: RawFile, segments: list[_Segment], text_chars: int, body: Body) -> None:
    """Both forms from all segments; a stretch that only HTML has is put into the plain form as well, if there is one."""
    plains: list[str] = []
    htmls: list[str] = []
    whole: list[tuple[str, str]] = []
    for segment in segments:
        plain = "\n".join(_text(source, leaf, text_chars, body) for leaf in segment.plain)
        html = "".join(_text(source, leaf, text_chars, body) for leaf in segment.html)
        if not html and _LOOKS_LIKE_PAGE.match(plain):
            plain, html = "", plain
        whole.append((plain, without_data_images(html)))
    any_plain = any(plain.strip() for plain, _ in whole)
    for plain, html in whole:
        if any_plain:
            plains.append(plain if plain.strip() or not html else html_to_text(html))
        htmls.append(html)
    body.plain = "\n".join(plains)[:text_chars]
    body.html = "".join(htmls)[: 2 * text_chars]


def _text(source: RawFile, leaf: Leaf, text_chars: int, body: Body) -> str:
    """One leaf's text. Uuencoded files in it are noted and left out."""
    ranges = [(leaf.start, leaf.end)]
    if leaf.encoding in ("", "7bit", "8bit", "binary") and leaf.media_type == "text/plain":
        ranges = _without_uuencoded(source, leaf, body)
    room = text_chars * 4
    data = b""
    for start, end in ranges:
        if end - start > room - len(data):
            body.defects.append("text_cut")
            end = start + max(0, room - len(data))
        decoding = Decoding(source.chunks(start, end), leaf.encoding)
        data += b"".join(decoding)
        if _is_raw(decoding, data):
            data = source.read(start, end)  # a label that lies: the text stands there as it is
            body.defects.append("false_encoding")
    markup = leaf.media_type == "text/html"
    text, lost = decode_text(data, leaf.params.get("charset"), markup=markup)
    if lost:
        body.defects.append("characters_lost")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if leaf.params.get("format", "").lower() == "flowed" and not markup:
        text = unflow(text, delete_space=leaf.params.get("delsp", "").lower() == "yes")
    return text


def _is_raw(decoding: Decoding, data: bytes) -> bool:
    """Whether a base64 text was none: about as much was thrown away as was decoded."""
    return decoding.junk > 20 and decoding.junk * 2 > len(data)


def _without_uuencoded(source: RawFile, leaf: Leaf, body: Body) -> list[tuple[int, int]]:
    """The ranges of a leaf that are text."""
    ranges: list[tuple[int, int]] = []
    at = leaf.start
    while len(body.uuencoded) < 100:
        begin = source.find(b"begin ", at, leaf.end)
        if begin < 0:
            break
        head = _UU_LINE.match(source.read(begin, min(begin + 400, leaf.end)))
        before = source.read(begin - 1, begin) if begin > leaf.start else b"\n"
        end = (
            source.find(b"\nend", begin, leaf.end)
            if head is not None and before == b"\n" and _is_uu(head.group(2))
            else -1
        )
        if head is None or end < 0:
            ranges.append((at, begin + 6))
            at = begin + 6
            if len(ranges) > 1000:
                break
            continue
        ranges.append((at, begin))
        body.uuencoded.append(UuFile(head.group(1).strip(), begin, end + 4))
        at = end + 4
    ranges.append((at, leaf.end))
    return ranges


def _is_uu(line: bytes) -> bool:
    return 32 < line[0] <= 96 and len(line) >= 1 + (((line[0] - 32) & 63) + 2) // 3 * 4


def unflow(text: str, *, delete_space: bool) -> str:
    """Text with format=flowed (RFC 3676) in its paragraphs: a line that ends in a blank goes on in the next."""
    paragraphs: list[list[str]] = []
    flowing = False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        bare = line[depth:].removeprefix(" ")
        flows = bare.endswith(" ") and bare != "-- "
        piece = bare[:-1] if flows and delete_space else bare
        if flowing and depth == 0:
            paragraphs[-1].append(piece)
        else:
            paragraphs.append([line[:depth] + (" " if depth else ""), piece])
        flowing = flows and depth == 0
    return "\n".join("".join(pieces) for pieces in paragraphs)
