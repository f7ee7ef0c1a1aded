"""Filled forms as people send them: the three forms of the notice in many layouts, each written another way.

    from tests.support.form_builder import CASE, LAYOUTS, build
    data = build("case", "wps", CASE)            # bytes of a .docx
    data = build("course", "template", {**COURSE, "consent": "☑同意 □不同意"})

Values are field key -> text as it is to stand in the cell (ticks and all); a missing key leaves the cell empty. For
tests, the corpus and the demo; never used by the program itself, and using none of its readers.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import docx
from docx.shared import Pt

from tests.support import docx_pieces as x

Values = Mapping[str, str]
Row = list[tuple[str, str]]

BLANKS = Path(__file__).resolve().parents[2] / "core" / "data" / "forms"
HEADINGS = {
    "case": "“智慧助老”专题典型案例申报表",
    "training": "“智慧助老”专题典型教育培训项目申报表",
    "course": "“智慧助老”专题典型课程资源申报表",
}
_PEOPLE: list[Row] = [
    [("leader", "负责人"), ("leader_phone", "联系电话")],
    [("contact", "联系人"), ("contact_phone", "联系电话")],
]
ROWS: dict[str, list[Row]] = {
    "case": [[("title", "案例名称")], [("applicant_unit", "申报单位")], *_PEOPLE, [("content", "案例内容")]],
    "training": [
        [("title", "项目名称")],
        [("applicant_unit", "申报单位")],
        *_PEOPLE,
        [("teacher", "授课人"), ("teacher_post", "单位及职务(职称)")],
        [("training_runs", "培训期数"), ("training_people", "培训人次")],
        [("content", "培训内容")],
        [("effect", "培训效果")],
    ],
    "course": [
        [("title", "课程名称")],
        [("course_type", "课程资源类型")],
        [("applicant_unit", "申报单位"), ("consent", "是否同意纳入全国老年教育课程资源库共享")],
        *_PEOPLE,
        [("members", "核心成员")],
        [("awards", "曾获奖项")],
        [("content", "课程主要内容")],
    ],
}
OPINIONS = [("申报单位意见", "（盖章）\n年    月    日"), ("省级教育行政部门意见", "（盖章）\n年    月    日")]

CONTENT = (
    "一、基本情况\n历下区社区教育学院面向辖区老年人开设智能手机课程。\n二、主要做法\n（一）送教上门，手把手教。\n"
    "（二）编印图文并茂的口袋书。\n三、经验效果\n累计培训老年人三千余人次。"
)
CASE: dict[str, str] = {
    "title": "银龄e学堂——社区智能手机课堂",
    "applicant_unit": "济南市历下区社区教育学院",
    "leader": "张建国",
    "leader_phone": "0531-88886666",
    "contact": "李小梅",
    "contact_phone": "13805310001",
    "content": CONTENT,
}
TRAINING: dict[str, str] = {
    **{key: CASE[key] for key in ("leader", "leader_phone", "contact", "contact_phone")},
    "title": "玩转智能手机公益培训",
    "applicant_unit": "青岛市市南区社区学院",
    "teacher": "王志远",
    "teacher_post": "市南区社区学院 讲师",
    "training_runs": "12期",
    "training_people": "860人次",
    "content": "线上挂号、扫码乘车、视频通话。",
    "effect": "学员满意度98%。",
}
COURSE: dict[str, str] = {
    **{key: CASE[key] for key in ("leader", "leader_phone", "contact", "contact_phone")},
    "title": "微信使用入门",
    "applicant_unit": "烟台大学继续教育学院",
    "course_type": "□教材（读本）\n☑视频资源，视频时长__45__分钟\n□其他",
    "consent": "同意",
    "members": "赵一、钱二、孙三",
    "awards": "",
    "content": "从注册到视频通话，共八讲。",
}
SAMPLES = {"case": CASE, "training": TRAINING, "course": COURSE}


def build(category: str, layout: str, values: Values, **options: str) -> bytes:
    """A filled form as .docx. `options`: `heading` (another title line), `above` (a line before the table)."""
    return LAYOUTS[layout](category, values, options)


def _head(category: str, options: Mapping[str, str]) -> tuple[str, str]:
    return options.get("above", ""), options.get("heading", HEADINGS[category])


def _template(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """The office's own file, filled in with python-docx: the cell after each label."""
    document = docx.Document(str(BLANKS / f"form-{category}.docx"))
    wanted = [(key, "".join(label.split())) for row in ROWS[category] for key, label in row]
    for row in document.tables[0].rows:
        cells = list(dict.fromkeys(row.cells))
        for label, value in pairwise(cells):
            shown = "".join(label.text.split())
            if wanted and shown == wanted[0][1]:
                key, _ = wanted.pop(0)
                if values.get(key):
                    value.text = values[key]
    assert not wanted, wanted
    if options.get("heading"):
        document.paragraphs[1].runs[0].text = options["heading"]
    return _saved(document)


