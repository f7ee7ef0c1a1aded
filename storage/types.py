"""Column types that hold whatever a stranger's mail contains, the same on SQLite and on PostgreSQL.

Neither database takes every Python string: PostgreSQL refuses NUL, both refuse lone surrogates, and a PostgreSQL index
refuses entries over some 2.7 kB. Such text must cost a character, not a mail.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD."""
    return _UNSTORABLE.sub(_REPLACEMENT, text)


def shortened(text: str, length: int) -> str:
    """The text itself if it has at most `length` characters, else its beginning and a hash of the whole: two long
    texts stay different."""
    if len(text) <= length:
        return text
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{text[: length - 33]}~{mark}"


class SafeText(TypeDecorator[str]):
    """Text of any length and content."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or (value.isascii() and "\0" not in value) else storable(value)


class Key(TypeDecorator[str]):
    """Text that is looked up or indexed: at most `length` characters, longer text by its beginning and hash. Applied to
    stored and to searched values alike, so equality still works."""

    impl = String
    cache_ok = True

    def __init__(self, length: int = 300) -> None:
        super().__init__(length)
        self.length = length

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else shortened(storable(value), self.length)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes, in the database always UTC. A naive one is a bug and raises ValueError."""

    impl = DateTime
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        moment = value.astimezone(UTC)
        # SQLite has no time zones: it stores the text of a naive datetime, which sorts as UTC does.
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """JSON. None is SQL NULL. Kept as text in both databases (PostgreSQL `json`, not `jsonb`: the order of a form's
    fields is part of what the form says)."""

    impl = JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)


def dumps(value: object) -> str:
    """JSON text that both databases accept, for the engine's `json_serializer`."""
    text = _compact(value)
    if "\\u0000" in text or _UNSTORABLE.search(text) or "NaN" in text or "Infinity" in text:
        text = _compact(_scrub(value))
    return text


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _scrub(value: object) -> object:
    """The value without characters and numbers that JSON columns refuse."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else 0.0
    if isinstance(value, dict):
        return {storable(name): _scrub(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_scrub(member) for member in value]
    return value
