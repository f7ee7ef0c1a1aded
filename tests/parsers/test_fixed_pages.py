"""OFD and XPS of several producers: typed ones give their text, scanned ones their pages as pictures, stamped ones their seal,
and what is only shapes is for a person."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from baosong.config import load_campaign
from core.facts import Blocked, Part, ScanFacts, Unreadable
from core.ports import ReadLimits
from parsers.fixed_pages import draw_fixed_page, read_fixed_pages
from parsers.part import read_part
from tests.support import fixed_builder as fixed
from tests.support import scan_builder as builder
from tests.support import scan_cases as one
from tests.support import scan_ink as ink
from tests.support.form_builder import CASE, HEADINGS, ROWS

LIMITS = ReadLimits()
CAMPAIGN = load_campaign("zhihui-zhulao")
LABELS: list[tuple[float, float, float, str]] = [(60.0, 30.0, 6.0, HEADINGS["case"])]
VALUES: list[tuple[float, float, float, str]] = []
for _number, _row in enumerate(ROWS["case"]):
    for _column, (_key, _label) in enumerate(_row):
        LABELS.append((20.0 + 90 * _column, 45.0 + 10 * _number, 4.0, _label))
        _value = CASE.get(_key, "").split("\n")[0][:9]
        if _value:
            VALUES.append((50.0 + 90 * _column, 45.0 + 10 * _number, 4.0, _value))
OFD, XPS = "application/ofd", "application/vnd.ms-xpsdocument"


def jpeg(page: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(page).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def stamped_page() -> np.ndarray:
    return one.standard(np.random.default_rng(3))[0]


@pytest.fixture(scope="module")
def seal_png() -> bytes:
    """A seal as a seal server keeps it: red on transparent ground."""
    mask = ink.draw_seal(builder.random_style(np.random.default_rng(4), "济南市历下区社区教育学院"), 300)
    picture = np.zeros((*mask.shape, 4), np.uint8)
    picture[..., 0], picture[..., 3] = 230, (mask * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def facts(tmp_path: Path, data: bytes) -> ScanFacts | Unreadable | Blocked:
    path = tmp_path / "f"
    path.write_bytes(data)
    return read_fixed_pages(path, LIMITS)


def part(tmp_path: Path, data: bytes, kind: str = OFD, *, seals: bool = False) -> Part:
    path = tmp_path / "f"
    path.write_bytes(data)
    return read_part(path, Part("f", ("f",), len(data), "0" * 64, kind), CAMPAIGN, LIMITS, seals=seals)


@pytest.mark.parametrize("options", [{}, {"scaled": True}, {"block": True}], ids=["plain", "scaled", "block"])
def test_a_converter_s_form_with_a_template_page(tmp_path: Path, options: dict[str, bool]) -> None:
    found = part(tmp_path, fixed.typed_ofd(VALUES, template=LABELS, **options))
    assert found.form is not None
    assert (found.form.category, found.form.title) == ("case", CASE["title"][:9])
    assert found.form.applicant_unit == CASE["applicant_unit"][:9]
    assert found.scan is not None
    assert not found.scan.is_scan
    assert not found.scan.pages[0].has_picture


def test_several_documents_in_one_file(tmp_path: Path) -> None:
    found = facts(tmp_path, fixed.typed_ofd(VALUES, template=LABELS, documents=3))
    assert isinstance(found, ScanFacts)
    assert found.page_count == 3
    assert all(CASE["title"][:9] in page.text for page in found.pages)


def test_two_columns_in_one_text_object_are_two_words(tmp_path: Path) -> None:
    words = "负责人张三联系电话"
    deltas = "4 4 20 4 20 4 4 4"
    data = fixed.typed_ofd([(20, 40, 4, words)])
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        files: dict[str, bytes | str] = {name: old.read(name) for name in old.namelist()}
    page = "Doc_0/Pages/Page_0/Content.xml"
    files[page] = files[page].decode().replace("g 8 4.000", deltas)  # type: ignore[union-attr]
    found = facts(tmp_path, fixed.zipped(files))
    assert isinstance(found, ScanFacts)
    assert found.pages[0].text.split() == ["负责人", "张三", "联系电话"]


@pytest.mark.parametrize("options", [{}, {"hidden": "识别出的文字"}, {"hidden": "识别出的文字", "hide_by": "alpha"}, {"composite": True}, {"turned": True}],
                         ids=["bare", "text-under", "text-transparent", "composite", "turned"])  # fmt: skip
def test_a_scanner_s_pages_are_pictures(tmp_path: Path, stamped_page: np.ndarray, options: dict[str, object]) -> None:
    page = np.rot90(stamped_page) if options.get("turned") else stamped_page
    found = part(tmp_path, fixed.scanned_ofd([jpeg(page)] * 2, **options), seals=True)  # type: ignore[arg-type]
    assert found.scan is not None
    assert found.scan.is_scan
    assert found.scan.page_count == 2
    assert found.scan.seal == "present"
    assert ("识别出的文字" in found.text) == bool(options.get("hidden"))
    drawn = draw_fixed_page(tmp_path / "f", 0, 100, LIMITS)
    assert drawn.size == (827, 1169)
    small = np.asarray(Image.fromarray(stamped_page).convert("L").resize((80, 113)), np.int16)
    assert abs(np.asarray(drawn.convert("L").resize((80, 113)), np.int16) - small).mean() < 6, "upright, where it was"


def test_a_letterhead_behind_typed_text_is_no_scan(tmp_path: Path, stamped_page: np.ndarray) -> None:
    with zipfile.ZipFile(io.BytesIO(fixed.scanned_ofd([jpeg(stamped_page)]))) as old:
        files: dict[str, bytes | str] = {name: old.read(name) for name in old.namelist()}
    page = "Doc_0/Pages/Page_0/Content.xml"
    files[page] = files[page].decode().replace("</ofd:Layer>", fixed.text(5, 20, 30, 5, "打字的一行") + "</ofd:Layer>")  # type: ignore[union-attr]
    found = facts(tmp_path, fixed.zipped(files))
    assert isinstance(found, ScanFacts)
    assert (found.is_scan, found.pages[0].has_picture) == (False, True)


@pytest.mark.parametrize("how", ["signature", "annotation"])
def test_an_electronic_seal_is_seen(tmp_path: Path, seal_png: bytes, how: str) -> None:
    place = "120 200 42 42"
    data = fixed.stamped_ofd(VALUES, seal_png, place) if how == "signature" else fixed.annotated_ofd(VALUES, seal_png, place)
    found = part(tmp_path, data, seals=True)
    assert found.scan is not None
    assert not found.scan.is_scan
    assert found.scan.pages[0].has_picture
    assert found.scan.seal == "present"
    (seal,) = found.scan.pages[0].seals
    assert abs(seal.x - 120 / 210) < 0.03
    assert abs(seal.y - 200 / 297) < 0.03


def test_a_signature_on_a_scanned_page_leaves_it_a_scan(tmp_path: Path, seal_png: bytes) -> None:
    bare = jpeg(one.plain(np.random.default_rng(2))[0])
    found = part(tmp_path, fixed.stamped_ofd([], seal_png, base=fixed.scanned_ofd([bare])), seals=True)
    assert found.scan is not None
    assert found.scan.is_scan
    assert found.scan.seal == "present"


def test_shapes_without_characters_are_for_a_person(tmp_path: Path) -> None:
    for data in (fixed.coded_ofd(), fixed.typed_xps([(20, 30, 5, "字")], coded=True)):
        found = facts(tmp_path, data)
        assert isinstance(found, Unreadable)
        assert found.reason == "no_converter"


def test_a_picture_that_nothing_decodes_leaves_the_seal_uncertain(tmp_path: Path) -> None:
    data = fixed.scanned_ofd([b"\x97JB2\r\n\x1a\n" + random.Random(1).randbytes(300)], ending="jb2")
    found = part(tmp_path, data, seals=True)
    assert found.problem is None
    assert found.scan is not None
    assert found.scan.is_scan
    assert found.scan.seal == "uncertain"
    with pytest.raises(ValueError):
        draw_fixed_page(tmp_path / "f", 0, 100, LIMITS)


@pytest.mark.parametrize("listed", [True, False])
def test_scanned_xps(tmp_path: Path, stamped_page: np.ndarray, listed: bool) -> None:
    bare = one.plain(np.random.default_rng(2))[0]
    found = part(tmp_path, fixed.scanned_xps([jpeg(stamped_page), jpeg(bare)], listed=listed), XPS, seals=True)
    assert found.scan is not None
    assert found.scan.is_scan
    assert found.scan.seal == "present"
    assert [bool(page.seals) for page in found.scan.pages] == [True, False], "pages in the document's order"


def test_typed_xps(tmp_path: Path) -> None:
    found = part(tmp_path, fixed.typed_xps([*LABELS, *VALUES]), XPS)
    assert found.form is not None
    assert found.form.title == CASE["title"][:9]


def test_pages_of_any_size_stay_within_the_limits(tmp_path: Path) -> None:
    data = fixed.typed_ofd([(20, 40, 4, "x")], header='<ofd:Area><ofd:PhysicalBox>0 0 4900 4900</ofd:PhysicalBox></ofd:Area>')
    assert isinstance(facts(tmp_path, data), ScanFacts)
    with pytest.raises(ValueError):
        draw_fixed_page(tmp_path / "f", 0, 200, LIMITS)
    with pytest.raises(ValueError):
        draw_fixed_page(tmp_path / "f", 7, 20, LIMITS)


def test_a_composite_that_holds_itself_ends(tmp_path: Path) -> None:
    data = fixed.scanned_ofd([b"x"], composite=True)
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        files: dict[str, bytes | str] = {name: old.read(name) for name in old.namelist()}
    loop = '<ofd:CompositeObject ID="1" Boundary="0 0 1 1" ResourceID="700"/>' * 9
    resource = "Doc_0/DocumentRes.xml"
    files[resource] = files[resource].decode().replace("<ofd:ImageObject", loop + "<ofd:ImageObject")  # type: ignore[union-attr]
    assert isinstance(facts(tmp_path, fixed.zipped(files)), ScanFacts)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=60), st.integers(0, 2**32))
def test_no_content_raises(tmp_path: Path, noise: bytes, seed: int) -> None:
    data = fixed.stamped_ofd([(20, 40, 4, "申报")], b"\x89PNG\r\n\x1a\nIEND\xaeB`\x82")
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        files: dict[str, bytes | str] = {name: old.read(name) for name in old.namelist()}
    chance = random.Random(seed)
    name = chance.choice(sorted(files))
    content = bytearray(files[name] if isinstance(files[name], bytes) else files[name].encode())  # type: ignore[union-attr]
    at = chance.randrange(len(content) + 1)
    content[at : at + chance.randrange(30)] = noise
    files[name] = bytes(content)
    assert isinstance(facts(tmp_path, fixed.zipped(files)), ScanFacts | Unreadable | Blocked)
