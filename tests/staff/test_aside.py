"""Work done aside: what it may cost the process that waits for it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from staff import aside
from staff.aside import Aside, run_aside
from staff.mail_html import PICTURES, Cleaner


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(aside, "ROOT", tmp_path)
    return "work"


def written(tmp_path: Path, code: str) -> None:
    (tmp_path / "work.py").write_text(code)


def test_an_endless_answer_is_cut_off_while_it_comes(tmp_path: Path, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "_ANSWER", 1 << 20)
    written(tmp_path, "import sys\nwhile True:\n    sys.stdout.write('x' * 65536)\n")
    began = time.monotonic()
    with pytest.raises(Aside, match="limit"):
        run_aside(module, {})
    assert time.monotonic() - began < aside.SECONDS / 2, "not only when its time is over"


@pytest.mark.parametrize(
    ("code", "reason"),
    [("import time\ntime.sleep(60)", "timeout"), ("raise SystemExit(3)", "damaged"), ("import os\nos.abort()", "damaged")],
)
def test_what_fails_says_how(tmp_path: Path, module: str, code: str, reason: str) -> None:
    written(tmp_path, code)
    with pytest.raises(Aside, match=reason):
        run_aside(module, {}, seconds=2)


def test_what_it_writes_comes_back(tmp_path: Path, module: str) -> None:
    written(tmp_path, "import json, sys\nprint(json.load(sys.stdin)['word'] * 3, end='')")
    assert run_aside(module, {"word": "好"}) == ("好" * 3).encode()


def test_one_picture_named_a_thousand_times_is_shown_as_often_as_there_is_room() -> None:
    cleaner = Cleaner({"a": b"\x89PNG\r\n\x1a\n" + bytes(PICTURES // 2)})
    html = cleaner.clean('<img src="cid:a">' * 1000)
    assert 1 <= html.count("data:image/png") <= 4
    assert len(html) < 3 * PICTURES
