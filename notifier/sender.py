"""Hands letters to the mail server: one SMTP session, kept and reused. The only module that knows smtplib.

NetEase counts logins and connections (535 "too many logins", 421 HL:ICC), so a session stays open between letters and
is asked with NOOP before it is used again. The envelope sender is the login address, as 163 and QQ demand; the null
sender of RFC 3834 is refused there (553).

After the final dot a lost connection leaves the outcome unknown: the letter may be on its way. It is `TryLater` all the
same: a letter's Message-ID is fixed, so a second copy is the same mail and shown once, while a letter given up would be
lost.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from types import TracebackType
from typing import Self

from core.ports import Refused, SendOutcome, Sent, TryLater
from core.settings import SmtpSettings
from notifier.mime import ADDRESS
from notifier.plain import one_line
from notifier.refusals import HOUR, QUARTER, SOON, Stage, outcome_of

__all__ = ["SmtpSender", "Stage", "outcome_of"]

_OUR_NAME = "[127.0.0.1]"  # an address literal, RFC 5321 section 4.1.3: getfqdn() may wait for DNS and tells host names


class _Answer(Exception):
    """The server's answer that ended the attempt."""

    def __init__(self, outcome: SendOutcome) -> None:
        super().__init__()
        self.outcome = outcome


class SmtpSender:
    """Sends over one account. Safe to share between threads: one letter at a time. Never raises from `send`."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._session: smtplib.SMTP | None = None
        self._stage: Stage = "connect"
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, raw: bytes, to: Sequence[str]) -> SendOutcome:
        """Send the mail `raw` (CRLF line ends, kept as they are) to `to`: first the addressee, then copies.

        The outcome is the addressee's; a refused copy does not hold a letter back and is named in `Sent.response`.
        """
        if not to or not all(ADDRESS.fullmatch(address) for address in to[:1]):
            return Refused("收件地址不可用")
        with self._lock:
            return self._guarded(lambda: self._transfer(raw, to))

    def check(self) -> SendOutcome:
        """Connect and log in without sending anything: `Sent` if the account is usable."""
        with self._lock:
            return self._guarded(lambda: Sent("登录成功"))

    def close(self) -> None:
        """End the session politely; another `send` opens a new one."""
        with self._lock:
            session, self._session = self._session, None
            if session is not None:
                with suppress(smtplib.SMTPException, OSError, ValueError):
                    session.quit()
                session.close()

    def _guarded(self, work: Callable[[], SendOutcome]) -> SendOutcome:
        self._stage = "connect"
        try:
            self._ready()
            outcome = work()
        except _Answer as answer:
            outcome = answer.outcome
            self._reset()
        except Exception as error:
            self._drop()
            outcome = outcome_of_error(error, self._stage)
        return self._without_password(outcome)

    # The conversation

    def _transfer(self, raw: bytes, to: Sequence[str]) -> SendOutcome:
        session = self._open()
        self._stage = "mail"
        size = [f"size={len(raw)}"] if session.has_extn("size") else []
        if not raw.isascii() and session.has_extn("8bitmime"):
            size.append("body=8bitmime")
        self._expect(session.mail(self._envelope_sender(), size))
        self._stage = "rcpt"
        self._expect(session.rcpt(to[0]))
        refused = [copy for copy in to[1:] if not self._accepts(session, copy)]
        self._stage = "data"
        self._expect(session.docmd("DATA"), wanted=(354,))
        session.send(_dotted(raw))
        self._stage = "end"
        said = self._expect(session.getreply())
        return Sent(said + (f"；抄送未被接受：{'、'.join(refused)}" if refused else ""))

    def _accepts(self, session: smtplib.SMTP, copy: str) -> bool:
        if not ADDRESS.fullmatch(copy):
            return False
        code, said = session.rcpt(copy)
        if code == 421:
            raise _Answer(outcome_of(code, _decode(said), "rcpt"))
        return code in (250, 251)

    def _expect(self, reply: tuple[int, bytes], wanted: tuple[int, ...] = (250, 251)) -> str:
        code, said = reply
        if code not in wanted:
            if 200 <= code < 400 or code < 0:
                raise smtplib.SMTPServerDisconnected(f"unexpected answer {code}")
            raise _Answer(outcome_of(code, _decode(said), self._stage))
        return f"{code} {one_line(_decode(said), 200)}"

    def _ready(self) -> None:
        """A session that answers and is logged in: the one at hand if it still lives, else a new one."""
        if self._session is not None:
            with suppress(smtplib.SMTPException, OSError, ValueError):
                if self._session.noop()[0] == 250:
                    return
            self._drop()
        settings = self._settings
        if settings.tls == "none" and settings.user and not _is_loopback(settings.host):
            raise _Answer(Refused("未加密的连接不能传送授权码，请将smtp.tls设为tls或starttls", stop=True))
        context = self._tls_context() if settings.tls != "none" else None
        session: smtplib.SMTP
        if settings.tls == "tls":
            session = smtplib.SMTP_SSL(
                settings.host, settings.port, local_hostname=_OUR_NAME, timeout=settings.timeout, context=context
            )
        else:
            session = smtplib.SMTP(settings.host, settings.port, local_hostname=_OUR_NAME, timeout=settings.timeout)
        self._session = session
        session.ehlo_or_helo_if_needed()
        if settings.tls == "starttls":
            session.starttls(context=context)
            session.ehlo_or_helo_if_needed()
        self._stage = "login"
        if settings.user:
            self._login(session)

    def _login(self, session: smtplib.SMTP) -> None:
        """One AUTH with one mechanism: smtplib's own login() tries the next one after a refusal, and NetEase counts
        every failure towards its lock."""
        offered = session.esmtp_features.get("auth", "").upper().replace("=", " ").split()
        # smtplib's auth methods read these two attributes; they are part of its documented extension interface.
        session.user, session.password = self._settings.user, self._settings.password
        if "PLAIN" in offered:
            session.auth("PLAIN", session.auth_plain)
        elif "LOGIN" in offered:
            session.auth("LOGIN", session.auth_login)
        elif "CRAM-MD5" in offered:
            session.auth("CRAM-MD5", session.auth_cram_md5)
        else:
            raise smtplib.SMTPNotSupportedError

    def _tls_context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self._settings.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise _Answer(Refused(f"smtp.ca_file无法读取：{type(error).__name__}", stop=True)) from error

    def _open(self) -> smtplib.SMTP:
        if self._session is None:
            raise smtplib.SMTPServerDisconnected
        return self._session

    def _envelope_sender(self) -> str:
        login = self._settings.user
        return login if ADDRESS.fullmatch(login) else self._settings.from_address

    def _reset(self) -> None:
        """After a refused letter the session serves on; one that was never logged in or does not answer is dropped."""
        if self._session is not None and self._stage not in ("connect", "login"):
            with suppress(smtplib.SMTPException, OSError, ValueError):
                if self._session.rset()[0] == 250:
                    return
        self._drop()

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    def _without_password(self, outcome: SendOutcome) -> SendOutcome:
        secret = self._settings.password
        if isinstance(outcome, Sent) or len(secret) < 4 or secret not in outcome.reason:
            return outcome
        return replace(outcome, reason=outcome.reason.replace(secret, "***"))


def outcome_of_error(error: Exception, stage: Stage) -> SendOutcome:
    """What an exception of the conversation means. Its text is not passed on where it could hold a secret."""
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 400:
        return outcome_of(error.smtp_code, _decode(error.smtp_error), stage)
    if stage == "end":
        return TryLater("信件已送出，但未收到邮件服务器的确认，结果未知；将以同一邮件编号重发", QUARTER)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Refused("邮件服务器不支持所要求的加密或登录方式，请检查SMTP配置", stop=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return TryLater(f"邮件服务器证书未通过校验（{one_line(error.verify_message, 100)}）", HOUR)
    if isinstance(error, ssl.SSLError):
        return TryLater("与邮件服务器的加密连接失败", QUARTER)
    if isinstance(error, TimeoutError):
        return TryLater("邮件服务器没有及时应答")
    if isinstance(error, (OSError, smtplib.SMTPException)):
        return TryLater(f"与邮件服务器的连接中断或无法建立（{type(error).__name__}）")
    if isinstance(error, ValueError):
        where = "账号配置" if stage in ("connect", "login") else "信件或地址"
        return Refused(f"{where}含有不能发送的字符", stop=stage in ("connect", "login"))
    return TryLater(f"发信时出现意外情况（{type(error).__name__}）", SOON)


def _dotted(raw: bytes) -> bytes:
    """The mail as DATA wants it: leading dots doubled, ended by the lone dot (RFC 5321 section 4.5.2)."""
    body = re.sub(rb"(?m)^\.", b"..", raw)
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _decode(said: bytes | str) -> str:
    """The server's words: UTF-8, else GB18030, as QQ answers in GBK."""
    if isinstance(said, str):
        return said
    try:
        return said.decode("utf-8")
    except UnicodeDecodeError:
        return said.decode("gb18030", "replace")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
