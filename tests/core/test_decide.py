"""Decisions about whole mails: what compliant units must never be told, and what faulty mails must be."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.campaign import SHANGHAI
from core.decide import Companion, LinkView
from core.duplicates import Earlier
from core.facts import Blocked, Link, LinkState, Unreadable
from tests.support.facts import FIRST_BATCH, campaign, codes, form, judged, mail, recorded, scan, sha, word

BAIDU = Link("baidu", "https://pan.baidu.com/s/1abcdefghijklmnopqrstuv", "ab12")


def test_compliant_mail_is_accepted_with_a_receipt() -> None:
    decision = judged(mail("济南市教育局+智慧助老", word("历下区社区教育学院+典型案例.docx"), scan("历下区社区教育学院+典型案例.pdf")))
    assert decision.verdict == "accepted", decision.findings
    assert codes(decision) == []
    assert decision.unit is not None
    assert decision.unit.name == "济南市教育局"
    assert decision.batch == 1
    assert [item.state for item in decision.items] == ["complete"]
    assert decision.letter is not None
    assert decision.letter.kind == "receipt"
    assert decision.not_before == FIRST_BATCH


def test_missing_scan_waits_for_the_grace_period() -> None:
    decision = judged(mail("济南市教育局+智慧助老", word("历下区社区教育学院+典型案例.docx")))
    assert codes(decision, "error") == ["scan.missing"]
    assert decision.verdict == "correction"
    assert decision.not_before == FIRST_BATCH + timedelta(minutes=15)
    assert decision.letter is not None
    assert decision.letter.items[0].right_scan == "历下区社区教育学院+典型案例.pdf"


def test_missing_form_names_the_form_and_attaches_it() -> None:
    decision = judged(mail("济南市教育局+智慧助老", scan("历下区社区教育学院+典型培训项目.pdf")))
    assert codes(decision, "error") == ["form.missing"]
    assert decision.items[0].category == "training"
    assert decision.items[0].applicant_unit == "历下区社区教育学院"
    assert decision.letter is not None
    assert decision.letter.blank_forms == ("training",)


@pytest.mark.parametrize("names", [("扫描件.pdf",), ("IMG_001.jpg", "IMG_002.jpg"), ("盖章.pdf",), ("微信图片_20211108.jpg",)])
def test_a_scan_with_any_name_belongs_to_the_only_form(names: tuple[str, ...]) -> None:
    decision = judged(mail("济南市教育局+智慧助老", word("表.docx"), *(scan(name) for name in names)))
    assert codes(decision, "error") == []
    assert [ref.name for ref in decision.items[0].scans] == list(names)


def test_near_duplicates_of_one_unit_get_their_own_scans() -> None:
    one, two = form(title="智慧助老进社区第一期"), form(title="智慧助老进社区第二期")
    decision = judged(mail(
        "济南市教育局+智慧助老", word("历下+典型案例（智慧助老进社区第一期）.docx", one),
        word("历下+典型案例（智慧助老进社区第二期）.docx", two), scan("历下+典型案例（智慧助老进社区第二期）.pdf"),
        scan("历下+典型案例（智慧助老进社区第一期）.pdf"),
    ))
    assert codes(decision, "error") == []
    assert [item.scans[0].name[-7] for item in decision.items] == ["一", "二"]


def test_one_file_may_hold_the_scans_of_several_forms() -> None:
    decision = judged(mail(
        "济南市教育局+智慧助老", word("a+典型案例.docx", form(title="甲案例", unit="甲学院")),
        word("b+典型案例.docx", form(title="乙案例", unit="乙学院")), scan("盖章扫描件.pdf", pages=6),
    ))
    assert codes(decision, "error") == []
    assert all(item.scans for item in decision.items)


def test_one_page_for_two_forms_is_for_a_person_not_a_fault() -> None:
    decision = judged(mail(
        "济南市教育局+智慧助老", word("a.docx", form(title="甲案例", unit="甲学院")),
        word("b.docx", form(title="乙案例", unit="乙学院")), scan("盖章扫描件.pdf", pages=1),
    ))
    assert codes(decision, "error") == []
    assert "submission.unclear" in codes(decision, "review")


def test_activity_photos_beside_a_scan_are_no_scans() -> None:
    decision = judged(mail(
        "济南市教育局+智慧助老", word("历下+典型案例.docx"), scan("历下+典型案例.pdf"), scan("活动照片1.jpg"), scan("IMG_8.jpg"),
    ))
    assert [role.role for role in decision.roles] == ["word_form", "scan", "other", "other"]
    assert decision.verdict == "accepted"


def test_wrong_name_on_the_only_scan_is_doubt() -> None:
    decision = judged(mail("济南市教育局+智慧助老", word("历下+典型培训项目.docx", form("training")), scan("历下+典型案例.pdf")))
    assert codes(decision, "error") == []
    assert "scan.mismatch" in codes(decision, "review")


def test_unread_archive_raises_no_missing_findings() -> None:
    archive = word("材料.rar", problem=Unreadable("no_converter"), form=None, media_type="application/vnd.rar", container=True)
    decision = judged(mail("济南市教育局+智慧助老", word("历下+典型案例.docx"), archive))
    assert codes(decision, "error") == []
    assert decision.verdict == "review"


def test_damaged_scan_is_one_fault() -> None:
    broken = scan("历下+典型案例.pdf", scan=None, problem=Unreadable("damaged"))
    decision = judged(mail("济南市教育局+智慧助老", word("历下+典型案例.docx"), broken))
    assert codes(decision, "error") == ["attachment.unreadable"]


def test_blocked_file() -> None:
    program = word("申报系统.exe", form=None, media_type="application/x-dosexec", problem=Blocked("executable"))
    decision = judged(mail("济南市教育局+智慧助老", word("历下+典型案例.docx"), scan("历下+典型案例.pdf"), program))
    assert codes(decision, "error") == ["attachment.blocked"]


@pytest.mark.parametrize(("subject", "code"), [("你好", "subject.no_topic"), ("材料报送", "subject.no_topic"), ("智慧助老", "subject.no_unit")])
def test_subject_faults_quote_the_right_subject(subject: str, code: str) -> None:
    text = "您好，现报送我市材料。\n\n济南市教育局"
    decision = judged(mail(subject, word("历下区社区教育学院+典型案例.docx"), scan("历下区社区教育学院+典型案例.pdf"), text=text))
    assert codes(decision, "error") == [code]
    assert "济南市教育局+智慧助老" in decision.findings[0].text
    assert decision.letter is not None
    assert decision.letter.right_subject == "济南市教育局+智慧助老"


def test_empty_mail() -> None:
    decision = judged(mail("济南市教育局+智慧助老", text="请查收附件"))
    assert codes(decision, "error") == ["mail.empty"]
    assert decision.letter is not None
    assert decision.letter.blank_forms == ("case", "training", "course")


def test_question_is_never_answered() -> None:
    decision = judged(mail("关于智慧助老报送的咨询", text="请问截止时间是哪天？谢谢。"))
    assert (decision.kind, decision.verdict, decision.letter) == ("unrelated", "ignored", None)


# Courses ----------------------------------------------------------------------------------------------------------


def course(*, links: tuple[Link, ...] = (), text: str = "见附件。", **fields: object):  # type: ignore[no-untyped-def]
    return judged(mail(
        "济南市教育局+智慧助老", word("历下+典型课程资源.docx", form("course", **fields)), scan("历下+典型课程资源.pdf"), links=links, text=text
    ))


def test_video_course_with_link_and_code() -> None:
    decision = course(links=(BAIDU,))
    assert decision.verdict == "accepted", decision.findings
    assert decision.items[0].links == (BAIDU,)


def test_video_course_without_anything() -> None:
    assert codes(course(), "error") == ["course.video_missing"]


def test_link_without_code() -> None:
    assert codes(course(links=(Link("baidu", BAIDU.url),)), "error") == ["link.code_missing"]


def test_not_shared_course_needs_an_address() -> None:
    assert codes(course(consent=False), "error") == ["course.address_missing"]
    assert codes(course(consent=False, links=(Link("web", "https://edu.example.cn/c/1"),)), "error") == []


def test_consent_missing_and_consent_in_the_body() -> None:
    assert codes(course(links=(BAIDU,), consent=None), "error") == ["course.consent_missing"]
    decision = course(links=(BAIDU,), consent=None, text="该课程同意共享，链接见下。")
    assert codes(decision, "error") == []
    assert decision.items[0].fields["consent"] is True


def test_textbook_needs_no_video() -> None:
    decision = course(course_type="textbook", video_minutes="")
    assert decision.verdict == "accepted"
    assert decision.letter is not None
    assert decision.letter.items[0].paper_expected


def test_ticked_nothing_but_sent_a_video_is_doubt() -> None:
    decision = course(course_type=None, links=(BAIDU,))
    assert codes(decision, "error") == []
    assert "submission.unclear" in codes(decision, "review")


def test_pending_link_holds_the_letter_back() -> None:
    facts = mail(
        "济南市教育局+智慧助老", word("历下+典型课程资源.docx", form("course")), scan("历下+典型课程资源.pdf"), links=(BAIDU,)
    )
    decision = judged(facts, links={BAIDU.url: LinkView(LinkState.UNCHECKED, "ab12", pending=True)})
    assert decision.verdict == "pending"
    assert decision.letter is None
    dead = judged(facts, links={BAIDU.url: LinkView(LinkState.DEAD, "ab12")})
    assert codes(dead, "error") == ["link.dead"]


# Forms ------------------------------------------------------------------------------------------------------------


def test_one_finding_for_each_empty_field() -> None:
    facts = form(leader="", contact_phone="", contact=" ")
    decision = judged(mail("济南市教育局+智慧助老", word("历下+典型案例.docx", facts), scan("历下+典型案例.pdf")))
    assert [(f.code, f.field) for f in decision.findings] == [
        ("form.field_missing", "leader"), ("form.field_missing", "contact"), ("form.field_missing", "contact_phone"),
    ]


def test_label_that_was_not_found_is_doubt() -> None:
    facts = form()
    values = {key: value for key, value in facts.fields.items() if key != "leader"}
    from dataclasses import replace

    decision = judged(mail("济南市教育局+智慧助老", word("历下+典型案例.docx", replace(facts, fields=values)), scan("历下+典型案例.pdf")))
    assert codes(decision, "error") == []
    assert codes(decision, "review") == ["submission.unclear"]


def test_blank_form_beside_a_filled_one_is_no_fault() -> None:
    from dataclasses import replace

    empty = replace(form(title="", unit=""), blank=True)
    filled = word("历下+典型案例.docx")
    decision = judged(mail("济南市教育局+智慧助老", word("附件2.docx", empty), filled, scan("历下+典型案例.pdf")))
    assert codes(decision, "error") == []
    alone = judged(mail("济南市教育局+智慧助老", word("附件2.docx", empty), scan("历下+典型案例.pdf")))
    assert codes(alone, "error") == ["form.blank"]


def test_exported_pdf_is_no_scan() -> None:
    exported = scan("历下+典型案例.pdf", scan=None, form=form())
    decision = judged(mail("济南市教育局+智慧助老", word("历下+典型案例.docx"), exported))
    assert codes(decision, "error") == ["scan.missing"]
    assert "直接导出" in decision.findings[-1].text or any("直接导出" in f.text for f in decision.findings)


def test_no_seal_only_when_certain() -> None:
    base = ("济南市教育局+智慧助老", word("历下+典型案例.docx"))
    assert codes(judged(mail(*base, scan("历下+典型案例.pdf", seal="absent"))), "error") == ["scan.no_seal"]
    assert codes(judged(mail(*base, scan("历下+典型案例.pdf", seal="uncertain"))), "review") == ["scan.seal_uncertain"]
    unsure = judged(mail(*base, scan("IMG_1.jpg", seal="absent")))
    assert codes(unsure, "error") == []


# Several mails ----------------------------------------------------------------------------------------------------


def _first() -> tuple:  # type: ignore[type-arg]
    facts = mail("济南市教育局+智慧助老", word("历下+典型案例.docx"), message_id="<1@jinan.test>")
    decision = judged(facts, id=1)
    return facts, recorded(decision.items[0], 7, 1)


def test_scan_in_a_second_mail_completes_the_item_and_one_letter_covers_both() -> None:
    facts, item = _first()
    second = mail("济南市教育局+智慧助老", scan("历下+典型案例.pdf"), message_id="<2@jinan.test>")
    decision = judged(
        second, id=2, received=FIRST_BATCH + timedelta(minutes=5), known=(item,),
        companions=lambda _: (Companion(1, facts, FIRST_BATCH, (7,)),),
    )
    assert decision.verdict == "accepted", decision.findings
    assert [(i.id, i.state) for i in decision.items] == [(7, "complete")]
    assert decision.companions == (1,)
    assert decision.letter is not None
    assert decision.letter.kind == "receipt"
    assert len(decision.letter.items) == 1


def test_first_mail_judged_again_after_the_second() -> None:
    facts, item = _first()
    second = judged(mail("济南市教育局+智慧助老", scan("历下+典型案例.pdf"), message_id="<2@jinan.test>"), id=2, known=(item,))
    again = judged(facts, id=1, known=(recorded(second.items[0], 7, 2),), own_items=frozenset({7}))
    assert again.verdict == "accepted", again.findings
    assert [ref.message for ref in again.items[0].scans] == [2]


def test_new_version_supersedes_and_keeps_the_scan() -> None:
    _, item = _first()
    completed = judged(mail("济南市教育局+智慧助老", scan("历下+典型案例.pdf"), message_id="<2@jinan.test>"), id=2, known=(item,))
    newer = mail("济南市教育局+智慧助老", word("历下+典型案例.docx", form(leader="新负责人"), content="v2"), message_id="<3@jinan.test>")
    decision = judged(newer, id=3, known=(recorded(completed.items[0], 7, 2),))
    assert codes(decision) == ["submission.superseded"]
    assert (decision.items[0].id, decision.items[0].supersedes, decision.items[0].version) == (None, 7, 2)
    assert decision.items[0].state == "complete"


def test_same_item_from_another_address_is_for_staff() -> None:
    _, item = _first()
    other = mail(
        "济南市教育局+智慧助老", word("历下+典型案例.docx", form(leader="另一人"), content="v2"), scan("历下+典型案例.pdf"),
        sender="other@jinan.test", message_id="<4@jinan.test>",
    )
    decision = judged(other, id=4, known=(item,))
    assert "submission.sender_changed" in codes(decision, "review")
    assert decision.items[0].supersedes is None


def test_two_cases_of_one_unit_stay_two() -> None:
    _, item = _first()
    other = mail(
        "济南市教育局+智慧助老", word("历下+典型案例.docx", form(title="银龄数字课堂进万家"), content="x"), scan("历下+典型案例.pdf"),
        message_id="<5@jinan.test>",
    )
    decision = judged(other, id=5, known=(item,))
    assert [(i.id, i.supersedes) for i in decision.items] == [(None, None)]


def test_duplicate_by_id_by_bytes_and_by_files() -> None:
    facts = mail("济南市教育局+智慧助老", word("历下+典型案例.docx"), scan("历下+典型案例.pdf"))
    files = frozenset(part.sha256 for part in facts.parts)
    earlier = Earlier(1, "<1@jinan.test>", facts.envelope.subject, facts.sha256, files, facts.text, "clerk@jinan.test", "accepted", "X")
    decision = judged(facts, id=2, earlier=(earlier,))
    assert (decision.kind, decision.verdict, decision.letter, decision.duplicate_of) == ("duplicate", "ignored", None, 1)
    resent = mail("济南市教育局+智慧助老", *facts.parts, message_id="<9@jinan.test>")
    assert judged(resent, id=3, earlier=(earlier,)).kind == "duplicate"


def test_resending_with_a_mended_subject_is_no_duplicate() -> None:
    facts = mail("你好", word("历下+典型案例.docx"), scan("历下+典型案例.pdf"))
    files = frozenset(part.sha256 for part in facts.parts)
    earlier = Earlier(1, "<1@jinan.test>", "你好", sha("other"), files, facts.text, "clerk@jinan.test", "correction", "X")
    mended = mail("济南市教育局+智慧助老", *facts.parts, message_id="<9@jinan.test>")
    assert judged(mended, id=2, earlier=(earlier,)).kind == "submission"


def test_empty_message_id_matches_nothing() -> None:
    earlier = Earlier(1, "", "青岛市教育局+智慧助老", sha("a"), frozenset({sha("b")}), "x", "a@b.cn", "accepted", None)
    facts = mail("济南市教育局+智慧助老", word("历下+典型案例.docx"), scan("历下+典型案例.pdf"), message_id="")
    assert judged(facts, id=2, earlier=(earlier,)).kind == "submission"


def test_code_sent_alone_in_reply_completes_the_link() -> None:
    first = course(links=(Link("baidu", BAIDU.url),))
    item = recorded(first.items[0], 7, 1)
    reply = mail("回复：济南市教育局+智慧助老", text="提取码：ab12", message_id="<6@jinan.test>", references=("<letter@163.com>",))
    decision = judged(reply, id=2, known=(item,), linked=frozenset({7}), in_our_thread=True)
    assert decision.kind == "submission"
    assert decision.verdict == "accepted", decision.findings
    assert decision.items[0].links[0].code == "ab12"


# Time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "subject", "batch", "code"),
    [
        (datetime(2021, 11, 10, 23, 59, 59, tzinfo=SHANGHAI), "济南市教育局+智慧助老", 1, None),
        (datetime(2021, 11, 11, 0, 0, tzinfo=SHANGHAI), "济南市教育局+智慧助老", 2, None),
        (datetime(2021, 11, 12, 9, 0, tzinfo=SHANGHAI), "济南市教育局+智慧助老（第一批）", 2, "deadline.late"),
        (datetime(2022, 7, 15, 23, 0, tzinfo=SHANGHAI), "济南市教育局+智慧助老", 3, None),
        (datetime(2022, 7, 16, 0, 30, tzinfo=SHANGHAI), "济南市教育局+智慧助老", None, "deadline.closed"),
    ],
)
def test_batches_by_arrival(when: datetime, subject: str, batch: int | None, code: str | None) -> None:
    decision = judged(mail(subject, word("历下+典型案例.docx"), scan("历下+典型案例.pdf")), received=when)
    assert decision.batch == batch
    assert [c for c in codes(decision) if c.startswith("deadline")] == ([code] if code else [])


def test_item_completed_after_its_deadline_counts_for_the_next() -> None:
    _, item = _first()
    late = datetime(2021, 11, 12, 9, 0, tzinfo=SHANGHAI)
    decision = judged(mail("济南市教育局+智慧助老", scan("历下+典型案例.pdf"), message_id="<2@jinan.test>"), id=2, received=late, known=(item,))
    assert "deadline.late" in codes(decision)
    assert decision.items[0].batch == 2
    again = judged(
        mail("济南市教育局+智慧助老", scan("历下+典型案例.pdf"), message_id="<2@jinan.test>"), id=2, received=late,
        known=(recorded(decision.items[0], 7, 2),), own_items=frozenset({7}),
    )
    assert codes(again) == codes(decision)


def test_campaign_is_the_built_in_one() -> None:
    assert campaign().topic == "智慧助老"


def test_the_right_subject_is_told_in_one_way() -> None:
    assert campaign().right_subject(None) == "单位名称+智慧助老"
    assert judged(mail("智慧助老", word("a.docx", form(unit="")))).letter.right_subject == campaign().right_subject(None)  # type: ignore[union-attr]
