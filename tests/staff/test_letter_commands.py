"""Commands for letters, reminders, wording, alerts and the digest, as a person types them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from baosong.cli import main
from notifier.own_words import WORDING_FILE
from staff.letters import askable_findings, find_answer
from storage.notices import Notices
from storage.watch import Watch
from tests.staff.letter_world import LetterWorld, text_of
from tests.support.smtp_server import SmtpServer
from tests.support.webhook_server import WebhookServer

GOOD, NO_SCAN = "济南市教育局", "山东师范大学"
DAY = 24 * 60
CONFIG = """
[mailbox]
user = "office@example.test"
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
user = "office@example.test"
password = "secret-code"
[database]
url = "sqlite:///baosong.db"
[answers]
mode = "{mode}"
[alerts]
mail = {mail}
dingtalk = "{dingtalk}"
"""


@dataclass
class Ended:
    returncode: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


Run = Callable[..., Ended]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LetterWorld]:
    with LetterWorld(tmp_path, ["right foxmail", "no scan", "question"]) as made:
        made.cycle(DAY + 60)
        yield made


def configure(world: LetterWorld, *, port: int = 1, mode: str = "send", mail: str = "[]", dingtalk: str = "") -> None:
    (world.folder / "config.toml").write_text(CONFIG.format(port=port, mode=mode, mail=mail, dingtalk=dingtalk), "utf-8")


@pytest.fixture
def run(world: LetterWorld, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command in this process. The wall clock is that of the world: 2021 is long over."""
    configure(world)
    monkeypatch.chdir(world.folder)
    monkeypatch.setenv("BAOSONG_USER", "李老师")
    monkeypatch.delenv("BAOSONG_CONFIG", raising=False)
    for module in ("staff.context", "staff.letter_commands", "staff.alert_commands"):
        monkeypatch.setattr(f"{module}.now", world.clock)
    monkeypatch.setattr("staff.write_commands.letter_office", lambda context: world.make_office(
        smtp=context.settings.smtp, answers=context.settings.answers))

    def run(*arguments: str, stdin: str = "") -> Ended:
        monkeypatch.setattr(sys, "stdin", StringIO(stdin))
        capfd.readouterr()
        status: object = 0
        try:
            main([*arguments])
        except SystemExit as ended:
            status = ended.code or 0
        told = capfd.readouterr()
        assert isinstance(status, int)
        assert "Traceback" not in told.err
        return Ended(status, told.out, told.err)

    return run


def test_write_preview_draft_send(world: LetterWorld, run: Run, tmp_path: Path) -> None:
    number = f"m{world.message(GOOD).id}"
    seen = run("write", number, "--text", "材料已转评审组。", "--dry-run")
    assert seen.returncode == 0
    assert "材料已转评审组。" in seen.stdout
    assert f"回复：{GOOD}+智慧助老" in seen.stdout
    assert not [a for a in world.every_answer() if a.kind == "free"]
    made = run("--json", "write", number, "--text", "材料已转评审组。", "--draft").json
    assert made["state"] == "draft"
    assert find_answer(world.office, made["id"]).written_by == "李老师"
    assert run("--json", "write", number, "--text", "材料已转评审组。").json["new"] is False
    assert run("send", str(made["id"])).returncode == 0
    assert run("hold", str(made["id"]), "--why", "再看看").stdout.strip().endswith("已改为草稿")
    assert world.cycle() == {}
    assert run("--json", "send", str(made["id"])).json == {"released": [made["id"]]}
    world.cycle()
    assert "材料已转评审组。" in text_of(world.sent()[-1])
    late = run("withdraw", str(made["id"]))
    assert late.returncode == 1
    assert "已发出" in late.stdout


