"""A message seen as a submission: its files with their roles, the items it brings, and what surrounds them.

These values are what rules judge (`core.judge`). They are built by `core.assemble` and `core.merge`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.batches import BatchPlacement
from core.campaign import Campaign
from core.facts import FieldValue, FormFacts, Link, MessageFacts, Part, Seal
from core.link_report import LinkReport
from core.subject import SubjectFacts
from core.unit_search import UnitGuess

Role = Literal["word_form", "scan", "video", "archive", "inline", "other", "blocked", "unreadable"]
ItemState = Literal["complete", "incomplete", "review", "pending", "superseded"]
Match = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file of some message. `message`: that message's row id (0 for one without a row); `attachment`: index in its
    list of parts."""

    message: int
    attachment: int
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PartRole:
    """What a part is taken for. `category`: key or None. `unsure`: a picture that may or may not be a page of a form.
    `unit_text`: the unit its name gives. `text_only`: a form exported from Word as PDF."""

    role: Role
    category: str | None = None
    unit_text: str | None = None
    unsure: bool = False
    text_only: bool = False
    name_regular: bool = True


@dataclass(frozen=True, slots=True)
class RingText:
    """What was read on a seal's ring. `page` from 0. `doubtful`: the seal alone is no proof, but on a ring of this colour,
    size and place the unit's own name is one."""

    page: int
    text: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class ScanRead:
    """What was read of one scan file: its seal, the forms on its pages, whether text was sought and none found. `pages`: the
    pages (from 0) that are the item's own where one file holds several forms, () for all of them; `rings`: the words on
    the seals of these pages; `sealed`: how many pages of the whole file surely bear a seal, None if not known."""

    sha256: str
    seal: Seal | None = None
    forms: tuple[FormFacts, ...] = ()
    unread: bool = False
    pages: tuple[int, ...] = ()
    rings: tuple[RingText, ...] = ()
    sealed: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One case, training project or course with everything that has arrived for it so far.

    `id` None: not yet recorded. `word`: its Word form (read into `form`, or unread: then `word_unread` says why).
    `form` may come from the scan when `word` is None.
    `scan_guessed`: a colleague's scan, or one of fewer than there are items, of which nothing tells that it is this item's.
    `doubt`: why what it lacks may lie elsewhere, in words for staff; `question`: what they must look at. `refused_at`: when staff
    rejected it; `refused_before`: they rejected what it takes the place of, or tells once more.
    """

    category: str
    title: str | None
    applicant_unit: str | None
    id: int | None = None
    word: FileRef | None = None
    word_unread: str | None = None
    scans: tuple[FileRef, ...] = ()
    form: FormFacts | None = None
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    blank: bool = False
    seal: Seal | None = None
    scan_reads: tuple[ScanRead, ...] = ()
    scan_unread: bool = False
    scan_matches_word: Match = "unknown"
    scan_differences: tuple[str, ...] = ()
    scan_unsure: bool = False
    scan_guessed: bool = False
    exported_pdf: FileRef | None = None
    exported_picture: bool = False
    videos: tuple[FileRef, ...] = ()
    links: tuple[Link, ...] = ()
    paper_arrived: bool = False
    reporting_unit: str | None = None
    sender: str | None = None
    batch: int | None = None
    version: int = 1
    receipt_number: str | None = None
    state: ItemState = "incomplete"
    was_complete: bool = False
    late_from: int | None = None  # the batch it was begun in, when it was completed after that batch's deadline
    supersedes: int | None = None
    other_sender: str | None = None
    doubt: str | None = None
    question: str | None = None
    accepted_by_staff: bool = False
    rejected_by_staff: bool = False
    refused_at: datetime | None = None
    refused_before: bool = False
    fixed: tuple[str, ...] = ()  # names of the attributes above that staff set by hand
    identical: bool = False  # everything this message brought for it was there already


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything the rules look at. `roles` and `facts.parts` run in step; `items` in the order of the record."""

    id: int
    facts: MessageFacts
    campaign: Campaign
    received_at: datetime
    subject: SubjectFacts
    unit: UnitGuess | None
    placement: BatchPlacement
    roles: tuple[PartRole, ...] = ()
    items: tuple[Item, ...] = ()
    links: tuple[Link, ...] = ()
    reply_to_us: bool = False  # answers one of our letters: its subject is ours, not the sender's
    unclear: tuple[str, ...] = ()
    asides: tuple[str, ...] = ()  # for a person too; nothing that seems to be missing can be it
    links_checked: bool = False  # the link check is switched on
    links_pending: bool = False
    unopened: tuple[Part, ...] = ()  # files of the sender's other mails of these days that nobody could open
    resources_elsewhere: tuple[str, ...] = ()  # links and videos that colleagues of the unit sent in mails without an item
    for_staff: str | None = None  # it says something in words only that staff deal with: what, in their words
    reports: Mapping[str, LinkReport] = field(default_factory=dict)  # what the check saw in a share, by address

    @property
    def reporting_unit(self) -> str | None:
        return self.unit.name if self.unit else None
