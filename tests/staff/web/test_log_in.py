"""Logging in: what is told, how often one may guess, how long it lasts, what ends it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from baosong.config import ConfigError, load_configuration
from core.settings import Settings, StaffSettings
from staff import passwords
from staff.web import sessions
from staff.web.sessions import WRONG
from staff.web.site import Site
from storage.accounts import Accounts
from storage.queries import AuditFilter, Queries
from tests.staff.web.browser import log_in, post, token
from tests.staff.web.conftest import Browsers
from tests.support.page_world import PASSWORD, Clock, page_settings

BAD = "not the password"


def error(text: str) -> str:
    """The message on the page."""
    return text.split('role="alert">')[1].split("<")[0] if 'role="alert">' in text else ""


def test_wrong_unknown_and_disabled_are_told_alike(site: Site, clock: Clock, stranger: TestClient) -> None:
    Accounts(site.database).disable_user("viewer", clock(), "boss")
    for name, password in (("editor", BAD), ("nobody", BAD), ("viewer", PASSWORD), ("editor", ""), ("", PASSWORD)):
        answer = log_in(stranger, name, password)
        assert answer.status_code == 401
        assert error(answer.text) == WRONG
        assert stranger.get("/").status_code == 303


def test_unknown_names_cost_the_same_work(monkeypatch: pytest.MonkeyPatch, stranger: TestClient) -> None:
    checked = []
    real = passwords._HASHER.verify
    monkeypatch.setattr(passwords, "_HASHER", type("Counting", (), {
        "verify": lambda self, kept, given: checked.append(given) or real(kept, given), "hash": passwords._HASHER.hash,
    })())
    passwords._nobody()
    checked.clear()
    for name in ("editor", "nobody"):
        log_in(stranger, name, BAD)
    assert checked == [BAD, BAD]


@pytest.mark.parametrize("name", ["editor", "nobody-at-all"])
def test_five_failures_lock_a_name_whether_it_exists_or_not(name: str, stranger: TestClient, clock: Clock) -> None:
    for _ in range(5):
        assert error(log_in(stranger, name, BAD).text) == WRONG
    locked = log_in(stranger, name, PASSWORD)
    assert locked.status_code == 429
    assert "已暂停登录，请15分钟后再试" in error(locked.text)
    clock.turn(minutes=16)
    answer = log_in(stranger, name, PASSWORD)
    assert answer.status_code == (303 if name == "editor" else 401)


def test_a_right_password_in_between_starts_the_count_anew(stranger: TestClient, open_browser: Browsers, clock: Clock) -> None:
    for _ in range(2):
        for _ in range(4):
            assert error(log_in(stranger, "editor", BAD).text) == WRONG
        assert log_in(open_browser(None), "editor", PASSWORD).status_code == 303
        clock.turn(minutes=20)


def test_one_address_may_not_try_many_names(stranger: TestClient, clock: Clock) -> None:
    answers = [log_in(stranger, f"name{number}", BAD) for number in range(21)]
    assert [answer.status_code for answer in answers[:20]] == [401] * 20
    assert answers[20].status_code == 429
    assert "登录尝试过多" in error(answers[20].text)
    assert log_in(stranger, "editor", PASSWORD).status_code == 429, "not even with the right password"
    clock.turn(minutes=16)
    assert log_in(stranger, "editor", PASSWORD).status_code == 303


def test_locks_and_log_ins_are_on_record(site: Site, stranger: TestClient, open_browser: Browsers) -> None:
    log_in(open_browser(None), "boss", PASSWORD)
    for _ in range(5):
        log_in(stranger, "editor", BAD)
    rows = Queries(site.database).audit(AuditFilter(object_kind="user"), 10).rows
    seen = {(row.action, (row.after or {}).get("name"), (row.after or {}).get("address")) for row in rows}
    assert ("login", "boss", "testclient") in seen
    assert ("lock", "editor", "testclient") in seen


def test_passwords_stand_nowhere(site: Site, stranger: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        page = log_in(stranger, "editor", "secret-in-a-form")
        log_in(stranger, "editor", PASSWORD)
    assert "secret-in-a-form" not in page.text
    assert "secret-in-a-form" not in caplog.text
    kept = Accounts(site.database).find_user("editor")
    assert kept is not None
    assert kept.password.startswith("$argon2id$")


# Sessions --------------------------------------------------------------------------------------------------------------


def cookie(answer: object) -> str:
    """The Set-Cookie of the session."""
    return next(value for value in answer.headers.get_list("set-cookie") if "baosong=" in value)  # type: ignore[attr-defined]


def test_the_cookie_is_for_the_browser_alone(stranger: TestClient) -> None:
    text = cookie(log_in(stranger, "viewer", PASSWORD))
    assert "HttpOnly" in text
    assert "SameSite=lax" in text
    assert "Secure" not in text, "not over http"


def test_a_session_set_before_the_log_in_is_not_taken_over(site: Site, stranger: TestClient) -> None:
    planted = "a" * 43
    stranger.cookies.set("baosong", planted, domain="127.0.0.1", path="/")
    answer = log_in(stranger, "viewer", PASSWORD)
    assert answer.status_code == 303
    assert planted not in cookie(answer)
    other = TestClient(stranger.app, base_url="http://127.0.0.1:8025", cookies={"baosong": planted}, follow_redirects=False)
    assert other.get("/").status_code == 303


def test_every_log_in_has_a_token_of_its_own(open_browser: Browsers) -> None:
    first, second = open_browser("viewer"), open_browser("viewer")
    assert first.cookies["baosong"] != second.cookies["baosong"]
    assert token(first) != token(second)


def test_the_database_does_not_hold_the_token(site: Site, viewer: TestClient) -> None:
    value = viewer.cookies["baosong"]
    assert site.database.file is not None
    with site.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM staff_session").all()
    assert value not in repr(rows)


def test_sessions_end_by_time_and_by_silence(viewer: TestClient, open_browser: Browsers, clock: Clock) -> None:
    for _ in range(7):  # used every 80 minutes: 9 h 20 min
        clock.turn(minutes=80)
        assert viewer.get("/account").status_code == 200
    clock.turn(minutes=60)
    assert viewer.get("/account").status_code == 303, "ten hours are over"
    quiet = open_browser("viewer")
    clock.turn(minutes=91)
    assert quiet.get("/account").status_code == 303, "ninety minutes of silence"


def test_log_out_ends_the_session_in_the_database_too(viewer: TestClient) -> None:
    kept = viewer.cookies["baosong"]
    post(viewer, "/logout")
    viewer.cookies.set("baosong", kept)
    assert viewer.get("/").status_code == 303


# Another password -------------------------------------------------------------------------------------------------------

NEW = "a longer way home 7"


def change(client: TestClient, old: str, new: str, again: str | None = None) -> object:
    return post(client, "/account/password", {"old": old, "new": new, "again": new if again is None else again})


def test_a_new_password_ends_all_sessions(viewer: TestClient, open_browser: Browsers) -> None:
    elsewhere = open_browser("viewer")
    answer = change(viewer, PASSWORD, NEW)
    assert answer.headers["location"] == "/login"  # type: ignore[attr-defined]
    assert viewer.get("/").status_code == 303
    assert elsewhere.get("/").status_code == 303
    assert "密码已修改" in viewer.get("/login").text
    assert log_in(viewer, "viewer", PASSWORD).status_code == 401
    assert log_in(viewer, "viewer", NEW).status_code == 303


@pytest.mark.parametrize(("old", "new", "again", "told"), [
    (BAD, NEW, None, "当前密码不正确"), (PASSWORD, NEW, NEW + "x", "不一致"), (PASSWORD, "short", None, "至少"),
    (PASSWORD, PASSWORD, None, "相同"), (PASSWORD, "1234567890", None, "常见"), (PASSWORD, "viewerviewer", None, "简单|常见|用户名"),
    (PASSWORD, "x" * 201, None, "最多"),
])
def test_bad_new_passwords_are_told(viewer: TestClient, old: str, new: str, again: str | None, told: str) -> None:
    answer = change(viewer, old, new, again)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert any(word in error(answer.text) for word in told.split("|")), error(answer.text)  # type: ignore[attr-defined]
    assert viewer.get("/").status_code == 200


def test_the_old_password_cannot_be_guessed_through_the_form(viewer: TestClient) -> None:
    codes = [change(viewer, BAD, NEW).status_code for _ in range(21)]  # type: ignore[attr-defined]
    assert codes == [422] * 21
    assert "尝试过多" in error(change(viewer, PASSWORD, NEW).text)  # type: ignore[attr-defined]


# Behind a proxy ----------------------------------------------------------------------------------------------------------


class TestBehindAProxy:
    """https in front, single sign-on by header. The TestClient's address is `testclient`."""

    @pytest.fixture
    def settings(self) -> Settings:
        staff = StaffSettings(trusted_header="X-Remote-User", trusted_proxies=("testclient",), public_url="https://bs.example.cn")
        return replace(page_settings(), staff=staff)

    def test_the_header_logs_in_with_the_accounts_role(self, stranger: TestClient) -> None:
        assert stranger.get("/", headers={"X-Remote-User": "viewer"}).status_code == 200
        assert stranger.get("/system/audit", headers={"X-Remote-User": "viewer"}).status_code == 403
        assert stranger.get("/system/audit", headers={"X-Remote-User": "editor"}).status_code == 200
        for headers in ({"X-Remote-User": "nobody"}, {"X-Remote-User": ""}, {}):
            assert stranger.get("/", headers=headers).status_code == 303

    def test_a_doubled_header_is_believed_by_nobody(self, stranger: TestClient) -> None:
        answer = stranger.get("/", headers=[("X-Remote-User", "viewer"), ("X-Remote-User", "boss")])  # type: ignore[arg-type]
        assert answer.status_code == 303

    def test_forms_need_their_token_there_too(self, stranger: TestClient) -> None:
        stranger.headers["X-Remote-User"] = "editor"
        stranger.base_url = "https://bs.example.cn"  # the cookies are for https
        assert stranger.post("/system/alerts/999999/seen").status_code == 403
        assert post(stranger, "/system/alerts/999999/seen").status_code == 404, "the token is right, the alert is not there"

    def test_cookies_are_for_https_and_this_host(self, stranger: TestClient) -> None:
        stranger.base_url = "https://bs.example.cn"
        answer = log_in(stranger, "viewer", PASSWORD)
        text = next(value for value in answer.headers.get_list("set-cookie") if value.startswith("__Host-baosong="))
        assert "Secure" in text
        assert "Path=/" in text
        assert "Domain" not in text
        assert answer.headers["strict-transport-security"]

    def test_the_rate_limit_counts_the_browsers_address(self, stranger: TestClient) -> None:
        stranger.base_url = "https://bs.example.cn"
        for number in range(20):
            log_in(stranger, f"name{number}", BAD)
        assert log_in(stranger, "viewer", BAD).status_code == 429
        stranger.headers["X-Forwarded-For"] = "203.0.113.9"
        assert log_in(stranger, "viewer", BAD).status_code == 401, "somebody else"
        stranger.headers["X-Forwarded-For"] = "6.6.6.6, 203.0.113.9, testclient"
        for number in range(19):
            log_in(stranger, f"name{number}", BAD)
        assert log_in(stranger, "viewer", BAD).status_code == 429, "what the browser itself wrote in front changes nothing"


