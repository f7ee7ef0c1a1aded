"""The meaning of mail servers' answers, row by row of the provider notes (A7 NetEase, A8 QQ) and beyond."""

from __future__ import annotations

import smtplib
import socket
import ssl
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ports import Refused, Sent, TryLater
from notifier.sender import Stage, outcome_of, outcome_of_error

LATER = [
    (421, "HL:REP 163 smtp5,D9GowAA3", "connect", 60), (421, "HL:ICC too many connections", "connect", 15),
    (421, "HL:IFC", "mail", 15), (421, "HL:MEP", "mail", 15), (421, "closing connection", "rcpt", 15),
    (450, "MI:CEL", "mail", 15), (450, "MI:DMC", "mail", 15), (450, "MI:CCL", "mail", 15), (450, "RP:DRC", "rcpt", 15),
    (450, "RP:CCL", "rcpt", 15), (450, "DT:RBL", "end", 30), (450, "WM:BLI", "mail", 15), (450, "WM:BLU", "mail", 15),
    (451, "DT:SPM ,please try again", "end", 30), (451, "MI:DMC", "mail", 15), (451, "MI:SFQ 163 smtp", "mail", 15),
    (451, "RP:QRC", "rcpt", 30), (451, "Requested mail action not taken: too much fail authentication", "login", 60),
    (451, "Requested action aborted: local error in processing", "end", 5), (452, "4.3.1 Insufficient system storage", "mail", 5),
    (454, "4.7.0 Temporary authentication failure", "login", 5),
    (550, "Connection frequency limited", "connect", 30), (550, "Sender frequency limited", "mail", 30),
    (550, "Ip frequency limited", "connect", 30), (450, "4.2.0 <a@b.cn>: Recipient address rejected: Greylisted", "rcpt", 5),
]  # fmt: skip
NEXT_DAY = [(550, "MI:STC 163 smtp", "mail"), (554, "MI:STC", "end"), (550, "RP:RCL", "rcpt"),
            (550, "5.4.5 Daily user sending limit exceeded", "mail")]  # fmt: skip
STOP = [
    (535, "Error: authentication failed", "login"), (535, "5.7.8 Error: authentication failed: 7UIq", "login"),
    (535, "Login Fail. Please enter your authorization code to login.", "login"),
    (534, "5.7.9 Application-specific password required", "login"),
    (550, "User has no permission", "login"), (550, "User has no permission", "mail"), (550, "User suspended", "login"),
    (553, "Mail from must equal authorized user", "mail"), (553, "NULL sender is not allowed", "mail"),
    (553, "Local user only,163 smtp5,EMGowAAnV1", "mail"), (553, "authentication is required,163 smtp4", "mail"),
    (554, "DT:SPM 163 smtp11,D8CowAB3", "end"), (550, "DT:SPM", "end"), (554, "DT:SUM 163 smtp", "end"),
    (554, "HL:IHU", "connect"), (554, "HL:IPB", "connect"), (554, "MI:SPB", "mail"), (554, "smtp auth error limit exceed", "login"),
    (550, "MI:NHD", "mail"), (550, "MI:IMF", "mail"), (550, "MI:SPF", "mail"), (550, "MI:DMA", "end"),
    (501, "mail from address must be same as authorization user.", "mail"), (503, "Error: need EHLO and AUTH first !", "mail"),
    (530, "5.7.0 Must issue a STARTTLS command first", "mail"), (530, "5.7.1 Authentication required", "mail"),
    (550, "Suspected spam ip", "connect"), (550, "SPF check failed", "mail"), (550, "Mail content denied.", "end"),
    (502, "command not implemented", "login"), (554, "5.0.0 no service", "connect"),
]  # fmt: skip
THIS_LETTER = [
    (550, "Invalid User: a@163.com", "rcpt"), (550, "5.1.1 <a@b.cn>: User unknown", "rcpt"), (550, "User suspended", "rcpt"),
    (550, "User in blacklist", "rcpt"), (550, "RP:FRL", "rcpt"), (550, "RP:TRC", "rcpt"), (550, "too much recipient", "rcpt"),
    (550, "Mailbox not found", "rcpt"), (550, "The recipient may contain a non-existent account", "rcpt"),
    (550, "Mailbox unavailable or access denied", "rcpt"), (553, "mailbox name not allowed", "rcpt"),
    (552, "Illegal Attachment", "end"), (552, "Requested mail action aborted: exceeded mailsize limit", "end"),
    (552, "Message size exceeds fixed maximum", "mail"), (500, "Error: bad syntax", "data"), (501, "Syntax: RCPT", "rcpt"),
    (554, "5.7.1 rejected by recipient", "rcpt"), (571, "delivery not authorized", "end"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "stage", "minutes"), LATER)
