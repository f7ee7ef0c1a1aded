"""Generated rows for benchmarks of pages and queries: a ledger of N messages as a busy office would have it, written in
bulk (no mail is parsed). The same N gives the same rows.

Texts: sentences of common words, and for the search 智慧助老 in every submission, a city in one of thirty, 柿子饼 in one of
a thousand, a person's telephone number in one only. Beyond 50,000 messages the rest are copies made by the database, each
beside its model and with numbers of its own: generating a million rows one by one takes hours.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Integer, event, func, insert, select, text

from baosong.config import load_campaign, load_register
from core.searching import searchable
from storage import models as m
from storage.database import Database
from storage.ledger import Ledger

ACCOUNT = "office@example.test"
START = datetime(2021, 9, 1, tzinfo=UTC)
DAYS = 70
CHUNK = 2000
MODELS = 50_000
SENTENCES = 20_000
TABLES: tuple[Any, ...] = (
    m.Message, m.MessageContent, m.Item, m.ItemText, m.ItemMessage, m.Attachment, m.Finding, m.Answer, m.Link,
)
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
WORDS = "智慧助老社区教育中心手机支付预约挂号防诈骗课堂银龄学堂数字生活体验站老年大学课程培训案例推广应用服务"


def fill(database: Database, count: int, sentences: int = 5) -> None:
    """`count` messages over ten weeks of three batches, two thirds of them with an item, a letter, two files; every tenth
    with a link; one finding each; so many sentences of 35 characters in each text. A ledger that a broken run left half full is
    filled up; a full one is left alone."""
    campaign = load_campaign("zhihui-zhulao")
    units = load_register(campaign).reporting_units()
    copies = max(1, count // MODELS)
    models = count // copies
    with database.read() as connection:
        there: int = connection.execute(select(func.count(m.Message.id))).scalar_one()
    if there >= models * copies:
        return
    own = _rows(random.Random(1), models, campaign.key, units, sentences, copies)
    rows = islice(own, there, None) if there < models else iter(())
    postgresql = database.kind == "postgresql"
    indexes = _take_indexes(database) if postgresql else []
    if not postgresql:
        event.listen(database.engine, "connect", _hasty)
        database.close()
    while chunk := list(islice(rows, CHUNK)):
        with database.write() as connection:
            for table in TABLES:
                values = [row[table] for row in chunk if table in row]
                if values:
                    connection.execute(insert(table), values)
    for number in range(max(1, there // models), copies):
        with database.write() as connection:
            _copy(connection, copies, number)
    if not postgresql:
        event.remove(database.engine, "connect", _hasty)
        database.close()
    with database.write() as connection:
        if not postgresql:
            for index in ("item_search", "message_search"):  # as its own merging leaves it in time
                connection.exec_driver_sql(f"INSERT INTO {index}({index}, rank) VALUES ('merge', 500)")
        for statement in indexes:
            connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '1GB'")
            connection.exec_driver_sql(statement)
        for name in ("ix_item_search", "ix_message_search") if indexes else ():
            connection.exec_driver_sql(f"ALTER INDEX {name} ALTER COLUMN 1 SET STATISTICS 0")
    with database.write() as connection:  # its own: ANALYZE would not know of what the same transaction set
        # PostgreSQL's counters know nothing of ids that were given.
        if postgresql:
            for table in ("message", "item", "finding", "answer", "link"):
                connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT COALESCE(MAX(id), 1) FROM {table}))"
                )
            connection.exec_driver_sql("ANALYZE")  # as its autovacuum does; of SQLite nobody asks it, so neither do we
        last = connection.execute(select(func.max(m.Message.received_at))).scalar_one()
    Ledger(database).record_folder(account=ACCOUNT, folder="INBOX", uidvalidity=1, count=models * copies, now=last)


def _hasty(connection: Any, _record: Any) -> None:
    """While rows are filled in, nothing need survive a power cut."""
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-400000")


def _copy(connection: Connection, copies: int, number: int) -> None:
    """Copy the model rows (every `copies`th id) to the ids that lie `number` above theirs."""
    moved = {"id": number, "message_id": number, "item_id": number, "uid": number}
    changed = {"search_text": f"search_text || ' 副本{number}'", "receipt_number": f"receipt_number || '{number:02}'"}
    for table in TABLES:
        columns = [column.name for column in table.__table__.columns]
        numbers = {column.name for column in table.__table__.columns if isinstance(column.type, Integer)}
        own = [name for name in columns if not (name == "id" and table in (m.Finding, m.Link))]
        values = [
            f"{name} + {number}" if name in moved and name in numbers else changed.get(name, f'"{name}"') for name in own
        ]
        key = "id" if table in (m.Message, m.Item, m.Answer) else "item_id" if table is m.ItemText else "message_id"
        names = ", ".join(f'"{name}"' for name in own)
        connection.execute(text(
            f"INSERT INTO {table.__tablename__} ({names}) SELECT {', '.join(values)} FROM {table.__tablename__}"
            f" WHERE {key} % {copies} = {1 % copies}"
        ))


def _take_indexes(database: Database) -> list[str]:
    """Drop PostgreSQL's search indexes, which are made faster from all rows; the statements that make them again."""
    with database.write() as connection:
        found = list(connection.exec_driver_sql(
            "SELECT indexname, indexdef FROM pg_indexes WHERE indexname IN ('ix_item_search', 'ix_message_search')"
        ))
        for name, _ in found:
            connection.exec_driver_sql(f"DROP INDEX {name}")
        return [definition for _, definition in found]


