"""Word documents (.docx and its kin) -> the form in them, their text, links, and pictures that fill a page.

python-docx opens the package and checks it; the tree it found is walked by `parsers.word_xml`. Files that it refuses
although Word shows them (strict form, template types, relations that point nowhere) are opened by hand.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE

from core.campaign import Campaign
from core.facts import Blocked, FormFacts, Link, Unreadable
from core.ports import ReadLimits
from parsers.blocks import Block, text_of
from parsers.form import read_forms
from parsers.links import find_links
from parsers.package import check_package, parse_xml, read_member
from parsers.word_pictures import page_pictures, small_pictures
from parsers.word_tree import attr, local, page_size
from parsers.word_xml import PictureRef, WordWalker

_PART = "|"  # between the number of a header or note and a relationship of its own
_PICTURE_DOCUMENT = 200  # characters: with less text than this the pictures are the document
_FLAT = re.compile(rb"wordDocument|xmlPackage|<w:document\b")


@dataclass(frozen=True, slots=True)
class WordFacts:
    """What a Word document says. `forms`: all forms of the campaign in it, `form` the first. `pictures`: files of
    the pictures that fill a page (a scan pasted in), in order; `small`: of the others, where a QR code may be.
    `problem`: why nothing could be read."""

    form: FormFacts | None = None
    text: str = ""
    links: tuple[Link, ...] = ()
    pictures: tuple[bytes, ...] = ()
    forms: tuple[FormFacts, ...] = ()
    problem: Unreadable | Blocked | None = None
    small: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class _Document:
    """An opened document: its body, the roots of headers and the like, addresses of links, a way to its pictures."""

    body: Any
    heads: tuple[Any, ...] = ()
    notes: tuple[Any, ...] = ()
    targets: Mapping[str, str] = field(default_factory=dict)
    picture: Callable[[str], bytes | None] = lambda _: None


def read_word(path: Path, campaign: Campaign, limits: ReadLimits, *, name: str = "") -> WordFacts:
    """Reads a .docx or a Word XML file. `name` is what links are said to be found in. Never raises for any bytes,
    except MemoryError."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if head[:2] != b"PK" and _FLAT.search(head):
            document = _open_flat(path)
        else:
            problem = check_package(path, limits)
            if problem is not None:
                return WordFacts(problem=problem)
            document = _open(path)
        if document is None:
            return WordFacts(problem=Unreadable("damaged", "no document inside"))
        return _read(document, campaign, limits, name or path.name)
    except MemoryError:
        raise
    except Exception as error:  # whatever a stranger's file makes a parser raise costs this file only
        return WordFacts(problem=Unreadable("damaged", f"{type(error).__name__}: {error}"[:200]))


def read_blocks(blocks: list[Block], campaign: Campaign, limits: ReadLimits, name: str) -> WordFacts:
    """The facts of a document that is blocks already (HTML, converted old formats)."""
    forms = read_forms(blocks, campaign, limit=limits.text_chars)
    return WordFacts(
        form=forms[0] if forms else None,
        text=text_of(blocks, limits.text_chars),
        links=find_links(text_of(blocks, limits.text_chars, targets=True), found_in=name),
        forms=forms if len(forms) > 1 else (),
    )


def _read(document: _Document, campaign: Campaign, limits: ReadLimits, name: str) -> WordFacts:
    blocks, refs, around = _walk(document)
    facts = read_blocks(blocks, campaign, limits, name)
    pictures = _pages_in(document, refs, around, facts.text)
    small = small_pictures(document.picture, refs, pictures)
    return WordFacts(facts.form, facts.text, facts.links, pictures, facts.forms, small=small)


def find_page_pictures(path: Path, limits: ReadLimits) -> tuple[bytes, ...]:
    """The files of pictures that fill a page, as `read_word` finds them; none in what is no .docx."""
    try:
        document = _open(path) if check_package(path, limits) is None else None
        if document is None:
            return ()
        blocks, refs, around = _walk(document)
        return _pages_in(document, refs, around, text_of(blocks, limits.text_chars))
    except MemoryError:
        raise
    except Exception:  # as in `read_word`
        return ()


def read_text(path: Path, limits: ReadLimits) -> str:
    """The words of a .docx, whatever they are; "" for what is none."""
    try:
        document = _open(path) if check_package(path, limits) is None else None
        return text_of(_walk(document)[0], limits.text_chars) if document is not None else ""
    except MemoryError:
        raise
    except Exception:  # as in `read_word`
        return ""


