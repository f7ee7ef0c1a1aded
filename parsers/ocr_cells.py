"""The ruled cells of a form on a picture: the areas that its lines enclose."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from parsers.ruled import Box
from parsers.seal_colour import Array, Picture

MOST_CELLS = 400
WORK = 1400  # longest side on which lines are sought


def find_cells(image: Picture) -> list[list[Box]]:
    """Cells of each ruled table, in pixels of the picture, tables from the top. [] where nothing is ruled."""
    frames, labels, factor = _grids(image)
    tables = [_cells_of(labels == label, frame, factor) for label, frame in frames]
    return sorted((cells for cells in tables if len(cells) >= 4), key=lambda cells: min(cell.top for cell in cells))


def flatten(image: Picture) -> Picture:
    """The picture with its largest ruled table made rectangular: a photographed page looked at from straight above.
    The same picture if it has no such table or is flat already."""
    frames, labels, factor = _grids(image)
    height, width = image.shape[:2]
    large = [(label, f) for label, f in frames if f[2] > 0.4 * width * factor and f[3] > 0.3 * height * factor]
    if not large:
        return image
    label, (x, y, w, h, *_) = max(large, key=lambda pair: int(pair[1][2]) * int(pair[1][3]))
    rows, columns = np.nonzero(labels[y : y + h, x : x + w] == label)
    points = np.stack([columns + x, rows + y], axis=1).astype(np.float32)
    total, difference = points.sum(axis=1), points[:, 0] - points[:, 1]
    quad = points[[int(np.argmin(total)), int(np.argmax(difference)), int(np.argmax(total)), int(np.argmin(difference))]]
    hull = cv2.contourArea(cv2.convexHull(points))
    if cv2.contourArea(quad) < 0.93 * hull:
        return image
    left, right = float(quad[[0, 3], 0].mean()), float(quad[[1, 2], 0].mean())
    top, bottom = float(quad[[0, 1], 1].mean()), float(quad[[2, 3], 1].mean())
    target = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    shift = float(np.abs(quad - target).max())
    if not 0.003 * max(labels.shape) < shift < 0.12 * max(labels.shape):
        return image
    matrix = cv2.getPerspectiveTransform(quad / factor, target / factor)
    warped = cv2.warpPerspective(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _grids(image: Picture) -> tuple[list[tuple[int, Sequence[int]]], Picture, float]:
    """The connected ruled grids: (label, x, y, width, height ...), the label map, and its scale."""
    factor = min(1.0, WORK / max(image.shape[:2]))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if factor < 1:
        grey = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 12)
    height, width = ink.shape
    # Short strokes, chained: the lines of a photographed page slope, and differently at its two ends.
    across = _lines(ink, (max(18, width // 45), 1))
    down = _lines(ink, (1, max(18, width // 45)))
    grid = cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(grid, connectivity=8)
    frames = [
        (label, stats[label])
        for label in range(1, count)
        if stats[label][2] > 0.25 * width and stats[label][3] > 0.03 * height
    ]
    return frames, np.asarray(labels), factor


def _lines(ink: Picture, kernel: tuple[int, int]) -> Picture:
    """Straight strokes of the kernel's length, mended where print or the scanner broke them, a little longer."""
    shape = np.ones((kernel[1], kernel[0]), np.uint8)
    thick = cv2.dilate(ink, np.ones((1, 3) if kernel[1] > 1 else (3, 1), np.uint8))
    found = cv2.morphologyEx(thick, cv2.MORPH_OPEN, shape)
    mend = np.ones((max(3, kernel[1] // 2), max(3, kernel[0] // 2)), np.uint8)
    chained = cv2.morphologyEx(found, cv2.MORPH_CLOSE, mend)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.asarray(chained, np.uint8), connectivity=8)
    along = stats[:, 2] if kernel[0] > 1 else stats[:, 3]
    keep = along >= 1.8 * max(kernel)
    keep[0] = False
    return np.asarray(keep[labels], np.uint8)


def _cells_of(grid: Array, frame: Sequence[int], factor: float) -> list[Box]:
    x, y, w, h = (int(v) for v in frame[:4])
    inside = (~np.pad(grid[y : y + h, x : x + w], 1)).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(inside, connectivity=4)
    cells = []
    for label in range(1, min(count, 4 * MOST_CELLS)):
        cx, cy, cw, ch, area = (int(v) for v in stats[label])
        if cx == 0 and cy == 0 and cw >= w:  # what lies around the table
            continue
        if cw < 14 or ch < 10 or area < 0.5 * cw * ch:
            continue
        cells.append(Box((x + cx - 2) / factor, (y + cy - 2) / factor, (x + cx + cw) / factor, (y + cy + ch) / factor))
    return cells if len(cells) <= MOST_CELLS else []
