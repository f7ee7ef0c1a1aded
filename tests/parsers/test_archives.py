"""Archives in volumes, locked ones, odd ones, and what libarchive gives up on: read where they can be, and told for what they
are where not. No sound archive is ever called damaged."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import struct
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from core.facts import VOLUME, Blocked, Part, Unreadable
from core.ports import ReadLimits
from parsers import native_archives
from parsers.attachments import PartReader
from parsers.message import read_mail
from parsers.native_archives import is_whole
from parsers.rar_headers import read_rar
from parsers.volumes import find_groups
from parsers.zip_names import decode_zip_name
from storage.blobs import FileBlobStore
from tests.support.archive_builder import rar4_bytes, rar5_bytes, seven_zip_bytes, tar_bytes, zip_bytes
from tests.support.volume_builder import cut, rar4_volumes, rar5_volumes, split_zip

NAME, DATA = "济南市教育局+典型案例.docx", random.Random(5).randbytes(9000)
ENTRIES = [(NAME, DATA), ("扫描件/盖章页.pdf", b"%PDF-1.4 " + DATA)]
Add = Callable[..., list[Part]]


@pytest.fixture
def add(tmp_path: Path) -> Add:
    """Attaches these files to one mail: (name, bytes) -> parts."""
    blobs = FileBlobStore(tmp_path)

    def add(*files: tuple[str, bytes], **limits: int) -> list[Part]:
        bounds = ReadLimits(**limits)
        reader = PartReader(blobs, bounds, lambda path, _: read_mail(path, blobs, bounds))
        for name, data in files:
            reader.add([data], (name,))
        reader.join_volumes()
        return reader.parts

    return add


def volumes(style: str) -> list[tuple[str, bytes]]:
    packed = zip_bytes(ENTRIES, names="gbk")
    if style == "rar5":
        return [(f"材料.part{n}.rar", piece) for n, piece in enumerate(rar5_volumes(NAME, DATA, 3), 1)]
    if style == "rar4":
        return [(f"材料.part{n:02}.rar", piece) for n, piece in enumerate(rar4_volumes(NAME, DATA, 3), 1)]
    if style == "old names":
        return [("材料.rar" if n == 0 else f"材料.r{n - 1:02}", piece) for n, piece in enumerate(rar4_volumes(NAME, DATA, 3))]
    if style == "zip":
        pieces = split_zip(packed, 3)
        return [(f"材料.z{n:02}" if n < len(pieces) else "材料.zip", piece) for n, piece in enumerate(pieces, 1)]
    if style == "zip.001":
        return [(f"材料.zip.{n:03}", piece) for n, piece in enumerate(cut(packed, 3), 1)]
    if style == "docx.001":
        return [(f"{NAME}.{n:03}", piece) for n, piece in enumerate(cut(DATA, 3), 1)]
    return [(f"材料.7z.{n:03}", piece) for n, piece in enumerate(cut(seven_zip_bytes(ENTRIES), 3), 1)]


STYLES = ("rar5", "rar4", "old names", "zip", "zip.001", "7z.001", "docx.001")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_all_volumes_of_a_mail_are_one_archive(add: Add, style: str, order: int) -> None:
    files = volumes(style)
    random.Random(order).shuffle(files)
    parts = add(*files, ("其他.txt", b"text"))
    assert [part.problem for part in parts] == [None] * len(parts)
    form = next(part for part in parts if part.name == NAME)
    assert form.size == len(DATA)
    assert len(form.path) == (1 if style == "docx.001" else 2)
    assert all(part.container for part in parts[: len(files)])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_missing_volume_is_told_at_the_others(add: Add, style: str, missing: int) -> None:
    files = volumes(style)
    del files[missing]
    parts = add(*files)
    if style == "docx.001" and missing == 2:
        return  # nothing in such pieces tells how many there are; the reader of the joined file finds it cut off
    assert [part.problem for part in parts] == [Unreadable("no_converter", VOLUME)] * 2, [(p.name, p.problem) for p in parts]


def test_volumes_inside_an_archive(add: Add) -> None:
    outer = zip_bytes([(f"文件夹/{name}", data) for name, data in volumes("rar5")])
    parts = add(("全部.zip", outer))
    form = next(part for part in parts if part.name == NAME)
    assert form.path == ("全部.zip", "文件夹", "材料.rar", NAME)
    assert all(part.problem is None for part in parts)


def test_a_volume_set_may_hold_volumes_of_another_place_too(add: Add) -> None:
    one, other = volumes("rar5"), [(name.replace("材料", "另一份"), data) for name, data in volumes("7z.001")]
    parts = add(one[0], other[2], one[2], other[0], one[1], other[1])
    assert [part.name for part in parts].count(NAME) == 2


def test_a_single_numbered_file_that_is_whole_is_opened(add: Add) -> None:
    parts = add(("材料.7z.001", seven_zip_bytes(ENTRIES)))
    assert [part.name for part in parts] == ["材料.7z.001", NAME, "盖章页.pdf"]


def test_joined_volumes_obey_the_limits(add: Add) -> None:
    files = [(f"a.zip.{n:03}", piece) for n, piece in enumerate(cut(zip_bytes([("a.bin", bytes(40 << 20))]), 3), 1)]
    parts = add(*files)
    assert isinstance(parts[-1].problem, Blocked)
    assert parts[-1].name == "a.zip"
    assert len(parts) == 4


def test_names_that_only_look_like_volumes() -> None:
    assert find_groups(["a.rar", "b.zip", "c.docx"]) == []
    (group,) = find_groups(["IMG.001"])
    assert not group.complete


# Locked ---------------------------------------------------------------------------------------------------------


def locked_headers(version: int) -> bytes:
    from tests.support.archive_builder import _rar4_block, _rar5_block, _vint

    if version == 4:
        return b"Rar!\x1a\x07\x00" + _rar4_block(0x73, 0x0080, bytes(6)) + random.Random(1).randbytes(400)
    return b"Rar!\x1a\x07\x01\x00" + _rar5_block(_vint(4) + _vint(0) + _vint(0) + _vint(0) + bytes(17)) + random.Random(1).randbytes(400)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.rar", locked_headers(4)), ("b.rar", locked_headers(5)), ("c.rar", rar4_bytes(ENTRIES, encrypted=True)),
        ("d.rar", rar5_volumes(NAME, DATA, 1, locked=True)[0]), ("e.zip", zip_bytes(ENTRIES, password=b"123")),
        ("f.zip", zip_bytes(ENTRIES, password=b"123", names="gbk")),
    ],
    ids=["rar4-names", "rar5-names", "rar4", "rar5", "zip", "zip-gbk"],
)  # fmt: skip
@pytest.mark.parametrize("library", [True, False])
def test_a_password_is_called_a_password(add: Add, name: str, data: bytes, library: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not library:
        if name in ("c.rar", "d.rar"):
            pytest.skip("only the library walks to the files")
        monkeypatch.setattr(native_archives, "libarchive", None)
    outer = add((name, data))[0]
    assert isinstance(outer.problem, Unreadable)
    assert outer.problem.reason == "password"


def test_what_is_not_locked_beside_a_locked_file_is_read(add: Add) -> None:
    locked, plain = zip_bytes(ENTRIES[:1], password=b"1"), zip_bytes(ENTRIES[1:])
    buffer = BytesIO(plain)
    with zipfile.ZipFile(buffer, "a") as archive:
        info = archive.infolist()[0]
    assert info.filename.endswith("pdf")
    parts = add(("a.zip", _merged(locked, plain)))
    assert [part.name for part in parts] == ["a.zip", "盖章页.pdf"]
    assert isinstance(parts[0].problem, Unreadable)
    assert parts[0].problem.reason == "password"


def _merged(one: bytes, two: bytes) -> bytes:
    """Two zips as one: the second one's places moved."""
    def pieces(data: bytes) -> tuple[bytes, bytes, int]:
        end = data.rindex(b"PK\x05\x06")
        count, length, begin = struct.unpack_from("<HII", data, end + 10)
        return data[:begin], data[begin : begin + length], count

    (body1, list1, n1), (body2, list2, n2) = pieces(one), pieces(two)
    moved = bytearray(list2)
    struct.pack_into("<I", moved, 42, struct.unpack_from("<I", list2, 42)[0] + len(body1))
    directory = list1 + bytes(moved)
    return body1 + body2 + directory + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, n1 + n2, n1 + n2, len(directory), len(body1 + body2), 0)


