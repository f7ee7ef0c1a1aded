"""The staff pages in a real browser: log in, look round, on a desk and on a phone, in light and dark."""

from __future__ import annotations

import pytest

from tests.live.browser import DESKTOP, PHONE, Desk, check_page
from tests.support.page_world import PASSWORD

pytestmark = pytest.mark.live

PAGES = {"overview": "/", "overview-all": "/?batch=all", "ledger": "/ledger", "ledger-missing": "/ledger?state=missing&kind=city_bureau",
         "ledger-all": "/ledger?batch=all", "system": "/system", "alerts": "/system/alerts", "config": "/system/config", "audit": "/system/audit", "users": "/system/users",
         "tokens": "/system/tokens", "account": "/account", "error": "/nothing"}
PICTURES = {"overview", "ledger", "ledger-all", "users", "audit", "config"}


def test_log_in_with_the_keyboard_alone(desk: Desk) -> None:
    page = desk.open()
    page.goto(desk.url("/account"))
    check_page(page)
    desk.picture(page, "page-login")
    page.keyboard.type("viewer")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(desk.url("/account"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_every_page_is_fit_to_be_used(desk: Desk, width: int, dark: bool) -> None:
    page = desk.open("boss", width=width, dark=dark)
    for name, path in PAGES.items():
        page.goto(desk.url(path))
        if name == "error":
            page.faults.clear()  # type: ignore[attr-defined] # the browser tells of the 404
        check_page(page)
        if name in PICTURES:
            desk.picture(page, f"page-{name}{'-phone' if width == PHONE else ''}{'-dark' if dark else ''}", whole=True)
