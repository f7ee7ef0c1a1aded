"""The sender against a real SMTP server on loopback, with every fault 163 and QQ are known for."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Thread as Worker

import pytest

from core.ports import Refused, SendOutcome, Sent, TryLater
from notifier.sender import SmtpSender
from tests.notifier.letter_samples import PLANS, write
from tests.support.smtp_server import Fault, SmtpServer, Tls

pytestmark = pytest.mark.live
TO = ["jnjyj@126.com"]
RAW = write(PLANS["correction-form"], from_address="office@example.test").raw


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as running:
        yield running


@pytest.fixture
def sender(server: SmtpServer) -> Iterator[SmtpSender]:
    with SmtpSender(server.settings()) as one:
        yield one


@pytest.mark.parametrize("tls", ["tls", "starttls", "none"])
def test_sends_every_byte_as_composed(tls: Tls) -> None:
    with SmtpServer(tls=tls) as server, SmtpSender(server.settings()) as sender:
        assert sender.send(RAW, TO) == Sent("250 Mail OK queued as smtp11,1")
        (got,) = server.delivered
    assert got.raw == RAW
    assert (got.sender, got.recipients, got.login) == ("office@example.test", tuple(TO), "office@example.test")
    assert got.encrypted == (tls != "none")


def test_dots_and_missing_last_line_end(server: SmtpServer, sender: SmtpSender) -> None:
    head = b"From: office@example.test\r\n\r\n"
    assert isinstance(sender.send(head + b".\r\n..\r\n.x\r\nend", TO), Sent)
    assert server.delivered[0].raw == head + b".\r\n..\r\n.x\r\nend\r\n"


def test_one_session_for_many_letters(server: SmtpServer, sender: SmtpSender) -> None:
    for _ in range(5):
        assert isinstance(sender.send(RAW, TO), Sent)
    assert (server.sessions, server.seen("auth"), len(server.delivered)) == (1, 1, 5)


def test_dead_session_is_noticed_before_the_letter(server: SmtpServer, sender: SmtpSender) -> None:
    assert isinstance(sender.send(RAW, TO), Sent)
    server.hang_up()
    assert isinstance(sender.send(RAW, TO), Sent)
    server.fail(Fault("noop", "421 closing", close=True))
    assert isinstance(sender.send(RAW, TO), Sent)
    assert server.sessions == 3
    assert len(server.delivered) == 3


def test_closed_sender_opens_anew(server: SmtpServer, sender: SmtpSender) -> None:
    assert isinstance(sender.send(RAW, TO), Sent)
    sender.close()
    sender.close()
    assert isinstance(sender.send(RAW, TO), Sent)
    assert server.sessions == 2


def test_check_logs_in_and_sends_nothing(server: SmtpServer, sender: SmtpSender) -> None:
    assert isinstance(sender.check(), Sent)
    assert server.seen("auth") == 1
    assert server.seen("mail") == 0


def test_wrong_code_is_tried_once_and_stops(server: SmtpServer) -> None:
    with SmtpSender(server.settings(password="wrong-code-123")) as sender:
        outcome = sender.send(RAW, TO)
    assert isinstance(outcome, Refused)
    assert outcome.stop
    assert "wrong-code-123" not in outcome.reason
    assert server.seen("auth") == 1  # NetEase counts failures: one mechanism, one try
    assert not server.delivered


def test_password_quoted_by_the_server_is_hidden(server: SmtpServer, sender: SmtpSender) -> None:
    server.fail(Fault("auth", "535 bad code secret-code"))
    outcome = sender.send(RAW, TO)
    assert isinstance(outcome, Refused)
    assert "secret-code" not in outcome.reason


REPLIES = [
    (Fault("auth", "550 User has no permission"), Refused, True), (Fault("auth", "535 Error: authentication failed"), Refused, True),
    (Fault("mail", "553 Mail from must equal authorized user"), Refused, True),
    (Fault("end", "554 DT:SPM 163 smtp11,D8CowAB3"), Refused, True),
    (Fault("rcpt", "550 Invalid User"), Refused, False), (Fault("end", "552 Illegal Attachment"), Refused, False),
    (Fault("mail", "451 MI:SFQ 163 smtp"), TryLater, None), (Fault("end", "451 DT:SPM ,please try again"), TryLater, None),
    (Fault("connect", "421 HL:ICC", close=True), TryLater, None), (Fault("mail", "421 HL:MEP", close=True), TryLater, None),
    (Fault("rcpt", "421 HL:IFC", close=True), TryLater, None), (Fault("data", "450 MI:CEL"), TryLater, None),
    (Fault("connect", "554 HL:IPB", close=True), Refused, True), (Fault("ehlo", "421 busy", close=True), TryLater, None),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "kind", "stop"), REPLIES)
def test_fault_reply(server: SmtpServer, sender: SmtpSender, fault: Fault, kind: type, stop: bool | None) -> None:
    server.fail(replace(fault))
    outcome = sender.send(RAW, TO)
    assert isinstance(outcome, kind), outcome
    if isinstance(outcome, Refused):
        assert outcome.stop == stop
    assert not server.delivered
    assert isinstance(sender.send(RAW, TO), Sent)  # the next letter goes, over the old session or a new one
    assert len(server.delivered) == 1


def test_refusal_of_a_letter_keeps_the_session(server: SmtpServer, sender: SmtpSender) -> None:
    server.fail(Fault("rcpt", "550 Invalid User"))
    assert isinstance(sender.send(RAW, TO), Refused)
    assert isinstance(sender.send(RAW, TO), Sent)
    assert server.sessions == 1
    assert server.delivered[0].recipients == tuple(TO)  # nothing of the refused letter's envelope is left


def test_daily_limit(server: SmtpServer, sender: SmtpSender) -> None:
    server.fail(Fault("end", "554 MI:STC"))
    outcome = sender.send(RAW, TO)
    assert isinstance(outcome, TryLater)
    assert outcome.after == timedelta(days=1)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("body"), Fault("data", close=True), Fault("mail", close=True), Fault("rcpt", close=True),
        Fault("end", close=True), Fault("connect", close=True), Fault("auth", close=True), Fault("starttls", close=True),
    ],
)  # fmt: skip
def test_hang_up_anywhere_is_tried_later(server: SmtpServer, sender: SmtpSender, fault: Fault) -> None:
    server.fail(replace(fault))
    assert isinstance(sender.send(RAW, TO), TryLater)
    assert isinstance(sender.send(RAW, TO), Sent)
    assert len(server.delivered) == 1


def test_no_answer_after_the_last_dot_is_unknown_and_the_copy_is_the_same_mail(
    server: SmtpServer, sender: SmtpSender
) -> None:
    server.fail(Fault("end", close=True, taken=True))
    outcome = sender.send(RAW, TO)
    assert isinstance(outcome, TryLater)
    assert "结果未知" in outcome.reason
    assert isinstance(sender.send(RAW, TO), Sent)
    first, second = server.delivered
    assert first.raw == second.raw  # one Message-ID: shown once


def test_slow_server_does_not_hold_the_daemon(server: SmtpServer) -> None:
    with SmtpSender(server.settings(timeout=1)) as sender:
        for stage in ("connect", "mail"):
            server.fail(Fault(stage, delay=3))  # type: ignore[arg-type]
            started = time.monotonic()
            assert isinstance(sender.send(RAW, TO), TryLater)
            assert time.monotonic() - started < 2.5


def test_copies_do_not_hold_a_letter_back(server: SmtpServer, sender: SmtpSender) -> None:
    server.fail(Fault("rcpt", "550 Invalid User", recipient="gone@b.cn"))
    outcome = sender.send(RAW, [*TO, "gone@b.cn", "not an address", "chief@b.cn"])
    assert isinstance(outcome, Sent)
    assert "gone@b.cn" in outcome.response
    assert server.delivered[0].recipients == (*TO, "chief@b.cn")


@pytest.mark.parametrize("to", [[], [""], ["a b@c.cn"], ["a@b.cn\r\nRCPT TO:<x@y.cn>"], ["<a@b.cn>"], ["张@b.cn"]])
def test_unusable_address_never_reaches_the_server(server: SmtpServer, sender: SmtpSender, to: list[str]) -> None:
    assert sender.send(RAW, to) == Refused("收件地址不可用")
    assert server.sessions == 0


def test_untrusted_certificate_sends_nothing(server: SmtpServer) -> None:
    with SmtpSender(server.settings(ca_file=None)) as sender:
        outcome = sender.send(RAW, TO)
    assert isinstance(outcome, TryLater)
    assert "证书" in outcome.reason
    assert server.seen("auth") == 0


def test_certificate_for_another_name(server: SmtpServer) -> None:
    with SmtpSender(server.settings(host="127.0.0.2")) as sender:
        assert not isinstance(sender.send(RAW, TO), Sent)
    assert server.seen("auth") == 0


def test_starttls_stripped_sends_no_code() -> None:
    with SmtpServer(tls="none") as server:
        with SmtpSender(server.settings(tls="starttls")) as sender:
            outcome = sender.send(RAW, TO)
        assert isinstance(outcome, Refused)
        assert outcome.stop
        assert server.seen("auth") == 0


def test_code_never_goes_over_an_open_line_to_another_machine(server: SmtpServer) -> None:
    with SmtpSender(replace(server.settings(), host="mail.example.test", tls="none")) as sender:
        outcome = sender.send(RAW, TO)
    assert isinstance(outcome, Refused)
    assert outcome.stop


def test_missing_ca_file_is_told(server: SmtpServer) -> None:
    with SmtpSender(server.settings(ca_file="/nonexistent/ca.pem")) as sender:
        outcome = sender.send(RAW, TO)
    assert isinstance(outcome, Refused)
    assert "ca_file" in outcome.reason


def test_nobody_listens() -> None:
    with SmtpServer() as server:
        settings = server.settings(tls="none")
    with SmtpSender(settings) as sender:
        assert isinstance(sender.send(RAW, TO), TryLater)


def test_threads_take_turns(server: SmtpServer, sender: SmtpSender) -> None:
    outcomes: list[SendOutcome] = []
    workers = [Worker(target=lambda: outcomes.append(sender.send(RAW, TO))) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(isinstance(outcome, Sent) for outcome in outcomes)
    assert server.sessions == 1
    assert [got.raw == RAW for got in server.delivered] == [True] * 6


def test_server_with_size_and_without_163s_rules() -> None:
    with SmtpServer(like_163=False) as server, SmtpSender(server.settings()) as sender:
        assert isinstance(sender.send(RAW, TO), Sent)


def test_server_without_login() -> None:
    with SmtpServer(users={}, tls="none", like_163=False) as server:
        with SmtpSender(server.settings()) as sender:
            assert isinstance(sender.send(RAW, TO), Sent)
        assert server.delivered[0].sender == "office@example.test"
