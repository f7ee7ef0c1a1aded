"""Exports: message records as JSON lines. (Workbook and folder: `staff.workbook`, `staff.folder`.)"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from staff.console import progress
from staff.context import json_option, staff
from storage.exports import export_records


@click.group("export")
def export() -> None:
    """导出。

    例：baosong export jsonl --out 记录.jsonl
    """


@export.command("jsonl")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="写到这个文件（默认标准输出）")
@click.option("--batch", type=int, help="批次号")
@json_option
@click.pass_context
def jsonl(ctx: click.Context, out: Path | None, batch: int | None) -> None:
    """来信记录，每行一封。

    例：baosong export jsonl --out 记录.jsonl --batch 1
    """
    context = staff(ctx)
    records = export_records(context.database, batch)
    if out is None:
        for record in records:
            click.echo(json.dumps(record, ensure_ascii=False))
        return
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    count = 0
    with progress("导出") as bar, partial.open("w", encoding="utf-8") as file:
        task = bar.add_task("", total=None)
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
            bar.advance(task)
    partial.replace(out)
    click.echo(f"已导出{count}封来信的记录：{out}", err=context.as_json)


