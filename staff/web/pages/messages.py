"""来信: every mail, the ignored ones too; one mail shown safely, and what staff say about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from core.records import MessageKind, Verdict
from staff.item_view import Sheet, sheet
from staff.web.acting import Queue, Thing, message_face, own_page, perform, reason, write_note
from staff.web.pages.files import aside, mail_view
from staff.web.pages.items import LINK_STATES, WAIVE_REASONS, choices, report_of
from staff.web.visit import Here
from staff.words import KINDS, ROLES, STATES, say
from storage.desk import Act, Desk, FindingKey
from storage.queries import MessageFilter, Page, Queries
from storage.rows import MessageRow
from storage.trail import newest_entry
from storage.whole import WholeMessage, find_message, read_message

router = APIRouter()

PAGE = 50
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
MAIL_KINDS: tuple[MessageKind, ...] = get_args(MessageKind)
TEXT = 40_000
"""Characters of a mail's text on its page."""


@router.get("/messages")
def messages(here: Here) -> Response:
    """All mails by what the address asks for."""
    wanted = _filter(here)
    oldest = here.query("sort") == "old"
    queries, before, after = Queries(here.site.database), here.number("before"), here.number("after")
    page: Page[MessageRow] = queries.messages(wanted, PAGE, before, after)
    if oldest:
        found = queries.messages(wanted, PAGE, after=after or 0)
        page = Page(tuple(reversed(found.rows)), None, found.newer)
    return here.page(
        "messages.html", page=page, wanted=wanted, oldest=oldest, chosen=dict(here.request.query_params),
        verdicts=[(key, say(STATES, key)) for key in VERDICTS], kinds=[(key, say(KINDS, key)) for key in MAIL_KINDS],
        **choices(here.site),
    )


def _filter(here: Here) -> MessageFilter:
    verdict, kind = here.query("verdict"), here.query("kind")
    known = next((word for word in VERDICTS if word == verdict), None)
    return MessageFilter(
        verdict=None if known == "held" else known, stage="held" if known == "held" else None,
        kind=next((word for word in MAIL_KINDS if word == kind), None), batch=here.number("batch"),
        reporting_unit=here.query("unit") or None, search=here.query("q")[:200],
    )


@router.get("/messages/{message_id}")
async def message(here: Here, message_id: int) -> Response:
    """One mail whole."""
    return await show_message(here, message_id, None)


async def show_message(here: Here, message_id: int, queue: Queue | None, entry: int | None = None, **more: Any) -> Response:
    """The page of a mail, alone or as one of a queue."""
    seen = await run_in_threadpool(newest_entry, here.site.database)  # before the mail is read
    whole = await run_in_threadpool(read_message, here.site.database, message_id)
    body = await aside(here, "bodies", partial(mail_view, here.site, message_id))
    values = {**message_values(here, whole, body), "seen": seen, "queue": queue, "entry": entry, "next_url": "", "left": 0, **more}
    return await run_in_threadpool(partial(here.page, "message.html", **values))


def message_values(here: Here, whole: WholeMessage, body: dict[str, Any]) -> dict[str, Any]:
    """All that the page of a mail shows."""
    row, facts = whole.message, whole.facts
    text = facts.text if facts is not None else body["text"]
    return {
        "whole": whole, "row": row, "envelope": facts.envelope if facts else None, "body": body,
        "text": text[:TEXT], "quoted": facts.quoted[:TEXT] if facts else "", "cut": len(text) > TEXT,
        "files": _files(whole), "links": [(link, report_of(link)) for link in whole.links],
        "defects": facts.defects if facts else (), "face": message_face(row),
        "waive_reasons": WAIVE_REASONS, "about": {index: item.id for index, item in enumerate(whole.items)},
        "link_states": LINK_STATES, "units": list(here.site.register.reporting_units()),
    }


