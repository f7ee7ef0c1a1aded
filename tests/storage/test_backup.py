"""A backup can be opened and holds everything; `verify` finds what is missing, damaged or left over."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from core.ports import Blob
from core.records import AttachmentRecord
from storage import backup as backup_module
from storage.backup import backup, find_postgresql_tool
from storage.blobs import FileBlobStore
from storage.database import Database, open_database
from storage.deciding import record_decision
from storage.errors import StorageError
from storage.exports import export_records
from storage.migrate import is_current
from storage.verify import Missing, verify
from tests.storage.samples import NOW, answer, claim, decision, receive


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobStore:
    return FileBlobStore(tmp_path / "blobs")


def mail(database: Database, blobs: FileBlobStore, name: str) -> int:
    """A decided message whose bytes are all stored."""
    raw, file, letter = (blobs.put([f"{kind} {name}".encode()]) for kind in ("raw", "file", "letter"))
    row_id = receive(database, raw=raw)
    claim(database)
    parts = (
        AttachmentRecord("a.docx", ("a.docx",), file.size, file.sha256, "x/y", "word_form", "case"),
        AttachmentRecord("a.exe", ("a.exe",), 9, "0" * 64, "x/y", "blocked"),
    )
    record_decision(
        database, decision(row_id, attachments=parts, answers=(answer(raw=letter),)), "worker", NOW
    )
    return row_id


def test_everything_in_order(database: Database, blobs: FileBlobStore) -> None:
    mail(database, blobs, "一")
    mail(database, blobs, "二")
    blobs.put([b"left by a crash before its row was written"])
    seen: list[int] = []
    report = verify(database, blobs, seen.append)
    assert report.ok
    assert (report.blobs, report.references, report.unreferenced) == (7, 6, 1)
    assert seen == [7]


def test_losses_are_found(database: Database, blobs: FileBlobStore) -> None:
    row_id = mail(database, blobs, "一")
    damaged = next(iter(blobs.all()))
    place = blobs.path(damaged)
    place.chmod(0o640)
    place.write_bytes(b"?")
    lost = receive(database, raw=Blob("f" * 64, 1))
    report = verify(database, blobs)
    assert not report.ok
    assert report.damaged == (damaged,)
    assert report.missing == (Missing("f" * 64, f"message {lost}"),)
    assert report.database == ()
    assert row_id < lost


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_broken_references_are_found(database: Database, blobs: FileBlobStore) -> None:
    mail(database, blobs, "一")
    assert database.file is not None
    connection = sqlite3.connect(database.file)
    connection.execute("DELETE FROM message")
    connection.commit()
    connection.close()
    assert any("missing row of message" in problem for problem in verify(database, blobs).database)


def test_many_attachments_are_all_looked_at(database: Database, blobs: FileBlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message with more files than one chunk holds must neither end the walk nor be cut."""
    monkeypatch.setattr("storage.verify._CHUNK", 4)
    raw = blobs.put([b"raw"])
    for _ in range(3):
        row_id = receive(database, raw=raw)
        claim(database)
        parts = tuple(AttachmentRecord("a", ("a",), 3, raw.sha256, "x/y", "other") for _ in range(11))
        record_decision(database, decision(row_id, attachments=parts, answers=()), "worker", NOW)
    report = verify(database, blobs)
    assert (report.references, report.ok) == (3 + 33, True)


def test_backup_can_be_opened(database: Database, blobs: FileBlobStore, tmp_path: Path, restore: Callable[[Path], Database]) -> None:
    mail(database, blobs, "一")
    target = tmp_path / "backup"
    report = backup(database, blobs, target)
    assert (report.blobs, report.copied) == (3, 3)
    mail(database, blobs, "二")
    report = backup(database, blobs, target)
    assert (report.blobs, report.copied) == (6, 3), "only what is new is copied"
    assert sorted(path.name for path in target.iterdir()) == sorted(["blobs", report.rows.name]), "nothing half written"
    restored = restore(report.rows)
    assert is_current(restored)
    assert list(export_records(restored)) == list(export_records(database))
    assert verify(restored, FileBlobStore(target / "blobs")).ok
    restored.close()


@pytest.fixture
def restore(request: pytest.FixtureRequest) -> Callable[[Path], Database]:
    """Opens a backup: the SQLite file as it is, the dump by pg_restore."""

    def run(rows: Path) -> Database:
        if rows.suffix == ".db":
            return open_database(f"sqlite:///{rows}")
        url: str = request.getfixturevalue("postgres_server").new_database()
        tool = find_postgresql_tool("pg_restore")
        assert tool is not None
        subprocess.run([str(tool), "--dbname", url, "--no-owner", str(rows)], check=True, capture_output=True)
        return open_database(url)

    return run


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_backup_while_somebody_writes(database: Database, blobs: FileBlobStore, tmp_path: Path) -> None:
    mail(database, blobs, "一")
    with database.write() as connection:
        connection.execute(text("UPDATE message SET subject = 'not committed'"))
        report = backup(database, blobs, tmp_path / "backup")
    copy = open_database(f"sqlite:///{report.rows}")
    assert next(export_records(copy))["subject"] == "济南市教育局+智慧助老"
    copy.close()


def test_damaged_blob_is_not_copied(database: Database, blobs: FileBlobStore, tmp_path: Path) -> None:
    blob = blobs.put([b"content"])
    place = blobs.path(blob.sha256)
    place.chmod(0o640)
    place.write_bytes(b"Content")
    with pytest.raises(StorageError, match="damaged"):
        backup(database, blobs, tmp_path / "backup")
    assert list(FileBlobStore(tmp_path / "backup" / "blobs").all()) == []


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.live)], indirect=True)
def test_without_pg_dump(database: Database, blobs: FileBlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_module, "find_postgresql_tool", lambda name: None)
    with pytest.raises(StorageError, match="postgresql-client"):
        backup(database, blobs, tmp_path / "backup")


def test_backup_folder_that_cannot_be_made(database: Database, blobs: FileBlobStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="backup folder"):
        backup(database, blobs, tmp_path / "file" / "x")
