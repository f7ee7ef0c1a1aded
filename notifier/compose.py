"""Composes a letter: plan in, complete mail out. Pure, the same input gives the same bytes.

The Message-ID comes from `letter_id` alone, so a letter sent twice after an unknown outcome is the same mail twice,
which mail programs show once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath

from core.campaign import Campaign
from core.letter import Letter, LetterPlan, Thread
from notifier import mime
from notifier.arrange import arrange
from notifier.plain import one_line
from notifier.templating import BUILT_IN, OwnWords, render
from notifier.wording import Wording

_REPLY_PREFIX = re.compile(r"\s*(?:re|回复|回覆|答复|答覆|回信)\s*(?:[\[(（]\d{1,3}[\])）]|\^\d{1,3})?\s*[:：]\s*", re.IGNORECASE)
_ANSWERS = ("receipt", "correction")


def compose(
    plan: LetterPlan,
    thread: Thread,
    campaign: Campaign,
    *,
    from_address: str,
    from_name: str,
    letter_id: str,
    now: datetime,
    blank_form: Callable[[str], bytes],
    own: OwnWords = BUILT_IN,
) -> Letter:
    """The letter that says what `plan` says, in the thread of `thread`.

    `letter_id`: stable name of this letter (`answer-<message>-<kind>`), gives the Message-ID. `now`: aware, dates the
    letter. `blank_form`: category key -> bytes of that category's empty form; what it raises is passed on. `own`: the
    office's own layout and sentences, checked before (`notifier.own_words`). Whatever `plan` and `thread` hold,
    nothing of it can add a header or a recipient. Raises BadTemplate for a faulty template of the office's own.
    """
    campaign = own.applied_to(campaign)
    attachments = _blank_forms(plan, campaign, blank_form)
    view = arrange(plan, thread, campaign, now, {key: file.name for key, file in attachments.items()})
    text, html = render(view, own)
    subject = _subject(plan, thread, campaign)
    identity = mime.message_id(letter_id, from_address)
    headers = _headers(plan, thread, subject, identity, from_address, from_name, letter_id, now)
    raw = mime.build(headers, text, html, tuple(attachments.values()))
    return Letter(plan.kind, thread.to, subject, identity, text, html, raw)


def _blank_forms(
    plan: LetterPlan, campaign: Campaign, blank_form: Callable[[str], bytes]
) -> dict[str, mime.Attachment]:
    known = {category.key: category for category in campaign.categories}
    attachments: dict[str, mime.Attachment] = {}
    for key in dict.fromkeys(plan.blank_forms):
        category = known.get(key)
        if category is None or not category.form.blank_file:
            continue
        suffix = PurePosixPath(category.form.blank_file).suffix
        attachments[key] = mime.Attachment(mime.file_name(category.form_name + suffix), blank_form(key))
    return attachments


def _subject(plan: LetterPlan, thread: Thread, campaign: Campaign) -> str:
    """回复：theirs, with reply prefixes of the past folded into one; letters that answer no mail have their own."""
    say = Wording(campaign.wording, {"campaign": campaign.name, "topic": campaign.topic})
    theirs = one_line(thread.subject, 200)
    if plan.kind not in _ANSWERS and not thread.message_id:
        return theirs or one_line(say(f"{plan.kind}_subject"), 200)
    while match := _REPLY_PREFIX.match(theirs):
        theirs = theirs[match.end() :]
    return one_line(say("reply_prefix") + (theirs.strip() or say("answer_subject")), 220)


def _headers(
    plan: LetterPlan,
    thread: Thread,
    subject: str,
    identity: str,
    from_address: str,
    from_name: str,
    letter_id: str,
    now: datetime,
) -> list[tuple[str, str]]:
    answered = mime.usable_ids([thread.message_id])
    before = [known for known in mime.usable_ids(thread.references) if known not in answered]
    references = mime.bounded_references([*before, *answered])
    replied = plan.kind in _ANSWERS or (plan.kind == "free" and bool(answered))
    headers = [
        ("From", mime.address(from_name, from_address, len("From: "))),
        ("To", mime.address(thread.to_name, thread.to, len("To: "))),
        ("Subject", mime.encode_words(subject, len("Subject: "))),
        ("Date", mime.date_value(now)),
        ("Message-ID", identity),
    ]
    if answered:
        headers.append(("In-Reply-To", answered[0]))
    if references:
        headers.append(("References", "\r\n ".join(references)))
    return [*headers, *mime.automatic("auto-replied" if replied else "auto-generated", letter_id)]
