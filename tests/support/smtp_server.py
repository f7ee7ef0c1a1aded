"""A mail server on loopback that records what it gets and misbehaves on order.

    with SmtpServer(users={"demo@example.test": "secret"}) as server:
        server.fail(Fault("rcpt", "550 Invalid User"))           # the next RCPT, once
        ... send over server.settings() ...
        server.delivered                                          # [Delivered(sender, recipients, raw, ...)]
        server.seen("auth")                                       # how many AUTH commands came

It runs aiosmtpd in a thread of its own, speaks TLS, STARTTLS or neither, demands a login, and, like 163, demands that
the envelope sender is the login and that the From header agrees with it. Faults are taken in the order given, each the
number of times it says.
"""

# ruff: noqa: N802 -- aiosmtpd finds commands and hooks by these names
from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import ipaddress
import logging
import ssl
import tempfile
import threading
import warnings
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.settings import SmtpSettings

Stage = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "end", "noop", "rset"]
Tls = Literal["tls", "starttls", "none"]


@dataclass
class Fault:
    """What goes wrong at `stage`. `reply`: the answer in place of the right one ("" for none). `close`: then hang up.
    `delay`: seconds before anything else. `times`: how often; None for always. `recipient`: only for this address (at
    rcpt). `taken`: at "end", the mail is recorded all the same, so the client cannot know. `after_bytes`: at "body",
    hang up after about so many bytes of the mail."""

    stage: Stage
    reply: str = ""
    close: bool = False
    delay: float = 0.0
    times: int | None = 1
    recipient: str = ""
    taken: bool = False
    after_bytes: int = 200


@dataclass(frozen=True)
class Delivered:
    """One mail taken. `session`: number of the connection it came over, from 1."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    session: int
    login: str
    encrypted: bool


@dataclass
class SmtpServer:
    """Context manager; see the module's docstring. `like_163`: the sender rules of 163 and its EHLO without SIZE."""

    users: dict[str, str] = field(default_factory=lambda: {"office@example.test": "secret-code"})
    tls: Tls = "starttls"
    like_163: bool = True
    delivered: list[Delivered] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    log: list[tuple[int, str]] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0
    ca_file: str = ""

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.Transport] = set()
        self._sessions = 0
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="smtp-server")
        self._folder = tempfile.TemporaryDirectory(prefix="smtp-server-")

    def __enter__(self) -> Self:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd repeats its warnings there, per connection
        self.ca_file = str(Path(self._folder.name) / "cert.pem")
        self._context = server_context(Path(self._folder.name))
        self._thread.start()
        self._server = self._run(self._start())
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up(and_close=True)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._folder.cleanup()

    async def _start(self) -> asyncio.Server:
        implicit = self._context if self.tls == "tls" else None
        return await self._loop.create_server(lambda: _Session(self), self.host, 0, ssl=implicit)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def settings(self, **changes: Any) -> SmtpSettings:
        """How a client reaches this server, as its first user; without a login if there are no users."""
        user = next(iter(self.users), "")
        values: dict[str, Any] = {
            "host": self.host, "port": self.port, "tls": self.tls, "ca_file": self.ca_file, "user": user,
            "password": self.users.get(user, ""), "from_address": user or "office@example.test",
            "from_name": "山东省社区教育指导服务中心", "timeout": 5,
        }  # fmt: skip
        return SmtpSettings(**{**values, **changes})

    def fail(self, *faults: Fault) -> None:
        """Adds faults to those waiting."""
        self.faults.extend(faults)

    def seen(self, stage: Stage) -> int:
        """How often this stage was reached, over all connections."""
        return sum(1 for _, name in self.log if name == stage)

    @property
    def sessions(self) -> int:
        """How many connections were made."""
        return self._sessions

    def hang_up(self, *, and_close: bool = False) -> None:
        """Cuts every open connection, as a server does that is tired of an idle client."""

        async def cut() -> None:
            if and_close:
                self._server.close()
            for transport in tuple(self._open):
                transport.abort()
            await asyncio.sleep(0)

        self._run(cut())

    def take_fault(self, stage: Stage, recipient: str = "") -> Fault | None:
        """The next fault for this stage, counted down."""
        for fault in self.faults:
            if fault.stage != stage or (fault.recipient and fault.recipient != recipient):
                continue
            if fault.times is None:
                return fault
            if fault.times > 0:
                fault.times -= 1
                return fault
        return None


