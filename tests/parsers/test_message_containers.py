"""Archives, winmail.dat, .msg and mails inside a mail: unpacked in place, within limits."""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.facts import Blocked, MessageFacts, Part, Unreadable
from core.ports import ReadLimits
from parsers import native_archives
from tests.support.archive_builder import rar4_bytes, rar5_bytes, seven_zip_bytes, tar_bytes, zip_bomb, zip_bytes
from tests.support.mail_builder import File, compose
from tests.support.mail_reading import Reading
from tests.support.outlook_builder import msg_file, msg_streams, ole_file, vba_module, winmail_dat

WORD, SCAN = "社区教育指导服务中心+典型案例.docx", "社区教育指导服务中心+典型案例（盖章）.pdf"
PDF = b"%PDF-1.4\n" + bytes(500)


def real_docx() -> bytes:
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    return buffer.getvalue()


DOCX = real_docx()
ENTRIES = [(WORD, DOCX), ("盖章件/" + SCAN, PDF)]


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def facts_of(read: Reading, *files: tuple[str, bytes], limits: ReadLimits | None = None) -> MessageFacts:
    raw = compose("qq", subject="济南市教育局+智慧助老", text="见附件", files=[File(*file) for file in files])
    return read(raw, limits)


def parts_of(read: Reading, name: str, data: bytes, limits: ReadLimits | None = None) -> tuple[Part, ...]:
    return facts_of(read, (name, data), limits=limits).parts


KINDS = [
    ("材料.zip", zip_bytes(ENTRIES, "utf8")),
    ("材料.zip", zip_bytes(ENTRIES, "gbk")),
    ("材料.zip", zip_bytes(ENTRIES, "gbk+unicode")),
    ("材料.zip", zip_bytes(ENTRIES, "utf8-unflagged")),
    ("材料.zip", zip_bytes(ENTRIES, "cp437-backslash")),
    ("材料.zip", zip_bytes(ENTRIES, "gbk", stored=True)),
    ("材料.rar", rar4_bytes(ENTRIES)),
    ("材料.rar", rar4_bytes(ENTRIES, unicode_names=True)),
    ("材料.rar", rar5_bytes(ENTRIES)),
    ("材料.7z", seven_zip_bytes(ENTRIES)),
    ("材料.tar", tar_bytes(ENTRIES)),
    ("材料.tar", tar_bytes(ENTRIES, "gb18030")),
    ("材料.tar.gz", tar_bytes(ENTRIES, "gb18030", packed=True)),
    ("材料.zip", rar5_bytes(ENTRIES)),  # renamed by its sender
    ("材料.docx", zip_bytes(ENTRIES, "gbk")),
    ("材料.dat", b"junk before the zip" * 9 + zip_bytes(ENTRIES, "gbk")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data"), KINDS, ids=[f"{i}-{name}" for i, (name, _) in enumerate(KINDS)])
def test_an_archive(read: Reading, name: str, data: bytes) -> None:
    outer, word, scan = parts_of(read, name, data)
    assert (outer.container, outer.problem, outer.name, outer.path) == (True, None, name, (name,))
    assert (word.name, word.path) == (WORD, (name, WORD))
    assert (scan.name, scan.path) == (SCAN, (name, "盖章件", SCAN))
    assert word.media_type.endswith("wordprocessingml.document")
    assert not word.container
    assert (read.data(word), read.data(scan)) == (DOCX, PDF)
    assert not any(part.inline for part in (outer, word, scan))


def test_short_names_in_both_charsets(read: Reading) -> None:
    for name in ("表.docx", "联通.docx", "案例一.docx", "a.docx", "朱镕基.docx"):
        for how in ("gbk", "utf8-unflagged", "utf8"):
            assert parts_of(read, "a.zip", zip_bytes([(name, DOCX)], how))[1].name == name


def test_one_file_gzipped(read: Reading) -> None:
    parts = parts_of(read, SCAN + ".gz", gzip.compress(PDF))
    assert [part.name for part in parts] == [SCAN + ".gz", SCAN]


def test_clutter_is_left_out(read: Reading) -> None:
    clutter = ["__MACOSX/._a.docx", "a/.DS_Store", "Thumbs.db", "desktop.ini", "~$案例.docx", "a/._b.pdf"]
    data = zip_bytes([(name, b"x") for name in clutter] + [("a/b.docx", DOCX)])
    assert [part.name for part in parts_of(read, "a.zip", data)] == ["a.zip", "b.docx"]


def test_nested_containers(read: Reading) -> None:
    inner_mail = compose("foxmail", subject="历下区+典型案例", text="https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV 提取码 ab12",
                         files=[File("内.rar", rar5_bytes([(WORD, DOCX)]))])  # fmt: skip
    data = zip_bytes([("转来.eml", inner_mail), ("二.zip", zip_bytes([(SCAN, PDF)], "gbk"))])
    parts = parts_of(read, "外.zip", data)
    assert [part.path for part in parts] == [
        ("外.zip",),
        ("外.zip", "转来.eml"),
        ("外.zip", "转来.eml", "内.rar"),
        ("外.zip", "转来.eml", "内.rar", WORD),
        ("外.zip", "二.zip"),
        ("外.zip", "二.zip", SCAN),
    ]
    assert [part.container for part in parts] == [True, True, True, False, True, False]
    assert "历下区+典型案例" in parts[1].text
    assert [(link.code, link.found_in, link.quoted) for link in parts[1].links] == [("ab12", "转来.eml", False)]


def test_depth(read: Reading) -> None:
    data = zip_bytes([(WORD, DOCX)])
    for level in range(7):
        data = zip_bytes([(f"{level}.zip", data)])
    parts = parts_of(read, "外.zip", data)
    assert len(parts) == 6
    assert parts[-1].problem == Blocked("depth", "> 5")
    assert all(part.problem is None for part in parts[:-1])


def test_a_file_without_name_in_an_archive(read: Reading) -> None:
    for name in ("", "\x00x", "folder/", "..", "\u202e"):
        parts = parts_of(read, "a.zip", zip_bytes([(name, PDF), ("b.pdf", PDF)]))
        assert parts[-1].name == "b.pdf"
        assert all(part.name for part in parts)


_SAMPLES = {
    "a.zip": zip_bytes([(WORD, PDF), ("二.pdf", PDF)], "gbk"),
    "b.zip": zip_bytes([(WORD, PDF)], "gbk+unicode", stored=True),
    "a.rar": rar4_bytes([(WORD, PDF), ("二.pdf", PDF)]),
    "b.rar": rar5_bytes([(WORD, PDF), ("二.pdf", PDF)]),
    "a.7z": seven_zip_bytes([(WORD, PDF)]),
    "a.tar": tar_bytes([(WORD, PDF)], "gb18030"),
    "a.tgz": tar_bytes([(WORD, PDF)], packed=True),
    "winmail.dat": winmail_dat([(WORD, PDF)], body="正文"),
    "a.msg": msg_file("主题", "正文", [(WORD, PDF)], inner=msg_streams("内", "文", [(SCAN, PDF)])),
    "a.doc": ole_file({("WordDocument",): b"x", ("Macros", "VBA", "M"): vba_module("Sub A()\r\nEnd Sub\r\n")}),
}


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(sorted(_SAMPLES)),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=5)), max_size=6),
    st.floats(0, 1.5),
)
def test_mutilated_containers_never_raise(
    read: Reading, name: str, noise: list[tuple[float, bytes]], cut: float
) -> None:
    data = bytearray(_SAMPLES[name])
    for place, piece in noise:
        at = int(place * len(data))
        data[at : at + len(piece)] = piece
    parts = parts_of(read, name, bytes(data[: int(cut * len(data)) + 1]))
    assert parts[0].name == name
    assert all(part.path[0] == name for part in parts)


