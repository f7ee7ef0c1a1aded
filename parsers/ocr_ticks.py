"""Boxes beside a form's options on a picture: where are they, and which is ticked?

OCR loses half of all ticks, so it is not asked: the printed words (同意, 视频资源 ...) are found in what was read, and the
picture around them is searched for the printed boxes, all of one size. What was found takes the place of what OCR made
of the boxes, where they stand; `parsers.ticks` pairs boxes and words. Any ink counts, of whatever colour. One box that
could be read either way leaves the whole field open: a person looks, nobody is blamed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.campaign import Campaign
from parsers.ocr_boxes import EMPTY, FULL, Square, find_squares, ink_of, of_one_size, states_of
from parsers.ruled import Box, Word
from parsers.seal_colour import Picture

TICKED, OPEN = "☑", "□"
_TICKS = "√✓✔☑■☒"  # what OCR reads where a tick or a filled box was typed, without doubt
_MARKS = f"{_TICKS}□☐口囗ロ回日目团図圆困囚凶网冈区图因国田园巨臣Vv✗×XxDO0〇○LCUTMN门冂闪囧"
_EDGE = " 　\t,，。、;；:：()（）[]【】/|."
_NEGATING = "不否是未非"
_LONGEST = 60  # characters of a line that still offers options
_NEAR = 3.2  # line heights between two lines of one field
_BEFORE, _BEHIND = 1.7, 2.2  # line heights from an option to the middle of its box
_CELL = 9  # line heights that a narrow cell may be wide
_AROUND = 2.6  # line heights beside the words in which a box may stand


@dataclass(frozen=True, slots=True)
class _Hit:
    """An option's words in a line: which word, which field, from and to which character."""

    word: int
    field: str
    option: str
    start: int
    end: int


def mark_options(words: Sequence[Word], image: Picture, campaign: Campaign) -> list[Word]:
    """The words with ☑ or □ standing where the printed boxes of a choice are. Words of no choice stay as they were."""
    hits = _find_hits(words, _keys(campaign))
    marked = list(words)
    replaced: dict[int, list[Word]] = {}
    for group in _groups(hits, words):
        _mark_group(group, marked, replaced, image)
    return [piece for number, word in enumerate(marked) for piece in replaced.get(number, [word])]


def _keys(campaign: Campaign) -> dict[str, tuple[str, str]]:
    """Words beside a box -> the field and the option they stand for."""
    keys: dict[str, tuple[str, str]] = {}
    for category in campaign.categories:
        for field in category.form.fields:
            if field.kind == "choice":
                keys.update({text: (field.key, key) for key, texts in field.options.items() for text in texts})
            elif field.kind == "yes_no":
                keys.update({text: (field.key, "yes") for text in field.yes if len(text) > 1})
                keys.update({text: (field.key, "no") for text in field.no if len(text) > 1})
    return keys


def _find_hits(words: Sequence[Word], keys: dict[str, tuple[str, str]]) -> list[_Hit]:
    """Options in these words: at a line's beginning or behind a blank, a stop or what may be a box. 短视频 is none."""
    if not keys:
        return []
    ordered = sorted(keys, key=len, reverse=True)
    pattern = re.compile("|".join(re.escape(word).replace("（", "[（(]").replace("）", "[）)]") for word in ordered))
    found: list[_Hit] = []
    for number, word in enumerate(words):
        if len(word.text) > _LONGEST:
            continue
        named: set[tuple[str, str]] = set()
        for hit in pattern.finditer(word.text):
            field, option = keys[hit.group().replace("(", "（").replace(")", "）")]
            before = word.text[hit.start() - 1 : hit.start()]
            if before and before not in _EDGE and before not in _MARKS:
                continue
            # An option named twice (视频资源，视频时长) has its box before the first.
            if (field, option) not in named:
                named.add((field, option))
                found.append(_Hit(number, field, option, hit.start(), hit.end()))
    return _with_broken(found, words, keys)


