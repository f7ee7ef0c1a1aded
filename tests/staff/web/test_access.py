"""Who may do what: every route there is, with every role; and that no route stands beside the guard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount
from starlette.testclient import TestClient

from staff.web import api
from staff.web.app import PAGES
from staff.web.sessions import SAFE_METHODS, guard, need_of
from staff.web.site import Site
from staff.web.visit import RANK
from storage.accounts import Accounts
from tests.staff.web.browser import token
from tests.staff.web.conftest import Browsers

SPECIAL = {
    ("GET", "/login"): "nobody", ("POST", "/login"): "nobody", ("GET", "/health"): "nobody",
    ("GET", "/api/v1/"): "nobody", ("GET", "/api/v1/openapi.json"): "nobody",
    ("POST", "/logout"): "view", ("POST", "/account/password"): "view",
    ("GET", "/system/audit"): "process",
    ("GET", "/system/config"): "admin", ("GET", "/system/users"): "admin", ("POST", "/system/users"): "admin",
    ("POST", "/system/users/password"): "admin", ("POST", "/system/users/role"): "admin",
    ("POST", "/system/users/disable"): "admin", ("POST", "/system/users/enable"): "admin",
    ("GET", "/system/tokens"): "admin", ("POST", "/system/tokens"): "admin", ("POST", "/system/tokens/{token_id}/revoke"): "admin",
}
"""Routes whose need is not the usual one (GET view, else process)."""


def page_routes() -> Iterator[tuple[str, APIRoute]]:
    """(method, route) of all pages."""
    for router in (*PAGES, api.pages):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods or ()):
                yield method, route


def usual(method: str) -> str:
    """What a route needs that says nothing."""
    return "view" if method in SAFE_METHODS else "process"


def test_exceptions_are_those_written_down() -> None:
    """Every route that more people may use than usual, and those for 管理 here. (Stricter ones elsewhere are free.)"""
    order = ("nobody", "view", "process", "admin")
    found = {(method, route.path): need_of(route.endpoint, method) for method, route in page_routes()}
    looser = {key: need for key, need in found.items() if order.index(need) < order.index(usual(key[0]))}
    assert looser == {key: need for key, need in SPECIAL.items() if order.index(need) < order.index(usual(key[0]))}
    assert {key: found[key] for key in SPECIAL} == SPECIAL


def test_no_route_stands_beside_the_guard(app: FastAPI) -> None:
    def dependencies(route: Any) -> set[Any]:
        return {each.call for each in route.dependant.dependencies}

    seen = 0
    for route in app.routes:
        if isinstance(route, APIRoute):
            seen += 1
            wanted = api.key_guard if route.path.startswith("/api/") and route.endpoint.__module__ == "staff.web.api" and (
                route.endpoint not in {other.endpoint for other in api.pages.routes if isinstance(other, APIRoute)}
            ) else guard
            assert wanted in dependencies(route), route.path
        else:
            assert isinstance(route, Mount) or not hasattr(route, "methods"), route
    assert seen >= len(list(page_routes())) or seen == 0, "included routers may be kept as they are"


def test_every_route_with_every_role(site: Site, open_browser: Browsers) -> None:
    kept = {user.name: user.password for user in Accounts(site.database).users()}
    wrong = []
    for name, role in ((None, None), ("viewer", "view"), ("editor", "process"), ("boss", "admin")):
        client = open_browser(name)
        for method, route in page_routes():
            if route.path == "/logout" and name is not None:
                continue
            path = re.sub(r"\{[^}]*\}", "1", route.path)
            fields = {} if method in SAFE_METHODS else {"csrf": token(client, "/login" if name is None else "/account")}
            answer = client.request(method, path, data=fields) if fields else client.request(method, path)
            need = need_of(route.endpoint, method)
            got = outcome(answer.status_code, answer.headers.get("location", ""))
            if need == "nobody":
                fine = got == "in" or (answer.status_code == 401 and path == "/login")
            elif role is None:
                fine = got == "log in"
            else:
                fine = got == ("in" if RANK[role] >= RANK[need] else "refused")  # type: ignore[index]
            if not fine:
                wrong.append(f"{name} {method} {path}: needs {need}, got {answer.status_code} {answer.headers.get('location', '')}")
    assert wrong == []
    assert {user.name: user.password for user in Accounts(site.database).users()} == kept, "no account was changed on the way"


def outcome(status: int, location: str) -> str:
    """log in, refused, or in (whatever came of it there)."""
    if status in (302, 303, 307) and location.startswith("/login"):
        return "log in"
    return "refused" if status in (401, 403) else "in"


def test_a_role_taken_away_counts_at_once(site: Site, admin: TestClient, open_browser: Browsers) -> None:
    other = open_browser("editor")
    assert other.get("/system/audit").status_code == 200
    fields = {"csrf": token(admin), "name": "editor", "role": "view"}
    assert admin.post("/system/users/role", data=fields).status_code == 303
    assert other.get("/system/audit").status_code == 303, "the session is over"
    again = open_browser("editor")
    assert again.get("/system/audit").status_code == 403
    assert again.get("/").status_code == 200


def test_a_disabled_account_is_out_at_once(site: Site, admin: TestClient, open_browser: Browsers) -> None:
    other = open_browser("editor")
    assert admin.post("/system/users/disable", data={"csrf": token(admin), "name": "editor"}).status_code == 303
    assert other.get("/").status_code == 303
    assert admin.post("/system/users/enable", data={"csrf": token(admin), "name": "editor"}).status_code == 303
    assert open_browser("editor").get("/").status_code == 200
