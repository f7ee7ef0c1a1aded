"""The message record of the interface contract: one JSON object for each message, streamed in constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.campaign import SHANGHAI
from core.facts import Link
from core.findings import Finding
from core.records import AttachmentRecord, ItemRow
from storage import find
from storage import models as m
from storage.database import Database
from storage.fetch import answers_of, attachments_of, findings_of, items_of, links_of
from storage.queries import ALL_MESSAGES, MessageFilter, message_conditions
from storage.rows import AnswerRow, FindingRow, LinkRow, MessageRow, columns_of
from storage.search import find_ids

_CHUNK = 200


def export_records(
    database: Database, batch: int | None = None, wanted: MessageFilter = ALL_MESSAGES
) -> Iterator[dict[str, Any]]:
    """The records of all messages (of this batch, of this filter) in order of recording. Each chunk is read in a
    transaction of its own, so that a slow reader holds none open."""
    after: int | None = 0
    while after is not None:
        records, after = record_page(database, batch, wanted, after, _CHUNK)
        yield from _handed_over(records)


def _handed_over(records: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each record once, let go as soon as it is taken."""
    records.reverse()
    while records:
        yield records.pop()


def record_page(
    database: Database, batch: int | None, wanted: MessageFilter, after: int, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """The first `limit` records after row id `after`, oldest first, and the id to go on from (None at the end)."""
    with database.read() as connection:
        conditions = message_conditions(wanted)
        if batch is not None:
            conditions.append(m.Message.batch == batch)
        query = select(*columns_of(MessageRow, m.Message)).order_by(m.Message.id)
        if wanted.search.strip():
            hits = find_ids(connection, m.Message, wanted.search, conditions, limit, after=after)
            query = query.where(m.Message.id.in_(hits))
        else:
            query = query.where(*conditions, m.Message.id > after).limit(limit)
        messages = [MessageRow(*row) for row in connection.execute(query)]
        ids = [message.id for message in messages]
        findings, items = findings_of(connection, ids), items_of(connection, ids)
        links, attachments = links_of(connection, ids), attachments_of(connection, ids)
        answers = answers_of(connection, ids)
    records = [
        message_record(message, findings[one], items[one], links[one], attachments[one], answers[one])
        for one, message in zip(ids, messages, strict=True)
    ]
    return records, ids[-1] if len(ids) == limit else None


def export_record(database: Database, message_id: int) -> dict[str, Any]:
    """The record of one message. Raises NotFound."""
    with database.read() as connection:
        row = find.the_message(connection, message_id)
        ids = (message_id,)
        return message_record(
            row, findings_of(connection, ids)[message_id], items_of(connection, ids)[message_id],
            links_of(connection, ids)[message_id], attachments_of(connection, ids)[message_id],
            answers_of(connection, ids)[message_id],
        )


def message_record(
    message: MessageRow,
    findings: Sequence[FindingRow],
    items: Sequence[ItemRow],
    links: Sequence[LinkRow],
    attachments: Sequence[AttachmentRecord],
    answers: Sequence[AnswerRow],
) -> dict[str, Any]:
    """The record as the contract has it, with some keys more. Pure."""
    return {
        "id": message.id,
        "message_id": message.message_id or None,
        "received_at": local_time(message.received_at),
        "sender": message.sender,
        "subject": message.subject,
        # A message that was not decided yet (or could not be) counts as a submission until the contrary is known.
        "kind": message.kind or "submission",
        "verdict": _verdict(message),
        "reason": message.reason,
        "reporting_unit": message.reporting_unit,
        "unit_source": message.unit_source or None,
        "batch": message.batch,
        "receipt_number": message.receipt_number,
        "source": message.source,
        "sha256": message.raw_sha256,
        "size": message.size,
        "findings": [
            {**finding_record(row.finding), "waived_by": row.waived_by, "waived_why": row.waived_why}
            for row in findings
        ],
        "items": [item_record(item) for item in items],
        "links": [{**link_record(row.link), "checked_at": local_time(row.checked_at)} for row in links],
        "attachments": [attachment_entry(part) for part in attachments],
        "answers": [answer_record(answer) for answer in answers],
    }


def local_time(moment: datetime | None) -> str | None:
    """As text in Asia/Shanghai, to the second."""
    return None if moment is None else moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _verdict(message: MessageRow) -> str:
    if message.stage == "held":
        return "held"
    return message.verdict if message.verdict and message.verdict != "held" else "pending"


def finding_record(finding: Finding) -> dict[str, Any]:
    """A finding as the contract has it."""
    return {
        "code": finding.code, "severity": finding.severity.value, "text": finding.text, "item": finding.item,
        "attachment": finding.attachment, "field": finding.field, "limit": finding.limit, "actual": finding.actual,
    }


def item_record(item: ItemRow) -> dict[str, Any]:
    """An item as the contract has it, as it stands now."""
    content = item.content
    return {
        "id": item.id, "category": content.category, "title": content.title,
        "applicant_unit": content.applicant_unit, "state": content.state, "version": content.version,
        "superseded_by": item.superseded_by, "reporting_unit": content.reporting_unit, "batch": content.batch,
        "receipt_number": content.receipt_number, "fields": dict(content.fields), "lengths": dict(content.lengths),
        "word": None if content.word is None else content.word.name, "scan": [scan.name for scan in content.scans],
        "seal": content.seal, "scan_matches_word": content.scan_matches_word, "staff_state": item.staff_state,
        "paper_arrived_at": local_time(item.paper_arrived_at),
    }


def link_record(link: Link) -> dict[str, Any]:
    """A link as the contract has it."""
    return {
        "provider": link.provider, "url": link.url, "code": link.code, "state": link.state.value,
        "found_in": link.found_in,
    }


def attachment_entry(part: AttachmentRecord) -> dict[str, Any]:
    """An attachment as the contract has it."""
    return {
        "name": part.name, "path": list(part.path), "size": part.size, "sha256": part.sha256,
        "type": part.media_type, "role": part.role, "category": part.category,
    }


def answer_record(answer: AnswerRow) -> dict[str, Any]:
    """A letter as the contract has it: to a reader of records, one that is being sent is still waiting."""
    return {
        "id": answer.id, "kind": answer.kind, "state": "waiting" if answer.state == "sending" else answer.state,
        "reason": answer.reason, "message_id": answer.message_id_header or None, "to": answer.to,
        "subject": answer.subject, "not_before": local_time(answer.not_before), "sent_at": local_time(answer.sent_at),
    }
