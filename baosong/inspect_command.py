"""`inspect`: in a module of its own, since it alone brings the parsers' libraries into the command's process."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from baosong.config import load_campaign, load_register
from baosong.context import Context
from core.decide import Rules
from core.facts import ScanFacts
from core.ports import ReadLimits
from core.settings import Settings
from intake.inspecting import Inspection, inspect_file
from staff.console import Failure, print_json
from staff.context import json_option


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--ocr/--no-ocr", default=None, help="是否识别扫描件文字（每页数秒）；不写则按配置，印章总会查找")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="把找到的印章画在页面上，存为PNG")
@json_option
@click.pass_context
def inspect(ctx: click.Context, files: tuple[Path, ...], *, ocr: bool | None, picture: Path | None) -> None:
    """查看程序在邮件、Word、PDF、图片、文本或压缩包中看到什么。不需要配置、数据库和网络。

    例：baosong inspect 申报表.docx 扫描件.pdf --json
    """
    context = ctx.obj
    assert isinstance(context, Context)
    how = _inspection(context, ocr=ocr, picture=picture)
    entries, failed = [], 0
    for file in files:
        if not file.is_file():
            failed += 1
            click.echo(f"{file}：没有这个文件", err=True)
            continue
        entry = inspect_file(file, how)
        failed += bool(entry.get("error"))
        entries.append(entry)
    if context.as_json:
        print_json(entries)
    else:
        for entry in entries:
            _show_entry(entry)
    if failed == len(files):
        raise Failure("没有一个文件能读")


def _inspection(context: Context, *, ocr: bool | None, picture: Path | None) -> Inspection:
    """With a configuration its campaign and limits, without one the built-in campaign. Seals are looked for whatever it
    says: who inspects a file wants to know what the program would see."""
    if context.config_file is not None:
        configuration = context.configuration
        campaign, register, settings = configuration.campaign, configuration.register, configuration.settings
    else:
        settings = Settings()
        campaign = load_campaign(settings.campaign.name)
        register = load_register(campaign)
    rules = Rules(campaign, register)
    limits = settings.limits if context.config_file else ReadLimits()
    show = _drawer(picture) if picture is not None else None
    return Inspection(rules, limits, settings.scan.ocr if ocr is None else ocr, seals=True, draw=show)


def _drawer(out: Path) -> Callable[[Path, ScanFacts], object]:
    """Draws pages into `out`. Imported only here: everything else can be inspected without the libraries that draw."""
    try:
        draw = import_module("parsers.scan_picture").draw
    except ImportError as error:
        raise Failure(f"无法画出页面（{error}）。请按 requirements.txt 重新安装Python依赖") from error
    return lambda file, scan: draw(file, scan, out)


def _show_entry(entry: dict[str, Any], depth: int = 0) -> None:
    """A readable outline of one entry."""
    pad = "  " * depth
    for key, value in entry.items():
        if value in (None, [], {}, ""):
            continue
        if isinstance(value, dict):
            click.echo(f"{pad}{key}:")
            _show_entry(value, depth + 1)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, inner in enumerate(value):
                click.echo(f"{pad}{key}[{number}]:")
                _show_entry(inner, depth + 1)
        else:
            text = str(value).replace("\n", f"\n{pad}  ")
            click.echo(f"{pad}{key}: {text[:500]}")
