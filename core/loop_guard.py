"""May this mail be answered by a program, and at which address? (RFC 3834; providers page, part E)

Answers never go to automatic mail, lists, bounces, no-reply senders or ourselves, and only so many a day to anyone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from core.facts import Envelope
from core.letter import Thread
from core.settings import AnswerSettings

HEADERS = (
    "auto-submitted", "precedence", "list-id", "list-unsubscribe", "list-post", "list-help", "list-subscribe", "list-owner",
    "list-archive", "mailing-list", "x-mailing-list", "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply",
    "x-autoreply-from", "x-mail-autoreply", "x-qq-autoreply", "x-auto-response-suppress", "x-failed-recipients", "x-loop",
    "x-baosong-letter", "delivered-to", "return-path",
)
"""Headers, in lower case, that `Envelope.headers` must carry for the functions below."""

OWN_HEADER = "x-baosong-letter"
_AUTO_HEADERS = (
    "x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-autoreply-from", "x-mail-autoreply", "x-qq-autoreply"
)
_LIST_HEADERS = (
    "list-id", "list-unsubscribe", "list-post", "list-help", "list-subscribe", "list-owner", "list-archive", "mailing-list", "x-mailing-list"
)
_NO_REPLY = re.compile(
    r"(?:.*[._-])?(?:no|not?|do[._-]?not)[._-]?reply(?:[._+-].*)?|.*noreply.*|mailer[._-]?daemon.*|postmaster|bounces?(?:[._+-].*)?|.*-bounces?|"
    r"notif(?:y|ications?|ier)(?:[._+-].*)?|system(?:[._-]?(?:mail|admin|message|notice))?|sysadmin|daemon|root|nobody|owner-.*|.*-request|"
    r"alerts?|automail(?:er)?|autoresponder|newsletters?|mailing|listserv|majordomo|mail[._-]?admin|abuse|edm|service[._-]?notice"
)
_ADDRESS = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Answers sent or under way: to this address and in this thread within a day; in all within an hour and a day."""

    address_day: int = 0
    thread_day: int = 0
    hour: int = 0
    day: int = 0


def find_automatic(envelope: Envelope) -> str | None:
    """What in the headers proves that a machine wrote this mail by itself; None if nothing does.

    `X-Auto-Response-Suppress` is no such proof: Exchange also puts it on what people write.
    """
    auto = _header(envelope, "auto-submitted")
    if auto and auto.split(";")[0].strip() != "no":
        return "auto-submitted"
    if any(_header(envelope, name) for name in _AUTO_HEADERS):
        return "auto-reply header"
    if _words(_header(envelope, "precedence")) & {"auto_reply", "auto-reply", "autoreply"}:
        return "precedence"
    if "autoresponder" in _header(envelope, "delivered-to"):
        return "auto-reply header"
    return None


def find_list(envelope: Envelope) -> str | None:
    """What in the headers says that this mail went to a list of people; None if nothing does."""
    if any(_header(envelope, name) for name in _LIST_HEADERS):
        return "list"
    if _words(_header(envelope, "precedence")) & {"bulk", "list", "junk"}:
        return "precedence"
    return None


def has_null_return_path(envelope: Envelope) -> bool:
    """Whether the envelope sender was empty (`Return-Path: <>`), as bounces and receipts have it."""
    written = envelope.headers.get("return-path", envelope.return_path)
    return written is not None and written.strip().strip("<>").strip() == ""


def is_no_reply(address: str) -> bool:
    """Whether an address belongs to a machine that reads no answers (noreply@, mailer-daemon@, bounce-…@)."""
    return _NO_REPLY.fullmatch(address.partition("@")[0].strip().lower()[:100]) is not None


def is_own(envelope: Envelope, own_addresses: Collection[str], own_domain_marker: str = "") -> bool:
    """Whether we sent this mail ourselves: our address, our header, or a Message-ID made here.

    `own_domain_marker`: what only our own Message-IDs end with, such as `sdsqedu@163.com` in `<a1.sdsqedu@163.com>`;
    a domain shared with others is none.
    """
    own = {address.strip().lower() for address in own_addresses}
    if envelope.sender and envelope.sender.strip().lower() in own:
        return True
    if _header(envelope, OWN_HEADER) or _header(envelope, "x-loop").strip("<>") in own - {""}:
        return True
    marker = own_domain_marker.strip().lower().lstrip("@")
    own_id = (envelope.message_id or "").strip().strip("<>").lower()
    return bool(marker) and own_id.endswith((f".{marker}", f"@{marker}"))


