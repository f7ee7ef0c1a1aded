"""Is there a seal's ring along this ellipse? Measures the line that `seal_lines` followed, and what is inside it.

What tells a pressed ring from red print: a thin line of even width all around, its radius hardly spread, paper on
both sides of it, and inside it a band of characters. Thresholds live in `seal_limits` and
`seal_score`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from parsers.seal_colour import Array
from parsers.seal_limits import LEAST_ARC, LEAST_COVER, MOST_SPREAD, MOST_STRAY
from parsers.seal_lines import Ellipse, filled, high, longest_gap, ridge, unwrap

ANGLES = 180
RADII = np.arange(0.02, 1.32, 1 / 80, dtype=np.float32)
NEAR = np.flatnonzero((RADII > 0.9) & (RADII < 1.1))  # where the line is looked for
FLANK = 6  # steps to each side of a line where paper must be
AROUND = slice(int(NEAR[0]) - FLANK - 2, int(NEAR[-1]) + FLANK + 3)  # what the look at the line alone needs


@dataclass(frozen=True)
class Ring:
    """What was measured along one ellipse. All shares are 0..1 over the visible angles; lengths in radii.

    `cover`: share of angles where the thin line is seen; `arc`: longest share of the circle without a wide hole;
    `spread`: how far the line strays from a smooth curve; `stray`: how far that curve strays from an ellipse;
    `width`: of the line; `contrast`: density of the line over paper; `snr`: the same over noise; `outside`: density
    just outside over contrast; `band`: share of ink in the band of characters; `turns`: ink-paper changes around the
    band; `sectors`: share of twelve sectors with ink in the band; `core`: share of ink in the middle; `inner`: cover
    of the best second ring well inside; `visible`: share of angles inside the picture; `tone`: how much the paper
    inside differs from the paper outside (density); `hidden`: share of angles lost under black print;
    `printed`: share of the band that lies under black print.

    Of a line that is no ring (too open, too uneven) only the first four are measured, and the rest is 0.
    """

    ellipse: Ellipse
    cover: float
    arc: float
    spread: float
    stray: float
    width: float = 0.0
    contrast: float = 0.0
    snr: float = 0.0
    outside: float = 0.0
    band: float = 0.0
    turns: int = 0
    sectors: float = 0.0
    core: float = 0.0
    inner: float = 0.0
    visible: float = 0.0
    tone: float = 0.0
    hidden: float = 0.0
    printed: float = 0.0


@dataclass(frozen=True)
class _Line:
    """The thin line near an ellipse, by angle: where it can be seen at all, where black print hides it, its place."""

    visible: Array
    hidden: Array
    level: float  # its strength
    on_path: Array  # where it is seen on its curve
    path: Array  # that curve: radii
    stray: float
    spread: float

    @property
    def usable(self) -> Array:
        """The angles at which it could be seen."""
        return self.visible & ~self.hidden

    @property
    def cover(self) -> float:
        """Share of them at which it is seen."""
        return float(np.count_nonzero(self.on_path) / np.count_nonzero(self.usable))

    @property
    def arc(self) -> float:
        """Share of the circle without its widest hole."""
        return 1 - longest_gap(self.on_path | ~self.usable)


def measure(image: Array, dark: Array | None, ellipse: Ellipse, noise: float) -> Ring | None:
    """Measure the ring along `ellipse` on the ink map `image`; `dark` tells where black print hides it (None: on a grey
    map print is ink like any other). None where hardly anything is seen of a line."""
    line = _line(image, dark, ellipse, noise)
    if line is None:
        return None
    cover, arc = line.cover, line.arc
    if cover <= LEAST_COVER or arc <= LEAST_ARC or line.spread >= MOST_SPREAD or line.stray >= MOST_STRAY:
        return Ring(ellipse, cover, arc, line.spread, line.stray)
    return _ring(image, dark, ellipse, noise, line)


def _line(image: Array, dark: Array | None, ellipse: Ellipse, noise: float) -> _Line | None:
    radii = RADII[AROUND]
    profile = unwrap(image, ellipse, radii, ANGLES)
    near = NEAR - AROUND.start
    here = ridge(profile, 1, FLANK)[:, near]
    best = np.argmax(here, axis=1)
    value = here[np.arange(ANGLES), best]
    middle = np.flatnonzero(np.abs(radii - 1) < 0.03)
    visible: Array = np.asarray(~np.isnan(profile[:, middle]).any(axis=1))
    hidden = np.zeros(ANGLES, bool)
    if dark is not None:
        black = unwrap(dark, ellipse, radii[middle], ANGLES, outside=0.0)
        hidden = visible & (black.max(axis=1) > 0.9) & (value < 2 * noise)
    usable = visible & ~hidden
    if np.count_nonzero(usable) < 24:
        return None
    # The ring's strength varies around it (one side pressed harder): compare with the neighbourhood, not with all.
    level = high(value[usable], 0.6)
    seen = usable & (value > max(2.2 * noise, 0.3 * level))
    if np.count_nonzero(seen) < 12:
        return None
    place = radii[near[best]]
    path, stray, spread = _path(place, seen)
    on_path = seen & (np.abs(place - path) < 0.035)
    if not on_path.any() or float(np.median(_along(profile, radii, path)[on_path])) <= 0:
        return None
    return _Line(visible, hidden, level, on_path, path, stray, spread)


def _ring(image: Array, dark: Array | None, ellipse: Ellipse, noise: float, line: _Line) -> Ring:
    """All that is told of a ring, once its line is one."""
    radii, visible, usable = RADII, line.visible, line.usable
    profile = unwrap(image, ellipse, radii, ANGLES)
    black = np.zeros_like(profile) if dark is None else unwrap(dark, ellipse, radii, ANGLES, outside=0.0)
    contrast = float(np.median(_along(profile, radii, line.path)[line.on_path]))
    # Characters are thinner than the ring and blur more: a fraction of its strength is ink.
    values = filled(profile)
    ink = (values > max(0.18 * contrast, 3.0 * noise)) & (values > 0.3 * black)
    between = (radii > 0.5) & (radii < 0.87)
    band = ink[:, between]
    own = float(np.median(_along(black, radii, line.path)[line.on_path]))  # violet and brown ink are dark themselves
    printed = black[:, between] > 0.35 + own
    outer = profile[:, (radii > 1.07) & (radii < 1.2)]
    return Ring(
        ellipse=ellipse,
        cover=line.cover,
        arc=line.arc,
        spread=line.spread,
        stray=line.stray,
        width=_width(profile, radii, line.path, line.on_path),
        contrast=contrast,
        snr=contrast / max(noise, 1e-6),
        outside=float(np.nanmedian(outer) / contrast) if np.isfinite(outer).any() else 0.0,
        band=float(band[visible].mean()),
        turns=_turns(ink, radii, visible[:, None] & (black < 0.3 + own)),
        sectors=_sectors(band, visible),
        core=float(ink[visible][:, radii < 0.35].mean()),
        inner=_inner(ridge(profile, 1, FLANK), radii, usable, max(2.5 * noise, 0.35 * line.level)),
        visible=float(visible.mean()),
        tone=_tone(profile, black, ink, radii),
        hidden=float(np.count_nonzero(line.hidden) / np.count_nonzero(visible)),
        printed=float(printed[visible].mean()),
    )


def _path(rho: Array, seen: Array) -> tuple[Array, float, float]:
    """Smooth curve (four Fourier terms) through the ring's radii; its departure from 1; the spread around it."""
    basis = _basis(len(rho))
    order = basis.shape[1] if seen.mean() > 0.6 else 3
    used = seen.copy()
    coefficients = np.zeros(order)
    for _ in range(3):
        solve = basis[used, :order]
        weight = solve.T @ solve + 0.5 * np.eye(order)
        offset = solve.T @ (rho[used] - 1)
        coefficients = np.linalg.solve(weight, offset)
        difference = np.abs(rho - 1 - basis[:, :order] @ coefficients)
        used = seen & (difference < 0.05)
        if used.sum() < order + 4:
            used = seen
            break
    path = 1 + basis[:, :order] @ coefficients
    residual = rho[seen] - path[seen]
    spread = float(np.median(np.abs(residual - np.median(residual))) * 1.4826)
    stray = float(np.std(path[seen] - 1))
    return path.astype(np.float32), stray, spread


