"""What staff and the unit are told when a link of an accepted item does not open any more. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.campaign import Campaign
from core.facts import Link, LinkState
from core.findings import finding
from core.letter import LetterItem, LetterPlan
from core.rules.link_rules import PROVEN
from core.submission import Item

LOST_WORDS = {
    LinkState.DEAD: "已失效", LinkState.EXPIRED: "已过期", LinkState.NOT_PERMANENT: "变为有期限的分享",
    LinkState.CODE_WRONG: "的提取码已不能打开", LinkState.CODE_MISSING: "现在需要提取码",
}  # fmt: skip
"""What has become of a link, for staff."""


_NOW = {LinkState.CODE_MISSING: ("link.code_missing", "现在需要提取码方能打开。烦请告知提取码，或重新分享后将链接和提取码发来。")}
"""What is proof only of a share that opened without a code before."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A lost link of an accepted item. `state`: how it was lost."""

    item: Item
    link: Link
    state: LinkState


@dataclass(frozen=True, slots=True)
class Written:
    """The mail in whose thread the unit is written to."""

    received_at: datetime
    subject: str
    receipt_number: str | None


def alert_text(loss: Loss, link_id: int, campaign: Campaign) -> str:
    """The sentence that staff read."""
    item, word = loss.item, LOST_WORDS.get(loss.state, "打不开")
    title = f"《{item.title.strip('《》')}》" if item.title else "（名称未填）"
    unit = item.reporting_unit or item.applicant_unit or "报送单位待定"
    return f"{unit}{title}的{campaign.share_name}链接{word}：{loss.link.url}（链接{link_id}，请用 baosong link {link_id} 查看）。"


def plan_loss_letter(losses: Sequence[Loss], mail: Written, campaign: Campaign) -> LetterPlan:
    """One letter about all these losses, which belong to one submitter."""
    by_item: dict[int | None, list[Loss]] = {}
    for loss in losses:
        by_item.setdefault(loss.item.id, []).append(loss)
    items = tuple(_letter_item(mine, campaign, index) for index, mine in enumerate(by_item.values()))
    first = losses[0].item
    batch = next((spec for spec in campaign.batches if spec.number == first.batch), None)
    unit = next((loss.item.reporting_unit for loss in losses if loss.item.reporting_unit), None)
    return LetterPlan(
        kind="link_dead",
        unit=unit,
        receipt_number=mail.receipt_number or first.receipt_number or "",
        received_at=mail.received_at,
        subject_received=mail.subject,
        batch_name=batch.name if batch else None,
        deadline=batch.deadline if batch else None,
        items=items,
        right_subject=campaign.right_subject(unit) if unit else "",
    )


def _letter_item(losses: Sequence[Loss], campaign: Campaign, index: int) -> LetterItem:
    item = losses[0].item
    spec = campaign.category(item.category)
    problems = []
    for loss in losses:
        code, text = (PROVEN | _NOW)[loss.state]
        problems.append(finding(code, f"{campaign.share_name}链接{loss.link.url}{text.format(code=loss.link.code or '')}", item=index))
    return LetterItem(
        category=item.category, category_name=spec.name, title=item.title, applicant_unit=item.applicant_unit, word=None,
        scans=(), seal=None, links=tuple(replace(loss.link, state=loss.state) for loss in losses), complete=False,
        problems=tuple(problems),
    )  # fmt: skip
