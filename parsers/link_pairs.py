"""Gives each link its code: the right one among several, or none.

Links and codes are taken as one row of tokens in the order of the text. The nearest frame decides first: the same
line, then the same paragraph, then the whole text. Inside a frame equal numbers of links and codes belong together in
order (link code link code; code link code link; all links, then all codes); with unequal numbers a code goes to the
link just before it, else just behind it, and never past another link. A code beside another disk's link is that
disk's. What finds no partner stays without one: a wrong code is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from parsers.link_codes import COLUMN, Code, find_bare, find_bare_before
from parsers.link_forms import Address
from parsers.link_labels import MEDIUM, STRONG, WEAK
from parsers.link_places import WITHOUT_CODES

_FAR = {STRONG: 2500, MEDIUM: 500, WEAK: 160}  # characters between a link and its code, by the label's strength

_REACH = 12  # tokens looked at from a code to both sides


@dataclass(slots=True)
class Found:
    """A link token: neighbouring mentions of one address. `code` from a label or bare; `inside` from the address."""

    start: int
    end: int
    address: Address
    inside: str | None = None
    code: str | None = None
    corrected: bool = False
    strength: int = -1
    settled: bool = False

    @property
    def baidu(self) -> bool:
        return self.address.provider in ("baidu", "baidu_old")

    def takes(self, code: Code) -> bool:
        """Whether this code can belong here by its shape and by the disk its label names."""
        if self.baidu:
            return len(code.value) == 4 and code.baidu is not False
        return 3 <= len(code.value) <= 8 and code.baidu is not True

    def take(self, code: Code) -> None:
        self.code, self.corrected, self.strength, self.settled = code.value, code.corrected, code.strength, True


Token = Found | Code


def _tokens(links: list[Address], codes: list[Code]) -> list[Token]:
    """One row in the order of the text. Neighbouring mentions of the same address become one token; a code that
    repeats the one inside an address is used up at once."""
    row: list[Token] = []
    at = 0
    for link in links:
        if link.provider in WITHOUT_CODES and not _has_own_code(link, codes, at):
            continue
        while at < len(codes) and codes[at].start < link.start:
            row.append(codes[at])
            at += 1
        last = row[-1] if row else None
        if isinstance(last, Found) and last.address.url == link.url and link.start - last.end < 400:
            last.end = link.end
            last.inside = last.inside or link.code
        else:
            row.append(Found(link.start, link.end, link, link.code))
    row.extend(codes[at:])
    return row


_CODELESS = re.compile(
    r"https?://(?:[\w-]+\.)*(?:google|onedrive|1drv|dropbox|github|githubusercontent|huggingface|kaggle|zenodo)\."
)


def _has_own_code(link: Address, codes: list[Code], at: int) -> bool:
    """A web page right behind which a code stands, as with a disk this program has no name for: the code is its."""
    while at < len(codes) and codes[at].start < link.end:
        at += 1
    return at < len(codes) and codes[at].start - link.end <= 6 and not _CODELESS.match(link.url)


def _drop_repeats(row: list[Token]) -> list[Token]:
    kept: list[Token] = []
    for index, token in enumerate(row):
        if isinstance(token, Code):
            before = next((t for t in reversed(kept[-3:]) if isinstance(t, Found)), None)
            after = next((t for t in row[index + 1 : index + 4] if isinstance(t, Found)), None)
            owner = next((link for link in (before, after) if link and link.inside == token.value), None)
            if owner:
                owner.settled = True
                continue
        kept.append(token)
    return kept


def _frames(row: list[Token], parted: Callable[[int, int], bool]) -> Iterator[list[Token]]:
    """The row cut where `parted(end, start)` says the text between two tokens holds a border."""
    frame: list[Token] = []
    for token in row:
        if frame and parted(frame[-1].end, token.start):
            yield frame
            frame = []
        frame.append(token)
    if frame:
        yield frame


def _open_runs(frame: list[Token]) -> Iterator[list[Token]]:
    """Stretches of a frame without settled links in between."""
    run: list[Token] = []
    for token in frame:
        if isinstance(token, Found) and token.settled:
            if run:
                yield run
            run = []
        else:
            run.append(token)
    if run:
        yield run


def _near(link: Found, code: Code, *, lines: bool) -> bool:
    far = _FAR[code.strength] if not lines else 400
    return (code.start - link.end if code.start >= link.end else (link.start - code.end) * 2) <= far


def _match(run: list[Token], used: set[int], *, lines: bool) -> None:
    links = [t for t in run if isinstance(t, Found)]
    codes = [t for t in run if isinstance(t, Code)]
    if not links or not codes:
        return
    if len(links) == len(codes) and all(a.takes(b) for a, b in zip(links, codes, strict=True)):
        if len(links) > 1 or _near(links[0], codes[0], lines=lines):
            for owner, its in zip(links, codes, strict=True):
                owner.take(its)
                used.add(id(its))
        return
    before_first = isinstance(run[0], Code) and isinstance(run[-1], Found)
    for step in (-1, 1) if not before_first else (1, -1):
        for index, code in enumerate(run):
            if not isinstance(code, Code) or id(code) in used:
                continue
            near_by = _neighbour(run, index, step, code)
            if near_by and not near_by.settled and _near(near_by, code, lines=lines):
                stronger = _stronger(run, index, step, code, near_by)
                near_by.take(stronger)
                used.add(id(stronger))


def _neighbour(run: list[Token], index: int, step: int, code: Code) -> Found | None:
    at = index + step
    while 0 <= at < len(run) and abs(at - index) <= _REACH:
        token = run[at]
        if isinstance(token, Found):
            if token.takes(code):
                return token
            if code.baidu is None and len(code.value) == 4:
                return None
        at += step
    return None


def _stronger(run: list[Token], index: int, step: int, code: Code, link: Found) -> Code:
    """Of several codes in a row beside one link the one with the clearest label, the first among equals."""
    best = code
    if step < 0:
        for token in run[index + 1 : index + _REACH]:
            if isinstance(token, Found):
                break
            if token.strength > best.strength and link.takes(token):
                best = token
    return best


def pair(text: str, links: list[Address], codes: list[Code]) -> list[Found]:
    """The link tokens in order, each with what code was found for it."""
    row = _share_one(text, _drop_repeats(_tokens(links, codes)))
    used: set[int] = set()

    def left() -> list[Token]:
        return [t for t in row if isinstance(t, Found) or id(t) not in used]

    if not _alternates(row):
        for frame in list(_frames(left(), lambda a, b: text.find("\n", a, b) >= 0)):
            for run in _open_runs(frame):
                _match(run, used, lines=True)
        _bare(text, row)
        for frame in list(_frames(left(), lambda a, b: "\n\n" in text[a:b].replace(" ", ""))):
            for run in _open_runs(frame):
                _match(run, used, lines=False)
        for run in _open_runs(left()):
            _match(run, used, lines=False)
        _correct(left())
    return [t for t in row if isinstance(t, Found)]


def _correct(row: list[Token]) -> None:
    """A code said to replace an earlier one (提取码写错了，正确的是 ...) is the link's; the earlier one is tried after it."""
    owner: Found | None = None
    for token in row:
        if isinstance(token, Found):
            owner = token
        elif token.corrected and owner is not None and owner.code not in (None, token.value) and owner.takes(token):
            owner.inside, owner.code, owner.corrected = owner.inside or owner.code, token.value, True


def _alternates(row: list[Token]) -> bool:
    """Whether the whole row is link code link code ...: then nothing else needs to be weighed."""
    if len(row) < 2 or len(row) % 2 or not isinstance(row[0], Found):
        return False
    pairs = list(zip(row[::2], row[1::2], strict=True))
    for link, code in pairs:
        if not isinstance(link, Found) or not isinstance(code, Code) or link.settled or not link.takes(code):
            return False
        if not _near(link, code, lines=False):
            return False
    for link, code in pairs:
        if isinstance(link, Found) and isinstance(code, Code):
            link.take(code)
    return True


def _bare(text: str, row: list[Token]) -> None:
    """Codes without a label, for links that found no labelled one on their line."""
    column: bool | None = None
    for token in row:
        if isinstance(token, Found) and token.baidu and not token.settled and token.inside is None:
            if column is None:
                column = "|" in text and bool(COLUMN.search(text))
            value = find_bare(text, token.end, column=column) or find_bare_before(text, token.start, column=column)
            if value:
                token.code, token.settled = value, True


def _share_one(text: str, row: list[Token]) -> list[Token]:
    """Give out codes that are said to open several links: "提取码均为 ab12", "A and B, extraction code: ab12"."""
    kept: list[Token] = []
    open_links: list[Found] = []
    for token in row:
        kept.append(token)
        if isinstance(token, Found):
            if token.baidu and token.inside is None:
                open_links.append(token)
            continue
        if len(token.value) != 4:
            continue
        mine = open_links if token.every else _joined(text, open_links, token)
        if len(mine) > 1 or (token.every and mine):
            for link in mine:
                link.take(token)
            kept.pop()
        elif token.every:
            continue
        open_links = []
    head = next((t for t in kept if isinstance(t, Code)), None)
    if head and head.every and kept[0] is head and not any(isinstance(t, Code) for t in kept[1:]):
        for token in kept[1:]:
            if isinstance(token, Found) and token.baidu and token.inside is None:
                token.take(head)
    return kept


def _joined(text: str, links: list[Found], code: Code) -> list[Found]:
    """The last links of one line that "and" joins into one, when the code follows them in the same line."""
    if not links or "\n" in text[links[-1].end : code.start]:
        return []
    mine = [links[-1]]
    for link in reversed(links[:-1]):
        between = text[link.end : mine[0].start]
        if len(between) > 60 or "\n" in between or not _AND.search(between):
            break
        mine.insert(0, link)
    return mine


_AND = re.compile(r"\band\b|&|和|与|及|、", re.IGNORECASE)
