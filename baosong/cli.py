"""The command `baosong`: the composition root. Reads the configuration, puts the parts together, hands them down.

Commands that process mail live in `baosong.engine_commands`, those for staff in `staff`; all get what they need as one
object. No traceback for a user's mistake: exit 2 for wrong usage or configuration, 1 when something failed.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from baosong.chinese_words import speak_chinese
from baosong.config import ConfigError
from baosong.context import Context
from intake.mailbox_errors import MailboxError
from staff.console import Failure
from storage.errors import StorageError

speak_chinese()

MODULES = {
    "baosong.demo_command": ("demo",),
    "baosong.run_command": ("run",),
    "baosong.worker_command": ("worker",),
    "baosong.engine_commands": ("once", "import", "check", "db"),
    "baosong.inspect_command": ("inspect",),
    "staff.look_commands": ("status", "show", "messages", "units"),
    "staff.decision_commands": ("accept", "reject", "waive", "note", "receive-paper", "reprocess"),
    "staff.link_commands": ("links", "link"),
    "staff.letter_commands": ("answers", "send", "hold", "withdraw"),
    "staff.write_commands": ("write", "remind"),
    "staff.template_commands": ("templates",),
    "staff.alert_commands": ("alerts", "digest"),
    "staff.export_commands": ("export",),
    "staff.user_commands": ("user",),
    "staff.completion_command": ("completion",),
    "baosong.web_command": ("web",),
}
"""Where each command lives. A module is imported when one of its commands is called: `baosong status` need not wait for
the parsers' libraries."""


class Commands(click.Group):
    """The group that finds its commands in `MODULES`."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """As click does; when a shell asks for completions the group itself does not run, so its object is made here."""
        made = super().make_context(info_name, args, parent, **extra)
        if made.resilient_parsing and made.obj is None:
            made.obj = Context(find_config(made.params.get("config")), True, False, program_version())
        return made

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for names in MODULES.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for module, names in MODULES.items():
            if cmd_name in names:
                found = getattr(import_module(module), {"import": "import_"}.get(cmd_name, cmd_name.replace("-", "_")))
                assert isinstance(found, click.Command)
                return found
        return None


def program_version() -> str:
    """The installed version, or a stand-in when run from a source tree."""
    try:
        return version("baosong")
    except PackageNotFoundError:
        return "0+source"


def find_config(given: Path | None) -> Path | None:
    """`--config`, then $BAOSONG_CONFIG, then ./config.toml; None if there is none of them."""
    if given is not None:
        return given
    named = os.environ.get("BAOSONG_CONFIG")
    if named:
        return Path(named)
    here = Path("config.toml")
    return here if here.exists() else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--config", type=click.Path(path_type=Path), help="配置文件（默认 $BAOSONG_CONFIG，其次 ./config.toml）")
@click.option("--json", "as_json", is_flag=True, help="以JSON输出")
@click.option("-v", "--verbose", is_flag=True, help="显示运行日志")
@click.version_option(program_version(), prog_name="baosong")
@click.pass_context
def group(ctx: click.Context, config: Path | None, *, as_json: bool, verbose: bool) -> None:
    """报送：自动接收、审核、登记并答复报送邮件。

    例：baosong demo
    """
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    ctx.obj = Context(find_config(config), as_json, verbose, program_version())


def main(arguments: list[str] | None = None) -> None:
    """Entry point; ends the process with the exit status of the contract."""
    try:
        group.main(args=arguments, prog_name="baosong", standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        click.echo("已中止。", err=True)
        sys.exit(1)
    except click.ClickException as error:
        error.show()
        sys.exit(2 if isinstance(error, click.UsageError) else 1)
    except ConfigError as error:
        click.echo("配置有误，未启动：", err=True)
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(2)
    except (Failure, StorageError, MailboxError) as error:
        click.echo(f"未能完成：{error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # `baosong status | head`: the reader has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
