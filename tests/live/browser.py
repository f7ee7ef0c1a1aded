"""A real browser (Debian's Chromium, headless) at the staff pages, served on loopback over the ledger of
`tests.support.page_world`.

    def test_something(desk: Desk) -> None:
        page = desk.open("editor", width=PHONE)      # logged in; None: not logged in
        page.goto(desk.url("/items"))
        check_page(page)                             # axe: nothing serious; no sideways scrolling; no console error
        desk.picture(page, "items-phone")            # docs/pictures/items-phone.png, when BAOSONG_SCREENSHOTS is set

In a conftest: `from tests.live.browser import chromium, desk, filled_ledger`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from staff.web.server import PageServer
from staff.web.site import Site
from tests.support.once import made_once
from tests.support.page_world import PASSWORD, Clock, copied_site, fill, page_settings

AXE = Axe()
CHROMIUM = "/usr/bin/chromium"
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
DESKTOP, PHONE = 1280, 390
KEPT = bool(os.environ.get("BAOSONG_SCREENSHOTS"))
"""Whether pictures are kept for the docs."""


@pytest.fixture(scope="session")
def filled_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger and blobs to copy from."""
    return made_once(tmp_path_factory, "filled", fill)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser process for the whole run."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-quic", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@dataclass
class Desk:
    """Somebody's desk: a browser at the pages of a site of this test's own."""

    browser: Browser
    site: Site
    clock: Clock
    server: PageServer
    _pages: list[Page] = field(default_factory=list)

    def url(self, path: str) -> str:
        """The address of a page."""
        return self.server.url.rstrip("/") + path

    def open(self, name: str | None = None, *, width: int = DESKTOP, dark: bool = False, script: bool = True) -> Page:
        """A window of its own, empty, logged in as this account (`tests.support.page_world.ROLES`); errors on the console are
        kept on `page.faults`."""
        context = self.browser.new_context(
            viewport={"width": width, "height": 844 if width <= 500 else 800}, locale="zh-CN", timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light", java_script_enabled=script, accept_downloads=True,
            has_touch=width <= 500,
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        faults: list[str] = []
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.faults = faults  # type: ignore[attr-defined]
        self._pages.append(page)
        if name is not None:
            context.add_cookies([{"name": key, "value": value, "url": self.server.url} for key, value in self._cookies_of(name).items()])
        return page

    def _cookies_of(self, name: str) -> dict[str, str]:
        """Logged in without a browser: that the form works in one is proved once (test_pages_basics)."""
        with httpx.Client(base_url=self.server.url) as client:
            found = re.search(r'name="csrf" value="(\w+)"', client.get("/login").text)
            assert found is not None
            answer = client.post("/login", data={"csrf": found[1], "name": name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            return dict(client.cookies)

    def picture(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Keep a picture for the docs, if asked to by BAOSONG_SCREENSHOTS."""
        if KEPT:
            PICTURES.mkdir(parents=True, exist_ok=True)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=PICTURES / f"{name}.png", full_page=whole, animations="disabled")

    def close(self) -> None:
        """Close all windows."""
        for page in self._pages:
            page.context.close()


@pytest.fixture
def desk(chromium: Browser, filled_ledger: Path, tmp_path: Path) -> Iterator[Desk]:
    """Pages on a copy of the ledger, and the browser."""
    with desk_at(chromium, filled_ledger, tmp_path) as made:
        yield made


@contextmanager
def desk_at(chromium: Browser, ledger: Path, folder: Path) -> Iterator[Desk]:
    """Pages on a copy (in `folder`) of any filled ledger, and the browser."""
    clock = Clock()
    with copied_site(ledger, folder, clock, page_settings()) as site, PageServer(site, port=0) as server:
        made = Desk(chromium, site, clock, server)
        yield made
        made.close()


def check_width(page: Page) -> None:
    """No fault on the console, no sideways scrolling: what differs between widths, and cheap beside axe."""
    assert page.faults == []  # type: ignore[attr-defined]
    width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert width[0] <= width[1], f"{page.url} scrolls sideways: {width[0]} px on {width[1]}"


def check_page(page: Page) -> None:
    """What holds for every page: no fault on the console, no sideways scrolling, nothing serious for axe."""
    check_width(page)
    found = AXE.run(page)
    serious = [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: {[node['html'][:150] for node in fault['nodes'][:3]]}"
        for fault in found.response["violations"] if fault["impact"] in ("serious", "critical")
    ]
    assert serious == [], f"{page.url}: " + "\n".join(serious)
