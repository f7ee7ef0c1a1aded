"""Pages pasted into a Word file have one number each: what the reader of scans found on a page is what staff are shown."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from baosong.config import load_campaign
from core.facts import Part
from core.ports import ReadLimits
from parsers import page_picture
from parsers.kinds import DOCX
from parsers.page_loaders import loader_of
from parsers.part import read_part
from tests.support import docx_pieces as x

LIMITS = ReadLimits()
COLOURS = ((200, 30, 30), (30, 160, 30), (30, 30, 200))


def picture(kind: str, *colours: tuple[int, int, int]) -> bytes:
    pages = [Image.new("RGB", (900, 1260), colour) for colour in colours]
    buffer = io.BytesIO()
    more: dict[str, Any] = {"save_all": True, "append_images": pages[1:]} if len(pages) > 1 else {}
    pages[0].save(buffer, kind, **more)
    return buffer.getvalue()


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A logo, a TIFF of two pages, a JPEG: three pages in all."""
    small = io.BytesIO()
    Image.new("RGB", (300, 300), "yellow").save(small, "PNG")
    files = {"rId1": ("media/a.png", small.getvalue()), "rId2": ("media/b.tiff", picture("TIFF", *COLOURS[:2])), "rId3": ("media/c.jpeg", picture("JPEG", COLOURS[2]))}
    body = x.p(x.picture("rId1", 14.6, 20.6)) + x.p(x.picture("rId2", 14.6, 20.6)) + x.p(x.picture("rId3", 14.6, 20.6))
    path = tmp_path / "a.docx"
    path.write_bytes(x.package(body, files=files))
    return path


def near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(int(one) - other) < 8 for one, other in zip(pixel, colour, strict=True))


def test_all_who_number_pages_mean_the_same(document: Path, tmp_path: Path) -> None:
    part = read_part(document, Part("a.docx", ("a.docx",), 1, "a" * 64, DOCX), load_campaign("zhihui-zhulao"), LIMITS)
    assert part.embedded is not None
    assert part.embedded.page_count == len(part.embedded.pages) == 3
    load = loader_of(document, LIMITS)
    for number, colour in enumerate(COLOURS):
        assert near(load(number, 100)[600, 400], colour)
        out = tmp_path / f"{number}.jpg"
        job = {"path": str(document), "kind": DOCX, "page": number, "width": 300, "rotation": 0, "seals": [], "out": str(out), "pixels": 10**7}
        page_picture.draw(job)
        with Image.open(out) as drawn:
            assert near(drawn.getpixel((150, 200)), colour), number
    with pytest.raises(ValueError, match="no_page"):
        page_picture.draw({**job, "page": 3})
