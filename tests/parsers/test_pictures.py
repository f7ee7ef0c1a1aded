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
from parsers.pasted import pasted_pages
from parsers.pictures import find_size, load_page, read_picture

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
    assert pasted_pages([b"rubbish", encoded("PNG", (200, 80))], LIMITS) == ()
    assert len(pasted_pages([b"rubbish", encoded("JPEG")], LIMITS)) == 1


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


# What scanners, phones and programs write ------------------------------------------------------------------------

RED = (200, 30, 40)


def photo(size: tuple[int, int] = (480, 640)) -> Image.Image:
    """White paper with a red corner at the top left, and enough detail not to pack to nothing."""
    page = Image.effect_noise(size, 40).convert("RGB").point(lambda value: 200 + value // 5)
    page.paste(RED, (0, 0, size[0] // 4, size[1] // 6))
    return page


def saved(page: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    page.save(buffer, kind, **options)
    return buffer.getvalue()


def near(colour: object, wanted: tuple[int, int, int], slack: int = 40) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(one - other) <= slack for one, other in zip(colour, wanted, strict=True))


def heif(page: Image.Image, **options) -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(page).save(buffer, **options)
    return buffer.getvalue()


KINDS = {
    "jpeg": lambda p: saved(p, "JPEG"), "progressive": lambda p: saved(p, "JPEG", progressive=True),
    "cmyk": lambda p: saved(p.convert("CMYK"), "JPEG"), "jpeg-in-tiff": lambda p: saved(p, "TIFF", compression="jpeg"),
    "lzw": lambda p: saved(p, "TIFF", compression="tiff_lzw"), "deflate": lambda p: saved(p, "TIFF", compression="tiff_adobe_deflate"),
    "cmyk-tiff": lambda p: saved(p.convert("CMYK"), "TIFF"), "webp": lambda p: saved(p, "WEBP"), "lossless": lambda p: saved(p, "WEBP", lossless=True),
    "bmp": lambda p: saved(p, "BMP"), "gif": lambda p: saved(p, "GIF"), "palette": lambda p: saved(p.quantize(64), "PNG"),
    "heic": heif, "avif": lambda p: saved(p, "AVIF"), "jpeg2000": lambda p: saved(p, "JPEG2000"), "rgba": lambda p: saved(p.convert("RGBA"), "PNG"),
    "tiff-lab": lambda p: saved(p.convert("RGB"), "TIFF", compression="packbits"), "mpo": lambda p: saved(p, "MPO"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_colours_survive_every_kind(kind: str) -> None:
    data = KINDS[kind](photo())
    facts = read_picture(data, LIMITS)
    assert isinstance(facts, ScanFacts), facts
    assert facts.is_scan
    page = load_page(data, 0, LIMITS)
    assert (page.mode, page.size) == ("RGB", (480, 640))
    assert near(page.getpixel((60, 60)), RED)
    assert near(page.getpixel((400, 600)), (225, 225, 225))


@pytest.mark.parametrize("kind", ["jpeg", "webp", "heic", "png", "tiff"])
@pytest.mark.parametrize("mark", [3, 6, 8])
def test_rotation_marks_are_obeyed_once(kind: str, mark: int) -> None:
    upright = photo((600, 800))
    turns = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    exif = Image.Exif()
    exif[0x0112] = mark
    stored = upright.transpose(turns[mark])
    data = heif(stored, exif=exif.tobytes()) if kind == "heic" else saved(stored, kind.upper(), exif=exif)
    page = load_page(data, 0, LIMITS)
    assert page.size == (600, 800)
    assert near(page.getpixel((40, 40)), RED)


def test_sixteen_bits_are_grey_not_white() -> None:
    ramp = Image.linear_gradient("L").resize((600, 800))
    deep = ramp.convert("I").point(lambda value: value * 257)
    for data in (saved(deep.convert("I;16"), "PNG"), saved(deep.convert("I;16"), "TIFF"), saved(deep, "TIFF"), saved(ramp.convert("F"), "TIFF")):
        page = load_page(data, 0, LIMITS)
        assert near(page.getpixel((300, 400)), (128, 128, 128), 8)
        assert near(page.getpixel((300, 795)), (253, 253, 253), 8)


def test_a_palette_with_transparency_is_on_white() -> None:
    page = photo().quantize(32)
    data = saved(page, "PNG", transparency=page.getpixel((60, 60)))
    assert load_page(data, 0, LIMITS).getpixel((60, 60)) == (255, 255, 255)


def test_pages_of_a_scanner_in_one_tiff() -> None:
    pages = [photo((1000, 1400)) for _ in range(3)]
    for compression in ("jpeg", "tiff_lzw", "group4"):
        made = [page.convert("1") for page in pages] if compression == "group4" else pages
        buffer = io.BytesIO()
        made[0].save(buffer, "TIFF", save_all=True, append_images=made[1:], compression=compression)
        facts = read_picture(buffer.getvalue(), LIMITS)
        assert isinstance(facts, ScanFacts)
        assert facts.page_count == 3
        assert load_page(buffer.getvalue(), 2, LIMITS).size == (1000, 1400)


@pytest.mark.parametrize("kind", ["jpeg", "progressive", "webp", "bmp", "gif", "palette", "heic", "lzw", "jpeg-in-tiff", "avif"])
@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_an_upload_that_broke_off_is_told(kind: str, kept: float) -> None:
    data = KINDS[kind](photo())
    cut = data[: int(len(data) * kept)]
    facts = read_picture(cut, LIMITS)
    if kind == "progressive" and isinstance(facts, ScanFacts):
        assert near(load_page(cut, 0, LIMITS).getpixel((60, 60)), RED), "coarser, but all of it is there"
        return
    assert isinstance(facts, Unreadable)
    assert facts.reason == "damaged"


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_behind_the_end_does_not_matter(kind: str) -> None:
    data = KINDS[kind](photo())
    for more in (b"\0" * 300, b"SEFT" + bytes(range(256)) * 3):
        facts = read_picture(data + more, LIMITS)
        assert isinstance(facts, ScanFacts)


def test_a_jpeg_without_its_end_mark_is_read() -> None:
    data = KINDS["jpeg"](photo())
    assert data.endswith(b"\xff\xd9")
    assert isinstance(read_picture(data[:-2], LIMITS), ScanFacts)
    page = load_page(data[:-2], 0, LIMITS)
    assert near(page.getpixel((470, 630)), (225, 225, 225))


def test_a_kind_that_nobody_here_knows_is_for_a_person() -> None:
    whole = KINDS["jpeg"](photo())
    for mark in (b"\xff\xc9", b"\xff\xc3"):  # arithmetic coding with 12 bits, lossless
        at = whole.index(b"\xff\xc0")
        data = whole[:at] + mark + whole[at + 2 : at + 4] + b"\x0c" + whole[at + 5 :]
        facts = read_picture(data, LIMITS)
        assert isinstance(facts, ScanFacts) or facts.reason == "no_converter"
    unknown = b"\0\0\0\x1cftypheic\0\0\0\0mif1heic" + b"\0\0\0\x10meta" + bytes(3000)
    facts = read_picture(unknown, LIMITS)
    assert isinstance(facts, Unreadable)
    rubbish = read_picture(b"\x17\x03 this is no picture at all" * 50, LIMITS)
    assert isinstance(rubbish, Unreadable)
    assert rubbish.reason == "damaged"


def test_a_very_large_photo_is_decoded_smaller() -> None:
    data = saved(Image.new("RGB", (4000, 3000), "white"), "JPEG")
    limits = ReadLimits(page_pixels=4_000_000)
    assert isinstance(read_picture(data, limits), ScanFacts)
    assert load_page(data, 0, limits).size == (1000, 750)
    small = ReadLimits(page_pixels=2_000_000)
    facts = read_picture(data, small)
    assert isinstance(facts, Unreadable)
    assert facts.reason == "limit"


def test_a_chain_of_frames_without_end_costs_its_limit() -> None:
    entry = struct.pack("<HHII", 256, 4, 1, 500) + struct.pack("<HHII", 257, 4, 1, 500)
    frames, count = b"", 50_000
    for number in range(count):
        frames += struct.pack("<H", 2) + entry + struct.pack("<I", 8 + (number + 1) * 30)
    data = b"II*\0" + struct.pack("<I", 8) + frames
    facts = read_picture(data, ReadLimits(pages=20))
    assert isinstance(facts, ScanFacts | Unreadable)
    loop = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 2) + entry + struct.pack("<I", 8)
    assert isinstance(read_picture(loop, LIMITS), ScanFacts | Unreadable)
