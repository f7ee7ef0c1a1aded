"""`baosong db verify` and `db recount`: wrong counts are told from lost data, and put right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import insert

from baosong.cli import main
from storage import models as m
from storage.blobs import FileBlobStore
from storage.database import open_database
from storage.migrate import upgrade

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command's status, and all that it said."""
    url = f"sqlite:///{tmp_path}/baosong.db"
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "{url}"\n[blobs]\npath = "{tmp_path}/blobs"\n', "utf-8")
    database = open_database(url)
    upgrade(database)
    with database.write() as connection:
        connection.execute(insert(m.Tally).values(about="link", state="dead", number=3))
    database.close()

    def run(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        status: object = 0
        try:
            main(["--config", str(config), *arguments])
        except SystemExit as ended:
            status = ended.code or 0
        told = capfd.readouterr()
        assert isinstance(status, int)
        return status, told.out + told.err

    return run


def test_wrong_counts_are_counted_anew_and_no_backup_is_asked_for(run: Run) -> None:
    status, told = run("db", "verify")
    assert status == 1
    assert "dead: 3, counted 0" in told
    assert "baosong db recount" in told
    assert "从备份恢复" not in told
    assert "损坏" not in told
    status, told = run("db", "recount")
    assert (status, told.strip()) == (0, "已重新计数，改正1处。")
    status, told = run("db", "verify")
    assert status == 0, told
    assert "无误" in told
    assert run("db", "recount")[1].strip() == "已重新计数，原来的计数无误。"


def test_lost_bytes_still_ask_for_the_backup(run: Run, tmp_path: Path) -> None:
    store = FileBlobStore(tmp_path / "blobs")
    blob = store.put([b"a mail"])
    file = store.path(blob.sha256)
    file.chmod(0o600)
    file.write_bytes(b"b mail")
    status, told = run("--json", "db", "verify")
    assert status == 1
    assert "请从备份恢复" in told
    report, _ = json.JSONDecoder().raw_decode(told)
    assert report["damaged"] == [blob.sha256]
    assert len(report["counts"]) == 1
    assert report["database"] == []
