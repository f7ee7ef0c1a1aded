"""Mails with scans of ordinary quality (150 dpi) through the real engine as it is by default, with text and seals read: what is
found by reading the pages, and above all that nobody who sent the right papers is told otherwise.

The corpus runs without OCR, which takes seconds a page; its scans are small, these are made when the test runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from baosong.config import load_campaign, load_register
from core.campaign import SHANGHAI
from core.decide import Case, Rules, decide
from core.facts import Part
from core.ports import ReadLimits
from core.settings import ScanSettings
from intake.reading import IsolatedReader, ReadSetup
from parsers.part import read_part
from storage.blobs import FileBlobStore
from tests.support import corpus_papers as papers
from tests.support.corpus_papers import Paper
from tests.support.corpus_pdf import picture_pdf
from tests.support.corpus_run import CORPUS, differences, find_scenarios, run
from tests.support.corpus_world import COVER, mail
from tests.support.mail_builder import File
from tests.support.scan_builder import scan as flatbed

DPI = 150
ONE = Paper("case", "济南市历下区社区教育学院", "银龄智能手机课堂（一）")
TWO = Paper("case", "济南市历下区社区教育学院", "银龄智能手机课堂（二）")
COURSE = Paper("course", "济南市历下区社区教育学院", "微信使用入门")
LINK = "https://pan.baidu.com/s/1Qx7mYb2LkP0vR4cTn8dWeA 提取码：k7m2"


@dataclass(frozen=True)
class Mailed:
    """`expected` as beside a mail of the corpus; `matches`, `seals`: of the items in their order."""

    files: Callable[[], list[File]]
    expected: Mapping[str, Any]
    matches: tuple[str, ...] = ("yes",)
    seals: tuple[str, ...] = ("present",)
    text: str = COVER


def form(paper: Paper, name: str = "申报表.docx") -> File:
    return File(name, papers.word(paper))


def scan(paper: Paper, name: str = "扫描件.pdf") -> File:
    return File(name, papers.scan(paper, dpi=DPI, quality=55))


def pages(*pictures: np.ndarray) -> File:
    return File("扫描件.pdf", picture_pdf([papers.jpeg(picture, 55) for picture in pictures], "Canon iR-ADV C3530"))


def bare(paper: Paper) -> File:
    """The page without a seal as a colour scanner has it: tint and noise. A page of pure greys would be a copy, of which nobody can tell."""
    page = papers.page_image(paper, seal=False, dpi=200)
    return pages(flatbed(page, np.random.default_rng(5), paper=(0.99, 0.98, 0.95), scale=DPI / 200, quality=75))


def grey(paper: Paper) -> File:
    return pages(np.asarray(Image.fromarray(papers.page_image(paper, dpi=DPI)).convert("L").convert("RGB")))


def photos(paper: Paper) -> list[File]:
    return [File(f"IMG_{1040 + n}.jpg", papers.photo(paper, n, turned=turned, seal=n == 1, dpi=DPI)) for n, turned in enumerate((1, 3))]


RIGHT = {"verdict": "accepted", "errors": [], "reviews": []}
CASES = {
    "file names in the wrong order, titles that differ by a character": Mailed(
        lambda: [form(ONE, "一.docx"), form(TWO, "二.docx"), scan(TWO, "一.pdf"), scan(ONE, "二.pdf")],
        RIGHT | {"items": [{"category": "case", "title": ONE.title, "scan": ["二.pdf"]}, {"category": "case", "title": TWO.title, "scan": ["一.pdf"]}]},
        ("yes", "yes"), ("present", "present"),
    ),
    "the scan of another case": Mailed(
        lambda: [form(ONE), scan(TWO)], {"verdict": "review", "errors": [], "reviews": ["scan.mismatch"]}, ("no",),
    ),
    "one file with the scans of both": Mailed(
        lambda: [form(ONE, "一.docx"), form(TWO, "二.docx"), File("扫描件.pdf", papers.joint_scan([TWO, ONE], dpi=DPI))],
        RIGHT | {"items": [{"category": "case", "title": one.title, "scans": 1} for one in (ONE, TWO)]}, ("yes", "yes"), ("present", "present"),
    ),
    "two photographs, lying, the seal on the second": Mailed(
        lambda: [form(ONE), *photos(ONE)], RIGHT | {"items": [{"category": "case", "title": ONE.title, "scans": 2}]},
    ),
    "the scan alone": Mailed(
        lambda: [scan(ONE)], {"verdict": "correction", "errors": ["form.missing"], "reviews": [], "letter_has": [ONE.title, ONE.unit]}, ("unknown",),
    ),
    "no seal on any page": Mailed(
        lambda: [form(ONE), bare(ONE)], {"verdict": "correction", "errors": ["scan.no_seal"], "reviews": []}, seals=("absent",),
    ),
    "a grey copy": Mailed(
        lambda: [form(ONE), grey(ONE)], {"verdict": "review", "errors": [], "reviews": ["scan.seal_uncertain"]}, seals=("uncertain",),
    ),
    "consent ticked on paper only": Mailed(
        lambda: [form(COURSE.having(consent="")), scan(COURSE.having(consent="☑ 同意    □ 不同意"))],
        RIGHT | {"items": [{"category": "course", "title": COURSE.title, "fields": {"consent": True}}]}, text=f"{COVER}\n链接：{LINK}",
    ),
}  # fmt: skip


def test_scans_are_looked_at_unless_somebody_switches_it_off() -> None:
    assert ScanSettings() == ScanSettings(ocr=True, seals=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_scan_that_is_read(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    (tmp_path / "a.eml").write_bytes(mail("foxmail", "济南市教育局+智慧助老", *case.files(), text=case.text, who="济南市"))
    outcome = run([tmp_path / "a.eml"], tmp_path, ocr=True, seals=True)
    (record,) = outcome.records
    assert differences(case.expected, record, outcome.letter(record)) == []
    assert tuple(item["scan_matches_word"] for item in record["items"]) == case.matches
    assert tuple(item["seal"] for item in record["items"]) == case.seals


READ: dict[str, dict[str, Any]] = {
    "214-one-photo-a-page-rotated": {}, "215-one-pdf-for-two-forms": {}, "239-list-and-official-letter-beside": {}, "242-near-duplicate-titles": {},
    # The file's name speaks against its form, its pages for it.
    "253-wrong-category-on-the-scans-name": {"verdict": "accepted", "reviews": [], "items": [], "answers": [["receipt", "sent"]]},
    "502-scan-then-word-ten-minutes-later": {}, "033-quoted-printable-took-bytes-for-line-ends": {"reviews": ["scan.seal_uncertain", "scan.unreadable"]},
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", READ)
def test_mails_of_the_corpus_whose_scans_are_read(name: str, tmp_path: Path) -> None:
    """Small, coarse scans: what cannot be read must not make anything worse."""
    scenario = next(scenario for scenario in find_scenarios(CORPUS) if scenario.name == name)
    outcome = run(scenario.mails, tmp_path, ocr=True, seals=True)
    for expected, record in zip(scenario.expected, outcome.records, strict=True):
        wanted = {key: value for key, value in {**expected, **READ[name]}.items() if value != [] or key in ("errors", "reviews")}
        assert differences(wanted, record, outcome.letter(record)) == []


@pytest.mark.slow
def test_without_the_memory_that_reading_takes_the_seal_is_found_and_the_rest_is_for_a_person(tmp_path: Path) -> None:
    campaign, store = load_campaign("zhihui-zhulao"), FileBlobStore(tmp_path)
    blob = store.put([mail("foxmail", "济南市教育局+智慧助老", form(ONE), scan(ONE), who="济南市")])
    limits = ReadLimits(seconds=600, memory=500 * 2**20)  # the engine takes some 700 MB
    reader = IsolatedReader(ReadSetup(campaign, limits, tmp_path, ocr=True, seals=True), 1)
    try:
        facts = reader.submit(blob.sha256).result(timeout=600)
    finally:
        reader.close()
    scanned = facts.parts[1].scan
    assert scanned is not None
    assert (scanned.seal, scanned.text_sought) == ("present", True)
    decision = decide(Case(0, facts, datetime(2021, 11, 8, tzinfo=SHANGHAI)), Rules(campaign, load_register(campaign)))
    assert [(found.severity.value, found.code) for found in decision.findings if found.severity.value != "note"] == [("review", "scan.unreadable")]


def test_a_page_that_runs_out_of_memory_while_it_is_read_keeps_its_seal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen with `limits.memory` of 500 MB: the whole scan was told as unread, its seal with it."""

    def exhausted(*_: object) -> object:
        raise MemoryError

    monkeypatch.setattr("parsers.scan._read_texts", exhausted)
    monkeypatch.setattr("parsers.scan.read_seal_text", exhausted)
    path = tmp_path / "a.jpg"
    path.write_bytes(papers.photo(ONE, dpi=DPI))
    part = Part("a.jpg", ("a.jpg",), 1, "0" * 64, "image/jpeg")
    read = read_part(path, part, load_campaign("zhihui-zhulao"), ReadLimits(), ocr=True, seals=True)
    assert read.problem is None
    assert read.scan is not None
    assert (read.scan.seal, read.scan.text_sought) == ("present", True)
