"""`run` and its pages: whatever is wrong with them, the daemon goes on and staff are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from baosong import run_command
from baosong.context import Context
from baosong.engine_setup import open_engine
from baosong.pages import PAGES_ALERT


@pytest.fixture
def context(tmp_path: Path) -> Context:
    file = tmp_path / "config.toml"
    file.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/b.db"\n[blobs]\npath = "{tmp_path}/blobs"\n[staff]\nport = 0\n', "utf-8")
    return Context(file, as_json=False, verbose=False, version="0-test")


def test_a_fault_of_the_pages_is_an_alert(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(run_command, "PagesBeside", broken)
    with open_engine(context) as engine:
        assert run_command.serve_pages(context, engine) is None
        assert [alert.code for alert in engine.watch.open_alerts()] == [PAGES_ALERT]


def test_switched_off_nothing_is_served(context: Context) -> None:
    assert context.config_file is not None
    context.config_file.write_text(context.config_file.read_text("utf-8").replace("port = 0", "enabled = false"), "utf-8")
    with open_engine(context) as engine:
        assert run_command.serve_pages(context, engine) is None
        assert engine.watch.open_alerts() == ()
