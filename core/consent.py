"""What a mail's own words say about sharing a course (notice, section five: 请标明是否同意共享)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.campaign import Campaign
from core.submission import Item
from core.text import compact, normalise

NO_SHARING = re.compile(r"(不同意|不愿意|不予|不)(?:纳入|共享|加入|公开)|不同意.{0,12}共享|(?:是否)?同意.{0,16}共享[:：]?\s*(?:否|不)")
SHARING = re.compile(r"(?<!不)(?<!否)(?:同意|愿意).{0,24}?(?:共享|纳入)|同意共享|可以共享|共享[:：]\s*(?:同意|是)")

_SENTENCES = re.compile(r"[。；;！!？?\n]+")
_CLAUSES = re.compile(r"[，,]+")
_SHORTEST = 3  # characters of a title that can be told from other words
_WHOLE = re.compile(r"以上|上述|全部|所有|各门|各课")
_SEVERAL = re.compile(r"均|都|[两二三四五六七八九十\d]门")
_THAT = re.compile(r"[该本此]门?课")


def find_consent(text: str) -> bool | None:
    """What a mail's text says about sharing a course (`同意共享` only in the mail body); None if nothing."""
    plain = re.sub(r"\s+", "", normalise(text))
    plain = re.sub(r"是否同意[^。；;,，:：]{0,24}", "", plain)
    if NO_SHARING.search(plain):
        return False
    return True if SHARING.search(plain) else None


def contradicts(text: str) -> bool:
    """Whether the text says both yes and no, of different courses most likely."""
    clauses = (clause for sentence in _SENTENCES.split(text) for clause in _CLAUSES.split(sentence))
    return {find_consent(clause) for clause in clauses} >= {True, False}


def course_titles(items: Iterable[Item], campaign: Campaign) -> list[str | None]:
    """Titles of those that sharing can be agreed for: a case that a mail names beside its course says nothing of it."""
    return [item.title for item in items if campaign.category(item.category).resource is not None]


def consent_about(text: str, title: str | None, titles: Iterable[str | None]) -> bool | None:
    """What the text says about sharing this course. `titles`: of all courses that it may speak of. What a sentence says of the
    courses that it names is theirs; what stands by itself is said of all of which nothing else is. None if nothing, or yes and
    no at once."""
    known = sorted({compact(one) for one in titles if one and len(compact(one)) >= _SHORTEST}, key=len, reverse=True)
    said: dict[str, set[bool]] = {}
    before: frozenset[str] = frozenset()
    for sentence in _SENTENCES.split(text):
        named: frozenset[str] = frozenset()  # since something was said last
        for clause in _CLAUSES.split(sentence):
            here = _named(clause, known)
            named |= here
            before = named or before
            value = find_consent(clause)
            if value is not None:
                for one in _meant(clause, here, named, before) or {""}:
                    said.setdefault(one, set()).add(value)
                named = frozenset()
    if not said and (whole := find_consent(text)) is not None:
        said[""] = {whole}
    found = said.get(compact(title or ""), said.get("", set()))
    return next(iter(found)) if len(found) == 1 else None


def _named(clause: str, titles: Iterable[str]) -> frozenset[str]:
    """Those of the titles, the longest first, that the clause gives; none that is a piece of another one's place."""
    plain, found = compact(clause), set()
    for one in titles:
        if one in plain:
            found.add(one)
            plain = plain.replace(one, "\n")
    return frozenset(found)


def _meant(clause: str, here: frozenset[str], named: frozenset[str], before: frozenset[str]) -> frozenset[str]:
    """The titles that a word on sharing is about; none: all. `here`: those in its clause, `named`: in its sentence, `before`: the
    last ones at all."""
    if here:
        return here
    if _WHOLE.search(clause) or (_SEVERAL.search(clause) and len(named) < 2):
        return frozenset()
    return named or (before if _THAT.search(clause) else named)
