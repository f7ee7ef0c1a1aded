"""Word packages of every make: odd relations, other namespaces, links, pictures, bombs, bytes that are none at all."""

from __future__ import annotations

import io
import re
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from baosong.config import load_campaign
from core.facts import Blocked, Unreadable
from core.ports import ReadLimits
from parsers.word import WordFacts, read_word
from tests.support import docx_pieces as x
from tests.support.form_builder import CASE, LAYOUTS, build

CAMPAIGN = load_campaign("zhihui-zhulao")
LIMITS = ReadLimits()


@pytest.fixture
def read(tmp_path: Path):
    def run(data: bytes, limits: ReadLimits = LIMITS, name: str = "f.docx") -> WordFacts:
        path = tmp_path / name
        path.write_bytes(data)
        return read_word(path, CAMPAIGN, limits, name=name)

    return run


def rewritten(data: bytes, change) -> bytes:
    """The package with each member passed through `change(name, bytes)`; None drops it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def image(wide: int, high: int, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (wide, high), (240, 240, 235)).save(buffer, kind)
    return buffer.getvalue()


STRICT = (
    (b"http://schemas.openxmlformats.org/wordprocessingml/2006/main", b"http://purl.oclc.org/ooxml/wordprocessingml/main"),
    (b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"),
)


def test_strict_form(read) -> None:
    def strict(name: str, data: bytes) -> bytes:
        for old, new in STRICT:
            data = data.replace(old, new)
        return data

    facts = read(rewritten(build("case", "controls", CASE), strict))
    assert facts.form is not None
    assert {key: facts.form.fields[key] for key in CASE} == CASE


@pytest.mark.parametrize(
    "main",
    [
        "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
        "application/xml",
    ],
)
def test_other_content_types_of_the_main_part(read, main: str) -> None:
    data = rewritten(build("case", "wps", CASE), lambda name, data: data.replace(x.MAIN.encode(), main.encode()))
    form = read(data).form
    assert form is not None
    assert form.title == CASE["title"]


def test_relation_that_points_nowhere(read) -> None:
    body = x.p("链接见 ", x.link("rId5", "百度网盘"))
    data = x.package(body, links={"rId5": "https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv?pwd=x1y2"}, broken_relation=True)
    facts = read(data)
    assert facts.problem is None
    assert facts.text.strip() == "链接见 百度网盘"
    assert [(link.url[-4:], link.code) for link in facts.links] == [("StUv", "x1y2")]


def test_missing_content_types_and_relations(read) -> None:
    whole = build("case", "wps", CASE)
    for missing in ("[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels"):
        form = read(rewritten(whole, lambda name, data, gone=missing: None if name == gone else data)).form
        assert form is not None, missing
        assert form.title == CASE["title"]
    assert isinstance(read(rewritten(whole, lambda name, data: None if name == "word/document.xml" else data)).problem, Unreadable)


def test_backslashes_and_capitals_in_member_names(read) -> None:
    whole = build("case", "wps", CASE)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("word/document", "Word/Document"), old.read(name))
    form = read(out.getvalue()).form
    assert form is not None


def test_broken_xml_is_read_as_far_as_it_goes(read) -> None:
    data = rewritten(build("case", "wps", CASE), lambda name, data: data.replace("张建国".encode(), b"\x00&bad;<") if name == "word/document.xml" else data)
    facts = read(data)
    assert facts.form is not None or facts.problem is not None


def test_word_2003_xml_and_flat_packages(read) -> None:
    with zipfile.ZipFile(io.BytesIO(build("case", "two_tables", CASE))) as package:
        document = package.read("word/document.xml").decode()
    inner = re.sub(r"^<\?xml[^>]*\?>", "", document)
    flat = (
        '<?xml version="1.0"?><?mso-application progid="Word.Document"?><pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">'
        f'<pkg:part pkg:name="/word/document.xml"><pkg:xmlData>{inner}</pkg:xmlData></pkg:part></pkg:package>'
    )
    form = read(flat.encode()).form
    assert form is not None
    assert {key: form.fields[key] for key in CASE} == CASE
    old = inner.replace("http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://schemas.microsoft.com/office/word/2003/wordml")
    old = old.replace("<w:document", "<w:wordDocument").replace("</w:document>", "</w:wordDocument>").replace("w:vMerge", "w:vmerge")
    form = read(f'<?xml version="1.0"?><?mso-application progid="Word.Document"?>{old}'.encode()).form
    assert form is not None
    assert form.fields["contact_phone"] == CASE["contact_phone"]


def test_links_shown_by_words_only(read) -> None:
    address = "https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv"
    body = x.p("课程视频：", x.field_link(address, "点此下载"), x.r(" 提取码：ab12"))
    facts = read(x.package(body), name="课程.docx")
    (link,) = facts.links
    assert (link.provider, link.code, link.found_in) == ("baidu", "ab12", "课程.docx")
    assert facts.text.strip() == "课程视频：点此下载 提取码：ab12"
    assert address not in facts.text


def test_link_inside_a_form_does_not_get_into_its_field(read) -> None:
    values = {**CASE, "title": "【链接】"}
    data = build("case", "two_tables", values)
    data = rewritten(
        data,
        lambda name, content: content.replace(
            x.r("【链接】").encode(), x.field_link("https://pan.baidu.com/s/1AbCdEfGhIjKlMnOpQrStUv", "银龄课堂").encode()
        )
        if name == "word/document.xml"
        else content,
    )
    facts = read(data)
    assert facts.form is not None
    assert facts.form.title == "银龄课堂"
    assert len(facts.links) == 1


def test_header_footnotes_and_moved_text(read) -> None:
    moved = '<w:moveFrom w:id="1"><w:r><w:t>旧处</w:t></w:r></w:moveFrom><w:moveTo w:id="2"><w:r><w:t>新处</w:t></w:r></w:moveTo>'
    facts = read(x.package(x.p(moved, "<w:smartTag><w:r><w:t>标签</w:t></w:r></w:smartTag>"), header=x.p("页眉字")))
    assert facts.text.split() == ["页眉字", "新处标签"]


def test_ruby_tabs_breaks_and_formulas(read) -> None:
    body = (
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>pin</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>拼</w:t></w:r></w:rubyBase></w:ruby></w:r>"
        "<w:r><w:tab/><w:t>后</w:t><w:noBreakHyphen/><w:br/><w:t>行</w:t></w:r></w:p>"
    )
    assert read(x.package(body)).text == "拼\t后-\n行"


def test_a_pasted_scan_is_kept_and_a_photo_is_not(read) -> None:
    files = {"rIdA": ("media/a.jpeg", image(1240, 1754)), "rIdB": ("media/b.jpeg", image(1600, 1200)), "rIdC": ("media/c.jpeg", image(300, 300))}
    body = x.p("盖章页如下") + x.p("文字" * 200) + x.p(x.picture("rIdA", 14.6, 20.6)) + x.p(x.picture("rIdB", 14.6, 10.9)) + x.p(x.picture("rIdC", 3, 3))
    facts = read(x.package(body, files=files))
    assert facts.pictures == (files["rIdA"][1],)
    old = read(x.package(x.p("文字" * 200) + x.p(x.vml_picture("rIdA", 415, 586)), files=files))
    assert old.pictures == (files["rIdA"][1],)


def test_a_document_of_pictures_only(read) -> None:
    files = {f"rId{n}": (f"media/{n}.jpeg", image(1700, 1250 + n)) for n in range(3)}
    facts = read(x.package("".join(x.p(x.picture(key, 14.6, 10.8)) for key in files), files=files))
    assert facts.pictures == tuple(data for _, data in files.values())
    small = {"rId1": ("media/logo.png", image(200, 80, "PNG"))}
    assert read(x.package(x.p(x.picture("rId1", 14, 5)), files=small)).pictures == ()


def test_picture_relation_without_a_file(read) -> None:
    data = x.package(x.p(x.picture("rId1", 14.6, 20.6), x.picture("rId99", 14.6, 20.6)), files={"rId1": ("media/a.jpeg", b"no picture")})
    facts = read(rewritten(data, lambda name, content: None if name.endswith("a.jpeg") else content))
    assert (facts.problem, facts.pictures) == (None, ())


def test_empty_and_cut_off_and_foreign_files(read) -> None:
    whole = build("case", "wps", CASE)
    for data in (b"", b"PK", b"PK\x03\x04" + bytes(100), b"not a zip", whole[: len(whole) // 2]):
        facts = read(data)
        assert facts.problem is not None
        assert facts.form is None
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as out:
        out.writestr("readme.txt", "hello")
    assert isinstance(read(plain.getvalue()).problem, Unreadable)


def test_bombs(read) -> None:
    def with_member(size: int, name: str) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
            out.writestr("word/document.xml", x.document(x.p("x")))
            with out.open(name, "w") as member:
                for _ in range(size // 2**20):
                    member.write(bytes(2**20))
        return buffer.getvalue()

    bomb = read(with_member(60 * 2**20, "word/media/a.bin"))
    assert isinstance(bomb.problem, Blocked)
    assert bomb.problem.reason == "bomb"
    xml = read(with_member(120 * 2**20, "word/big.xml"), ReadLimits(archive_ratio=10**9))
    assert xml.problem == Unreadable("limit", "too much XML")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as out:
        for number in range(6000):
            out.writestr(f"word/{number}", "")
    assert isinstance(read(buffer.getvalue()).problem, Blocked)


def test_entities_are_not_expanded(read) -> None:
    laugh = "".join(f'<!ENTITY l{n} "{"&l" + str(n - 1) + ";" if n else "lol"}{"&l" + str(n - 1) + ";" if n else ""}">' for n in range(30))
    body = f'<?xml version="1.0"?><!DOCTYPE d [{laugh}]><w:document {x.NAMESPACES}><w:body><w:p><w:r><w:t>&l29;</w:t></w:r></w:p></w:body></w:document>'
    start = time.process_time()
    facts = read(rewritten(x.package(x.p("x")), lambda name, data: body.encode() if name == "word/document.xml" else data))
    assert time.process_time() - start < 2
    assert "lol" not in facts.text


def test_nesting_and_size_stay_bounded(read) -> None:
    deep = x.p("底")
    for _ in range(60):
        deep = x.tbl(x.tr(x.tc(deep + x.p())))
    start = time.process_time()
    facts = read(x.package(deep))
    assert facts.problem is None or facts.problem.reason == "damaged"
    wide = x.tbl(*(x.tr(*(x.tc("负责人") for _ in range(20))) for _ in range(400)))
    facts = read(x.package(wide * 2))
    assert facts.problem is None
    long = read(x.package(x.p("长" * 300_000) + "".join(x.p("联系人：") for _ in range(5000))), ReadLimits(text_chars=1000))
    assert len(long.text) == 1000
    spans = x.tbl(x.tr('<w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p/></w:tc>' * 50))
    assert read(x.package(spans)).problem is None
    assert time.process_time() - start < 30


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=600))
def test_random_bytes_never_raise(read, data: bytes) -> None:
    assert read(data).form is None
    assert read(b"PK\x03\x04" + data).form is None


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(layout=st.sampled_from(sorted(LAYOUTS)), place=st.integers(0, 10**6), noise=st.binary(min_size=1, max_size=40))
def test_damage_inside_the_xml_never_raises(read, layout: str, place: int, noise: bytes) -> None:
    def damage(name: str, data: bytes) -> bytes:
        if name != "word/document.xml":
            return data
        at = place % len(data)
        return data[:at] + noise + data[at + len(noise) :]

    facts = read(rewritten(build("case", layout, CASE), damage))
    assert isinstance(facts, WordFacts)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.recursive(st.sampled_from(["联系人", "案例名称：甲", "", "√", "正文" * 30]), lambda inner: st.lists(st.lists(inner, min_size=1, max_size=4), min_size=1, max_size=4), max_leaves=25))
def test_any_shape_of_tables_never_raises(read, shape) -> None:
    def body(part) -> str:
        return x.p(part) if isinstance(part, str) else x.tbl(*(x.tr(*(x.tc(body(cell) + x.p()) for cell in row)) for row in part)) + x.p()

    assert read(x.package(body(shape))).problem is None
