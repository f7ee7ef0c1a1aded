"""The dispatcher: every media type goes to its reader, and nothing that a file holds gets out as an exception."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from PIL import Image

from baosong.config import load_campaign
from core.facts import EMPTY_FILE, Blocked, Part, Unreadable
from core.ports import ReadLimits
from parsers import part as part_module
from parsers.part import read_part
from tests.support import docx_pieces as x
from tests.support.form_builder import CASE, COURSE, HEADINGS, OPINIONS, ROWS, TRAINING, build
from tests.support.pdf_builder import Pdf, text

CAMPAIGN = load_campaign("zhihui-zhulao")
LIMITS = ReadLimits()
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHARE = "https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.fixture
def read(tmp_path: Path):
    def run(data: bytes, media_type: str, name: str = "附件", **fields) -> Part:
        path = tmp_path / "blob"
        path.write_bytes(data)
        part = Part(name, ("外.zip", name), len(data), "a" * 64, media_type, **fields)
        return read_part(path, part, CAMPAIGN, LIMITS)

    return run


def test_word(read) -> None:
    part = read(build("case", "wps", CASE), DOCX, "历下+典型案例.docx")
    assert part.form is not None
    assert part.form.title == CASE["title"]
    assert (part.forms, part.scan, part.problem) == ((), None, None)
    assert (part.name, part.path, part.sha256) == ("历下+典型案例.docx", ("外.zip", "历下+典型案例.docx"), "a" * 64)
    assert CASE["title"] in part.text


def test_several_forms_and_embedded_scans(read) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (1240, 1754), "white").save(buffer, "JPEG")
    body = "".join(
        x.p(HEADINGS[category]) + x.tbl(*(x.tr(*(c for key, label in row for c in (x.tc(label), x.tc(values[key])))) for row in ROWS[category]))
        for category, values in (("case", CASE), ("training", TRAINING))
    )
    part = read(x.package(body + x.p(x.picture("rId1", 14.6, 20.6)), files={"rId1": ("media/1.jpeg", buffer.getvalue())}), DOCX)
    assert [form.category for form in part.forms] == ["case", "training"]
    assert part.form == part.forms[0]
    assert part.embedded is not None
    assert (part.embedded.is_scan, part.embedded.page_count, part.embedded.seal) == (True, 1, None)
    assert part.scan is None


def test_encrypted_office_documents(read) -> None:
    encrypted = OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500)
    for media_type in (DOCX, "application/msword", "application/encrypted"):
        assert read(encrypted, media_type).problem == Unreadable("password", "encrypted Office document")


def test_pdf_with_form_and_without(read) -> None:
    part = read(Pdf().page([text(72, 700, "普通文件")]).bytes(), "application/pdf")
    assert part.form is None
    assert part.scan is not None
    assert part.text.strip() == "普通文件"
    typed = [text(72, 780, HEADINGS["training"])]
    y = 750
    for row in ROWS["training"]:
        for key, label in row:
            typed.append(text(72, y, f"{label}：{TRAINING[key]}"))
            y -= 24
    part = read(Pdf().page(typed).bytes(), "application/pdf")
    assert part.form is not None
    assert {key: part.form.fields[key] for key in TRAINING} == TRAINING
    assert part.scan is not None
    assert part.scan.form is None


def test_pictures(read) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (1000, 1400), "white").save(buffer, "PNG")
    part = read(buffer.getvalue(), "image/png", inline=True)
    assert part.scan is not None
    assert (part.scan.is_scan, part.inline, part.text) == (True, True, "")
    assert read(b"\x89PNG\r\n\x1a\n", "image/png").problem is not None
    assert read(b"<svg/>", "image/svg+xml").scan is None


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (f"链接: {SHARE}\n提取码: ab12".encode(), "text/plain"),
        (f"链接: {SHARE}\r\n提取码: ab12".encode("gb18030"), "text/plain"),
        (b"\xef\xbb\xbf" + f"链接: {SHARE} 提取码: ab12".encode(), "text/plain"),
        (f"链接: {SHARE} 提取码: ab12".encode("utf-16"), "text/plain"),
        (f"单位,链接,提取码\n历下,{SHARE},提取码: ab12".encode("gbk"), "text/csv"),
        (f"<html><body><p>课程：<a href='{SHARE}?pwd=ab12'>点此</a></p></body></html>".encode(), "text/html"),
        (f'<html><meta charset="gb2312"><p>链接：{SHARE} 提取码：ab12</p></html>'.encode("gb18030"), "text/html"),
    ],
)
def test_links_in_texts(read, data: bytes, media_type: str) -> None:
    part = read(data, media_type, "说明.txt")
    assert [(link.url, link.code, link.found_in) for link in part.links] == [(SHARE, "ab12", "说明.txt")]
    assert part.form is None
    assert part.problem is None


def test_plain_text_under_a_words_name_is_read_as_a_form(read) -> None:
    words = "\n".join([HEADINGS["case"], *(f"{label}：{CASE[key]}" for row in ROWS["case"] for key, label in row)])
    assert read(words.encode("gb18030"), "text/plain", "案例.txt").form is None
    part = read(words.encode("gb18030"), "text/plain", "案例.doc")
    assert part.form is not None
    assert part.form.title == CASE["title"]


def test_spreadsheet(read) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["课程", "链接", "提取码"])
    sheet.append(["微信入门", SHARE, "提取码：ab12"])
    sheet["D2"] = "下载"
    sheet["D2"].hyperlink = "https://example.com/video.mp4"
    buffer = io.BytesIO()
    book.save(buffer)
    part = read(buffer.getvalue(), XLSX, "汇总.xlsx")
    assert ("baidu", SHARE, "ab12") in {(link.provider, link.url, link.code) for link in part.links}
    assert "微信入门" in part.text
    assert "https://example.com/video.mp4" in part.text
    assert part.form is None


def ofd(objects: list[tuple[float, float, str]], *, sign: bool = False, picture: bool = False) -> bytes:
    ns = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    texts = "".join(
        f'<ofd:TextObject ID="{n}" Boundary="{left} {top} 100 5" Font="3" Size="4"><ofd:TextCode X="0" Y="4" DeltaX="g 9 4">{words}</ofd:TextCode></ofd:TextObject>'
        for n, (left, top, words) in enumerate(objects)
    )
    image = '<ofd:ImageObject ID="99" Boundary="0 0 210 297" ResourceID="7"/>' if picture else ""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        out.writestr("OFD.xml", f"<ofd:OFD {ns}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>")
        out.writestr("Doc_0/Document.xml", f'<ofd:Document {ns}><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>')
        out.writestr("Doc_0/Pages/Page_0/Content.xml", f"<ofd:Page {ns}><ofd:Content><ofd:Layer>{texts}{image}</ofd:Layer></ofd:Content></ofd:Page>")
        if sign:
            out.writestr("Doc_0/Signs/Sign_0/Signature.xml", "<x/>")
    return buffer.getvalue()


def placed() -> list[tuple[float, float, str]]:
    found = [(60.0, 20.0, HEADINGS["course"])]
    top = 30.0
    for row in ROWS["course"]:
        value = COURSE[row[0][0]].replace("\n", " ")
        for number, (key, label) in enumerate(row):
            found.append((20.0 + 80 * number, top, label if len(label) < 9 else "是否同意共享"))
            found.append((55.0 + 80 * number, top, COURSE[key].replace("\n", " ") if number else value))
        top += 12
    for label, words in OPINIONS:
        found += [(20.0, top, label), (55.0, top, words.split("\n")[0])]
        top += 12
    return found


def test_ofd(read) -> None:
    part = read(ofd(placed(), sign=True), "application/ofd", "课程.ofd")
    assert part.scan is not None
    assert (part.scan.page_count, part.scan.pages[0].has_picture, part.scan.is_scan) == (1, True, False)
    assert part.form is not None
    assert {key: part.form.fields[key] for key in ("title", "course_type", "consent", "leader_phone", "contact_phone")} == {
        "title": COURSE["title"], "course_type": "video", "consent": True, "leader_phone": COURSE["leader_phone"], "contact_phone": COURSE["contact_phone"],
    }  # fmt: skip
    scanned = read(ofd([], picture=True), "application/ofd")
    assert scanned.scan is not None
    assert scanned.scan.is_scan
    assert isinstance(read(b"PK\x03\x04rubbish", "application/ofd").problem, Unreadable)


def test_xps(read) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for number, words in ((10, "第十页"), (2, "第二页")):
            out.writestr(
                f"Documents/1/Pages/{number}.fpage",
                f'<FixedPage xmlns="http://schemas.microsoft.com/xps/2005/06"><Glyphs OriginX="10" OriginY="20" FontRenderingEmSize="12" UnicodeString="{words}"/></FixedPage>',
            )
    part = read(buffer.getvalue(), "application/vnd.ms-xpsdocument")
    assert part.scan is not None
    assert [page.text for page in part.scan.pages] == ["第二页", "第十页"]


def test_what_is_never_opened(read) -> None:
    for media_type in ("video/mp4", "application/zip", "application/x-dosexec", "application/octet-stream", "audio/mpeg", "text/x-script"):
        part = read(b"MZ rubbish" * 10, media_type)
        assert (part.form, part.scan, part.problem, part.text, part.links) == (None, None, None, "", ())


def test_parts_with_a_problem_and_containers_stay(read) -> None:
    blocked = Blocked("macro")
    assert read(build("case", "wps", CASE), DOCX, problem=blocked).form is None
    assert read(build("case", "wps", CASE), DOCX, container=True).form is None


def test_an_empty_file_is_damaged(read) -> None:
    for media_type in (DOCX, "application/pdf", "image/png", "application/msword"):
        assert read(b"", media_type).problem == Unreadable("damaged", EMPTY_FILE)


def test_a_missing_file_and_a_failing_reader_cost_only_the_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = Part("a.docx", ("a.docx",), 1, "b" * 64, DOCX)
    assert isinstance(read_part(tmp_path / "gone", part, CAMPAIGN, LIMITS).problem, Unreadable)
    path = tmp_path / "f"
    path.write_bytes(b"x")
    for error, reason in ((MemoryError(), "memory"), (RecursionError(), "damaged"), (RuntimeError("x"), "damaged")):

        def fail(*_: object, error: BaseException = error, **__: object) -> None:
            raise error

        monkeypatch.setattr(part_module, "read_word", fail)
        problem = read_part(path, part, CAMPAIGN, LIMITS).problem
        assert isinstance(problem, Unreadable)
        assert problem.reason == reason


TYPES = [DOCX, XLSX, "application/pdf", "image/png", "image/heic", "text/plain", "text/html", "application/ofd", "application/vnd.ms-xpsdocument"]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(TYPES), st.sampled_from([b"", b"PK\x03\x04", b"%PDF-1.4\n", b"<html>", b"\x89PNG\r\n\x1a\n", OLE[:4]]), st.binary(max_size=300))
def test_random_bytes_of_any_type_never_raise(read, media_type: str, head: bytes, data: bytes) -> None:
    assert isinstance(read(head + data, media_type), Part)
