"""Picture files -> their pages, and each page as an upright RGB picture. The only file that imports Pillow for reading.

Sizes are checked before anything is decoded, so a small file that unfolds to billions of pixels costs nothing.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal, cast

import pillow_heif
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from core.facts import Blocked, PageFacts, ScanFacts, Unreadable
from core.ports import ReadLimits

pillow_heif.register_heif_opener()
# Pillow's own bound is replaced by `ReadLimits.page_pixels`, which is checked on opening.
Image.MAX_IMAGE_PIXELS = None

_PAGE_SIDE = 400  # pixels: a page of text with fewer could not be read; a logo has fewer
_JPEG_ROOM = 4  # times `page_pixels`: phones take photos of 200 million pixels
_TAIL = 4096  # bytes: some cameras write a thumbnail or their own data behind the end
_MENDED = 64 << 20
_FOREIGN = (b"\0\0\0\x0cJXL ", b"\xff\x0a", b"II\xbc\x01")  # JPEG XL, JPEG XR: no reader here knows them
_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"BM", b"II", b"MM", b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51", *_FOREIGN)
_CUT_OFF = ("truncated", "not enough", "unexpected end", "premature", "incomplete", "cannot decode", "end-of-file", "eof")
_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "GIF", "WEBP", "HEIF", "AVIF", "JPEG2000", "PPM", "TGA", "PCX", "ICO")


def find_size(source: Path | bytes) -> tuple[int, int] | None:
    """Width and height in pixels from the header alone; None for what is no readable picture."""
    try:
        with _opened(source) as picture:
            return picture.size
    except Exception:  # Pillow's plugins raise anything for broken headers
        return None


def read_picture(source: Path | bytes, limits: ReadLimits) -> ScanFacts | Unreadable | Blocked:
    """The pages of a picture file: one, or a TIFF's frames. Nothing is decoded fully, except where the file's end seems to
    be missing. A small picture (a logo) is a page that is no picture of a page. "damaged" needs proof in the file: one
    that Pillow cannot open may be of a kind it does not know. Never raises for any bytes, except MemoryError."""
    try:
        with _opened(source) as picture:
            pages: list[PageFacts] = []
            count = 1
            for number in range(limits.pages + 1 if picture.format == "TIFF" else 1):
                if number and not _go_to(picture, number):
                    break
                count = number + 1
                if not _fits(picture, limits):
                    return Unreadable("limit", f"{picture.width}x{picture.height} pixels")
                if number < limits.pages:
                    pages.append(PageFacts(image=min(picture.size) >= _PAGE_SIDE, has_picture=True))
        if _lacks_end(source) and _is_cut_off(source, limits):
            return Unreadable("damaged", "the end is missing")
        return ScanFacts(pages=tuple(pages), page_count=count)
    except MemoryError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"[:200]
        unknown = isinstance(error, UnidentifiedImageError) and (_is_whole(source) or _is_foreign(source))
        sound = _is_of_a_kind(source) and (unknown or not _lacks_end(source))
        return Unreadable("no_converter" if sound else "damaged", said)


def _go_to(picture: Image.Image, number: int) -> bool:
    """Whether there is a frame of this number. One by one, so that a chain without end costs no more than its pages."""
    try:
        picture.seek(number)
    except EOFError:
        return False
    return True


def _fits(picture: Image.Image, limits: ReadLimits) -> bool:
    """Whether the picture may be decoded. A JPEG may be much larger, because it can be decoded at an eighth of its size."""
    room = limits.page_pixels * (_JPEG_ROOM if picture.format == "JPEG" else 1)
    return picture.width * picture.height <= room


def _head_and_tail(source: Path | bytes) -> tuple[bytes, bytes, int]:
    if isinstance(source, bytes):
        return source[:64], source[-_TAIL:], len(source)
    with source.open("rb") as file:
        head = file.read(64)
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        return head, file.read(), size


def _is_of_a_kind(source: Path | bytes) -> bool:
    """Whether it begins as a picture of some kind does."""
    head, _, _ = _head_and_tail(source)
    return head.startswith(_HEADS) or head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _is_foreign(source: Path | bytes) -> bool:
    """Whether it is of a kind that no reader here knows at all (JPEG XL, JPEG XR): nothing can be said against it."""
    head = _head_and_tail(source)[0]
    return head.startswith(_FOREIGN)


def _is_whole(source: Path | bytes) -> bool:
    """Whether a TIFF has its directory with a place of the pixels, or a HEIC or AVIF all its boxes: then it is of a sort
    that Pillow does not know rather than damaged."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    if data[4:8] == b"ftyp":
        at = 0
        while at + 8 <= len(data):
            size = int.from_bytes(data[at : at + 4], "big")
            if size == 1:
                size = int.from_bytes(data[at + 8 : at + 16], "big")
            if size == 0:
                return True  # to the end of the file
            if size < 8:
                return False
            at += size
        return at == len(data)
    if not data.startswith((b"II*\0", b"MM\0*")):
        return False
    order: Literal["little", "big"] = "little" if data[:1] == b"I" else "big"
    at = int.from_bytes(data[4:8], order)
    count = int.from_bytes(data[at : at + 2], order)
    tags = {int.from_bytes(data[at + 2 + 12 * n : at + 4 + 12 * n], order) for n in range(count)}
    return at > 0 and at + 2 + 12 * count + 4 <= len(data) and bool(tags & {273, 324})  # StripOffsets, TileOffsets