def _files(whole: WholeMessage) -> list[tuple[Sheet, str, str, list[tuple[str, str]]]]:
    """The mail's files: the sheet, its role's word and key, what was found about it and still counts (severity, sentence)."""
    found: list[tuple[Sheet, str, str, list[tuple[str, str]]]] = []
    for position, record in enumerate(whole.attachments):
        part = whole.facts.parts[position] if whole.facts and position < len(whole.facts.parts) else None
        word = say(ROLES, record.role)
        made = sheet(word, whole.message.id, position, part, record.name, record.sha256)
        about = [one.finding for one in whole.findings if one.finding.attachment == position and one.waived_at is None]
        found.append((made, word, record.role, [(finding.severity.value, finding.text) for finding in about]))
    return found


# What staff say --------------------------------------------------------------------------------------------------------


def _act(here: Here, message_id: int, done: str, work: Callable[[Desk, Act, int], object], *, stay: bool = False) -> Response:
    desk = Desk(here.site.database)
    return perform(here, Thing("message", message_id), lambda act, edit: work(desk, act, edit), done, stay=stay)


@router.post("/messages/{message_id}/force")
def force(here: Here, message_id: int) -> Response:
    """It is a submission after all."""
    return _act(
        here, message_id, "已认定为报送来信，程序将据此审核并答复。",
        lambda desk, act, edit: desk.force_message(message_id, act, edit), stay=True,
    )


@router.post("/messages/{message_id}/reject")
def reject(here: Here, message_id: int) -> Response:
    """It is no submission."""
    return _act(
        here, message_id, "已认定不是报送来信，未发出的信件将撤回。", lambda desk, act, edit: desk.reject_message(message_id, act, edit),
    )


@router.post("/messages/{message_id}/unsay")
def unsay(here: Here, message_id: int) -> Response:
    """Take the word on it back."""
    return _act(here, message_id, "已撤回人工认定，程序将重新判断。", lambda desk, act, edit: desk.unsay_message(message_id, act, edit), stay=True)


@router.post("/messages/{message_id}/accept")
def accept(here: Here, message_id: int) -> Response:
    """Nothing that was found counts."""
    return _act(here, message_id, "此信的各项问题均已免除。", lambda desk, act, edit: desk.accept_message(message_id, act, edit))


@router.post("/messages/{message_id}/reassign")
def reassign(here: Here, message_id: int) -> Response:
    """It comes from another unit."""
    unit = here.form("unit_new")
    if unit not in here.site.register.reporting_units():
        return here.back(f"/messages/{message_id}", f"名册中没有“{unit[:40]}”，请从列表中选择报送单位。", "bad")
    return _act(here, message_id, f"已改为{unit}报送。", lambda desk, act, edit: desk.reassign_message(message_id, unit, act, edit))


@router.post("/messages/{message_id}/reprocess")
def reprocess(here: Here, message_id: int) -> Response:
    """Read it again from its raw bytes."""
    find_message(here.site.database, message_id)
    Desk(here.site.database).reprocess([message_id], here.act(reason(here)))
    here.site.wake()
    return here.back(own_page(here, Thing("message", message_id)), "已安排重新读取和审核；结果没有变化时不会再次回信。")


@router.post("/messages/{message_id}/note")
def note(here: Here, message_id: int) -> Response:
    """A remark for colleagues."""
    return write_note(here, Thing("message", message_id))


@router.post("/messages/{message_id}/waive")
def waive(here: Here, message_id: int) -> Response:
    """One fault does not count. Goes on when it was the last."""
    return _finding(here, message_id, "已免除这项问题。", lambda desk, key, act: desk.waive(key, act), stay=here.form("last") != "1")


@router.post("/messages/{message_id}/unwaive")
def unwaive(here: Here, message_id: int) -> Response:
    """The fault counts again."""
    return _finding(here, message_id, "这项问题重新计入。", lambda desk, key, act: desk.unwaive(key, act), stay=True)


def _finding(
    here: Here, message_id: int, done: str, work: Callable[[Desk, FindingKey, Act], object], *, stay: bool
) -> Response:
    desk = Desk(here.site.database)
    key = FindingKey(
        message_id, here.form_number("finding") or 0, here.form("code")[:40], here.form("said")[:16], here.form_number("about"),
        here.form_number("attachment"), here.form("field")[:40] or None,
    )
    number = here.form_number("item")
    thing = Thing("item", number) if number is not None else Thing("message", message_id)
    return perform(here, thing, lambda act, _: work(desk, key, act), done, stay=stay)
