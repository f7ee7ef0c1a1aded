"""What a scan seems to lack or to be, and cannot be sure of: its heading read as another form's, its sealed page sent before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.facts import FIRST_BATCH, codes, form, judged, mail, recorded, scan, word

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
