"""报送件: the list, one item whole, and what staff decide about it."""

from __future__ import annotations

from typing import Any, get_args

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from core.codec import decode
from core.facts import MessageFacts
from core.link_report import LinkReport
from core.placing import link_mark
from core.receipt_number import find_receipt_numbers
from core.records import ItemRow, ItemState
from core.regroup import item_of
from staff import item_view
from staff.scan_notes import scan_notes
from staff.web.acting import Queue, item_face
from staff.web.site import Site
from staff.web.visit import Here
from staff.words import STATES, say
from storage.ledger import Ledger
from storage.queries import ItemFilter, Page, Queries
from storage.rows import LinkRow
from storage.trail import newest_entry
from storage.whole import WholeItem, find_item, find_receipt_number, likely_same, read_item

router = APIRouter()

PAGE = 50
ITEM_STATES: tuple[ItemState, ...] = get_args(ItemState)
ACCEPT_REASONS = ("已人工查看，材料齐全有效", "已电话核实", "公章清晰，已人工确认")
REJECT_REASONS = ("与征集主题不符", "重复报送", "单位要求撤回")
WAIVE_REASONS = ("已人工查看，符合要求", "已电话核实", "程序判断有误")


# The list --------------------------------------------------------------------------------------------------------------


@router.get("/items")
def items(here: Here) -> Response:
    """Items, newest first (or oldest), by what the address asks for. A receipt number leads to its item."""
    search = here.query("q")[:200]
    numbers = find_receipt_numbers(search)
    if numbers and len(search) < 40:
        hits = find_receipt_number(here.site.database, numbers[0]).items[:50]
        current = [number for number in hits if find_item(here.site.database, number).content.state != "superseded"]
        if len(current) == 1:
            return RedirectResponse(f"/items/{current[0]}", 303)
    wanted = item_filter(here)
    oldest = here.query("sort") == "old"
    page = _page(here, wanted, oldest=oldest)
    return here.page(
        "items.html", page=page, wanted=wanted, oldest=oldest, search=search, chosen=dict(here.request.query_params),
        states=[(state, here_word(state)) for state in ITEM_STATES], **choices(here.site),
    )


def _page(here: Here, wanted: ItemFilter, *, oldest: bool) -> Page[ItemRow]:
    queries = Queries(here.site.database)
    before, after = here.number("before"), here.number("after")
    if not oldest:
        return queries.items(wanted, PAGE, before, after)
    # Oldest first: the page beyond `after` in ascending order.
    found = queries.items(wanted, PAGE, after=after or 0)
    return Page(tuple(reversed(found.rows)), None, found.newer)


def item_filter(here: Here) -> ItemFilter:
    """The filter of the address; words that are not known are not asked for."""
    site, state = here.site, here.query("state")
    categories = {spec.key for spec in site.campaign.categories}
    category = here.query("category")
    return ItemFilter(
        campaign=site.campaign.key, batch=here.number("batch"), reporting_unit=here.query("unit") or None,
        category=category if category in categories else None,
        state=next((known for known in ITEM_STATES if known == state), None),
        staff_state="rejected" if state == "rejected" else None, search=here.query("q")[:200],
    )


def here_word(state: str) -> str:
    """A state's word."""
    return say(STATES, state)


def choices(site: Site) -> dict[str, Any]:
    """What filters and forms choose from: pairs (value, word)."""
    return {
        "categories": [(spec.key, spec.name) for spec in site.campaign.categories],
        "batches": [(spec.number, spec.name) for spec in site.campaign.batches],
        "units": list(site.register.reporting_units()),
    }


# One item --------------------------------------------------------------------------------------------------------------


@router.get("/items/{item_id}")
def item(here: Here, item_id: int) -> Response:
    """One item whole."""
    return show_item(here, item_id, None)


def show_item(here: Here, item_id: int, queue: Queue | None, entry: int | None = None, **more: Any) -> Response:
    """The page of an item, alone or as one of a queue."""
    seen = newest_entry(here.site.database)  # before the item is read: what comes between counts as not seen
    whole = read_item(here.site.database, item_id)
    return here.page("item.html", **item_values(here, whole), seen=seen, queue=queue, entry=entry, **{"next_url": "", "left": 0, **more})


def item_values(here: Here, whole: WholeItem) -> dict[str, Any]:
    """All that the page of an item shows."""
    site, row = here.site, whole.item
    ledger = Ledger(site.database)
    facts: dict[int, MessageFacts] = {}
    for message in whole.messages:
        found = ledger.find_facts(message.id)
        if found is not None:
            facts[message.id] = found
    newest = max((message.id for message in whole.messages), default=0)
    open_findings = [one for one in whole.findings if one.message_id == newest or one.waived_at is not None]
    older = [one for one in whole.findings if one not in open_findings]
    current = row.content.state != "superseded"
    lines = item_view.field_lines(site.campaign, row)
    return {
        "whole": whole, "item": row, "content": row.content, "spec": item_view.spec_of(site.campaign, row.content.category),
        "lines": lines, "match": item_view.match_word(row, lines), "lengths": item_view.lengths(site.campaign, row),
        "sheets": item_view.sheets(row, facts), "scan_notes": scan_notes(item_of(row.content), site.register),
        "findings": open_findings, "older_findings": older,
        "link_marks": [(link_mark(url), url) for url in dict.fromkeys(link.url for link in item_of(row.content).links)],
        "links": [(link, report_of(link)) for link in whole.links],
        "others": likely_same(site.database, row) if current else (),
        "receipt": row.content.receipt_number or "", "face": item_face(row),
        "accept_reasons": ACCEPT_REASONS, "reject_reasons": REJECT_REASONS, "waive_reasons": WAIVE_REASONS,
        "link_states": LINK_STATES, "paper": _paper(site, row), "deferred": any(m.next_attempt_at for m in whole.messages), **choices(site),
    }


def _paper(site: Site, row: ItemRow) -> bool:
    """Whether a printed textbook is expected by post."""
    spec = item_view.spec_of(site.campaign, row.content.category)
    if spec is None or spec.resource is None:
        return False
    return row.paper_arrived_at is not None or spec.resource.by_post(row.content.fields)


def report_of(link: LinkRow) -> LinkReport | None:
    """What the last check of a link saw."""
    try:
        return decode(LinkReport, dict(link.report)) if link.report else None
    except ValueError:
        return None


LINK_STATES = (
    ("ok", "正常，可以打开"), ("dead", "已失效"), ("expired", "已过期"), ("code_wrong", "提取码错误"), ("not_permanent", "不是永久有效"),
)
