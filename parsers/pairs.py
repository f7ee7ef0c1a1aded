"""A person and a phone number written into one cell (张三 13800000000), taken apart."""

from __future__ import annotations

import re
import unicodedata

_PHONE = re.compile(r"(?<![\d])(?:\+?86[\s-]?)?(?:\(?0\d{2,3}\)?[\s-]*)?\d[\d\s-]{5,14}\d(?:[\s-]*(?:转|ext)\.?\s*\d{1,6})?(?!\d)")
_EDGES = " \t\u3000\n,，、;；:：/()（）"


def split_pair(text: str) -> tuple[str, str]:
    """(person, phone); "" for what is not there. The phone stays as written, several are joined with 、."""
    folded = unicodedata.normalize("NFKC", text)
    phones = [hit.group().strip() for hit in _PHONE.finditer(folded)]
    person = _PHONE.sub(" ", folded).strip(_EDGES)
    return " ".join(person.split()), "、".join(phones)
