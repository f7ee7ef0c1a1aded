"""Commands that make the engine work: once, import, check, db (`run`: `baosong.run_command`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import click

from baosong.checking import Result, run_checks
from baosong.context import Context
from baosong.engine_setup import open_engine
from intake.engine import Engine, Report
from staff.console import Failure, print_json, print_table, progress
from staff.context import json_option
from staff.words import STATES, say
from storage.backup import backup
from storage.blobs import FileBlobStore
from storage.migrate import is_current
from storage.tally import differences, recount
from storage.verify import VerifyReport, verify


def _context(ctx: click.Context) -> Context:
    found = ctx.obj
    assert isinstance(found, Context)
    return found


@contextmanager
def _engine(ctx: click.Context) -> Iterator[Engine]:
    engine = open_engine(_context(ctx))
    try:
        yield engine
    finally:
        engine.close()


@click.command()
@click.option("--no-send", is_flag=True, help="不发信（信件留在待发中）")
@json_option
@click.pass_context
def once(ctx: click.Context, *, no_send: bool) -> None:
    """完整处理一遍后退出：收新信、审核、发出到期的信件、重试。适合 cron。

    例：baosong once
    """
    with _engine(ctx) as engine:
        report = engine.once(send=not no_send, fetch=bool(engine.setup.settings.mailbox.host))
    if _context(ctx).as_json:
        print_json(vars(report))
    else:
        _tell(report)


def _tell(report: Report) -> None:
    sent = "、".join(f"{say(STATES, key)}{count}" for key, count in report.sent.items()) or "无"
    click.echo(f"新收{report.fetched}封，处理{report.processed}封，信件：{sent}，归档{report.filed}封。")
    for line in (*report.missing, *report.failed):
        click.echo(line, err=True)


@click.command("import")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--received-at", type=click.Choice(["now", "header"]), default="now", show_default=True,
              help="到达时间：现在，或取自最上面的Received、其次Date、再次文件时间")
@click.option("--no-send", is_flag=True, help="不发信")
@json_option
@click.pass_context
def import_(ctx: click.Context, paths: tuple[Path, ...], received_at: str, *, no_send: bool) -> None:
    """从文件收信：.eml、文件夹、mbox、Maildir，其后处理与收自邮箱者相同。

    例：baosong import 邮件备份/ --received-at header
    """
    context = _context(ctx)
    with _engine(ctx) as engine:
        found, errors = 0, []
        with progress("读入") as bar:
            task = bar.add_task("", total=None)
            for mail in engine.import_files(paths, "header" if received_at == "header" else "now"):
                bar.advance(task)
                found += mail.row is not None
                if mail.error:
                    errors.append(mail.error)
        report = engine.once(send=not no_send, fetch=False)
    report.fetched, report.failed = found, errors
    if context.as_json:
        print_json(vars(report))
    else:
        _tell(report)
    if errors:
        raise Failure(f"{len(errors)}个文件未能读入")


@click.command()
@json_option
@click.pass_context
def check(ctx: click.Context) -> None:
    """逐项检查：配置、收信、发信、数据库、存储、文字识别、文档转换；有问题的说明如何解决。

    例：baosong check
    """
    context = _context(ctx)
    results = run_checks(context)
    if context.as_json:
        print_json([vars(result) for result in results])
    else:
        print_table(("项目", "状态", "说明"), [(r.name, _mark(r), r.text) for r in results])
    if any(not result.ok and result.needed for result in results):
        raise Failure("有项目需要处理")


def _mark(result: Result) -> tuple[str, str]:
    if result.ok:
        return "正常", "ok"
    return ("需处理", "failed") if result.needed else ("缺少（可选）", "review")


@click.group()
def db() -> None:
    """数据库：升级、备份、核对、重新计数。"""


@db.command("upgrade")
@click.pass_context
def db_upgrade(ctx: click.Context) -> None:
    """把数据库升级到本版本。

    例：baosong db upgrade
    """
    database = _context(ctx).database
    click.echo("数据库已是本版本。" if is_current(database) else "数据库升级未完成。")


@db.command("backup")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="备份到这个文件夹")
@json_option
@click.pass_context
def db_backup(ctx: click.Context, out: Path) -> None:
    """不停机备份记录与文件；再次备份到同一文件夹只补新文件。

    例：baosong db backup --out /backup/baosong
    """
    context = _context(ctx)
    report = backup(context.database, FileBlobStore(blob_folder(context)), out)
    if context.as_json:
        print_json(vars_of(report))
    else:
        click.echo(f"已备份到{out}：{report.rows.name}，文件{report.blobs}个，其中新增{report.copied}个。")


@db.command("verify")
@json_option
@click.pass_context
def db_verify(ctx: click.Context) -> None:
    """核对每个文件的校验值、每处引用和各项计数。

    例：baosong db verify
    """
    context = _context(ctx)
    report = verify(context.database, FileBlobStore(blob_folder(context)))
    if context.as_json:
        print_json(vars_of(report))
    else:
        click.echo(f"核对文件{report.blobs}个：{_found(report)}。")
        for sha256 in report.damaged:
            click.echo(f"  损坏：{sha256}", err=True)
        for missing in report.missing:
            click.echo(f"  缺失：{missing}", err=True)
        for problem in report.database:
            click.echo(f"  数据库：{problem}", err=True)
        for count in report.counts:
            click.echo(f"  计数：{count}", err=True)
    if report.lost:
        raise Failure("数据有损坏或缺失，请从备份恢复上列内容")
    if report.counts:
        raise Failure("计数与记录不符，来信和文件并无缺失，不必恢复备份；请运行 baosong db recount 重新计数")


def _found(report: VerifyReport) -> str:
    if report.lost:
        return "有损坏或缺失"
    return "文件无误，计数与记录不符" if report.counts else "无误"


@db.command("recount")
@click.pass_context
def db_recount(ctx: click.Context) -> None:
    """按现有记录重新计数（概览、台账上的件数）。只在 db verify 说计数不符时需要，可不停机运行。

    例：baosong db recount
    """
    database = _context(ctx).database
    wrong = differences(database)
    recount(database)
    click.echo(f"已重新计数，改正{len(wrong)}处。" if wrong else "已重新计数，原来的计数无误。")


def blob_folder(context: Context) -> Path:
    """Where the blobs lie."""
    return context.configuration.path(context.configuration.settings.blobs.path)


def vars_of(report: object) -> dict[str, Any]:
    """A frozen report as plain values."""
    assert is_dataclass(report)
    assert not isinstance(report, type)
    return asdict(report)


