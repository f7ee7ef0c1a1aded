"""What a letter must say, before anyone puts it into words: the decision's hand-over to `notifier`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from core.facts import Link, Seal
from core.findings import Finding

LetterKind = Literal["receipt", "correction", "reminder", "link_dead", "free"]


@dataclass(frozen=True, slots=True)
class LetterItem:
    """One item as the letter shows it. `problems`: its errors; `notes`: its friendly reminders. `word`, `scans`: names
    of the files received. `right_word`, `right_scan`: the file names the notice asks for, for this very unit."""

    category: str
    category_name: str
    title: str | None
    applicant_unit: str | None
    word: str | None
    scans: tuple[str, ...]
    seal: Seal | None
    links: tuple[Link, ...]
    complete: bool
    problems: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    right_word: str = ""
    right_scan: str = ""
    paper_expected: bool = False


@dataclass(frozen=True, slots=True)
class LetterPlan:
    """Everything a letter says. `problems`, `notes`: findings about the mail as a whole (subject, files that belong
    to no item). `checking`: a person at the office still looks at something, so the receipt promises nothing yet.
    `deadline`: of the batch that the corrected material will count for. `late`: the batch named or missed is over.
    `blank_forms`: category keys whose empty form is attached. `words`: extra sentences by staff."""

    kind: LetterKind
    unit: str | None
    receipt_number: str | None
    received_at: datetime
    subject_received: str
    batch_name: str | None
    deadline: date | None
    items: tuple[LetterItem, ...] = ()
    problems: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()
    right_subject: str = ""
    right_names: tuple[str, ...] = ()
    blank_forms: tuple[str, ...] = ()
    checking: bool = False
    late: bool = False
    words: str = ""
    companions: tuple[str, ...] = ()  # subjects of the other mails that this letter answers too


@dataclass(frozen=True, slots=True)
class Thread:
    """Where the letter goes: the answered mail's thread data and the address to use."""

    to: str
    to_name: str
    subject: str
    message_id: str | None
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """A composed letter. `raw` is the complete RFC 5322 message, CRLF line ends, with its fixed Message-ID."""

    kind: LetterKind
    to: str
    subject: str
    message_id: str
    text: str
    html: str
    raw: bytes
