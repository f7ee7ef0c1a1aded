"""Links that were lost and come back: a unit that says so is not judged by a look of last week; a second loss is told like the
first; nothing waits for a check that was switched off. Each ran wrong on the real engine before its mend."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.intake.link_world import ID, UNIT, URL, LinkWorld, course
from tests.support.fake_share import FakeShareService
from tests.support.shares import Share

pytestmark = pytest.mark.live
SHARED = f"视频：{URL} 提取码：ab12"


def says_so(world: LinkWorld) -> None:
    """The unit answers in words, without the address."""
    number = world.record()["receipt_number"]
    world.mail(f"链接已恢复，我单位同意共享。回执编号{number}", files=[], subject=f"{UNIT}+智慧助老（补充）")


def test_a_restored_link_is_looked_at_before_the_unit_is_told_anything(lost: LinkWorld, service: FakeShareService) -> None:
    service.shares[ID].state = "alive"
    says_so(lost)
    lost.engine.process()
    assert (lost.record(1)["verdict"], lost.kinds(1)) == ("pending", [])
    lost.turn(minutes=1)
    assert (lost.record(1)["verdict"], lost.codes(1), lost.kinds(1)) == ("accepted", set(), ["receipt"])
    lost.turn(minutes=11)
    assert lost.alerts() == {}


def test_a_link_that_is_lost_still_is_told(lost: LinkWorld) -> None:
    says_so(lost)
    lost.turn(minutes=1)
    assert (lost.codes(1), lost.kinds(1)) == ({"link.dead"}, ["correction"])


def test_where_nobody_can_look_a_person_does(lost: LinkWorld, service: FakeShareService) -> None:
    service.faults["*"] = "http503"
    says_so(lost)
    lost.turn(minutes=1)
    assert lost.record(1)["verdict"] == "pending"
    for _ in range(12):
        lost.turn(hours=13)
        if lost.record(1)["verdict"] != "pending":
            break
    assert (lost.record(1)["verdict"], lost.codes(1), lost.kinds(1)) == ("review", {"link.unchecked"}, ["receipt"])


def test_the_look_is_asked_for_though_the_time_of_watching_is_over(lost: LinkWorld, service: FakeShareService) -> None:
    lost.turn(days=400)
    lost.turn(days=1)
    service.shares[ID].state = "alive"
    says_so(lost)
    lost.turn(minutes=1)
    assert lost.record(1)["verdict"] != "pending"
    assert "link.dead" not in lost.codes(1)


def test_a_second_loss_is_told_like_the_first(lost: LinkWorld, service: FakeShareService) -> None:
    service.shares[ID].state = "alive"
    lost.turn(days=8)
    lost.turn(minutes=11)
    assert lost.alerts() == {}
    service.shares[ID].state = "cancelled"
    lost.turn(days=8)
    lost.turn(minutes=20)
    assert lost.kinds() == ["receipt", "link_dead", "link_dead"]
    assert len(lost.alerts()) == 1
    lost.turn(days=8)
    lost.turn(minutes=20)
    assert len(lost.kinds()) == 3, "once for each loss"


def test_mails_go_on_when_the_check_is_switched_off(tmp_path: Path, service: FakeShareService) -> None:
    service.add(Share(ID, "ab12", faults={"verify": "http500"}))
    world = LinkWorld(tmp_path, service)
    world.mail(SHARED)
    world.turn()
    assert world.record()["verdict"] == "pending"
    world.engine.close()
    later = LinkWorld(tmp_path, service, check=False)
    later.clock.now = world.clock.now
    later.turn(minutes=1)
    assert (later.record()["verdict"], later.kinds()) == ("accepted", ["receipt"])
    later.turn(hours=1)
    assert later.kinds() == ["receipt"]
    later.engine.close()


def test_looking_again_switched_off_asks_no_more(lost: LinkWorld, service: FakeShareService, tmp_path: Path) -> None:
    lost.engine.close()
    later = LinkWorld(tmp_path, service, recheck_days=0)
    later.clock.now = lost.clock.now
    asked = len(service.asked)
    later.turn(days=9)
    later.turn(days=9)
    assert len(service.asked) == asked
    service.shares[ID].state = "alive"
    later.mails = 1
    says_so(later)
    later.turn(minutes=1)
    assert later.record(1)["verdict"] == "accepted", "a look that a mail asks for is taken all the same"
    assert len(service.asked) < asked + 10
    later.engine.close()


@pytest.mark.parametrize("mended", [True, False])
@pytest.mark.parametrize("state", ["alive", "cancelled", "unknown"])
def test_a_link_that_was_never_right_is_looked_at_again_too(tmp_path: Path, service: FakeShareService, state: str, mended: bool) -> None:
    """The share was dead when it came; the unit has restored it, and says so without its address."""
    service.shares[ID].state = "cancelled"
    world = LinkWorld(tmp_path, service)
    world.mail(SHARED)
    world.turn(minutes=1)
    assert (world.codes(), world.kinds()) == ({"link.dead"}, ["correction"])
    if state == "unknown":
        service.faults["*"] = "http503"
    else:
        service.shares[ID].state = state
    world.clock.now += dt.timedelta(hours=1)
    if mended:
        world.mail("链接已恢复，请查收。", files=course(contact_phone="13805310099"), date=world.clock.now)
    else:
        number = world.record()["receipt_number"]
        world.mail(f"链接已恢复。回执编号{number}", files=[], subject=f"{UNIT}+智慧助老（补充）", date=world.clock.now)
    world.turn(minutes=1)
    for _ in range(12):
        world.turn(hours=13)
    codes = {"alive": set(), "cancelled": {"link.dead"}, "unknown": {"link.unchecked"}}[state]
    assert (world.codes(1), world.kinds(1)) == (codes, ["correction" if state == "cancelled" else "receipt"])
    assert world.kinds() == ["correction"]
    world.engine.close()


@pytest.mark.parametrize(("state", "codes", "kinds"), [("alive", set(), ["receipt"]), ("cancelled", {"link.dead"}, ["correction"])])
def test_an_answer_in_words_that_a_link_is_mended_is_told_by_the_link(
    tmp_path: Path, service: FakeShareService, state: str, codes: set[str], kinds: list[str]
) -> None:
    """Seen: words alone went to staff, or an answer under any subject was unrelated."""
    service.shares[ID].state = "cancelled"
    world = LinkWorld(tmp_path, service)
    first = world.mail(SHARED)
    world.turn(minutes=1)
    assert (world.codes(), world.kinds()) == ({"link.dead"}, ["correction"])
    service.shares[ID].state = state
    world.clock.now += dt.timedelta(hours=1)
    world.mail("您好，网盘链接已重新设置为永久有效，请再看一下。", files=[], subject="Re: 您好", in_reply_to=first, date=world.clock.now)
    world.turn(minutes=1)
    for _ in range(3):
        world.turn(hours=13)
    assert (world.codes(1), world.kinds(1)) == (codes, kinds)
    world.engine.close()
