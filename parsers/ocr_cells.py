"""The ruled cells of a form on a picture: the areas that its lines enclose."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from parsers.ruled import Box
from parsers.seal_colour import Array, Picture

MOST_CELLS = 400
_FEWEST = 6  # cells, with what lies around them, of a table by which a page is straightened
_ROW, _COLUMN = 0.35, 0.15  # share of the smaller cell by which edges of neighbours may differ and be one line
WORK = 1400  # longest side on which lines are sought


def find_cells(image: Picture) -> list[list[Box]]:
    """Cells of each ruled table, in pixels of the picture, tables from the top. [] where nothing is ruled."""
    frames, labels, factor = _grids(image)
    tables = [_cells_of(labels == label, frame, factor) for label, frame in frames]
    return sorted((cells for cells in tables if len(cells) >= 4), key=lambda cells: min(cell.top for cell in cells))


def align(cells: Sequence[Box]) -> list[Box]:
    """The same cells with their edges drawn straight: on curled paper the cells of one row begin at different heights.

    Edges are one where neighbours share them, not where they happen to lie at one height: a row that sinks by half its
    height from left to right stays a row.
    """
    count = len(cells)
    lines, columns = _Union(2 * count), _Union(2 * count)  # 2n: top or left of cell n, 2n + 1: bottom or right
    width = max((cell.right for cell in cells), default=0.0) - min((cell.left for cell in cells), default=0.0)
    for i, one in enumerate(cells):
        for j in range(i + 1, count):
            other = cells[j]
            high = _ROW * min(one.bottom - one.top, other.bottom - other.top)
            wide = min(_COLUMN * min(one.right - one.left, other.right - other.left), 0.02 * width)
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.bottom, other.bottom) - max(one.top, other.top)
            if -0.03 * width < across <= wide and down > 0:  # side by side
                _join(lines, (one.top, one.bottom), (other.top, other.bottom), (i, j), high)
                _meet(columns, (one.left, one.right), (other.left, other.right), (i, j), 0.03 * width)
            elif -2 * high < down <= high and across > 0:  # one above the other
                _join(columns, (one.left, one.right), (other.left, other.right), (i, j), wide)
                _meet(lines, (one.top, one.bottom), (other.top, other.bottom), (i, j), 2 * high)
    tops = lines.means([edge for cell in cells for edge in (cell.top, cell.bottom)])
    lefts = columns.means([edge for cell in cells for edge in (cell.left, cell.right)])
    return [Box(lefts[2 * n], tops[2 * n], lefts[2 * n + 1], tops[2 * n + 1]) for n in range(count)]


_Pair = tuple[float, float]


class _Union:
    """Edges that are one and the same line."""

    def __init__(self, count: int) -> None:
        self._parent = list(range(count))

    def root(self, number: int) -> int:
        while self._parent[number] != number:
            self._parent[number] = self._parent[self._parent[number]]
            number = self._parent[number]
        return number

    def join(self, one: int, other: int) -> None:
        self._parent[self.root(one)] = self.root(other)

    def means(self, values: Sequence[float]) -> list[float]:
        """For each edge the mean of all that are one with it."""
        held: dict[int, list[float]] = {}
        for number, value in enumerate(values):
            held.setdefault(self.root(number), []).append(value)
        return [sum(held[self.root(n)]) / len(held[self.root(n)]) for n in range(len(values))]


def _join(union: _Union, one: _Pair, other: _Pair, pair: tuple[int, int], slack: float) -> None:
    """Begins with begins, ends with ends."""
    for end in (0, 1):
        if abs(one[end] - other[end]) <= slack:
            union.join(2 * pair[0] + end, 2 * pair[1] + end)


def _meet(union: _Union, one: _Pair, other: _Pair, pair: tuple[int, int], slack: float) -> None:
    """Where one ends the other begins."""
    if abs(one[1] - other[0]) <= slack:
        union.join(2 * pair[0] + 1, 2 * pair[1])
    elif abs(other[1] - one[0]) <= slack:
        union.join(2 * pair[1] + 1, 2 * pair[0])


def flatten(image: Picture) -> Picture:
    """The picture with its largest ruled table made rectangular: a photographed page looked at from straight above.
    The same picture if it has no such table or is flat already."""
    frames, labels, factor = _grids(image)
    height, width = image.shape[:2]
    large = [(label, f) for label, f in frames if f[2] > 0.4 * width * factor and f[3] > 0.3 * height * factor]
    if not large:
        return image
    # The edge of the sheet, or of the table it lies on, may make a larger frame than the form's own.
    large.sort(key=lambda pair: int(pair[1][2]) * int(pair[1][3]), reverse=True)
    quad = next((found for found in (_corners(labels, frame, label) for label, frame in large) if found is not None), None)
    if quad is None:
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


def _corners(labels: Array, frame: Sequence[int], label: int) -> Array | None:
    """The four corners of a ruled table, clockwise from top left; None if it is no quadrilateral with cells inside."""
    x, y, w, h = (int(v) for v in frame[:4])
    drawn = labels[y : y + h, x : x + w] == label
    rows, columns = np.nonzero(drawn)
    points = np.stack([columns + x, rows + y], axis=1).astype(np.float32)
    total, difference = points.sum(axis=1), points[:, 0] - points[:, 1]
    quad = points[[int(np.argmin(total)), int(np.argmax(difference)), int(np.argmax(total)), int(np.argmin(difference))]]
    hull = cv2.contourArea(cv2.convexHull(points))
    if hull <= 0 or cv2.contourArea(quad) < 0.93 * hull:
        return None
    count, _, stats, _ = cv2.connectedComponentsWithStats((~np.pad(drawn, 1)).astype(np.uint8), connectivity=4)
    return quad if sum(1 for label in range(1, count) if stats[label][4] > 0.001 * hull) >= _FEWEST else None


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
