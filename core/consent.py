"""What a mail's own words say about sharing a course (notice, section five: 请标明是否同意共享)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.text import compact, normalise

NO_SHARING = re.compile(r"(不同意|不愿意|不予|不)(?:纳入|共享|加入|公开)|不同意.{0,12}共享|(?:是否)?同意.{0,16}共享[:：]?\s*(?:否|不)")
SHARING = re.compile(r"(?<!不)(?<!否)(?:同意|愿意).{0,24}?(?:共享|纳入)|同意共享|可以共享|共享[:：]\s*(?:同意|是)")


_CLAUSES = re.compile(r"[。；;，,！!\n]+")
_SHORTEST = 3  # characters of a title that can be told from other words


def find_consent(text: str) -> bool | None:
    """What a mail's text says about sharing a course (`同意共享` only in the mail body); None if nothing."""
    plain = re.sub(r"\s+", "", normalise(text))
    plain = re.sub(r"是否同意[^。；;,，:：]{0,24}", "", plain)
    if NO_SHARING.search(plain):
        return False
    return True if SHARING.search(plain) else None


def contradicts(text: str) -> bool:
    """Whether the text says both yes and no, of different courses most likely."""
    return {find_consent(clause) for clause in _CLAUSES.split(text)} >= {True, False}


def consent_about(text: str, title: str | None, titles: Iterable[str | None]) -> bool | None:
    """What the text says about sharing this course. `titles`: of all courses that it may speak of: what it says behind the name of
    one is that one's. None if nothing, or yes and no at once."""
    known = sorted({compact(one) for one in titles if one and len(compact(one)) >= _SHORTEST}, key=len, reverse=True)
    said: dict[str, set[bool]] = {}
    current = ""
    for clause in _CLAUSES.split(text):
        current = next((one for one in known if one in compact(clause)), current)
        value = find_consent(clause)
        if value is not None:
            said.setdefault(current, set()).add(value)
    if not said and (whole := find_consent(text)) is not None:
        said[""] = {whole}
    found = said.get(compact(title or ""), said.get("", set()))
    return next(iter(found)) if len(found) == 1 else None
