"""Attacks on the pages: forged forms, foreign hosts, framing, redirects, huge bodies, odd methods and paths, script in
everything a stranger or a user can write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from staff.web.security import is_own_host, safe_next, sha256
from staff.web.site import Site
from storage import models as m
from storage.accounts import Accounts
from storage.watch import Watch
from tests.staff.web.browser import BASE, post, token
from tests.staff.web.conftest import Browsers
from tests.support.page_world import Clock

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}${7*7}"


# Forged forms ----------------------------------------------------------------------------------------------------------


def forged(client: TestClient, **headers: str) -> int:
    """Somebody else's page posts with this browser's cookies and a right token."""
    return client.post("/system/alerts/999999/seen", data={"csrf": token(client)}, headers=headers).status_code


def test_a_token_is_needed_and_bound_to_the_session(editor: TestClient, open_browser: Browsers) -> None:
    other = open_browser("editor")
    for value in ("", "x", token(other), token(editor)[:-1] + "0", token(editor).upper()):
        if value == token(editor):
            continue
        assert editor.post("/system/alerts/999999/seen", data={"csrf": value}).status_code == 403
    assert editor.post(f"/system/alerts/999999/seen?csrf={token(editor)}").status_code == 403, "not from the address"
    assert editor.post("/system/alerts/999999/seen", json={"csrf": token(editor)}).status_code == 403
    assert editor.post("/system/alerts/999999/seen", data={"csrf": token(editor)}).status_code == 404, "in, but no such alert"


def test_the_browser_tells_of_other_sites(editor: TestClient) -> None:
    assert forged(editor) == 404
    assert forged(editor, Origin=BASE) == 404
    for headers in (
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:8026"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    ):
        assert forged(editor, **headers) == 403, headers


def test_the_log_in_form_has_a_token_too(stranger: TestClient, open_browser: Browsers) -> None:
    other = open_browser(None)
    assert stranger.post("/login", data={"name": "viewer", "password": "x"}).status_code == 403
    assert stranger.post("/login", data={"name": "viewer", "password": "x", "csrf": token(other, "/login")}).status_code == 403


@pytest.mark.parametrize("path", ["/logout", "/account/password", "/system/alerts/1/close", "/system/users", "/system/users/disable"])
def test_get_changes_nothing(admin: TestClient, path: str) -> None:
    before = admin.get("/system/users").text
    answer = admin.get(f"{path}?csrf={token(admin)}&name=editor&_method=POST", headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status_code in (200, 404, 405)
    after = admin.get("/system/users").text
    assert re.sub(r'value="[0-9a-f]{64}"', "", after) == re.sub(r'value="[0-9a-f]{64}"', "", before)


def test_a_method_in_disguise_is_not_heard(admin: TestClient) -> None:
    for header in ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"):
        assert admin.post("/account", data={"csrf": token(admin)}, headers={header: "DELETE"}).status_code == 405
    assert admin.request("TRACE", "/account").status_code == 405


# Hosts, frames, headers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("host", "own"), [
    ("127.0.0.1:8025", True), ("localhost", True), ("LOCALHOST:80", True), ("[::1]:8025", True), ("192.168.1.7:8025", True),
    ("evil.example", False), ("127.0.0.1.evil.example", False), ("localhost.evil.example:8025", False), ("", False),
    ("127.0.0.1@evil.example", False), ("evil.example#127.0.0.1", False), ("127.0.0.1:x", False), ("[::1", False),
])
def test_hosts(site: Site, host: str, own: bool) -> None:
    assert is_own_host(host, site.settings.staff) is own


def test_a_foreign_host_gets_nothing(viewer: TestClient) -> None:
    answer = viewer.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "public_url" in answer.text


def test_headers_of_every_kind_of_answer(viewer: TestClient, stranger: TestClient) -> None:
    for answer in (
        viewer.get("/"), stranger.get("/"), viewer.get("/nothing"), viewer.post("/logout"), stranger.get("/static/style.css"),
        stranger.get("/api/v1/items"), stranger.get("/static/../app.py"), viewer.get("/", headers={"Host": "evil.example"}),
    ):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        for word in ("script-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
            assert word in policy
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"]
        assert "server" not in answer.headers


def test_an_error_of_ours_has_them_too_and_tells_nothing(site: Site, viewer: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from staff.web.pages import overview

    def broken(*_: object) -> object:
        raise RuntimeError("geheim: /etc/passwd")

    monkeypatch.setattr(overview, "chosen_batch", broken)
    client = TestClient(viewer.app, base_url=BASE, cookies=dict(viewer.cookies), raise_server_exceptions=False)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "geheim" not in answer.text
    assert "Traceback" not in answer.text
    assert "程序内部出错" in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("target", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example",
    "/x\r\nSet-Cookie: a=b", "http:evil.example", "evil.example", "", "/" + "x" * 3000, " /x", "/\x00", "///evil.example",
])
def test_the_log_in_leads_nowhere_else(target: str, stranger: TestClient) -> None:
    assert safe_next(target) == "/"
    assert safe_next(target.strip()) in ("/", "/x")
    page = stranger.get("/login", params={"next": target}).text
    assert re.search(r'name="next" value="(.*?)"', page)[1] == safe_next(target.strip())  # type: ignore[index]


def test_the_log_in_leads_back(stranger: TestClient) -> None:
    for target in ("/items?batch=1&q=%E6%B5%8E", "/ledger", "/"):
        assert safe_next(target) == target


# Sizes and paths ----------------------------------------------------------------------------------------------------------


def test_huge_forms_are_refused_before_they_are_read(stranger: TestClient) -> None:
    def body() -> Iterator[bytes]:
        for _ in range(300):
            yield b"a=" + b"x" * 65536 + b"&"

    assert stranger.post("/login", content=b"x" * (2 * 2**20 + 1)).status_code == 413
    headers = {"Content-Type": "application/x-www-form-urlencoded"}  # chunked: no length is told
    answer = stranger.post("/login", content=body(), headers=headers)
    assert answer.status_code == 413
    assert stranger.post("/login", content=b"a", headers={"Content-Length": "-1"}).status_code == 413


def test_many_fields_and_files_are_refused(stranger: TestClient) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert stranger.post("/login", content=b"&".join(b"a=1" for _ in range(5000)), headers=headers).status_code in (400, 403)
    files = [("f", (f"{number}", b"x")) for number in range(1500)]
    assert stranger.post("/login", files=files).status_code in (400, 403)


@pytest.mark.parametrize("path", [
    "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%2e%2e%2f%2e%2e%2fpyproject.toml",
    "/static//etc/passwd", "/static/....//app.py", "/static/..\\app.py", "/static/style.css%00.html", "/static/", "/static",
])
def test_static_files_stay_in_their_folder(stranger: TestClient, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status_code in (307, 404, 405)
    assert "import" not in answer.text


@pytest.mark.parametrize("path", ["/system/alerts/x/seen", "/system/alerts/-1/seen", "/system/alerts/99999999999999999999999/seen",
                                  "/system/tokens/99999999999999999999/revoke", "/system/alerts/1%00/seen"])
def test_odd_ids_are_not_found(admin: TestClient, path: str) -> None:
    assert post(admin, path).status_code == 404


def test_odd_queries_do_no_harm(viewer: TestClient, admin: TestClient) -> None:
    for query in ("batch=99999999999999999999", "batch=x", "batch=-1", "page=999999", "page=-5", "sort=__class__", "q=%00%ff", "state='--",
                  "kind=<script>", "category[]=a", "batch=1&batch=2", "q=" + "长" * 2000):
        for path in ("/", "/ledger"):
            assert viewer.get(f"{path}?{query}").status_code == 200, query
        for path in ("/system/audit", "/system/alerts"):
            assert admin.get(f"{path}?{query}&before=99999999999999999999&after=x&id=99999999999999999999").status_code == 200, query


# Script in what people write ---------------------------------------------------------------------------------------------


class _Active(HTMLParser):
    """Collects what would run: handlers, scripts of others, addresses with script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "script" and not (values.get("src") or "").startswith("/static/"):
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or (name in ("href", "src", "action") and not (value or "").startswith(("/", "#"))):
                self.found.append(f"{tag} {name}={value}")


