"""Commands about share links: the list, one link whole, a person's word on one."""

from __future__ import annotations

from typing import Any

import click

from core.facts import LinkState
from staff.choices import limit_option, link_state_option
from staff.console import Failure, print_json, print_table
from staff.context import StaffContext, act, json_option, staff
from staff.link_words import (
    file_lines,
    history_lines,
    minute,
    next_word,
    provider_word,
    report_of,
    state_word,
    term_word,
)
from staff.words import STATES, say
from storage.desk import Desk
from storage.errors import NotFound
from storage.exports import link_record, local_time
from storage.link_watch import LinkWatch
from storage.queries import LinkFilter, Queries
from storage.rows import LinkRow
from storage.whole import read_item

BAD = {
    LinkState.CODE_WRONG: ("code_wrong", "提取码", "密码", "访问码"),
    LinkState.EXPIRED: ("expired", "过期"),
    LinkState.NOT_PERMANENT: ("not_permanent", "永久", "期限", "有效期"),
    LinkState.DEAD: ("dead", "失效", "打不开", "取消", "删除", "不存在"),
}
"""Words of `--bad` that say what is wrong with a link; anything else means that it does not open."""


@click.command()
@link_state_option
@click.option("--lost", is_flag=True, help="只列材料通过之后失效的链接")
@limit_option("条")
@json_option
@click.pass_context
def links(ctx: click.Context, *, state: str | None, lost: bool, limit: int) -> None:
    """分享链接及其状态。

    例：baosong links --state unchecked；baosong links --lost
    """
    context = staff(ctx)
    if lost:
        rows = tuple(one.link for one in LinkWatch(context.database).lost())[:limit]
    else:
        rows = Queries(context.database).links(LinkFilter(state=LinkState(state) if state else None), limit).rows
    if context.as_json:
        print_json([_data(row) for row in rows])
        return
    print_table(
        ("编号", "来信", "报送件", "网盘", "地址", "提取码", "状态", "期限", "文件", "核验时间", "下次核验"),
        [_cells(row) for row in rows],
        empty="没有失效的链接。" if lost else "没有链接。", less=("下次核验", "核验时间", "网盘", "文件", "期限", "提取码", "报送件"),
    )


def _cells(row: LinkRow) -> tuple[Any, ...]:
    report = report_of(row)
    files = report.file_count if report is not None and report.outcome == "good" else ""
    mark = "dead" if row.lost_state is not None else row.link.state.value
    return (
        row.id, f"m{row.message_id}", row.item_id or "", provider_word(row.link.provider), row.link.url, row.link.code or "",
        (state_word(row), mark), term_word(report), files, minute(row.checked_at), minute(row.next_check_at),
    )  # fmt: skip


def _data(row: LinkRow) -> dict[str, Any]:
    return {
        "id": row.id, "message": row.message_id, "item": row.item_id, **link_record(row.link), "doubtful": row.link.doubtful,
        "lost_state": row.lost_state.value if row.lost_state else None, "lost_at": local_time(row.lost_at),
        "told_at": local_time(row.told_at), "checked_at": local_time(row.checked_at), "next_check_at": local_time(row.next_check_at),
        "tries": row.tries, "settled_by": row.settled_by, "report": dict(row.report), "history": [dict(one) for one in row.history],
    }  # fmt: skip


@click.command()
@click.argument("number", metavar="ID", type=int)
@click.option("--ok", "good", is_flag=True, help="已人工打开，正常")
@click.option("--bad", metavar="REASON", help="已人工打开，有问题：写明情况，如 提取码错误、已失效、已过期、非永久")
@click.option("--why", default="", help="补充说明，记入操作记录")
@json_option
@click.pass_context
def link(ctx: click.Context, number: int, *, good: bool, bad: str | None, why: str) -> None:
    """查看一个链接的全部情况，或人工认定其状态。

    例：baosong link 5；baosong link 5 --ok；baosong link 5 --bad 提取码错误
    """
    context = staff(ctx)
    if good and bad is not None:
        raise click.UsageError("--ok 与 --bad 只能用一个")
    if bad is not None and not bad.strip():
        raise click.UsageError("--bad 后请写明情况")
    if good or bad is not None:
        state = LinkState.OK if good else _bad_state(bad or "")
        told = "：".join(part for part in (bad or "", why) if part)
        try:
            Desk(context.database).settle_link(number, state, act(told))
        except NotFound:
            raise Failure(f"没有编号为{number}的链接") from None
    row = _find(context, number)
    if context.as_json:
        print_json(_data(row))
        return
    if good or bad is not None:
        click.echo(f"已人工认定为“{say(STATES, state.value)}”，将由运行中的 baosong run 或下一次 baosong once 处理。")
    _show(context, row)


def _bad_state(reason: str) -> LinkState:
    """What a person's words say about a link."""
    return next((state for state, words in BAD.items() if any(word in reason for word in words)), LinkState.DEAD)


def _find(context: StaffContext, number: int) -> LinkRow:
    rows = [row for row in Queries(context.database).links(limit=1, before=number + 1).rows if row.id == number]
    if not rows:
        raise Failure(f"没有编号为{number}的链接")
    return rows[0]


def _show(context: StaffContext, row: LinkRow) -> None:
    link, report = row.link, report_of(row)
    click.secho(f"链接 {row.id}　{provider_word(link.provider)}　{link.url}", bold=True)
    codes = "　".join(code for code in (link.code, link.other_code) if code) or "未见"
    where = {"body": "正文", "subject": "主题"}.get(link.found_in, link.found_in)
    doubt = "（由图片识别或地址不完整，可能有误）" if link.doubtful else ""
    click.echo(f"  提取码：{codes}　见于：{where}{doubt}")
    click.echo(f"  来信：m{row.message_id}" + (f"　报送件：{_item(context, row.item_id)}" if row.item_id else ""))
    settled = f"（由{row.settled_by}人工认定）" if row.settled_by else ""
    click.echo(f"  状态：{state_word(row)}{settled}")
    if row.lost_at is not None:
        told = f"，{minute(row.told_at)}已去信告知" if row.told_at else "，未去信告知"
        click.echo(f"  发现失效：{minute(row.lost_at)}{told}（材料审核时为“{say(STATES, link.state.value)}”）")
    if report is not None and report.outcome != "unknown":
        _show_report(report)
    lines = list(history_lines(row))
    click.echo(f"  核验记录：{lines[0] if lines else '尚未核验'}")
    for line in lines[1:]:
        click.echo(f"　　　　　　{line}")
    click.echo(f"  下次核验：{next_word(row)}")


def _show_report(report: Any) -> None:
    term = term_word(report)
    facts = [f"期限：{term}"] if term else []
    facts += [f"分享者：{report.owner}"] if report.owner else []
    facts += [f"分享日期：{(local_time(report.shared_at) or '')[:10]}"] if report.shared_at else []
    if facts:
        click.echo("  " + "　".join(facts))
    if report.outcome == "good":
        video = {True: "，有视频", False: "，未见视频", None: ""}[report.has_video]
        click.echo(f"  内容：{f'{report.file_count}个文件' if report.files else report.contents()}{video}")
        for line in file_lines(report):
            click.echo(f"    {line}")


def _item(context: StaffContext, item_id: int) -> str:
    try:
        content = read_item(context.database, item_id).item.content
    except NotFound:
        return str(item_id)
    return f"{item_id}　{content.title or '（名称未填）'}（{content.reporting_unit or '待定'}）"
