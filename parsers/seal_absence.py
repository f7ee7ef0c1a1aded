"""May a page without a clear seal be called free of seals? Collects every reason to doubt it.

A wrong "there is no seal" asks a compliant unit for what it has already sent: one reason is enough to hold back. The
page must be a page, in colour, well lit and sharp, and hold nothing reddish but thin rules and a printed heading.
"""

from __future__ import annotations

import cv2
import numpy as np

from parsers.seal_candidates import Patch, find_patches
from parsers.seal_colour import Array, Ink, Picture
from parsers.seal_rings import Ring

LEAST_SIDE, LEAST_SHORT = 820, 560  # pixels of the sides: an A4 page at 72 dpi, as PDF viewers export it, has 842 and 595
MOST_ASPECT = 1.85  # of the sides: strips and long screenshots are no page
LEAST_SPAN = 0.028  # of the longer side: reddish patches below 8 mm on A4 are no part of a seal worth naming
SLIVER = 0.05  # of the longer side: what a seal leaves on one sheet that was pressed across two is narrow, but as long
FLAT = 15  # pixels of the halved maps: what is wider than this is a tint (lamp, shade, table), a seal's lines are narrower
STRONG = 0.15  # density from which red counts however wide it is: no lamp tints paper so
THIN_PRINT, PRINT_RED = 0.08, 0.3  # density of thin dark strokes, and how red they may be for it and still be print
HAZE = 0.005  # density of reddish haze over a seal-sized place of a scan
HAZE_PHOTO = 0.03  # the same on a photograph: lamps and tables tint the paper, and a seal there is seen by its lines
EVEN = 0.95  # brightness of the paper's darker places over its lighter ones: a scanner's lamp is evener than this
CAST = 0.5  # the paper's weaker one of red and green over the stronger: below it a lamp may have swallowed red ink


def doubts(image: Picture, ink: Ink) -> list[str]:
    """Reasons, in words for staff pages and logs; empty when the picture is good and nothing reddish on it could be a
    seal. Rings are looked for elsewhere."""
    reasons = []
    short, long_ = sorted(image.shape[:2])
    if long_ < LEAST_SIDE or short < LEAST_SHORT:
        reasons.append("picture too small")
    elif long_ > MOST_ASPECT * short:
        reasons.append("not the shape of a page")
    reasons += _poor(ink)
    if _colourless(image):
        reasons.append("black and white only" if _two_tones(image) else "no colour in the picture")
    if reasons:
        return reasons
    small = _halved(ink)
    sheet = _sheet(small)
    if sheet is None:
        reasons.append("no sheet of paper seen")
        return reasons
    tint = _flat(small.red)
    open_, explained = _reddish(small, sheet, tint, _print(small))
    if open_:
        reasons.append("reddish place of a seal's size")
        return reasons
    # Print is as red as the paper below it; blue things would lift all around them above the average.
    inked = cv2.dilate(small.dark, np.ones((3, 3), np.uint8)) > 0.12
    bare = np.where(inked, np.minimum(small.red, np.maximum(tint, 0)), small.red)
    bare = np.where(explained > 0, 0, np.maximum(bare, -0.01)).astype(np.float32)
    if _haze(bare, sheet) > (HAZE if _scanned(small, sheet) else HAZE_PHOTO):
        reasons.append("reddish haze")
    return reasons


def sealsized(ring: Ring, ink: Ink) -> bool:
    """Is the ring large enough for a seal on this picture, and not a letter O or a numbered circle?"""
    return bool(2 * ring.ellipse.radius >= LEAST_SPAN * max(ink.red.shape))


