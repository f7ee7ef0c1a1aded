"""Deciding a mail again: after staff acted, after a companion, after a link check. Nobody is told what no longer holds,
and what still holds is not forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.decide import Companion, LinkView
from core.facts import Link, LinkState
from tests.support.facts import FIRST_BATCH, codes, form, judged, mail, recorded, scan, word

BAIDU = Link("baidu", "https://pan.baidu.com/s/1abcdefghijklmnopqrstuv", "ab12")
WORD, SCAN = word("历下+典型案例.docx"), scan("历下+典型案例.pdf")


def test_a_waived_fault_is_in_no_letter() -> None:
    facts = mail("济南市教育局+智慧助老", WORD)
    decision = judged(facts, waived=lambda found: found.code == "scan.missing")
    assert decision.verdict == "accepted"
    assert "scan.missing" in codes(decision)  # it stays on record
    assert decision.letter is not None
    assert decision.letter.kind == "receipt"
    assert [item.problems for item in decision.letter.items] == [()]


def test_a_fault_of_the_subject_still_counts_when_the_mail_is_decided_again() -> None:
    facts = mail("你好", WORD, SCAN, text="材料见附件。\n济南市教育局")
    first = judged(facts)
    again = judged(facts, known=(recorded(first.items[0], 7, 1),), own_items=frozenset({7}))
    assert codes(first, "error") == ["subject.no_topic"]
    assert codes(again, "error") == ["subject.no_topic"]


def test_the_shared_letter_still_tells_the_companions_wrong_subject() -> None:
    facts = mail("你好", WORD, text="材料见附件。\n济南市教育局", message_id="<1@jinan.test>")
    item = recorded(judged(facts, id=1).items[0], 7, 1)
    second = mail("济南市教育局+智慧助老", SCAN, message_id="<2@jinan.test>")
    decision = judged(second, id=2, known=(item,), companions=lambda _: (Companion(1, facts, FIRST_BATCH, (7,)),))
    assert decision.letter is not None
    assert [found.code for found in decision.letter.problems] == ["subject.no_topic"]


def test_a_companions_own_waivers_hold_in_the_shared_letter() -> None:
    facts = mail("你好", WORD, text="材料见附件。\n济南市教育局", message_id="<1@jinan.test>")
    item = recorded(judged(facts, id=1).items[0], 7, 1)
    companion = Companion(1, facts, FIRST_BATCH, (7,), waived=lambda found: found.code == "subject.no_topic")
    second = mail("济南市教育局+智慧助老", SCAN, message_id="<2@jinan.test>")
    decision = judged(second, id=2, known=(item,), companions=lambda _: (companion,))
    assert decision.letter is not None
    assert decision.letter.kind == "receipt"


def test_an_item_that_staff_accepted_is_complained_about_no_more() -> None:
    facts = mail("济南市教育局+智慧助老", WORD)
    item = replace(recorded(judged(facts).items[0], 7, 1), accepted_by_staff=True)
    again = judged(facts, known=(item,), own_items=frozenset({7}))
    assert (again.verdict, again.items[0].state) == ("accepted", "complete")
    assert again.letter is not None
    assert again.letter.kind == "receipt"


def test_a_mail_that_may_not_be_answered_still_cures_the_one_before() -> None:
    """Otherwise the first mail's complaint about the missing scan would go out although the scan has come."""
    facts = mail("济南市教育局+智慧助老", WORD, message_id="<1@jinan.test>")
    item = recorded(judged(facts, id=1).items[0], 7, 1)
    second = mail("济南市教育局+智慧助老", SCAN, message_id="<2@jinan.test>")
    automatic = replace(second, envelope=replace(second.envelope, headers={"x-auto-response-suppress": "All"}))
    companion = Companion(1, facts, FIRST_BATCH, (7,))
    decision = judged(automatic, id=2, known=(item,), companions=lambda _: (companion,))
    assert decision.no_letter is not None
    assert (decision.companions, decision.cured) == ((), (1,))


