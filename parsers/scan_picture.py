"""Draws a scan's most telling page with the seals that were found, so that a person can see why.

Below the page: what the page says, each seal with its words and its ring unrolled into a line, and why nothing is certain. In
Chinese where the machine has a Chinese font (no package brings one), else in short English words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.facts import PageFacts, ScanFacts, SealFacts
from core.ports import ReadLimits
from parsers.page_loaders import loader_of
from parsers.seal import find_seals
from parsers.seal_colour import Picture, shrink
from parsers.seal_frame import colour_of, frame
from parsers.seal_text import unrolled
from parsers.upright import turn

SIDE = 1600
LEAST = 800  # pixels of width: the words below need the room
DPI = 200  # as the reader looked at it
_FONTS = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/System/Library/Fonts/PingFang.ttc", 2),
    ("C:/Windows/Fonts/msyh.ttc", 0),
)
_SHAPES = {"round": "圆形", "oval": "椭圆", "square": "方形", "other": "其他形状"}
_VERDICTS = {"present": "有公章", "absent": "无公章", "uncertain": "不能确定，待人工查看", None: "未查找印章"}
_REASONS = {
    "ring or square seen": "见到疑似印章的圈或方框", "picture too small": "图片太小", "not the shape of a page": "不是一页纸的形状",
    "black and white only": "黑白图像", "no colour in the picture": "灰度图像，没有颜色", "ring-like line": "有近似圆圈的线条",
    "no sheet of paper seen": "看不出纸张边界", "reddish place of a seal's size": "有印章大小的红色痕迹", "reddish haze": "有淡红色痕迹",
    "too dark": "太暗", "too little contrast": "对比不足", "not mostly paper": "画面大半不是纸", "blurred": "模糊",
    "strong colour cast": "偏色严重",
}  # fmt: skip


@lru_cache(maxsize=4)
def _font(size: int) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, bool]:
    """A font of this size, and whether it has Chinese characters."""
    for path, index in _FONTS:
        try:
            return ImageFont.truetype(path, size, index=index), True
        except OSError:
            continue
    return ImageFont.load_default(size), False


@dataclass(frozen=True)
class _Line:
    """A line below the page, perhaps with a picture behind it."""

    text: str
    colour: tuple[int, int, int] = (20, 20, 20)
    picture: Image.Image | None = None


def draw(path: Path, scan: ScanFacts, out: Path) -> int | None:
    """Write the page with the best seal (else the first page) of the file at `path` (PDF, picture, OFD, XPS, Word with a scan
    pasted in) as a PNG, upright, a box around each seal. Returns the page's number from 1; None, and no file, if the page
    cannot be drawn."""
    if not scan.pages:
        return None
    number = max(
        range(len(scan.pages)), key=lambda n: max((seal.score for seal in scan.pages[n].seals), default=-n / 1e6)
    )
    page = scan.pages[number]
    try:
        upright = turn(loader_of(path, ReadLimits())(number, DPI), page.rotation)
    except ValueError:
        return None
    small, _ = shrink(upright, SIDE)
    picture = Image.fromarray(np.ascontiguousarray(small))
    if picture.width < LEAST:
        picture = picture.resize((LEAST, round(picture.height * LEAST / picture.width)), Image.Resampling.BICUBIC)
    for count, seal in enumerate(page.seals, 1):
        _box(picture, seal, str(count))
    _with_notes(picture, _notes(upright, page, scan, number, picture.width)).save(out, "PNG")
    return number + 1


def _box(image: Image.Image, seal: SealFacts, label: str) -> None:
    """A frame around the seal, and its number on a plate at a corner that lies on the page."""
    left, top, right, bottom = frame(image, seal)
    pen, (width, height) = ImageDraw.Draw(image), image.size
    size = max(14, width // 55)
    font, _ = _font(size)
    wide = int(pen.textlength(label, font=font)) + size
    x = left if left + wide <= width else max(0, right - wide)
    y = top - size - 8 if top >= size + 8 else min(bottom, height - size - 8)
    pen.rectangle((x, y, x + wide, y + size + 8), fill=colour_of(seal))
    pen.text((x + wide / 2, y + size / 2 + 4), label, font=font, fill=(255, 255, 255), anchor="mm")


def _notes(upright: Picture, page: PageFacts, scan: ScanFacts, number: int, width: int) -> list[_Line]:
    chinese = _font(20)[1]
    count = max(scan.page_count, len(scan.pages))
    turned = page.rotation
    if chinese:
        head = f"第{number + 1}页，共{count}页　本页：{_VERDICTS[page.seal]}　整份：{_VERDICTS[scan.seal]}"
        head += f"　已顺时针转正{turned}度" if turned else ""
    else:
        head = f"page {number + 1}/{count}  this page: {page.seal}  file: {scan.seal}" + (f"  turned by {turned}" if turned else "")
    lines = [_Line(head)]
    for place, seal in enumerate(page.seals, 1):
        strip = unrolled(upright, seal) if seal.shape in ("round", "oval") else None
        shown = Image.fromarray(strip).resize((int(0.5 * width), 56), Image.Resampling.LANCZOS) if strip is not None else None
        lines.append(_Line(f"{place}  {_said(seal, chinese=chinese)}", colour_of(seal), shown))
    if scan.seal is not None and page.seal == "uncertain":
        reasons = find_seals(upright).reasons
        known = [_REASONS.get(reason, reason) for reason in reasons] if chinese else list(reasons)
        if known:
            lines.append(_Line("不能排除有章：" + "、".join(known) if chinese else "not ruled out: " + ", ".join(known)))
    return lines


def _said(seal: SealFacts, *, chinese: bool) -> str:
    if not chinese:
        return f"{seal.shape} {seal.score:.2f}{' grey' if seal.grey else ''}{' cut' if seal.cut else ''}"
    told = {"，不能单独作公章": seal.shape == "square", "，复印件上的灰章": seal.grey, "，被纸边切断": seal.cut}
    more = "".join(said for said, holds in told.items() if holds)
    words = f"，文字“{seal.text}”" if seal.text else ""
    sure = f"把握{seal.score:.0%}" if seal.score >= 0.05 else "几乎不像公章"
    return f"{_SHAPES[seal.shape]}，{sure}{more}{words}"


def _with_notes(page: Image.Image, lines: list[_Line]) -> Image.Image:
    """The page with a band below it."""
    font, chinese = _font(max(13, page.width // 52))
    pen = ImageDraw.Draw(page)
    margin = max(8, page.width // 80)
    rows = [(line, part) for line in lines for part in _wrapped(pen, line.text, font, page.width - 2 * margin)]
    step = max(20, page.width // 34)
    last = {id(line): n for n, (line, _) in enumerate(rows)}
    shown = [line.picture if last[id(line)] == n else None for n, (line, _) in enumerate(rows)]
    height = 2 * margin + len(rows) * step + sum(picture.height + 8 for picture in shown if picture is not None)
    sheet = Image.new("RGB", (page.width, page.height + height), (250, 250, 250))
    sheet.paste(page, (0, 0))
    pen = ImageDraw.Draw(sheet)
    pen.line((0, page.height, page.width, page.height), fill=(150, 150, 150), width=2)
    y = page.height + margin
    for (line, text), picture in zip(rows, shown, strict=True):
        pen.text((margin, y), text if chinese else text.encode("ascii", "replace").decode(), font=font, fill=line.colour)
        y += step
        if picture is not None:
            sheet.paste(picture, (margin, y))
            y += picture.height + 8
    return sheet


def _wrapped(pen: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    lines, current = [], ""
    for char in text:
        if current and pen.textlength(current + char, font=font) > width:
            lines.append(current)
            current = ""
        current += char
    return [*lines, current]
