"""The command `baosong`: the composition root. Reads the configuration, puts the parts together, hands them down.

Commands that process mail live in `baosong.engine_commands`, those for staff in `staff.commands`; both get what they
need as one object. No traceback for a user's mistake: exit 2 for wrong usage or configuration, 1 when something failed.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import click

from baosong import context
from baosong.context import Context
from baosong.demo_command import demo
from baosong.engine_commands import ENGINE_COMMANDS
from staff.commands import STAFF_COMMANDS
from staff.console import Failure


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


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
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


for command in (demo, *ENGINE_COMMANDS, *STAFF_COMMANDS):
    group.add_command(command)


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
    except context.ConfigError as error:
        click.echo("配置有误，未启动：", err=True)
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(2)
    except (Failure, context.StorageError, context.MailboxError) as error:
        click.echo(f"未能完成：{error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        # `baosong status | head`: the reader has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


if __name__ == "__main__":
    main()
