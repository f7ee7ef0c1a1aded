"""What staff decide about an item: accept, refuse, give it another place, merge, split, choose a version, settle its links."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import Response

from core.codec import Json
from core.facts import LinkState
from core.placing import marks_of
from core.records import ItemRow
from core.regroup import item_of
from staff import item_view
from staff.web.acting import Thing, form_queue, own_page, perform, reason, write_note
from staff.web.pages.items import LINK_STATES
from staff.web.visit import Here
from storage.desk import Act, Desk
from storage.whole import find_item

router = APIRouter()


def _act(here: Here, item_id: int, done: str, work: Callable[[Desk, Act, int], object], *, stay: bool = False) -> Response:
    desk = Desk(here.site.database)
    return perform(here, Thing("item", item_id), lambda act, edit: work(desk, act, edit), done, stay=stay)


@router.post("/items/{item_id}/accept")
def accept(here: Here, item_id: int) -> Response:
    """The item is good as it is."""
    return _act(here, item_id, "已采纳。程序将据此更新结论和信件。", lambda desk, act, edit: desk.accept_item(item_id, act, edit))


@router.post("/items/{item_id}/reject")
def reject(here: Here, item_id: int) -> Response:
    """The item is not taken."""
    if not reason(here):
        return here.back(own_page(here, Thing("item", item_id)), "不采纳须写明理由。", "bad")
    return _act(here, item_id, "已标为不采纳。程序不会就此件自动回信。", lambda desk, act, edit: desk.reject_item(item_id, act, edit))


@router.post("/items/{item_id}/reopen")
def reopen(here: Here, item_id: int) -> Response:
    """Take accept or reject back."""
    return _act(here, item_id, "已撤回人工认定，程序将重新判断。", lambda desk, act, edit: desk.reopen_item(item_id, act, edit), stay=True)


@router.post("/items/{item_id}/paper")
def paper(here: Here, item_id: int) -> Response:
    """The printed textbook has come."""
    return _act(here, item_id, "已记下：纸质教材收到。", lambda desk, act, edit: desk.receive_paper(item_id, act, edit), stay=True)


@router.post("/items/{item_id}/reassign")
def reassign(here: Here, item_id: int) -> Response:
    """Another unit, category, batch or name."""
    changes, fault = _changes(here, find_item(here.site.database, item_id))
    if fault:
        return here.back(own_page(here, Thing("item", item_id)), fault, "bad")
    if not changes:
        return here.back(own_page(here, Thing("item", item_id)), "没有改动。", "info")
    return _act(here, item_id, "归属已改，程序将据此重新判断。", lambda desk, act, edit: desk.reassign_item(item_id, changes, act, edit), stay=True)


def _changes(here: Here, row: ItemRow) -> tuple[dict[str, Json], str]:
    """What the form sets otherwise than it is, or what is wrong with it."""
    site, content = here.site, row.content
    changes: dict[str, Json] = {}
    unit = here.form("unit_new")
    if unit and unit != content.reporting_unit:
        if unit not in site.register.reporting_units():
            return {}, f"名册中没有“{unit[:40]}”，请从列表中选择报送单位。"
        changes["reporting_unit"] = unit
    category = here.form("category_new")
    if category and category != content.category:
        if item_view.spec_of(site.campaign, category) is None:
            return {}, "没有这个材料类别。"
        changes["category"] = category
    batch = here.form_number("batch_new")
    if batch is not None and batch != content.batch:
        if all(spec.number != batch for spec in site.campaign.batches):
            return {}, "没有这个批次。"
        changes["batch"] = batch
    for name, now in (("title", content.title), ("applicant_unit", content.applicant_unit)):
        given = here.form(f"{name}_new")[:300]
        if given and given != now:
            changes[name] = given
    return changes, ""


@router.post("/items/{item_id}/merge")
def merge(here: Here, item_id: int) -> Response:
    """Another item is the same as this one."""
    other = here.form_number("other")
    if other is None or other == item_id:
        return here.back(own_page(here, Thing("item", item_id)), "请选择或填写要并入的报送件编号。", "bad")
    kept = find_item(here.site.database, other)
    if kept.content.state == "superseded":
        return here.back(own_page(here, Thing("item", item_id)), f"报送件{other}已被替换，不能并入。", "bad")
    return _act(here, item_id, f"已将报送件{other}并入本件。", lambda desk, act, edit: desk.merge_items(item_id, other, act, edit), stay=True)


@router.post("/items/{item_id}/split")
def split(here: Here, item_id: int) -> Response:
    """The ticked files and links become an item of their own."""
    row = find_item(here.site.database, item_id)
    known = set(marks_of(item_of(row.content)))
    marks = [mark for mark in here.forms("mark") if mark in known]
    if not marks or len(set(marks)) == len(known):
        return here.back(own_page(here, Thing("item", item_id)), "请勾选要分出的材料；至少留下一份。", "bad")
    changes, fault = _changes(here, row)
    if fault:
        return here.back(own_page(here, Thing("item", item_id)), fault, "bad")
    made: list[int] = []

    def work(desk: Desk, act: Act, edit: int) -> None:
        made.append(desk.split_item(item_id, marks, act, changes, edit))

    desk = Desk(here.site.database)
    return perform(
        here, Thing("item", item_id), lambda act, edit: work(desk, act, edit), "已拆分：所选材料成为新的报送件。",
        onward=lambda: f"/items/{made[0]}",
    )


@router.post("/items/{item_id}/choose")
def choose(here: Here, item_id: int) -> Response:
    """This version counts. `over`: instead of that one."""
    over = here.form_number("over")
    return _act(
        here, item_id, "已选定这一版本。", lambda desk, act, edit: desk.choose_version(item_id, act, edit, over), stay=True,
    )


@router.post("/items/{item_id}/note")
def note(here: Here, item_id: int) -> Response:
    """A remark for colleagues."""
    return write_note(here, Thing("item", item_id))


@router.post("/links/{link_id}/settle")
def settle(here: Here, link_id: int) -> Response:
    """A person has looked: the link is in this state."""
    state = next((known for known, _ in LINK_STATES if known == here.form("state")), None)
    thing = Thing("item", here.form_number("item") or 0) if here.form_number("item") else Thing("message", here.form_number("message") or 0)
    if state is None:
        return here.back(thing.url, "请选择链接的状态。", "bad")
    desk = Desk(here.site.database)
    queue = form_queue(here)
    return perform(
        here, thing, lambda act, _: desk.settle_link(link_id, LinkState(state), act), "链接状态已认定。",
        stay=queue is None or queue.kind != "link",
    )
