"""`baosong worker`: a processing worker, on the daemon's machine or on any other that reaches database and blobs."""

from __future__ import annotations

import signal
from dataclasses import replace

import click

from baosong.config import ConfigError
from baosong.context import Context
from baosong.engine_setup import engine_setup
from baosong.log_setup import log_to
from intake.engine import Engine, Setup
from intake.worker import AskedElsewhere, Worker
from staff.console import Failure
from storage.database import open_database
from storage.migrate import current_revision, newest_revision

ON_SQLITE = (
    "database.url: 现为 SQLite。处理机须与收信的机器共用一个 PostgreSQL 数据库，请改为 postgresql://用户:密码@主机/库名；"
    "只用一台机器时不需要处理机，调高 workers.processes 即可。"
)


@click.command()
@click.option("--processes", type=click.IntRange(1, 256), help="读取附件的进程数（默认取配置 workers.processes）")
@click.pass_context
def worker(ctx: click.Context, processes: int | None) -> None:
    """处理机：在另一台（或同一台）机器上分担来信的读取与审核，需使用 PostgreSQL。不收信、不发信、不访问网盘、不提供网页。

    数据库与 blobs.path 须与收信的机器（baosong run）相同，程序版本与配置也须相同；不同时不会启动。可以同时运行多个。
    收到 SIGTERM 后完成手头来信，或交还给其他处理机，随即退出。

    例：baosong --config /etc/baosong/config.toml worker --processes 4
    """
    context = ctx.obj
    assert isinstance(context, Context)
    setup = worker_setup(context, processes)
    log_to(context.configuration)
    engine = Engine(setup)
    made = Worker(engine)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: made.stop())
    click.echo(f"处理机已启动：{made.name}，{setup.settings.workers.processes}个读取进程（按 Ctrl-C 结束）", err=True)
    objection = made.run()
    if objection is not None:
        raise Failure(objection)


def worker_setup(context: Context, processes: int | None) -> Setup:
    """The setup of a worker. Raises ConfigError on SQLite, Failure where the tables are not those of this version: a worker
    changes no table under the daemon's feet."""
    configuration = context.configuration
    database = open_database(configuration.database_url)
    try:
        if database.kind == "sqlite":
            raise ConfigError([ON_SQLITE])
        revision, newest = current_revision(database), newest_revision()
    finally:
        database.close()
    if revision is None:
        raise Failure("数据库尚未建立。请先在收信的机器上启动 baosong run（或运行 baosong db upgrade），再启动处理机")
    if revision != newest:
        raise Failure(
            f"数据库的版本（{revision}）与本程序（{newest}）不同，处理机未启动。请在收信的机器和各处理机安装同一版本："
            "先停处理机，升级收信的机器（启动时自动更新数据库），再升级并启动处理机"
        )
    setup = engine_setup(configuration, context.version)
    settings = setup.settings
    if processes is not None:
        settings = replace(settings, workers=replace(settings.workers, processes=processes))
    return replace(setup, settings=settings, checker=AskedElsewhere() if settings.links.check else None)
