"""Stands in for `parsers.scan` where the libraries that look at pictures are not installed: pages are taken in as they
come, and whatever was asked about them stays a doubt, which is for a person. Nothing here is ever a fault of the sender.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.campaign import Campaign
from core.facts import ScanFacts
from core.ports import ReadLimits
from parsers.pasted import pasted_pages, pasted_scan


def look_at_pages(scan: ScanFacts, load: object, campaign: Campaign, limits: ReadLimits, *, ocr: bool, seals: bool) -> ScanFacts:
    """The facts with "uncertain" for a seal that nobody could look for."""
    if not any(page.image for page in scan.pages):
        return scan
    return replace(scan, seal="uncertain" if seals else scan.seal, text_sought=ocr)


def pdf_loader(path: Path) -> object:
    """No pages: nothing could look at them."""
    return path


def picture_loader(source: Path | bytes, limits: ReadLimits) -> object:
    """No pages: nothing could look at them."""
    return source


def drawn_loader(draw: Callable[..., Any]) -> object:
    """No pages: nothing could look at them."""
    return draw


def read_embedded(files: Sequence[bytes], campaign: Campaign, limits: ReadLimits, *, ocr: bool, seals: bool) -> ScanFacts | None:
    """Pictures pasted into a document that have a page's size, not looked at."""
    facts = pasted_scan(pasted_pages(files, limits))
    return None if facts is None else look_at_pages(facts, None, campaign, limits, ocr=ocr, seals=seals)
