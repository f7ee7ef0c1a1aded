"""Is there a seal's ring along this ellipse? Unwraps the place, follows the ring, measures it.

What tells a pressed ring from red print: a thin line of even width all around, its radius hardly spread, paper on
both sides of it, and inside it a band of characters. Thresholds live in `seal_verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from parsers.seal_colour import Array

ANGLES = 180
RAYS = 96  # fewer are enough to follow a ring
FOLLOW = (0.25, 0.13, 0.08)  # how far from the ellipse the ring is looked for, pass by pass, in radii


@dataclass(frozen=True)
class Ellipse:
    """Centre and half axes in pixels; `turn` in radians, of the first axis against x."""

    x: float
    y: float
    a: float
    b: float
    turn: float = 0.0

    @property
    def radius(self) -> float:
        return float(np.sqrt(self.a * self.b))

    @property
    def aspect(self) -> float:
        """Short over long axis, 0..1."""
        return min(self.a, self.b) / max(self.a, self.b, 1e-6)

    def moved(self, scale: float, dx: float, dy: float) -> Ellipse:
        """The same ellipse in coordinates p' = p * scale + d."""
        return Ellipse(self.x * scale + dx, self.y * scale + dy, self.a * scale, self.b * scale, self.turn)

    def box(self) -> tuple[float, float, float, float]:
        """x, y, width, height of the upright rectangle around it."""
        c, s = np.cos(self.turn), np.sin(self.turn)
        half_w = float(np.hypot(self.a * c, self.b * s))
        half_h = float(np.hypot(self.a * s, self.b * c))
        return self.x - half_w, self.y - half_h, 2 * half_w, 2 * half_h


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
    """

    ellipse: Ellipse
    cover: float
    arc: float
    spread: float
    stray: float
    width: float
    contrast: float
    snr: float
    outside: float
    band: float
    turns: int
    sectors: float
    core: float
    inner: float
    visible: float
    tone: float
    hidden: float
    printed: float


def unwrap(image: Array, ellipse: Ellipse, radii: Array, angles: int = ANGLES, *, outside: float = np.nan) -> Array:
    """Values along the ellipse's rays: shape (angles, len(radii)); places outside the picture get `outside`."""
    theta = np.linspace(0, 2 * np.pi, angles, endpoint=False, dtype=np.float32)
    c, s = float(np.cos(ellipse.turn)), float(np.sin(ellipse.turn))
    u, v = np.cos(theta) * ellipse.a, np.sin(theta) * ellipse.b
    xs = np.asarray(np.outer(u * c - v * s, radii) + ellipse.x, np.float32)
    ys = np.asarray(np.outer(u * s + v * c, radii) + ellipse.y, np.float32)
    out = np.asarray(cv2.remap(image, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0), np.float32)
    height, width = image.shape[:2]
    if min(xs.min(), ys.min()) < 0 or xs.max() > width - 1 or ys.max() > height - 1:
        out[(xs < 0) | (ys < 0) | (xs > width - 1) | (ys > height - 1)] = outside
    return out


def _ridge(profile: Array, half: int, flank: int) -> Array:
    """How much each place stands out from both sides along the ray; 0 where a side is outside the picture."""
    filled = _filled(profile)
    middle = cv2.blur(filled, (2 * half + 1, 1), borderType=cv2.BORDER_REPLICATE)
    mean = cv2.blur(filled, (3, 1), borderType=cv2.BORDER_REPLICATE) if half != 1 else middle
    response = np.zeros_like(filled)
    inner, outer = mean[:, 1 : -2 * flank - 1], mean[:, 2 * flank + 1 : -1]
    # The outer side must be paper; characters may stand close on the inner side.
    response[:, flank + 1 : -flank - 1] = middle[:, flank + 1 : -flank - 1] - np.maximum(outer, 0.5 * (inner + outer))
    return response


def _filled(profile: Array) -> Array:
    """The profile with 0 for what lies outside the picture."""
    filled: Array = np.where(np.isnan(profile), np.float32(0), profile)
    return filled


def glances(image: Array, ellipses: list[Ellipse], noise: float) -> list[float]:
    """For each ellipse the share of 48 rays on which a thin line lies near it: a cheap first look before `follow`."""
    if not ellipses:
        return []
    radii = np.arange(0.72, 1.281, 0.02, dtype=np.float32)
    profiles = np.concatenate([unwrap(image, ellipse, radii, 48) for ellipse in ellipses])
    shown = np.isfinite(profiles[:, 12:17]).all(axis=1).reshape(-1, 48)
    values = _ridge(profiles, 1, 4).max(axis=1).reshape(-1, 48)
    return [_line_share(value[seen], noise) for value, seen in zip(values, shown, strict=True)]


