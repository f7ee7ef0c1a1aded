"""Numbers as people write them into a form: 45, ４５, 约45分钟, 1小时20分, 四十五分钟."""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_CHINESE = r"[零〇一二两三四五六七八九十百千]{1,7}"
_NUMBER = rf"(?:\d{{1,6}}(?:\.\d{{1,2}})?|{_CHINESE})"
_HOURS = re.compile(rf"({_NUMBER})[\s_]*(?:个)?[\s_]*(?:小时|h\b)(半)?(?:[\s_]*({_NUMBER})[\s_]*分)?")
_MINUTES = re.compile(rf"({_NUMBER})[\s_]*(?:余|多|左右)?[\s_]*(?:分(?!之)|min|')")
_PLAIN = re.compile(r"\d{1,6}(?:\.\d{1,2})?")


def find_amount(text: str, *, bare: bool = True) -> str | None:
    """The amount a blank was filled with, as digits: minutes when a unit of time is written (hours are turned into
    minutes), else, if `bare` numbers count, the first number in digits. None when there is none."""
    folded = unicodedata.normalize("NFKC", text)[:500]
    hours = _HOURS.search(folded)
    if hours is not None:
        whole = _value(hours.group(1)) * 60 + (30 if hours.group(2) else 0)
        return _shown(whole + (_value(hours.group(3)) if hours.group(3) else 0))
    minutes = _MINUTES.search(folded)
    if minutes is not None:
        return _shown(_value(minutes.group(1)))
    plain = _PLAIN.search(folded) if bare else None
    return _shown(float(plain.group())) if plain is not None else None


def _value(word: str) -> float:
    if word[0].isdigit():
        return float(word)
    total, current = 0, 0
    for char in word:
        if char in _UNITS:
            total += (current or 1) * _UNITS[char]
            current = 0
        else:
            current = _DIGITS[char]
    return float(total + current)


def _shown(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
