"""Labels of a campaign's forms, recognised however they are written: with blanks inside (联 系 人), over several
lines, with colons, brackets, numbering or a hint behind them, two in one cell (联系人及电话).

Knows the words of `core.campaign` only. What a label's value is, `parsers.form_grid` and `parsers.form_text` find.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from core.campaign import Campaign, FieldKind

LINE_HEAD = 400
"""Labels of running text are sought in the first characters of a line: no label stands deep inside a long one."""

_SUPPLEMENT = dict(
    zip(
        "⺟⺠⺮⺶⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳⻑⻗",
        "母民竹羊虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟長雨",
        strict=True,
    )
)
# One character for one, so that offsets stay right. The radicals are what PDF writers leave in place of 人, 民, 长 ...
FOLD: dict[int, str] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **{code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)},
    **{ord(old): new for old, new in _SUPPLEMENT.items()},
    **dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\t\u200b\ufeff"), " "),
    **dict.fromkeys(map(ord, "﹕︰∶"), ":"),
    ord("〔"): "(", ord("〕"): ")", ord("【"): "[", ord("】"): "]", ord("﹙"): "(", ord("﹚"): ")",
}
_IGNORED = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\ufffc“”\"'‘’《》『』「」*★☆_]+")
_NUMBER = re.compile(r"^(?:\(?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[)、.:]+|[①-⑳●◆■▪·•\-]+)")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_HINT = re.compile(r"^[:,,。.\d一二三四五六七八九十百千万不超过限约在控制原则上]*(?:字|字符)?(?:以内|左右|以上|之内|内)?[。.]?$")
_OPINION = re.compile(
    r"^[^,。;:、]{0,14}(?:单位|部门|学校|院校|教育局|教体局|教育厅|处|科|机构|专家|小组|委员会|办公室|党委)"
    r"(?:审核|审查|推荐|评审|初审)?意见$"
)
_SEPARATORS = "及和与/、,&"


def squeeze(text: str) -> str:
    """The text's characters that count when words are compared: folded (NFKC), without blanks, quotes and stars."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text.translate(FOLD)))


def mend_radicals(text: str) -> str:
    """Text with the radicals that PDF writers put in place of everyday characters (⼈, ⺠) turned back."""
    return text.translate(_RADICALS)


_RADICALS = {code: new for code, new in FOLD.items() if 0x2E80 <= code < 0x2FE0}


@dataclass(frozen=True, slots=True)
class Label:
    """A label as the campaign knows it. `text` is squeezed. `fields`: (category key, field key) of all fields it may
    name. `pair`: names a person and, in the same cell, the phone: `fields` then holds both for each category."""

    text: str
    fields: tuple[tuple[str, str], ...] = ()
    kinds: frozenset[FieldKind] = frozenset()
    opinion: bool = False
    pair: bool = False

    @property
    def long(self) -> bool:
        return "long" in self.kinds

    @property
    def several(self) -> bool:
        """Whether the value may lie in several cells side by side (boxes to tick)."""
        return bool(self.kinds & {"choice", "yes_no"})

    def shares(self, other: Label) -> bool:
        """Whether both may name the same field: 手机 inside the cell of 联系电话 opens no new one."""
        return bool(set(self.fields) & set(other.fields))


OPINION = Label("", opinion=True)


@dataclass(frozen=True, slots=True)
class Hit:
    """A label inside a line: it begins at `start`, its value at `value`. `prefixed`: other words stand right before
    it (推荐单位联系人), so it may be another person's."""

    label: Label
    start: int
    value: int
    prefixed: bool = False


_REMEMBERED = 2000
"""Cell texts whose likeness to the labels is remembered: the same cells come again in every form, and likeness is dear."""


