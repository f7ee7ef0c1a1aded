"""Old Word files by whichever converter there is, converters that fail or hang, and web pages that call themselves Word."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baosong.config import load_campaign
from core.facts import FormFacts, Unreadable
from core.ports import ReadLimits
from parsers.kinds import sniff
from parsers.legacy import has_converter, read_legacy
from parsers.markup import read_docbook_blocks, read_html_blocks
from parsers.word import WordFacts
from tests.support.form_builder import CASE, COURSE, HEADINGS, OPINIONS, ROWS, SAMPLES, TRAINING

CAMPAIGN = load_campaign("zhihui-zhulao")
LIMITS = ReadLimits()
DATA = Path(__file__).resolve().parents[1] / "data" / "forms"
EXPECTED = {"course_type": "video", "consent": True}
NO_OFFICE = shutil.which("soffice") is None and shutil.which("libreoffice") is None
ANTIWORD = shutil.which("antiword")
TYPES = {".doc": "application/msword", ".odt": "application/vnd.oasis.opendocument.text", ".rtf": "application/rtf", ".wps": "application/wps-office.wps"}


def read(path: Path, media_type: str = "", **limits: int) -> WordFacts:
    return read_legacy(path, media_type or TYPES[path.suffix], CAMPAIGN, ReadLimits(**limits), name=path.name)


def check(form: FormFacts | None, category: str) -> None:
    assert form is not None
    assert form.category == category
    assert {key: form.fields[key] for key in SAMPLES[category]} == {key: EXPECTED.get(key, value) for key, value in SAMPLES[category].items()}


@pytest.mark.slow
@pytest.mark.skipif(NO_OFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize("name", ["case-word97.doc", "course-word97.doc", "training-word97.doc", "training.odt", "training.rtf"])
def test_by_libreoffice(name: str) -> None:
    facts = read(DATA / name)
    assert facts.problem is None
    check(facts.form, name.partition("-")[0].partition(".")[0])


@pytest.mark.slow
@pytest.mark.skipif(NO_OFFICE, reason="LibreOffice is not installed")
@pytest.mark.parametrize("name", ["a.ott", "a.fodt", "a.doc"])
def test_templates_and_flat_files_of_opendocument(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(DATA / "training.odt") as old:
        members = {member: old.read(member) for member in old.namelist()}
    path = tmp_path / name
    if name == "a.ott":
        members["mimetype"] += b"-template"
        with zipfile.ZipFile(path, "w") as new:
            for member, data in members.items():
                new.writestr(member, data.replace(b"opendocument.text\"", b"opendocument.text-template\"") if "manifest" in member else data)
    else:
        kind = b'<office:document office:mimetype="application/vnd.oasis.opendocument.text" '
        path.write_bytes(members["content.xml"].replace(b"<office:document-content ", kind).replace(b"</office:document-content>", b"</office:document>"))
    assert sniff(path, name) == TYPES[".odt"]
    check(read(path, TYPES[".odt"]).form, "training")


@pytest.mark.slow
@pytest.mark.skipif(NO_OFFICE, reason="LibreOffice is not installed")
def test_what_libreoffice_cannot_open_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "f.doc"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + os.urandom(3000))
    problem = read(path).problem
    assert isinstance(problem, Unreadable)
    assert problem.reason in ("damaged", "no_converter")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A PATH with nothing but the scripts given: name -> shell script."""

    def run(**scripts: str) -> Path:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name, script in scripts.items():
            if script == "real":
                (folder / name).symlink_to(str(ANTIWORD))
                continue
            (folder / name).write_text(f"#!/bin/sh\n{script}\n")
            (folder / name).chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return folder

    return run


@pytest.mark.skipif(ANTIWORD is None, reason="antiword is not installed")
@pytest.mark.parametrize("name", ["case-word97.doc", "course-word97.doc", "training-word97.doc"])
def test_by_antiword(programs, name: str) -> None:
    programs(antiword="real")
    assert has_converter() == "antiword"
    facts = read(DATA / name)
    check(facts.form, name.partition("-")[0])
    wps = read(DATA / name, "application/wps-office.wps")
    assert wps.form == facts.form


def test_no_converter_is_said(programs) -> None:
    programs()
    assert has_converter() is None
    for name in ("case-word97.doc", "training.odt", "training.rtf"):
        assert read(DATA / name).problem == Unreadable("no_converter")


