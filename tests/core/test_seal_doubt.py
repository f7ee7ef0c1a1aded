"""`scan.no_seal` asks a unit for a seal: only where no page that came may bear it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.facts import Part, Unreadable
from tests.support.facts import FIRST_BATCH, codes, judged, mail, recorded, scan, word

SUBJECT = "济南市教育局+智慧助老"


def lost(name: str, reason: str = "timeout") -> Part:
    """A page that could not be read."""
    return replace(scan(name), scan=None, problem=Unreadable(reason))  # type: ignore[arg-type]


def test_a_whole_scan_without_a_seal_is_asked_for_one() -> None:
    decision = judged(mail(SUBJECT, word("a.docx"), scan("a.pdf", seal="absent")))
    assert codes(decision, "error") == ["scan.no_seal"]


@pytest.mark.parametrize("reason", ["timeout", "memory", "limit", "no_converter"])
def test_the_sealed_page_may_be_the_one_that_was_not_read(reason: str) -> None:
    """Seen with twenty photographs whose mail ran out of time: those read before bore no seal."""
    decision = judged(mail(SUBJECT, word("a.docx"), scan("扫描件1.jpg", seal="absent", pages=1), lost("扫描件2.jpg", reason)))
    assert codes(decision, "error") == []
    assert "scan.seal_uncertain" in codes(decision, "review")


def test_a_page_of_another_mail_that_could_not_be_opened_may_bear_it() -> None:
    decision = judged(mail(SUBJECT, word("a.docx"), scan("a.pdf", seal="absent")), unopened=(lost("b.pdf", "memory"),))
    assert codes(decision, "error") == []
    assert codes(decision, "review") == ["scan.seal_uncertain"]


@pytest.mark.parametrize("seal", ["present", "uncertain"])
def test_a_picture_beside_the_scan_may_be_its_sealed_page(seal: str) -> None:
    decision = judged(mail(SUBJECT, word("a.docx"), scan("a.pdf", seal="absent"), scan("IMG_2041.jpg", seal=seal, pages=1)))
    assert codes(decision, "error") == []
    assert codes(decision, "review") == ["scan.seal_uncertain"]


def test_other_papers_and_bare_pictures_beside_it_are_none() -> None:
    for name, seal in (("市教育局推荐函.pdf", "present"), ("活动照片.jpg", "uncertain"), ("IMG_2041.jpg", "absent")):
        decision = judged(mail(SUBJECT, word("a.docx"), scan("a.pdf", seal="absent"), scan(name, seal=seal, pages=1)))
        assert codes(decision, "error") == ["scan.no_seal"], name


def test_photographs_sent_one_a_mail_are_waited_for() -> None:
    """The letter about the first waits for the grace period; the second brings the sealed page."""
    first = judged(mail(SUBJECT, word("a.docx"), scan("历下区社区教育学院+典型案例1.jpg", seal="absent", pages=1), message_id="<1@jinan.test>"))
    assert codes(first, "error") == ["scan.no_seal"]
    assert first.not_before == FIRST_BATCH + timedelta(minutes=15)
    known = tuple(recorded(item, number, 1) for number, item in enumerate(first.items, 1))
    second = judged(
        mail(SUBJECT, scan("历下区社区教育学院+典型案例2.jpg", seal="present", pages=1), message_id="<2@jinan.test>"), id=2,
        received=FIRST_BATCH + timedelta(minutes=3), known=known,
    )
    assert codes(second, "error") == []
    assert [item.seal for item in second.items] == ["present"]
