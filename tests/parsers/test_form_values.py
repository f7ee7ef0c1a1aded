"""Placeholders, guidance, sections and lengths: what counts as the applicant's own words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baosong.config import load_campaign
from core.facts import FormFacts
from core.ports import ReadLimits
from parsers.blocks import Paragraph, Run, plain_lines
from parsers.form_values import clean, guide_of, measure
from parsers.word import read_word
from tests.support import docx_pieces as x
from tests.support.form_builder import CASE, HEADINGS, LAYOUTS, ROWS, SAMPLES, build

CAMPAIGN = load_campaign("zhihui-zhulao")
CASE_FORM = CAMPAIGN.category("case").form
GUIDE = guide_of(CASE_FORM)
LIMITS = ReadLimits()


def value(text: str, kind: str = "text") -> str:
    return clean(plain_lines(text), kind, GUIDE)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "\u3000\u3000", "____", "＿＿＿＿", "……", "......", "（盖章）", "( 盖 章 )", "（公章）", "年 月 日", "    年    月    日", "20__年__月__日",
        "（盖章）\n年  月  日", "单击或点击此处输入文字。", "点击此处输入", "请填写案例名称", "请在此处输入", "：", "\n\n", "\u200b", "（签字）", "（500字以内）",
        "主要围绕以下三方面内容：", "主要围绕以下三方面内容：\n一、基本情况：（500 字以内）。\n二、主要做法：（1500 字以内）。\n三、经验效果：（1000 字以内）。",
        "主要围绕以下三个方面的内容", "围绕以下三方面内容：\n一、基本情况\n二、主要做法\n三、经验效果", "一、基本情况：(限500字)", "1.基本情况\n2.主要做法\n3.经验效果",
        "（一）基本情况：____\n（二）主要做法：____",
    ],
)  # fmt: skip
def test_what_the_template_printed_is_nothing(text: str) -> None:
    assert value(text, "long") == ""


@pytest.mark.parametrize(
    "text",
    [
        "无", "/", "—", "张", "1", "2021年11月1日", "请你来学手机——老年课堂", "社区（盖章）工程", "输入法教学", "智慧助老", "主要围绕以下三方面内容开展了送教上门活动，成效明显",
        "一、基本情况：我社区有老人三千人", "？", "日月年华", "点击生活——智能手机课程", "基本情况良好",
    ],
)  # fmt: skip
def test_what_the_applicant_wrote_is_kept_as_written(text: str) -> None:
    assert value(text) == text


def test_values_are_trimmed_and_keep_their_lines() -> None:
    assert value(" \u3000张 建国__ \n 李小梅\u3000\n\n") == "张 建国\n李小梅"
    assert value("____张建国____") == "张建国"


@pytest.mark.parametrize(("text", "kept"), [("期", ""), ("   人次", ""), ("__期", ""), ("12期", "12期"), ("十二期", "十二期"), ("若干期", "若干期")])
def test_units_left_in_a_number_cell(text: str, kept: str) -> None:
    assert value(text, "number") == kept


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("category", sorted(SAMPLES))
def test_an_empty_form_is_blank_in_every_layout(category: str, layout: str, tmp_path: Path) -> None:
    empty = {"course_type": "□教材（读本）\n□视频资源，视频时长_____分钟\n□其他", "consent": "□同意  □不同意"} if category == "course" else {}
    path = tmp_path / "f.docx"
    path.write_bytes(build(category, layout, empty))
    form = read_word(path, CAMPAIGN, LIMITS).form
    assert form is not None
    assert (form.category, form.blank, form.title, form.applicant_unit) == (category, True, None, None)
    for key in SAMPLES[category]:
        if key in ("course_type", "consent"):
            assert form.fields[key] is None
        else:
            assert form.fields.get(key, "") == "", key


@pytest.mark.parametrize("category", sorted(SAMPLES))
def test_the_shipped_templates_are_blank(category: str) -> None:
    path = Path("core/data/forms") / f"form-{category}.docx"
    form = read_word(path, CAMPAIGN, LIMITS).form
    assert form is not None
    assert form.blank
    assert set(form.fields) == {spec.key for spec in CAMPAIGN.category(category).form.fields}
    for heading in CAMPAIGN.category(category).form.headings[:1]:
        assert heading in form.text


def test_a_form_with_only_the_unit_is_not_blank(tmp_path: Path) -> None:
    path = tmp_path / "f.docx"
    path.write_bytes(build("case", "template", {"applicant_unit": "历下区社区教育学院"}))
    form = read_word(path, CAMPAIGN, LIMITS).form
    assert form is not None
    assert not form.blank
    assert form.fields["title"] == ""


def test_guidance_left_beside_the_text_is_not_counted(tmp_path: Path) -> None:
    content = (
        "主要围绕以下三方面内容：\n一、基本情况：（500字以内）。\n社区有老人三千。\n二、主要做法：（1500字以内）。\n送教上门。\n"
        "三、经验效果：（1000字以内）。\n老人满意。"
    )
    path = tmp_path / "f.docx"
    path.write_bytes(build("case", "template", {**CASE, "content": content}))
    form = read_word(path, CAMPAIGN, LIMITS).form
    assert form is not None
    assert form.lengths == {"basic": 8, "practice": 5, "effect": 5, "content": 18}
    assert not form.blank


def lengths(text: str | list[Paragraph]) -> dict[str, int]:
    found, total = measure(plain_lines(text) if isinstance(text, str) else text, GUIDE)
    return {**found, "content": total}


@pytest.mark.parametrize(
    "template",
    [
        "一、基本情况\n{}\n二、主要做法\n{}\n三、经验效果\n{}",
        "一、基本情况：{}\n二、主要做法：{}\n三、经验效果：{}",
        "一、 基本情况。{}\n二、 主要做法。{}\n三、 经验效果。{}",
        "1.基本情况\n{}\n2.主要做法\n{}\n3.经验效果\n{}",
        "1、基本情况\n{}\n2、主要做法\n{}\n3、经验效果\n{}",
        "（一）基本情况\n{}\n（二）主要做法\n{}\n（三）经验效果\n{}",
        "(一)基本情况：{}\n(二)主要做法：{}\n(三)经验效果：{}",
        "基本情况\n{}\n主要做法\n{}\n经验效果\n{}",
        "【基本情况】\n{}\n【主要做法】\n{}\n【经验效果】\n{}",
        "基本情况：{}\n主要做法：{}\n经验效果：{}",
        "第一部分 基本情况\n{}\n第二部分 主要做法\n{}\n第三部分 经验效果\n{}",
        "一、案例基本情况\n{}\n二、主要做法及创新\n{}\n三、经验与效果\n{}",
        "一、基本情况（500字以内）\n{}\n二、主要做法（1500字以内）\n{}\n三、经验效果（1000字以内）\n{}",
        "　　一、基本情况\n　　{}\n　　二、主要做法\n　　{}\n　　三、经验成效\n　　{}",
        "一．基本情况\n{}\n二．主要做法\n{}\n三．经验效果\n{}",
    ],
)
def test_sections_by_any_heading(template: str) -> None:
    texts = ("老人三千 户籍两千。", "（一）送教上门。\n1.编书。", "满意度“很高”，主要做法可推广。")
    expected = [len("".join(text.split())) for text in texts]
    assert lengths(template.format(*texts)) == {
        "basic": expected[0],
        "practice": expected[1],
        "effect": expected[2],
        "content": sum(expected),
    }


def test_bold_headings_in_the_same_paragraph() -> None:
    def section(heading: str, text: str) -> Paragraph:
        return Paragraph((Run("　　"), Run(heading, bold=True), Run(text)))

    found = lengths([section("基本情况", "老人三千。"), section("主要做法", "送教上门。"), section("三、经验效果", "好。")])
    assert found == {"basic": 5, "practice": 5, "effect": 2, "content": 12}


def test_no_headings_at_all() -> None:
    text = "我社区基本情况良好，主要做法是送教上门。\n经验效果明显。"
    assert lengths(text) == {"content": len(text) - 1}


def test_a_section_of_their_own_does_not_count_into_the_one_before() -> None:
    found = lengths("一、基本情况\n短。\n二、实施背景\n" + "长" * 700 + "\n三、主要做法\n送教。\n四、经验效果\n好。")
    assert (found["basic"], found["practice"], found["effect"]) == (2, 3, 2)
    assert found["content"] > 700


def test_the_word_for_a_section_inside_another_does_not_open_it() -> None:
    found = lengths("一、基本情况\n老人多。\n二、主要做法\n（一）基本情况调查\n走访。\n三、经验效果\n好。")
    assert found["basic"] == 4
    assert found["practice"] == len("（一）基本情况调查走访。")


def test_training_counts_both_fields_together(tmp_path: Path) -> None:
    path = tmp_path / "f.docx"
    path.write_bytes(build("training", "template", {**SAMPLES["training"], "content": "内" * 2000, "effect": "效" * 1500}))
    form = read_word(path, CAMPAIGN, LIMITS).form
    assert form is not None
    assert form.lengths == {"content": 3500}


@pytest.mark.parametrize("layout", ["template", "wps", "plain", "word97"])
def test_a_long_content_is_measured_to_the_character(layout: str, tmp_path: Path) -> None:
    content = "一、基本情况\n" + "基" * 501 + "\n二、主要做法\n" + "做 法" * 700 + "\n三、经验效果\n" + "效，" * 600
    path = tmp_path / "f.docx"
    path.write_bytes(build("case", layout, {**CASE, "content": content}))
    form = read_word(path, CAMPAIGN, LIMITS).form
    assert form is not None
    assert form.lengths == {"basic": 501, "practice": 1400, "effect": 1200, "content": 3101}


WORDS = st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=20)
# A cell that holds only what templates print there (公章) is an empty cell.
WORDS = WORDS.filter(lambda word: re.fullmatch("盖章|公章|签字|签章", word) is None)


@settings(deadline=None, max_examples=60)
@given(title=WORDS, unit=WORDS, leader=WORDS, phone=st.from_regex(r"1[3-9]\d{9}", fullmatch=True), layout=st.sampled_from(sorted(LAYOUTS)))
def test_round_trip_of_any_words(tmp_path_factory: pytest.TempPathFactory, title: str, unit: str, leader: str, phone: str, layout: str) -> None:
    values = {**CASE, "title": title, "applicant_unit": unit, "leader": leader, "leader_phone": phone}
    path = tmp_path_factory.getbasetemp() / "round.docx"
    path.write_bytes(build("case", layout, values))
    form: FormFacts | None = read_word(path, CAMPAIGN, LIMITS).form
    assert form is not None
    assert {key: form.fields[key] for key in values} == values


@given(st.lists(st.text(max_size=80), max_size=30))
def test_measuring_never_fails_and_never_counts_more_than_there_is(lines: list[str]) -> None:
    text = "\n".join(lines)
    found, total = measure(plain_lines(text), GUIDE)
    assert sum(found.values()) <= total <= len(text)


def test_headings_and_rows_of_the_builder_are_the_campaigns() -> None:
    for category, rows in ROWS.items():
        form = CAMPAIGN.category(category).form
        assert any(heading in HEADINGS[category] for heading in form.headings)
        assert [key for row in rows for key, _ in row] == [spec.key for spec in form.fields]
        for key, label in (cell for row in rows for cell in row):
            assert label in form.field(key).labels


def test_xml_of_the_builder_is_what_word_would_open() -> None:
    import io

    import docx as python_docx

    for layout in LAYOUTS:
        assert python_docx.Document(io.BytesIO(build("case", layout, CASE))).element.body is not None
    assert x.package(x.p("x"))
