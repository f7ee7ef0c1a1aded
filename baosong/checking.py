"""`baosong check`: each thing the program stands on, with ok or how to mend it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from baosong.context import Context
from baosong.engine_setup import engine_setup
from baosong.reader_trials import trials
from core.digest import STOPPED
from core.ports import Refused, Sent
from intake.agreement import DAEMON, disagreement, terms
from intake.mailbox import Mailbox
from intake.mailbox_errors import FolderMissing, LoginRefused, MailboxError, Unreachable
from notifier.notices import MAIL, channel_name, channels
from notifier.own_words import check_folder
from notifier.sender import SmtpSender
from notifier.webhooks import ROBOT_NAMES, robot_request
from staff.context import now
from staff.workers import workers
from storage.blobs import FileBlobStore
from storage.database import open_database
from storage.errors import StorageError
from storage.migrate import is_current, upgrade
from storage.watch import Watch


@dataclass(frozen=True)
class Result:
    """One line of the check. `needed` False: the program works without it, and `text` says what becomes of it."""

    name: str
    ok: bool
    text: str
    needed: bool = True


def run_checks(context: Context) -> list[Result]:
    """All checks in order; a failing one does not stop the others. Raises ConfigError for a wrong configuration."""
    file = context.configuration.file
    results = [Result("配置", True, str(file) if file else "未指定配置文件，使用默认值")]
    checks: tuple[Callable[[Context], Iterator[Result]], ...] = (
        _database, _blobs, _workers, _mailbox, _smtp, _templates, _channels, _tools,
    )
    for check in checks:
        results.extend(check(context))
    return results


def _database(context: Context) -> Iterator[Result]:
    try:
        context.make_folders()
        database = open_database(context.configuration.database_url)
        upgrade(database)
        yield Result("数据库", is_current(database), database.url)
        database.close()
    except (StorageError, OSError) as error:
        yield Result("数据库", False, f"{error}。请检查 database.url，以及所在文件夹是否可写")


def _blobs(context: Context) -> Iterator[Result]:
    folder = context.configuration.path(context.configuration.settings.blobs.path)
    try:
        FileBlobStore(folder).put([b"baosong check"])
        free = shutil.disk_usage(folder).free // 2**20
        enough = free > context.configuration.settings.alerts.disk_free_mb
        yield Result("文件存储", enough, f"{folder}，剩余{free}MB" + ("" if enough else "，空间不足，请清理或更换位置"))
    except (StorageError, OSError) as error:
        yield Result("文件存储", False, f"{error}。请检查 blobs.path 是否可写")


def _workers(context: Context) -> Iterator[Result]:
    """Processing on other machines: what is alike, and who is there. Nothing on SQLite, where there is none."""
    if context.configuration.database_url.startswith("sqlite"):
        return
    try:
        watch = Watch(context.database)
        setup = engine_setup(context.configuration, context.version)
        own = terms(setup, FileBlobStore(setup.blobs).identity())
        apart = disagreement(own, watch.find_beat(DAEMON))
        found = workers(watch.heartbeats(), now())
    except StorageError as error:
        yield Result("处理机", False, f"{error}")
        return
    if apart is not None:
        yield Result("与收信的机器一致", False, apart)
    local = context.configuration.settings.workers.local
    if not found:
        text = "没有（由本程序自行处理）" if local else "workers.local 为 false，但没有处理机在工作；请在处理机上启动 baosong worker"
        yield Result("处理机", local, text)
        return
    alive = [one for one in found if one.state in ("working", "idle")]
    said = "；".join(f"{one.name}{one.word}" for one in found)
    yield Result("处理机", bool(alive) or local, said)


def _mailbox(context: Context) -> Iterator[Result]:
    settings = context.configuration.settings.mailbox
    if not settings.host:
        yield Result("收信（IMAP）", False, "未设置 mailbox.host；163邮箱填 imap.163.com，并在网页版设置中开启IMAP、取得授权码", needed=False)
        return
    mailbox = Mailbox(settings, context.version)
    try:
        mailbox.connect()
        counts, missing = [], []
        for name in settings.folders:
            try:
                counts.append(f"{name} {mailbox.open_folder(name).exists}封")
            except FolderMissing as error:
                missing.append(error.reason)
        idle = "支持即时收信" if mailbox.about().can_idle else "不支持即时收信，按间隔轮询"
        yield Result("收信（IMAP）", not missing, f"{settings.user}：{'、'.join((*counts, *missing))}；{idle}")
    except LoginRefused as error:
        yield Result("收信（IMAP）", False, f"{error.reason}。{error.advice}")
    except Unreachable as error:
        yield Result("收信（IMAP）", False, f"{error.reason}。{error.advice}")
    except MailboxError as error:
        yield Result("收信（IMAP）", False, error.reason)
    finally:
        mailbox.close()


def _smtp(context: Context) -> Iterator[Result]:
    settings = context.configuration.settings.smtp
    if not settings.host:
        yield Result("发信（SMTP）", False, "未设置 smtp.host，信件只会留在待发中；163邮箱填 smtp.163.com", needed=False)
        return
    with SmtpSender(settings) as sender:
        outcome = sender.check()
    if isinstance(outcome, Sent):
        with_watch = Watch(context.database)
        resumed = with_watch.resolve_alert(STOPPED, now())
        yield Result("发信（SMTP）", True, f"{settings.user} 登录成功" + ("，已恢复发信" if resumed else ""))
    else:
        mend = "请核对授权码，并确认已开启SMTP服务" if isinstance(outcome, Refused) else "请稍后再试或检查网络"
        yield Result("发信（SMTP）", False, f"{outcome.reason}。{mend}")


def _templates(context: Context) -> Iterator[Result]:
    folder = context.configuration.settings.answers.templates
    if folder and context.configuration.path(folder).is_dir():
        faults = check_folder(context.configuration.path(folder), context.campaign).faults
        yield Result("信件模板", not faults, "；".join(map(str, faults)) or str(folder))


def _channels(context: Context) -> Iterator[Result]:
    """The ways staff are told; whether they work only a test message can say."""
    settings = context.configuration.settings
    ways = channels(settings)
    wrong = [
        f"{channel_name(name)}：{request.reason}" if isinstance(request, Refused) else f"{channel_name(name)}：这是{ROBOT_NAMES[request.robot]}的地址"
        for name, address in ways.items()
        if name != MAIL and (isinstance(request := robot_request(address, "", "", 0), Refused) or request.robot != name)
    ]
    if settings.alerts.mail and not settings.smtp.host:
        wrong.append("alerts.mail 需要先设置 smtp.host")
    if not ways and not wrong:
        yield Result("提醒通道", False, "未设置；出现问题时不会通知工作人员（配置 [alerts]）", needed=False)
    else:
        named = "、".join(channel_name(name) for name in ways)
        yield Result("提醒通道", not wrong, "；".join(wrong) or f"{named}；可用 baosong alerts --test 试发")


def _tools(context: Context) -> Iterator[Result]:
    """What the readers need from this machine, each tried on a small file; the program works without any of it."""
    for name, works, text in trials(context.configuration.settings):
        yield Result(name, works, text, needed=False)
    with tempfile.TemporaryDirectory() as folder:
        yield Result("临时文件夹", Path(folder).is_dir(), tempfile.gettempdir())
