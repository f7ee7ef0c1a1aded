"""Letters: what lies in the outbox; releasing, holding and taking back."""

from __future__ import annotations

from collections.abc import Sequence

import click

from core.letter import LetterKind
from core.records import AnswerState
from staff.choices import answer_state_option, letter_kind_option, limit_option
from staff.console import Failure, print_json, print_table
from staff.context import act, json_option, now, staff
from staff.words import KINDS, STATES, say
from storage.exports import answer_record, local_time
from storage.outbox import Outbox
from storage.queries import AnswerFilter, Queries
from storage.staff_letters import StaffLetters

why_option = click.option("--why", default="", help="理由，记入操作记录")


@click.command()
@answer_state_option
@letter_kind_option
@click.option("--to", help="只列寄往这个地址的信件")
@click.option("--show", "shown", type=int, help="显示这封信的全文")
@limit_option("封")
@json_option
@click.pass_context
def answers(ctx: click.Context, state: AnswerState | None, kind: LetterKind | None, to: str | None, shown: int | None, limit: int) -> None:
    """回执、补正通知、催报信等信件及其状态。

    例：baosong answers --state draft；baosong answers --show 3
    """
    context = staff(ctx)
    if shown is not None:
        row = Outbox(context.database).find_answer(shown)
        if row is None:
            raise Failure(f"没有编号为{shown}的信件")
        if context.as_json:
            print_json({
                "id": row.id, "to": row.to, "subject": row.subject, "text": row.text, "written_by": row.written_by, "unit": row.unit,
                **answer_record(row),
            })  # fmt: skip
        else:
            why = f"　{row.reason}" if row.reason else ""
            by = f"\n撰写人：{row.written_by}" if row.written_by else ""
            click.echo(f"收件人：{row.to}\n主　题：{row.subject}\n状　态：{say(STATES, row.state)}{why}{by}\n\n{row.text}")
        return
    rows = Queries(context.database).answers(AnswerFilter(state=state, kind=kind, to=to), limit).rows
    if context.as_json:
        print_json([
            {
                "id": row.id, "message": row.message_id, "to": row.to, "subject": row.subject, "written_by": row.written_by,
                "unit": row.unit, **answer_record(row),
            }
            for row in rows
        ])  # fmt: skip
        return
    print_table(
        ("编号", "种类", "状态", "收件人", "主题", "来信", "可发时间", "发出时间", "撰写", "说明"),
        [
            (
                row.id, say(KINDS, row.kind), (say(STATES, row.state), row.state), row.to, row.subject,
                f"m{row.message_id}" if row.message_id else "", (local_time(row.not_before) or "")[:16].replace("T", " "),
                (local_time(row.sent_at) or "")[:16].replace("T", " "), row.written_by or "",
                row.reason or (row.response if row.state != "sent" else "") or "",
            )
            for row in rows
        ],
        empty="没有信件。", less=("撰写", "发出时间", "可发时间", "来信", "说明", "种类"),
    )


def _tell(ctx: click.Context, key: str, idents: Sequence[int], done: Sequence[int], good: str, bad: str) -> None:
    """What became of each letter; fails if one could not be changed."""
    if staff(ctx).as_json:
        print_json({key: [*done]})
    else:
        for number in dict.fromkeys(idents):
            click.echo(f"信件{number}：{good if number in done else bad}")
    if len(done) < len(set(idents)):
        raise Failure(f"有{len(set(idents)) - len(done)}封信件未能处理")


@click.command()
@click.argument("idents", metavar="ID...", nargs=-1, type=int, required=True)
@why_option
@json_option
@click.pass_context
def send(ctx: click.Context, idents: tuple[int, ...], why: str) -> None:
    """放行草稿或未发出的信件；由运行中的 baosong run 或下一次 baosong once 发出。

    例：baosong send 3 4
    """
    context, mark = staff(ctx), act(why)
    done = Outbox(context.database).release_answers(idents, mark.who, now(), why)
    _tell(ctx, "released", idents, done, "已放行", "不能放行（不存在、正在发送或已发出）")


@click.command()
@click.argument("idents", metavar="ID...", nargs=-1, type=int, required=True)
@why_option
@json_option
@click.pass_context
def hold(ctx: click.Context, idents: tuple[int, ...], why: str) -> None:
    """把待发的信件改回草稿，放行之前不会发出。

    例：baosong hold 3 --why "先与对方电话核实"
    """
    context, mark = staff(ctx), act(why)
    done = StaffLetters(context.database).hold(idents, why, mark.who, now())
    _tell(ctx, "held", idents, done, "已改为草稿", "不能改为草稿（不在待发之列）")


@click.command()
@click.argument("idents", metavar="ID...", nargs=-1, type=int, required=True)
@why_option
@json_option
@click.pass_context
def withdraw(ctx: click.Context, idents: tuple[int, ...], why: str) -> None:
    """撤回尚未发出的信件（草稿、待发、未发出）；以后仍可用 baosong send 放行。

    例：baosong withdraw 3 --why "对方已来电补正"
    """
    context, mark = staff(ctx), act(why)
    done = Outbox(context.database).suppress_answers(idents, why or "工作人员撤回", mark.who, now())
    _tell(ctx, "withdrawn", idents, done, "已撤回", "不能撤回（不存在、正在发送或已发出）")
