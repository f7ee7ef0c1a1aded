"""Which options of a cell are chosen: by ticks and boxes before or behind the words, by underlining, by crossing out
or deleting the others, or because the cell says it in words.

Works on styled lines (`parsers.blocks`) and the words of `core.campaign.FieldSpec`; knows no file format. What two
readings would answer differently is `unclear`, never a guess: a wrong guess would blame or clear the wrong person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from parsers.blocks import PICTURE, Paragraph
from parsers.labels import FOLD
from parsers.numbers import find_amount

_FULL = "☑√✓✔✅■◼⬛▣●◉⊙◙◈✪🗹⍌⎷☛👉"
_CROSS = "✗✘✕✖×╳❌❎☓"
_BOXED_CROSS = "☒⌧⊠⊗🗷🗵"
_EMPTY = "□☐○◯〇◻◽⬜▢▯❏❐❑❒◇⭕◦⬡"
_DROPPED = re.compile("[\ufe00-\ufe0f\u200b-\u200f\u2060\ufeff\ufffc]")
_MARKS = f"{_FULL}{_CROSS}{_BOXED_CROSS}{_EMPTY}"
_BRACKET = rf"[(\[]\s{{0,8}}(?P<inside>[{_MARKS}vV∨xX+*丶]{{0,2}})\s{{0,8}}[)\]]"
_CLUSTER = re.compile(rf"{_BRACKET}|(?P<bare>[{_MARKS}]+)|(?<![A-Za-z])(?P<letter>[vV∨])(?![A-Za-z])")
_NEGATING = "不未非无没勿"
_TORN = re.compile(rf"[{_MARKS}][ \n]{{0,4}}不[ \n]{{0,4}}同?(?![ \n]{{0,4}}[同意])[ ]*(?:\n|\Z)")
"""Half of an option whose other half went astray on its way to the next line: its mark would be taken for another's."""
_NO_PARTNER = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """Options chosen, in the order in which they stand; `unclear`: something is there, but not what it means.
    `numbers`: option -> the number written inside it, as digits."""

    chosen: tuple[str, ...] = ()
    unclear: bool = False
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Option:
    key: str
    start: int
    end: int
    styles: tuple[bool, bool]  # underlined, bold


@dataclass(frozen=True, slots=True)
class _Mark:
    start: int
    end: int
    state: str  # full, empty, cross, boxed cross


@dataclass(frozen=True, slots=True)
class _Cell:
    """The cell's visible characters, folded, and what was found in them. `drawn`: there is a picture or a drawing,
    which may be a hand-drawn ring around an answer."""

    text: str
    drawn: bool
    options: tuple[_Option, ...]
    marks: tuple[_Mark, ...]


def read_choice(
    lines: Sequence[Paragraph], options: Mapping[str, Sequence[str]], numbered: Collection[str] = ()
) -> Choice:
    """The options chosen in a cell. `options`: key -> words beside the box. `numbered`: options that hold a number to
    be filled in (视频时长__分钟): a filled number tells the choice when no box is ticked."""
    cell = _look(lines, {key: list(words) for key, words in options.items()}, alone=())
    numbers = _numbers(cell, numbered)
    chosen, unclear = _ticked(cell)
    if chosen or unclear:
        return Choice(chosen, unclear and not chosen, numbers)
    present = tuple(dict.fromkeys(option.key for option in cell.options))
    if not present:
        return Choice((), cell.drawn or not _only_marks(cell), numbers)
    styled = _styled(cell, present)
    if styled:
        return Choice(styled, False, numbers)
    if len(present) == 1:
        return Choice(present, False, numbers)
    filled = _filled(cell, numbers)
    if len(filled) == 1:
        return Choice(filled, False, numbers)
    # Words without a single box were typed by the sender; all words of the form without a mark say nothing.
    typed = not cell.marks and len(present) < len(options)
    return Choice(present if typed else (), cell.drawn and not typed, numbers)


def read_yes_no(lines: Sequence[Paragraph], yes: Sequence[str], no: Sequence[str]) -> tuple[bool | None, bool]:
    """(answer, unclear) of a cell that asks for yes or no. An empty cell, or empty boxes only, is (None, False)."""
    cell = _look(lines, {"yes": list(yes), "no": list(no)}, alone={word for word in (*yes, *no) if len(word) == 1})
    if any(mark.state == "cross" for mark in cell.marks) and not any(mark.state == "full" for mark in cell.marks):
        # A plain × may tick 同意 or cross it out: nobody but its writer knows.
        return None, True
    if _TORN.search(cell.text):
        return None, True
    chosen, unclear = _ticked(cell)
    if not chosen and not unclear:
        present = tuple(dict.fromkeys(option.key for option in cell.options))
        chosen = _styled(cell, present) or (present if len(present) == 1 else ())
        if not present:
            if any(mark.state in ("full", "boxed cross") for mark in cell.marks):
                return _lone_tick(cell)
            return None, cell.drawn or not _only_marks(cell)
        if not chosen:
            return None, cell.drawn or (not cell.marks and _more_than_words(cell))
    if len(chosen) != 1:
        return None, True
    return chosen[0] == "yes", False


