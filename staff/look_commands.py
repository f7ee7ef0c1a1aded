"""Commands that look: status, show, messages, units."""

from __future__ import annotations

from typing import Any

import click

from core.campaign import SHANGHAI, Campaign
from core.receipt_number import find_receipt_numbers
from core.records import ItemRow, ItemState, MessageKind, Verdict
from staff.choices import (
    ITEM_STATES,
    VERDICTS,
    batch_option,
    category_option,
    item_state_option,
    kind_option,
    limit_option,
    unit_option,
    verdict_option,
)
from staff.console import Failure, print_json, print_table
from staff.context import StaffContext, json_option, now, staff
from staff.show import show_item, show_message
from staff.unit_order import in_order, sort_units
from staff.words import KINDS, SEALS, STATES, say
from staff.workers import workers
from storage.counts import missing_units, summary, unit_counts
from storage.errors import NotFound
from storage.exports import export_record, item_record, local_time
from storage.link_watch import LinkWatch
from storage.queries import ItemFilter, MessageFilter, Queries
from storage.watch import Watch
from storage.whole import find_receipt_number, read_item, read_message


def category_name(campaign: Campaign, key: str) -> str:
    """The category's Chinese name; the key for one of another campaign."""
    return next((spec.name for spec in campaign.categories if spec.key == key), key)


def batch_name(campaign: Campaign, number: int | None) -> str:
    return next((spec.name for spec in campaign.batches if spec.number == number), "" if number is None else str(number))


@click.command()
@batch_option
@unit_option
@category_option
@item_state_option
@click.option("--search", default="", help="在名称、单位、姓名、电话、文件名、回执编号和申报表、扫描件全文中查找")
@limit_option("条")
@json_option
@click.pass_context
def status(
    ctx: click.Context, batch: int | None, unit: str | None, category: str | None, state: ItemState | None, search: str, limit: int
) -> None:
    """报送件及其状态。

    例：baosong status --batch 1 --state incomplete
    """
    context = staff(ctx)
    wanted = ItemFilter(
        campaign=context.campaign.key, batch=batch, reporting_unit=unit, category=category, state=state, search=search
    )
    rows = Queries(context.database).items(wanted, limit).rows
    lost: dict[int, list[str]] = {}
    for one in LinkWatch(context.database).lost([row.id for row in rows]):
        lost.setdefault(one.item.id, []).append(one.link.link.url)
    if context.as_json:
        items = [{"id": row.id, **_item(row), "lost_links": lost.get(row.id, [])} for row in rows]
        found = [seen.as_json() for seen in workers(Watch(context.database).heartbeats(), now())]
        print_json({"summary": _summary(context, batch), "items": items, "workers": found})
        return
    click.echo(_summary_line(context, batch))
    for seen in workers(Watch(context.database).heartbeats(), now()):
        when = f"{seen.seen.astimezone(SHANGHAI):%m月%d日 %H:%M}"
        click.echo(f"处理机{seen.name}：{seen.word}，在手：{seen.mails}，已处理{seen.done}封，最近消息{when}")
    print_table(
        ("编号", "批次", "报送单位", "申报单位", "类别", "名称", "状态", "Word", "扫描件", "印章", "回执编号"),
        [_row(context.campaign, row, lost=row.id in lost) for row in rows],
        empty="没有符合条件的报送件。", less=("印章", "Word", "扫描件", "回执编号", "申报单位", "类别", "批次"),
    )


def _row(campaign: Campaign, row: ItemRow, *, lost: bool) -> tuple[Any, ...]:
    content = row.content
    state = (f"{say(STATES, content.state)}，链接失效", "dead") if lost else (say(STATES, content.state), content.state)
    return (
        row.id, batch_name(campaign, content.batch), content.reporting_unit or "待定", content.applicant_unit or "",
        category_name(campaign, content.category), content.title or "", state,
        "有" if content.word else "缺", len(content.scans) or "缺", SEALS.get(content.seal, ""), content.receipt_number or "",
    )


def _item(row: ItemRow) -> dict[str, Any]:
    content = row.content
    return {
        **item_record(row), "reporting_unit": content.reporting_unit, "batch": content.batch, "version": content.version,
        "receipt_number": content.receipt_number, "sender": content.sender, "messages": list(row.messages),
    }


def _summary(context: StaffContext, batch: int | None) -> dict[str, Any]:
    found = summary(context.database, context.campaign.key, batch)
    return {
        "messages": found.messages, "waiting": found.waiting, "verdicts": found.verdicts, "items": found.items,
        "answers": found.answers, "links": found.links, "alerts": found.open_alerts,
    }


