"""Forms out of words with places but without ruled cells: OCR boxes of a scan, PDF tables drawn without lines.

A label stands in the middle of its cell's height, its value to the right, often over many lines that begin above the
label; labels in narrow columns are broken into pieces. So lines are not read in their order: each piece of text is
given to the label whose cell it most likely lies in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from core.campaign import Campaign
from core.facts import FormFacts
from parsers.blocks import Paragraph, plain
from parsers.entries import Entry, Item, find_heading
from parsers.form_build import build_forms, fullness
from parsers.form_text import find_line_items, read_form_text
from parsers.labels import Label, LabelIndex, index_of, squeeze
from parsers.ruled import Box, Word, build_lines, group_lines, join_words

_MAX_PIECES = 3000
_FRAGMENTS = 6  # pieces one label may be broken into
_GAP = 0.7
_PITCH = 1.9  # a short value's second line is at most so many letters' heights from its label's middle


@dataclass(frozen=True, slots=True)
class _Piece:
    """Words side by side without a wide gap."""

    text: str
    box: Box

    @property
    def height(self) -> float:
        return max(self.box.bottom - self.box.top, 0.1)

    @property
    def y(self) -> float:
        return (self.box.top + self.box.bottom) / 2


@dataclass(slots=True)
class _Label:
    label: Label
    box: Box
    height: float
    pieces: list[_Piece] = field(default_factory=list)

    @property
    def y(self) -> float:
        return (self.box.top + self.box.bottom) / 2

    @property
    def wide(self) -> bool:
        """Whether the value may take many lines."""
        return self.label.long or self.label.opinion or self.label.several


def read_form_words(pages: Sequence[Sequence[Word]], campaign: Campaign) -> tuple[FormFacts, ...]:
    """Forms on these pages, () if there is none. Words of one page share a coordinate system, origin top left; a word
    may be a character or a whole line as an OCR gives it. The places are tried, and the plain order of the lines; what
    fills more fields counts."""
    placed = _read_places(_one_page(pages), campaign)
    lines = read_form_text("\n".join(build_lines(page) for page in pages), campaign)
    return lines if fullness(lines, campaign) > fullness(placed, campaign) else placed


def _read_places(words: Sequence[Word], campaign: Campaign) -> tuple[FormFacts, ...]:
    index = index_of(campaign)
    pieces = _pieces(words)[:_MAX_PIECES]
    titles = [piece for piece in pieces if find_heading(plain(piece.text), campaign) is not None]
    labels, rest = _find_labels([piece for piece in pieces if piece not in titles], index)
    if not labels:
        return ()
    loose = [*titles, *_assign(labels, rest)]
    return build_forms(_items(labels, loose, index, campaign), campaign)


def _one_page(pages: Sequence[Sequence[Word]]) -> list[Word]:
    """All pages one below the other, without the margins between them: a cell may go on over the page."""
    words: list[Word] = []
    bottom = 0.0
    for page in pages:
        if not page:
            continue
        shift = bottom - min(word.box.top for word in page) + (page[0].box.bottom - page[0].box.top) * 0.5
        moved = [Word(word.text, Box(word.box.left, word.box.top + shift, word.box.right, word.box.bottom + shift)) for word in page]
        bottom = max(word.box.bottom for word in moved)
        words.extend(moved)
    return words


def _pieces(words: Sequence[Word]) -> list[_Piece]:
    """Words of a line cut at gaps wider than most of a letter; blanks that stand in the text bridge a gap."""
    pieces: list[_Piece] = []
    for line in group_lines(words):
        held: list[Word] = []
        for word in line:
            if not held and not word.text.strip():
                continue
            if held and word.box.left - held[-1].box.right > _GAP * max(word.box.bottom - word.box.top, 0.1):
                pieces.append(_piece(held))
                held = [word] if word.text.strip() else []
            else:
                held.append(word)
        if held:
            pieces.append(_piece(held))
    return [piece for piece in pieces if piece.text]


def _piece(words: Sequence[Word]) -> _Piece:
    last = max((number for number, word in enumerate(words) if word.text.strip()), default=-1)
    inked = words[: last + 1] or words[:1]
    return _Piece(join_words(inked).strip(), _around(word.box for word in inked))


def _around(boxes: Iterable[Box]) -> Box:
    held = list(boxes)
    return Box(min(b.left for b in held), min(b.top for b in held), max(b.right for b in held), max(b.bottom for b in held))


def _find_labels(pieces: Sequence[_Piece], index: LabelIndex) -> tuple[list[_Label], list[_Piece]]:
    """Pieces that are labels, alone or one below the other, and all other pieces."""
    labels: list[_Label] = []
    used: set[int] = set()
    for number, piece in enumerate(pieces):
        if number in used or len(piece.text) > 40:
            continue
        chain, label = _chain(number, pieces, used, index)
        if label is not None:
            used.update(chain)
            box = _around(pieces[at].box for at in chain)
            labels.append(_Label(label, box, piece.height))
    rest: list[_Piece] = []
    for number, piece in enumerate(pieces):
        if number not in used:
            opened, others = _split(piece, index)
            labels.extend(opened)
            rest.extend(others)
    return sorted(labels, key=lambda held: (held.box.top, held.box.left)), rest


def _split(piece: _Piece, index: LabelIndex) -> tuple[list[_Label], list[_Piece]]:
    """A piece that holds a label and its value (联系电话 0531...): cut where the letters must stand."""
    hits = [hit for hit in index.scan(piece.text, loose=True) if not hit.prefixed]
    if not hits:
        return [], [piece]
    labels, others = [], [_cut(piece, 0, hits[0].start)]
    for number, hit in enumerate(hits):
        end = hits[number + 1].start if number + 1 < len(hits) else len(piece.text)
        held = _Label(hit.label, _cut(piece, hit.start, hit.value).box, piece.height)
        labels.append(held)
        others.append(_cut(piece, hit.value, end))
    return labels, [other for other in others if other.text.strip()]


def _cut(piece: _Piece, start: int, end: int) -> _Piece:
    """The part of a piece between two offsets into its text, letters taken as equally wide."""
    letter = (piece.box.right - piece.box.left) / max(len(piece.text), 1)
    left, right = piece.box.left + start * letter, piece.box.left + end * letter
    return _Piece(piece.text[start:end].strip(), Box(left, piece.box.top, right, piece.box.bottom))


def _chain(number: int, pieces: Sequence[_Piece], used: set[int], index: LabelIndex) -> tuple[list[int], Label | None]:
    """The longest label that begins with this piece and goes on right below it."""
    chain = [number]
    text = squeeze(pieces[number].text)
    best: tuple[list[int], Label | None] = ([number], index.find_whole(pieces[number].text))
    while len(chain) < _FRAGMENTS and index.begins(text):
        below = _below(pieces[chain[-1]], chain[-1], pieces, used)
        if below is None:
            break
        chain = [*chain, below]
        text += squeeze(pieces[below].text)
        label = index.find_spread(text)
        if label is not None:
            best = (chain, label)
    return best


def _below(piece: _Piece, number: int, pieces: Sequence[_Piece], used: set[int]) -> int | None:
    """The next piece in the same narrow column."""
    middle = (piece.box.left + piece.box.right) / 2
    for other in range(number + 1, min(number + 40, len(pieces))):
        under = pieces[other]
        if under.box.top - piece.box.bottom > 2.5 * piece.height:
            return None
        aligned = abs((under.box.left + under.box.right) / 2 - middle) <= 1.2 * piece.height
        if other not in used and aligned and under.y > piece.y + 0.5 * piece.height and len(under.text) <= 10:
            return other
    return None


def _assign(labels: list[_Label], rest: Sequence[_Piece]) -> list[_Piece]:
    """Gives each piece to a label; returns those that belong to none."""
    edge = min(held.box.left for held in labels)
    column = [held for held in labels if held.box.left - edge <= 6 * held.height]
    right = min(held.box.right for held in column)
    loose: list[_Piece] = []
    open_pieces: list[_Piece] = []
    for piece in rest:
        beside = [
            held
            for held in labels
            if held.box.right <= piece.box.left + 0.6 * piece.height
            and held.box.top - 0.4 * piece.height <= piece.y <= held.box.bottom + 0.4 * piece.height
        ]
        if beside:
            max(beside, key=lambda held: held.box.right).pieces.append(piece)
        elif piece.box.left < right - 0.5 * piece.height or piece.y < labels[0].box.top - 3 * piece.height:
            loose.append(piece)
        else:
            open_pieces.append(piece)
    _share(column, open_pieces)
    return loose


def _share(column: Sequence[_Label], pieces: Sequence[_Piece]) -> None:
    """Pieces above or below their label's own height: between two labels of the left column the first gets what
    belongs to it."""
    ordered = sorted(column, key=lambda held: held.y)
    for number in range(-1, len(ordered)):
        before = ordered[number] if number >= 0 else None
        after = ordered[number + 1] if number + 1 < len(ordered) else None
        low = before.y if before is not None else float("-inf")
        high = after.y if after is not None else float("inf")
        between = sorted((piece for piece in pieces if low <= piece.y < high), key=lambda piece: piece.y)
        cut = _boundary(before, after, between)
        if before is not None:
            before.pieces.extend(between[:cut])
        if after is not None:
            after.pieces.extend(between[cut:])


def _boundary(before: _Label | None, after: _Label | None, between: Sequence[_Piece]) -> int:
    """How many of the pieces between two labels belong to the first."""
    if before is None or not between:
        return 0
    if after is None:
        return len(between)
    near_before = sum(1 for piece in between if piece.y - before.y <= _PITCH * before.height)
    near_after = sum(1 for piece in between if after.y - piece.y <= _PITCH * after.height)
    if not before.wide:
        return min(near_before, len(between)) if after.wide else min(near_before, len(between) - min(near_after, 1))
    if not after.wide:
        return len(between) - near_after
    # Two tall cells: the widest gap between lines lies at their border. Of several about as wide the last one counts:
    # paragraphs inside the first cell are set apart too.
    lines = [piece.y for piece in between]
    lines.insert(0, max((piece.y for piece in before.pieces if piece.y < lines[0]), default=lines[0]))
    lines.append(min((piece.y for piece in after.pieces if piece.y > lines[-1]), default=lines[-1]))
    gaps = [low - high for high, low in pairwise(lines)]
    inner = [gap for gap in gaps if gap > 0]
    widest = max(place for place, gap in enumerate(gaps) if gap >= 0.85 * max(gaps))
    return widest if inner and gaps[widest] > 1.4 * min(inner) else len(between)


def _items(labels: Sequence[_Label], loose: Sequence[_Piece], index: LabelIndex, campaign: Campaign) -> list[Item]:
    """Entries in the order of their labels, with the lines between them read as running text."""
    marks: list[tuple[float, float, list[Item]]] = [
        (piece.y, piece.box.left, find_line_items([plain(piece.text)], index, campaign, loose=True)) for piece in loose
    ]
    for number, held in enumerate(labels):
        row = [other for other in labels if other is not held and abs(other.y - held.y) < held.height and other.box.left < held.box.left]
        left = sorted(row, key=lambda other: -other.box.left)
        above = [other for other in labels[:number] if abs(other.box.left - held.box.left) < 2 * held.height]
        near = [other.label for other in (*left, *reversed(above[-2:]), *reversed(labels[:number][-6:]))]
        marks.append((held.y, held.box.left, [Entry(held.label, tuple(_lines(held)), tuple(near))]))
    marks.sort(key=lambda mark: (mark[0], mark[1]))
    return [item for _, _, items in marks for item in items]


def _in_order(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Row by row, each from the left; boxes of one row may differ a little in height."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.y):
        if rows and piece.y - rows[-1][0].y < 0.6 * max(piece.height, rows[-1][0].height):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [piece for row in rows for piece in sorted(row, key=lambda piece: piece.box.left)]


def _lines(held: _Label) -> list[Paragraph]:
    """A label's pieces as lines; a short value's lines are one, because only the narrow cell broke them."""
    lines: list[str] = []
    last: _Piece | None = None
    for piece in _in_order(held.pieces):
        if last is not None and abs(piece.y - last.y) < 0.6 * max(piece.height, last.height):
            wide = piece.box.left - last.box.right > 1.5 * piece.height
            lines[-1] += f"  {piece.text}" if wide else piece.text
        elif lines and not held.wide:
            latin = lines[-1][-1:].isascii() and piece.text[:1].isascii() and piece.text[:1].isalpha()
            lines[-1] += f"{' ' if latin else ''}{piece.text}"
        else:
            lines.append(piece.text)
        last = piece
    return [plain(line) for line in lines]
