"""Letters: what lies in the outbox, and releasing drafts."""

from __future__ import annotations

import click

from staff.console import Failure, print_json, print_table
from staff.context import act, json_option, now, staff
from staff.words import KINDS, STATES, say
from storage.exports import answer_record, local_time
from storage.outbox import Outbox
from storage.queries import AnswerFilter, Queries


@click.command()
@click.option("--state", help="draft waiting sending sent suppressed failed")
@click.option("--show", "shown", type=int, help="显示这封信的全文")
@click.option("--limit", default=200, show_default=True, help="最多显示多少封")
@json_option
@click.pass_context
def answers(ctx: click.Context, state: str | None, shown: int | None, limit: int) -> None:
    """回执、补正通知等信件及其状态。

    例：baosong answers --state draft；baosong answers --show 3
    """
    context = staff(ctx)
    if shown is not None:
        row = Outbox(context.database).find_answer(shown)
        if row is None:
            raise Failure(f"没有编号为{shown}的信件")
        if context.as_json:
            print_json({"id": row.id, "to": row.to, "subject": row.subject, "text": row.text, **answer_record(row)})
        else:
            click.echo(f"收件人：{row.to}\n主　题：{row.subject}\n状　态：{say(STATES, row.state)}　{row.reason or ''}\n\n{row.text}")
        return
    rows = Queries(context.database).answers(AnswerFilter(state=state), limit).rows  # type: ignore[arg-type]
    if context.as_json:
        print_json([
            {"id": row.id, "message": row.message_id, "to": row.to, "subject": row.subject, **answer_record(row)} for row in rows
        ])
        return
    print_table(
        ("编号", "种类", "状态", "收件人", "主题", "来信", "可发时间", "发出时间", "说明"),
        [
            (
                row.id, say(KINDS, row.kind), (say(STATES, row.state), row.state), row.to, row.subject,
                f"m{row.message_id}" if row.message_id else "", (local_time(row.not_before) or "")[:16],
                (local_time(row.sent_at) or "")[:16], row.reason or row.response or "",
            )
            for row in rows
        ],
        empty="没有信件。",
    )


@click.command()
@click.argument("idents", metavar="ID...", nargs=-1, type=int, required=True)
@click.option("--why", default="", help="理由，记入操作记录")
@json_option
@click.pass_context
def send(ctx: click.Context, idents: tuple[int, ...], why: str) -> None:
    """放行草稿或未发出的信件；由运行中的 baosong run 或下一次 baosong once 发出。

    例：baosong send 3 4
    """
    context, mark = staff(ctx), act(why)
    released = Outbox(context.database).release_answers(idents, mark.who, now(), why)
    if context.as_json:
        print_json({"released": list(released)})
    else:
        for number in idents:
            click.echo(f"信件{number}：{'已放行' if number in released else '不能放行（不存在、正在发送或已发出）'}")
    if len(released) < len(set(idents)):
        raise Failure("有信件未能放行")