def may_answer(envelope: Envelope, kind: str, own_addresses: Collection[str], own_domain_marker: str = "") -> str | None:
    """None if an automatic answer may go out, else the reason why not.

    A sender who asks for no automatic answer (`X-Auto-Response-Suppress: All` or `AutoReply`) gets none, although the
    mail may well be a person's: the letter is then kept, and a clerk can send it. The other values of that header ask
    for no delivery or read receipts and no vacation notices, which this program never sends.
    """
    if kind != "submission":
        return kind.replace("_", " ")
    if is_own(envelope, own_addresses, own_domain_marker):
        return "own mail"
    if has_null_return_path(envelope):
        return "null return path"
    if "multipart/report" in envelope.content_type.lower():
        return "report"
    found = find_automatic(envelope) or find_list(envelope)
    if found is not None:
        return found
    if _words(_header(envelope, "x-auto-response-suppress")) & {"all", "autoreply"}:
        return "answers suppressed by sender"
    if envelope.sender and is_no_reply(envelope.sender):
        return "no-reply sender"
    address = answer_address(envelope)
    if address is None:
        return "no address"
    if address[0] in {own.strip().lower() for own in own_addresses}:
        return "own mail"
    return None


def answer_address(envelope: Envelope) -> tuple[str, str] | None:
    """Address and name for the answer: Reply-To if it is sane and of the sender's own domain, else From.

    A Reply-To in another domain is not followed: whoever forges it would have us write to a stranger.
    """
    sender = _sane(envelope.sender)
    other = _sane(envelope.reply_to)
    if sender is None:
        return None
    if other is not None and other != sender and not is_no_reply(other) and _same_domain(sender, other):
        return other, ""
    return sender, envelope.sender_name


def within_caps(counts: AnswerCounts, settings: AnswerSettings) -> str | None:
    """The cap that one more answer would break: `address`, `thread`, `hour` or `day`; None if it breaks none."""
    caps = (
        ("address", counts.address_day, settings.per_address_day),
        ("thread", counts.thread_day, settings.per_thread_day),
        ("hour", counts.hour, settings.per_hour),
        ("day", counts.day, settings.per_day),
    )
    return next((name for name, sent, cap in caps if sent >= cap), None)


def _header(envelope: Envelope, name: str) -> str:
    return envelope.headers.get(name, "").strip().lower()


def _words(value: str) -> set[str]:
    return set(re.split(r"[\s,;]+", value)) - {""}


def _sane(address: str | None) -> str | None:
    """The address in lower case if mail can be sent to it, else None."""
    bare = (address or "").strip().strip("<>").lower()
    return bare if len(bare) <= 254 and _ADDRESS.fullmatch(bare) and ".." not in bare else None


def _same_domain(one: str, other: str) -> bool:
    """Equal domains, or one within the other (mail.jn.gov.cn and jn.gov.cn)."""
    a, b = one.rpartition("@")[2], other.rpartition("@")[2]
    shorter, longer = sorted((a, b), key=len)
    return a == b or (longer.endswith(f".{shorter}") and shorter.count(".") >= 1 and shorter not in _PUBLIC)


_PUBLIC = frozenset({"com.cn", "edu.cn", "gov.cn", "net.cn", "org.cn", "ac.cn", "sd.cn", "com.hk", "com.tw", "co.uk"})


def thread_of(envelope: Envelope | None, to: str, subject: str) -> Thread:
    """The thread of a letter to the address `to` that answers the mail with this envelope; None: it answers none, and bears
    `subject`."""
    if envelope is None:
        return Thread(to, "", subject, None)
    found = answer_address(envelope)
    name = found[1] if found and found[0] == to else ""
    return Thread(to, name, envelope.subject, envelope.message_id, (*envelope.references, *envelope.in_reply_to))
