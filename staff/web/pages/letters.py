"""信件: the list by state, one letter whole, releasing, holding and taking back, own words in a letter that waits.

Writing letters: `letters_write`; their wording: `letters_wording`.
"""

from __future__ import annotations

from collections import Counter
from typing import cast, get_args

from fastapi import APIRouter
from starlette.responses import Response

from core.codec import decode
from core.letter import LetterKind, LetterPlan
from core.records import AnswerState
from staff import words
from staff.letter_face import letter_face, seen_edits
from staff.letters import CannotWrite, edit_words, find_answer, preview_answer
from staff.web.letter_frame import attachments_of_mail, frame, frame_of, frame_saying, html_of_mail, letter_office
from staff.web.sessions import needs
from staff.web.visit import Here, as_number
from storage.digest import letter_states
from storage.errors import NotFound
from storage.outbox import Outbox
from storage.queries import AnswerFilter, Queries
from storage.rows import AnswerRow
from storage.staff_letters import StaffLetters

router = APIRouter()

UNSENT = ("draft", "waiting", "failed", "suppressed")
_DONE = {"release": "已放行", "hold": "已改为草稿", "withdraw": "已撤回"}


@router.get("/letters")
def letters(here: Here) -> Response:
    """Letters, newest first, by state, kind and reader."""
    state, kind, to = here.query("state"), here.query("kind"), here.query("q")[:300]
    wanted = AnswerFilter(
        state=cast("AnswerState", state) if state in get_args(AnswerState) else None,
        kind=cast("LetterKind", kind) if kind in get_args(LetterKind) else None, to=to or None,
    )  # fmt: skip
    page = Queries(here.site.database).answers(wanted, 50, here.number("before"), here.number("after"))
    counts: Counter[str] = letter_states(here.site.database)
    office = letter_office(here.site)
    faces = {row.id: letter_face(office, row) for row in page.rows if row.state in UNSENT}
    return here.page(
        "letters.html", page=page, faces=faces, wanted=wanted, counts=counts, unsent=UNSENT, states=get_args(AnswerState),
        kinds=[(key, words.say(words.KINDS, key)) for key in get_args(LetterKind)],
    )  # fmt: skip


@router.post("/letters/change")
def change(here: Here) -> Response:
    """Release, hold or take back the letters that are ticked."""
    ids = [number for text in here.forms("id") if (number := as_number(text)) is not None]
    action, why = here.form("action"), here.form("why")[:500]
    target = here.form("next")
    target = target if target.startswith("/letters") else "/letters"
    if not ids or action not in _DONE:
        return here.back(target, "请先勾选信件。", "bad")
    outbox, now = Outbox(here.site.database), here.site.clock()
    edits = seen_edits(letter_office(here.site), {number: here.form(f"face_{number}") for number in ids})
    if action == "release":
        done = outbox.release_answers(edits, here.who, now, why, edits)
    elif action == "hold":
        done = StaffLetters(here.site.database).hold(edits, why, here.who, now, edits)
    else:
        done = outbox.suppress_answers(edits, why or "工作人员撤回", here.who, now, edits)
    here.site.wake()
    left = len(set(ids)) - len(done)
    note = f"，另有{left}封未处理（已发出、正在发送，或内容刚有变化，请看过再定）" if left else ""
    return here.back(target, f"{_DONE[action]}{len(done)}封{note}。", "bad" if not done else "good")


@router.get("/letters/{answer_id}")
def letter(here: Here, answer_id: int) -> Response:
    """One letter whole."""
    return _letter(here, _find(here, answer_id))


def _letter(here: Here, row: AnswerRow, *, status: int = 200, problem: str = "", typed: str | None = None) -> Response:
    plan = decode(LetterPlan, dict(row.plan)) if row.plan is not None else None
    raw = _raw(here, row)
    return here.page(
        "letter.html", status, row=row, plan=plan, files=attachments_of_mail(raw) if raw else [], problem=problem,
        face=letter_face(letter_office(here.site), row), unsent=row.state in UNSENT,
        words_now=typed if typed is not None else plan.words if plan else "",
    )  # fmt: skip


@router.get("/letters/{answer_id}/html")
def letter_html(here: Here, answer_id: int) -> Response:
    """The letter as its reader sees it: what went out, or what would go out now. For a frame."""
    row = _find(here, answer_id)
    raw = _raw(here, row)
    if raw is not None:
        return frame(html_of_mail(raw))
    try:
        return frame(preview_answer(letter_office(here.site), row).html)
    except CannotWrite as error:
        return frame_saying(str(error))


@router.post("/letters/{answer_id}/preview")
def preview_words(here: Here, answer_id: int) -> Response:
    """The letter with these own words, for a frame; nothing is changed."""
    try:
        return frame_of(preview_answer(letter_office(here.site), _find(here, answer_id), here.form("words")))
    except CannotWrite as error:
        return frame_saying(str(error))


@router.post("/letters/{answer_id}/words")
@needs("process")
def save_words(here: Here, answer_id: int) -> Response:
    """Change the own words of a letter that waits."""
    edit = here.form_number("edit")
    try:
        edit_words(letter_office(here.site), answer_id, here.form("words"), here.act(), edit if edit is not None else -1)
    except CannotWrite as error:
        return _letter(here, _find(here, answer_id), status=422, problem=str(error), typed=here.form("words"))
    return here.back(f"/letters/{answer_id}", "已保存。")


def _find(here: Here, answer_id: int) -> AnswerRow:
    try:
        return find_answer(letter_office(here.site), answer_id)
    except CannotWrite as error:
        raise NotFound(str(error)) from None


def _raw(here: Here, row: AnswerRow) -> bytes | None:
    """The bytes of a letter that was composed for sending; None before that, or if the blob is gone."""
    if row.raw_sha256 is None:
        return None
    try:
        return here.site.blobs.path(row.raw_sha256).read_bytes()
    except (KeyError, OSError):
        return None