def test_the_header_counts_for_nothing_unless_switched_on(stranger: TestClient) -> None:
    assert stranger.get("/", headers={"X-Remote-User": "boss"}).status_code == 303


class TestUntrustedProxy:
    @pytest.fixture
    def settings(self) -> Settings:
        return replace(page_settings(), staff=StaffSettings(trusted_header="X-Remote-User", trusted_proxies=("10.0.0.1",)))

    def test_the_header_counts_only_from_a_trusted_proxy(self, stranger: TestClient) -> None:
        headers = {"X-Remote-User": "boss", "X-Forwarded-For": "10.0.0.1"}
        assert stranger.get("/", headers=headers).status_code == 303


def test_the_first_account_is_told_how_to_be_made(site: Site, stranger: TestClient, clock: Clock) -> None:
    assert "baosong user add" not in stranger.get("/login").text
    for name in ("viewer", "editor", "boss"):
        Accounts(site.database).remove_user(name, clock(), "test")
    assert "baosong user add" in stranger.get("/login").text


def test_names_are_compared_in_one_form(site: Site, stranger: TestClient, clock: Clock) -> None:
    Accounts(site.database).add_user("李敏", passwords.hash_password(PASSWORD), "view", clock(), "test")
    assert log_in(stranger, " 李敏 ", PASSWORD).status_code == 303
    assert sessions.RANK["admin"] > sessions.RANK["view"]


@pytest.mark.parametrize(("text", "key"), [
    ('public_url = "baosong.example.cn"', "staff.public_url"), ('public_url = "https://x.cn/baosong"', "staff.public_url"),
    ('public_url = "https://[x"', "staff.public_url"), ('trusted_header = "X Remote"', "staff.trusted_header"), ("port = 70000", "staff.port"),
    ("session_hours = 0", "staff.session_hours"), ("idle_minutes = 1", "staff.idle_minutes"),
])
def test_settings_that_would_open_a_door_are_refused(tmp_path: Path, text: str, key: str) -> None:
    (tmp_path / "config.toml").write_text(f"[staff]\n{text}\n", "utf-8")
    with pytest.raises(ConfigError, match=key):
        load_configuration(tmp_path / "config.toml")