def _summary_line(context: StaffContext, batch: int | None) -> str:
    found = summary(context.database, context.campaign.key, batch)
    items = "、".join(f"{say(STATES, key)}{found.items[key]}" for key in ITEM_STATES if found.items.get(key)) or "尚无"
    verdicts = "、".join(f"{say(STATES, key)}{found.verdicts[key]}" for key in VERDICTS if found.verdicts.get(key)) or "尚无"
    scope = batch_name(context.campaign, batch) or "全部批次"
    waiting = f"，未处理{found.waiting}" if found.waiting else ""
    alerts = f"；有{found.open_alerts}条提醒待查看" if found.open_alerts else ""
    return f"{scope}　报送件：{items}　来信{found.messages}：{verdicts}{waiting}{alerts}"


@click.command()
@click.argument("ident", metavar="ID")
@json_option
@click.pass_context
def show(ctx: click.Context, ident: str) -> None:
    """一个报送件、一封来信（写作 m12）或一个回执编号的全部情况。

    例：baosong show 12；baosong show m34；baosong show ZHZL21-0000013
    """
    context = staff(ctx)
    items, messages = _resolve(context, ident)
    if context.as_json:
        print_json({
            "items": [{"id": row.id, **_item(row)} for row in (read_item(context.database, i).item for i in items)],
            "messages": [export_record(context.database, message) for message in messages],
        })
        return
    for item in items:
        show_item(context, read_item(context.database, item))
    for message in messages:
        show_message(context, read_message(context.database, message))


def _resolve(context: StaffContext, ident: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    numbers = find_receipt_numbers(ident)
    if numbers:
        hits = find_receipt_number(context.database, numbers[0])
        if not hits.items and not hits.messages:
            raise Failure(f"没有回执编号为{numbers[0]}的记录")
        return hits.items, hits.messages
    kind, digits = (ident[0], ident[1:]) if ident[:1] in ("m", "M", "i", "I") else ("i", ident)
    if not digits.isdigit():
        raise Failure(f"“{ident}”不是编号。报送件写数字，来信写 m 加数字，或写回执编号")
    try:
        if kind in "mM":
            read_message(context.database, int(digits))
            return (), (int(digits),)
        item = read_item(context.database, int(digits))
    except NotFound:
        raise Failure(f"没有编号为{ident}的记录") from None
    return (item.item.id,), ()


@click.command()
@verdict_option
@kind_option
@click.option("--search", default="", help="在主题、地址、正文、文件名和附件全文中查找")
@limit_option("条")
@json_option
@click.pass_context
def messages(ctx: click.Context, verdict: Verdict | None, kind: MessageKind | None, search: str, limit: int) -> None:
    """来信一览，不处理的也在内。

    例：baosong messages --kind unrelated
    """
    context = staff(ctx)
    # A mail that is held keeps whatever verdict it had before; what counts is where it stands.
    wanted = MessageFilter(kind=kind, search=search, **({"stage": "held"} if verdict == "held" else {"verdict": verdict}))
    rows = Queries(context.database).messages(wanted, limit).rows
    if context.as_json:
        print_json([export_record(context.database, row.id) for row in rows])
        return
    print_table(
        ("编号", "到达时间", "发件人", "主题", "性质", "结论", "报送单位", "回执编号"),
        [
            (
                f"m{row.id}", (local_time(row.received_at) or "")[:16].replace("T", " "), row.sender or "", row.subject,
                say(KINDS, row.kind), (say(STATES, outcome), outcome), row.reporting_unit or "", row.receipt_number or "",
            )
            for row in rows for outcome in ("held" if row.stage == "held" else row.verdict or "pending",)
        ],
        empty="没有符合条件的来信。", less=("回执编号", "性质", "报送单位", "到达时间"),
    )


@click.command()
@click.option("--missing", is_flag=True, help="只列尚未报送的单位")
@batch_option
@json_option
@click.pass_context
def units(ctx: click.Context, *, missing: bool, batch: int | None) -> None:
    """各报送单位的报送件数；--missing 列出尚未报送的单位。

    例：baosong units --missing --batch 1
    """
    context = staff(ctx)
    campaign = context.campaign
    if missing:
        names = missing_units(context.database, in_order(context.register), campaign.key, batch)
        if context.as_json:
            print_json(list(names))
        else:
            print_table(("尚未报送的单位",), [(name,) for name in names], empty="所有单位均已报送。")
        return
    table: dict[str | None, dict[str, int]] = {}
    for count in unit_counts(context.database, campaign.key, batch):
        row = table.setdefault(count.reporting_unit or None, {})
        row[count.category] = row.get(count.category, 0) + count.count
        row[count.state] = row.get(count.state, 0) + count.count
    found = [(unit or "待定", table[unit]) for unit in sort_units(context.register, table)]
    if context.as_json:
        print_json([{"unit": unit, **row} for unit, row in found])
        return
    keys = [spec.key for spec in campaign.categories]
    states = ("complete", "incomplete", "review", "pending")
    print_table(
        ("报送单位", *(spec.name for spec in campaign.categories), *(say(STATES, state) for state in states)),
        [(unit, *(row.get(key, 0) for key in (*keys, *states))) for unit, row in found],
        empty="还没有单位报送。",
    )
