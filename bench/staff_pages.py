"""Whole pages over 10^4, 10^5 and 10^6 generated messages, as a logged-in browser gets them: session, queries, template.
Milliseconds of wall and of processor time, p50 and p95, as in `bench.pages`. Goal: below 200 ms. Nothing is remembered from call to
call but the database's own pages.

Usage: .venv/bin/python -m bench.staff_pages [--messages 10000,100000] [--database sqlite,postgresql] [--keep FOLDER]
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.testclient import TestClient

from baosong.config import load_campaign, load_register
from bench.ledger_rows import fill
from bench.pages import Case, arguments, measure, opened, places
from core.settings import Settings
from staff.web.app import create_app
from staff.web.security import sha256
from staff.web.server import spare_pauses
from staff.web.site import Site
from storage.accounts import Accounts
from storage.blobs import FileBlobStore
from storage.database import Database
from storage.queries import ItemFilter, Queries
from storage.waiting import KINDS

TOKEN, KEY = "session-of-the-bench-" + "x" * 22, "bs_bench"
JINAN = quote("济南市教育局")
PATHS = (
    "/", "/?batch=1", "/?batch=3", "/?batch=all", "/ledger?batch=1", "/ledger?batch=3", "/ledger?batch=all", "/ledger?batch=2&state=missing",
    "/ledger?batch=all&page=2", "/items", "/items?sort=old", "/items?before={half}", "/items?before={early}", f"/items?unit={JINAN}&state=review",
    "/items?batch=1&category=course&state=incomplete", "/items?state=rejected", "/items?q={common}", "/items?q={one}", "/items?q={rare}",
    "/items?q={person}", "/items?q={absent}", "/items?q={common}&before={early}", f"/items?q={{common}}&unit={JINAN}&state=review",
    "/items/{item}", "/review", *(f"/review?kind={kind}" for kind in KINDS), f"/review?kind=item&unit={JINAN}", "/review?kind=item&after={half}",
    "/review/item/{doubt}", "/messages", "/messages?sort=old", "/messages?before={half}", "/messages?before={early}", "/messages?verdict=review",
    "/messages?kind=bounce", f"/messages?unit={JINAN}&batch=1", "/messages?q={common}", "/messages?q={one}", "/messages?q={rare}",
    "/messages?q={person}", "/messages?q={absent}", f"/messages?q={{common}}&unit={JINAN}", "/messages/{item}", "/letters",
    "/letters?state=draft", "/letters?kind=receipt", "/letters?q=clerk77@example.test", "/letters?before={half}", "/letters?before={early}",
    "/letters/{item}", "/letters/new", "/letters/remind", "/exports", "/exports?batch=2", "/system", "/system/audit", "/system/alerts",
    "/api/v1/units?batch=2", "/api/v1/units", "/api/v1/status", "/api/v1/status?batch=2", "/api/v1/items?limit=100",
    "/api/v1/items?limit=100&after={half}",
    "/api/v1/items?q={common}&after={half}", "/api/v1/messages?limit=100&after={early}", "/api/v1/messages?limit=100&after={half}",
    "/api/v1/messages?q={rare}", "/api/v1/links?state=unchecked", "/api/v1/answers?state=draft", "/api/v1/items/{item}", "/api/v1/messages/{item}",
)


def words(database: Database) -> dict[str, str]:
    """What the addresses leave open: rows, and terms that everything, a thousandth, one and nothing has."""
    queries = Queries(database)
    last = queries.messages(limit=1).rows[0].id
    doubts = queries.items(ItemFilter(state="review"), limit=1, before=last // 2).rows
    item = queries.items(limit=1, before=last // 2).rows[0].id
    return {
        "half": str(last // 2), "early": str(max(100, last // 1000)), "item": str(item), "doubt": str(doubts[0].id),
        "common": quote("助老"), "one": quote("智"), "rare": quote("柿子饼"), "person": quote(f"138{item:08}"), "absent": quote("龘靐齉"),
    }


def pages(database: Database, blobs: Path, only: str) -> list[Case]:
    """The pages whose address has `only`."""
    campaign, now = load_campaign("zhihui-zhulao"), datetime.now(UTC)
    app = create_app(Site(database, FileBlobStore(blobs), campaign, load_register(campaign), Settings(), "0-bench"))
    client = TestClient(app, base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {KEY}"}, cookies={"baosong": TOKEN})
    accounts = Accounts(database)
    if accounts.find_user("bench") is None:
        accounts.add_user("bench", "no password", "admin", now, "bench")
    user = accounts.find_user("bench")
    assert user is not None
    accounts.close_session(sha256(TOKEN))
    accounts.open_session(user.id, sha256(TOKEN), now, now + timedelta(days=1))
    if not any(token.name == "bench" for token in accounts.tokens()):
        accounts.add_token("bench", sha256(KEY), user.id, now, "bench")

    def get(path: str) -> Callable[[], Any]:
        def call() -> None:
            answer = client.get(path)
            assert answer.status_code == 200, answer.text[:500]

        return call

    known = words(database)
    spare_pauses()  # as `run` and `web` do
    return [(path, get(path.format(**known))) for path in PATHS if only in path]


def main() -> None:
    """Entry point."""
    options = arguments(__doc__, "pages whose address has this").parse_args()
    for kind, count, folder in places(options):
        with opened(kind, folder) as database:
            fill(database, count)
            print(f"\n{kind}, {count:,} messages")
            print(f"  {measure(database, pages(database, folder, options.only), options.repeat)}")


if __name__ == "__main__":
    main()
