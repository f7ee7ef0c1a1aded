"""Frames a seal on a page's picture: green found, orange doubtful, grey a copy. With Pillow alone: the staff pages draw in
a process that must stay small.
"""

from __future__ import annotations

from PIL import Image, ImageDraw

from core.facts import SealFacts
from parsers.seal_limits import PRESENT

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]
GREEN, ORANGE, GREY = (0, 130, 60), (214, 106, 0), (96, 96, 96)


def colour_of(seal: SealFacts) -> Colour:
    return GREY if seal.grey else GREEN if seal.score >= PRESENT else ORANGE


def frame(image: Image.Image, seal: SealFacts) -> Box:
    """Draw a frame a little apart from the seal; left, top, right and bottom of its outer edge, in pixels."""
    width, height = image.size
    gap = max(2, width // 160)
    box = (
        max(0, int(seal.x * width) - gap),
        max(0, int(seal.y * height) - gap),
        min(width - 1, int((seal.x + seal.width) * width) + gap),
        min(height - 1, int((seal.y + seal.height) * height) + gap),
    )
    ImageDraw.Draw(image).rectangle(box, outline=colour_of(seal), width=max(2, width // 280))
    return box
