"""What a scan seems to lack or to be, and cannot be sure of: its heading read as another form's, its sealed page sent before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.facts import Part, Seal
from tests.support.facts import FIRST_BATCH, codes, form, judged, mail, recorded, scan, word
from tests.support.inbox import Inbox

SUBJECT = "济南市教育局+智慧助老"
TITLE = "银龄智能手机课堂（一）"
OTHERWISE = form("training", title=TITLE)
"""As the same page is read under another form's heading."""


def test_a_heading_read_as_another_forms_asks_for_no_word_form_of_that_kind() -> None:
    for name in ("历下+典型案例.pdf", "扫描件.pdf"):
        decision = judged(mail(SUBJECT, word("历下+典型案例.docx", form(title=TITLE)), scan(name, facts=OTHERWISE)))
        assert codes(decision, "error") == [], name
        assert "scan.mismatch" in codes(decision, "review")
        assert [item.category for item in decision.items] == ["case"]


def test_nor_in_a_mail_of_its_own() -> None:
    first = judged(mail(SUBJECT, word("历下+典型案例.docx", form(title=TITLE)), message_id="<1@jinan.test>"))
    known = tuple(recorded(item, number, 1) for number, item in enumerate(first.items, 1))
    alone = mail(SUBJECT, scan("扫描件.pdf", facts=OTHERWISE), message_id="<2@jinan.test>")
    second = judged(alone, id=2, received=FIRST_BATCH + timedelta(minutes=3), known=known)
    assert codes(second, "error") == []
    assert [(item.id, item.category) for item in second.items] == [(1, "case")]


CUT = "银龄智能手机"


@pytest.mark.parametrize("title", [CUT, "", "智能手机课堂(", "银齢智能乎机课堂"])
def test_nor_does_one_with_a_title_cut_off(title: str) -> None:
    """Seen: the training project's Word form was asked for."""
    read = form("training", title=title)
    decision = judged(mail(SUBJECT, word("a.docx", form(title=TITLE)), scan("扫描件.pdf", facts=read)))
    assert codes(decision, "error") == []
    assert decision.verdict == "review"
    box = Inbox()
    box.mail(word("a.docx", form(title=TITLE)))
    later = box.mail(scan("扫描件.pdf", facts=read))
    assert (later.verdict, [code for code in codes(later, "error") if code != "scan.missing"]) == ("review", [])


def test_but_its_name_may_say_that_it_is_another_paper() -> None:
    named = scan("历下+典型培训项目.pdf", facts=form("training", title=CUT))
    decision = judged(mail(SUBJECT, word("a.docx", form(title=TITLE)), named))
    assert codes(decision, "error") == ["form.missing"]


def test_the_scan_of_another_kind_is_still_another_items() -> None:
    """The case has its own scan: the training project is another submission, and its Word form is missing."""
    decision = judged(
        mail(SUBJECT, word("a.docx", form(title=TITLE)), scan("a.pdf", facts=form(title=TITLE)), scan("b.pdf", facts=OTHERWISE))
    )
    assert codes(decision, "error") == ["form.missing"]


@pytest.mark.parametrize("name", ["IMG_1.jpg", "历下+典型案例（更正页）.jpg"])
def test_a_page_sent_again_without_the_seal_seen_before_is_a_doubt(name: str) -> None:
    typed = form(title=TITLE)
    typed = replace(typed, fields={**typed.fields, "leader": ""})
    first = judged(mail(SUBJECT, word("a.docx", typed), scan("a.pdf", facts=form(title=TITLE)), message_id="<1@jinan.test>"))
    assert codes(first, "error") == ["form.field_missing"]
    known = tuple(recorded(item, number, 1) for number, item in enumerate(first.items, 1))
    page = scan(name, facts=form(title=TITLE), seal="absent", pages=1)
    second = judged(mail(SUBJECT, page, message_id="<2@jinan.test>"), id=2, received=FIRST_BATCH + timedelta(days=1), known=known)
    assert codes(second, "error") == ["form.field_missing"]
    assert codes(second, "review") == ["scan.seal_uncertain"]


@pytest.mark.parametrize("title", ["指尖上的辛褔晚年课堂", "指尖上的快乐晚年课堂"])
def test_two_characters_misread_or_mended_by_hand_make_no_missing_word_form(title: str) -> None:
    first = judged(mail(SUBJECT, word("a.docx", form(title="指尖上的幸福晚年课堂")), message_id="<1@jinan.test>"))
    known = tuple(recorded(item, number, 1) for number, item in enumerate(first.items, 1))
    alone = mail(SUBJECT, scan("扫描件.pdf", facts=form(title=title)), message_id="<2@jinan.test>")
    second = judged(alone, id=2, received=FIRST_BATCH + timedelta(minutes=3), known=known)
    assert codes(second, "error") == []
    assert "submission.unclear" in codes(second, "review")


