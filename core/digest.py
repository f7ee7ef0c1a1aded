"""What staff are told: alerts at once, and once a day how things stand. Values only; `notifier.digest` words them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

STOPPED = "smtp.stopped"
"""Code of the alert that stands while nothing may be sent; staff resolve it, or a successful `baosong check`."""


@dataclass(frozen=True, slots=True)
class StaffAlert:
    """One thing that needs a person. `code`: stable name, e.g. smtp.stopped; `text`: a Chinese sentence that says what
    is wrong; `mend`: how to mend it, may be empty; `since`: aware. `resolved`: it is over, this is the all-clear. `again`:
    it was told before and is still so."""

    code: str
    text: str
    since: datetime
    mend: str = ""
    resolved: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class AlertNews:
    """Alerts told together in one message to staff."""

    alerts: tuple[StaffAlert, ...]


@dataclass(frozen=True, slots=True)
class ToDo:
    """One mail, item or letter that waits for staff. `what`: unit and subject, or item; `why`: a Chinese phrase;
    `number`: receipt number or id to look it up by."""

    number: str
    what: str
    why: str
    since: datetime


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """Items of one batch by state, and how many of the units in the register have sent something. `missing`: units that
    have not, filled in while the deadline is near."""

    name: str
    deadline: date
    complete: int = 0
    incomplete: int = 0
    review: int = 0
    pending: int = 0
    units: int = 0
    units_in_register: int = 0
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitTraffic:
    """What one unit sent in the period, by verdict. `unit` empty: the unit is not known."""

    unit: str
    received: int
    accepted: int = 0
    correction: int = 0
    review: int = 0
    other: int = 0


@dataclass(frozen=True, slots=True)
class FolderCount:
    """Mails in one watched folder and in the ledger. `mailbox` None: it could not be asked."""

    name: str
    mailbox: int | None
    ledger: int


@dataclass(frozen=True, slots=True)
class Digest:
    """One day. `folders`, `units`: the same by folder and by reporting unit.

    Counts of messages and letters are those between `since` and `until` (aware), except `drafts`,
    `waiting` and `failed`, which are those lying there now. `mailbox`: messages in the watched folders, None if the
    mailbox could not be asked; `ledger`: messages recorded of them. `todo_total`: of which `todo` are the oldest."""

    campaign: str
    since: datetime
    until: datetime
    received: int = 0
    accepted: int = 0
    correction: int = 0
    review: int = 0
    pending: int = 0
    ignored: int = 0
    held: int = 0
    sent: int = 0
    drafts: int = 0
    waiting: int = 0
    failed: int = 0
    mailbox: int | None = None
    ledger: int | None = None
    links_unchecked: int = 0
    links_bad: int = 0
    batches: tuple[BatchProgress, ...] = ()
    todo: tuple[ToDo, ...] = ()
    todo_total: int = 0
    alerts: tuple[StaffAlert, ...] = ()
    disk_free_mb: int | None = None
    page: str = ""
    folders: tuple[FolderCount, ...] = ()
    units: tuple[UnitTraffic, ...] = ()


@dataclass(frozen=True, slots=True)
class StaffMail:
    """A composed mail to staff. `text` also serves the group robots. `raw`: complete message, CRLF line ends."""

    to: tuple[str, ...]
    subject: str
    message_id: str
    text: str
    html: str
    raw: bytes
