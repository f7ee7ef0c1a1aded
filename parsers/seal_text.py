"""The words on a seal's ring, unrolled and read: evidence for staff that supports, never a reason against a submitter."""

from __future__ import annotations

import cv2
import numpy as np

from core.facts import SealFacts
from parsers.ocr import find_lines, read_lines
from parsers.seal_colour import Picture, read_ink
from parsers.seal_rings import Ellipse, unwrap

HEIGHT = 96  # pixels of the unrolled band


def read_seal_text(page: Picture, seal: SealFacts) -> str | None:
    """The characters around the ring, clockwise from the lower left; None if none were read. Raises OcrUnavailable."""
    height, width = page.shape[:2]
    x0, y0 = int(max(0.0, seal.x - 0.1 * seal.width) * width), int(max(0.0, seal.y - 0.1 * seal.height) * height)
    x1, y1 = int((seal.x + 1.1 * seal.width) * width), int((seal.y + 1.1 * seal.height) * height)
    part = np.ascontiguousarray(page[y0:y1, x0:x1])
    if min(part.shape[:2]) < 40 or seal.cut:
        return None
    ink = read_ink(part, 600)
    where = ink.grey if seal.grey else ink.red
    ring = Ellipse(
        ((seal.x + seal.width / 2) * width - x0) * ink.scale,
        ((seal.y + seal.height / 2) * height - y0) * ink.scale,
        seal.width * width * ink.scale / 2,
        seal.height * height * ink.scale / 2,
    )
    texts = []
    for gap in (0.0, np.pi):  # unrolled twice, cut open below and above, so that no name is torn apart
        band = _band(where, ring, gap)
        lines = read_lines(band, sorted(find_lines(band), key=lambda quad: float(quad[:, 0].min())))
        texts.append("".join(line.text for line in lines))
    best = max(texts, key=lambda text: sum(1 for char in text if "\u4e00" <= char <= "\u9fff"))
    return best or None


def _band(where: np.ndarray, ring: Ellipse, gap: float) -> Picture:
    """The ring's inside as a straight strip, dark on white, characters upright."""
    count = int(2 * np.pi * ring.radius * HEIGHT / (0.4 * ring.radius))
    radii = np.linspace(0.93, 0.53, HEIGHT, dtype=np.float32)
    turned = unwrap(
        where, ring, radii, count, outside=0.0
    ).T  # rows: from the ring inwards; columns: clockwise from the right
    begin = int(count * (0.25 + gap / (2 * np.pi))) % count
    strip = np.roll(turned, -begin, axis=1)
    top = float(np.percentile(strip, 97)) or 1.0
    grey = (255 * (1 - np.clip(strip / max(top, 0.05), 0, 1))).astype(np.uint8)
    framed = cv2.copyMakeBorder(grey, 16, 16, 16, 16, cv2.BORDER_CONSTANT, value=255)
    return np.asarray(cv2.cvtColor(framed, cv2.COLOR_GRAY2RGB), np.uint8)