def _with_broken(hits: list[_Hit], words: Sequence[Word], keys: dict[str, tuple[str, str]]) -> list[_Hit]:
    """The hits with options that a narrow cell broke in two (不同 / 意), and without what their second halves seemed."""
    for number, word in enumerate(words):
        for text, (field, option) in keys.items():
            heads = [text[:end] for end in range(1, len(text)) if word.text.endswith(text[:end])]
            before = word.text[: -len(heads[-1])][-1:] if heads else ""
            if not heads or len(word.text) > _LONGEST or (before and before not in _EDGE and before not in _MARKS):
                continue
            rest = _line_below(word, text[len(heads[-1]) :], words)
            if rest is not None:
                hits = [hit for hit in hits if hit.word != rest or hit.start > 0]
                hits.append(_Hit(number, field, option, len(word.text) - len(heads[-1]), len(word.text)))
                break
    return hits


def _line_below(word: Word, text: str, words: Sequence[Word]) -> int | None:
    """The word on the next line of the same cell that begins with `text`, or consists of it if that is one character."""
    height = word.box.bottom - word.box.top
    for number, other in enumerate(words):
        below = 0.6 * height < other.middle[1] - word.middle[1] < 2.2 * height
        near = word.box.left - _CELL * height < other.box.right and other.box.left < word.box.right
        if below and near and other.text.startswith(text) and (len(text) > 1 or len(other.text) <= 2):
            return number
    return None


def _groups(hits: Sequence[_Hit], words: Sequence[Word]) -> list[list[_Hit]]:
    """Hits of one field in lines close to one another."""
    groups: list[list[_Hit]] = []
    for hit in sorted(hits, key=lambda hit: (hit.field, words[hit.word].middle[1])):
        box = words[hit.word].box
        if groups and groups[-1][-1].field == hit.field:
            last = words[groups[-1][-1].word].box
            if box.top - last.bottom < _NEAR * (box.bottom - box.top):
                groups[-1].append(hit)
                continue
        groups.append([hit])
    return groups


def _mark_group(group: Sequence[_Hit], words: list[Word], replaced: dict[int, list[Word]], image: Picture) -> None:
    """Find the boxes of one field and put them among its words."""
    lines = [words[number].box for number in sorted({hit.word for hit in group})]
    height = float(np.median([box.bottom - box.top for box in lines]))
    area = Box(
        max(0.0, min(box.left for box in lines) - _AROUND * height),
        max(0.0, min(box.top for box in lines) - 0.4 * height),
        min(float(image.shape[1]), max(box.right for box in lines) + _AROUND * height),
        min(float(image.shape[0]), max(box.bottom for box in lines) + 0.4 * height),
    )
    inside = [number for number, word in enumerate(words) if _within(word, area) and number not in replaced]
    ink = ink_of(image, area, height)
    spans = [_span(hit, words[hit.word]) for hit in group]
    squares = of_one_size(
        [
            square
            for square in find_squares(ink, height)
            if _is_beside(square, spans, area, height)
            and not any(_is_letter(words[number], square, area) for number in inside)
        ]
    )
    typed = sum(1 for number in inside if set(words[number].text) & set(_TICKS))
    states = states_of(ink, squares)
    if not squares:
        return
    options = len({hit.option for hit in group})
    alone = options == 1 < len(squares)  # the other options' words were not read: whose are the other boxes?
    if alone or len(squares) + typed < options or any(state is None for state in states):
        states = [EMPTY] * len(squares)
    marks = [
        _placed(square, state or EMPTY, area, [words[number] for number in inside])
        for square, state in zip(squares, states, strict=True)
    ]
    for number in inside:
        pieces = _without_marks(words[number], marks)
        if pieces != [words[number]]:
            replaced[number] = pieces
    replaced.setdefault(group[0].word, [words[group[0].word]]).extend(marks)


def _within(word: Word, area: Box) -> bool:
    box = word.box
    return box.left < area.right and area.left < box.right and box.top < area.bottom and area.top < box.bottom


def centres_of(word: Word) -> list[float]:
    """Where each character's middle lies: as the engine saw it, else by usual widths."""
    if len(word.centres) == len(word.text):
        return list(word.centres)
    widths = np.array([1.0 if ord(char) > 0x2E80 or char in "□☑■√" else 0.55 for char in word.text])
    ends = np.cumsum(widths)
    span = word.box.right - word.box.left
    return [float(word.box.left + span * (end - width / 2) / ends[-1]) for end, width in zip(ends, widths, strict=True)]


