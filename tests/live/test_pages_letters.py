"""信件 in a real browser: read a letter in its frame, release drafts, write with a preview, remind, change the wording."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from staff.web.server import PageServer
from storage.queries import AnswerFilter, Queries
from storage.rows import AnswerRow
from tests.live.browser import DESKTOP, PHONE, Desk, check_page, check_width
from tests.support.page_world import Clock, copied_site, page_settings

pytestmark = pytest.mark.live

PICTURES = {"letters", "letter-correction", "write", "remind"}


@pytest.fixture
def desk(chromium: Browser, filled_ledger: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    """With a folder for the office's own wording, and every letter a draft."""
    clock = Clock()
    with copied_site(filled_ledger, tmp_path, clock, page_settings()) as site:
        site = replace(site, templates=tmp_path / "templates")
        with site.database.write() as connection:
            connection.exec_driver_sql("UPDATE answer SET state = 'draft', sent_at = NULL, raw_sha256 = NULL WHERE state IN ('sent', 'waiting')")
        with PageServer(site, port=0) as server:
            made = Desk(chromium, site, clock, server)
            yield made
            made.close()


def rows(desk: Desk, **wanted: object) -> list[AnswerRow]:
    return list(Queries(desk.site.database).answers(AnswerFilter(**wanted), 500).rows)  # type: ignore[arg-type]


def letter_in(page: Page) -> str:
    return page.frame_locator("iframe[name=letter]").locator("body").inner_text()


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_every_page_of_letters(desk: Desk, width: int) -> None:
    page = desk.open("boss", width=width)
    kinds = {row.kind: row for row in reversed(rows(desk))}
    where = {"letters": "/letters?state=draft", "remind": "/letters/remind?batch=2", "wording": "/letters/wording",
             "wording-file": "/letters/wording/base.txt.j2",
             "write": f"/letters/new?to=m{kinds['correction'].message_id}&kind=correction"}  # fmt: skip
    where |= {f"letter-{kind}": f"/letters/{row.id}" for kind, row in kinds.items()}
    for name, path in where.items():
        page.goto(desk.url(path))
        (check_page if width == DESKTOP else check_width)(page)
        if name in PICTURES and (width == DESKTOP or name == "letter-correction"):
            desk.picture(page, f"page-{name}{'-phone' if width == PHONE else ''}", whole=True)


def test_a_letter_in_its_frame_and_its_release(desk: Desk) -> None:
    page = desk.open("editor")
    row = next(row for row in rows(desk) if row.kind == "correction")
    page.goto(desk.url(f"/letters/{row.id}"))
    assert "材料补正通知" in letter_in(page)
    page.get_by_label("内容").fill("烦请于周五前补来。")
    page.get_by_role("button", name="在上方预览").click()
    page.frame_locator("iframe[name=letter]").get_by_text("烦请于周五前补来。").wait_for()
    assert rows(desk, state="waiting") == []
    page.get_by_role("button", name="保存").click()
    page.get_by_text("已保存。").wait_for()
    assert "烦请于周五前补来。" in letter_in(page)
    page.get_by_role("button", name="放行").click()
    page.get_by_text("已放行1封").wait_for()
    assert [one.id for one in rows(desk, state="waiting")] == [row.id]
    check_page(page)


def test_drafts_released_in_bulk(desk: Desk) -> None:
    page = desk.open("editor", width=PHONE)
    page.goto(desk.url("/letters?state=draft"))
    drafts = len(rows(desk, state="draft"))
    assert page.locator("input[name=id]:checked").count() == 0, "nothing goes by a careless click"
    page.get_by_label("勾选本页全部未发出的信件").check()
    assert page.locator("input[name=id]:checked").count() == min(drafts, 50)
    page.locator("input[name=id]").first.uncheck()
    page.get_by_role("button", name="放行").click()
    page.get_by_text(f"已放行{drafts - 1}封").wait_for()
    assert len(rows(desk, state="draft")) == 1


@pytest.mark.parametrize("script", [True, False])
def test_writing_with_a_preview(desk: Desk, script: bool) -> None:
    page = desk.open("editor", script=script)
    message = next(row.message_id for row in rows(desk) if row.message_id)
    page.goto(desk.url("/letters/new"))
    page.get_by_label("来信或报送件编号").fill(f"m{message}")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("textbox", name="正文").fill("材料已转评审组。\n如有变动，请回信告知。")
    page.get_by_role("button", name="预览").click()
    page.frame_locator("iframe[name=letter]").get_by_text("如有变动，请回信告知。").wait_for()
    assert rows(desk, kind="free") == []
    page.get_by_role("button", name="写好，发出").click()
    page.get_by_text("已放入待发").wait_for()
    (made,) = rows(desk, kind="free")
    assert (made.state, made.written_by) == ("waiting", "editor")


def test_reminding(desk: Desk) -> None:
    page = desk.open("editor")
    page.goto(desk.url("/letters/remind"))
    page.get_by_label("批次").select_option("2")
    page.get_by_label("对象").select_option("missing")
    page.get_by_label("在每封信中加一段话").fill("届时将统一汇总。")
    page.get_by_role("button", name="预览").click()
    page.get_by_text("请电话联系的").wait_for()
    shown = page.locator("article").count()
    assert shown >= 2
    page.locator("article summary").first.click()
    assert "届时将统一汇总。" in page.locator("article pre").first.inner_text()
    page.locator("input[name=unit]").first.uncheck()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="写出勾选的催报信").click()
    page.get_by_text(f"写出{shown - 1}封催报信").wait_for()
    assert len(rows(desk, kind="reminder")) == shown - 1


def test_changing_the_wording(desk: Desk) -> None:
    page = desk.open("boss")
    page.goto(desk.url("/letters/wording"))
    group = page.locator("details", has=page.get_by_text("结尾", exact=True))
    group.locator("summary").click()
    group.locator("textarea[name=s_closing]").fill("此致敬礼。")
    group.get_by_role("button", name="用样信预览").click()
    page.frame_locator("iframe[name=letter]").get_by_text("样信：").wait_for()
    group.get_by_label("样信").select_option("2")
    group.get_by_role("button", name="用样信预览").click()
    page.frame_locator("iframe[name=letter]").get_by_text("此致敬礼。").wait_for()
    group.get_by_role("button", name="保存这一组").click()
    page.get_by_text("已保存1句").wait_for()
    row = next(row for row in rows(desk) if row.kind == "correction")
    page.goto(desk.url(f"/letters/{row.id}"))
    assert "此致敬礼。" in letter_in(page)