def test_another_number_is_another_paper() -> None:
    first = judged(mail(SUBJECT, word("a.docx", form(title=TITLE)), message_id="<1@jinan.test>"))
    known = tuple(recorded(item, number, 1) for number, item in enumerate(first.items, 1))
    alone = mail(SUBJECT, scan("扫描件.pdf", facts=form(title=TITLE.replace("一", "五"))), message_id="<2@jinan.test>")
    second = judged(alone, id=2, received=FIRST_BATCH + timedelta(minutes=3), known=known)
    assert codes(second, "error") == ["form.missing"]


ONE, TWO = "银龄智能手机课堂", "孝德云课堂"
PAIR = (word("历下+典型案例1.docx", form(title=ONE)), word("历下+典型案例2.docx", form(title=TWO)))


@pytest.mark.parametrize("sealed", [1, 2])
def test_sealed_pages_in_a_file_of_their_own_may_be_either_forms(sealed: int) -> None:
    """Seen: the first form got them, and the second was asked for a seal."""
    bare = [scan(f"历下+典型案例{n}.pdf", facts=form(title=title), seal="absent") for n, title in ((1, ONE), (2, TWO))]
    signed = scan("历下+典型案例盖章页.pdf", seal="present", pages=sealed)
    assert signed.scan is not None
    pages = tuple(replace(page, seal="present") for page in signed.scan.pages)
    decision = judged(mail(SUBJECT, *PAIR, *bare, replace(signed, scan=replace(signed.scan, pages=pages))))
    assert codes(decision, "error") == []
    assert codes(decision, "review") == (["scan.seal_uncertain"] * 2 if sealed == 1 else [])


def test_so_may_photographs_that_are_only_counted() -> None:
    def photo(number: int, title: str | None = None, seal: str = "absent") -> Part:
        return scan(f"历下+典型案例{number}.jpg", facts=form(title=title) if title else None, seal=seal, pages=1)

    shots = (photo(1, ONE), photo(2), photo(3, TWO), photo(4), photo(5, seal="present"), photo(6, seal="present"))
    decision = judged(mail(SUBJECT, *PAIR, *shots))
    assert codes(decision, "error") == []
    assert [item.seal for item in decision.items] == ["present", "present"]


def test_a_further_file_of_sealed_items_goes_to_the_first() -> None:
    own = [scan(f"历下+典型案例{n}.pdf", facts=form(title=title)) for n, title in ((1, ONE), (2, TWO))]
    decision = judged(mail(SUBJECT, *PAIR, *own, scan("历下+典型案例补充.pdf")))
    assert [len(item.scans) for item in decision.items] == [2, 1]
    assert codes(decision, "error") == []


def test_a_sealed_picture_that_only_may_be_the_other_forms_may_be_this_ones() -> None:
    bare = scan("历下+典型案例1.pdf", facts=form(title=ONE), seal="absent")
    guessed = judged(mail(SUBJECT, *PAIR, bare, scan("IMG_1.jpg", seal="present", pages=1)))
    assert codes(guessed, "error") == []
    assert codes(guessed, "review") == ["scan.seal_uncertain"]
    sure = judged(mail(SUBJECT, *PAIR, bare, scan("历下+典型案例2.pdf", facts=form(title=TWO))))
    assert codes(sure, "error") == ["scan.no_seal"]


def sealed_page(name: str) -> Part:
    page = scan(name, seal="present", pages=1)
    assert page.scan is not None
    return replace(page, scan=replace(page.scan, pages=(replace(page.scan.pages[0], seal="present"),)))


@pytest.mark.parametrize("name", ["盖章页.pdf", "IMG_2041.jpg", "历下+典型案例盖章页.pdf"])
@pytest.mark.parametrize("seals", [("present", "absent"), ("absent", "absent")])
def test_a_sealed_page_in_a_second_mail_goes_to_the_form_without_a_seal(name: str, seals: tuple[Seal, Seal]) -> None:
    """Seen: it became nobody's, and the letter that asked for the seal went out all the same. For two forms it is a doubt."""
    own = [scan(f"历下+典型案例{n}.pdf", facts=form(title=t), seal=s) for n, t, s in ((1, ONE, seals[0]), (2, TWO, seals[1]))]
    first = judged(mail(SUBJECT, *PAIR, *own, message_id="<1@jinan.test>"))
    known = tuple(recorded(item, number, 1) for number, item in enumerate(first.items, 1))
    page = mail(SUBJECT, sealed_page(name), message_id="<2@jinan.test>")
    second = judged(page, id=2, received=FIRST_BATCH + timedelta(minutes=3), known=known)
    assert codes(second, "error") == []
    if seals == ("present", "absent"):
        assert [(item.id, item.seal) for item in second.items] == [(2, "present")]
    else:
        assert codes(second, "review") != []
