"""Picture files -> their pages, and each page as an upright RGB picture. The only file that imports Pillow for reading.

Sizes are checked before anything is decoded, so a small file that unfolds to billions of pixels costs nothing.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pillow_heif
from PIL import Image, ImageOps

from core.facts import Blocked, PageFacts, ScanFacts, Unreadable
from core.ports import ReadLimits

pillow_heif.register_heif_opener()
# Pillow's own bound is replaced by `ReadLimits.page_pixels`, which is checked on opening.
Image.MAX_IMAGE_PIXELS = None

_PAGE_SIDE = 400  # pixels: a page of text with fewer could not be read; a logo has fewer
_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "HEIF", "AVIF", "JPEG2000", "PPM", "TGA", "PCX", "ICO")


def find_size(source: Path | bytes) -> tuple[int, int] | None:
    """Width and height in pixels from the header alone; None for what is no readable picture."""
    try:
        with _opened(source) as picture:
            return picture.size
    except Exception:  # Pillow's plugins raise anything for broken headers
        return None


def read_picture(source: Path | bytes, limits: ReadLimits) -> ScanFacts | Unreadable | Blocked:
    """The pages of a picture file: one, or a TIFF's frames. Nothing is decoded fully. A small picture (a logo) is
    a page that is no picture of a page. Never raises for any bytes, except MemoryError."""
    try:
        with _opened(source) as picture:
            count = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
            pages = []
            for number in range(min(count, limits.pages)):
                if number:
                    picture.seek(number)
                if picture.width * picture.height > limits.page_pixels:
                    return Unreadable("limit", f"{picture.width}x{picture.height} pixels")
                pages.append(PageFacts(image=min(picture.size) >= _PAGE_SIDE, has_picture=True))
            return ScanFacts(pages=tuple(pages), page_count=max(count, len(pages)))
    except MemoryError:
        raise
    except Exception as error:
        return Unreadable("damaged", f"{type(error).__name__}: {error}"[:200])


def read_pictures(files: Sequence[bytes], limits: ReadLimits) -> ScanFacts | None:
    """Several pictures as the pages of one scan (pasted into a Word file); None if none can be read."""
    pages: list[PageFacts] = []
    for data in files:
        facts = read_picture(data, limits)
        if isinstance(facts, ScanFacts):
            pages.extend(facts.pages)
    return ScanFacts(pages=tuple(pages), page_count=len(pages)) if pages else None


def load_page(source: Path | bytes, index: int, limits: ReadLimits) -> Image.Image:
    """One page as an upright RGB picture (the camera's rotation mark obeyed, transparency on white).

    Raises ValueError if it is no picture, has no such page or too many pixels.
    """
    try:
        with _opened(source) as picture:
            if index:
                picture.seek(index)
            if picture.width * picture.height > limits.page_pixels:
                raise ValueError("too many pixels")
            turned = ImageOps.exif_transpose(picture)
            return _on_white(turned)
    except (MemoryError, ValueError):
        raise
    except Exception as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        white = Image.new("RGBA", layer.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, layer).convert("RGB")
    if picture.mode.startswith("I;16") or picture.mode == "I":
        return picture.point(lambda value: value / 256).convert("L").convert("RGB")
    return picture.convert("RGB")


@contextmanager
def _opened(source: Path | bytes) -> Iterator[Image.Image]:
    file: str | IO[bytes] = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(file, formats=_FORMATS) as picture:
            yield picture
