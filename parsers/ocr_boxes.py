"""Printed boxes to tick in a part of a picture, and whether there is ink in them.

A box is a square frame with all four sides drawn, whatever was written across it. The boxes of one field are of one
size, and a ticked one has more ink inside than an empty one: they are judged together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from parsers.ruled import Box
from parsers.seal_colour import Array, Picture

FULL, EMPTY = "full", "empty"
_DRAWN = 0.84  # share of each side that must be ink
_SHARES = (0.36, 0.41, 0.46, 0.52, 0.58, 0.64, 0.71, 0.78, 0.86, 0.94)  # side of a box in heights of its line
_LEAST = 7  # pixels: a smaller frame is no box one could read
_CLEAR, _INKED = 0.05, 0.17  # share of the middle that is ink: certainly empty below, certainly marked above
_TIMES = 3.0  # ... or so many times as much as in the emptiest box of the field
_SOLID = 0.8
_MOST = 12  # frames of one size that are looked at


@dataclass(frozen=True, slots=True)
class Square:
    """A frame, in pixels of the part that was searched; `drawn`: share of its least complete side."""

    left: int
    top: int
    width: int
    height: int
    drawn: float


def ink_of(image: Picture, area: Box, height: float) -> Picture:
    """1 where there is ink of any colour, in this area. `height`: of a line of text."""
    margin = int(1.5 * height)
    left, top = int(area.left), int(area.top)
    right, bottom = int(np.ceil(area.right)), int(np.ceil(area.bottom))
    x0, y0 = max(0, left - margin), max(0, top - margin)
    darkest = image[y0 : bottom + margin, x0 : right + margin].min(axis=2)
    block = max(15, int(1.4 * height) | 1)
    found = cv2.adaptiveThreshold(darkest, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 18)
    # What is filled is darker than the paper, though not than itself.
    paper = float(np.percentile(darkest, 80))
    found |= (darkest < 0.5 * paper).astype(np.uint8)
    return np.asarray(found[top - y0 : bottom - y0, left - x0 : right - x0], np.uint8)


def find_squares(ink: Picture, height: float) -> list[Square]:
    """Frames of any likely size, from left to right, none overlapping another. `height`: of a line of text."""
    wide = cv2.dilate(ink, np.ones((3, 3), np.uint8)).astype(np.float32)
    sums = (
        np.cumsum(np.pad(wide, ((0, 0), (1, 0))), axis=1),
        np.cumsum(np.pad(wide, ((1, 0), (0, 0))), axis=0),
    )
    found: list[Square] = []
    for side in sorted({round(height * share) for share in _SHARES}):
        for tall in sorted({side, round(1.15 * side), round(0.87 * side)}):  # a page seen aslant squeezes its boxes
            if min(side, tall) >= _LEAST and tall < ink.shape[0] and side < ink.shape[1]:
                found += _frames(sums, side, tall)
    # A filled box holds any number of smaller frames, a tick may make one with two sides of its box: the larger counts.
    found.sort(key=lambda square: -(square.drawn + 0.5 * (square.width + square.height) / height))
    kept: list[Square] = []
    for square in found:
        if not any(_overlap(square, other) for other in kept):
            kept.append(square)
    return sorted(kept, key=lambda square: square.left)


def of_one_size(squares: Sequence[Square]) -> list[Square]:
    """Those of the size that most have, or the best drawn ones: the boxes of one field are printed alike."""
    most = max((square.drawn for square in squares), default=0.0)
    squares = [square for square in squares if square.drawn >= 0.92 * most]
    best: list[Square] = []
    for model in squares:
        alike = [
            square
            for square in squares
            if abs(square.width - model.width) <= max(2, 0.14 * model.width)
            and abs(square.height - model.height) <= max(2, 0.14 * model.height)
        ]
        if sum(square.drawn for square in alike) > sum(square.drawn for square in best):
            best = alike
    return best


def _overlap(one: Square, other: Square) -> bool:
    across = min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
    down = min(one.top + one.height, other.top + other.height) - max(one.top, other.top)
    return across > 0 and down > 0


def _frames(sums: tuple[Array, Array], side: int, tall: int) -> list[Square]:
    """Frames of exactly this size, the best drawn ones first, none overlapping another."""
    total_x, total_y = sums
    across = (total_x[:, side:] - total_x[:, :-side]) / side  # ink of a stretch from (y, x)
    down = (total_y[tall:] - total_y[:-tall]) / tall
    n, m = total_x.shape[0] - tall, total_y.shape[1] - side
    score = np.minimum.reduce([across[:n, :m], across[tall : tall + n, :m], down[:n, :m], down[:n, side : side + m]])
    found: list[Square] = []
    while len(found) < _MOST:
        y, x = (int(v) for v in np.unravel_index(int(np.argmax(score)), score.shape))
        value = float(score[y, x])
        if value < _DRAWN:
            break
        found.append(Square(x, y, side, tall, value))
        score[max(0, y - tall) : y + tall + 1, max(0, x - side) : x + side + 1] = 0
    return found


def states_of(ink: Picture, squares: Sequence[Square]) -> list[str | None]:
    """For each frame FULL, EMPTY, or None for one that could be either. Boxes that all seem full are all in doubt:
    that is a dark copy, or letters taken for boxes."""
    amounts = [_inside(ink, square) for square in squares]
    if not amounts:
        return []
    least = min(amounts) if len(amounts) > 1 else 0.0
    states: list[str | None] = []
    for amount in amounts:
        if amount >= _INKED and (amount >= _TIMES * least or amount >= _SOLID):
            states.append(FULL)
        elif amount < _CLEAR or (amount < _INKED and amount < 1.6 * least):
            states.append(EMPTY)
        elif amount >= _CLEAR + 0.03 and amount >= 2 * _TIMES * max(least, 0.005):
            states.append(FULL)
        else:
            states.append(None)
    if len(states) > 1 and EMPTY not in states:
        return [None] * len(states)
    return states


def _inside(ink: Picture, square: Square) -> float:
    """Share of the frame's middle that is ink."""
    rim_x, rim_y = max(2, round(0.24 * square.width)), max(2, round(0.24 * square.height))  # a blurred frame is thick
    part = ink[
        square.top + rim_y : square.top + square.height - rim_y + 1,
        square.left + rim_x : square.left + square.width - rim_x + 1,
    ]
    return float(part.mean()) if part.size else 0.0
