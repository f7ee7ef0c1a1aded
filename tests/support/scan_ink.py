"""Generator set 1, the drawing half: seals and other red things as ink masks (0..1), drawn glyph by glyph with Pillow.

Set 1 is what the seal search was tuned on; `scan_builder_two` draws the same subjects by other means and is only
used to measure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT_DIR = Path("/usr/share/fonts/opentype/noto")
Mask = np.ndarray  # float32, 0 no ink .. 1 full ink
SUPER = 3


@lru_cache(maxsize=64)
def font(size: int, *, serif: bool = True, bold: bool = False) -> ImageFont.FreeTypeFont:
    """A Chinese font of Debian's fonts-noto-cjk. Raises OSError when it is not installed."""
    name = f"Noto{'Serif' if serif else 'Sans'}CJK-{'Bold' if bold else 'Regular'}.ttc"
    return ImageFont.truetype(str(FONT_DIR / name), size, index=2)


@dataclass(frozen=True)
class SealStyle:
    """`diameter`, `ring`, `inner_ring` in mm; `aspect` height / width; `star` 0 none .. 1 usual size."""

    name: str = "济南市社区教育指导服务中心"
    diameter: float = 42.0
    aspect: float = 1.0
    ring: float = 1.2
    inner_ring: float = 0.0
    star: float = 1.0
    code: str = ""
    line: str = ""
    tilt: float = 0.0
    bold: bool = True
    serif: bool = True
    arc: float = 250.0
    ink: tuple[int, int, int] = (214, 40, 50)


