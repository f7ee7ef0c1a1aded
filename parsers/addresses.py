"""Addresses and ids in header values: who wrote, to whom, in answer to what. Tolerant: an address is what looks like
one, whatever stands round it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from parsers.charset import decode_words

_BARE = re.compile(r"[A-Za-z0-9!#$%&*+/=?^_`{|}~.'-]{1,80}@[A-Za-z0-9\u4e00-\u9fff.\[\]:_-]{1,190}")
_ANGLE = re.compile(r"<\s*([^<>@\s]{1,100}@[^<>\s]{1,200}?)\s*>")
_ID = re.compile(r"<([^<>\s]{1,900})>")
_LOOSE_DATE = re.compile(
    r"(\d{4})\s?[-年/.]\s?(\d{1,2})\s?[-月/.]\s?(\d{1,2})\s?日?[T\s]{0,3}(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s{0,2}([+-]\d{2}:?\d{2}|Z)?"
)
_SHANGHAI = timezone(timedelta(hours=8))
_MOST = 500


@dataclass(frozen=True, slots=True)
class Person:
    """A name as shown, "" if none, and a bare lower-case address."""

    name: str
    address: str


def find_people(value: str) -> tuple[Person, ...]:
    """The people in an address header, given as text whose encoded words are still encoded (a name may hold a comma).
    At most 500."""
    people: list[Person] = []
    for piece in _split(value):
        person = _person(piece)
        if person is not None:
            people.append(person)
        if len(people) >= _MOST:
            break
    return tuple(people)


def _split(value: str) -> list[str]:
    """At commas and semicolons that stand neither in quotes nor in brackets."""
    pieces: list[str] = []
    start = 0
    quoted = angle = False
    for at, char in enumerate(value):
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char == "<":
            angle = True
        elif char == ">":
            angle = False
        elif char in ",;" and not angle:
            pieces.append(value[start:at])
            start = at + 1
    pieces.append(value[start:])
    # A quote that never closes swallows the rest: then it was no quote.
    return value.replace('"', "").split(",") if quoted and '"' in value else pieces


def _person(piece: str) -> Person | None:
    found = _ANGLE.search(piece)
    if found is not None:
        name = piece[: found.start()] or piece[found.end() :]
        return Person(_name(name), _tidy(found.group(1)))
    bare = _BARE.search(piece)
    if bare is None:
        return None
    name = (piece[: bare.start()] + piece[bare.end() :]).strip(" ()")
    return Person(_name(name), _tidy(bare.group()))


def _name(raw: str) -> str:
    text = decode_words(raw.strip().strip('"').replace('\\"', '"').strip())
    return text.strip("\"' ").strip()[:200]


def _tidy(address: str) -> str:
    r"""Lower case, without what mailers leave round it: `'a@b.cn'`, `"a@b.cn\"`, a full stop."""
    return address.strip("'\"\\.<>,; ").lower()


def find_ids(value: str) -> tuple[str, ...]:
    """Message ids in angle brackets, in order, each once, at most 100. An empty id is none."""
    return tuple(dict.fromkeys(f"<{found}>" for found in _ID.findall(value)[:100]))


def find_id(value: str) -> str | None:
    """A Message-ID; one without its brackets is given them. None when there is none."""
    found = find_ids(value)
    if found:
        return found[0]
    bare = value.strip().strip("<>").strip()
    return f"<{bare}>" if bare and " " not in bare and len(bare) < 900 else None


def find_date(value: str) -> datetime | None:
    """A Date header as an aware time; without a zone it is taken for Shanghai time. None if it is no date."""
    found: datetime | None
    try:
        found = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        found = _loose_date(value)
    if found is None:
        return None
    try:
        return (found if found.tzinfo is not None else found.replace(tzinfo=_SHANGHAI)).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _loose_date(value: str) -> datetime | None:
    """ISO and Chinese spellings that RFC 5322 does not know."""
    found = _LOOSE_DATE.search(value[:200])
    if found is None:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        date = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=_SHANGHAI
        )
    except ValueError:
        return None
    if zone is None:
        return date
    if zone == "Z":
        return date.replace(tzinfo=UTC)
    sign = -1 if zone[0] == "-" else 1
    digits = zone[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return date.replace(tzinfo=timezone(sign * offset)) if offset < timedelta(hours=24) else date
