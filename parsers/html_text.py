"""HTML of a mail to lines of text, each with its place in the source and whether the markup quotes it.

A tokenizer of our own: linear in the length of the page whatever stands in it, tolerant of everything browsers
tolerate, and it keeps offsets, so that quoted history can be cut out of the HTML too and not only out of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape

_NAME = re.compile(r"/?([A-Za-z][A-Za-z0-9:_-]{0,40})")
# A tag as nearly all are: no angle bracket inside its values. The slow way is for the rest.
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:_-]{0,40})([^<>\"']*(?:\"[^\"<>]*\"[^<>\"']*|'[^'<>]*'[^<>\"']*){0,40})>")
_ATTRIBUTE = re.compile(r"([A-Za-z_:][A-Za-z0-9_:.-]{0,60})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_BLANKS = re.compile(r"[\s\u00a0\u200b\u200c\u200d\ufeff\u2060\u00ad]+")
_INVISIBLE = re.compile(r"[\u200b\u200c\u200d\ufeff\u2060\u00ad]")
_DATA_IMAGE = re.compile(r"(?i)\b(src|background)\s*=\s*([\"'])data:[a-z0-9/+.-]{0,40};base64,[A-Za-z0-9+/=\s%]*\2")
_CID = re.compile(r"(?i)cid:([^\"'>\s)]{1,300})")
_BLOCKS = frozenset(
    (
        *(
            "p",
            "div",
            "br",
            "tr",
            "li",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "table",
            "tbody",
            "thead",
            "blockquote",
            "hr",
        ),
        *(
            "ul",
            "ol",
            "dl",
            "dt",
            "dd",
            "pre",
            "section",
            "article",
            "header",
            "footer",
            "center",
            "form",
            "body",
            "html",
        ),
        *("address", "fieldset", "figure", "figcaption", "main", "nav", "aside", "title", "head", "caption"),
    )
)
_CELLS = frozenset(("td", "th"))
_SILENT = ("script", "style", "title", "xml", "template", "svg", "math")
_SILENT_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in _SILENT}
_QUOTE_CLASSES = re.compile(
    r"(?i)gmail_quote|yahoo_quoted|referencequote|protonmail_quote|moz-forward-container|zmail_extra"
)
_QUOTE_IDS = frozenset(("isreplycontent", "isforwardcontent", "reply139content", "origbody", "replycontent"))
_QUOTING = ("blockquote", "div")
_BORDER_LEFT = re.compile(r"(?i)border-left(?:-width)?\s*:\s*(?!0|none)[^;]*(?:\d|solid|rgb|#)")
_MAX_ATTRIBUTES = 20_000
_MAX_QUOTES = 200


@dataclass(frozen=True, slots=True)
class HtmlLine:
    """One line as it is shown; `start`, `end`: the stretch of the source that made it (stretches leave no gap).
    `quoted`: inside an element that marks quoted history."""

    text: str
    start: int
    end: int
    quoted: bool = False


@dataclass(slots=True)
class _Reader:
    """State of one pass: finished lines, the text of the current one, open quoting elements."""

    lines: list[HtmlLine]
    words: list[str]
    start: int = 0
    quoted: bool = False
    preformatted: int = 0
    endless: set[str] = field(default_factory=set)

    def text(self, piece: str, *, quoted: bool) -> None:
        if "&" in piece:
            piece = unescape(piece)
        if self.preformatted:
            first, *others = _INVISIBLE.sub("", piece).replace("\r\n", "\n").split("\n")
            self.words.append(first)
            for line in others:
                self.words.append("\n" + line)
        else:
            self.words.append(_BLANKS.sub(" ", piece))
        if piece.strip():
            self.quoted = quoted

    def cut(self, at: int, *, forced: bool = True) -> None:
        """Ends the current line before offset `at`. Where blocks merely begin and end without text between, no line
        is made; their tags go to the line that follows."""
        if not self.words and not forced:
            return
        joined = "".join(self.words)
        shown = joined.split("\n") if "\n" in joined else [re.sub(" {2,}", " ", joined)]
        for number, line in enumerate(shown):
            last = number == len(shown) - 1
            self.lines.append(HtmlLine(line.strip(), self.start, at if last else self.start, self.quoted))
        self.words, self.start = [], at


def read_lines(html: str) -> tuple[HtmlLine, ...]:
    """All lines of a page in order, blank ones included (never two in a row are dropped: the caller tidies up)."""
    reader = _Reader([], [])
    quotes: list[tuple[str, int]] = []  # element name, depth of the same name inside it
    at = 0
    while at < len(html):
        opening = html.find("<", at)
        if opening < 0:
            opening = len(html)
        if opening > at:
            reader.text(html[at:opening], quoted=bool(quotes))
        if opening >= len(html):
            break
        at = _tag(html, opening, reader, quotes)
    reader.cut(len(html))
    return tuple(reader.lines)


def _tag(html: str, at: int, reader: _Reader, quotes: list[tuple[str, int]]) -> int:
    """Takes in what begins with `<` at `at`; returns where it ends."""
    simple = _TAG.match(html, at)
    if simple is not None:
        closing, name, attributes = simple.groups()
        return _element(html, at, simple.end(), name.lower(), attributes, reader, quotes, closing=bool(closing))
    if html.startswith("<!--", at):
        end = html.find("-->", at + 4)
        return end + 3 if end >= 0 else len(html)
    found = _NAME.match(html, at + 1)
    if found is None:
        if html[at + 1 : at + 2] in ("!", "?", "/"):
            end = html.find(">", at)
            return end + 1 if end >= 0 else len(html)
        reader.text("<", quoted=bool(quotes))
        return at + 1
    end = _tag_end(html, at)
    if end < 0:
        reader.text(html[at:], quoted=bool(quotes))
        return len(html)
    attributes = html[found.end() : end - 1]
    closing = html[at + 1] == "/"
    return _element(html, at, end, found.group(1).lower(), attributes, reader, quotes, closing=closing)


def _element(
    html: str,
    at: int,
    end: int,
    name: str,
    attributes: str,
    reader: _Reader,
    quotes: list[tuple[str, int]],
    *,
    closing: bool,
) -> int:
    """Takes in the tag that lies in [at, end); returns where to go on (after the content of a silent element)."""
    if name in _SILENT_ENDS and not closing:
        silent_end = None if name in reader.endless else _SILENT_ENDS[name].search(html, end)
        if silent_end is None:
            reader.endless.add(name)  # searching for its end again and again would be quadratic
            return end
        return silent_end.end()
    if name in _BLOCKS:
        # A break belongs to the line it ends, a block that opens to the line it begins.
        single = name in ("br", "hr")
        reader.cut(end if closing or single else at, forced=single)
    elif name in _CELLS and not closing:
        reader.text(" ", quoted=bool(quotes))
    if name == "pre":
        reader.preformatted = max(0, reader.preformatted + (-1 if closing else 1))
    if quotes or name in _QUOTING:
        _track_quotes(name, attributes, quotes, closing=closing)
    return end


def _tag_end(html: str, at: int) -> int:
    """After the tag's `>`; one inside a quoted value does not count. -1 when the tag never ends."""
    end = html.find(">", at)
    for _ in range(3):
        if end < 0 or end - at > _MAX_ATTRIBUTES:
            break
        body = html[at:end]
        if body.count('"') % 2 == 0:
            return end + 1
        following = html.find(">", end + 1)
        if following < 0 or following - at > _MAX_ATTRIBUTES:
            break
        end = following
    first = html.find(">", at)
    return first + 1 if first >= 0 else -1


