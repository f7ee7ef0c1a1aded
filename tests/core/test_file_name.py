"""File names as they arrive: unit, category, what the file calls itself, and whether it is 单位+材料类别."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baosong.config import load_campaign, load_register
from core.file_name import FileNameFacts, read_file_name

CAMPAIGN = load_campaign("zhihui-zhulao")
REGISTER = load_register(CAMPAIGN)


def read(name: str) -> FileNameFacts:
    return read_file_name(name, CAMPAIGN, REGISTER)


@pytest.mark.parametrize(
    ("name", "unit", "category", "hint"),
    [
        ("社区教育指导服务中心+典型案例.docx", "社区教育指导服务中心", "case", "word"),
        ("社区教育指导服务中心+典型案例（盖章扫描件）.pdf", "社区教育指导服务中心", "case", "scan"),
        ("济南市教育局＋典型培训项目.doc", "济南市教育局", "training", "word"),
        ("济南市历下区社区学院 + 典型课程资源.wps", "济南市历下区社区学院", "course", "word"),
        ("济南市教育局+典型教育培训项目.docx", "济南市教育局", "training", "word"),
        ("济南市教育局+典型案例1.docx", "济南市教育局", "case", "word"),
        ("济南市教育局+典型案例(2).pdf", "济南市教育局", "case", "scan"),
        ("济南市教育局+典型案例_01.jpg", "济南市教育局", "case", "scan"),
        ("济南市教育局+典型案例第1页.jpg", "济南市教育局", "case", "scan"),
        ("济南市教育局+典型案例申报表.docx", "济南市教育局", "case", "word"),
        ("济南市教育局+典型案例+扫描件.pdf", "济南市教育局", "case", "scan"),
        ("济南市教育局+典型案例-让老年人乐享智慧生活.docx", "济南市教育局", "case", "word"),
        ("济南市教育局+典型案例（让老年人乐享智慧生活）.docx", "济南市教育局", "case", "word"),
        ("济南市教育局+典型案例word版.doc", "济南市教育局", "case", "word"),
        ("济南市教育局+典型案例盖章版.docx", "济南市教育局", "case", "scan"),
        ("1.济南市教育局+典型案例.docx", "济南市教育局", "case", "word"),
        ("附件2：济南市教育局+典型案例.docx", "济南市教育局", "case", "word"),
        ("济南市教育局+典型案例.docx.docx", "济南市教育局", "case", "word"),
        ("济南市教育局%2B典型案例.docx", "济南市教育局", "case", "word"),
        ("C:\\tmp\\济南市教育局+典型案例.docx", "济南市教育局", "case", "word"),
        ("第一批/济南市教育局/典型案例/历下区社区学院+典型案例-标题.docx", "历下区社区学院", "case", "word"),
        ("山东大学（威海）+典型案例.pdf", "山东大学(威海)", "case", "scan"),
        ("甸柳社区+典型案例.jpg", "甸柳社区", "case", "scan"),
        ("烟台职业学院+典型课程资源（视频）.docx", "烟台职业学院", "course", "word"),
        ("烟台职业学院+典型课程资源.mp4", "烟台职业学院", "course", "video"),
        ("市教育局+典型案例", "市教育局", "case", None),
        ("济南市课程建设中心+典型案例.docx", "济南市课程建设中心", "case", "word"),
        ("市成人教育培训中心+典型课程资源.docx", "市成人教育培训中心", "course", "word"),
        ("“济南市教育局”+“典型案例”.docx", "济南市教育局", "case", "word"),
    ],
)
def test_regular_names(name: str, unit: str, category: str, hint: str | None) -> None:
    facts = read(name)
    assert (facts.unit_text, facts.category, facts.role_hint) == (unit, category, hint)
    assert facts.regular


@pytest.mark.parametrize(
    ("name", "unit", "category"),
    [
        ("济南市教育局-典型案例.docx", "济南市教育局", "case"),
        ("济南市教育局典型案例.docx", "济南市教育局", "case"),
        ("济南市教育局_典型案例.docx", "济南市教育局", "case"),
        ("济南市教育局 典型案例.docx", "济南市教育局", "case"),
        ("典型案例+济南市教育局.docx", "济南市教育局", "case"),
        ("济南市教育局+智慧助老+典型案例.docx", "济南市教育局", "case"),
        ("济南市教育局+案例.docx", "济南市教育局", "case"),
        ("典型案例.docx", None, "case"),
        ("材料+典型案例.docx", None, "case"),
        ("智慧助老+典型案例.docx", None, "case"),
        ("附件2.docx", None, "case"),
        ("附件3：“智慧助老”专题典型教育培训项目申报表.docx", None, "training"),
        ("附件4 “智慧助老”专题典型课程资源申报表（历下区）.docx", "历下区", "course"),
        ("老年大学智慧助老课程资源.zip", "老年大学", "course"),
        ("智能手机培训课程.docx", None, "course"),
        ("老年教育培训中心+案例.docx", "老年教育培训中心", "case"),
        ("申报表.docx", None, None),
        ("扫描件1.pdf", None, None),
        ("IMG_20211108_101233.jpg", None, None),
        ("微信图片_20211108101233.jpg", None, None),
        ("推荐函.pdf", None, None),
        ("", None, None),
        (".docx", None, None),
        ("附件1.pdf", None, None),
    ],
)
def test_other_names(name: str, unit: str | None, category: str | None) -> None:
    facts = read(name)
    assert (facts.unit_text, facts.category) == (unit, category)
    assert not facts.regular


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("济南市教育局+典型案例第3页.jpg", 3), ("典型案例第二页.png", 2), ("案例扫描件第十二页.jpg", 12), ("扫描_01.jpg", 1), ("扫描件(2).jpg", 2),
        ("扫描件 3.jpg", 3), ("案例-4.jpg", 4), ("5.jpg", 5), ("06.jpg", 6), ("p7.jpg", 7), ("申报表8.jpg", 8), ("IMG_20211108_101233.jpg", None),
        ("20211108.jpg", None), ("附件2.docx", None), ("典型案例.pdf", None),
    ],
)
def test_page_numbers(name: str, page: int | None) -> None:
    assert read(name).page == page


def test_titles_and_batches() -> None:
    assert read("济南市教育局+典型案例-让老年人乐享智慧生活.docx").words == ("让老年人乐享智慧生活",)
    assert read("《银龄乐学》典型案例申报表（盖章）.pdf").words == ("银龄乐学",)
    assert read("济南市教育局+典型案例（第二批）.docx").batch == 2
    assert read("济南市教育局+典型案例.docx").words == ()


def test_a_full_word_beats_a_common_one_wherever_it_stands() -> None:
    assert read("智能手机课程进社区案例+典型培训项目.docx").category == "training"
    assert read("典型培训项目（手机课程）.docx").category == "training"
    assert read("典型课程资源-防骗案例.docx").category == "course"
    assert read("手机培训课程案例.docx").category == "case"


@given(st.text(max_size=120) | st.text(alphabet="济南市教育局+典型案例课程培训附件()（）.docxpdf第1页_- /\\", max_size=60))
def test_any_name_gets_an_answer(name: str) -> None:
    facts = read(name)
    assert facts.category in (None, "case", "training", "course")
    assert not facts.regular or (facts.unit_text and facts.category)


units = st.sampled_from(["济南市教育局", "历下区社区学院", "山东大学（威海）", "甸柳街道老年学校", "烟台职业学院", "张店区社区教育培训学院"])
behind = st.sampled_from(["", "1", "(1)", "（盖章扫描件）", "_01", "第1页", "（word版）", "-银龄乐学", "《银龄乐学》", "申报表", "扫描件", "+盖章"])


@given(units, st.sampled_from(CAMPAIGN.categories), st.sampled_from(["+", "＋", " + "]), behind, st.sampled_from([".docx", ".PDF", ".jpg", ""]))
def test_what_follows_the_notice_is_regular(unit: str, category: object, separator: str, tail: str, extension: str) -> None:
    facts = read(f"{unit}{separator}{category.name}{tail}{extension}")  # type: ignore[attr-defined]
    assert facts.regular
    assert facts.category == category.key  # type: ignore[attr-defined]
    assert facts.unit_text == unit.replace("（", "(").replace("）", ")")


def test_hostile_names_take_no_time() -> None:
    started = time.perf_counter()
    for name in ("(" * 100_000, "附件" * 100_000, "济南+" * 50_000, "好的" * 200, "1" * 400, "pdf版" * 130, ".docx" * 90, "第一" * 200 + "x"):
        read(name)
    assert time.perf_counter() - started < 3
