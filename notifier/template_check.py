"""Tries a template of the office's own on sample letters before it is used, and says in Chinese what is wrong, and where.

A letter that leaves out a problem or the receipt number is as bad as a broken one, so the samples are laid out and read
back: everything that must stand in a letter is looked for. The samples are letters of every kind as the campaign writes
them, one with as much as there can be, and one with as little.
"""

from __future__ import annotations

import html as html_module
import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.campaign import Campaign
from notifier.arrange import arrange
from notifier.sample_letters import SAMPLE_NOW, sample_letters
from notifier.templating import TEMPLATE_NAMES, BadTemplate, OwnWords, render
from notifier.view import Block, LetterView, Point, Row, Section

ORDER = {name: place for place, name in enumerate(sorted(TEMPLATE_NAMES, key=lambda n: (n[:5] not in ("macro", "base."), n)))}
"""Macros and frames before the letters that may use them."""
KINDS = ("receipt", "correction", "reminder", "link_dead", "free", "staff")
_OUTSIDE = re.compile(r"""(?:src|href|background|action)\s*=\s*["']?\s*(?:[a-z]+:)?//|url\(|@import""", re.IGNORECASE)
_ACTIVE = re.compile(r"<\s*(?:script|iframe|object|embed|form|link|meta\s+http-equiv|base|svg|video|audio)\b|\son\w+\s*=|javascript:", re.IGNORECASE)
_FAULTS = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file of the office's own. `line`: counted from 1, None where no line can be named."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.file}{f'第{self.line}行' if self.line else ''}：{self.text}"


def check_template(name: str, own: OwnWords, campaign: Campaign) -> list[Fault]:
    """What is wrong with the template `name`, one of `own`; at most a few faults, none if it may be used."""
    stem, _, kind = name.removesuffix(".j2").rpartition(".")
    faults: list[Fault] = []
    for view in _views(stem, own, campaign):
        try:
            bodies = dict(zip(("txt", "html"), render(view, own), strict=True))
        except BadTemplate as error:
            return [Fault(error.file or name, error.line, f"{error.what}。")]
        faults += [Fault(name, None, text) for text in _faults_in(view, bodies[kind], kind)]
        if len(faults) >= _FAULTS:
            break
    return list(dict.fromkeys(faults))[:_FAULTS]


def _views(stem: str, own: OwnWords, campaign: Campaign) -> Iterator[LetterView]:
    for kind in KINDS if stem in ("base", "macros") else (stem,):
        yield from (_sample(kind), _bare(kind))
        for plan, thread in sample_letters(own.applied_to(campaign)):
            if plan.kind == kind:
                yield arrange(plan, thread, own.applied_to(campaign), SAMPLE_NOW, dict.fromkeys(plan.blank_forms, "空白表.docx"))


def _faults_in(view: LetterView, body: str, kind: str) -> Iterator[str]:
    shown = body
    if kind == "html":
        if "<b>&</b>" in body:
            yield "关闭了转义（|safe），来信中的文字可能破坏版面，请去掉。"
        if _OUTSIDE.search(body):
            yield "引用了外部资源，收信方会拦截，请去掉。"
        if _ACTIVE.search(body):
            yield "含有脚本、表单或嵌入内容，收信方会拦截，请去掉。"
        shown = html_module.unescape(re.sub(r"<(?!b>&|/b>)[^>]*>", "", body))
    flat = "".join(shown.split())
    missing = [what for what, words in _must_stand(view) if "".join(words.split()) not in flat]
    if missing:
        yield f"排出的信函缺少：{'、'.join(dict.fromkeys(missing))}。"


def _must_stand(view: LetterView) -> Iterator[tuple[str, str]]:
    yield "称谓", view.salutation
    yield from (("开头", paragraph) for paragraph in view.opening)
    yield from (("工作人员补充的话", paragraph) for paragraph in view.words)
    yield from ((f"“{row.label}”", row.value) for row in view.facts)
    for section in view.sections:
        for block in section.blocks:
            yield from (("报送件名称", block.title) for _ in (1,) if block.title)
            yield from ((f"“{row.label or section.heading}”", row.value) for row in block.rows)
            yield from ((f"“{section.heading}”中的内容", point.text) for point in block.points)
    yield from (("结尾", paragraph) for paragraph in view.closing)
    yield "落款", view.signature
    yield "日期", view.date


def _sample(kind: str) -> LetterView:
    problems = (Point("示例事项甲<b>&</b>，请补正。", 1), Point("示例事项乙，请补正。", 2))
    sections = (
        Section("problems", "一", "需要补正的事项", "引言", (Block("（一）示例材料", (Row("示例标签", "示例内容"),), problems),), "attention"),
        Section("format", "二", "规范名称", "引言", (Block(rows=(Row("邮件主题", "示例单位+示例主题", copy=True),)),)),
        Section("notes", "三", "提示", "引言", (Block(points=(Point("示例提示。"),)),)),
    )  # fmt: skip
    return LetterView(
        kind, "示例标题", "示例标记", "attention", "示例单位：", ("示例开头。",), ("示例补充。",),
        (Row("回执编号", "示例编号", copy=True),), sections, ("示例结尾。",), "示例落款", "2021年11月8日",
    )  # fmt: skip


def _bare(kind: str) -> LetterView:
    """A letter with as little as there can be: templates must not rely on what may be absent."""
    return LetterView(kind, "示例标题", "", "plain", "尊敬的老师：", ("示例开头。",), (), (), (), ("示例结尾。",), "示例落款", "2021年11月8日")
