"""Files that a reader of the change tripped over: nonsense in headers, numbers for endings, kinds nobody can open."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from core.facts import Part, ScanFacts, Unreadable
from core.ports import ReadLimits
from parsers.fixed_pages import read_fixed_pages
from parsers.links import find_links
from parsers.packed_streams import read_tar_or_stream
from parsers.pdf import page_pictures
from parsers.pictures import read_picture
from parsers.unpacking import Budget
from tests.support.mail_builder import File, compose
from tests.support.mail_reading import Reading

GOOD = b"%PDF-1.4\n" + bytes(500)


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def parts_of(read: Reading, files: Sequence[tuple[str, bytes]]) -> tuple[Part, ...]:
    sent = [File(name, data) for name, data in files]
    return read(compose("foxmail", subject="济南市教育局+智慧助老", text="附件。", files=sent)).parts


def vint(number: int) -> bytes:
    out = b""
    while True:
        out += bytes([number & 0x7F | (0x80 if number > 0x7F else 0)])
        number >>= 7
        if not number:
            return out


def rar5_of_endless_size() -> bytes:
    header = vint(2) + vint(2) + vint(1 << 63)
    return b"Rar!\x1a\x07\x01\x00" + bytes(4) + vint(len(header)) + header + bytes(64)


def end_record(offset: int) -> bytes:
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 1, 1, 1, 1, 46, offset, 0)


@pytest.mark.parametrize("files", [
    [("a.part1.rar", rar5_of_endless_size())],
    [("a.part1.rar", rar5_of_endless_size()), ("a.part2.rar", rar5_of_endless_size())],
    [("a.7z.001", b"7z\xbc\xaf\x27\x1c\0\4"), ("a.7z.002", b"rest")],
    [("a.z01", bytes(100)), ("a.zip", b"PK\x03\x04" + bytes(60) + end_record(0xFFFFFFFE))],
])  # fmt: skip
def test_volumes_whose_headers_make_no_sense_cost_themselves_only(read: Reading, files: list[tuple[str, bytes]]) -> None:
    parts = parts_of(read, [*files, ("好.pdf", GOOD)])
    assert [(part.problem) for part in parts if part.name == "好.pdf"] == [None]
    odd = [part.problem for part in parts if part.name != "好.pdf" and not (part.container and part.problem is None)]
    assert odd
    assert all(isinstance(problem, Unreadable) and problem.reason == "no_converter" for problem in odd)


def jpeg(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (900, 1200), (shade, shade, shade)).save(buffer, "JPEG")
    return buffer.getvalue()


@pytest.mark.parametrize("numbers", [("001", "002"), ("001", "003")])
@pytest.mark.parametrize("make", [jpeg, lambda shade: GOOD + bytes([shade])])
def test_scans_with_numbers_for_endings_are_no_volumes(read: Reading, numbers: tuple[str, str], make) -> None:  # type: ignore[no-untyped-def]
    parts = parts_of(read, [(f"申报表.{number}", make(number.encode()[-1])) for number in numbers])
    assert [(part.name, part.problem, part.container) for part in parts] == [(f"申报表.{n}", None, False) for n in numbers]


def tiff(compression: int, bits: int = 8) -> bytes:
    """A sound TIFF of one strip, in a compression that Pillow may not know."""
    tags = [(256, 40), (257, 40), (258, bits), (259, compression), (262, 1), (273, 122), (277, 1), (278, 40), (279, 1600)]
    body = b"".join(struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + body + bytes(4) + bytes(1600)


@pytest.mark.parametrize("compression", [34661, 34927, 50002])
def test_a_picture_of_an_unknown_sort_is_not_called_damaged(compression: int) -> None:
    found = read_picture(tiff(compression), ReadLimits())
    assert isinstance(found, Unreadable)
    assert found.reason == "no_converter"
    cut = read_picture(tiff(compression)[:60], ReadLimits())
    assert isinstance(cut, Unreadable)
    assert cut.reason == "damaged"


@pytest.mark.parametrize(("name", "reason"), [
    ("Documents/1/FixedDocument.fdoc/[0].piece", "no_converter"), ("Doc_0/Encryptions.xml", "password"),
])  # fmt: skip
def test_pages_that_nobody_finds_are_no_damage(tmp_path: Path, name: str, reason: str) -> None:
    path = tmp_path / "a.xps"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr(name, "<x/>")
        package.writestr("OFD.xml", "<x/>")
    found = read_fixed_pages(path, ReadLimits())
    assert isinstance(found, Unreadable)
    assert found.reason == reason


def test_what_a_pdf_calls_a_jpeg_is_opened_as_one_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: an EPS in such a stream reached Pillow's PostScript reader, a PNG of 32000 pixels a side its decoder."""
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 600 600\n%%EndComments\nshowpage\n%%EOF\n"
    noise = Image.effect_noise((600, 600), 90).convert("RGB")
    made = io.BytesIO()
    noise.save(made, "PDF", quality=60)
    data = made.getvalue()
    begin = data.index(b"\xff\xd8\xff")
    end = data.index(b"endstream", begin)
    path = tmp_path / "a.pdf"
    path.write_bytes(data[:begin] + eps.ljust(end - begin) + data[end:])
    asked: list[object] = []
    true = Image.open
    monkeypatch.setattr(Image, "open", lambda *given, **more: (asked.append(more.get("formats")), true(*given, **more))[1])
    assert list(page_pictures(path, [0], 1000)) == []
    assert asked == [("JPEG",)]


def test_a_name_of_endless_length_ends_the_tar(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 64 << 20
    with path.open("wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        file.truncate(70 << 20)
    with pytest.raises(ValueError, match="header"):
        list(read_tar_or_stream(path, "application/x-tar", "a.tar", Budget(ReadLimits(), 1000, 1 << 30)))


LINK = "https://pan.baidu.com/s/1qZbIVP6xa27aKLBLxYAkbA"


@pytest.mark.parametrize("text", [
    f"链接：{LINK}\n身份证号码有误，正确的是 3701", f"联系电话号码正确的是 8601\n{LINK}\n提取码见附件", f"{LINK} h264 1080p",
    f"课程视频 {LINK} 720p 2024年录制", f"{LINK} 120m 3个文件", f"{LINK} 4k60 2 集", f"{LINK} p001 2", f"[百度网盘：MOOC]({LINK})",
])  # fmt: skip
def test_no_code_is_made_of_other_words(text: str) -> None:
    (link,) = (link for link in find_links(text, None, "body") if link.provider == "baidu")
    assert link.code is None


def test_a_code_put_right_is_still_the_code() -> None:
    (link,) = find_links(f"{LINK} 提取码：ab12\n提取码写错了，正确的是 cd34", None, "body")
    assert link.code == "cd34"
    assert isinstance(read_picture(jpeg(200), ReadLimits()), ScanFacts)
