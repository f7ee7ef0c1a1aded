"""A new version of a course whose link is asked about still, or was lost: its mail waits for the answer and gets it. Each waited for
ever before its mend."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from core.facts import LinkState
from staff.context import act
from storage.desk import Desk
from storage.link_watch import LinkWatch
from tests.intake.link_world import ID, UNIT, URL, LinkWorld, course
from tests.support.fake_share import FakeShareService

pytestmark = pytest.mark.live
SHARED = f"视频：{URL} 提取码：ab12"


def mended(world: LinkWorld) -> None:
    """The form once more, with another telephone number and without the address of the video."""
    world.mail("修改后的申报表，请查收。", files=course(contact_phone="13805310099"))


@pytest.mark.parametrize(("state", "codes", "kind"), [("alive", set(), "receipt"), ("cancelled", {"link.dead"}, "correction")])
def test_a_new_version_waits_for_the_look_and_is_answered(
    lost: LinkWorld, service: FakeShareService, state: str, codes: set[str], kind: str
) -> None:
    service.shares[ID].state = state
    mended(lost)
    lost.engine.process()
    assert lost.record(1)["verdict"] == "pending"
    lost.turn(minutes=20)
    lost.turn(minutes=20)
    assert (lost.codes(1), lost.kinds(1)) == (codes, [kind])
    assert len(lost.alerts()) == len(codes)


def test_a_lost_link_is_let_go_and_nobody_waits_for_it(lost: LinkWorld, service: FakeShareService) -> None:
    mended(lost)
    lost.engine.process()
    LinkWatch(lost.engine.database).let_go([1], lost.clock.now)
    lost.turn(minutes=1)
    assert lost.record(1)["verdict"] != "pending"


def test_a_new_version_waits_for_the_first_check_and_is_answered(tmp_path: Path, service: FakeShareService) -> None:
    world = LinkWorld(tmp_path, service)
    service.faults["*"] = "http503"
    world.mail(SHARED)
    world.turn()
    assert world.record()["verdict"] == "pending"
    mended(world)
    world.turn()
    world.mail("再次修改。", files=course(contact_phone="13805310088"))
    world.turn()
    assert [one["verdict"] for one in world.records()] == ["pending"] * 3
    service.faults.clear()
    world.turn(hours=6)
    world.turn(minutes=20)
    assert [one["verdict"] for one in world.records()] == ["accepted"] * 3
    assert world.kinds(2) == ["receipt"]
    assert len(world.letters()) == 1
    world.engine.close()


def test_a_new_version_of_a_course_whose_share_nobody_could_ask_about(tmp_path: Path, service: FakeShareService) -> None:
    world = LinkWorld(tmp_path, service)
    service.faults["*"] = "http503"
    world.mail(SHARED)
    world.turn()
    mended(world)
    for _ in range(12):
        world.turn(hours=13)
    assert (world.record(1)["verdict"], world.codes(1)) == ("review", {"link.unchecked"})
    world.engine.close()


@pytest.mark.parametrize(("state", "codes"), [(LinkState.DEAD, {"link.dead"}), (LinkState.OK, set())])
def test_a_person_says_what_the_mail_waits_for(lost: LinkWorld, state: LinkState, codes: set[str]) -> None:
    number = lost.record()["receipt_number"]
    lost.mail(f"我单位同意共享。回执编号{number}", files=[], subject=f"{UNIT}+智慧助老（补充）")
    lost.engine.process()
    assert lost.record(1)["verdict"] == "pending"
    Desk(lost.engine.database).settle_link(1, state, act("已查看"))
    lost.clock.now = max(lost.clock.now, dt.datetime.now(dt.UTC))  # the command knows the real time only
    lost.turn(minutes=1)
    assert lost.codes(1) == codes
    assert lost.record(1)["verdict"] != "pending"
