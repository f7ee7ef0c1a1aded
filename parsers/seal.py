"""Seals on a page's picture: where they are, and whether the page certainly has a unit's seal, certainly has none, or
neither is certain.

A round or oval ring with characters inside is a seal; a square name seal alone is none. `absent` is said only of a good
picture of a page on which nothing reddish has a seal's size and no ring of any colour was seen: everything else that is
no clear seal is `uncertain`, and a person looks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from core.facts import Seal, SealFacts, SealShape
from parsers.seal_absence import doubts, sealsized
from parsers.seal_candidates import Edges, Patch, find_edges, find_patches, from_patches, from_votes, ink_mask
from parsers.seal_colour import Array, Ink, Picture, read_ink
from parsers.seal_rings import Ellipse, Ring, follow, glances, measure, unwrap
from parsers.seal_score import GREY_MOST, PRESENT, WEAK, on_paper, ring_shape, score
from parsers.seal_square import find_squares

MOST_LOOKS = 12  # rings followed on one map
MOST_LOOKS_GREY = 9
MOST_LOOKS_ALL = 12
SIZES_ALL = 30.0, 170.0  # radii in work pixels: half the size of a seal on A4, and three times
ALL_EDGES = 24_000
DARK = 0.6  # density of a strong grey seal: print is twice as dark
SMALLEST_GREY = 22.0  # radius in work pixels: printed characters are smaller, a seal on a page is not
GREY_NOISE = 0.02  # density below which grey is paper's own grain
LINE = 0.2  # shape from which a ring forbids to call the page free of seals, whatever is inside
LEAST_SHARE = 0.4  # of the rays must agree on an ellipse before it is measured
FINE_RADIUS = 70  # pixels: a small ring is measured again at this size when the picture holds more detail


@dataclass(frozen=True)
class PageSeals:
    """`seals`: best first, doubtful ones too (see their score). `reasons`: why the verdict is not `present`."""

    seals: tuple[SealFacts, ...]
    verdict: Seal
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A ring on the work picture, its score, and whether it was seen in grey only."""

    ring: Ring
    score: float
    grey: bool = False


def find_seals(image: Picture) -> PageSeals:
    """Look at one page: RGB, uint8, (height, width, 3), any orientation. Never raises for a picture of that form."""
    if image.ndim != 3 or image.shape[2] != 3 or min(image.shape[:2]) < 24:
        return PageSeals((), "uncertain", ("picture too small",))
    ink = read_ink(image)
    mask = ink_mask(ink.red, ink.noise)
    patches, labels = find_patches(ink.red, mask)
    found = _red_rings(image, ink, mask, patches, labels)
    present = _best(found) >= PRESENT
    reasons: list[str] = []
    if not present:
        reasons = doubts(image, ink)
        grey = _grey_rings(image, ink) if reasons else _all_grey_rings(image, ink)
        found += [replace(f, grey=True) for f in grey]
    large = [f for f in _distinct(found) if sealsized(f.ring, ink)]
    seals = [_facts(f, ink) for f in large if f.score >= WEAK or ring_shape(f.ring) > 0.5]
    squares = find_squares(ink, patches, labels)
    seals += [s for s in squares if not any(_overlaps(s, other) for other in seals)]
    seals.sort(key=lambda s: (s.grey, -s.score))
    if present:
        return PageSeals(tuple(seals), "present", ())
    if any(f.score >= WEAK or ring_shape(f.ring) > LINE for f in found if sealsized(f.ring, ink)):
        reasons.insert(0, "ring-like line")
    if seals:
        reasons.insert(0, "ring or square seen")
    return PageSeals(tuple(seals), "uncertain" if reasons else "absent", tuple(reasons))


def _best(found: list[Found]) -> float:
    return max((f.score for f in found), default=0.0)


