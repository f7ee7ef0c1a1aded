"""What a form's cell really says: placeholders and the template's own guidance taken away, sections found by their
headings, characters counted.

Pure functions over lines (`parsers.blocks`) and one form's words (`core.campaign.FormSpec`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from core.campaign import FieldKind, FormSpec, SectionSpec
from parsers.blocks import PICTURE, Paragraph
from parsers.labels import FOLD

PICTURE_ONLY = "（图片）"
"""The value of a cell that holds a picture and no words: it is not empty, though nobody can read it here."""

_BLANKS = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\ufffc]+")
_EDGES = " \t\u3000\u00a0_＿\u200b\ufeff\ufffc"
_PLACEHOLDER = re.compile(
    r"\((?:此处)?(?:加盖)?(?:盖章|公章|单位公章|单位盖章|签章|签字|签名|盖公章)(?:处)?\)|(?:盖章|公章|签字|签章)(?=:|$)"
    r"|(?:20)?_{0,9}年_{0,9}月_{0,9}日|_+|\.{2,}|…+|^(?:单击|点击|点按|请)[^,。;]{0,14}(?:输入|填写|选择|录入)[^,。;]{0,12}"
)
_PUNCTUATION = " _:,.;。、()[]…·\n\t"
_AFTER_HEADING = " \t\u3000:：。.、)）]】”"
_UNITS_ONLY = re.compile(r"^[\s_]*(?:期|人次|人|次|个|班|场|节|分钟|小时|学时|册|本|门)?[\s_]*$")
_HINT = re.compile(r"\([^()]{0,16}\d[\d,~-]{0,9}字[^()]{0,8}\)|\(?(?:限|不超过|控制在)\d{2,5}字(?:以内|左右|之内)?\)?|\d{2,5}字(?:以内|左右|之内)")
_NUMBER = re.compile(
    r"^[\[(“\"]?(?:(?P<cn>[一二三四五六七八九十]{1,3})[、.,:]|(?P<part>第[一二三四五六七八九十\d]{1,2}[部章]分?[、:]?)"
    r"|\((?P<paren>[一二三四五六七八九十\d]{1,3})\)[、.]?|(?P<arabic>\d{1,2})[、.)](?!\d)|(?P<round>[①-⑳])|(?P<dot>[●■◆▪·•*]))"
)
_SENTENCE = re.compile(r"[:。;!?\n]|\((?=[^()]*字)")
_MAX_LINES = 20_000


def bare(text: str) -> str:
    """The characters that count as length: no blanks, full-width forms folded one for one."""
    return _BLANKS.sub("", text.translate(FOLD))


def clean(lines: Sequence[Paragraph], kind: FieldKind, guide: Guide) -> str:
    """A cell's text as written, trimmed, its lines kept; "" if it holds only what the template printed there."""
    kept = [line.text.translate(_TIDY).strip(_EDGES) for line in lines]
    while kept and not kept[0]:
        kept.pop(0)
    while kept and not kept[-1]:
        kept.pop()
    text = "\n".join(kept)
    if not text or not guide.has_content(kept):
        pictured = any(PICTURE in line.full for line in lines)
        return PICTURE_ONLY if pictured and not _is_symbol_row(text) else ""
    if kind == "number" and _UNITS_ONLY.match(text):
        return ""
    return text


_TIDY = {0x200B: None, 0xFEFF: None, 0x2060: None, 0x00A0: " "}


def _is_symbol_row(text: str) -> bool:
    return bool(text.strip(_EDGES + _PUNCTUATION))


@dataclass(frozen=True, slots=True)
class Guide:
    """A form's guidance and section headings, made bare for comparing."""

    phrases: tuple[str, ...]
    sections: tuple[SectionSpec, ...]

    def has_content(self, lines: Iterable[str]) -> bool:
        """Whether any line says something that the template did not."""
        return any(self.count(line) for line in lines)

    def count(self, line: str) -> int:
        """Characters of a line that are the applicant's, without blanks."""
        text = bare(line)
        if not text:
            return 0
        rest = text
        for phrase in self.phrases:
            if phrase in rest:
                rest = rest.replace(phrase, "").strip(":()。")
        if len(rest) <= 120:
            rest = _PLACEHOLDER.sub("", _HINT.sub("", rest))
        if not rest.strip(_PUNCTUATION):
            return 0
        if len(text) <= 60:
            stem = _NUMBER.sub("", rest).strip(_PUNCTUATION)
            if not stem or any(stem == bare(word) for section in self.sections for word in section.headings):
                return 0
            if self._resembles(text):
                return 0
        return len(rest)

    def _resembles(self, text: str) -> bool:
        """Guidance that was edited a little. Short phrases must be exact, or a real heading would pass for one."""
        for phrase in self.phrases:
            if len(phrase) >= 8 and 0.6 <= len(text) / len(phrase) <= 1.6:
                matcher = SequenceMatcher(None, phrase, text, autojunk=False)
                if matcher.quick_ratio() >= 0.8 and matcher.ratio() >= 0.8:
                    return True
        return False


