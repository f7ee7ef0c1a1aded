"""The API: only with a key, the contract's shapes, pages that lose nothing, errors a script can read."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from staff.web import api_description
from staff.web.security import sha256
from staff.web.site import Site
from storage.accounts import Accounts
from tests.support.page_world import Clock

KEY = "bs_a-key-for-tests"
CONTRACT = Path(__file__).resolve().parents[2] / "contract" / "record.schema.json"


@pytest.fixture
def script(site: Site, clock: Clock, stranger: TestClient) -> TestClient:
    """A client with a key and nothing else."""
    accounts = Accounts(site.database)
    user = accounts.find_user("viewer")
    assert user is not None
    accounts.add_token("test", sha256(KEY), user.id, clock(), "boss", clock() + timedelta(days=30))
    stranger.headers["Authorization"] = f"Bearer {KEY}"
    return stranger


def get(client: TestClient, path: str) -> Response:
    return client.get(path if path.startswith("/api") else f"/api/v1{path}")


def walk(client: TestClient, path: str) -> list[dict[str, Any]]:
    """All of a list, page after page."""
    found, following = [], path
    while following:
        answer = get(client, following)
        assert answer.status_code == 200, answer.text
        found += answer.json()["data"]
        following = answer.json()["next"]
    return found


def test_the_record_is_the_contracts(script: TestClient) -> None:
    records = walk(script, "/messages?limit=5")
    assert len(records) == 24
    schema = json.loads(CONTRACT.read_text(encoding="utf-8"))
    for record in records:
        Draft202012Validator(schema).validate(record)
    assert [record["id"] for record in records] == sorted(record["id"] for record in records)
    assert get(script, f"/messages/{records[3]['id']}").json() == records[3]


def test_the_shipped_schema_is_the_contracts() -> None:
    shipped = Path(api_description.__file__).parent / "record.schema.json"
    assert json.loads(shipped.read_text("utf-8")) == json.loads(CONTRACT.read_text("utf-8"))


PATHS = ["/status", "/status?batch=1", "/messages?limit=3", "/messages/1", "/items?limit=3", "/units", "/units?batch=1&state=missing",
         "/links", "/answers?limit=4", "/answers?state=sent"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_what_the_description_says(script: TestClient, path: str) -> None:
    document = get(script, "/openapi.json").json()
    described = path.partition("?")[0].replace("/1", "/{id}")
    schema = document["paths"][described]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    answer = get(script, path)
    assert answer.status_code == 200
    Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())


def test_pages_lose_and_repeat_nothing(script: TestClient) -> None:
    for path in ("/items", "/answers", "/links", "/messages"):
        whole, parts = walk(script, f"{path}?limit=200"), walk(script, f"{path}?limit=2")
        assert parts == whole
        assert len({row["id"] for row in whole}) == len(whole)
        assert whole


def test_filters(script: TestClient) -> None:
    every = walk(script, "/items")
    for state in {row["state"] for row in every}:
        assert walk(script, f"/items?state={state}") == [row for row in every if row["state"] == state]
    unit = every[0]["reporting_unit"]
    assert walk(script, f"/items?unit={unit}&limit=1") == [row for row in every if row["reporting_unit"] == unit]
    missing = walk(script, "/units?batch=1&state=missing")
    assert missing
    assert all(row["items"] == {} for row in missing)
    assert walk(script, "/messages?verdict=ignored") == [row for row in walk(script, "/messages") if row["verdict"] == "ignored"]


def test_what_came_since_the_last_look(script: TestClient) -> None:
    last = walk(script, "/messages")[-2]["id"]
    assert len(walk(script, f"/messages?after={last}")) == 1


@pytest.mark.parametrize(("path", "word"), [
    ("/items?state=good", "只能是"), ("/items?colour=red", "没有名为"), ("/items?limit=0", "limit"), ("/items?limit=201", "limit"),
    ("/items?after=x", "整数"), ("/items?after=-1", "整数"), ("/items?after=٣", "整数"), ("/items?batch=1&batch=2", "两次"),
    ("/messages?verdict=' OR 1=1", "只能是"),
])
def test_wrong_questions_are_told(script: TestClient, path: str, word: str) -> None:
    answer = get(script, path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail"]


def test_not_there(script: TestClient) -> None:
    for path in ("/items/999999", "/messages/999999", "/items/x", "/nothing"):
        answer = get(script, path)
        assert answer.status_code == 404
        assert answer.json()["status"] == 404


def test_only_with_a_valid_key(script: TestClient, site: Site, clock: Clock, viewer: TestClient) -> None:
    assert get(viewer, "/items").status_code == 401, "a session is no key"
    for header in ("", "Bearer", "Bearer ", f"Basic {KEY}", f"Bearer {KEY}x", "Bearer " + sha256(KEY)):
        script.headers["Authorization"] = header
        answer = get(script, "/items")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    script.headers["Authorization"] = f"Bearer {KEY}"
    assert get(script, "/items").status_code == 200
    clock.turn(days=31)
    assert get(script, "/items").status_code == 401, "expired"
    clock.turn(days=-31)
    accounts = Accounts(site.database)
    accounts.disable_user("viewer", clock(), "boss")
    assert get(script, "/items").status_code == 401, "its user may not sign in"
    accounts.enable_user("viewer", clock(), "boss")
    assert get(script, "/items").status_code == 200
    accounts.revoke_token(accounts.tokens()[0].id, clock(), "boss")
    assert get(script, "/items").status_code == 401


def test_keys_cannot_be_guessed_for_long(script: TestClient, clock: Clock) -> None:
    script.headers["Authorization"] = "Bearer bs_guess"
    codes = [get(script, "/status").status_code for _ in range(51)]
    assert codes[:50] == [401] * 50
    assert codes[50] == 429
    clock.turn(minutes=16)
    script.headers["Authorization"] = f"Bearer {KEY}"
    assert get(script, "/status").status_code == 200


def test_nothing_can_be_changed(script: TestClient) -> None:
    for path in ("/items", "/items/1", "/messages/1", "/status"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = script.request(method, f"/api/v1{path}", headers={"X-HTTP-Method-Override": "GET"})
            assert answer.status_code == 405
            assert answer.json()["status"] == 405


def test_the_description_is_a_page_without_anything_from_outside(stranger: TestClient) -> None:
    page = get(stranger, "/")
    assert page.status_code == 200
    assert "/api/v1/items" in page.text
    assert "http-equiv" not in page.text
    assert "cdn" not in page.text
    document = get(stranger, "/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {endpoint.path for endpoint in api_description.ENDPOINTS}
