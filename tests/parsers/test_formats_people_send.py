"""Formats under names of other formats, and formats nobody here reads: what a user expects of each, and never a fault where
there is none."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from baosong.config import load_campaign, load_register
from core.facts import APPLE, Part, ScanFacts, Unreadable
from core.findings import Severity
from core.ports import ReadLimits
from core.roles import find_role
from core.rules.file_rules import file_readable
from core.submission import Submission
from parsers.kinds import UOF, WORD, sniff, sniff_bytes
from parsers.part import read_part
from parsers.pdf import PdfPages, read_pdf_pages
from tests.support import corpus_papers as papers
from tests.support.archive_builder import zip_bytes
from tests.support.pdf_builder import Pdf, image, picture

CAMPAIGN = load_campaign("zhihui-zhulao")
REGISTER = load_register(CAMPAIGN)
LIMITS = ReadLimits()
CASE = papers.Paper("case", "济南市历下区社区教育学院", "银龄数字课堂")


@pytest.fixture
def read(tmp_path: Path):
    def run(name: str, data: bytes) -> Part:
        path = tmp_path / "blob"
        path.write_bytes(data)
        return read_part(path, Part(name, (name,), len(data), "a" * 64, sniff(path, name)), CAMPAIGN, LIMITS)

    return run


@pytest.mark.parametrize("name", ["申报表.doc", "申报表.docx", "申报表.wps", "申报表.dot"])
@pytest.mark.parametrize("office", [True, False])
def test_a_page_that_bears_a_word_files_name_is_the_word_form(read, name: str, office: bool) -> None:
    """Word and WPS open it without a question; LibreOffice and web systems write no mark of Office into it."""
    page = papers.html_doc(CASE, "utf-8")
    if not office:
        page = page.replace(b"urn:schemas-microsoft-com:office:word", b"urn:none")
    part = read(name, page)
    assert part.media_type == WORD
    assert part.form is not None
    assert part.form.title == CASE.title
    assert find_role(part, CAMPAIGN, REGISTER).role == "word_form"


def test_a_page_under_its_own_name_is_a_page() -> None:
    assert sniff_bytes(papers.html_doc(CASE, "utf-8"), "申报表.html") == "text/html"


@pytest.mark.parametrize("name", ["申报表.pages", "名单.numbers", "介绍.key"])
@pytest.mark.parametrize("inner", ["Index/Document.iwa", "index.xml"])
def test_apples_files_are_named_for_what_they_are(read, name: str, inner: str) -> None:
    """The form may lie in it: staff read what to do, the sender is asked for nothing."""
    part = read(name, zip_bytes([(inner, b"x"), ("preview.jpg", b"x")]))
    assert part.problem == Unreadable("no_converter", APPLE)
    findings = list(file_readable(submission(part)))
    assert [found.severity for found in findings] == [Severity.REVIEW]
    assert "苹果" in findings[0].text
    assert "另存为Word或PDF" in findings[0].text


def submission(part: Part) -> Submission:
    class Bare:
        facts = type("Facts", (), {"parts": (part,)})
        roles = (find_role(part, CAMPAIGN, REGISTER),)

    return Bare  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("name", "data"),
    [("扫描.jxl", b"\xff\x0a" + bytes(range(200)) * 9), ("扫描.jxl", b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(900)), ("扫描.jxr", b"II\xbc\x01" + bytes(900))],
)
def test_pictures_that_nothing_here_draws_are_not_damaged(read, name: str, data: bytes) -> None:
    part = read(name, data)
    assert part.media_type.startswith("image/")
    assert isinstance(part.problem, Unreadable)
    assert part.problem.reason == "no_converter"


def test_a_bare_jpeg_2000_stream_is_a_page(read) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (900, 1260), "white").save(buffer, "JPEG2000", no_jp2=True)
    part = read("扫描.j2k", buffer.getvalue())
    assert part.scan is not None
    assert part.scan.is_scan


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.slow
def test_the_national_office_standard(read) -> None:
    """标文通 (UOF), which 永中 and 中标普华 write."""
    body = "".join(f'<字:段落><字:句><字:文本串>{words}</字:文本串></字:句></字:段落>' for words in ("“智慧助老”专题典型案例申报表", "案例名称：银龄数字课堂"))
    page = (
        '<?xml version="1.0" encoding="UTF-8"?><uof:UOF xmlns:uof="http://schemas.uof.org/cn/2003/uof" xmlns:字="http://schemas.uof.org/cn/2003/'
        f'uof-wordproc" uof:language="cn" uof:version="1.0" uof:mimetype="vnd.uof.text"><uof:文字处理><字:主体>{body}</字:主体></uof:文字处理></uof:UOF>'
    )
    part = read("申报表.uof", page.encode())
    assert part.media_type == UOF
    assert part.problem is None
    assert "银龄数字课堂" in part.text


@pytest.mark.parametrize("extra", ["", "/CropBox [595 842 0 0]", "/Rotate 90", "/UserUnit 10"])
@pytest.mark.parametrize("box", ["[595 842 0 0]", "[0 842 595 0]", "[-100 -100 495 742]"])
def test_a_scan_is_one_whichever_way_its_corners_are_told(tmp_path: Path, box: str, extra: str) -> None:
    moved = box.startswith("[-100")
    if moved and "CropBox" in extra:
        pytest.skip("the two boxes do not meet")
    page = picture(900, 1270)
    raw = Pdf().page([image(-100 if moved else 0, -100 if moved else 0, 595, 842)], [page], extra=extra).bytes()
    path = tmp_path / "a.pdf"
    assert b"/MediaBox [0 0 595 842]" in raw
    path.write_bytes(raw.replace(b"/MediaBox [0 0 595 842]", f"/MediaBox {box}".encode().ljust(23)))
    found = read_pdf_pages(path, LIMITS)
    assert isinstance(found, PdfPages), found
    assert ScanFacts(found.pages).is_scan