class LabelIndex:
    """All labels of one campaign. Build it with `index_of`."""

    def __init__(self, rows: tuple[tuple[str, str, str, FieldKind, bool, bool], ...]) -> None:
        self._labels: dict[str, Label] = {}
        for text, category, key, kind, opinion, pair in rows:
            old = self._labels.get(text, Label(text))
            if opinion:
                self._labels[text] = Label(text, opinion=True)
            elif (category, key) not in old.fields:
                fields = (*old.fields, (category, key))
                self._labels[text] = Label(text, fields, old.kinds | {kind}, pair=pair)
        self._similar: dict[str, Label | None] = {}
        self._long_texts = [text for text in self._labels if len(text) >= 8]
        self._beginnings = {text[:end] for text in self._labels for end in range(1, len(text))}
        words = sorted(self._labels, key=len, reverse=True)
        self._pattern = re.compile("|".join(_spaced(word, self._labels) for word in words) or r"(?!)")

    def find(self, text: str) -> Label | None:
        """The label with exactly this squeezed text."""
        return self._labels.get(text)

    def begins(self, text: str) -> bool:
        """Whether a longer label begins with this squeezed text."""
        return text in self._beginnings

    def find_spread(self, text: str) -> Label | None:
        """As `find_whole` for lines joined on trial: only the campaign's own words, nothing similar."""
        return self._labels.get(squeeze(text).rstrip(":"))

    def find_whole(self, text: str) -> Label | None:
        """The label that makes up all of a cell or a line, hints and numbering aside; None if it is something else."""
        if len(text) > 120:
            return None
        squeezed = squeeze(text).rstrip(":;.。")
        if not squeezed:
            return None
        for candidate in self._candidates(squeezed):
            found = self._labels.get(candidate)
            if found is not None:
                return found
            if _OPINION.match(candidate):
                return OPINION
        return self._find_hinted(squeezed) or self._find_similar(_BRACKETS.sub("", squeezed))

    @staticmethod
    def _candidates(squeezed: str) -> Iterable[str]:
        joined = re.sub(rf"[{_SEPARATORS}]", "及", squeezed)
        bare = _BRACKETS.sub("", squeezed).rstrip(":")
        inside = squeezed[1:-1] if squeezed[0] in "[(" and squeezed[-1] in "])" else squeezed
        for candidate in dict.fromkeys((squeezed, bare, inside, joined, _BRACKETS.sub("", joined))):
            yield candidate
            unnumbered = _NUMBER.sub("", candidate)
            if unnumbered != candidate:
                yield unnumbered

    def _find_hinted(self, squeezed: str) -> Label | None:
        """A label with a hint on its length behind it (案例内容3000字以内)."""
        found = self._pattern.match(squeezed)
        rest = squeezed[found.end() :] if found else ""
        if found and 3 <= len(rest) <= 24 and "字" in rest and _HINT.match(rest):
            return self._labels.get(_key_of(found.group()))
        return None

    def _find_similar(self, squeezed: str) -> Label | None:
        """A long label worded a little differently. Short ones must be exact: 联系人 and 负责人 differ by little."""
        if not 8 <= len(squeezed) <= 40 or any(mark in squeezed for mark in ":□☐☑√✓✔■"):
            return None
        if any(squeezed.startswith(text) for text in self._long_texts):
            return None  # the label itself, with its answer behind it
        if squeezed not in self._similar:
            if len(self._similar) >= _REMEMBERED:
                self._similar.clear()
            self._similar[squeezed] = self._most_similar(squeezed)
        return self._similar[squeezed]

    def _most_similar(self, squeezed: str) -> Label | None:
        best, best_ratio = None, 0.84
        for text in self._long_texts:
            if abs(len(text) - len(squeezed)) <= 6:
                ratio = SequenceMatcher(None, text, squeezed, autojunk=False).ratio()
                if ratio > best_ratio:
                    best, best_ratio = text, ratio
        return self._labels[best] if best is not None else None

    def scan(self, line: str, *, loose: bool = False) -> list[Hit]:
        """Labels with a value behind them inside one line of running text, in order.

        A label counts when a colon follows it, when it makes up the line, or when it begins the line or a column and
        a blank follows. `loose` (text of a PDF or a scan, where cells run together) also takes a label that begins the
        line with its value right behind it, and one between blanks anywhere.
        """
        folded = line[:LINE_HEAD].translate(FOLD)
        hits: list[Hit] = []
        end = 0
        for found in self._pattern.finditer(folded):
            label = self._labels[_key_of(found.group())]
            hit = _judge(label, folded, end, found.start(), found.end(), loose=loose)
            if hit is not None:
                hits.append(hit)
                end = hit.value
        return hits


