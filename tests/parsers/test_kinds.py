"""The media type is told by content; the name only breaks ties."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.kinds import UOF, sniff, sniff_bytes
from tests.support.archive_builder import rar4_bytes, rar5_bytes, seven_zip_bytes, zip_bytes
from tests.support.outlook_builder import msg_file, ole_file, winmail_dat

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def real_docx() -> bytes:
    buffer = io.BytesIO()
    docx.Document().save(buffer)
    return buffer.getvalue()


def zipped(*names: str, first: tuple[str, bytes] | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if first is not None:
            archive.writestr(first[0], first[1])
        for name in names:
            archive.writestr(name, b"<x/>")
    return buffer.getvalue()


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return buffer.getvalue()


CASES: list[tuple[str, bytes, str]] = [
    ("form.docx", real_docx(), DOCX),
    ("form.doc", real_docx(), DOCX),  # newer WPS saves docx under any suffix
    ("form.wps", real_docx(), DOCX),
    ("", real_docx(), DOCX),
    ("a.zip", zip_bytes([("一.docx", real_docx())], "gbk"), "application/zip"),
    ("a.docx", zip_bytes([("照片.jpg", b"x")]), "application/zip"),  # an archive that was renamed
    ("a.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml"), XLSX),
    ("a.docm", zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "application/vnd.ms-word.document.macroEnabled.12"),
    ("a.docx", zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "application/vnd.ms-word.document.macroEnabled.12"),
    ("a.docx", zipped("[Content_Types].xml", "word\\document.xml"), DOCX),
    ("a.odt", zipped("content.xml", first=("mimetype", b"application/vnd.oasis.opendocument.text")), "application/vnd.oasis.opendocument.text"),
    ("a.ofd", zipped("OFD.xml", "Doc_0/Document.xml"), "application/ofd"),
    ("a.xps", zipped("[Content_Types].xml", "_rels/.rels", "FixedDocSeq.fdseq"), "application/vnd.ms-xpsdocument"),
    ("a.doc", ole_file({("WordDocument",): b"x" * 5000}), "application/msword"),
    ("a.wps", ole_file({("WordDocument",): b"x" * 5000}), "application/wps-office.wps"),
    ("a.wps", ole_file({("CONTENTS",): b"CHNKWKS" * 100}), "application/vnd.ms-works"),
    # A worksheet embedded in a Word file has its streams deeper down.
    ("a.doc", ole_file({("ObjectPool", "_1", "Workbook"): b"w", ("WordDocument",): b"x"}), "application/msword"),
    ("a.xls", ole_file({("Workbook",): b"x"}), "application/vnd.ms-excel"),
    ("a.et", ole_file({("Workbook",): b"x"}), "application/wps-office.et"),
    ("a.msg", msg_file("主题", "正文", [("a.txt", b"x")]), "application/vnd.ms-outlook"),
    ("锁.docx", ole_file({("EncryptedPackage",): b"x", ("EncryptionInfo",): b"y"}), "application/encrypted"),
    ("winmail.dat", winmail_dat([("a", b"b")]), "application/ms-tnef"),
    ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
    ("a.txt", b"\xef\xbb\xbf\r\n%PDF-1.4\n", "application/pdf"),  # junk before the signature
    ("a.jpg", b"\x89PNG\r\n\x1a\n" + bytes(20), "image/png"),
    ("a.png", b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
    ("a.tif", b"II*\x00\x08\x00\x00\x00", "image/tiff"),
    ("a.bmp", b"BM" + (100).to_bytes(4, "little") + bytes(8) + (40).to_bytes(4, "little") + bytes(20), "image/bmp"),
    ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
    ("a.avi", b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
    ("IMG_1.HEIC", b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "image/heic"),
    ("a.mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42", "video/mp4"),
    ("a.mov", b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00", "video/quicktime"),
    ("a.mkv", b"\x1aE\xdf\xa3\x01\x00\x00\x00\x00\x00\x00\x1fB\x82\x88matroska", "video/x-matroska"),
    ("a.wmv", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c" + bytes(10), "video/x-ms-wmv"),
    ("a.flv", b"FLV\x01\x05\x00\x00\x00\x09", "video/x-flv"),
    ("a.rmvb", b".RMF\x00\x00\x00\x12", "video/vnd.rn-realvideo"),
    ("a.ts", (b"\x47" + bytes(187)) * 5, "video/mp2t"),
    ("a.mp3", b"ID3\x03\x00", "audio/mpeg"),
    ("a.rar", rar4_bytes([("一", b"x")]), "application/vnd.rar"),
    ("a.zip", rar5_bytes([("一", b"x")]), "application/vnd.rar"),
    ("a.7z", seven_zip_bytes([("a", b"x")]), "application/x-7z-compressed"),
    ("a.tar", tarred(), "application/x-tar"),
    ("a.gz", b"\x1f\x8b\x08\x00", "application/gzip"),
    ("a.exe", b"MZ\x90\x00\x03\x00\x00\x00", "application/x-dosexec"),
    ("a.pdf", b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200), "application/x-dosexec"),
    ("run", b"\x7fELF\x02\x01\x01", "application/x-executable"),
    ("a.docx.lnk", b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(20), "application/x-ms-shortcut"),
    ("a.bat", b"@echo off\r\n", "text/x-script"),
    ("notes", b"#!/bin/sh\necho hi\n", "text/x-script"),
    ("a.eml", b"Received: from x\r\nFrom: a@b.cn\r\nSubject: x\r\n\r\nbody", "message/rfc822"),
    ("a", b"From a@b Mon Nov  8\nFrom: a@b.cn\nDate: x\nSubject: y\n\nbody", "message/rfc822"),
    ("a.doc", b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\nX-A: b\r\n\r\n", "application/msword"),
    ("a.html", "<!DOCTYPE html><html><body>好</body></html>".encode(), "text/html"),
    ("a.doc", b'<html xmlns:w="urn:schemas-microsoft-com:office:word"><body>x</body></html>', "application/msword"),
    ("a.doc", b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>', "application/msword"),
    ("a.doc", b"{\\rtf1\\ansi", "application/rtf"),
    ("a.txt", "链接：https://pan.baidu.com/s/1abc".encode("gb18030"), "text/plain"),
    ("a.txt", "链接".encode("utf-16"), "text/plain"),
    ("smime.p7s", bytes.fromhex("308006092a864886f70d010702a080") + bytes(20), "application/pkcs7-signature"),
    ("a.ics", b"BEGIN:VCALENDAR\r\n", "text/calendar"),
    # What a name promises and the content does not keep: the reader of that type will find it damaged.
    ("a.docx", b"this is no document", DOCX),
    ("a.pdf", b"", "application/pdf"),
    ("a.jpg", bytes(100), "image/jpeg"),
    ("unknown", bytes(range(256)), "application/octet-stream"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data", "kind"), CASES, ids=[f"{n}-{k}" for n, _, k in CASES])
def test_kind(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    file = tmp_path / "blob"
    file.write_bytes(data)
    assert sniff(file, name) == kind


def test_a_document_cut_off_is_still_told(tmp_path: Path) -> None:
    whole = real_docx()
    for size in (len(whole) // 3, len(whole) // 2, len(whole) - 30):
        file = tmp_path / f"cut{size}"
        file.write_bytes(whole[:size])
        assert sniff(file, "x.docx") == DOCX
    old = ole_file({("WordDocument",): b"x" * 20_000})
    file = tmp_path / "old"
    file.write_bytes(old[: len(old) - 600])  # without its allocation table
    assert sniff(file, "x.doc") == "application/msword"


def test_a_zip_with_a_huge_list_of_names_costs_little(tmp_path: Path) -> None:
    import time

    data = zip_bytes([(f"{n}", b"") for n in range(30_000)])
    file = tmp_path / "many"
    file.write_bytes(data)
    begin = time.process_time()
    assert sniff(file, "a.zip") == "application/zip"
    assert time.process_time() - begin < 1


APPLE_DOUBLE = bytes.fromhex("0005160700020000") + b"Mac OS X        " + bytes(200)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("~$典型案例.docx", b"\x06Admin" + bytes(156), "application/x-lock-file"),
        (".~典型案例.docx", b"\x06Admin" + bytes(156), "application/x-lock-file"),
        ("~$典型案例.docx", real_docx(), DOCX),
        ("新建 Microsoft Word 文档.docx", b"", "application/x-empty"),
        ("典型案例.docx", b"", DOCX),
        ("._典型案例.docx", APPLE_DOUBLE, "application/applefile"),
        ("典型案例.docx", b"\x06Admin" + bytes(156), DOCX),
    ],
)
def test_what_systems_leave_beside_a_document_is_no_document(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    path = tmp_path / "x"
    path.write_bytes(data)
    assert sniff(path, name) == kind


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<html><body>格式见 http://schemas.uof.org/cn/2003/uof</body></html>", "text/html"),
        ("<?xml version='1.0'?><list xmlns:u='http://schemas.uof.org/cn/2003/uof'><u:UOF/></list>", "application/xml"),
        ("<?xml version='1.0' encoding='UTF-8'?>\n<!-- 永中 -->\n<uof:UOF xmlns:uof='http://schemas.uof.org/cn/2003/uof'>", UOF),
        ("<UOF_0000 xmlns='http://schemas.uof.org/cn/2009/uof'>", UOF),
    ],
)
def test_a_page_that_mentions_the_national_standard_is_a_page(text: str, kind: str) -> None:
    assert sniff_bytes(text.encode(), "a.html" if "html" in kind else "a.uof") == kind


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=600),
    st.sampled_from(
        [
            b"",
            b"PK\x03\x04",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"PK\x05\x06",
            b"RIFF",
            b"\x00\x00\x00\x18ftyp",
            b"MZ",
        ]
    ),
    st.text(max_size=20),
)
def test_never_raises(data: bytes, head: bytes, name: str) -> None:
    assert "/" in sniff_bytes(head + data, name)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8))
def test_never_raises_for_broken_ole(tmp_path_factory: pytest.TempPathFactory, at: int, noise: bytes) -> None:
    data = bytearray(ole_file({("WordDocument",): b"x" * 300, ("Macros", "VBA", "M"): b"y"}))
    data[at : at + len(noise)] = noise
    file = tmp_path_factory.mktemp("ole") / "x"
    file.write_bytes(bytes(data))
    assert "/" in sniff(file, "x.doc")
