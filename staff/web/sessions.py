"""Who is logged in, and what each role may do. The one place where access is decided: `guard` stands before every route.

A route needs 查看 (view) for GET and 处理 (process) for anything else, unless its handler says otherwise with `@needs`.
Forgetting to say something therefore never opens a page to more people than look at the others.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeVar
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from staff import passwords
from staff.web import security
from staff.web.site import Site
from staff.web.visit import BROWSER_COOKIE, RANK, Visit
from storage.accounts import LOCK_AFTER, LOCK_FOR, Accounts
from storage.errors import StorageError
from storage.models_staff import StaffRole
from storage.rows import UserRow

log = logging.getLogger(__name__)

Need = StaffRole | Literal["nobody"]
Handler = TypeVar("Handler", bound=Callable[..., Any])
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_NEED = "__staff_need__"
_TOKEN_LENGTHS = (40, 60)


def needs(need: Need) -> Callable[[Handler], Handler]:
    """Marks a page handler: the role it needs; `nobody`: open to everyone (log-in, health)."""

    def mark(handler: Handler) -> Handler:
        setattr(handler, _NEED, need)
        return handler

    return mark


def need_of(handler: object, method: str) -> Need:
    """The role this handler needs for this method."""
    default: Need = "view" if method in SAFE_METHODS else "process"
    found: Need = getattr(handler, _NEED, default)
    return found


def session_cookie(site: Site) -> str:
    """The session cookie's name. Under https the prefix makes the browser refuse one set by a neighbouring host."""
    return "__Host-baosong" if site.secure else "baosong"


async def guard(request: Request) -> None:
    """Runs before every page: finds the visit, checks the form's token, checks the role."""
    visit = await run_in_threadpool(_find_visit, request)
    request.state.visit = visit
    need = need_of(request.scope.get("endpoint"), request.method)
    if request.method not in SAFE_METHODS:
        visit.body = await request.form()
        _check_form(visit)
    if need == "nobody":
        return
    if visit.user is None:
        raise NotLoggedIn(request.url.path + (f"?{request.url.query}" if request.url.query else ""), request.method)
    if RANK[visit.user.role] < RANK[need]:
        raise HTTPException(403, "您的账号没有进行此项操作的权限。如有需要，请与管理员联系。")
    security.check_ids(request)


class NotLoggedIn(Exception):
    """The page needs somebody to be logged in. `target`: where to go afterwards (only after a GET)."""

    def __init__(self, target: str, method: str) -> None:
        super().__init__(target)
        self.log_in_url = "/login"
        if method in SAFE_METHODS and target not in ("", "/"):
            self.log_in_url += f"?next={quote(target, safe='')}"


def _check_form(visit: Visit) -> None:
    headers = visit.request.headers
    given = visit.form("csrf") or headers.get("x-csrf-token", "")
    if security.is_cross_site(headers, visit.site.settings.staff) or not security.same(given, visit.csrf):
        raise HTTPException(403, "这个页面已失效（可能是登录状态有变）。请返回上一页，刷新后再试一次。")


def _find_visit(request: Request) -> Visit:
    site: Site = request.app.state.site
    staff = site.settings.staff
    browser = request.cookies.get(BROWSER_COOKIE, "")
    fresh = not _TOKEN_LENGTHS[0] <= len(browser) <= _TOKEN_LENGTHS[1]
    browser = security.new_token() if fresh else browser
    token = request.cookies.get(session_cookie(site), "")
    user = _session_user(site, token) if token else None
    secret = token if user is not None else browser
    named = security.proxy_user(request, staff)
    if named is not None and (user is None or user.name != named):
        # The proxy vouches for each request; forms are bound to the browser then.
        known = Accounts(site.database).find_user(named)
        user, secret = (known if known is not None and known.disabled_at is None else None), browser
    return Visit(request, site, secret, browser, security.client_address(request, staff), user, new_browser=fresh)


