"""One IMAP connection, as few plain commands: the only file that knows IMAPClient.

It opens the connection the way the providers want it (TLS verified, ID after LOGIN and before SELECT), and raises
nothing but the vocabulary of `mailbox_errors`. Anything but a clean answer closes the connection: after a timeout or
half a line nobody can say what the next bytes mean. What to fetch and where to put it is decided elsewhere.
"""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from imaplib import IMAP4
from typing import Any, TypeVar

from imapclient import IMAPClient, SocketTimeout

from core.settings import MailboxSettings
from intake.folder_names import Folder, find_decoded_name
from intake.imap_idle import begin_idle, end_idle, wait_readable
from intake.mailbox_errors import (
    CommandRefused,
    Disconnected,
    LoginRefused,
    Stage,
    Unreachable,
    oauth_only,
    provider_of,
    refused_login,
    translate,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

CONNECT_SECONDS = 20  # a server that does not answer SYN or the TLS handshake by then is down


@dataclass(frozen=True, slots=True)
class Selected:
    """What SELECT said. `uidvalidity` 0: not told."""

    wire: str
    uidvalidity: int
    exists: int
    permanent_flags: frozenset[str]
    read_only: bool


def is_loopback(host: str) -> bool:
    """Whether unencrypted IMAP to this host stays on this machine."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Wire:
    """One connection. `open` may be called again after it was closed or lost."""

    def __init__(self, settings: MailboxSettings, version: str) -> None:
        if settings.tls == "none" and not is_loopback(settings.host):
            raise ValueError("[mailbox] tls = \"none\" 只允许用于本机（localhost），否则密码会以明文传输")
        self._settings = settings
        self._version = version
        self._client: Any = None
        self.greeting = ""
        self.server_id: Mapping[str, str] = {}
        self.selected: Selected | None = None
        self.idle_refused = False

    @property
    def is_open(self) -> bool:
        return self._client is not None

    # -- opening and closing

    def open(self) -> None:
        """Connect, log in, say who we are. Raises LoginRefused or Unreachable."""
        self.drop()
        self.idle_refused = False
        try:
            self._client = self._connected()
        except Exception as error:
            raise translate(error, "connect", self._settings.host) from error
        self._ask("login", self._log_in)
        self._say_who_we_are()

    def _connected(self) -> Any:
        own = self._settings
        context = None if own.tls == "none" else _tls_context(own.ca_file)
        client = IMAPClient(
            own.host,
            port=own.port,
            ssl=own.tls == "tls",
            ssl_context=context,
            timeout=SocketTimeout(connect=min(CONNECT_SECONDS, own.timeout), read=own.timeout),
        )
        try:
            silence(client)
            _tune(client.socket())
            self.greeting = _text(client.welcome)
            if own.tls == "starttls":
                client.starttls(context)
                _tune(client.socket())
        except Exception:
            with contextlib.suppress(Exception):
                client.shutdown()
            raise
        client.normalise_times = False  # arrival times keep their zone
        client.folder_encode = False  # names are en- and decoded by folder_names, which survives malformed ones
        return client

    def _log_in(self, client: Any) -> None:
        own = self._settings
        if not own.user or not own.password:
            raise LoginRefused("没有配置邮箱账号或授权码", "请填写配置文件 [mailbox] 的 user 和 password。")
        if any(ord(char) < 32 or ord(char) == 127 for char in own.user + own.password):
            raise LoginRefused("邮箱账号或授权码里有换行等不可见字符", "请检查 [mailbox] 的 user、password 或密码文件，去掉多余的字符。")
        ascii_only = (own.user + own.password).isascii()
        # AUTH=PLAIN missing from the list means nothing: 163 hides it and still takes LOGIN. LOGINDISABLED does.
        disabled = client.has_capability("LOGINDISABLED")
        if disabled or not ascii_only:
            if client.has_capability("AUTH=PLAIN") and own.tls != "none":
                client.plain_login(own.user, own.password)
                return
            if disabled and provider_of(own.host) == "outlook":
                raise oauth_only("LOGINDISABLED")
            if disabled:
                raise refused_login(own.host, "服务器不接受密码登录（LOGINDISABLED）", "LOGINDISABLED")
            raise refused_login(own.host, "授权码里有中文或全角字符，请在英文输入法下重新填写")
        client.login(own.user, own.password)

    def _say_who_we_are(self) -> None:
        """ID, once per connection: without it 163 refuses SELECT as "Unsafe Login". Fields as NetEase's help page
        names them, none empty. A server that refuses ID does without."""
        if not self.has("ID"):
            return
        fields = {"name": "Baosong", "version": self._version or "0", "vendor": "Baosong",
                  "support-email": self._settings.user if self._settings.user.isascii() else "postmaster@localhost"}
        try:
            reply = self._ask("command", lambda client: client.id_(fields))
        except CommandRefused as refusal:
            log.info("server refused ID: %s", refusal.server_text)
            return
        self.server_id = _id_fields(reply)

    def close(self) -> None:
        """Log out politely, or at least close the socket. Never raises."""
        client, self._client, self.selected = self._client, None, None
        if client is not None:
            try:
                client.socket().settimeout(5)
                client.logout()
            except Exception:  # whatever it is, the socket has to go
                with contextlib.suppress(Exception):
                    client.shutdown()

    def drop(self) -> None:
        """Close the socket without a word: nothing sensible can be said on it any more. Never raises."""
        client, self._client, self.selected = self._client, None, None
        if client is not None:
            with contextlib.suppress(Exception):
                client.shutdown()

    def interrupt(self) -> None:
        """From another thread: cut the connection under a command that is waiting. Never raises."""
        client = self._client
        if client is not None:
            with contextlib.suppress(Exception):
                socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)  # past TLS, which may be in use over there

    def _ask(self, stage: Stage, call: Callable[[Any], T], folder: str = "") -> T:
        """Run one exchange. A refusal leaves the connection open, everything else closes it."""
        if self._client is None:
            raise Disconnected("与邮件服务器没有连接")
        try:
            return call(self._client)
        except Exception as error:
            ours = translate(error, stage, self._settings.host, folder)
            if isinstance(ours, Unreachable | Disconnected | LoginRefused):
                self.drop()
            raise ours from error

    # -- folders

    def has(self, capability: str) -> bool:
        """Whether the server offers it, as told after the login (some hide most of the list before)."""
        return bool(self._ask("command", lambda client: client.has_capability(capability)))

    def capabilities(self) -> frozenset[str]:
        """All of them, upper case."""
        told = self._ask("command", lambda client: client.capabilities())
        return frozenset(_text(item).upper() for item in told)

    def list_folders(self) -> tuple[Folder, ...]:
        """Every folder. Where LIST tells no special uses but XLIST does (old Coremail, QQ), its flags are added."""
        folders = _folders(self._ask("command", lambda client: client.list_folders()))
        special = {"\\junk", "\\trash", "\\sent", "\\drafts"}
        if not any(folder.flags & special for folder in folders) and self.has("XLIST"):
            try:
                extra = _folders(self._ask("command", lambda client: client.xlist_folders()))
            except CommandRefused:
                return folders
            flags = {folder.wire: folder.flags for folder in extra}
            folders = tuple(
                Folder(folder.name, folder.wire, folder.flags | flags.get(folder.wire, frozenset()), folder.delimiter)
                for folder in folders
            )
        return folders

    def select(self, wire: str, asked: str) -> Selected:
        """Open a folder; read-only if the server lets us no further. Raises FolderMissing with the name as asked."""
        self.selected = None
        reply = self._ask("select", lambda client: _select(client, wire), asked)
        flags = frozenset(_text(flag) for flag in reply.get(b"PERMANENTFLAGS", ()))
        self.selected = Selected(wire, _number(reply.get(b"UIDVALIDITY")), _number(reply.get(b"EXISTS")), flags,
                                 bool(reply.get(b"READ-ONLY")))
        return self.selected

    def create(self, wire: str) -> None:
        """Make a folder, and subscribe it so that webmail shows it."""
        self._ask("command", lambda client: client.create_folder(wire))
        with contextlib.suppress(CommandRefused):
            self._ask("command", lambda client: client.subscribe_folder(wire))

    # -- mails

    def search(self, criteria: str) -> list[int]:
        """UIDs. ASCII criteria and no CHARSET: Aliyun, QQ and Outlook refuse one."""
        return [int(uid) for uid in self._ask("command", lambda client: client.search(criteria))]

    def uids_by_sequence(self, first: int, last: int) -> list[int]:
        """UIDs of the mails at these places (inclusive), without SEARCH."""

        def by_number(client: Any) -> Any:
            client.use_uid = False
            try:
                # Explicit numbers: imapclient 4.1 chokes on the text "1:100".
                return client.fetch(list(range(first, last + 1)), [b"UID"])
            finally:
                client.use_uid = True

        reply = self._ask("command", by_number)
        return [int(data[b"UID"]) for data in reply.values() if isinstance(data.get(b"UID"), int)]

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, Any]]:
        """UID FETCH. A UID that is gone is missing from the answer."""
        if not uids:  # an empty set is a syntax error to some servers
            return {}
        reply = self._ask("command", lambda client: client.fetch(list(uids), list(items)))
        return {int(uid): dict(data) for uid, data in reply.items()}

    def add_flags(self, uid: int, flags: Sequence[str]) -> None:
        """STORE +FLAGS.SILENT."""
        self._ask("command", lambda client: client.add_flags([uid], list(flags), silent=True))

    def move(self, uid: int, wire: str) -> None:
        """UID MOVE (needs MOVE)."""
        self._ask("command", lambda client: client.move([uid], wire))

    def copy(self, uid: int, wire: str) -> None:
        """UID COPY."""
        self._ask("command", lambda client: client.copy([uid], wire))

    def expunge(self, uid: int) -> None:
        """UID EXPUNGE of this one mail (needs UIDPLUS). A plain EXPUNGE would also take what others marked deleted."""
        self._ask("command", lambda client: client.uid_expunge([uid]))

    # -- waiting

    def noop(self) -> list[Any]:
        """Keep the connection alive; what the server had to say, for `after_news`."""
        _, told = self._ask("command", lambda client: client.noop())
        return list(told)

    def idle(self, seconds: float, stopped: Callable[[], bool]) -> list[Any]:
        """One IDLE, until the server says something, `stopped` turns true (asked twice a second) or the seconds are
        over. Returns what it said, for `after_news`. Raises CommandRefused if IDLE is advertised and refused."""
        try:
            early = self._ask("command", begin_idle)
        except CommandRefused:
            self.idle_refused = True
            raise
        if not early:
            self._ask("command", lambda client: wait_readable(client, seconds, stopped))
        return [*early, *self._ask("command", end_idle)]


def silence(client: Any) -> None:
    """Switch imaplib's debugging off, which imapclient 4.1 leaves at 5: it formats every literal even when nothing is
    logged, six times slower and with three times the memory."""
    imap: Any = getattr(client, "_imap", None)
    if hasattr(imap, "debug"):
        imap.debug = 0


def _tune(sock: socket.socket) -> None:
    """No waiting for a delayed ACK between the parts of a command (40 ms each), and notice a peer that is gone."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 3)):
        option = getattr(socket, name, None)
        if option is not None:
            sock.setsockopt(socket.IPPROTO_TCP, option, value)


def _select(client: Any, wire: str) -> dict[bytes, Any]:
    try:
        reply = client.select_folder(wire)
    except IMAP4.readonly:
        reply = client.select_folder(wire, readonly=True)
        reply[b"READ-ONLY"] = True
    return dict(reply)


def _tls_context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise Unreachable(f"读不了 [mailbox] ca_file 指定的证书文件 {ca_file}", str(error)) from error


def _folders(listed: Sequence[tuple[Any, Any, Any]]) -> tuple[Folder, ...]:
    found: list[Folder] = []
    for flags, delimiter, name in listed:
        if name is None:
            continue
        wire = name if isinstance(name, str) else name.decode("utf-8", "replace")
        if not wire.isascii():  # raw UTF-8 in spite of RFC 3501: can be shown, not opened
            found.append(Folder(wire, wire, frozenset({"\\noselect"}), _text(delimiter) or None))
            continue
        lowered = frozenset(_text(flag).casefold() for flag in flags or ())
        found.append(Folder(find_decoded_name(wire) or wire, wire, lowered, _text(delimiter) or None))
    return tuple(found)


def _id_fields(reply: Any) -> dict[str, str]:
    """`((b'name', b'Coremail Imap', ...),)` or `(None,)` -> fields."""
    if not reply or not isinstance(reply[0], tuple):
        return {}
    items = [_text(item) for item in reply[0]]
    return dict(zip(items[::2], items[1::2], strict=False))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0