class _Session(SMTP):
    """One connection."""

    def __init__(self, owner: SmtpServer) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about logins without TLS and deprecated attributes: both on purpose
            self._prepare(owner)
        self.__ident__ = "(163com[20141201])" if owner.like_163 else "ESMTP"
        self.owner = owner
        owner._sessions += 1
        self.number = owner._sessions

    def _prepare(self, owner: SmtpServer) -> None:
        super().__init__(
            _Handler(owner),
            hostname="163.com Anti-spam GT for Coremail System" if owner.like_163 else "mail.example.test",
            tls_context=owner._context if owner.tls == "starttls" else None,
            require_starttls=owner.tls == "starttls",
            auth_required=bool(owner.users),
            auth_require_tls=owner.tls == "starttls",
            authenticator=lambda _server, _session, _envelope, _mechanism, data: self._authenticate_user(data),
            enable_SMTPUTF8=False,
            data_size_limit=None if owner.like_163 else 33_554_432,
            loop=owner._loop,
        )

    def _authenticate_user(self, data: Any) -> AuthResult:
        if isinstance(data, LoginPassword):
            login, password = data.login.decode(), data.password.decode()
            if self.owner.users.get(login) == password:
                return AuthResult(success=True, auth_data=data)
        return AuthResult(success=False, handled=False, message="535 Error: authentication failed")

    def connection_made(self, transport: Any) -> None:
        self.owner._open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.owner._open.discard(self.transport)  # type: ignore[arg-type]
        super().connection_lost(error)

    async def fault(self, stage: Stage, recipient: str = "") -> bool:
        """Acts the fault that waits for this stage; True if the command is done with."""
        self.owner.log.append((self.number, stage))
        fault = self.owner.take_fault(stage, recipient)
        if fault is None:
            return False
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.reply:
            await self.push(fault.reply)
        if fault.close:
            self._hang_up()
        return bool(fault.reply or fault.close)

    def _hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    async def _handle_client(self) -> None:
        if not self._tls_protocol and await self.fault("connect"):
            self._hang_up()
            return
        await super()._handle_client()

    async def smtp_EHLO(self, arg: str) -> None:
        if not await self.fault("ehlo"):
            await super().smtp_EHLO(arg)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self.fault("starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self.fault("auth"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if await self.fault("mail"):
            return
        await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        recipient = (arg or "").partition("<")[2].partition(">")[0]
        if not await self.fault("rcpt", recipient):
            await super().smtp_RCPT(arg)

    async def smtp_NOOP(self, arg: str) -> None:
        if not await self.fault("noop"):
            await super().smtp_NOOP(arg)

    async def smtp_RSET(self, arg: str) -> None:
        if not await self.fault("rset"):
            await super().smtp_RSET(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self.fault("data"):
            return
        broken = self.owner.take_fault("body")
        if broken is None:
            await super().smtp_DATA(arg)
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        got = 0
        while got < broken.after_bytes:
            got += len(await self._reader.read(1024))
        if self.transport is not None:
            self.transport.abort()  # type: ignore[attr-defined]


class _Handler:
    """aiosmtpd's hooks for one connection."""

    def __init__(self, owner: SmtpServer) -> None:
        self.owner = owner

    async def handle_EHLO(
        self, server: _Session, session: Any, envelope: Any, hostname: str, lines: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self.owner.like_163:
            lines = [line for line in lines if not line[4:].startswith(("SIZE", "SMTPUTF8", "HELP"))]
            kept = [line for line in lines[1:] if "8BITMIME" not in line]
            return ["250-mail", "250-PIPELINING", *kept, "250-coremail 1Uxr2xKj7kG0xkI17xGrU7I0s8", "250 8BITMIME"]
        return lines

    async def handle_MAIL(
        self, server: _Session, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        login = session.auth_data.login.decode() if session.auth_data else ""
        if self.owner.like_163 and self.owner.users and address != login:
            return "553 Mail from must equal authorized user" if address else "553 NULL sender is not allowed"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 Mail OK"

    async def handle_DATA(self, server: _Session, session: Any, envelope: Any) -> str:
        owner = self.owner
        login = session.auth_data.login.decode() if session.auth_data else ""
        raw = bytes(envelope.original_content)
        if owner.like_163:
            headers = email.message_from_bytes(raw, policy=email.policy.compat32)
            if parseaddr(headers["From"])[1] != envelope.mail_from:
                return "554 DT:SUM envelope sender and header From differ"
        owner.log.append((server.number, "end"))
        fault = owner.take_fault("end")
        if fault is None or fault.taken:
            encrypted = session.ssl is not None or owner.tls == "tls"
            recipients = tuple(envelope.rcpt_tos)
            owner.delivered.append(Delivered(envelope.mail_from, recipients, raw, server.number, login, encrypted))
        if fault is None:
            return f"250 Mail OK queued as smtp11,{len(owner.delivered)}"
        if fault.delay:
            await asyncio.sleep(fault.delay)
        if fault.close and fault.reply:
            await server.push(fault.reply)
        if fault.close and server.transport is not None:
            server.transport.abort()
        return fault.reply or "250 Mail OK"


def server_context(folder: Path) -> ssl.SSLContext:
    """A server's TLS context with a fresh self-signed certificate for localhost and 127.0.0.1; `cert.pem` in `folder`
    is what a client must trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    alternatives = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context
