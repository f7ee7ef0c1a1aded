"""Asking for correction out of 待办, an item or a mail: what to ask, a look at the letter, off it goes, and on to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

from fastapi import APIRouter
from starlette.responses import Response

from core.findings import Severity
from staff.letters import CannotWrite, askable_findings, write_correction
from staff.web.acting import Thing, conflict, next_url, queue_of, reason, taken_over
from staff.web.letter_frame import letter_office
from staff.web.sessions import needs
from staff.web.visit import Here
from storage.errors import Conflict
from storage.whole import find_item, find_message

router = APIRouter()


class _Key(TypedDict, total=False):
    item_id: int
    message_id: int


def _key(thing: Thing) -> _Key:
    return {"item_id": thing.id} if thing.kind == "item" else {"message_id": thing.id}


def _name(here: Here, thing: Thing) -> str:
    if thing.kind == "item":
        title = find_item(here.site.database, thing.id).content.title
        return f"报送件{thing.id}{f'《{title}》' if title else '（名称未填）'}"
    return f"来信m{thing.id}“{find_message(here.site.database, thing.id).subject[:60]}”"


def _form(here: Here, thing: Thing, status: int = 200, problem: str = "") -> Response:
    given = here.form if here.request.method == "POST" else here.query
    name = _name(here, thing)
    try:
        points = askable_findings(letter_office(here.site), **_key(thing))
    except CannotWrite as error:
        points, problem = (), problem or str(error)
    ticked = {int(value) for value in here.forms("finding") if value.isdigit()} or {
        one.id for one in points if one.text and one.finding.severity is Severity.ERROR  # what the program only doubts, a person ticks
    }
    return here.page(
        "correction.html", status, thing=thing, name=name, points=points, ticked=ticked, words=here.form("words"),
        problem=problem, queue=queue_of(given("queue"), given), entry=given("entry"), seen=given("seen"), face=given("face"),
        to=f"m{thing.id}" if thing.kind == "message" else str(thing.id),
    )


def _write(here: Here, thing: Thing) -> Response:
    """The letter goes into the outbox; the second of two people is told."""
    if taken_over(here, thing):
        return conflict(here, thing)
    chosen = [int(value) for value in here.forms("finding") if value.isdigit() and len(value) < 18]
    draft = here.form("action") == "draft"
    try:
        act = replace(here.act(reason(here)), seen=here.form_number("seen"))
        write_correction(
            letter_office(here.site), act, finding_ids=chosen, words=here.form("words"), draft=draft, **_key(thing),
        )
    except CannotWrite as error:
        return _form(here, thing, 422, str(error))
    except Conflict:
        if taken_over(here, thing):
            return conflict(here, thing)
        return _form(here, thing, 409, "程序正在给对方发信，请稍候片刻，看清那封信的内容后再决定是否另写。")
    here.site.wake()
    return here.back(next_url(here, thing), "补正通知已存为草稿。" if draft else "补正通知已写好，稍后由程序发出。")


@router.get("/items/{item_id}/correct")
@needs("process")
def item_form(here: Here, item_id: int) -> Response:
    """Choose what to ask for."""
    return _form(here, Thing("item", item_id))


@router.post("/items/{item_id}/correct")
def item_write(here: Here, item_id: int) -> Response:
    """Write it."""
    return _write(here, Thing("item", item_id))


@router.get("/messages/{message_id}/correct")
@needs("process")
def mail_form(here: Here, message_id: int) -> Response:
    """Choose what to ask for."""
    return _form(here, Thing("message", message_id))


@router.post("/messages/{message_id}/correct")
def mail_write(here: Here, message_id: int) -> Response:
    """Write it."""
    return _write(here, Thing("message", message_id))


