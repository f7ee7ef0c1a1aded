"""`baosong demo`: the main job shown to a stranger. A real IMAP and SMTP server on loopback, sample mails in the
mailbox, the daemon's own engine against them; then what came in, what was found, what was answered."""

from __future__ import annotations

import email
import email.policy
import logging
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from importlib import resources
from pathlib import Path

import click

from baosong.config import Configuration, load_configuration
from baosong.context import Context
from baosong.demo_server import DemoServers
from baosong.demo_share import DemoShareService, demo_shares
from baosong.engine_setup import engine_setup
from baosong.pages import PagesBeside, open_site
from core.campaign import SHANGHAI
from core.records import PROGRAM
from core.settings import CampaignSettings
from intake.daemon import Daemon
from intake.engine import Engine, utc_now
from intake.link_check import LinkChecker
from staff.console import print_table
from staff.passwords import hash_password, new_password
from staff.words import FINDINGS, KINDS, STATES, say
from storage.accounts import Accounts
from storage.database import Database
from storage.exports import export_records

MAILBOX, PASSWORD = "office@demo.test", "demo"
SUBMITTER = "clerk@demo.test"
STAFF = "demo"
WIDE = 150
"""Columns of a terminal that hold the whole table."""

CONFIG = """\
# 由 baosong demo 生成：只连接本机上的演示邮箱。
[mailbox]
host = "127.0.0.1"
port = {imap}
tls = "none"
user = "{user}"
password = "{password}"
since = 2021-10-01T00:00:00+08:00
interval = 10

[smtp]
host = "127.0.0.1"
port = {smtp}
tls = "none"
user = "{user}"
password = "{password}"

[answers]
mode = "send"
per_hour = 1000
per_day = 1000

[campaign]
file = "campaign.toml"   # 内置活动，另加一个仍在期限内的批次，供试投

[scan]
seals = true
ocr = false    # 演示求快；正式使用时默认打开

[links]
base_url = "{share}"   # 演示用的网盘替身，只在本机应答；正式使用时删去
per_minute = 600
retries = 0       # 替身不认识的链接直接交人工查看

[staff]
port = {pages}
"""


DEMO_BATCH = """\
[[batches]]
number = {number}
name = "演示批次"
deadline = {deadline}
"""


@dataclass(frozen=True)
class SampleMail:
    """One sample: its bytes, when it arrives, and what it shows."""

    raw: bytes
    arrives: datetime
    shows: str


def sample_mails() -> list[SampleMail]:
    """The samples that ship with the program, in order of arrival."""
    folder = resources.files("baosong") / "demo_mails"
    index = tomllib.loads((folder / "index.toml").read_text(encoding="utf-8"))
    mails = [
        SampleMail((folder / entry["file"]).read_bytes(), entry["arrives"], entry["shows"]) for entry in index["mails"]
    ]
    return sorted(mails, key=lambda mail: mail.arrives)


class SampleClock:
    """Tells the evening of the samples' last day while they are worked through, so that letters bear a date that goes
    with their deadlines; the time of day afterwards."""

    def __init__(self, mails: list[SampleMail]) -> None:
        self._shift = mails[-1].arrives + timedelta(hours=1) - utc_now()

    def __call__(self) -> datetime:
        return utc_now() + self._shift

    def join_the_present(self) -> None:
        """From now on the real time."""
        self._shift = timedelta(0)


def campaign_for_trying(today: date) -> str:
    """The built-in campaign with one more batch that ends a month from today: mails written to the running demo count
    for it instead of coming too late."""
    text = (resources.files("core") / "data" / "campaigns" / f"{CampaignSettings().name}.toml").read_text(encoding="utf-8")
    number = max(batch["number"] for batch in tomllib.loads(text)["batches"]) + 1
    extra = DEMO_BATCH.format(number=number, deadline=(today + timedelta(days=30)).isoformat())
    return text.replace("[[categories]]", f"{extra}\n[[categories]]", 1)


