"""The 汇总表: a sheet for each category, units × categories, open problems, what changed since the last one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from core.campaign import SHANGHAI, Campaign, CategorySpec
from core.findings import Severity
from core.records import ItemState
from core.register import Register
from staff.unit_order import in_order, sort_units
from staff.words import FINDINGS, SEVERITIES, STATES, say
from staff.xlsx import Book, Head, Sheet, Tone, Value
from staff.xlsx_tables import Column, as_text, columns, differences, tones
from storage.counts import UnitCount, unit_counts, units_seen
from storage.database import Database
from storage.export_items import ExportItem, export_items, loose_findings
from storage.export_marks import Cells, Marks, begin

_CHUNK = 200
T = TypeVar("T")
_PROBLEM_HEADS = (
    Head("序号", 6, "centre"), Head("报送单位", 18), Head("申报单位", 24), Head("材料类别", 14, "centre"), Head("名称", 28),
    Head("问题", 18), Head("具体情况", 50), Head("性质", 9, "centre"), Head("联系人", 18, "centre"), Head("联系电话", 15, "centre"),
    Head("回执编号", 15, "centre"),
)
_CHANGE_HEADS = (
    Head("序号", 6, "centre"), Head("变动", 9, "centre"), Head("报送单位", 18), Head("申报单位", 24), Head("材料类别", 14, "centre"),
    Head("名称", 28), Head("变动内容", 60), Head("回执编号", 15, "centre"),
)
_FORMER = {"受理编号": "回执编号"}
"""Columns that had another name in an export that may still be compared with."""
_STATES: tuple[ItemState, ...] = ("complete", "incomplete", "review", "pending")


@dataclass(frozen=True)
class Export:
    """What is exported, and whither. `batch` None: all. `who`, `now`: for the head and for the memory of exports.
    `remember` False: a look only, the next export is compared with the last."""

    database: Database
    campaign: Campaign
    register: Register
    batch: int | None
    who: str
    now: datetime
    remember: bool = True


@dataclass(frozen=True)
class Exported:
    """What was written. `since`: when the export was made with which this one was compared."""

    items: int
    problems: int
    changes: int
    since: datetime | None


def write_workbook(export: Export, target: Path, step: Callable[[], None] = lambda: None) -> Exported:
    """Write the workbook to `target`, whole or not at all; `step` is called once for each item. Raises OSError."""
    partial = target.with_name(f".{target.name}.{os.getpid()}.part")
    partial.touch()  # a folder that is not there is told of before the work
    marks = begin(export.database, export.campaign.key, export.batch, export.who, export.now)
    done = False
    try:
        with Book(partial, export.campaign.name, export.campaign.office.name) as book:
            result = _Writer(export, book, marks).write(step)
        partial.replace(target)
        done = True
    finally:
        partial.unlink(missing_ok=True)
        if done and export.remember:
            marks.finish(export.now)
        else:
            marks.discard()
    return result


class _Writer:
    """The sheets in their order. Those of problems and changes grow while the items go by."""

    def __init__(self, export: Export, book: Book, marks: Marks) -> None:
        self._export, self._book, self._marks = export, book, marks
        batches = {batch.number: batch.name for batch in export.campaign.batches}
        self._batches = batches
        self._batch = "全部批次" if export.batch is None else batches.get(export.batch, f"第{export.batch}批")
        self._office = f"填报单位：{export.campaign.office.name}"
        self._made = f"{self._batch}　导出时间：{_local(export.now)}"
        self._counts = unit_counts(export.database, export.campaign.key, export.batch)
        self._items = self._problem_rows = self._change_rows = 0

    def write(self, step: Callable[[], None]) -> Exported:
        """All sheets."""
        campaign = self._export.campaign
        tables = [(spec, columns(campaign, spec)) for spec in campaign.categories]
        sheets = [self._category_sheet(spec, made) for spec, made in tables]
        matrix = self._sheet("单位×类别", "各单位报送情况", self._unit_heads(), 2)
        problems = self._sheet("存在问题", "存在问题清单", _PROBLEM_HEADS, 0)
        since = self._marks.last
        compared = f"与上次导出（{_local(since.finished_at)}，{since.who}）相比" if since else "首次导出，全部列为新增"
        changes = self._sheet("变动情况", "变动情况表", _CHANGE_HEADS, 0, compared)
        for (spec, made), sheet in zip(tables, sheets, strict=True):
            self._category(spec, made, sheet, problems, changes, step)
        self._units(matrix)
        self._loose(problems)
        self._gone(changes)
        if not self._problem_rows:
            problems.note("目前没有待解决的问题。")
        if not self._change_rows:
            changes.note("没有变动。")
        for sheet in (*sheets, matrix, problems, changes):
            sheet.close()
        return Exported(self._items, self._problem_rows, self._change_rows, since.finished_at if since else None)

    def _sheet(self, name: str, what: str, heads: Sequence[Head], frozen: int, left: str | None = None) -> Sheet:
        title = f"{self._export.campaign.name}　{what}"
        return self._book.sheet(name, title, left or self._office, self._made, heads, frozen)

    # --- the items -------------------------------------------------------------------------------------------------

    def _category_sheet(self, spec: CategorySpec, made: tuple[Column, ...]) -> Sheet:
        heads = (Head("序号", 6, "centre"), *(column.head for column in made))
        return self._sheet(spec.name, f"{spec.name}汇总表", heads, 2)

    def _category(
        self, spec: CategorySpec, made: tuple[Column, ...], sheet: Sheet, problems: Sheet, changes: Sheet, step: Callable[[], None]
    ) -> None:
        number = 0
        units = sort_units(self._export.register, (one.reporting_unit for one in self._counts if one.category == spec.key))
        found = export_items(self._export.database, self._export.campaign.key, spec.key, units, self._export.batch)
        for chunk in _chunks(found):
            rows: list[tuple[ExportItem, Cells]] = []
            for one in chunk:
                number += 1
                values = [column.value(one) for column in made]
                sheet.row([number, *values], tones(one, made))
                texts = (as_text(value) for value in values)
                rows.append((one, {column.head.name: text for column, text in zip(made, texts, strict=True)}))
                self._problems(spec, one, problems)
                self._items += 1
                step()
            self._changes(spec, made, rows, changes)
        if not number:
            sheet.note("尚无报送件。")

    def _problems(self, spec: CategorySpec, one: ExportItem, sheet: Sheet) -> None:
        content = one.item.content
        if content.state == "complete" or one.item.staff_state == "rejected":
            return
        phones = [field for field in spec.form.fields if field.kind == "phone"]
        phone = phones[-1] if phones else None
        contact = content.fields.get(phone.after) if phone is not None and phone.after else None
        for row in one.findings:
            self._problem_rows += 1
            finding = row.finding
            sheet.row([
                self._problem_rows, content.reporting_unit or "待定", content.applicant_unit, spec.name, content.title,
                say(FINDINGS, finding.code), finding.text, say(SEVERITIES, finding.severity.value), _text(contact),
                _text(content.fields.get(phone.key)) if phone else "", content.receipt_number,
            ], _tone(7, finding.severity))

    def _loose(self, sheet: Sheet) -> None:
        """Problems of mails that brought no item."""
        for message, row in loose_findings(self._export.database, self._export.campaign.key, self._export.batch):
            self._problem_rows += 1
            finding = row.finding
            sheet.row([
                self._problem_rows, message.reporting_unit or "待定", "", "（来信）", f"{message.subject}（来信 m{message.id}）",
                say(FINDINGS, finding.code), finding.text, say(SEVERITIES, finding.severity.value), message.sender, "",
                message.receipt_number,
            ], _tone(7, finding.severity))

    # --- what changed ----------------------------------------------------------------------------------------------

    def _changes(
        self, spec: CategorySpec, made: tuple[Column, ...], rows: list[tuple[ExportItem, Cells]], sheet: Sheet
    ) -> None:
        watched = [column.head.name for column in made if column.watched]
        # The category goes into the memory too: a row that is gone can then still say what it was.
        before = self._marks.compare([(one.item.id, {**cells, "材料类别": spec.name}) for one, cells in rows])
        for one, cells in rows:
            known = before.get(one.item.id)
            if known is None:
                self._change(sheet, "新增", one, spec, "")
                continue
            said = differences(_by_name_now(known.cells), cells, watched)
            if known.cells.get("材料类别") not in (None, spec.name):
                said.insert(0, f"材料类别：{known.cells['材料类别']}→{spec.name}")
            if known.replaced:
                said.insert(0, "新版本替换旧版本")
            if said:
                self._change(sheet, "变更", one, spec, "；".join(said))

    def _change(self, sheet: Sheet, kind: str, one: ExportItem, spec: CategorySpec, text: str) -> None:
        self._change_rows += 1
        content = one.item.content
        sheet.row([
            self._change_rows, kind, content.reporting_unit or "待定", content.applicant_unit, spec.name, content.title, text,
            content.receipt_number,
        ], ["", "good" if kind == "新增" else "warn"])

    def _gone(self, sheet: Sheet) -> None:
        # Unit, reporting unit and title are the first three columns; their heads are the form's own words.
        heads = {
            spec.name: tuple(column.head.name for column in columns(self._export.campaign, spec)[:3])
            for spec in self._export.campaign.categories
        }
        for gone in self._marks.gone():
            self._change_rows += 1
            category = gone.cells.get("材料类别", "")
            unit, reporting, title = heads.get(category, ("", "", ""))
            if gone.state is None:
                why = "来信重新认定后，不再作为报送件"
            elif gone.state == "superseded":
                why = "已由其他报送件替换"
            else:
                why = f"已改入{self._batches.get(gone.batch or 0, '其他批次')}"
            sheet.row([
                self._change_rows, "撤出", gone.cells.get(reporting, ""), gone.cells.get(unit, ""), category,
                gone.cells.get(title, ""), why, _by_name_now(gone.cells).get("回执编号", ""),
            ], ["", "bad"])

    # --- the units -------------------------------------------------------------------------------------------------

    def _unit_heads(self) -> list[Head]:
        categories = [Head(spec.name, 14, "number") for spec in self._export.campaign.categories]
        states = [Head(say(STATES, state), 9, "number") for state in _STATES]
        return [Head("序号", 6, "centre"), Head("报送单位", 30), *categories, Head("合计", 9, "number"), *states, Head("报送情况", 18, "centre")]

    def _units(self, sheet: Sheet) -> None:
        """All units of the register, those that sent nothing too, then others, then the totals."""
        seen = units_seen(self._export.database, self._export.campaign.key, self._export.batch)
        table: dict[str | None, list[UnitCount]] = {name: [] for name in in_order(self._export.register)}
        for name in sorted(seen):
            table.setdefault(name, [])
        for count in self._counts:
            table.setdefault(count.reporting_unit, []).append(count)
        totals = self._figures(self._counts)
        for number, (unit, counts) in enumerate(table.items(), 1):
            said, tone = _standing(unit, counts, unit in seen)
            figures = self._figures(counts)
            sheet.row([number, unit or "待定单位", *(figure or None for figure in figures), said], [*[""] * (2 + len(figures)), tone])  # type: ignore[list-item]
        missing = sum(1 for unit, counts in table.items() if unit is not None and not counts and unit not in seen)
        sheet.row([None, "合计", *totals, f"未报送{missing}个单位"], bold=True)

    def _figures(self, counts: Sequence[UnitCount]) -> list[int]:
        by_category = [sum(one.count for one in counts if one.category == spec.key) for spec in self._export.campaign.categories]
        by_state = [sum(one.count for one in counts if one.state == state) for state in _STATES]
        return [*by_category, sum(one.count for one in counts), *by_state]


def _by_name_now(cells: Mapping[str, str]) -> dict[str, str]:
    """What an earlier export said, by the columns' names of today."""
    return {_FORMER.get(name, name): said for name, said in cells.items()}


def _standing(unit: str | None, counts: Sequence[UnitCount], seen: bool) -> tuple[str, Tone]:  # noqa: FBT001
    if unit is None:
        return "单位待核定", "warn"
    if not counts:
        return ("有来信，无报送件", "warn") if seen else ("未报送", "")
    return ("已报送，齐全", "good") if all(one.state == "complete" for one in counts) else ("已报送，尚待补正或核实", "")


def _tone(at: int, severity: Severity) -> list[Tone]:
    return [*[""] * at, "bad" if severity == Severity.ERROR else "warn"]  # type: ignore[list-item]


def _text(value: object) -> Value:
    return value if isinstance(value, str) else None


def _local(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"


def _chunks(found: Iterator[T]) -> Iterator[list[T]]:
    while chunk := list(islice(found, _CHUNK)):
        yield chunk