@lru_cache(maxsize=4)
def _basis(count: int) -> Array:
    theta = np.linspace(0, 2 * np.pi, count, endpoint=False)
    terms = [np.ones_like(theta)]
    for k in (1, 2, 3, 4):
        terms += [np.cos(k * theta), np.sin(k * theta)]
    return np.stack(terms, axis=1)


def _along(profile: Array, radii: Array, path: Array) -> Array:
    index = np.clip(np.searchsorted(radii, path), 1, len(radii) - 2)
    rows = np.arange(len(path))
    stacked = np.stack([profile[rows, index - 1], profile[rows, index], profile[rows, index + 1]])
    return np.asarray(filled(stacked).max(axis=0), np.float32)


def _width(profile: Array, radii: Array, path: Array, on_path: Array) -> float:
    """Width of the mean line at half its height."""
    if not on_path.any():
        return 1.0
    offsets = np.arange(-24, 25)
    index = np.clip(np.searchsorted(radii, path)[:, None] + offsets, 0, len(radii) - 1)
    aligned = filled(np.take_along_axis(profile, index, axis=1)[on_path])
    mean = np.median(aligned, axis=0)
    peak = int(np.argmax(mean[20:29])) + 20
    half = mean[peak] / 2
    low, high = peak, peak
    while low > 0 and mean[low - 1] > half:
        low -= 1
    while high < len(mean) - 1 and mean[high + 1] > half:
        high += 1
    return float((high - low + 1) * (radii[1] - radii[0]))


