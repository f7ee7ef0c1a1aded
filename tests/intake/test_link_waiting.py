"""Mails that wait for a link: two about the same item get one letter, whatever happens between their decisions; each of two
about different items gets its own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.facts import Link
from intake.pipeline import Line, Pipeline
from tests.intake.link_world import ID, OTHER, OTHER_URL, UNIT, URL, LinkWorld, course
from tests.live.daemon_mails import pair
from tests.support.fake_share import FakeShareService
from tests.support.mail_builder import File
from tests.support.shares import Share


@pytest.fixture
def service() -> Iterator[FakeShareService]:
    fake = FakeShareService()
    with fake.running():
        fake.add(Share(ID, "ab12", faults={"verify": "http500"}))
        yield fake


def waiting(folder: Path, service: FakeShareService) -> LinkWorld:
    """Form and link in one mail, the scan in the next; the service could not be asked."""
    world = LinkWorld(folder, service)
    files = pair(UNIT, "course")
    world.mail(f"视频：{URL} 提取码：ab12", files=files[:1])
    world.mail("补发盖章扫描件。", files=files[1:])
    world.turn()
    assert [record["verdict"] for record in world.records()] == ["pending", "pending"], [world.codes(0), world.codes(1)]
    assert world.letters() == []
    service.shares[ID].faults.clear()
    return world


def test_one_letter(tmp_path: Path, service: FakeShareService) -> None:
    world = waiting(tmp_path, service)
    for _ in range(4):
        world.turn(hours=1)
    assert [record["verdict"] for record in world.records()] == ["accepted", "accepted"]
    assert len(world.letters()) == 1
    assert (world.kinds(0), world.kinds(1)) == (["receipt"], ["receipt"]), "the same letter answers both"
    assert len({a["message_id"] for n in (0, 1) for a in world.record(n)["answers"] if a["state"] == "sent"}) == 1


def test_one_letter_even_if_the_postman_comes_in_between(tmp_path: Path, service: FakeShareService) -> None:
    world = waiting(tmp_path, service)
    world.clock.now += dt.timedelta(hours=1)
    world.engine.recheck()
    # The first mail alone is decided, then letters go out before the second one is.
    engine, settings = world.engine, world.engine.setup.settings
    line = Line(
        engine.database, engine.ledger, engine.outbox, engine.reader, engine.looker, engine.office, engine.setup.clock, engine.owner,
        settings.workers.attempts, 1,
    )  # fmt: skip
    turns = iter([False, True, True, True])
    Pipeline(line).work(lambda: next(turns))
    assert [record["verdict"] for record in world.records()] == ["accepted", "pending"]
    world.engine.send()
    assert world.letters() == [], "it waits for the other mail"
    for _ in range(3):
        world.turn(minutes=3)
    assert len(world.letters()) == 1


def test_dead_is_told_once(tmp_path: Path, service: FakeShareService) -> None:
    world = waiting(tmp_path, service)
    service.shares[ID].state = "cancelled"
    for _ in range(4):
        world.turn(hours=1)
    assert len(world.letters()) == 1
    assert "已失效" in world.letters()[0]


SAID = f"视频：{URL} 提取码：ab12"


@pytest.mark.parametrize("mails", [
    ((SAID, None), (SAID, course(leader="李四"))),  # a new version
    ((SAID, []), ("课程申报表见附件。", None)),  # the link before its form
    ((SAID, None), (SAID, course(title="茂腔手机课"))),  # one folder for two courses
])  # fmt: skip
def test_a_dead_link_of_two_mails_is_told_once(tmp_path: Path, service: FakeShareService, mails: tuple[tuple[str, list[File] | None], ...]) -> None:
    world = LinkWorld(tmp_path, service)
    for text, files in mails:
        world.mail(text, files=files)
        world.turn(minutes=1)
    assert world.letters() == [], "nobody is answered while the link may be right"
    service.shares[ID].faults.clear()
    service.shares[ID].state = "cancelled"
    for _ in range(3):
        world.turn(hours=1)
    assert len(world.letters()) == 1
    assert "已失效" in world.letters()[0]
    assert world.kinds(1) == ["correction"]


def test_two_courses_two_letters(tmp_path: Path, service: FakeShareService) -> None:
    world = LinkWorld(tmp_path, service)
    service.add(Share(OTHER, "cd34", faults={"verify": "http500"}))
    world.mail(f"视频：{URL} 提取码：ab12")
    world.mail(f"视频：{OTHER_URL} 提取码：cd34", unit="青岛市教育局", sender="qd@qd.test")
    world.turn()
    for share in service.shares.values():
        share.faults.clear()
    for _ in range(3):
        world.turn(hours=1)
    assert [world.kinds(0), world.kinds(1)] == [["receipt"], ["receipt"]]
    assert len(world.letters()) == 2


def test_mails_without_links_do_not_wait_for_the_pace(tmp_path: Path, service: FakeShareService) -> None:
    """Two links a minute are allowed: the third mail's is left to the link job, and the mail behind it is answered."""
    world = LinkWorld(tmp_path, service, per_minute=2)
    units = ("青岛市教育局", "淄博市教育局", "枣庄市教育局", "东营市教育局")
    for number, unit in enumerate(units[:3]):
        share = service.add(Share(f"1PaceShare{number}abcdefghijk", "ab12"))
        world.mail(f"视频：https://pan.baidu.com/s/{share.id} 提取码：ab12", unit=unit, sender=f"u{number}@u{number}.test")
    world.mail("材料见附件。", unit=units[3], sender="u3@u3.test", files=pair(units[3]))
    world.engine.process()
    assert [record["verdict"] for record in world.records()] == ["accepted", "accepted", "pending", "accepted"]
    assert service.paths().count("POST /share/verify") == 2
    world.turn()
    assert [record["verdict"] for record in world.records()] == ["accepted"] * 4


def test_a_network_that_is_down_is_not_waited_for_link_by_link(tmp_path: Path, service: FakeShareService) -> None:
    world = LinkWorld(tmp_path, service, base_url="http://127.0.0.1:1", timeout=1)
    links = [Link("baidu", f"https://pan.baidu.com/s/1NoNetwork{number}abcdefghijk", "ab12") for number in range(5)]
    reports = [world.checker.check(link) for link in links]
    assert {report.outcome for report in reports} == {"unknown"}
    assert [report.retry_at is None for report in reports] == [True, True, True, False, False]
    assert not world.checker.ready()
    world.clock.now += dt.timedelta(minutes=3)
    assert world.checker.ready()