def _line_share(values: Array, noise: float) -> float:
    if len(values) < 10:
        return 0.0
    return float((values > max(2.0 * noise, 0.3 * _high(values, 0.75))).mean())


def _high(values: Array, share: float) -> float:
    """The value that `share` of the others do not pass (an order statistic: np.percentile costs ten times as much)."""
    at = int(share * (len(values) - 1))
    return float(np.partition(values, at)[at])


def follow(image: Array, start: Ellipse, noise: float, *, circle: bool = False) -> tuple[Ellipse, float] | None:
    """Fit the ellipse to the ring near `start`; with it the share of angles that agreed. None if nothing is there."""
    ellipse = start
    share = 0.0
    for reach in FOLLOW:
        radii = np.arange(1 - reach - 0.1, 1 + reach + 0.1, 0.0125, dtype=np.float32)
        profile = unwrap(image, ellipse, radii, RAYS)
        response = _ridge(profile, 1, 6) * np.maximum(0.3, 1 - np.abs(radii - 1) / (reach + 0.12))
        best = np.argmax(response, axis=1)
        value = response[np.arange(len(best)), best]
        floor = max(2.0 * noise, 0.35 * _high(value, 0.75))
        good = (value > floor) & (np.abs(radii[best] - 1) <= reach)
        if good.sum() < 18:
            return None
        theta = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)[good]
        rho = radii[best][good]
        kept = _fit(ellipse, theta, rho, circle=circle or _gap(good) > 0.4)
        if kept is None:
            return None
        ellipse, share = kept[0], kept[1] * good.mean()
        if share < 0.3 or ellipse.radius < 6 or ellipse.aspect < 0.45 or not 0.6 < ellipse.radius / start.radius < 1.5:
            return None
    return ellipse, float(share)


def _gap(good: Array) -> float:
    """Longest run of False around the circle, as a share of it."""
    hits = np.flatnonzero(good)
    if len(hits) == 0:
        return 1.0
    steps = np.diff(hits, append=hits[0] + len(good))
    return float(steps.max() - 1) / len(good)


def _points(ellipse: Ellipse, theta: Array, rho: Array) -> Array:
    u, v = np.cos(theta) * ellipse.a * rho, np.sin(theta) * ellipse.b * rho
    c, s = np.cos(ellipse.turn), np.sin(ellipse.turn)
    return np.stack([ellipse.x + u * c - v * s, ellipse.y + u * s + v * c], axis=1).astype(np.float32)


def distances(ellipse: Ellipse, points: Array) -> Array:
    """Signed distance of points from the ellipse along their ray, in radii (0 on the ellipse)."""
    c, s = np.cos(ellipse.turn), np.sin(ellipse.turn)
    dx, dy = points[:, 0] - ellipse.x, points[:, 1] - ellipse.y
    return np.asarray(np.hypot((dx * c + dy * s) / ellipse.a, (dy * c - dx * s) / ellipse.b) - 1, np.float32)


def fit_points(points: Array, *, circle: bool) -> Ellipse | None:
    """Least-squares ellipse (or circle) through points; None when they describe none."""
    if len(points) < 8:
        return None
    if circle:
        matrix = np.column_stack([points, np.ones(len(points), np.float32)])
        target = -(points**2).sum(axis=1)
        solution, *_ = np.linalg.lstsq(matrix.astype(np.float64), target.astype(np.float64), rcond=None)
        x, y = -solution[0] / 2, -solution[1] / 2
        square = x * x + y * y - solution[2]
        if square <= 1:
            return None
        radius = float(np.sqrt(square))
        return Ellipse(float(x), float(y), radius, radius)
    (x, y), (first, second), degrees = cv2.fitEllipseDirect(points)
    values = (x, y, first, second, degrees)
    if not np.all(np.isfinite(values)) or min(first, second) < 2:
        return None
    return Ellipse(x, y, first / 2, second / 2, float(np.radians(degrees)))


def _fit(ellipse: Ellipse, theta: Array, rho: Array, *, circle: bool) -> tuple[Ellipse, float] | None:
    points = _points(ellipse, theta, rho)
    keep = np.ones(len(points), bool)
    fitted = None
    for limit in (0.1, 0.045):
        fitted = fit_points(points[keep], circle=circle)
        if fitted is None:
            return None
        keep = np.abs(distances(fitted, points)) < limit
        if keep.sum() < 12:
            return None
    assert fitted is not None
    return fitted, float(keep.mean())


