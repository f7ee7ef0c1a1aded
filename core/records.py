"""What the pure stages hand to the ledger and get from it: one decision as a value, and the items already known.

`decide` builds a `DecisionRecord`; the ledger writes it in one transaction and returns nothing but frozen rows. Row ids
are plain integers. All datetimes are aware. Nothing here knows how any of it is stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.codec import Json
from core.facts import FieldValue, Link, MessageFacts, Seal
from core.findings import Finding
from core.letter import LetterKind, LetterPlan
from core.ports import Blob

Stage = Literal["received", "reading", "read", "done", "held"]
MessageKind = Literal["submission", "unrelated", "auto_reply", "bounce", "duplicate"]
Verdict = Literal["accepted", "correction", "review", "ignored", "pending", "held"]
ItemState = Literal["complete", "incomplete", "review", "pending", "superseded"]
StaffState = Literal["accepted", "rejected"]
ScanMatch = Literal["yes", "no", "unknown"]
AttachmentRole = Literal["word_form", "scan", "video", "archive", "inline", "other", "blocked", "unreadable"]
LinkWatch = Literal["on", "over"]
"""A link of an accepted item is looked at again (on), or a person has said the last word about it (over)."""
AnswerState = Literal["draft", "waiting", "sending", "sent", "suppressed", "failed"]

PROGRAM = "baosong"
"""Who, in the audit trail, when the program itself acted."""

OUTCOME_KINDS: tuple[LetterKind, ...] = ("receipt", "correction")
"""The two letters that tell a message's outcome: a new decision takes back an unsent one of these."""


