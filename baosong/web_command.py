"""`baosong web`: the staff pages alone, for a daemon that runs elsewhere on the same database."""

from __future__ import annotations

import signal
import threading

import click

from baosong.context import Context
from baosong.pages import FIRST_ACCOUNT, open_site
from staff.console import Failure
from staff.web.server import CannotServe, PageServer, spare_pauses
from storage.accounts import Accounts


@click.command()
@click.option("--bind", help="监听的地址（默认取配置 staff.bind）")
@click.option("--port", type=click.IntRange(0, 65535), help="端口（默认取配置 staff.port；0为任选）")
@click.pass_context
def web(ctx: click.Context, bind: str | None, port: int | None) -> None:
    """只提供工作人员网页，不收发邮件（收发由另一处的 baosong run 进行，共用同一数据库）。

    例：baosong web --port 8025
    """
    context = ctx.obj
    assert isinstance(context, Context)
    context.make_folders()
    site = open_site(context.configuration, context.version)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        if not Accounts(site.database).users():
            click.echo(FIRST_ACCOUNT, err=True)
        try:
            with PageServer(site, bind, port) as server:
                spare_pauses()
                click.echo(f"工作人员网页：{server.url}（按 Ctrl-C 结束）")
                ended.wait()
        except CannotServe as error:
            raise Failure(str(error)) from None
    finally:
        site.database.close()
