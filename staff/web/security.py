"""What guards every request before a page sees it: host, size, headers of the answer; tokens against forged forms; how
often somebody may try to log in. Knows no accounts (`staff.web.sessions`) and no pages."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.settings import StaffSettings

LARGEST_BODY = 2 * 2**20
"""Bytes of a form. Nothing is uploaded to these pages."""

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""Set on every answer that does not set its own (a picture may be kept, a mail's frame has a policy of its own)."""


class Shield:
    """ASGI middleware around everything. Refuses a Host that is not ours (DNS rebinding), bodies over `LARGEST_BODY`
    (also ones that do not tell their length), and sets `HEADERS`."""

    def __init__(self, app: ASGIApp, staff: StaffSettings) -> None:
        self._app = app
        self._staff = staff
        self._secure = staff.public_url.lower().startswith("https://")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not is_own_host(headers.get("host", ""), self._staff):
            text = "此网址未登记。请在配置文件 [staff] public_url 中写明工作人员使用的网址。\n"
            await PlainTextResponse(text, 421)(scope, receive, self._with_headers(send))
            return
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST_BODY:
            await PlainTextResponse("提交的内容过大。\n", 413)(scope, receive, self._with_headers(send))
            return
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > LARGEST_BODY:  # chunked, its length was not told
                raise HTTPException(413, "提交的内容过大。")
            return message

        await self._app(scope, bounded, self._with_headers(send))

    def _with_headers(self, send: Send) -> Send:
        async def wrapped(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if self._secure:
                    headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        return wrapped


def is_own_host(host: str, staff: StaffSettings) -> bool:
    """Whether a Host header names this server: an address (rebinding needs a name), localhost, or the host of
    `public_url`."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        if urlsplit(f"//{host}").port == 0 or "@" in host:
            return False
    except ValueError:
        return False
    public = urlsplit(staff.public_url).hostname if staff.public_url else None
    if name in ("localhost", public, staff.bind.lower()):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def check_ids(connection: HTTPConnection) -> None:
    """Refuse a number in the path that no database holds as an id. Raises HTTPException 404."""
    for value in connection.path_params.values():
        if isinstance(value, str) and value.isdecimal() and len(value) > 18:
            raise HTTPException(404)


def client_address(connection: HTTPConnection, staff: StaffSettings) -> str:
    """Whose browser this is: the peer, or, when the peer is one of `trusted_proxies`, the last address in
    X-Forwarded-For that is not one of them."""
    peer = connection.client.host if connection.client else ""
    if peer not in staff.trusted_proxies:
        return peer
    for hop in reversed([part.strip() for part in connection.headers.get("x-forwarded-for", "").split(",")]):
        if not hop:
            break
        try:
            ipaddress.ip_address(hop)
        except ValueError:
            break
        if hop not in staff.trusted_proxies:
            return hop
    return peer


def proxy_user(connection: HTTPConnection, staff: StaffSettings) -> str | None:
    """The name a reverse proxy has signed in, if `trusted_header` is set and the peer is a trusted proxy. A header that
    comes twice is believed by nobody."""
    peer = connection.client.host if connection.client else ""
    if not staff.trusted_header or peer not in staff.trusted_proxies:
        return None
    given = connection.headers.getlist(staff.trusted_header)
    return given[0].strip() or None if len(given) == 1 else None


# Forged forms --------------------------------------------------------------------------------------------------------


def new_token() -> str:
    """A secret for a cookie: 256 bits."""
    return secrets.token_urlsafe(32)


def sha256(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def form_token(secret: str, purpose: str = "form") -> str:
    """The value of the hidden field `csrf`, bound to the session's (or, before log-in, the visit's) secret."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def same(first: str, second: str) -> bool:
    """Equal, in constant time."""
    return hmac.compare_digest(first.encode(), second.encode())


def is_cross_site(headers: Headers, staff: StaffSettings) -> bool:
    """Whether the browser itself says that another site sends this request."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    own = {headers.get("host", "").lower(), urlsplit(staff.public_url).netloc.lower()} - {""}
    return urlsplit(origin).netloc.lower() not in own  # "null" (a sandboxed frame, a file) has none


def safe_next(target: str, default: str = "/") -> str:
    """`target` if it is a path of this site, else `default`: a log-in must not send people elsewhere."""
    if not target.startswith("/") or target.startswith("//") or "\\" in target or len(target) > 2000:
        return default
    if any(ord(character) < 0x21 or ord(character) == 0x7F for character in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target


# Guessing ------------------------------------------------------------------------------------------------------------


class Attempts:
    """Counts failures by key (an address, a name) within a sliding time; in memory, bounded. Safe between threads."""

    def __init__(self, most: int, within: timedelta, keys: int = 20_000) -> None:
        self._most, self._within, self._keys = most, within, keys
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str, now: datetime) -> timedelta | None:
        """How long this key has to wait; None if it may try."""
        with self._lock:
            times = self._current(key, now)
            return None if times is None or len(times) < self._most else times[0] + self._within - now

    def fail(self, key: str, now: datetime) -> None:
        """One more failure."""
        with self._lock:
            times = self._current(key, now) or deque(maxlen=self._most)
            times.append(now)
            self._failed[key] = times
            self._failed.move_to_end(key)
            while len(self._failed) > self._keys:
                self._failed.popitem(last=False)

    def forget(self, key: str) -> None:
        """It succeeded."""
        with self._lock:
            self._failed.pop(key, None)

    def _current(self, key: str, now: datetime) -> deque[datetime] | None:
        times = self._failed.get(key)
        while times and times[0] + self._within <= now:
            times.popleft()
        if times is not None and not times:
            del self._failed[key]
            return None
        return times
