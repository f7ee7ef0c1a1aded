"""Small questions to a WordprocessingML tree: names, attributes, sizes on the page.

Elements are told by their local name, because the strict form, Word 2003 XML and the usual form differ in nothing but
the namespace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SIZE = re.compile(r"(width|height)\s*:\s*([\d.]+)(pt|in|cm|mm|px)?", re.IGNORECASE)
_ROTATION = re.compile(r"rotation\s*:\s*(-?\d{1,3})(?!\d|f)", re.IGNORECASE)
_EMU = {"pt": 12700, "in": 914400, "cm": 360000, "mm": 36000, "px": 9525}


@dataclass(frozen=True, slots=True)
class PageSize:
    """Width and height of the text area in EMU."""

    width: int = 5274310
    height: int = 8863330


def local(element: Any) -> str:
    """The element's name without its namespace; "" for comments and the like."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attr(element: Any, name: str) -> str | None:
    """An attribute by its local name."""
    value = element.get(_W + name)
    if value is None:
        value = next((held for key, held in element.attrib.items() if key.rpartition("}")[2] == name), None)
    return None if value is None else str(value)


def child(element: Any, name: str) -> Any:
    """The first child with this local name, or None."""
    return next((inner for inner in element if local(inner) == name), None)


def drawn_size(element: Any) -> tuple[int, int]:
    """A drawing's size on the page in EMU, (0, 0) if it does not say."""
    for inner in element.iter():
        name = local(inner)
        if name == "extent":
            cx, cy = attr(inner, "cx") or "", attr(inner, "cy") or ""
            return (int(cx), int(cy)) if cx.isascii() and cx.isdigit() and cy.isascii() and cy.isdigit() else (0, 0)
        if name in ("shape", "rect"):
            sizes = {
                found.group(1).lower(): int(float(found.group(2)) * _EMU.get((found.group(3) or "pt").lower(), 12700))
                for found in _SIZE.finditer(attr(inner, "style") or "")
                if found.group(2).count(".") <= 1 and found.group(2) != "."
            }
            if len(sizes) == 2:
                return sizes["width"], sizes["height"]
    return 0, 0


def is_turned(element: Any) -> bool:
    """Whether a drawing is turned by a right angle (a:xfrm counts in 60000ths of a degree, VML in degrees)."""
    for inner in element.iter():
        name = local(inner)
        if name == "xfrm":
            turn = attr(inner, "rot") or ""
            degrees = int(turn) / 60000 if turn.lstrip("-").isdigit() and len(turn) < 12 else 0
        elif name in ("shape", "rect"):
            found = _ROTATION.search(attr(inner, "style") or "")
            degrees = float(found.group(1)) if found else 0
        else:
            continue
        if 45 < abs(degrees) % 180 < 135:
            return True
    return False


def page_size(body: Any) -> PageSize:
    """The text area of the last section; A4 with Word's own margins if it does not say."""
    section = next((element for element in reversed(body) if local(element) == "sectPr"), None)
    size = child(section, "pgSz") if section is not None else None
    margin = child(section, "pgMar") if section is not None else None
    if size is None:
        return PageSize()
    edges = {name: _twips(margin, name) for name in ("left", "right", "top", "bottom")}
    width = _twips(size, "w") - edges["left"] - edges["right"]
    height = _twips(size, "h") - edges["top"] - edges["bottom"]
    return PageSize(width * 635, height * 635) if width > 1000 and height > 1000 else PageSize()


def _twips(element: Any, name: str) -> int:
    value = attr(element, name) if element is not None else None
    try:
        return min(max(int(float(value or "0")), 0), 100_000)
    except (ValueError, OverflowError):
        return 0
