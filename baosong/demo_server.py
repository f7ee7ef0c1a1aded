"""A real IMAP and a real SMTP server on loopback, in one thread, for `baosong demo` and for quick tests: no account,
no Debian package, nothing on disk. pymap keeps the mailboxes, aiosmtpd takes letters and delivers them by envelope.

Bytes stay as they came, bare LF too; only a mail that ends within its header loses its last blank. It is as strict
as 163 where that matters: SMTP wants a login, and the sender must be the login. It stores no keywords and offers no
TLS, so settings use `tls = "none"`, which is allowed for loopback only.
"""

from __future__ import annotations

import asyncio
import threading
from argparse import Namespace
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import FetchRequirement
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

HOST = "127.0.0.1"
SECONDS = 30  # for anything asked of the server thread
T = TypeVar("T")


class DemoServers:
    """Both servers. `users`: address -> password. Letters to addresses without an account are kept as well, so that
    the demonstration can show what submitters were answered; nobody can log in there."""

    def __init__(self, users: Mapping[str, str], *, max_bytes: int = 100 * 2**20) -> None:
        self._users = {address.casefold(): password for address, password in users.items()}
        self._max_bytes = max_bytes
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="demo-servers", daemon=True)
        self._config: Any = None
        self._servers: list[asyncio.Server] = []
        self.imap_port = 0
        self.smtp_port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    # -- for the caller's thread

    def start(self) -> None:
        """Listen on two free ports, told by `imap_port` and `smtp_port`. Raises OSError if there are none."""
        self._thread.start()
        try:
            self._ask(self._listen())
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Close every connection and end the thread. The mails are gone with it."""
        if self._thread.is_alive():
            self._ask(self._end())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(SECONDS)

    def deliver(self, raw: bytes, internaldate: datetime | None = None, *, to: str | None = None,
                folder: str = "INBOX") -> None:
        """Put a mail into a mailbox (default: the first user's) as if it had arrived at that time."""
        address = to or next(iter(self._users))
        self._ask(self._append(address, raw, internaldate or datetime.now(UTC), folder))

    def read_mailbox(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """The mails in a mailbox, oldest first; empty for addresses that never got any."""
        return self._ask(self._read(user, folder))

    def folders(self, user: str) -> list[str]:
        """Names of the folders a user has."""
        return self._ask(self._folders(user))

    def addresses(self) -> list[str]:
        """Every address that has mail or an account."""
        return sorted({*self._users, *self._config.set_cache})

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    # -- in the server's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    async def _listen(self) -> None:
        self._config = Config(
            Namespace(passlib_cfg=None, proxy_protocol=None), host=HOST, port=0, tls_enabled=False, reject_dnsbl=False,
            demo_data=False, demo_user="", demo_password="", hash_context=Cleartext(), invalid_user_sleep=0,
            max_append_len=self._max_bytes)
        self._config.apply_context()
        login = Login(self._config)
        for address, password in self._users.items():
            login.users_dict[address] = UserMetadata(self._config, address, password=password)
            self._box(address)
        imap = IMAPServer(login, self._config)
        connected = ProxyProtocolReader(self._config.proxy_protocol).get_callback(imap)
        self._servers = [
            await asyncio.start_server(connected, host=HOST, port=0),
            await self._loop.create_server(self._smtp, host=HOST, port=0),
        ]
        self.imap_port, self.smtp_port = (server.sockets[0].getsockname()[1] for server in self._servers)

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _box(self, address: str) -> MailboxSet:
        """The mailboxes of an address, made at the first need; pymap's sessions look in the same place."""
        made = self._config.set_cache.get(address.casefold())
        if made is None:
            made = self._config.set_cache[address.casefold()] = (MailboxSet(), FilterSet())
        boxes: MailboxSet = made[0]
        return boxes

    async def _folder(self, address: str, folder: str) -> MailboxData:
        boxes = self._box(address)
        try:
            return await boxes.get_mailbox(folder)
        except KeyError:
            await boxes.add_mailbox(folder)
            return await boxes.get_mailbox(folder)

    async def _append(self, address: str, raw: bytes, when: datetime, folder: str) -> None:
        self._config.apply_context()
        box = await self._folder(address, folder)
        await box.append(AppendMessage(raw, when), recent=True)

    async def _read(self, address: str, folder: str) -> list[bytes]:
        self._config.apply_context()
        if address.casefold() not in self._config.set_cache:
            return []
        try:
            box = await self._box(address).get_mailbox(folder)
        except KeyError:
            return []
        found = [message async for message in box.messages()]
        return [bytes((await message.load_content(FetchRequirement.CONTENT)).content) for message in found]

    async def _folders(self, address: str) -> list[str]:
        self._config.apply_context()
        tree = await self._box(address).list_mailboxes()
        return [entry.name for entry in tree.list()]

    def _smtp(self) -> SMTP:
        return _Submission(
            _Delivery(self), hostname="localhost", ident="Baosong demo", data_size_limit=self._max_bytes,
            auth_require_tls=False, authenticator=self._authenticate, loop=self._loop)

    def _authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str,
                      given: Any) -> AuthResult:
        if not isinstance(given, LoginPassword):
            return AuthResult(success=False, handled=False)
        address = given.login.decode("utf-8", "replace").casefold()
        right = self._users.get(address) == given.password.decode("utf-8", "replace")
        return AuthResult(success=right, handled=right, auth_data=address if right else None)


class _Submission(SMTP):
    line_length_limit = 2**20  # a letter with one long line is a letter all the same


class _Delivery:
    """aiosmtpd's hooks: the sender must be the login, as at 163 and QQ; recipients get what was sent."""

    def __init__(self, servers: DemoServers) -> None:
        self._servers = servers

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str,  # noqa: N802
                          options: list[str]) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if address.casefold() != session.auth_data:
            return "553 Mail from must equal authorized user"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 Mail OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        raw = envelope.original_content or b""
        for address in dict.fromkeys(envelope.rcpt_tos):
            await self._servers._append(address, raw, datetime.now(UTC), "INBOX")
        return "250 Mail OK queued as demo"
