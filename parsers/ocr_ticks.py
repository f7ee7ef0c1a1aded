"""Boxes beside a form's options on a picture: is there one, and is it ticked?

OCR loses half of all ticks, so it is not asked: the printed words (同意, 视频资源 ...) are found in what was read, and the
picture right before them is searched for a box. Any ink counts, of whatever colour.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.campaign import Campaign
from parsers.ruled import Box, Word
from parsers.seal_colour import Picture

TICKED, EMPTY = "☑", "□"
_MARKS = "□☐☑☒√✓✔■口囗ロ回日目V v✗×Xx图因国田"
_INSIDE = 0.13  # share of the box's middle that is ink when it is ticked


@dataclass(frozen=True, slots=True)
class _Option:
    start: int
    end: int


def mark_options(words: Sequence[Word], image: Picture, campaign: Campaign) -> list[Word]:
    """The words with ☑ or □ before every option that has a printed box."""
    keys = _keys(campaign)
    if not keys:
        return list(words)
    ordered = sorted(keys, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(word).replace("（", "[（(]").replace("）", "[）)]") for word in ordered))
    ink = _ink(image)
    return [_marked(word, ink, pattern, keys) for word in words]


def _keys(campaign: Campaign) -> dict[str, str]:
    """Words beside a box -> the option they stand for."""
    keys: dict[str, str] = {}
    for category in campaign.categories:
        for field in category.form.fields:
            if field.kind == "choice":
                keys.update({text: key for key, texts in field.options.items() for text in texts})
            elif field.kind == "yes_no":
                keys.update({text: "yes" for text in field.yes if len(text) > 1})
                keys.update({text: "no" for text in field.no if len(text) > 1})
    return keys


def _ink(image: Picture) -> Picture:
    """1 where there is ink of any colour."""
    darkest = image.min(axis=2)
    return np.asarray(
        cv2.adaptiveThreshold(darkest, 1, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 41, 18), np.uint8
    )


def _marked(word: Word, ink: Picture, pattern: re.Pattern[str], keys: dict[str, str]) -> Word:
    hits = list(pattern.finditer(word.text))
    if not hits or len(word.text) > 80:
        return word
    widths = np.array([1.0 if ord(char) > 0x2E80 or char in _MARKS else 0.55 for char in word.text])
    ends = np.concatenate([[0], np.cumsum(widths)]) / max(widths.sum(), 1)
    span = word.box.right - word.box.left
    text = word.text
    changed = word.box.left
    # An option named twice (视频资源，视频时长) has its box before the first.
    named = [keys.get(hit.group().replace("(", "（").replace(")", "）"), "") for hit in hits]
    firsts = [hit for n, hit in enumerate(hits) if named[n] not in named[:n]]
    for hit in reversed(firsts):
        x = word.box.left + span * float(ends[hit.start()])
        before = text[: hit.start()]
        if before and before[-1] in "不否是未":
            continue
        state = _look(ink, x, word.box)
        if state is None:
            continue
        kept = before.rstrip(_MARKS)
        text = f"{kept}{' ' if kept else ''}{state}{text[hit.start() :]}"
        if not kept:
            changed = min(changed, x - 1.3 * (word.box.bottom - word.box.top))
    return (
        word
        if text == word.text
        else replace(word, text=text, box=Box(changed, word.box.top, word.box.right, word.box.bottom))
    )


def _look(ink: Picture, x: float, box: Box) -> str | None:
    """The box left of `x` on this line: ticked, empty, or none there."""
    height = box.bottom - box.top
    x0, x1 = int(max(0, x - 2.1 * height)), int(min(ink.shape[1], x + 0.55 * height))
    y0, y1 = int(max(0, box.top - 0.35 * height)), int(min(ink.shape[0], box.bottom + 0.35 * height))
    part = ink[y0:y1, x0:x1]
    if part.size == 0:
        return None
    found = _square(part, height)
    if found is None:
        return None
    left, top, side_w, side_h = found
    rim_x, rim_y = max(2, round(0.27 * side_w)), max(2, round(0.27 * side_h))  # a blurred frame is thick
    inside = part[top + rim_y : top + side_h - rim_y, left + rim_x : left + side_w - rim_x]
    if inside.size == 0:
        return None
    return TICKED if float(inside.mean()) > _INSIDE else EMPTY


def _square(part: Picture, height: float) -> tuple[int, int, int, int] | None:
    """The square frame nearest to the right edge: all four sides drawn, whatever was written across it."""
    best: tuple[float, tuple[int, int, int, int]] | None = None
    shares = (0.38, 0.44, 0.5, 0.57, 0.64, 0.71, 0.78, 0.86, 0.94)
    wide = cv2.dilate(part, np.ones((3, 3), np.uint8)).astype(np.float32)
    total_x, total_y = (
        np.cumsum(np.pad(wide, ((0, 0), (1, 0))), axis=1),
        np.cumsum(np.pad(wide, ((1, 0), (0, 0))), axis=0),
    )
    rows, columns = part.shape
    for across_side in sorted({round(height * share) for share in shares}):
        for down_side in sorted({across_side, round(1.2 * across_side)}):  # a page seen aslant squeezes its boxes
            if across_side < 7 or down_side >= rows or across_side >= columns:
                continue
            across = (
                total_x[:, across_side:] - total_x[:, :-across_side]
            ) / across_side  # ink of a stretch from (y, x)
            down = (total_y[down_side:] - total_y[:-down_side]) / down_side
            n, m = rows - down_side, columns - across_side
            score = np.minimum.reduce([across[:n, :m], across[down_side:, :m], down[:n, :m], down[:n, across_side:]])
            place = np.unravel_index(int(np.argmax(score)), score.shape)
            value = float(score[place])
            if value >= 0.85:
                quality = value + 0.12 * float(place[1] + across_side) / columns + 0.05 * down_side / height
                if best is None or quality > best[0]:
                    best = (quality, (int(place[1]), int(place[0]), across_side, down_side))
    return None if best is None else best[1]
