"""系统 › 用户 and 密钥: accounts and script keys, for 管理. A password or key is shown once, on the page that answers the
form, and kept nowhere but as a hash."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from fastapi import APIRouter
from starlette.responses import Response

from staff import passwords
from staff.web import security
from staff.web.sessions import needs
from staff.web.visit import Here
from staff.words import ROLE_NAMES
from storage.accounts import Accounts
from storage.errors import Conflict
from storage.models_staff import StaffRole

router = APIRouter()

LIFETIMES = {"30": "30天", "90": "90天", "365": "一年", "": "不过期"}
KEY_PREFIX = "bs_"


@router.get("/system/users")
@needs("admin")
def users(here: Here) -> Response:
    """All accounts."""
    return _users(here)


def _users(here: Here, status: int = 200, error: str = "", shown: tuple[str, str] | None = None) -> Response:
    return here.page(
        "users.html", status, users=Accounts(here.site.database).users(), roles=ROLE_NAMES, error=error, shown=shown,
        now=here.site.clock(),
    )


@router.post("/system/users")
@needs("admin")
def add_user(here: Here) -> Response:
    """A new account with a random password."""
    name, role = passwords.tidy_name(here.form("name")), here.form("role")
    fault = passwords.find_name_fault(name)
    if fault is None and role not in ROLE_NAMES:
        fault = "请选择角色。"
    if fault:
        return _users(here, 422, fault)
    password = passwords.new_password()
    try:
        Accounts(here.site.database).add_user(
            name, passwords.hash_password(password), cast("StaffRole", role), here.site.clock(), here.who
        )
    except Conflict:
        return _users(here, 422, f"已有名为“{name}”的账号。")
    return _users(here, shown=(name, password))


@router.post("/system/users/password")
@needs("admin")
def reset_password(here: Here) -> Response:
    """A new random password; all sessions of the account end, a lock is lifted."""
    name, password = here.form("name"), passwords.new_password()
    if name == here.who:
        return _users(here, 422, "自己的密码请在“我的账号”中修改。")
    Accounts(here.site.database).set_password(name, passwords.hash_password(password), here.site.clock(), here.who)
    return _users(here, shown=(name, password))


@router.post("/system/users/role")
@needs("admin")
def set_role(here: Here) -> Response:
    """Another role."""
    name, role = here.form("name"), here.form("role")
    if name == here.who:
        return _users(here, 422, "不能改变自己的角色，请另一位管理员操作。")
    if role not in ROLE_NAMES:
        return _users(here, 422, "请选择角色。")
    Accounts(here.site.database).set_role(name, cast("StaffRole", role), here.site.clock(), here.who)
    return here.back("/system/users", f"“{name}”的角色已改为{ROLE_NAMES[role]}，须重新登录。")


@router.post("/system/users/disable")
@needs("admin")
def disable(here: Here) -> Response:
    """No more log-ins for this account."""
    name = here.form("name")
    if name == here.who:
        return _users(here, 422, "不能停用自己的账号。")
    Accounts(here.site.database).disable_user(name, here.site.clock(), here.who)
    return here.back("/system/users", f"已停用“{name}”，其登录均已退出。")


@router.post("/system/users/enable")
@needs("admin")
def enable(here: Here) -> Response:
    """Log-ins again; a lock is lifted."""
    name = here.form("name")
    Accounts(here.site.database).enable_user(name, here.site.clock(), here.who)
    return here.back("/system/users", f"“{name}”可以登录了。")


# Keys for scripts ------------------------------------------------------------------------------------------------------


@router.get("/system/tokens")
@needs("admin")
def tokens(here: Here) -> Response:
    """All keys."""
    return _tokens(here)


def _tokens(here: Here, status: int = 200, error: str = "", shown: tuple[str, str] | None = None) -> Response:
    accounts = Accounts(here.site.database)
    names = {user.id: user.name for user in accounts.users()}
    return here.page(
        "tokens.html", status, tokens=accounts.tokens(), names=names, lifetimes=LIFETIMES, error=error, shown=shown,
        now=here.site.clock(),
    )


@router.post("/system/tokens")
@needs("admin")
def add_token(here: Here) -> Response:
    """A new key that reads as the account that made it."""
    name, days = here.form("name")[:100], here.form("days")
    if not name or days not in LIFETIMES or here.user is None:
        return _tokens(here, 422, "请写明用途并选择期限。")
    key, now = KEY_PREFIX + security.new_token(), here.site.clock()
    expires = now + timedelta(days=int(days)) if days else None
    Accounts(here.site.database).add_token(name, security.sha256(key), here.user.id, now, here.who, expires)
    return _tokens(here, shown=(name, key))


@router.post("/system/tokens/{token_id}/revoke")
@needs("admin")
def revoke_token(here: Here, token_id: int) -> Response:
    """The key serves no longer."""
    Accounts(here.site.database).revoke_token(token_id, here.site.clock(), here.who)
    return here.back("/system/tokens", "密钥已作废。")