def _track_quotes(name: str, attributes: str, quotes: list[tuple[str, int]], *, closing: bool) -> None:
    """Keeps the stack of elements that mark quoted history; only their own kind is counted inside them."""
    if quotes and quotes[-1][0] == name:
        depth = quotes[-1][1] + (-1 if closing else 1)
        quotes[-1] = (name, depth)
        if depth == 0:
            quotes.pop()
            return
    if (
        not closing
        and "=" in attributes
        and name in _QUOTING
        and len(quotes) < _MAX_QUOTES
        and _marks_quote(name, attributes)
    ):
        if quotes and quotes[-1][0] == name:
            quotes[-1] = (name, quotes[-1][1] - 1)
        quotes.append((name, 1))


def _marks_quote(name: str, attributes: str) -> bool:
    """Whether an element is how some client marks history. A plain blockquote is a writer's indent (Chrome's editor
    makes `margin: 0 0 0 40px; border: none`)."""
    values = {m.group(1).lower(): m.group(2) or m.group(3) or m.group(4) or "" for m in _ATTRIBUTE.finditer(attributes)}
    if values.get("id", "").lower() in _QUOTE_IDS or values.get("name", "").lower() in _QUOTE_IDS:
        return True
    if _QUOTE_CLASSES.search(values.get("class", "")):
        return True
    if name != "blockquote":
        return False
    return values.get("type", "").lower() == "cite" or bool(_BORDER_LEFT.search(values.get("style", "")))


def html_to_text(html: str) -> str:
    """A page as text: one line a block, at most one blank line in a row."""
    return tidy(line.text for line in read_lines(html))


def tidy(lines: Iterable[str]) -> str:
    """Lines joined, runs of blank ones made one, none at either end."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    return "\n".join(kept)


def find_content_ids(html: str) -> frozenset[str]:
    """The Content-IDs of pictures that the page shows, lower case."""
    return frozenset(found.group(1).lower() for found in _CID.finditer(html))


def without_data_images(html: str) -> str:
    """The page without pictures that are written into it as base64: they may be megabytes and hold no text."""
    return _DATA_IMAGE.sub(r"\1=\2\2", html) if "data:" in html else html
