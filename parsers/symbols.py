"""Characters of symbol fonts (Wingdings and its kin) as the Unicode boxes and ticks that they show.

Word writes them as w:sym with U+F0xx codes, WPS as plain letters in that font, PDF writers as U+F0xx without a font.
"""

from __future__ import annotations

import re

_WINGDINGS = {
    0x6C: "●", 0x6D: "○", 0x6E: "■", 0x6F: "□", 0x70: "□", 0x71: "□", 0x72: "□", 0x75: "◆", 0x78: "☒", 0xA1: "○",
    0xA2: "○", 0xA4: "◉", 0xA5: "◎", 0xA7: "▪", 0xA8: "□", 0xFB: "✗", 0xFC: "√", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2 = {
    0x2A: "□", 0x30: "□", 0x4F: "✗", 0x50: "√", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x55: "☒", 0x56: "☒",
    0x95: "●", 0x96: "●", 0x97: "●", 0x98: "●", 0x99: "○", 0x9A: "○", 0x9E: "◉", 0xA1: "■", 0xA2: "■", 0xA3: "□",
    0xA4: "□", 0xA5: "□",
}  # fmt: skip
_WEBDINGS = {0x61: "√", 0x63: "□", 0x67: "■", 0x72: "✗", 0x6E: "●", 0x3D: "●"}
_SYMBOL = {0xD6: "√", 0xB7: "•", 0xB4: "×", 0xA8: "◆"}
_FONTS = {"wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2, "webdings": _WEBDINGS, "symbol": _SYMBOL}
# Without a font Wingdings is by far the most likely; what it does not have is taken from Wingdings 2.
_ANY = {**_WEBDINGS, **_WINGDINGS_2, **_WINGDINGS, 0x50: "√", 0x52: "☑", 0xD6: "√"}
_PRIVATE = re.compile("[\uf020-\uf0ff]")


def is_symbol_font(font: str) -> bool:
    """Whether letters in this font show boxes and ticks instead of themselves."""
    return font.strip().lower() in _FONTS


def show_symbol(font: str, code: int) -> str:
    """What the character with this code shows in this font: U+F0xx and xx are the same. Unknown ones give ""."""
    table = _FONTS.get(font.strip().lower(), _ANY)
    return table.get(code & 0xFF, "")


def show_symbols(font: str, text: str) -> str:
    """Text set in a symbol font, as shown. Characters that such a font does not have (Chinese beside the tick) are
    shown in another font and stay."""
    return "".join(show_symbol(font, ord(char)) if _in_font(char) else char for char in text)


def _in_font(char: str) -> bool:
    return not char.isspace() and (ord(char) < 0x100 or 0xF000 <= ord(char) <= 0xF0FF)


def mend_private(text: str) -> str:
    """Text in which a PDF or OFD writer left U+F0xx codes: as shown in the likeliest font."""
    return _PRIVATE.sub(lambda found: _ANY.get(ord(found.group()) & 0xFF, ""), text)
