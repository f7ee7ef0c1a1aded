"""How mail clients announce the mail that follows: attribution lines, rules with words, blocks of header labels.

Knows lines only; `parsers.quoting` decides what becomes of them. Every pattern is bounded, so a hostile line costs no
more than its length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MarkKind = Literal["reply", "forward", "either"]
_LONGEST = 500  # characters of a line that are looked at
_MOST_LINES = 20_000  # a mail whose history begins further down is not a person's
_ANY_WORD = re.compile(
    r"[写寫]|wr[oi]te|件\s?人|件者|发信人|from|sender|[转轉][发發寄]|forward|転送|原始|原邮件|原文|源邮件|邮件原|original|答复的|"
    r"回[复覆]的|repl[iy]",
    re.IGNORECASE,
)

# Rules with words in them; the clients that write them stand behind.
_FORWARD_WORDS = (
    r"转发邮件信息|转发的?原?邮件|转发的消息|被?转发的?邮件|已转发(?:的)?邮件|转寄的?邮件|轉寄的?郵件|轉寄郵件|转发原邮件|"
    r"forward(?:ed|ing) (?:message|messages|mail|email)s?(?: from .{1,60}| by .{1,60})?"
)
_REPLY_WORDS = r"回复的?原?邮件|答复的?原?邮件|repl(?:ied|y) message|回覆的郵件"
_EITHER_WORDS = r"原始(?:邮件|郵件|信息|消息|讯息)|原邮件|邮件原件|邮件原文|原文|original(?: message| mail| email| e-mail)?|源邮件|引用原文"
_RULE = r"[-=_*~—–─]{2,80}"
_DRESSED = re.compile(
    rf"^{_RULE}\s{{0,3}}(?:以下[是为]?)?(?:(?P<forward>{_FORWARD_WORDS})|(?P<reply>{_REPLY_WORDS})|(?P<either>{_EITHER_WORDS}))"
    rf"\s{{0,3}}[:：]?\s{{0,3}}(?:{_RULE})?$",
    re.IGNORECASE,
)
_BARE_FORWARD = re.compile(
    r"^(?:开始转发的?邮件|下面是被转发的邮件|以下(?:是|为)(?:被)?转发的?邮件|被转发的邮件|begin forwarded message|"
    r"以下是轉寄的郵件|開始轉寄郵件|転送メッセージ)\s{0,2}[:：]$",
    re.IGNORECASE,
)
_BARE_EITHER = re.compile(r"^(?:原始邮件|原邮件|original message)\s{0,2}[:：]?$", re.IGNORECASE)
_PLAIN_RULE = re.compile(r"^(?:[-_=—─]{5,200})$")

# "在 2021-11-08 10:00:00，"x" <y> 写道：", "On … wrote:", "x <y> 于2021年11月8日周一 10:00写道："
_WROTE = re.compile(r"(?:写道|寫道|编写|撰写|wrote|writes|写到)\s{0,2}[:：]?$", re.IGNORECASE)
_WROTE_BEGIN = re.compile(
    r"^(?:在|于|於|on\s|at\s|\d{4}\s?[-年/.]|\d{1,2}/\d{1,2}/|[\"“'<]?[^\s<]{0,60}\s?<|\S{1,30}\s?[于於]\s?\d)",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"\d{4}\s?[-年/.]\s?\d{1,2}|\d{1,2}[:：]\d{2}|\d{1,2}/\d{1,2}/\d{2,4}|\d{1,2}月\s?\d{1,2}日|(?:19|20)\d\d\b"
)
_ADDRESS = re.compile(r"[A-Za-z0-9._%+$'-]{1,80}@[A-Za-z0-9.-]{1,120}")

_LABELS: tuple[tuple[str, str], ...] = (
    ("sender", r"发\s?件\s?人|寄\s?件\s?(?:者|人)|发信人|發件人|from|sender"),
    ("date", r"发\s?[送件信]\s?(?:时\s?间|日\s?期)|日\s?期|时\s?间|寄件日期|[發傳]送(?:時間|日期)|sent(?: at)?|date"),
    ("to", r"收\s?件\s?[人者]|收信人|to|接收人"),
    ("copy", r"抄\s?送(?:人)?|副\s?本|密\s?送|cc|bcc"),
    ("subject", r"主\s?题|主\s?旨|标\s?题|主題|subject"),
    ("other", r"附\s?件|attachments?|reply-to|回复地址|importance|重要性"),
)
_LABEL = re.compile(
    r"^[>|\s*·]{0,10}(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _LABELS)
    + r")\s{0,4}\*{0,2}\s{0,4}(?P<sign>[:：|])?\s{0,60}(?P<value>.*)$",
    re.IGNORECASE,
)
_INLINE_LABELS = re.compile(
    "|".join(f"(?P<{name}>{words})" for name, words in _LABELS[:5]).join(("(?:", r")\s{0,4}[:：]")), re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mark:
    """The first announcement of history. `start`: index of its first line; `after`: of the line behind it.
    `sender`: the address that its block of labels names as the writer of the history, lower case, "" if none."""

    kind: MarkKind
    start: int
    after: int
    sender: str = ""


def find_mark(lines: Sequence[str]) -> Mark | None:
    """The first mark in `lines` (marks behind `>` count too: Apple quotes its own forward line)."""
    head = lines[:_MOST_LINES]
    if not any(_ANY_WORD.search(line[:_LONGEST]) for line in head):
        return None  # most mails have no history
    for index, line in enumerate(head):
        bare = line[:_LONGEST].lstrip("> \t").strip(" \t*|")
        if not bare:
            continue
        mark = _mark_at(lines, index, bare)
        if mark is not None:
            return mark
    return None


def _mark_at(lines: Sequence[str], index: int, bare: str) -> Mark | None:
    kind = _ruled_kind(bare)
    if kind is not None:
        block = _block_near(lines, index + 1, needed=2)
        if kind == "either" and block is None and _BARE_EITHER.match(bare):
            return None  # two words alone on a line prove nothing
        return Mark(kind, index, block[0] if block else index + 1, block[1] if block else "")
    wrote = _attribution(lines, index, bare)
    if wrote is not None:
        return wrote
    block = _block_at(lines, index, needed=3)
    if block is None:
        return None
    start = index
    for before in range(index - 1, max(-1, index - 4), -1):
        above = lines[before][:_LONGEST].strip("> \t*")
        if _PLAIN_RULE.match(above):
            start = before
        elif above:
            break
    return Mark("either", start, block[0], block[1])


def _ruled_kind(bare: str) -> MarkKind | None:
    if _BARE_FORWARD.match(bare):
        return "forward"
    found = _DRESSED.match(bare)
    if found is not None:
        return "forward" if found["forward"] else "reply" if found["reply"] else "either"
    return "either" if _BARE_EITHER.match(bare) else None


def _attribution(lines: Sequence[str], index: int, bare: str) -> Mark | None:
    """A line that says who wrote when, perhaps wrapped over up to three lines."""
    if _WROTE.search(bare) is None or len(bare) >= _LONGEST:
        return None
    start, text = index, bare
    for before in range(index - 1, max(-1, index - 3), -1):
        if text[0] not in "于於" and _WROTE_BEGIN.match(text) and _DATED.search(text):
            break
        above = lines[before][:_LONGEST].lstrip("> \t").strip()
        if not above or above[-1] in "。！？!?；;":
            break
        start, text = before, f"{above} {text}"
    address = _ADDRESS.search(text)
    if not (_DATED.search(text) and (_WROTE_BEGIN.match(text) or address)):
        return None
    return Mark("reply", start, index + 1, address.group().lower() if address else "")


def _block_near(lines: Sequence[str], index: int, needed: int) -> tuple[int, str] | None:
    """A block of labels within the next few lines."""
    for at in range(index, min(len(lines), index + 4)):
        if lines[at].strip("> \t*|"):
            return _block_at(lines, at, needed)
    return None


def _block_at(lines: Sequence[str], index: int, needed: int) -> tuple[int, str] | None:
    """A block of header labels that begins at `index`: (line after it, sender's address). It must name a sender and
    `needed` labels in all; lines between that are folded values or blank are allowed, two at most in a row."""
    first = _label(lines[index])
    if first is None:
        return _one_line_block(lines, index)
    seen: dict[str, str] = {}
    unsigned = gaps = 0
    after = index
    for at in range(index, min(len(lines), index + 16)):
        found = _label(lines[at])
        if found is None:
            gaps += 1
            if gaps > 2 or (lines[at].strip("> \t*|") and len(seen) >= 5):
                break
            continue
        name, value, signed = found
        if name in seen and name != "copy":
            break
        seen[name] = value
        unsigned += not signed
        gaps, after = 0, at + 1
    if "sender" not in seen or len(seen) < max(needed, 3 if unsigned else 0):
        return _one_line_block(lines, index)
    address = _ADDRESS.search(seen["sender"])
    return after, address.group().lower() if address else ""


def _label(line: str) -> tuple[str, str, bool] | None:
    """(kind, value, whether a colon stands between) of a line that begins with a header label."""
    found = _LABEL.match(line[:_LONGEST])
    if found is None:
        return None
    value, sign = found["value"].strip(" *|"), found["sign"]
    name = next(label for label, _ in _LABELS if found[label])
    if sign is None and (
        found[name].isascii() or (value and not line[found.end(name) : found.end(name) + 1].isspace())
    ):
        return None  # an English word, or Chinese text that only begins like a label
    return name, value, sign is not None


def _one_line_block(lines: Sequence[str], index: int) -> tuple[int, str] | None:
    """The whole block in one line, as some pages give it when their markup is taken away."""
    line = lines[index][:_LONGEST]
    found = list(_INLINE_LABELS.finditer(line))
    names = {match.lastgroup for match in found}
    if "sender" not in names or len(names) < 3 or found[0].start() > 3:
        return None
    address = _ADDRESS.search(line)
    return index + 1, address.group().lower() if address else ""
