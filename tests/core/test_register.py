"""The register: every name it knows is found, and nothing that only looks like one."""

from __future__ import annotations

import csv
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.register import Register, Unit
from core.text import normalise

DATA = Path(__file__).parents[2] / "core/data/units-shandong.csv"
ROWS = list(csv.DictReader(DATA.read_text("utf-8").splitlines()))
REGISTER = Register.from_rows(ROWS)
CITIES = ["济南", "青岛", "淄博", "枣庄", "东营", "烟台", "潍坊", "济宁", "泰安", "威海", "日照", "临沂", "德州", "聊城", "滨州", "菏泽"]
SEVERAL = {"市中区", "山商"}
"""Names that belong to several units: they need the city."""


def reported(text: str) -> list[tuple[str | None, bool]]:
    return [(REGISTER.reporting_unit(match), match.sure) for match in REGISTER.find(text)]


def the_one(text: str) -> str:
    """The reporting unit of the one sure match in a text."""
    found = REGISTER.find(text)
    assert len(found) == 1, found
    assert found[0].sure, found
    unit = REGISTER.reporting_unit(found[0])
    assert unit is not None
    return unit


# The data file -------------------------------------------------------------------------------------------------


def test_the_data_is_complete_and_clean() -> None:
    kinds = [row["kind"] for row in ROWS]
    assert kinds.count("city_bureau") == 16
    assert kinds.count("county") == 136
    assert kinds.count("university") >= 165
    assert set(kinds) == {"city_bureau", "county", "zone", "university"}
    assert {row["city"] for row in ROWS if row["kind"] != "university"} == {f"{city}市" for city in CITIES}
    for row in ROWS:
        assert row["name"] == row["name"].strip()
        listed = [name for key in ("former_names", "later_name", "also_called") for name in row[key].split(";") if name]
        assert len(listed) == len(set(listed)), row
        assert row["name"] not in listed
    names = [(row["name"], row["city"]) for row in ROWS]
    assert len(names) == len(set(names))


def test_no_name_stands_for_two_units_by_oversight() -> None:
    owners: dict[str, set[str]] = {}
    for row in ROWS:
        for key in ("name", "former_names", "later_name", "also_called"):
            for name in filter(None, row[key].split(";")):
                owners.setdefault(normalise(name), set()).add(row["name"] + row["city"])
    assert {name for name, units in owners.items() if len(units) > 1} == SEVERAL


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_every_name_of_every_unit_is_found(row: dict[str, str]) -> None:
    written = [row["name"], *row["former_names"].split(";"), row["later_name"], *row["also_called"].split(";")]
    bureau = {f"{city}市": f"{city}市教育局" for city in CITIES} | {
        "德州市": "德州市教育和体育局",
        "聊城市": "聊城市教育和体育局",
    }
    for name in filter(None, written):
        if name in SEVERAL:
            continue
        text = f"{name}教育和体育局" if row["kind"] in ("county", "zone") else name
        expected = bureau[row["city"]] if row["kind"] != "university" else row["name"]
        for shown in (text, f"{text}+智慧助老", f"报送单位：{text}\n", f"【{text}】"):
            units = {REGISTER.reporting_unit(match) for match in REGISTER.find(shown) if match.sure}
            assert units == {expected}, shown


