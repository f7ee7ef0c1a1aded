"""A raw mail to `MessageFacts`: the one entry point `read_mail`.

The order is the file: structure (mime_walk), body (body), mail-parser's view (mail_view) and the envelope (envelope),
attachments (attachments), new text and history (quoting), links (links). Nothing here decodes or judges by itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from core.facts import Envelope, Link, MessageFacts
from core.ports import BlobStore, ReadLimits
from parsers.attachments import Hints, PartReader
from parsers.body import Body, read_body
from parsers.charset import decode_header
from parsers.envelope import read_envelope
from parsers.file_names import clean_name, looks_like_name
from parsers.html_text import find_content_ids
from parsers.links import find_links
from parsers.mail_view import read_view
from parsers.mime_decode import Decoding, find_hidden_base64
from parsers.mime_walk import Leaf, Structure, walk
from parsers.quoting import Context, Split, split_body
from parsers.raw_file import RawFile

_SPARE_LEAVES = 100  # texts and the like beside the attachments that `ReadLimits.parts` counts


def read_mail(path: Path, blobs: BlobStore, limits: ReadLimits, *, closed: bool = False) -> MessageFacts:
    """Everything a raw mail says. Attachments and the files inside them go to `blobs`, piece by piece. `closed`: archives
    and mails inside are left closed, as containers without content.

    Never raises for any content of the file; what was broken is in `defects`, what could not be saved in `lost`.
    Raises OSError when the file or the blob store cannot be read or written.
    """
    return _read(path, blobs, limits, depth=0, closed=closed)


def _read(path: Path, blobs: BlobStore, limits: ReadLimits, depth: int, *, closed: bool = False) -> MessageFacts:
    with RawFile(path) as source:
        digest = hashlib.sha256()
        for chunk in source.chunks(0, source.size):
            digest.update(chunk)
        structure = walk(source, limits.parts + _SPARE_LEAVES)
        body = read_body(source, structure, limits.text_chars)
        view = read_view(structure.headers, body.plain, body.html)
        envelope = read_envelope(structure.headers, view)
        reader = PartReader(blobs, limits, lambda inner, level: _read(inner, blobs, limits, level), closed=closed)
        bad, cut = _add_parts(source, body, reader, depth)
        reader.join_volumes(depth)
        plain = view.plain if view and _same(view.plain, body.plain) else body.plain
        split = split_body(plain, body.html, _context(envelope))
        defects = [*structure.defects, *dict.fromkeys(body.defects), *(["bad_encoding"] if bad else [])]
        if reader.full:
            defects.append("too_many_parts")
        return MessageFacts(
            envelope=envelope,
            text=split.text[: limits.text_chars],
            quoted=split.quoted[: limits.text_chars],
            forwarded=split.forwarded,
            parts=tuple(reader.parts),
            links=_links(envelope.subject, split),
            defects=tuple(dict.fromkeys(defects)),
            lost=reader.lost or _is_lost(structure, bad=bad, cut=cut, full=reader.full),
            sha256=digest.hexdigest(),
            size=source.size,
        )


def _same(one: str, other: str) -> bool:
    """Whether two readings of a text differ in nothing but line ends and blanks round them."""
    return one.replace("\r\n", "\n").strip() == other.strip()


def _is_lost(structure: Structure, *, bad: bool, cut: bool, full: bool) -> bool:
    """Whether parts of the mail are missing: left out, undecodable, or cut off. A mail without its last boundary is
    only cut off if its last file ends in the middle of a group of base64."""
    return structure.lost or bad or full or (cut and "no_closing_boundary" in structure.defects)


def _context(envelope: Envelope) -> Context:
    return Context(
        subject=envelope.subject,
        answers=bool(envelope.in_reply_to or envelope.references),
        sender=envelope.sender or "",
        recipients=frozenset(envelope.to),
    )


def _links(subject: str, split: Split) -> tuple[Link, ...]:
    """Links of the subject and the new text, then those that stand in the history only."""
    found = {link.url: link for link in find_links(subject, None, "subject")}
    for link in find_links(split.text, split.html or None, "body"):
        if link.url not in found or (link.code and not found[link.url].code):
            found[link.url] = link
    for link in find_links(split.quoted, split.quoted_html or None, "body"):
        found.setdefault(link.url, replace(link, quoted=True))
    return tuple(found.values())


# ---- attachments ------------------------------------------------------------------------------------------------


def _add_parts(source: RawFile, body: Body, reader: PartReader, depth: int) -> tuple[bool, bool]:
    """Hands every leaf that is no body to the reader. Returns whether one of them could not be decoded, and whether
    the last one is cut off."""
    shown = find_content_ids(body.html)
    bad = cut = False
    for leaf in body.attached:
        decoding = _decoding(source, leaf)
        cid = leaf.content_id.lower()
        hints = Hints(
            shown=bool(cid) and cid in shown,
            related=any(subtype == "related" for _, subtype in leaf.ancestors) and bool(cid),
            disposition=leaf.disposition,
            named=bool(leaf.file_name),
        )
        reader.add(_bounded(decoding, reader.limits.attachment), (_name(leaf),), hints=hints, depth=depth)
        bad, cut = bad or decoding.bad, decoding.cut
    for file in body.uuencoded:
        decoding = Decoding(source.chunks(file.start, file.end), "uuencode")
        reader.add(decoding, (clean_name(decode_header(file.name)),), depth=depth)
    return bad, cut


def _decoding(source: RawFile, leaf: Leaf) -> Decoding:
    """The leaf's bytes; base64 that nobody declared is noticed."""
    encoding = leaf.encoding
    if find_hidden_base64(source.read(leaf.start, min(leaf.start + 400, leaf.end)), encoding):
        encoding = "base64"
    return Decoding(source.chunks(leaf.start, leaf.end), encoding)


def _bounded(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            return
        yield chunk


def _name(leaf: Leaf) -> str:
    """The file's name, cleaned: as given, else from a description that looks like one."""
    name = clean_name(leaf.file_name)
    if name:
        return name
    for header in ("content-description", "content-location"):
        described = leaf.headers.text(header)
        if looks_like_name(described):
            return clean_name(described)
    return ""
