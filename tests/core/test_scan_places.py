"""Which scan belongs to which form, by what could be read of its pages; and that nobody is blamed where it could not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.facts import PageFacts, Part, ScanFacts
from tests.support.facts import FIRST_BATCH, codes, form, judged, mail, recorded, scan, word

ONE, TWO = "银龄智能手机课堂（一）", "银龄智能手机课堂（二）"


def several(name: str, *titles: str, pages: int = 4, seal: str = "present") -> Part:
    """A PDF in which these forms were read."""
    forms = tuple(form(title=title) for title in titles)
    scanned = ScanFacts((PageFacts(text="读出的文字", image=True),) * pages, seal, forms[0], forms, pages, text_sought=True)  # type: ignore[arg-type]
    return replace(scan(name), scan=scanned)


def photo(name: str, title: str | None = None, *, seal: str = "absent") -> Part:
    part = scan(name, seal=seal, pages=1, facts=form(title=title) if title else None)
    assert part.scan is not None
    return replace(part, scan=replace(part.scan, text_sought=True, pages=(PageFacts(text="读出的文字", image=True),)))


def test_two_near_duplicates_each_get_their_own_scan_whatever_the_files_are_called() -> None:
    decision = judged(
        mail(
            "济南市教育局+智慧助老", word("历下+典型案例1.docx", form(title=ONE)), word("历下+典型案例2.docx", form(title=TWO)),
            scan("扫描0001.pdf", facts=form(title=TWO)), scan("扫描0002.pdf", facts=form(title=ONE)),
        )
    )
    scans = {item.title: [ref.name for ref in item.scans] for item in decision.items}
    assert scans == {ONE: ["扫描0002.pdf"], TWO: ["扫描0001.pdf"]}
    assert {item.scan_matches_word for item in decision.items} == {"yes"}
    assert "scan.mismatch" not in codes(decision)


def test_names_in_wrong_order_yield_to_what_the_pages_say() -> None:
    decision = judged(
        mail(
            "济南市教育局+智慧助老", word("案例一.docx", form(title=ONE)), word("案例二.docx", form(title=TWO)),
            scan("案例一.pdf", facts=form(title=TWO)), scan("案例二.pdf", facts=form(title=ONE)),
        )
    )
    assert {item.title: item.scan_matches_word for item in decision.items} == {ONE: "yes", TWO: "yes"}


def test_the_near_duplicates_scan_alone_is_a_mismatch_for_a_person_and_no_fault() -> None:
    decision = judged(mail("济南市教育局+智慧助老", word("a.docx", form(title=ONE)), scan("a.pdf", facts=form(title=TWO))))
    assert codes(decision, "review") == ["scan.mismatch"]
    assert codes(decision, "error") == []
    (told,) = [finding.text for finding in decision.findings if finding.code == "scan.mismatch"]
    assert ONE in told
    assert TWO in told


@pytest.mark.parametrize("order", [(ONE, TWO), (TWO, ONE)])
def test_one_file_with_both_forms_serves_both(order: tuple[str, str]) -> None:
    decision = judged(
        mail("济南市教育局+智慧助老", word("a.docx", form(title=ONE)), word("b.docx", form(title=TWO)), several("扫描件.pdf", *order))
    )
    assert [len(item.scans) for item in decision.items] == [1, 1]
    assert {item.scan_matches_word for item in decision.items} == {"yes"}
    assert codes(decision, "error") == codes(decision, "review") == []


@pytest.mark.parametrize("titles", [(ONE,), (ONE, "孝德云课堂")])
def test_a_form_that_could_not_be_read_inside_a_file_of_several_is_not_missing(titles: tuple[str, ...]) -> None:
    words = [word(f"表{n}.docx", form(title=title)) for n, title in enumerate((ONE, TWO, "孝德云课堂")[: len(titles) + 1])]
    decision = judged(mail("济南市教育局+智慧助老", *words, several("全部扫描件.pdf", *titles, pages=6)))
    assert codes(decision, "error") == []
    assert "submission.unclear" in codes(decision, "review")


def test_a_scan_named_after_one_form_leaves_the_other_without() -> None:
    decision = judged(
        mail("济南市教育局+智慧助老", word("孝德.docx", form(title="孝德云课堂")), word("银龄.docx", form(title=ONE)), scan("银龄.pdf", facts=form(title=ONE)))
    )
    assert codes(decision, "error") == ["scan.missing"]


def test_photos_of_one_form_stay_together_though_only_the_first_page_can_be_read_as_one() -> None:
    decision = judged(
        mail(
            "济南市教育局+智慧助老", word("案例.docx", form(title=ONE)), photo("IMG_1.jpg", ONE), photo("IMG_2.jpg"),
            photo("IMG_3.jpg", seal="present"),
        )
    )
    (item,) = decision.items
    assert [ref.name for ref in item.scans] == ["IMG_1.jpg", "IMG_2.jpg", "IMG_3.jpg"]
    assert item.seal == "present"
    assert codes(decision, "error") == codes(decision, "review") == []


def test_photos_without_a_seal_of_which_some_may_be_no_pages_are_a_doubt() -> None:
    decision = judged(
        mail("济南市教育局+智慧助老", word("案例.docx", form(title=ONE)), photo("IMG_1.jpg", ONE), photo("IMG_2.jpg"))
    )
    assert codes(decision, "error") == []
    assert codes(decision, "review") == ["scan.seal_uncertain"]


def test_photos_behind_a_sealed_page_are_no_pages_of_it() -> None:
    decision = judged(
        mail("济南市教育局+智慧助老", word("案例.docx", form(title=ONE)), photo("IMG_1.jpg", ONE, seal="present"), photo("IMG_2.jpg"))
    )
    assert [ref.name for ref in decision.items[0].scans] == ["IMG_1.jpg"]


def test_a_scan_alone_gives_the_letter_its_names() -> None:
    decision = judged(mail("济南市教育局+智慧助老", scan("扫描件.pdf", facts=form(title=ONE))))
    assert [(item.title, item.applicant_unit, item.word) for item in decision.items] == [(ONE, "历下区社区教育学院", None)]
    (told,) = [finding.text for finding in decision.findings if finding.code == "form.missing"]
    assert ONE in told
    assert "历下区社区教育学院+典型案例.docx" in told
    assert codes(decision, "error") == ["form.missing"]


def test_what_a_scan_leaves_empty_is_never_asked_for() -> None:
    """A field that OCR did not see is no empty field."""
    facts = replace(form("course", title=ONE), applicant_unit=None, fields={"title": ONE, "leader": "", "consent": None})
    decision = judged(mail("济南市教育局+智慧助老", scan("扫描件.pdf", facts=facts)))
    assert set(codes(decision, "error")) <= {"form.missing", "course.consent_missing"}
    assert "form.field_missing" not in codes(decision)


def test_a_table_whose_head_is_printed_again_on_the_next_page_is_one_form() -> None:
    """Seen in the demo: page 2 (续表) repeats title, unit and people; it became a second item without its Word form."""
    first = judged(mail("济南市教育局+智慧助老", word("a.docx", form(title=ONE)), message_id="<1@jinan.test>"), id=1)
    known = tuple(recorded(item, number, 1) for number, item in enumerate(first.items, 1))
    for again in (ONE, ONE.replace("银", "根"), ONE[:-3]):
        later = judged(
            mail("济南市教育局+智慧助老", several("扫描件.pdf", ONE, again, pages=2), message_id="<2@jinan.test>"), id=2, received=FIRST_BATCH,
            known=known,
        )
        assert codes(later, "error") == []
        assert [(item.id, item.scan_matches_word) for item in later.items] == [(1, "yes")]


def test_word_forms_that_follow_find_their_scans_though_a_title_was_misread() -> None:
    first = judged(
        mail("济南市教育局+智慧助老", several("扫描件.pdf", ONE.replace("银", "根"), TWO), message_id="<1@jinan.test>"), id=1
    )
    known = [recorded(item, number, 1) for number, item in enumerate(first.items, 1)]
    later = judged(
        mail("济南市教育局+智慧助老", word("a.docx", form(title=TWO)), word("b.docx", form(title=ONE)), message_id="<2@jinan.test>"),
        id=2, received=FIRST_BATCH, known=known,
    )
    assert codes(later, "error") == []
    assert {item.title: item.id for item in later.items} == {ONE: 1, TWO: 2}


def test_a_course_known_by_its_scan_only_is_asked_for_its_word_form_and_nothing_else() -> None:
    for consent in (True, False, None):
        facts = form("course", title=ONE, consent=consent)
        decision = judged(mail("济南市教育局+智慧助老", scan("扫描件.pdf", facts=facts)))
        assert codes(decision, "error") == ["form.missing"]


def test_a_scan_in_which_nothing_could_be_read_is_no_empty_form() -> None:
    facts = replace(form(title=ONE), title=None, applicant_unit=None, fields={"title": ""}, blank=True)
    decision = judged(mail("济南市教育局+智慧助老", scan("历下区+典型案例.pdf", facts=facts)))
    assert codes(decision, "error") == ["form.missing"]


@pytest.mark.parametrize("ticked", [True, False])
def test_what_a_tick_on_paper_alone_would_ask_for_is_for_a_person(ticked: bool) -> None:
    typed, paper = form("course", title=ONE, consent=None), form("course", title=ONE, consent=ticked)
    decision = judged(mail("济南市教育局+智慧助老", word("a.docx", typed), scan("a.pdf", facts=paper)))
    assert codes(decision, "error") == []
    assert codes(decision, "review") == ["submission.unclear"]
    said = judged(mail("济南市教育局+智慧助老", word("a.docx", replace(typed, fields={**typed.fields, "consent": ticked})), scan("a.pdf", facts=paper)))
    assert codes(said, "error") == ["course.video_missing" if ticked else "course.address_missing"]
