"""Each form is judged by its own pages: one file with several forms, photographs of several forms, and what nobody can tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.facts import PageFacts, Part, ScanFacts, Seal, SealFacts
from core.sent_before import Ahead
from tests.support.facts import codes, form, judged, mail, recorded, scan, word

ONE, TWO = "银龄智能手机课堂", "孝德云课堂"
SUBJECT = "济南市教育局+智慧助老"


def pages(*seals: Seal, opinions: Sequence[int] = (), marks: tuple[SealFacts, ...] = ()) -> tuple[PageFacts, ...]:
    return tuple(
        PageFacts(text="读出的文字", image=True, seal=seal, opinion=number in opinions, seals=marks if seal != "absent" else ())
        for number, seal in enumerate(seals)
    )


def overall(found: Sequence[PageFacts]) -> Seal:
    seals = [page.seal for page in found]
    return "present" if "present" in seals else "absent" if set(seals) == {"absent"} else "uncertain"


def joint(name: str, found: tuple[PageFacts, ...], *titles: str, divided: tuple[tuple[int, ...], ...] = ()) -> Part:
    """A PDF in which forms with these titles were read, on these pages each."""
    forms = tuple(form(title=title) for title in titles)
    facts = ScanFacts(
        found, overall(found), forms[0] if forms else None, forms if len(forms) > 1 else (), len(found), text_sought=True, form_pages=divided
    )
    return replace(scan(name), scan=facts)


def two_words() -> tuple[Part, Part]:
    return word("a.docx", form(title=ONE)), word("b.docx", form(title=TWO))


def seals(*parts: Part) -> tuple[dict[str | None, str | None], list[str]]:
    decision = judged(mail(SUBJECT, *two_words(), *parts))
    found = [code for code in codes(decision) if code.startswith(("scan.", "submission."))]
    return {item.title: item.seal for item in decision.items}, found


def test_a_form_without_a_seal_has_none_though_the_other_of_the_same_file_has() -> None:
    found = pages("absent", "present", "absent", "absent", opinions=[3])
    told, problems = seals(joint("合订.pdf", found, ONE, TWO, divided=((0, 1), (2, 3))))
    assert told == {ONE: "present", TWO: "absent"}
    assert problems == ["scan.no_seal"]


def test_pages_that_went_astray_in_the_scanner_are_a_doubt() -> None:
    """First pages first, then the last ones: the sealed page of form one lies behind form two's."""
    found = pages("absent", "absent", "present", "absent")
    told, problems = seals(joint("合订.pdf", found, ONE, TWO, divided=((0,), (1, 2, 3))))
    assert told[ONE] == "uncertain"
    assert problems == ["scan.seal_uncertain"]


def test_a_page_that_is_doubtful_leaves_its_form_doubtful_only() -> None:
    found = pages("absent", "uncertain", "absent", "present", opinions=[1, 3])
    told, _ = seals(joint("合订.pdf", found, ONE, TWO, divided=((0, 1), (2, 3))))
    assert told == {ONE: "uncertain", TWO: "present"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (("absent", "present", "absent", "present"), "present"),
        (("absent", "present", "absent", "absent"), "uncertain"),
        (("absent", "absent", "absent", "absent"), "absent"),
    ],
)
def test_without_text_a_file_for_two_forms_needs_two_sealed_pages(found: tuple[Seal, ...], expected: str) -> None:
    told, problems = seals(joint("合订.pdf", pages(*found)))
    assert set(told.values()) == {expected}
    assert "scan.no_seal" not in problems
    assert ("scan.seal_uncertain" in problems) == (expected != "present")


def test_facts_of_an_earlier_version_say_what_they_said() -> None:
    plain = tuple(replace(page, seal=None) for page in pages("present", "present"))
    part = joint("合订.pdf", pages("absent", "present"))
    assert part.scan is not None
    told, _ = seals(replace(part, scan=replace(part.scan, pages=plain)))
    assert set(told.values()) == {"present"}


def photo(name: str, title: str | None, seal: Seal) -> Part:
    part = scan(name, seal=seal, pages=1, facts=form(title=title) if title else None)
    assert part.scan is not None
    return replace(part, scan=replace(part.scan, text_sought=True, pages=pages(seal)))


def test_photographs_in_the_order_of_the_pages_go_to_their_forms() -> None:
    told, problems = seals(
        photo("IMG_01.jpg", ONE, "absent"), photo("IMG_02.jpg", None, "present"), photo("IMG_03.jpg", TWO, "absent"),
        photo("IMG_04.jpg", None, "absent"),
    )
    assert told[ONE] == "present" != told[TWO]
    assert problems == ["scan.seal_uncertain"]