def test_write_from_file_and_standard_input(world: LetterWorld, run: Run) -> None:
    number = f"m{world.message(GOOD).id}"
    (world.folder / "letter.txt").write_text("\ufeff第一段。\n\n第二段。\n", "utf-8")
    assert "第二段。" in run("write", number, "--file", "letter.txt", "--dry-run").stdout
    assert "来自管道。" in run("write", number, "--file", "-", "--dry-run", stdin="来自管道。\n").stdout
    (world.folder / "letter.txt").write_bytes("第一段。".encode("gb18030"))
    wrong = run("write", number, "--file", "letter.txt")
    assert (wrong.returncode, "UTF-8" in wrong.stderr) == (1, True)


def test_write_in_the_editor(world: LetterWorld, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def edit(text: str) -> str:
        shown.append(text)
        return "编辑器里写的。\n" + text

    monkeypatch.setattr("click.edit", edit)
    assert "编辑器里写的。" in run("write", f"m{world.message(NO_SCAN).id}", "--editor", "--dry-run").stdout
    assert "未见纸质盖章版扫描件" in shown[0]
    monkeypatch.setattr("click.edit", lambda _: None)
    assert run("write", f"m{world.message(NO_SCAN).id}", "--editor").returncode == 1


def test_write_a_correction_request(world: LetterWorld, run: Run) -> None:
    (found,) = askable_findings(world.office, message_id=world.message(NO_SCAN).id)
    made = run("--json", "write", f"m{world.message(NO_SCAN).id}", "--correct", str(found.id), "--text", "烦请周五前补来。").json
    row = find_answer(world.office, made["id"])
    assert (row.kind, row.state) == ("correction", "waiting")
    assert "烦请周五前补来。" in row.text
    stale = run("write", f"m{world.message(NO_SCAN).id}", "--correct", "9999")
    assert (stale.returncode, "刷新" in stale.stderr) == (1, True)


@pytest.mark.parametrize(("arguments", "status"), [
    (("write", "m999", "--text", "好"), 1), (("write", "x1", "--text", "好"), 1), (("write", "1"), 2), (("write", "m1", "--text", ""), 1),
    (("write", "m1", "--text", "a", "--editor"), 2), (("remind",), 2), (("remind", "--batch", "9"), 1), (("answers", "--state", "x"), 2),
    (("remind", "--batch", "2", "--unit", "火星大学"), 1), (("hold", "999"), 1), (("withdraw", "999"), 1), (("send", "999"), 1),
    (("alerts", "--test"), 1), (("digest",), 1), (("templates", "copy", "x"), 2),
])  # fmt: skip
def test_mistakes_are_told_in_one_line(run: Run, arguments: tuple[str, ...], status: int) -> None:
    ended = run(*arguments)
    assert ended.returncode == status, ended
    assert ended.stderr.strip()


def test_remind(world: LetterWorld, run: Run) -> None:
    seen = run("remind", "--batch", "1", "--open", "--dry-run")
    assert seen.returncode == 0, seen.stderr
    assert NO_SCAN in seen.stdout
    assert "未见纸质盖章版扫描件" in seen.stdout
    told = run("--json", "remind", "--batch", "2", "--missing", "--dry-run").json
    assert {one["unit"] for one in told["letters"]} == {GOOD, NO_SCAN}
    assert "青岛市教育局" in told["unreachable"]
    assert not [a for a in world.every_answer() if a.kind == "reminder"]
    made = run("--json", "remind", "--batch", "1", "--open", "--text", "届时将统一汇总。").json
    assert [one["unit"] for one in made["written"]] == [NO_SCAN]
    world.cycle()
    assert "届时将统一汇总。" in text_of(world.sent()[-1])
    again = run("remind", "--batch", "1", "--open")
    assert "没有需要写的催报信" in again.stdout
    assert "未满3天" in again.stdout.replace("\n", "")


def test_remind_as_drafts(world: LetterWorld, run: Run) -> None:
    configure(world, mode="draft")
    ended = run("remind", "--batch", "1", "--open")
    assert "已存为草稿" in ended.stdout
    (row,) = [a for a in world.every_answer() if a.kind == "reminder"]
    assert row.state == "draft"
    listed = run("--json", "answers", "--kind", "reminder").json
    assert [(one["unit"], one["written_by"], one["state"]) for one in listed] == [(NO_SCAN, "李老师", "draft")]
    assert "撰写人：李老师" in run("answers", "--show", str(row.id)).stdout


def test_templates(world: LetterWorld, run: Run) -> None:
    assert run("templates", "check").stdout.strip() == "检查通过。"
    copied = run("templates", "copy")
    file = world.folder / "data/templates" / WORDING_FILE
    assert f"{file.relative_to(world.folder)}：已放入" in copied.stdout
    assert run("templates", "check").returncode == 0, "a sample changes nothing"
    file.write_text(file.read_text("utf-8").replace('# closing = "', 'closing = "甲方'), "utf-8")
    assert run("templates", "check").returncode == 0
    assert "已有，未覆盖" in run("templates", "copy").stdout
    assert {one["file"]: one["state"] for one in run("--json", "templates", "list").json}[WORDING_FILE] == "own"
    file.write_text(file.read_text("utf-8").replace("甲方", "{unti}"), "utf-8")
    bad = run("templates", "check")
    assert bad.returncode == 1
    assert WORDING_FILE in bad.stderr
    assert "第" in bad.stderr
    assert "{unti}" in bad.stderr
    assert {one["file"]: one["state"] for one in run("--json", "templates", "list").json}[WORDING_FILE] == "faulty"


def test_alerts_and_digest(world: LetterWorld, run: Run) -> None:
    Watch(world.engine.database).raise_alert("disk.full", "磁盘将满。", world.clock.now)
    assert "磁盘将满" in run("alerts").stdout
    (first,) = [one for one in run("--json", "alerts").json if one["code"] == "disk.full"]
    assert "清理磁盘" in first["mend"]
    shown = run("digest", "--dry-run", "--days", "3").stdout
    for words in ("报送邮箱每日简报", "磁盘将满", "来信单位（共2家）", GOOD, "第一批（截止日期：2021年11月10日", "名册内尚有185家未报送"):
        assert words in shown, shown
    assert run("--json", "digest", "--dry-run", "--days", "3").json["received"] == 3
    configure(world, mail='["chief@example.test"]')
    assert "提醒邮箱" in run("digest").stdout
    (row,) = Notices(world.engine.database).recent()
    assert (row.kind, row.channel, row.state) == ("report", "mail", "waiting")
    assert "简报" in run("alerts", "--sent").stdout


@pytest.mark.live
def test_a_test_message_through_every_channel(world: LetterWorld, run: Run) -> None:
    with SmtpServer() as smtp, WebhookServer() as robot:
        smtp_config = {"port": smtp.port, "mail": '["chief@example.test"]', "dingtalk": f"{robot.url}/robot/send?access_token=sesame0123456789abc"}
        configure(world, **smtp_config)  # type: ignore[arg-type]
        text = (world.folder / "config.toml").read_text("utf-8").replace('tls = "none"', f'tls = "{smtp.tls}"')
        (world.folder / "config.toml").write_text(text.replace("[database]", f'ca_file = "{smtp.ca_file}"\n[database]'), "utf-8")
        ended = run("alerts", "--test")
        assert ended.returncode == 0, ended
        assert len(smtp.delivered) == 1
        assert smtp.delivered[0].recipients == ("chief@example.test",)
        assert "测试消息" in robot.posts[0][1]["text"]["content"]
        robot.answers[:] = [(200, {"errcode": 310000, "errmsg": "sign not match sesame0123456789abc"})]
        bad = run("alerts", "--test")
        assert bad.returncode == 1
        assert "sign not match" in bad.stdout.replace("\n", "")
        assert "sesame" not in bad.stdout + bad.stderr
