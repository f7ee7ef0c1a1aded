"""Divides a body into what its sender wrote now and the mail below it, and tells a forward from an answer.

Below an answer lies history: its links and files were received before. Below a forward lies the material itself. A
subject's prefix alone decides nothing, because people write 转发 over new mails and take the prefix away from forwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers.html_text import HtmlLine, read_lines, tidy
from parsers.quote_marks import Mark, find_mark

_PREFIX = re.compile(
    r"^\s*(?:[\[【(（][^\]】)）]{0,20}[\]】)）]\s*)?"
    r"(?:(?P<answer>re|aw|sv|回复|回覆|答复|答覆|回信)|(?P<forward>fwd?|转发|轉發|轉寄|转寄))\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]",
    re.IGNORECASE,
)
_QUOTE_LINE = re.compile(r"^[ \t]{0,4}[>＞]")
_NOISE = re.compile(r"[\s\u00a0\u200b-\u200f\ufeff|*_>＞\[\]<>]+")
_MOST_LINES = 3000
_MOST_COMPARED = 200_000  # characters; longer bodies are not compared line by line


@dataclass(frozen=True, slots=True)
class Context:
    """What the headers say that helps to tell answer from forward. `recipients`: To and Cc, lower case; `answers`:
    there is an In-Reply-To or References."""

    subject: str = ""
    answers: bool = False
    sender: str = ""
    recipients: frozenset[str] = frozenset()

    def prefix(self) -> str:
        """ "answer", "forward" or "" by the outermost prefix of the subject."""
        found = _PREFIX.match(self.subject)
        return "" if found is None else "answer" if found["answer"] else "forward"


@dataclass(frozen=True, slots=True)
class Split:
    """`text`, `html`: what is new. `quoted`, `quoted_html`: the mail below. `forwarded`: that mail is the material."""

    text: str = ""
    quoted: str = ""
    html: str = ""
    quoted_html: str = ""
    forwarded: bool = False


@dataclass(slots=True)
class _Divided:
    """Lines with a verdict each: part of the history or not."""

    lines: list[str]
    old: list[bool] = field(default_factory=list)
    mark: Mark | None = None

    def pick(self, *, old: bool) -> str:
        """The new or the old lines as text."""
        return tidy(line for line, is_old in zip(self.lines, self.old, strict=True) if is_old == old)


def split_body(plain: str, html: str, context: Context) -> Split:
    """Divides a body that came as plain text, as HTML, or as both. Texts come tidied, HTML as cut from the source."""
    pages = read_lines(html) if html.strip() else ()
    page = _divide([line.text for line in pages], [line.quoted for line in pages], context)
    written = _divide(plain.replace("\r\n", "\n").replace("\r", "\n").split("\n"), None, context)
    mark = written.mark or page.mark
    new_page, old_page = page.pick(old=False), page.pick(old=True)
    new, old = written.pick(old=False), written.pick(old=True)
    if old_page and not old and new:
        new, old = _moved(new, new_page, old_page)
    elif old and new_page and not old_page:
        # The HTML lost the marks: what the plain text calls history is history there too.
        page.old = _found_in(page.lines, new, old)
        new_page, old_page = page.pick(old=False), page.pick(old=True)
    text = _with_only_in_page(new, new_page, old) if new.strip() or old.strip() else new_page
    quoted = old or old_page
    return Split(
        text=text.strip(),
        quoted=quoted.strip(),
        html=_cut(html, pages, page.old, old=False),
        quoted_html=_cut(html, pages, page.old, old=True),
        forwarded=bool(quoted.strip()) and _is_forward(mark, context, text),
    )


def _divide(lines: list[str], marked: Sequence[bool] | None, context: Context) -> _Divided:
    """`marked`: lines that the HTML puts into an element for history."""
    result = _Divided(lines, [False] * len(lines), find_mark(lines))
    quoted = [bool(marked[i]) if marked else bool(_QUOTE_LINE.match(line)) for i, line in enumerate(lines)]
    if result.mark is None:
        # Signs of quoting without any announcement: only an answer or a forward has history.
        if context.answers or context.prefix():
            result.old = quoted
        return result
    start, after = result.mark.start, result.mark.after
    following = next((i for i in range(after, len(lines)) if lines[i].strip("> \t")), None)
    if result.mark.kind == "reply" and following is not None and quoted[following]:
        # Answers may stand below or between the quoted lines; only those are history.
        result.old = _with_wrapped(lines, quoted)
        for at in range(start, following):
            result.old[at] = True
    else:
        result.old = [quoted[i] if i < start else True for i in range(len(lines))]
    return result


def _with_wrapped(lines: list[str], quoted: list[bool]) -> list[bool]:
    """A line squeezed in between two quoted ones is the end of one that a mailer wrapped."""
    old = list(quoted)
    for at in range(1, len(lines) - 1):
        if quoted[at - 1] and not quoted[at] and quoted[at + 1] and lines[at].strip() and len(lines[at - 1]) > 60:
            old[at] = True
    return old


def _bare(text: str) -> str:
    return _NOISE.sub("", text)


def _moved(new: str, new_page: str, old_page: str) -> tuple[str, str]:
    """Plain text without any sign of quoting beside HTML that has it: lines that only the HTML's history holds go."""
    lines = new.split("\n")
    old = _found_in(lines, new_page, old_page)
    kept = tidy(line for line, is_old in zip(lines, old, strict=True) if not is_old)
    return kept, tidy(line for line, is_old in zip(lines, old, strict=True) if is_old)


