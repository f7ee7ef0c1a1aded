"""What an earlier mail brought or left in doubt still holds when the unit sends a mended form, a further page, or the form that was
missing. Each made a wrong request, or left a scan with the wrong item, before its mend."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.assemble import Assembly
from core.decide import Decision
from core.facts import Link, Part
from core.known_items import Context, find_home
from core.placing import place
from core.submission import FileRef, Item, ScanRead
from tests.support.facts import FIRST_BATCH, codes, form, judged, mail, recorded, scan, word

SUBJECT = "济南市教育局+智慧助老"
VIDEO = Link("baidu", "https://pan.baidu.com/s/1abcdefghijklmnopqrstuv", "ab12")
OPEN = form("course", title="老年人学手机", consent=None)


def then(first: Decision, *parts: Part, **more: object) -> Decision:
    known = tuple(recorded(item, number, 1) for number, item in enumerate(first.items, 1))
    return judged(mail(SUBJECT, *parts, message_id="<2@jinan.test>"), id=2, received=FIRST_BATCH + timedelta(days=1), known=known, **more)


def test_the_word_given_in_a_mail_holds_for_the_mended_form() -> None:
    parts = word("a.docx", OPEN), scan("a.pdf")
    first = judged(mail(SUBJECT, *parts, text="我单位同意共享。", links=(VIDEO,), message_id="<1@jinan.test>"))
    assert first.items[0].fields["consent"] is True
    mended = replace(OPEN, fields={**OPEN.fields, "contact_phone": "13811112222"})
    second = then(first, word("a2.docx", mended))
    assert second.items[0].version == 2
    assert second.items[0].fields["consent"] is True
    assert "course.consent_missing" not in codes(second)


def test_and_for_the_form_that_came_after_the_scan() -> None:
    first = judged(mail(SUBJECT, scan("济南市教育局+课程.pdf", facts=OPEN), text="我单位同意共享。", links=(VIDEO,), message_id="<1@jinan.test>"))
    assert first.items[0].fields["consent"] is True
    second = then(first, word("济南市教育局+课程.docx", OPEN))
    assert second.items[0].word is not None
    assert "course.consent_missing" not in codes(second)


def test_what_an_earlier_form_ticked_does_not() -> None:
    ticked = replace(OPEN, fields={**OPEN.fields, "consent": True})
    first = judged(mail(SUBJECT, word("a.docx", ticked), scan("a.pdf"), links=(VIDEO,), message_id="<1@jinan.test>"))
    mended = replace(OPEN, fields={**OPEN.fields, "contact_phone": "13811112222"})
    assert then(first, word("a2.docx", mended)).items[0].fields.get("consent") is None


def test_a_doubt_about_the_scan_is_the_mended_forms_doubt_too() -> None:
    first = judged(mail(SUBJECT, word("a.docx"), scan("a.pdf", seal="absent"), message_id="<1@jinan.test>"))
    first = replace(first, items=(replace(first.items[0], scan_unsure=True),))
    mended = form(contact_phone="13811112222")
    second = then(first, word("a2.docx", mended))
    assert second.items[0].version == 2
    assert codes(second, "error") == []
    assert codes(second, "review") == ["scan.seal_uncertain"]


def test_a_further_page_after_a_doubtful_seal_is_no_missing_seal() -> None:
    first = judged(mail(SUBJECT, word("a.docx"), scan("a.pdf", seal="uncertain"), message_id="<1@jinan.test>"))
    second = then(first, scan("历下+典型案例（第3页）.pdf", seal="absent", pages=1))
    assert codes(second, "error") == []
    assert codes(second, "review") == ["scan.seal_uncertain"]


def test_a_possible_electronic_seal_is_not_forgotten() -> None:
    first = judged(mail(SUBJECT, word("a.docx"), message_id="<1@jinan.test>"))
    seen = replace(first.items[0], exported_pdf=FileRef(1, 1, "a.pdf", "e"), exported_picture=True)
    second = then(replace(first, items=(seen,)), word("a2.docx", form(contact_phone="13811112222")))
    assert second.items[0].version == 2
    assert "scan.missing" not in codes(second)


@pytest.mark.parametrize("swap", [False, True])
def test_of_two_schools_with_one_title_the_scan_goes_to_the_one_without(swap: bool) -> None:
    def item(number: int, unit: str, scans: tuple[FileRef, ...]) -> Item:
        named = replace(Item("case", "银龄数字课堂", unit), id=number, sender="city@jinan.test", word=FileRef(number, 0, "a.docx", f"w{number}"))
        return replace(named, scans=scans, state="complete" if scans else "incomplete")

    known = [item(1, "历下区社区学院", (FileRef(1, 1, "a.pdf", "s1"),)), item(2, "槐荫区社区学院", ())]
    draft = Item("case", "银龄数字课堂", None, scans=(FileRef(3, 0, "扫描件.pdf", "s3"),))
    home = find_home(draft, known[::-1] if swap else known, Context("city@jinan.test", None))
    assert [found.id for found in home.items] == [2]


def test_a_placed_scan_takes_its_reading_along() -> None:
    one, two = FileRef(3, 0, "1.pdf", "s1"), FileRef(3, 1, "2.pdf", "s2")
    reads = ScanRead("s1", "present", sealed=1), ScanRead("s2", "absent", sealed=0)
    brought = Assembly((), (), loose_scans=(one, two), loose_reads=reads)
    placed = place(brought, {"s1": frozenset({7})}, [replace(Item("case", "银龄数字课堂", None), id=7)])
    assert [(number, piece.scans, piece.scan_reads) for number, piece in placed.pieces] == [(7, (one,), reads[:1])]
    assert (placed.assembly.loose_scans, placed.assembly.loose_reads) == ((two,), reads[1:])
