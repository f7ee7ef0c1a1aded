"""What staff are told of a scan's pages and the words on its seals; it stands on the item's page and in `show`."""

from __future__ import annotations

from dataclasses import replace

from core.submission import FileRef, Item, RingText, ScanRead
from staff.scan_notes import scan_notes
from tests.support.facts import rules

SHA = "a" * 64
ITEM = Item(
    "case", "银龄数字课堂", "历下区社区教育学院", scans=(FileRef(1, 0, "合订.pdf", SHA),), reporting_unit="济南市教育局", seal="present"
)


def notes(*rings: RingText, pages: tuple[int, ...] = (), seal: str = "present") -> tuple[str, ...]:
    read = ScanRead(SHA, "present", pages=pages, rings=rings)
    return scan_notes(replace(ITEM, scan_reads=(read,), seal=seal), rules().register).get(SHA, ())  # type: ignore[arg-type]


def test_words_on_the_ring_are_told_with_what_they_have_to_do_with_the_unit() -> None:
    assert notes(RingText(2, "历下区社区教育学院")) == ("第3页印章文字（程序识读）：“历下区社区教育学院”，与本件的单位名称相符。",)
    assert "相近" in notes(RingText(0, "厉下区社区教育学院"))[0]
    assert notes(RingText(0, "东营市老年大学")) == ("第1页印章文字（程序识读）：“东营市老年大学”，似为另一单位的名称，请留意。",)
    assert "未能与单位名称对上" in notes(RingText(0, "教育学院"))[0]


def test_a_doubtful_seal_that_its_words_settled_says_so() -> None:
    ring = RingText(0, "历下区社区教育学院", doubtful=True)
    assert notes(ring)[0].endswith("与本件的单位名称相符；此章不够清晰，据此认作公章。")
    assert "认作" not in notes(ring, seal="uncertain")[0]


def test_the_pages_of_a_form_in_a_file_of_several_are_told() -> None:
    assert notes(pages=(2, 3)) == ("此文件含多份申报表，本件为第3至4页。",)
    assert notes(pages=(2,)) == ("此文件含多份申报表，本件为第3页。",)
    assert notes() == ()
