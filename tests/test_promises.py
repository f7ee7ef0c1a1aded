"""What README, the example configuration and `--help` promise, held against the program."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

import click
import pytest

from baosong.cli import group, main
from baosong.config import SECRETS, load_configuration
from core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "config.example.toml"


@dataclass
class Ended:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command in this process, in an empty folder. An exception that gets out fails the test: a user would have seen
    a traceback."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("BAOSONG_")]:
        monkeypatch.delenv(name)

    def run(*arguments: str) -> Ended:
        capfd.readouterr()
        status: object = 0
        try:
            main([*arguments])
        except SystemExit as ended:
            status = ended.code or 0
        told = capfd.readouterr()
        assert isinstance(status, int)
        return Ended(status, told.out, told.err)

    return run


# The example configuration --------------------------------------------------------------------------------------


def default_options() -> dict[tuple[str, str], Any]:
    """Every option with its default."""
    found = {}
    hints = get_type_hints(Settings)
    for section in fields(Settings):
        kind = hints[section.name]
        assert is_dataclass(kind)
        for option in fields(kind):
            value = option.default if option.default is not MISSING else option.default_factory()  # type: ignore[misc]
            found[section.name, option.name] = value
    return found


def example_options(text: str) -> dict[tuple[str, str], Any]:
    """Every option the example writes, those behind a `#` too; the value of the latter as written."""
    found, section = {}, ""
    for line in text.splitlines():
        if head := re.match(r"\[(\w+)\]", line):
            section = head[1]
        elif option := re.match(r"(# )?(\w+) = (.*)", line):
            found[section, option[2]] = tomllib.loads(f"x = {option[3]}")["x"]
    return found


def test_the_example_loads_and_changes_nothing() -> None:
    assert load_configuration(EXAMPLE).settings == Settings()


def test_the_example_names_every_option_and_no_other() -> None:
    named = example_options(EXAMPLE.read_text("utf-8"))
    files = {(section, f"{option}_file") for section, option in SECRETS}
    assert set(named) - files == set(default_options())


@pytest.mark.parametrize(("option", "default"), default_options().items(), ids=lambda value: ".".join(value) if isinstance(value, tuple) else "")
def test_the_example_shows_the_default(option: tuple[str, str], default: Any) -> None:
    data = tomllib.loads(EXAMPLE.read_text("utf-8"))
    if option[1] in data.get(option[0], {}):
        shown = data[option[0]][option[1]]
        assert (tuple(shown) if isinstance(shown, list) else shown) == default
        assert type(shown) is type(default) or isinstance(shown, list)
    else:
        assert default is None, "an option with a default is not hidden behind a #"


def test_uncommented_the_example_still_loads(tmp_path: Path) -> None:
    """Whoever takes away a # gets an option that exists and a value of its type."""
    text = re.sub(r"^# (\w+ = )", r"\1", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)
    for named in re.findall(r'^\w+_file = "(.*)"', text, re.MULTILINE):
        text = text.replace(named, str(tmp_path / "secret"))
    (tmp_path / "secret").write_text("geheim\n", "utf-8")
    (tmp_path / "my-campaign.toml").write_bytes((ROOT / "core/data/campaigns/zhihui-zhulao.toml").read_bytes())
    (tmp_path / "config.toml").write_text(text, "utf-8")
    settings = load_configuration(tmp_path / "config.toml").settings
    assert isinstance(settings.mailbox.since, datetime)
    assert settings.mailbox.password == "geheim"


# Commands -------------------------------------------------------------------------------------------------------


