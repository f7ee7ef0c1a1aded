"""登录, 退出, 改密码, and the sign of life for a proxy's health check."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, RedirectResponse, Response

from staff import passwords
from staff.web.security import safe_next
from staff.web.sessions import close_session, needs, open_session, sign_in
from staff.web.visit import Here
from storage.accounts import Accounts

router = APIRouter()


@router.get("/login")
@needs("nobody")
def login_form(here: Here) -> Response:
    """The log-in form; somebody who is logged in goes on."""
    target = safe_next(here.query("next"))
    if here.user is not None:
        return RedirectResponse(target, 303)
    nobody = not Accounts(here.site.database).users()
    return here.page("login.html", next=target, name="", error="", no_users=nobody)


@router.post("/login")
@needs("nobody")
def login(here: Here) -> Response:
    """Check name and password; a new session."""
    target = safe_next(here.form("next"))
    name = here.form("name")
    found = sign_in(here, here.request.app.state.gate, name, str(here.body.get("password", "")))
    if isinstance(found, str):
        status = 429 if "再试" in found else 401
        return here.page("login.html", status, next=target, name=name[:100], error=found, no_users=False)
    response = here.back(target)
    open_session(here, response, found)
    return response


@router.post("/logout")
@needs("view")
def logout(here: Here) -> Response:
    """End this session."""
    response = here.back("/login")
    close_session(here, response)
    return response


@router.get("/account")
def account(here: Here) -> Response:
    """Who I am, and the form for another password."""
    return here.page("account.html", error="")


@router.post("/account/password")
@needs("view")
def change_password(here: Here) -> Response:
    """Another password; every session of the account ends but a new one here."""
    user = here.user
    assert user is not None
    old, new = str(here.body.get("old", "")), str(here.body.get("new", ""))
    error = None
    now = here.site.clock()
    gate = here.request.app.state.gate
    if gate.addresses.wait(here.address, now) is not None:
        error = "尝试过多，请稍候再试。"
    elif not passwords.fits(user.password, old):
        gate.addresses.fail(here.address, now)
        error = "当前密码不正确。"
    elif new != str(here.body.get("again", "")):
        error = "两次输入的新密码不一致。"
    elif new == old:
        error = "新密码与当前密码相同。"
    else:
        error = passwords.find_fault(new, user.name)
    if error:
        return here.page("account.html", 422, error=error)
    Accounts(here.site.database).set_password(user.name, passwords.hash_password(new), now, user.name)
    response = here.back("/login", "密码已修改，请用新密码重新登录。其他地方的登录均已退出。")
    close_session(here, response)
    return response


@router.get("/health")
@needs("nobody")
def health(here: Here) -> Response:
    """Whether pages and database answer."""
    with here.site.database.read():
        return JSONResponse({"status": "ok", "version": here.site.version})
