"""Scans pasted into Word documents wherever people and programs put them: header, text box, VML, group, shape fill, metafile,
turned. A letterhead is none."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from baosong.config import load_campaign
from core.ports import ReadLimits
from parsers.metafiles import find_bitmap, is_metafile
from parsers.word import WordFacts, read_word
from tests.support import docx_pieces as x

CAMPAIGN, LIMITS = load_campaign("zhihui-zhulao"), ReadLimits()
TEXT = x.p("文字" * 200)
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def image(width: int, height: int, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((width, height), 30).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


PAGE = image(1000, 1414)


@pytest.fixture
def read(tmp_path: Path) -> Callable[[bytes], WordFacts]:
    def run(data: bytes) -> WordFacts:
        path = tmp_path / "f.docx"
        path.write_bytes(data)
        return read_word(path, CAMPAIGN, LIMITS)

    return run


def with_page(body: str, data: bytes = PAGE, name: str = "media/a.jpeg") -> bytes:
    return x.package(TEXT + x.p(body), files={"rIdA": (name, data)})


def anchored(relation: str, *, turned: bool = False, wide: float = 14.6, high: float = 20.6) -> str:
    """A floating picture behind the text, as people place a scan over a page."""
    rot = ' rot="5400000"' if turned else ""
    cx, cy = int(wide * 360000), int(high * 360000)
    return (
        f'<w:r><w:drawing><wp:anchor behindDoc="1"><wp:extent cx="{cx}" cy="{cy}"/><a:graphic><a:graphicData><pic:pic><pic:blipFill>'
        f'<a:blip r:embed="{relation}"/><a:srcRect l="1200" t="900" r="1100" b="800"/></pic:blipFill><pic:spPr><a:xfrm{rot}><a:ext cx="{cx}" cy="{cy}"/>'
        "</a:xfrm></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>"
    )


def group(relation: str) -> str:
    return (
        '<w:r><mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="wpg"><w:drawing><wp:anchor>'
        '<wp:extent cx="5256000" cy="7416000"/><a:graphic><a:graphicData><wpg:wgp xmlns:wpg="http://schemas.microsoft.com/office/word/2010/wordprocessingGroup">'
        f'<wpg:grpSpPr><a:xfrm><a:ext cx="5256000" cy="7416000"/></a:xfrm></wpg:grpSpPr><pic:pic><pic:blipFill><a:blip r:embed="{relation}"/></pic:blipFill></pic:pic>'
        "</wpg:wgp></a:graphicData></a:graphic></wp:anchor></w:drawing></mc:Choice><mc:Fallback><w:pict/></mc:Fallback></mc:AlternateContent></w:r>"
    )


def vml_fill(relation: str) -> str:
    return f'<w:r><w:pict><v:rect style="width:415pt;height:586pt"><v:fill r:id="{relation}" type="frame"/></v:rect></w:pict></w:r>'


PLACES = {
    "floating": anchored("rIdA"),
    "text box": x.vml_box(x.p(x.picture("rIdA", 14.6, 20.6))),
    "modern text box": x.modern_box(x.p(x.picture("rIdA", 14.6, 20.6))),
    "group": group("rIdA"),
    "VML": x.vml_picture("rIdA", 415, 586),
    "shape filled": vml_fill("rIdA"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_scan_in_any_place(read: Callable[[bytes], WordFacts], place: str) -> None:
    assert read(with_page(PLACES[place])).pictures == (PAGE,)


def test_a_scan_in_a_table_cell(read: Callable[[bytes], WordFacts]) -> None:
    cell = x.tbl(x.tr(x.tc(x.p(x.picture("rIdA", 14.6, 20.6)))))
    assert read(x.package(TEXT + cell, files={"rIdA": ("media/a.jpeg", PAGE)})).pictures == (PAGE,)


def test_a_landscape_photo_turned_in_word(read: Callable[[bytes], WordFacts]) -> None:
    lying = image(1414, 1000)
    assert read(with_page(anchored("rIdA", turned=True, wide=20.6, high=14.6), lying)).pictures == (lying,)
    vml = x.vml_picture("rIdA", 586, 415).replace("586pt;height", "586pt;rotation:90;height")
    assert read(with_page(vml, lying)).pictures == (lying,)
    assert read(with_page(anchored("rIdA", wide=14.6, high=10.3), lying)).pictures == ()


def in_header(content: str, data: bytes) -> bytes:
    relations = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{REL}/image" Target="media/h.jpeg"/></Relationships>'
    body_picture = {"rId1": ("media/body.jpeg", image(300, 300))}
    return x.package(TEXT, header=x.p(content), files=body_picture, extra=[("word/_rels/header1.xml.rels", relations.encode()), ("word/media/h.jpeg", data)])


def test_a_page_behind_the_text_belongs_to_the_header(read: Callable[[bytes], WordFacts]) -> None:
    """Its relationship is the header's own: the body has another one of the same name."""
    assert read(in_header(anchored("rId1"), PAGE)).pictures == (PAGE,)


