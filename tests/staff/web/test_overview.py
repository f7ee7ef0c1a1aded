"""概览 and 台账 on the demo's ledger: the figures are those of the ledger, every link leads where it says."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from staff.web import charts
from staff.web.site import Site
from storage import models as m
from storage import progress
from storage.ledger import Ledger
from storage.waiting import Waiting
from storage.watch import Watch
from tests.support.page_world import NOW, Clock


def words(page: str) -> str:
    """The page's text, blanks folded."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.split("<main")[1])).split())


def test_figures_are_the_ledgers(site: Site, viewer: TestClient) -> None:
    cells = progress.cells(site.database, site.campaign.key, 1)
    text = words(viewer.get("/?batch=1").text)
    total, complete = sum(c.count for c in cells), sum(c.count for c in cells if c.state == "complete")
    assert f"{total} 报送件" in text
    assert f"{complete} 齐全" in text
    for spec in site.campaign.categories:
        assert f"{spec.name} {sum(c.count for c in cells if c.category == spec.key)}件" in text
    cities = {c.unit for c in cells if c.unit and c.unit.endswith("局")}
    missing = [unit for unit in site.register.reporting_units() if unit.endswith("局") and unit not in cities]
    assert f"已报送{16 - len(missing)}/16" in text
    assert "、".join(missing) in text


def test_the_batch_with_the_newest_item_is_shown_first(viewer: TestClient) -> None:
    assert "概览：第一批" in viewer.get("/").text
    assert "概览：第二批" in viewer.get("/?batch=2").text
    assert "<h1>概览</h1>" in viewer.get("/?batch=all").text


@pytest.mark.parametrize(("moment", "told"), [
    (NOW - timedelta(days=5), "还有5天"), (NOW, "今天截止"), (NOW + timedelta(hours=12), "已截止1天"), (NOW + timedelta(hours=11), "今天截止"),
])
def test_the_countdown_goes_by_the_day_in_china(viewer: TestClient, clock: Clock, moment: object, told: str) -> None:
    page = viewer.get("/?batch=1")
    assert page.status_code == 200
    clock.now = moment  # type: ignore[assignment]
    viewer.cookies.clear()
    from tests.staff.web.browser import log_in
    from tests.support.page_world import PASSWORD

    log_in(viewer, "viewer", PASSWORD)
    assert told in words(viewer.get("/?batch=1").text)


def test_difference_and_last_poll(site: Site, viewer: TestClient, clock: Clock) -> None:
    assert "尚未收取过邮件" in words(viewer.get("/").text)
    watch, ledger = Watch(site.database), Ledger(site.database)
    for alert in watch.open_alerts():
        watch.resolve_alert(alert.code, clock())
    watch.beat("poll", clock())
    ledger.record_folder(account="sdsqedu@163.com", folder="INBOX", uidvalidity=1, count=3, now=clock())
    text = words(viewer.get("/").text)
    assert "信箱3封，登记0封 信箱中有3封尚未登记" in text
    ledger.record_folder(account="sdsqedu@163.com", folder="INBOX", uidvalidity=1, count=0, now=clock())
    assert "差额 0" in words(viewer.get("/").text)
    clock.turn(minutes=45)
    assert "已有45分钟没有成功收取" in words(viewer.get("/").text)
    watch.raise_alert("mailbox.login", "邮箱登录被拒绝。", clock())
    text = words(viewer.get("/").text)
    assert "邮箱登录被拒绝。" in text
    assert "提醒未查看 1" in text


def test_what_waits_is_what_the_review_page_counts(site: Site, viewer: TestClient, clock: Clock) -> None:
    with site.database.write() as connection:
        connection.execute(update(m.Item).where(m.Item.id <= 3).values(state="review"))
        connection.execute(update(m.Message).where(m.Message.id == 9).values(stage="held"))
        connection.execute(update(m.Answer).where(m.Answer.id <= 2).values(state="draft"))
    counts = Waiting(site.database).counts(clock())
    assert counts["item"] == 3
    assert counts["held"] == 1
    assert counts["draft"] == 2
    page = viewer.get("/").text
    for kind, count in counts.items():
        found = re.search(rf'<a href="/review\?kind={kind}">[^<]+</a> <span class="badge \w+">(\d+)<', page)
        assert (int(found[1]) if found else 0) == count, kind
        assert viewer.get(f"/review?kind={kind}").status_code == 200


def test_a_long_alert_is_cut_and_one_that_is_known_is_not_counted(site: Site, viewer: TestClient, clock: Clock) -> None:
    watch = Watch(site.database)
    for alert in watch.open_alerts():
        watch.resolve_alert(alert.code, clock())
    watch.raise_alert("batch.near", "尚未报送：" + "、".join(f"第{number}大学" for number in range(99)), clock())
    page = words(viewer.get("/").text)
    assert "第5大学" in page
    assert "第50大学" not in page
    assert "提醒未查看 1" in page
    watch.see_alert(watch.open_alerts()[0].id, clock(), "boss")
    page = words(viewer.get("/").text)
    assert "提醒未查看" not in page
    assert "第5大学" in page


