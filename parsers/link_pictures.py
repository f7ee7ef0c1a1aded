"""Links that stand in pictures: QR codes on pages and in pasted pictures, which say exactly what they say, and addresses
that were read from a picture's text, where l, 1 and I look alike: these are doubtful and prove no fault of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from core.facts import Link, PageFacts
from core.ports import ReadLimits
from parsers.links import find_links
from parsers.pdf import page_pictures
from parsers.qr import find_qr_texts, read_qr_texts

_PAGES = 10  # pages of one file that are looked at for QR codes
_PICTURES = 12  # pasted pictures of one document


def qr_links_of_pages(path: Path, pages: Sequence[PageFacts], name: str) -> tuple[Link, ...]:
    """Links in the QR codes of a PDF's pages that hold pictures. Never raises but MemoryError."""
    shown = [index for index, page in enumerate(pages) if page.image or page.has_picture][:_PAGES]
    texts: list[str] = []
    for picture in page_pictures(path, shown) if shown else ():
        texts += find_qr_texts(picture)
    return find_links("\n".join(texts), found_in=name)


def qr_links_of_pictures(files: Iterable[bytes], limits: ReadLimits, name: str) -> tuple[Link, ...]:
    """Links in the QR codes of pictures pasted into a document."""
    texts: list[str] = []
    for _, data in zip(range(_PICTURES), files, strict=False):
        texts += read_qr_texts(data, limits)
    return find_links("\n".join(texts), found_in=name)


def doubtful_links(text: str, name: str) -> tuple[Link, ...]:
    """Links in text that was read from a picture."""
    return tuple(replace(link, doubtful=True) for link in find_links(text, found_in=name))


def together(sure: Iterable[Link], *more: Iterable[Link]) -> tuple[Link, ...]:
    """Links of several readings of one file, each address once: the first reading's word, completed by a later one's
    code. A doubtful address beside a sure one of its provider is that one misread."""
    found: dict[str, Link] = {}
    for link in (one for group in (sure, *more) for one in group):
        known = found.get(link.url)
        if known is None:
            if not (link.doubtful and any(other.provider == link.provider and not other.doubtful for other in found.values())):
                found[link.url] = link
        elif known.code is None and link.code is not None and not link.doubtful:
            found[link.url] = replace(known, code=link.code)
    return tuple(found.values())
