"""Rows to test with: short ways to record a message and decide about it."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.facts import Envelope, Link, LinkState, MessageFacts, Part
from core.findings import Finding, Severity
from core.ports import Blob
from core.records import (
    AnswerRecord,
    AttachmentRecord,
    DecisionRecord,
    FileRef,
    ItemContent,
    ItemRecord,
    LinkRecord,
)
from storage.database import Database
from storage.deciding import Written, record_decision
from storage.ledger import Ledger
from storage.rows import MessageRow

NOW = datetime(2021, 11, 8, 2, 12, 33, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=10)
CAMPAIGN = "zhihui-zhulao"
_numbers = itertools.count(1)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def receive(database: Database, number: int | None = None, **changes: Any) -> int:
    """Record a message, a new one unless `number` was used before; its row id."""
    number = next(_numbers) if number is None else number
    values: dict[str, Any] = {
        "account": "jiaowu@example.test", "folder": "INBOX", "uidvalidity": 7, "uid": number,
        "source": f"INBOX;7;{number}", "raw": Blob(sha(f"raw {number}"), 1000 + number),
        "message_id": f"<{number}@sender.test>", "received_at": NOW, "now": NOW,
    }
    return Ledger(database).record_received(**{**values, **changes})[0]


def claim(database: Database, owner: str = "worker", now: datetime = NOW) -> MessageRow:
    """Claim the next message, which must be there."""
    message = Ledger(database).claim_next_message(owner, now, LEASE)
    assert message is not None
    return message


def content(title: str = "银龄课堂", **changes: Any) -> ItemContent:
    values: dict[str, Any] = {
        "campaign": CAMPAIGN, "category": "case", "title": title, "applicant_unit": "历下区社区学院",
        "reporting_unit": "济南市教育局", "batch": 1, "state": "incomplete", "receipt_number": "ZL-0001-X",
        "sender": "zhang@jinan.test", "fields": {"leader": "张三", "leader_phone": "13800138000", "consent": True},
        "lengths": {"basic": 300}, "word": FileRef(1, ("案例.docx",), sha("word"), "案例.docx"),
    }
    return ItemContent(**{**values, **changes})


def answer(kind: str = "correction", plan: str = "plan", **changes: Any) -> AnswerRecord:
    values: dict[str, Any] = {
        "kind": kind, "state": "waiting", "to": "zhang@jinan.test", "subject": "补正通知",
        "message_id_header": f"<{sha(kind + plan)[:12]}@baosong>", "plan_hash": sha(plan), "not_before": NOW,
        "raw": Blob(sha("letter" + plan), 5), "text": "请补正。", "thread": "<thread@sender.test>",
    }
    return AnswerRecord(**{**values, **changes})


def decision(message_id: int, **changes: Any) -> DecisionRecord:
    """A submission with one item, one file, one link, one finding and one letter."""
    facts = MessageFacts(
        Envelope("<1@sender.test>", "济南市教育局+智慧助老", "zhang@jinan.test", sender_name="张三"),
        text="附件是我市报送的材料，请查收。",
        parts=(Part("案例.docx", ("材料.zip", "案例.docx"), 12, sha("word"), "application/msword"),),
    )
    values: dict[str, Any] = {
        "message_id": message_id, "kind": "submission", "verdict": "correction", "campaign": CAMPAIGN, "facts": facts,
        "sender": "zhang@jinan.test", "subject": "济南市教育局+智慧助老", "reporting_unit": "济南市教育局",
        "unit_source": "subject", "batch": 1, "receipt_number": "ZL-0001-X",
        "findings": (Finding("scan.missing", Severity.ERROR, "缺少盖章扫描件。", item=0),),
        "items": (ItemRecord(content(), ("word",)),),
        "attachments": (
            AttachmentRecord("案例.docx", ("材料.zip", "案例.docx"), 12, sha("word"), "application/msword", "word_form", "case"),
        ),
        "links": (LinkRecord(Link("baidu", "https://pan.baidu.com/s/1abc", "ab12"), 0, next_check_at=NOW),),
        "answers": (answer(),),
    }
    return DecisionRecord(**{**values, **changes})


def decided(database: Database, **changes: Any) -> tuple[int, Written]:
    """Receive a message, claim it and decide about it: (row id, what was written)."""
    row_id = receive(database)
    message = claim(database)
    assert message.id == row_id
    return row_id, record_decision(database, decision(row_id, **changes), "worker", NOW)


def checked(link: LinkRecord, state: LinkState) -> LinkRecord:
    return replace(link, link=replace(link.link, state=state))
