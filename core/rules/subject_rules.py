"""Rules about the subject and the unit it names (notice, section five: 邮件名称命名为“单位名称+智慧助老”)."""

from __future__ import annotations

from collections.abc import Iterable

from core.findings import Finding, finding
from core.rules.common import unit_for_letters
from core.submission import Submission

REASONS = {
    "separator": "分隔符与通知要求不同",
    "no_separator": "单位名称与主题词之间缺少“+”",
    "reversed": "单位名称与主题词的顺序颠倒",
    "extra_words": "含有其他文字",
    "topic_wording": "主题词写法与通知不同",
}


def subject_topic(s: Submission) -> Iterable[Finding]:
    """`subject.no_topic`: it looks like a submission, but the subject lacks the topic."""
    if s.subject.topic or s.reply_to_us:
        return
    shown = s.facts.envelope.subject.strip()
    found = f"邮件主题为“{shown}”，其中未见“{s.campaign.topic}”字样" if shown else "邮件没有主题"
    yield finding("subject.no_topic", f"{found}。烦请将邮件主题改为“{s.campaign.right_subject(unit_for_letters(s))}”。")


def subject_unit(s: Submission) -> Iterable[Finding]:
    """`subject.no_unit`: the topic is there, but no unit's name."""
    if not s.subject.topic or s.reply_to_us or s.subject.match is not None or s.subject.unit_text:
        return
    shown = s.facts.envelope.subject.strip()
    yield finding(
        "subject.no_unit", f"邮件主题为“{shown}”，其中未见报送单位名称。烦请将邮件主题改为“{s.campaign.right_subject(unit_for_letters(s))}”。"
    )


def subject_form(s: Submission) -> Iterable[Finding]:
    """`subject.irregular`: unit and topic both clear, but not written as the notice asks."""
    known = s.subject.topic and (s.subject.match is not None or s.subject.unit_text)
    if not known or s.subject.regular or s.reply_to_us:
        return
    why = "、".join(REASONS[word] for word in s.subject.irregularities if word in REASONS)
    text = f"邮件主题{f'{why}，' if why else ''}规范写法为“{s.campaign.right_subject(unit_for_letters(s))}”，今后报送时请参照。"
    yield finding("subject.irregular", text, strict=s.campaign.subject.strict)


def unit_known(s: Submission) -> Iterable[Finding]:
    """`unit.unknown`: a unit is named but cannot be placed, or its place is only a guess."""
    if s.unit is not None and (s.unit.sure or s.reply_to_us):
        return
    if s.unit is None and not (s.subject.unit_text or s.subject.topic or s.items):
        return
    if s.unit is None and s.subject.topic and not s.subject.unit_text and not s.items:
        return  # subject_unit has said it
    named = s.subject.unit_text or (s.unit.name if s.unit else "")
    guess = f"，推测为“{s.unit.name}”（依据：{s.unit.evidence}）" if s.unit else ""
    yield finding("unit.unknown", f"报送单位“{named or '未写明'}”无法在单位名册中确认{guess}，请人工核定。", evidence=named)
