"""Picture files: phones' photos, faxes of several pages, pictures that unfold to too many pixels, broken ones."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.facts import ScanFacts, Unreadable
from core.ports import ReadLimits
from parsers.pictures import find_size, load_page, read_picture, read_pictures

LIMITS = ReadLimits()


def encoded(kind: str, size: tuple[int, int] = (900, 1200), mode: str = "RGB", **options) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, "white" if mode == "RGB" else 1).save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP", "GIF", "WEBP", "TIFF"])
def test_one_page_of_every_kind(kind: str, tmp_path: Path) -> None:
    data = encoded(kind)
    path = tmp_path / "f"
    path.write_bytes(data)
    for source in (data, path):
        facts = read_picture(source, LIMITS)
        assert isinstance(facts, ScanFacts)
        assert (len(facts.pages), facts.page_count, facts.is_scan, facts.seal) == (1, 1, True, None)
        page = load_page(source, 0, LIMITS)
        assert (page.mode, page.size) == ("RGB", (900, 1200))


def test_heic_of_a_phone(tmp_path: Path) -> None:
    path = tmp_path / "f.heic"
    pillow_heif.from_pillow(Image.new("RGB", (640, 860), "white")).save(path)
    facts = read_picture(path, LIMITS)
    assert isinstance(facts, ScanFacts)
    assert facts.is_scan
    assert load_page(path, 0, LIMITS).size == (640, 860)


def test_fax_of_several_pages() -> None:
    buffer = io.BytesIO()
    pages = [Image.new("1", (1728, 2200), 1) for _ in range(3)]
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    facts = read_picture(buffer.getvalue(), LIMITS)
    assert isinstance(facts, ScanFacts)
    assert (len(facts.pages), facts.page_count) == (3, 3)
    few = read_picture(buffer.getvalue(), ReadLimits(pages=2))
    assert isinstance(few, ScanFacts)
    assert (len(few.pages), few.page_count) == (2, 3)
    assert load_page(buffer.getvalue(), 2, LIMITS).size == (1728, 2200)
    with pytest.raises(ValueError):
        load_page(buffer.getvalue(), 3, LIMITS)


def test_a_camera_s_rotation_is_obeyed() -> None:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (800, 600), "white").save(buffer, "JPEG", exif=exif)
    assert load_page(buffer.getvalue(), 0, LIMITS).size == (600, 800)


def test_transparency_is_white() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (500, 500), (0, 0, 0, 0)).save(buffer, "PNG")
    assert load_page(buffer.getvalue(), 0, LIMITS).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_other_modes(mode: str) -> None:
    buffer = io.BytesIO()
    Image.new(mode, (500, 500)).save(buffer, "TIFF")
    assert load_page(buffer.getvalue(), 0, LIMITS).mode == "RGB"


def test_a_logo_is_no_page() -> None:
    facts = read_picture(encoded("PNG", (200, 80)), LIMITS)
    assert isinstance(facts, ScanFacts)
    assert not facts.is_scan
    assert read_pictures([b"rubbish"], LIMITS) is None
    both = read_pictures([b"rubbish", encoded("JPEG")], LIMITS)
    assert both is not None
    assert both.page_count == 1


def test_a_picture_that_unfolds() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    assert find_size(bomb) == (60_000, 60_000)
    facts = read_picture(bomb, LIMITS)
    assert isinstance(facts, Unreadable)
    assert facts.reason == "limit"
    with pytest.raises(ValueError):
        load_page(bomb, 0, LIMITS)


def test_broken_pictures() -> None:
    whole = encoded("JPEG", quality=95)
    for data in (b"", b"GIF89a", b"\xff\xd8\xff", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", whole[:300]):
        facts = read_picture(data, LIMITS)
        assert isinstance(facts, ScanFacts | Unreadable)
        if isinstance(facts, ScanFacts):
            continue
        with pytest.raises(ValueError):
            load_page(data, 0, LIMITS)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(["JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP"]), st.integers(0, 4000), st.binary(max_size=60))
def test_damage_never_raises(kind: str, place: int, noise: bytes) -> None:
    data = encoded(kind, (30, 30))
    place %= len(data)
    data = data[:place] + noise + data[place + len(noise) :]
    read_picture(data, LIMITS)
    with contextlib.suppress(ValueError):
        load_page(data, 0, LIMITS)
