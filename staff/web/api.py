"""The JSON API under /api/v1: read only, with keys, in the shapes of the interface contract. Pages by row id, oldest
first: a script that keeps the last id it saw gets what is new. The description lies in `staff.web.api_description`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, cast
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.facts import LinkState
from core.records import ItemRow
from staff import matrix
from staff.web import api_description as described
from staff.web import security
from staff.web.sessions import guard, needs
from staff.web.site import Site
from staff.web.visit import Here
from storage import progress
from storage.accounts import Accounts
from storage.counts import summary
from storage.exports import answer_record, export_record, item_record, link_record, local_time, record_page
from storage.queries import AnswerFilter, ItemFilter, LinkFilter, MessageFilter, Queries
from storage.rows import AnswerRow, LinkRow, UserRow
from storage.whole import read_item


def new_guesses() -> security.Attempts:
    """Counts wrong keys by address; one for each app."""
    return security.Attempts(50, timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a script, its parameters checked."""

    site: Site
    path: str
    words: dict[str, str]
    numbers: dict[str, int]
    user: UserRow

    @property
    def after(self) -> int:
        """The row id to go on from."""
        return self.numbers.get("after", 0)

    @property
    def limit(self) -> int:
        """How many."""
        return self.numbers.get("limit", described.USUAL_PAGE)

    def page(self, data: Iterable[Any], after: int | None = None) -> Response:
        """A list, and the address of the next."""
        following = None
        if after is not None:
            following = f"{self.path}?{urlencode({**self.words, **self.numbers, 'after': after})}"
        return JSONResponse({"data": list(data), "next": following})


async def key_guard(request: Request) -> None:
    """Runs before every call: the key, then the parameters. Cookies count for nothing here."""
    request.state.call = await run_in_threadpool(_read_call, request)


def call_of(request: Request) -> Call:
    """What `key_guard` has made of this request."""
    return cast("Call", request.state.call)


This = Annotated[Call, Depends(call_of)]

router = APIRouter(prefix=described.PREFIX, dependencies=[Depends(key_guard)])
pages = APIRouter(prefix=described.PREFIX, dependencies=[Depends(guard)])


def _read_call(request: Request) -> Call:
    site: Site = request.app.state.site
    user = _user(request, site)
    security.check_ids(request)
    path = request.scope["route"].path.removeprefix(described.PREFIX)
    endpoint = next((each for each in described.ENDPOINTS if each.path.replace("{id}", "{number}") == path), None)
    assert endpoint is not None, f"{path} is not described"
    known = {parameter.name: parameter for parameter in endpoint.parameters}
    words: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for name, value in request.query_params.multi_items():
        parameter = known.get(name)
        if parameter is None:
            raise HTTPException(400, f"没有名为“{name[:50]}”的参数。可用的参数：{'、'.join(known) or '无'}。")
        if name in words or name in numbers:
            raise HTTPException(400, f"参数 {name} 出现了两次。")
        if parameter.number:
            if not (value.isascii() and value.isdigit() and len(value) <= 18):
                raise HTTPException(400, f"参数 {name} 应为整数。")
            numbers[name] = int(value)
        elif parameter.words and value not in parameter.words:
            raise HTTPException(400, f"参数 {name} 只能是：{'、'.join(parameter.words)}。")
        else:
            words[name] = value
    if not 1 <= numbers.get("limit", 1) <= described.LARGEST_PAGE:
        raise HTTPException(400, f"参数 limit 应为1至{described.LARGEST_PAGE}。")
    return Call(site, request.url.path, words, numbers, user)


def _user(request: Request, site: Site) -> UserRow:
    address, now = security.client_address(request, site.settings.staff), site.clock()
    guesses: security.Attempts = request.app.state.key_guesses
    if guesses.wait(address, now) is not None:
        raise HTTPException(429, "错误的密钥过多，请稍候再试。")
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    found = None
    if scheme.lower() == "bearer" and key.strip():
        found = Accounts(site.database).find_token_user(security.sha256(key.strip()), now)
        if found is None:
            guesses.fail(address, now)
    if found is None:
        raise HTTPException(401, "请在请求头中写明 Authorization: Bearer 密钥。", {"WWW-Authenticate": "Bearer"})
    return found


# Data ------------------------------------------------------------------------------------------------------------------


