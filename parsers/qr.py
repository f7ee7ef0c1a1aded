"""QR codes in pictures: a share's QR code is often sent in place of its address. The only file that imports zxing-cpp.

What a code says is text like any other: `links.find_links` decides whether it is a link.
"""

from __future__ import annotations

from pathlib import Path

import zxingcpp
from PIL import Image

from core.ports import ReadLimits
from parsers.pictures import load_page

_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,MicroQRCode")
_SIDE = 2600  # pixels of the longer side that are looked at: a code printed on A4 has some 8 pixels a module then
_SMALL = 360  # a picture that small is mostly the code itself, pasted without the blank margin a code must have
_MOST = 20  # codes of one picture
_LONGEST = 2000  # characters of one code (a QR code holds at most 4,296)


def read_qr_texts(source: Path | bytes, limits: ReadLimits | None = None, page: int = 0) -> tuple[str, ...]:
    """What the QR codes of a picture file (or of one page of it) say, each text once; empty if there are none or the
    file is no picture. Never raises."""
    try:
        return find_qr_texts(load_page(source, page, limits or ReadLimits()))
    except Exception:  # hostile bytes: Pillow and zxing raise anything
        return ()


def find_qr_texts(picture: Image.Image) -> tuple[str, ...]:
    """What the QR codes of an opened picture say, each text once. Raises nothing for a picture that could be loaded."""
    grey = picture.convert("L")
    for attempt in _views(grey):
        texts = _decoded(attempt)
        if texts:
            return texts
    return ()


def _views(grey: Image.Image) -> list[Image.Image]:
    """The picture in the sizes worth trying: large ones made smaller, small ones with a margin and doubled."""
    longest = max(grey.size)
    if longest > _SIDE:
        smaller = grey.resize(
            (max(1, grey.width * _SIDE // longest), max(1, grey.height * _SIDE // longest)), Image.Resampling.BOX
        )
        return [smaller]
    if longest <= _SMALL:
        framed = Image.new("L", (grey.width + 40, grey.height + 40), 255)
        framed.paste(grey, (20, 20))
        return [framed, framed.resize((framed.width * 3, framed.height * 3), Image.Resampling.BICUBIC)]
    return [grey]


def _decoded(grey: Image.Image) -> tuple[str, ...]:
    found = zxingcpp.read_barcodes(grey, formats=_FORMATS, text_mode=zxingcpp.TextMode.Plain)
    texts = (barcode.text[:_LONGEST].strip() for barcode in found[:_MOST] if barcode.valid)
    return tuple(dict.fromkeys(text for text in texts if text))