def active(page: str) -> list[str]:
    """What in this page is script or comes from elsewhere."""
    parser = _Active()
    parser.feed(page)
    return parser.found


def test_everything_a_stranger_or_a_user_writes_is_text(site: Site, admin: TestClient, clock: Clock) -> None:
    with site.database.write() as connection:
        connection.execute(update(m.Item).values(title=EVIL, applicant_unit=EVIL, reporting_unit=EVIL[:200], sender=EVIL))
        connection.execute(update(m.Message).values(subject=EVIL, sender=EVIL, reporting_unit=EVIL[:200], error=EVIL, reason=EVIL))
        connection.execute(update(m.Attachment).values(name=EVIL))
        connection.execute(update(m.Answer).values(subject=EVIL, text=EVIL))
        connection.execute(update(m.Finding).values(text=EVIL, evidence=EVIL))
        connection.execute(update(m.Audit).values(who=EVIL, why=EVIL, after={"x": EVIL}))
    Watch(site.database).raise_alert("evil", EVIL, clock())
    Watch(site.database).beat(EVIL, clock())
    accounts = Accounts(site.database)
    accounts.add_user(EVIL, "x", "view", clock(), EVIL)
    boss = accounts.find_user("boss")
    assert boss is not None
    accounts.add_token(EVIL, sha256("k"), boss.id, clock(), EVIL, clock() + timedelta(days=1))
    for path in ("/", "/ledger", "/ledger?batch=all", "/system", "/system/alerts", "/system/audit", "/system/users", "/system/tokens", "/account",
                 f"/ledger?q={EVIL}", f"/login?next=/{EVIL}", f"/system/audit?who={EVIL}"):
        page = admin.get(path).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert active(page) == [], path
        if path in ("/system/alerts", "/system/audit", "/system/users", "/system/tokens"):
            assert "&lt;script&gt;" in page, f"{path} shows it as text"
            assert "{{ 7*7 }}" in page, "and is no template of ours"
    refused = post(admin, "/system/users", {"name": EVIL, "role": "view"})
    assert refused.status_code == 422
    assert "<script>alert" not in refused.text


def test_a_flash_message_cannot_be_planted(viewer: TestClient, stranger: TestClient) -> None:
    import base64

    data = base64.urlsafe_b64encode('["bad", "请致电 6666 领奖"]'.encode()).decode()
    for value in (data, f"{data}.", f"{data}.{'0' * 64}", f"{data}.{token(viewer)}", "%00", "\x80"):
        cookies = "; ".join(f"{key}={kept}" for key, kept in viewer.cookies.items())
        page = viewer.get("/account", headers={"Cookie": f"{cookies}; baosong_flash={value}".encode("latin-1")})  # type: ignore[dict-item]
        assert page.status_code == 200
        assert "领奖" not in page.text


def test_no_secret_of_the_configuration_is_shown(site: Site, admin: TestClient) -> None:
    pages = "".join(admin.get(path).text for path in ("/system", "/system/config", "/", "/system/users"))
    assert "已设置（不显示）" in pages
    assert "geheim" not in pages
    assert "$argon2" not in pages
