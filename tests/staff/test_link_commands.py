"""The commands about links, on an engine's own data: what staff read, and what their word does."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from baosong.cli import main
from tests.intake.link_world import ID, OTHER, OTHER_URL, URL, LinkWorld
from tests.support.fake_share import FakeShareService
from tests.support.shares import Node, Share, video

Run = Callable[..., str]


@pytest.fixture
def service() -> Iterator[FakeShareService]:
    fake = FakeShareService()
    with fake.running():
        yield fake


@pytest.fixture
def world(tmp_path: Path, service: FakeShareService) -> LinkWorld:
    service.add(Share(ID, "ab12", tree=[video("第一讲.mp4"), Node("课件", children=[Node("讲义.pdf")])]))
    made = LinkWorld(tmp_path, service)
    made.mail(f"课程视频：{URL} 提取码：ab12")
    made.turn()
    made.turn()
    return made


@pytest.fixture
def run(world: LinkWorld, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    config = world.folder / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{world.folder}/baosong.db"\n', "utf-8")
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("BAOSONG_USER", "李科长")

    def run(*arguments: str, status: int = 0) -> str:
        capfd.readouterr()
        code: object = 0
        try:
            main(["--config", str(config), *arguments])
        except SystemExit as ended:
            code = ended.code or 0
        told = capfd.readouterr()
        assert code == status, told.err
        return told.out + told.err

    return run


def test_the_list_and_one_link(run: Run) -> None:
    listed = run("links")
    for word in ("百度网盘", URL, "ab12", "正常", "永久"):
        assert word in listed, word
    assert run("links", "--state", "正常") == run("links", "--state", "ok") == listed
    assert "没有链接" in run("links", "--state", "dead")
    assert "没有“好”" in run("links", "--state", "好", status=2)
    told = run("link", "1")
    for word in ("提取码：ab12", "见于：正文", "来信：m1", "状态：正常", "期限：永久", "分享者：济南***学", "2021-11-04", "有视频", "第一讲.mp4　334MB",
                 "课件　文件夹", "下次核验：2021-11-16", "定期复查"):  # fmt: skip
        assert word in told, word
    assert URL in run("show", "1")
    assert "第一讲.mp4（334MB）" in run("show", "1")
    data = json.loads(run("link", "1", "--json"))
    assert (data["state"], data["report"]["has_video"], [one["outcome"] for one in data["history"]]) == ("ok", True, ["good"])
    assert "没有编号为9的链接" in run("link", "9", status=1)


def test_what_is_lost(world: LinkWorld, service: FakeShareService, run: Run) -> None:
    assert "没有失效的链接" in run("links", "--lost")
    service.shares[ID].state = "cancelled"
    world.turn(days=8)
    assert "通过后已失效" in run("links", "--lost")
    assert "齐全，链接失效" in run("status")
    assert json.loads(run("status", "--json"))["items"][0]["lost_links"] == [URL]
    told = run("link", "1")
    assert "发现失效" in told
    assert "未去信告知" in told
    assert "材料审核时为“正常”" in told
    assert told.index("已失效：分享已失效") < told.index("正常：分享有效")


@pytest.mark.parametrize(("said", "state", "code"), [
    ("dead", "已失效", "link.dead"), ("提取码不对，已电话核实", "提取码错误", "link.code_wrong"), ("只有七天有效期", "非永久", "link.not_permanent"),
    ("已过期", "已过期", "link.expired"), ("对方说发错了", "已失效", "link.dead"),
])  # fmt: skip
def test_a_person_says_what_is_wrong(world: LinkWorld, service: FakeShareService, run: Run, said: str, state: str, code: str) -> None:
    service.add(Share(OTHER, "cd34", faults={"*": "http500"}))
    world.mail(f"视频：{OTHER_URL} 提取码：cd34", unit="青岛市教育局", sender="qd@qd.test")
    for hours in (0, 1, 2, 4, 8, 13, 13, 13):
        world.turn(hours=hours)
    assert world.codes(1) == {"link.unchecked"}
    assert "未能确定：网盘的答复不明确" in run("link", "2")
    assert f"已人工认定为“{state}”" in run("link", "2", "--bad", said)
    world.clock.now = dt.datetime.now(dt.UTC)  # the command knows the real time only
    world.turn(minutes=1)
    assert world.codes(1) == {code}
    assert world.kinds(1) == ["receipt", "correction"]
    assert "由李科长人工认定" in run("link", "2")
    assert said in run("show", "m2")


def test_wrong_usage(run: Run) -> None:
    assert "只能用一个" in run("link", "1", "--ok", "--bad", "dead", status=2)
    assert "请写明情况" in run("link", "1", "--bad", " ", status=2)
