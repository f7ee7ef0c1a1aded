"""Pages of a scan that was pasted into a document: which of its pictures they are, and in what order. The one place that
numbers them, for the reader of scans, for `inspect --picture` and for the staff pages alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.facts import PageFacts, ScanFacts
from core.ports import ReadLimits
from parsers.pictures import read_picture


@dataclass(frozen=True, slots=True)
class PastedPage:
    """`data`: the picture's file; `number`: its page in that, from 0; `facts`: what is known without looking closer."""

    data: bytes
    number: int
    facts: PageFacts


def pasted_pages(files: Sequence[bytes], limits: ReadLimits) -> tuple[PastedPage, ...]:
    """The pages among these pictures that have a page's size, a TIFF's one by one. What cannot be read is left out."""
    pages: list[PastedPage] = []
    for data in files:
        found = read_picture(data, limits)
        if isinstance(found, ScanFacts):
            pages += [PastedPage(data, number, page) for number, page in enumerate(found.pages) if page.image]
    return tuple(pages)


def pasted_scan(pages: Sequence[PastedPage]) -> ScanFacts | None:
    """They as one scan at which nobody looked yet; None if there are none."""
    return ScanFacts(pages=tuple(page.facts for page in pages), page_count=len(pages)) if pages else None