@click.command()
@click.option("--once", "once_only", is_flag=True, help="处理完示例邮件即结束")
@click.option("--folder", type=click.Path(path_type=Path, file_okay=False), help="演示数据放在这里（默认临时文件夹）")
@click.option("--port", default=8025, show_default=True, help="工作人员网页的端口")
@click.pass_context
def demo(ctx: click.Context, *, once_only: bool, folder: Path | None, port: int) -> None:
    """演示：在本机启动真实的收发信服务器，放入示例邮件，处理并答复，然后留着供试用。

    例：baosong demo；baosong demo --once
    """
    context = ctx.obj
    assert isinstance(context, Context)
    if not context.verbose:
        logging.getLogger().setLevel(logging.ERROR)
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    place = folder or Path(tempfile.mkdtemp(prefix="baosong-demo-"))
    place.mkdir(parents=True, exist_ok=True)
    with DemoServers({MAILBOX: PASSWORD, SUBMITTER: PASSWORD}) as servers, DemoShareService() as shares:
        file = place / "config.toml"
        file.write_text(
            CONFIG.format(
                imap=servers.imap_port, smtp=servers.smtp_port, user=MAILBOX, password=PASSWORD, pages=port, share=shares.url
            ),
            encoding="utf-8",
        )
        mails = sample_mails()
        clock = SampleClock(mails)
        (place / "campaign.toml").write_text(campaign_for_trying(datetime.now(SHANGHAI).date()), encoding="utf-8")
        for mail in mails:
            servers.deliver(mail.raw, mail.arrives, to=MAILBOX)
        click.echo(f"演示邮箱 {MAILBOX} 中放入了{len(mails)}封示例邮件，正在处理……")
        started = time.monotonic()
        configuration = load_configuration(file)
        checker = LinkChecker(configuration.settings.links, clock=clock)
        engine = Engine(replace(engine_setup(configuration, context.version), clock=clock, checker=checker))
        try:
            report = engine.once()
            clock.join_the_present()
            seconds = time.monotonic() - started
            _tell(engine.database, servers, mails)
            click.echo(f"\n收信{report.fetched}封，用时{seconds:.1f}秒（{report.fetched / seconds:.1f}封/秒）。")
            if once_only:
                _tell_how(file, servers, once_only=True)
                return
            pages = _serve(configuration, context.version, engine)
            try:
                _tell_how(file, servers, once_only=False)
                _stay(engine, pages)
            finally:
                pages.end()
        finally:
            engine.close()


def _serve(configuration: Configuration, version: str, engine: Engine) -> PagesBeside:
    """The staff pages with an account whose password is new in every demo; told before everything else there is to try."""
    site = open_site(configuration, version, engine.wake.set)
    password = new_password()
    accounts, kept = Accounts(site.database), hash_password(password)
    if accounts.find_user(STAFF) is None:
        accounts.add_user(STAFF, kept, "admin", utc_now(), PROGRAM)
    else:  # `--folder` of an earlier demo
        accounts.set_password(STAFF, kept, utc_now(), PROGRAM)
    pages = PagesBeside(site)
    problem = pages.begin()
    if problem:  # another demo, most likely: any free port will do
        click.echo(problem)
        pages = PagesBeside(site, port=0)
        problem = pages.begin()
    click.secho("\n工作人员网页", bold=True)
    click.echo(f"  {problem}" if problem else f"  地址 {pages.server.url}　用户名 {STAFF}　密码 {password}")
    return pages


def _stay(engine: Engine, pages: PagesBeside) -> None:
    daemon = Daemon(engine, (("pages", 60, pages.keep),))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
    daemon.run()
    click.echo("演示已结束。")