def test_antiword_alone_does_not_read_other_formats(programs) -> None:
    programs(antiword="echo should not run; exit 1")
    for name in ("training.odt", "training.rtf"):
        assert read(DATA / name).problem == Unreadable("no_converter")


def test_success_without_output_is_a_failure(programs) -> None:
    programs(soffice="echo 'Error: source file could not be loaded' >&2; exit 0")
    problem = read(DATA / "training.odt").problem
    assert problem == Unreadable("no_converter", "Error: source file could not be loaded"), "the file itself is sound"
    programs(soffice="echo 'No space left on device' >&2; exit 77")
    assert read(DATA / "training.odt").problem == Unreadable("no_converter", "No space left on device")


@pytest.mark.parametrize("kept", [0.3, 0.6])
def test_a_cut_off_word_97_file_is_damaged(programs, tmp_path: Path, kept: float) -> None:
    programs(soffice="echo 'Error: source file could not be loaded' >&2; exit 0", antiword="exit 1")
    data = (DATA / "case-word97.doc").read_bytes()
    assert read(DATA / "case-word97.doc").problem == Unreadable("no_converter", "Error: source file could not be loaded")
    path = tmp_path / "f.doc"
    path.write_bytes(data[: int(len(data) * kept)])
    problem = read(path).problem
    assert isinstance(problem, Unreadable)
    assert problem.reason == "damaged"


def test_a_locked_opendocument(tmp_path: Path) -> None:
    path = tmp_path / "f.odt"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        package.writestr("content.xml", os.urandom(900))
        package.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry '
            'manifest:full-path="content.xml"><manifest:encryption-data manifest:checksum="x"/></manifest:file-entry></manifest:manifest>',
        )
    assert read(path).problem == Unreadable("password", "encrypted OpenDocument")


@pytest.mark.skipif(ANTIWORD is None, reason="antiword is not installed")
def test_antiword_steps_in_when_libreoffice_shows_no_form(programs, tmp_path: Path) -> None:
    """A table that LibreOffice dissolved: the document is there, the form in it is not."""
    with zipfile.ZipFile(tmp_path / "empty.docx", "w") as package:
        package.writestr("word/document.xml", '<w:document xmlns:w="x"><w:body><w:p><w:r><w:t>no form</w:t></w:r></w:p></w:body></w:document>')
    programs(
        soffice=f'while [ "$1" != --outdir ]; do shift; done; /bin/mkdir -p "$2"; /bin/cp {tmp_path}/empty.docx "$2/in.docx"', antiword="real"
    )
    check(read(DATA / "case-word97.doc").form, "case")
    odt = read(DATA / "training.odt")
    assert (odt.form, odt.text, odt.problem) == (None, "no form", None)


def test_a_converter_s_weakness_is_not_the_files_fault(programs) -> None:
    programs(antiword="echo 'the text stream of this file is too small to handle.' >&2; exit 1")
    problem = read(DATA / "case-word97.doc").problem
    assert isinstance(problem, Unreadable)
    assert problem.reason == "no_converter"


def test_a_locked_word_97_file(programs, tmp_path: Path) -> None:
    programs(antiword="exit 1")
    data = bytearray((DATA / "case-word97.doc").read_bytes())
    place = data.index(b"\xec\xa5")
    data[place + 11] |= 1
    path = tmp_path / "f.doc"
    path.write_bytes(bytes(data))
    assert read(path).problem == Unreadable("password", "encrypted Word 97 document")


@pytest.mark.skipif(ANTIWORD is None, reason="antiword is not installed")
def test_antiword_steps_in_when_libreoffice_fails(programs) -> None:
    programs(soffice="exit 0", antiword="real")
    check(read(DATA / "case-word97.doc").form, "case")


def test_a_hanging_converter_is_killed_with_its_children(programs, tmp_path: Path) -> None:
    mark = tmp_path / "child.pid"
    programs(soffice=f"/bin/sleep 60 & echo $! > {mark}; wait")
    start = time.monotonic()
    problem = read(DATA / "training.odt", seconds=3).problem
    assert problem == Unreadable("timeout", "LibreOffice")
    assert time.monotonic() - start < 30
    child = int(mark.read_text())
    for _ in range(50):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            break
        time.sleep(0.1)
    else:
        pytest.fail("the converter's child is still there")