def _red_rings(image: Picture, ink: Ink, mask: Picture, patches: list[Patch], labels: Array) -> list[Found]:
    """The cheap proposals first, the next ones only while something red is unexplained or nothing is sure."""
    if not patches:
        return _distinct(_rings(image, ink, ink.red, _circles(find_edges(ink.red, ink.noise), 1e9)))
    reach = 0.7 * max(max(p.width, p.height) for p in patches)
    found = _distinct(_rings(image, ink, ink.red, from_patches(patches, labels)))
    if _best(found) >= PRESENT and _explained(patches, found):
        return found
    edges = find_edges(ink.red, ink.noise, np.asarray(cv2.dilate(mask, np.ones((7, 7), np.uint8)), np.uint8))
    if not _explained(patches, found):
        found = _distinct(found + _rings(image, ink, ink.red, _circles(edges, reach), found))
    if _best(found) < PRESENT or not _explained(patches, found, 60):
        found = _distinct(found + _rings(image, ink, ink.red, _ovals(edges, reach), found))
    return found


def _explained(patches: list[Patch], found: list[Found], least: int = 40) -> bool:
    """Do sure seals account for all patches of red ink whose longer side has `least` pixels?"""
    boxes = [f.ring.ellipse.box() for f in found if f.score > 0.9]
    if not boxes:
        return False
    for patch in patches:
        if max(patch.width, patch.height) > least and not any(
            x - 0.1 * w < patch.x
            and patch.x + patch.width < x + 1.1 * w
            and y - 0.1 * h < patch.y
            and patch.y + patch.height < y + 1.1 * h
            for x, y, w, h in boxes
        ):
            return False
    return True


def _circles(edges: Edges, reach: float) -> list[Ellipse]:
    return [e for _, e in from_votes(edges, largest=reach)]


def _ovals(edges: Edges, reach: float) -> list[Ellipse]:
    starts: list[tuple[float, Ellipse]] = []
    for upright in (False, True):
        starts += from_votes(edges, stretch=1.45, upright=upright, step=1.13, largest=reach, most=8)
    starts.sort(key=lambda pair: -pair[0])
    return [e for _, e in starts]


def _grey_rings(image: Picture, ink: Ink) -> list[Found]:
    """Rings without colour: of a copy, told to staff."""
    edges = find_edges(ink.grey, GREY_NOISE, most=12_000)
    starts = _grey_hulls(ink) + [e for _, e in from_votes(edges, step=1.1, most=16, smallest=SMALLEST_GREY)]
    return _rings(image, ink, ink.grey, starts, grey=True)


def _all_grey_rings(image: Picture, ink: Ink) -> list[Found]:
    """The same where nothing else forbids to call the page free of seals: a grey copy photographed under a lamp looks
    like that. More edges, finer steps, ovals too, the most promising places first, and print no darker than a seal, so
    that it does not hide the ring it lies across."""
    capped = np.minimum(ink.grey, np.float32(DARK))
    edges = find_edges(capped, GREY_NOISE, most=ALL_EDGES)
    small, large = SIZES_ALL
    starts = _grey_hulls(ink) + [e for _, e in from_votes(edges, most=56, smallest=small, largest=large)]
    for upright in (False, True):
        ovals = from_votes(
            edges, stretch=1.45, upright=upright, step=1.13, most=8, smallest=small, largest=large
        )
        starts += [e for _, e in ovals]
    shares = glances(capped, starts, GREY_NOISE)
    order = sorted(range(len(starts)), key=lambda k: -shares[k])
    return _rings(image, ink, capped, [starts[k] for k in order], grey=True, most=MOST_LOOKS_ALL)


def _grey_hulls(ink: Ink) -> list[Ellipse]:
    half = (max(8, ink.grey.shape[1] // 2), max(8, ink.grey.shape[0] // 2))
    even = ink.grey[: 2 * half[1], : 2 * half[0]]
    small = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), np.float32)
    patches, labels = find_patches(small, ink_mask(small, GREY_NOISE, floor=0.1), reach=3, least=SMALLEST_GREY)
    return [e.moved(2.0, 0.5, 0.5) for e in from_patches(patches, labels, 6)]


