"""Letters that staff write: `write` (a free letter or a correction request), `remind`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from staff.console import Failure, print_json, print_table
from staff.context import StaffContext, act, json_option, staff
from staff.letters import (
    CannotWrite,
    LetterOffice,
    Preview,
    askable_findings,
    newest_message,
    preview_correction,
    preview_free,
    write_correction,
    write_free,
)
from staff.reminders import Reminders, preview_reminders, write_reminders

WHY = {"missing": "尚未报送", "open": "有待补正"}
_COMMENT = "#"


def letter_office(context: StaffContext) -> LetterOffice:
    """What letters are written with, for commands."""
    return LetterOffice(
        context.database, context.campaign, context.register, context.settings, context.templates, context.blank_forms
    )


@click.command()
@click.argument("ident", metavar="ID")
@click.option("--text", help="正文")
@click.option("--file", "file", type=click.Path(exists=True, allow_dash=True, path_type=Path), help="从文件读正文（UTF-8；- 为标准输入）")
@click.option("--editor", is_flag=True, help="在编辑器中写正文")
@click.option("--correct", "findings", type=int, multiple=True, metavar="问题编号", help="写成补正通知，列出这个问题（可重复；编号见 baosong show）")
@click.option("--dry-run", is_flag=True, help="只预览，不写入")
@click.option("--draft", is_flag=True, help="存为草稿，以后放行")
@click.option("--yes", is_flag=True, help="不再询问")
@json_option
@click.pass_context
def write(
    ctx: click.Context, ident: str, text: str | None, file: Path | None, findings: tuple[int, ...], *, editor: bool, dry_run: bool,
    draft: bool, yes: bool,
) -> None:  # fmt: skip
    """给报送件或来信（m编号）的来信人写信，在原往来中回复；由运行中的程序发出，只发一次。

    例：baosong write m34 --text "材料已转评审组。"；baosong write 12 --correct 57 --text "烦请周五前补来。" --dry-run
    """
    context = staff(ctx)
    office = letter_office(context)
    try:
        message = newest_message(office, ident)
        words = _words(office, message, text, file, editor=editor, needed=not findings)
        if findings:
            preview = preview_correction(office, message_id=message, finding_ids=findings, words=words)
        else:
            preview = preview_free(office, message, words)
        if dry_run:
            _show(context, preview)
            return
        if not yes and sys.stdin.isatty() and not context.as_json:
            _show(context, preview)
            click.confirm(f"确定{'存为草稿' if draft else '发出'}吗？", abort=True)
        if findings:
            written = write_correction(office, act(), message_id=message, finding_ids=findings, words=words, draft=draft)
        else:
            written = write_free(office, message, words, act(), draft=draft)
    except CannotWrite as error:
        raise Failure(str(error)) from None
    if context.as_json:
        print_json({"id": written.id, "new": written.new, "to": preview.to, "state": "draft" if draft else "waiting"})
    elif written.new:
        click.echo(f"信件{written.id}：{'已存为草稿' if draft else '待发'}，收件人{preview.to}。")
    else:
        click.echo(f"信件{written.id}：同样的信已经写过，未再写入。")


def _words(office: LetterOffice, message: int, text: str | None, file: Path | None, *, editor: bool, needed: bool) -> str:
    given = [one for one in (text is not None, file is not None, editor) if one]
    if len(given) > 1:
        raise click.UsageError("--text、--file、--editor 只用一个")
    if text is not None:
        return text
    if file is not None:
        try:
            return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise Failure(f"{file} 无法读取，请确认是UTF-8编码的文本文件") from None
    if not editor:
        if needed:
            raise click.UsageError("请用 --text、--file 或 --editor 写明正文")
        return ""
    points = "".join(f"{_COMMENT} 问题{one.id}：{one.finding.text}\n" for one in askable_findings(office, message_id=message))
    written = click.edit(f"\n{_COMMENT} 请在上面写正文；以{_COMMENT}开头的行不会写入信件。\n{points}")
    if written is None:
        raise Failure("没有保存，未写信")
    return "\n".join(line for line in written.splitlines() if not line.startswith(_COMMENT))


def _show(context: StaffContext, preview: Preview) -> None:
    if context.as_json:
        print_json(_record(preview))
        return
    click.echo(f"收件人：{preview.to_name} {preview.to}\n主　题：{preview.subject}\n\n{preview.text}")
    for warning in preview.warnings:
        click.secho(f"注意：{warning}", fg="yellow", err=True)


def _record(preview: Preview) -> dict[str, object]:
    return {
        "kind": preview.kind, "unit": preview.unit, "to": preview.to, "subject": preview.subject, "text": preview.text,
        "state": preview.state, "points": [found.code for found in preview.points], "warnings": [*preview.warnings],
    }  # fmt: skip


@click.command()
@click.option("--batch", type=int, required=True, help="批次号")
@click.option("--unit", "units", multiple=True, metavar="单位全称", help="只给这个单位（可重复）")
@click.option("--missing", is_flag=True, help="只给尚未报送的单位")
@click.option("--open", "points_open", is_flag=True, help="只给有待补正事项的单位")
@click.option("--text", default="", help="在每封信中加上这段话")
@click.option("--after-deadline", is_flag=True, help="截止后仍催报")
@click.option("--dry-run", is_flag=True, help="只预览每封信，不写入")
@click.option("--yes", is_flag=True, help="不再询问")
@json_option
@click.pass_context
def remind(
    ctx: click.Context, batch: int, units: tuple[str, ...], text: str, *, missing: bool, points_open: bool, after_deadline: bool,
    dry_run: bool, yes: bool,
) -> None:  # fmt: skip
    """给尚未报送、或有待补正事项的单位写催报信，每单位一封；发出前再核对一次，已报送、已补正的不再发。

    例：baosong remind --batch 1 --dry-run
    """
    context = staff(ctx)
    office = letter_office(context)
    both = missing == points_open
    try:
        found = preview_reminders(
            office, batch, units=units, missing=both or missing, points_open=both or points_open, words=text, after_deadline=after_deadline
        )
        if dry_run:
            _preview(context, found, whole=True)
            return
        if not context.as_json:
            _preview(context, found, whole=False)
        if found.letters and not yes and sys.stdin.isatty() and not context.as_json:
            click.confirm(f"确定写出{len(found.letters)}封催报信吗？", abort=True)
        written = write_reminders(
            office, batch, act(), units=[one.unit for one in found.letters] or units, missing=both or missing,
            points_open=both or points_open, words=text, after_deadline=after_deadline,
        ) if found.letters else {}  # fmt: skip
    except CannotWrite as error:
        raise Failure(str(error)) from None
    new = {unit: one for unit, one in written.items() if one.new}
    state = "waiting" if office.settings.answers.mode == "send" else "draft"
    if context.as_json:
        print_json({**_summary(found), "written": [{"unit": unit, "id": one.id, "state": state} for unit, one in new.items()]})
    else:
        done = "将由运行中的程序发出" if state == "waiting" else "已存为草稿，请用 baosong send 放行"
        click.echo(f"写出{len(new)}封催报信，{done}。" if new else "没有需要写的催报信。")


def _summary(found: Reminders) -> dict[str, object]:
    return {
        "batch": found.batch.number, "deadline": found.batch.deadline.isoformat(),
        "letters": [{"why": one.why, **_record(one.preview)} for one in found.letters],
        "skipped": [{"unit": one.unit, "why": one.why, "reason": one.reason} for one in found.skipped],
        "unreachable": [one.unit for one in found.unreachable], "warnings": [*found.warnings],
    }  # fmt: skip


def _preview(context: StaffContext, found: Reminders, *, whole: bool) -> None:
    if context.as_json:
        print_json(_summary(found))
        return
    if whole:
        for one in found.letters:
            click.secho(f"── {one.unit}（{WHY[one.why]}）", bold=True)
            _show(context, one.preview)
    print_table(
        ("单位", "缘由", "收件人", "待补正"),
        [(one.unit, WHY[one.why], one.preview.to, len(one.preview.points) or "") for one in found.letters],
        title=f"{found.batch.name}催报信（共{len(found.letters)}封）", empty="没有需要催报的单位。",
    )  # fmt: skip
    if found.skipped:
        print_table(("单位", "缘由", "本次不发的原因"), [(one.unit, WHY[one.why], one.reason) for one in found.skipped], title="本次不发")
    if found.unreachable:
        names = [one.unit for one in found.unreachable]
        click.echo(f"没有可用地址，请电话联系（共{len(names)}家）：{'、'.join(names)}")
    for warning in found.warnings:
        click.secho(f"注意：{warning}", fg="yellow", err=True)