def _walk(document: _Document) -> tuple[list[Block], list[PictureRef], list[PictureRef]]:
    """Everything in reading order; the pictures of the body, and those of headers and notes."""
    blocks: list[Block] = []
    refs: list[PictureRef] = []
    around: list[PictureRef] = []
    for place, root in (*enumerate(document.heads), (None, document.body), *enumerate(document.notes, len(document.heads))):
        walker = WordWalker(document.targets, "" if place is None else f"{place}{_PART}")
        blocks.extend(walker.blocks(root))
        (refs if place is None else around).extend(walker.pictures)
    return blocks, refs, around


def _pages_in(document: _Document, refs: list[PictureRef], around: list[PictureRef], text: str) -> tuple[bytes, ...]:
    alone = len("".join(text.split())) < _PICTURE_DOCUMENT
    # A page pasted behind the text belongs to the header; what is small there is a letterhead.
    pictures = page_pictures(document.picture, refs, page_size(document.body), alone=alone)
    return pictures + page_pictures(document.picture, around, page_size(document.body), alone=False)


def _open(path: Path) -> _Document | None:
    try:
        opened = docx.Document(str(path))
    except MemoryError:
        raise
    except Exception:  # python-docx raises KeyError, ValueError and lxml's errors alike
        return _open_by_hand(path)
    part = opened.part
    heads: list[tuple[Any, Any]] = []  # root, part
    notes: list[tuple[Any, Any]] = []
    targets: dict[str, str] = {}
    for key, relation in part.rels.items():
        if relation.is_external:
            targets[key] = str(relation.target_ref)
            continue
        kind = relation.reltype
        if kind in (RELATIONSHIP_TYPE.HEADER, RELATIONSHIP_TYPE.FOOTER):
            inner = (parse_xml(relation.target_part.blob), relation.target_part)
            (heads if kind == RELATIONSHIP_TYPE.HEADER else notes).append(inner)
        elif kind in (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES):
            notes.append((parse_xml(relation.target_part.blob), relation.target_part))
    heads, notes = [h for h in heads if h[0] is not None], [n for n in notes if n[0] is not None]
    owners = [owner for _, owner in (*heads, *notes)]

    def picture(key: str) -> bytes | None:
        place, mark, own = key.rpartition(_PART)
        relation = (owners[int(place)] if mark else part).rels.get(own)
        return None if relation is None or relation.is_external else bytes(relation.target_part.blob)

    body = opened.element.body
    if body is None:
        return None
    return _Document(body, tuple(root for root, _ in heads), tuple(root for root, _ in notes), targets, picture)


def _open_by_hand(path: Path) -> _Document | None:
    """The main part and its relations straight from the zip."""
    with zipfile.ZipFile(path) as package:
        main = _main_part(package)
        root = parse_xml(read_member(package, main) or b"")
    body = _body(root)
    if body is None:
        return None
    folder, base = posixpath.split(main)
    with zipfile.ZipFile(path) as package:
        relations = parse_xml(read_member(package, f"{folder}/_rels/{base}.rels") or b"")
        targets: dict[str, str] = {}
        inner: dict[str, str] = {}
        for relation in relations if relations is not None else ():
            key, target = attr(relation, "Id") or "", attr(relation, "Target") or ""
            external = (attr(relation, "TargetMode") or "").lower() == "external"
            (targets if external else inner)[key] = target if external else posixpath.normpath(f"{folder}/{target}")
            if not external and target.startswith("/"):
                inner[key] = target.lstrip("/")
        heads = [parse_xml(read_member(package, part) or b"") for part in inner.values() if "header" in posixpath.basename(part)]

    def picture(key: str) -> bytes | None:
        if key not in inner:
            return None  # also those of headers, whose relations are not read here
        with zipfile.ZipFile(path) as again:
            return read_member(again, inner[key])

    return _Document(body, tuple(head for head in heads[:20] if head is not None), (), targets, picture)


def _main_part(package: zipfile.ZipFile) -> str:
    roots = parse_xml(read_member(package, "_rels/.rels") or b"")
    for relation in roots if roots is not None else ():
        if (attr(relation, "Type") or "").endswith("/officeDocument") and attr(relation, "Target"):
            return str(attr(relation, "Target")).lstrip("/")
    return "word/document.xml"


def _body(root: Any) -> Any:
    if root is None:
        return None
    return next((element for element in root.iter() if local(element) == "body"), None)


def _open_flat(path: Path) -> _Document | None:
    """Word 2003 XML and flat packages: one XML file."""
    body = _body(parse_xml(path.read_bytes()))
    return None if body is None else _Document(body)