# ---- what is wrong with an archive ------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [zip_bytes(ENTRIES, password=b"1234"), rar4_bytes(ENTRIES, encrypted=True)])
def test_locked(read: Reading, data: bytes) -> None:
    parts = parts_of(read, "材料.zip", data)
    assert [part.problem for part in parts] == [Unreadable("password")]


@pytest.mark.parametrize(
    "data",
    [
        zip_bytes(ENTRIES)[:300],
        rar5_bytes(ENTRIES)[:200],
        rar4_bytes(ENTRIES)[:200],
        seven_zip_bytes(ENTRIES)[:-30],
        tar_bytes(ENTRIES, packed=True)[:-300],
        b"PK\x03\x04 and nothing that follows",
        b"not an archive at all",
        b"",
    ],
    ids=range(8),
)
@pytest.mark.parametrize("name", ["材料.zip", "材料.rar"])
def test_damaged(read: Reading, name: str, data: bytes) -> None:
    outer = parts_of(read, name, data)[0]
    assert isinstance(outer.problem, Unreadable)
    assert outer.problem.reason == "damaged"


def test_a_zip_that_lost_only_its_list_of_contents_is_read(read: Reading) -> None:
    parts = parts_of(read, "材料.zip", zip_bytes(ENTRIES)[:-40])
    assert [(part.name, part.problem) for part in parts[1:]] == [(WORD, None), (SCAN, None)]
    assert read.data(parts[2]) == PDF


def test_one_damaged_file_costs_that_file_only(read: Reading) -> None:
    data = bytearray(zip_bytes([("一.pdf", PDF), ("二.pdf", PDF + b"2"), ("三.pdf", PDF + b"3")], stored=True))
    data[data.index(b"2PK\x03\x04")] = 0
    parts = parts_of(read, "a.zip", bytes(data))
    assert [type(part.problem) for part in parts] == [type(None), type(None), Unreadable, type(None)]


