"""Rules about the Word form (notice, forms 附件2 to 附件4)."""

from __future__ import annotations

from collections.abc import Iterable

from core.campaign import FieldSpec
from core.findings import Finding, finding
from core.phone import is_phone
from core.roles import WORD_TYPES
from core.rules.common import (
    attachment_of,
    called,
    current_items,
    form_of_other_kind,
    right_name,
    spec_of,
    suspects,
    unopened_elsewhere,
    unread_forms,
)
from core.submission import Item, Submission


def form_present(s: Submission) -> Iterable[Finding]:
    """`form.missing`: there is a scan (or a form printed to PDF), but no Word form."""
    for index, item in current_items(s):
        if item.word is not None or not (item.scans or item.exported_pdf) or suspects(s, item, word=True):
            continue
        spec = spec_of(s, item)
        doubtful = unread_forms(s, item)
        if doubtful:
            text = f"附件“{s.facts.parts[doubtful[0]].name}”可能是{called(s, item)}的Word版申报表，但未能识别，请人工查看。"
            old = not s.facts.parts[doubtful[0]].media_type.endswith("wordprocessingml.document")
            yield finding("form.unreadable" if old else "submission.unclear", text, item=index, attachment=doubtful[0])
            continue
        if item.doubt is not None:
            yield finding("submission.unclear", f"{called(s, item)}未见Word版申报表；{item.doubt}，请人工核对。", item=index)
            continue
        elsewhere = unopened_elsewhere(s, word=True)
        if elsewhere:
            text = f"{called(s, item)}未见Word版申报表；同一发件人另一封来信的附件“{elsewhere}”未能打开，申报表可能在其中，请人工查看。"
            yield finding("submission.unclear", text, item=index)
            continue
        text = f"{called(s, item)}未见Word版申报表。烦请补报{spec.form_name}的Word版，文件名为“{right_name(s, item, '.docx')}”。"
        yield finding("form.missing", text, item=index)
    loose = [i for i, role in enumerate(s.roles) if role.role == "scan"]
    if not loose or s.items or s.unclear or any(part.problem is not None and not part.inline for part in s.facts.parts):
        return  # what could not be opened may be the form, and is told by itself
    unread = [i for i, part in enumerate(s.facts.parts) if part.media_type in WORD_TYPES]
    elsewhere = unopened_elsewhere(s, word=True)
    if unread:
        text = f"附件“{s.facts.parts[unread[0]].name}”中未认出申报表，请人工查看。"
        yield finding("submission.unclear", text, attachment=unread[0])
    elif elsewhere:
        text = f"收到扫描件或图片，未见Word版申报表；同一发件人另一封来信的附件“{elsewhere}”未能打开，申报表可能在其中，请人工查看。"
        yield finding("submission.unclear", text, attachment=loose[0])
    else:
        text = "收到扫描件或图片，但未见Word版申报表。烦请补报相应申报表的Word版。"
        yield finding("form.missing", text, attachment=loose[0])


def form_filled(s: Submission) -> Iterable[Finding]:
    """`form.blank`: the empty template was sent."""
    for index, item in current_items(s):
        if item.blank:
            text = f"收到的{spec_of(s, item).form_name}是空白表格，尚未填写。烦请填写完整后重新发送。"
            yield finding("form.blank", text, item=index, attachment=attachment_of(s, item.word))


def form_fields(s: Submission) -> Iterable[Finding]:
    """`form.field_missing`: one finding for each required field that stands empty in a form that was read.

    A label that was not found at all is no proof that the applicant left it out: that is for a person.
    """
    for index, item in current_items(s):
        if item.word is None or item.form is None or item.blank or item.word_unread or form_of_other_kind(item):
            continue
        for spec in spec_of(s, item).form.fields:
            if spec.required and spec.kind != "yes_no":
                yield from _field(s, index, item, spec)


