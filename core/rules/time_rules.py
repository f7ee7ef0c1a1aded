"""Rules about batches, versions and what staff refused (notice, section four)."""

from __future__ import annotations

from collections.abc import Iterable

from core.findings import Finding, finding
from core.rules.common import attachment_of, called, current_items
from core.submission import Submission


def deadline_mail(s: Submission) -> Iterable[Finding]:
    """`deadline.late` when the mail names a batch that is over; `deadline.closed` after the last one."""
    if s.placement.closed:
        last = max(s.campaign.batches, key=lambda batch: batch.deadline)
        until = f"{last.deadline.year}年{last.deadline.month}月{last.deadline.day}日"
        yield finding("deadline.closed", f"来信晚于最后一批截止日期（{until}），是否受理请人工决定。")
    elif s.placement.late and s.placement.batch is not None:
        name = s.campaign.batch(s.placement.batch).name
        yield finding("deadline.late", f"来信所注批次的报送时间已过，本次材料计入{name}。")


def versions(s: Submission) -> Iterable[Finding]:
    """`submission.superseded`, `submission.sender_changed`, `submission.unclear` for what may be no version of the other, and
    `deadline.late` for an item completed too late."""
    for index, item in enumerate(s.items):
        if item.state == "superseded":
            yield finding("submission.superseded", f"{called(s, item)}已由后来报送的版本替换。", item=index)
    for index, item in current_items(s):
        if item.supersedes is not None:
            text = f"{called(s, item)}此前报送的版本已由本次材料替换。"
            yield finding("submission.superseded", text, item=index)
        if item.late_from is not None and item.batch is not None:
            before, after = s.campaign.batch(item.late_from).name, s.campaign.batch(item.batch).name
            text = f"{called(s, item)}的材料在{before}截止之后方才齐全，计入{after}。"
            yield finding("deadline.late", text, item=index)
        if item.question is not None:
            yield finding("submission.unclear", f"{called(s, item)}{item.question}。", item=index, attachment=attachment_of(s, item.word))
        if item.other_sender is not None:
            text = f"{called(s, item)}此前由{item.other_sender}报送，本次来自另一邮箱，两个版本均已保留，请人工选定。"
            yield finding("submission.sender_changed", text, item=index, evidence=item.other_sender)


def refused(s: Submission) -> Iterable[Finding]:
    """`submission.unclear`: material for something that staff have rejected: they deal with it, and answer it, themselves."""
    for index, item in current_items(s):
        if item.refused_before:
            text = f"{called(s, item)}此前经人工审核未予采纳，现再次报送，请人工处理。"
            yield finding("submission.unclear", text, item=index)
        elif item.rejected_by_staff and item.refused_at is not None and s.received_at > item.refused_at:
            yield finding("submission.unclear", f"来信涉及{called(s, item)}，该件此前经人工审核未予采纳，请人工处理。")