# Compressed streams ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_single_compressed_files(add: Add, ending: str, pack: Callable[[bytes], bytes]) -> None:
    for data in (pack(DATA), pack(DATA[:4000]) + pack(DATA[4000:]), pack(DATA) + b"\0" * 512, pack(DATA) + b"rubbish behind it"):
        parts = add((NAME + ending, data))
        assert [(part.name, part.size, part.problem) for part in parts[1:]] == [(NAME, len(DATA), None)]
    cut_off = add((NAME + ending, pack(DATA)[:-300]))
    assert any(isinstance(part.problem, Unreadable) and part.problem.reason == "damaged" for part in cut_off)


@pytest.mark.parametrize(("ending", "pack"), [(".tgz", gzip.compress), (".tar.bz2", bz2.compress), (".tar.xz", lzma.compress), (".tar", bytes)])
def test_tars_of_any_compression(add: Add, ending: str, pack: Callable[[bytes], bytes]) -> None:
    parts = add(("材料" + ending, pack(tar_bytes(ENTRIES, charset="gb18030"))))
    assert [part.name for part in parts[1:]] == [NAME, "盖章页.pdf"]


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_bombs_in_streams_cost_their_limit(add: Add, ending: str, pack: Callable[[bytes], bytes]) -> None:
    parts = add(("a" + ending, pack(bytes(60 << 20))))
    assert len(parts) == 1
    assert isinstance(parts[0].problem, Blocked)


