"""The tables of the 汇总表: which columns each category has and what stands in them. Pure; knows no workbook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.campaign import Campaign, CategorySpec, FieldSpec
from core.facts import FieldValue
from core.findings import Severity
from staff.words import FINDINGS, SEALS, STATES, say
from staff.xlsx import Head, Kind, Tone, Value
from storage.export_items import ExportItem
from storage.exports import local_time

COMPLETE = "材料是否齐全"
_LONGEST_NUMBER = 9  # digits; more are an account or a telephone number
_SHORT_HEAD = 10
_PERSON = 3  # characters of a head over names of persons: 负责人, 授课人
TONES: Mapping[str, Tone] = {"complete": "good", "incomplete": "bad", "review": "warn", "pending": "idle"}


@dataclass(frozen=True)
class Column:
    """A column and how an item fills it."""

    head: Head
    value: Callable[[ExportItem], Value]
    watched: bool = True
    """Whether another value is a change worth telling of."""


def columns(campaign: Campaign, spec: CategorySpec) -> tuple[Column, ...]:
    """The columns of a category's table, without the running number: who, what, the form's fields in its order, the
    resource, the state, the remarks."""
    form = spec.form

    def column(name: str, width: float, value: Callable[[ExportItem], Value], kind: Kind = "text", *, watched: bool = True) -> Column:
        return Column(Head(name, width, kind), value, watched)

    made = [
        column(_label(form.field(form.unit_field)), 20, lambda one: one.item.content.applicant_unit),
        column("报送单位", 15, lambda one: one.item.content.reporting_unit or "待定"),
        column(_label(form.field(form.title_field)), 24, lambda one: one.item.content.title),
        *_field_columns(form.fields, (form.title_field, form.unit_field)),
    ]
    if spec.resource is not None:
        made += [
            column("网盘链接", 22, lambda one: _each(link.link.url for link in one.links)),
            column("提取码", 8, lambda one: _each(link.link.code or "无" for link in one.links), "centre"),
            column("链接状态", 9, lambda one: _each(say(STATES, link.link.state.value) for link in one.links), "centre"),
        ]
    batches = {batch.number: batch.name for batch in campaign.batches}
    made += [
        column(COMPLETE, 15, completeness),
        column("公章", 7, lambda one: SEALS.get(one.item.content.seal, "") if one.item.content.scans else "", "centre"),
        column("批次", 8, lambda one: batches.get(one.item.content.batch or 0, "未定"), "centre"),
        column("收到时间", 17, lambda one: one.received_at, "date", watched=False),
        column("回执编号", 14, lambda one: one.item.content.receipt_number, "centre"),
        column("备注", 16, remarks),
    ]
    return tuple(made)


def _field_columns(fields: Sequence[FieldSpec], left_out: Sequence[str]) -> list[Column]:
    """The form's own fields but title, unit and long texts."""
    made: list[Column] = []
    labels = {spec.key: _label(spec) for spec in fields}
    seen: set[str] = set()
    for spec in fields:
        if spec.key in left_out or spec.kind == "long":
            continue
        label = labels[spec.key]
        if label in seen and spec.after in labels:
            label = f"{labels[spec.after]}电话"  # two cells are labelled 联系电话
        seen.add(label)
        head = Head(label, *_LOOKS[spec.kind] if spec.kind in _LOOKS else (14.0, "text") if len(label) > _PERSON else (9.0, "centre"))
        made.append(Column(head, lambda one, spec=spec: field_text(spec, one.item.content.fields.get(spec.key))))  # type: ignore[misc]
        for option, key in spec.number_of.items():
            words = min(spec.options.get(option, (option,)), key=len)
            head = Head(f"{words}时长（分钟）" if key.endswith("minutes") else f"{words}数量", 8, "number")
            made.append(Column(head, lambda one, key=key: number(one.item.content.fields.get(key))))  # type: ignore[misc]
    return made


_LOOKS: Mapping[str, tuple[float, Kind]] = {
    "phone": (14, "centre"), "number": (8, "number"), "yes_no": (8, "centre"), "choice": (10, "centre"),
}


def _label(spec: FieldSpec) -> str:
    """The field's name on the form; of a long question its shorter wording with the same end (…是否同意共享)."""
    first = spec.labels[0]
    if len(first) <= _SHORT_HEAD:
        return first
    same = [label for label in spec.labels if label.endswith(first[-2:])]
    return min(same, key=len)


def field_text(spec: FieldSpec, value: FieldValue) -> Value:
    """A field as staff read it."""
    if isinstance(value, bool):
        return spec.yes[0] if value else spec.no[0]
    if value is None:
        return "未标明" if spec.kind == "yes_no" else None
    if spec.kind == "choice":
        return "、".join(spec.options[one][0] if one in spec.options else one for one in value.split(","))
    return number(value) if spec.kind == "number" else value


def number(value: FieldValue) -> Value:
    """A number where the text is one, else the text (约200人次)."""
    text = value if isinstance(value, str) else ""
    plain = text.strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= _LONGEST_NUMBER else text or None


def completeness(one: ExportItem) -> str:
    """Whether the material is complete, and what is not."""
    item = one.item
    if item.staff_state == "rejected":
        return "不采纳"
    state = item.content.state
    if state == "complete":
        return "齐全" + ("（人工认定）" if item.staff_state == "accepted" else "")
    wanted = Severity.ERROR if state == "incomplete" else Severity.REVIEW
    problems = dict.fromkeys(say(FINDINGS, row.finding.code) for row in one.findings if row.finding.severity == wanted)
    word = {"incomplete": "不齐全", "review": "待核", "pending": "核验中"}.get(state, say(STATES, state))
    return f"{word}（{'、'.join(problems)}）" if problems else word


def remarks(one: ExportItem) -> str:
    """What staff noted, and what they recorded by hand."""
    said = list(one.notes)
    if one.item.paper_arrived_at is not None:
        said.append(f"纸质材料已收到（{(local_time(one.item.paper_arrived_at) or '')[:10]}）")
    if one.item.staff_why and one.item.staff_state is not None:
        said.append(f"{'采纳' if one.item.staff_state == 'accepted' else '不采纳'}：{one.item.staff_why}")
    if one.item.content.version > 1:
        said.append(f"第{one.item.content.version}版")
    return "；".join(said)


def tones(one: ExportItem, made: Sequence[Column]) -> list[Tone]:
    """The colour of each cell of the item's row, the running number's first."""
    state = "incomplete" if one.item.staff_state == "rejected" else one.item.content.state
    return ["", *(TONES.get(state, "") if column.head.name == COMPLETE else "" for column in made)]


def as_text(value: Value) -> str:
    """A cell as the memory of exports keeps it."""
    if isinstance(value, datetime):
        return (local_time(value) or "")[:16].replace("T", " ")
    return "" if value is None else str(value)


def differences(before: Mapping[str, str], after: Mapping[str, str], watched: Sequence[str]) -> list[str]:
    """What changed, one sentence for each cell: 材料是否齐全：不齐全→齐全."""
    found = []
    for name in watched:
        old, new = before.get(name), after.get(name)
        if name in before and name in after and old != new:
            found.append(f"{name}：{_short(old) or '（空）'}→{_short(new) or '（空）'}")
    return found


def _short(text: str | None) -> str:
    line = " ".join((text or "").split())
    return line if len(line) <= 60 else line[:60] + "…"


def _each(values: Iterable[str]) -> str:
    return "\n".join(values)
