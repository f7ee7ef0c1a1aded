"""Staff are told over real wires: robots that check signatures, stumble and refuse; a mail server; SIGKILL in between."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from baosong.config import load_configuration
from core.ports import Refused, Sent, TryLater
from notifier.webhooks import send_webhook
from staff.letters import LetterOffice, write_free
from storage.database import open_database
from storage.desk import Act
from tests.live.daemon_mails import mails
from tests.live.daemon_world import World
from tests.live.dying import cycle
from tests.support.smtp_server import Fault
from tests.support.webhook_server import WebhookServer

pytestmark = pytest.mark.live

TOKEN = "sesame0123456789abcdef"
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.fixture
def robot() -> Iterator[WebhookServer]:
    with WebhookServer(secret="SECwatchword") as server:
        yield server


def configure(world: World, robot: WebhookServer, *, secret: str = "SECwatchword", more: str = "digest_hour = -1") -> None:
    """Mail and two robots. No deadline is near whatever day it is."""
    world.write_config()
    text = world.config.read_text("utf-8")
    alerts = (
        f'[alerts]\nmail = ["chief@example.test"]\ndingtalk = "{robot.url}/robot/send?access_token={TOKEN}#{secret}"\n'
        f'feishu = "{robot.url}/open-apis/bot/v2/hook/{TOKEN}#{secret}"\ndeadline_days = 0\n{more}\n[log]\nlevel = "DEBUG"\n'
    )
    world.config.write_text(text + alerts, "utf-8")


def told(robot: WebhookServer, words: str = "") -> dict[str, int]:
    """How many messages with these words each robot got."""
    counts: Counter[str] = Counter()
    for path, body in robot.posts:
        content = (body.get("text") or body.get("content") or {})
        if words in (content.get("content") or content.get("text") or ""):
            counts["feishu" if path.startswith("/open-apis/") else "dingtalk"] += 1
    return dict(counts)


def raise_alert(world: World, code: str = "x.trouble", text: str = "出了一件事。") -> None:
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    world.sql(f"INSERT INTO alert (code, text, at, last_at, count) VALUES ('{code}', '{text}', '{now}', '{now}', 1)")


def staff_mails(world: World) -> list[str]:
    """Message-IDs of the mails to staff, in order."""
    return [str(letter["Message-ID"]) for letter in world.letters() if "chief@example.test" in str(letter["To"])]


def killed(world: World, place: str, when: str, number: int = 1) -> None:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.live.dying"])
    process = server.Process(target=cycle, args=(world.config, place, number, when))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, f"{place} was never reached: {process.exitcode}"


# Signatures and refusals, the wire alone -------------------------------------------------------------------------


def test_signatures_are_right_for_servers_that_check_them(robot: WebhookServer) -> None:
    for path in (f"/robot/send?access_token={TOKEN}", f"/open-apis/bot/v2/hook/{TOKEN}"):
        assert isinstance(send_webhook(f"{robot.url}{path}#SECwatchword", "标题", "正文"), Sent), path
        wrong = send_webhook(f"{robot.url}{path}#SECother", "标题", "正文")
        assert isinstance(wrong, Refused), path
        assert "签名" in wrong.reason
        assert "SEC" not in wrong.reason
        assert TOKEN not in wrong.reason
        assert isinstance(send_webhook(f"{robot.url}{path}", "标题", "正文"), Refused), "no signature at all"


def test_too_many_requests_is_for_later(robot: WebhookServer) -> None:
    robot.secret = ""
    robot.answers[:] = [(429, b"slow down")]
    outcome = send_webhook(f"{robot.url}/robot/send?access_token={TOKEN}", "a", "b")
    assert isinstance(outcome, TryLater)
    assert outcome.after is not None
    assert outcome.after >= 5 * MINUTE
    assert len(robot.posts) == 1, "not at once again"


# The program -----------------------------------------------------------------------------------------------------


def test_an_alert_by_mail_and_robots_once(world: World, robot: WebhookServer) -> None:
    configure(world, robot)
    raise_alert(world)
    world.once()
    world.once(10 * MINUTE)
    assert told(robot, "出了一件事") == {"dingtalk": 1, "feishu": 1}
    assert len(staff_mails(world)) == 1
    world.sql("UPDATE alert SET resolved_at = '2038-01-01 00:00:00.000000' WHERE code = 'x.trouble'")
    world.once(20 * MINUTE)
    world.once(30 * MINUTE)
    assert told(robot, "已恢复") == {"dingtalk": 1, "feishu": 1}
    assert len(staff_mails(world)) == 2


def test_a_stumbling_robot_is_tried_again_at_once_and_later(world: World, robot: WebhookServer) -> None:
    configure(world, robot)
    robot.answers[:] = [(502, b"x"), (200, None), *[(200, {"errcode": 0, "code": 0})] * 2]
    raise_alert(world)
    world.once()
    assert told(robot, "出了一件事") == {"dingtalk": 3, "feishu": 1}, "two stumbles, then it was taken"
    robot.answers[:] = [(503, b"x")]
    raise_alert(world, "y.trouble", "又一件事。")
    world.once(10 * MINUTE)
    assert len(staff_mails(world)) == 2, "the mail does not wait for the robots"
    robot.answers[:] = [(200, {"errcode": 0, "code": 0})]
    before = len(robot.posts)
    world.once(20 * MINUTE)
    assert len(robot.posts) == before + 2
    assert world.count("SELECT count(*) FROM notice") == world.count("SELECT count(*) FROM notice WHERE state = 'sent'") == 6


def test_a_wrong_signature_is_told_by_the_other_ways(world: World, robot: WebhookServer) -> None:
    configure(world, robot, secret="SECwrong")
    raise_alert(world)
    world.once()
    world.once(10 * MINUTE)
    assert {"channel.dingtalk", "channel.feishu"} <= set(world.alerts())
    assert all(TOKEN not in text and "SEC" not in text for text in world.alerts().values())
    assert len(staff_mails(world)) == 2, "the alert itself, and that the robots refuse"
    configure(world, robot)
    raise_alert(world, "y.trouble", "又一件事。")
    world.once(20 * MINUTE)
    assert not {"channel.dingtalk", "channel.feishu"} & set(world.alerts()), "mended"


@pytest.mark.fault
@pytest.mark.parametrize(("place", "when", "twice"), [
    ("storage.notices:Notices.tell_alerts", "before", 0), ("storage.notices:Notices.tell_alerts", "after", 0),
    ("storage.notices:Notices.claim", "after", 0), ("intake.alerting:_send", "before", 0),
    ("intake.alerting:_send", "after", 1), ("storage.notices:Notices.mark_sent", "before", 1),
    ("storage.notices:Notices.mark_sent", "after", 0),
])  # fmt: skip
def test_killed_while_telling(world: World, robot: WebhookServer, place: str, when: str, twice: int) -> None:
    """Nothing is forgotten. Only what was under way may come again, the mail under its old Message-ID."""
    configure(world, robot)
    raise_alert(world)
    killed(world, place, when)
    world.once(HOUR)
    world.once(2 * HOUR)
    identities = staff_mails(world)
    assert len(set(identities)) == 1
    assert len(identities) <= 1 + twice
    counts = told(robot, "出了一件事")
    assert set(counts) == {"dingtalk", "feishu"}
    assert sum(counts.values()) + len(identities) <= 3 + twice
    assert world.count("SELECT count(*) FROM notice WHERE state <> 'sent'") == 0


@pytest.mark.fault
@pytest.mark.parametrize(("place", "when"), [
    ("storage.notices:Notices.make", "before"), ("storage.notices:Notices.make", "after"),
    ("storage.digest:_batches", "after"), ("intake.alerting:_send", "before"), ("storage.notices:Notices.mark_sent", "before"),
])  # fmt: skip
def test_killed_around_the_digest_there_is_one(world: World, robot: WebhookServer, place: str, when: str) -> None:
    configure(world, robot, more="digest_hour = 0")
    world.sql("INSERT INTO heartbeat (name, at, detail) VALUES ('first-tell', '2020-01-01 00:00:00.000000', '{}')")
    killed(world, place, when)
    for minutes in (10, 11, 12):
        world.once(dt.timedelta(minutes=minutes))
    assert world.count("SELECT count(*) FROM notice WHERE kind = 'digest' AND channel = 'mail'") in (1, 2)  # 2: midnight has gone by
    days = world.count("SELECT count(DISTINCT key) FROM notice WHERE kind = 'digest'")
    assert world.count("SELECT count(*) FROM notice WHERE kind = 'digest'") == 3 * days
    assert len(set(staff_mails(world))) == days
    assert told(robot, "每日简报")["dingtalk"] <= days + 1
    assert world.count("SELECT count(*) FROM notice WHERE state <> 'sent'") == 0


@pytest.mark.fault
@pytest.mark.parametrize(("place", "when", "copies"), [
    ("storage.outbox:Outbox.claim_answer", "after", 1), ("storage.outbox:Outbox.record_composed", "before", 1),
    ("storage.outbox:Outbox.record_composed", "after", 1), ("notifier.sender:SmtpSender.send", "after", 2),
    ("storage.outbox:Outbox.mark_sent", "after", 1),
])  # fmt: skip
def test_killed_while_a_letter_by_staff_is_sent(world: World, place: str, when: str, copies: int) -> None:
    one = mails()[0]
    world.put(one)
    world.once()
    before = len(world.smtp.delivered)
    configuration = load_configuration(world.config)
    database = open_database(world.database)
    office = LetterOffice(database, configuration.campaign, configuration.register, configuration.settings)
    write_free(office, 1, "材料已转评审组。", Act("李老师", dt.datetime.now(dt.UTC)))
    database.close()
    killed(world, place, when)
    world.once(HOUR)
    world.once(2 * HOUR)
    letters = world.letters()[before:]
    assert len(letters) == copies
    assert len({str(letter["Message-ID"]) for letter in letters}) == 1
    assert {letter["To"].addresses[0].addr_spec for letter in letters} == {one.sender}
    assert world.count("SELECT count(*) FROM answer WHERE kind = 'free' AND state = 'sent'") == 1


def test_the_daemon_takes_new_wording_and_says_when_it_is_wrong(world: World, robot: WebhookServer) -> None:
    configure(world, robot)
    folder = world.folder / "data/templates"
    folder.mkdir(parents=True)
    first, second, third = mails()[:3]
    with world.running():
        (folder / "wording.toml").write_text('closing_receipt = "此致，敬礼甲。"\n', "utf-8")
        world.put(first)
        world.wait(lambda: len(world.smtp.delivered) >= 1, "the first letter")
        (folder / "wording.toml").write_text('# 用语\nclosing_receipt = "此致，敬礼{unti}。"\n', "utf-8")
        world.put(second)
        world.wait(lambda: sum("office" in str(letter["To"]) or "unit" in str(letter["To"]) for letter in world.letters()) >= 2, "the second letter")
        world.wait(lambda: "letter.template" in world.alerts(), "the alert", 90)
        world.wait(lambda: "dingtalk" in told(robot, "wording.toml第2行"), "the robot is told", 60)
        (folder / "wording.toml").write_text('closing_receipt = "此致，敬礼乙。"\n', "utf-8")
        world.put(third)
        world.wait(lambda: any("敬礼乙" in _text(letter) for letter in world.letters()), "the third letter")
    texts = [_text(letter) for letter in world.letters() if "unit" in str(letter["To"])]
    assert "敬礼甲" in texts[0]
    assert "特此告知" in texts[1]
    assert "{unti}" not in "".join(texts)
    assert TOKEN not in world.log(), "not even at level DEBUG"
    assert "SECwatchword" not in world.log()


def _text(letter) -> str:  # type: ignore[no-untyped-def]
    part = letter.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def test_a_refused_account_silences_no_robot(world: World, robot: WebhookServer) -> None:
    configure(world, robot)
    world.smtp.fail(Fault("auth", "535 Error: authentication failed", times=None))
    raise_alert(world)
    world.once()
    logins = world.smtp.seen("auth")
    world.once(10 * MINUTE)
    world.once(20 * MINUTE)
    assert world.smtp.seen("auth") == logins, "no further login while it is refused"
    assert told(robot, "发信已暂停") == {"dingtalk": 1, "feishu": 1}
