"""Makes a stranger's text fit to stand in a letter: one line, no control or direction characters, bounded.

Everything that came from outside (titles, names of files, subjects, display names) passes through here before it
reaches a template or a header, so neither a line break nor a character that turns the reading direction can change
what a letter says. Linear in the bound, not in the input.
"""

from __future__ import annotations

import re

_SPACES = re.compile(r"[\s\x00-\x20\x7f-\xa0\u2028\u2029\u3000]+")
# Soft hyphen, zero-width, direction marks and overrides, invisible operators, byte order mark, interlinear marks and
# tag characters: they are not seen but change what is seen. U+200D stays, emoji families are built with it.
_UNSEEN = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_BREAKS = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")


def one_line(text: str | None, limit: int = 200) -> str:
    """`text` on one line of at most `limit` characters, the last of them an ellipsis when something was cut."""
    if not text:
        return ""
    head = text[: limit * 4 + 64]
    head = _SURROGATES.sub("\ufffd", head)
    head = _SPACES.sub(" ", _UNSEEN.sub("", head)).strip()
    if len(head) <= limit and len(text) <= limit * 4 + 64:
        return head
    return head[: max(limit - 1, 0)].rstrip("\u200d\ufe0f ") + "…"


def paragraphs(text: str | None, limit: int = 20_000) -> tuple[str, ...]:
    """The non-empty lines of a longer text (words by staff), each on one line, `limit` characters in all."""
    if not text:
        return ()
    lines = (one_line(line, limit) for line in _BREAKS.split(text[:limit]))
    return tuple(line for line in lines if line)


def sentence(text: str | None, limit: int = 2000) -> str:
    """A finding's sentence on one line, closed by a full stop if its writer left that out."""
    line = one_line(text, limit)
    if not line or line[-1] in "。！？…；：.!?;:":
        return line
    if line[-1] in "”’」』）)》" and len(line) > 1 and line[-2] in "。！？…":
        return line
    return line + "。"