def _tell(database: Database, servers: DemoServers, mails: list[SampleMail]) -> None:
    """What came in, what was found, what was answered; one letter whole."""
    shows = {str(_header(mail.raw, "Message-ID")): mail.shows for mail in mails}
    rows: list[tuple[object, ...]] = []
    correction: tuple[str, int] | None = None
    for record in export_records(database):
        problems = [say(FINDINGS, found["code"]) for found in record["findings"] if found["severity"] != "note"]
        letters = [(f"{say(KINDS, answer['kind'])}（{say(STATES, answer['state'])}）") for answer in _told(record["answers"])]
        rows.append((
            record["id"], record["received_at"][5:16].replace("T", " "), record["subject"][:28] or "（无主题）",
            shows.get(record["message_id"] or "", ""), record["reporting_unit"] or "",
            (say(STATES, record["verdict"]), record["verdict"]), "、".join(dict.fromkeys(problems)), "、".join(letters),
        ))
        sent = [a for a in record["answers"] if a["kind"] == "correction" and a["state"] == "sent"]
        if sent and (correction is None or len(record["findings"]) > correction[1]):
            correction = (sent[0]["message_id"], len(record["findings"]))
    columns: tuple[str, ...] = ("编号", "到达", "主题", "示例内容", "报送单位", "结论", "发现的问题", "答复")
    if sys.stdout.isatty() and shutil.get_terminal_size().columns < WIDE:
        kept = [columns.index(name) for name in columns if name not in ("到达", "主题")]
        columns, rows = tuple(columns[at] for at in kept), [tuple(row[at] for at in kept) for row in rows]
    print_table(columns, rows, title="来信与处理结果")
    if correction is not None:
        _show_letter(servers, correction[0])


def _told(answers: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """The letters worth a line: not those that gave way to one for several mails."""
    return [answer for answer in answers if answer["state"] != "suppressed"] or answers


def _show_letter(servers: DemoServers, message_id: str) -> None:
    """The letter as its reader gets it, taken from the reader's own mailbox."""
    for address in servers.addresses():
        for raw in servers.read_mailbox(address):
            if _header(raw, "Message-ID") != message_id:
                continue
            letter = email.message_from_bytes(raw, policy=email.policy.default)
            assert isinstance(letter, EmailMessage)
            body = letter.get_body(("plain",))
            click.secho("\n一封补正通知全文（取自收件人邮箱）", bold=True)
            for name in ("From", "To", "Subject"):
                click.echo(f"{name}: {letter[name]}")
            click.echo("")
            click.echo(body.get_content() if body is not None else "")
            names = [part.get_filename() for part in letter.iter_attachments()]
            if names:
                click.echo("附件：" + "、".join(name or "" for name in names))
            return


def _header(raw: bytes, name: str) -> str | None:
    value = email.message_from_bytes(raw, policy=email.policy.compat32)[name]
    return None if value is None else " ".join(str(value).split())


def own_command() -> str:
    """How this program was started, so that what is printed can be typed as it stands."""
    started = Path(sys.argv[0])
    if started.name == "__main__.py":
        return f"{sys.executable} -m baosong"
    return started.name if shutil.which(started.name) else str(started)


def _tell_how(file: Path, servers: DemoServers, *, once_only: bool) -> None:
    command = f"{own_command()} --config {file}"
    click.secho("\n接着可以试：", bold=True)
    click.echo(f"  {command} status              报送件一览")
    click.echo(f"  {command} show 1              一个报送件的全部情况")
    click.echo(f"  {command} links               网盘链接的核验结果（由本机的演示网盘应答，不访问外网）")
    click.echo(f"  {command} units --missing     尚未报送的单位")
    click.echo(f"  {command} answers --show 1    一封信的全文")
    click.echo(f"  {command} export jsonl        全部记录")
    if once_only:
        return
    click.echo("  试投课程时可用的演示链接（虚构，只在本机应答；其他链接交人工查看）：")
    for share in demo_shares():
        click.echo(f"    https://pan.baidu.com/s/{share.id} 提取码 {share.code}　{share.shows}")
    click.echo(f"  收信 IMAP 127.0.0.1:{servers.imap_port}、发信 SMTP 127.0.0.1:{servers.smtp_port}（不加密），密码 {PASSWORD}")
    click.echo(f"  用任何邮件客户端以 {SUBMITTER} 的身份给 {MAILBOX} 写信，十几秒内即会得到答复。按 Ctrl-C 结束。")
