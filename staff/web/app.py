"""Puts the pages together: routers, the shield around them, error pages. No page logic.

How a page is written
---------------------
* A module in `staff/web/pages/` with `router = APIRouter()`; one line in `PAGES` below. Pages appear in the navigation
  (`templating.NAVIGATION`) as soon as their route exists.
* Handlers are plain `def` functions (they run in a thread pool; storage is synchronous) with one parameter
  `here: Here` (`staff.web.visit.Visit`), and path parameters with their type:

      @router.get("/items/{item_id}")
      def item(here: Here, item_id: int) -> Response:
          return here.page("item.html", whole=read_item(here.site.database, item_id))

      @router.post("/items/{item_id}/accept")
      def accept(here: Here, item_id: int) -> Response:
          Desk(here.site.database).accept_item(item_id, here.act(here.form("why")), here.form_number("edit"))
          here.site.wake()
          return here.back(f"/items/{item_id}", "已采纳。")

* Query parameters: `here.query("state")`, `here.number("before")`; form fields: `here.form("why")`, `here.forms("id")`,
  `here.form_number("edit")`. All forgiving: `?batch=` is simply not given. Check words against what is known before they
  reach a filter.
* Access: GET needs role view (查看), everything else process (处理); `@needs("admin")` or `@needs("nobody")` under the
  route decorator says otherwise. Nothing else decides (`staff.web.sessions.guard`). In a template `visit.may("process")`
  only hides a button. GET changes nothing.
* Every form has `method="post"` and `{{ m.csrf(visit) }}`; the guard has checked the token before the handler runs.
  A POST ends with `here.back(url, "说明。")`: 303 and a flash message. Errors to be shown in place: `here.page(..., status=422)`.
* `NotFound`, `Conflict`, `StorageError` may simply be raised: they become pages here (404, 409, 503, 400).
* Templates extend `base.html` (blocks `title`, `content`) and import `macros.html as m`. Autoescape is always on; `|safe`
  is not used. The content policy forbids inline script and style, so: no `style=`, no `onclick=`, SVG with presentation
  attributes or classes. All of the look is in `static/style.css`; the little script in `static/script.js`.
* Links to lists of other pages: `staff.web.pages.addresses` has the names of their query parameters.
* A response that may be kept, or shown in a frame of ours, sets its own Cache-Control or Content-Security-Policy (and
  `X-Frame-Options: SAMEORIGIN`); the shield sets only what is not set.
* Tests: `tests/staff/web/conftest.py`: fixtures `site`, `viewer`, `editor`, `admin`, `stranger`; `post(client, url, {...})`
  from `tests.staff.web.browser` adds the token. Real browser: `tests/live/browser.py`, fixture `desk`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path

import anyio.to_thread
from fastapi import APIRouter, Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from staff.web import api, security
from staff.web.pages import (
    correct,
    exports,
    files,
    item_acts,
    items,
    ledger,
    letters,
    letters_wording,
    letters_write,
    login,
    messages,
    overview,
    review,
    system,
    users,
)
from staff.web.sessions import Gate, NotLoggedIn, guard, visit_at_error
from staff.web.site import Site
from staff.web.templating import NAVIGATION, render
from storage.errors import Conflict, NotFound, SchemaOutdated, StorageError, StorageUnavailable

PAGES: tuple[APIRouter, ...] = (
    login.router,
    overview.router,
    ledger.router,
    items.router,
    item_acts.router,
    correct.router,
    files.router,  # before messages: /messages/1/files/0
    messages.router,
    review.router,
    letters_write.router,  # before letters: /letters/new is no letter's number
    letters_wording.router,
    letters.router,
    exports.router,
    system.router,
    users.router,
)
"""The routers of all pages."""

THREADS = 8
"""Requests worked on at the same time; each may hold a database connection."""


def create_app(site: Site) -> FastAPI:
    """The ASGI application of the staff pages."""
    app = FastAPI(title="报送", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    app.state.site = site
    app.state.gate = Gate()
    app.state.key_guesses = api.new_guesses()
    for router in PAGES:
        app.include_router(router, dependencies=[Depends(guard)])
    app.include_router(api.router)
    app.include_router(api.pages)
    paths = {getattr(route, "path", "") for router in PAGES for route in router.routes}
    app.state.navigation = tuple(entry for entry in NAVIGATION if entry[1] in paths)
    app.mount("/static", _Static(directory=Path(str(resources.files("staff.web") / "static"))), name="static")
    app.add_middleware(security.Shield, staff=site.settings.staff)
    for kind in (HTTPException, RequestValidationError, NotLoggedIn, StorageError, Exception):
        app.add_exception_handler(kind, _failed)
    return app


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
    yield


class _Static(StaticFiles):
    """Files of the package; their addresses carry a hash, so they may be kept."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


# Errors ----------------------------------------------------------------------------------------------------------------

_TITLES = {
    400: "请求有误", 401: "请先登录", 403: "没有权限", 404: "没有这个页面", 405: "不能这样访问", 409: "刚才已有人改动",
    413: "内容过大", 422: "填写有误", 429: "请稍候再试", 503: "暂时无法使用",
}


def _failed(request: Request, error: Exception) -> Response:
    """The page for an error: what happened, and what to do."""
    if isinstance(error, NotLoggedIn):
        return RedirectResponse(error.log_in_url, 303)
    status, text = _explain(error)
    if request.url.path.startswith("/api/"):
        problem = {"type": "about:blank", "title": _TITLES.get(status, "出错了"), "status": status, "detail": text}
        response: Response = JSONResponse(problem, status, media_type="application/problem+json")
    else:
        visit = getattr(request.state, "visit", None) or (visit_at_error(request) if status in (404, 405) else None)
        values = {"title": _TITLES.get(status, "出错了"), "text": text, "status": status, "flash": "", "flash_level": ""}
        response = HTMLResponse(render("error.html", visit, values), status)
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    for name, value in security.HEADERS.items():  # the outermost error page lies outside the shield
        response.headers.setdefault(name, value)
    return response


def _explain(error: Exception) -> tuple[int, str]:
    """Status and sentence for a person. Pure."""
    if isinstance(error, HTTPException):
        standard = {404: "网址可能有误，或者该记录已不存在。", 405: "请从页面上的按钮操作。", 400: "提交的内容无法读取。"}
        plain = error.detail if error.detail and not error.detail.isascii() else None
        return error.status_code, plain or standard.get(error.status_code, "请求未能完成。")
    if isinstance(error, RequestValidationError):
        return 404, "网址可能有误，或者该记录已不存在。"
    if isinstance(error, NotFound):
        return 404, "没有这条记录，或者已不存在。"
    if isinstance(error, Conflict):
        return 409, "您打开页面之后，这条记录已被他人或程序更新。您的操作没有写入，请返回重新查看后再定。"
    if isinstance(error, StorageUnavailable):
        return 503, "数据库正忙或暂时无法连接，请稍候再试。您的操作没有写入。"
    if isinstance(error, SchemaOutdated):
        return 503, "数据库不是本版本的，请管理员运行 baosong db upgrade。"
    if isinstance(error, StorageError):
        return 400, f"这项操作不能进行：{error}"
    return 500, "程序内部出错，详情已写入运行日志。请稍候再试；如仍出现，请告知管理员。"