def _rings(
    image: Picture,
    ink: Ink,
    where: Array,
    starts: list[Ellipse],
    known: list[Found] | None = None,
    *,
    grey: bool = False,
    most: int = 0,
) -> list[Found]:
    """Follow and measure the proposed ellipses, `most` of them (0: as usual); none twice, none inside a sure ring."""
    found: list[Found] = []
    looks = 0
    noise = GREY_NOISE if grey else ink.noise
    dark = np.zeros_like(ink.dark) if grey else ink.dark
    least = 0.6 if grey else 0.5
    promising = [e for e, share in zip(starts, glances(where, starts, noise), strict=True) if share >= least]
    for start in promising:
        if looks >= (most or (MOST_LOOKS_GREY if grey else MOST_LOOKS)):
            break
        others = found + (known or [])
        if any(_inside(start, f.ring.ellipse) and f.score > 0.9 and f.ring.stray < 0.012 for f in others):
            continue
        looks += 1
        followed = follow(where, start, noise)
        if followed is None or followed[1] < LEAST_SHARE or any(_known(followed[0], f) for f in others):
            continue
        ring = measure(where, dark, followed[0], noise)
        if ring is None:
            continue
        if ring.ellipse.radius < 0.7 * FINE_RADIUS and ink.scale < 0.8 and ring_shape(ring) > 0.05:
            ring = _finer(image, ink, ring, grey=grey) or ring
        found.append(Found(ring, _score(ring, ink)))
    return found


def _finer(image: Picture, ink: Ink, ring: Ring, *, grey: bool) -> Ring | None:
    """Measure a small ring again on the full picture; its ellipse stays in work coordinates."""
    full = ring.ellipse.moved(1 / ink.scale, 0, 0)
    reach = 1.5 * max(full.a, full.b)
    x0, y0 = int(max(0, full.x - reach)), int(max(0, full.y - reach))
    part = image[y0 : int(full.y + reach) + 1, x0 : int(full.x + reach) + 1]
    if min(part.shape[:2]) < 16:
        return None
    side = int(max(part.shape[:2]) * min(1.0, FINE_RADIUS / full.radius))
    detail = read_ink(np.ascontiguousarray(part), side)
    where = detail.grey if grey else detail.red
    noise = GREY_NOISE if grey else detail.noise
    start = full.moved(1.0, -x0, -y0).moved(detail.scale, 0, 0)
    followed = follow(where, start, noise)
    if followed is None:
        return None
    again = measure(where, np.zeros_like(detail.dark) if grey else detail.dark, followed[0], noise)
    if again is None:
        return None
    back = again.ellipse.moved(1 / detail.scale, 0, 0).moved(1.0, x0, y0).moved(ink.scale, 0, 0)
    return replace(again, ellipse=back)


def _score(ring: Ring, ink: Ink) -> float:
    value = score(ring, ring.ellipse.radius / ink.scale, 2 * ring.ellipse.radius / max(ink.red.shape))
    return value * on_paper(*_ground(ink, ring.ellipse)) if value > 0.1 else value


def _ground(ink: Ink, ellipse: Ellipse) -> tuple[tuple[float, float, float], float]:
    """Colour (R, G, B) of what lies between the lines inside the ring, and its brightness against the brightest."""
    x, y, w, h = (int(v) for v in ellipse.box())
    part = ink.picture[max(0, y) : y + h + 1, max(0, x) : x + w + 1].astype(np.float32)
    ring = unwrap(part, ellipse.moved(1.0, -max(0, x), -max(0, y)), np.linspace(0.3, 0.92, 12, dtype=np.float32), 60)
    pixels = ring.reshape(-1, 3)
    pixels = pixels[np.isfinite(pixels).all(axis=1)]
    if len(pixels) < 20:
        return (255.0, 255.0, 255.0), 1.0
    light = pixels.sum(axis=1)
    paper = np.median(pixels[light >= np.median(light)], axis=0)
    top = float(np.percentile(ink.picture[::8, ::8].max(axis=2), 95))
    colour = float(paper[0]), float(paper[1]), float(paper[2])
    return colour, max(colour) / max(top, 1.0)


