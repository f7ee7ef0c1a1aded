"""Mails with several forms in one PDF, and with photographs of several forms: read by seal search and OCR, then decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.decide import Case, Decision, decide
from core.ports import ReadLimits
from intake.reading import DirectReader, ReadSetup
from storage.blobs import FileBlobStore
from tests.support.corpus_papers import Paper, jpeg, letter_image
from tests.support.corpus_world import form_file, mail
from tests.support.facts import FIRST_BATCH, rules
from tests.support.form_pages import form_pages, pdf_of
from tests.support.mail_builder import File

ONE = Paper("case", "泰安市岱岳区社区学院", "泰山脚下的数字课")
TWO = Paper("case", "泰安市新泰市社区学院", "莲花山老年智学")
SUBJECT = "泰安市教育局+智慧助老"


def outcome(folder: Path, *scans: File, ocr: bool = True) -> tuple[Decision, dict[str | None, str | None], list[str]]:
    """The decision about a mail with both Word forms and these scans; seals by title; codes about scans."""
    raw = mail("foxmail", SUBJECT, form_file(ONE), form_file(TWO), *scans, who="泰安市")
    sha256 = FileBlobStore(folder).put([raw]).sha256
    reader = DirectReader(ReadSetup(rules().campaign, ReadLimits(seconds=600), folder, ocr, seals=True))
    decision = decide(Case(1, reader.submit(sha256).result(), FIRST_BATCH), rules())
    told = [f"{found.code}:{found.item}" for found in decision.findings if found.code.startswith(("scan.", "submission."))]
    return decision, {item.title: item.seal for item in decision.items}, told


def joint(*pages: object) -> File:
    return File("盖章扫描件（合订）.pdf", pdf_of(pages))  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [1, 2])
def test_of_two_forms_in_one_pdf_only_the_sealed_one_has_a_seal(tmp_path: Path, count: int) -> None:
    pages = [*form_pages(ONE, seal=True, count=count), *form_pages(TWO, seal=False, count=count)]
    decision, seals, told = outcome(tmp_path, joint(*pages))
    assert seals == {ONE.title: "present", TWO.title: "absent"}
    assert told == ["scan.no_seal:1"]
    reads = [read for item in decision.items for read in item.scan_reads]
    assert [read.pages for read in reads] == [tuple(range(count)), tuple(range(count, 2 * count))]
    (ring,) = reads[0].rings
    assert len(set(ring.text) & set(ONE.unit)) >= 0.7 * len(set(ONE.unit))
    assert reads[1].rings == ()


def test_two_sealed_forms_in_one_pdf_are_right(tmp_path: Path) -> None:
    _, seals, told = outcome(tmp_path, joint(*form_pages(TWO, seal=True), *form_pages(ONE, seal=True)))
    assert set(seals.values()) == {"present"}
    assert told == []


def test_pages_in_another_order_blame_nobody(tmp_path: Path) -> None:
    """First pages, then last pages: the seal of form one lies behind form two's first page."""
    one, two = form_pages(ONE, seal=True), form_pages(TWO, seal=False)
    _, seals, told = outcome(tmp_path, joint(one[0], two[0], one[1], two[1]))
    assert "scan.no_seal:0" not in told
    assert seals[ONE.title] == "uncertain"


def test_pages_taken_in_back_to_front_blame_nobody(tmp_path: Path) -> None:
    """The first page is form two's last, with its seal; what follows form two's first page is form one's opinion, bare."""
    one, two = form_pages(ONE, seal=False), form_pages(TWO, seal=True)
    _, seals, told = outcome(tmp_path, joint(two[1], two[0], one[1], one[0]))
    assert set(seals.values()) == {"uncertain"}
    assert not any(code.startswith("scan.no_seal") for code in told)


def test_a_sealed_letter_before_the_forms_is_no_forms_seal(tmp_path: Path) -> None:
    letter = letter_image("泰安市教育局", "关于报送“智慧助老”推介材料的函", "现将我市推荐的两个典型案例报上，请审阅。", dpi=150)
    pages = [letter, *form_pages(ONE, seal=True, count=1), *form_pages(TWO, seal=False, count=1)]
    _, seals, told = outcome(tmp_path, joint(*pages))
    assert seals == {ONE.title: "present", TWO.title: "uncertain"}
    assert told == ["scan.seal_uncertain:1"]


@pytest.mark.parametrize("sealed", [1, 2])
def test_without_ocr_a_pdf_for_two_forms_is_right_only_with_two_seals(tmp_path: Path, sealed: int) -> None:
    pages = [*form_pages(ONE, seal=True), *form_pages(TWO, seal=sealed == 2)]
    _, seals, told = outcome(tmp_path, joint(*pages), ocr=False)
    assert set(seals.values()) == ({"present"} if sealed == 2 else {"uncertain"})
    assert told == ([] if sealed == 2 else ["scan.seal_uncertain:0", "scan.seal_uncertain:1"])


def test_photographs_of_two_forms_go_each_to_its_own(tmp_path: Path) -> None:
    pages = [*form_pages(ONE, seal=True), *form_pages(TWO, seal=False)]
    files = [File(f"IMG_20211105_09{n}.jpg", jpeg(page, 80)) for n, page in enumerate(pages)]
    decision, seals, told = outcome(tmp_path, *files)
    assert seals[ONE.title] == "present" != seals[TWO.title]
    assert told == ["scan.seal_uncertain:1"]
    assert [[ref.name for ref in item.scans] for item in decision.items] == [[f.name for f in files[:2]], [f.name for f in files[2:]]]


def test_photographs_of_two_forms_of_a_page_each_are_certain(tmp_path: Path) -> None:
    pages = [*form_pages(TWO, seal=True, count=1), *form_pages(ONE, seal=False, count=1)]
    files = [File(f"IMG_20211105_09{n}.jpg", jpeg(page, 80)) for n, page in enumerate(pages)]
    _, seals, told = outcome(tmp_path, *files)
    assert seals == {ONE.title: "absent", TWO.title: "present"}
    assert told == ["scan.no_seal:0"]