def test_the_chart_has_its_text(viewer: TestClient) -> None:
    page = viewer.get("/?batch=1").text
    assert 'role="img" aria-labelledby="chart-title chart-text"' in page
    told = re.search(r'id="chart-text">共(\d+)封', page)
    assert told is not None
    counts = re.findall(r'<th scope="row">\d+月\d+日</th><td class="number">(\d+)</td>', page)
    assert sum(map(int, counts)) == int(told[1]) > 0


def test_ledger_cells_link_to_their_items(viewer: TestClient) -> None:
    page = viewer.get("/ledger?batch=1").text
    row = next(row for row in page.split("<tr>") if "潍坊市教育局" in row)
    assert re.findall(r'href="(/items[^"]*)"', row)
    target = html.unescape(re.findall(r'href="(/items[^"]*category=case[^"]*)"', row)[0])
    assert "unit=%E6%BD%8D%E5%9D%8A%E5%B8%82%E6%95%99%E8%82%B2%E5%B1%80" in target
    assert "batch=1" in target
    assert "state=complete" in target


def test_ledger_filters_are_in_the_address(viewer: TestClient) -> None:
    page = viewer.get("/ledger?batch=1&state=missing&kind=city_bureau&q=滨州")
    text = words(page.text)
    assert "共1个单位" in text
    assert "滨州市教育局" in text
    assert '<option value="missing" selected>' in page.text
    assert 'value="滨州"' in page.text
    assert "没有符合条件的单位" in words(viewer.get("/ledger?q=无此单位").text)


def test_ledger_pages(viewer: TestClient) -> None:
    first, second = viewer.get("/ledger?batch=1").text, viewer.get("/ledger?batch=1&page=2").text
    assert first.count('<th scope="row">') == 51, "fifty units and the sum"
    units = [set(re.findall(r'<th scope="row">(?:<[^>]*>)([^<]+)<', page)) for page in (first, second)]
    assert len(units[0] & units[1]) <= 1, "only the sum is on both"
    whole = viewer.get("/ledger?batch=1&page=all").text
    assert whole.count('<th scope="row">') == 188
    assert viewer.get("/ledger?page=999").text.count('<th scope="row">') == 38


def test_all_batches_side_by_side(viewer: TestClient) -> None:
    page = viewer.get("/ledger?batch=all").text
    assert "台账：全部批次" in page
    assert "第一批" in page


# Charts ----------------------------------------------------------------------------------------------------------------


def test_columns_stand_inside_the_picture() -> None:
    starts, step = charts.spans(date(2021, 11, 1), date(2021, 11, 10))
    chart = charts.draw(starts, step, [0, 1, 7, 3, 0, 0, 12, 5, 2, 9], date(2021, 11, 10))
    assert len(starts) == 10
    assert step == 1
    for column in chart.columns:
        assert charts.LEFT <= column.x < column.x + column.width <= charts.WIDTH - charts.RIGHT + 0.1
        assert charts.TOP - 0.1 <= column.y <= column.y + column.height <= charts.HEIGHT - charts.BOTTOM + 0.2
    assert chart.busiest is not None
    assert chart.busiest.label == "11月7日"
    assert chart.deadline == charts.WIDTH - charts.RIGHT, "the end of the last day"
    assert chart.total == 39


def test_long_times_are_drawn_by_the_week() -> None:
    for days in (1, 14, 62, 63, 200, 1000):
        starts, step = charts.spans(date(2021, 1, 1), date(2021, 1, 1) + timedelta(days=days - 1))
        assert len(starts) <= charts.MOST_COLUMNS
        assert len(starts) * step >= days > (len(starts) - 1) * step
    starts, step = charts.spans(date(2021, 1, 1), date(2021, 3, 31))
    assert charts.draw(starts, step, [1] * len(starts)).columns[0].label == "1月1日至1月7日"


def test_an_empty_chart_is_drawn_too() -> None:
    chart = charts.draw([date(2021, 1, 1)], 1, [0])
    assert chart.busiest is None
    assert all(column.height == 0 for column in chart.columns)


@pytest.mark.parametrize(("highest", "top"), [(0, "2"), (2, "2"), (3, "4"), (9, "10"), (12, "20"), (33, "40"), (99, "100"), (12345, "2万")])
def test_axes_end_at_round_numbers(highest: int, top: str) -> None:
    assert charts.draw([date(2021, 1, 1)], 1, [highest]).ticks[-1][1] == top


def test_stacked_bars_fill_the_width() -> None:
    parts = charts.stacked({"complete": 1, "review": 2, "incomplete": 0}, ("complete", "incomplete", "review"))
    assert [part.state for part in parts] == ["complete", "review"]
    assert parts[-1].start + parts[-1].width == pytest.approx(100, abs=0.1)
    assert charts.stacked({}, ("complete",)) == ()
