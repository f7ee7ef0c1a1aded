"""Which documents are forms, which form, and how many: covers, lists, notices, prose, several in one file, a second
campaign."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from baosong.config import load_campaign
from core.campaign import Campaign
from core.ports import ReadLimits
from parsers.word import WordFacts, read_word
from tests.support import docx_pieces as x
from tests.support.form_builder import CASE, COURSE, HEADINGS, LAYOUTS, ROWS, SAMPLES, TRAINING, build

CAMPAIGN = load_campaign("zhihui-zhulao")
SECOND = load_campaign("xuexi-zhixing")
LIMITS = ReadLimits()
EXPECTED = {"course_type": "video", "consent": True}


@pytest.fixture
def read(tmp_path: Path):
    def run(data: bytes | str, campaign: Campaign = CAMPAIGN) -> WordFacts:
        path = tmp_path / "f.docx"
        path.write_bytes(data if isinstance(data, bytes) else x.package(data))
        return read_word(path, campaign, LIMITS)

    return run


def table(category: str, values: dict[str, str]) -> str:
    rows = [
        x.tr(*(c for key, label in row for c in (x.tc(label), x.tc(values.get(key, ""), span=3 if len(row) == 1 else 1))))
        for row in ROWS[category]
    ]
    opinions = [x.tr(x.tc("申报单位意见"), x.tc("（盖章）\n年 月 日", span=3)), x.tr(x.tc("省级教育行政部门意见"), x.tc("（盖章）\n年 月 日", span=3))]
    return x.p(HEADINGS[category]) + x.tbl(*rows, *opinions) + x.p()


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
@pytest.mark.parametrize("category", sorted(SAMPLES))
def test_every_layout_says_the_same(read, category: str, layout: str) -> None:
    facts = read(build(category, layout, SAMPLES[category]))
    assert facts.form is not None
    assert facts.forms == ()
    assert facts.form.category == category
    for key, value in SAMPLES[category].items():
        assert facts.form.fields[key] == EXPECTED.get(key, value), key
    assert facts.form.title == SAMPLES[category]["title"]
    assert facts.form.applicant_unit == SAMPLES[category]["applicant_unit"]
    assert not facts.form.blank
    assert SAMPLES[category]["title"] in facts.form.text


def test_several_forms_in_one_document(read) -> None:
    other = {**CASE, "title": "另一个案例", "applicant_unit": "济南市市中区社区学院"}
    facts = read(table("case", CASE) + table("training", TRAINING) + table("case", other) + table("course", COURSE))
    assert [(form.category, form.title) for form in facts.forms] == [
        ("case", CASE["title"]), ("training", TRAINING["title"]), ("case", "另一个案例"), ("course", COURSE["title"]),
    ]  # fmt: skip
    assert facts.form == facts.forms[0]
    assert TRAINING["title"] not in facts.forms[0].text
    assert [form.fields["leader_phone"] for form in facts.forms] == ["0531-88886666"] * 4


def test_several_forms_without_headings_between(read) -> None:
    body = re.sub("<w:p>.*?申报表.*?</w:p>", "", table("case", CASE), count=1)
    again = body.replace(CASE["title"], "第二个")
    facts = read(body + again)
    assert [form.title for form in facts.forms] == [CASE["title"], "第二个"]


def test_templates_left_beside_a_filled_form_are_dropped(read) -> None:
    facts = read(table("case", {}) + table("training", TRAINING) + table("course", {}))
    assert facts.form is not None
    assert (facts.form.category, facts.form.blank, facts.forms) == ("training", False, ())


def test_only_templates_give_the_first_one_blank(read) -> None:
    facts = read(table("case", {}) + table("training", {}))
    assert facts.form is not None
    assert (facts.form.category, facts.form.blank, facts.forms) == ("case", True, ())


def test_a_cover_page_is_part_of_its_form(read) -> None:
    cover = x.p(HEADINGS["case"]) + "".join(
        x.p(f"{label}：{CASE[key]}") for key, label in (("title", "案例名称"), ("applicant_unit", "申报单位"), ("leader", "负责人"), ("leader_phone", "联系电话"))
    )
    facts = read(cover + x.p("2021年11月") + table("case", CASE))
    assert facts.forms == ()
    assert facts.form is not None
    assert {key: facts.form.fields[key] for key in CASE} == CASE


def test_a_list_of_submissions_is_no_form(read) -> None:
    head = x.tr(*(x.tc(text) for text in ("序号", "申报单位", "案例名称", "负责人", "联系电话", "联系人", "备注")))
    row = x.tr(*(x.tc(text) for text in ("1", "历下区社区学院", "银龄课堂", "张建国", "0531-88886666", "李小梅", "")))
    assert read(x.p("典型案例申报汇总表") + x.tbl(head, row, row, row)).form is None
    assert read(x.p("“智慧助老”专题典型案例申报表汇总") + x.tbl(head, row)).form is None


def test_a_list_above_a_form_does_not_disturb_it(read) -> None:
    head = x.tr(*(x.tc(text) for text in ("序号", "申报单位", "案例名称", "负责人", "联系电话")))
    row = x.tr(*(x.tc(text) for text in ("1", "别的学院", "别的案例", "王五", "110")))
    facts = read(x.p("汇总表") + x.tbl(head, row, row) + table("case", CASE))
    assert facts.form is not None
    assert {key: facts.form.fields[key] for key in CASE} == CASE


@pytest.mark.parametrize(
    "text",
    [
        "", "你好", "现报送我市典型案例申报表三份，请查收。\n联系人：李小梅\n联系电话：13805310001",
        "关于报送智慧助老材料的函\n按照要求，案例名称应简洁，申报单位应盖章，负责人和联系人须填写联系电话，案例内容不超过3000字。",
        "会议签到表\n姓名\t单位\t联系电话", "项目申报书\n项目名称：教改课题\n申报单位：某校\n负责人：张三\n联系电话：123",
        "附件：\n2.“智慧助老”专题典型工作案例申报表\n3.“智慧助老”专题典型教育培训项目申报表\n4.“智慧助老”专题典型课程资源申报表",
    ],
)  # fmt: skip
def test_prose_is_no_form(read, text: str) -> None:
    assert read(x.lines(text) if text else x.p()).form is None


def test_the_notice_itself_is_no_filled_form(read) -> None:
    """Its annexes are the empty forms; nothing in its text may pass for an applicant's answer."""
    notice = Path("/work/shared/spec/notice.zh.txt")
    if not notice.exists():
        pytest.skip("the notice is not on this machine")
    text = re.sub(r"<[^>]+>", "", notice.read_text(encoding="utf-8").replace("\x0c", ""))
    body = x.lines(text)
    form = read(body).form
    assert form is None or form.blank