def _lone_tick(cell: _Cell) -> tuple[bool | None, bool]:
    """A tick without words beside it, in a cell whose label asks 是否…: yes. With other words: unclear."""
    return (True, False) if _only_marks(cell) else (None, True)


def _look(lines: Sequence[Paragraph], options: Mapping[str, Sequence[str]], alone: Collection[str]) -> _Cell:
    """The cell's characters and what stands in them. Words in `alone` count only with no Chinese beside them."""
    chars: list[str] = []
    styles: list[tuple[bool, bool]] = []
    drawn = False
    for number, line in enumerate(lines):
        if number:
            chars.append("\n")
            styles.append((False, False))
        for run in line.runs:
            drawn = drawn or PICTURE in run.text
            if not run.strike:
                kept = _DROPPED.sub("", run.text).translate(FOLD)
                chars.extend(kept)
                styles.extend([(run.underline, run.bold)] * len(kept))
    text = "".join(chars)[:4000]
    found = _find_options(text, styles, options, frozenset(alone))
    text = _mend_boxes(text, found)
    inside = [(option.start, option.end) for option in found]
    marks = tuple(mark for mark in _find_marks(text) if not any(a < mark.end and mark.start < b for a, b in inside))
    return _Cell(text, drawn, tuple(_merge(found, marks)), marks)


def _find_options(
    text: str, styles: Sequence[tuple[bool, bool]], options: Mapping[str, Sequence[str]], alone: frozenset[str]
) -> list[_Option]:
    words = {word.translate(FOLD): key for key, many in options.items() for word in many if word}
    if not words:
        return []
    ordered = sorted(words, key=len, reverse=True)
    pattern = re.compile("|".join(r"[ \n]{0,4}".join(map(re.escape, word.replace(" ", ""))) for word in ordered))
    plain = {word.replace(" ", ""): key for word, key in words.items()}
    # 是否同意 printed in the cell is the question, not an answer.
    asked = re.sub(rf"是\s?否\s?(?:{pattern.pattern})?", lambda hit: "\0" * len(hit.group()), text)
    found: list[_Option] = []
    for hit in pattern.finditer(asked):
        word = re.sub(r"[ \n]", "", hit.group())  # a narrow cell breaks 不同意 in two
        before, after = text[: hit.start()].rstrip(" \n")[-1:], text[hit.end() : hit.end() + 1]
        if word in alone and (_is_word(before) or _is_word(after)):
            continue
        if "no" in options and plain[word] == "yes" and before in _NEGATING and before:
            key = "no"
        else:
            key = plain[word]
        look = styles[hit.start() : hit.end()]
        found.append(_Option(key, hit.start(), hit.end(), (all(u for u, _ in look), all(b for _, b in look))))
    return found