def _inside(inner: Ellipse, outer: Ellipse) -> bool:
    return float(np.hypot(inner.x - outer.x, inner.y - outer.y)) < outer.radius and inner.radius < 0.8 * outer.radius


def _same(one: Ellipse, other: Ellipse) -> bool:
    near = float(np.hypot(one.x - other.x, one.y - other.y)) < 0.2 * other.radius
    return near and 0.8 < one.radius / other.radius < 1.25


def _known(here: Ellipse, found: Found) -> bool:
    """Was this place measured already? A poor fit about the same place (dragged off by print across the ring) does not
    count: the next start may follow the ring better."""
    other = found.ring.ellipse
    if ring_shape(found.ring) > 0.5:
        return _same(here, other)
    near = float(np.hypot(here.x - other.x, here.y - other.y)) < 0.03 * other.radius
    return near and abs(here.a - other.a) < 0.03 * other.a and abs(here.b - other.b) < 0.03 * other.b


def _distinct(found: list[Found]) -> list[Found]:
    """Best first; nothing that lies within a better one."""
    kept: list[Found] = []
    found = [f for f in found if not any(_around(f.ring, other.ring) or _within(f.ring, other.ring) for other in found)]
    for one in sorted(found, key=lambda f: (f.grey, -f.score + 2 * f.ring.stray + 2 * f.ring.spread)):
        here = one.ring.ellipse
        if not any(_same(here, k.ring.ellipse) or _inside(here, k.ring.ellipse) for k in kept):
            kept.append(one)
    return kept


def _within(one: Ring, outer: Ring) -> bool:
    """`one` is the second line inside a ring about the same middle: a double border, or a badge below its letters."""
    distance = float(np.hypot(one.ellipse.x - outer.ellipse.x, one.ellipse.y - outer.ellipse.y))
    ratio = outer.ellipse.radius / one.ellipse.radius
    return distance < 0.15 * one.ellipse.radius and 1.04 < ratio < 2.4 and ring_shape(outer) > 0.5


def _around(one: Ring, better: Ring) -> bool:
    """`one` borrows the line of a better ring: the hull around two seals that overlap, a skewed copy of the same."""
    distance = float(np.hypot(one.ellipse.x - better.ellipse.x, one.ellipse.y - better.ellipse.y))
    ratio = one.ellipse.radius / better.ellipse.radius
    near = distance < 0.8 * better.ellipse.radius and 0.6 < ratio < 1.5
    return near and better.cover > 0.8 and better.cover > one.cover - 0.05 and one.stray > better.stray + 0.008


def _facts(found: Found, ink: Ink) -> SealFacts:
    height, width = ink.red.shape
    x, y, w, h = found.ring.ellipse.box()
    x0, y0, x1, y1 = max(0.0, x), max(0.0, y), min(float(width), x + w), min(float(height), y + h)
    shape: SealShape = "round" if found.ring.ellipse.aspect >= 0.82 else "oval"
    limit: Literal[1, 0] = 0 if found.grey else 1
    return SealFacts(
        x=round(x0 / width, 4),
        y=round(y0 / height, 4),
        width=round(max(0.0, x1 - x0) / width, 4),
        height=round(max(0.0, y1 - y0) / height, 4),
        shape=shape,
        score=round(found.score if limit else min(found.score, GREY_MOST), 3),
        grey=found.grey,
        cut=found.ring.visible < 0.95,
    )


def _overlaps(one: SealFacts, other: SealFacts) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )
