"""Values of pages with a fixed layout (OFD, XPS) and the small arithmetic of their places: lengths, matrices, boxes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from parsers.ruled import Box, Word

MAX_OBJECTS = 20_000
"""Objects of one page that are looked at."""

_OUTLINES = 300  # an empty form has some fifty lines
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Matrix:
    """x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def then(self, outer: Matrix) -> Matrix:
        """This one first, `outer` afterwards."""
        return Matrix(
            self.a * outer.a + self.b * outer.c, self.a * outer.b + self.b * outer.d,
            self.c * outer.a + self.d * outer.c, self.c * outer.b + self.d * outer.d,
            *outer.point(self.e, self.f),
        )  # fmt: skip

    @property
    def turned(self) -> int:
        """Clockwise degrees by which what is drawn through it stands turned: 0, 90, 180 or 270."""
        if abs(self.a) + abs(self.d) >= abs(self.b) + abs(self.c):
            return 180 if self.a < 0 and self.d < 0 else 0
        return 90 if self.b > 0 else 270

    def box(self, width: float = 1.0, height: float = 1.0) -> Box:
        """What a rectangle at the origin covers."""
        corners = [self.point(x, y) for x in (0.0, width) for y in (0.0, height)]
        return Box(min(x for x, _ in corners), min(y for _, y in corners), max(x for x, _ in corners), max(y for _, y in corners))


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture on a page: its file in the package (or its bytes), its box, how it is turned. `stamp`: set by a signature."""

    member: str
    box: Box
    turned: int = 0
    data: bytes | None = None
    stamp: bool = False


@dataclass(slots=True)
class FixedPage:
    """One page. Lengths in millimetres from the top left. `coded`: texts of which only the shapes are known; `paths`: lines
    and outlines. `covered`: how many of the words are invisible, or lie under a picture that fills the page. `stamped`: a
    signature sets its seal on the page."""

    width: float = 210.0
    height: float = 297.0
    words: list[Word] = field(default_factory=list)
    pictures: list[Placed] = field(default_factory=list)
    coded: int = 0
    paths: int = 0
    covered: int = 0
    stamped: bool = False

    @property
    def is_picture(self) -> bool:
        """Whether one sees pictures only: there is one, and no text in front of it."""
        return any(not p.stamp for p in self.pictures) and len(self.words) <= self.covered and not self.coded

    @property
    def is_shapes(self) -> bool:
        """Whether its text is there, but as shapes without characters: a page of type has hundreds of outlines."""
        return not self.words and (self.coded > 0 or (self.paths > _OUTLINES and not self.pictures))


def fills(box: Box, width: float, height: float) -> bool:
    """Whether a box covers most of a page."""
    inside = Box(max(box.left, 0), max(box.top, 0), min(box.right, width), min(box.bottom, height))
    return inside.area >= 0.6 * width * height


def numbers(value: str | None, count: int) -> list[float]:
    """The first `count` numbers of an attribute, 0 for those that are missing."""
    found = [min(max(float(text), -1e6), 1e6) for text in _NUMBER.findall((value or "")[:2000])[:count]]
    return found + [0.0] * (count - len(found))


def matrix(value: str | None, default: Matrix | None = None) -> Matrix:
    """An attribute with six numbers."""
    found = _NUMBER.findall((value or "")[:400])
    return Matrix(*numbers(value, 6)) if len(found) >= 6 else default or Matrix()


def width_of(text: str) -> float:
    """Width of a text in letters' heights: Chinese is square, Latin about half."""
    return sum(1.0 if ord(char) > 0x2E7F else 0.5 for char in text)


def split_at_gaps(text: str, starts: Sequence[float], size: float) -> Iterable[tuple[str, float]]:
    """Pieces of a text whose characters start at these places, and where each begins: a wide gap parts two of them."""
    begin = 0
    for index in range(1, len(text)):
        if starts[index] - starts[index - 1] > 2.2 * size:
            yield text[begin:index], starts[begin]
            begin = index
    yield text[begin:], starts[begin]