def _turns(ink: Array, radii: Array, shown: Array) -> int:
    """Most ink-paper changes around any circle of the band: characters change often, discs and wedges do not. What lies
    under black print is left out, else print would cut a stain's tint into characters."""
    best = 0
    for rho in (0.62, 0.68, 0.74, 0.8, 0.86):
        at = int(np.searchsorted(radii, rho))
        column = ink[:, at][shown[:, at]]
        best = max(best, int((column != np.roll(column, 1)).sum()))
    return best


def _sectors(band: Array, visible: Array) -> float:
    parts = band.reshape(12, -1).mean(axis=1)
    shown = visible.reshape(12, -1).mean(axis=1) > 0.5
    return float((parts[shown] > 0.06).mean()) if shown.any() else 0.0


def _inner(response: Array, radii: Array, usable: Array, floor: float) -> float:
    """Cover of the best closed line well inside the ring: logos and badges have one below their letters."""
    hit = (response[usable] > floor).astype(np.uint8)
    near = cv2.dilate(hit, np.ones((1, 3), np.uint8))
    inside = (radii > 0.4) & (radii < 0.86)
    return float(near[:, inside].mean(axis=0).max())


def _tone(profile: Array, black: Array, ink: Array, radii: Array) -> float:
    """Difference between the paper inside and the paper outside, in density (redness and darkness together)."""
    inside = (radii > 0.15) & (radii < 0.9)
    outside = radii > 1.1
    inner = ~ink & inside & np.isfinite(profile)
    outer = ~ink & outside & np.isfinite(profile)
    if inner.sum() < 50 or outer.sum() < 50:
        return 0.0 if outer.sum() < 50 and inner.sum() >= 50 else 1.0
    red = abs(float(np.median(profile[inner])) - float(np.median(profile[outer])))
    light = abs(float(np.median(black[inner])) - float(np.median(black[outer])))
    return red + light
