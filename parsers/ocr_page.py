"""A page's picture -> its words with places, read only as far as a form's answer needs it.

Titles, labels and short values are read; of a long passage only its first lines, for nobody is judged by what OCR makes
of three thousand characters. The seal is taken off the text under it by looking at the red channel alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from parsers.ocr import Line, Quad, find_lines, read_lines
from parsers.ocr_cells import flatten
from parsers.ruled import Box, Word
from parsers.seal_colour import Picture
from parsers.upright import Rotation, find_rotation, turn

READ_SIDE = 2400  # longest side that text is read from: 205 dpi of A4
LEAST_SIDE = 1000  # smaller pictures are enlarged, the engine was taught on letters of some 30 pixels
PASSAGE = 2  # lines of a long passage that are read
LONG = 0.5  # of the page's width: lines at least so long, one below the other, are a passage
MOST_LINES = 90
ENOUGH = 4  # lines of a passage, low enough on the page, below which no field of a form stands
DEEP = 0.35  # of the page's height: passages higher up may be some field's long answer
FIRST = 14  # lines by which a page that begins no form is known
_VARIANTS = str.maketrans("強靜淨爭納說稅產吳呂顏彥", "强静净争纳说税产吴吕颜彦")
"""Old forms that the engine now and then reads where the simplified one is printed; no form has them on purpose. Those that
are characters of their own as well (乾, 後) are left."""
TOP = 0.34  # of the page: enough to see whether another form begins here


@dataclass(frozen=True)
class ReadPage:
    """`words`: lines of text, in pixels of `picture` (upright, straight, RGB). `rotation`: see `PageFacts`.
    `found`: lines seen, read or not. `whole`: every line was wanted and read."""

    words: tuple[Word, ...]
    picture: Picture
    rotation: Rotation
    found: int
    whole: bool


def read_page(
    image: Picture,
    *,
    rotation: Rotation | None = None,
    top_only: bool = False,
    everything: bool = False,
    promising: Callable[[Sequence[Word]], bool] | None = None,
) -> ReadPage:
    """Read a page (RGB). `top_only`: just its upper third; `everything`: long passages too, and what comes below them.
    `promising`: asked once the first lines were read; if it says no, the others are left. Raises OcrUnavailable."""
    turned = find_rotation(image) if rotation is None else rotation
    upright = flatten(sized(turn(image, turned)))
    part = upright[: int(upright.shape[0] * TOP)] if top_only else upright
    quads = find_lines(red_as_grey(part))
    angle = _skew(quads)
    if abs(angle) > 0.3:
        upright, quads = _straighten(upright, quads, angle)
    wanted = (_order(quads) if everything else _wanted(quads, upright.shape[1], upright.shape[0]))[:MOST_LINES]
    grey = red_as_grey(upright)
    words = tuple(_word(line) for line in read_lines(grey, wanted[:FIRST]))
    if len(wanted) > FIRST and (promising is None or promising(words)):
        words += tuple(_word(line) for line in read_lines(grey, wanted[FIRST:]))
    return ReadPage(words, upright, turned, len(quads), len(wanted) == len(quads) and not top_only)


def red_as_grey(image: Picture) -> Picture:
    """The red channel three times: red ink vanishes as far as it can, black print stays."""
    return np.ascontiguousarray(np.repeat(image[..., :1], 3, axis=2))


def sized(image: Picture) -> Picture:
    longest = max(image.shape[:2])
    if longest > READ_SIDE:
        factor, way = READ_SIDE / longest, cv2.INTER_AREA
    elif longest < LEAST_SIDE:
        factor, way = min(2.0, 1.4 * LEAST_SIDE / longest), cv2.INTER_CUBIC
    else:
        return image
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=way), np.uint8)


def _skew(quads: Sequence[Quad]) -> float:
    """Degrees by which the lines slope; 0 when too few are long enough to tell."""
    slopes = []
    for quad in quads:
        dx, dy = quad[1] - quad[0]
        if np.hypot(dx, dy) > 6 * np.hypot(*(quad[3] - quad[0])):
            slopes.append(float(np.degrees(np.arctan2(dy, dx))))
    if len(slopes) < 3:
        return 0.0
    middle = float(np.median(slopes))
    return middle if abs(middle) < 20 else 0.0


def _straighten(image: Picture, quads: Sequence[Quad], angle: float) -> tuple[Picture, list[Quad]]:
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    flat = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    moved = [np.asarray(quad @ matrix[:, :2].T + matrix[:, 2], np.float32) for quad in quads]
    return np.asarray(flat, np.uint8), moved


def _order(quads: Sequence[Quad]) -> list[Quad]:
    return sorted(quads, key=lambda quad: (float(quad[:, 1].mean()), float(quad[:, 0].min())))


def _wanted(quads: Sequence[Quad], width: int, height: int) -> list[Quad]:
    """The lines worth reading, from the top: all short ones, the first of each run of long ones, and nothing below the
    first passage low on the page: opinions, dates, a footer."""
    chosen: list[Quad] = []
    run = 0
    bottom = -1e9
    end = 1e9
    for quad in _order(quads):
        span = float(np.ptp(quad[:, 0]))
        tall = float(np.ptp(quad[:, 1]))
        y = float(quad[:, 1].mean())
        if span >= LONG * width:
            run = run + 1 if y - bottom < 3.2 * tall else 1
            bottom = y
            if run >= ENOUGH and y > DEEP * height:
                end = y + 3.2 * tall
            if run > PASSAGE:
                continue
        if y <= end:
            chosen.append(quad)
    return chosen


def _word(line: Line) -> Word:
    box = Box(*line.box)
    return Word(line.text.translate(_VARIANTS), box, tuple(box.left + share * (box.right - box.left) for share in line.centres))