_AFTER = re.compile(r"\s*(?:\([^()]{0,30}\)\s*)?(?P<colon>:+)?\s*")
_LEAD = re.compile(r"^\s*(?:\(?(?:[一二三四五六七八九十]{1,3}|\d{1,2})[)、.:]+|[①-⑳●◆■▪·•*★\-])?\s*$")
_BOX = "□☐☑☒√✓✔■_○●"


def _judge(label: Label, line: str, since: int, start: int, end: int, *, loose: bool) -> Hit | None:
    """Whether the words at [start, end) are a label in use; `since` is where the last hit's value began."""
    after = _AFTER.match(line, end)
    colon = after is not None and after.group("colon") is not None
    value = after.end() if after is not None else end
    before = line[since:start]
    at_start = since == 0 and _LEAD.match(before) is not None
    free = at_start or before == "" or before[-1] in " ;,,;。|/"
    if colon:
        # 项目负责人：张三 - the words before belong to the label, but only when few.
        prefixed = not free and since == 0
        if prefixed and len(before.strip()) > 8:
            return None
        return Hit(label, start, value, prefixed=prefixed)
    rest = line[end:]
    if at_start and (not rest.strip() or rest[:1] == " " or rest[:1] in _BOX):
        return Hit(label, start, value if after is not None and not rest.startswith("(") else end)
    if since and before == "" and (not rest.strip() or rest[:1] == " "):
        return Hit(label, start, end)  # right behind another label, whose cell is empty
    if free and (rest[:2] == "  " or rest[:1] == "_" or (loose and (rest[:1] == " " or not rest.strip()))):
        return Hit(label, start, end)
    if loose and ((at_start and len(label.text) >= 3) or (free and (len(label.text) >= 4 or rest[:1].isdigit()))):
        return Hit(label, start, end)
    return None


def _spaced(word: str, labels: Container[str]) -> str:
    """A pattern for the word with blanks between its characters; 及 stands for any word that joins two labels. A word
    that is two labels in a row (负责人 电话) allows none between these: apart they are two."""
    pattern = ""
    for place, char in enumerate(word):
        joins = char == "及" and 0 < place < len(word) - 1
        if place and not (word[:place] in labels and word[place:] in labels):
            pattern += r"[ \n]{0,6}"
        pattern += f"[{_SEPARATORS}]" if joins else re.escape(char)
    return pattern


def _key_of(matched: str) -> str:
    bare = squeeze(matched)
    return re.sub(rf"(?<=.)[{_SEPARATORS}](?=.)", "及", bare)


_FieldWords = tuple[str, tuple[str, ...], FieldKind, str | None]
_FormWords = tuple[str, tuple[str, ...], tuple[_FieldWords, ...]]


def index_of(campaign: Campaign) -> LabelIndex:
    """The campaign's labels; cached by their words, so asking again costs nothing."""
    return _build(
        tuple(
            (
                category.key,
                tuple(category.form.opinion_labels),
                tuple((spec.key, tuple(spec.labels), spec.kind, spec.after) for spec in category.form.fields),
            )
            for category in campaign.categories
        )
    )


@lru_cache(maxsize=8)
def _build(forms: tuple[_FormWords, ...]) -> LabelIndex:
    return LabelIndex(tuple(row for form in forms for row in _rows(*form)))


def _rows(
    category: str, opinions: tuple[str, ...], fields: tuple[_FieldWords, ...]
) -> Iterable[tuple[str, str, str, FieldKind, bool, bool]]:
    for text in opinions:
        yield _key_of(text), category, "", "text", True, False
    for key, labels, kind, _ in fields:
        for text in labels:
            yield _key_of(text), category, key, kind, False, False
    people = {key: labels for key, labels, _, _ in fields}
    for key, labels, _, after in fields:
        if after is None or after not in people:
            continue
        for first in people[after]:
            for second in labels:
                joined = f"{_key_of(first)}及{_key_of(second)}"
                yield joined, category, after, "text", False, True
                yield joined, category, key, "phone", False, True
