"""The ledger as a value: who stands where, who is missing, order and filters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from baosong.config import load_campaign, load_register
from core.records import ItemState
from staff import matrix
from storage.progress import Cell, LastMail

CAMPAIGN = load_campaign("zhihui-zhulao")
REGISTER = load_register(CAMPAIGN)
JINAN, QINGDAO, YANTAI, SDU = "济南市教育局", "青岛市教育局", "烟台市教育局", "山东大学"


def cell(unit: str | None, state: ItemState, count: int = 1, category: str = "case", batch: int | None = 1) -> Cell:
    return Cell(unit, category, batch, state, count)


def mail(unit: str, day: int) -> LastMail:
    return LastMail(unit, day, datetime(2021, 11, day, tzinfo=UTC))


LINES = matrix.build(
    [
        cell(JINAN, "complete", 2), cell(JINAN, "incomplete"), cell(JINAN, "complete", category="course", batch=2),
        cell(QINGDAO, "review"), cell(SDU, "complete"), cell(None, "review", 3), cell("某市教育局", "complete"),
    ],
    {JINAN: mail(JINAN, 3), QINGDAO: mail(QINGDAO, 5), YANTAI: mail(YANTAI, 4), SDU: mail(SDU, 1)},
    REGISTER,
)


def line(name: str | None) -> matrix.Line:
    return next(each for each in LINES if each.name == name)


def test_every_unit_has_a_line_and_items_are_counted_once() -> None:
    assert len(LINES) == len(REGISTER.reporting_units()) + 2
    assert sum(each.count() for each in LINES) == 2 + 1 + 1 + 1 + 1 + 3 + 1
    assert line(JINAN).counts["case", 1] == {"complete": 2, "incomplete": 1}
    assert line(JINAN).count("complete") == 3
    assert line(JINAN).count("complete", "course") == 1


def test_unplaced_first_then_bureaus_then_universities_then_others() -> None:
    assert LINES[0].name is None
    kinds = [each.kind for each in LINES[1:]]
    assert kinds == sorted(kinds, key=list(matrix.UNIT_KINDS).index)
    assert LINES[1].name == JINAN
    assert LINES[-1].name == "某市教育局"


@pytest.mark.parametrize(("name", "state"), [
    (JINAN, "incomplete"), (QINGDAO, "review"), (SDU, "complete"), (YANTAI, "mail"), ("淄博市教育局", "missing"), (None, "review"),
])
def test_how_a_unit_stands(name: str | None, state: str) -> None:
    assert line(name).state == state


def names(**wanted: str) -> list[str | None]:
    return [each.name for each in matrix.choose(LINES, matrix.Wanted(**wanted))]


def test_filters() -> None:
    assert names(state="review") == [None, QINGDAO]
    assert names(state="mail") == [YANTAI]
    assert names(state="complete", kind="university") == [SDU]
    assert names(text="青岛", kind="city_bureau") == [QINGDAO]
    assert "中国海洋大学" in names(text="青岛"), "a university is found by its city"
    assert names(text="待定") == [None]
    assert names(category="course") == [JINAN]
    missing = names(state="missing", kind="city_bureau")
    assert len(missing) == 13
    assert not {JINAN, QINGDAO, YANTAI} & set(missing)
    without_course = names(state="missing", kind="city_bureau", category="course")
    assert QINGDAO in without_course
    assert YANTAI in without_course
    assert JINAN not in without_course


def test_order() -> None:
    by_count = [each.name for each in matrix.arrange(LINES, "count")]
    assert by_count[0] == JINAN
    assert [each.name for each in matrix.arrange(LINES, "last")][:4] == [QINGDAO, YANTAI, JINAN, SDU]
    assert [each.name for each in matrix.arrange(LINES, "open")][:2] == [None, JINAN]
    assert [each.name for each in matrix.arrange(LINES, "quiet")][-1] == QINGDAO
    assert matrix.arrange(LINES, "") == LINES
    assert matrix.arrange(LINES, "__class__") == LINES


def test_columns() -> None:
    assert matrix.columns_of(CAMPAIGN, 2, LINES) == [("case", 2), ("training", 2), ("course", 2)]
    assert matrix.columns_of(CAMPAIGN, None, LINES, "case") == [("case", 1), ("case", 2)]
    assert matrix.columns_of(CAMPAIGN, None, [], "case") == [("case", 1)]
    late = matrix.build([cell(JINAN, "review", batch=None)], {}, REGISTER)
    assert matrix.columns_of(CAMPAIGN, None, late, "case") == [("case", 1), ("case", None)], "closed: no batch"


def test_totals() -> None:
    found = matrix.totals(LINES, [("case", 1)])
    assert found["case", 1] == {"complete": 4, "incomplete": 1, "review": 4, "pending": 0}
