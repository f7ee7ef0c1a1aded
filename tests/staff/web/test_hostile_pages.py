"""What strangers write is shown as they wrote it and does nothing: escaping, downloads, the mail's own frame, who may what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.testclient import TestClient

from core.settings import Settings
from staff.mail_html import Cleaner
from staff.web.app import create_app
from staff.web.downloads import disposition, safe_name
from staff.web.site import Site
from storage.queries import Queries
from storage.whole import read_message
from tests.staff.web.browser import BASE, log_in
from tests.support.hostile_mails import BODIES, EVIL, SHORT
from tests.support.hostile_world import fill_hostile
from tests.support.once import made_once
from tests.support.page_world import PASSWORD, Clock, copied_site


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of nothing but hostile mails."""
    return made_once(tmp_path_factory, "hostile", fill_hostile)


@pytest.fixture
def hostile_site(hostile: Path, tmp_path: Path, clock: Clock, settings: Settings) -> Iterator[Site]:
    with copied_site(hostile, tmp_path, clock, settings) as made:
        yield made


def client_of(site: Site, name: str) -> TestClient:
    client = TestClient(create_app(site), base_url=BASE, follow_redirects=False)
    assert log_in(client, name, PASSWORD).status_code == 303
    return client


class Elements(HTMLParser):
    """Every element with its attributes, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def faults(html: str) -> list[str]:
    """What in a page could run or lead away."""
    bad = []
    for tag, attributes in Elements(html).found:
        if tag in ("object", "embed", "base", "math", "style", "template", "noscript") or (tag == "script" and not attributes.get("src", "").startswith("/static/")):
            bad.append(tag)
        for name, value in attributes.items():
            if name.startswith("on") or name in ("style", "srcdoc", "ping", "background"):
                bad.append(f"{tag} {name}={value}")
            if name in ("src", "action", "formaction", "data", "poster", "srcset") and not value.startswith("/"):
                bad.append(f"{tag} {name}={value}")
            if name == "href" and not re.match(r"/(?!/)|#|https?://", value):
                bad.append(f"{tag} {name}={value}")
    return bad


ALLOWED = frozenset(["meta", "title", "p", "a", "b", "div", "table", "tbody", "tr", "td", "th", "img", "span", "br", "strong", "em", "ul", "ol", "li", "font", "blockquote", "pre", "h1", "h2", "h3"])


def test_no_text_of_a_stranger_becomes_markup(hostile_site: Site) -> None:
    client = client_of(hostile_site, "boss")
    pages = ["/", "/items", "/messages", "/review", "/review?kind=message", "/review?kind=draft", "/letters", "/ledger", "/items?q=hit"]
    pages += [f"/items/{row.id}" for row in Queries(hostile_site.database).items(limit=100).rows]
    pages += [f"/messages/{row.id}" for row in Queries(hostile_site.database).messages(limit=100).rows]
    assert len(pages) > 25
    shown = ""
    for url in pages:
        page = client.get(url)
        assert page.status_code == 200, url
        text = page.text
        assert faults(text) == [], url
        assert "49%" not in text
        shown += text
    for vector in SHORT[:5]:
        escaped = vector.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;")
        assert escaped in shown, vector


def test_the_mails_frame_has_nothing_that_runs_or_fetches(hostile_site: Site) -> None:
    client = client_of(hostile_site, "viewer")
    seen = 0
    for row in Queries(hostile_site.database).messages(limit=100).rows:
        answer = client.get(f"/messages/{row.id}/body")
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")
        assert "sandbox" in policy
        assert "script" not in policy.replace("allow-popups", "")
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert answer.headers["referrer-policy"] == "no-referrer"
        html = answer.text.partition("<body>")[2] or answer.text
        for tag, attributes in Elements(html).found:
            assert tag in ALLOWED, html
            seen += 1
            for name, value in attributes.items():
                assert not name.startswith("on"), html
                assert name not in ("background", "srcset", "ping", "poster", "srcdoc", "action", "id", "class"), html
                if name == "src":
                    assert value.startswith("data:image/png;base64,"), html
                if name == "href":
                    assert re.match(r"https?://|mailto:", value), html
                    assert "noopener" in attributes["rel"]
                if name == "style":
                    assert not re.search(r"url|expression|import|\\\\", value, re.IGNORECASE), html
    assert seen >= 10
    assert "外部图片" in client.get("/messages/2").text


def test_cleaning_keeps_what_a_letter_needs() -> None:
    cleaner = Cleaner({"logo@x": b"\x89PNG\r\n\x1a\nxx"})
    html = cleaner.clean(
        '<table border="1"><tr><td style="color:red;background-color:#fff">表</td></tr></table><p><b>粗</b><a href="https://a.test/b?c=1&d=2">链接</a></p>'
        f'<img src="cid:LOGO@x" width="10"><img src="{EVIL}/p.gif">'
    )
    for kept in ('<table border="1">', "color:red", "<b>粗</b>", 'href="https://a.test/b?c=1&amp;d=2"', 'src="data:image/png;base64,', 'width="10"'):
        assert kept in html, html
    assert cleaner.remote == 1
    for body in BODIES:
        once = cleaner.clean(body)
        assert sorted(cleaner.clean(once)) == sorted(once), "cleaning again takes nothing more away"


def test_downloads_are_never_shown_as_pages(hostile_site: Site) -> None:
    viewer, boss = client_of(hostile_site, "viewer"), client_of(hostile_site, "boss")
    kinds, blocked = set(), 0
    for row in Queries(hostile_site.database).messages(limit=3).rows:
        whole = read_message(hostile_site.database, row.id)
        raw = viewer.get(f"/messages/{row.id}/raw.eml")
        if any(part.role == "blocked" for part in whole.attachments):
            assert raw.status_code == 403, "the whole mail would bring the blocked file"
            assert "请勿在办公电脑上打开" in boss.get(f"/messages/{row.id}/raw.eml").text
            raw = boss.get(f"/messages/{row.id}/raw.eml?sure=1")
        assert raw.headers["content-type"] == "application/octet-stream"
        for position, part in enumerate(whole.attachments):
            url = f"/messages/{row.id}/files/{position}"
            answer = viewer.get(url)
            if part.role == "blocked":
                blocked += 1
                assert answer.status_code == 403
                warning = boss.get(url)
                assert "请勿在办公电脑上打开" in warning.text
                answer = boss.get(f"{url}?sure=1")
            assert answer.status_code == 200
            kinds.add(answer.headers["content-type"])
            header = answer.headers["content-disposition"]
            assert header.startswith('attachment; filename="')
            assert header.isascii()
            assert not set("\r\n/\\") & set(header.split("filename*=")[0])
            name = unquote(header.split("UTF-8''", 1)[1])
            assert not re.search(r"[\x00-\x1f/\\<>:\"|?*\u202e]|^\.", name), name
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in answer.headers["content-security-policy"]
            assert answer.content == hostile_site.blobs.path(part.sha256).read_bytes()
    assert blocked == 3
    assert kinds <= {"application/octet-stream", "image/png", "image/jpeg", "application/pdf", "text/plain; charset=utf-8"}


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"), ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie_ x=1.pdf"), ("扫描\u202efdp.exe", "扫描fdp.exe"),
        ("...", "附件"), ("", "附件"), (".htaccess", "htaccess"), ("a" * 300 + ".docx", "a" * 115 + ".docx"), ('x";y.pdf', "x_;y.pdf"),
        ("CON\x00.txt", "CON.txt"), ("案例　１.docx", "案例　１.docx"),
    ],
)
def test_names(given: str, safe: str) -> None:
    assert safe_name(given) == safe
    header = disposition(given)
    assert header.isascii()
    assert unquote(header.split("UTF-8''", 1)[1]) == safe
    assert header.count('"') == 2


@pytest.mark.parametrize("url", [
    "/messages/1/files/99", "/messages/1/files/-1", "/messages/99/files/0", "/messages/1/files/..%2f..%2fetc", "/messages/1/files/0/pages/-1",
    "/messages/1/files/%2e%2e/raw.eml", "/messages/../../etc/passwd", "/messages/1/files/0/pages/0/../../../../x", "/messages/999/body",
    "/messages/999/raw.eml", "/items/1%00", "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/%2e%2e/pages/items.py",
])
def test_nothing_outside_is_reached(hostile_site: Site, url: str) -> None:
    client = client_of(hostile_site, "boss")
    answer = client.get(url)
    assert answer.status_code in (404, 200)
    assert "root:" not in answer.text
    assert "APIRouter" not in answer.text
    if answer.status_code == 200:
        assert "/pages/-1" in url, "a page that is not there is a placeholder"
        assert "没有这一页" in answer.text


def test_strangers_see_no_file(hostile_site: Site) -> None:
    stranger = TestClient(create_app(hostile_site), base_url=BASE, follow_redirects=False)
    for url in ("/messages/1/files/0", "/messages/1/raw.eml", "/messages/1/body", "/messages/1/files/0/pages/0", "/items/1", "/messages/1", "/review"):
        answer = stranger.get(url)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")