@router.get("/status")
def status(this: This) -> Response:
    """Counts by state."""
    campaign = this.site.campaign
    found = summary(this.site.database, campaign.key, this.numbers.get("batch"))
    return JSONResponse({
        "campaign": campaign.key, "messages": found.messages, "waiting": found.waiting, "verdicts": found.verdicts,
        "items": found.items, "answers": found.answers, "links": found.links, "alerts": found.open_alerts,
        "batches": [
            {"number": batch.number, "name": batch.name, "deadline": batch.deadline.isoformat()} for batch in campaign.batches
        ],
    })


@router.get("/messages")
def messages(this: This) -> Response:
    """Message records."""
    wanted = MessageFilter(
        verdict=this.words.get("verdict"), kind=this.words.get("kind"),  # type: ignore[arg-type] # checked in _read_call
        reporting_unit=this.words.get("unit"), sender=this.words.get("sender"), search=this.words.get("q", ""),
    )
    records, after = record_page(this.site.database, this.numbers.get("batch"), wanted, this.after, this.limit)
    return this.page(records, after)


@router.get("/messages/{number}")
def message(this: This, number: int) -> Response:
    """One record."""
    return JSONResponse(export_record(this.site.database, number))


@router.get("/items")
def items(this: This) -> Response:
    """Items."""
    wanted = ItemFilter(
        campaign=this.site.campaign.key, batch=this.numbers.get("batch"), reporting_unit=this.words.get("unit"),
        category=this.words.get("category"), state=this.words.get("state"),  # type: ignore[arg-type]
        search=this.words.get("q", ""),
    )
    page = Queries(this.site.database).items(wanted, this.limit, after=this.after)
    return this.page([_item(row) for row in reversed(page.rows)], page.newer)


@router.get("/items/{number}")
def item(this: This, number: int) -> Response:
    """One item."""
    return JSONResponse(_item(read_item(this.site.database, number).item))


@router.get("/units")
def units(this: This) -> Response:
    """How each unit stands."""
    site, batch = this.site, this.numbers.get("batch")
    cells = progress.cells(site.database, site.campaign.key, batch)
    names = {*site.register.reporting_units(), *(cell.unit for cell in cells if cell.unit)}
    last = progress.last_mails(site.database, sorted(names), site.campaign.key, batch)
    lines = matrix.build(cells, last, site.register)
    return this.page(_unit(line) for line in lines if this.words.get("state") in (None, line.state))


@router.get("/links")
def links(this: This) -> Response:
    """Share links."""
    state = this.words.get("state")
    wanted = LinkFilter(LinkState(state) if state else None, this.words.get("provider"))
    page = Queries(this.site.database).links(wanted, this.limit, after=this.after)
    return this.page([_link(row) for row in reversed(page.rows)], page.newer)


@router.get("/answers")
def answers(this: This) -> Response:
    """Letters."""
    wanted = AnswerFilter(this.words.get("state"), this.words.get("kind"))  # type: ignore[arg-type]
    page = Queries(this.site.database).answers(wanted, this.limit, after=this.after)
    return this.page([_answer(row) for row in reversed(page.rows)], page.newer)


def _item(row: ItemRow) -> dict[str, Any]:
    return {
        **item_record(row), "sender": row.content.sender, "messages": list(row.messages), "updated_at": local_time(row.updated_at),
    }


def _link(row: LinkRow) -> dict[str, Any]:
    return {
        "id": row.id, "message": row.message_id, "item": row.item_id, **link_record(row.link),
        "checked_at": local_time(row.checked_at), "settled_by": row.settled_by,
    }


def _answer(row: AnswerRow) -> dict[str, Any]:
    return {**answer_record(row), "message": row.message_id}


def _unit(line: matrix.Line) -> dict[str, Any]:
    items: dict[str, dict[str, int]] = {}
    for (category, _), states in line.counts.items():
        for state, count in states.items():
            held = items.setdefault(category, {})
            held[state] = held.get(state, 0) + count
    return {
        "unit": line.name, "kind": line.kind, "city": line.city, "state": line.state, "items": items,
        "last_message": line.last.message_id if line.last else None,
        "last_received_at": local_time(line.last.received_at) if line.last else None,
    }


# Description -----------------------------------------------------------------------------------------------------------


@pages.get("/openapi.json")
@needs("nobody")
def openapi(here: Here) -> Response:
    """The OpenAPI document."""
    return JSONResponse(described.document(here.site.version))


@pages.get("/")
@needs("nobody")
def description(here: Here) -> Response:
    """The same for people."""
    return here.page("api.html", document=described.document(here.site.version), endpoints=described.ENDPOINTS, prefix=described.PREFIX)