def draw_seal(style: SealStyle, dpi: float) -> Mask:
    """The ink mask of a seal, square array with a small margin, seal centred."""
    mm = dpi / 25.4 * SUPER
    width = style.diameter * mm
    height = width * style.aspect
    side = int(width * 1.12) + 4
    image = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(image)
    c = side / 2
    ring = style.ring * mm
    pen.ellipse((c - width / 2, c - height / 2, c + width / 2, c + height / 2), outline=255, width=max(1, round(ring)))
    if style.inner_ring:
        gap = ring + 0.9 * mm
        a, b = width / 2 - gap, height / 2 - gap
        pen.ellipse((c - a, c - b, c + a, c + b), outline=255, width=max(1, round(style.inner_ring * mm)))
    inset = ring + (0.9 * mm + style.inner_ring * mm if style.inner_ring else 0)
    _ring_text(image, style, c, width, height, inset)
    if style.star:
        _star(
            pen,
            c,
            c - (0.02 * height if style.line else 0),
            0.16 * width * style.star * (0.8 if style.aspect < 0.9 else 1),
        )
    if style.line:
        _centred(image, style.line, c, c + height * (0.27 if style.star else 0.0), int(height * 0.1), style)
    if style.code:
        _bottom_code(image, style, c, width, height, inset)
    if style.tilt:
        image = image.rotate(style.tilt, resample=Image.Resampling.BICUBIC)
    small = image.resize((side // SUPER, side // SUPER), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255


def _star(pen: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    points = []
    for k in range(10):
        r = radius if k % 2 == 0 else radius * 0.382
        angle = -math.pi / 2 + k * math.pi / 5
        points.append((x + r * math.cos(angle), y + r * math.sin(angle)))
    pen.polygon(points, fill=255)


def _glyph(
    image: Image.Image, char: str, face: ImageFont.FreeTypeFont, x: float, y: float, angle: float, squeeze: float
) -> None:
    size = int(face.size * 1.5)
    tile = Image.new("L", (size, size), 0)
    ImageDraw.Draw(tile).text((size / 2, size / 2), char, font=face, fill=255, anchor="mm")
    if squeeze != 1.0:
        tile = tile.resize((max(1, int(size * squeeze)), size), Image.Resampling.BILINEAR)
    tile = tile.rotate(angle, resample=Image.Resampling.BICUBIC, expand=True)
    image.paste(255, (int(x - tile.width / 2), int(y - tile.height / 2)), tile)


def _ring_text(image: Image.Image, style: SealStyle, c: float, width: float, height: float, inset: float) -> None:
    count = len(style.name)
    if not count:
        return
    size = min(0.17 * width, 2.4 * width / max(count, 6)) * (0.85 if style.aspect < 0.9 else 1.0)
    face = font(int(size), serif=style.serif, bold=style.bold)
    gap = 0.035 * width
    a, b = width / 2 - inset - gap - size / 2, height / 2 - inset - gap - size / 2
    arc = min(style.arc, 38.0 * count)
    for k, char in enumerate(style.name):
        share = 0.0 if count == 1 else k / (count - 1) - 0.5
        angle = math.radians(-90 + share * arc)
        x, y = c + a * math.cos(angle), c + b * math.sin(angle)
        normal = math.degrees(math.atan2(math.sin(angle) / b, math.cos(angle) / a))
        _glyph(image, char, face, x, y, -(normal + 90), 0.75 if count > 12 else 0.9)


def _bottom_code(image: Image.Image, style: SealStyle, c: float, width: float, height: float, inset: float) -> None:
    face = font(int(0.055 * width), serif=False)
    a = width / 2 - inset - 0.05 * width
    b = height / 2 - inset - 0.05 * width
    count = len(style.code)
    for k, char in enumerate(style.code):
        angle = math.radians(90 - (k / max(count - 1, 1) - 0.5) * min(80, 7 * count))
        _glyph(image, char, face, c + a * math.cos(angle), c + b * math.sin(angle), -(math.degrees(angle) - 90), 1.0)


def _centred(image: Image.Image, text: str, x: float, y: float, size: int, style: SealStyle) -> None:
    face = font(max(size, 6), serif=style.serif, bold=style.bold)
    ImageDraw.Draw(image).text((x, y), text, font=face, fill=255, anchor="mm")


def text_mask(text: str, size: int, *, bold: bool = True, serif: bool = True, border: int = 0) -> Mask:
    """Red print: one line of text, with a box around it if `border` (a date or 已收讫 stamp)."""
    face = font(size, serif=serif, bold=bold)
    left, top, right, bottom = face.getbbox(text)
    pad = border * 3 + 2
    image = Image.new("L", (int(right - left) + 2 * pad, int(bottom - top) + 2 * pad), 0)
    pen = ImageDraw.Draw(image)
    pen.text((pad - left, pad - top), text, font=face, fill=255)
    if border:
        pen.rectangle((0, 0, image.width - 1, image.height - 1), outline=255, width=border)
    return np.asarray(image, np.float32) / 255


def square_seal(name: str, side: int, *, filled: bool) -> Mask:
    """A personal name seal: square frame, two by two characters, raised or sunk."""
    image = Image.new("L", (side, side), 255 if filled else 0)
    pen = ImageDraw.Draw(image)
    ink = 0 if filled else 255
    pen.rectangle((0, 0, side - 1, side - 1), outline=255, width=max(2, side // 16))
    face = font(int(side * 0.4), bold=True)
    for k, char in enumerate((name + "之印")[:4]):
        pen.text(
            (side * (0.73 - 0.46 * (k // 2)), side * (0.27 + 0.46 * (k % 2))), char, font=face, fill=ink, anchor="mm"
        )
    return np.asarray(image, np.float32) / 255


def star_mask(side: int) -> Mask:
    """One solid star."""
    image = Image.new("L", (side, side), 0)
    _star(ImageDraw.Draw(image), side / 2, side / 2, side * 0.48)
    return np.asarray(image, np.float32) / 255


def disc_logo(side: int, rng: np.random.Generator) -> Mask:
    """A round logo: filled disc with white figures, or a band with an inner ring and letters."""
    big = side * SUPER
    image = Image.new("L", (big, big), 0)
    pen = ImageDraw.Draw(image)
    m = big * 0.03
    kind = int(rng.integers(0, 3))
    if kind == 0:
        pen.ellipse((m, m, big - m, big - m), fill=255)
        _star(pen, big / 2, big / 2, -big * 0.3)
        pen.rectangle((big * 0.3, big * 0.45, big * 0.7, big * 0.55), fill=0)
        pen.ellipse((big * 0.4, big * 0.2, big * 0.6, big * 0.4), fill=0)
    elif kind == 1:
        pen.ellipse((m, m, big - m, big - m), fill=255)
        pen.ellipse((big * 0.2, big * 0.2, big * 0.8, big * 0.8), fill=0)
        pen.text((big / 2, big / 2), "山大", font=font(int(big * 0.22), bold=True), fill=255, anchor="mm")
    else:
        pen.ellipse((m, m, big - m, big - m), outline=255, width=int(big * 0.02))
        pen.ellipse((big * 0.22, big * 0.22, big * 0.78, big * 0.78), outline=255, width=int(big * 0.02))
        pen.polygon([(big * 0.3, big * 0.65), (big * 0.5, big * 0.3), (big * 0.7, big * 0.65)], fill=255)
    return np.asarray(image.resize((side, side), Image.Resampling.BOX), np.float32) / 255


def fingerprint(side: int, rng: np.random.Generator) -> Mask:
    """Ridges of a thumb pressed in red ink paste."""
    y, x = np.mgrid[0 : int(side * 1.3), 0:side].astype(np.float32)
    cy, cx = side * 0.7, side * 0.5
    wobble = np.sin(x / side * 6 + rng.uniform(0, 6)) * 2 + np.sin(y / side * 5 + rng.uniform(0, 6)) * 2
    distance = np.hypot((x - cx) * 1.25, y - cy)
    ridges = 0.5 + 0.5 * np.sin(distance / max(side / 60, 1.2) + wobble)
    inside = np.clip((1 - np.hypot((x - cx) / (side * 0.48), (y - side * 0.65) / (side * 0.62))) * 6, 0, 1)
    return (np.clip((ridges - 0.35) * 2.5, 0, 1) * inside).astype(np.float32)


def scribble(width: int, height: int, rng: np.random.Generator, *, loop: bool = False) -> Mask:
    """A signature in red pen, or a circle drawn round something by hand."""
    image = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(image)
    if loop:
        t = np.linspace(0, 2 * math.pi * rng.uniform(0.95, 1.1), 120) + rng.uniform(0, 6)
        wob = (
            1
            + 0.05 * np.sin(2 * t + rng.uniform(0, 6))
            + 0.03 * np.sin(3 * t + rng.uniform(0, 6))
            + t * rng.uniform(-0.01, 0.01)
        )
        xs, ys = width / 2 + width * 0.43 * np.cos(t) * wob, height / 2 + height * 0.43 * np.sin(t) * wob
    else:
        t = np.linspace(0, 1, 160)
        xs, ys = width * (0.08 + 0.84 * t), np.full_like(t, height / 2)
        for _ in range(6):
            ys = ys + height * 0.13 * np.sin(t * rng.uniform(8, 45) + rng.uniform(0, 6))
            xs = xs + width * 0.05 * np.sin(t * rng.uniform(8, 40) + rng.uniform(0, 6))
    pen.line(list(zip(xs.tolist(), ys.tolist(), strict=True)), fill=255, width=max(2, height // 40), joint="curve")
    return np.asarray(image, np.float32) / 255


def oval(style: SealStyle) -> SealStyle:
    """The same seal as an oval one, 45 x 30 mm."""
    return replace(style, diameter=45.0, aspect=30 / 45, star=0.0, name=style.name[:14], arc=230.0, tilt=style.tilt)


def print_texture(mask: Mask, rng: np.random.Generator, *, wear: float) -> Mask:
    """Uneven ink: blotches, pin holes and one weaker side; `wear` 0 (printed) .. 1 (hardly any ink)."""
    h, w = mask.shape
    coarse = Image.fromarray(rng.random((7, 7)).astype(np.float32)).resize((w, h), Image.Resampling.BICUBIC)
    fine = Image.fromarray(rng.random((h // 3 + 1, w // 3 + 1)).astype(np.float32)).resize(
        (w, h), Image.Resampling.BILINEAR
    )
    angle = rng.uniform(0, 2 * math.pi)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    side = 0.5 + 0.5 * ((x / w - 0.5) * math.cos(angle) + (y / h - 0.5) * math.sin(angle)) * 2
    level = 1 - wear * (0.45 * np.asarray(coarse) + 0.25 * side)
    holes = np.clip((np.asarray(fine) - 0.35 * wear) * 6, 0, 1)
    return (mask * np.clip(level, 0, 1) * (1 - wear + wear * holes)).astype(np.float32)