@dataclass(frozen=True, slots=True)
class FileRef:
    """One file of one message: `message_id` is the message's row id, `path` the part's path as in `core.facts.Part`."""

    message_id: int
    path: tuple[str, ...]
    sha256: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemContent:
    """An item as it stands after all messages that contributed to it. `detail`: whatever else the assembling stage
    wants back with the item when a later mail adds to it; the ledger keeps it as it is."""

    campaign: str
    category: str
    title: str | None
    applicant_unit: str | None
    reporting_unit: str | None
    batch: int | None
    state: ItemState
    version: int = 1
    receipt_number: str | None = None
    sender: str | None = None
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    word: FileRef | None = None
    scans: tuple[FileRef, ...] = ()
    seal: Seal | None = None
    scan_matches_word: ScanMatch = "unknown"
    detail: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """An item to write. `id` None: a new item. With an id, `expected_edit` is the `ItemRow.edit` the decision was based
    on; if staff changed the item since, the whole decision is refused (`storage.errors.Conflict`) and made again.
    `contributed`: what this message brought (`word`, `scan`, `consent`, `video`, `link` ...). `supersedes`: ids of
    older versions that this item replaces."""

    content: ItemContent
    contributed: tuple[str, ...] = ()
    id: int | None = None
    expected_edit: int | None = None
    supersedes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as stored. `edit` counts every change. `overrides`: what staff set by hand (keys of `ItemContent`); a
    later decision does not overwrite it. `messages`: row ids of the contributing messages, oldest first."""

    id: int
    content: ItemContent
    edit: int
    created_at: datetime
    updated_at: datetime
    superseded_by: int | None = None
    paper_arrived_at: datetime | None = None
    staff_state: StaffState | None = None
    staff_by: str | None = None
    staff_at: datetime | None = None
    staff_why: str | None = None
    overrides: Mapping[str, Json] = field(default_factory=dict)
    messages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentRecord:
    """One file of the message with the part it plays; fields as in `core.facts.Part`."""

    name: str
    path: tuple[str, ...]
    size: int
    sha256: str
    media_type: str
    role: AttachmentRole
    category: str | None = None


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A share link of the message. `item`: index in `DecisionRecord.items`. `next_check_at` None: nothing is due.
    `report`: what the checker saw, for staff. The check's own figures are kept when the same link (address and codes)
    is written again with `checked_at` None; a link settled by staff keeps their word in any case. `history`: the check
    just made, as `core.link_watch.entry` tells it."""

    link: Link
    item: int | None = None
    next_check_at: datetime | None = None
    checked_at: datetime | None = None
    tries: int = 0
    report: Mapping[str, Json] = field(default_factory=dict)
    history: tuple[Mapping[str, Json], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRecord:
    """A letter for the outbox. `raw`: the composed letter in the blob store (None: to be composed when it is due, from
    `plan`). `plan_hash`: `core.codec.digest` of what the letter says; an answer of the same message, kind and hash is
    never written again. `thread`: Message-ID of the thread's first mail, for the caps. `companions`: row ids of other
    messages that this letter answers too. `again`: a letter of this kind has gone out already and staff or a changed
    outcome ask for another; without it nothing is written in that case. `written_by`: who of the staff wrote it, None for
    the program. `unit`, `batch`: whom a reminder is for."""

    kind: LetterKind
    state: Literal["draft", "waiting", "suppressed"]
    to: str
    subject: str
    message_id_header: str
    plan_hash: str
    not_before: datetime
    raw: Blob | None = None
    text: str = ""
    reason: str | None = None
    thread: str = ""
    plan: LetterPlan | None = None
    companions: tuple[int, ...] = ()
    again: bool = False
    written_by: str | None = None
    unit: str | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class Suppression:
    """An unsent answer to take back because another letter says it too. If it is on its way by now the whole decision
    is refused and made again."""

    answer_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Who did what to which row and why. `object_kind`: message, item, finding, answer, link, user."""

    action: str
    object_kind: str
    object_id: int | None = None
    before: Mapping[str, Json] | None = None
    after: Mapping[str, Json] | None = None
    why: str = ""
    who: str = PROGRAM


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """Everything decided about one message (`message_id`: its row id), written as one transaction.

    Indices in findings and links point into `items` and `attachments`. `reason`: for staff, why this kind and verdict.
    `unit_source`: where the reporting unit was found (subject, body, file_name, form, receipt, thread, sender, staff).
    `duplicate_of`: row id of the first of identical messages. `suppress`: companions' letters that this one replaces.
    `decide_again`: row ids of other messages whose outcome this one changes. `facts` None leaves the stored facts.
    """

    message_id: int
    kind: MessageKind
    verdict: Verdict
    campaign: str = ""
    facts: MessageFacts | None = None
    reason: str = ""
    sender: str | None = None
    subject: str = ""
    reporting_unit: str | None = None
    unit_source: str = ""
    batch: int | None = None
    receipt_number: str | None = None
    duplicate_of: int | None = None
    findings: tuple[Finding, ...] = ()
    items: tuple[ItemRecord, ...] = ()
    attachments: tuple[AttachmentRecord, ...] = ()
    links: tuple[LinkRecord, ...] = ()
    answers: tuple[AnswerRecord, ...] = ()
    suppress: tuple[Suppression, ...] = ()
    look_again: tuple[int, ...] = ()
    decide_again: tuple[int, ...] = ()
    audit: tuple[AuditRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiver:
    """A finding that staff have waived: it stays on record and no longer counts. `item`, `attachment`: indices as in
    the finding."""

    code: str
    item: int | None
    attachment: int | None
    field: str | None
    by: str
    why: str

    def covers(self, finding: Finding) -> bool:
        """Whether this waiver is about the same fault."""
        return (self.code, self.item, self.attachment, self.field) == (
            finding.code, finding.item, finding.attachment, finding.field,
        )


@dataclass(frozen=True, slots=True)
class PendingLetter:
    """An answer that has not gone out yet: a mail that arrives now may still share it."""

    answer_id: int
    message_id: int
    kind: LetterKind
    state: AnswerState
    not_before: datetime
    companions: tuple[int, ...] = ()
