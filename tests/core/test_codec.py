"""Facts survive the way through JSON, whatever they are; data that does not fit says where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Literal, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.codec import CodecError, decode, decode_as, digest, encode, encode_as
from core.facts import (
    Blocked,
    Envelope,
    FormFacts,
    Link,
    LinkState,
    MessageFacts,
    Part,
    ScanFacts,
    SealFacts,
    Unreadable,
)
from core.findings import Finding, Severity
from core.letter import LetterItem, LetterPlan
from core.records import AnswerRecord, DecisionRecord, FileRef, ItemContent

st.register_type_strategy(Mapping, st.dictionaries(st.text(), st.text()))
# Fixed offsets, as mails have them. (Python calls a time in a zone's doubled hour unequal to the same fixed-offset time.)
offsets = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=offsets)
st.register_type_strategy(datetime, moments)
st.register_type_strategy(float, st.floats(allow_nan=False, allow_infinity=False))

forms = st.builds(
    FormFacts, st.none() | st.text(), st.none() | st.text(), st.none() | st.text(),
    st.dictionaries(st.text(), st.text() | st.booleans() | st.none()), st.dictionaries(st.text(), st.integers()),
)
seals = st.builds(SealFacts, *[st.floats(0, 1)] * 4, st.sampled_from(["round", "oval"]), st.floats(0, 1))
links = st.builds(Link, st.text(), st.text(), st.none() | st.text())
parts = st.builds(
    Part, name=st.text(), path=st.lists(st.text()).map(tuple), size=st.integers(), sha256=st.text(), media_type=st.text(),
    form=st.none() | forms, scan=st.none() | st.builds(ScanFacts, st.just(()), form=st.none() | forms),
    problem=st.none() | st.builds(Unreadable, st.sampled_from(["damaged", "limit"])) | st.builds(Blocked, st.just("bomb")),
    links=st.lists(links).map(tuple),
)
envelopes = st.builds(
    Envelope, st.none() | st.text(), st.text(), st.none() | st.text(), date=st.none() | moments,
    references=st.lists(st.text()).map(tuple), headers=st.dictionaries(st.text(), st.text()),
)
messages = st.builds(MessageFacts, envelopes, text=st.text(), parts=st.lists(parts, max_size=3).map(tuple))


def through_json(value: Any) -> Any:
    return decode(type(value), json.loads(json.dumps(encode(value), ensure_ascii=False)))


@settings(max_examples=150, deadline=None)
@given(messages)
def test_message_facts_round_trip(facts: MessageFacts) -> None:
    again = through_json(facts)
    assert again == facts
    assert encode(again) == encode(facts)
    assert digest(again) == digest(facts)


@settings(max_examples=60, deadline=None)
@given(st.builds(Finding, st.text(), st.sampled_from(Severity), st.text(), st.none() | st.integers()))
def test_findings_round_trip(finding: Finding) -> None:
    again = through_json(finding)
    assert again == finding
    assert type(again.severity) is Severity


def test_kinds_survive() -> None:
    """Equality alone would take 1 for True, "ok" for LinkState.OK, a list for a tuple."""
    form = FormFacts("course", None, "", {"consent": True, "awards": "", "note": None}, {"a": 1})
    part = Part("a", ("z", "a"), 0, "", "", form=form, links=(Link("baidu", "u", state=LinkState.DEAD),))
    again = through_json(MessageFacts(Envelope(None, "", None), parts=(part,))).parts[0]
    assert again.form.fields["consent"] is True
    assert again.form.fields["note"] is None
    assert again.links[0].state is LinkState.DEAD
    assert isinstance(again.path, tuple)
    assert list(again.form.fields) == ["consent", "awards", "note"]


@pytest.mark.parametrize("problem", [Unreadable("damaged", "x"), Blocked("bomb", "x"), None])
def test_union_keeps_its_class(problem: Unreadable | Blocked | None) -> None:
    part = Part("a", ("a",), 0, "", "", problem=problem)
    data = encode(part)
    assert through_json(part).problem == problem
    if problem is not None:
        assert data["problem"]["type"] == type(problem).__name__  # type: ignore[index, call-overload]


def test_other_time_zone_keeps_the_hour() -> None:
    moment = datetime(2021, 11, 8, 10, 12, 33, tzinfo=timezone(timedelta(hours=8)))
    again = through_json(Envelope(None, "", None, date=moment))
    assert again.date.utcoffset() == timedelta(hours=8)


def test_row_of_an_older_and_a_newer_version() -> None:
    data = encode(MessageFacts(Envelope("<a>", "s", None)))
    data["invented_later"] = {"x": 1}
    del data["defects"]
    again = decode(MessageFacts, data)
    assert again.defects == ()


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.pop("envelope"), "envelope"),
        (lambda d: d.update(size="12"), "size"),
        (lambda d: d.update(size=True), "size"),
        (lambda d: d["parts"][0].update(path="a"), r"parts\[0\]\.path"),
        (lambda d: d["parts"][0].update(problem={"type": "Exploded"}), r"parts\[0\]\.problem"),
        (lambda d: d["parts"][0].update(problem={"type": "Blocked", "reason": "mood"}), r"parts\[0\]\.problem\.reason"),
        (lambda d: d["links"][0].update(state="fine"), r"links\[0\]\.state"),
        (lambda d: d["envelope"].update(date="yesterday"), r"envelope\.date"),
        (lambda d: d.update(parts=None), "parts"),
        (lambda d: d["envelope"].update(headers=[]), r"envelope\.headers"),
    ],
)
def test_what_does_not_fit_is_named(change: Any, where: str) -> None:
    facts = MessageFacts(Envelope("<a>", "s", None), parts=(Part("a", ("a",), 0, "", ""),), links=(Link("b", "u"),))
    data = json.loads(json.dumps(encode(facts)))
    change(data)
    with pytest.raises(CodecError, match=where):
        decode(MessageFacts, data)


@pytest.mark.parametrize("data", [None, [], "x", 3, {"envelope": None}])
def test_garbage_is_refused(data: Any) -> None:
    with pytest.raises(CodecError):
        decode(MessageFacts, data)


@dataclass(frozen=True)
class _Said:
    what: str
    when: date
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class _SaidLater:
    what: str
    when: date
    about: tuple[str, ...] = ()
    added: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


def test_digest_does_not_change() -> None:
    """The value is written down: a codec that spells anything differently would make every outcome of before look new,
    and everybody would be answered again. Nor may a field that was added later."""
    said = digest(_Said("补正", date(2021, 11, 10)))
    assert said == "cc7bae4a6b8a8f8bfdbf47f0a55fbaa0100e8a9b9c6b5233bcfaf6be4c9e7df5"
    assert digest(_SaidLater("补正", date(2021, 11, 10))) == said
    assert digest(_SaidLater("补正", date(2021, 11, 10), added="x")) != said
    assert digest(_Said("补正", date(2021, 11, 10), ("a",))) != said


def test_digest_tells_plans_apart() -> None:
    plan = LetterPlan("receipt", "济南市教育局", "N1", datetime(2021, 11, 8, tzinfo=UTC), "s", "第一批", date(2021, 11, 10))
    assert digest(plan) == digest(replace(plan))
    for name, value in (("unit", "青岛市教育局"), ("receipt_number", None), ("late", True), ("blank_forms", ("case",))):
        assert digest(replace(plan, **{name: value})) != digest(plan)
    with pytest.raises(TypeError):
        digest("text")


def test_plan_round_trip() -> None:
    item = LetterItem("case", "典型案例", None, "x", None, ("a.pdf",), "present", (Link("baidu", "u"),), False,
                      problems=(Finding("scan.missing", Severity.ERROR, "x"),))
    plan = LetterPlan("receipt", None, None, datetime(2021, 11, 8, tzinfo=UTC), "s", None, date(2021, 11, 10), items=(item,))
    assert through_json(plan) == plan


def test_type_hints_beyond_dataclasses() -> None:
    refs = (FileRef(1, ("a",), "s", "n"),)
    assert decode_as(tuple[FileRef, ...], encode_as(tuple[FileRef, ...], refs)) == refs
    assert decode_as(FileRef | None, None) is None
    assert decode_as(frozenset[str], encode_as(frozenset[str], frozenset({"b", "a"}))) == {"a", "b"}
    assert decode_as(dict[int, str], encode_as(dict[int, str], {1: "a"})) == {1: "a"}
    assert decode_as(tuple[int, str], [1, "a"]) == (1, "a")
    assert decode_as(float, 1) == 1.0
    with pytest.raises(CodecError):
        decode_as(tuple[int, str], [1])


def test_unknown_hints_are_a_bug() -> None:
    for hint in (complex, list[int], str | datetime, set[str]):
        with pytest.raises(TypeError):
            encode_as(hint, None)
    with pytest.raises(TypeError):
        encode("text")


class _Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class _Tree:
    name: str
    children: tuple[_Tree, ...] = ()
    colours: Mapping[_Colour, int] = ()  # type: ignore[assignment]
    mode: Literal["a", 1, None] = None


def test_a_type_may_hold_itself() -> None:
    tree = _Tree("a", (_Tree("b", colours={_Colour.RED: 1}, mode=1),), colours={})
    assert through_json(tree) == _Tree("a", (_Tree("b", (), {_Colour.RED: 1}, 1),), {})


@pytest.mark.parametrize("cls", [MessageFacts, LetterPlan, Finding, ItemContent, AnswerRecord, DecisionRecord])
def test_every_stored_type_is_understood(cls: type) -> None:
    """A field of a type the codec does not know must fail here, not at the first mail that has it."""
    for item in fields(cls):
        hint = get_type_hints(cls)[item.name]
        encode_as.__globals__["_encoder"](hint)
        encode_as.__globals__["_decoder"](hint)