def test_waits_long_enough(code: int, text: str, stage: Stage, minutes: int) -> None:
    outcome = outcome_of(code, text, stage)
    assert isinstance(outcome, TryLater)
    assert outcome.after is not None
    assert timedelta(minutes=minutes) <= outcome.after < timedelta(hours=12)


@pytest.mark.parametrize(("code", "text", "stage"), NEXT_DAY)
def test_daily_limit_waits_for_the_next_day(code: int, text: str, stage: Stage) -> None:
    outcome = outcome_of(code, text, stage)
    assert isinstance(outcome, TryLater)
    assert outcome.after == timedelta(days=1)


@pytest.mark.parametrize(("code", "text", "stage"), STOP)
def test_account_refused_stops_everything(code: int, text: str, stage: Stage) -> None:
    outcome = outcome_of(code, text, stage)
    assert isinstance(outcome, Refused)
    assert outcome.stop


@pytest.mark.parametrize(("code", "text", "stage"), THIS_LETTER)
def test_refusal_of_one_letter_stops_nothing(code: int, text: str, stage: Stage) -> None:
    outcome = outcome_of(code, text, stage)
    assert isinstance(outcome, Refused)
    assert not outcome.stop


def test_reason_tells_staff_in_chinese_and_quotes_the_server() -> None:
    outcome = outcome_of(535, "Error: authentication failed", "login")
    assert isinstance(outcome, Refused)
    assert "授权码" in outcome.reason
    assert "535 Error: authentication failed" in outcome.reason


@given(st.integers(100, 699), st.text(max_size=200), st.sampled_from(["connect", "login", "mail", "rcpt", "data", "end"]))
def test_every_answer_has_a_meaning(code: int, text: str, stage: Stage) -> None:
    outcome = outcome_of(code, text, stage)
    if isinstance(outcome, Sent):
        assert 200 <= code < 400
    elif 400 <= code < 500:
        assert isinstance(outcome, TryLater)
    if not isinstance(outcome, Sent):
        assert "\n" not in outcome.reason
        assert len(outcome.reason) < 400


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPServerDisconnected("x"), TimeoutError(), ConnectionResetError(), socket.gaierror(-2, "name"),
        BrokenPipeError(), ssl.SSLError("x"), smtplib.SMTPException("x"), smtplib.SMTPResponseException(-1, b""),
        KeyError("a bug of ours"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stage", ["connect", "login", "mail", "rcpt", "data", "end"])
def test_broken_connection_loses_no_letter(error: Exception, stage: Stage) -> None:
    assert isinstance(outcome_of_error(error, stage), TryLater)


def test_unknown_outcome_says_so_and_waits_a_while() -> None:
    outcome = outcome_of_error(smtplib.SMTPServerDisconnected(), "end")
    assert isinstance(outcome, TryLater)
    assert "结果未知" in outcome.reason
    assert outcome.after is not None
    assert outcome.after >= timedelta(minutes=10)


def test_what_no_retry_can_mend() -> None:
    assert outcome_of_error(smtplib.SMTPNotSupportedError(), "connect") == Refused(
        "邮件服务器不支持所要求的加密或登录方式，请检查SMTP配置", stop=True
    )
    unsendable = outcome_of_error(UnicodeEncodeError("ascii", "授", 0, 1, "x"), "login")
    assert isinstance(unsendable, Refused)
    assert unsendable.stop