def measure(image: Array, dark: Array, ellipse: Ellipse, noise: float) -> Ring | None:
    """Measure the ring along `ellipse` on the ink map `image`; `dark` tells where black print hides it."""
    step = 1 / 80
    radii = np.arange(0.02, 1.32, step, dtype=np.float32)
    profile = unwrap(image, ellipse, radii)
    black = unwrap(dark, ellipse, radii, outside=0.0)
    response = _ridge(profile, 1, 6)
    near = (radii > 0.9) & (radii < 1.1)
    at = np.where(near)[0]
    ring_here = response[:, near]
    place = at[np.argmax(ring_here, axis=1)]
    value = ring_here.max(axis=1)
    line = np.abs(radii - 1) < 0.03
    visible: Array = np.asarray(~np.isnan(profile[:, line]).any(axis=1))
    hidden = visible & (black[:, line].max(axis=1) > 0.9) & (value < 2 * noise)
    usable = visible & ~hidden
    if usable.sum() < 24:
        return None
    # The ring's strength varies around it (one side pressed harder): compare with the neighbourhood, not with all.
    level = _high(value[usable], 0.6)
    floor = max(2.2 * noise, 0.3 * level)
    seen = usable & (value > floor)
    if seen.sum() < 12:
        return None
    path, stray, spread = _path(radii[place], seen)
    on_path = seen & (np.abs(radii[place] - path) < 0.035)
    crest = _along(profile, radii, path)
    contrast = float(np.median(crest[on_path])) if on_path.any() else 0.0
    if contrast <= 0:
        return None
    # Characters are thinner than the ring and blur more: a fraction of its strength is ink.
    filled = _filled(profile)
    ink = (filled > max(0.18 * contrast, 3.0 * noise)) & (filled > 0.3 * black)
    between = (radii > 0.5) & (radii < 0.87)
    band = ink[:, between]
    own = float(np.median(_along(black, radii, path)[on_path]))  # violet and brown ink are dark themselves
    print_ = black[:, between] > 0.35 + own
    rays = band[visible]
    outer = profile[:, (radii > 1.07) & (radii < 1.2)]
    return Ring(
        ellipse=ellipse,
        cover=float(on_path.sum() / usable.sum()),
        arc=1 - _gap(on_path | ~usable),
        spread=spread,
        stray=stray,
        width=_width(profile, radii, path, on_path),
        contrast=contrast,
        snr=contrast / max(noise, 1e-6),
        outside=float(np.nanmedian(outer) / contrast) if np.isfinite(outer).any() else 0.0,
        band=float(rays.mean()) if rays.size else 0.0,
        turns=_turns(ink, radii, visible[:, None] & (black < 0.3 + own)),
        sectors=_sectors(band, visible),
        core=float(ink[visible][:, radii < 0.35].mean()) if visible.any() else 0.0,
        inner=_inner(response, radii, usable, max(2.5 * noise, 0.35 * level)),
        visible=float(visible.mean()),
        tone=_tone(profile, black, ink, radii),
        hidden=float(hidden.sum() / max(visible.sum(), 1)),
        printed=float(print_[visible].mean()) if visible.any() else 0.0,
    )


def _path(rho: Array, seen: Array) -> tuple[Array, float, float]:
    """Smooth curve (four Fourier terms) through the ring's radii; its departure from 1; the spread around it."""
    theta = np.linspace(0, 2 * np.pi, len(rho), endpoint=False)
    terms = [np.ones_like(theta)]
    for k in (1, 2, 3, 4):
        terms += [np.cos(k * theta), np.sin(k * theta)]
    basis = np.stack(terms, axis=1)
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


def _along(profile: Array, radii: Array, path: Array) -> Array:
    index = np.clip(np.searchsorted(radii, path), 1, len(radii) - 2)
    rows = np.arange(len(path))
    stacked = np.stack([profile[rows, index - 1], profile[rows, index], profile[rows, index + 1]])
    return np.asarray(_filled(stacked).max(axis=0), np.float32)


def _width(profile: Array, radii: Array, path: Array, on_path: Array) -> float:
    """Width of the mean line at half its height."""
    if not on_path.any():
        return 1.0
    offsets = np.arange(-24, 25)
    index = np.clip(np.searchsorted(radii, path)[:, None] + offsets, 0, len(radii) - 1)
    aligned = _filled(np.take_along_axis(profile, index, axis=1)[on_path])
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
