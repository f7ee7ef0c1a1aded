"""Where could a ring be? Proposes ellipses on an ink map; `seal_rings` then decides which of them hold.

Two ways that fail differently: the outline of a connected patch of ink (any ellipse, needs the seal to stand alone) and
votes of edge directions for centres (needs no connected line: broken, faint, overlapping and cut rings).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from parsers.seal_colour import Array
from parsers.seal_lines import Ellipse, fit_points

Mask = Array  # uint8

SMALLEST = 9.0  # radius in work pixels below which no character of a seal could be told from noise
VOTES = 0.2  # share of the circumference whose edges must point to one centre
MOST_EDGES = 24_000
KEEP = 28


@dataclass(frozen=True)
class Patch:
    """A connected patch of ink: x, y, width, height in work pixels, mean density, share of its box that is ink."""

    x: int
    y: int
    width: int
    height: int
    density: float
    fill: float
    label: int = 0


def ink_mask(image: Array, noise: float, *, factor: float = 4.0, floor: float = 0.045) -> Mask:
    """Where there is ink: above the noise, and not much weaker than the strongest ink of the neighbourhood."""
    smooth = cv2.GaussianBlur(image, (0, 0), 0.8)
    limit = max(factor * noise, floor)
    return np.asarray(smooth > limit, np.uint8)


def components(mask: Mask) -> tuple[Array, Array]:
    """Labels of what touches, also at corners, and OpenCV's statistics of them. At most 65,535: enough for a work picture,
    and several times faster to count than more would be."""
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_16U, cv2.CCL_SPAGHETTI)
    return np.asarray(labels), np.asarray(stats)


def find_patches(image: Array, mask: Mask, *, reach: int = 5, least: float = 2 * SMALLEST * 0.8) -> tuple[list[Patch], Array]:
    """Connected patches of the mask after closing gaps of `reach` pixels, largest box first, and their label map."""
    if not mask.any():
        return [], np.zeros(mask.shape, np.uint16)
    kernel = np.ones((reach, reach), np.uint8)
    labels, stats = components(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel))
    patches = []
    large = np.flatnonzero(stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1) >= least)
    for label in large[large > 0]:
        x, y, w, h, area = (int(v) for v in stats[label])
        inside = labels[y : y + h, x : x + w] == label
        density = float(image[y : y + h, x : x + w][inside].mean())
        patches.append(Patch(x, y, w, h, density, area / (w * h), int(label)))
    patches.sort(key=lambda p: -p.width * p.height)
    return patches, labels


def from_patches(patches: list[Patch], labels: Array, limit: int = 12) -> list[Ellipse]:
    """The ellipse of each patch's outer hull, when the hull is one."""
    found = []
    for patch in patches[:limit]:
        if min(patch.width, patch.height) < 2 * SMALLEST * 0.8:
            continue
        part = (labels[patch.y : patch.y + patch.height, patch.x : patch.x + patch.width] == patch.label).astype(
            np.uint8
        )
        contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not contours:
            continue
        outline = max(contours, key=len)
        hull = cv2.convexHull(outline).reshape(-1, 2).astype(np.float32)
        if len(hull) < 8:
            continue
        ellipse = fit_points(_even(hull) + np.array([patch.x, patch.y], np.float32), circle=False)
        if ellipse is not None and ellipse.aspect > 0.45 and ellipse.radius >= SMALLEST * 0.8:
            found.append(ellipse)
    return found


def _even(hull: Array, count: int = 90) -> Array:
    """Points at even steps along the closed polygon."""
    closed = np.vstack([hull, hull[:1]])
    lengths = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(closed, axis=0).T))])
    steps = np.linspace(0, lengths[-1], count, endpoint=False)
    return np.stack([np.interp(steps, lengths, closed[:, 0]), np.interp(steps, lengths, closed[:, 1])], axis=1).astype(
        np.float32
    )


@dataclass(frozen=True)
class Edges:
    """Edge points with the unit vector that points to more ink; coordinates of the halved map."""

    x: Array
    y: Array
    dx: Array
    dy: Array
    shape: tuple[int, int]
    factor: float
    kept: float = 1.0  # share of all edge points that these are


