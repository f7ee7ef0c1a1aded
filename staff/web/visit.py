"""One request to a page as its handler sees it: who asks, what was asked, and how to answer."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, cast
from urllib.parse import urlencode

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from staff.web import security
from staff.web.site import Site
from staff.web.templating import render
from storage.desk import Act
from storage.models_staff import StaffRole
from storage.rows import UserRow

RANK: Mapping[StaffRole, int] = {"view": 1, "process": 2, "admin": 3}
FLASH_COOKIE = "baosong_flash"
BROWSER_COOKIE = "baosong_browser"
Level = Literal["good", "bad", "info"]


@dataclass
class Visit:
    """`secret`: the session's token (before log-in the browser's): forms are bound to it. `browser`: a random name of
    this browser, kept over log-ins: flash messages are bound to it. `user` None: not logged in (public pages only)."""

    request: Request
    site: Site
    secret: str
    browser: str
    address: str
    user: UserRow | None = None
    body: FormData = field(default_factory=FormData)
    new_browser: bool = False

    # What was asked --------------------------------------------------------------------------------------------------

    def query(self, name: str, default: str = "") -> str:
        """A query parameter, without blanks around it; the last one if there are several."""
        return self.request.query_params.get(name, default).strip()

    def number(self, name: str) -> int | None:
        """A query parameter as a number of at most 18 digits; None if it is missing or is none."""
        return as_number(self.query(name))

    def form(self, name: str, default: str = "") -> str:
        """A field of the posted form, without blanks around it; a file is none."""
        value = self.body.get(name)
        return value.strip() if isinstance(value, str) else default

    def forms(self, name: str) -> tuple[str, ...]:
        """All values of a field (check boxes)."""
        return tuple(value for value in self.body.getlist(name) if isinstance(value, str))

    def form_number(self, name: str) -> int | None:
        """A posted field as a number; None if it is missing or is none."""
        return as_number(self.form(name))

    # Who asks --------------------------------------------------------------------------------------------------------

    @property
    def who(self) -> str:
        """The user's name, for the audit trail. Only where somebody is logged in."""
        assert self.user is not None
        return self.user.name

    def may(self, role: StaffRole) -> bool:
        """Whether the user has this role or a higher one: for showing a button. What counts is `sessions.guard`."""
        return self.user is not None and RANK[self.user.role] >= RANK[role]

    def act(self, why: str = "") -> Act:
        """Who, when and why, for `storage.desk`."""
        return Act(self.who, self.site.clock(), why)

    @property
    def csrf(self) -> str:
        """The value of the hidden field `csrf`."""
        return security.form_token(self.secret)

    @property
    def navigation(self) -> tuple[tuple[str, str], ...]:
        """Words and addresses for the head of the page."""
        found: tuple[tuple[str, str], ...] = self.request.app.state.navigation
        return found

    # How to answer ---------------------------------------------------------------------------------------------------

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A template of `staff/web/templates` as a page. A waiting flash message is shown and forgotten."""
        level, text = self._flash()
        response = HTMLResponse(render(template, self, {"flash_level": level, "flash": text, **values}), status)
        if text:
            response.delete_cookie(FLASH_COOKIE, httponly=True, samesite="lax", secure=self.site.secure)
        self.remember(response)
        return response

    def back(self, url: str, flash: str = "", level: Level = "good") -> Response:
        """The answer to a POST: go on to `url` (a path of this site), with a message shown there."""
        response = RedirectResponse(url, 303)
        if flash:
            self.set_cookie(response, FLASH_COOKIE, self._pack(level, flash[:600]), 120)
        self.remember(response)
        return response

    def remember(self, response: Response) -> None:
        """Give a browser that has no name yet its cookie."""
        if self.new_browser:
            self.set_cookie(response, BROWSER_COOKIE, self.browser, None)

    def set_cookie(self, response: Response, name: str, value: str, seconds: int | None) -> None:
        """A cookie no script can read and no other site's form sends along."""
        response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=self.site.secure, path="/")

    def here(self, **changes: Any) -> str:
        """This page's address with these query parameters changed; None or "" takes one away."""
        query = {**self.request.query_params, **{key: "" if value is None else str(value) for key, value in changes.items()}}
        kept = {key: value for key, value in query.items() if value != ""}
        return self.request.url.path + (f"?{urlencode(kept)}" if kept else "")

    def _pack(self, level: Level, text: str) -> str:
        data = base64.urlsafe_b64encode(json.dumps([level, text], ensure_ascii=False).encode()).decode()
        return f"{data}.{security.form_token(self.browser, f'flash {data}')}"

    def _flash(self) -> tuple[str, str]:
        data, _, mark = self.request.cookies.get(FLASH_COOKIE, "").partition(".")
        if not data or not security.same(mark, security.form_token(self.browser, f"flash {data}")):
            return "", ""
        try:
            level, text = json.loads(base64.urlsafe_b64decode(data))
        except (ValueError, binascii.Error):
            return "", ""
        return str(level), str(text)


def as_number(text: str) -> int | None:
    """A decimal number of at most 18 digits, so that it fits every database; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def visit_of(request: Request) -> Visit:
    """What `sessions.guard` has made of this request."""
    return cast("Visit", request.state.visit)


Here = Annotated[Visit, Depends(visit_of)]
"""The type of a page handler's parameter."""
