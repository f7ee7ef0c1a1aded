"""How sure is it that a measured ring is a unit's seal, and that a page without one has none?

The limits come from the pages of generator set 1 and from pictures of real stamped paper; docs/accuracy.md has what
they give on pages they were not chosen on.
"""

from __future__ import annotations

from parsers.seal_rings import Ring

PRESENT = 0.6  # score from which a ring is a seal
GREY_MOST = 0.45  # score of the clearest grey ring: a copy proves nothing, a person looks
WEAK = 0.04  # score from which a page can't be called free of seals


def _rise(value: float, low: float, high: float) -> float:
    """0 below `low`, 1 above `high`, straight between; falls instead when `low` is the greater."""
    share = (value - low) / (high - low)
    return min(1.0, max(0.0, share))


def ring_shape(ring: Ring) -> float:
    """0..1: a thin, closed, even line on paper, whatever is inside."""
    return (
        _rise(ring.cover, 0.55, 0.88)
        * _rise(ring.arc, 0.6, 0.85)
        * _rise(ring.spread, 0.032, 0.018)
        * _rise(ring.stray, 0.034, 0.021)
        * _rise(ring.width, 0.19, 0.14)
        * _rise(ring.outside, 0.55, 0.3)
        * _rise(ring.outside, -0.28, -0.15)
        * _rise(ring.snr, 3.0, 6.0)
    )


def ring_content(ring: Ring) -> float:
    """0..1: characters between ring and middle, on the same paper as outside, and no second ring below them.

    Characters change between ink and paper often around the ring (real seals 22 times and more), loops of a pen and
    crossing circles do not; of a seal cut by the margin only the part that is there is counted on.
    """
    return (
        _rise(ring.turns / max(ring.visible, 0.4), 9, 18)
        * _rise(ring.sectors, 0.12, 0.3)
        * _rise(ring.band, 0.78, 0.62)
        * _rise(ring.tone, 0.32, 0.15)
        * _rise(ring.inner, 0.74, 0.6)
    )


def score(ring: Ring, pixels: float, share: float) -> float:
    """0..1 that this is a unit's seal. `pixels`: its radius on the full picture; `share`: its diameter as a share of the
    picture's longer side (icons, marks and letters are smaller than any seal on a page)."""
    size = _rise(pixels, 16, 26) * _rise(share, 0.028, 0.044)
    return ring_shape(ring) * ring_content(ring) * size * _rise(ring.visible, 0.2, 0.36)


def on_paper(saturation: float, brightness: float) -> float:
    """0..1: the ground is pale enough and bright enough for paper (yellow and shaded paper count)."""
    return _rise(saturation, 0.62, 0.48) * _rise(brightness, 0.25, 0.4)
