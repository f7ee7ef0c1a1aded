"""The words on a seal's ring, unrolled and read: evidence for staff that supports, never a reason against a submitter.

The ring's inside is cut open where it holds least ink (below, as a rule), laid straight and read as one line, which needs no
search for lines. Read is the red ink first; where that is weak (faint seals, and photographs, whose colours are stored
coarser than their brightness) the green channel too, with what is printed across the seal.
"""

from __future__ import annotations

import re

import cv2
import numpy as np

from core.facts import SealFacts
from parsers.ocr import read_lines
from parsers.seal_colour import Array, Picture, read_ink
from parsers.seal_lines import Ellipse, follow, unwrap

HEIGHT = 64  # pixels of the unrolled strip; the engine reads lines of 48
OUTER, INNER = 0.97, 0.5  # of the radius: what is unrolled, from the rim's inner edge to the star
BANDS = ((0.1, 0.85), (0.02, 0.72))  # of the strip's height: with usual rims; with thin rims and characters close to them
SIDE = 900  # pixels of the seal and its surroundings that are looked at
AROUND = 0.4  # of the seal's size: paper that is looked at around it, to know the paper's tint
SMALLEST = 40  # pixels: the characters of smaller seals have none of their strokes left
AGREES = 0.4  # share of the rays that must agree on the ring before its fit is used in place of the box
SURE = 0.95  # score from which no other reading is tried
LEAST = 3  # Chinese characters that are worth telling
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_EDGES = re.compile(r"^[^\u3400-\u9fff（(]+|[^\u3400-\u9fff）)]+$")


def read_seal_text(page: Picture, seal: SealFacts) -> str | None:
    """The characters around the ring, clockwise from the lower left, without the numbers below; of a seal cut by the margin
    those that are there. None if hardly any could be read. Raises OcrUnavailable."""
    x0, y0, x1, y1 = whole_box(seal, page.shape[1], page.shape[0])
    if min(x1 - x0, y1 - y0) < SMALLEST:
        return None
    strips = _strips(page, (x0, y0, x1, y1), grey=seal.grey)
    best, points = "", 0.0
    for strip in strips:
        for upper, lower in BANDS:
            text, score = _read(strip[int(upper * HEIGHT) : int(lower * HEIGHT)])
            count = len(_CHINESE.findall(text))
            worth = (score - 0.3) * count
            if count >= LEAST and worth > points:
                best, points = text, worth
            if count > LEAST and score >= SURE:
                return text
    return best or None


def unrolled(page: Picture, seal: SealFacts) -> Picture | None:
    """The ring as one straight line, RGB, dark on white, as it is read; None for a seal too small to be."""
    box = whole_box(seal, page.shape[1], page.shape[0])
    if min(box[2] - box[0], box[3] - box[1]) < SMALLEST:
        return None
    upper, lower = BANDS[0]
    return _as_line(_strips(page, box, grey=seal.grey)[0][int(upper * HEIGHT) : int(lower * HEIGHT)])


def whole_box(seal: SealFacts, width: int, height: int) -> tuple[float, float, float, float]:
    """Left, top, right, bottom in pixels; of a seal that one edge of the picture cuts, as if it were whole and round."""
    x0, y0 = seal.x * width, seal.y * height
    x1, y1 = x0 + seal.width * width, y0 + seal.height * height
    wide, high = x1 - x0, y1 - y0
    if seal.cut and wide < high:
        if x0 < 2:
            x0 = x1 - high
        elif x1 > width - 2:
            x1 = x0 + high
    elif seal.cut and high < wide:
        if y0 < 2:
            y0 = y1 - wide
        elif y1 > height - 2:
            y1 = y0 + wide
    return x0, y0, x1, y1


def _strips(page: Picture, box: tuple[float, float, float, float], *, grey: bool) -> list[Array]:
    """The unrolled ring as maps of ink, the surest source first, all cut open at the same place."""
    x0, y0, x1, y1 = box
    reach = AROUND * max(x1 - x0, y1 - y0)
    left, top = int(max(0, x0 - reach)), int(max(0, y0 - reach))
    part = np.ascontiguousarray(page[top : int(y1 + reach) + 1, left : int(x1 + reach) + 1])
    ink = read_ink(part, SIDE)
    size = ink.scale
    ring = Ellipse(
        ((x0 + x1) / 2 - left) * size, ((y0 + y1) / 2 - top) * size, (x1 - x0) * size / 2, (y1 - y0) * size / 2
    )
    sources = [ink.grey] if grey else [ink.red, _density(ink.picture[..., 1])]
    found = follow(sources[0], ring, ink.noise)
    if found is not None and found[1] >= AGREES:
        ring = found[0]  # ovals lie aslant, seals on photographs are squeezed
    flat = [_unroll(source, ring) for source in sources]
    opening = _opening(flat[0])
    return [np.roll(strip, -opening, axis=1) for strip in flat]


def _unroll(where: Array, ring: Ellipse) -> Array:
    """Rows from the rim inwards, columns clockwise from the right, in the proportions at the rim."""
    radii = np.linspace(OUTER, INNER, HEIGHT, dtype=np.float32)
    return unwrap(where, ring, radii, int(2 * np.pi * HEIGHT / (OUTER - INNER)), outside=0.0).T


def _opening(strip: Array) -> int:
    """The column around which there is least ink: no name is torn apart there."""
    band = strip[int(0.12 * HEIGHT) : int(0.75 * HEIGHT)]
    ink = np.clip(band / max(float(np.percentile(band, 95)), 0.01), 0, 1).mean(axis=0)
    window = np.hanning(int(0.17 * len(ink)) | 1)
    smooth = np.convolve(np.concatenate([ink, ink, ink]), window, "same")[len(ink) : 2 * len(ink)]
    return int(np.argmin(smooth))


def _density(channel: Picture) -> Array:
    """How much darker than the brightest around it each place is, in logarithms: strokes as sharp as the picture has them."""
    bright = cv2.GaussianBlur(cv2.dilate(channel, np.ones((25, 25), np.uint8)).astype(np.float32), (0, 0), 12)
    darker = np.log(bright + 8) - np.log(channel.astype(np.float32) + 8)
    return np.asarray(np.maximum(darker, 0), np.float32)


def _as_line(strip: Array) -> Picture:
    """A map of ink as a picture, dark on white with some paper around."""
    top = max(float(np.percentile(strip, 97)), 0.05)
    grey = (255 * (1 - np.clip(strip / top, 0, 1))).astype(np.uint8)
    framed = cv2.copyMakeBorder(grey, 4, 4, 12, 12, cv2.BORDER_CONSTANT, value=255)
    return np.asarray(cv2.cvtColor(framed, cv2.COLOR_GRAY2RGB), np.uint8)


def _read(strip: Array) -> tuple[str, float]:
    """The text of one strip, and its score."""
    picture = _as_line(strip)
    height, width = picture.shape[:2]
    line = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    lines = read_lines(picture, [line])
    return (_EDGES.sub("", lines[0].text), lines[0].score) if lines else ("", 0.0)
