"""What staff are told: the open alerts, a test of every channel, the digest."""

from __future__ import annotations

from datetime import timedelta

import click

from core.codec import Json, encode
from core.digest import AlertNews, Digest, StaffAlert
from core.ports import SendOutcome, Sent
from notifier.alert_words import mend_for
from notifier.digest import digest_text
from notifier.notices import ALERTS, DIGEST, MAIL, REPORT, StaffMessage, as_mail, channel_name, channels, for_robot
from notifier.sender import SmtpSender
from notifier.webhooks import send_webhook
from staff.console import Failure, print_json, print_table
from staff.context import StaffContext, act, json_option, now, staff
from storage.digest import DigestOptions, read_digest
from storage.exports import local_time
from storage.notices import Notices
from storage.rows import AlertRow
from storage.watch import Watch

NOTICE_STATES = {"waiting": "待发", "sending": "发送中", "sent": "已发", "failed": "未送达"}
NOTICE_KINDS = {ALERTS: "提醒", DIGEST: "每日简报", REPORT: "简报"}


@click.command()
@click.option("--test", "try_out", is_flag=True, help="向每个通道试发一条消息")
@click.option("--past", is_flag=True, help="也列出已经解除的")
@click.option("--sent", "messages", is_flag=True, help="列出最近发给工作人员的消息及其送达情况")
@json_option
@click.pass_context
def alerts(ctx: click.Context, *, try_out: bool, past: bool, messages: bool) -> None:
    """需要人工留意的提醒及处理办法；--test 试发到提醒邮箱、钉钉、企业微信、飞书。

    例：baosong alerts；baosong alerts --test
    """
    context = staff(ctx)
    if try_out:
        _try_out(context)
        return
    if messages:
        _messages(context)
        return
    watch = Watch(context.database)
    rows = [*watch.open_alerts(), *(watch.past_alerts() if past else ())]
    if context.as_json:
        print_json([_entry(row) for row in rows])
        return
    print_table(
        ("提醒", "自何时起", "状态", "处理办法"),
        [
            (
                row.text, (local_time(row.at) or "")[:16].replace("T", " "),
                ("已解除", "ok") if row.resolved_at else (f"{row.seen_by}已知悉", "pending") if row.seen_by else ("待处理", "failed"),
                mend_for(row.code),
            )
            for row in rows
        ],
        empty="一切正常，没有提醒。",
    )


def _entry(row: AlertRow) -> dict[str, Json]:
    entry: dict[str, Json] = {
        "code": row.code, "text": row.text, "since": local_time(row.at), "last": local_time(row.last_at), "count": row.count,
    }  # fmt: skip
    entry["resolved"] = local_time(row.resolved_at)
    return entry | {"told": local_time(row.notified_at), "seen_by": row.seen_by, "mend": mend_for(row.code)}


def _messages(context: StaffContext) -> None:
    rows = Notices(context.database).recent()
    if context.as_json:
        print_json([
            {"id": row.id, "kind": row.kind, "channel": row.channel, "state": row.state, "made": local_time(row.created_at),
             "sent": local_time(row.sent_at), "attempts": row.attempts, "response": row.response}
            for row in rows
        ])  # fmt: skip
        return
    print_table(
        ("编号", "种类", "通道", "状态", "时间", "说明"),
        [
            (row.id, NOTICE_KINDS.get(row.kind, row.kind), channel_name(row.channel), (NOTICE_STATES[row.state], row.state),
             (local_time(row.sent_at or row.created_at) or "")[:16].replace("T", " "), row.response or "")
            for row in rows
        ],
        empty="还没有发过消息。",
    )  # fmt: skip


def _try_out(context: StaffContext) -> None:
    """One message through every channel, at once and not by way of the daemon."""
    found, moment = channels(context.settings), now()
    if not found:
        raise Failure("没有设置任何通道：请在配置 [alerts] 中填写 mail、dingtalk、wecom 或 feishu（mail 还需要 [smtp]）")
    content = encode(AlertNews((StaffAlert("test", f"这是{act().who}试发的一条测试消息，收到即说明此通道可用", moment),)))
    message = StaffMessage(f"test-{moment:%y%m%d%H%M%S%f}", ALERTS, content, moment)
    outcomes: dict[str, SendOutcome] = {}
    for channel, address in found.items():
        if channel == MAIL:
            mail = as_mail(context.settings, context.campaign, message)
            with SmtpSender(context.settings.smtp) as sender:
                outcomes[channel] = sender.send(mail.raw, [*mail.to])
        else:
            outcomes[channel] = send_webhook(address, *for_robot(message))
    told = {channel: "已送达" if isinstance(outcome, Sent) else outcome.reason for channel, outcome in outcomes.items()}
    failed = [channel for channel, outcome in outcomes.items() if not isinstance(outcome, Sent)]
    if context.as_json:
        print_json([{"channel": channel, "ok": channel not in failed, "text": text} for channel, text in told.items()])
    else:
        print_table(("通道", "结果"), [(channel_name(one), (text, "failed" if one in failed else "ok")) for one, text in told.items()])
    if failed:
        raise Failure(f"{len(failed)}个通道未能送达")


@click.command()
@click.option("--dry-run", is_flag=True, help="只显示，不发送")
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 366), help="回看几天")
@json_option
@click.pass_context
def digest(ctx: click.Context, *, dry_run: bool, days: int) -> None:
    """简报：来信、信件、待办、批次进度、邮箱与台账核对。不加 --dry-run 则由运行中的程序发到各通道；每日简报不受影响。

    例：baosong digest --dry-run
    """
    context, moment = staff(ctx), now()
    found = _read(context, days)
    if dry_run:
        if context.as_json:
            print_json(encode(found))
        else:
            click.echo(digest_text(found, moment), nl=False)
        return
    ways = channels(context.settings)
    if not ways:
        raise Failure("没有设置任何通道：请在配置 [alerts] 中填写 mail、dingtalk、wecom 或 feishu（mail 还需要 [smtp]）")
    made = Notices(context.database).make(f"{REPORT}:{moment:%Y-%m-%dT%H:%M:%S.%f}", REPORT, encode(found), ways, moment)
    if context.as_json:
        print_json({"made": [*made], "channels": [*ways]})
    else:
        click.echo(f"简报将由运行中的程序发到：{'、'.join(channel_name(one) for one in ways)}。")


def _read(context: StaffContext, days: int) -> Digest:
    moment = now()
    options = DigestOptions(
        context.campaign, context.register.bureaus_first(), context.settings.alerts.deadline_days, context.settings.staff.public_url
    )
    return read_digest(context.database, options, moment - timedelta(days=days), moment)
