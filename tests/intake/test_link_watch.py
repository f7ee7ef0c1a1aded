"""Links of accepted items are looked at again: what is lost is seen, told once at most, and forgiven when it opens again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from core.facts import LinkState
from staff.context import act
from storage.desk import Desk
from tests.intake.link_world import ID, OTHER, OTHER_URL, UNIT, URL, LinkWorld
from tests.support.fake_share import FakeShareService
from tests.support.shares import Share

SHARED = f"课程视频：{URL} 提取码：ab12"
ALERT = "link.lost:1"


def accepted(folder: Path, service: FakeShareService, **links: object) -> LinkWorld:
    """A course whose link was right when it came."""
    world = LinkWorld(folder, service, **links)
    world.mail(SHARED)
    world.turn()
    assert (world.record()["verdict"], world.kinds()) == ("accepted", ["receipt"])
    return world


def test_a_link_that_dies_is_seen_and_nobody_is_written_to_unless_wished(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service)
    world.turn()
    before = len(service.asked)
    world.turn(days=6)
    assert len(service.asked) == before, "not before its week is over"
    service.shares[ID].state = "cancelled"
    world.turn(days=2)
    assert [(row.link.state, row.lost_state) for row in world.lost()] == [(LinkState.OK, LinkState.DEAD)]
    assert UNIT in world.alerts()[ALERT]
    assert URL in world.alerts()[ALERT]
    world.turn(days=8)
    assert world.kinds() == ["receipt"]
    assert len(world.letters()) == 1
    record = world.record()
    assert (record["verdict"], world.codes(), record["items"][0]["state"]) == ("accepted", set(), "complete"), "the mail was right"


def test_one_letter_and_never_a_second(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service, notify_dead=True)
    world.turn()
    service.shares[ID].state = "deleted"
    world.turn(days=8)
    assert world.kinds() == ["receipt", "link_dead"]
    letter = world.letters()[-1]
    assert f"百度网盘链接{URL}已失效" in letter
    assert f"{UNIT}：" in letter
    assert world.record()["receipt_number"] in letter
    for _ in range(5):
        world.turn(days=4)
    service.shares[ID].state = "alive"
    world.turn(days=4)
    service.shares[ID].state = "cancelled"
    world.turn(days=6)
    assert len(world.letters()) == 2


def test_it_opens_again(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service)
    world.turn()
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    assert ALERT in world.alerts()
    service.shares[ID].state = "alive"
    world.turn(days=8)
    assert world.lost() == []
    assert world.alerts() == {}
    service.shares[ID].state = "expired"
    world.turn(days=8)
    assert [row.lost_state for row in world.lost()] == [LinkState.EXPIRED]
    assert ALERT in world.alerts()
    (row,) = world.links()
    assert [one["state"] for one in row.history] == ["ok", "dead", "ok", "expired"]


@pytest.mark.parametrize("fault", ["-62", "html", "http503", "empty", "changed", "reset"])
def test_cannot_tell_changes_nothing(tmp_path: Path, service: FakeShareService, fault: str) -> None:
    world = accepted(tmp_path, service, notify_dead=True)
    world.turn()
    service.faults["*"] = fault
    world.turn(days=8)
    asked = len(service.asked)
    for _ in range(3):
        world.turn(hours=13)
    assert len(service.asked) > asked, "it is tried again soon"
    assert world.lost() == []
    assert world.alerts() == {}
    assert len(world.letters()) == 1
    assert world.record()["verdict"] == "accepted"
    assert world.links()[0].link.state is LinkState.OK
    service.faults.clear()
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    assert world.kinds() == ["receipt", "link_dead"]


def test_runs_out(tmp_path: Path, service: FakeShareService) -> None:
    """A share whose term was not told, and turns out to end."""
    service.shares[ID].seconds = None
    world = accepted(tmp_path, service, notify_dead=True)
    world.turn()
    service.shares[ID].seconds = 86_400
    world.turn(days=8)
    assert [row.lost_state for row in world.lost()] == [LinkState.NOT_PERMANENT]
    assert "设有有效期" in world.letters()[-1]


def test_not_after_the_time_of_watching(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service, recheck_until=30)
    world.clock.now = dt.datetime(2021, 12, 11, 0, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    world.turn()
    asked = len(service.asked)
    for _ in range(5):
        world.turn(days=7)
    assert len(service.asked) == asked
    assert world.links()[0].next_check_at is None


def test_what_is_lost_stays_known_after_the_time_of_watching(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service)
    world.turn()
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    world.clock.now += dt.timedelta(days=60)
    world.turn()
    asked = len(service.asked)
    world.turn(days=8)
    assert len(service.asked) == asked
    assert len(world.lost()) == 1
    assert ALERT in world.alerts()


def test_a_new_link_takes_its_place(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service, notify_dead=True)
    world.turn()
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    service.add(Share(OTHER, "cd34"))
    told = world.record()["answers"][-1]["message_id"]
    world.mail(f"新链接：{OTHER_URL} 提取码：cd34", files=[], subject="回复：关于更新链接的提示", headers=(("In-Reply-To", told),))
    world.turn()
    assert (world.record(1)["verdict"], world.kinds(1), world.codes(1)) == ("accepted", ["receipt"], set())
    world.turn(minutes=20)
    assert world.lost() == []
    assert world.alerts() == {}
    asked = len(service.asked)
    service.shares[OTHER].state = "cancelled"
    world.turn(days=8)
    assert len(service.asked) > asked
    assert [row.link.url for row in world.lost()] == [OTHER_URL]
    assert len(world.letters()) == 4, "another link, another loss"


def test_a_mail_that_comes_after_the_loss_hears_of_it_and_an_older_one_does_not(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service)
    world.turn()
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    Desk(world.engine.database).reprocess([1], act("试"), read_again=True)
    world.turn()
    assert (world.record()["verdict"], world.kinds()) == ("accepted", ["receipt"]), "decided again, not blamed for what came later"
    receipt = world.record()["receipt_number"]
    world.mail(f"补充说明，回执编号{receipt}，我单位同意共享。", files=[], subject=f"{UNIT}+智慧助老（补充）")
    world.turn()
    assert world.codes(1) == {"link.dead"}
    assert world.kinds(1) == ["correction"]
    service.shares[ID].state = "alive"
    world.turn(days=8)
    assert world.codes(1) == set(), "it opens again: the later mail is right after all"


def test_both_links_in_one_letter(tmp_path: Path, service: FakeShareService) -> None:
    world = LinkWorld(tmp_path, service, notify_dead=True)
    service.add(Share(OTHER, "cd34"))
    world.mail(f"上册：{URL} 提取码：ab12\n下册：{OTHER_URL} 提取码：cd34")
    world.turn()
    world.turn()
    service.shares[ID].state = service.shares[OTHER].state = "cancelled"
    world.turn(days=8)
    assert world.kinds() == ["receipt", "link_dead"]
    assert all(url in world.letters()[-1] for url in (URL, OTHER_URL))
    assert len(world.alerts()) == 2


def test_staff_have_looked(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service)
    world.turn()
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    Desk(world.engine.database).settle_link(1, LinkState.OK, act("能打开"))
    world.turn()
    assert world.lost() == []
    assert world.alerts() == {}
    asked = len(service.asked)
    world.turn(days=8)
    assert len(service.asked) == asked, "a person has said the last word"
    assert len(world.letters()) == 1


def test_staff_confirm_the_loss(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service)
    world.turn()
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    Desk(world.engine.database).settle_link(1, LinkState.DEAD, act("确实打不开"))
    world.turn()
    assert [row.settled_by is not None for row in world.lost()] == [True]
    assert (world.record()["verdict"], len(world.letters())) == ("accepted", 1)


@pytest.mark.parametrize(("mode", "state"), [("draft", "draft"), ("off", "suppressed")])
def test_letters_wait_for_staff_where_all_do(tmp_path: Path, service: FakeShareService, mode: str, state: str) -> None:
    world = LinkWorld(tmp_path, service, answers={"mode": mode}, notify_dead=True)
    world.mail(SHARED)
    world.turn()
    world.turn()
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    assert [(a["kind"], a["state"]) for a in world.record()["answers"]] == [("receipt", state), ("link_dead", state)]
    world.turn(days=8)
    assert len(world.record()["answers"]) == 2


def test_links_accepted_while_the_check_was_off_are_looked_at_once_it_is_on(tmp_path: Path, service: FakeShareService) -> None:
    world = LinkWorld(tmp_path, service, check=False)
    world.mail(SHARED)
    world.turn()
    assert world.record()["verdict"] == "accepted"
    world.engine.close()
    service.shares[ID].state = "cancelled"
    later = LinkWorld(tmp_path, service)
    later.turn(days=1)
    assert [row.lost_state for row in later.lost()] == [LinkState.DEAD]
    assert later.record()["verdict"] == "accepted"
    assert later.letters() == []


def test_a_persons_word_against_the_services_is_the_last(tmp_path: Path, service: FakeShareService) -> None:
    """The service called a link dead, a person opened it: it is not asked about again, and nobody hears of it again."""
    service.shares[ID].state = "cancelled"
    world = LinkWorld(tmp_path, service, notify_dead=True)
    world.mail(SHARED)
    world.turn()
    assert world.kinds() == ["correction"]
    Desk(world.engine.database).settle_link(1, LinkState.OK, act("能打开"))
    world.turn()
    world.clock.now = dt.datetime.now(dt.UTC)  # the command knows the real time only
    world.turn(minutes=1)
    assert world.record()["verdict"] == "accepted"
    assert world.links()[0].watch == "over"
    assert world.lost() == []


def test_what_a_mail_waits_for_comes_before_looking_again(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service)
    world.turn()
    service.add(Share(OTHER, "cd34"))
    service.faults["verify"] = "http500"
    world.mail(f"视频：{OTHER_URL} 提取码：cd34", unit="青岛市教育局", sender="qd@qd.test")
    world.turn()
    service.faults.clear()
    world.clock.now += dt.timedelta(days=8)
    service.asked.clear()
    world.engine.recheck()
    pages = [path for _, path, _, _ in service.asked if path.startswith("/s/")]
    assert pages[0] == f"/s/{OTHER}"
    assert pages[-1] == f"/s/{ID}"


def test_what_was_in_a_lost_share_stays_known(tmp_path: Path, service: FakeShareService) -> None:
    world = accepted(tmp_path, service)
    world.turn()
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    (row,) = world.lost()
    assert row.report["has_video"] is True
    assert row.history[-1]["state"] == "dead"
