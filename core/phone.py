"""Telephone numbers as they stand in a form's cell: could somebody be called with this?

Only what cannot be a number at all is refused, for the remark it raises is read by the submitter.
"""

from __future__ import annotations

import re

from core.text import normalise

_SEP = r"[ .-]{0,3}"
_COUNTRY = rf"(?:\(?(?:\+|00)?86\)?{_SEP})?"
_MOBILE = rf"{_COUNTRY}0?1{_SEP}[3-9](?:{_SEP}\d){{9}}"
_LOCAL = rf"[2-9](?:{_SEP}\d){{6,7}}"
# The largest cities, 济南 (0531) and 青岛 (0532) have eight digits: seven are one short.
_EIGHT = rf"[2-9](?:{_SEP}\d){{7}}"
_AREA_AND_LOCAL = rf"(?:0(?:10|2\d|53[12])\)?{_SEP}{_EIGHT}|0(?!53[12])[3-9]\d\d\)?{_SEP}{_LOCAL})"
_FROM_ABROAD = rf"\(?(?:\+|00)86\)?{_SEP}\(?(?:0\))?[1-9]\d{{1,2}}\)?{_SEP}{_LOCAL}"
_EXTENSION = r"(?: ?(?:-{1,2}|转|分机号?|ext\.?|x|\*|#|\() ?:?\d{1,6}\)?)?"
_SERVICE = rf"[48]00(?:{_SEP}\d){{7}}"
_ABROAD = rf"(?:\+|00)(?!86)[1-9]\d{{0,2}}{_SEP}\d(?:{_SEP}\d){{5,11}}"
_NUMBER = re.compile(
    rf"(?:{_MOBILE}|{_SERVICE}|{_COUNTRY}\(?{_AREA_AND_LOCAL}{_EXTENSION}|{_FROM_ABROAD}{_EXTENSION}|{_LOCAL}{_EXTENSION}|{_ABROAD})(?!\d)",
    re.IGNORECASE,
)
_LAST_DIGITS = re.compile(r"[/、,] ?\d{1,4}(?!\d)")  # 82626712/13: the second line of the same switchboard
_BETWEEN = re.compile(r"[\s,;、。./|:&+*'\"\[\]<>()_~-]+")
_WORDS = re.compile(r"[^\W\d_]+")
_LONGEST = 300


def is_phone(text: str) -> bool:
    """Whether a cell holds at least one telephone number and nothing that looks like a mistyped one.

    Mobiles and landlines of mainland China, with or without area code, extension, +86, blanks, dashes and brackets;
    400 and 800 numbers; numbers abroad with their country code; several of them, with names and words between.
    """
    plain = normalise(text[:_LONGEST]).strip()
    at, found = 0, False
    while at < len(plain):
        if number := _NUMBER.match(plain, at):
            found, at = True, number.end()
            if more := _LAST_DIGITS.match(plain, at):
                at = more.end()
        elif other := _WORDS.match(plain, at) or _BETWEEN.match(plain, at):
            at = other.end()
        else:
            return False
    return found
