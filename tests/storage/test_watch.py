"""Alerts are told once while they last; accounts lock, sessions end, keys are revoked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.accounts import Accounts
from storage.database import Database
from storage.errors import Conflict, NotFound, StorageError
from storage.watch import Watch
from tests.storage.samples import MINUTE, NOW

DAY = timedelta(days=1)


def test_alert_is_new_once(database: Database) -> None:
    watch = Watch(database)
    assert watch.raise_alert("mailbox.login", "535", NOW)
    assert not watch.raise_alert("mailbox.login", "535 again", NOW + MINUTE)
    assert watch.raise_alert("disk.full", "1 MB", NOW)
    alert, other = watch.open_alerts()
    assert (alert.code, alert.text, alert.count, alert.at, alert.last_at) == (
        "mailbox.login", "535 again", 2, NOW, NOW + MINUTE,
    )
    watch.mark_notified([alert.id], NOW)
    assert [row.id for row in watch.open_alerts(unnotified=True)] == [other.id]
    assert watch.resolve_alert("mailbox.login", NOW + DAY)
    assert not watch.resolve_alert("mailbox.login", NOW + DAY)
    assert watch.raise_alert("mailbox.login", "535", NOW + DAY), "another time is another alert"
    assert [row.code for row in watch.open_alerts()] == ["disk.full", "mailbox.login"]


def test_heartbeats(database: Database) -> None:
    watch = Watch(database)
    watch.beat("poll", NOW, {"count": 3})
    watch.beat("poll", NOW + MINUTE)
    watch.beat("send", NOW)
    assert [(beat.name, beat.at, beat.detail) for beat in watch.heartbeats()] == [
        ("poll", NOW + MINUTE, {}), ("send", NOW, {}),
    ]


def test_dead_workers_beats_are_forgotten_and_no_others(database: Database) -> None:
    watch = Watch(database)
    for name, at in (("worker:a_1", NOW), ("worker:ab1", NOW), ("WORKER:a_2", NOW), ("worker:a_3", NOW + DAY), ("daemon", NOW)):
        watch.beat(name, at)
    assert watch.forget_beats("worker:a_", NOW + MINUTE) == 1, "no wild card, no other case"
    assert {beat.name for beat in watch.heartbeats()} == {"worker:ab1", "WORKER:a_2", "worker:a_3", "daemon"}
    assert watch.forget_beats("worker:", NOW + MINUTE) == 1
    assert watch.find_beat("worker:ab1") is None
    kept = watch.find_beat("worker:a_3")
    assert kept is not None
    assert kept.at == NOW + DAY


def test_accounts(database: Database) -> None:
    accounts = Accounts(database)
    accounts.add_user("li", "argon2:a", "process", NOW, "root")
    with pytest.raises(Conflict, match="li"):
        accounts.add_user("li", "argon2:b", "view", NOW, "root")
    with pytest.raises(StorageError):
        accounts.add_user("wang", "argon2:b", "emperor", NOW, "root")  # type: ignore[arg-type]
    for _ in range(4):
        accounts.record_login("li", NOW, success=False)
    user = accounts.find_user("li")
    assert user is not None
    assert (user.failed_logins, user.locked_until) == (4, None)
    accounts.record_login("li", NOW, success=False)
    user = accounts.find_user("li")
    assert user is not None
    assert user.locked_until == NOW + timedelta(minutes=15)
    accounts.record_login("li", NOW, success=True)
    user = accounts.find_user("li")
    assert user is not None
    assert (user.failed_logins, user.locked_until, user.last_login_at) == (0, None, NOW)
    accounts.set_role("li", "admin", NOW, "root")
    assert [row.role for row in accounts.users()] == ["admin"]
    accounts.remove_user("li", NOW, "root")
    assert accounts.find_user("li") is None
    for act in (accounts.remove_user, accounts.disable_user, accounts.enable_user):
        with pytest.raises(NotFound):
            act("li", NOW, "root")


def test_sessions(database: Database) -> None:
    accounts = Accounts(database)
    user_id = accounts.add_user("li", "argon2:a", "view", NOW, "root")
    accounts.open_session(user_id, "t1", NOW, NOW + DAY, {"ip": "127.0.0.1"})
    accounts.open_session(user_id, "t2", NOW, NOW + MINUTE)
    session = accounts.find_session("t1", NOW + 2 * MINUTE)
    assert session is not None
    assert (session.user.name, session.detail) == ("li", {"ip": "127.0.0.1"})
    assert accounts.find_session("t2", NOW + MINUTE) is None, "over"
    assert accounts.find_session("t3", NOW) is None
    accounts.close_session("t1")
    assert accounts.find_session("t1", NOW) is None
    for act in (
        lambda: accounts.set_password("li", "argon2:b", NOW, "root"), lambda: accounts.disable_user("li", NOW, "root"),
    ):
        accounts.enable_user("li", NOW, "root")
        accounts.open_session(user_id, "t4", NOW, NOW + DAY)
        assert accounts.find_session("t4", NOW) is not None
        act()
        assert accounts.find_session("t4", NOW) is None


def test_keys(database: Database) -> None:
    accounts = Accounts(database)
    user_id = accounts.add_user("robot", "argon2:a", "view", NOW, "root")
    token = accounts.add_token("汇总脚本", "k1", user_id, NOW, "root", expires_at=NOW + DAY)
    user = accounts.find_token_user("k1", NOW)
    assert user is not None
    assert user.name == "robot"
    assert accounts.tokens()[0].used_at == NOW
    assert accounts.find_token_user("k1", NOW + DAY) is None
    assert accounts.find_token_user("k2", NOW) is None
    accounts.revoke_token(token, NOW, "root")
    assert accounts.find_token_user("k1", NOW) is None
    with pytest.raises(NotFound):
        accounts.revoke_token(999, NOW, "root")
