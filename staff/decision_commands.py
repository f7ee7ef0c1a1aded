"""Commands that decide: accept, reject, waive, note, receive-paper, reprocess. Each is written with who, when and
why; the daemon acts on the mark at its next round."""

from __future__ import annotations

from collections.abc import Callable

import click

from core.records import Stage
from staff.console import Failure, print_json
from staff.context import StaffContext, act, json_option, staff
from storage.desk import Desk
from storage.errors import Conflict, NotFound
from storage.queries import MessageFilter, Queries
from storage.whole import find_message, read_item, read_message

why_option = click.option("--why", default="", help="理由，记入操作记录")


def _split(ident: str) -> tuple[str, int]:
    """("item", 12) for 12, ("message", 34) for m34. Raises Failure."""
    kind = "message" if ident[:1] in ("m", "M") else "item"
    digits = ident[1:] if ident[:1] in ("m", "M", "i", "I") else ident
    if not digits.isdigit():
        raise Failure(f"“{ident}”不是编号：报送件写数字，来信写 m 加数字")
    return kind, int(digits)


def _each(context: StaffContext, idents: tuple[str, ...], done: str, work: Callable[[str, int], object]) -> None:
    """Do it for every id; tell each outcome; fail at the end if one failed."""
    failed, outcome = 0, []
    for ident in idents:
        try:
            kind, number = _split(ident)
            work(kind, number)
            outcome.append({"id": ident, "ok": True})
            if not context.as_json:
                click.echo(f"{ident}：{done}")
        except (NotFound, Conflict, Failure) as error:
            failed += 1
            reason = f"没有编号为{ident}的记录" if isinstance(error, NotFound) else str(error)
            outcome.append({"id": ident, "ok": False, "error": reason})
            click.echo(f"{ident}：{reason}", err=True)
    if context.as_json:
        print_json(outcome)
    if failed:
        raise Failure(f"{failed}项未能完成")


@click.command()
@click.argument("idents", metavar="ID...", nargs=-1, required=True)
@why_option
@json_option
@click.pass_context
def accept(ctx: click.Context, idents: tuple[str, ...], why: str) -> None:
    """采纳：报送件按现状通过；来信（m编号）的各项问题予以免除。

    例：baosong accept 12 --why "电话核实无误"
    """
    context, mark = staff(ctx), act(why)
    desk = Desk(context.database)
    _each(context, idents, "已采纳", lambda kind, n: desk.accept_item(n, mark) if kind == "item" else desk.accept_message(n, mark))


@click.command()
@click.argument("idents", metavar="ID...", nargs=-1, required=True)
@why_option
@json_option
@click.pass_context
def reject(ctx: click.Context, idents: tuple[str, ...], why: str) -> None:
    """不采纳：报送件不收；来信（m编号）不作为报送处理。

    例：baosong reject m34 --why "广告"
    """
    context, mark = staff(ctx), act(why)
    desk = Desk(context.database)
    _each(context, idents, "已标为不采纳", lambda kind, n: desk.reject_item(n, mark) if kind == "item" else desk.reject_message(n, mark))


@click.command()
@click.argument("ident", metavar="ID")
@click.argument("codes", metavar="CODE...", nargs=-1)
@why_option
@json_option
@click.pass_context
def waive(ctx: click.Context, ident: str, codes: tuple[str, ...], why: str) -> None:
    """免除报送件或来信（m编号）的问题；不写代码时列出可免除的问题。

    例：baosong waive m34 scan.missing --why "纸质件已寄到"
    """
    context = staff(ctx)
    kind, number = _split(ident)
    try:
        whole = read_item(context.database, number) if kind == "item" else read_message(context.database, number)
    except NotFound:
        raise Failure(f"没有编号为{ident}的记录") from None
    open_findings = [row for row in whole.findings if row.waived_at is None]
    if not codes:
        for row in open_findings:
            click.echo(f"#{row.id} {row.finding.code}：{row.finding.text}")
        return
    chosen = [row for row in open_findings if row.finding.code in codes or f"#{row.id}" in codes or str(row.id) in codes]
    if not chosen:
        raise Failure(f"{ident}没有这些问题：{'、'.join(codes)}")
    desk, mark = Desk(context.database), act(why)
    for row in chosen:
        desk.waive_finding(row.id, mark)
        if not context.as_json:
            click.echo(f"已免除 #{row.id} {row.finding.code}")
    if context.as_json:
        print_json([{"finding": row.id, "code": row.finding.code} for row in chosen])


@click.command()
@click.argument("ident", metavar="ID")
@click.argument("text")
@click.pass_context
def note(ctx: click.Context, ident: str, text: str) -> None:
    """给报送件或来信（m编号）加一条备注。

    例：baosong note 12 "已电话联系，周五补寄"
    """
    context = staff(ctx)
    kind, number = _split(ident)
    _each(context, (ident,), "已记下", lambda *_: Desk(context.database).note(kind, number, text, act()))


@click.command("receive-paper")
@click.argument("idents", metavar="ID...", nargs=-1, required=True)
@why_option
@click.pass_context
def receive_paper(ctx: click.Context, idents: tuple[str, ...], why: str) -> None:
    """登记纸质教材已收到。

    例：baosong receive-paper 12
    """
    context, mark = staff(ctx), act(why)

    def work(kind: str, number: int) -> None:
        if kind != "item":
            raise Failure("请写报送件编号")
        Desk(context.database).receive_paper(number, mark)

    _each(context, idents, "已登记收到", work)


@click.command()
@click.argument("idents", metavar="[ID...]", nargs=-1)
@click.option("--held", is_flag=True, help="所有搁置的来信")
@click.option("--all", "everything", is_flag=True, help="所有来信")
@click.option("--rules-only", is_flag=True, help="不重新读取附件，只按规则重新判断")
@why_option
@json_option
@click.pass_context
def reprocess(
    ctx: click.Context, idents: tuple[str, ...], *, held: bool, everything: bool, rules_only: bool, why: str
) -> None:
    """把已收来信重新处理一遍（规则或程序更新之后）；结论未变的不会再次答复。

    例：baosong reprocess m34；baosong reprocess --held
    """
    context = staff(ctx)
    if not idents and not held and not everything:
        raise click.UsageError("请写来信编号，或用 --held、--all")
    rows: list[int] = []
    for ident in idents:
        kind, number = _split(ident)
        try:
            found = read_item(context.database, number).item.messages if kind == "item" else [find_message(context.database, number).id]
        except NotFound:
            raise Failure(f"没有编号为{ident}的记录") from None
        rows += found
    if held or everything:
        rows += _all_messages(context, "held" if held and not everything else None)
    count = Desk(context.database).reprocess(sorted(set(rows)), act(why), read_again=not rules_only)
    if context.as_json:
        print_json({"queued": count})
    else:
        click.echo(f"{count}封来信已排队，将由运行中的 baosong run 或下一次 baosong once 重新处理。")


def _all_messages(context: StaffContext, stage: Stage | None) -> list[int]:
    queries, before, rows = Queries(context.database), None, []
    while True:
        page = queries.messages(MessageFilter(stage=stage), 1000, before)
        rows += [row.id for row in page.rows]
        if page.older is None:
            return rows
        before = page.older
