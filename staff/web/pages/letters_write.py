"""信件: writing one to a submitter, and reminders, both with a preview before anything is written."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from staff.letters import (
    Askable,
    CannotWrite,
    Preview,
    askable_findings,
    newest_message,
    preview_correction,
    preview_free,
    write_correction,
    write_free,
)
from staff.reminders import Reminders, preview_reminders, write_reminders
from staff.web.letter_frame import frame_of, frame_saying, letter_office
from staff.web.sessions import needs
from staff.web.visit import Here, as_number
from storage.whole import read_message

router = APIRouter()

WHY = {"missing": "尚未报送", "open": "有待补正"}


# One letter -----------------------------------------------------------------------------------------------------------


@router.get("/letters/new")
@needs("process")
def new_letter(here: Here) -> Response:
    """The form for a letter to the sender of a mail (`to`: m34, or an item's number)."""
    return _form(here, here.query("to"), here.query("words"), [], kind="correction" if here.query("kind") == "correction" else "free")


def _form(here: Here, to: str, words: str, chosen: list[int], *, kind: str, status: int = 200, problem: str = "") -> Response:
    office, message = letter_office(here.site), None
    askable: tuple[Askable, ...] = ()
    if to:
        try:
            message = read_message(here.site.database, newest_message(office, to))
            askable = askable_findings(office, message_id=message.message.id)
        except CannotWrite as error:
            problem = problem or str(error)
    return here.page(
        "letter_new.html", status, to=to, typed=words, chosen=chosen, kind=kind, problem=problem, message=message, askable=askable
    )


def _wanted(here: Here) -> Preview:
    """The letter that the posted form asks for. Raises CannotWrite."""
    office = letter_office(here.site)
    message = newest_message(office, here.form("to"))
    if here.form("kind") == "correction":
        return preview_correction(office, message_id=message, finding_ids=_chosen(here), words=here.form("words"))
    return preview_free(office, message, here.form("words"))


def _chosen(here: Here) -> list[int]:
    return [number for text in here.forms("finding") if (number := as_number(text)) is not None]


@router.post("/letters/new/preview")
def preview_new(here: Here) -> Response:
    """The letter as it would be, for a frame; nothing is written."""
    try:
        return frame_of(_wanted(here))
    except CannotWrite as error:
        return frame_saying(str(error))


@router.post("/letters/new")
def write_new(here: Here) -> Response:
    """Write it."""
    office, draft = letter_office(here.site), here.form("action") == "draft"
    try:
        message = newest_message(office, here.form("to"))
        if here.form("kind") == "correction":
            written = write_correction(
                office, here.act(), message_id=message, finding_ids=_chosen(here), words=here.form("words"), draft=draft
            )
        else:
            written = write_free(office, message, here.form("words"), here.act(), draft=draft)
    except CannotWrite as error:
        return _form(here, here.form("to"), here.form("words"), _chosen(here), kind=here.form("kind"), status=422, problem=str(error))
    here.site.wake()
    said = "已存为草稿。" if draft else "已放入待发，稍后由程序发出。"
    return here.back(f"/letters/{written.id}", said if written.new else "同样的信已经写过，未再写入。", "good" if written.new else "info")


# Reminders ------------------------------------------------------------------------------------------------------------


@router.get("/letters/remind")
@needs("process")
def remind(here: Here) -> Response:
    """Choose a batch and see every letter."""
    batch = here.number("batch")
    problem, found = "", None
    if batch is not None:
        try:
            found = _found(here, batch, here.query("which"), here.query("words"), after=bool(here.query("after")))
        except CannotWrite as error:
            problem = str(error)
    current = here.site.campaign.batch_at(here.site.clock())
    return here.page(
        "remind.html", 200, found=found, problem=problem, batch=batch if batch is not None else current.number if current else None,
        which=here.query("which"), typed=here.query("words"), after=bool(here.query("after")), why=WHY,
        draft=here.site.settings.answers.mode != "send", days=here.site.settings.answers.remind_days,
    )  # fmt: skip


def _found(here: Here, batch: int, which: str, words: str, *, after: bool) -> Reminders:
    return preview_reminders(
        letter_office(here.site), batch, missing=which != "open", points_open=which != "missing", words=words, after_deadline=after
    )


@router.post("/letters/remind")
def write_remind(here: Here) -> Response:
    """Write reminders to the units that are ticked: only those, and only what still holds."""
    units, batch, which = list(here.forms("unit")), here.form_number("batch"), here.form("which")
    if not units or batch is None:
        return here.back("/letters/remind", "请先勾选单位。", "bad")
    try:
        written = write_reminders(
            letter_office(here.site), batch, here.act(), units=units, missing=which != "open", points_open=which != "missing",
            words=here.form("words"), after_deadline=bool(here.form("after")),
        )  # fmt: skip
    except CannotWrite as error:
        return here.back("/letters/remind", str(error), "bad")
    here.site.wake()
    new = sum(one.new for one in written.values())
    left = len(set(units)) - new
    state = "待发" if here.site.settings.answers.mode == "send" else "草稿"
    note = f"，另有{left}家未写（已报送、已补正或刚催报过）" if left else ""
    return here.back("/letters?kind=reminder", f"写出{new}封催报信（{state}）{note}。", "good" if new else "info")