def _halved(ink: Ink) -> Ink:
    """The maps at half their size: enough for places of 8 mm, and the paper's grain averages out."""
    height, width = ink.red.shape
    half = (width // 2, height // 2)

    def shrink(values: Array) -> Array:
        return np.asarray(cv2.resize(values[: 2 * half[1], : 2 * half[0]], half, interpolation=cv2.INTER_AREA))

    return Ink(shrink(ink.red), shrink(ink.dark), ink.grey, ink.noise, ink.scale / 2, shrink(ink.picture))


def _sheet(ink: Ink) -> Picture | None:
    """Mask of the sheet (hull of the bright neutral area), None if no such area fills a third of the picture."""
    bright = cv2.cvtColor(ink.picture, cv2.COLOR_RGB2GRAY)
    high = float(np.percentile(bright[::2, ::2], 95))
    size = (max(4, bright.shape[1] // 2), max(4, bright.shape[0] // 2))
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
    if not sheet[[0, -1]].all() or not sheet[:, [0, -1]].all():
        sheet = cv2.erode(sheet, np.ones((5, 5), np.uint8))  # where the sheet ends, a table begins: keep off its edge
    return np.asarray(cv2.resize(sheet, (bright.shape[1], bright.shape[0]), interpolation=cv2.INTER_NEAREST), np.uint8)


def _flat(values: Array) -> Array:
    """The map without everything narrower than half of FLAT pixels: tints of lamp, shade and table stay, lines vanish."""
    height, width = values.shape
    half = (max(4, width // 2), max(4, height // 2))  # a median filter is dear, and what stays is wide
    small = cv2.resize(values, half, interpolation=cv2.INTER_AREA)
    # Densities beyond a half are cut off: the filter takes bytes.
    levels = ((np.clip(small, -0.5, 0.5) + 0.5) * 255 + 0.5).astype(np.uint8)
    flat = cv2.medianBlur(levels, FLAT // 2).astype(np.float32) * (1 / 255) - 0.5
    return np.asarray(cv2.resize(flat, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _print(ink: Ink) -> Array:
    """Where black print lies, as a mask of bools: dark and hardly red for its darkness. Its fringes of red and cyan from a
    scanner or a screen's font cancel in the signed average; red ink does not. Wood beside the sheet is darker than red, too."""
    smooth = cv2.GaussianBlur(ink.red, (0, 0), 0.9)
    near = cv2.dilate(ink.dark, np.ones((3, 3), np.uint8))
    thin = cv2.GaussianBlur(np.maximum(ink.dark - np.maximum(_flat(ink.dark), 0), 0), (0, 0), 0.9)
    strokes = (thin > THIN_PRINT) & (smooth < PRINT_RED * thin)
    return np.asarray(((near > 0.35) & (smooth < np.maximum(0.12, 0.4 * near))) | strokes)


def _reddish(ink: Ink, sheet: Picture, tint: Array, print_: Array) -> tuple[bool, Picture]:
    """Is there a reddish place on the sheet that could be part of a seal? With it a mask of the rules and headings that
    are none. Lines count when they are redder than the tint around them, wide places only when no lamp makes them."""
    height, width = ink.red.shape
    side = max(height, width)
    smooth = cv2.GaussianBlur(ink.red, (0, 0), 0.9)
    least = max(0.03, 2 * ink.noise)
    lines = (smooth - tint > least) & (smooth > 0.5 * least)
    mask = ((lines | (smooth > STRONG)) & (sheet > 0) & ~print_).astype(np.uint8)
    joined, _ = find_patches(ink.red, mask, reach=7, least=LEAST_SPAN * side)
    explained = np.zeros_like(mask)
    found = False
    for patch in joined:
        if _rule(patch, side) or _heading(patch, height, width):
            explained[max(0, patch.y - 3) : patch.y + patch.height + 3, max(0, patch.x - 3) : patch.x + patch.width + 3] = 1
        elif _sizable(patch, side):
            found = True
    return found, explained


def _sizable(patch: Patch, side: int) -> bool:
    short, long_ = sorted((patch.width, patch.height))
    return short >= LEAST_SPAN * side or (long_ >= SLIVER * side and short >= 3)


def _rule(patch: Patch, side: int) -> bool:
    """A printed line across the page: long, straight, thin."""
    short, long_ = sorted((patch.width, patch.height))
    return long_ > 0.25 * side and short <= 3 + 0.03 * long_


def _heading(patch: Patch, height: int, width: int) -> bool:
    """A line of large red type across the middle of the head of the page, as on official letters: strong even ink, far
    wider than any seal is for its height, away from the edges."""
    middle = patch.x + patch.width / 2
    return (
        patch.width > 3.5 * patch.height
        and patch.width > 0.25 * width
        and patch.y > 0.01 * height
        and patch.y + patch.height < 0.3 * height
        and patch.x > 0.02 * width
        and patch.x + patch.width < 0.98 * width
        and 0.35 * width < middle < 0.65 * width
        and patch.density > 0.3
        and patch.fill > 0.3
    )


def _poor(ink: Ink) -> list[str]:
    """What makes the picture unfit to swear by: no page in it, too dark, too soft, a lamp's colour over it."""
    bright = cv2.cvtColor(ink.picture, cv2.COLOR_RGB2GRAY)
    reasons = []
    low, middle, high = _levels(bright, 0.01, 0.5, 0.95)
    if high < 110:
        reasons.append("too dark")
    if high - low < 70:
        reasons.append("too little contrast")
    if middle < 0.62 * high:
        reasons.append("not mostly paper")
    (crisp,) = _levels(cv2.absdiff(bright[::3, 1:], bright[::3, :-1]), 0.995)
    if crisp < 0.18 * (high - low):
        reasons.append("blurred")
    paper = np.median(ink.picture[::9, ::9][bright[::9, ::9] >= middle].astype(np.float32), axis=0) + 1
    if min(paper[0], paper[1]) < CAST * max(paper[0], paper[1]):
        reasons.append("strong colour cast")
    return reasons


def _levels(values: Picture, *shares: float) -> list[float]:
    """The levels that these shares of the bytes do not pass; counted, not sorted."""
    counts = np.cumsum(cv2.calcHist([values], [0], None, [256], [0, 256]).ravel())
    return [float(np.searchsorted(counts, share * counts[-1])) for share in shares]


def _colourless(image: Picture) -> bool:
    """Grey through and through: a seal on it is a grey ring among grey print, pale ones and those over text can't be
    told from it (9 of 113 grey copies of sealed pages showed no ring). Asked of the picture as it came: noise and fringes of
    a colour scan of black print vanish when it is shrunk."""
    red, green, blue = cv2.split(np.ascontiguousarray(image[::5, ::3]))
    apart = cv2.max(cv2.absdiff(red, green), cv2.absdiff(green, blue))
    return bool(int(np.count_nonzero(apart > 1)) <= apart.size // 1000)


def _two_tones(image: Picture) -> bool:
    """A copy in pure black and white. Asked of the picture as it came, since shrinking it makes greys."""
    part = np.ascontiguousarray(image[::3, ::3, 1])
    counts = cv2.calcHist([part], [0], None, [256], [0, 256]).ravel()
    return bool(float(counts[24:232].sum()) < 0.002 * max(float(counts.sum()), 1.0))


def _scanned(ink: Ink, sheet: Picture) -> bool:
    """Does the sheet fill the picture, and is its paper lit as evenly as a scanner or a program does it?"""
    if not sheet.all():
        return False
    bright = cv2.cvtColor(ink.picture, cv2.COLOR_RGB2GRAY)
    cells = cv2.resize(bright, (max(3, bright.shape[1] // 8), max(3, bright.shape[0] // 8)), interpolation=cv2.INTER_AREA)
    low, high = np.percentile(cv2.dilate(cells, np.ones((5, 5), np.uint8)), (10, 90))
    return bool(low > EVEN * high)


def _haze(red: Array, sheet: Picture) -> float:
    """How much redder a seal-sized place is than what lies around it, where it is most: for seals too faint for any line
    to be seen. 1 if there is no room for one."""
    size = (max(8, red.shape[1] // 2), max(8, red.shape[0] // 2))
    small = cv2.resize(red, size, interpolation=cv2.INTER_AREA)
    quarter = (max(4, size[0] // 4), max(4, size[1] // 4))  # so wide a filter needs no more detail
    wide = cv2.GaussianBlur(cv2.resize(small, quarter, interpolation=cv2.INTER_AREA), (0, 0), 6)
    difference = cv2.GaussianBlur(small, (0, 0), 6) - cv2.resize(wide, size, interpolation=cv2.INTER_LINEAR)
    near = cv2.resize(sheet, (small.shape[1], small.shape[0]), interpolation=cv2.INTER_NEAREST)
    inside = cv2.erode(near, np.ones((9, 9), np.uint8)) > 0
    return float(difference[inside].max()) if inside.any() else 1.0
