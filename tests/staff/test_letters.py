"""Staff write: a free letter in the thread, a correction request of their own; each goes out once and stays theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from core.findings import Severity
from core.settings import SmtpSettings
from staff.letters import (
    WORDS,
    CannotWrite,
    askable_findings,
    edit_words,
    find_answer,
    preview_answer,
    preview_correction,
    preview_free,
    write_correction,
    write_free,
)
from storage.desk import Desk
from storage.errors import Conflict
from storage.outbox import Outbox
from storage.queries import Queries
from storage.rows import MessageRow
from storage.staff_letters import StaffLetters
from storage.whole import read_message
from tests.staff.letter_world import LetterWorld, html_of, text_of

GOOD, NO_SCAN, EMPTY = "济南市教育局", "山东师范大学", "泰山学院"
NAMES = ("right foxmail", "no scan", "nothing attached", "question", "bounce", "vacation", "mailing list")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LetterWorld]:
    with LetterWorld(tmp_path, NAMES) as made:
        yield made


def doubt(world: LetterWorld, unit: str, code: str, text: str, item: int | None = 0) -> int:
    """A finding of severity review, as if the program had doubted; its id."""
    with world.engine.database.write() as connection:
        connection.execute(sql(
            "INSERT INTO finding (message_id, position, code, severity, text, item_index, evidence) "
            "VALUES (:message, 90, :code, 'review', :text, :item, '案例名称')"
        ), {"message": world.message(unit).id, "code": code, "text": text, "item": item})
    return next(row.id for row in read_message(world.engine.database, world.message(unit).id).findings if row.finding.code == code)


# A free letter ---------------------------------------------------------------------------------------------------


def test_a_free_letter_goes_once_in_the_thread(world: LetterWorld) -> None:
    row = world.message(GOOD)
    seen = preview_free(world.office, row.id, "材料已转评审组。\n\n如有变动，请回信告知。")
    assert (seen.to, seen.kind, seen.unit, seen.warnings) == (row.sender, "free", GOOD, ())
    before = len(world.sent())
    written = [write_free(world.office, row.id, "材料已转评审组。\n\n如有变动，请回信告知。", world.act()) for _ in range(3)]
    assert [one.new for one in written] == [True, False, False], "a form sent twice is one letter"
    assert world.cycle() == {"sent": 1}
    assert world.cycle(60) == {}
    (letter,) = world.sent()[before:]
    assert letter["To"].addresses[0].addr_spec == row.sender
    assert letter["Subject"] == f"回复：{GOOD}+智慧助老" == seen.subject
    assert letter["In-Reply-To"] == row.message_id
    assert str(letter["References"]).split()[-1] == row.message_id
    assert letter["Auto-Submitted"] == "auto-replied"
    assert text_of(letter).replace("\r\n", "\n").strip() == seen.text.strip(), "sent as it was shown"
    assert (row.receipt_number or "?") in text_of(letter)
    for words in ("材料已转评审组。", "如有变动，请回信告知。"):
        assert words in text_of(letter)
        assert words in html_of(letter)
    stored = find_answer(world.office, written[0].id)
    assert (stored.state, stored.written_by, stored.message_id_header) == ("sent", "李老师", letter["Message-ID"])
    assert Outbox(world.engine.database).find_by_header(str(letter["Message-ID"])), "an answer to it is tied to the mail"


def test_two_different_letters_have_two_identities(world: LetterWorld) -> None:
    row = world.message(GOOD)
    for words in ("第一封。", "第二封。"):
        write_free(world.office, row.id, words, world.act())
    assert world.cycle() == {"sent": 2}
    assert len({letter["Message-ID"] for letter in world.sent()}) == len(world.sent())


@pytest.mark.parametrize("words", [
    "好。\r\nBcc: all@other.test", "好。\nSubject: 变了\n\n<script>alert(1)</script>", "好\u2028Cc: x@y.test", "好\x0bTo: x@y.test",
])  # fmt: skip
def test_words_cannot_add_a_header_a_reader_or_a_script(world: LetterWorld, words: str) -> None:
    row = world.message(GOOD)
    write_free(world.office, row.id, words, world.act())
    before = len(world.sent())
    world.cycle()
    raw, to = world.sender.letters[before]
    head = raw.partition(b"\r\n\r\n")[0].lower()
    assert to == [row.sender]
    assert b"\nbcc:" not in head
    assert b"\ncc:" not in head
    letter = world.sent()[before]
    assert letter["Subject"] == f"回复：{GOOD}+智慧助老"
    assert "<script" not in html_of(letter)


def test_a_question_is_answered_by_a_person(world: LetterWorld) -> None:
    rows = {row.subject: row for row in _messages(world)}
    seen = preview_free(world.office, rows["请问截止时间"].id, "第二批截止日期为2022年4月15日。")
    assert "尊敬的老师：" in seen.text
    write_free(world.office, rows["请问截止时间"].id, "第二批截止日期为2022年4月15日。", world.act())
    assert world.cycle() == {"sent": 1}


def _messages(world: LetterWorld) -> list[MessageRow]:
    return list(Queries(world.engine.database).messages(limit=100).rows)


def test_no_letter_to_machines(world: LetterWorld) -> None:
    machines = [row for row in _messages(world) if row.kind in ("bounce", "auto_reply") or "周刊" in row.subject]
    assert len(machines) == 3
    for row in machines:
        with pytest.raises(CannotWrite, match=r"[\u4e00-\u9fff]"):
            preview_free(world.office, row.id, "您好。")


@pytest.mark.parametrize("words", ["", " \n\t\n", "字" * (WORDS + 1)])
def test_words_are_needed_and_bounded(world: LetterWorld, words: str) -> None:
    with pytest.raises(CannotWrite):
        write_free(world.office, world.message(GOOD).id, words, world.act())
    assert not [a for a in world.every_answer() if a.written_by]


def test_unknown_mail(world: LetterWorld) -> None:
    with pytest.raises(CannotWrite, match="m999"):
        preview_free(world.office, 999, "好")


# A request for correction ----------------------------------------------------------------------------------------


def test_a_doubt_is_asked_in_the_submitters_words(world: LetterWorld) -> None:
    number = doubt(world, GOOD, "scan.mismatch", "典型案例的扫描件与Word版内容不一致：案例名称。请人工核对。")
    row = world.message(GOOD)
    (askable,) = [one for one in askable_findings(world.office, message_id=row.id) if one.id == number]
    assert askable.finding.severity is Severity.REVIEW
    seen = preview_correction(world.office, message_id=row.id, finding_ids=[number], words="请以盖章的一份为准。")
    assert "请人工核对" not in seen.text
    assert "定稿重新发送" in seen.text
    assert "请以盖章的一份为准。" in seen.text
    assert "材料补正通知" in seen.text
    assert (row.receipt_number or "?") in seen.text
    before = len(world.sent())
    first = write_correction(world.office, world.act(), message_id=row.id, finding_ids=[number], words="请以盖章的一份为准。")
    again = write_correction(world.office, world.act(), message_id=row.id, finding_ids=[number], words="请以盖章的一份为准。")
    assert (first.new, again.new, first.id) == (True, False, again.id)
    assert world.cycle() == {"sent": 1}
    (letter,) = world.sent()[before:]
    assert "扫描件与Word版申报表内容不一致（案例名称）" in text_of(letter)
    assert [(a.kind, a.state) for a in world.answers(GOOD)] == [("receipt", "sent"), ("correction", "sent")]


def test_what_the_program_cannot_say_is_left_to_staff(world: LetterWorld) -> None:
    number = doubt(world, GOOD, "submission.unclear", "不清楚这是哪一件，请人工查看。")
    row = world.message(GOOD)
    assert [one.text for one in askable_findings(world.office, message_id=row.id) if one.id == number] == [None]
    with pytest.raises(CannotWrite, match="补充说明"):
        preview_correction(world.office, message_id=row.id, finding_ids=[number])
    seen = preview_correction(world.office, message_id=row.id, finding_ids=[number], words="请说明附件二属于哪一项目。")
    assert "请人工查看" not in seen.text
    assert seen.warnings
    assert "0处" not in seen.text
    assert "请说明附件二属于哪一项目。" in seen.text
    assert "需补充说明" in seen.html
    assert "补正方式" in seen.text


def test_about_an_item_only_that_item_is_told(world: LetterWorld) -> None:
    row = world.message(NO_SCAN)
    item = read_message(world.engine.database, row.id).items[0]
    (askable,) = askable_findings(world.office, item_id=item.id)
    seen = preview_correction(world.office, item_id=item.id, finding_ids=[askable.id], words="")
    assert seen.to == row.sender
    assert [f.code for f in seen.points] == ["scan.missing"]
    assert f"{NO_SCAN}+典型案例.pdf" in seen.text


def test_stale_choice_or_none_is_refused(world: LetterWorld) -> None:
    row = world.message(NO_SCAN)
    with pytest.raises(CannotWrite, match="刷新"):
        preview_correction(world.office, message_id=row.id, finding_ids=[9999])
    with pytest.raises(CannotWrite, match="请选择"):
        preview_correction(world.office, message_id=row.id)
    (found,) = askable_findings(world.office, message_id=row.id)
    Desk(world.engine.database).waive_finding(found.id, world.act())
    with pytest.raises(CannotWrite, match="刷新"):
        preview_correction(world.office, message_id=row.id, finding_ids=[found.id])


def test_the_programs_unsent_letter_gives_way(tmp_path: Path) -> None:
    with LetterWorld(tmp_path, ["no scan"], mode="draft") as world:
        row = world.message(NO_SCAN)
        assert [a.state for a in world.answers(NO_SCAN)] == ["draft"]
        (found,) = askable_findings(world.office, message_id=row.id)
        write_correction(world.office, world.act(), message_id=row.id, finding_ids=[found.id], words="烦请尽快。")
        assert [(a.state, a.written_by) for a in world.answers(NO_SCAN)] == [("suppressed", None), ("waiting", "李老师")]
        # Decided again before it went: staff's words stand, and no second letter is made.
        Desk(world.engine.database).reprocess([row.id], world.act())
        world.engine.process()
        assert [(a.state, a.written_by) for a in world.answers(NO_SCAN)] == [("suppressed", None), ("waiting", "李老师")]
        assert world.cycle() == {"sent": 1}
        Desk(world.engine.database).reprocess([row.id], world.act())
        assert world.cycle() == {}
        assert len(world.sent()) == 1
        assert "烦请尽快。" in text_of(world.sent()[0])


# Drafts ----------------------------------------------------------------------------------------------------------


def test_own_words_in_a_draft(tmp_path: Path) -> None:
    with LetterWorld(tmp_path, ["no scan"], mode="draft") as world:
        (draft,) = world.answers(NO_SCAN)
        seen = preview_answer(world.office, draft)
        assert seen.text == draft.text
        edit_words(world.office, draft.id, "另请注明联系人。", world.act(), draft.edit)
        with pytest.raises(Conflict):
            edit_words(world.office, draft.id, "别的话。", world.act("王老师"), draft.edit)
        changed = find_answer(world.office, draft.id)
        assert "另请注明联系人。" in changed.text
        Desk(world.engine.database).reprocess([world.message(NO_SCAN).id], world.act())
        world.engine.process()
        assert find_answer(world.office, draft.id).text == changed.text, "a new decision leaves it alone"
        Outbox(world.engine.database).release_answers([draft.id], "李老师", world.clock.now)
        assert world.cycle() == {"sent": 1}
        assert "另请注明联系人。" in text_of(world.sent()[0])
        with pytest.raises(Conflict):
            edit_words(world.office, draft.id, "晚了。", world.act(), find_answer(world.office, draft.id).edit)


def test_hold_and_withdraw(world: LetterWorld) -> None:
    row = world.message(GOOD)
    one = write_free(world.office, row.id, "一。", world.act()).id
    two = write_free(world.office, row.id, "二。", world.act()).id
    letters, outbox = StaffLetters(world.engine.database), Outbox(world.engine.database)
    assert letters.hold([one, two, 999], "再看看", "李老师", world.clock.now) == (one, two)
    assert world.cycle() == {}
    assert outbox.suppress_answers([two], "不发了", "李老师", world.clock.now) == (two,)
    assert outbox.release_answers([one], "李老师", world.clock.now) == (one,)
    assert world.cycle() == {"sent": 1}
    assert letters.hold([one], "", "李老师", world.clock.now) == ()
    assert write_free(world.office, row.id, "二。", world.act()).new, "what was withdrawn may be written again"


def test_a_letter_asked_for_as_draft_waits(world: LetterWorld) -> None:
    one = write_free(world.office, world.message(GOOD).id, "一。", world.act(), draft=True)
    assert find_answer(world.office, one.id).state == "draft"
    assert world.cycle() == {}


def test_without_a_server_the_preview_says_so(world: LetterWorld) -> None:
    office = world.make_office(smtp=SmtpSettings(user="office@example.test"))
    assert "smtp.host" in preview_free(office, world.message(GOOD).id, "好。").warnings[0]
