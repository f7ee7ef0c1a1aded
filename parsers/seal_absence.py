"""May a page without a clear seal be called free of seals? Collects every reason to doubt it.

A wrong "there is no seal" asks a compliant unit for what it has already sent: one reason is enough to hold back.
"""

from __future__ import annotations

import cv2
import numpy as np

from parsers.seal_candidates import find_patches
from parsers.seal_colour import Array, Ink, Picture
from parsers.seal_rings import Ring
from parsers.seal_score import WEAK, ring_shape

LEAST_SIDE = 900  # pixels of the longer side: an A4 page at 77 dpi
LEAST_SPAN = 0.028  # of the longer side: reddish patches below 8 mm on A4 are no part of a seal worth naming
HAZE = 0.006  # density of reddish haze over a seal-sized place of a scan
HAZE_PHOTO = 0.018  # the same where the sheet does not fill the picture: lamps and tables tint its edges


def doubts(image: Picture, ink: Ink, rings: list[tuple[Ring, float]], *, marked: bool) -> list[str]:
    """Reasons, in words for staff pages and logs; empty when the page certainly bears no seal."""
    reasons = []
    if marked:
        reasons.append("ring or square seen")
    if max(image.shape[:2]) < LEAST_SIDE:
        reasons.append("picture too small")
    reasons += _poor(ink)
    if _two_tones(image):
        reasons.append("black and white only")
    if any(value >= WEAK or ring_shape(ring) > 0.2 for ring, value in rings):
        reasons.append("ring-like line")
    sheet = _sheet(ink)
    if sheet is None:
        reasons.append("no sheet of paper seen")
    elif _reddish(ink, sheet):
        reasons.append("reddish place of a seal's size")
    elif _haze(ink.red, sheet):
        reasons.append("reddish haze")
    return reasons


def _sheet(ink: Ink) -> Picture | None:
    """Mask of the sheet (hull of the bright neutral area), None if no such area fills a third of the picture."""
    bright = cv2.cvtColor(ink.picture, cv2.COLOR_RGB2GRAY)
    high = float(np.percentile(bright[::4, ::4], 95))
    size = (max(4, bright.shape[1] // 4), max(4, bright.shape[0] // 4))
    light = cv2.resize(bright, size, interpolation=cv2.INTER_AREA)
    tone = cv2.resize(ink.red, size, interpolation=cv2.INTER_AREA)
    small: Picture = ((light > 0.55 * high) & (np.abs(tone) < 0.1)).astype(np.uint8)
    small = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    small = cv2.morphologyEx(small, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    contours, _ = cv2.findContours(small, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return None
    hull = cv2.convexHull(max(contours, key=cv2.contourArea))
    if cv2.contourArea(hull) < 0.33 * small.size:
        return None
    sheet = np.zeros_like(small)
    cv2.fillConvexPoly(sheet, hull, 1)
    if (
        not sheet[[0, -1]].all() or not sheet[:, [0, -1]].all()
    ):  # where the sheet ends, a table begins: keep off its edge
        sheet = cv2.erode(sheet, np.ones((5, 5), np.uint8))
    return np.asarray(cv2.resize(sheet, (bright.shape[1], bright.shape[0]), interpolation=cv2.INTER_NEAREST), np.uint8)


def _reddish(ink: Ink, sheet: Picture) -> bool:
    """Is there a reddish place on the sheet that could be part of a seal?

    Red and cyan fringes of a scanner's black print cancel in the signed average; red ink does not.
    """
    height, width = ink.red.shape
    span = LEAST_SPAN * max(height, width)
    smooth = cv2.GaussianBlur(ink.red, (0, 0), 1.8)
    print_ = cv2.dilate((ink.dark > 0.35).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    mask = ((smooth > max(0.03, 3 * ink.noise)) & (sheet > 0) & ~(print_ & (smooth < 0.12))).astype(np.uint8)
    joined, _ = find_patches(ink.red, mask, reach=13)
    for patch in joined:
        at_edge = (
            patch.x <= 2 or patch.y <= 2 or patch.x + patch.width >= width - 2 or patch.y + patch.height >= height - 2
        )
        short, long_ = sorted((patch.width, patch.height))
        if short >= span or (at_edge and long_ >= span and short >= 5):
            return True
    return False


def _poor(ink: Ink) -> list[str]:
    """What makes the picture unfit to swear by: no page in it, too dark, too soft, only black and white."""
    bright = cv2.cvtColor(ink.picture, cv2.COLOR_RGB2GRAY)
    reasons = []
    counts = np.cumsum(cv2.calcHist([bright], [0], None, [256], [0, 256]).ravel())
    low, middle, high = (float(np.searchsorted(counts, share * counts[-1])) for share in (0.01, 0.5, 0.95))
    if high < 110:
        reasons.append("too dark")
    if high - low < 70:
        reasons.append("too little contrast")
    if middle < 0.62 * high:
        reasons.append("not mostly paper")
    steps = cv2.absdiff(bright[:, 1:], bright[:, :-1])
    crisp = float(np.percentile(steps[::3], 99.5))
    if crisp < 0.18 * (high - low):
        reasons.append("blurred")
    return reasons


def _two_tones(image: Picture) -> bool:
    """A copy in pure black and white: what was pale on the paper may have been dropped, a seal among it. Asked of the
    picture as it came, since shrinking it makes greys."""
    part = image[::3, ::3, 1]
    counts = cv2.calcHist([np.ascontiguousarray(part)], [0], None, [256], [0, 256]).ravel()
    between = float(counts[24:232].sum()) / max(float(counts.sum()), 1.0)
    return between < 0.002


def _haze(red: Array, sheet: Picture) -> bool:
    """A seal-sized place a little redder than around it, too faint for any line to be seen."""
    small = cv2.resize(red, (max(8, red.shape[1] // 4), max(8, red.shape[0] // 4)), interpolation=cv2.INTER_AREA)
    near = cv2.GaussianBlur(small, (0, 0), 6)
    far = cv2.GaussianBlur(small, (0, 0), 24)
    difference = near - far
    inside = (
        cv2.erode(
            cv2.resize(sheet, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST),
            np.ones((9, 9), np.uint8),
        )
        > 0
    )
    if not inside.any():
        return True
    values = difference[inside]
    limit = HAZE if sheet.all() else HAZE_PHOTO
    return float(values.max()) > limit
