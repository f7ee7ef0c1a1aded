"""What a search looks through: forms, scans, file names, people; the same in SQLite's and PostgreSQL's grams; old rows too."""

from __future__ import annotations

from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from core.facts import Envelope, FormFacts, MessageFacts, PageFacts, Part, ScanFacts
from core.records import AttachmentRecord, FileRef, ItemRecord
from core.searching import grams, searchable
from storage.database import Database, open_database
from storage.deciding import record_decision
from storage.desk import Act, Desk
from storage.migrate import _config, newest_revision, upgrade
from storage.queries import ItemFilter, MessageFilter, Queries
from tests.storage.samples import NOW, claim, content, decided, decision, receive, sha

FORM = "案例名称 银龄课堂\n负责人 王芳 联系电话 137 0637 8000\n一、基本情况：社区志愿者手把手教老人使用健康码。"
SCAN = "案例名称 银龄课堂\n负责人 王芳\n申报单位意见：同意推荐，特此证明。"


def facts_with(*parts: Part) -> MessageFacts:
    return MessageFacts(Envelope("<1@sender.test>", "济南市教育局+智慧助老", "zhang@jinan.test"), text="请查收。", parts=parts)


def form_part(name: str, words: str) -> Part:
    return Part(name, (name,), 12, sha(name), "application/msword", form=FormFacts("case", "银龄课堂", None, {}, {}, text=words))


def scan_part(name: str, words: str) -> Part:
    return Part(name, (name,), 12, sha(name), "application/pdf", scan=ScanFacts((PageFacts(words, image=True),)))


def ref(message_id: int, name: str) -> FileRef:
    return FileRef(message_id, (name,), sha(name), name)


def found(database: Database, search: str) -> tuple[list[int], list[int]]:
    queries = Queries(database)
    return (
        [row.id for row in queries.items(ItemFilter(search=search)).rows],
        [row.id for row in queries.messages(MessageFilter(search=search)).rows],
    )


def with_files(database: Database) -> tuple[int, int]:
    """A message with a form and a scan; (message, item)."""
    row_id = receive(database)
    claim(database)
    item = ItemRecord(content(word=ref(row_id, "表.docx"), scans=(ref(row_id, "盖章.pdf"),)), ("word", "scan"))
    files = tuple(AttachmentRecord(name, (name,), 1, sha(name), "x/y", "other") for name in ("表.docx", "盖章.pdf"))
    facts = facts_with(form_part("表.docx", FORM), scan_part("盖章.pdf", SCAN))
    record = decision(row_id, facts=facts, items=(item,), attachments=files)
    return row_id, record_decision(database, record, "worker", NOW).items[0]


@pytest.mark.parametrize("search", ["健康码", "手把手教老人使用健康码", "王芳", "芳", "13706378000", "特此证明", "盖章.pdf", "王芳 健康码 特此证明"])
def test_full_text_of_forms_and_scans(database: Database, search: str) -> None:
    decided(database)
    message, item = with_files(database)
    assert found(database, search) == ([item], [message])


def test_a_scan_sent_later_is_found_with_its_item(database: Database) -> None:
    first, item = with_files(database)
    second = receive(database)
    claim(database)
    later = content(word=ref(first, "表.docx"), scans=(ref(second, "补扫.pdf"),))
    record = decision(second, facts=facts_with(scan_part("补扫.pdf", "省级教育行政部门意见")), answers=(),
                      items=(ItemRecord(later, ("scan",), item),), links=(), findings=())
    record_decision(database, record, "worker", NOW)
    assert found(database, "省级教育行政") == ([item], [second])
    assert found(database, "健康码") == ([item], [first])
    assert found(database, "特此证明") == ([], [first])  # the old scan is no longer the item's


def test_what_staff_set_is_found_and_the_files_still_are(database: Database) -> None:
    _, item = with_files(database)
    Desk(database).reassign_item(item, {"title": "乐龄学堂"}, Act("li", NOW))
    assert found(database, "乐龄学堂")[0] == [item]
    assert found(database, "健康码")[0] == [item]


def test_deleted_items_are_found_no_more(database: Database) -> None:
    message, item = with_files(database)
    Desk(database).reprocess([message], Act("li", NOW))
    claim(database)
    record_decision(database, decision(message, facts=facts_with(), items=(), links=(), findings=()), "worker", NOW)
    assert found(database, "健康码") == ([], [])
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM item_text")).scalar_one() == 0
    assert item


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.live)], indirect=True)
@pytest.mark.parametrize("words", [FORM, SCAN, "", "王", "a", "ab abc abcd 12345", "𪚥字"])
def test_postgresql_makes_the_same_grams(database: Database, words: str) -> None:
    clean = searchable(words)
    with database.read() as connection:
        made: Any = connection.execute(text("SELECT baosong_grams(:t, 10000)"), {"t": clean}).scalar_one()
    assert {gram for gram in made if gram and " " not in gram and "\n" not in gram and not gram.startswith("#")} == grams(clean)
    assert "#1" in made


def test_old_rows_are_filled_by_the_migration(database_url: str) -> None:
    """Down to the tables of v0007, rows as that version wrote them, and up again."""
    old = open_database(database_url)
    with old.write() as connection:
        command.upgrade(_config(connection), "v0007")
    with old.write() as connection:
        connection.execute(text(
            "INSERT INTO message (id, account, folder, source, raw_sha256, size, message_id, received_at, recorded_at,"
            " answerable, stage, subject, sender) VALUES (7, 'a', 'INBOX', 's', 'x', 1, '<1>', '2021-11-08 00:00:00',"
            " '2021-11-08 00:00:00', :yes, 'done', '济南市教育局+智慧助老', 'zhang@jinan.test')"), {"yes": True})
        connection.execute(
            text("INSERT INTO message_content (message_id, search_text, facts) VALUES (7, 'x', :facts)"),
            {"facts": '{"envelope": {"message_id": "<1>"}, "text": "请查收", "parts": [{"path": ["表.docx"], "form":'
                      ' {"text": "负责人 王芳 健康码"}}]}'})
        connection.execute(text(
            "INSERT INTO attachment (message_id, position, name, path, size, sha256, media_type, role)"
            """ VALUES (7, 0, '表.docx', '["表.docx"]', 1, 'x', 'y', 'word_form')"""))
        connection.execute(text(
            "INSERT INTO item (id, campaign, category, title, state, version, fields, lengths, word, scans,"
            " scan_matches_word, created_at, updated_at, overrides, search_text, detail) VALUES (3, 'c', 'case', '银龄课堂',"
            " 'incomplete', 1, :fields, '{}', :word, '[]', 'unknown', '2021-11-08 00:00:00', '2021-11-08 00:00:00',"
            " '{}', 'x', '{}')"),
            {"fields": '{"leader": "李雷"}', "word": '{"message_id": 7, "path": ["表.docx"], "sha256": "x", "name": "表.docx"}'})
        connection.execute(text("INSERT INTO item_message VALUES (7, 0, 3, '[]')"))
    assert upgrade(old)
    for search in ("健康码", "王芳", "表.docx", "银龄课堂"):
        assert found(old, search) == ([3], [7]), search
    assert found(old, "李雷")[0] == [3]
    assert found(old, "智慧助老")[1] == [7]
    assert newest_revision()
    old.close()
