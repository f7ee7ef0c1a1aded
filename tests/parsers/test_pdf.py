"""PDFs: text or picture, visible or not, locked or broken, and the forms exported from Word into them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baosong.config import load_campaign
from core.facts import Part, Unreadable
from core.ports import ReadLimits
from parsers.part import read_part
from parsers.pdf import PdfPages, read_pdf_pages, render_page
from tests.support.form_builder import CASE, COURSE, HEADINGS, ROWS
from tests.support.pdf_builder import Pdf, image, lines, picture, text

CAMPAIGN = load_campaign("zhihui-zhulao")
LIMITS = ReadLimits()
SCAN = picture(1240, 1754)
DATA = Path(__file__).resolve().parents[1] / "data" / "forms"


@pytest.fixture
def pages(tmp_path: Path):
    def run(data: bytes, limits: ReadLimits = LIMITS) -> PdfPages | Unreadable:
        path = tmp_path / "f.pdf"
        path.write_bytes(data)
        return read_pdf_pages(path, limits)

    return run


def part_of(path: Path, name: str = "f.pdf") -> Part:
    part = Part(name, (name,), path.stat().st_size, "0" * 64, "application/pdf")
    return read_part(path, part, CAMPAIGN, LIMITS)


def test_typed_page(pages) -> None:
    found = pages(Pdf().page([text(72, 700, "负责人：张三"), text(72, 680, "电话 139")]).bytes())
    (page,) = found.pages
    assert (page.text.split(), page.image, page.has_picture) == (["负责人：张三", "电话", "139"], False, False)


def test_picture_of_a_page(pages) -> None:
    found = pages(Pdf().page([image(0, 0, 595, 842)], [SCAN]).bytes())
    (page,) = found.pages
    assert (page.text, page.image, page.has_picture) == ("", True, True)


def test_invisible_ocr_layer_over_the_picture(pages) -> None:
    layer = [text(72, 800 - 14 * n, "智慧助老典型案例申报表扫描识别文字", mode=3) for n in range(20)]
    (page,) = pages(Pdf().page([image(0, 0, 595, 842), *layer], [SCAN]).bytes()).pages
    assert page.image
    assert "扫描识别文字" in page.text


def test_visible_text_under_the_picture(pages) -> None:
    """Some scanners print the recognised text first and the picture over it."""
    layer = [text(72, 800 - 14 * n, "智慧助老典型案例申报表扫描识别文字") for n in range(20)]
    (page,) = pages(Pdf().page([*layer, image(0, 0, 595, 842)], [SCAN]).bytes()).pages
    assert page.image
    (over,) = pages(Pdf().page([image(0, 0, 595, 842), *layer], [SCAN]).bytes()).pages
    assert not over.image  # a coloured background below a typed page


def test_scanner_app_mark_on_a_scan(pages) -> None:
    (page,) = pages(Pdf().page([image(0, 20, 595, 800), text(480, 6, "扫描全能王 创建", size=8)], [SCAN]).bytes()).pages
    assert page.image


def test_scan_in_strips(pages) -> None:
    strips = [image(0, 842 - 105.25 * (n + 1), 595, 105.25, n) for n in range(8)]
    (page,) = pages(Pdf().page(strips, [picture(1240, 220)] * 8).bytes()).pages
    assert page.image


def test_scan_with_white_margins_and_a_page_with_a_photo(pages) -> None:
    (page,) = pages(Pdf().page([image(20, 30, 555, 780)], [SCAN]).bytes()).pages
    assert page.image
    (page,) = pages(Pdf().page([text(72, 780, "活动照片"), image(72, 300, 450, 300)], [picture(900, 600)]).bytes()).pages
    assert not page.image
    assert page.has_picture


def test_photographs_of_pages_pasted_into_word_and_exported(pages) -> None:
    """Seen as 'no scan': with wide margins the pictures cover less than half of each page."""
    photo = [picture(900, 1200)]
    pasted = Pdf().page([image(90, 220, 414, 552)], photo).page([image(90, 220, 414, 552), text(290, 40, "2")], photo)
    assert [page.image for page in pages(pasted.bytes()).pages] == [True, True]
    turned = Pdf().page([image(145, 90, 552, 414)], [picture(1200, 900)], extra="/Rotate 90", size=(842, 595))
    assert pages(turned.bytes()).pages[0].image
    typed = Pdf().page([text(72, 700, "智慧助老典型案例申报表")]).page([image(90, 220, 414, 552)], photo)
    assert [page.image for page in pages(typed.bytes()).pages] == [False, False]  # a form exported with its photo behind it
    across = Pdf().page([image(72, 300, 450, 300)], [picture(900, 600)])
    assert not pages(across.bytes()).pages[0].image


def test_seal_as_picture_or_stamp_on_a_typed_page(pages) -> None:
    typed = [text(72, 780 - 20 * n, "申报单位意见同意推荐") for n in range(10)]
    (page,) = pages(Pdf().page([*typed, image(300, 200, 119, 119)], [picture(400, 400, (200, 20, 20))]).bytes()).pages
    assert (page.image, page.has_picture) == (False, True)
    stamp = "/Annots [<< /Type /Annot /Subtype /Stamp /Rect [300 200 420 320] /Name /Approved >>]"
    (page,) = pages(Pdf().page(typed, extra=stamp).bytes()).pages
    assert (page.image, page.has_picture) == (False, True)
    link = "/Annots [<< /Type /Annot /Subtype /Link /Rect [300 200 420 320] /Border [0 0 0] >>]"
    (page,) = pages(Pdf().page(typed, extra=link).bytes()).pages
    assert not page.has_picture


def test_turned_and_shifted_scan(pages) -> None:
    (page,) = pages(Pdf().page([image(0, 0, 842, 595)], [SCAN], extra="/Rotate 90", size=(842, 595)).bytes()).pages
    assert page.image


def test_page_count_may_exceed_pages_read(pages) -> None:
    pdf = Pdf()
    for number in range(5):
        pdf.page([text(72, 700, f"第{number}页")])
    found = pages(pdf.bytes(), ReadLimits(pages=2))
    assert (len(found.pages), found.page_count) == (2, 5)


def test_passwords(pages, tmp_path: Path) -> None:
    pdf = Pdf().page([text(72, 700, "密件")])
    locked = pages(pdf.bytes(user="geheim"))
    assert isinstance(locked, Unreadable)
    assert locked.reason == "password"
    opened = pages(pdf.bytes(user="", owner="chef"))
    assert isinstance(opened, PdfPages)
    assert opened.pages[0].text.strip() == "密件"
    (tmp_path / "g.pdf").write_bytes(pdf.bytes(user="geheim"))
    with pytest.raises(ValueError):
        render_page(tmp_path / "g.pdf", 0)


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\n", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF", b"not a pdf", bytes(1000)])
def test_broken_files(pages, data: bytes) -> None:
    found = pages(data)
    assert isinstance(found, Unreadable)
    assert found.reason == "damaged"


def test_no_pages_and_programmed_forms(pages) -> None:
    assert isinstance(pages(Pdf().bytes()), Unreadable)
    xfa = Pdf(catalog="/NeedsRendering true /AcroForm << /Fields [] /XFA [(template) 3 0 R] >>").page([text(72, 700, "Please wait...")])
    found = pages(xfa.bytes())
    assert isinstance(found, Unreadable)
    assert found.reason == "no_converter", "Acrobat shows it"
    assert "XFA" in found.detail


def test_cut_off_file_is_read_as_far_as_possible_or_damaged(pages) -> None:
    whole = Pdf().page([image(0, 0, 595, 842)], [SCAN]).page([text(72, 700, "二")]).bytes()
    for length in range(0, len(whole), len(whole) // 25):
        found = pages(whole[:length])
        assert isinstance(found, PdfPages | Unreadable)


def test_typed_form_fields_are_text(pages) -> None:
    field = "/Annots [<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (ZHANG) /DA (/Helv 12 Tf 0 g) /Rect [72 600 300 620] /F 4 /AP << /N %d 0 R >> >>]"
    plain = Pdf(catalog="/AcroForm << /Fields [] >>").page([text(72, 700, "负责人")], extra=field % 3)
    found = pages(plain.bytes())
    assert isinstance(found, PdfPages)
    assert "负责人" in found.pages[0].text


def test_rendering(tmp_path: Path) -> None:
    path = tmp_path / "f.pdf"
    path.write_bytes(Pdf().page([text(72, 700, "字")], extra="/Rotate 90").page([], size=(14400, 14400)).bytes())
    page = render_page(path, 0, 100)
    assert page.mode == "RGB"
    assert page.size == (1170, 827)
    large = render_page(path, 1, 200, max_pixels=1_000_000)
    assert large.width * large.height <= 1_001_000
    with pytest.raises(ValueError):
        render_page(path, 7)
    path.write_bytes(b"rubbish")
    with pytest.raises(ValueError):
        render_page(path, 0)


def ruled_form(category: str, values: dict[str, str], *, top: float = 760) -> list[bytes]:
    """A form drawn with lines and text, the way a print driver does; labels of the long field one letter a line."""
    content = [text(180, top + 20, HEADINGS[category], size=14)]
    y = top
    for row in ROWS[category]:
        height = 200 if row[0][0] == "content" else 28
        edges = [60, 140, 540] if len(row) == 1 else [60, 140, 280, 400, 540]
        content.append(lines((60, y, 540, y), (60, y - height, 540, y - height), *((x, y, x, y - height) for x in edges)))
        for number, (key, label) in enumerate(row):
            left, middle = edges[2 * number], y - height / 2 - 4
            if row[0][0] == "content":
                content += [text(left + 30, middle + 40 - 20 * n, char) for n, char in enumerate(label)]
            elif len(label) > 8:
                content += [text(left + 4, y - 11 - 8 * n, label[10 * n : 10 * n + 10], size=7) for n in range(2)]
            else:
                content.append(text(left + 6, middle, label))
            for n, line in enumerate(values.get(key, "").split("\n")):
                small = len(line) > 12
                content.append(text(edges[2 * number + 1] + 6, (y - 16 - 15 * n) if height > 30 else middle, line, size=8 if small else 11))
        y -= height
    return content


@pytest.mark.parametrize(("category", "values"), [("case", CASE), ("course", {**COURSE, "course_type": "□教材 √视频资源，视频时长45分钟 □其他"})])
def test_form_drawn_by_a_print_driver(tmp_path: Path, category: str, values: dict[str, str]) -> None:
    path = tmp_path / "f.pdf"
    path.write_bytes(Pdf().page(ruled_form(category, values)).bytes())
    part = part_of(path)
    assert part.form is not None
    assert part.scan is not None
    assert not part.scan.is_scan
    for key, value in values.items():
        assert part.form.fields[key] == {"course_type": "video", "consent": True}.get(key, value), key


def test_form_of_a_scan_with_a_text_layer_is_the_scans(tmp_path: Path) -> None:
    path = tmp_path / "f.pdf"
    layer = [piece.replace(b" 0 Tr ", b" 3 Tr ") for piece in ruled_form("case", CASE) if piece.startswith(b"BT")]
    path.write_bytes(Pdf().page([image(0, 0, 595, 842), *layer], [SCAN]).bytes())
    part = part_of(path)
    assert part.form is None
    assert part.scan is not None
    assert part.scan.is_scan
    assert part.scan.seal is None
    assert part.scan.form is not None
    assert (part.scan.form.category, part.scan.form.title) == ("case", CASE["title"])


@pytest.mark.parametrize("name", ["course-libreoffice", "course-chromium"])
def test_course_form_from_real_printers(name: str) -> None:
    part = part_of(DATA / f"{name}.pdf")
    assert part.form is not None
    for key, value in COURSE.items():
        assert part.form.fields[key] == {"course_type": "video", "consent": True}.get(key, value), key
    assert part.form.fields["video_minutes"] == "45"


def test_case_form_over_three_pages() -> None:
    part = part_of(DATA / "case-long-libreoffice.pdf")
    assert part.form is not None
    assert part.form.title == "银龄e学堂——让社区里的每一位老年人都能跨越数字鸿沟共享智慧生活的探索与实践案例"
    assert part.form.lengths == {"basic": 450, "practice": 1200, "effect": 390, "content": 2040}
    assert part.form.fields["contact_phone"] == CASE["contact_phone"]


def test_table_without_lines() -> None:
    part = part_of(DATA / "case-unruled-libreoffice.pdf")
    assert part.form is not None
    assert {key: part.form.fields[key] for key in CASE if key != "content"} == {key: CASE[key] for key in CASE if key != "content"}
    assert part.form.lengths == {"basic": 25, "practice": 27, "effect": 13, "content": 65}


def test_radicals_in_place_of_letters(tmp_path: Path) -> None:
    path = tmp_path / "f.pdf"
    path.write_bytes(Pdf().page([text(72, 700, "负责⼈：张⺠⽣")]).bytes())
    assert "负责人：张民生" in part_of(path).text


def test_link_in_a_pdf(tmp_path: Path) -> None:
    path = tmp_path / "f.pdf"
    path.write_bytes(Pdf().page([text(72, 700, "链接: https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv"), text(72, 680, "提取码: ab12")]).bytes())
    (link,) = part_of(path, "课程.pdf").links
    assert (link.provider, link.code, link.found_in) == ("baidu", "ab12", "课程.pdf")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.integers(0, 3000))
def test_damaged_bytes_never_raise(pages, noise: bytes, place: int) -> None:
    whole = Pdf().page(ruled_form("case", CASE)[:6]).bytes()
    place %= len(whole)
    assert isinstance(pages(whole[:place] + noise + whole[place + len(noise) :]), PdfPages | Unreadable)
