"""Ellipses on a map: their place unrolled into a strip, and the thin line near them followed. Judges nothing:
`seal_rings` measures what was followed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from parsers.seal_colour import Array

RAYS = 96  # fewer than measuring needs are enough to follow a ring
GLANCES = 48
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


@lru_cache(maxsize=8)
def _circle(angles: int) -> tuple[Array, Array, Array]:
    """So many angles around the circle, their cosines and sines."""
    theta = np.linspace(0, 2 * np.pi, angles, endpoint=False, dtype=np.float32)
    return theta, np.cos(theta), np.sin(theta)


def _places(ellipses: list[Ellipse], radii: Array, angles: int) -> tuple[Array, Array]:
    """x and y of the places along the rays: shape (number of ellipses * angles, len(radii))."""
    _, cosines, sines = _circle(angles)
    shape = np.array([(e.a, e.b, np.cos(e.turn), np.sin(e.turn), e.x, e.y) for e in ellipses], np.float32)
    a, b, c, s, x, y = (column[:, None] for column in shape.T)
    u, v = cosines * a, sines * b
    xs = (u * c - v * s)[:, :, None] * radii + x[:, :, None]
    ys = (u * s + v * c)[:, :, None] * radii + y[:, :, None]
    return xs.reshape(-1, len(radii)), ys.reshape(-1, len(radii))


def unwrap(image: Array, ellipse: Ellipse, radii: Array, angles: int, *, outside: float = np.nan) -> Array:
    """Values along the ellipse's rays: shape (angles, len(radii)); places outside the picture get `outside`."""
    xs, ys = _places([ellipse], radii, angles)
    out = np.asarray(cv2.remap(image, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0), np.float32)
    height, width = image.shape[:2]
    # The rays are straight: no place lies farther out than their ends.
    if min(xs[:, -1].min(), ys[:, -1].min()) < 0 or xs[:, -1].max() > width - 1 or ys[:, -1].max() > height - 1:
        out[(xs < 0) | (ys < 0) | (xs > width - 1) | (ys > height - 1)] = outside
    return out


def ridge(profile: Array, half: int, flank: int) -> Array:
    """How much each place stands out from both sides along the ray; 0 where a side is outside the picture."""
    inside = filled(profile)
    middle = cv2.blur(inside, (2 * half + 1, 1), borderType=cv2.BORDER_REPLICATE)
    mean = cv2.blur(inside, (3, 1), borderType=cv2.BORDER_REPLICATE) if half != 1 else middle
    response = np.zeros_like(inside)
    inner, outer = mean[:, 1 : -2 * flank - 1], mean[:, 2 * flank + 1 : -1]
    # The outer side must be paper; characters may stand close on the inner side.
    response[:, flank + 1 : -flank - 1] = middle[:, flank + 1 : -flank - 1] - np.maximum(outer, 0.5 * (inner + outer))
    return response


def filled(profile: Array) -> Array:
    """The profile with 0 for what lies outside the picture."""
    if not np.isnan(profile.sum()):
        return profile
    return np.nan_to_num(profile, nan=0.0)


def high(values: Array, share: float) -> float:
    """The value that `share` of the others do not pass (an order statistic: np.percentile costs ten times as much)."""
    at = int(share * (len(values) - 1))
    return float(np.partition(values, at)[at])


def longest_gap(good: Array) -> float:
    """Longest run of False around the circle, as a share of it."""
    hits = np.flatnonzero(good)
    if len(hits) == 0:
        return 1.0
    steps = np.diff(hits, append=hits[0] + len(good))
    return float(steps.max() - 1) / len(good)


@dataclass(frozen=True)
class Glance:
    """A cheap first look before `follow`. `seen`: share of the rays on which a thin line lies near the ellipse; `even`: share
    of the rays on which it goes on at the next one, as a ring's line does and the strokes of print do not."""

    seen: float
    even: float


def glances(image: Array, ellipses: list[Ellipse], noise: float) -> list[Glance]:
    """One look at each ellipse along 48 rays."""
    if not ellipses:
        return []
    radii = np.arange(0.72, 1.281, 0.02, dtype=np.float32)
    xs, ys = _places(ellipses, radii, GLANCES)
    profiles = np.asarray(cv2.remap(image, xs, ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0), np.float32)
    height, width = image.shape
    near_x, near_y = xs[:, 12:17:4], ys[:, 12:17:4]
    within = (near_x >= 0) & (near_y >= 0) & (near_x <= width - 1) & (near_y <= height - 1)
    shown = within.all(axis=1).reshape(-1, GLANCES)
    response = ridge(profiles, 1, 4)
    best = response.argmax(axis=1)
    values = response[np.arange(len(best)), best].reshape(-1, GLANCES)
    parts = zip(values, best.reshape(-1, GLANCES), shown, strict=True)
    return [_glance(value, place, seen, noise) for value, place, seen in parts]


def _glance(values: Array, places: Array, shown: Array, noise: float) -> Glance:
    count = int(np.count_nonzero(shown))
    if count < 10:
        return Glance(0.0, 0.0)
    line = shown & (values > max(2.0 * noise, 0.3 * high(values[shown], 0.75)))
    goes_on = line & np.roll(line, -1) & (np.abs(np.roll(places, -1) - places) <= 2)
    return Glance(np.count_nonzero(line) / count, np.count_nonzero(goes_on) / count)


def follow(image: Array, start: Ellipse, noise: float, *, circle: bool = False) -> tuple[Ellipse, float] | None:
    """Fit the ellipse to the ring near `start`; with it the share of angles that agreed. None if nothing is there."""
    ellipse = start
    share = 0.0
    for reach in FOLLOW:
        radii, weight = _reach(reach)
        profile = unwrap(image, ellipse, radii, RAYS)
        response = ridge(profile, 1, 6)
        response *= weight
        best = np.argmax(response, axis=1)
        value = response[np.arange(len(best)), best]
        floor = max(2.0 * noise, 0.35 * high(value, 0.75))
        good = (value > floor) & (np.abs(radii[best] - 1) <= reach)
        if np.count_nonzero(good) < 18:
            return None
        theta, rho = _circle(RAYS)[0][good], radii[best][good]
        kept = _fit(ellipse, theta, rho, circle=circle or longest_gap(good) > 0.4)
        if kept is None:
            return None
        ellipse, share = kept[0], kept[1] * float(good.mean())
        if share < 0.3 or ellipse.radius < 6 or ellipse.aspect < 0.45 or not 0.6 < ellipse.radius / start.radius < 1.5:
            return None
    return ellipse, float(share)


@lru_cache(maxsize=8)
def _reach(reach: float) -> tuple[Array, Array]:
    """The radii looked at in one pass, and what a line there counts: less, the farther from the ellipse."""
    radii = np.arange(1 - reach - 0.1, 1 + reach + 0.1, 0.0125, dtype=np.float32)
    return radii, np.maximum(0.3, 1 - np.abs(radii - 1) / (reach + 0.12)).astype(np.float32)


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
