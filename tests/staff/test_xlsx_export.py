"""The 汇总表, opened again: what stands where, what changed, and that nothing a stranger wrote becomes a formula."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from core.findings import Finding, Severity
from staff.xlsx import MAX_CELL, Book, Head, clean
from staff.xlsx_export import Export, Exported, write_workbook
from storage.desk import Act, Desk
from storage.export_marks import last_export
from storage.types import storable
from tests.staff.export_world import COURSE_FIELDS, MISSING, NETDISK, World, make_world
from tests.storage.samples import NOW

ATTACKS = ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "\r=1+1", "=HYPERLINK(\"http://x\")", "＝1+1", "{=1+1}", "a\x00\x07\x1bb", "_x0041_",
           "<b>&amp;</b>", "\ud800x", "12345678901234567890", "https://evil.test/", "mailto:x@y.z", "internal:Sheet1!A1", "长" * 40_000]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = make_world(tmp_path)
    yield made
    made.database.close()


def export(world: World, target: Path, batch: int | None = None, now: datetime = NOW, *, remember: bool = True) -> tuple[Any, Exported]:
    done = write_workbook(Export(world.database, world.campaign, world.register, batch, "李主任", now, remember), target)
    return openpyxl.load_workbook(target), done


def table(sheet: Any) -> list[dict[str, Any]]:
    """The rows below the heads, by head."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def test_sheets_and_columns(world: World, tmp_path: Path) -> None:
    world.item("银龄课堂")
    world.item("手机班", category="training", state="incomplete", findings=(MISSING,),
               fields={"teacher": "赵老师", "teacher_post": "讲师", "training_runs": "12", "training_people": "约300人次"})
    world.item("智能生活", category="course", fields=COURSE_FIELDS, links=(NETDISK,), reporting_unit="青岛市教育局")
    book, done = export(world, tmp_path / "a.xlsx")
    assert book.sheetnames == ["典型案例", "典型培训项目", "典型课程资源", "单位×类别", "存在问题", "变动情况"]
    assert (done.items, done.problems, done.since) == (3, 1, None)
    (case,) = table(book["典型案例"])
    assert case == {
        "序号": 1, "申报单位": "历下区社区学院", "报送单位": "济南市教育局", "案例名称": "银龄课堂", "负责人": "王芳",
        "联系电话": "0531-82626712", "联系人": "李雷", "联系人电话": "13800138000", "材料是否齐全": "齐全", "公章": "有公章", "批次": "第一批",
        "收到时间": datetime(2021, 11, 8, 10, 12, 33), "回执编号": case["回执编号"], "备注": None,
    }
    (training,) = table(book["典型培训项目"])
    assert training["培训期数"] == 12
    assert training["培训人次"] == "约300人次"
    assert training["授课人"] == "赵老师"
    assert training["材料是否齐全"] == "不齐全（缺盖章扫描件）"
    (course,) = table(book["典型课程资源"])
    wanted = {"课程资源类型": "视频资源", "视频时长（分钟）": 45, "是否同意共享": "同意", "核心成员": "张三、李四",
              "网盘链接": NETDISK.url, "提取码": "ab12", "链接状态": "正常"}
    assert {name: course[name] for name in wanted} == wanted
    (problem,) = table(book["存在问题"])
    assert (problem["问题"], problem["具体情况"], problem["性质"]) == ("缺盖章扫描件", "未见盖章扫描件。", "需补正")


def test_every_unit_is_on_the_sheet_of_units(world: World, tmp_path: Path) -> None:
    world.item()
    world.item("外省", reporting_unit="外省某校")
    world.item("不明", reporting_unit=None)
    book, _ = export(world, tmp_path / "a.xlsx")
    rows = {row["报送单位"]: row for row in table(book["单位×类别"])}
    assert set(world.register.reporting_units()) | {"外省某校", "待定单位", "合计"} == set(rows)
    assert next(iter(rows)) == "济南市教育局"
    assert (rows["济南市教育局"]["典型案例"], rows["济南市教育局"]["报送情况"]) == (1, "已报送，齐全")
    assert (rows["青岛市教育局"]["合计"], rows["青岛市教育局"]["报送情况"]) == (None, "未报送")
    assert rows["合计"]["合计"] == 3
    assert rows["合计"]["报送情况"] == f"未报送{len(world.register.reporting_units()) - 1}个单位"


def test_one_batch(world: World, tmp_path: Path) -> None:
    world.item("一")
    world.item("二", batch=2)
    book, done = export(world, tmp_path / "a.xlsx", 2)
    assert done.items == 1
    assert [row["案例名称"] for row in table(book["典型案例"])] == ["二"]
    assert "第二批" in book["典型案例"]["H2"].value