# What the readers do not know -----------------------------------------------------------------------------------


def test_a_sound_seven_zip_with_an_unknown_method_is_not_damaged(add: Add, tmp_path: Path) -> None:
    data = bytearray(seven_zip_bytes([(NAME, DATA), ("b.docx", DATA[::-1])]))
    path = tmp_path / "a.7z"
    path.write_bytes(data)
    assert is_whole(path, "application/x-7z-compressed")
    path.write_bytes(data[:-5])
    assert not is_whole(path, "application/x-7z-compressed")
    data[40] ^= 0x55  # inside the packed bytes: the headers stay right
    parts = add(("a.7z", bytes(data)))
    reasons = {part.problem.reason for part in parts if isinstance(part.problem, Unreadable)}
    assert reasons == {"no_converter"}
    assert "damaged" in {p.problem.reason for p in add(("a.7z", bytes(data[:-5]))) if isinstance(p.problem, Unreadable)}


def test_an_archive_in_which_nothing_is_found_is_told(add: Add) -> None:
    whole = rar5_bytes([])
    parts = add(("a.rar", whole))
    assert parts[0].problem == Unreadable("no_converter", "no file found inside")
    assert add(("a.zip", zip_bytes([])))[0].problem is None


def test_links_to_files_in_a_rar_are_no_empty_files(tmp_path: Path) -> None:
    path = tmp_path / "a.rar"
    path.write_bytes(rar5_bytes(ENTRIES))
    facts = read_rar(path)
    assert facts is not None
    assert (facts.whole, facts.volume, facts.locked) == (True, False, False)


def test_a_name_spelt_otherwise_in_front_of_the_file(add: Add) -> None:
    """The list says it in UTF-8, the header in front in GBK; zipfile alone refuses that."""
    data = zip_bytes(ENTRIES, names="gbk")
    wanted = NAME.encode("gb18030")
    front = data.index(wanted)
    mended = data[:front] + b"x" * len(wanted) + data[front + len(wanted) :]
    parts = add(("a.zip", mended))
    assert [(part.name, part.problem) for part in parts] == [("a.zip", None), (NAME, None), ("盖章页.pdf", None)]


def test_a_zip64_count_is_no_bomb(add: Add) -> None:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, archive.open(NAME, "w", force_zip64=True) as file:
        file.write(DATA)
    data = bytearray(buffer.getvalue())
    end = data.rindex(b"PK\x05\x06")
    count, length, begin = struct.unpack_from("<HII", data, end + 10)
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, length, begin)
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    tail = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    parts = add(("a.zip", bytes(data[:end]) + record + locator + tail))
    assert [(part.name, part.problem) for part in parts] == [("a.zip", None), (NAME, None)]


@pytest.mark.parametrize("name", ["濟南市歷下區社區教育學院+典型案例.docx", "典型案例掃描件.pdf", "申報表.doc"])
def test_names_in_big5(name: str) -> None:
    assert decode_zip_name(name.encode("big5"), 0, b"") == name


@pytest.mark.parametrize("name", [NAME, "附件2.docx", "材料", "泗水县鑫淼社区.doc", "臺北路社區.docx", "盖章.jpg", "联通.docx"])
def test_names_in_gbk_are_not_taken_for_big5(name: str) -> None:
    assert decode_zip_name(name.encode("gb18030"), 0, b"") == name