def _field(s: Submission, index: int, item: Item, spec: FieldSpec) -> Iterable[Finding]:
    value = item.fields.get(spec.key)
    if isinstance(value, str) and value.strip():
        return
    label, at = spec.labels[0], attachment_of(s, item.word)
    if spec.key not in item.fields:
        text = f"{called(s, item)}的申报表中未找到“{label}”一栏，请人工查看。"
        yield finding("submission.unclear", text, item=index, attachment=at, field=spec.key)
    elif item.fields.get(f"{spec.key}_text"):
        text = f"{called(s, item)}的“{label}”一栏（{item.fields[f'{spec.key}_text']}）含义不明，请人工判断。"
        yield finding("submission.unclear", text, item=index, attachment=at, field=spec.key)
    elif spec.kind == "choice" and (item.links or item.videos):
        text = f"{called(s, item)}的“{label}”未见勾选，但已附资源，请人工查看。"
        yield finding("submission.unclear", text, item=index, attachment=at, field=spec.key)
    else:
        verb = "勾选" if spec.kind == "choice" else "填写"
        text = f"{called(s, item)}的申报表中“{_label(s, item, spec)}”一栏未{verb}。烦请补充{verb}后重新发送Word版及盖章扫描件。"
        yield finding("form.field_missing", text, item=index, attachment=at, field=spec.key)


def _label(s: Submission, item: Item, spec: FieldSpec) -> str:
    """A label as a clerk can find it: two cells are called 联系电话."""
    if spec.after is None:
        return spec.labels[0]
    before = spec_of(s, item).form.field(spec.after).labels[0]
    return f"{before}{spec.labels[0]}"


def form_length(s: Submission) -> Iterable[Finding]:
    """`form.too_long`: a section over its limit (原则上): a friendly line, no fault."""
    for index, item in current_items(s):
        if item.word is None:
            continue
        form = spec_of(s, item).form
        parts = [(section.key, section.headings[0], section.limit) for section in form.sections]
        if form.content_limit is not None:
            parts.append(("content", "正文", form.content_limit))
        over = [(key, name, limit) for key, name, limit in parts if limit and item.lengths.get(key, 0) > limit]
        if any(key != "content" for key, _, _ in over):
            over = [entry for entry in over if entry[0] != "content"]
        for key, name, limit in over:
            actual = item.lengths[key]
            text = f"{called(s, item)}的“{name}”部分约{actual}字，原则上不超过{limit}字，供参考。"
            at = attachment_of(s, item.word)
            yield finding("form.too_long", text, item=index, attachment=at, field=key, limit=limit, actual=actual)


def form_phones(s: Submission) -> Iterable[Finding]:
    """`form.phone_invalid`: a number nobody could call."""
    for index, item in current_items(s):
        if item.word is None:
            continue
        for spec in spec_of(s, item).form.fields:
            value = item.fields.get(spec.key)
            if spec.kind == "phone" and isinstance(value, str) and value.strip() and not is_phone(value):
                text = f"{called(s, item)}的{_label(s, item, spec)}“{value.strip()}”似有笔误，便于联系，烦请核对。"
                at = attachment_of(s, item.word)
                yield finding("form.phone_invalid", text, item=index, attachment=at, field=spec.key)


def form_readable(s: Submission) -> Iterable[Finding]:
    """`form.unreadable`: a legacy format that no converter on this machine could open."""
    for index, item in current_items(s):
        if item.word_unread and item.word is not None:
            text = f"申报表“{item.word.name}”的格式本机无法读取（{item.word_unread}），请人工打开查看。"
            yield finding("form.unreadable", text, item=index, attachment=attachment_of(s, item.word))
    for index, (part, role) in enumerate(zip(s.facts.parts, s.roles, strict=True)):
        known = any(attachment_of(s, item.word) == index for item in s.items)
        if role.role == "word_form" and part.problem is not None and not known:
            yield finding("form.unreadable", f"文档“{part.name}”本机无法读取，请人工打开查看。", attachment=index)
