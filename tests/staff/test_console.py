"""Tables on terminals of all widths, nothing but text in a pipe, completion for three shells."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys

import pytest
from rich.cells import cell_len
from rich.console import Console

from staff import console as module
from staff.console import print_table, progress

HEADS = ("编号", "批次", "报送单位", "名称", "状态")
ROWS = [(1, "第一批", "济南市教育局", "“银龄e学堂”：让老年人跟上数字时代的步伐", ("齐全", "complete")), (12, "第二批", "山东大学", "短", ("待补正", "incomplete"))]


def printed(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **options: object) -> str:
    out = io.StringIO()
    monkeypatch.setattr(module, "console", lambda: Console(file=out, width=width, force_terminal=True, highlight=False, color_system="standard"))
    print_table(HEADS, ROWS, **options)  # type: ignore[arg-type]
    return out.getvalue() + capsys.readouterr().out


@pytest.mark.parametrize("width", [120, 80, 60, 40, 30])
def test_no_line_is_wider_than_the_terminal(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = re.sub(r"\x1b\[[0-9;]*m", "", printed(width, monkeypatch, capsys))
    assert all(cell_len(line) <= width for line in text.splitlines())
    told = "".join(text.split())
    for word in ("济南市教育局", "待补正") if width >= 60 else ("济南市教育局", "第一批", "编号：12", "状态：待补正"):
        assert word in told
    if width >= 80:
        lines = [line for line in text.splitlines() if "│" in line]
        assert len({cell_len(line) for line in lines}) == 1, "edges stand below one another"


def test_what_is_left_out_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    wide = printed(120, monkeypatch, capsys, less=("批次", "报送单位"))
    assert "未列" not in wide
    narrow = printed(55, monkeypatch, capsys, less=("批次", "报送单位"))
    assert "第一批" not in narrow
    assert "济南市教育局" in narrow
    assert "未列：批次" in narrow


def test_a_pipe_gets_no_colours_and_no_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    print_table(HEADS, ROWS)
    with progress("导出") as bar:
        bar.advance(bar.add_task("", total=2))
    out, err = capsys.readouterr()
    assert "\x1b" not in out
    assert "“银龄e学堂”：让老年人跟上数字时代的步伐" in out, "nothing is cut"
    assert err == ""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "baosong", *arguments], capture_output=True, text=True, check=False,
                          env={**os.environ, **environment}, timeout=120)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    done = run("completion", shell)
    assert done.returncode == 0
    assert "_BAOSONG_COMPLETE" in done.stdout
    assert "baosong completion" in done.stderr
    if shell == "bash":
        assert subprocess.run(["bash", "-n"], input=done.stdout, text=True, check=False).returncode == 0


def completed(words: str, last: str) -> list[str]:
    line = f"baosong {words} {last}"
    done = run(COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - (1 if last else 0)), _BAOSONG_COMPLETE="bash_complete")
    assert done.stderr == ""
    return [entry.partition(",")[2] for entry in done.stdout.splitlines()]


@pytest.mark.parametrize(("words", "last", "wanted"), [
    ("", "exp", {"export"}), ("export", "f", {"folder"}), ("status", "--ba", {"--batch"}), ("status --batch", "", {"1", "2", "3"}),
    ("status --state", "inc", {"incomplete"}), ("status --category", "", {"case", "training", "course"}),
    ("status --unit", "济", {"济南大学", "济南市教育局"}), ("messages --verdict", "h", {"held"}),
])
def test_completions(words: str, last: str, wanted: set[str]) -> None:
    assert wanted <= set(completed(words, last))


def test_completion_with_a_broken_configuration_is_silent(tmp_path: os.PathLike[str]) -> None:
    done = run(COMP_WORDS="baosong --config /no/such.toml status --batch ", COMP_CWORD="5", _BAOSONG_COMPLETE="bash_complete")
    assert (done.stdout.strip(), done.stderr) == ("", "")