def test_one_volume_of_several_is_no_damage(read: Reading) -> None:
    for name, data in (("a.part1.rar", rar5_bytes(ENTRIES, volume=True)), ("a.7z.001", seven_zip_bytes(ENTRIES)[:200])):
        outer = parts_of(read, name, data)[0]
        assert isinstance(outer.problem, Unreadable)
        assert outer.problem.reason == "no_converter"


def test_bombs(read: Reading) -> None:
    parts = parts_of(read, "材料.zip", zip_bytes([("前.pdf", PDF), ("弹.zip", zip_bomb(60 << 20))]))
    # What was unpacked before stays out as well, and the outermost archive is the one that is blocked.
    assert [part.name for part in parts] == ["材料.zip"]
    assert parts[0].problem == Blocked("bomb", "> 200 : 1")
    limits = replace(ReadLimits(), archive_bytes=1000)
    blocked = parts_of(read, "材料.zip", zip_bytes([("a.bin", bytes(2000))]), limits)
    assert [part.problem for part in blocked] == [Blocked("bomb", "> 1000 bytes")]


def test_a_blank_page_as_bitmap_is_no_bomb(read: Reading) -> None:
    page = b"BM" + (8 << 20).to_bytes(4, "little") + bytes(8) + (40).to_bytes(4, "little") + b"\xff" * (8 << 20)
    parts = parts_of(read, "扫描.zip", zip_bytes([("扫描.bmp", page)]))
    assert [part.problem for part in parts] == [None, None]


def test_many_files(read: Reading) -> None:
    limits = replace(ReadLimits(), archive_files=20)
    parts = parts_of(read, "a.zip", zip_bytes([(f"{n}.txt", b"x") for n in range(30)]), limits)
    assert [part.problem for part in parts] == [Blocked("count", "> 20 files")]
    clutter = parts_of(read, "a.tar", tar_bytes([(f"{n}/.DS_Store", b"") for n in range(500)]), limits)
    assert isinstance(clutter[0].problem, Blocked)


def test_more_parts_than_a_mail_may_have(read: Reading) -> None:
    """The archive is not to blame: what fits is kept, and a person looks at the rest."""
    limits = replace(ReadLimits(), parts=10)
    facts = facts_of(read, ("a.zip", zip_bytes([(f"{n}.txt", b"x") for n in range(30)])), ("b.pdf", PDF), limits=limits)
    assert len(facts.parts) == 10
    assert facts.parts[0].problem is None
    assert facts.lost
    assert "too_many_parts" in facts.defects


def test_without_libarchive(read: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_archives, "libarchive", None)
    for name, data in (("a.rar", rar5_bytes(ENTRIES)), ("a.7z", seven_zip_bytes(ENTRIES))):
        outer = parts_of(read, name, data)[0]
        assert isinstance(outer.problem, Unreadable)
        assert outer.problem.reason == "no_converter"
    assert len(parts_of(read, "a.zip", zip_bytes(ENTRIES, "gbk"))) == 3
    assert len(parts_of(read, "a.tgz", tar_bytes(ENTRIES, packed=True))) == 3


# ---- what is never opened ---------------------------------------------------------------------------------------


def macro_docx() -> bytes:
    buffer = io.BytesIO(DOCX)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("setup.exe", b"MZ\x90\x00" + bytes(100), "executable"),
        ("案例.pdf", b"MZ\x90\x00" + bytes(100), "executable"),
        ("案例.docx.lnk", b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60), "executable"),
        ("运行.bat", b"@echo off\r\n", "executable"),
        ("运行.vbs", b"MsgBox 1\r\n", "executable"),
        ("a.scr", b"what it holds does not matter", "executable"),
        ("案例.docm", macro_docx(), "macro"),
        ("案例.docx", macro_docx(), "macro"),
        ("案例.docm", DOCX, "macro"),
        ("旧.doc", ole_file({("WordDocument",): b"x" * 99, ("Macros", "VBA", "M"): vba_module("Sub AutoOpen()\r\nEnd Sub\r\n")}), "macro"),
    ],
)  # fmt: skip
def test_blocked(read: Reading, name: str, data: bytes, reason: str) -> None:
    for parts in (parts_of(read, name, data), parts_of(read, "包.zip", zip_bytes([(name, data)]))[1:]):
        assert len(parts) == 1
        assert isinstance(parts[0].problem, Blocked)
        assert parts[0].problem.reason == reason
        assert not parts[0].container


def test_an_empty_macro_project_left_by_a_template_is_no_macro(read: Reading) -> None:
    module = vba_module("'Sub in a comment\r\n" + "Option Explicit\r\n")
    data = ole_file({("WordDocument",): b"x" * 99, ("Macros", "VBA", "ThisDocument"): module})
    assert parts_of(read, "旧.doc", data)[0].problem is None