def _lacks_end(source: Path | bytes) -> bool:
    """Whether the mark at the end of such a file is not there: some cameras leave it out, an upload cut off loses it."""
    head, tail, size = _head_and_tail(source)
    if head.startswith(b"\xff\xd8"):
        return b"\xff\xd9" not in tail
    if head.startswith(b"\x89PNG"):
        return b"IEND" not in tail
    if head.startswith(b"GIF8"):
        return not tail.rstrip(b"\0").endswith(b";")
    if head[:4] == b"RIFF":
        return size < 8 + int.from_bytes(head[4:8], "little")
    if head[:2] == b"BM":
        return size < int.from_bytes(head[2:6], "little")
    return head[4:8] == b"ftyp" or head.startswith((b"II*\0", b"MM\0*"))  # their parts lie anywhere


def _is_cut_off(source: Path | bytes, limits: ReadLimits) -> bool:
    """Whether decoding really comes to an end too early. A JPEG decoder paints what is missing in the middle grey."""
    try:
        page = load_page(source, 0, limits)
    except ValueError as error:
        return any(word in str(error).lower() for word in _CUT_OFF)
    if _head_and_tail(source)[0].startswith(b"\xff\xd8"):
        last = page.crop((0, page.height - 1, page.width, page.height))
        return all(abs(value - 128) <= 2 for band in last.getextrema() for value in cast("tuple[int, int]", band))
    return False


def _ended(source: Path | bytes) -> Path | bytes:
    """The picture, a JPEG's missing end mark put behind it: without that Pillow refuses one that only lacks the mark."""
    if _head_and_tail(source)[0].startswith(b"\xff\xd8") and _lacks_end(source):
        data = source if isinstance(source, bytes) else source.read_bytes()
        return data + b"\xff\xd9" if len(data) <= _MENDED else source
    return source


def load_page(source: Path | bytes, index: int, limits: ReadLimits) -> Image.Image:
    """One page as an upright RGB picture (the camera's rotation mark obeyed, transparency on white).

    Raises ValueError if it is no picture, has no such page or too many pixels.
    """
    try:
        with _opened(_ended(source)) as picture:
            if index:
                picture.seek(index)
            if not _fits(picture, limits):
                raise ValueError("too many pixels")
            if picture.width * picture.height > limits.page_pixels:
                picture.draft("RGB", (picture.width // 4, picture.height // 4))
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
    if picture.mode.startswith("I") or picture.mode == "F":
        # 16 bits (scanners) and floating point: Pillow itself would cut off what is above 255.
        wide = picture.convert("F")
        high = cast("tuple[float, float]", wide.getextrema())[1]
        top = 65535.0 if high > 255 else 255.0 if high > 1 else 1.0
        return wide.point(lambda value: value * (255.0 / top) + 0).convert("L").convert("RGB")
    if picture.mode == "LAB":
        return ImageCms.profileToProfile(
            picture, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
        ) or picture.convert("L").convert("RGB")
    return picture.convert("RGB")


@contextmanager
def _opened(source: Path | bytes) -> Iterator[Image.Image]:
    file: str | IO[bytes] = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(file, formats=_FORMATS) as picture:
            yield picture
