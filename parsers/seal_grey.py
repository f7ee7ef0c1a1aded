"""Where could the grey ring of a copied seal be? Proposes ellipses on maps of greyness; `seal` measures them.

A copy shows its seal among print that is as grey as a strong seal and darker than a pale one. Where nothing else forbids to
call a page free of seals, two maps are looked at: one on which print is no darker than a seal, so that it does not hide a
strong ring it lies across, and one without any print, for pale rings.
"""

from __future__ import annotations

import cv2
import numpy as np

from parsers.seal_candidates import components, find_edges, find_patches, from_patches, from_votes, ink_mask
from parsers.seal_colour import Array, Ink, spread
from parsers.seal_lines import Ellipse

NOISE = 0.02  # density below which grey is paper's own grain
STRONG = 0.6  # density of a strong grey seal: print is twice as dark
PALE_NOISE = 0.008  # the same where no print disturbs; more where the picture has more
PRINT = 0.4  # density from which small things apart from others are characters
CHARACTER = 28  # work pixels: longest side of such a thing
PALE = 0.35  # density from which things are print or a strong seal
FRINGE = 5  # work pixels: width of the brush that goes over what is not pale, and over its blurred edges
SMALLEST = 22.0  # radius in work pixels: printed characters are smaller, a seal on a page is not
SIZES = 30.0, 170.0  # radii in work pixels: half the size of a seal on A4, and three times
EDGES = 12_000  # a strong ring has many; of a pale one all are taken

Starts = tuple[Array, float, list[Ellipse]]
"""A map, its noise, and where to look on it."""


def usual_starts(ink: Ink) -> list[Starts]:
    """For a picture that is in doubt anyway: the rings of a copy, told to staff."""
    edges = find_edges(ink.grey, NOISE, most=EDGES)
    return [(ink.grey, NOISE, _hulls(ink.grey) + [e for _, e in from_votes(edges, step=1.1, most=16, smallest=SMALLEST)])]


def all_starts(ink: Ink) -> list[Starts]:
    """For a page that is free of seals if none is seen here: a grey copy photographed under a lamp looks like that."""
    strong = np.minimum(ink.grey, np.float32(STRONG))
    grain = max(PALE_NOISE, 1.5 * spread(ink.grey, ink.dark))
    dark = cv2.dilate((ink.grey > PALE).astype(np.uint8), np.ones((FRINGE, FRINGE), np.uint8))
    pale = np.where(dark > 0, np.float32(0), ink.grey)
    beside = np.asarray(1 - cv2.dilate(dark, np.ones((3, 3), np.uint8)), np.uint8)  # where print was cut out, an edge is left
    return [
        (strong, NOISE, _hulls(ink.grey) + _voted(strong, NOISE, _without_characters(ink.grey))),
        (pale, grain, _voted(pale, grain, beside)),
    ]


def _voted(shown: Array, noise: float, where: Array) -> list[Ellipse]:
    edges = find_edges(shown, noise, where, most=EDGES)
    small, large = SIZES
    starts = from_votes(edges, most=56, smallest=small, largest=large)
    for upright in (False, True):
        starts += from_votes(edges, stretch=1.45, upright=upright, step=1.13, most=8, smallest=small, largest=large)
    return [e for _, e in starts]


def _without_characters(grey: Array) -> Array:
    """Mask of the map: 1 but where small dark things stand. A ring, even one in pieces, is larger."""
    labels, stats = components((grey > PRINT).astype(np.uint8))
    small = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) < CHARACTER
    small[0] = False  # the paper
    return np.asarray(1 - cv2.dilate(np.take(small.astype(np.uint8), labels, mode="clip"), np.ones((FRINGE, FRINGE), np.uint8)), np.uint8)


def _hulls(grey: Array) -> list[Ellipse]:
    half = (max(8, grey.shape[1] // 2), max(8, grey.shape[0] // 2))
    even = grey[: 2 * half[1], : 2 * half[0]]
    small = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), np.float32)
    patches, labels = find_patches(small, ink_mask(small, NOISE, floor=0.1), reach=3, least=SMALLEST)
    return [e.moved(2.0, 0.5, 0.5) for e in from_patches(patches, labels, 6)]
