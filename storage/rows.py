"""Frozen rows: what leaves `storage`. A row type whose fields are columns is filled by name (`columns_of`); the others
have a function here that turns a mapping of columns into the value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from core.codec import Json, decode_as
from core.facts import Link, LinkState
from core.findings import Finding, Severity
from core.letter import LetterKind
from core.records import (
    AnswerState,
    AttachmentRecord,
    FileRef,
    ItemContent,
    ItemRow,
    LinkWatch,
    MessageKind,
    StaffState,
    Stage,
    Verdict,
)
from storage import models as m
from storage.models_base import Base
from storage.models_staff import NoticeState, StaffRole


@dataclass(frozen=True, slots=True)
class FolderRow:
    """The last successful look at a mailbox folder."""

    account: str
    folder: str
    uidvalidity: int | None
    last_ok_at: datetime | None
    last_count: int | None
    note: str


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message without its long texts; the columns are explained in docs/storage.md."""

    id: int
    account: str
    folder: str
    uidvalidity: int | None
    uid: int | None
    source: str
    raw_sha256: str
    size: int
    message_id: str
    received_at: datetime
    recorded_at: datetime
    answerable: bool
    stage: Stage
    attempts: int
    claims: int
    next_attempt_at: datetime | None
    lease_owner: str | None
    lease_until: datetime | None
    error: str | None
    campaign: str
    kind: MessageKind | None
    verdict: Verdict | None
    reason: str
    reporting_unit: str | None
    unit_source: str
    batch: int | None
    receipt_number: str | None
    sender: str | None
    subject: str
    duplicate_of: int | None
    decisions: int
    decided_at: datetime | None
    filed_at: datetime | None
    staff_state: StaffState | None
    edit: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as stored; waived when `waived_at` is set."""

    id: int
    message_id: int
    finding: Finding
    waived_by: str | None
    waived_at: datetime | None
    waived_why: str | None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A share link of a message with what the checks said."""

    id: int
    message_id: int
    item_id: int | None
    link: Link
    report: Mapping[str, Json]
    checked_at: datetime | None
    next_check_at: datetime | None
    tries: int
    settled_by: str | None
    history: tuple[Mapping[str, Json], ...] = ()
    watch: LinkWatch | None = None
    lost_state: LinkState | None = None
    lost_at: datetime | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A letter of the outbox. `plan`: the letter plan as JSON (`core.letter.LetterPlan` by codec)."""

    id: int
    message_id: int | None
    kind: LetterKind
    revision: int
    state: AnswerState
    reason: str | None
    to: str
    subject: str
    message_id_header: str
    thread: str
    raw_sha256: str | None
    text: str
    plan: Mapping[str, Json] | None
    plan_hash: str
    created_at: datetime
    not_before: datetime
    attempts: int
    next_attempt_at: datetime | None
    claimed_by: str | None
    claimed_until: datetime | None
    sent_at: datetime | None
    response: str | None
    edit: int
    written_by: str | None = None
    unit: str | None = None
    batch: int | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    id: int
    at: datetime
    who: str
    action: str
    object_kind: str
    object_id: int | None
    before: Mapping[str, Json] | None
    after: Mapping[str, Json] | None
    why: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    id: int
    code: str
    text: str
    at: datetime
    last_at: datetime
    count: int
    resolved_at: datetime | None
    notified_at: datetime | None
    seen_by: str | None
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A message to staff on one channel; `content` as in `storage.notices`."""

    id: int
    key: str
    channel: str
    kind: str
    state: NoticeState
    content: Mapping[str, Json]
    created_at: datetime
    attempts: int
    next_attempt_at: datetime | None
    claimed_by: str | None
    claimed_until: datetime | None
    sent_at: datetime | None
    response: str | None


@dataclass(frozen=True, slots=True)
class HeartbeatRow:
    name: str
    at: datetime
    detail: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class UserRow:
    """An account of the staff pages; `password` is its hash."""

    id: int
    name: str
    password: str
    role: StaffRole
    created_at: datetime
    disabled_at: datetime | None
    failed_logins: int
    locked_until: datetime | None
    last_login_at: datetime | None


@cache
def columns_of(row: type, model: type[Base]) -> tuple[Any, ...]:
    """The model's columns named like the row's fields, in their order: `Row(*result)` then fits."""
    return tuple(getattr(model, field.name) for field in fields(row))


def finding_row(data: Mapping[Any, Any]) -> FindingRow:
    """From the columns of table `finding`."""
    value = Finding(
        data["code"], Severity(data["severity"]), data["text"], data["item_index"], data["attachment_index"],
        data["field"], data["limit"], data["actual"], data["evidence"],
    )
    return FindingRow(
        data["id"], data["message_id"], value, data["waived_by"], data["waived_at"], data["waived_why"]
    )


def link_row(data: Mapping[Any, Any]) -> LinkRow:
    """From the columns of table `link`."""
    value = Link(
        data["provider"], data["url"], data["code"], data["found_in"], data["other_code"], data["quoted"],
        data["expires"], LinkState(data["state"]), data["doubtful"],
    )
    lost = data["lost_state"]
    return LinkRow(
        data["id"], data["message_id"], data["item_id"], value, data["report"], data["checked_at"],
        data["next_check_at"], data["tries"], data["settled_by"], tuple(data["history"] or ()), data["watch"],
        None if lost is None else LinkState(lost), data["lost_at"], data["told_at"],
    )


def attachment_record(data: Mapping[Any, Any]) -> AttachmentRecord:
    """From the columns of table `attachment`."""
    return AttachmentRecord(
        data["name"], tuple(data["path"]), data["size"], data["sha256"], data["media_type"], data["role"],
        data["category"],
    )


ITEM_COLUMNS = tuple(m.Item.__table__.columns)


def item_row(data: Mapping[Any, Any], messages: tuple[int, ...] = ()) -> ItemRow:
    """From the columns of table `item`."""
    content = ItemContent(
        campaign=data["campaign"], category=data["category"], title=data["title"],
        applicant_unit=data["applicant_unit"], reporting_unit=data["reporting_unit"], batch=data["batch"],
        state=data["state"], version=data["version"], receipt_number=data["receipt_number"], sender=data["sender"],
        fields=data["fields"], lengths=data["lengths"], word=decode_as(FileRef | None, data["word"]),
        scans=decode_as(tuple[FileRef, ...], data["scans"]), seal=data["seal"],
        scan_matches_word=data["scan_matches_word"], detail=data["detail"],
    )
    return ItemRow(
        id=data["id"], content=content, edit=data["edit"], created_at=data["created_at"],
        updated_at=data["updated_at"], superseded_by=data["superseded_by"], paper_arrived_at=data["paper_arrived_at"],
        staff_state=data["staff_state"], staff_by=data["staff_by"], staff_at=data["staff_at"],
        staff_why=data["staff_why"], overrides=data["overrides"], messages=messages,
    )
