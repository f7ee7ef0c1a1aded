"""Letters over plans nobody thought of: never an exception, both bodies, every problem once."""

from __future__ import annotations

import email
import email.policy
import html
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.facts import Link, LinkState
from core.findings import SEVERITY, Finding, Severity
from core.letter import LetterItem, LetterPlan, Thread
from notifier.plain import one_line, paragraphs, sentence
from tests.notifier.letter_samples import campaign, write

WORDS = st.text(max_size=40) | st.sampled_from(["济南市教育局", "镕𠮷", "a\r\nb", "<b>&", "“”《》", "👨‍👩‍👧", "+", "{unit}"])
MAYBE = st.none() | WORDS
ERRORS = [code for code, severity in SEVERITY.items() if severity is Severity.ERROR]
NOTES = [code for code, severity in SEVERITY.items() if severity is Severity.NOTE]
LINKS = st.builds(Link, st.sampled_from(["baidu", "web", "mail_large_file", "quark"]), WORDS, MAYBE, quoted=st.booleans(),
                  state=st.sampled_from(LinkState))  # fmt: skip


@st.composite
def plans(draw: st.DrawFn) -> LetterPlan:
    count = iter(range(10_000))

    def findings(codes: list[str], severity: Severity) -> tuple[Finding, ...]:
        chosen = draw(st.lists(st.tuples(st.sampled_from(codes), WORDS), max_size=3))
        return tuple(Finding(code, severity, f"第{next(count)}号事项<甲>{text}。") for code, text in chosen)

    def an_item() -> LetterItem:
        return LetterItem(
            draw(st.sampled_from(["case", "training", "course", "other"])), draw(WORDS), draw(MAYBE), draw(MAYBE),
            draw(MAYBE), tuple(draw(st.lists(WORDS, max_size=9))), draw(st.sampled_from(["present", "absent", "uncertain", None])),
            tuple(draw(st.lists(LINKS, max_size=3))), draw(st.booleans()), findings(ERRORS, Severity.ERROR),
            findings(NOTES, Severity.NOTE), draw(WORDS), draw(WORDS), draw(st.booleans()),
        )  # fmt: skip

    return LetterPlan(
        draw(st.sampled_from(["receipt", "correction", "reminder", "link_dead", "free"])), draw(MAYBE), draw(MAYBE),
        draw(st.datetimes(timezones=st.just(UTC), min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1))), draw(WORDS),
        draw(MAYBE), draw(st.none() | st.dates(date(2000, 1, 1))), tuple(an_item() for _ in range(draw(st.integers(0, 3)))),
        findings(ERRORS, Severity.ERROR), findings(NOTES, Severity.NOTE), draw(WORDS),
        tuple(draw(st.lists(WORDS, max_size=3))), tuple(draw(st.lists(st.sampled_from(["case", "course", "x"]), max_size=3))),
        draw(st.booleans()), draw(st.booleans()), draw(WORDS), tuple(draw(st.lists(WORDS, max_size=3))),
    )  # fmt: skip


THREADS: st.SearchStrategy[Thread] = st.builds(
    Thread, st.just("a@b.cn") | WORDS, WORDS, WORDS, st.none() | st.just("<x@y.cn>") | WORDS,
    st.lists(WORDS, max_size=3).map(tuple),
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), THREADS, WORDS)
def test_every_plan_becomes_a_letter(plan: LetterPlan, thread: Thread, name: str) -> None:
    letter = write(plan, thread, from_name=name)
    raw = letter.raw
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(raw, policy=email.policy.default)
    parts: dict[str, Any] = {
        p.get_content_type(): p.get_content() for p in message.walk() if p.get_content_maintype() == "text"
    }
    text, page = parts["text/plain"].replace("\r\n", "\n"), parts["text/html"].replace("\r\n", "\n")
    assert text == letter.text
    assert page == letter.html
    shown = html.unescape(page)
    for finding in (*plan.problems, *(f for item in plan.items for f in item.problems)):
        assert text.count(sentence(finding.text)) == 1
        assert shown.count(html.unescape(html.escape(sentence(finding.text)))) == 1
    for finding in (*plan.notes, *(f for item in plan.items for f in item.notes)):
        assert text.count(sentence(finding.text)) == 1
        assert shown.count(sentence(finding.text)) == 1
    if subject := one_line(plan.right_subject, 300):
        assert subject in text
        assert subject in shown
    for words in paragraphs(plan.words):
        assert words in text
        assert words in shown
    assert campaign().office.signature in text
    assert sorted(set(message.keys())) == sorted(message.keys())


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=3000), st.integers(1, 300))
def test_one_line_is_one_bounded_line(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line.splitlines() in ([], [line])
    assert line == line.strip()
    assert one_line(line, limit) == line
    line.encode("utf-8")


@settings(max_examples=100, deadline=None)
@given(plans())
def test_same_plan_same_bytes(plan: LetterPlan) -> None:
    thread = Thread("a@b.cn", "", "s", None)
    assert write(plan, thread).raw == write(replace(plan), thread).raw
