"""Where a value may stand in relation to its label: every way seen in real forms, in Word tables written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from baosong.config import load_campaign
from core.facts import FormFacts
from core.ports import ReadLimits
from parsers.word import read_word
from tests.support import docx_pieces as x
from tests.support.form_builder import CASE, COURSE, HEADINGS, ROWS, TRAINING, build

CAMPAIGN = load_campaign("zhihui-zhulao")
LIMITS = ReadLimits()


@pytest.fixture
def read(tmp_path: Path):
    def run(body: str | bytes) -> FormFacts:
        path = tmp_path / "form.docx"
        path.write_bytes(body if isinstance(body, bytes) else x.package(body))
        facts = read_word(path, CAMPAIGN, LIMITS)
        assert facts.problem is None
        assert facts.form is not None, facts.text
        return facts.form

    return run


def case_table(*, skip: tuple[str, ...] = (), first: str = "", last: str = "", **cells: str) -> str:
    """The case form with some rows replaced: `cells` maps a field to the XML of its row."""
    rows = []
    for row in ROWS["case"]:
        key = row[0][0]
        if key in skip:
            continue
        plain = "".join(x.tc(label) + x.tc(CASE[name], span=3 if len(row) == 1 else 1) for name, label in row)
        rows.append(cells.get(key, x.tr(plain)))
    return x.p(HEADINGS["case"]) + x.tbl(first, *rows, last) + x.p()


@pytest.mark.parametrize(
    "label",
    [
        "联 系 人", "联　系　人", "联系人：", "联系人:", "联系人\n", "联\n系\n人", "联系人（必填）", "*联系人", "3.联系人", "三、联系人", "（三）联系人：",
        "【联系人】", "联系人姓名", "联系\n人", " 联系人 ", "联系人（姓名）：",
    ],
)  # fmt: skip
def test_label_spellings(read, label: str) -> None:
    row = x.tr(x.tc(label), x.tc("李小梅"), x.tc("联系电话"), x.tc("13805310001"))
    form = read(case_table(contact=row))
    assert (form.fields["contact"], form.fields["contact_phone"]) == ("李小梅", "13805310001")
    assert form.fields["leader"] == CASE["leader"]


@pytest.mark.parametrize("label", ["单位及职务（职称）", "单位及职务(职称)", "单位及职务\n（职称）", "单位及职务", "单位及职务（ 职称 ）"])
def test_brackets_of_either_width(read, label: str) -> None:
    body = x.package(
        x.p(HEADINGS["training"])
        + x.tbl(
            *(
                x.tr(*(cell for key, name in row for cell in (x.tc(label if key == "teacher_post" else name), x.tc(TRAINING[key]))))
                for row in ROWS["training"]
            )
        )
    )
    assert read(body).fields["teacher_post"] == TRAINING["teacher_post"]


@pytest.mark.parametrize("label", ["案例内容（3000字以内）", "案 例 内 容\n（含基本情况、主要做法、经验效果）", "案例内容 3000字以内", "案例\n内容\n(不超过3000字)"])
def test_hints_behind_a_label(read, label: str) -> None:
    form = read(case_table(content=x.tr(x.tc(label), x.tc(CASE["content"], span=3))))
    assert form.fields["content"] == CASE["content"]


def test_two_phones_are_told_apart_by_the_person_before_them(read) -> None:
    form = read(build("case", "sideways", CASE))
    assert form.fields["leader_phone"] == CASE["leader_phone"]
    assert form.fields["contact_phone"] == CASE["contact_phone"]
    swapped = case_table(
        leader=x.tr(x.tc("联系人"), x.tc("李小梅"), x.tc("联系电话"), x.tc("13805310001")),
        contact=x.tr(x.tc("负责人"), x.tc("张建国"), x.tc("联系电话"), x.tc("0531-88886666")),
    )
    form = read(swapped)
    assert (form.fields["leader_phone"], form.fields["contact_phone"]) == ("0531-88886666", "13805310001")


def test_a_missing_phone_cell_does_not_take_the_other_phone(read) -> None:
    form = read(case_table(leader=x.tr(x.tc("负责人"), x.tc("张建国", span=3))))
    assert "leader_phone" not in form.fields
    assert form.fields["contact_phone"] == CASE["contact_phone"]


def test_phones_in_a_row_below_each_person(read) -> None:
    rows = x.tr(x.tc("负责人"), x.tc("张建国", span=3)) + x.tr(x.tc("联系电话"), x.tc("0531-88886666", span=3))
    more = x.tr(x.tc("联系人"), x.tc("李小梅", span=3)) + x.tr(x.tc("联系电话"), x.tc("13805310001", span=3))
    form = read(case_table(leader=rows, contact=more))
    assert (form.fields["leader_phone"], form.fields["contact_phone"]) == ("0531-88886666", "13805310001")


def test_person_and_phone_in_one_cell_under_a_double_label(read) -> None:
    rows = x.tr(x.tc("负责人及联系电话"), x.tc("张建国  0531-88886666", span=3))
    more = x.tr(x.tc("联系人/电话"), x.tc("李小梅（13805310001）", span=3))
    form = read(case_table(leader=rows, contact=more))
    assert (form.fields["leader"], form.fields["leader_phone"]) == ("张建国", "0531-88886666")
    assert (form.fields["contact"], form.fields["contact_phone"]) == ("李小梅", "13805310001")


def test_one_label_over_name_and_phone(read) -> None:
    rows = x.tr(x.tc("负责人", down="restart"), x.tc("姓名"), x.tc("张建国", span=2)) + x.tr(
        x.tc("", down="continue"), x.tc("联系电话"), x.tc("0531-88886666", span=2)
    )
    more = x.tr(x.tc("联系人", down="restart"), x.tc("姓名"), x.tc("李小梅", span=2)) + x.tr(
        x.tc("", down="continue"), x.tc("联系电话"), x.tc("13805310001", span=2)
    )
    form = read(case_table(leader=rows, contact=more))
    assert (form.fields["leader"], form.fields["leader_phone"]) == ("张建国", "0531-88886666")
    assert (form.fields["contact"], form.fields["contact_phone"]) == ("李小梅", "13805310001")


def test_phone_typed_into_the_persons_cell_with_its_label(read) -> None:
    form = read(case_table(leader=x.tr(x.tc("负责人"), x.tc("张建国　联系电话：0531-88886666", span=3))))
    assert (form.fields["leader"], form.fields["leader_phone"]) == ("张建国", "0531-88886666")
    form = read(case_table(leader=x.tr(x.tc("负责人"), x.tc("张建国\n联系电话：0531-88886666", span=3))))
    assert (form.fields["leader"], form.fields["leader_phone"]) == ("张建国", "0531-88886666")


def test_label_and_value_in_one_cell_without_colon(read) -> None:
    row = x.tr(x.tc("负责人  张建国", span=2), x.tc("联系电话 0531-88886666", span=2))
    form = read(case_table(leader=row))
    assert (form.fields["leader"], form.fields["leader_phone"]) == ("张建国", "0531-88886666")


def test_unit_label_with_seal_hint_in_one_cell(read) -> None:
    form = read(case_table(applicant_unit=x.tr(x.tc("申报单位（盖章）：历下区社区教育学院", span=4))))
    assert form.applicant_unit == "历下区社区教育学院"


def test_opinions_are_never_fields(read) -> None:
    opinion = x.tr(x.tc("申报单位意见"), x.tc("同意推荐。联系人：王科长 联系电话：0531-11112222（盖章）", span=3))
    form = read(case_table(skip=("applicant_unit",), last=opinion))
    assert "applicant_unit" not in form.fields
    assert form.fields["contact"] == CASE["contact"]
    inside = x.tr(x.tc("申报单位意见：同意推荐\n（盖章）\n2021年11月1日", span=4))
    form = read(case_table(last=inside))
    assert form.applicant_unit == CASE["applicant_unit"]
    assert "同意" not in str(form.fields["content"])


def test_opinion_of_a_label_the_template_does_not_have(read) -> None:
    extra = x.tr(x.tc("市级教育行政部门意见"), x.tc("同意\n（盖章）", span=3))
    form = read(case_table(last=extra))
    assert form.fields["content"] == CASE["content"]


def test_content_row_broken_over_the_page(read) -> None:
    first, second = CASE["content"].split("\n二、")
    rows = x.tr(x.tc("案例内容"), x.tc(first, span=3)) + x.tr(x.tc(""), x.tc("二、" + second, span=3))
    form = read(case_table(content=rows))
    assert form.fields["content"] == CASE["content"]
    assert form.lengths["practice"] > 0


def test_content_below_its_label_over_the_whole_width(read) -> None:
    rows = x.tr(x.tc("案例内容", span=4)) + x.tr(x.tc(CASE["content"], span=4))
    assert read(case_table(content=rows)).fields["content"] == CASE["content"]


def test_content_in_rows_of_its_own_for_each_section(read) -> None:
    rows = (
        x.tr(x.tc("案例内容", down="restart"), x.tc("基本情况"), x.tc("社区有老人三千。", span=2))
        + x.tr(x.tc("", down="continue"), x.tc("主要做法"), x.tc("送教上门。", span=2))
        + x.tr(x.tc("", down="continue"), x.tc("经验效果"), x.tc("老人满意。", span=2))
    )
    form = read(case_table(content=rows))
    assert form.lengths == {"basic": 8, "practice": 5, "effect": 5, "content": 18}


def test_labels_inside_the_content_are_the_applicants_text(read) -> None:
    content = "一、基本情况\n负责人：王五，联系电话：110。\n课程名称：手机入门\n二、主要做法\n联系人\n培训内容\n送教上门。\n三、经验效果\n好。"
    form = read(case_table(content=x.tr(x.tc("案例内容"), x.tc(content, span=3))))
    assert form.fields["content"] == content
    assert form.fields["leader"] == CASE["leader"]
    assert form.category == "case"


def test_labels_inside_the_content_without_any_table(read) -> None:
    content = "一、基本情况\n负责人：王五，联系电话：110。\n培训内容：手机\n二、主要做法\n送教上门。\n三、经验效果\n好。"
    form = read(build("case", "plain", {**CASE, "content": content}))
    assert form.fields["leader"] == CASE["leader"]
    assert form.category == "case"
    assert form.lengths["effect"] == 2
    for words in ("王五", "手机", "送教上门"):
        assert words in str(form.fields["content"])


def test_rows_missing_and_rows_added(read) -> None:
    form = read(case_table(skip=("leader",), first=x.tr(x.tc("填表日期"), x.tc("2021年11月3日", span=3))))
    assert "leader" not in form.fields
    assert form.fields["title"] == CASE["title"]


def test_title_row_inside_the_table(read) -> None:
    body = x.tbl(
        x.tr(x.tc(HEADINGS["case"], span=4)),
        *(x.tr(*(c for key, label in row for c in (x.tc(label), x.tc(CASE[key], span=3 if len(row) == 1 else 1)))) for row in ROWS["case"]),
    )
    assert read(body).title == CASE["title"]


@pytest.mark.parametrize(
    "heading",
    [
        "“智慧助老”专题典型案例申报表", '"智慧助老"专题典型案例申报表', "《智慧助老》专题典型案例申报表", "智慧助老专题典型案例申报表（第一批）",
        "“智 慧 助 老”专 题 典 型 案 例 申 报 表", "附件2：“智慧助老”专题典型案例申报表", "", "智慧助老优秀案例推荐表", "山东省典型工作案例申报表",
    ],
)  # fmt: skip
def test_headings(read, heading: str) -> None:
    form = read(build("case", "two_tables", CASE, heading=heading, above="填报单位：济南市教育局　　填报日期：2021年11月1日"))
    assert (form.category, form.title) == ("case", CASE["title"])


def test_labels_decide_against_a_wrong_heading(read) -> None:
    form = read(build("training", "two_tables", TRAINING, heading=HEADINGS["case"]))
    assert (form.category, form.title) == ("training", TRAINING["title"])


def test_header_text_of_the_page_may_hold_the_heading(read) -> None:
    rows = [x.tr(*(c for key, label in row for c in (x.tc(label), x.tc(CASE[key])))) for row in ROWS["case"][:3]]
    form = read(x.package(x.tbl(*rows), header=x.p(HEADINGS["case"])))
    assert form.category == "case"


def test_cells_merged_twice_over(read) -> None:
    """Vertical merges over values, skipped grid columns, and a merge that never began."""
    rows = [
        x.tr(x.tc("案例名称", down="restart"), x.tc(CASE["title"], span=3)),
        x.tr(x.tc("", down="continue"), x.tc("", span=3)),
        x.tr(x.tc("申报单位"), x.tc(CASE["applicant_unit"], span=3, down="continue")),
        x.tr(x.tc("负责人"), x.tc("张建国"), x.tc("联系电话"), x.tc("0531-88886666"), skip=1),
        x.tr(x.tc("联系人"), x.tc("李小梅"), x.tc("联系电话"), x.tc("13805310001")),
        x.tr(x.tc("案例内容"), x.tc(CASE["content"], span=3)),
    ]
    form = read(x.p(HEADINGS["case"]) + x.tbl(*rows))
    assert {key: form.fields[key] for key in CASE} == CASE


def test_course_options_in_cells_of_their_own(read) -> None:
    values = {**COURSE}
    rows = []
    for row in ROWS["course"]:
        if row[0][0] == "course_type":
            rows.append(x.tr(x.tc("课程资源类型"), x.tc("□教材（读本）"), x.tc("☑视频资源，视频时长45分钟"), x.tc("□其他")))
        else:
            rows.append(x.tr(*(c for key, label in row for c in (x.tc(label), x.tc(values[key])))))
    form = read(x.p(HEADINGS["course"]) + x.tbl(*rows))
    assert (form.fields["course_type"], form.fields["video_minutes"]) == ("video", "45")


def test_a_picture_in_place_of_the_content_is_not_nothing(read) -> None:
    row = x.tr(x.tc("案例内容"), x.tc(x.p(x.picture("rId9", 5, 3)), span=3))
    assert read(case_table(content=row)).fields["content"] == "（图片）"


def test_struck_out_text_is_gone_and_hidden_text_too(read) -> None:
    cell = x.tc(x.p(x.r("旧人名", "<w:strike/>"), x.r("张建国"), x.r("暗文", "<w:vanish/>")))
    form = read(case_table(leader=x.tr(x.tc("负责人"), cell, x.tc("联系电话"), x.tc("1"))))
    assert form.fields["leader"] == "张建国"


@pytest.mark.parametrize("box", [x.vml_box, x.modern_box])
def test_value_in_a_text_box_counts_once(read, box) -> None:
    cell = x.tc(x.p(box(x.p("张建国"))))
    form = read(case_table(leader=x.tr(x.tc("负责人"), cell, x.tc("联系电话"), x.tc("1"))))
    assert form.fields["leader"] == "张建国"


def test_two_numbers_with_their_own_words_are_one_phone_field(read) -> None:
    rows = x.tr(x.tc("负责人"), x.tc("张建国"), x.tc("联系电话"), x.tc("0531-88886666 手机：13900001111"))
    form = read(case_table(leader=rows))
    assert form.fields["leader_phone"] == "0531-88886666 手机：13900001111"
    assert form.fields["contact_phone"] == CASE["contact_phone"]
    form = read(build("case", "plain", {**CASE, "leader_phone": "0531-88886666（手机：13900001111）"}))
    assert form.fields["leader_phone"] == "0531-88886666（手机：13900001111）"
    assert form.fields["contact_phone"] == CASE["contact_phone"]


def test_every_row_a_table_of_its_own(read) -> None:
    body = x.p(HEADINGS["case"])
    for row in ROWS["case"]:
        body += "".join(x.tbl(x.tr(x.tc(label), x.tc(CASE[key]))) + x.p() for key, label in row)
    assert {key: value for key, value in read(body).fields.items() if key in CASE} == CASE


def test_a_spacer_between_label_and_value(read) -> None:
    form = read(case_table(leader=x.tr(x.tc("负责人"), x.tc(""), x.tc("张建国"), x.tc("联系电话"), x.tc(""), x.tc("0531-88886666"))))
    assert (form.fields["leader"], form.fields["leader_phone"]) == ("张建国", "0531-88886666")


def test_an_empty_cell_before_a_label_the_template_does_not_have(read) -> None:
    form = read(case_table(leader=x.tr(x.tc("负责人"), x.tc(""), x.tc("职务"), x.tc("院长"))))
    assert form.fields["leader"] == ""


def test_value_in_the_second_row_of_a_tall_label(read) -> None:
    rows = x.tr(x.tc("申报单位", down="restart"), x.tc("", span=3)) + x.tr(x.tc("", down="continue"), x.tc("历下区社区教育学院", span=3))
    assert read(case_table(applicant_unit=rows)).applicant_unit == "历下区社区教育学院"


def test_value_in_a_row_of_its_own_below_an_empty_cell(read) -> None:
    rows = x.tr(x.tc("案例名称"), x.tc("", span=3)) + x.tr(x.tc("银龄课堂", span=4))
    assert read(case_table(title=rows)).title == "银龄课堂"
    empty = x.tr(x.tc("案例名称"), x.tc("", span=3)) + x.tr(x.tc("案例类别"), x.tc("社区教育", span=3))
    form = read(case_table(title=empty))
    assert form.fields["title"] == ""
