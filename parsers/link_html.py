"""HTML -> text in which links can be found: visible words, line ends where blocks end, addresses of anchors.

A scanner of its own, because it must be linear for any input and needs only a handful of tags. It shows nothing to
anybody.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

_PIECE = re.compile(r"<!--|<(/?)([A-Za-z][A-Za-z0-9:]{0,20})")
_ATTRIBUTE = re.compile(r"([A-Za-z_:][-A-Za-z0-9_:.]{0,60})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_BLOCKS = re.compile("p|div|br|tr|table|li|ul|ol|dl|dt|dd|h[1-6]|hr|blockquote|pre|section|article|header|footer|body")
_CELLS = frozenset(("td", "th"))
_SILENT = ("script", "style", "title", "head")
_LARGE = re.compile(r"downloadlink|expire", re.IGNORECASE)  # attributes of a large file's block, whatever its tag
_CHINA = timezone(timedelta(hours=8))
_MAX_TAG = 20_000


def _close(html: str, start: int) -> int:
    """Index of the `>` that ends a tag, quotes minded; -1 if there is none near."""
    limit = min(len(html), start + _MAX_TAG)
    at = start
    while True:
        end = html.find(">", at, limit)
        if end < 0:
            return html.find(">", start)
        inside = html[start:end]
        if inside.count('"') % 2 == 0 or html.find('"', end, limit) < 0:
            return end
        at = html.find('"', end, limit)


def as_text(html: str) -> str:
    """The text of an HTML body for searching; `href`s of anchors stand before the words of the anchor unless these
    words are the address already. Entities stay as they are: `link_text.plain` resolves them."""
    out: list[str] = []
    at = 0
    while True:
        piece = _PIECE.search(html, at)
        if not piece:
            out.append(html[at:])
            break
        out.append(html[at : piece.start()].replace("\r", "").replace("\n", " "))
        if piece.group() == "<!--":
            end = html.find("-->", piece.end())
            at = len(html) if end < 0 else end + 3
            continue
        name = piece.group(2).lower()
        end = _close(html, piece.end())
        if end < 0:
            break
        at = end + 1
        closing = bool(piece.group(1))
        if name in _SILENT and not closing:
            stop = re.compile(f"</{name}", re.IGNORECASE).search(html, at)
            at = stop.start() if stop else at
        elif _BLOCKS.fullmatch(name):
            out.append("\n")
        elif name in _CELLS and closing:
            out.append(" | ")
        elif not closing and (name == "a" or _LARGE.search(html, piece.end(), end)):
            out.append(_addresses(html[piece.end() : end]))
    return "".join(out)


def _moment(stamp: str) -> str:
    """Unix time in seconds or milliseconds, as a mail provider puts it into an attribute, as Chinese local time."""
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) not in (10, 13):
        return stamp
    return datetime.fromtimestamp(int(stamp[:10]), _CHINA).strftime("%Y-%m-%d %H:%M")


def _addresses(inside: str) -> str:
    found = []
    for attribute in _ATTRIBUTE.finditer(inside):
        key = attribute.group(1).lower()
        value = attribute.group(2) or attribute.group(3) or attribute.group(4) or ""
        if key in ("href", "downloadlink", "data-href") and "://" in value:
            found.append(value.strip().replace("\n", "").replace("\r", ""))
        elif key in ("expiretime", "expired"):
            found.append(f"过期时间：{_moment(value)}")
    return " " + " ".join(dict.fromkeys(found)) + " " if found else ""
