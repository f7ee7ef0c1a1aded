"""One act of a person from a page: done once, told when somebody else was faster, and on to what comes next.

A form carries what the person had before them: `seen`, the newest entry of the audit trail, and `face`, a digest of what the
item or mail consisted of. A decision of the program in between that changed neither is no conflict.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from starlette.responses import Response

from core.records import ItemRow
from staff.web.visit import Here
from storage.desk import Act, Desk
from storage.errors import Conflict, NotFound, StorageError, StorageUnavailable
from storage.rows import MessageRow
from storage.trail import person_acts
from storage.waiting import KINDS, Waiting, WaitingFilter, WaitingKind
from storage.whole import find_item, find_message

TRIES = 4
REASON = 500


@dataclass(frozen=True)
class Thing:
    """What is acted upon: an item or a mail."""

    kind: Literal["item", "message"]
    id: int

    @property
    def url(self) -> str:
        return f"/{'items' if self.kind == 'item' else 'messages'}/{self.id}"


def own_page(here: Here, thing: Thing) -> str:
    """Back to where it was shown: its place in the queue of 待办, or its own page."""
    queue, entry = form_queue(here), here.form_number("entry")
    return queue.url(entry) if queue is not None and entry is not None else thing.url


def write_note(here: Here, thing: Thing) -> Response:
    """A remark for colleagues."""
    text = here.form("text")[:2000]
    if not text:
        return here.back(own_page(here, thing), "备注是空的。", "bad")
    Desk(here.site.database).note(thing.kind, thing.id, text, here.act())
    return here.back(own_page(here, thing), "备注已记下。")


def item_face(row: ItemRow) -> str:
    """What an item consists of, and what staff said of it: a change of this is a change of the matter."""
    content = row.content
    files = [content.word.sha256 if content.word else "", *(ref.sha256 for ref in content.scans)]
    return _digest(files, content.category, content.version, row.staff_state, row.superseded_by)


def message_face(row: MessageRow) -> str:
    """The same for a mail."""
    return _digest(row.raw_sha256, row.kind, row.staff_state, row.unit_source == "staff", row.stage == "held")


def _digest(*values: object) -> str:
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:24]


@dataclass(frozen=True)
class Queue:
    """The list of 待办 that the person is working through, from the address or the form."""

    kind: WaitingKind
    wanted: WaitingFilter

    def url(self, number: int) -> str:
        """The address of one of the queue."""
        return f"/review/{self.kind}/{number}{self.query}"

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What the forms of a page in the queue carry."""
        return (("queue", self.kind), *_filter_pairs(self.wanted))

    @property
    def query(self) -> str:
        pairs = _filter_pairs(self.wanted)
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def list_url(self) -> str:
        return "/review?" + urlencode((("kind", self.kind), *_filter_pairs(self.wanted)))


def _filter_pairs(wanted: WaitingFilter) -> tuple[tuple[str, str], ...]:
    pairs = (("batch", wanted.batch), ("unit", wanted.reporting_unit), ("category", wanted.category))
    return tuple((name, str(value)) for name, value in pairs if value is not None)


def queue_of(kind: str, given: Callable[[str], str]) -> Queue | None:
    """The queue named by `kind`, its filter read by `given` (a query or a form); None for no such kind."""
    found = next((known for known in KINDS if known == kind), None)
    if found is None:
        return None
    batch = given("batch")
    return Queue(found, WaitingFilter(
        batch=int(batch) if batch.isdigit() and len(batch) < 9 else None, reporting_unit=given("unit") or None,
        category=given("category") or None,
    ))


def reason(here: Here) -> str:
    """The reason given: a ready one that was clicked, own words, or both."""
    parts = (here.form("reason"), here.form("why"))
    return "；".join(dict.fromkeys(part for part in parts if part))[:REASON]


def perform(
    here: Here, thing: Thing, work: Callable[[Act, int], object], done: str, *, stay: bool = False,
    onward: Callable[[], str] | None = None,
) -> Response:
    """Do it and go on: to the next of the queue (unless `stay`), else back to the page (`onward`: elsewhere). `work` gets the act and
    the row's `edit`. Somebody else's act in between leads to the conflict page, and nothing is written."""
    act = replace(here.act(reason(here)), seen=here.form_number("seen"))
    for _ in range(TRIES):
        edit, face = _now(here, thing)
        if here.form("face") and here.form("face") != face:
            return conflict(here, thing)
        try:
            work(act, edit)
        except Conflict:
            if act.seen is not None and person_acts(here.site.database, thing.kind, thing.id, act.seen):
                return conflict(here, thing)
            continue  # the program itself was faster, and the matter is the same
        except (NotFound, StorageUnavailable):
            raise
        except StorageError:
            return here.back(own_page(here, thing), "这项操作现在不能进行，请看清当前情况后再定。", "bad")
        here.site.wake()
        if onward is not None:
            return here.back(onward(), done)
        return here.back(own_page(here, thing) if stay else next_url(here, thing), done)
    return conflict(here, thing)


def _now(here: Here, thing: Thing) -> tuple[int, str]:
    if thing.kind == "item":
        item = find_item(here.site.database, thing.id)
        return item.edit, item_face(item)
    message = find_message(here.site.database, thing.id)
    return message.edit, message_face(message)


def form_queue(here: Here) -> Queue | None:
    """The queue that the form came from."""
    return queue_of(here.form("queue"), here.form)


def next_url(here: Here, thing: Thing) -> str:
    """Where to go after an act."""
    queue, number = form_queue(here), here.form_number("entry")
    if queue is None or number is None:
        return thing.url
    return following_url(here, queue, number)


def following_url(here: Here, queue: Queue, number: int) -> str:
    """The page of the next one that waits; the list of 待办 when none does."""
    found = Waiting(here.site.database).following(queue.kind, number, here.site.clock(), queue.wanted)
    return "/review" if found is None else Queue(found[0], queue.wanted).url(found[1])


def taken_over(here: Here, thing: Thing) -> bool:
    """Whether a person acted on it, or its files changed, since the form was shown."""
    seen, face = here.form_number("seen"), here.form("face")
    if seen is not None and person_acts(here.site.database, thing.kind, thing.id, seen):
        return True
    return bool(face) and face != _now(here, thing)[1]


def conflict(here: Here, thing: Thing) -> Response:
    """Who did what meanwhile. Nothing of the person's own act was written."""
    seen = here.form_number("seen") or 0
    queue, number = form_queue(here), here.form_number("entry")
    return here.page(
        "conflict.html", 409, thing=thing, acts=person_acts(here.site.database, thing.kind, thing.id, seen),
        page_url=own_page(here, thing), why=reason(here),
        next_url=following_url(here, queue, number) if queue is not None and number is not None else "",
    )
