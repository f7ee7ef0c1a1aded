"""Words alerts and the daily digest for staff, as mails and as texts for group robots. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from core.campaign import SHANGHAI
from core.digest import BatchProgress, Digest, FolderCount, StaffAlert, StaffMail, UnitTraffic
from notifier import mime
from notifier.plain import one_line, sentence
from notifier.templating import render
from notifier.view import Block, LetterView, Point, Row, Section, Tone
from notifier.wording import day, minute, numeral

_TODO_SHOWN = 50
_UNITS_SHOWN = 60
_BRIEF_UNITS = 20
_MB_IN_GB = 1024


def compose_alerts(
    alerts: Sequence[StaffAlert], *, to: Sequence[str], from_address: str, from_name: str, letter_id: str, now: datetime
) -> StaffMail:
    """One mail that tells staff of these alerts. `letter_id` fixes the Message-ID. Raises ValueError without alerts."""
    return _mail(_alert_view(alerts, now), alert_subject(alerts), to, from_address, from_name, letter_id, now)


def compose_digest(
    digest: Digest, *, to: Sequence[str], from_address: str, from_name: str, letter_id: str, now: datetime
) -> StaffMail:
    """The daily digest as a mail."""
    view = _digest_view(digest, now)
    subject = f"报送邮箱每日简报（{day(now.date())}）：{view.badge}"
    return _mail(view, subject, to, from_address, from_name, letter_id, now)


def alert_subject(alerts: Sequence[StaffAlert]) -> str:
    """A subject that says the matter itself; also the title for group robots. Raises ValueError without alerts."""
    if not alerts:
        raise ValueError("no alert to tell")
    open_alerts = [alert for alert in alerts if not alert.resolved]
    mark = "已恢复" if not open_alerts else "仍需处理" if all(alert.again for alert in open_alerts) else "需要处理"
    first = (open_alerts or [*alerts])[0]
    more = f"等{len(alerts)}项" if len(alerts) > 1 else ""
    return f"报送邮箱{mark}：{one_line(first.text, 60).rstrip('。')}{more}"


def alert_text(alerts: Sequence[StaffAlert]) -> str:
    """The alerts as lines for a group robot."""
    return "\n".join(_alert_line(alert) for alert in alerts)


def digest_text(digest: Digest, now: datetime) -> str:
    """The digest as plain text, as in the mail."""
    return render(_digest_view(digest, now))[0]


def digest_brief(digest: Digest) -> tuple[str, str]:
    """Title and a few lines for a group robot, which shows little: what waits first."""
    opened = [alert for alert in digest.alerts if not alert.resolved]
    todo = max(digest.todo_total, len(digest.todo))
    today = digest.until.astimezone(SHANGHAI).date()
    title = f"报送邮箱每日简报（{day(today)}）：{_digest_badge(digest)[0]}"
    lines = [f"【提醒】{sentence(alert.text)}" for alert in opened[:5]]
    if todo:
        lines.append(f"等待处理{todo}件，待审核草稿{digest.drafts}封，发送失败{digest.failed}封。")
    lines.append(f"收到来信{digest.received}封（{_traffic_words(digest) or '无'}），发出信件{digest.sent}封，待发送{digest.waiting}封。")
    for batch in digest.batches:
        missing = max(batch.units_in_register - batch.units, 0)
        lines.append(f"{batch.name}：{_countdown(batch.deadline, today)}；齐全{batch.complete}件，待补正{batch.incomplete}件，未报送{missing}家。")
        if batch.missing:
            more = "等" if len(batch.missing) > _BRIEF_UNITS else ""
            lines.append(f"尚未报送：{'、'.join(one_line(unit, 60) for unit in batch.missing[:_BRIEF_UNITS])}{more}。")
    lines += [f"{row.label}：{row.value}。" for row in _balances(digest)]
    if digest.page:
        lines.append(f"详细情况：{digest.page}")
    return title, "\n".join(lines)


def _digest_badge(digest: Digest) -> tuple[str, bool]:
    """The state of things in a few words, and whether nothing is to be done."""
    todo_total = max(digest.todo_total, len(digest.todo))
    opened = [alert for alert in digest.alerts if not alert.resolved]
    calm = not (todo_total or opened or _difference(digest) or digest.failed or digest.held)
    if calm:
        return "一切正常", True
    return (f"待处理{todo_total + len(opened)}项" if todo_total or opened else "请留意核对结果"), False


def _alert_line(alert: StaffAlert) -> str:
    state = "已恢复：" if alert.resolved else "仍未解除：" if alert.again else ""
    mend = f"处理办法：{sentence(alert.mend)}" if alert.mend and not alert.resolved else ""
    return f"{state}{sentence(alert.text)}{mend}（{minute(alert.since)}起）"


def _alert_view(alerts: Sequence[StaffAlert], now: datetime) -> LetterView:
    over = all(alert.resolved for alert in alerts)
    ordered = sorted(alerts, key=lambda alert: alert.resolved)
    points = tuple(Point(_alert_line(alert), number) for number, alert in enumerate(ordered, 1))
    tone: Tone = "good" if over else "attention"
    heading = "已恢复的事项" if over else f"有关事项（共{len(alerts)}项）"
    opening = "以下事项已恢复正常，特此告知。" if over else "报送邮箱程序遇到以下情况，需要人工处理。"
    section = Section("problems", "一", heading, "", (Block(points=points),), tone)
    return _staff_view("报送邮箱提醒", "已恢复" if over else "需要处理", tone, (opening,), (section,), now)


def _digest_view(digest: Digest, now: datetime) -> LetterView:
    todo_total = max(digest.todo_total, len(digest.todo))
    opened = [alert for alert in digest.alerts if not alert.resolved]
    badge, calm = _digest_badge(digest)
    sections = [
        section
        for section in (
            _alerts_section(opened), _todo_section(digest, todo_total), _traffic_section(digest), _units_section(digest),
            _progress_section(digest), _check_section(digest),
        )
        if section
    ]
    numbered = tuple(
        Section(s.kind, numeral(number), s.heading, s.lead, s.blocks, s.tone) for number, s in enumerate(sections, 1)
    )
    opening = (
        f"现将{minute(digest.since)}至{minute(digest.until)}期间{digest.campaign}材料的报送情况汇总如下。",
        *(("目前没有需要人工处理的事项。",) if calm else ()),
    )
    closing = (f"详细情况请见工作页面：{digest.page}",) if digest.page else ()
    return _staff_view("报送邮箱每日简报", badge, "good" if calm else "attention", opening, numbered, now, closing)


def _alerts_section(alerts: Sequence[StaffAlert]) -> Section | None:
    if not alerts:
        return None
    points = tuple(Point(_alert_line(alert), number) for number, alert in enumerate(alerts, 1))
    return Section("problems", "", f"尚未解除的提醒（共{len(alerts)}项）", "", (Block(points=points),), "attention")


def _todo_section(digest: Digest, total: int) -> Section | None:
    if not digest.todo:
        return None
    points = []
    for number, todo in enumerate(digest.todo[:_TODO_SHOWN], 1):
        what, why = one_line(todo.what, 120), one_line(todo.why, 200).rstrip("。")
        points.append(Point(f"{one_line(todo.number, 60)}　{what}：{why}（{minute(todo.since)}起）", number))
    lead = f"以下为其中最早的{len(points)}件：" if total > len(points) else ""
    return Section("problems", "", f"等待处理的事项（共{total}件）", lead, (Block(points=tuple(points)),), "attention")


def _traffic_section(digest: Digest) -> Section:
    split = _traffic_words(digest)
    rows = [
        Row("收到来信", f"{digest.received}封" + (f"（{split}）" if split else "")),
        Row("发出答复", f"{digest.sent}封"),
        Row("待审核草稿", f"{digest.drafts}封", "attention" if digest.drafts else "plain"),
        Row("待发送", f"{digest.waiting}封"),
        Row("发送失败", f"{digest.failed}封", "attention" if digest.failed else "plain"),
        Row("待核验链接", f"{digest.links_unchecked}个"),
        Row("失效链接", f"{digest.links_bad}个", "attention" if digest.links_bad else "plain"),
    ]
    return Section("traffic", "", "来信与答复", "", (Block(rows=tuple(rows)),))


def _traffic_words(digest: Digest) -> str:
    kinds = (
        ("登记并回执", digest.accepted), ("请予补正", digest.correction), ("待人工核验", digest.review),
        ("待链接核验", digest.pending), ("与报送无关或重复", digest.ignored), ("处理未成功", digest.held),
    )  # fmt: skip
    return "，".join(f"{name}{count}封" for name, count in kinds if count)


def _units_section(digest: Digest) -> Section | None:
    """Who sent something in this period."""
    if not digest.units:
        return None
    rows = [Row(one_line(unit.unit, 60) or "单位待定", _unit_words(unit)) for unit in digest.units[:_UNITS_SHOWN]]
    if len(digest.units) > _UNITS_SHOWN:
        rows.append(Row("其余", f"{len(digest.units) - _UNITS_SHOWN}家，详见工作页面"))
    return Section("units", "", f"来信单位（共{len(digest.units)}家）", "", (Block(rows=tuple(rows)),))


def _unit_words(unit: UnitTraffic) -> str:
    kinds = (("登记并回执", unit.accepted), ("请予补正", unit.correction), ("待人工核验", unit.review), ("其他", unit.other))
    split = "，".join(f"{name}{count}封" for name, count in kinds if count)
    return f"{unit.received}封" + (f"（{split}）" if split else "")


def _progress_section(digest: Digest) -> Section | None:
    today = digest.until.astimezone(SHANGHAI).date()
    blocks = tuple(Block(f"{b.name}（{_countdown(b.deadline, today)}）", tuple(_progress(b))) for b in digest.batches)
    return Section("progress", "", "报送进度", "", blocks) if blocks else None


def _countdown(deadline: date, today: date) -> str:
    left = (deadline - today).days
    when = f"截止日期：{day(deadline)}"
    return f"{when}，已截止" if left < 0 else f"{when}，今天截止" if left == 0 else f"{when}，还有{left}天"


def _progress(batch: BatchProgress) -> Iterable[Row]:
    total = batch.complete + batch.incomplete + batch.review + batch.pending
    yield Row(
        "报送件",
        f"{total}件（齐全{batch.complete}件，待补正{batch.incomplete}件，待人工核验{batch.review}件，"
        f"待链接核验{batch.pending}件）",
    )
    if batch.units_in_register:
        missing = max(batch.units_in_register - batch.units, 0)
        yield Row("报送单位", f"{batch.units}家已报送，名册内尚有{missing}家未报送")
    if batch.missing:
        more = "等" if len(batch.missing) > _UNITS_SHOWN else ""
        yield Row("尚未报送", "、".join(one_line(unit, 60) for unit in batch.missing[:_UNITS_SHOWN]) + more, "attention")


def _difference(digest: Digest) -> int:
    """Mails that lie in the mailbox and not in the ledger. The other way round is no loss: people move and delete mail."""
    if digest.folders:
        return sum(max(folder.mailbox - folder.ledger, 0) for folder in digest.folders if folder.mailbox is not None)
    return max(digest.mailbox - digest.ledger, 0) if digest.mailbox is not None and digest.ledger is not None else 0


def _balance(name: str, mailbox: int | None, ledger: int) -> Row:
    if mailbox is None:
        return Row(name, f"邮箱暂时无法查询，未能核对；台账{ledger}封", "attention")
    gap = mailbox - ledger
    tone: Tone = "attention" if gap > 0 else "good" if gap == 0 else "plain"
    why = f"（有{gap}封尚未登记，请查看）" if gap > 0 else f"（{-gap}封登记后已移走或删除）" if gap < 0 else ""
    return Row(name, f"邮箱{mailbox}封，台账{ledger}封，差{abs(gap)}封{why}", tone)


def _balances(digest: Digest) -> list[Row]:
    if not digest.folders and digest.ledger is None:
        return [Row("邮箱与台账", "邮箱暂时无法查询，未能核对", "attention")]
    folders = digest.folders or (FolderCount("邮箱与台账", digest.mailbox, digest.ledger or 0),)
    return [_balance(one_line(folder.name, 60), folder.mailbox, folder.ledger) for folder in folders]


def _check_section(digest: Digest) -> Section:
    rows = _balances(digest)
    if digest.disk_free_mb is not None:
        free = digest.disk_free_mb
        rows.append(Row("磁盘剩余空间", f"{free / _MB_IN_GB:.1f}GB" if free >= _MB_IN_GB else f"{free}MB"))
    return Section("check", "", "核对", "", (Block(rows=tuple(rows)),))


def _staff_view(
    title: str,
    badge: str,
    tone: Tone,
    opening: tuple[str, ...],
    sections: tuple[Section, ...],
    now: datetime,
    closing: tuple[str, ...] = (),
) -> LetterView:
    return LetterView(
        kind="staff", title=title, badge=badge, tone=tone, salutation="各位同事：", opening=opening, words=(), facts=(),
        sections=sections, closing=closing, signature="报送邮箱程序", date=minute(now),
    )  # fmt: skip


def _mail(
    view: LetterView, subject: str, to: Sequence[str], from_address: str, from_name: str, letter_id: str, now: datetime
) -> StaffMail:
    text, html = render(view)
    subject = one_line(subject, 200)
    identity = mime.message_id(letter_id, from_address)
    headers = [
        ("From", mime.address(from_name, from_address, len("From: "))),
        ("To", ",\r\n ".join(mime.address("", one) for one in to)),
        ("Subject", mime.encode_words(subject, len("Subject: "))),
        ("Date", mime.date_value(now)),
        ("Message-ID", identity),
        *mime.automatic("auto-generated", letter_id),
    ]
    return StaffMail(tuple(to), subject, identity, text, html, mime.build(headers, text, html))
