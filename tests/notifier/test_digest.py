"""Mails to staff: alerts and the daily digest."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.campaign import SHANGHAI
from core.digest import BatchProgress, Digest, StaffAlert, ToDo
from notifier.digest import alert_subject, alert_text, compose_alerts, compose_digest, digest_text

NOW = datetime(2021, 11, 9, 8, 0, tzinfo=SHANGHAI)
STOPPED = StaffAlert("smtp.stopped", "邮箱拒绝登录，答复已暂停发送", NOW - timedelta(hours=1), "请更新授权码后恢复发送")
OFFICE = {"from_address": "sdsqedu@163.com", "from_name": "报送邮箱", "letter_id": "digest-2021-11-09", "now": NOW}
CALM = Digest(
    "“智慧助老”推介", NOW - timedelta(days=1), NOW, received=12, accepted=9, correction=2, ignored=1, sent=11,
    mailbox=120, ledger=120, disk_free_mb=20480, page="http://10.0.0.5:8025/",
    batches=(BatchProgress("第一批", date(2021, 11, 10), complete=30, incomplete=4, units=21, units_in_register=16 + 70),),
)  # fmt: skip
BUSY = replace(
    CALM, review=1, held=1, failed=2, drafts=3, links_bad=1, mailbox=121, todo_total=60, alerts=(STOPPED,),
    todo=tuple(ToDo(f"HL21-{n:06d}A", "济南市教育局+智慧助老", "扫描件是否盖章需人工查看。", NOW) for n in range(55)),
)  # fmt: skip


def test_digest_of_a_calm_day() -> None:
    mail = compose_digest(CALM, to=["a@b.cn", "c@d.cn"], **OFFICE)  # type: ignore[arg-type]
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert message["Subject"] == mail.subject == "报送邮箱每日简报（2021年11月9日）：一切正常"
    assert [a.addr_spec for a in message["To"].addresses] == ["a@b.cn", "c@d.cn"]
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Baosong-Letter"] == "digest-2021-11-09"
    assert "目前没有需要人工处理的事项" in mail.text
    assert "收到来信：12封（登记并回执9封，请予补正2封，与报送无关或重复1封）" in mail.text
    assert "邮箱120封，台账120封，差0封" in mail.text
    assert "21家已报送，名册内尚有65家未报送" in mail.text
    assert "磁盘剩余空间：20.0GB" in mail.text
    assert "http://10.0.0.5:8025/" in mail.text
    assert digest_text(CALM, NOW) == mail.text


def test_digest_of_a_busy_day() -> None:
    mail = compose_digest(BUSY, to=["a@b.cn"], **OFFICE)  # type: ignore[arg-type]
    assert mail.subject.endswith("待处理61项")
    assert "一切正常" not in mail.text
    assert "邮箱121封，台账120封，差1封" in mail.text
    assert "邮箱拒绝登录，答复已暂停发送。处理办法：请更新授权码后恢复发送。" in mail.text
    assert "等待处理的事项（共60件）" in mail.text
    assert "以下为其中最早的50件" in mail.text
    assert mail.text.count("HL21-") == 50


def test_unasked_mailbox_is_not_called_equal() -> None:
    text = digest_text(replace(CALM, mailbox=None), NOW)
    assert "未能核对" in text
    assert "相差0" not in text


def test_alert_says_the_matter_in_the_subject() -> None:
    mail = compose_alerts([STOPPED], to=["a@b.cn"], **OFFICE)  # type: ignore[arg-type]
    assert mail.subject == "报送邮箱需要处理：邮箱拒绝登录，答复已暂停发送" == alert_subject([STOPPED])
    assert "1. 邮箱拒绝登录，答复已暂停发送。处理办法：请更新授权码后恢复发送。（2021年11月9日 07:00起）" in mail.text
    assert "smtp.stopped" not in mail.text
    assert alert_text([STOPPED]) in mail.text
    over = replace(STOPPED, resolved=True)
    mail = compose_alerts([over], to=["a@b.cn"], **OFFICE)  # type: ignore[arg-type]
    assert mail.subject.startswith("报送邮箱已恢复：")
    assert "处理办法" not in mail.text
    assert alert_subject([STOPPED, over]).endswith("等2项")
    with pytest.raises(ValueError, match="no alert"):
        compose_alerts([], to=["a@b.cn"], **OFFICE)  # type: ignore[arg-type]


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300), st.integers(0, 10**9))
def test_whatever_a_subject_holds(text: str, count: int) -> None:
    digest = replace(CALM, todo=(ToDo(text, text, text, NOW),), alerts=(StaffAlert(text, text, NOW, text),), received=count, page=text)
    mail = compose_digest(digest, to=["a@b.cn"], **OFFICE)  # type: ignore[arg-type]
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert sorted(set(message.keys())) == sorted(message.keys())
    assert mail.raw.isascii()
    compose_alerts(digest.alerts, to=["a@b.cn"], **OFFICE)  # type: ignore[arg-type]
