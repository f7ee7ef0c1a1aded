"""Judging: every rule is a small pure function; the rules are this one table. All findings are collected, none raises.

After the table the verdict of the message and the state of each item follow from severities alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from core.findings import Finding, Severity
from core.rules import course_rules, file_rules, form_rules, link_rules, scan_rules, subject_rules, time_rules
from core.submission import Item, ItemState, Submission

Verdict = Literal["accepted", "correction", "review", "ignored", "pending", "held"]
Rule = Callable[[Submission], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    subject_rules.subject_topic,     # subject.no_topic
    subject_rules.subject_unit,      # subject.no_unit
    subject_rules.subject_form,      # subject.irregular
    subject_rules.unit_known,        # unit.unknown
    file_rules.mail_empty,           # mail.empty
    file_rules.mail_malformed,       # mail.malformed
    file_rules.file_readable,        # attachment.unreadable, scan.unreadable
    file_rules.file_allowed,         # attachment.blocked
    file_rules.file_expiring,        # attachment.cloud_expiring
    file_rules.file_named,           # attachment.name_irregular
    file_rules.unclear,              # submission.unclear
    file_rules.told_in_words,        # submission.unclear
    form_rules.form_present,         # form.missing
    form_rules.form_filled,          # form.blank
    form_rules.form_fields,          # form.field_missing, submission.unclear
    form_rules.form_length,          # form.too_long
    form_rules.form_phones,          # form.phone_invalid
    form_rules.form_readable,        # form.unreadable
    scan_rules.scan_present,         # scan.missing
    scan_rules.scan_whose,           # submission.unclear
    scan_rules.scan_sealed,          # scan.no_seal, scan.seal_uncertain
    scan_rules.scan_matching,        # scan.mismatch
    scan_rules.scan_readable,        # scan.unreadable
    course_rules.course_consent,     # course.consent_missing
    course_rules.course_video,       # course.video_missing
    course_rules.course_address,     # course.address_missing
    link_rules.link_code,            # link.code_missing
    link_rules.link_state,           # link.code_wrong, .dead, .expired, .not_permanent, .unchecked
    link_rules.link_contents,        # link.no_video
    link_rules.link_elsewhere,       # link.other_place
    time_rules.deadline_mail,        # deadline.late, deadline.closed
    time_rules.versions,             # submission.superseded, submission.sender_changed
    time_rules.refused,              # submission.unclear
)

FOR_STAFF: tuple[Rule, ...] = (subject_rules.unit_known, file_rules.mail_malformed, file_rules.told_in_words)
"""All that is asked of a mail that says something in words only."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`findings`: all, in the order of `RULES`, for the record; `counting`: those that staff have not set aside, the only
    ones a letter may tell. The message's verdict; the items with their states and batches."""

    findings: tuple[Finding, ...]
    counting: tuple[Finding, ...]
    verdict: Verdict
    items: tuple[Item, ...]


def judge(s: Submission, waived: Callable[[Finding], bool] = lambda found: False) -> Judgement:
    """Apply every rule to a submission. Findings that staff `waived`, and all about an item that staff accepted, stay on
    record and no longer count. Pure."""
    findings = [found for rule in (FOR_STAFF if s.for_staff else RULES) for found in rule(s)]
    counting = [found for found in findings if not waived(found) and not _accepted(s, found)]
    items: list[Item] = []
    for index, item in enumerate(s.items):
        state = _item_state(s, index, item, counting)
        placed = _place(s, replace(item, state=state))
        if placed.late_from is not None and item.late_from is None:
            shown = replace(s, items=(*items, placed, *s.items[index + 1 :]))
            late = [f for f in time_rules.versions(shown) if f.item == index and f.code == "deadline.late"]
            findings += late
            counting += late
        items.append(placed)
    return Judgement(tuple(findings), tuple(counting), _verdict(s, counting), tuple(items))


def _accepted(s: Submission, found: Finding) -> bool:
    """A reminder about an accepted item may still be told; a fault of it may not. Of an item that staff refused nothing
    is told: they answer themselves; of one sent again in its place, no fault."""
    if found.item is None:
        return False
    item = s.items[found.item]
    if item.refused_before and found.severity is Severity.ERROR:
        return True
    return item.rejected_by_staff or (item.accepted_by_staff and found.severity is not Severity.NOTE)


def _item_state(s: Submission, index: int, item: Item, findings: list[Finding]) -> ItemState:
    if item.state == "superseded":
        return "superseded"
    if item.rejected_by_staff:
        return "incomplete"
    severities = {found.severity for found in findings if found.item == index}
    if Severity.ERROR in severities:
        return "incomplete"
    if Severity.REVIEW in severities:
        return "review"
    return "pending" if s.links_pending and item.links else "complete"


def _place(s: Submission, item: Item) -> Item:
    """The item with the batch it counts for: the one it was completed in time for.

    An item begun in one batch and completed after its deadline moves to the next, and the letter says so.
    """
    batch = s.placement.batch
    if "batch" in item.fixed:
        return item
    if item.batch is None or batch is None:
        return replace(item, batch=item.batch or batch)
    if item.was_complete or item.batch >= batch or item.state != "complete":
        return item
    return replace(item, batch=batch, late_from=item.batch)


def _verdict(s: Submission, findings: list[Finding]) -> Verdict:
    if s.items and all(item.rejected_by_staff for item in s.items):
        return "review" if any(found in findings for found in time_rules.refused(s)) else "ignored"
    severities = {found.severity for found in findings}
    if Severity.ERROR in severities:
        return "correction"
    if Severity.REVIEW in severities:
        return "review"
    return "pending" if s.links_pending else "accepted"
