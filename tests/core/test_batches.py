"""Batches: which is named, which counts."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.batches import BatchPlacement, find_batch_named, place_in_batch
from core.campaign import SHANGHAI, BatchSpec, Campaign, Office

DATA = Path(__file__).parents[2] / "core/data/campaigns/zhihui-zhulao.toml"
BATCHES = tuple(BatchSpec(**entry) for entry in tomllib.loads(DATA.read_text("utf-8"))["batches"])
CAMPAIGN = Campaign("k", "n", "智慧助老", (), BATCHES, Office("o", "o"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("济南市教育局+智慧助老（第二批）", 2),
        ("济南市教育局+智慧助老(第2批)", 2),
        ("济南市教育局+智慧助老第二批次", 2),
        ("济南市教育局+智慧助老（二批）", 2),
        ("济南市教育局＋智慧助老　第　３　批", 3),
        ("第三批：济南市教育局+智慧助老", 3),
        ("智慧助老+批次：2", 2),
        ("批次二 济南市教育局", 2),
        ("首批材料 济南市教育局", 1),
        ("2批材料", 2),
        ("现报送第一批材料，请查收。第一批共3件。", 1),
        ("第壹批", None),
        ("第四批", None),
        ("第一批于2021年11月10日之前报送；第二批于2022年4月15日之前报送", None),
        ("推介工作分三批进行", None),
        ("报送一批优质案例", None),
        ("一大批老年人", None),
        ("我中心入选全国第二批社区教育示范区", None),
        ("第二批全国老年大学示范校", None),
        ("3.批准文件", None),
        ("第12批", None),
        ("批发市场", None),
        ("", None),
    ],
)
def test_the_batch_a_text_names(text: str, number: int | None) -> None:
    assert find_batch_named(text, CAMPAIGN) == number


def test_a_batch_with_a_name_of_its_own() -> None:
    spring = Campaign("k", "n", "t", (), (BatchSpec(7, "2022年春季", date(2022, 5, 1)),), Office("o", "o"))
    assert find_batch_named("某校+读书（2022年春季）", spring) == 7


@pytest.mark.parametrize(
    ("arrived", "named", "placement"),
    [
        ("2021-11-08T10:00", None, BatchPlacement(1)),
        ("2021-11-10T23:59:59", None, BatchPlacement(1)),
        ("2021-11-11T00:00", None, BatchPlacement(2)),  # names none: it simply belongs to the next
        ("2021-11-11T00:00", 1, BatchPlacement(2, late=True)),
        ("2021-11-10T23:59:59", 1, BatchPlacement(1)),
        ("2022-04-15T23:59:59", 2, BatchPlacement(2)),
        ("2022-04-16T00:00", 2, BatchPlacement(3, late=True)),
        ("2022-04-16T00:00", 1, BatchPlacement(3, late=True)),
        ("2021-11-01T00:00", 3, BatchPlacement(3)),  # sent ahead of time, for the batch it names
        ("2022-07-15T23:59:59", None, BatchPlacement(3)),
        ("2022-07-16T00:00", None, BatchPlacement(None, closed=True)),
        ("2022-07-16T00:00", 3, BatchPlacement(None, closed=True)),
        ("2021-11-08T10:00", 9, BatchPlacement(1)),
    ],
)
def test_the_batch_a_mail_counts_for(arrived: str, named: int | None, placement: BatchPlacement) -> None:
    assert place_in_batch(at(arrived), named, CAMPAIGN) == placement


def test_the_day_ends_in_shanghai_not_in_the_servers_zone() -> None:
    utc = UTC
    assert place_in_batch(datetime(2021, 11, 10, 15, 59, tzinfo=utc), 1, CAMPAIGN) == BatchPlacement(1)
    assert place_in_batch(datetime(2021, 11, 10, 16, 0, tzinfo=utc), 1, CAMPAIGN) == BatchPlacement(2, late=True)
    assert place_in_batch(datetime(2021, 11, 10, 16, 30, tzinfo=timezone(timedelta(hours=1))), 1, CAMPAIGN).batch == 1


@given(st.text(max_size=300) | st.text(alphabet="第一二三十批次2 （）", max_size=40))
def test_any_text_gets_an_answer(text: str) -> None:
    assert find_batch_named(text, CAMPAIGN) in (None, 1, 2, 3)
