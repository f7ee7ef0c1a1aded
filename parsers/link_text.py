"""Makes a text searchable for links: full-width letters, invisible characters, escapes and line-breaking markup go.

The result is only searched, never shown, so nothing keeps its place. Every step is linear and is skipped when the
characters it looks for do not occur, because most bodies hold no link at all.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

# U+FF10.. digits, letters and the signs an address is made of. Chinese punctuation (，：？（）) stays: it ends addresses.
_WIDE_SIGNS = {"／": "/", "．": ".", "＿": "_", "＝": "=", "＆": "&", "＃": "#", "％": "%", "～": "~", "＠": "@"}
_WIDE = {ord(sign): plain for sign, plain in _WIDE_SIGNS.items()}
_LETTERS = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
_WIDE.update({code: chr(code - 0xFEE0) for code in _LETTERS})
_WIDE_RUN = re.compile("[" + "".join(map(chr, _WIDE)) + "]+")
_WIDE_DASH = re.compile(r"(?<=[A-Za-z0-9_])－(?=[A-Za-z0-9_])")

_UNSEEN = "\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff"
_INVISIBLE = re.compile(f"[{_UNSEEN}]+")
_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BLANK = re.compile(f"[{_BLANKS}]")
_LINES = "\u0085\u2028\u2029"
_LINE = re.compile(f"[{_LINES}]")
_ODD = re.compile(f"[{_UNSEEN}{_BLANKS}{_LINES}{''.join(map(chr, _WIDE))}]")

_ENTITY = re.compile(r"&(?:amp;)*(amp|nbsp|lt|gt|quot|apos|ensp|emsp|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_NAMED = {"amp": "&", "nbsp": " ", "ensp": " ", "emsp": " ", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|([nrt/])|([_#&?=*-]))")
_BREAKS = re.compile(r"<(?:br|hr|/p|/tr|/li|/div|/h[1-6]|/table|/dd|/dt)\b[^<>]{0,300}>", re.IGNORECASE)
# Cells of one row stay on one line, whatever paragraphs they are made of.
_CELL = re.compile(
    r"(?:</(?:p|div|span|font|b)>\s{0,20}){0,6}</t[dh]>\s{0,80}<t[dh]\b[^<>]{0,300}>(?:\s{0,20}<(?:p|div)\b[^<>]{0,200}>){0,3}",
    re.IGNORECASE,
)
_BACKWARD = re.compile(r"(https?:)\\{1,4}pan\.baidu\.com\\{1,2}s\\{1,2}", re.IGNORECASE)
_SOFT_END = re.compile(r"(?<=[A-Za-z0-9_-])=\n(?=[A-Za-z0-9_-])")
_SOFT_BREAK = re.compile(r"<wbr\s{0,9}/?>|</wbr>", re.IGNORECASE)
_PERCENT = re.compile(
    r"(?:https?%(?:25)*3[aA](?:%(?:25)*2[fF]|/){2}|(?:pan|yun)\.baidu\.com%(?:25)*2[fF])[A-Za-z0-9._~%/?=#-]{4,2000}"
)


def _plain_entity(match: re.Match[str]) -> str:
    name = match.group(1)
    if name[0] != "#":
        return _NAMED[name]
    number = int("0" + name[1:], 16) if name[1] in "xX" else int(name[1:])
    return chr(number) if 31 < number < 0x110000 and not 0xD800 <= number < 0xE000 else " "


def _plain_escape(match: re.Match[str]) -> str:
    code, short, sign = match.groups()
    if code:
        number = int(code, 16)
        return " " if 0xD800 <= number < 0xE000 else chr(number)
    if sign:
        return str(sign)
    return {"n": "\n", "r": "", "t": " "}.get(short, "/")


def _decode(match: re.Match[str]) -> str:
    text = match.group()
    for _ in range(3):  # a wrapper inside a wrapper is encoded twice
        if "%" not in text:
            break
        text = unquote(text, errors="replace")
    return text.replace("\n", " ").replace("\r", " ") + " "  # what follows is the wrapper's


def half_width(text: str) -> str:
    """Without invisible characters, letters and blanks of full width made plain: now every link shows what it is."""
    if text.isascii() or not _ODD.search(text):
        return text
    text = _INVISIBLE.sub("", text)
    text = _WIDE_RUN.sub(lambda run: run.group().translate(_WIDE), text)
    return _LINE.sub("\n", _BLANK.sub(" ", _WIDE_DASH.sub("-", text)))


def plain(text: str) -> str:
    """A text of half width as it is searched: one kind of blank, `\n` for lines, escapes and entities resolved."""
    text = text.replace("\t", " ").replace("\x0b", "\n").replace("\x0c", "\n").replace("\r\n", "\n").replace("\r", "\n")
    if "=\n" in text:  # a line end of quoted-printable that somebody pasted along
        text = _SOFT_END.sub("", text)
    if "\\" in text:
        text = _BACKWARD.sub(r"\1//pan.baidu.com/s/", text)
        text = half_width(_ESCAPE.sub(_plain_escape, text))
    if "&" in text:
        text = half_width(_ENTITY.sub(_plain_entity, text))
    if "<" in text:
        text = _CELL.sub(" | ", text)
        text = _BREAKS.sub("\n", text)
        text = _SOFT_BREAK.sub("", text)
    if "%" in text:
        text = _PERCENT.sub(_decode, text)
    return text
