"""A campaign as a value: topic, subject rule, categories with their forms, batches, units, wording.

The built-in campaign and any other are TOML files (`core/data/campaigns/*.toml`); reading the file is the caller's
affair (`baosong.config`), this module only says what it must contain and answers questions about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
FieldKind = Literal["text", "long", "phone", "choice", "yes_no", "number"]

UNIT_PLACEHOLDER = "单位名称"
"""Stands for the unit in right subjects and names while nobody knows it (the notice's own word). Letters explain it."""


class Strict:
    """Makes the configuration reader refuse unknown keys (pydantic reads this attribute)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True)
class FieldSpec(Strict):
    """One field of a form.

    `key`: stable name in records. `labels`: how the cell beside it may be labelled, first the template's own.
    `after`: key of the field whose cell must come right before this label (two cells are labelled 联系电话: one
    follows 负责人, one 联系人). `options`: for a choice, option key -> words beside the box. `number_of`: option key
    -> field key of a number that stands inside that option (视频时长__分钟).
    """

    key: str
    labels: tuple[str, ...]
    kind: FieldKind = "text"
    required: bool = True
    after: str | None = None
    limit: int | None = None
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    number_of: Mapping[str, str] = field(default_factory=dict)
    yes: tuple[str, ...] = ("同意", "是", "愿意")
    no: tuple[str, ...] = ("不同意", "否", "不愿意")


@dataclass(frozen=True)
class SectionSpec(Strict):
    """A headed section inside a long field (一、基本情况); `limit` in characters without blanks."""

    key: str
    headings: tuple[str, ...]
    limit: int | None = None


@dataclass(frozen=True)
class ResourceRule(Strict):
    """What else an item of this category needs besides form and scan (notice, section five; annex 1, part three).

    `type_field`: the choice field that tells the kind of resource; `consent_field`: the yes/no field on sharing.
    `video_types`: options that need a video (file or link) when sharing is agreed; when it is not, an address.
    `paper_types`: options that arrive by post.
    """

    type_field: str
    consent_field: str
    video_types: tuple[str, ...] = ("video",)
    paper_types: tuple[str, ...] = ("textbook",)

    def ticked(self, fields: Mapping[str, object]) -> set[str]:
        """Keys of the kinds of resource that a form's fields tick."""
        chosen = fields.get(f"{self.type_field}s") or fields.get(self.type_field)
        return set(chosen.split(",")) if isinstance(chosen, str) and chosen else set()

    def by_post(self, fields: Mapping[str, object]) -> bool:
        """Whether something ticked arrives by post."""
        return bool(self.ticked(fields) & set(self.paper_types))


@dataclass(frozen=True)
class FormSpec(Strict):
    """A form: how it is recognised (`headings`: words of its title) and its fields. `title_field`, `unit_field`: keys
    of the fields that hold the item's title and the applicant unit. `sections` lie inside `content_field`.
    `guidance`: sentences printed in the template that are not the applicant's text. `opinion_labels`: cells for
    official opinions, ignored when fields are read. `blank_file`: the empty form, attached when one is missing."""

    headings: tuple[str, ...]
    title_field: str
    unit_field: str
    fields: tuple[FieldSpec, ...]
    content_field: str | None = None
    sections: tuple[SectionSpec, ...] = ()
    content_limit: int | None = None
    content_fields: tuple[str, ...] = ()
    guidance: tuple[str, ...] = ()
    opinion_labels: tuple[str, ...] = ()
    blank_file: str | None = None

    def field(self, key: str) -> FieldSpec:
        """The field with this key. Raises KeyError."""
        for spec in self.fields:
            if spec.key == key:
                return spec
        raise KeyError(key)


@dataclass(frozen=True)
class CategorySpec(Strict):
    """`name` is the word in file names (典型案例); `also` other words that mean it (工作案例); `form_name` the
    form's official name for letters (附件2 “智慧助老”专题典型案例申报表)."""

    key: str
    name: str
    form_name: str
    form: FormSpec
    also: tuple[str, ...] = ()
    resource: ResourceRule | None = None
    scan_required: bool = True


@dataclass(frozen=True)
class BatchSpec(Strict):
    """A period that ends with `deadline`, inclusive to the end of that day in Asia/Shanghai."""

    number: int
    name: str
    deadline: date

    def covers(self, moment: datetime) -> bool:
        """Whether something that arrived at `moment` (aware) is in time for this batch."""
        return moment.astimezone(SHANGHAI).date() <= self.deadline


@dataclass(frozen=True)
class SubjectRule(Strict):
    """`parts`: what a subject must hold, in order; `separator` between them; `example` for letters."""

    parts: tuple[Literal["unit", "topic"], ...] = ("unit", "topic")
    separator: str = "+"
    strict: bool = False


@dataclass(frozen=True)
class Office(Strict):
    """Who signs the letters and where a clerk can ask (notice, section five)."""

    name: str
    signature: str
    phone: str = ""
    contact: str = ""
    address: str = ""
    mailbox: str = ""


@dataclass(frozen=True)
class Campaign(Strict):
    """One call for submissions. `topic_words`: other spellings of the topic accepted when looking for it.
    `unit_register`: CSV file with the units that may report. `category_word`: what the notice calls the second half of
    a file name."""

    key: str
    name: str
    topic: str
    categories: tuple[CategorySpec, ...]
    batches: tuple[BatchSpec, ...]
    office: Office
    subject: SubjectRule = field(default_factory=SubjectRule)
    topic_words: tuple[str, ...] = ()
    material_words: tuple[str, ...] = ()
    unit_register: str = "units-shandong.csv"
    name_separator: str = "+"
    strict_names: bool = False
    receipt_prefix: str = ""  # two or three letters of receipt numbers; made from the key if empty
    share_provider: str = "baidu"
    share_name: str = "百度网盘"
    wording: Mapping[str, str] = field(default_factory=dict)

    def category(self, key: str) -> CategorySpec:
        """The category with this key. Raises KeyError."""
        for spec in self.categories:
            if spec.key == key:
                return spec
        raise KeyError(key)

    def batch(self, number: int) -> BatchSpec:
        """The batch with this number. Raises KeyError."""
        for spec in self.batches:
            if spec.number == number:
                return spec
        raise KeyError(number)

    def batch_at(self, moment: datetime) -> BatchSpec | None:
        """The first batch that something arriving at `moment` is in time for; None after the last deadline."""
        return next((b for b in sorted(self.batches, key=lambda b: b.deadline) if b.covers(moment)), None)

    def right_subject(self, unit: str | None) -> str:
        """The subject the notice asks of this unit, e.g. 济南市教育局+智慧助老; with the placeholder while nobody knows the unit."""
        words = {"unit": unit or UNIT_PLACEHOLDER, "topic": self.topic}
        return self.subject.separator.join(words[part] for part in self.subject.parts)

    def called(self, category: str, title: str | None, applicant_unit: str | None) -> str:
        """How a letter names an item: 典型案例《…》."""
        name = self.category(category).name
        return f"{name}《{title.strip('《》')}》" if title else f"{name}（{applicant_unit or '名称未填'}）"

    def right_name(self, unit: str, category: str, extension: str = "") -> str:
        """The file name the notice asks for, e.g. 社区教育指导服务中心+典型案例.docx."""
        return f"{unit}{self.name_separator}{self.category(category).name}{extension}"