def test_what_staff_did_is_told(world: World, tmp_path: Path) -> None:
    one, two, three = world.item("一", state="incomplete", findings=(MISSING,)), world.item("二"), world.item("三")
    desk = Desk(world.database)
    desk.accept_item(one, Act("li", NOW, "电话核实"))
    desk.reject_item(two, Act("li", NOW, "重复"))
    desk.note("item", three, "周五补寄", Act("li", NOW))
    desk.receive_paper(three, Act("li", NOW))
    book, done = export(world, tmp_path / "a.xlsx")
    rows = {row["案例名称"]: row for row in table(book["典型案例"])}
    assert (rows["一"]["材料是否齐全"], rows["一"]["备注"]) == ("齐全（人工认定）", "采纳：电话核实")
    assert (rows["二"]["材料是否齐全"], rows["二"]["备注"]) == ("不采纳", "不采纳：重复")
    assert rows["三"]["备注"] == "周五补寄；纸质材料已收到（2021-11-08）"
    assert done.problems == 0


def test_mails_without_items_are_among_the_problems(world: World, tmp_path: Path) -> None:
    world.item("一", findings=(Finding("subject.no_topic", Severity.ERROR, "主题未写智慧助老。"), Finding("form.too_long", Severity.NOTE, "超长")))
    book, done = export(world, tmp_path / "a.xlsx")
    (row,) = table(book["存在问题"])
    assert (row["材料类别"], row["具体情况"]) == ("（来信）", "主题未写智慧助老。")
    assert done.problems == 1


# --- what changed ----------------------------------------------------------------------------------------------------


def changes(world: World, tmp_path: Path, **options: Any) -> list[tuple[str, str, str]]:
    book, _ = export(world, tmp_path / "next.xlsx", **options)
    return [(row["变动"], row["名称"], row["变动内容"] or "") for row in table(book["变动情况"]) if row["变动"]]


def test_changes_since_the_last_export(world: World, tmp_path: Path) -> None:
    one, two = world.item("一", state="incomplete", findings=(MISSING,)), world.item("二")
    assert changes(world, tmp_path) == [("新增", "一", ""), ("新增", "二", "")]
    assert changes(world, tmp_path) == []
    Desk(world.database).accept_item(one, Act("li", NOW))
    Desk(world.database).reassign_item(two, {"batch": 2, "title": "二改"}, Act("li", NOW))
    three = world.item("三")
    assert changes(world, tmp_path) == [
        ("变更", "一", "材料是否齐全：不齐全（缺盖章扫描件）→齐全（人工认定）"), ("变更", "二改", "案例名称：二→二改；批次：第一批→第二批"),
        ("新增", "三", ""),
    ]
    world.item("三新", supersedes=(three,))
    Desk(world.database).reassign_item(one, {"category": "training"}, Act("li", NOW))
    found = changes(world, tmp_path)
    assert ("变更", "三新", "新版本替换旧版本；案例名称：三→三新") in [(kind, title, text.split("；回执")[0]) for kind, title, text in found]
    assert ("变更", "一", "材料类别：典型案例→典型培训项目") in [(kind, title, text.split("；")[0]) for kind, title, text in found]
    assert not [row for row in found if row[0] == "撤出"]


def test_a_column_renamed_is_no_change(world: World, tmp_path: Path) -> None:
    """Exports of before said 受理编号, as no letter and no page does."""
    world.item("一")
    changes(world, tmp_path)
    with world.database.write() as connection:
        connection.exec_driver_sql("UPDATE export_row SET cells = replace(cells, '回执编号', '受理编号')")
        connection.exec_driver_sql("UPDATE export_row SET cells = replace(cells, '\\u56de\\u6267\\u7f16\\u53f7', '受理编号')")
        kept = connection.exec_driver_sql("SELECT cells FROM export_row").scalars().all()
    assert all("受理编号" in cells for cells in kept)
    assert changes(world, tmp_path) == []


def test_an_item_that_left_is_told_of(world: World, tmp_path: Path) -> None:
    one = world.item("一")
    changes(world, tmp_path, batch=1)
    Desk(world.database).reassign_item(one, {"batch": 2}, Act("li", NOW))
    assert changes(world, tmp_path, batch=1) == [("撤出", "一", "已改入第二批")]
    assert changes(world, tmp_path, batch=1) == []


def test_scopes_do_not_disturb_one_another(world: World, tmp_path: Path) -> None:
    world.item("一")
    assert len(changes(world, tmp_path, batch=1)) == 1
    assert len(changes(world, tmp_path)) == 1
    assert changes(world, tmp_path, batch=1) == []


def test_a_look_and_a_failure_are_not_remembered(world: World, tmp_path: Path) -> None:
    world.item("一")
    assert len(changes(world, tmp_path, remember=False)) == 1
    with pytest.raises(FileNotFoundError):
        export(world, tmp_path / "no such folder" / "a.xlsx")
    assert last_export(world.database, world.campaign.key, None) is None
    later = NOW + timedelta(days=1)
    assert len(changes(world, tmp_path, now=later)) == 1
    mark = last_export(world.database, world.campaign.key, None)
    assert mark is not None
    assert (mark.finished_at, mark.who, mark.items) == (later, "李主任", 1)
    assert not list(tmp_path.glob(".*.part"))