def test_other_forms_of_the_same_office_are_none_of_ours(read) -> None:
    rows = [x.tr(x.tc(label), x.tc("某某")) for label in ("成果名称", "申报单位", "负责人", "联系电话", "联系人", "成果简介")]
    assert read(x.p("教学成果奖申报表") + x.tbl(*rows)).form is None


def test_an_unknown_form_with_half_the_labels_is_none_of_ours(read) -> None:
    rows = [x.tr(x.tc(label), x.tc("某某")) for label in ("项目名称", "申报单位", "负责人", "联系电话", "研究方向", "经费预算")]
    assert read(x.p("科研课题申报表") + x.tbl(*rows)).form is None


def star(**values: str) -> str:
    rows = [
        x.tr(x.tc("姓 名"), x.tc(values.get("person", "")), x.tc("性别"), x.tc(values.get("gender", ""))),
        x.tr(x.tc("推荐单位"), x.tc(values.get("recommender", "")), x.tc("手机号码"), x.tc(values.get("mobile", ""))),
        x.tr(x.tc("主要\n事迹"), x.tc(values.get("story", "请突出学习经历和示范作用"), span=3)),
        x.tr(x.tc("推荐单位意见"), x.tc("（盖章）", span=3)),
        x.tr(x.tc("评审意见"), x.tc("", span=3)),
    ]
    return x.p("“百姓学习之星”推荐表") + x.tbl(*rows) + x.p()


def test_a_second_campaign_by_its_data_alone(read) -> None:
    facts = read(star(person="周大爷", gender="男", recommender="青岛市教育局", mobile="13900000000", story="学" * 30), SECOND)
    form = facts.form
    assert form is not None
    assert (form.category, form.title, form.applicant_unit) == ("star", "周大爷", "青岛市教育局")
    assert form.fields["story"] == "学" * 30
    assert form.lengths == {"content": 30}
    blank = read(star(), SECOND).form
    assert blank is not None
    assert blank.blank
    assert read(star(person="周大爷"), CAMPAIGN).form is None
    assert read(table("case", CASE), SECOND).form is None


@pytest.mark.parametrize(("cell", "answer"), [("☑是 □否", True), ("□是 ☑否", False), ("开放", True), ("不开放", False), ("", None)])
def test_yes_and_no_in_the_second_campaigns_own_words(read, cell: str, answer: bool | None) -> None:
    rows = [("品牌名称", "夕阳红"), ("主办单位", "德州市教育和体育局"), ("项目主持人", "孙主任"), ("联系方式", "0534-1234567"), ("创办年份", "2015"),
            ("是否面向社会开放", cell), ("项目概述", "读书。")]  # fmt: skip
    form = read(x.p("终身学习品牌项目申报书") + x.tbl(*(x.tr(x.tc(a), x.tc(b)) for a, b in rows)), SECOND).form
    assert form is not None
    assert form.fields["open"] is answer
    assert form.fields["manager_phone"] == "0534-1234567"
    assert form.lengths == {"content": 3}
