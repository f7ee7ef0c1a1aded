"""HTML -> text in which links can be found: visible words, line ends where blocks end, addresses of anchors.

A scanner of its own, because it must be linear for any input and needs only a handful of tags. Its text is only
searched, never shown.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_PIECE = re.compile(r"<!--|<(/?)([A-Za-z][A-Za-z0-9:]{0,20})(?=[\s/>\"'])")
# The rest of a tag with its attributes; `>` inside quotes does not end it. Possessive and bounded: no way back.
_TAG_END = re.compile(r"(?:[^<>=]++|=\s*+(?:\"[^\"]*+\"|'[^']*+'|(?![\"']))){0,80}+>")
_ATTRIBUTE = re.compile(r"([A-Za-z_:][-A-Za-z0-9_:.]{0,60})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_BLOCKS = re.compile(
    "p|div|br|tr|table|li|ul|ol|dl|dt|dd|h[1-6]|hr|blockquote|pre|section|article|header|footer|body|title"
)
_SILENT = frozenset(("script", "style"))
_LARGE = re.compile(r"downloadlink|expire", re.IGNORECASE)  # attributes of a large file's block, whatever its tag
# Ends and beginnings of cells while the text is put together: paragraphs inside a cell do not part it from the next one.
_CELL_START, _CELL_END = "\x02", "\x03"
_CELLS = re.compile(r"(?:(?<![ \n])[ \n]*+)?\x03[ \n]*+\x02[ \n]*+")
_CHINA = timezone(timedelta(hours=8))


def as_text(html: str) -> str:
    """The text of an HTML body for searching; addresses of anchors stand before the anchors' words. Entities stay as
    they are: `link_text.plain` resolves them."""
    out: list[str] = []
    unclosed: set[str] = set()
    at = 0
    html = html.replace(_CELL_START, "").replace(_CELL_END, "")
    while piece := _PIECE.search(html, at):
        out.append(_flat(html[at : piece.start()]))
        name = (piece.group(2) or "").lower()
        end = -1 if not name and name in unclosed else html.find(">" if name else "-->", piece.end())
        if end < 0:  # nothing closes it: what follows is words
            unclosed.add(name)
            at = piece.end()
            if name:
                break
            continue
        if not name:
            at = end + 3
            continue
        whole = _TAG_END.match(html, piece.end())
        at = whole.end() if whole else end + 1
        opening = not piece.group(1)
        out.append(_of_tag(name, html[piece.end() : at], opening=opening))
        if opening and name in _SILENT and name not in unclosed:
            close = re.compile(f"</{name}", re.IGNORECASE).search(html, at)
            if close:
                at = close.start()
            else:
                unclosed.add(name)
    out.append(_flat(html[at:]))
    return _CELLS.sub(" | ", "".join(out)).replace(_CELL_END, " | ").replace(_CELL_START, "")


def _flat(words: str) -> str:
    """Words between tags: line ends in the source are blanks."""
    return words.replace("\r", "").replace("\n", " ") if words else words


def _of_tag(name: str, inside: str, *, opening: bool) -> str:
    if name == "a" and opening:
        return _addresses(inside)
    if _BLOCKS.fullmatch(name):
        return "\n"
    if name in ("td", "th"):
        return _CELL_START if opening else _CELL_END
    return _addresses(inside) if opening and _LARGE.search(inside) else ""


def _addresses(inside: str) -> str:
    """Addresses and expiry among the attributes of a tag."""
    found = []
    for attribute in _ATTRIBUTE.finditer(inside):
        key = attribute.group(1).lower()
        value = attribute.group(2) or attribute.group(3) or attribute.group(4) or ""
        if key in ("href", "downloadlink", "data-href") and "//" in value:
            found.append(value.strip().replace("\n", "").replace("\r", ""))
        elif key in ("expiretime", "expired"):
            found.append(f"过期时间：{_moment(value)}")
    return " " + " ".join(dict.fromkeys(found)) + " " if found else ""


def _moment(stamp: str) -> str:
    """Unix time in seconds or milliseconds, as a mail provider puts it into an attribute, as Chinese local time."""
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) not in (10, 13):
        return stamp
    return datetime.fromtimestamp(int(stamp[:10]), _CHINA).strftime("%Y-%m-%d %H:%M")