# --- what strangers write --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_becomes_a_formula(world: World, tmp_path: Path, attack: str) -> None:
    """In every column that a stranger can fill."""
    world.item(attack, applicant_unit=attack, reporting_unit=attack, state="incomplete", receipt_number=attack,
               fields=dict.fromkeys(("leader", "leader_phone", "contact", "contact_phone"), attack),
               findings=(Finding("scan.missing", Severity.ERROR, attack, item=0), Finding("subject.no_topic", Severity.ERROR, attack)),
               messages={"subject": attack})
    world.item(attack, category="course", fields=dict.fromkeys(COURSE_FIELDS, attack), links=(NETDISK.__class__("web", attack, attack),))
    world.item(attack, category="training", fields=dict.fromkeys(("teacher", "teacher_post", "training_runs", "training_people"), attack))
    target = tmp_path / "a.xlsx"
    book, _ = export(world, target)
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", (sheet.title, cell.coordinate)
                assert cell.hyperlink is None
                if isinstance(cell.value, str):
                    assert len(cell.value) <= MAX_CELL
                    assert not re.search("[\x00-\x08\x0b-\x1f]", cell.value)
    with zipfile.ZipFile(target) as parts:
        for name in parts.namelist():
            assert b"<f>" not in parts.read(name)
            assert b"<hyperlink" not in parts.read(name)
    said = [unescape(cell.value) if isinstance(cell.value, str) else cell.value for cell in next(iter(book["典型案例"].iter_rows(min_row=4)))]
    if len(attack) < 100:
        plain = clean(storable(attack))
        assert said.count(plain) >= 6 if plain.strip() == plain else any(plain.strip() in str(one) for one in said)
        if plain.startswith(("=", "+", "-", "@")):
            cell = book["典型案例"]["B4"]
            assert cell.quotePrefix  # stays text when somebody edits it


def test_long_text_is_cut_where_excel_would_refuse(tmp_path: Path) -> None:
    for text in ("长" * 40_000, "𪚥" * 20_000, "=" * 50_000):
        short = clean(text)
        assert len(short.encode("utf-16-le")) // 2 <= MAX_CELL
        assert "全文见系统" in short
    assert clean("长" * MAX_CELL) == "长" * MAX_CELL
    assert tmp_path


def test_sheet_names(tmp_path: Path) -> None:
    with Book(tmp_path / "a.xlsx", "t", "a") as book:
        for name in ("a/b:c*?[x]", "A/B:C*?[X]", "长" * 50, "长" * 50, "", "'"):
            book.sheet(name, "t", "", "", [Head("列", 9)]).close()
    names = openpyxl.load_workbook(tmp_path / "a.xlsx").sheetnames
    assert len({name.casefold() for name in names}) == 6
    assert all(1 <= len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)


def test_print_set_up(world: World, tmp_path: Path) -> None:
    for number in range(3):
        world.item(f"案例{number}")
    book, _ = export(world, tmp_path / "a.xlsx")
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        wide = sheet.title in ("典型培训项目", "典型课程资源", "存在问题")
        assert int(sheet.page_setup.paperSize) == (8 if wide else 9), "A3 for what could not be read on A4"
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$3:$3"
        assert sheet.freeze_panes.endswith("4")
        assert "第 &P 页，共 &N 页" in sheet.oddFooter.center.text
        assert sheet.auto_filter.ref.startswith("A3:")
        assert sheet["A1"].coordinate in sheet.merged_cells
        assert (sheet["A1"].font.name, sheet["A1"].font.sz) == ("黑体", 16)
    cases = book["典型案例"]
    assert (cases["B4"].font.name, cases["B4"].alignment.wrap_text) == ("仿宋", True)
    assert cases["F4"].number_format == "@"
    assert cases["F4"].value == "0531-82626712"
    assert cases["L4"].is_date


def test_rows_are_let_go_and_keep_their_height(tmp_path: Path) -> None:
    """10,000 items must take no more memory than 100: nothing in the library may grow with the rows."""
    path = tmp_path / "many.xlsx"
    with Book(path, "很多", "办公室") as book:
        sheet = book.sheet("表", "很多", "", "", [Head("名称", 10)])
        for number in range(500):
            sheet.row([f"第{number}行" * (5 if number == 300 else 1)])
        inside = vars(sheet._sheet)
        large = {name: len(value) for name, value in inside.items() if isinstance(value, dict | list | set) and len(value) > 20}
        assert not large
        sheet.close()
    made = openpyxl.load_workbook(path)["表"]
    assert made.max_row == 503
    assert len({made.row_dimensions[row].height for row in (4, 100, 303, 503)}) == 1
    assert made.row_dimensions[304].height > made.row_dimensions[303].height > 15