def _is_word(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _mend_boxes(text: str, options: Sequence[_Option]) -> str:
    """口 right before an option is a box that OCR, or a typist without the sign, put there."""
    for option in options:
        place = option.start - 1
        while place >= 0 and text[place] == " ":
            place -= 1
        if place >= 0 and text[place] in "口囗" and not _is_word(text[place - 1 : place]):
            text = f"{text[:place]}□{text[place + 1 :]}"
    return text


def _find_marks(text: str) -> list[_Mark]:
    marks = []
    for hit in _CLUSTER.finditer(text):
        inside, bare, letter = hit.group("inside"), hit.group("bare"), hit.group("letter")
        marks.append(_Mark(hit.start(), hit.end(), _state(bare or letter or inside or "", bracket=inside is not None)))
    return marks


def _state(signs: str, *, bracket: bool) -> str:
    """What a cluster of signs means; □√ typed side by side is a ticked box."""
    if any(sign in _FULL or sign in "vV∨" for sign in signs):
        return "full"
    if bracket and any(sign not in _EMPTY for sign in signs):
        return "full"
    if any(sign in _BOXED_CROSS for sign in signs):
        return "boxed cross"
    return "cross" if any(sign in _CROSS for sign in signs) else "empty"


def _merge(options: Sequence[_Option], marks: Sequence[_Mark]) -> list[_Option]:
    """The same option named twice with no mark between (视频资源，视频时长) is one."""
    merged: list[_Option] = []
    for option in options:
        last = merged[-1] if merged else None
        if (
            last is not None
            and last.key == option.key
            and not any(last.end <= mark.start < option.start for mark in marks)
        ):
            merged[-1] = _Option(last.key, last.start, option.end, last.styles)
        else:
            merged.append(option)
    return merged


def _ticked(cell: _Cell) -> tuple[tuple[str, ...], bool]:
    """Options with a filled mark. Marks may all precede or all follow their words: the closer reading wins, and two
    equally close readings that differ are unclear."""
    if not cell.options or not cell.marks:
        return (), False
    before, cost_before = _pair(cell, ahead=True)
    behind, cost_behind = _pair(cell, ahead=False)
    if before == behind:
        return before, False
    if cost_before == cost_behind:
        return (), True
    return (before if cost_before < cost_behind else behind), False


def _pair(cell: _Cell, *, ahead: bool) -> tuple[tuple[str, ...], int]:
    """Options ticked when each mark belongs to the next (`ahead`) or the previous option, and how far apart they are:
    the sum of gaps, more for marks that find no option of their own."""
    has_full = any(mark.state == "full" for mark in cell.marks)
    has_boxed = any(mark.state == "boxed cross" for mark in cell.marks)
    ticks = {"full"} if has_full else {"boxed cross"} if has_boxed else {"cross"}
    chosen: list[str] = []
    taken: set[int] = set()
    cost = 0
    for mark in cell.marks if ahead else cell.marks[::-1]:
        partner = _partner(cell.options, mark, ahead=ahead)
        if partner is None or partner in taken:
            cost += _NO_PARTNER
        if partner is None:
            continue
        taken.add(partner)
        option = cell.options[partner]
        cost += _gap(cell.text[mark.end : option.start] if ahead else cell.text[option.end : mark.start])
        if mark.state in ticks and option.key not in chosen:
            chosen.append(option.key)
    return tuple(chosen if ahead else chosen[::-1]), cost


def _partner(options: Sequence[_Option], mark: _Mark, *, ahead: bool) -> int | None:
    if ahead:
        return next((n for n, option in enumerate(options) if option.start >= mark.end), None)
    return next((n for n in range(len(options) - 1, -1, -1) if options[n].end <= mark.start), None)


def _gap(between: str) -> int:
    if not between:
        return 0
    if not between.strip(" _:,.;"):
        return 1 if "\n" not in between else 3
    return 3 if not between.strip(" _:,.;\n") else 4


def _styled(cell: _Cell, present: Sequence[str]) -> tuple[str, ...]:
    """The options that alone are underlined, or alone are bold, among several."""
    for look in (0, 1):
        marked = {option.key for option in cell.options if option.styles[look]}
        rest = set(present) - marked
        if marked and rest:
            return tuple(key for key in present if key in marked)
    return ()


def _segment(cell: _Cell, number: int) -> str:
    """The words that belong to an option: up to the next option or mark."""
    option = cell.options[number]
    ends = [other.start for other in cell.options if other.start >= option.end]
    ends += [mark.start for mark in cell.marks if mark.start >= option.end]
    return cell.text[option.start : min(ends, default=len(cell.text))]


def _numbers(cell: _Cell, numbered: Collection[str]) -> dict[str, str]:
    """The number filled into each option that asks for one."""
    numbers: dict[str, str] = {}
    for place, option in enumerate(cell.options):
        if option.key in numbered and option.key not in numbers:
            amount = find_amount(_segment(cell, place))
            if amount is not None:
                numbers[option.key] = amount
    if not numbers and len(numbered) == 1:
        # The number may stand behind another mark or on a line of its own.
        amount = find_amount(cell.text, bare=False)
        if amount is not None:
            numbers[next(iter(numbered))] = amount
    return numbers


def _filled(cell: _Cell, numbers: Mapping[str, str]) -> tuple[str, ...]:
    """Options into which something was written: a number, or words behind the last one (其他：有声书)."""
    filled = [key for key in numbers if any(option.key == key for option in cell.options)]
    if not filled and cell.options:
        last = cell.options[-1]
        rest = cell.text[last.end :].strip(" \n_:,.;()")
        if len(rest) >= 2 and cell.marks and not any(mark.start >= last.end for mark in cell.marks):
            filled.append(last.key)
    return tuple(filled)


def _only_marks(cell: _Cell) -> bool:
    rest = cell.text
    for mark in reversed(cell.marks):
        rest = rest[: mark.start] + rest[mark.end :]
    return not rest.strip(" \n_:,.;/")


def _more_than_words(cell: _Cell) -> bool:
    """Whether the cell holds more than the two printed words, so that something was said after all."""
    rest = cell.text
    for option in reversed(cell.options):
        rest = rest[: option.start] + rest[option.end :]
    return len(rest.strip(" \n_:,.;/()")) >= 2