def test_a_letterhead_is_no_scan(read: Callable[[bytes], WordFacts]) -> None:
    assert read(in_header(x.picture("rId1", 14.6, 2.5), image(1200, 200))).pictures == ()


# Metafiles ------------------------------------------------------------------------------------------------------


def dib(width: int = 700, height: int = 990) -> tuple[bytes, bytes]:
    buffer = io.BytesIO()
    Image.effect_noise((width, height), 30).convert("RGB").save(buffer, "BMP")
    data = buffer.getvalue()
    return data[14:54], data[54:]


def emf(width: int = 700, height: int = 990) -> bytes:
    info, bits = dib(width, height)
    body = struct.pack("<II", 81, 80 + len(info) + len(bits)) + bytes(40) + struct.pack("<IIII", 80, len(info), 80 + len(info), len(bits)) + bytes(16) + info + bits
    small_info, small_bits = dib(20, 20)
    small = struct.pack("<II", 76, 100 + len(small_info) + len(small_bits)) + bytes(76) + struct.pack("<IIII", 100, len(small_info), 100 + len(small_info), len(small_bits)) + small_info + small_bits
    head = struct.pack("<II", 1, 108) + bytes(32) + b" EMF" + bytes(64)
    return head + small + body + struct.pack("<IIIII", 14, 20, 0, 16, 20)


def wmf() -> bytes:
    info, bits = dib()
    record = struct.pack("<IH", (28 + len(info) + len(bits)) // 2, 0x0F43) + bytes(22) + info + bits
    return b"\xd7\xcd\xc6\x9a" + bytes(18) + struct.pack("<HHHIHIH", 1, 9, 0x300, 0, 0, 0, 0) + record + struct.pack("<IH", 3, 0)


@pytest.mark.parametrize("make", [emf, wmf, lambda: gzip.compress(emf()), lambda: emf(20, 20)[:-20] + struct.pack("<III", 70, 12 + len(PAGE), len(PAGE)) + PAGE])
def test_the_bitmap_inside_a_metafile(read: Callable[[bytes], WordFacts], make: Callable[[], bytes]) -> None:
    data = make()
    assert is_metafile(data)
    (found,) = read(with_page(x.vml_picture("rIdA", 415, 586), data, "media/a.emf")).pictures
    with Image.open(io.BytesIO(found)) as picture:
        picture.load()
        assert picture.size in ((700, 990), (1000, 1414))


def test_a_metafile_of_lines_is_no_picture(read: Callable[[bytes], WordFacts]) -> None:
    lines = struct.pack("<II", 1, 108) + bytes(32) + b" EMF" + bytes(64) + struct.pack("<IIII", 54, 16, 10, 10) * 50 + struct.pack("<IIIII", 14, 20, 0, 16, 20)
    assert find_bitmap(lines) is None
    assert read(with_page(x.vml_picture("rIdA", 415, 586), lines, "media/a.emf")).pictures == ()


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["emf", "wmf", "gz"]), st.integers(0, 3000), st.binary(min_size=1, max_size=40))
def test_any_metafile_never_raises(kind: str, place: int, noise: bytes) -> None:
    data = bytearray({"emf": emf(30, 30), "wmf": wmf()[:3000], "gz": gzip.compress(emf(30, 30))}[kind])
    data[place : place + len(noise)] = noise
    find_bitmap(bytes(data))