def test_converters_get_a_profile_of_their_own_and_no_secrets(programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    monkeypatch.setenv("BAOSONG_SMTP_PASSWORD", "geheim")
    programs(soffice=f'echo "$@" > {seen}; echo "home=$HOME" >> {seen}; export >> {seen}')
    read(DATA / "training.odt")
    first = seen.read_text()
    read(DATA / "training.odt")
    second = seen.read_text()
    assert "geheim" not in first
    profiles = {part for text in (first, second) for part in text.split() if "UserInstallation" in part}
    assert len(profiles) == 2
    assert not Path(first.split("home=")[1].split("\n")[0]).exists()


def test_a_docx_that_bears_an_old_name(tmp_path: Path) -> None:
    path = tmp_path / "f.doc"
    shutil.copy(Path("core/data/forms/form-case.docx"), path)
    form = read(path).form
    assert form is not None
    assert form.blank


def web_page(category: str, values: dict[str, str]) -> str:
    rows = []
    for row in ROWS[category]:
        cells = []
        for key, label in row:
            value = values.get(key, "").replace("\n", "<br>\n")
            span = " colspan=3" if len(row) == 1 else ""
            cells.append(f"<td class=xl65><p class=MsoNormal><b>{label[:2]}<span>{label[2:]}</span></b></p></td><td{span}>{value}&nbsp;</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    rows += [f"<tr><td>{label}</td><td colspan=3>{text}</td></tr>" for label, text in OPINIONS]
    return (
        '<html xmlns:w="urn:schemas-microsoft-com:office:word"><head><meta charset="CHARSET"><style>td{}</style><title>x</title></head><body>'
        f"<p align=center>{HEADINGS[category]}</p><table border=1><tbody>{''.join(rows)}</tbody></table></body></html>"
    )


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "utf-16"])
@pytest.mark.parametrize("category", sorted(SAMPLES))
def test_a_web_page_named_doc(tmp_path: Path, category: str, charset: str) -> None:
    path = tmp_path / "f.doc"
    values = {key: value.replace("☑", "√") for key, value in SAMPLES[category].items()}
    path.write_bytes(web_page(category, values).replace("CHARSET", charset).encode("gb18030" if charset == "gb2312" else charset))
    check(read(path).form, category)


def test_a_single_file_web_page(tmp_path: Path) -> None:
    import base64

    body = base64.encodebytes(web_page("case", CASE).replace("CHARSET", "gb2312").encode("gb18030")).decode()
    path = tmp_path / "f.doc"
    path.write_text(
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html; charset=\"gb2312\"\r\n"
        f"Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n--b--\r\n"
    )
    check(read(path).form, "case")


def test_boxes_and_looks_in_html() -> None:
    blocks = read_html_blocks(
        "<body><p>甲<input type=checkbox checked>乙<input type=checkbox>丙<s>丁</s><a href='https://pan.baidu.com/s/1x'>戊</a></p><script>坏</script>"
        "<table><tr><td rowspan=2>左</td><td>上</td></tr><tr><td>下</td></tr></table><div style='display: none'>隐</div></body>"
    )
    assert blocks[0].text == "甲☑乙□丙戊"
    assert [(cell.row, cell.column, cell.rows, cell.text) for cell in blocks[1].cells] == [(0, 0, 2, "左"), (0, 1, 1, "上"), (1, 1, 1, "下")]
    assert len(blocks) == 2


def test_lines_of_html_source_are_not_lines_of_text() -> None:
    blocks = read_html_blocks("<p>智慧\n助老 and\n more&nbsp;x<br>第二行</p>")
    assert [block.text for block in blocks] == ["智慧助老 and more\xa0x", "第二行"]


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="<>/=\"'table tr td p div br s b u 负责人&;#x0", max_size=300))
def test_any_markup_never_raises(text: str) -> None:
    read_html_blocks(text)
    read_docbook_blocks(f"<book><chapter>{text}</chapter></book>".encode())


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_any_bytes_never_raise(programs, tmp_path: Path, data: bytes) -> None:
    programs()
    path = tmp_path / "f.doc"
    for head in (b"", b"<html>", b"{\\rtf1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04", b"MIME-Version: 1.0\r\n"):
        path.write_bytes(head + data)
        assert isinstance(read(path), WordFacts)


def test_samples_are_those_of_the_fixtures() -> None:
    assert {COURSE["title"], TRAINING["title"]} == {"微信使用入门", "玩转智能手机公益培训"}
