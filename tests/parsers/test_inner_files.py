"""Files inside documents are parts of the mail, with their path: the scan inserted into Word as an object, a PDF portfolio."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from baosong.config import load_campaign, load_register
from core.decide import Rules
from core.facts import INSIDE, MessageFacts, Part, Unreadable
from core.ports import ReadLimits
from intake.inspecting import Inspection, inspect_file
from parsers import attachments, inner_files
from parsers.kinds import DOCX
from tests.live.daemon_mails import pair
from tests.support import docx_pieces as x
from tests.support.mail_builder import File, compose
from tests.support.mail_reading import Reading
from tests.support.office_objects import acrobat, native, packaged, pdf_with_files, with_members
from tests.support.outlook_builder import ole_file

WORD, SCAN = pair("济南市教育局")
PDF = SCAN.data
UNSEEN = Unreadable("limit", INSIDE)


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def facts_of(read: Reading, name: str, data: bytes, limits: ReadLimits | None = None) -> MessageFacts:
    return read(compose("foxmail", subject="济南市教育局+智慧助老", text="附件", files=[File(name, data)]), limits)


def names(parts: tuple[Part, ...]) -> list[tuple[str, ...]]:
    return [part.path for part in parts]


def embedded(**members: bytes) -> bytes:
    return with_members(WORD.data, {f"word/embeddings/{name.replace('_', '.')}": data for name, data in members.items()})


def test_a_scan_inserted_as_a_package(read: Reading) -> None:
    parts = facts_of(read, "申报表.docx", embedded(oleObject1_bin=packaged("盖章扫描件.pdf", PDF))).parts
    assert names(parts) == [("申报表.docx",), ("申报表.docx", "盖章扫描件.pdf")]
    assert not parts[0].container, "the document itself is read as ever"
    assert parts[1].media_type == "application/pdf"
    assert read.data(parts[1]) == PDF


def test_a_scan_inserted_by_acrobat_and_one_beside_it(read: Reading) -> None:
    parts = facts_of(read, "a.docx", embedded(oleObject1_bin=acrobat(PDF), scan_pdf=PDF, Document_docx=WORD.data)).parts
    assert [part.media_type for part in parts] == [DOCX, "application/pdf", "application/pdf", DOCX]
    assert [read.data(part) for part in parts[1:]] == [PDF, PDF, WORD.data]
    assert all(part.name for part in parts)


def test_what_programs_keep_for_themselves_is_left_out(read: Reading) -> None:
    parts = facts_of(
        read, "a.docx",
        embedded(
            Sheet1_xlsx=with_members(WORD.data, {}), oleObject1_bin=ole_file({("Equation Native",): bytes(100)}),
            oleObject2_bin=packaged("表.xls", b"x" * 50), oleObject3_bin=ole_file({("CONTENTS",): b"settings of a control" * 9}),
            oleObject4_bin=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken",
        ),
    ).parts  # fmt: skip
    assert names(parts) == [("a.docx",)]


def test_a_package_in_an_old_document(read: Reading) -> None:
    old = ole_file({("WordDocument",): bytes(5000), ("ObjectPool", "_1234", "\x01Ole10Native"): native("扫描件.pdf", PDF), ("ObjectPool", "_1235", "CONTENTS"): PDF})
    parts = facts_of(read, "申报表.doc", old).parts
    assert [part.media_type for part in parts] == ["application/msword", "application/pdf", "application/pdf"]
    assert parts[1].path == ("申报表.doc", "扫描件.pdf")


def test_a_portfolio(read: Reading) -> None:
    parts = facts_of(read, "材料.pdf", pdf_with_files([("典型案例.docx", WORD.data), ("扫描件.pdf", PDF)])).parts
    assert names(parts) == [("材料.pdf",), ("材料.pdf", "典型案例.docx"), ("材料.pdf", "扫描件.pdf")]
    assert [read.data(part) for part in parts[1:]] == [WORD.data, PDF]


def test_few_pdfs_are_opened_for_it(read: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(inner_files, "attached_files", never)
    assert len(facts_of(read, "a.pdf", PDF).parts) == 1


def test_a_program_inside_a_document_is_blocked(read: Reading) -> None:
    parts = facts_of(read, "a.docx", embedded(oleObject1_bin=packaged("工具.exe", b"MZ\x90\0" + bytes(300)))).parts
    assert parts[0].problem is None
    assert parts[1].problem is not None
    assert parts[1].problem.reason == "executable"


def test_documents_in_documents_end(read: Reading) -> None:
    data = WORD.data
    for _ in range(9):
        data = with_members(WORD.data, {"word/embeddings/inner.docx": data})
    assert len(facts_of(read, "a.docx", data).parts) == ReadLimits().depth + 1


def test_too_much_inside_costs_what_is_inside(read: Reading) -> None:
    limits = replace(ReadLimits(), archive_bytes=len(PDF) + 10)
    facts = facts_of(read, "a.docx", embedded(one_pdf=PDF, two_pdf=PDF + b"\n"), limits)
    assert [(part.path[0], part.problem) for part in facts.parts] == [("a.docx", None), ("a.docx", UNSEEN)]
    assert facts.parts[1].sha256 == facts.parts[0].sha256, "a person finds it in the document"
    assert not facts.lost, "the mail itself is whole"


def big(data: bytes) -> bytes:
    return data + bytes(3000)


@pytest.mark.parametrize(
    ("name", "document", "told"),
    [
        ("a.docx", embedded(scan_pdf=big(PDF)), "scan.pdf"),
        ("a.docx", embedded(oleObject1_bin=packaged("扫描件.pdf", big(PDF))), "文档内的对象"),
        ("a.docx", embedded(oleObject1_bin=acrobat(big(PDF))), "文档内的对象"),
        ("a.docx", embedded(oleObject1_bin=ole_file({("\x01Ole10Native",): native("扫描件.pdf", PDF)[:-9]})), "扫描件.pdf"),
        ("a.docx", embedded(oleObject1_bin=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(30_000)), "文档内的对象"),
        ("a.pdf", pdf_with_files([("盖章扫描件.pdf", big(PDF))]), "盖章扫描件.pdf"),
    ],
)
def test_one_that_cannot_be_taken_out_is_told(read: Reading, monkeypatch: pytest.MonkeyPatch, name: str, document: bytes, told: str) -> None:
    monkeypatch.setattr(inner_files, "MOST_BYTES", len(PDF) + 2000)
    parts = facts_of(read, name, document).parts
    assert [(part.path, part.problem) for part in parts] == [((name,), None), ((name, told), UNSEEN)]


def test_more_than_are_taken_out_are_told_once(read: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inner_files, "MOST_FILES", 2)
    for name, document in (("a.docx", embedded(a_pdf=PDF, b_pdf=PDF, c_pdf=PDF, d_pdf=PDF)), ("a.pdf", pdf_with_files([("1.pdf", PDF)] * 4))):
        assert [part.problem for part in facts_of(read, name, document).parts] == [None, None, None, UNSEEN]


def test_a_document_that_unpacks_to_any_size_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: 6 MB of objects without files, 3,000 of 2 MB each, were unpacked one by one for a minute."""
    document = tmp_path / "a.docx"
    document.write_bytes(embedded(a_bin=b"z" * 200, b_bin=b"z" * 200, c_bin=b"z" * 200, scan_pdf=PDF))
    seen: list[str] = []
    unpack = zipfile.ZipFile.read

    def spy(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
        seen.append(entry.filename)
        return unpack(package, entry)

    monkeypatch.setattr(zipfile.ZipFile, "read", spy)
    monkeypatch.setattr(inner_files, "MOST_TOGETHER", 500)
    assert list(inner_files.inner_files(document, DOCX)) == [("", None)]
    assert seen == ["word/embeddings/a.bin", "word/embeddings/b.bin"]


def test_want_of_memory_ends_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: it was taken for a damaged object, MemoryError being an Exception."""

    def fail(*_: object) -> bytes:
        raise MemoryError

    document = tmp_path / "a.docx"
    document.write_bytes(embedded(scan_pdf=PDF))
    monkeypatch.setattr(zipfile.ZipFile, "read", fail)
    with pytest.raises(MemoryError):
        list(inner_files.inner_files(document, DOCX))


def test_closed_documents_are_not_looked_into(read: Reading) -> None:
    """As when a process was killed while it looked."""
    path = read.folder / "a.docx"
    path.write_bytes(embedded(one_pdf=PDF))
    reader = attachments.PartReader(read.blobs, ReadLimits(), lambda *_: MessageFacts(None), closed=True)  # type: ignore[arg-type]
    reader.add([path.read_bytes()], ("a.docx",))
    assert len(reader.parts) == 1


def test_inspect_shows_them(tmp_path: Path) -> None:
    campaign = load_campaign("zhihui-zhulao")
    path = tmp_path / "a.docx"
    path.write_bytes(embedded(oleObject1_bin=packaged("盖章扫描件.pdf", PDF)))
    entry = inspect_file(path, Inspection(Rules(campaign, load_register(campaign)), ReadLimits()))
    assert entry["form"]["category"] == "case"
    assert [inner["path"] for inner in entry["attachments"]] == [["a.docx", "盖章扫描件.pdf"]]
    assert entry["attachments"][0]["scan"]["is_scan"]


def test_a_bare_document_has_none(tmp_path: Path) -> None:
    for number, data in enumerate((x.package(x.p("x")), b"PK\x03\x04 broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"")):
        path = tmp_path / str(number)
        path.write_bytes(data)
        assert list(inner_files.inner_files(path, DOCX)) == []


def test_a_damaged_member_costs_itself_only(read: Reading) -> None:
    document = with_members(WORD.data, {"word/embeddings/a.pdf": b"%PDF-1.4 broken", "word/embeddings/b.pdf": PDF})
    with zipfile.ZipFile(io.BytesIO(document)) as package:
        at = package.getinfo("word/embeddings/a.pdf").header_offset
    place = at + 30 + len("word/embeddings/a.pdf")
    broken = document[:place] + bytes([document[place] ^ 0xFF]) + document[place + 1 :]
    parts = facts_of(read, "a.docx", broken).parts
    assert [(part.path[-1], part.problem) for part in parts] == [("a.docx", None), ("a.pdf", UNSEEN), ("b.pdf", None)]