def commands(owner: click.Command = group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and group of commands but the first."""
    if isinstance(owner, click.Group):
        context = click.Context(owner)
        for name in owner.list_commands(context):
            child = owner.get_command(context, name)
            assert child is not None, name
            yield (*path, name), child
            yield from commands(child, (*path, name))


ALL = dict(commands())


def test_the_commands_of_the_contract_are_there() -> None:
    promised = {"demo", "run", "once", "import", "inspect", "status", "show", "messages", "units", "export", "accept", "reject", "waive",
                "note", "reprocess", "check", "db", "answers", "send"}  # fmt: skip
    assert promised <= {path[0] for path in ALL}
    assert ("export", "jsonl") in ALL
    assert ("db", "upgrade") in ALL


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_shows_an_example_that_names_the_command(path: tuple[str, ...]) -> None:
    command = ALL[path]
    text = command.get_help(click.Context(command, info_name=" ".join(("baosong", *path))))
    assert command.help
    if not isinstance(command, click.Group):
        assert "例：" in text, text
        assert " ".join(path) in text.partition("例：")[2], text
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{path}: {parameter.opts} has no help"


@pytest.mark.parametrize("path", [path for path, command in ALL.items() if not isinstance(command, click.Group)], ids=" ".join)
def test_the_documents_name_the_command(path: tuple[str, ...]) -> None:
    pages = [*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")]
    told = "\n".join(page.read_text("utf-8") for page in pages)
    code = [set(span.split()) for span in re.findall(r"`+([^`]+)`+", told)]
    assert any(set(path) <= words for words in code), f"{' '.join(path)} is in no document"


# Exit statuses --------------------------------------------------------------------------------------------------

WRONG = """
[mailbox]
prot = 993
port = "many"
tls = "ssl"
[smtp]
host = 5
[answers]
mode = "maybe"
grace = "soon"
[extra]
x = 1
"""
BEYOND = """
[mailbox]
host = "imap.163.com"
port = 99999
tls = "none"
after = "delete"
folders = []
since = 2021-11-01T00:00:00
interval = 1
[smtp]
port = 0
[workers]
processes = 0
"""


@pytest.mark.parametrize(("text", "keys"), [
    (WRONG, ["mailbox.prot", "mailbox.port", "mailbox.tls", "smtp.host", "answers.mode", "answers.grace", "extra"]),
    (BEYOND, ["mailbox.port", "mailbox.tls", "mailbox.after", "mailbox.folders", "mailbox.since", "mailbox.interval", "smtp.port",
              "workers.processes"]),
    ("[mailbox\n", ["config.toml"]),
    ('[campaign]\nname = "no-such"\n', ["campaign.name"]),
    ('[campaign]\nfile = "no-such.toml"\n', ["campaign.file"]),
    ('[mailbox]\npassword_file = "no-such"\n[smtp]\npassword_file = "nor-this"\n', ["mailbox.password_file", "smtp.password_file"]),
    ('mailbox = 1\n', ["mailbox"]),
], ids=["kinds", "values", "syntax", "campaign", "campaign file", "secrets", "section"])  # fmt: skip
@pytest.mark.parametrize("command", ["run", "once"])
def test_a_wrong_configuration_tells_all_errors_at_once_and_starts_nothing(
    tmp_path: Path, run: Run, text: str, keys: list[str], command: str
) -> None:
    (tmp_path / "config.toml").write_text(text, "utf-8")
    result = run(command)
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    for key in keys:
        lines = [line for line in result.stderr.splitlines() if key in line]
        assert lines, f"{key} is not told: {result.stderr}"
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"], "something was started"


def test_a_misspelt_option_is_answered_with_the_right_one(tmp_path: Path, run: Run) -> None:
    (tmp_path / "config.toml").write_text('[answers]\nmod = "send"\n', "utf-8")
    assert "mode" in run("once").stderr


@pytest.mark.parametrize(("arguments", "status"), [
    (("--help",), 0), (("--version",), 0), (("status", "--help"), 0),
    (("no-such-command",), 2), (("show",), 2), (("status", "--no-such-option"), 2), (("--config", "no-such.toml", "status"), 2),
    (("status",), 0), (("show", "99"), 1), (("inspect", "no-such-file"), 1), (("run",), 1), (("import", "no-such-file"), 1),
    (("export", "jsonl"), 0), (("once",), 0), (("db", "upgrade"), 0),
], ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")  # fmt: skip
def test_exit_status(run: Run, arguments: tuple[str, ...], status: int) -> None:
    result = run(*arguments)
    assert result.returncode == status, result.stderr + result.stdout
    assert "Traceback" not in result.stderr
    assert (result.stderr + result.stdout).strip() or arguments == ("export", "jsonl")


def test_a_database_that_cannot_serve_is_told_in_one_line(tmp_path: Path, run: Run) -> None:
    (tmp_path / "config.toml").write_text('[database]\nurl = "sqlite:////proc/no/such.db"\n', "utf-8")
    for command in ("status", "once"):
        result = run(command)
        assert result.returncode == 1, result.stderr
        assert "Traceback" not in result.stderr
        assert result.stderr.strip()


def test_the_same_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(WRONG, "utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "baosong", "run"], capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert result.returncode == 2, result.stderr
    assert "mailbox.prot" in result.stderr
    assert "Traceback" not in result.stderr
