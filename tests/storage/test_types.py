"""Whatever text, time and JSON comes, the databases take it and give it back, or refuse what is a bug."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.database import Database
from storage.errors import StorageError
from storage.ledger import Ledger
from storage.types import dumps, shortened, storable
from storage.watch import Watch
from tests.storage.samples import NOW, receive

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner), max_leaves=12,
)


@given(anything)
def test_json_is_always_json(value: Any) -> None:
    text = dumps(value)
    text.encode("utf-8")
    assert "\\u0000" not in text.replace("\\\\", "")
    json.loads(text, parse_constant=pytest.fail)


@given(anything)
def test_json_that_is_fine_is_not_touched(value: Any) -> None:
    if not any(bad in json.dumps(value) for bad in ("\\u0000", "\\ud", "NaN", "Infinity")):
        assert json.loads(dumps(value)) == value


def test_words_of_json_in_a_text_stay() -> None:
    assert json.loads(dumps({"a": "NaN", "b": "\\u0000", "c": "Infinity\0", "d": float("nan")})) == {
        "a": "NaN", "b": "\\u0000", "c": "Infinity�", "d": 0.0,
    }


@given(st.text(st.characters()))
def test_storable(text: str) -> None:
    safe = storable(text)
    safe.encode("utf-8")
    assert "\0" not in safe
    assert len(safe) == len(text)


def test_shortened_texts_stay_different() -> None:
    long = "甲" * 400
    assert shortened("甲" * 300, 300) == "甲" * 300
    assert len(shortened(long, 300)) == 300
    assert shortened(long, 300) != shortened(long + "乙", 300)


def test_round_trip_in_both_databases(database: Database) -> None:
    detail = {"text": "智慧助老 \0 \ud800 '\"\\ \u2028", "list": [1, 2.5, None, True], "deep": {"z": 1, "a": 2}}
    Watch(database).beat("x", NOW, detail)
    (beat,) = Watch(database).heartbeats()
    assert beat.detail == {**detail, "text": "智慧助老 � � '\"\\ \u2028"}
    assert list(beat.detail["deep"]) == ["z", "a"]  # type: ignore[arg-type]


@pytest.mark.parametrize("moment", [
    datetime(2021, 11, 10, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=8))),
    datetime(1970, 1, 1, tzinfo=UTC), datetime(1901, 1, 1, 0, 0, tzinfo=timezone(timedelta(hours=8, minutes=6))),
    datetime(2100, 2, 28, 23, 59, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
])
def test_times_are_the_same_moment_and_aware(database: Database, moment: datetime) -> None:
    row = Ledger(database).find_message(receive(database, received_at=moment))
    assert row is not None
    assert row.received_at == moment
    assert row.received_at.tzinfo is UTC


def test_naive_times_are_refused(database: Database) -> None:
    with pytest.raises(StorageError, match="naive"):
        Watch(database).beat("x", datetime(2021, 11, 8))
    assert Watch(database).heartbeats() == ()
