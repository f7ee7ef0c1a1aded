"""A code that stands in another part of the mail than its link: in the subject, in a text file, below a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.facts import Link
from parsers.link_codes import find_codes
from parsers.link_labels import STRONG
from parsers.link_text import half_width, plain

_MOST = 200_000  # characters of one text that are read for a code


def with_loose_codes(links: Sequence[Link], texts: Iterable[str]) -> tuple[Link, ...]:
    """The links, and the code of the only Baidu link without one taken from `texts` (subject, body, texts of the
    attachments), if all of them together name exactly one code that no link has yet. Anything else is left as it is:
    a code of unknown owner is nobody's."""
    bare = [at for at, link in enumerate(links) if link.provider == "baidu" and link.code is None]
    if len({links[at].url for at in bare}) != 1:
        return tuple(links)
    taken = {code for link in links for code in (link.code, link.other_code) if code}
    named = {
        code.value
        for text in texts
        for code in find_codes(plain(half_width(text[:_MOST])))
        if code.strength == STRONG and len(code.value) == 4 and code.baidu is not False
    }
    free = named - taken
    if len(free) != 1:
        return tuple(links)
    (code,) = free
    return tuple(replace(link, code=code) if at in bare else link for at, link in enumerate(links))
