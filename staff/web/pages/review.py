"""待办: what waits for a person, by kind; one after another, the next one opens by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from staff.letter_face import letter_face, seen_edits
from staff.web.acting import Queue, following_url, form_queue, queue_of
from staff.web.letter_frame import letter_office
from staff.web.pages.items import choices, show_item
from staff.web.pages.messages import show_message
from staff.web.visit import Here
from storage.errors import NotFound
from storage.find import link as find_link
from storage.outbox import Outbox
from storage.rows import LinkRow
from storage.waiting import KINDS, MOST, Waiting, WaitingKind

router = APIRouter()

WORDS: dict[WaitingKind, tuple[str, str]] = {
    "item": ("报送件待核", "程序不能确定的报送件，请查看材料后采纳、免除问题，或请对方补正"),
    "message": ("来信待核", "报送单位、附件或内容需要人工判断的来信"),
    "held": ("搁置", "程序多次未能处理、已暂时搁置的来信"),
    "stuck": ("等待过久", "等待核验或处理时间过长的来信"),
    "link": ("链接", "多次核验没有结果、或采纳后失效的链接"),
    "draft": ("信件草稿", "等待放行的信件"),
    "failed": ("未发出", "邮件服务器拒收的信件"),
}


@router.get("/review")
def review(here: Here) -> Response:
    """The lists with their counts."""
    waiting, now = Waiting(here.site.database), here.site.clock()
    asked = queue_of(here.query("kind"), here.query) or queue_of("item", here.query)
    assert asked is not None
    counts = waiting.counts(now, asked.wanted)
    if not here.query("kind") and not counts[asked.kind]:
        asked = Queue(next((kind for kind in KINDS if counts[kind]), KINDS[0]), asked.wanted)
    page = waiting.page(asked.kind, now, asked.wanted, here.number("after") or 0)
    return here.page(
        "review.html", queue=asked, counts=counts, most=MOST, page=page, words_of=WORDS,
        tabs=[(kind, Queue(kind, asked.wanted).list_url) for kind in KINDS], **choices(here.site),
    )


@router.get("/review/{kind}/{number}")
async def one(here: Here, kind: str, number: int) -> Response:
    """One that waits, with the buttons to decide it and the way to the next."""
    queue = queue_of(kind, here.query)
    if queue is None:
        raise NotFound(f"no queue {kind}")
    more = await run_in_threadpool(_surroundings, here, queue, number)
    if queue.kind == "item":
        return await run_in_threadpool(lambda: show_item(here, number, queue, number, **more))
    if queue.kind in ("message", "held", "stuck"):
        return await show_message(here, number, queue, number, **more)
    if queue.kind == "link":
        link = await run_in_threadpool(_link, here, number)
        if link.item_id is not None:
            item_id = link.item_id
            return await run_in_threadpool(lambda: show_item(here, item_id, queue, number, **more))
        return await show_message(here, link.message_id, queue, number, **more)
    return await run_in_threadpool(lambda: _letter(here, queue, number, more))


def _surroundings(here: Here, queue: Queue, number: int) -> dict[str, Any]:
    waiting, now = Waiting(here.site.database), here.site.clock()
    counts = waiting.counts(now, queue.wanted)
    return {"next_url": following_url(here, queue, number), "left": counts[queue.kind], "queue_word": WORDS[queue.kind][0]}


def _link(here: Here, number: int) -> LinkRow:
    with here.site.database.read() as connection:
        found = find_link(connection, number)
    if found is None:
        raise NotFound(f"no link {number}")
    return found


# Letters ---------------------------------------------------------------------------------------------------------------


def _letter(here: Here, queue: Queue, number: int, more: dict[str, Any]) -> Response:
    answer = Outbox(here.site.database).find_answer(number)
    if answer is None:
        raise NotFound(f"no letter {number}")
    return here.page("review_letter.html", answer=answer, queue=queue, entry=number, face=letter_face(letter_office(here.site), answer), **more)


@router.post("/review/letters/{answer_id}/release")
def release(here: Here, answer_id: int) -> Response:
    """The letter may go, in the words that were shown."""
    outbox, why = Outbox(here.site.database), here.form("why")[:500]
    return _act(here, answer_id, "已放行，程序即将发出。", lambda edits: outbox.release_answers(edits, here.who, here.site.clock(), why, edits))


@router.post("/review/letters/{answer_id}/suppress")
def suppress(here: Here, answer_id: int) -> Response:
    """The letter is not to go."""
    outbox, why = Outbox(here.site.database), here.form("why")[:500] or "工作人员决定不发"
    return _act(here, answer_id, "已决定不发。", lambda edits: outbox.suppress_answers(edits, why, here.who, here.site.clock(), edits))


def _act(here: Here, answer_id: int, said: str, work: Callable[[dict[int, int]], tuple[int, ...]]) -> Response:
    """Do it to the letter as it was seen and go on; stay with it, and say so, when it is another one by now."""
    queue, edits = form_queue(here), seen_edits(letter_office(here.site), {answer_id: here.form("face")})
    if edits and work(edits):
        here.site.wake()
        return here.back(following_url(here, queue, answer_id) if queue is not None else "/review", said)
    now = Outbox(here.site.database).find_answer(answer_id)
    if now is not None and now.state in ("draft", "failed"):
        told = "这封信的内容刚有变化，您的操作没有写入。下面是现在的内容，请看过再定。"
        return here.back(queue.url(answer_id) if queue is not None else f"/letters/{answer_id}", told, "bad")
    target = following_url(here, queue, answer_id) if queue is not None else "/review"
    return here.back(target, "这封信刚才已被他人或程序处理，您的操作没有写入。", "bad")


@router.get("/review/next")
def go_on(here: Here) -> Response:
    """The first that waits."""
    queue = queue_of(here.query("kind"), here.query) or queue_of("item", here.query)
    assert queue is not None
    return RedirectResponse(following_url(here, queue, 0), 303)
