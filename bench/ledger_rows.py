"""Generated rows for benchmarks of pages and queries: a ledger of N messages as a busy office would have it, written in
bulk (no mail is parsed). The same N gives the same rows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert

from baosong.config import load_campaign, load_register
from storage import models as m
from storage.database import Database

START = datetime(2021, 9, 1, tzinfo=UTC)
DAYS = 70
CHUNK = 2000
WORDS = "智慧助老社区教育中心手机支付预约挂号防诈骗课堂银龄学堂数字生活体验站老年大学课程培训案例推广应用服务"


def fill(database: Database, count: int) -> None:
    """`count` messages over ten weeks of three batches, two thirds of them with an item, a letter, two files; every tenth
    with a link; one finding each."""
    campaign = load_campaign("zhihui-zhulao")
    units = load_register(campaign).reporting_units()
    rows = _rows(random.Random(1), count, campaign.key, units)
    while chunk := list(islice(rows, CHUNK)):
        with database.write() as connection:
            for table in (m.Message, m.MessageContent, m.Item, m.ItemMessage, m.Attachment, m.Finding, m.Answer, m.Link):
                values = [row[table] for row in chunk if table in row]
                if values:
                    connection.execute(insert(table), values)
    with database.write() as connection:
        # PostgreSQL's counters know nothing of ids that were given.
        if database.kind == "postgresql":
            for table in ("message", "item", "finding", "answer", "link"):
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(MAX(id), 1) FROM {table}))"
                )
        connection.exec_driver_sql("ANALYZE")


def _rows(dice: random.Random, count: int, campaign: str, units: tuple[str, ...]) -> Iterator[dict[Any, dict[str, Any]]]:
    for number in range(1, count + 1):
        arrived = START + timedelta(days=DAYS * number / count)
        batch = 1 + (number * 3 - 1) // count
        unit = units[int(len(units) * dice.random() ** 2)]
        submission = number % 3 != 0
        verdict = dice.choices(("accepted", "correction", "review"), (60, 39, 1))[0] if submission else "ignored"
        title = "".join(dice.choices(WORDS, k=12))
        row: dict[Any, dict[str, Any]] = {
            m.Message: {
                "id": number, "account": "office@example.test", "folder": "INBOX", "uidvalidity": 1, "uid": number,
                "source": f"INBOX;1;{number}", "raw_sha256": f"{number:064x}", "size": 900_000,
                "message_id": f"<{number}@example.test>", "received_at": arrived, "recorded_at": arrived,
                "answerable": True, "stage": "held" if number % 5000 == 0 else "done", "campaign": campaign,
                "kind": "submission" if submission else "unrelated", "verdict": verdict,
                "reporting_unit": unit if submission else None, "batch": batch if submission else None,
                "receipt_number": f"HL21-{number:07}", "sender": f"clerk{number % 5000}@example.test",
                "subject": f"{unit}+智慧助老", "decisions": 1, "decided_at": arrived,
            },
            m.MessageContent: {"message_id": number, "search_text": f"{unit} {title} {number}", "facts": None},
            m.Finding: {
                "message_id": number, "position": 0, "code": "scan.missing", "severity": "error", "text": "缺少盖章扫描件。",
            },
        }
        if submission:
            row |= _with_item(dice, number, campaign, unit, batch, verdict, title, arrived)
        if number % 10 == 1:
            row[m.Link] = {
                "message_id": number, "position": 0, "provider": "baidu", "url": f"https://pan.baidu.com/s/1{number:022}",
                "code": "ab12", "quoted": False, "found_in": "body", "report": {}, "tries": 1,
                "state": "unchecked" if number % 10_000 == 1 else "ok",
            }
        yield row


def _with_item(
    dice: random.Random, number: int, campaign: str, unit: str, batch: int, verdict: str, title: str, arrived: datetime
) -> dict[Any, dict[str, Any]]:
    category = dice.choice(("case", "training", "course"))
    state = {"accepted": "complete", "correction": "incomplete", "review": "review"}[verdict]
    return {
        m.Item: {
            "id": number, "campaign": campaign, "category": category, "title": title, "applicant_unit": f"{unit}{number % 97}号中心",
            "reporting_unit": unit, "batch": batch, "state": state, "version": 1, "receipt_number": f"HL21-{number:07}",
            "sender": f"clerk{number % 5000}@example.test", "fields": {"leader": "张明", "leader_phone": f"138{number:08}"},
            "lengths": {}, "word": None, "scans": [], "seal": None, "scan_matches_word": "unknown", "created_at": arrived,
            "updated_at": arrived, "overrides": {}, "detail": {}, "search_text": f"{unit} {title} 张明 138{number:08} HL21-{number:07}",
        },
        m.ItemMessage: {"message_id": number, "position": 0, "item_id": number, "contributed": ["word"]},
        m.Attachment: {
            "message_id": number, "position": 0, "name": f"{title}.docx", "path": [f"{title}.docx"], "size": 60_000,
            "sha256": f"{number:064x}", "media_type": "application/vnd.openxmlformats", "role": "word_form", "category": category,
        },
        m.Answer: {
            "id": number, "message_id": number, "kind": "receipt" if verdict == "accepted" else "correction",
            "state": "draft" if number % 500 == 1 else "sent", "to": f"clerk{number % 5000}@example.test", "subject": "回执",
            "message_id_header": f"<a{number}@example.test>", "thread": f"<{number}@example.test>", "text": "已收到。",
            "plan_hash": f"{number:064x}", "created_at": arrived, "not_before": arrived, "sent_at": arrived,
        },
    }
