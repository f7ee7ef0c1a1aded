"""HTTP that goes nowhere but to the hosts it was made for. The only file that imports requests.

Against server-side request forgery: every address is checked before it is opened (scheme, host from a short list, no
credentials, usual port), redirects are followed by hand and checked hop by hop, names are looked up once and the very
address that was checked is connected to, and addresses of private, loopback, link-local and similar networks are
refused. Size and duration of an answer are bounded, whatever the other side does.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.util.connection import create_connection

MAX_BODY = 3 * 2**20
MAX_HOPS = 5
Resolve = Callable[[str, int], list[str]]
"""Host name and port -> addresses as text. Raises OSError if there are none."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotAllowed(Exception):
    """This address is never opened."""


class Unreachable(Exception):
    """No answer: no connection, broken off, too slow, too big."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port that may be opened. `local`: a loopback address, meant for tests and the demo."""

    scheme: str
    host: str
    port: int
    local: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer as it came. `url`: where it came from after redirects. `elsewhere`: host (or address) of a redirect
    that was not followed because it leads away; the body is then empty."""

    status: int
    url: str
    body: bytes = b""
    elsewhere: str | None = None


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system's resolver has them."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def origin_of(url: str) -> Origin:
    """What a base address allows. Raises NotAllowed for credentials, odd schemes and for plain HTTP outside loopback."""
    parts, port = _split(url)
    host = (parts.hostname or "").lower()
    local = host == "localhost" or _is_loopback(host)
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not local):
        raise NotAllowed(f"scheme {parts.scheme!r} of {host!r}")
    return Origin(parts.scheme, host, port or (443 if parts.scheme == "https" else 80), local)


def check_url(url: str, allowed: frozenset[Origin]) -> Origin:
    """The allowed origin an address belongs to. Raises NotAllowed for every other address."""
    parts, port = _split(url)
    host = (parts.hostname or "").lower()
    port = port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    for origin in allowed:
        if (parts.scheme, host, port) == (origin.scheme, origin.host, origin.port):
            return origin
    raise NotAllowed(f"{parts.scheme}://{host}:{port}")


def _split(url: str) -> tuple[Any, int | None]:
    if any(ord(sign) < 33 or sign == "\\" for sign in url):
        raise NotAllowed("blank, control character or backslash in an address")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed(f"malformed address: {error}") from error
    if parts.username is not None or parts.password is not None:
        raise NotAllowed("credentials in an address")
    return parts, port


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network. IPv4 addresses inside IPv6 ones are taken out first."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is None and parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified)


@dataclass
class _Gate:
    """Where connections of one session are made: looks up, checks, connects to exactly what was checked."""

    allowed: frozenset[Origin]
    resolve: Resolve
    open_now: list[HTTPConnection] = field(default_factory=list)
    late: bool = False

    def addresses(self, host: str, port: int) -> list[str]:
        host = host.strip("[]").lower()
        local = any(origin.local and (origin.host.strip("[]"), origin.port) == (host, port) for origin in self.allowed)
        found = self.resolve(host, port)
        if not found:
            raise OSError(f"{host} has no address")
        for address in found:  # one bad address among several is a trap or a mistake: neither is worth a connection
            good = _is_loopback(address) if local else is_public(address)
            if not good:
                raise NotAllowed(f"{host} resolves to {address}")
        return found

    def connect(self, connection: HTTPConnection) -> socket.socket:
        port = int(connection.port or 0)
        try:
            addresses = self.addresses(connection.host, port)
        except OSError as error:
            raise NewConnectionError(connection, f"no address: {error}") from error
        last: OSError | None = None
        for address in addresses[:4]:
            try:
                return create_connection((address, port), connection.timeout, socket_options=connection.socket_options)
            except OSError as error:
                last = error
        raise NewConnectionError(connection, f"no connection: {last}")

    def cut(self) -> None:
        """End whatever is still going on: the time is up. What was read so far may look like a whole answer."""
        self.late = True
        for connection in list(self.open_now):
            if connection.sock is not None:
                with contextlib.suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)


def _pool_manager(gate: _Gate) -> PoolManager:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            gate.open_now.append(self)
            return gate.connect(self)

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            gate.open_now.append(self)
            return gate.connect(self)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    manager = PoolManager(num_pools=2, maxsize=1)
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return manager


class _Adapter(HTTPAdapter):
    def __init__(self, gate: _Gate) -> None:
        self._gate = gate
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        self.poolmanager = _pool_manager(self._gate)


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read a redirect's whole body and look at its target before anybody has checked it."""
        return


class SafeSession:
    """Requests to a few origins with one cookie jar. Use as a context manager; not for several threads."""

    def __init__(
        self, allowed: frozenset[Origin], user_agent: str, timeout: float, *, resolve: Resolve = look_up
    ) -> None:
        """`timeout`: seconds for each wait; a whole answer may take twice as long."""
        self._allowed = allowed
        self._timeout = timeout
        self._gate = _Gate(allowed, resolve)
        self._session = _Session()
        self._session.trust_env = False  # no proxies, no .netrc: they would go round the checks
        self._session.headers.clear()
        self._session.headers.update(
            {
                "User-Agent": user_agent,
                "Accept": "*/*",
                "Accept-Language": "zh-CN,zh;q=0.9",
                "Accept-Encoding": "identity",
            }
        )
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _Adapter(self._gate))

    def __enter__(self) -> SafeSession:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    @property
    def cookies(self) -> RequestsCookieJar:
        """The jar all requests of this session share."""
        return self._session.cookies

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Raw:
        """GET with redirects. Raises NotAllowed if `url` itself may not be opened, Unreachable if nothing came."""
        for _ in range(MAX_HOPS):
            answer, target = self._ask("GET", url, headers or {}, None)
            if target is None:
                return answer
            try:
                check_url(target, self._allowed)
            except NotAllowed as refused:
                return Raw(answer.status, answer.url, elsewhere=str(refused))
            url = target
        raise Unreachable("redirected too often")

    def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Raw:
        """POST of a form; a redirect is not followed."""
        answer, target = self._ask("POST", url, headers or {}, form)
        return answer if target is None else Raw(answer.status, answer.url, elsewhere=target[:200])

    def _ask(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None
    ) -> tuple[Raw, str | None]:
        check_url(url, self._allowed)
        self._gate.late = False
        watch = threading.Timer(self._timeout * 2, self._gate.cut)
        watch.daemon = True
        watch.start()
        try:
            answer = self._session.request(
                method, url, headers=dict(headers), data=form, timeout=self._timeout, allow_redirects=False, stream=True
            )
            with contextlib.closing(answer):
                self._in_time()
                if answer.is_redirect:  # has a status of redirection and a target
                    return Raw(answer.status_code, url), urljoin(url, answer.headers["location"].strip())
                body = self._body(answer)
                self._in_time()
                return Raw(answer.status_code, url, body), None
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}"[:300]) from error
        finally:
            watch.cancel()

    def _in_time(self) -> None:
        if self._gate.late:
            raise Unreachable("the answer takes too long")

    def _body(self, answer: requests.Response) -> bytes:
        """The body, bounded in size and time however slowly it drips."""
        end = time.monotonic() + self._timeout * 2
        parts: list[bytes] = []
        size = 0
        while part := answer.raw.read1(65536, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > MAX_BODY:
                raise Unreachable("the answer is too big")
            if time.monotonic() > end:
                raise Unreachable("the answer takes too long")
        return b"".join(parts)
