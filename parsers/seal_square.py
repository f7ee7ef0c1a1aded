"""Square seals (name seals, 私章): shown to staff, never a unit's seal by themselves, for red print can look the same."""

from __future__ import annotations

import cv2
import numpy as np

from core.facts import SealFacts
from parsers.seal_candidates import Patch
from parsers.seal_colour import Array, Ink

LEAST_RED = 0.02  # mean density over its box: a pale name seal has it, fringes of print have not
LEAST_SHARE = 0.3  # of its darkness that must be red: brown and violet ink is dark itself
SCORE = 0.3  # what a square alone is worth: a look by a person


def find_squares(ink: Ink, patches: list[Patch], labels: Array) -> list[SealFacts]:
    """Patches of red ink with a square outline of a seal's size."""
    height, width = ink.red.shape
    side = max(height, width)
    found = []
    for patch in patches[:40]:
        if not (0.02 * side < min(patch.width, patch.height) and max(patch.width, patch.height) < 0.2 * side):
            continue
        if not _red(ink, patch) or _in_line(patch, patches):
            continue
        part = (labels[patch.y : patch.y + patch.height, patch.x : patch.x + patch.width] == patch.label).astype(
            np.uint8
        )
        contours, _ = cv2.findContours(part, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        if not contours:
            continue
        outline = max(contours, key=len)
        _, (first, second), _ = cv2.minAreaRect(outline)
        if min(first, second) < 6 or not 0.75 < first / second < 1.33:
            continue
        hull = cv2.contourArea(cv2.convexHull(outline))
        if hull / (first * second) < 0.9:  # a disc fills 0.785 of its square
            continue
        found.append(
            SealFacts(
                x=round(patch.x / width, 4),
                y=round(patch.y / height, 4),
                width=round(patch.width / width, 4),
                height=round(patch.height / height, 4),
                shape="square",
                score=SCORE,
            )
        )
    return found


def _red(ink: Ink, patch: Patch) -> bool:
    """Red on the whole, and not a dark character with red and cyan fringes, which cancel."""
    box = slice(patch.y, patch.y + patch.height), slice(patch.x, patch.x + patch.width)
    red = float(ink.red[box].mean())
    return red > LEAST_RED and red > LEAST_SHARE * float(ink.dark[box].mean())


def _in_line(one: Patch, patches: list[Patch]) -> bool:
    """Characters of a heading stand in a line of their like, few of them square; name seals stand alone or in pairs."""
    middle = one.y + one.height / 2
    beside = [
        other
        for other in patches
        if abs(other.y + other.height / 2 - middle) < 0.5 * one.height and 0.6 < other.height / one.height < 1.6
    ]
    return len(beside) > 2
