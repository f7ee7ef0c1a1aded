"""The exported records are those of the contract, whatever the message went through."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from core.facts import Link, LinkState
from core.findings import SEVERITY, Finding
from core.records import AttachmentRecord, FileRef, ItemRecord, LinkRecord
from storage.database import Database
from storage.deciding import record_decision
from storage.exports import export_record, export_records
from storage.ledger import Ledger
from storage.outbox import Outbox
from storage.queries import MessageFilter
from tests.storage.samples import LEASE, NOW, answer, claim, content, decided, decision, receive, sha

SCHEMA = json.loads((Path(__file__).parents[1] / "contract" / "record.schema.json").read_text("utf-8"))
FORMAT = jsonschema.FormatChecker()


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA, format_checker=FORMAT)


def exported(database: Database, **wanted: Any) -> list[dict[str, Any]]:
    """As a reader of the file would see them."""
    return [json.loads(json.dumps(record, ensure_ascii=False)) for record in export_records(database, **wanted)]


def test_every_kind_of_record_fits_the_schema(database: Database, validator: Any) -> None:
    receive(database)  # 1: nobody has looked at it yet
    claim(database)
    held = receive(database, message_id="")
    claim(database)
    Ledger(database).mark_failed_attempt(held, "worker", "boom", NOW, NOW, limit=1)
    decided(database)
    decided(database, kind="unrelated", verdict="ignored", campaign="", reporting_unit=None, batch=None, items=(),
            receipt_number=None, findings=(), attachments=(), links=(), answers=(), sender=None, subject="")
    decided(database, kind="duplicate", verdict="ignored", duplicate_of=held, answers=(answer(state="suppressed", reason="x"),))
    decided(
        database, verdict="accepted",
        findings=tuple(Finding(code, severity, "x", actual=3, limit=2, field="a") for code, severity in SEVERITY.items()),
        items=tuple(ItemRecord(content(state=state, title=None, applicant_unit=None, seal=seal, scan_matches_word=match))
                    for state, seal, match in (("complete", "present", "yes"), ("review", "uncertain", "no"),
                                               ("pending", None, "unknown"), ("superseded", "absent", "unknown"))),
        links=tuple(LinkRecord(Link("baidu", "https://pan.baidu.com/s/1a_-B", state=state), 1) for state in LinkState),
        answers=(answer("receipt", state="draft"), answer("free", "x")),
    )
    sending = decided(database)[1].answers[0]
    Outbox(database).claim_answer(sending, "smtp", NOW, LEASE)
    records = exported(database)
    assert len(records) == 7
    for record in records:
        validator.validate(record)
    assert [record["verdict"] for record in records] == [
        "pending", "held", "correction", "ignored", "ignored", "accepted", "correction",
    ]
    assert records[6]["answers"][0]["state"] == "waiting"


def test_a_record_says_what_was_decided(database: Database) -> None:
    moment = datetime(2021, 11, 8, 2, 12, 33, 999, tzinfo=UTC)
    row_id = receive(database, received_at=moment)
    claim(database)
    item = ItemRecord(content(scans=(FileRef(1, ("扫描.pdf",), sha("scan"), "扫描.pdf"),), seal="present"))
    record_decision(database, decision(row_id, items=(item,)), "worker", NOW)
    (record,) = exported(database)
    assert record["received_at"] == "2021-11-08T10:12:33+08:00"
    assert record["source"].startswith("INBOX;7;")
    assert record["reporting_unit"] == "济南市教育局"
    assert record["receipt_number"] == "ZL-0001-X"
    assert {key: record["findings"][0][key] for key in ("code", "severity", "item", "attachment")} == {
        "code": "scan.missing", "severity": "error", "item": 0, "attachment": None,
    }
    (found,) = record["items"]
    assert (found["word"], found["scan"], found["seal"]) == ("案例.docx", ["扫描.pdf"], "present")
    assert found["fields"] == {"leader": "张三", "leader_phone": "13800138000", "consent": True}
    assert list(found["fields"]) == ["leader", "leader_phone", "consent"], "in the form's order"
    assert record["links"][0]["code"] == "ab12"
    assert record["attachments"][0]["path"] == ["材料.zip", "案例.docx"]
    assert record["answers"][0]["message_id"] == answer().message_id_header
    assert export_record(database, row_id) == record


def test_companions_show_the_shared_letter(database: Database) -> None:
    one, _ = decided(database, answers=())
    two, _ = decided(database, answers=(answer("receipt", companions=(one,)),))
    first, second = exported(database)
    assert (first["id"], second["id"]) == (one, two)
    assert first["answers"][0]["message_id"] == second["answers"][0]["message_id"]


def test_batch_and_filter(database: Database) -> None:
    decided(database)
    decided(database, batch=2)
    decided(database, batch=2, kind="unrelated", verdict="ignored")
    assert [record["batch"] for record in exported(database, batch=2)] == [2, 2]
    assert len(exported(database, batch=2, wanted=MessageFilter(kind="submission"))) == 1
    assert exported(database, batch=3) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_memory_does_not_grow_with_the_number(database: Database) -> None:
    def fill(count: int) -> None:
        parts = tuple(AttachmentRecord(f"{n}.jpg", (f"{n}.jpg",), 1, sha(str(n)), "image/jpeg", "scan") for n in range(20))
        for _ in range(count):
            decided(database, attachments=parts)

    def peak(records: Iterator[dict[str, Any]]) -> tuple[int, int]:
        tracemalloc.start()
        count = sum(1 for _ in records)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return count, size

    fill(250)
    few = peak(export_records(database))
    fill(500)
    many = peak(export_records(database))
    assert (few[0], many[0]) == (250, 750)
    assert many[1] < few[1] * 1.2