def _span(hit: _Hit, word: Word) -> Box:
    """Where an option's words stand."""
    centres = centres_of(word)
    half = 0.5 * (centres[hit.end - 1] - centres[hit.start]) / max(hit.end - 1 - hit.start, 1)
    return Box(centres[hit.start] - half, word.box.top, centres[hit.end - 1] + half, word.box.bottom)


def _is_beside(square: Square, spans: Sequence[Box], area: Box, height: float) -> bool:
    """Whether a square stands right before or behind an option's words."""
    x, y = area.left + square.left + square.width / 2, area.top + square.top + square.height / 2
    return any(
        span.top - 0.1 * height <= y <= span.bottom + 0.1 * height
        and (span.left - _BEFORE * height <= x <= span.left or span.right <= x <= span.right + _BEHIND * height)
        for span in spans
    )


def _is_letter(word: Word, square: Square, area: Box) -> bool:
    """Whether a square is the frame of a character that was read (同, 国, 其), not a box."""
    x, y = area.left + square.left + square.width / 2, area.top + square.top + square.height / 2
    if not word.box.top - 0.2 * square.height <= y <= word.box.bottom + 0.2 * square.height:
        return False
    near = [char for char, centre in zip(word.text, centres_of(word), strict=True) if abs(centre - x) < 0.55 * square.width]
    return any(char not in _MARKS and not char.isspace() and char not in _EDGE for char in near)


def _placed(square: Square, state: str, area: Box, words: Iterable[Word]) -> Word:
    """The box as a word on its line."""
    left, top = area.left + square.left, area.top + square.top
    middle = top + square.height / 2
    line = min(
        (word.box for word in words),
        key=lambda box: abs((box.top + box.bottom) / 2 - middle) + 0.02 * abs((box.left + box.right) / 2 - left),
        default=Box(left, top, left, top + square.height),
    )
    if not line.top <= middle <= line.bottom:
        line = Box(left, top, left, top + square.height)
    return Word(TICKED if state == FULL else OPEN, Box(left, line.top, left + square.width, line.bottom))


def _without_marks(word: Word, marks: Sequence[Word]) -> list[Word]:
    """The word without what OCR made of these boxes, cut where one stands inside it."""
    here = sorted((mark.box for mark in marks if _beside(mark.box, word.box)), key=lambda box: box.left)
    if not here or not word.text:
        return [word]
    centres = centres_of(word)
    pieces: list[list[int]] = [[]]
    passed = 0
    for place, (char, centre) in enumerate(zip(word.text, centres, strict=True)):
        while passed < len(here) and centre > (here[passed].left + here[passed].right) / 2:
            passed += 1
            pieces.append([])
        if char in _MARKS and any(box.left - 0.5 * _wide(box) <= centre <= box.right + 0.5 * _wide(box) for box in here):
            continue
        pieces[-1].append(place)
    if len(pieces) == 1 and len(pieces[0]) == len(word.text):
        return [word]
    edges = [word.box.left, *(box.right for box in here[:passed])], [*(box.left for box in here[:passed]), word.box.right]
    return [
        _cut(word, piece, centres, (left, right))
        for piece, left, right in zip(pieces, *edges, strict=True)
        if "".join(word.text[place] for place in piece).strip()
    ]


def _wide(box: Box) -> float:
    return box.right - box.left


def _beside(mark: Box, line: Box) -> bool:
    middle = (mark.top + mark.bottom) / 2
    near = line.left - _wide(mark) <= mark.right and mark.left <= line.right + _wide(mark)
    return near and line.top <= middle <= line.bottom


def _cut(word: Word, places: Sequence[int], centres: Sequence[float], edges: tuple[float, float]) -> Word:
    """Those characters of a word that stand at `places`, between two boxes or ends of the line."""
    half = 0.5 * (word.box.right - word.box.left) / max(len(word.text), 1)
    left = max(edges[0], word.box.left if places[0] == 0 else centres[places[0]] - half)
    right = min(edges[1], word.box.right if places[-1] == len(word.text) - 1 else centres[places[-1]] + half)
    return replace(
        word,
        text="".join(word.text[place] for place in places),
        box=Box(left, word.box.top, max(right, left + 1), word.box.bottom),
        centres=tuple(centres[place] for place in places),
    )
