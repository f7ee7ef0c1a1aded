"""How sure is it that a measured ring is a unit's seal, and that a page without one has none?

The limits come from the pages of generator set 1 and from pictures of real stamped paper; docs/accuracy.md has what
they give on pages they were not chosen on.
"""

from __future__ import annotations

from parsers.seal_limits import LEAST_ARC, LEAST_COVER, MOST_SPREAD, MOST_STRAY, OVAL
from parsers.seal_rings import Ring


def _rise(value: float, low: float, high: float) -> float:
    """0 below `low`, 1 above `high`, straight between; falls instead when `low` is the greater."""
    share = (value - low) / (high - low)
    return min(1.0, max(0.0, share))


def ring_shape(ring: Ring) -> float:
    """0..1: a thin, closed, even line on paper, whatever is inside."""
    return (
        _rise(ring.cover, LEAST_COVER, 0.88)
        * _rise(ring.arc, LEAST_ARC, 0.85)
        * _rise(ring.spread, MOST_SPREAD, 0.018)
        * _rise(ring.stray, MOST_STRAY, 0.021)
        * _rise(ring.width, 0.19, 0.14)
        * _rise(ring.outside, 0.55, 0.3)
        * _rise(ring.outside, -0.28, -0.15)
        * _rise(ring.snr, 3.0, 6.0)
    )


def ring_content(ring: Ring) -> float:
    """0..1: characters between ring and middle, on the same paper as outside, and no second ring below them.

    Characters change between ink and paper often around the ring (usual names 22 times and more, those of four
    characters, as 鲁东大学, 12 times), loops of a pen and crossing circles do not; of a seal cut by the margin only the
    part that is there is counted on. Few changes are enough on a ring truer than any pen draws; an oval must be truer still, for
    pen loops strayed 0.007 and more from one, oval seals with so few changes 0.004 at most. A stain or a pen's circle around
    black print borrows its characters.
    """
    turns = ring.turns / max(ring.visible, 0.4)
    true = _rise(ring.stray, 0.014, 0.008) * _rise(ring.spread, 0.016, 0.01) * _rise(ring.cover, 0.9, 0.95)
    few, enough = 9 - 2 * true, 16.5 - 5.5 * true
    if ring.ellipse.aspect < OVAL:
        true *= _rise(ring.stray, 0.0066, 0.0056)
        few, enough = 12 - 5 * true, 18 - 7 * true
    middle = 1.0 if turns >= 18 else _rise(ring.core, 0.85, 0.68)  # medals have a large figure and little else
    return (
        _rise(turns, few, enough)
        * middle
        * _rise(ring.sectors, 0.12, 0.3)
        * _rise(ring.band, 0.78, 0.62)
        * _rise(ring.tone, 0.32, 0.15)
        * (_rise(ring.tone / max(ring.contrast, 0.05), 0.2, 0.12) if ring.contrast < 0.25 else 1.0)
        * _rise(ring.inner, 0.74, 0.6)
        * (_rise(ring.printed, 0.14, 0.07) if ring.contrast < 0.25 else 1.0)
    )


def score(ring: Ring, pixels: float, share: float) -> float:
    """0..1 that this is a unit's seal. `pixels`: its radius on the full picture; `share`: its diameter as a share of the
    picture's longer side (icons, marks and letters are smaller than any seal on a page)."""
    size = _rise(pixels, 16, 26) * _rise(share, 0.028, 0.044)
    return ring_shape(ring) * ring_content(ring) * size * _rise(ring.visible, 0.2, 0.36)


def on_paper(ground: tuple[float, float, float], brightness: float) -> float:
    """0..1: the ground (mean R, G, B) may be paper: pale, or tinted yellow by age, blue by shade, or orange by a lamp, and
    bright enough against the brightest of the picture. Red ground is no paper, whatever lies on it."""
    red, green, blue = (max(value, 1.0) for value in ground)
    reddish = 1 - min(red, green) / max(red, green)
    yellowish = 1 - blue / max(red, green, blue)
    return _rise(reddish, 0.45, 0.33) * _rise(yellowish, 0.78, 0.66) * _rise(brightness, 0.25, 0.4)
