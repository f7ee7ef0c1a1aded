"""Header fields to an `Envelope`. mail-parser's view counts where it agrees with the bytes; our own reading of the
bytes stands where the view is empty, shows lost characters, or found other addresses."""

from __future__ import annotations

from core.facts import Envelope
from core.loop_guard import HEADERS
from parsers.addresses import Person, find_date, find_id, find_ids, find_people
from parsers.charset import decode_header, decode_raw
from parsers.mail_view import View
from parsers.mime_headers import Headers

KEPT_HEADERS = frozenset(HEADERS) | {
    *(
        "x-mailer",
        "user-agent",
        "received",
        "content-type",
        "reply-to",
        "sender",
        "feedback-id",
        "authentication-results",
    ),
    *("x-original-to", "errors-to", "importance", "disposition-notification-to", "return-receipt-to", "x-spam-flag"),
    *(
        "x-cm-transid",
        "x-qq-mid",
        "date",
        "from",
        "to",
        "in-reply-to",
        "message-id",
        "resent-from",
        "x-mailman-version",
    ),
    *("x-campaign", "x-vacation", "x-ms-exchange-generated-message-source", "x-ms-exchange-inbox-rules-loop"),
}
"""Header names kept in `Envelope.headers`: what loop guards and staff look at."""
_JOINED = ("delivered-to", "precedence")  # any of their values may tell that a machine wrote

_PREFIXES = ("x-baosong", "list-", "x-auto", "auto-")
_LONGEST = 2000
_MOST_PEOPLE = 200


def read_envelope(headers: Headers, view: View | None) -> Envelope:
    """The envelope of a mail. Never raises for any header."""
    senders = _people(headers, "from", view.sender if view else ())
    answered_to = _people(headers, "reply-to", view.reply_to if view else ())
    recipients = (
        *_people(headers, "to", view.to if view else ()),
        *_people(headers, "cc", view.cc if view else ()),
    )
    writer = next(iter(senders or find_people(_raw_text(headers, "sender"))), None)
    return_path = headers.raw("return-path")
    media_type, params = headers.structured("content-type")
    report = params.get("report-type", "").lower()
    kept = _kept(headers)
    return Envelope(
        message_id=find_id(_raw_text(headers, "message-id")),
        subject=_agreed(view.subject if view else "", headers.text("subject")),
        sender=writer.address if writer else None,
        sender_name=writer.name if writer else "",
        reply_to=answered_to[0].address if answered_to else None,
        return_path=None if return_path is None else _address(decode_raw(return_path)),
        to=tuple(dict.fromkeys(person.address for person in recipients[:_MOST_PEOPLE])),
        date=(view.date if view else None) or find_date(headers.text("date")),
        in_reply_to=find_ids(_raw_text(headers, "in-reply-to")),
        references=find_ids(_raw_text(headers, "references")),
        content_type=f"{media_type}; report-type={report}" if report else media_type,
        mailer=(kept.get("x-mailer") or headers.text("x-qq-mailer") or kept.get("user-agent") or "")[:200],
        headers=kept,
    )


def _raw_text(headers: Headers, name: str) -> str:
    """A value as text with its encoded words still encoded."""
    raw = headers.raw(name)
    return decode_raw(raw) if raw is not None else ""


def _address(value: str) -> str:
    """The bare address of a Return-Path; "" for the null sender `<>`."""
    people = find_people(value)
    return people[0].address if people else ""


def _people(headers: Headers, name: str, seen: tuple[tuple[str, str], ...]) -> tuple[Person, ...]:
    """The people in an address header. The view's names are taken where it found the same addresses."""
    own = find_people(_raw_text(headers, name))
    viewed = tuple(Person(shown, address.lower()) for shown, address in seen)
    if [person.address for person in own] != [person.address for person in viewed]:
        return own
    return tuple(
        Person(_agreed(theirs.name, mine.name), mine.address) for mine, theirs in zip(own, viewed, strict=True)
    )


def _agreed(viewed: str, own: str) -> str:
    """The view's text unless characters are missing in it: then it differs from what the bytes say."""
    return viewed if "".join(viewed.split()) == "".join(own.split()) and viewed.strip() == viewed else own


def _kept(headers: Headers) -> dict[str, str]:
    """The topmost value of each kept name (servers write on top, so that is the one they vouch for). An Auto-Submitted
    that is not "no" wins over one that is."""
    kept: dict[str, str] = {}
    for name, raw in headers.items:
        if name not in KEPT_HEADERS and not name.startswith(_PREFIXES):
            continue
        known = kept.get(name)
        if known is None or (name == "auto-submitted" and known.strip().lower() in ("", "no")):
            kept[name] = decode_header(raw[:_LONGEST])
        elif name in _JOINED and len(known) < _LONGEST:
            kept[name] = f"{known}, {decode_header(raw[:200])}"
    return kept