def _rows(
    dice: random.Random, count: int, campaign: str, units: tuple[str, ...], length: int, copies: int
) -> Iterator[dict[Any, dict[str, Any]]]:
    sentences = ["".join(dice.choices(WORDS, k=dice.randrange(20, 50))) for _ in range(SENTENCES)]
    for place in range(1, count + 1):
        number = (place - 1) * copies + 1
        arrived = START + timedelta(days=DAYS * place / count)
        batch = 1 + (place * 3 - 1) // count
        unit = units[int(len(units) * dice.random() ** 2)]
        submission = place % 3 != 0
        verdict = dice.choices(("accepted", "correction", "review"), (60, 39, 1))[0] if submission else "ignored"
        title = "".join(dice.choices(WORDS, k=12))
        row: dict[Any, dict[str, Any]] = {
            m.Message: {
                "id": number, "account": ACCOUNT, "folder": "INBOX", "uidvalidity": 1, "uid": number,
                "source": f"INBOX;1;{number}", "raw_sha256": f"{number:064x}", "size": 900_000,
                "message_id": f"<{number}@example.test>", "received_at": arrived, "recorded_at": arrived,
                "answerable": True, "stage": "held" if place % 5000 == 0 else "done", "campaign": campaign,
                "kind": "submission" if submission else "unrelated", "verdict": verdict,
                "reporting_unit": unit if submission else None, "batch": batch if submission else None,
                "receipt_number": f"HL21-{number:07}", "sender": f"clerk{number % 5000}@example.test",
                "subject": f"{unit}+智慧助老", "decisions": 1, "decided_at": arrived,
            },
            m.MessageContent: {
                "message_id": number, "facts": None,
                "search_text": _text(dice, dice.choices(sentences, k=length), unit if submission else "", title, number),
            },
            m.Finding: {
                "message_id": number, "position": 0, "code": "scan.missing", "text": "缺少盖章扫描件。",
                "severity": "review" if verdict == "review" and place % 5 == 0 else "error",
            },
        }
        if submission:
            row |= _with_item(dice, number, campaign, unit, batch, verdict, title, arrived)
            row[m.ItemText] = {"item_id": number, "search_text": row[m.MessageContent]["search_text"]}
        if place % 10 == 1:
            row[m.Link] = {
                "message_id": number, "position": 0, "provider": "baidu", "url": f"https://pan.baidu.com/s/1{number:022}",
                "code": "ab12", "quoted": False, "found_in": "body", "report": {}, "tries": 1,
                "state": "unchecked" if place % 10_000 == 1 else "ok",
            }
        yield row


def _text(dice: random.Random, sentences: list[str], unit: str, title: str, number: int) -> str:
    """Searchable text."""
    words = [title, *sentences]
    if unit:
        words += [f"{unit}+智慧助老", f"负责人{person(number)} 138{number:08}", f"HL21-{number:07}", f"{title}.docx"]
    if dice.random() < 0.001:
        words.append("柿子饼")
    return "\n".join(map(searchable, words))


def person(number: int) -> str:
    """The name of the leader in message `number`: others share the surname, few the name."""
    first, second = 0x5000 + number * 7919 % 9000, 0x5000 + number * 104_729 % 9000
    return f"{SURNAMES[number % len(SURNAMES)]}{chr(first)}{chr(second)}"


def _with_item(
    dice: random.Random, number: int, campaign: str, unit: str, batch: int, verdict: str, title: str, arrived: datetime
) -> dict[Any, dict[str, Any]]:
    category = dice.choice(("case", "training", "course"))
    state = {"accepted": "complete", "correction": "incomplete", "review": "review"}[verdict]
    return {
        m.Item: {
            "id": number, "campaign": campaign, "category": category, "title": title, "applicant_unit": f"{unit}{number % 97}号中心",
            "reporting_unit": unit, "batch": batch, "state": state, "version": 1, "receipt_number": f"HL21-{number:07}",
            "sender": f"clerk{number % 5000}@example.test", "fields": {"leader": person(number), "leader_phone": f"138{number:08}"},
            "lengths": {}, "word": None, "scans": [], "seal": None, "scan_matches_word": "unknown", "created_at": arrived,
            "updated_at": arrived, "overrides": {}, "detail": {},
        },
        m.ItemMessage: {"message_id": number, "position": 0, "item_id": number, "contributed": ["word"]},
        m.Attachment: {
            "message_id": number, "position": 0, "name": f"{title}.docx", "path": [f"{title}.docx"], "size": 60_000,
            "sha256": f"{number:064x}", "media_type": "application/vnd.openxmlformats", "role": "word_form", "category": category,
        },
        m.Answer: {
            "id": number, "message_id": number, "kind": "receipt" if verdict == "accepted" else "correction",
            "state": "draft" if dice.random() < 0.002 else "sent", "to": f"clerk{number % 5000}@example.test", "subject": "回执",
            "message_id_header": f"<a{number}@example.test>", "thread": f"<{number}@example.test>", "text": "已收到。",
            "plan_hash": f"{number:064x}", "created_at": arrived, "not_before": arrived, "sent_at": arrived,
        },
    }
