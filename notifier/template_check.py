"""Tries the office's own templates on sample letters before they are used, and says in Chinese what is wrong.

A letter that leaves out a problem or the receipt number is as bad as a broken one, so the samples are laid out and
read back: everything that must stand in a letter is looked for.
"""

from __future__ import annotations

import html as html_module
import re
from collections.abc import Iterator
from pathlib import Path

from notifier.templating import TEMPLATE_NAMES, BadTemplate, render
from notifier.view import Block, LetterView, Point, Row, Section

_KINDS = ("receipt", "correction", "reminder", "link_dead", "free")
_OUTSIDE = re.compile(r"""(?:src|href|background)\s*=\s*["']?\s*(?:https?:)?//|url\(\s*["']?(?:https?:)?//""", re.IGNORECASE)
_ACTIVE = re.compile(r"<\s*(?:script|iframe|object|embed|form)\b", re.IGNORECASE)
_BYTES = 200_000


def check_templates(folder: Path) -> list[str]:
    """What is wrong with the templates in `folder`, one Chinese sentence each; empty if they may be used."""
    if not folder.is_dir():
        return [f"模板文件夹{folder}不存在。"]
    own = sorted(path for path in folder.iterdir() if path.name.endswith(".j2"))
    problems = [
        f"模板{path.name}的名称不在可替换之列，可用的有：{'、'.join(TEMPLATE_NAMES)}。"
        for path in own
        if path.name not in TEMPLATE_NAMES
    ]
    for path in own:
        try:
            if len(path.read_text(encoding="utf-8-sig")) > _BYTES:
                problems.append(f"模板{path.name}过大。")
        except UnicodeDecodeError:
            problems.append(f"模板{path.name}不是UTF-8编码，请以UTF-8重新保存。")
        except OSError as error:
            problems.append(f"模板{path.name}无法读取（{type(error).__name__}）。")
    if problems:
        return problems
    for kind in _KINDS:
        problems += _check_kind(kind, folder)
    return list(dict.fromkeys(problems))


def _check_kind(kind: str, folder: Path) -> Iterator[str]:
    for view in (_sample(kind), _bare(kind)):
        try:
            text, html = render(view, folder)
        except BadTemplate as error:
            yield f"{error}。"
            return
        except RecursionError:
            yield f"信函模板{kind}互相引用，无法排版。"
            return
        shown = html_module.unescape(html)
        for name, body in ((f"{kind}.txt.j2", text), (f"{kind}.html.j2", shown)):
            missing = [what for what, words in _must_stand(view) if words not in body]
            if missing:
                yield f"按模板{name}排出的信函缺少：{'、'.join(dict.fromkeys(missing))}。"
        if "<b>&</b>" in html:
            yield f"模板{kind}.html.j2关闭了转义（|safe），来信中的文字可能破坏版面，请去掉。"
        if _OUTSIDE.search(html) or _ACTIVE.search(html):
            yield f"模板{kind}.html.j2引用了外部资源或含有脚本、表单，收信方会拦截，请去掉。"


def _must_stand(view: LetterView) -> Iterator[tuple[str, str]]:
    yield "称谓", view.salutation
    yield from (("开头", paragraph) for paragraph in (*view.opening, *view.words))
    yield from ((f"“{row.label}”", row.value) for row in view.facts)
    for section in view.sections:
        for block in section.blocks:
            yield from (("报送件名称", block.title) for _ in (1,) if block.title)
            yield from ((f"“{row.label}”", row.value) for row in block.rows)
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
