"""Finding codes with their severity: the vocabulary of everything the program may say about a submission.

The list and the severities come from the notice by way of the domain page; `error` asks the submitter to correct,
`review` is for a person at the office only, `note` is a friendly line inside the receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    REVIEW = "review"
    NOTE = "note"


E, R, N = Severity.ERROR, Severity.REVIEW, Severity.NOTE

SEVERITY: dict[str, Severity] = {
    "subject.no_topic": E,
    "subject.no_unit": E,
    "subject.irregular": N,
    "unit.unknown": R,
    "mail.empty": E,
    "mail.malformed": R,
    "mail.duplicate": N,
    "attachment.name_irregular": N,
    "attachment.unreadable": E,
    "attachment.blocked": E,
    "attachment.cloud_expiring": E,
    "form.missing": E,
    "form.blank": E,
    "form.field_missing": E,
    "form.too_long": N,
    "form.phone_invalid": N,
    "form.unreadable": R,
    "scan.missing": E,
    "scan.no_seal": E,
    "scan.seal_uncertain": R,
    "scan.mismatch": R,
    "scan.unreadable": R,
    "course.consent_missing": E,
    "course.video_missing": E,
    "course.address_missing": E,
    "link.code_missing": E,
    "link.code_wrong": E,
    "link.dead": E,
    "link.expired": E,
    "link.not_permanent": E,
    "link.unchecked": R,
    "link.no_video": R,
    "link.other_place": N,
    "deadline.late": N,
    "deadline.closed": R,
    "submission.superseded": N,
    "submission.sender_changed": R,
    "submission.unclear": R,
}

STRICT_ERRORS = frozenset({"subject.irregular", "attachment.name_irregular"})
"""Notes that a campaign with `strict = true` turns into errors."""

POSTPONED = frozenset(
    {
        "form.missing", "scan.missing", "scan.no_seal", "mail.empty", "course.video_missing", "course.address_missing",
        "course.consent_missing", "link.code_missing", "attachment.cloud_expiring",
    }
)
"""Errors that a companion mail a few minutes later may cure: their letter waits for the grace period."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed. `text`: a Chinese sentence that says what is wrong and how to mend it, fit to be read by the
    submitter when `severity` is error or note, by staff when it is review. `item`, `attachment`: indices into the
    record's lists. `evidence`: what was seen, for staff."""

    code: str
    severity: Severity
    text: str
    item: int | None = None
    attachment: int | None = None
    field: str | None = None
    limit: int | None = None
    actual: int | None = None
    evidence: str = ""


def finding(
    code: str,
    text: str,
    *,
    item: int | None = None,
    attachment: int | None = None,
    field: str | None = None,
    limit: int | None = None,
    actual: int | None = None,
    evidence: str = "",
    strict: bool = False,
) -> Finding:
    """A finding with the severity of its code. Raises KeyError for a code that is not in `SEVERITY`."""
    severity = Severity.ERROR if strict and code in STRICT_ERRORS else SEVERITY[code]
    return Finding(code, severity, text, item, attachment, field, limit, actual, evidence)
