"""The usual share text, read in one pass: links in the form the client copies, each with its code right behind it.

Nothing is decided here that `link_forms`, `link_codes` and `link_pairs` would decide otherwise: as soon as a text holds
anything else about links or codes, this module declines and they read it. It exists because lists of thousands of
such lines occur, and looking at each from all sides takes fifty times as long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsers.link_codes import COLUMN, find_bare, find_bare_before, find_codes
from parsers.link_forms import SHARE
from parsers.link_labels import CORE_SIGNS

# Parts: id, code inside the address, code behind it.
_UNIT = re.compile(
    r"pan\.baidu\.com/s/(1[A-Za-z0-9_-]{22}|1[A-Za-z0-9_-]{6}[A-Za-z0-9](?![A-Za-z0-9_-]|\n[ >|*]{0,8}[A-Za-z0-9_-]{15}))"
    r"(?![A-Za-z0-9_-])(?:\?pwd=([A-Za-z0-9]{4})(?![A-Za-z0-9&#=%]))?"
    r"(?:[ ]{0,8}[,，;；)）]?[ ]{0,4}\n?[ ]{0,4}(?:提取码|访问码|密码|提取密码)(?:[:：][ ]?|[ ])"
    r"([A-Za-z0-9]{4})(?![A-Za-z0-9@+%、]|[ _.-]{0,3}[A-Za-z0-9、和]|://|\\)|(?![?？&#\\<]|\s{0,2}[?？&]))"
)
_CORES = tuple((core, frozenset(core)) for core in CORE_SIGNS)  # a glance at the letters spares most searches
_ODD_ID = re.compile(r"\n1(?:(.)\1{5}|abcd|2345|[xX]{4})")
_NOTHING = frozenset(("", "https://", "http://"))  # between two links of a plain list
_ELSE = ("//", "/s/1", "www.", ".com/", ".cn/", "baidu", "BAIDU", "Baidu", "BaiDu", "pan")


def read_usual(text: str) -> Iterable[tuple[str, str | None, str | None]] | None:
    """(address, code in it, code behind it) of every link of a plain text, or None if the text is not of this kind."""
    parts = _UNIT.split(text)
    if len(parts) == 1:
        return None
    ids, inside, beside = parts[1::4], parts[2::4], parts[3::4]
    between = parts[0::4]
    # What stands between two links is mostly the same again and again: each wording is looked at once.
    rest = "\0".join((*set(between[:-1]), between[-1])).replace("https://\0", "\0").replace("http://\0", "\0")
    if any(sign in rest for sign in _ELSE) or _ODD_ID.search("\n" + "\n".join(ids)):
        return None
    if "|" in rest and COLUMN.search(rest):
        return None
    signs = set("".join(set(rest)).lower())
    possible = [core for core, letters in _CORES if letters <= signs]
    if possible:
        low = rest.lower()
        if any(core in low for core in possible) and next(find_codes(rest), None) is not None:
            return None
    for at, (first, second) in enumerate(zip(inside, beside, strict=True)):
        if first is None and second is None:
            before, after = between[at], between[at + 1]
            if after.strip() not in _NOTHING and find_bare(after, 0):
                return None
            if "](" in before[-12:] and find_bare_before(before, len(before)):
                return None
    return zip(map(SHARE.__add__, ids), inside, beside, strict=True)
