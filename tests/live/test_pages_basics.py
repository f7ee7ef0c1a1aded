"""The staff pages in a real browser: log in, look round, on a desk and on a phone, in light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.live.browser import DESKTOP, KEPT, PHONE, Desk, check_page
from tests.support.page_world import PASSWORD

pytestmark = pytest.mark.live

PAGES = {"overview": "/", "overview-all": "/?batch=all", "ledger": "/ledger", "ledger-missing": "/ledger?state=missing&kind=city_bureau",
         "ledger-all": "/ledger?batch=all", "system": "/system", "alerts": "/system/alerts", "config": "/system/config", "audit": "/system/audit",
         "users": "/system/users",
         "tokens": "/system/tokens", "account": "/account", "exports": "/exports", "error": "/nothing"}
PICTURES = {
    (DESKTOP, False): {"overview", "ledger", "users", "audit", "exports"}, (PHONE, False): {"overview", "ledger"}, (DESKTOP, True): {"overview"},
}
"""What is kept for the docs, by width and darkness."""
LOOKS = [(DESKTOP, False), (PHONE, True), *((look for look in PICTURES if look[0] != DESKTOP or look[1]) if KEPT else ())]
"""Every width and both colours once: colours do not change with the width, and a page costs a second."""


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


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_every_page_is_fit_to_be_used(desk: Desk, width: int, dark: bool) -> None:
    page = desk.open("boss", width=width, dark=dark)
    for name, path in PAGES.items():
        page.goto(desk.url(path))
        if name == "error":
            page.faults.clear()  # type: ignore[attr-defined] # the browser tells of the 404
        check_page(page)
        if name in PICTURES.get((width, dark), ()):
            desk.picture(page, f"page-{name}{'-phone' if width == PHONE else ''}{'-dark' if dark else ''}", whole=name == "overview")


def background(page: Page) -> float:
    """How light the paper is, 0 to 255."""
    found = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in found.removeprefix("rgb(").removesuffix(")").split(",")) / 3


def test_dark_is_dark_and_paper_is_white(desk: Desk) -> None:
    light, dark = desk.open("viewer"), desk.open("viewer", dark=True)
    for page in (light, dark):
        page.goto(desk.url("/"))
    assert background(light) > 230
    assert background(dark) < 40
    dark.emulate_media(media="print")
    assert background(dark) > 250, "ink is not wasted on a dark page"
    assert not dark.get_by_role("navigation", name="主导航").is_visible()


@pytest.mark.parametrize("script", [True, False])
def test_filter_the_ledger_and_send_the_address_to_a_colleague(desk: Desk, script: bool) -> None:
    page = desk.open("viewer", script=script)
    page.goto(desk.url("/ledger"))
    page.get_by_label("单位类型").select_option("city_bureau")
    if not script:
        page.get_by_role("button", name="查看").click()
    page.wait_for_url("**kind=city_bureau*")
    page.get_by_label("状态").select_option("incomplete")
    if not script:
        page.get_by_role("button", name="查看").click()
    page.wait_for_url("**state=incomplete*")
    rows = page.get_by_role("row").all_inner_texts()[1:-1]
    assert rows
    assert all("待补正" in row for row in rows)
    colleague = desk.open("editor", width=PHONE)
    colleague.goto(page.url)
    assert colleague.locator("tbody tr").count() == len(rows)
    page.get_by_role("link", name="清除").click()
    page.wait_for_url(desk.url("/ledger"))


def test_an_account_is_made_and_logs_in(desk: Desk) -> None:
    admin, page = desk.open("boss"), desk.open()
    admin.goto(desk.url("/system/users"))
    admin.get_by_label("用户名").fill("王芳")
    admin.get_by_role("button", name="建立").click()
    password = admin.locator("code.once").inner_text()
    page.goto(desk.url("/login"))
    page.get_by_label("用户名").fill("王芳")
    page.get_by_label("密码").fill("not this")
    page.get_by_role("button", name="登录").click()
    assert page.get_by_role("alert").inner_text() == "用户名或密码不正确。"
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(desk.url("/"))
    admin.goto(desk.url("/system/users"))
    admin.on("dialog", lambda dialog: dialog.accept())
    admin.get_by_role("row", name="王芳").get_by_role("button", name="停用").click()
    assert "已停用" in admin.get_by_role("status").inner_text()
    admin.reload()
    assert admin.get_by_role("status").count() == 0, "told once"
    page.goto(desk.url("/ledger"))
    assert page.url == desk.url("/login?next=%2Fledger")


def test_a_question_can_be_answered_with_no(desk: Desk) -> None:
    admin = desk.open("boss")
    admin.goto(desk.url("/system/users"))
    admin.on("dialog", lambda dialog: dialog.dismiss())
    admin.get_by_role("row", name="viewer").get_by_role("button", name="停用").click()
    admin.reload()
    assert "已停用" not in admin.get_by_role("row", name="viewer").inner_text()
