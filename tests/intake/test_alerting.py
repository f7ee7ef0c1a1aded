"""Staff are told: what, by which way, how often; nothing twice, nothing forgotten, nothing secret in a log."""

from __future__ import annotations

import email
import email.policy
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baosong.config import load_campaign, load_register
from core.ports import Blob, Refused, SendOutcome, Sent, TryLater
from core.settings import AlertSettings, AnswerSettings, MailboxSettings, Settings, SmtpSettings, StaffSettings
from intake.alerting import AGAIN, KEPT, PACE, Herald, tell
from intake.watching import Watched, look_after
from notifier.alert_words import mend_for
from notifier.own_words import WORDING_FILE, Stationery
from storage.database import Database, open_database
from storage.ledger import Ledger
from storage.migrate import upgrade
from storage.notices import Notices
from storage.watch import Watch

DINGTALK = "https://oapi.dingtalk.com/robot/send?access_token=topsecrettoken0123456789#SECkey"
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=anothersecretkey0123456789"
NIGHT = datetime(2021, 11, 8, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
MORNING = datetime(2021, 11, 9, 0, 1, tzinfo=UTC)  # 08:01
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CAMPAIGN = load_campaign("zhihui-zhulao")
REGISTER = load_register(CAMPAIGN).bureaus_first()


class Desk:
    """A herald whose wires keep what they are given, and answer as prepared (channel -> outcome)."""

    def __init__(self, database: Database, alerts: AlertSettings) -> None:
        self.now, self.database = NIGHT, database
        self.mails: list[tuple[bytes, list[str]]] = []
        self.posts: list[tuple[str, str, str]] = []
        self.outcomes: dict[str, SendOutcome] = {}
        self.watch, self.notices = Watch(database), Notices(database)
        self.settings = Settings(
            mailbox=MailboxSettings(host="imap.example.test", user="office@example.test"),
            smtp=SmtpSettings(host="smtp.example.test", user="office@example.test"), alerts=alerts,
            staff=StaffSettings(public_url="https://baosong.example.test/"), answers=AnswerSettings(),
        )  # fmt: skip
        self.herald = Herald(
            self.notices, self.watch, self.settings, CAMPAIGN, REGISTER, self, lambda: self.now, "herald-1", lambda: 20480, self.post
        )

    def send(self, raw: bytes, to: list[str]) -> SendOutcome:
        self.mails.append((raw, to))
        return self.outcomes.get("mail", Sent("250 ok"))

    def post(self, url: str, title: str, text: str) -> SendOutcome:
        self.posts.append((url, title, text))
        return self.outcomes.get("dingtalk" if "dingtalk" in url else "wecom", Sent("ok"))

    def tell(self, later: timedelta = timedelta()) -> dict[str, int]:
        self.now += later
        return tell(self.herald)

    def subjects(self) -> list[str]:
        return [str(email.message_from_bytes(raw, policy=email.policy.default)["Subject"]) for raw, _ in self.mails]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/baosong.db")
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database, AlertSettings(mail=("chief@example.test", "clerk@example.test"), dingtalk=DINGTALK, wecom=WECOM))


# Alerts ----------------------------------------------------------------------------------------------------------


