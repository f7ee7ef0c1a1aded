"""A second, closer look at a part's pages: seals, the text of pictures, QR codes. Takes seconds, so it comes last.

`parsers.part` has told what the part is; here its pages are drawn and looked at. What cannot be drawn stays as it was.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from core.campaign import Campaign
from core.facts import Part, ScanFacts
from core.ports import ReadLimits
from parsers.links import find_links
from parsers.qr import read_qr_texts
from parsers.scan import look_at_pages, pdf_loader, picture_loader
from parsers.seal_colour import Picture
from parsers.word import read_word

SMALL_INLINE = 60 * 1024
"""Bytes. Pictures in the body below this are logos and signatures: nothing to look for."""


def look_closer(path: Path, part: Part, campaign: Campaign, limits: ReadLimits, *, ocr: bool, seals: bool) -> Part:
    """The part with seals, rotation, text and forms of its pages. Raises MemoryError only."""
    if part.problem is not None or not (ocr or seals):
        return part
    if part.inline and part.size < SMALL_INLINE:
        return part
    if part.embedded is not None:
        return replace(part, embedded=_embedded(path, part.embedded, campaign, limits, ocr=ocr, seals=seals))
    if part.scan is None:
        return part
    picture = part.media_type.startswith("image/")
    if not picture and part.media_type != "application/pdf":
        return part
    load = picture_loader(path, limits) if picture else pdf_loader(path)
    scan = look_at_pages(part.scan, load, campaign, limits, ocr=ocr, seals=seals)
    text = part.text or "\n".join(page.text for page in scan.pages)[: limits.text_chars]
    links = part.links or find_links(text, found_in=part.name)
    if picture:
        known = {link.url for link in links}
        codes = find_links("\n".join(read_qr_texts(path, limits)), found_in=part.name)
        links = (*links, *(link for link in codes if link.url not in known))
    return replace(part, scan=scan, text=text, links=links)


def _embedded(
    path: Path, scan: ScanFacts, campaign: Campaign, limits: ReadLimits, *, ocr: bool, seals: bool
) -> ScanFacts:
    """Pages that are pictures pasted into a Word file, in the file's order."""
    pictures = read_word(path, campaign, limits).pictures
    if len(pictures) != len(scan.pages):
        return scan

    def load(index: int, dpi: int) -> Picture:
        return picture_loader(pictures[index], limits)(0, dpi)

    return look_at_pages(scan, load, campaign, limits, ocr=ocr, seals=seals)
