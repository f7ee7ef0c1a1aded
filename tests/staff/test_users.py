"""`baosong user`: accounts from the command line."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from baosong.cli import main
from staff import passwords
from storage.accounts import Accounts
from storage.database import open_database
from storage.queries import AuditFilter, Queries

PASSWORD = "correct horse 9"


class Shell:
    """Runs commands in this process, in a folder of its own."""

    def __init__(self, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capfd, self._monkeypatch = capfd, monkeypatch

    def __call__(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        self._monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        self._capfd.readouterr()
        status = 0
        try:
            main(list(arguments))
        except SystemExit as ended:
            status = int(ended.code or 0)
        told = self._capfd.readouterr()
        return status, told.out, told.err


@pytest.fixture
def shell(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BAOSONG_USER", "root@server")
    return Shell(capfd, monkeypatch)


def accounts() -> Accounts:
    return Accounts(open_database("sqlite:///data/baosong.db"))


def add(shell: Shell, name: str = "李敏", role: str = "admin", password: str = PASSWORD) -> tuple[int, str, str]:
    return shell("user", "add", name, "--role", role, "--password-stdin", stdin=password + "\n")


def test_add_and_list(shell: Shell) -> None:
    assert "还没有账号" in shell("user", "list")[1]
    status, out, _ = add(shell)
    assert status == 0
    assert "李敏" in out
    assert PASSWORD not in out
    kept = accounts().find_user("李敏")
    assert kept is not None
    assert passwords.fits(kept.password, PASSWORD)
    assert kept.role == "admin"
    listed = shell("user", "list")[1]
    assert "李敏" in listed
    assert "管理" in listed
    assert "从未" in listed
    assert json.loads(shell("user", "list", "--json")[1]) == [
        {"name": "李敏", "role": "admin", "disabled": False, "locked_until": None, "last_login_at": None}
    ]
    assert "$argon2" not in shell("--json", "user", "list")[1]


@pytest.mark.parametrize(("name", "password", "word"), [
    ("李敏", "short", "至少"), ("李敏", "", "至少"), ("李 敏", PASSWORD, "用户名"), ("", PASSWORD, "用户名"),
])
def test_what_is_refused(shell: Shell, name: str, password: str, word: str) -> None:
    status, _, err = add(shell, name, password=password)
    assert status == 1
    assert word in err
    assert json.loads(shell("user", "list", "--json")[1]) == []


def test_one_name_once(shell: Shell) -> None:
    add(shell)
    status, _, err = add(shell)
    assert status == 1
    assert "已有" in err


def test_without_a_terminal_and_without_the_option(shell: Shell) -> None:
    status, _, err = shell("user", "add", "李敏")
    assert status == 1
    assert "--password-stdin" in err


def test_passwd_ends_sessions_and_lifts_a_lock(shell: Shell) -> None:
    from datetime import UTC, datetime, timedelta

    add(shell)
    now = datetime.now(UTC)
    kept = accounts().find_user("李敏")
    assert kept is not None
    accounts().open_session(kept.id, "t", now, now + timedelta(hours=1))
    for _ in range(5):
        accounts().record_login("李敏", now, success=False)
    assert "暂停登录" in shell("user", "list")[1]
    status, *_ = shell("user", "passwd", "李敏", "--password-stdin", stdin="another way home 8\n")
    assert status == 0
    changed = accounts().find_user("李敏")
    assert changed is not None
    assert passwords.fits(changed.password, "another way home 8")
    assert changed.locked_until is None
    assert accounts().find_session("t", now) is None
    assert shell("user", "passwd", "nobody", "--password-stdin", stdin="another way home 8\n")[0] == 1


def test_remove(shell: Shell) -> None:
    add(shell)
    status, _, err = shell("user", "remove", "李敏")
    assert status == 1, "nobody said yes"
    assert shell("user", "remove", "李敏", "--yes")[0] == 0
    assert accounts().users() == ()
    status, _, err = shell("user", "remove", "李敏", "--yes")
    assert status == 1
    assert "没有" in err


def test_the_audit_trail_names_who(shell: Shell) -> None:
    add(shell)
    rows = Queries(open_database("sqlite:///data/baosong.db")).audit(AuditFilter(object_kind="user")).rows
    assert [(row.action, row.who) for row in rows] == [("add", "root@server")]
