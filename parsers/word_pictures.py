"""Which of a Word document's pictures fill a page (a scan pasted in), and which are small (where a QR code may be)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from parsers.metafiles import find_bitmap, is_metafile
from parsers.pictures import find_size
from parsers.word_tree import PageSize
from parsers.word_xml import PictureRef

_MAX_PICTURES = 60
_PICTURE_BYTES = 160 * 2**20
_MAX_SMALL, _SMALL_BYTES = 12, 3 * 2**20

Load = Callable[[str], bytes | None]
"""Relationship -> the picture's file."""


def page_pictures(load: Load, refs: Sequence[PictureRef], page: PageSize, *, alone: bool) -> tuple[bytes, ...]:
    """The files of pictures that fill a page. In a document of pictures (`alone`) each larger one counts."""
    found: list[bytes] = []
    room = _PICTURE_BYTES
    seen: set[str] = set()
    for ref in refs:
        if ref.relation in seen or not _fills(ref, page, alone=alone):
            continue
        seen.add(ref.relation)
        data = _readable(load(ref.relation))
        size = find_size(data) if data else None
        if data is None or size is None or not _like_page(size[::-1] if ref.turned else size, alone=alone):
            continue
        room -= len(data)
        if room < 0 or len(found) >= _MAX_PICTURES:
            break
        found.append(data)
    return tuple(found)


def small_pictures(load: Load, refs: Sequence[PictureRef], taken: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The files of pictures that do not fill a page, at most a dozen."""
    found: list[bytes] = []
    for relation in dict.fromkeys(ref.relation for ref in refs):
        data = _readable(load(relation)) if len(found) < _MAX_SMALL else None
        if data is not None and len(data) <= _SMALL_BYTES and data not in taken:
            found.append(data)
    return tuple(found)


def _readable(data: bytes | None) -> bytes | None:
    """The picture, or the bitmap inside a metafile."""
    return find_bitmap(data) if data is not None and is_metafile(data) else data


def _fills(ref: PictureRef, page: PageSize, *, alone: bool) -> bool:
    if not ref.width or not ref.height:
        return alone
    width, height = (ref.height, ref.width) if ref.turned else (ref.width, ref.height)
    wide, high = width / page.width, height / page.height
    return wide >= 0.4 if alone else wide >= 0.65 and high >= 0.55


def _like_page(size: tuple[int, int], *, alone: bool) -> bool:
    """A page's proportions (A4 is 1.41, a photo of one 1.2 to 1.8) and enough pixels to be read."""
    short, long = sorted(size)
    if short < 480:
        return False
    return long / short <= 2.5 if alone else 1.1 <= long / short <= 1.9 and size[1] > size[0]
