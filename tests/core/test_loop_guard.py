"""Nobody is answered who must not be (RFC 3834), and everybody else is, at the right address."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.facts import Envelope
from core.loop_guard import (
    HEADERS,
    AnswerCounts,
    answer_address,
    find_automatic,
    find_list,
    is_no_reply,
    may_answer,
    within_caps,
)
from core.settings import AnswerSettings

OWN = frozenset({"sdsqedu@163.com"})
CLERK = Envelope("<a@qq.com>", "济南市教育局+智慧助老", "clerk@qq.com", sender_name="张三", headers={})


def reason(envelope: Envelope, kind: str = "submission", marker: str = "") -> str | None:
    return may_answer(envelope, kind, OWN, marker)


def with_header(name: str, value: str) -> Envelope:
    assert name in HEADERS
    return replace(CLERK, headers={name: value})


def test_a_clerk_is_answered() -> None:
    assert reason(CLERK) is None
    assert reason(replace(CLERK, return_path="<clerk@qq.com>")) is None
    assert reason(with_header("return-path", "<clerk@qq.com>")) is None


@pytest.mark.parametrize("kind", ["unrelated", "auto_reply", "bounce", "duplicate"])
def test_only_submissions_are_answered(kind: str) -> None:
    assert reason(CLERK, kind)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto-submitted", "auto-replied"), ("auto-submitted", "auto-generated"), ("auto-submitted", "Auto-Replied; owner-email=x"),
        ("precedence", "bulk"), ("precedence", "BULK"), ("precedence", "list"), ("precedence", "Junk"), ("precedence", "auto_reply"),
        ("list-id", "<x.y>"), ("list-unsubscribe", "<mailto:a@b>"), ("list-post", "NO"), ("mailing-list", "x"), ("x-autoreply", "yes"),
        ("x-autorespond", "1"), ("x-autoresponder", "1"), ("x-auto-reply", "1"), ("delivered-to", "Autoresponder"), ("return-path", "<>"),
        ("return-path", ""), ("x-auto-response-suppress", "All"), ("x-auto-response-suppress", "DR, OOF, AutoReply"),
        ("x-baosong-letter", "a1"), ("x-loop", "sdsqedu@163.com"),
    ],
)
def test_signs_that_forbid_an_answer(name: str, value: str) -> None:
    assert reason(with_header(name, value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auto-submitted", "no"), ("auto-submitted", "No; x=y"), ("auto-submitted", ""), ("precedence", "first-class"),
        ("precedence", "special-delivery"),
        ("delivered-to", "sdsqedu@163.com"), ("x-auto-response-suppress", "DR, RN, NRN, OOF"), ("x-auto-response-suppress", "None"),
        ("x-loop", "somebody@else.cn"), ("list-id", ""),
    ],
)
def test_headers_that_forbid_nothing(name: str, value: str) -> None:
    assert reason(with_header(name, value)) is None


@pytest.mark.parametrize(
    "sender",
    [
        "noreply@qq.com", "no-reply@163.com", "no_reply@x.cn", "no.reply@x.cn", "donotreply@x.cn", "do-not-reply@x.cn", "mailer-daemon@x.cn",
        "postmaster@163.com", "bounce@x.cn", "bounce-12-ab@x.cn", "bounces+ab=c@x.cn", "notification@x.cn", "notifications@x.cn", "system@x.cn",
        "owner-news@x.cn", "news-request@x.cn", "oa-noreply@jinan.gov.cn", "root@x.cn", "notify@x.cn", "newsletter@x.cn", "NOREPLY@x.cn",
    ],
)
def test_machines_are_not_answered(sender: str) -> None:
    assert reason(replace(CLERK, sender=sender)) == "no-reply sender"


@pytest.mark.parametrize(
    "sender",
    [
        "jnsjyj@163.com", "12345678@qq.com", "replyzhang@qq.com", "systems.wang@sdu.edu.cn", "admin@school.cn", "info@sdu.edu.cn", "rooter@x.cn",
        "alert.li@x.cn", "norman@x.cn", "office@x.gov.cn", "zcj@jinan.gov.cn", "listen@qq.com",
    ],
)
def test_people_are(sender: str) -> None:
    assert not is_no_reply(sender)
    assert reason(replace(CLERK, sender=sender)) is None


def test_our_own_mail_is_not_answered() -> None:
    assert reason(replace(CLERK, sender="SDSQEDU@163.com")) == "own mail"
    assert reason(replace(CLERK, message_id="<a1-receipt.sdsqedu@163.com>"), marker="sdsqedu@163.com") == "own mail"
    assert reason(replace(CLERK, message_id="<a1.xsdsqedu@163.com>"), marker="sdsqedu@163.com") is None
    assert reason(replace(CLERK, message_id="<a@163.com>"), marker="") is None
    reply = replace(CLERK, references=("<a1-receipt.sdsqedu@163.com>",), in_reply_to=("<a1-receipt.sdsqedu@163.com>",))
    assert reason(reply, marker="sdsqedu@163.com") is None
    assert reason(replace(CLERK, sender="a@163.com", reply_to="sdsqedu@163.com")) == "own mail"


def test_reports_and_mail_without_an_address() -> None:
    assert reason(replace(CLERK, content_type="multipart/report; report-type=delivery-status")) == "report"
    assert reason(replace(CLERK, return_path="")) == "null return path"
    assert reason(replace(CLERK, return_path="<>")) == "null return path"
    wrong = ("", "undisclosed", "a b@c", "张三@", "@qq.com", "a@b", "a..b@qq.com", "a@qq..com", "x" * 300 + "@qq.com", "a@b.cn\nbcc:c@d.cn")
    for sender in (None, *wrong):
        assert reason(replace(CLERK, sender=sender)) == "no address"


@pytest.mark.parametrize(
    ("reply_to", "address"),
    [
        (None, "clerk@mail.jn.gov.cn"),
        ("clerk@mail.jn.gov.cn", "clerk@mail.jn.gov.cn"),
        ("zcj@mail.jn.gov.cn", "zcj@mail.jn.gov.cn"),
        ("zcj@jn.gov.cn", "zcj@jn.gov.cn"),
        ("ZCJ@JN.GOV.CN", "zcj@jn.gov.cn"),
        ("zcj@other.gov.cn", "clerk@mail.jn.gov.cn"),
        ("zcj@qq.com", "clerk@mail.jn.gov.cn"),
        ("x@gov.cn", "clerk@mail.jn.gov.cn"),
        ("noreply@mail.jn.gov.cn", "clerk@mail.jn.gov.cn"),
        ("not an address", "clerk@mail.jn.gov.cn"),
        ("", "clerk@mail.jn.gov.cn"),
    ],
)
def test_where_the_answer_goes(reply_to: str | None, address: str) -> None:
    envelope = replace(CLERK, sender="clerk@mail.jn.gov.cn", reply_to=reply_to)
    found = answer_address(envelope)
    assert found is not None
    assert found[0] == address
    assert found[1] == ("张三" if address == envelope.sender else "")


def test_machine_or_list() -> None:
    assert find_automatic(CLERK) is None
    assert find_list(CLERK) is None
    assert find_list(with_header("precedence", "Bulk")) == "precedence"
    assert find_automatic(with_header("x-auto-response-suppress", "All")) is None


def test_caps() -> None:
    settings = AnswerSettings(per_address_day=3, per_thread_day=2, per_hour=10, per_day=50)
    assert within_caps(AnswerCounts(), settings) is None
    assert within_caps(AnswerCounts(2, 1, 9, 49), settings) is None
    assert within_caps(AnswerCounts(address_day=3), settings) == "address"
    assert within_caps(AnswerCounts(thread_day=2), settings) == "thread"
    assert within_caps(AnswerCounts(hour=10), settings) == "hour"
    assert within_caps(AnswerCounts(day=50), settings) == "day"


@given(st.text(max_size=60), st.text(max_size=60), st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=30)))
def test_any_envelope_gets_an_answer(sender: str, reply_to: str, headers: dict[str, str]) -> None:
    envelope = replace(CLERK, sender=sender, reply_to=reply_to, headers=headers)
    address = answer_address(envelope)
    if may_answer(envelope, "submission", OWN) is None:
        assert address is not None
        assert "\n" not in address[0]
        assert address[0] not in OWN