def test_told_once_when_raised_once_when_over_daily_in_between(desk: Desk) -> None:
    assert desk.tell() == {}
    for _ in range(5):
        desk.watch.raise_alert("mailbox.login", "邮箱拒绝登录。", desk.now)
        desk.tell(MINUTE)
    assert len(desk.mails) == 1
    assert len(desk.posts) == 2
    ((raw, to),) = desk.mails
    assert to == ["chief@example.test", "clerk@example.test"]
    assert desk.subjects() == ["报送邮箱需要处理：邮箱拒绝登录"]
    assert "重新生成授权码" in str(email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert desk.tell(AGAIN - 10 * MINUTE).get("sent", 0) in (0, 3), "only the digest of the morning"
    before = len(desk.mails)
    desk.tell(10 * MINUTE)
    assert desk.subjects()[before:] == ["报送邮箱仍需处理：邮箱拒绝登录"]
    desk.watch.resolve_alert("mailbox.login", desk.now + MINUTE)
    desk.tell(PACE)
    assert desk.subjects()[-1] == "报送邮箱已恢复：邮箱拒绝登录"
    before = len([s for s in desk.subjects() if "简报" not in s])
    for _ in range(3):
        desk.tell(DAY)
    assert len([s for s in desk.subjects() if "简报" not in s]) == before


def test_raised_and_over_before_anyone_was_told_is_not_told(desk: Desk) -> None:
    desk.watch.raise_alert("disk.full", "满了。", desk.now)
    desk.watch.resolve_alert("disk.full", desk.now)
    assert desk.tell() == {}


def test_what_somebody_knows_of_is_not_repeated(desk: Desk) -> None:
    desk.watch.raise_alert("disk.full", "满了。", desk.now)
    desk.tell()
    desk.watch.see_alert(desk.watch.open_alerts()[0].id, desk.now, "李老师")
    desk.tell(DAY)
    assert [s for s in desk.subjects() if "简报" not in s] == ["报送邮箱需要处理：满了"]


def test_a_storm_comes_in_few_messages(desk: Desk) -> None:
    for number in range(60):
        desk.watch.raise_alert(f"x.{number}", f"第{number}件。", desk.now)
        desk.tell(timedelta(seconds=20))
    assert len(desk.mails) <= 5
    desk.tell(PACE)
    told = "".join(str(email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",)).get_content()) for raw, _ in desk.mails)  # type: ignore[union-attr]
    assert all(f"第{number}件" in told for number in range(60)), "and none is lost"


def test_no_channel_nothing_made_until_there_is_one(database: Database) -> None:
    desk = Desk(database, AlertSettings())
    desk.watch.raise_alert("disk.full", "满了。", desk.now)
    assert desk.tell() == {}
    assert desk.notices.recent() == ()
    assert Desk(database, AlertSettings(wecom=WECOM)).tell() == {"sent": 1}


def test_each_channel_fails_by_itself(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.outcomes = {"dingtalk": Refused("钉钉机器人拒绝了消息（310000 sign not match）"), "wecom": TryLater("企业微信机器人暂时不可用（HTTP 502）")}
    desk.watch.raise_alert("disk.full", "满了。", desk.now)
    with caplog.at_level(logging.DEBUG):
        assert desk.tell() == {"sent": 1, "failed": 1, "later": 1}
    assert "topsecret" not in caplog.text
    assert "anothersecret" not in caplog.text
    desk.outcomes.clear()
    assert desk.tell(MINUTE) == {"sent": 1}, "the busy robot gets it a little later"
    assert [url for url, _, _ in desk.posts].count(WECOM) == 2
    desk.tell(PACE)
    assert any("提醒未能送达钉钉机器人" in text for url, _, text in desk.posts if url == WECOM), "the others tell of it"
    desk.tell(PACE)
    assert "channel.dingtalk" not in {alert.code for alert in desk.watch.open_alerts()}, "it works again"


def test_too_often_waits_as_long_as_the_robot_says(desk: Desk) -> None:
    desk.outcomes = {"wecom": TryLater("消息过于频繁", timedelta(minutes=10))}
    desk.watch.raise_alert("disk.full", "满了。", desk.now)
    desk.tell()
    desk.outcomes.clear()
    assert desk.tell(9 * MINUTE) == {}
    assert desk.tell(MINUTE) == {"sent": 1}


def test_a_refused_account_is_left_alone(desk: Desk) -> None:
    desk.outcomes = {"mail": Refused("登录被拒绝", stop=True)}
    desk.watch.raise_alert("disk.full", "满了。", desk.now)
    assert desk.tell() == {"stopped": 1, "sent": 2}
    assert "smtp.stopped" in {alert.code for alert in desk.watch.open_alerts()}
    desk.tell(PACE)
    desk.tell(PACE)
    assert len(desk.mails) == 1, "no further login"
    assert any("发信已暂停" in text for _, _, text in desk.posts)
    desk.watch.resolve_alert("smtp.stopped", desk.now)
    desk.outcomes.clear()
    desk.tell(PACE)
    told = desk.subjects()
    assert told[0] == told[1] == "报送邮箱需要处理：满了"
    first, second = (email.message_from_bytes(raw)["Message-ID"] for raw, _ in desk.mails[:2])
    assert first == second, "the same mail again"


def test_old_news_is_given_up(desk: Desk) -> None:
    desk.outcomes = {"mail": TryLater("无法连接"), "dingtalk": Sent("ok"), "wecom": Sent("ok")}
    desk.watch.raise_alert("disk.full", "满了。", desk.now)
    desk.watch.see_alert(desk.watch.open_alerts()[0].id, desk.now, "李老师")
    desk.tell()
    desk.now += KEPT + MINUTE
    desk.tell()
    states = {(row.kind, row.channel): row.state for row in reversed(desk.notices.recent())}
    assert states["alerts", "mail"] == "failed"
    assert states["digest", "mail"] == "waiting"


def test_killed_between_sending_and_marking(desk: Desk) -> None:
    """The claim of a dead process is freed: the message goes again, the mail under its old Message-ID."""
    desk.watch.raise_alert("disk.full", "满了。", desk.now)
    desk.notices.tell_alerts(["mail"], desk.now, kind="alerts", pace=PACE, again_after=AGAIN, word=lambda rows: {"alerts": []})
    (due,) = desk.notices.due(desk.now)
    assert desk.notices.claim(due.id, "dead", desk.now, 5 * MINUTE) is not None
    assert desk.notices.claim(due.id, "other", desk.now, 5 * MINUTE) is None
    assert desk.tell(4 * MINUTE) == {}
    desk.tell(2 * MINUTE)
    assert desk.notices.recent()[0].attempts == 2


def test_every_alert_of_the_program_says_how_to_mend_it() -> None:
    for code in ("mailbox.login", "mailbox.silent", "disk.full", "mail.held", "smtp.stopped", "letter.template", "deadline.near.2",
                 "link.dead", "channel.wecom", "answers.unusual", "answers.loop", "mailbox.folder", "pages.down"):  # fmt: skip
        assert mend_for(code), code
    assert mend_for("something.else") == ""


# The digest ------------------------------------------------------------------------------------------------------


def digests(desk: Desk) -> list[str]:
    return [subject for subject in desk.subjects() if "简报" in subject]


def test_one_digest_a_day_whatever_happens(desk: Desk) -> None:
    desk.tell()
    desk.now = MORNING
    for _ in range(10):
        desk.tell(MINUTE)
    other = Desk(desk.database, desk.settings.alerts)  # the daemon was restarted
    other.now = desk.now
    for _ in range(10):
        other.tell(60 * MINUTE)
    assert digests(desk) == ["报送邮箱每日简报（2021年11月9日）：一切正常"]
    assert digests(other) == []
    other.tell(14 * 60 * MINUTE)
    assert digests(other) == ["报送邮箱每日简报（2021年11月10日）：一切正常"]


def test_periods_join_without_gap(desk: Desk) -> None:
    desk.tell()
    desk.now = MORNING
    desk.tell()
    desk.now = MORNING + 3 * DAY + 5 * 60 * MINUTE  # three days switched off, begun at one o'clock
    desk.tell()
    first, second = [row for row in reversed(desk.notices.recent()) if row.channel == "mail"]
    assert second.content["since"] == first.content["until"]
    assert len(digests(desk)) == 2


def test_set_up_at_noon_begins_tomorrow(desk: Desk) -> None:
    desk.now = MORNING + timedelta(hours=4)
    desk.tell()
    assert digests(desk) == []
    desk.tell(timedelta(hours=21))
    assert len(digests(desk)) == 1


@pytest.mark.parametrize("hour", [None, -1])
def test_switched_off(database: Database, hour: int | None) -> None:
    desk = Desk(database, AlertSettings(mail=("a@b.cn",), digest_hour=hour))
    desk.tell()
    desk.now = MORNING
    assert desk.tell() == {}


def test_the_hour_is_that_of_the_office(database: Database) -> None:
    desk = Desk(database, AlertSettings(mail=("a@b.cn",), digest_hour=0))
    desk.tell()
    desk.tell(59 * MINUTE)
    assert digests(desk) == []
    desk.tell(MINUTE)  # midnight in Shanghai is 16:00 UTC
    assert len(digests(desk)) == 1


def test_the_robot_gets_a_short_one(desk: Desk) -> None:
    Ledger(desk.database).record_folder(account="o", folder="INBOX", uidvalidity=1, count=3, now=MORNING)
    desk.watch.raise_alert("disk.full", "磁盘将满。", NIGHT)
    desk.tell()
    desk.now = MORNING
    desk.tell()
    title, text = next((title, text) for url, title, text in desk.posts if url == WECOM and "简报" in title)
    assert "待处理1项" in title
    assert "【提醒】磁盘将满。" in text
    assert "INBOX：邮箱3封，台账0封，差3封（有3封尚未登记，请查看）" in text
    assert "第一批：截止日期：2021年11月10日，还有1天" in text
    assert "尚未报送：" in text
    assert "https://baosong.example.test/" in text
    assert len(text.encode()) < 2000


# Looking after the whole -----------------------------------------------------------------------------------------


@pytest.fixture
def watched(desk: Desk, tmp_path: Path) -> Watched:
    folder = tmp_path / "templates"
    return Watched(
        desk.database, desk.watch, desk.settings, CAMPAIGN, REGISTER, Stationery(folder, CAMPAIGN), tmp_path / "blobs", lambda: desk.now, desk.now
    )


def codes(desk: Desk) -> dict[str, str]:
    return {alert.code: alert.text for alert in desk.watch.open_alerts()}


def test_silence(desk: Desk, watched: Watched) -> None:
    look_after(watched)
    assert "mailbox.silent" not in codes(desk)
    desk.now += 31 * MINUTE
    look_after(watched)
    assert "31分钟" in codes(desk)["mailbox.silent"], "nothing was ever polled since it began"
    desk.watch.resolve_alert("mailbox.silent", desk.now)
    desk.watch.beat("poll", desk.now)
    look_after(watched)
    assert "mailbox.silent" not in codes(desk)


def test_a_machine_that_was_switched_off_is_no_news(desk: Desk, watched: Watched) -> None:
    desk.watch.beat("poll", desk.now - 10 * DAY)
    look_after(watched)
    assert "mailbox.silent" not in codes(desk)


def test_disk(desk: Desk, watched: Watched) -> None:
    full = replace(watched, settings=replace(desk.settings, alerts=AlertSettings(disk_free_mb=10**9)))
    look_after(full)
    assert "MB" in codes(desk)["disk.full"]
    look_after(watched)
    assert "disk.full" not in codes(desk)


def test_held_mail(desk: Desk, watched: Watched) -> None:
    ledger = Ledger(desk.database)
    number, _ = ledger.record_received(
        account="o", folder="INBOX", uidvalidity=1, uid=1, source="s", raw=Blob("0" * 64, 1), message_id="<1>", received_at=desk.now, now=desk.now
    )
    assert ledger.claim_message(number, "w", desk.now, MINUTE) is not None
    ledger.mark_failed_attempt(number, "w", "Traceback", desk.now, desk.now, limit=1)
    look_after(watched)
    assert "1封来信" in codes(desk)["mail.held"]
    ledger.requeue([number], desk.now, read_again=True)
    look_after(watched)
    assert "mail.held" not in codes(desk)


def test_deadline_with_the_missing_units(desk: Desk, watched: Watched) -> None:
    desk.now = datetime(2021, 11, 7, 4, 0, tzinfo=UTC)
    look_after(watched)
    told = codes(desk)["deadline.near.1"]
    assert "还有3天截止（11月10日）" in told
    assert f"尚有{len(REGISTER)}家未报送" in told
    assert "济南市教育局" in told
    desk.now = datetime(2021, 11, 10, 15, 59, tzinfo=UTC)
    look_after(watched)
    assert "今天截止" in codes(desk)["deadline.near.1"]
    desk.now = datetime(2021, 11, 10, 16, 0, tzinfo=UTC)
    look_after(watched)
    assert "deadline.near.1" not in codes(desk)
    desk.now = datetime(2021, 11, 6, 4, 0, tzinfo=UTC)
    look_after(watched)
    assert "deadline.near.1" not in codes(desk)


def test_a_broken_template_is_told_with_its_line(desk: Desk, watched: Watched) -> None:
    assert watched.stationery.folder is not None
    watched.stationery.folder.mkdir()
    (watched.stationery.folder / WORDING_FILE).write_text('# 用语\nclosing = "谢谢{unti}。"\n', "utf-8")
    look_after(watched)
    assert "wording.toml第2行" in codes(desk)["letter.template"]
    (watched.stationery.folder / WORDING_FILE).unlink()
    look_after(watched)
    assert "letter.template" not in codes(desk)


def test_letters_dealt_with_end_their_alerts(desk: Desk, watched: Watched) -> None:
    for code in ("letter.failed", "letter.refused", "letter.broken", "answers.rate"):
        desk.watch.raise_alert(code, "x", desk.now)
    look_after(watched)
    assert not set(codes(desk)) & {"letter.failed", "letter.refused", "letter.broken", "answers.rate"}
