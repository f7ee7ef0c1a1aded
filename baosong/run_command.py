"""`baosong run`: the daemon and, beside it, the staff pages."""

from __future__ import annotations

import logging
import signal
import sys
from datetime import datetime

import click

from baosong.context import Context
from baosong.engine_setup import open_engine
from baosong.log_setup import log_to
from baosong.pages import FIRST_ACCOUNT, PAGES_ALERT, PagesBeside, open_site
from core.campaign import SHANGHAI
from intake.daemon import Daemon
from intake.engine import FIRST_START, Engine
from staff.console import Failure
from staff.web.server import spare_pauses
from storage.accounts import Accounts

log = logging.getLogger(__name__)


@click.command()
@click.pass_context
def run(ctx: click.Context) -> None:
    """常驻运行：收信、审核、登记、答复，并提供工作人员网页。收到 SIGTERM 后处理完手头工作即退出。

    例：baosong --config /etc/baosong/config.toml run
    """
    context = ctx.obj
    assert isinstance(context, Context)
    settings = context.configuration.settings
    if not settings.mailbox.host or not settings.mailbox.user:
        raise Failure("未设置邮箱：请在配置文件 [mailbox] 中填写 host、user 和授权码（password 或 password_file）")
    log_to(context.configuration)
    engine = open_engine(context)
    _ask_since(engine)
    pages = serve_pages(context, engine)
    daemon = Daemon(engine, (("pages", 60, pages.keep),) if pages else ())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
    try:
        daemon.run()
    finally:
        if pages is not None:
            pages.end()


def serve_pages(context: Context, engine: Engine) -> PagesBeside | None:
    """The staff pages, served from now on; None if they are switched off. Whatever goes wrong with them, the daemon
    runs."""
    if not context.configuration.settings.staff.enabled:
        return None
    try:
        site = open_site(context.configuration, context.version, engine.wake.set)
        pages = PagesBeside(site)
        problem = pages.begin()
        spare_pauses()
        nobody = not Accounts(site.database).users()
    except Exception:
        log.exception("the staff pages cannot be served")
        engine.watch.raise_alert(PAGES_ALERT, "工作人员网页未能启动，原因见运行日志。", engine.setup.clock())
        return None
    click.echo(problem or f"工作人员网页：{pages.server.url}", err=True)
    if nobody:
        click.echo(FIRST_ACCOUNT, err=True)
    return pages


def _ask_since(engine: Engine) -> None:
    """A first run asks from when on mail may be answered; without a terminal it is the moment of the first start."""
    if engine.setup.settings.mailbox.since is not None or any(b.name == FIRST_START for b in engine.watch.heartbeats()):
        return
    if not sys.stdin.isatty():
        engine.since()
        return
    click.echo("首次运行。早于某一时刻的来信只登记、不答复；此时刻也可写在配置 mailbox.since 中。")
    moment: datetime = click.prompt(
        "自何时起的来信可以答复", default=datetime.now(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%d"]),
    )
    engine.watch.beat(FIRST_START, moment.replace(tzinfo=SHANGHAI))
