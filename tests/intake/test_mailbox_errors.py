"""What servers and libraries say, and what the school office gets to read."""

from __future__ import annotations

import imaplib
import socket
import ssl
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.exceptions import CapabilityError, LoginError, ProtocolError

from intake.mailbox_errors import (
    CommandRefused,
    Disconnected,
    FolderMissing,
    LoginRefused,
    MailboxError,
    Unreachable,
    backoff,
    provider_of,
    translate,
)

HOST = "imap.163.com"
QQ_LOGIN_FAIL = ("Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, "
                 "or system is busy. More information at https://help.mail.qq.com/detail/108/1023")


def login_error(text: str | bytes | imaplib.IMAP4.error) -> LoginError:
    """As imapclient raises it: the text of imaplib's error, which for LOGIN is the repr of bytes."""
    inner = text if isinstance(text, Exception) else imaplib.IMAP4.error(text if isinstance(text, bytes) else text.encode())
    try:
        try:
            raise inner
        except imaplib.IMAP4.error as caught:
            raise LoginError(str(caught))  # noqa: B904 - the library does it so
    except LoginError as error:
        return error


@pytest.mark.parametrize(("host", "said", "kind", "in_reason", "in_advice"), [
    # NetEase
    ("imap.163.com", "LOGIN Login error or password error", LoginRefused, "授权码", "网易"),
    ("imap.126.com", "LOGIN Login error password error", LoginRefused, "授权码", "网易"),
    ("imap.qiye.163.com", "LOGIN ERR.LOGIN.REQCODE", LoginRefused, "授权码", "网易"),
    ("imap.yeah.net", "LOGIN IMAP service is not enabled", LoginRefused, "IMAP 服务没有开启", "网易"),
    ("imap.163.com", "User has no permission", LoginRefused, "没有开启", "开启 IMAP"),
    ("imap.163.com", "LOGIN too many login failures", Unreachable, "频繁", ""),
    ("imap.163.com", "LOGIN Login frequency limited", Unreachable, "频繁", ""),
    ("imap.163.com", "登录失败，请使用授权码登录", LoginRefused, "授权码", "网易"),
    ("imap.163.com", "您的 IMAP 服务未开启", LoginRefused, "没有开启", "网易"),
    # Tencent
    ("imap.qq.com", QQ_LOGIN_FAIL, LoginRefused, "没有说明", "QQ"),
    ("imap.qq.com", "Please using authorized code to login. More information at http://service.mail.qq.com", LoginRefused, "授权码", "QQ"),
    ("imap.qq.com", "Authorized code is incorrect", LoginRefused, "授权码", "16 位"),
    ("imap.exmail.qq.com", "Login fail. Please using weixin token", LoginRefused, "专用密码", "企业邮箱"),
    ("imap.exmail.qq.com", "LOGIN login fail. Password is incorrect or service is not open", LoginRefused, "没有说明", "企业邮箱"),
    ("imap.qq.com", "System busy!", Unreachable, "繁忙", ""),
    ("imap.qq.com", "登录太频繁", Unreachable, "频繁", ""),
    # others
    ("outlook.office365.com", "Basic authentication is disabled.", LoginRefused, "OAuth2", "Outlook"),
    ("imap-mail.outlook.com", "LOGIN failed.", LoginRefused, "授权码", "Outlook"),
    ("imap.gmail.com", "[AUTHENTICATIONFAILED] Invalid credentials (Failure)", LoginRefused, "授权码", "应用专用密码"),
    ("imap.gmail.com", "[ALERT] Application-specific password required: https://x (Failure)", LoginRefused, "专用密码", "应用专用密码"),
    ("imap.gmail.com", "[ALERT] Your account is not enabled for IMAP use.", LoginRefused, "没有开启", "Google"),
    ("mail.sdjtu.edu.cn", "[AUTHENTICATIONFAILED] Authentication failed.", LoginRefused, "授权码", "password"),
    ("mail.sdjtu.edu.cn", "Invalid login or password, please try again", LoginRefused, "授权码", "password"),
    ("mail.sdjtu.edu.cn", "[UNAVAILABLE] Temporary authentication failure.", Unreachable, "繁忙", ""),
    ("mail.sdjtu.edu.cn", "[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", LoginRefused,
     "未加密", "starttls"),
    ("mail.sdjtu.edu.cn", "LOGIN something nobody ever saw", LoginRefused, "授权码", "password"),
])
def test_login_texts(host, said, kind, in_reason, in_advice):
    error = translate(login_error(said), "login", host)
    assert type(error) is kind
    assert in_reason in error.reason
    assert said[:200] in error.server_text
    if isinstance(error, LoginRefused):
        assert in_advice in error.advice
        assert "baosong check" in error.advice


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_chinese_texts_are_read_in_either_charset(charset):
    error = translate(login_error("登录失败：授权码错误，请重新获取".encode(charset)), "login", "imap.qq.com")
    assert isinstance(error, LoginRefused)
    assert "授权码错误，请重新获取" in error.server_text
    assert "\\x" not in error.server_text


def test_unsafe_login_at_every_stage():
    said = "select failed: SELECT Unsafe Login. Please contact kefu@188.com for help"
    for stage in ("login", "select", "command"):
        error = translate(imaplib.IMAP4.error(said), stage, HOST, "INBOX")
        assert isinstance(error, LoginRefused)
        assert "kefu@188.com" in error.advice


