"""Words alerts and the daily digest for staff, as mails and as texts for group robots. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from core.digest import BatchProgress, Digest, StaffAlert, StaffMail
from notifier import mime
from notifier.plain import one_line, sentence
from notifier.templating import render
from notifier.view import Block, LetterView, Point, Row, Section, Tone
from notifier.wording import day, minute, numeral

_TODO_SHOWN = 50
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
    first = alerts[0]
    mark = "已恢复" if all(alert.resolved for alert in alerts) else "需要处理"
    more = f"等{len(alerts)}项" if len(alerts) > 1 else ""
    return f"报送邮箱{mark}：{one_line(first.text, 60).rstrip('。')}{more}"


def alert_text(alerts: Sequence[StaffAlert]) -> str:
    """The alerts as lines for a group robot."""
    return "\n".join(_alert_line(alert) for alert in alerts)


def digest_text(digest: Digest, now: datetime) -> str:
    """The digest as plain text, as in the mail."""
    return render(_digest_view(digest, now))[0]


def _alert_line(alert: StaffAlert) -> str:
    state = "已恢复：" if alert.resolved else ""
    mend = f"处理办法：{sentence(alert.mend)}" if alert.mend and not alert.resolved else ""
    return f"{state}{sentence(alert.text)}{mend}（{minute(alert.since)}起）"


def _alert_view(alerts: Sequence[StaffAlert], now: datetime) -> LetterView:
    over = all(alert.resolved for alert in alerts)
    points = tuple(Point(_alert_line(alert), number) for number, alert in enumerate(alerts, 1))
    tone: Tone = "good" if over else "attention"
    heading = "已恢复的事项" if over else f"需要处理的事项（共{len(alerts)}项）"
    opening = "以下事项已恢复正常，特此告知。" if over else "报送邮箱程序遇到以下情况，需要人工处理。"
    section = Section("problems", "一", heading, "", (Block(points=points),), tone)
    return _staff_view("报送邮箱提醒", "已恢复" if over else "需要处理", tone, (opening,), (section,), now)


def _digest_view(digest: Digest, now: datetime) -> LetterView:
    difference = _difference(digest)
    todo_total = max(digest.todo_total, len(digest.todo))
    opened = [alert for alert in digest.alerts if not alert.resolved]
    calm = not (todo_total or opened or difference or digest.failed or digest.held)
    sections = [
        section
        for section in (
            _alerts_section(opened), _todo_section(digest, todo_total), _traffic_section(digest),
            _progress_section(digest), _check_section(digest, difference),
        )
        if section
    ]
    numbered = tuple(
        Section(s.kind, numeral(number), s.heading, s.lead, s.blocks, s.tone) for number, s in enumerate(sections, 1)
    )
    badge = "一切正常" if calm else f"待处理{todo_total + len(opened)}项" if todo_total or opened else "请留意核对结果"
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
    kinds = (
        ("登记并回执", digest.accepted), ("请予补正", digest.correction), ("待人工核验", digest.review),
        ("待链接核验", digest.pending), ("与报送无关或重复", digest.ignored), ("处理未成功", digest.held),
    )  # fmt: skip
    split = "，".join(f"{name}{count}封" for name, count in kinds if count)
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


def _progress_section(digest: Digest) -> Section | None:
    blocks = tuple(Block(f"{b.name}（截止日期：{day(b.deadline)}）", tuple(_progress(b))) for b in digest.batches)
    return Section("progress", "", "报送进度", "", blocks) if blocks else None


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


def _difference(digest: Digest) -> int:
    return (digest.mailbox - digest.ledger) if digest.mailbox is not None and digest.ledger is not None else 0


def _check_section(digest: Digest, difference: int) -> Section:
    rows = []
    if digest.mailbox is None:
        rows.append(Row("邮箱与台账", "邮箱暂时无法查询，未能核对", "attention"))
    elif digest.ledger is not None:
        tone: Tone = "attention" if difference else "good"
        rows.append(Row("邮箱与台账", f"邮箱{digest.mailbox}封，台账{digest.ledger}封，相差{abs(difference)}封", tone))
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