def test_scripts_of_courseware_are_not_blocked(read: Reading) -> None:
    data = zip_bytes([("课件/index.html", b"<html></html>"), ("课件/js/player.js", b"var a = 1;\n")])
    assert [part.problem for part in parts_of(read, "课件.zip", data)] == [None, None, None]


def test_locked_office_file(read: Reading) -> None:
    data = ole_file({("EncryptedPackage",): b"x" * 5000, ("EncryptionInfo",): b"y"})
    assert parts_of(read, "案例.docx", data)[0].problem == Unreadable("password")


def test_an_empty_file(read: Reading) -> None:
    part = parts_of(read, "案例.docx", b"")[0]
    assert part.problem == Unreadable("damaged", "empty")


# ---- Outlook ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("long_names", ["unicode", "ansi", ""])
def test_winmail_dat(read: Reading, long_names: str) -> None:
    data = winmail_dat(
        [(WORD, DOCX), (SCAN, PDF)],
        body="链接：https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV 提取码：ab12",
        long_names=long_names,
    )
    outer, word, scan = parts_of(read, "winmail.dat", data)
    assert outer.container
    assert outer.problem is None
    assert "提取码：ab12" in outer.text
    assert [link.code for link in outer.links] == ["ab12"]
    assert (word.path, scan.path) == (("winmail.dat", WORD), ("winmail.dat", SCAN))
    assert (read.data(word), read.data(scan)) == (DOCX, PDF)


def test_winmail_dat_of_another_codepage_or_damaged(read: Reading) -> None:
    assert parts_of(read, "winmail.dat", winmail_dat([(WORD, DOCX)], codepage=65001, long_names=""))[1].name == WORD
    whole = winmail_dat([(WORD, DOCX), (SCAN, PDF)])
    assert len(parts_of(read, "winmail.dat", whole[:-300])) >= 2
    assert parts_of(read, "winmail.dat", whole[:17])[0].problem == Unreadable("damaged", "tnef")


def test_winmail_dat_with_absurd_counts_ends(read: Reading) -> None:
    """tnefparse would loop four thousand million times over this property count."""
    whole = bytearray(winmail_dat([(WORD, DOCX)], body="x"))
    at = whole.index(b"\x03\x90\x06\x00") + 8
    whole[at : at + 4] = b"\xff\xff\xff\xff"
    assert parts_of(read, "winmail.dat", bytes(whole))[1].name == WORD


@pytest.mark.parametrize("ansi", [False, True])
def test_msg(read: Reading, ansi: bool) -> None:
    big = PDF + bytes(range(256)) * 100  # beyond the small streams
    inner = msg_streams(
        "内层主题", "内层正文 https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV", [(SCAN, big)], ansi=ansi
    )
    data = msg_file("主题", "正文", [(WORD, DOCX)], ansi=ansi, inner=inner)
    parts = parts_of(read, "转来.msg", data)
    assert [part.path for part in parts] == [("转来.msg",), ("转来.msg", WORD), ("转来.msg", "内层主题.msg", SCAN)]
    assert (read.data(parts[1]), read.data(parts[2])) == (DOCX, big)
    assert "正文" in parts[0].text
    assert "内层正文" in parts[0].text
    assert len(parts[0].links) == 1


def test_msg_damaged(read: Reading) -> None:
    data = msg_file("主题", "正文", [(WORD, DOCX)])
    for size in (600, len(data) // 2, len(data) - 600):
        part = parts_of(read, "转来.msg", data[:size])[0]
        assert part.problem is None or isinstance(part.problem, Unreadable)


@pytest.mark.parametrize("how", ["base64", "8bit"])
def test_a_mail_as_attachment(read: Reading, how: str) -> None:
    inner = compose(
        "163",
        subject="历城区+典型案例",
        text="材料 https://pan.baidu.com/s/1aBcDeFgHiJkLmNoPqRsTuV 提取码 ab12",
        files=[File(WORD, DOCX)],
    )
    for file in (File("历城.eml", inner, transfer=how), File(None, inner, media_type="message/rfc822", transfer=how),
                 File("历城.eml", inner, media_type="application/octet-stream", transfer=how)):  # fmt: skip
        facts = read(compose("outlook", subject="转发：济南市教育局+智慧助老", text="见附件", files=[file]))
        outer, word = facts.parts
        assert outer.name in ("历城.eml", "历城区+典型案例.eml")
        assert (outer.container, outer.media_type, word.path) == (True, "message/rfc822", (outer.name, WORD))
        assert "材料" in outer.text
        assert "材料" not in facts.text
        assert read.data(word) == DOCX
        assert [link.code for link in outer.links] == ["ab12"]
        assert facts.links == ()
