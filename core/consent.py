"""What a mail's own words say about sharing a course (notice, section five: 请标明是否同意共享)."""

from __future__ import annotations

import re

from core.text import normalise

NO_SHARING = re.compile(r"(不同意|不愿意|不予|不)(?:纳入|共享|加入|公开)|不同意.{0,12}共享|(?:是否)?同意.{0,16}共享[:：]?\s*(?:否|不)")
SHARING = re.compile(r"(?<!不)(?<!否)(?:同意|愿意).{0,24}?(?:共享|纳入)|同意共享|可以共享|共享[:：]\s*(?:同意|是)")


def find_consent(text: str) -> bool | None:
    """What a mail's text says about sharing a course (`同意共享` only in the mail body); None if nothing."""
    plain = re.sub(r"\s+", "", normalise(text))
    plain = re.sub(r"是否同意[^。；;,，:：]{0,24}", "", plain)
    if NO_SHARING.search(plain):
        return False
    return True if SHARING.search(plain) else None
