"""From a page's picture to maps of ink: how red, how dark, how grey, with the paper's own tint taken away.

Everything is optical density (natural logarithm of paper over pixel): light and shade fall out of a difference of two
densities, so one scale serves white, yellow, shaded and photographed paper. Finds nothing by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]  # float32
Picture = npt.NDArray[Any]  # uint8, RGB unless said otherwise

WORK_SIDE = 1000  # longest side of the picture that candidates are sought on: 42 mm of an A4 page are 141 pixels
OFFSET = 8.0  # added before the logarithm: noise of dark pixels must not become colour
LOGARITHM = np.log(np.arange(256, dtype=np.float32) + OFFSET)  # of a channel's values, looked up
CELL = 16  # pixels of the work picture averaged for the paper's tint

# Worker processes share the machine; OpenCV's own threads would only fight over its cores.
cv2.setNumThreads(1)


@dataclass(frozen=True)
class Ink:
    """Maps of one picture, float32, all of one shape.

    `red`: density in green minus density in red (red, orange, pink and purple ink are positive, blue and green
    negative, black near 0). `dark`: density in the red channel (black print; red ink hardly). `grey`: density of the
    brightness. `noise`: standard deviation of `red` on paper. `scale`: work pixels per picture pixel.
    """

    red: Array
    dark: Array
    grey: Array
    noise: float
    scale: float
    picture: Picture


def shrink(image: Picture, side: int = WORK_SIDE) -> tuple[Picture, float]:
    """The picture with its longest side at most `side`, and the factor used (never above 1)."""
    height, width = image.shape[:2]
    factor = min(1.0, side / max(height, width))
    if factor == 1.0:
        return np.ascontiguousarray(image), 1.0
    # Averages over whole steps are several times faster than over fractions.
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    whole = int(1 / factor)
    if whole == 1:
        wide = cv2.resize(image, (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.resize(wide, size, interpolation=cv2.INTER_AREA), np.uint8), factor
    columns, rows = width // whole, height // whole
    less = cv2.resize(image[: rows * whole, : columns * whole], (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(less, size, interpolation=cv2.INTER_LINEAR), np.uint8), factor


def read_ink(image: Picture, side: int = WORK_SIDE) -> Ink:
    """Ink maps of an RGB picture (height, width, 3), computed on a reduced copy."""
    small, factor = shrink(image, side)
    red_raw, green = cv2.extractChannel(small, 0), cv2.extractChannel(small, 1)
    # Balance the channels before the logarithm: black print must come out neutral on any paper.
    balanced: Array = np.asarray(cv2.multiply(red_raw, _balance(red_raw, green), dtype=cv2.CV_32F), np.float32)
    balanced += np.float32(OFFSET)
    red = np.asarray(cv2.log(balanced), np.float32)
    np.subtract(red, cv2.LUT(green, LOGARITHM), out=red)
    dark, grey = _density(red_raw), _density(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    return Ink(red=red, dark=dark, grey=grey, noise=spread(red, dark), scale=factor, picture=small)


def spread(values: Array, dark: Array) -> float:
    """Standard deviation of the fine grain of `values` on paper (robust: from the median of absolute differences)."""
    step = max(1, values.size // 40_000)  # some rows tell as much as all of them
    fine = values[::step, 1:] - values[::step, :-1]
    chosen = fine[dark[::step, 1:] < 0.3]
    if chosen.size < 100:
        chosen = fine.ravel()
    if chosen.size == 0:
        return 0.01
    return max(_middle(np.abs(chosen)) * 1.4826 / 1.4142, 0.002)


def _middle(values: Array) -> float:
    """The median (of an even number the upper of the two in the middle), much faster than numpy's."""
    half = values.size // 2
    return float(np.partition(values, half)[half])


def _cells(channel: Picture, side: int) -> Picture:
    """One channel averaged over cells of `side` pixels (what is left over at the edges is no cell), at least 3 by 3."""
    height, width = channel.shape
    if min(height, width) < 3 * side:
        return np.asarray(cv2.resize(channel, (max(3, width // side), max(3, height // side)), interpolation=cv2.INTER_AREA))
    columns, rows = width // side, height // side
    return np.asarray(cv2.resize(channel[: rows * side, : columns * side], (columns, rows), interpolation=cv2.INTER_AREA))


def _balance(red: Picture, green: Picture) -> Array:
    """What to multiply red with so that paper comes out neutral; slowly varying over the page.

    The median over the brighter cells around each place: a red area smaller than a third of its surroundings leaves no
    trace in it, a coloured cast does.
    """
    height, width = red.shape
    level = _cells(green, CELL).astype(np.float32) + 1
    ratio = np.log(level / (_cells(red, CELL).astype(np.float32) + 1))
    rows, columns = ratio.shape
    blocks_y, blocks_x = min(6, rows), min(5, columns)
    table = np.empty((blocks_y, blocks_x), np.float32)
    reach_y, reach_x = rows / blocks_y, columns / blocks_x
    for j in range(blocks_y):
        for i in range(blocks_x):
            y0, y1 = int(max(0, (j - 0.7) * reach_y)), max(1, int(min(rows, (j + 1.7) * reach_y)))
            x0, x1 = int(max(0, (i - 0.7) * reach_x)), max(1, int(min(columns, (i + 1.7) * reach_x)))
            part_ratio, part_level = ratio[y0:y1, x0:x1].ravel(), level[y0:y1, x0:x1].ravel()
            table[j, i] = _middle(part_ratio[part_level >= _middle(part_level)])
    if min(table.shape) >= 3:
        table = np.asarray(cv2.medianBlur(table, 3), np.float32)
    return np.asarray(cv2.resize(np.exp(table), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def _density(channel: Picture) -> Array:
    """Density of one channel over the paper around each place: the brightest of the neighbourhood, smoothed."""
    height, width = channel.shape
    top = cv2.dilate(_cells(channel, 8), np.ones((7, 7), np.uint8))
    paper = cv2.log(cv2.blur(top.astype(np.float32), (7, 7)) + OFFSET)
    density: Array = np.asarray(cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    np.subtract(density, cv2.LUT(channel, LOGARITHM), out=density)
    return np.asarray(np.maximum(density, 0, out=density), np.float32)
