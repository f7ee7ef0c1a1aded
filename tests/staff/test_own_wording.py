"""Saving the office's own wording: one after another across processes, all of it or nothing."""

from __future__ import annotations

import fcntl
import threading
import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from baosong.config import load_campaign
from core.campaign import SHANGHAI
from notifier.wording import PHRASES
from staff import own_wording
from staff.own_wording import Overtaken, file_face, remove_file
from staff.wording_labels import LABELS
from storage.database import open_database
from storage.desk import Act
from storage.errors import StorageUnavailable

NAME = "wording.toml"
ACT = Act("王芳", datetime(2021, 11, 8, 10, tzinfo=SHANGHAI))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "templates"
    made.mkdir()
    (made / NAME).write_text('closing = "甲"\n', "utf-8")
    return made


def test_what_another_process_saves_meanwhile_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock was one of threads: the pages of `baosong web` and those beside the daemon did not wait for each other."""
    monkeypatch.setattr(own_wording, "record_act", lambda *_: None)
    seen, told = file_face(folder, NAME), list[object]()

    def remove() -> None:
        try:
            told.append(remove_file(open_database(f"sqlite:///{folder}/none.db"), folder, NAME, ACT, seen))
        except Overtaken as error:
            told.append(error)

    with (folder / ".saving.lock").open("a") as other:  # a handle of its own, as another process has it
        fcntl.flock(other, fcntl.LOCK_EX)
        thread = threading.Thread(target=remove)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive(), "nobody else saves while one does"
        (folder / NAME).write_text('closing = "乙"\n', "utf-8")
    thread.join(10)
    assert isinstance(told[0], Overtaken)
    assert (folder / NAME).read_text("utf-8") == 'closing = "乙"\n'


def test_without_a_database_nothing_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says that nothing was written: so it must be."""

    def fail(*_: object) -> None:
        raise StorageUnavailable("locked")

    monkeypatch.setattr(own_wording, "record_act", fail)
    database = open_database(f"sqlite:///{folder}/none.db")
    with pytest.raises(StorageUnavailable):
        own_wording._replace(database, folder, NAME, "", ACT)
    with pytest.raises(StorageUnavailable):
        remove_file(database, folder, NAME, ACT)
    assert (folder / NAME).read_text("utf-8") == 'closing = "甲"\n'
    assert {path.name for path in folder.iterdir()} == {NAME, ".saving.lock"}, "no half-written file is left behind"


def test_every_sentence_says_what_it_is_for(folder: Path) -> None:
    """The page of the wording showed names such as words_opening_mail and nothing else."""
    assert set(LABELS) == set(PHRASES)
    assert len(set(LABELS.values())) == len(LABELS), "no two alike"
    text = own_wording.sample(NAME, load_campaign("zhihui-zhulao"))
    assert "# （补正通知：开头）\n# correction_opening = " in text
    (folder / NAME).write_text(text, "utf-8")
    changed = own_wording.changed_wording(folder, {"closing": "此致。"}, load_campaign("zhihui-zhulao"))
    assert tomllib.loads(changed) == {"closing": "此致。"}
