"""The SMTP server says no: for now, for one reader, or to the account itself."""

from __future__ import annotations

import pytest

from tests.live.daemon_mails import Expected, mails
from tests.live.daemon_world import World, compare
from tests.support.smtp_server import Fault

pytestmark = pytest.mark.live


@pytest.fixture
def expected(world: World) -> list[Expected]:
    """Three mails that each get a letter lie in the mailbox."""
    three = mails()[:3]
    world.put(*three)
    return three


def states(world: World) -> list[str]:
    return [state for (state,) in world.sql("SELECT state FROM answer ORDER BY id")]


def test_try_later_is_tried_later_with_the_same_letter(world: World, expected: list[Expected]) -> None:
    world.smtp.fail(Fault("rcpt", "451 DT:SPM Please try again later", recipient=expected[1].sender))
    world.once()
    assert states(world) == ["sent", "waiting", "sent"]
    world.once()
    assert len(world.smtp.delivered) == 2, "not before its time"
    world.let_letters_be_due()
    world.once()
    assert states(world) == ["sent"] * 3
    assert compare(world.records(), world.letters(), expected) == []
    assert world.alerts() == {}


def test_a_greylisting_server_gets_the_letter_in_the_end(world: World, expected: list[Expected]) -> None:
    world.smtp.fail(Fault("end", "451 4.7.1 Greylisted", times=5))
    for _ in range(3):
        world.once()
        world.let_letters_be_due()
    assert compare(world.records(), world.letters(), expected) == []
    identities = [letter["Message-ID"] for letter in world.letters()]
    assert len(set(identities)) == len(identities) == 3


def test_one_reader_refused_costs_only_that_letter(world: World, expected: list[Expected]) -> None:
    world.smtp.fail(Fault("rcpt", "550 5.1.1 User unknown", times=None, recipient=expected[1].sender))
    world.once()
    assert states(world) == ["sent", "failed", "sent"]
    assert "550" in world.alerts()["letter.refused"]
    world.let_letters_be_due()
    world.once()
    assert world.smtp.seen("rcpt") == 3, "a permanent refusal is not tried again"
    assert {d.recipients for d in world.smtp.delivered} == {(expected[0].sender,), (expected[2].sender,)}
    failed = [a for record in world.records() for a in record["answers"] if a["state"] == "failed"]
    assert len(failed) == 1
    assert "550" in failed[0]["reason"]


@pytest.mark.parametrize("fault", [
    Fault("auth", "535 Error: authentication failed", times=1),
    Fault("end", "554 DT:SPM 163 smtp2,GtxpCgB3 Please see http://mail.163.com/help/help_spam_16.htm", times=1),
    Fault("mail", "550 User has no permission", times=1),
], ids=["535", "554 DT:SPM", "550 no permission"])  # fmt: skip
def test_the_account_refused_stops_everything_until_a_person_has_looked(
    world: World, expected: list[Expected], fault: Fault
) -> None:
    world.smtp.fail(fault)
    world.once()
    assert states(world) == ["waiting"] * 3
    assert "已暂停" in world.alerts()["smtp.stopped"]
    reached = len(world.smtp.log)
    world.let_letters_be_due()
    world.once()
    assert len(world.smtp.log) == reached, "while stopped the server is left alone"
    assert "已恢复发信" in world.command("check", ok=False).stdout.replace("\n", "").replace(" ", "").replace("│", "")
    assert "smtp.stopped" not in world.alerts()
    world.once()
    assert compare(world.records(), world.letters(), expected) == []


def test_the_server_takes_the_letter_and_the_line_breaks(world: World, expected: list[Expected]) -> None:
    """Nobody can know whether it was taken: it goes again under the same Message-ID, so that clients show it once."""
    world.smtp.fail(Fault("end", close=True, taken=True))
    world.once()
    world.let_letters_be_due()
    world.once()
    assert states(world) == ["sent"] * 3
    letters = world.letters()
    assert len(letters) == 4
    assert len({letter["Message-ID"] for letter in letters}) == 3


def test_draft_mode_sends_nothing_until_staff_release_it(world: World, expected: list[Expected]) -> None:
    world.config.write_text(world.config.read_text("utf-8").replace('mode = "send"', 'mode = "draft"'), "utf-8")
    world.once()
    assert states(world) == ["draft"] * 3
    assert world.smtp.delivered == []
    number = world.sql("SELECT min(id) FROM answer")[0][0]
    world.command("send", str(number))
    world.once()
    assert states(world) == ["sent", "draft", "draft"]
    assert len(world.smtp.delivered) == 1


def test_mail_from_before_the_first_day_is_recorded_and_never_answered(world: World, expected: list[Expected]) -> None:
    text = world.config.read_text("utf-8").replace("since = 2021-10-01T00:00:00+08:00\n", "")
    world.config.write_text(text, "utf-8")
    world.once()
    assert [record["verdict"] for record in world.records()] == ["accepted"] * 3
    assert world.smtp.delivered == []
    assert states(world) == ["suppressed"] * 3