# Names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("济南市教育局", "济南市教育局"),
        ("济南市教体局", "济南市教育局"),
        ("济南市教育和体育局", "济南市教育局"),
        ("临沂市教育（教体）局", "临沂市教育局"),
        ("青岛市教育体育局", "青岛市教育局"),
        ("济南教育局", "济南市教育局"),
        ("潍坊市教委", "潍坊市教育局"),
        ("德州市教育局", "德州市教育和体育局"),
        ("聊城市教体局", "聊城市教育和体育局"),
        ("山东省威海市教育局", "威海市教育局"),
        ("济南市教育局职成科", "济南市教育局"),
        ("济南市社区教育指导中心", "济南市教育局"),
        ("济南社区大学", "济南市教育局"),
        ("济南市职业教育和成人教育教研室", "济南市教育局"),
        ("济南市老年大学", "济南市教育局"),
        ("烟台市教育局职业教育与成人教育科", "烟台市教育局"),
        ("潍坊开放大学", "潍坊市教育局"),
        ("济南高新区管委会教育文体部", "济南市教育局"),
        ("济南大学城实验高级中学", "济南市教育局"),
        ("青岛大学路小学", "青岛市教育局"),
        ("东营市济南路小学", "东营市教育局"),
        ("历下区教育和体育局", "济南市教育局"),
        ("济南市历下区教体局", "济南市教育局"),
        ("历下区社区学院", "济南市教育局"),
        ("历下社区学院", "济南市教育局"),
        ("青岛西海岸新区教育和体育局", "青岛市教育局"),
        ("西海岸新区教体局", "青岛市教育局"),
        ("滕州市教育局", "枣庄市教育局"),
        ("山东省滕州市教育和体育局", "枣庄市教育局"),
        ("张店区社区教育学院", "淄博市教育局"),
        ("枣庄市市中区社区教育中心", "枣庄市教育局"),
        ("济南市市中区教育局", "济南市教育局"),
        ("莱芜市教育局", "济南市教育局"),
        ("胶南市教体局", "青岛市教育局"),
        ("曹县教育局", "菏泽市教育局"),
        ("泰安市泰山区教育局", "泰安市教育局"),
        ("山东大学继续教育学院", "山东大学"),
        ("山师大继续教育学院", "山东师范大学"),
        ("青岛大学成人教育学院", "青岛大学"),
        ("山东大学生命科学学院", "山东大学"),
        ("山大", "山东大学"),
        ("来自山大继续教育学院的材料", "山东大学"),
        ("中石大", "中国石油大学（华东）"),
        ("石大", "中国石油大学（华东）"),
        ("中国石油大学(华东)继续教育学院", "中国石油大学（华东）"),
        ("中国石油大学", "中国石油大学（华东）"),
        ("山东师大", "山东师范大学"),
        ("山东大学（威海）", "山东大学（威海）"),
        ("山东大学(威海)继续教育学院", "山东大学（威海）"),
        ("山东大学威海校区", "山东大学（威海）"),
        ("哈工大（威海）", "哈尔滨工业大学（威海）"),
        ("山东第二医科大学", "潍坊医学院"),
        ("潍坊医学院", "潍坊医学院"),
        ("山东广播电视大学", "山东开放大学"),
        ("烟台大学文经学院", "烟台理工学院"),
        ("山东师范大学历山学院", "潍坊理工学院"),
        ("滨州职业技术学院", "滨州职业学院"),
        ("山东医专", "山东医学高等专科学校"),
        ("濟南市敎育局", "济南市教育局"),
        ("濰坊職業學院", "潍坊职业学院"),
        ("济 南 市 教 育 局", "济南市教育局"),
        ("济南市 历下区 教育局", "济南市教育局"),
        ("济南市\u200b教育局", "济南市教育局"),
        ("⼭东大学", "山东大学"),
    ],
)
def test_a_name_leads_to_its_reporting_unit(text: str, unit: str) -> None:
    assert the_one(text) == unit


@pytest.mark.parametrize(
    "text",
    [
        "", "智慧助老", "上山大道", "黄山大酒店", "佛山大集", "中山大学", "上海大学", "西安石油大学", "中国石油大学（北京）",
        "山东大学生志愿者", "济南大学生", "天津市河东区教育局", "天津河东区教育局", "四川省内江市市中区教育局", "杭州市教育局",
        "江苏省教育厅", "上海市济南路小学", "日照充足的学校", "简单县城", "高新区教育局", "山东省教育厅", "山东省社区教育指导服务中心",
        "福建师范大学协和学院", "国家开放大学", "江苏省开放大学", "社区教育指导服务中心", "华北平原教育", "泰山脚下",
    ],
)
def test_what_only_looks_like_a_name(text: str) -> None:
    assert [match for match in REGISTER.find(text) if match.sure] == []


@pytest.mark.parametrize("text", ["济南市", "历下区", "济南", "济南市的一所社区学院", "山东大学附属中学", "平原县"])
def test_a_mere_mention_is_unsure(text: str) -> None:
    assert [sure for _, sure in reported(text)] == [False]


