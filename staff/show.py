"""`show`: one item or one message whole, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable

import click

from core.records import ItemRow
from core.regroup import item_of
from staff.console import print_table
from staff.context import StaffContext
from staff.item_view import field_lines
from staff.link_words import short_line
from staff.scan_notes import scan_notes
from staff.words import ACTIONS, KINDS, MATCHES, ROLES, SEALS, SEVERITIES, STATES, say
from storage.exports import local_time
from storage.rows import AnswerRow, AuditRow, FindingRow, LinkRow
from storage.whole import WholeItem, WholeMessage


def _time(moment: object) -> str:
    return (local_time(moment) or "")[:16].replace("T", " ") if moment is not None else ""  # type: ignore[arg-type]


def show_item(context: StaffContext, whole: WholeItem) -> None:
    """Print everything known about an item."""
    content = whole.item.content
    spec = next((spec for spec in context.campaign.categories if spec.key == content.category), None)
    click.secho(f"报送件 {whole.item.id}　{spec.name if spec else content.category}　{content.title or '（名称未填）'}", bold=True)
    batch = next((known.name for known in context.campaign.batches if known.number == content.batch), "未定")
    click.echo(f"  报送单位：{content.reporting_unit or '待定'}　申报单位：{content.applicant_unit or '未填'}")
    click.echo(f"  状态：{say(STATES, content.state)}　批次：{batch}　回执编号：{content.receipt_number or ''}　第{content.version}版")
    word = content.word.name if content.word else "缺"
    scans = "、".join(scan.name for scan in content.scans) or "缺"
    click.echo(f"  Word版：{word}")
    click.echo(f"  扫描件：{scans}　印章：{SEALS.get(content.seal, '')}　与Word：{say(MATCHES, content.scan_matches_word)}")
    for notes in scan_notes(item_of(content), context.register).values():
        for note in notes:
            click.echo(f"    {note}")
    _fields(context, whole.item)
    _findings(whole.findings)
    _links(whole.links)
    _answers(whole.answers)
    mails = "、".join(f"m{row.id}（{_time(row.received_at)} {row.sender}）" for row in whole.messages)
    click.echo(f"  来信：{mails}")
    if whole.versions:
        click.echo("  此前版本：" + "、".join(str(row.id) for row in whole.versions))
    _history(whole.history)


def _fields(context: StaffContext, item: ItemRow) -> None:
    for line in field_lines(context.campaign, item):
        words = " ".join(line.text.split())
        if words:
            click.echo(f"  {line.label}：{words[:60]}{'……' if len(words) > 60 else ''}")
        if line.same is False:
            click.echo(f"    扫描件为：{' '.join(''.join(piece for piece, _ in line.scan).split())[:60]}")


def show_message(context: StaffContext, whole: WholeMessage) -> None:
    """Print everything known about a message."""
    row = whole.message
    click.secho(f"来信 m{row.id}　{row.subject}", bold=True)
    click.echo(f"  发件人：{row.sender or ''}　到达：{_time(row.received_at)}　来源：{row.source}")
    click.echo(
        f"  性质：{say(KINDS, row.kind)}　结论：{say(STATES, 'held' if row.stage == 'held' else row.verdict or 'pending')}"
        f"　报送单位：{row.reporting_unit or '待定'}　回执编号：{row.receipt_number or ''}"
    )
    if row.reason:
        click.echo(f"  依据：{row.reason}")
    if row.error:
        click.secho("  处理时出错：" + row.error.strip().splitlines()[-1], fg="red")
    print_table(
        ("序号", "附件", "大小", "用途"),
        [
            (number, " › ".join(part.path), f"{part.size // 1024}KB", say(ROLES, part.role))
            for number, part in enumerate(whole.attachments)
        ],
        empty="  没有附件。",
    )
    _findings(whole.findings)
    for item in whole.items:
        click.echo(f"  报送件 {item.id}：{item.content.title or ''}（{say(STATES, item.content.state)}）")
    _links(whole.links)
    _answers(whole.answers)
    _history(whole.history)


def _findings(findings: Iterable[FindingRow]) -> None:
    for row in findings:
        waived = f"（已由{row.waived_by}免除：{row.waived_why}）" if row.waived_at else ""
        mark = say(SEVERITIES, row.finding.severity.value)
        click.echo(f"  [{mark}] {row.finding.text}{waived}　#{row.id} {row.finding.code}")


def _links(links: Iterable[LinkRow]) -> None:
    for row in links:
        click.echo(f"  链接 {row.id}：{short_line(row)}")


def _answers(answers: Iterable[AnswerRow]) -> None:
    for row in answers:
        why = f"（{row.reason}）" if row.reason else ""
        click.echo(f"  信件 {row.id}：{say(KINDS, row.kind)}　{say(STATES, row.state)}{why}　{_time(row.sent_at)}　{row.to}")


def _history(history: Iterable[AuditRow]) -> None:
    for row in list(history)[:20]:
        why = f"：{row.why}" if row.why else ""
        who = "程序" if row.who == "baosong" else row.who
        click.echo(f"  {_time(row.at)}　{who}　{say(ACTIONS, row.action)}{why}")
