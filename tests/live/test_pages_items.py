"""An afternoon at the office in a real browser: find an item, look at its scan, waive, accept, release, merge, move; a
colleague who is told; on a desk and on a phone, with and without script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from storage.desk import Act
from storage.desk import Desk as Office
from storage.outbox import Outbox
from storage.queries import ItemFilter, Queries
from storage.waiting import Waiting
from storage.whole import find_item, read_item, read_message
from tests.live.browser import DESKTOP, PHONE, Desk, check_page

pytestmark = pytest.mark.live


def to_review(desk: Desk, count: int) -> list[int]:
    """Some items that wait for a person, as a doubt of the program would make them."""
    for row in Queries(desk.site.database).items(ItemFilter(state="incomplete"), count).rows:
        Office(desk.site.database).reopen_item(row.id, Act("程序员", desk.site.clock()))
    return [row.id for row in Waiting(desk.site.database).page("item", desk.site.clock()).rows]


def with_error(desk: Desk) -> int:
    rows = Queries(desk.site.database).items(ItemFilter(state="incomplete"), 50).rows
    return next(row.id for row in rows if any(f.finding.severity == "error" for f in read_item(desk.site.database, row.id).findings))


def pictures_loaded(page: Page) -> list[int]:
    return page.evaluate("[...document.querySelectorAll('.sheet .page img')].map(e => e.complete ? e.naturalWidth : 0)")  # type: ignore[no-any-return]


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_find_an_item_and_look_at_its_scan(desk: Desk, width: int) -> None:
    page = desk.open("viewer", width=width)
    page.goto(desk.url("/items"))
    check_page(page)
    if width == DESKTOP:
        desk.picture(page, "page-items")
    page.get_by_label("查找").fill("银龄e学堂")
    page.get_by_role("button", name="查看").click()
    page.get_by_role("link", name=re.compile("银龄e学堂")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("银龄e学堂")
    picture = page.locator(".sheet .page img").first
    picture.scroll_into_view_if_needed()
    for _ in range(100):  # the content policy forbids wait_for_function
        if pictures_loaded(page)[0]:
            break
        page.wait_for_timeout(200)
    assert pictures_loaded(page)[0] == 900
    check_page(page)
    if width == DESKTOP:
        desk.picture(page, "page-item", whole=True)
    with page.context.expect_page() as opened:
        page.locator(".sheet .page").first.click()
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("document.images[0].naturalWidth") == 1800
    assert page.locator("main form").count() == 0, "a viewer decides nothing"


def test_accept_one_after_another_by_key(desk: Desk) -> None:
    waiting = to_review(desk, 3)
    page = desk.open("editor")
    page.goto(desk.url("/review?kind=item"))
    check_page(page)
    desk.picture(page, "page-review")
    page.keyboard.press("g")
    page.wait_for_url(f"**/review/item/{waiting[0]}")
    check_page(page)
    page.keyboard.press("a")
    page.wait_for_url(f"**/review/item/{waiting[1]}")
    expect(page.locator(".flash")).to_contain_text("已采纳")
    assert find_item(desk.site.database, waiting[0]).staff_state == "accepted"
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="与征集主题不符").click()
    page.wait_for_url(f"**/review/item/{waiting[2]}")
    refused = find_item(desk.site.database, waiting[1])
    assert (refused.staff_state, refused.staff_why) == ("rejected", "与征集主题不符")


@pytest.mark.parametrize("script", [True, False])
def test_waive_a_finding_with_one_click(desk: Desk, script: bool) -> None:
    number = with_error(desk)
    page = desk.open("editor", script=script)
    page.goto(desk.url(f"/items/{number}"))
    page.locator(".findings").get_by_role("button", name="已电话核实").first.click()
    expect(page.locator(".findings")).to_contain_text("已由editor免除")
    assert any(row.waived_by == "editor" for row in read_item(desk.site.database, number).findings)
    page.get_by_role("button", name="撤回免除").click()
    expect(page.locator(".findings")).not_to_contain_text("已由editor免除")
    if script:
        check_page(page)


def test_the_second_person_is_told(desk: Desk) -> None:
    number = with_error(desk)
    first, second = desk.open("editor"), desk.open("boss")
    for page in (first, second):
        page.goto(desk.url(f"/items/{number}"))
    first.get_by_role("button", name="公章清晰，已人工确认").click()
    expect(first.locator(".flash")).to_contain_text("已采纳")
    second.on("dialog", lambda dialog: dialog.accept())
    second.get_by_role("button", name="单位要求撤回").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("刚才已有人处理")
    expect(second.locator("main")).to_contain_text("公章清晰，已人工确认")
    assert find_item(desk.site.database, number).staff_state == "accepted"
    second.get_by_role("link", name="查看现在的情况").click()
    expect(second.locator("main")).to_contain_text("人工采纳")


def test_merge_move_and_split(desk: Desk) -> None:
    rows = Queries(desk.site.database).items(ItemFilter(category="case"), 50).rows
    row = next(one for one in rows if one.content.word is not None and one.content.scans)
    other = next(one for one in rows if one.id != row.id)
    page = desk.open("editor", width=PHONE)
    page.goto(desk.url(f"/items/{row.id}"))
    page.get_by_text("改归属").click()
    page.get_by_label("报送单位").fill("青岛市教育局")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".facts").first).to_contain_text("青岛市教育局")
    page.get_by_text("拆分：").click()
    page.locator("form[action$='/split'] input[type=checkbox]").last.check()
    page.get_by_label("新件的名称（不填则按其申报表）").fill("分出的一件")
    page.get_by_role("button", name="拆分").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("分出的一件")
    check_page(page)
    page.goto(desk.url(f"/items/{row.id}"))
    field = page.locator("form[action$='/merge'] input[name=other]:not([type=radio])").first
    if not field.is_visible():
        page.get_by_text("并入别的编号").click()
    field.fill(str(other.id))
    field.locator("xpath=ancestor::form").get_by_role("button", name="并入本件").click()
    expect(page.locator(".flash")).to_contain_text(f"已将报送件{other.id}并入本件")
    assert find_item(desk.site.database, other.id).superseded_by == row.id


def test_release_a_draft(desk: Desk) -> None:
    with desk.site.database.write() as connection:
        connection.exec_driver_sql("UPDATE answer SET state = 'draft', next_attempt_at = NULL WHERE id IN (1, 2)")
    page = desk.open("editor")
    page.goto(desk.url("/review?kind=draft"))
    page.get_by_role("link", name="逐件处理").click()
    frame = page.frame_locator("iframe.letter-frame")
    expect(frame.locator("body")).to_contain_text("回执")
    check_page(page)
    page.get_by_role("button", name="放行").click()
    page.wait_for_url("**/review/draft/2")
    released = Outbox(desk.site.database).find_answer(1)
    assert released is not None
    assert released.state == "waiting"


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_an_ignored_mail_is_a_submission_after_all(desk: Desk, width: int) -> None:
    ignored = next(row for row in Queries(desk.site.database).messages(limit=100).rows if row.kind == "unrelated")
    page = desk.open("editor", width=width)
    page.goto(desk.url("/messages?kind=unrelated"))
    check_page(page)
    page.get_by_role("link", name=ignored.subject).first.click()
    check_page(page)
    if width == DESKTOP:
        desk.picture(page, "page-message", whole=True)
    page.get_by_role("button", name="这是报送来信").click()
    expect(page.locator("main")).to_contain_text("人工认定为报送")
    assert read_message(desk.site.database, ignored.id).message.staff_state == "accepted"


def test_ask_for_correction_with_own_words(desk: Desk) -> None:
    number = with_error(desk)
    page = desk.open("editor")
    page.goto(desk.url(f"/items/{number}"))
    page.get_by_role("link", name="请对方补正").click()
    page.get_by_label("补充的话").fill("烦请于周五前补报。")
    page.get_by_role("button", name="预览").click()
    expect(page.frame_locator("iframe[name=letter]").locator("body")).to_contain_text("烦请于周五前补报。")
    check_page(page)
    page.get_by_role("button", name="存为草稿").click()
    expect(page.locator(".flash")).to_contain_text("草稿")
    letter = Queries(desk.site.database).answers(limit=1).rows[0]
    assert (letter.state, letter.written_by) == ("draft", "editor")


def test_dark_and_print(desk: Desk) -> None:
    page = desk.open("editor", dark=True)
    for url in (f"/items/{with_error(desk)}", "/messages/12", "/review"):
        page.goto(desk.url(url))
        check_page(page)
    page.emulate_media(media="print", color_scheme="light")
    assert not page.locator("nav.nav").is_visible()
