"""Mails full of script, looked at in a real browser: nothing runs, and nothing is asked for anywhere but here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from staff.web.server import PageServer
from storage.queries import Queries
from tests.live.browser import Desk
from tests.support.hostile_world import fill_hostile
from tests.support.once import made_once
from tests.support.page_world import Clock, copied_site, page_settings

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def hostile_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "hostile", fill_hostile)


@pytest.fixture
def hostile_desk(chromium: Browser, hostile_ledger: Path, tmp_path: Path) -> Iterator[Desk]:
    clock = Clock()
    with copied_site(hostile_ledger, tmp_path, clock, page_settings()) as site, PageServer(site, port=0) as server:
        made = Desk(chromium, site, clock, server)
        yield made
        made.close()


def watch(page: Page, home: str) -> tuple[list[str], list[str]]:
    """(what ran, what was asked for elsewhere), filled while the page is used."""
    ran: list[str] = []
    asked: list[str] = []
    page.context.add_init_script("window.hit = (n) => { console.log('HIT ' + n); }")
    page.on("console", lambda message: ran.append(message.text) if message.text.startswith("HIT") else None)
    page.on("dialog", lambda dialog: (ran.append("dialog"), dialog.dismiss()))
    page.context.on("request", lambda request: asked.append(request.url) if not request.url.startswith((home, "data:", "about:", "blob:")) else None)
    return ran, asked


def test_no_script_runs_and_no_request_leaves(hostile_desk: Desk) -> None:
    desk = hostile_desk
    page = desk.open("boss")
    ran, asked = watch(page, desk.url("/"))
    messages = [row.id for row in Queries(desk.site.database).messages(limit=100).rows]
    items = [row.id for row in Queries(desk.site.database).items(limit=100).rows]
    assert len(messages) >= 12
    frames = 0
    for number in messages:
        page.goto(desk.url(f"/messages/{number}"))
        for summary in page.locator("summary").all():
            if summary.is_visible():
                summary.click()
        if page.locator("iframe.mail-frame").count():
            frames += 1
            page.frame_locator("iframe.mail-frame").locator("body").wait_for(state="attached")
            page.wait_for_timeout(60)
        page.goto(desk.url(f"/messages/{number}/body"))
        page.wait_for_timeout(60)
    assert frames >= 8
    for number in items:
        page.goto(desk.url(f"/items/{number}"))
    for url in ("/items", "/messages", "/review", "/review?kind=message", "/letters", "/ledger", "/", "/system/audit"):
        page.goto(desk.url(url))
    page.wait_for_timeout(200)
    assert ran == []
    assert asked == []
    assert page.frames == [page.main_frame] or all(frame.url.startswith(desk.url("/")) for frame in page.frames)


def test_the_watch_itself_sees_script_and_requests(hostile_desk: Desk) -> None:
    """Otherwise the test above could not fail."""
    page = hostile_desk.open(None)
    ran, asked = watch(page, hostile_desk.url("/"))
    page.goto("data:text/html,<script>hit(1)</script><img src='https://evil.example.test/x.png'>")
    page.wait_for_timeout(200)
    assert ran == ["HIT 1"]
    assert asked == ["https://evil.example.test/x.png"]


def test_files_are_downloaded_and_never_opened_in_the_browser(hostile_desk: Desk) -> None:
    page = hostile_desk.open("boss")
    ran, asked = watch(page, hostile_desk.url("/"))
    page.goto(hostile_desk.url("/messages/1"))
    names = []
    for link in page.locator("ul.files > li > a").all():
        href = link.get_attribute("href")
        with page.expect_download() as waiting:
            page.evaluate("url => { const a = document.createElement('a'); a.href = url; document.body.append(a); a.click(); }", f"{href}?sure=1")
        names.append(waiting.value.suggested_filename)
    assert len(names) == 5
    assert all("/" not in name and "\\" not in name and "\u202e" not in name for name in names)
    assert page.url == hostile_desk.url("/messages/1"), "the page is still there"
    assert (ran, asked) == ([], [])
