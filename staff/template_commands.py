"""`baosong templates`: the office's own wording and layout of letters."""

from __future__ import annotations

from pathlib import Path

import click

from notifier.own_check import WORDING_FILE
from staff.console import Failure, print_json, print_table
from staff.context import StaffContext, json_option, staff
from staff.own_wording import FILES, copy_samples, file_states

STATES = {"built_in": ("内置", "superseded"), "own": ("自定义", "ok"), "faulty": ("有误，未使用", "failed")}


def _folder(context: StaffContext) -> Path:
    if context.templates is None:
        raise Failure("未设置 answers.templates，请在配置中写明信件用语所在的文件夹")
    return context.templates


@click.group()
def templates() -> None:
    """信件的用语与版式：列出、取样本、检查。改动保存后自动生效，不必重启。"""


@templates.command("list")
@json_option
@click.pass_context
def templates_list(ctx: click.Context) -> None:
    """各文件是内置、自定义还是有误。

    例：baosong templates list
    """
    context = staff(ctx)
    states = file_states(context.templates, context.campaign)
    if context.as_json:
        print_json([{"file": one.name, "state": one.state, "faults": [*map(str, one.faults)]} for one in states])
        return
    print_table(
        ("文件", "状态", "说明"),
        [(one.name, STATES[one.state], "；".join(fault.text for fault in one.faults)) for one in states],
        title=f"文件夹：{context.templates}",
    )


@templates.command("copy")
@click.argument("names", nargs=-1, type=click.Choice(FILES))
@json_option
@click.pass_context
def templates_copy(ctx: click.Context, names: tuple[str, ...]) -> None:
    """把内置的文件放进文件夹，供修改（默认是用语 wording.toml）；已有的文件不覆盖。

    例：baosong templates copy；baosong templates copy receipt.html.j2
    """
    context = staff(ctx)
    folder, wanted = _folder(context), names or (WORDING_FILE,)
    try:
        written = copy_samples(folder, wanted, context.campaign)
    except OSError as error:
        raise Failure(f"无法写入 {folder}（{error.strerror}），请检查文件夹权限") from None
    if context.as_json:
        print_json({"folder": str(folder), "written": [*written]})
        return
    for name in wanted:
        click.echo(f"{folder / name}：{'已放入' if name in written else '已有，未覆盖'}")


@templates.command("check")
@json_option
@click.pass_context
def templates_check(ctx: click.Context) -> None:
    """逐个检查自定义的用语与版式：占位名、必备内容、试排各类信件；有误的说明文件与行号。

    例：baosong templates check
    """
    context = staff(ctx)
    faults = [fault for one in file_states(context.templates, context.campaign) for fault in one.faults]
    if context.as_json:
        print_json([{"file": fault.file, "line": fault.line, "text": fault.text} for fault in faults])
    else:
        for fault in faults:
            click.echo(str(fault), err=True)
    if faults:
        raise Failure(f"{len(faults)}处有误；改正之前，有关信件使用内置用语与版式")
    if not context.as_json:
        click.echo("检查通过。")
