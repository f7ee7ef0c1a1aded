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
from parsers import seal_grey
from parsers.seal_absence import LEAST_SPAN, doubts, sealsized
from parsers.seal_candidates import Edges, Patch, find_edges, find_patches, from_patches, from_votes, ink_mask
from parsers.seal_colour import Array, Ink, Picture, read_ink
from parsers.seal_grey import all_starts, usual_starts
from parsers.seal_limits import GREY_MOST, LINE, OVAL, PRESENT, RING, WEAK
from parsers.seal_lines import Ellipse, follow, glances, unwrap
from parsers.seal_rings import Ring, measure
from parsers.seal_score import on_paper, ring_shape, score
from parsers.seal_square import find_squares

MOST_LOOKS = 12  # rings followed on one map
MOST_LOOKS_GREY = 9
LEAST_SEEN = 0.5  # of the rays must show a line before it is followed
LEAST_EVEN = 0.45  # of the rays must go on to the next, in grey: the strokes of print give up to 0.44, rings 0.54 and more
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
        found += [replace(f, grey=True) for f in _grey_rings(image, ink, thoroughly=not reasons)]
    large = [f for f in _distinct(found) if sealsized(f.ring, ink)]
    seals = [_facts(f, ink) for f in large if f.score >= WEAK or ring_shape(f.ring) > RING]
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
    span = LEAST_SPAN * max(ink.red.shape)  # what is smaller counts for nothing
    least = 0.4 * span  # of a radius
    if not patches:
        return _distinct(_rings(image, ink, ink.red, ink.noise, _circles(find_edges(ink.red, ink.noise), least, 1e9)))
    reach = 0.7 * max(max(p.width, p.height) for p in patches)
    found = _distinct(_rings(image, ink, ink.red, ink.noise, from_patches(patches, labels)))
    height, width = ink.red.shape
    patches = [p for p in patches if p.width < 0.95 * width or p.height < 0.95 * height]  # a table below the page
    if reach < 0.7 * span or (_best(found) >= PRESENT and _explained(patches, found)):
        return found
    edges = find_edges(ink.red, ink.noise, np.asarray(cv2.dilate(mask, np.ones((7, 7), np.uint8)), np.uint8))
    if not _explained(patches, found):
        found = _distinct(found + _rings(image, ink, ink.red, ink.noise, _circles(edges, least, reach), found))
    if _best(found) < PRESENT or not _explained(patches, found, 60):
        found = _distinct(found + _rings(image, ink, ink.red, ink.noise, _ovals(edges, least, reach), found))
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


def _circles(edges: Edges, least: float, reach: float) -> list[Ellipse]:
    return [e for _, e in from_votes(edges, smallest=least, largest=reach)]


def _ovals(edges: Edges, least: float, reach: float) -> list[Ellipse]:
    starts: list[tuple[float, Ellipse]] = []
    for upright in (False, True):
        starts += from_votes(edges, stretch=1.45, upright=upright, step=1.13, smallest=least, largest=reach, most=8)
    starts.sort(key=lambda pair: -pair[0])
    return [e for _, e in starts]


def _grey_rings(image: Picture, ink: Ink, *, thoroughly: bool) -> list[Found]:
    """Rings without colour: of a copy. Thoroughly where nothing else forbids to call the page free of seals."""
    found: list[Found] = []
    for shown, noise, starts in all_starts(ink) if thoroughly else usual_starts(ink):
        found += _rings(image, ink, shown, noise, starts, found, grey=True)
    return found


def _promising(where: Array, starts: list[Ellipse], noise: float, *, grey: bool) -> list[Ellipse]:
    """Those along which something like a ring is seen; among print, where much is, the most even first."""
    looks = list(zip(glances(where, starts, noise), starts, strict=True))
    if not grey:
        return [start for look, start in looks if look.seen >= LEAST_SEEN]
    looks.sort(key=lambda pair: -pair[0].even)
    return [start for look, start in looks if look.even >= LEAST_EVEN]


def _rings(
    image: Picture,
    ink: Ink,
    where: Array,
    noise: float,
    starts: list[Ellipse],
    known: list[Found] | None = None,
    *,
    grey: bool = False,
) -> list[Found]:
    """Follow and measure the proposed ellipses, a few of them; none twice, none inside a sure ring."""
    found: list[Found] = []
    dark = None if grey else ink.dark
    looks = 0
    for start in _promising(where, starts, noise, grey=grey):
        if looks >= (MOST_LOOKS_GREY if grey else MOST_LOOKS):
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
    noise = seal_grey.NOISE if grey else detail.noise
    start = full.moved(1.0, -x0, -y0).moved(detail.scale, 0, 0)
    followed = follow(where, start, noise)
    if followed is None:
        return None
    again = measure(where, None if grey else detail.dark, followed[0], noise)
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
    if ring_shape(found.ring) > RING:
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
    return distance < 0.15 * one.ellipse.radius and 1.04 < ratio < 2.4 and ring_shape(outer) > RING


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
    shape: SealShape = "round" if found.ring.ellipse.aspect >= OVAL else "oval"
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
