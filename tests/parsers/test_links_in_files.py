"""Links that are not typed where they lead: targets of hyperlinks, link areas of PDF pages, QR codes on pages and in pasted
pictures, addresses that were read from a picture."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import Workbook
from PIL import Image

from baosong.config import load_campaign
from core.facts import Envelope, Link, MessageFacts, PageFacts, Part, ScanFacts
from core.ports import ReadLimits
from parsers.link_pictures import doubtful_links, together
from parsers.loose_ends import tie_loose_ends
from parsers.part import read_part
from tests.parsers.test_qr import drawn, on_page
from tests.support import docx_pieces as x
from tests.support.pdf_builder import Pdf, image, text

CAMPAIGN = load_campaign("zhihui-zhulao")
SHARE = "https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbp"
MISREAD = "https://pan.baidu.com/s/1QvwfHXf0r-hfBEDkFR3tbq"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Read = Callable[[bytes, str, str], list[tuple[str, str | None, str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Address, code and place of the share links of a file."""

    def run(data: bytes, media_type: str, name: str) -> list[tuple[str, str | None, str]]:
        path = tmp_path / "blob"
        path.write_bytes(data)
        part = read_part(path, Part(name, (name,), len(data), "a" * 64, media_type), CAMPAIGN, ReadLimits())
        assert part.problem is None
        return [(link.url, link.code, link.found_in) for link in part.links if link.provider == "baidu"]

    return run


def jpeg(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def area(address: str, kind: str = "/URI") -> str:
    return f"/Annots [<< /Type /Annot /Subtype /Link /Rect [50 700 300 720] /A << /S {kind} /URI ({address}) >> >>]"


def test_areas_of_a_pdf_page(read: Read) -> None:
    page = [text(60, 705, "课程视频（点击打开）"), text(60, 680, "提取码：ab12")]
    data = Pdf().page(page, extra=area(SHARE)).bytes()
    assert read(data, "application/pdf", "申报表.pdf") == [(SHARE, "ab12", "申报表.pdf")]
    data = Pdf().page([text(60, 705, SHARE)], extra=area(SHARE + "?pwd=ab12")).bytes()
    assert read(data, "application/pdf", "申报表.pdf") == [(SHARE, "ab12", "申报表.pdf")]


def test_odd_areas_say_nothing(read: Read) -> None:
    for extra in (area("mailto:a@b.cn"), area(""), area("#top"), area("x" * 9000), area(SHARE, "/Launch"), "/Annots [99 0 R]", "/Annots 7"):
        assert read(Pdf().page([text(60, 705, "正文")], extra=extra).bytes(), "application/pdf", "a.pdf") == []


def test_code_on_a_scanned_page(read: Read) -> None:
    scan = jpeg(on_page(drawn(SHARE + "?pwd=ab12", scale=8)))
    data = Pdf().page([text(60, 700, "首页")]).page([image(0, 0, 595, 842)], [scan]).bytes()
    assert read(data, "application/pdf", "扫描件.pdf") == [(SHARE, "ab12", "扫描件.pdf")]


def test_code_beside_typed_text(read: Read) -> None:
    code = jpeg(drawn(SHARE + "?pwd=ab12"))
    data = Pdf().page([text(60, 700, "扫码观看课程视频"), image(60, 400, 120, 120)], [code]).bytes()
    assert read(data, "application/pdf", "申报表.pdf") == [(SHARE, "ab12", "申报表.pdf")]


def test_what_a_scanner_guessed_is_doubtful(tmp_path: Path) -> None:
    """The text layer that a scanner's program puts over its pages is OCR as well."""
    page = [text(60, 700, f"链接：{SHARE} 提取码：ab12", mode=3), image(0, 0, 595, 842)]
    path = tmp_path / "blob"
    path.write_bytes(Pdf().page(page, [jpeg(Image.new("RGB", (1000, 1414), "white"))]).bytes())
    part = read_part(path, Part("扫.pdf", ("扫.pdf",), 1, "a" * 64, "application/pdf"), CAMPAIGN, ReadLimits())
    assert [(link.url, link.code, link.doubtful) for link in part.links] == [(SHARE, "ab12", True)]


def test_targets_and_codes_in_word(read: Read) -> None:
    body = x.p(x.link("rId9", "点击这里观看课程视频")) + x.p(x.r("提取码：ab12"))
    assert read(x.package(body, links={"rId9": SHARE}), DOCX, "课程.docx") == [(SHARE, "ab12", "课程.docx")]
    code = x.package(x.p(x.r("扫码观看")) + x.p(x.picture("rId1", 4, 4)), files={"rId1": ("media/1.png", png(drawn(SHARE + "?pwd=ab12")))})
    assert read(code, DOCX, "课程.docx") == [(SHARE, "ab12", "课程.docx")]


def test_targets_in_a_workbook(read: Read) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["课程", "视频", "提取码"])
    sheet.append(["微信", "点击打开", "ab12"])
    sheet["B2"].hyperlink = SHARE + "?pwd=ab12"
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue(), XLSX, "清单.xlsx") == [(SHARE, "ab12", "清单.xlsx")]


def test_code_in_a_picture(read: Read) -> None:
    assert read(png(drawn(SHARE + "?pwd=ab12")), "image/png", "二维码.png") == [(SHARE, "ab12", "二维码.png")]


def mail(*links: Link, parts: tuple[Part, ...] = (), text: str = "") -> MessageFacts:
    return MessageFacts(Envelope("<a>", "济南市教育局+智慧助老", "a@b.cn"), text, links=links, parts=parts)


def scan(text: str) -> Part:
    facts = ScanFacts((PageFacts(text, image=True),), page_count=1, text_sought=True)
    return Part("扫.jpg", ("扫.jpg",), 1, "b" * 64, "image/jpeg", scan=facts, text=text, links=doubtful_links(text, "扫.jpg"))


def test_beside_a_typed_link_a_misread_one_is_nothing() -> None:
    tied = tie_loose_ends(mail(Link("baidu", SHARE, "ab12"), parts=(scan(f"链接：{MISREAD} 提取码：ab12"),)))
    assert tied.parts[0].links == ()
    assert tied.links == (Link("baidu", SHARE, "ab12"),)


def test_alone_a_misread_link_is_kept_as_doubtful() -> None:
    tied = tie_loose_ends(mail(Link("web", "http://www.jnsqdx.cn/"), parts=(scan(f"链接：{MISREAD} 提取码：ab12"),)))
    assert [(link.url, link.doubtful) for link in tied.parts[0].links] == [(MISREAD, True)]


def test_a_code_read_from_a_picture_makes_its_link_doubtful() -> None:
    link = Link("baidu", SHARE)
    assert tie_loose_ends(mail(link, parts=(scan("提取码：ab12"),))).links == (replace(link, code="ab12", doubtful=True),)
    typed = Part("说明.txt", ("说明.txt",), 1, "c" * 64, "text/plain", text="提取码：ab12")
    assert tie_loose_ends(mail(link, parts=(typed,))).links == (replace(link, code="ab12"),)
    assert tie_loose_ends(mail(link, parts=(typed, scan("提取码：zz99")))).links == (replace(link, code="ab12"),)


def test_readings_of_one_file_are_put_together() -> None:
    sure, unsure = Link("baidu", SHARE, found_in="a"), Link("baidu", MISREAD, "ab12", "a", doubtful=True)
    assert together((sure,), (replace(sure, code="ab12"),), (unsure,)) == (replace(sure, code="ab12"),)
    assert together((), (), (unsure,)) == (unsure,)
    assert together((sure,), (replace(sure, code="zz99", doubtful=True),)) == (sure,)