def _found_in(lines: list[str], new: str, old: str) -> list[bool]:
    """For each line whether only the history of the body's other form holds it. A line of a word or two may stand in
    both by chance, so it follows the line before."""
    fresh, history = _bare(new), _bare(old)
    found = [False] * len(lines)
    if max(len(fresh), len(history)) > _MOST_COMPARED or len(lines) > _MOST_LINES:
        return found
    before = False
    for at, bare in enumerate(map(_bare, lines)):
        if bare not in fresh:
            before = bare in history
        elif len(bare) > 3 or bare not in history:
            before = before and not bare
        found[at] = before
    return found


def _with_only_in_page(new: str, new_page: str, old: str) -> str:
    """The plain text plus what only the HTML says (some clients leave out tables, or all but a hint to use HTML)."""
    if not new_page or len(new_page) > _MOST_COMPARED or len(new) > _MOST_COMPARED:
        return new
    known = _bare(new) + "\n" + _bare(old[:_MOST_COMPARED])
    extra = [line for line in new_page.split("\n") if line.strip() and _bare(line) not in known]
    return f"{new}\n{tidy(extra)}".strip() if extra else new


def _cut(html: str, pages: tuple[HtmlLine, ...], old_lines: list[bool], *, old: bool) -> str:
    """The stretches of the source that made the new or the old lines."""
    if not any(old_lines):
        return "" if old else html
    return "".join(html[line.start : line.end] for line, is_old in zip(pages, old_lines, strict=True) if is_old == old)


def _is_forward(mark: Mark | None, context: Context, text: str) -> bool:
    """Whether the quoted mail is passed on rather than answered.

    Who wrote the quoted mail settles most cases: if it was one of those that this mail goes to, it is their own mail
    coming back. Then the client's own words, then the subject's prefix, then whether the mail answers anything.
    """
    prefix = context.prefix()
    if mark is None:
        return prefix == "forward" and not text.strip()
    if mark.kind == "reply":
        return False
    if mark.sender and mark.sender in context.recipients and mark.sender != context.sender:
        return False
    if mark.kind == "forward" or prefix == "forward":
        return True
    if prefix == "answer":
        return False
    if mark.sender and context.recipients and mark.sender != context.sender:
        return True
    return not context.answers
