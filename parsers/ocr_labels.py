"""Long labels that a narrow column broke over several lines, put together again: on a picture whose rules were not seen nothing
else keeps 是否同意纳入全 / 国老年教育课程 / 资源库共享 from running into the cells beside it."""

from __future__ import annotations

from collections.abc import Sequence

from core.campaign import Campaign
from parsers.labels import squeeze
from parsers.ruled import Box, Word

_SHORTEST = 8  # characters: shorter labels are broken in few ways, which `parsers.form_text` knows
_MOST_LINES = 5
_FIRST = 2  # characters that the first line must have
_GAP = 2.2  # line heights between two lines of one label
_BESIDE = 14  # line heights to the cell beside it
_WIDE = 10  # line heights: what begins further right is in another cell


def join_labels(words: Sequence[Word], campaign: Campaign) -> list[Word]:
    """The words with each broken label as one, followed on its line by what stands beside it."""
    labels = _labels(campaign)
    left = list(words)
    for word in words:
        text = squeeze(word.text)
        if len(text) < _FIRST or word not in left:
            continue
        for label in labels:
            if len(text) < len(label) and label.startswith(text) and (lines := _lines_of(word, label, left)):
                rest = [other for other in left if other not in lines]
                answer = _beside(lines, rest)
                left = [other for other in rest if other not in answer] + _in_one_line(label, lines, answer)
                break
    return left


def _labels(campaign: Campaign) -> list[str]:
    """The longest first."""
    found = {
        squeeze(label)
        for category in campaign.categories
        for label in (*(label for field in category.form.fields for label in field.labels), *category.form.opinion_labels)
    }
    return sorted((label for label in found if len(label) >= _SHORTEST), key=len, reverse=True)


def _lines_of(first: Word, label: str, words: Sequence[Word]) -> list[Word]:
    """The words, one below the other, that make up the label; [] if it does not come to its end."""
    lines, rest = [first], label[len(squeeze(first.text)) :]
    while rest and len(lines) < _MOST_LINES:
        below = next(
            (word for word in words if (text := squeeze(word.text)) and rest.startswith(text) and _is_below(word.box, lines[-1].box)), None
        )
        if below is None:
            return []
        lines.append(below)
        rest = rest[len(squeeze(below.text)) :]
    return [] if rest else lines


def _is_below(box: Box, above: Box) -> bool:
    height = min(box.bottom - box.top, above.bottom - above.top)
    down = (box.top + box.bottom - above.top - above.bottom) / 2
    across = min(box.right, above.right) - max(box.left, above.left)
    return 0.5 * height < down < _GAP * height and across > 0.5 * min(box.right - box.left, above.right - above.left)


def _beside(lines: Sequence[Word], words: Sequence[Word]) -> list[Word]:
    """What stands in the cell beside the label, as it is read: line by line."""
    height = lines[0].box.bottom - lines[0].box.top
    right, top, bottom = max(line.box.right for line in lines), lines[0].box.top, lines[-1].box.bottom
    near = [
        word for word in words
        if right - 0.5 * height <= word.box.left <= right + _BESIDE * height and top - 0.5 * height <= word.middle[1] <= bottom + 0.5 * height
    ]  # fmt: skip
    edge = min((word.box.left for word in near), default=0.0) + _WIDE * height
    near = sorted((word for word in near if word.box.left <= edge), key=lambda word: word.middle[1])
    rows: list[list[Word]] = []
    for word in near:
        if rows and word.middle[1] - rows[-1][0].middle[1] < 0.6 * height:
            rows[-1].append(word)
        else:
            rows.append([word])
    return [word for row in rows for word in sorted(row, key=lambda word: word.box.left)]


def _in_one_line(label: str, lines: Sequence[Word], answer: Sequence[Word]) -> list[Word]:
    """The label and its answer, one behind the other at the height of the label's middle."""
    height = lines[0].box.bottom - lines[0].box.top
    middle = (lines[0].box.top + lines[-1].box.bottom) / 2
    left, right = min(line.box.left for line in lines), max(line.box.right for line in lines)
    placed = [Word(label, Box(left, middle - height / 2, right, middle + height / 2))]
    for word in answer:
        begin = right + 0.5 * height
        right = begin + word.box.right - word.box.left
        placed.append(Word(word.text, Box(begin, middle - height / 2, right, middle + height / 2)))
    return placed
