"""Exports: the 汇总表 as a workbook, message records as JSON lines, the experts' folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from staff.choices import batch_option
from staff.console import Failure, print_json, progress
from staff.context import StaffContext, act, json_option, now, staff
from staff.folder_export import NoSpace, write_folder
from staff.folder_export_index import INDEX
from staff.folder_export_plan import Wanted
from staff.words import size
from staff.xlsx_export import Export, write_workbook
from storage.export_items import count_items
from storage.exports import export_records, local_time


@click.group("export")
def export() -> None:
    """导出：汇总表、专家用的文件夹、来信记录。

    例：baosong export xlsx --out 汇总表.xlsx --batch 1
    """


@export.command("xlsx")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="写到这个文件")
@batch_option
@click.option("--look", is_flag=True, help="不记为正式导出：下次导出的“变动情况”仍与上一次正式导出相比")
@json_option
@click.pass_context
def xlsx(ctx: click.Context, out: Path, batch: int | None, *, look: bool) -> None:
    """汇总表（Excel）：各类别一张，另有单位×类别、存在问题、变动情况。

    例：baosong export xlsx --out 第一批汇总表.xlsx --batch 1
    """
    context = staff(ctx)
    wanted = Export(context.database, context.campaign, context.register, batch, act().who, now(), remember=not look)
    with _writing(out), _bar(context, "汇总表", batch) as step:
        done = write_workbook(wanted, out, step)
    if context.as_json:
        print_json({
            "file": str(out), "items": done.items, "problems": done.problems, "changes": done.changes, "since": local_time(done.since),
        })
    else:
        since = f"（与{(local_time(done.since) or '')[:16].replace('T', ' ')}的导出相比）" if done.since else "（首次导出）"
        click.echo(f"已导出{done.items}件报送件、{done.problems}个问题、{done.changes}项变动{since}：{out}")


@export.command("folder")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="放在这个文件夹里")
@batch_option
@click.option("--complete", is_flag=True, help="只放材料齐全的报送件")
@json_option
@click.pass_context
def folder(ctx: click.Context, out: Path, batch: int | None, *, complete: bool) -> None:
    """供专家评议的文件夹：按批次、单位、类别存放，统一命名，附目录页和校验清单；再次运行只补新的。

    例：baosong export folder --out 第一批材料 --batch 1
    """
    context = staff(ctx)
    wanted = Wanted(context.database, context.campaign, context.register, batch, complete)
    with _writing(out), _bar(context, "专家材料", batch) as step:
        try:
            done = write_folder(wanted, context.blobs, out, now(), step)
        except NoSpace as error:
            raise Failure(
                f"磁盘空间不足：还需{size(error.needed)}，可用{size(error.free)}。请清理磁盘，或用 --out 换一个位置；没有写入任何文件"
            ) from None
    if context.as_json:
        print_json({"folder": str(out), **asdict(done)})
    else:
        click.echo(f"共{done.items}件、{done.files}个文件：新增{done.added}个，更新{done.changed}个。请打开 {out / INDEX}")
        if done.gone:
            click.echo(f"另有{len(done.gone)}个以前导出的文件已不属本次材料，未删除，目录页末尾列出了这些文件。")
    if done.missing:
        raise Failure(f"有{len(done.missing)}个文件的原件缺失或损坏，未放入（目录页中已注明）。请运行 baosong db verify 查看")


@export.command("jsonl")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="写到这个文件（默认标准输出）")
@batch_option
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
    with _writing(out):
        try:
            with progress("来信记录") as bar, partial.open("w", encoding="utf-8") as file:
                task = bar.add_task("", total=None)
                for record in records:
                    file.write(json.dumps(record, ensure_ascii=False) + "\n")
                    count += 1
                    bar.advance(task)
            partial.replace(out)
        finally:
            partial.unlink(missing_ok=True)
    click.echo(f"已导出{count}封来信的记录：{out}", err=context.as_json)


@contextmanager
def _bar(context: StaffContext, label: str, batch: int | None) -> Iterator[Callable[[], None]]:
    """A progress bar over the items, on a terminal only; what to call after each."""
    with progress(label) as bar:
        task = bar.add_task("", total=count_items(context.database, context.campaign.key, batch))
        yield lambda: bar.advance(task)


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Tell the disk's refusals in a sentence that says how to mend it."""
    try:
        yield
    except FileNotFoundError:
        raise Failure(f"没有这个文件夹：{out.parent}。请先建立，或换一个位置") from None
    except PermissionError:
        raise Failure(f"不能写入 {out}。请检查权限；文件若正在 Excel 中打开，请先关闭") from None
    except OSError as error:
        raise Failure(f"写入 {out} 时出错：{error.strerror or error}") from None
