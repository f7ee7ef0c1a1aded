"""The command line speaks Chinese, also where the library speaks by itself."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from baosong.chinese_words import WORDS
from baosong.cli import main

SOURCES = "".join(path.read_text("utf-8") for path in Path(click.__file__).parent.glob("*.py"))
PLAIN = SOURCES.replace("\\n", "\n").replace("\\t", "\t")


@pytest.mark.parametrize("phrase", sorted(WORDS))
def test_the_library_still_says_this(phrase: str) -> None:
    assert (phrase in PLAIN) is True, "the library words it otherwise now: give the new phrase"


def test_what_is_filled_in_stands_in_both() -> None:
    for phrase, ours in WORDS.items():
        known = set(re.findall(r"\{(\w+)", phrase))
        assert set(re.findall(r"\{(\w+)", ours)) <= known, phrase


def said(capsys: pytest.CaptureFixture[str], tmp_path: Path, *arguments: str) -> tuple[object, str]:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/b.db"\n', "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(config), *arguments])
    return ended.value.code, capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "words"), [
    (("nosuch",), "没有命令“nosuch”。"),
    (("status", "--stat", "x"), "没有选项“--stat”。"),
    (("export", "xlsx"), "缺少选项 '--out'"),
    (("user", "add"), "缺少参数 'NAME'"),
    (("send", "abc"), "“abc”不是数字。"),
    (("status", "--limit", "0"), "0超出范围（x>=1）。"),
    (("links", "--limit", "0"), "0超出范围（x>=1）。"),
    (("answers", "--state", "nosuch"), "没有“nosuch”；可用：draft（草稿）"),
    (("links", "--state", "nosuch"), "没有“nosuch”；可用：ok（正常）"),
    (("db", "upgrade", "extra"), "多余的参数：extra"),
    (("worker", "--processes", "0"), "0超出范围（1<=x<=256）。"),
    (("worker",), "database.url: 现为 SQLite。处理机须与收信的机器共用一个 PostgreSQL 数据库"),
])  # fmt: skip
def test_wrong_usage(capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    code, text = said(capsys, tmp_path, *arguments)
    assert code == 2
    assert words in text
    assert not re.search(r"Usage|Error|Try|Missing|Invalid|No such", text)


def test_a_number_that_is_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for ident in ("999", "m999"):
        code, text = said(capsys, tmp_path, "reprocess", ident)
        assert (code, text.strip()) == (1, f"未能完成：没有编号为{ident}的记录")


def test_workers_do_not_work_for_sqlite_daemons(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[workers]\nlocal = false\n", "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["--config", str(config), "status"])
    assert ended.value.code == 2
    assert "workers.local: 使用 SQLite 时只能为 true" in capsys.readouterr().err
