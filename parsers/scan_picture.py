"""Draws a scan's first telling page with the boxes that were found, so that a person can see why."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from core.facts import PageFacts, ScanFacts, SealFacts
from core.ports import ReadLimits
from parsers.page_loaders import loader_of
from parsers.seal_colour import Picture, shrink
from parsers.seal_score import PRESENT
from parsers.upright import turn

SIDE = 1600
_GREEN, _ORANGE, _GREY = (0, 150, 60), (240, 130, 0), (110, 110, 110)


def draw(path: Path, scan: ScanFacts, out: Path) -> int | None:
    """Write the page with the best seal (else the first page) of the file at `path` (PDF, picture, OFD, XPS, Word with a scan
    pasted in) as a PNG, upright, a box around each seal. Returns the page's number from 1; None, and no file, if the page
    cannot be drawn."""
    if not scan.pages:
        return None
    number = max(
        range(len(scan.pages)), key=lambda n: max((seal.score for seal in scan.pages[n].seals), default=-n / 1e6)
    )
    try:
        image = loader_of(path, ReadLimits())(number, 150)
    except ValueError:
        return None
    page = scan.pages[number]
    small, _ = shrink(turn(image, page.rotation), SIDE)
    drawn = np.ascontiguousarray(small.copy())
    for seal in page.seals:
        _box(drawn, seal)
    _note(drawn, page, scan, number)
    encoded, data = cv2.imencode(".png", drawn[..., ::-1])
    if not encoded:
        return None
    out.write_bytes(data.tobytes())
    return number + 1


def _box(image: Picture, seal: SealFacts) -> None:
    height, width = image.shape[:2]
    corner = int(seal.x * width), int(seal.y * height)
    other = int((seal.x + seal.width) * width), int((seal.y + seal.height) * height)
    colour = _GREY if seal.grey else _GREEN if seal.score >= PRESENT else _ORANGE
    cv2.rectangle(image, corner, other, colour, 3)
    words = f"{seal.shape} {seal.score:.2f}{' grey' if seal.grey else ''}{' cut' if seal.cut else ''}"
    cv2.putText(
        image, words, (corner[0], max(20, corner[1] - 8)), cv2.FONT_HERSHEY_SIMPLEX, 0.7, colour, 2, cv2.LINE_AA
    )


def _note(image: Picture, page: PageFacts, scan: ScanFacts, number: int) -> None:
    words = f"page {number + 1}/{max(scan.page_count, len(scan.pages))}  seal: {scan.seal}  turned: {page.rotation}"
    cv2.rectangle(image, (0, 0), (image.shape[1], 30), (255, 255, 255), -1)
    cv2.putText(image, words, (10, 22), cv2.FONT_HERSHEY_SIMPLEX, 0.65, (0, 0, 0), 2, cv2.LINE_AA)