def test_a_name_of_several_cities_needs_the_city() -> None:
    assert reported("市中区教育局") == [(None, False)]
    assert reported("市中区教育局（枣庄市）")[0] == ("枣庄市教育局", True)
    assert reported("济南市教育局：市中区教育局报来材料") == [("济南市教育局", True), ("济南市教育局", True)]
    assert reported("济南市、枣庄市的市中区教育局")[-1] == (None, False)
    assert reported("山商") == [(None, False)]


def test_several_names_in_order() -> None:
    text = "请济南市教育局、青岛市教育局和山东大学继续教育学院于周五前报送，抄送滕州市教育局。"
    assert reported(text) == [("济南市教育局", True), ("青岛市教育局", True), ("山东大学", True), ("枣庄市教育局", True)]
    assert [unit for unit, sure in reported("济南市与青岛市教育局") if sure] == ["青岛市教育局"]


def test_offsets_are_those_of_the_normalised_text() -> None:
    text = "您好！\r\n这里是 济南市　历下区 教育局，电话 0531"
    (match,) = REGISTER.find(text)
    assert normalise(text)[match.start : match.end] == match.matched == "济南市 历下区 教育局"


def test_units_by_name_and_who_reports() -> None:
    units = REGISTER.reporting_units()
    assert "济南市教育局" in units
    assert "历下区" not in units
    assert REGISTER.by_name("山东大学") == REGISTER.find("山大")[0].unit
    assert REGISTER.by_name("杭州市教育局") is None


# Other registers, bad rows -----------------------------------------------------------------------------------------


def test_another_campaigns_register() -> None:
    register = Register.from_rows([{"kind": "school", "name": "阳光小学", "also_called": "阳光"}, {"kind": "school", "name": "X"}])
    (match,) = register.find("阳光小学+读书")
    assert register.reporting_unit(match) == "阳光小学"
    assert Register([]).find("济南市教育局") == ()
    county = Register([Unit("county", "历下区", "济南市")])
    assert county.reporting_unit(county.find("历下区教育局")[0]) is None


def test_rows_without_kind_or_name_are_told_at_once() -> None:
    with pytest.raises(ValueError, match="line 2, 4"):
        Register.from_rows([{"kind": "", "name": "a"}, {"kind": "university", "name": "b"}, {"kind": "university"}])


def test_a_byte_order_mark_does_no_harm() -> None:
    assert Register.from_rows([{"\ufeffkind": "university", "name": "山东大学"}]).find("山东大学")


# Speed and hostile text ---------------------------------------------------------------------------------------------


def test_a_megabyte_is_searched_at_once() -> None:
    chance = random.Random(1)
    words = ["老年人", "智慧助老", "社区教育", "，", "。\n", "培训", "山东省", "济南市教育局", "手机", "在", "开展", "青岛", "服务"]
    text = "".join(chance.choices(words, k=130_000))
    assert len(text.encode()) > 1_000_000
    REGISTER.find(text)
    best = min(_seconds(text) for _ in range(3))
    assert best < 6  # only a wrong order of growth takes that long; speed itself is measured in bench/


@pytest.mark.parametrize("piece", ["济南", "山东大学", "济 ", "市中区", "济南市历下区", "历下教育"])
def test_time_grows_no_faster_than_the_text(piece: str) -> None:
    small, large = piece * (20_000 // len(piece)), piece * (80_000 // len(piece))
    assert _seconds(large) < 12 * max(_seconds(small), 0.01)


def _seconds(text: str) -> float:
    """Processor time of the best of three: what else the machine does must not decide."""
    spent = []
    for _ in range(3):
        started = time.process_time()
        REGISTER.find(text)
        spent.append(time.process_time() - started)
    return min(spent)


names = st.sampled_from([row["name"] for row in ROWS])
pieces = names | st.sampled_from([*list("市区县局大学院（）() \n\u3000+，的与和路生城"), "济南", "教育局", "附属"]) | st.text(max_size=3)


@given(st.lists(pieces, max_size=8).map("".join))
def test_any_text_gets_matches_in_order_without_overlap(text: str) -> None:
    plain, last = normalise(text, simplify=True), 0
    for match in REGISTER.find(text):
        assert last <= match.start < match.end <= len(plain)
        assert plain[match.start : match.end] == match.matched
        last = match.end