def _merged(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """Seven narrow columns merged in python-docx; labels with blanks inside; the content's label over several rows,
    one row a section."""
    document = docx.Document()
    document.add_paragraph("附件：")
    document.add_heading(_head(category, options)[1], level=1)
    table = document.add_table(rows=0, cols=7)
    for row in ROWS[category]:
        if row[0][0] == "content" and category == "case":
            first = None
            for section in _sections(values.get("content", "")):
                cells = table.add_row().cells
                first = cells[0].merge(cells[1]) if first is None else first.merge(cells[0].merge(cells[1]))
                cells[2].merge(cells[6]).text = section
            if first is not None:
                first.text = "案例\n内容"
            continue
        cells = table.add_row().cells
        if len(row) == 1:
            cells[0].merge(cells[1]).text = "  ".join(row[0][1]) + "："
            cells[2].merge(cells[6]).text = values.get(row[0][0], "")
        else:
            cells[0].merge(cells[1]).text = " ".join(row[0][1])
            cells[2].merge(cells[3]).text = values.get(row[0][0], "")
            cells[4].text = row[1][1]
            cells[5].merge(cells[6]).text = values.get(row[1][0], "")
    for label, text in OPINIONS:
        cells = table.add_row().cells
        cells[0].merge(cells[1]).text = f"{label[:4]}\n{label[4:]}"
        cells[2].merge(cells[6]).text = text
    document.add_paragraph()
    return _saved(document)


def _sections(content: str) -> list[str]:
    parts: list[str] = []
    for line in content.split("\n"):
        if not parts or line[:2] in ("一、", "二、", "三、"):
            parts.append(line)
        else:
            parts[-1] += "\n" + line
    return parts


def _nested(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """One big frame with the title in its first row; the people and every pair in tables inside."""
    above, heading = _head(category, options)
    rows = [x.tr(x.tc(x.p(heading)))]
    for row in ROWS[category]:
        inner = x.tbl(x.tr(*(cell for key, label in row for cell in (x.tc(label), x.tc(values.get(key, ""))))))
        rows.append(x.tr(x.tc(inner + x.p())))
    rows += [x.tr(x.tc(x.tbl(x.tr(x.tc(label), x.tc(text))) + x.p())) for label, text in OPINIONS]
    return x.package(x.lines(above) + x.tbl(*rows) + x.p())


def _controls(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """Word form with content controls: whole rows, cells and texts inside them, prompts in those left empty."""
    prompt = x.p(x.control(x.r("单击或点击此处输入文字。", '<w:rStyle w:val="a3"/>'), "<w:showingPlcHdr/><w:text/>"))

    def value(key: str) -> str:
        text = values.get(key, "")
        return x.control(x.lines(text), "<w:richText/>") if text else prompt

    rows = []
    for number, row in enumerate(ROWS[category]):
        cells = []
        for key, label in row:
            cells += [x.tc(label), x.tc(value(key), span=3 if len(row) == 1 else 1)]
        line = x.tr(cells[0], x.control(cells[1])) if len(cells) == 2 and number % 2 else x.tr(*cells)
        rows.append(x.control(line) if number == 0 else line)
    rows += [x.tr(x.tc(label), x.tc(text, span=3)) for label, text in OPINIONS]
    above, heading = _head(category, options)
    return x.package(x.lines(above) + x.control(x.p(heading)) + x.control(x.tbl(*rows)) + x.p())


def _two_tables(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """Basic data in one table, the long texts in a second one below a line of text."""
    above, heading = _head(category, options)
    rows = ROWS[category]
    long = [row for row in rows if row[0][0] in ("content", "effect")]
    first = [x.tr(*_cells(row, values)) for row in rows if row not in long]
    second = [x.tr(*_cells(row, values)) for row in long]
    second += [x.tr(x.tc(label), x.tc(text, span=3)) for label, text in OPINIONS]
    return x.package(x.lines(above) + x.p(heading) + x.tbl(*first) + x.p("（以下由申报单位填写）") + x.tbl(*second) + x.p())


def _cells(row: Row, values: Values) -> list[str]:
    cells = []
    for key, label in row:
        cells += [x.tc(label), x.tc(values.get(key, ""), span=3 if len(row) == 1 else 1)]
    return cells


def _wps(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """As WPS writes it: title in a VML text box, revisions not yet accepted, old-style merges, labels in two runs."""
    above, heading = _head(category, options)
    rows = []
    for row in ROWS[category]:
        cells = []
        for key, label in row:
            half = len(label) // 2
            cells.append(x.tc(x.p(x.r(label[:half], "<w:b/>"), "<w:proofErr w:type='spellStart'/>", x.r(label[half:]))))
            text = values.get(key, "")
            runs = [x.r(line) for line in text.split("\n")]
            inserted = f'<w:ins w:id="1" w:author="wps" w:date="2021-11-01T00:00:00Z">{runs[0]}</w:ins>'
            deleted = '<w:del w:id="2" w:author="wps"><w:r><w:delText>旧内容</w:delText></w:r></w:del>'
            body = x.p(deleted, inserted) + "".join(x.p(run) for run in runs[1:])
            cells.append(x.tc(body, across="restart" if len(row) == 1 else ""))
            if len(row) == 1:
                cells += [x.tc("", across="continue"), x.tc("", across="continue")]
        rows.append(x.tr(*cells))
    rows += [x.tr(x.tc(x.lines(f"{label[:2]}\n{label[2:]}")), x.tc(text, span=3)) for label, text in OPINIONS]
    return x.package(x.lines(above) + x.p(x.vml_box(x.p(heading))) + x.p() + x.tbl(*rows) + x.p())


def _word97(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """Label and value in one cell, as forms of the nineties have it; label and long text too."""
    above, heading = _head(category, options)
    rows = []
    for row in ROWS[category]:
        if row[0][0] in ("content", "effect"):
            rows.append(x.tr(x.tc(f"{row[0][1]}：\n{values.get(row[0][0], '')}", span=2)))
        elif len(row) == 1:
            rows.append(x.tr(x.tc(f"{row[0][1]}：{values.get(row[0][0], '')}", span=2)))
        else:
            rows.append(x.tr(*(x.tc(f"{label}：{values.get(key, '')}") for key, label in row)))
    rows += [x.tr(x.tc(f"{label}：\n{text}", span=2)) for label, text in OPINIONS]
    return x.package(x.lines(above) + x.p(heading) + x.tbl(*rows) + x.p())


def _below(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """Every label above its value."""
    above, heading = _head(category, options)
    rows = []
    for row in ROWS[category]:
        span = 2 if len(row) == 1 else 1
        rows.append(x.tr(*(x.tc(label, span=span) for _, label in row)))
        rows.append(x.tr(*(x.tc(values.get(key, ""), span=span) for key, _ in row)))
    rows += [line for label, text in OPINIONS for line in (x.tr(x.tc(label, span=2)), x.tr(x.tc(text, span=2)))]
    return x.package(x.lines(above) + x.p(heading) + x.tbl(*rows) + x.p())


def _sideways(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """Both people in one row and their phones in the next; unit before title; rows the template does not have."""
    above, heading = _head(category, options)
    v = {key: values.get(key, "") for row in ROWS[category] for key, _ in row}
    rows = [
        x.tr(x.tc("申 报 单 位"), x.tc(v["applicant_unit"], span=3)),
        x.tr(x.tc("负责人"), x.tc(v["leader"]), x.tc("联系人"), x.tc(v["contact"])),
        x.tr(x.tc("联系电话"), x.tc(v["leader_phone"]), x.tc("联系电话"), x.tc(v["contact_phone"])),
        x.tr(x.tc("电子邮箱"), x.tc("a@b.cn"), x.tc("邮政编码"), x.tc("250014")),
    ]
    done = {"applicant_unit", "leader", "contact", "leader_phone", "contact_phone"}
    for row in sorted(ROWS[category], key=lambda row: row[0][0] == "title", reverse=True):
        left = [(key, label) for key, label in row if key not in done]
        if left:
            rows.append(x.tr(*_cells(left, values)))
    rows += [x.tr(x.tc("备注"), x.tc("无", span=3))]
    rows += [x.tr(x.tc(label), x.tc(text, span=3)) for label, text in OPINIONS]
    return x.package(x.lines(above) + x.p(heading) + x.tbl(*rows) + x.p())


def _plain(category: str, values: Values, options: Mapping[str, str]) -> bytes:
    """No table at all."""
    above, heading = _head(category, options)
    body = x.lines(above) + x.p(heading)
    for row in ROWS[category]:
        for key, label in row:
            text = values.get(key, "")
            if key in ("content", "effect"):
                body += x.p(f"{label}：") + x.lines(text)
            else:
                body += "".join(x.p(line) for line in f"{label}：{text}".split("\n"))
    body += "".join(x.p(f"{label}：") + x.lines(text) for label, text in OPINIONS)
    return x.package(body)


def _saved(document: docx.document.Document) -> bytes:
    document.styles["Normal"].font.size = Pt(12)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


LAYOUTS: dict[str, Callable[[str, Values, Mapping[str, str]], bytes]] = {
    "template": _template,
    "merged": _merged,
    "nested": _nested,
    "controls": _controls,
    "two_tables": _two_tables,
    "wps": _wps,
    "word97": _word97,
    "below": _below,
    "sideways": _sideways,
    "plain": _plain,
}
