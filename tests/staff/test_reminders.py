"""Reminders: to whom, saying what, how often; and never to a unit that complied."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from core.settings import AnswerSettings
from staff.letters import CannotWrite, find_answer
from staff.reminders import Reminders, preview_reminders, write_reminders
from storage.desk import Desk
from storage.outbox import Outbox
from storage.whole import read_message
from tests.live.daemon_mails import FIRST_BATCH, Expected, pair
from tests.staff.letter_world import LetterWorld, html_of, mail, text_of
from tests.support.mail_builder import compose

DAY = 24 * 60
GOOD, NO_SCAN, NO_FORM, NO_TOPIC, SECOND = "济南市教育局", "山东师范大学", "曲阜师范大学", "济宁学院", "聊城大学"
NAMES = ("right foxmail", "no scan", "no Word form", "subject without topic")


def reply(to: Expected, unit: str, files: list, minutes: int = 30, subject: str = "") -> Expected:  # type: ignore[type-arg]
    """What the submitter of `to` sends next."""
    when = FIRST_BATCH + dt.timedelta(hours=20, minutes=minutes)
    raw = compose(
        "foxmail", subject=subject or f"{unit}+智慧助老", text="现补充材料，请查收。", files=files, sender=("王老师", to.sender),
        message_id=f"<more{minutes}@{to.sender.partition('@')[2]}>", date=when,
    )
    return replace(to, raw=raw, message_id=None)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LetterWorld]:
    """The day after the first letters: Nov 10th at noon in Shanghai would be the last day, this is the morning of it."""
    with LetterWorld(tmp_path, NAMES) as made:
        made.cycle(DAY + 60)
        yield made


def who(found: Reminders) -> dict[str, str]:
    return {one.unit: one.why for one in found.letters}


def test_open_points_in_one_letter_in_the_thread(world: LetterWorld) -> None:
    found = preview_reminders(world.office, 1, missing=False)
    assert who(found) == {NO_SCAN: "open", NO_FORM: "open", NO_TOPIC: "open"}
    before = len(world.sent())
    written = write_reminders(world.office, 1, world.act(), missing=False, units=[NO_SCAN])
    assert list(written) == [NO_SCAN]
    assert world.cycle() == {"sent": 1}
    (letter,) = world.sent()[before:]
    row = world.message(NO_SCAN)
    assert letter["To"].addresses[0].addr_spec == row.sender
    assert row.message_id in str(letter["References"])
    assert letter["Subject"] == f"回复：{NO_SCAN}+智慧助老"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert "材料报送提示" in text_of(letter)
    assert "未见纸质盖章版扫描件" in text_of(letter)
    assert (row.receipt_number or "?") in text_of(letter)
    assert "2021年11月10日" in text_of(letter)
    assert text_of(letter).replace("\r\n", "\n").strip() == next(
        one.preview.text for one in found.letters if one.unit == NO_SCAN
    ).strip(), "sent as it was shown"
    assert f"{NO_SCAN}+典型案例.pdf" in html_of(letter)


def test_missing_units_with_and_without_address(world: LetterWorld, tmp_path: Path) -> None:
    found = preview_reminders(world.office, 2, points_open=False)
    reachable = who(found)
    assert reachable == {GOOD: "missing", NO_SCAN: "missing", NO_FORM: "missing", NO_TOPIC: "missing"}, "known from batch 1"
    unreachable = {one.unit for one in found.unreachable}
    assert "青岛市教育局" in unreachable
    assert all("电话" in one.reason for one in found.unreachable)
    assert len(reachable) + len(unreachable) == len(world.office.register.reporting_units())
    letter = found.letters[0].preview
    assert letter.subject.startswith("关于报送")
    assert "2022年4月15日" in letter.text
    assert f"{found.letters[0].unit}+智慧助老" in letter.text
    assert "sdsqedu@163.com" in letter.text
    assert world.every_answer()[0].kind != "reminder", "a preview writes nothing"


def test_never_twice_for_the_same_within_days(world: LetterWorld) -> None:
    assert len(write_reminders(world.office, 2, world.act(), points_open=False)) == 4
    assert write_reminders(world.office, 2, world.act(), points_open=False) == {}, "the button pressed twice"
    assert world.cycle() == {"sent": 4}
    world.clock.now += dt.timedelta(days=2, hours=23)
    skipped = {one.unit: one.reason for one in preview_reminders(world.office, 2, points_open=False).skipped}
    assert set(skipped) == {GOOD, NO_SCAN, NO_FORM, NO_TOPIC}
    assert "未满3天" in skipped[GOOD]
    world.clock.now += dt.timedelta(hours=2)
    assert len(write_reminders(world.office, 2, world.act(), points_open=False)) == 4
    assert world.cycle() == {"sent": 4}
    assert len({letter["Message-ID"] for letter in world.sent()}) == len(world.sent())


def test_a_new_point_may_be_told_sooner_a_lesser_one_not(world: LetterWorld) -> None:
    write_reminders(world.office, 1, world.act(), missing=False, units=[NO_SCAN])
    world.cycle()
    assert who(preview_reminders(world.office, 1, missing=False, units=[NO_SCAN])) == {}
    with world.engine.database.write() as connection:
        connection.execute(sql(
            "INSERT INTO finding (message_id, position, code, severity, text, item_index, evidence) "
            "VALUES (:message, 90, 'form.field_missing', 'error', '典型案例的联系电话未填写。', 0, '')"
        ), {"message": world.message(NO_SCAN).id})
    assert who(preview_reminders(world.office, 1, missing=False, units=[NO_SCAN])) == {NO_SCAN: "open"}


def test_complied_before_it_was_sent(world: LetterWorld) -> None:
    """The worst mistake: the correction lies in the mailbox, and the reminder goes all the same."""
    written = write_reminders(world.office, 1, world.act(), missing=False)
    before = len(world.sent())
    world.bring([reply(mail("no scan"), NO_SCAN, pair(NO_SCAN)[1:])])
    assert world.engine.send() == {"dropped": 3}, "mail that came in is decided first"
    assert len(world.sent()) == before
    world.engine.process()
    world.clock.now += dt.timedelta(minutes=5)
    world.engine.send()
    row = find_answer(world.office, written[NO_SCAN].id)
    assert (row.state, row.reason) == ("suppressed", "该单位已经补正，无需催报")
    assert find_answer(world.office, written[NO_FORM].id).state == "sent"
    told = [letter["To"].addresses[0].addr_spec for letter in world.sent()[before:] if "材料报送提示" in text_of(letter)]
    assert sorted(told) == sorted([mail("no Word form").sender, mail("subject without topic").sender])


def test_a_missing_unit_sent_meanwhile(world: LetterWorld) -> None:
    written = write_reminders(world.office, 2, world.act(), points_open=False, units=[GOOD])
    more = reply(mail("right foxmail"), GOOD, pair(GOOD, "training"), subject=f"{GOOD}+智慧助老（第二批）")
    world.bring([more])
    world.engine.process()
    world.clock.now += dt.timedelta(minutes=5)
    assert world.engine.send()["dropped"] == 1
    assert find_answer(world.office, written[GOOD].id).state == "suppressed"


def test_only_what_is_still_open_is_told(world: LetterWorld) -> None:
    with world.engine.database.write() as connection:
        connection.execute(sql(
            "INSERT INTO finding (message_id, position, code, severity, text, item_index, evidence) "
            "VALUES (:message, 90, 'form.field_missing', 'error', '典型案例的联系电话未填写。', 0, '')"
        ), {"message": world.message(NO_SCAN).id})
    written = write_reminders(world.office, 1, world.act(), missing=False, units=[NO_SCAN])
    assert "联系电话未填写" in find_answer(world.office, written[NO_SCAN].id).text
    waived = next(
        row for row in read_message(world.engine.database, world.message(NO_SCAN).id).findings if row.finding.code == "form.field_missing"
    )
    with world.engine.database.write() as connection:
        connection.execute(sql("UPDATE finding SET waived_at = '2021-11-10 00:00:00.000000', waived_by = 'x' WHERE id = :id"), {"id": waived.id})
    before = len(world.sent())
    assert world.cycle() == {"sent": 1}
    assert "联系电话未填写" not in text_of(world.sent()[before])
    assert "共1处" in text_of(world.sent()[before])
    assert "联系电话未填写" not in find_answer(world.office, written[NO_SCAN].id).text, "the record says what went out"


def test_a_later_mail_of_the_same_sender_cures_the_subject(world: LetterWorld) -> None:
    """Sent anew with the right subject: whether the first one still counts nobody can tell, so nobody is reminded of it."""
    assert NO_TOPIC in who(preview_reminders(world.office, 1, missing=False))
    world.bring([reply(mail("subject without topic"), NO_TOPIC, pair(NO_TOPIC, "training"))])
    world.cycle(1)
    assert NO_TOPIC not in who(preview_reminders(world.office, 1, missing=False))


def test_not_before_the_submitter_was_told(tmp_path: Path) -> None:
    with LetterWorld(tmp_path, ["no scan"], mode="draft") as world:
        found = preview_reminders(world.office, 1, missing=False)
        assert [(one.unit, one.reason) for one in found.skipped] == [(NO_SCAN, "补正通知尚未发出，不宜催报")]
        Outbox(world.engine.database).release_answers([1], "李老师", world.clock.now)
        world.cycle(1)
        (skipped,) = preview_reminders(world.office, 1, missing=False).skipped
        assert "刚于" in skipped.reason
        world.cycle(DAY)
        office = world.make_office(answers=AnswerSettings(mode="draft"))
        (letter,) = preview_reminders(office, 1, missing=False).letters
        assert letter.preview.state == "draft"
        written = write_reminders(office, 1, world.act(), missing=False)
        assert world.cycle() == {}
        assert find_answer(office, written[NO_SCAN].id).state == "draft"
        (skipped,) = preview_reminders(office, 1, missing=False).skipped
        assert f"信件{written[NO_SCAN].id}" in skipped.reason


def test_after_the_deadline_only_when_asked(world: LetterWorld) -> None:
    written = write_reminders(world.office, 1, world.act(), missing=False, units=[NO_SCAN, NO_FORM])
    world.clock.now = dt.datetime(2021, 11, 10, 16, 1, tzinfo=dt.UTC)  # 00:01 of the 11th in Shanghai
    world.engine.send()
    assert {find_answer(world.office, one.id).reason for one in written.values()} == {"第一批已经截止，不再催报"}
    with pytest.raises(CannotWrite, match="2021年11月10日截止"):
        preview_reminders(world.office, 1)
    world.clock.now += dt.timedelta(days=2)
    found = preview_reminders(world.office, 1, missing=False, after_deadline=True)
    assert NO_SCAN in who(found)
    assert "尽快" in found.letters[0].preview.text
    write_reminders(world.office, 1, world.act(), missing=False, after_deadline=True, units=[NO_SCAN])
    assert world.cycle() == {"sent": 1}


def test_accepted_or_waived_by_staff_is_not_reminded(world: LetterWorld) -> None:
    item = read_message(world.engine.database, world.message(NO_SCAN).id).items[0]
    Desk(world.engine.database).accept_item(item.id, world.act(why="纸质件已到"))
    Desk(world.engine.database).accept_message(world.message(NO_FORM).id, world.act())
    world.cycle()
    assert set(who(preview_reminders(world.office, 1, missing=False))) == {NO_TOPIC}


def test_wrong_batch_or_unit(world: LetterWorld) -> None:
    with pytest.raises(CannotWrite, match="没有批次9"):
        preview_reminders(world.office, 9)
    with pytest.raises(CannotWrite, match="火星大学"):
        preview_reminders(world.office, 2, units=["火星大学"])


def test_machines_are_no_address(tmp_path: Path) -> None:
    one = mail("right foxmail")
    noreply = replace(one, raw=one.raw.replace(one.sender.encode(), b"noreply@unit0.test"))
    with LetterWorld(tmp_path, ["no scan"]) as world:
        world.bring([noreply])
        world.cycle()
        found = preview_reminders(world.office, 2, units=[GOOD], points_open=False)
        assert found.letters == ()
        assert [one.unit for one in found.unreachable] == [GOOD]


def test_a_reply_to_the_reminder_finds_its_item(world: LetterWorld) -> None:
    write_reminders(world.office, 1, world.act(), missing=False, units=[NO_SCAN])
    world.cycle()
    letter = world.sent()[-1]
    scan = replace(pair(NO_SCAN)[1], name="扫描.pdf")
    raw = compose(
        "qq", subject=f"回复：{letter['Subject']}", text="扫描件补上。", files=[scan], sender=("王老师", mail("no scan").sender),
        message_id="<answer@x.test>", headers=(("In-Reply-To", str(letter["Message-ID"])),), date=FIRST_BATCH + dt.timedelta(days=1),
    )
    world.bring([replace(mail("no scan"), raw=raw)])
    world.cycle(1)
    assert world.message(NO_SCAN).verdict == "accepted"
    assert preview_reminders(world.office, 1, missing=False, units=[NO_SCAN]).letters == ()
