"""系统: alerts seen and closed, the audit trail's filters, accounts and keys that are shown once."""

from __future__ import annotations

import re
from dataclasses import replace

from starlette.testclient import TestClient

from baosong.config import SECRETS
from core.settings import Settings
from staff import passwords
from staff.web import configuration
from staff.web.site import Site
from storage.accounts import Accounts
from storage.queries import AuditFilter, Queries
from storage.watch import Watch
from tests.staff.web.browser import log_in, post
from tests.staff.web.conftest import Browsers
from tests.support.page_world import Clock


def shown_once(page: str) -> str:
    found = re.search(r'<code class="once">([^<]+)</code>', page)
    assert found is not None
    return found[1]


def test_an_alert_is_seen_then_closed(site: Site, viewer: TestClient, editor: TestClient, clock: Clock) -> None:
    watch = Watch(site.database)
    for alert in watch.open_alerts():
        watch.resolve_alert(alert.code, clock())
    watch.raise_alert("disk.full", "磁盘只剩 1MB。", clock())
    number = watch.open_alerts()[0].id
    page = viewer.get("/system/alerts").text
    assert "磁盘只剩" in page
    assert "知道了" not in page, "who may only look has no button"
    assert "知道了" in editor.get("/system/alerts").text
    assert post(editor, f"/system/alerts/{number}/seen").status_code == 303
    assert "editor已知悉" in re.sub(r"<[^>]*>", "", editor.get("/system/alerts").text)
    assert watch.open_alerts()[0].seen_by == "editor"
    watch.raise_alert("disk.full", "磁盘只剩 0MB。", clock())
    assert watch.open_alerts()[0].seen_by == "editor", "the same alert is still known"
    assert post(editor, f"/system/alerts/{number}/close").status_code == 303
    assert watch.open_alerts() == ()
    assert "磁盘只剩 0MB" in editor.get("/system/alerts").text, "among those that are over"
    assert post(editor, f"/system/alerts/{number}/close").status_code == 404
    actions = [row.action for row in Queries(site.database).audit(AuditFilter(object_kind="alert")).rows]
    assert actions == ["close", "see"]


def test_the_audit_trail_is_filtered_and_paged(site: Site, editor: TestClient, clock: Clock) -> None:
    watch = Watch(site.database)
    for _ in range(60):
        watch.raise_alert("x", "x", clock())
        watch.close_alert(watch.open_alerts()[-1].id, clock(), "王芳")
    page = editor.get("/system/audit?kind=alert&who=王芳").text
    assert page.count("王芳</td>") == 50
    older = re.search(r'href="([^"]+)" rel="next"', page)
    assert older is not None
    following = editor.get(older[1].replace("&amp;", "&")).text
    assert following.count("王芳</td>") == 10
    assert "王芳" in older[1] or "%E7%8E%8B" in older[1], "the filter goes along"
    assert "没有符合条件的记录" in editor.get("/system/audit?who=nobody").text
    assert "登录" in editor.get("/system/audit?action=login").text


def test_a_new_account_logs_in_with_what_was_shown_once(site: Site, admin: TestClient, stranger: TestClient) -> None:
    answer = post(admin, "/system/users", {"name": "王芳", "role": "process"})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["cache-control"]
    password = shown_once(answer.text)
    assert password not in admin.get("/system/users").text
    assert log_in(stranger, "王芳", password).status_code == 303
    assert stranger.get("/system/audit").status_code == 200
    assert post(admin, "/system/users", {"name": "王芳", "role": "view"}).status_code == 422
    assert post(admin, "/system/users", {"name": "x y", "role": "view"}).status_code == 422
    assert post(admin, "/system/users", {"name": "李", "role": "root"}).status_code == 422


def test_a_reset_password_ends_sessions(site: Site, admin: TestClient, open_browser: Browsers, stranger: TestClient) -> None:
    other = open_browser("editor")
    password = shown_once(post(admin, "/system/users/password", {"name": "editor"}).text)
    assert other.get("/").status_code == 303
    assert log_in(stranger, "editor", password).status_code == 303
    assert passwords.find_fault(password, "editor") is None


def test_nobody_locks_himself_out(site: Site, admin: TestClient) -> None:
    for path, fields in (
        ("/system/users/disable", {"name": "boss"}), ("/system/users/role", {"name": "boss", "role": "view"}),
        ("/system/users/password", {"name": "boss"}),
    ):
        assert post(admin, path, fields).status_code == 422
    kept = Accounts(site.database).find_user("boss")
    assert kept is not None
    assert kept.role == "admin"
    assert kept.disabled_at is None
    assert admin.get("/system/users").status_code == 200


def test_unknown_accounts_are_not_found(admin: TestClient) -> None:
    for path in ("/system/users/disable", "/system/users/enable", "/system/users/password"):
        assert post(admin, path, {"name": "nobody"}).status_code == 404


def test_a_key_is_shown_once_works_and_is_revoked(site: Site, admin: TestClient, stranger: TestClient) -> None:
    answer = post(admin, "/system/tokens", {"name": "汇总脚本", "days": "30"})
    key = shown_once(answer.text)
    assert key.startswith("bs_")
    assert key not in admin.get("/system/tokens").text
    headers = {"Authorization": f"Bearer {key}"}
    assert stranger.get("/api/v1/status", headers=headers).status_code == 200
    number = Accounts(site.database).tokens()[0].id
    assert post(admin, f"/system/tokens/{number}/revoke").status_code == 303
    assert stranger.get("/api/v1/status", headers=headers).status_code == 401
    assert post(admin, "/system/tokens", {"name": "", "days": "30"}).status_code == 422
    assert post(admin, "/system/tokens", {"name": "x", "days": "31"}).status_code == 422


def test_every_secret_is_hidden_and_every_option_is_there() -> None:
    settings = Settings()
    for section, option in SECRETS:
        value = "postgresql://user:geheim@db/baosong" if option == "url" else "geheim"
        settings = replace(settings, **{section: replace(getattr(settings, section), **{option: value})})
    sections = configuration.view(settings)
    assert "geheim" not in repr(sections)
    shown = {(section.name, option.name): option for section in sections for option in section.options}
    assert shown["database", "url"].value == "postgresql://db/baosong"
    assert shown["mailbox", "password"].value == "已设置（不显示）"
    assert shown["mailbox", "password"].changed
    assert {section.name for section in sections} == set(configuration.TITLES)


def test_workers_have_a_place_of_their_own(site: Site, viewer: TestClient, clock: Clock) -> None:
    assert "处理机" not in viewer.get("/system").text
    watch = Watch(site.database)
    watch.beat("worker:rechner-2:7:ab12cd", clock(), {"holding": [3], "done": 5, "processes": 2, "version": "0.1.0", "blobs": True})
    page = re.sub(r"<[^>]*>", "", viewer.get("/system").text)
    assert "rechner-2:7:ab12cd" in page
    assert "处理中 在手：m3；已处理5封；2个进程" in page
    assert "worker:" not in page, "it is not among the jobs"