def visit_at_error(request: Request) -> Visit | None:
    """The visit of a request that met no page, so that whoever is logged in keeps the navigation; None if it cannot be found."""
    try:
        return _find_visit(request)
    except StorageError:
        return None


def _session_user(site: Site, token: str) -> UserRow | None:
    idle = timedelta(minutes=site.settings.staff.idle_minutes)
    session = Accounts(site.database).find_session(security.sha256(token), site.clock(), idle)
    return None if session is None else session.user


# Logging in ------------------------------------------------------------------------------------------------------------


@dataclass
class _Stranger:
    failed: int = 0
    locked_until: datetime | None = None


@dataclass
class Gate:
    """Who has tried how often. One for each app. Names that are no account are counted like accounts are, so that a lock
    does not tell which names exist."""

    addresses: security.Attempts = field(default_factory=lambda: security.Attempts(20, timedelta(minutes=15)))
    _strangers: OrderedDict[str, _Stranger] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def stranger_locked_until(self, name: str) -> datetime | None:
        """Until when this unknown name may not try."""
        with self._lock:
            found = self._strangers.get(name)
            return found.locked_until if found else None

    def stranger_failed(self, name: str, now: datetime) -> None:
        """An unknown name failed, as every one does."""
        with self._lock:
            entry = self._strangers.setdefault(name, _Stranger())
            self._strangers.move_to_end(name)
            entry.failed += 1
            if entry.failed >= LOCK_AFTER:
                entry.failed, entry.locked_until = 0, now + LOCK_FOR
            while len(self._strangers) > 20_000:
                self._strangers.popitem(last=False)


WRONG = "用户名或密码不正确。"


def sign_in(visit: Visit, gate: Gate, name: str, password: str) -> UserRow | str:
    """The user whose name and password these are, or a Chinese sentence why not. Says the same, and takes as long, for a
    wrong password, an unknown name and a disabled account."""
    now, accounts = visit.site.clock(), Accounts(visit.site.database)
    name = passwords.tidy_name(name)[:300]
    wait = gate.addresses.wait(visit.address, now)
    if wait is not None:
        return f"登录尝试过多，请{_minutes(wait)}分钟后再试。"
    user = accounts.find_user(name)
    until = gate.stranger_locked_until(name) if user is None else user.locked_until
    if until is not None and until > now:
        gate.addresses.fail(visit.address, now)
        return f"密码多次输错，此用户名已暂停登录，请{_minutes(until - now)}分钟后再试，或请管理员重设密码。"
    usable = user is not None and user.disabled_at is None
    if user is not None and usable:
        right = passwords.fits(user.password, password)
    else:
        passwords.waste_time(password)
        right = False
    if user is not None and right:
        accounts.record_login(name, now, success=True, address=visit.address)
        return user
    log.warning("log-in refused for %r from %s", name, visit.address)
    gate.addresses.fail(visit.address, now)
    if user is None:
        gate.stranger_failed(name, now)
    else:
        accounts.record_login(name, now, success=False, address=visit.address)
    return WRONG


def open_session(visit: Visit, response: Response, user: UserRow) -> None:
    """Log in: always a new token (one that was there before the log-in may be known to others)."""
    accounts, now = Accounts(visit.site.database), visit.site.clock()
    close_session(visit, response)
    token = security.new_token()
    lifetime = timedelta(hours=visit.site.settings.staff.session_hours)
    accounts.open_session(user.id, security.sha256(token), now, now + lifetime, {"address": visit.address})
    visit.set_cookie(response, session_cookie(visit.site), token, int(lifetime.total_seconds()))


def close_session(visit: Visit, response: Response) -> None:
    """Log out in the database, and let the browser forget."""
    name = session_cookie(visit.site)
    token = visit.request.cookies.get(name, "")
    if token:
        Accounts(visit.site.database).close_session(security.sha256(token))
    response.delete_cookie(name, httponly=True, samesite="lax", secure=visit.site.secure)


def _minutes(span: timedelta) -> int:
    return max(1, -int(-span.total_seconds() // 60))