def test_a_mail_whose_link_is_pending_cures_the_one_before() -> None:
    facts = mail("济南市教育局+智慧助老", word("历下+典型课程资源.docx", form("course")), message_id="<1@jinan.test>", links=(BAIDU,))
    item = recorded(judged(facts, id=1).items[0], 7, 1)
    second = mail("济南市教育局+智慧助老", scan("历下+典型课程资源.pdf"), message_id="<2@jinan.test>")
    pending = {BAIDU.url: LinkView(LinkState.UNCHECKED, "ab12", pending=True)}
    decision = judged(second, id=2, known=(item,), links=pending, companions=lambda _: (Companion(1, facts, FIRST_BATCH, (7,)),))
    assert decision.verdict == "pending"
    assert decision.cured == (1,)


def test_a_homepage_in_a_later_mail_drags_no_earlier_course_along() -> None:
    course = mail(
        "济南市教育局+智慧助老", word("历下+典型课程资源.docx", form("course", consent=None)), scan("历下+典型课程资源.pdf"), links=(BAIDU,),
    )
    first = judged(course, id=1)
    assert codes(first, "error") == ["course.consent_missing"]
    item = recorded(first.items[0], 7, 1)
    case = mail("济南市教育局+智慧助老", WORD, SCAN, message_id="<2@jinan.test>", links=(Link("web", "https://jnedu.example.cn/"),))
    decision = judged(case, id=2, known=(item,), received=FIRST_BATCH + timedelta(days=1))
    assert decision.verdict == "accepted", decision.findings
    assert [i.category for i in decision.items] == ["case"]


def test_a_word_on_sharing_for_the_mails_own_course_is_not_the_earlier_ones() -> None:
    open_course = mail("济南市教育局+智慧助老", word("甲+典型课程资源.docx", form("course", title="甲课", unit="甲学院", consent=None)), links=(BAIDU,))
    item = recorded(judged(open_course, id=1).items[0], 7, 1)
    second = mail(
        "济南市教育局+智慧助老", word("乙+典型课程资源.docx", form("course", title="乙课", unit="乙学院", consent=None)),
        scan("乙+典型课程资源.pdf"), message_id="<2@jinan.test>", text="本课程同意共享。",
        links=(Link("baidu", "https://pan.baidu.com/s/1zzzzzzzzzzzzzzzzzzzzzz", "zz12"),),
    )
    decision = judged(second, id=2, known=(item,))
    assert [i.title for i in decision.items] == ["乙课"]
    assert decision.verdict == "accepted", decision.findings


def test_a_scan_that_was_replaced_does_not_come_back() -> None:
    """A bare scan (mail 1), its form (mail 2), a better scan (mail 3); then mail 1 is decided again."""
    old = mail("济南市教育局+智慧助老", scan("历下+典型案例.pdf", seal="absent"), message_id="<1@jinan.test>")
    item = recorded(judged(old, id=1).items[0], 7, 1)
    with_form = judged(mail("济南市教育局+智慧助老", WORD, message_id="<2@jinan.test>"), id=2, known=(item,)).items[0]
    better = mail("济南市教育局+智慧助老", scan("历下+典型案例（重扫）.pdf", seal="uncertain"), message_id="<3@jinan.test>")
    third = judged(better, id=3, known=(recorded(with_form, 7, 2),)).items[0]
    assert [ref.message for ref in third.scans] == [3]
    again = judged(old, id=1, known=(recorded(third, 7, 3),), own_items=frozenset({7}))
    assert [ref.message for ref in again.items[0].scans] == [3]


def test_photos_beside_an_unopened_archive_or_an_unread_document_are_no_missing_form() -> None:
    from core.facts import Unreadable

    archive = word("材料.rar", form=None, media_type="application/vnd.rar", container=True, problem=Unreadable("no_converter"))
    assert codes(judged(mail("济南市教育局+智慧助老", archive, scan("IMG_1.jpg"))), "error") == []
    document = word("材料.docx", form=None)
    assert codes(judged(mail("济南市教育局+智慧助老", document, scan("IMG_1.jpg"))), "error") == []