def find_edges(
    image: Array, noise: float, where: Mask | None = None, *, side: int = 500, most: int = MOST_EDGES
) -> Edges:
    """Edges of the ink map at half size, weak ones too if nothing stronger is near."""
    factor = min(1.0, side / max(image.shape))
    size = (max(8, round(image.shape[1] * factor)), max(8, round(image.shape[0] * factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if factor < 1 else image
    # Strong ink is capped so that black-red places do not hide the weak ring beside them.
    smooth = cv2.GaussianBlur(small, (0, 0), 0.9)
    gx = cv2.Scharr(smooth, cv2.CV_32F, 1, 0) / 16
    gy = cv2.Scharr(smooth, cv2.CV_32F, 0, 1) / 16
    size_of = cv2.magnitude(gx, gy)
    around = cv2.dilate(size_of, np.ones((9, 9), np.uint8))
    grain = max(noise * factor, 0.0015)
    chosen = size_of > np.maximum(0.3 * around, max(2.5 * grain, 0.004))
    if where is not None:
        chosen &= cv2.resize(where, size, interpolation=cv2.INTER_NEAREST) > 0
    every = places = np.flatnonzero(chosen)  # several times faster than nonzero of two dimensions
    if len(every) > most:  # every n-th, spread over the page
        places = every[(np.arange(most) * (len(every) / most)).astype(np.int64)]
    ys, xs = np.divmod(places, size[0])
    length = size_of.ravel()[places]
    kept = len(places) / max(len(every), 1)
    return Edges(
        xs.astype(np.float32),
        ys.astype(np.float32),
        gx.ravel()[places] / length,
        gy.ravel()[places] / length,
        (size[1], size[0]),
        factor,
        kept,
    )


def from_votes(
    edges: Edges,
    *,
    stretch: float = 1.0,
    upright: bool = False,
    step: float = 1.08,
    largest: float = 1e9,
    most: int = KEEP,
    smallest: float = SMALLEST,
) -> list[tuple[float, Ellipse]]:
    """Circles (or ovals with the long axis `stretch` times the short one) that many edges point to, best first.

    Returns (share of the circumference, ellipse in coordinates of the full map). `upright`: long axis vertical;
    `largest`: radius in pixels of the full map.
    """
    if len(edges.x) < 30:
        return []
    x, y, dx, dy = edges.x, edges.y, edges.dx, edges.dy
    height, width = edges.shape
    # Stretch the short axis so that the oval becomes a circle; normals turn with the inverse.
    if stretch != 1.0 and upright:
        x, dx, width = x * stretch, dx / stretch, int(width * stretch) + 1
    elif stretch != 1.0:
        y, dy, height = y * stretch, dy / stretch, int(height * stretch) + 1
    norm = np.hypot(dx, dy)
    dx, dy = dx / norm, dy / norm
    top = min(largest * edges.factor, 0.3 * min(height, width))
    margin = int(min(0.5 * top, 40)) + 2
    found: list[tuple[float, float, float, float]] = []
    radius = max(smallest * edges.factor, 5.0)
    while radius <= top and len(x) >= VOTES * 2 * np.pi * radius * edges.kept:
        # Cells grow with the radius: the wider the circle, the less exactly its edges meet in one point.
        cell = max(1.0, 0.035 * radius)
        around = 2 * np.pi * radius * edges.kept
        total = _votes((x, y, dx, dy), (height, width), radius, cell, margin, VOTES * around)
        if total is not None:
            found += [
                (s, (px + 0.5) * cell - margin, (py + 0.5) * cell - margin, radius) for s, px, py in _peaks(total / around)
            ]
        radius *= step
    found.sort(reverse=True)
    kept: list[tuple[float, Ellipse]] = []
    for share_, px, py, r in found:
        if any(np.hypot(px - e.x, py - e.y) < 0.25 * r and 0.8 < r / e.a < 1.25 for _, e in kept):
            continue
        kept.append((share_, Ellipse(px, py, r, r)))
        if len(kept) >= most:
            break
    return [(s, _back(e, edges.factor, stretch, upright=upright)) for s, e in kept]


def _votes(
    edges: tuple[Array, Array, Array, Array],
    shape: tuple[int, int],
    radius: float,
    cell: float,
    margin: int,
    least: float,
) -> Array | None:
    """How many edges (x, y, dx, dy) point to each place at the distance `radius`: sums over three by three cells of a map
    that has `margin` pixels more than the picture on each side. None if nowhere so many as `least` do."""
    x, y, dx, dy = edges
    rows, columns = int((shape[0] + 2 * margin) / cell) + 2, int((shape[1] + 2 * margin) / cell) + 2
    aside = max(0, int((radius - margin) / cell) + 1)  # cells that catch what points beyond the margin: no test per edge
    wide = columns + 2 * aside
    at = ((y + np.float32(radius) * dy + np.float32(margin)) * np.float32(1 / cell) + np.float32(aside)).astype(np.int32) * wide
    at += ((x + np.float32(radius) * dx + np.float32(margin)) * np.float32(1 / cell) + np.float32(aside)).astype(np.int32)
    counts = np.bincount(at, minlength=(rows + 2 * aside) * wide).astype(np.uint16).reshape(-1, wide)
    inner = np.ascontiguousarray(counts[aside : aside + rows, aside : aside + columns])
    if 9 * int(inner.max()) < least:  # no nine cells can hold enough
        return None
    total = cv2.boxFilter(inner, -1, (3, 3), normalize=False, borderType=cv2.BORDER_CONSTANT)
    return total if int(total.max()) >= least else None


def _peaks(share: Array, most: int = 6) -> list[tuple[float, float, float]]:
    """(share, x, y) of the highest places that are not neighbours, a few at most."""
    places = np.flatnonzero(share >= VOTES)
    ys, xs = np.divmod(places, share.shape[1])
    values = share.ravel()[places]
    taken: list[tuple[float, float, float]] = []
    if len(values) > 24:
        top = np.argpartition(-values, 24)[:24]
        ys, xs, values = ys[top], xs[top], values[top]
    for k in np.argsort(-values):
        x, y = float(xs[k]), float(ys[k])
        if all(abs(x - px) > 3 or abs(y - py) > 3 for _, px, py in taken):
            taken.append((float(values[k]), x, y))
            if len(taken) == most:
                break
    return taken


def _back(circle: Ellipse, factor: float, stretch: float, *, upright: bool) -> Ellipse:
    x, y, r = circle.x, circle.y, circle.a
    if stretch != 1.0 and upright:
        return Ellipse(x / stretch / factor, y / factor, r / stretch / factor, r / factor)
    if stretch != 1.0:
        return Ellipse(x / factor, y / stretch / factor, r / factor, r / stretch / factor)
    return Ellipse(x / factor, y / factor, r / factor, r / factor)
