"""A browser without a screen for the page tests: a TestClient that fills in the token of a form as a person's would."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from httpx import Response
from starlette.testclient import TestClient

_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')
BASE = "http://127.0.0.1:8025"


def token(client: TestClient, page: str = "/account") -> str:
    """The token of the forms this client sees."""
    found = _TOKEN.search(client.get(page).text)
    assert found is not None, f"{page} has no form"
    return found[1]


def post(
    client: TestClient, url: str, data: Mapping[str, str | Sequence[str]] | None = None, *, follow: bool = False
) -> Response:
    """Post a form with its token. The answer itself (303), or with `follow` the page it leads to."""
    return client.post(url, data={"csrf": token(client), **(data or {})}, follow_redirects=follow)


def log_in(client: TestClient, name: str, password: str, target: str = "") -> Response:
    """Fill in the log-in form."""
    fields = {"csrf": token(client, "/login"), "name": name, "password": password, "next": target}
    return client.post("/login", data=fields, follow_redirects=False)