def test_a_refused_folder_is_no_refused_account():
    """A folder may be refused in words that would mean the account at the login."""
    for said in ("select failed: [NONEXISTENT] Mailbox doesn't exist: x", "select failed: no permission", "SELECT command error: BAD [b'x']",
                 "select failed: [NOPERM] Authentication failed for this folder"):
        error = translate(imaplib.IMAP4.error(said), "select", HOST, "垃圾邮件")
        assert isinstance(error, FolderMissing)
        assert error.folder == "垃圾邮件"
    assert isinstance(translate(imaplib.IMAP4.error("select failed: System busy!"), "select", HOST, "x"), Unreachable)


def test_a_refused_command_keeps_the_connection():
    for error in (imaplib.IMAP4.error("fetch failed: some text"), imaplib.IMAP4.error("FETCH command error: BAD [b'Parse error']"),
                  ProtocolError("bad response type"), CapabilityError("Server does not support MOVE capability"), ValueError("unexpected")):
        assert isinstance(translate(error, "command", HOST), CommandRefused)


@pytest.mark.parametrize("error", [
    imaplib.IMAP4.abort("socket error: EOF"), imaplib.IMAP4.abort("command: FETCH => socket error: unterminated line: b'* 1'"),
    imaplib.IMAP4.error("got more than 1000000 bytes"), TimeoutError("timed out"), ConnectionResetError(104, "reset"), ssl.SSLError("bad"),
    BrokenPipeError(), KeyError("x"), imaplib.IMAP4.abort("Server shutting down"),
])
def test_everything_else_ends_the_connection(error):
    assert isinstance(translate(error, "command", HOST), Disconnected)


def test_a_connection_lost_during_login_is_not_a_refusal():
    """imapclient makes LoginError out of it, with imaplib's words, which speak of LOGIN and error too."""
    for inner in (imaplib.IMAP4.abort("command: LOGIN => socket error: EOF"), imaplib.IMAP4.abort("socket error: [Errno 32] Broken pipe")):
        assert isinstance(translate(login_error(inner), "login", HOST), Unreachable)
    assert isinstance(translate(TimeoutError("timed out"), "login", HOST), Unreachable)


def test_a_bye_at_login_is_heard():
    ours = translate(login_error(imaplib.IMAP4.abort("Too many login failures, bye")), "login", HOST)
    assert isinstance(ours, Unreachable)
    assert ours.throttled


def test_connecting():
    cases = [
        (socket.gaierror(-3, "Temporary failure in name resolution"), "域名"),
        (ConnectionRefusedError(111, "Connection refused"), "拒绝连接"),
        (TimeoutError("timed out"), "超时"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "加密"),
        (OSError(101, "Network is unreachable"), "中断"),
        (imaplib.IMAP4.error("server not IMAP4 compliant"), "IMAP"),
        (imaplib.IMAP4.error(b"* BYE too many connections from your IP"), "繁忙"),
    ]
    for error, words in cases:
        ours = translate(error, "connect", HOST)
        assert isinstance(ours, Unreachable), error
        assert words in ours.reason
    certificate = ssl.SSLCertVerificationError(1, "certificate verify failed: Hostname mismatch")
    certificate.verify_message = "Hostname mismatch"
    ours = translate(certificate, "connect", HOST)
    assert isinstance(ours, Unreachable)
    assert "ca_file" in ours.advice


@given(st.one_of(st.text(max_size=400), st.binary(max_size=400)), st.sampled_from(["connect", "login", "select", "command"]),
       st.sampled_from([imaplib.IMAP4.error, imaplib.IMAP4.abort, OSError, ValueError, RuntimeError, LoginError]))
def test_no_text_breaks_it_and_the_text_is_one_printable_line(text, stage, kind):
    error = translate(kind(text), stage, HOST, "INBOX")
    assert isinstance(error, MailboxError)
    assert error.reason
    assert len(error.server_text) <= 300
    assert error.server_text.isprintable()


def test_our_own_errors_pass_unchanged():
    own = FolderMissing("x", "y")
    assert translate(own, "command", HOST) is own


@pytest.mark.parametrize(("host", "provider"), [
    ("imap.163.com", "netease"), ("imaphz.qiye.163.com", "netease"), ("IMAP.VIP.163.COM.", "netease"), ("imap.qq.com", "qq"),
    ("imap.exmail.qq.com", "exmail"), ("imap.qiye.aliyun.com", "aliyun"), ("outlook.office365.com", "outlook"), ("my163.com", "other"),
    ("imap.163.com.evil.test", "other"), ("localhost", "other"),
])
def test_providers(host, provider):
    assert provider_of(host) == provider


REFUSED, AWAY, BUSY, LOST = LoginRefused("x", "y"), Unreachable("x"), Unreachable("x", throttled=True), Disconnected("x")


@given(st.integers(0, 1000), st.floats(0, 1))
def test_pauses(failures, jitter):
    assert timedelta(hours=1) <= backoff(REFUSED, failures, jitter) <= timedelta(hours=15)
    assert timedelta(seconds=20) <= backoff(LOST, failures, jitter) <= timedelta(minutes=20)
    assert timedelta(seconds=40) <= backoff(AWAY, failures, jitter) <= timedelta(minutes=40)
    assert timedelta(minutes=20) <= backoff(BUSY, failures, jitter) <= timedelta(hours=5)
    for error in (REFUSED, AWAY, BUSY, LOST):
        assert backoff(error, failures, jitter) <= backoff(error, failures + 1, jitter)


def test_a_refused_login_is_tried_at_most_seven_times_on_the_first_day():
    """Every try counts against the account."""
    passed, tries = timedelta(), 0
    while passed < timedelta(days=1):
        tries += 1
        passed += backoff(REFUSED, tries, 0.0)
    assert tries <= 7