def guide_of(form: FormSpec) -> Guide:
    """The form's guidance, longest phrase first so that a phrase inside another does not break it up."""
    phrases = {bare(phrase).strip(_PUNCTUATION + "()") for phrase in form.guidance} - {""}
    return Guide(tuple(sorted(phrases, key=len, reverse=True)), form.sections)


@dataclass(frozen=True, slots=True)
class _Heading:
    section: str | None  # None: a heading of the same rank that belongs to no section
    style: str
    rest: int  # where the text behind it begins, in the folded line


def measure(lines: Sequence[Paragraph], guide: Guide) -> tuple[dict[str, int], int]:
    """(section key -> characters, all characters) of a long field. A section whose heading is not there is absent."""
    lines = lines[:_MAX_LINES]
    marks = [_find_heading(line, guide.sections) for line in lines]
    first = next((mark.style for mark in marks if mark is not None), None)
    lengths: dict[str, int] = {}
    current: str | None = None
    total = 0
    for line, mark in zip(lines, marks, strict=True):
        text = line.text
        if mark is not None and (mark.style == first or mark.section not in lengths):
            current = mark.section
            if current is not None:
                lengths.setdefault(current, 0)
            text = text[mark.rest :].lstrip(_AFTER_HEADING)
        elif current is not None and first is not None and _is_peer(text, first):
            current = None
        count = guide.count(text)
        total += count
        if current is not None:
            lengths[current] += count
    return lengths, total


def _style_of(text: str) -> tuple[str, int]:
    """How a line is numbered ("" if not), and where its words begin."""
    found = _NUMBER.match(text)
    return (found.lastgroup or "", found.end()) if found is not None else ("", 0)


def _find_heading(line: Paragraph, sections: Sequence[SectionSpec]) -> _Heading | None:
    """The section that this line opens.

    Numbered or bold lines may word the heading more freely (二、主要做法及成效); a plain line must consist of it or
    go on with a colon, or any sentence that begins with 主要做法 would open a section.
    """
    if not sections:
        return None
    folded = line.text.translate(FOLD)
    start = len(folded) - len(folded.lstrip(" "))
    style, after_number = _style_of(folded[start : start + 40])
    begin = start + after_number
    words = folded[begin : begin + 60]
    stop = _SENTENCE.search(words)
    chunk = words[: stop.start()] if stop is not None else words
    if stop is None and len(folded) > begin + 60:
        chunk = ""
    for section in sections:
        for heading in section.headings:
            length = _heading_length(line, words, chunk, heading.translate(FOLD), numbered=bool(style))
            if length:
                return _Heading(section.key, style or "plain", begin + length)
    return None


def _heading_length(line: Paragraph, words: str, chunk: str, heading: str, *, numbered: bool) -> int:
    """How many characters at the start of `words` are the heading; 0 if they are none."""
    lead = len(words) - len(words.lstrip(" [(“\""))
    spaced = "".join(chunk.split())
    if bare(chunk).strip("[]()“”\"") == heading:
        return len(chunk)
    if words[lead:].startswith(heading):
        behind = words[lead + len(heading) :][:1]
        if behind in ("", ":", "(", "]", ")", "。", "”") or (numbered and behind == " ") or _bold_until(line, heading):
            return lead + len(heading)
        if numbered:
            return len(chunk) if 0 < len(spaced) <= 20 else lead + len(heading)
        return 0
    if heading in spaced and len(spaced) <= 20 and (numbered or (line.bold and len(spaced) <= len(heading) + 8)):
        return len(chunk)
    return 0


def _bold_until(line: Paragraph, heading: str) -> bool:
    """Whether the line begins with the heading in bold and goes on in plain letters."""
    bold = ""
    for run in line.runs:
        if run.strike or not run.text.strip():
            continue
        if not run.bold:
            break
        bold += run.text
    shown = bare(bold)
    return shown != bare(line.text) and _NUMBER.sub("", shown).strip(_PUNCTUATION) == heading


def _is_peer(text: str, style: str) -> bool:
    """A short line numbered like the section headings opens something else, so the section before it ends."""
    folded = text.translate(FOLD).strip()
    return style not in ("", "plain", "dot") and len(folded) <= 30 and not folded.endswith("。") and _style_of(folded)[0] == style