def test_photographs_in_another_order_serve_both_only_if_both_have_a_seal() -> None:
    told, problems = seals(
        photo("IMG_01.jpg", ONE, "absent"), photo("IMG_02.jpg", TWO, "absent"), photo("IMG_03.jpg", None, "present"),
        photo("IMG_04.jpg", None, "absent"),
    )
    assert set(told.values()) == {"uncertain"}
    assert "scan.no_seal" not in problems
    both, problems = seals(
        photo("IMG_01.jpg", ONE, "absent"), photo("IMG_02.jpg", TWO, "absent"), photo("IMG_03.jpg", None, "present"),
        photo("IMG_04.jpg", None, "present"),
    )
    assert set(both.values()) == {"present"}
    assert problems == []


def test_photographs_attached_backwards_are_ordered_by_their_numbers() -> None:
    told, _ = seals(
        photo("IMG_04.jpg", None, "absent"), photo("IMG_03.jpg", TWO, "absent"), photo("IMG_02.jpg", None, "present"),
        photo("IMG_01.jpg", ONE, "absent"),
    )
    assert told[ONE] == "present" != told[TWO]


def test_souvenirs_behind_sealed_pages_are_no_pages() -> None:
    decision = judged(
        mail(
            SUBJECT, *two_words(), photo("IMG_01.jpg", ONE, "present"), photo("IMG_02.jpg", None, "uncertain"),
            photo("IMG_03.jpg", TWO, "present"), photo("IMG_04.jpg", None, "uncertain"),
        )
    )
    assert [[ref.name for ref in item.scans] for item in decision.items] == [["IMG_01.jpg"], ["IMG_03.jpg"]]
    assert {item.seal for item in decision.items} == {"present"}


@pytest.mark.parametrize("sealed", [1, 2])
def test_a_scan_that_follows_in_a_mail_of_its_own_serves_two_forms_only_with_two_seals(sealed: int) -> None:
    first = judged(mail(SUBJECT, *two_words()))
    known = tuple(recorded(item, number, 1) for number, item in enumerate(first.items, 1))
    found = pages("absent", "present", "absent", "present" if sealed == 2 else "absent")
    late = mail(SUBJECT, joint("扫描全能王.pdf", found), message_id="<2@jinan.test>", text="补报扫描件。")
    decision = judged(late, id=2, known=known)
    assert {item.seal for item in decision.items} == {"present" if sealed == 2 else "uncertain"}
    assert [len(item.scans) for item in decision.items] == [1, 1]
    assert "scan.no_seal" not in codes(decision)


@pytest.mark.parametrize("sealed", [1, 2])
def test_a_scan_sent_ahead_of_two_forms_serves_them_only_with_two_seals(sealed: int) -> None:
    found = pages("absent", "present", "absent", "present" if sealed == 2 else "absent")
    early = mail("济南市教育局+智慧助老", joint("扫描全能王.pdf", found), message_id="<0@jinan.test>")
    decision = judged(mail(SUBJECT, *two_words()), id=2, ahead=(Ahead(1, SUBJECT, early),))
    assert [len(item.scans) for item in decision.items] == [1, 1]
    assert {item.seal for item in decision.items} == {"present" if sealed == 2 else "uncertain"}


# The words on a seal --------------------------------------------------------------------------------------------------

RING = SealFacts(0.6, 0.7, 0.2, 0.14, "round", 0.4, text="历下区社区教育学院")


def one_form(mark: SealFacts, seal: Seal = "uncertain") -> tuple[str | None, list[str]]:
    found = pages(seal, marks=(mark,)) if seal != "absent" else tuple(replace(page, seals=(mark,)) for page in pages("absent"))
    facts = ScanFacts(found, seal, form(title=ONE), (), 1, text_sought=True)
    decision = judged(mail(SUBJECT, word("a.docx", form(title=ONE)), replace(scan("a.pdf"), scan=facts)))
    (item,) = decision.items
    return item.seal, [code for code in codes(decision) if code.startswith("scan.")]


@pytest.mark.parametrize("text", ["历下区社区教育学院", "历下区社区教育学", "厉下区社区教育学院", "济南市历下区社区教育学院", "济南市教育局"])
def test_a_doubtful_ring_with_the_units_name_is_a_seal(text: str) -> None:
    assert one_form(replace(RING, text=text)) == ("present", [])


@pytest.mark.parametrize(
    "mark",
    [
        replace(RING, text="东营市老年大学"),
        replace(RING, text="社区教育学院"),
        replace(RING, text=None),
        replace(RING, grey=True),
        replace(RING, score=0.02),
        replace(RING, shape="square"),
        replace(RING, y=0.03),
        replace(RING, width=0.06, height=0.05),
    ],
    ids=["another unit", "everybody's words", "nothing read", "grey copy", "hardly a ring", "name seal", "badge at the head", "icon"],
)
def test_whatever_else_is_read_changes_nothing(mark: SealFacts) -> None:
    assert one_form(mark) == ("uncertain", ["scan.seal_uncertain"])


@pytest.mark.parametrize("text", ["历下区社区教育学院", "东营市老年大学", None])
def test_words_are_never_a_reason_against_or_for_what_is_certain(text: str | None) -> None:
    assert one_form(replace(RING, text=text), "present") == ("present", [])
    assert one_form(replace(RING, text=text), "absent")[0] == "absent"
