"""Whole pages over 10^4, 10^5 and 10^6 generated messages, as a logged-in browser gets them: session, queries, template.
Server time in milliseconds, p50 and p95, with the figures over all rows remembered (nothing came in meanwhile) and anew
(something came in before each call). Goal: below 200 ms.

Usage: .venv/bin/python -m bench.staff_pages [--messages 10000,100000] [--database sqlite,postgresql] [--keep FOLDER]
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from baosong.config import load_campaign, load_register
from bench.ledger_rows import fill
from bench.pages import Case, arguments, measure, opened, places
from core.settings import Settings
from staff.web.app import create_app
from staff.web.security import sha256
from staff.web.site import Site
from storage.accounts import Accounts
from storage.blobs import FileBlobStore
from storage.database import Database
from storage.queries import Queries
from storage.remembered import Remembered

TOKEN, KEY = "session-of-the-bench-" + "x" * 22, "bs_bench"
PATHS = ("/", "/?batch=2", "/?batch=all", "/ledger?batch=2", "/ledger?batch=all", "/ledger?batch=2&state=missing", "/system", "/system/audit",
         "/api/v1/units?batch=2", "/api/v1/status", "/api/v1/items?limit=100", "/api/v1/messages?limit=100&after=5000")


def pages(database: Database, blobs: Path, only: str) -> list[Case]:
    """Each page twice: as it is, and with its figures counted anew."""
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

    def get(path: str, *, anew: bool) -> Callable[[], Any]:
        def call() -> None:
            if anew:
                app.state.remembered = Remembered(database)
            answer = client.get(path)
            assert answer.status_code == 200, answer.text[:500]

        return call

    return [
        (f"{path}{', anew' if anew else ''}", get(path, anew=anew)) for path in PATHS if only in path for anew in (False, True)
        if not anew or path.startswith(("/?", "/ledger", "/api/v1/units")) or path == "/"
    ]


def main() -> None:
    """Entry point."""
    options = arguments(__doc__, "pages whose address has this").parse_args()
    for kind, count, folder in places(options):
        with opened(kind, folder) as database:
            if not Queries(database).messages(limit=1).rows:
                fill(database, count)
            print(f"\n{kind}, {count:,} messages\n       p50      p95 ms")
            worst = measure(pages(database, folder, options.only), options.repeat)
        print(f"  worst p95: {worst:.1f} ms")


if __name__ == "__main__":
    main()
