"""Gathers what the ledger knows around one mail into the `core.decide.Case` that the pure decision looks at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.codec import decode
from core.decide import Case, Companion, Kind, LinkView, Rules
from core.duplicates import Earlier
from core.facts import Link, LinkState, MessageFacts
from core.findings import Finding
from core.link_report import LinkReport
from core.link_watch import last_proof, state_for
from core.materials import material_files
from core.receipt_number import find_receipt_numbers
from core.records import ItemRow, PendingLetter
from core.roles import unopened_parts
from core.sent_before import Ahead
from core.submission import Item
from core.unit_search import find_unit
from storage.colleagues import resources_of_colleagues
from storage.decided_answers import UNSENT
from storage.deciding import Deciding
from storage.fetch import links_of
from storage.later_versions import earlier_versions, messages_of
from storage.outbox import Outbox
from storage.rows import LinkRow, MessageRow
from storage.unopened import with_unopened_files, with_unsent_corrections

_NEAR = timedelta(days=7)
"""So far apart two mails of one sender may be and still be thought to belong together when a file could not be opened."""

_MONTH = timedelta(days=30)
"""So far apart a colleague's mail with a video may be from the form of its course."""

_KINDS: Mapping[str, Kind] = {"rejected": "unrelated", "accepted": "submission"}
"""What staff's word on a mail makes of it."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The case, with the rows it came from: their edit counters guard commit 2. `shared`: another mail's letter answers
    this one too. `sent`: kinds of this mail's own letters that have gone out. `cured_later`: later mails brought to all its
    items what a correction request asked for. `waiting`: item id -> other mails about it that wait for a link check."""

    case: Case
    known: tuple[ItemRow, ...]
    pending: tuple[PendingLetter, ...]
    shared: bool = False
    sent: frozenset[str] = frozenset()
    cured_later: bool = False
    waiting: Mapping[int, tuple[int, ...]] = field(default_factory=dict)


def gather(
    rules: Rules, outbox: Outbox, deciding: Deciding, row: MessageRow, facts: MessageFacts, views: Mapping[str, LinkView]
) -> Gathered:
    """Everything the decision about this mail depends on. `views`: fresh answers of the link check, by URL."""
    campaign = rules.campaign
    envelope = facts.envelope
    thread, numbers = _tie(facts)
    linked = _linked(campaign.key, deciding, facts)
    unit = row.reporting_unit if row.unit_source == "staff" else None
    guess = find_unit(facts, campaign, rules.register)
    known = deciding.open_items(
        campaign.key, reporting_unit=unit or (guess.name if guess else None), sender=envelope.sender,
        receipt_numbers=numbers, thread=thread, message_rows=(row.id,),
    )
    first = row.decisions == 0  # then the mail itself has left nothing behind that could be looked up
    own = () if first else deciding.items_of(row.id)
    known = (*known, *(item for item in own if item.id not in {entry.id for entry in known}))
    items = tuple(item_from_row(entry) for entry in known)
    own_ids = frozenset(item.id for item in own)
    ahead = deciding.without_items(envelope.sender, row.id) if envelope.sender else ()
    # Letters that this mail's own unsent one speaks for already: it goes on doing so while it touches their items.
    given_up = () if first else deciding.given_up_letters(row.id)
    emptied = _emptied(deciding, ahead, {letter.answer_id for letter in given_up})
    files_ahead = _files_ahead(deciding, ahead, row, {letter.answer_id for letter in given_up})
    unsent = deciding.pending_letters([entry.id for entry in known])
    pending = (*(p for p in unsent if p.message_id < row.id), *(p for p in given_up if p.message_id < row.id))
    sender, connection = envelope.sender or "", deciding.connection
    near = [deciding.facts(n) for n in with_unopened_files(connection, sender, row.id, row.received_at, _NEAR)]
    case = Case(
        id=row.id,
        facts=facts,
        received_at=row.received_at,
        known=items,
        linked=frozenset(item.id for item in linked),
        in_our_thread=bool(linked) or bool(outbox.find_by_header(*thread)),
        earlier=_earlier(deciding, row, facts),
        companions=lambda touched: _companions(campaign.key, outbox, deciding, pending, known, row.id, touched),
        emptied=tuple((letter.message_id, subject) for letter, subject in emptied),
        ahead=tuple(mail for mail, _ in files_ahead),
        links_before=_links_before(deciding, ahead, campaign.share_provider),
        links={**_stored_views(deciding, items, known, row, ahead, asking=rules.links_checked), **views},
        receipt_number=row.receipt_number,
        unit_by_staff=unit,
        kind_by_staff=_KINDS.get(row.staff_state or ""),
        waived=_nothing if first else _waived(deciding, row.id),
        unopened=tuple(part for other in near if other is not None for part in unopened_parts(other)),
        resources_elsewhere=lambda: _of_colleagues(deciding, campaign.share_provider, unit or (guess.name if guess else None), row, sender, items),
        early=with_unsent_corrections(connection, sender, row.id),
        own_items=own_ids,
        homes={} if first else deciding.homes(row.id),
        places={} if first else deciding.places(row.id),
    )
    answers = () if first else deciding.answers(row.id)
    shared = any(a.message_id != row.id and a.state != "suppressed" for a in answers)
    sent = frozenset(a.kind for a in answers if a.message_id == row.id and a.state == "sent")
    later = bool(own) and all(max(item.messages, default=0) > row.id for item in own)
    waiting = _waiting(deciding, known, row.id) if rules.links_checked else {}
    letters = (*pending, *(letter for letter, _ in emptied), *(letter for _, found in files_ahead for letter in found))
    return Gathered(case, known, letters, shared, sent, later, waiting)


def _waiting(deciding: Deciding, known: Iterable[ItemRow], own: int) -> dict[int, tuple[int, ...]]:
    """Other mails that wait for a link (pending, or for a person and unanswered yet), by the items they brought; not those with a
    link of their own that is asked about still: its answer has them decided."""
    pending: dict[int, bool] = {}
    others = {number for item in known for number in item.messages} - {own}
    links = links_of(deciding.connection, others) if others else {}
    for number in others:
        message = deciding.message(number)
        asked = any(_is_asked(link) for link in links.get(number, ()))
        unanswered = message is not None and message.verdict == "review" and not deciding.answers(number)
        pending[number] = message is not None and not asked and (message.verdict == "pending" or unanswered)
    return {item.id: tuple(number for number in item.messages if pending.get(number)) for item in known}


def _files_ahead(
    deciding: Deciding, ahead: Iterable[int], row: MessageRow, given_up: Collection[int]
) -> list[tuple[Ahead, tuple[PendingLetter, ...]]]:
    """The sender's mails of these days that brought files and no item, with their unsent requests."""
    found = []
    for number in ahead:
        message, facts = deciding.message(number), deciding.facts(number)
        if message is None or facts is None or row.received_at - message.received_at > _NEAR:
            continue
        if all(part.inline for part in facts.parts):
            continue
        letters = tuple(
            PendingLetter(a.id, number, a.kind, a.state, a.not_before) for a in deciding.answers(number)
            if a.message_id == number and a.kind == "correction" and (a.state in UNSENT or a.id in given_up)
        )
        found.append((Ahead(number, facts.envelope.subject, facts, bool(letters)), letters))
    return found


def _emptied(deciding: Deciding, ahead: Iterable[int], given_up: Collection[int]) -> list[tuple[PendingLetter, str]]:
    """Unsent letters about mails that brought nothing at all: the attachment was forgotten, and the next mail has it."""
    found = []
    for number in ahead:
        own = [answer for answer in deciding.answers(number) if answer.message_id == number]
        unsent = [answer for answer in own if answer.state in UNSENT or answer.id in given_up]
        facts = deciding.facts(number) if unsent else None
        if facts is None or any(not part.inline for part in facts.parts):
            continue
        found += [
            (PendingLetter(a.id, number, a.kind, a.state, a.not_before), facts.envelope.subject)
            for a in unsent
            if a.kind == "correction"
        ]
    return found


def _links_before(deciding: Deciding, ahead: tuple[int, ...], provider: str) -> tuple[Link, ...]:
    """Share links that the sender mailed without any form, newest first."""
    rows = links_of(deciding.connection, ahead) if ahead else {}
    return tuple(row.link for number in ahead for row in rows.get(number, ()) if row.link.provider == provider)


def _of_colleagues(
    deciding: Deciding, provider: str, unit: str | None, row: MessageRow, sender: str, known: Iterable[Item]
) -> tuple[str, ...]:
    """What colleagues of the unit sent without an item, but for links that some item has by now."""
    if unit is None:
        return ()
    found = resources_of_colleagues(deciding.connection, unit, sender, provider, row.received_at, _MONTH)
    used = {link.url for item in known for link in item.links}
    return tuple(name for name in found if name not in used)


def _earlier(deciding: Deciding, row: MessageRow, facts: MessageFacts) -> tuple[Earlier, ...]:
    """Candidates for "the very same mail": by Message-ID, by bytes, by files; only mails recorded before this one."""
    rows = {found.id: found for found in deciding.by_message_id(facts.envelope.message_id or "")}
    rows |= {found.id: found for found in deciding.by_raw_sha256(row.raw_sha256)}
    files = material_files(facts)
    for number in sorted(deciding.with_files(files))[:50]:
        if number not in rows and (message := deciding.message(number)) is not None:
            rows[number] = message
    earlier = []
    for found in sorted(rows.values(), key=lambda entry: entry.id):
        if found.id >= row.id or found.kind != "submission":
            continue
        theirs = deciding.facts(found.id)
        if theirs is not None:
            earlier.append(
                Earlier(
                    found.id, found.message_id, found.subject, found.raw_sha256, material_files(theirs), theirs.text,
                    found.sender, found.verdict, found.receipt_number,
                )
            )
    return tuple(earlier)


def _nothing(_: Finding) -> bool:
    return False


def _waived(deciding: Deciding, message: int) -> Callable[[Finding], bool]:
    """Whether staff waived this finding of this mail."""
    waivers = deciding.waivers(message)
    return lambda found: any(waiver.covers(found) for waiver in waivers)


def _tie(facts: MessageFacts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a mail refers to: Message-IDs of its thread, receipt numbers."""
    envelope = facts.envelope
    text = f"{envelope.subject}\n{facts.text[:20000]}\n{facts.quoted[:20000]}"
    return (*envelope.in_reply_to, *envelope.references), find_receipt_numbers(text)


def _linked(campaign: str, deciding: Deciding, facts: MessageFacts) -> tuple[ItemRow, ...]:
    """Items that the mail is tied to by its thread or by a receipt number."""
    thread, numbers = _tie(facts)
    return deciding.open_items(campaign, receipt_numbers=numbers, thread=thread) if numbers or thread else ()


def _answers_us(campaign: str, outbox: Outbox, deciding: Deciding, facts: MessageFacts) -> bool:
    """Whether the mail answers one of our letters, in the thread or by a receipt number: its subject is then ours."""
    thread, _ = _tie(facts)
    return bool(outbox.find_by_header(*thread)) or bool(_linked(campaign, deciding, facts))


def _companions(
    campaign: str, outbox: Outbox, deciding: Deciding, pending: Iterable[PendingLetter], known: Iterable[ItemRow], own: int,
    touched: frozenset[int],
) -> tuple[Companion, ...]:
    """Earlier mails whose letter has not gone out, where it speaks of one of the touched items: with all other mails that it
    answers, for it gives way as a whole."""
    items = [item for item in known if item.id in touched]
    found: dict[int, Companion] = {}
    for letter in pending:
        numbers = [number for number in (letter.message_id, *letter.companions) if number != own]
        if not any(number in item.messages for item in items for number in numbers):
            continue
        for number in numbers:
            facts, message = deciding.facts(number), deciding.message(number)
            if number in found or facts is None or message is None:
                continue
            found[number] = Companion(
                number, facts, message.received_at, tuple(item.id for item in known if number in item.messages), message.receipt_number,
                in_our_thread=_answers_us(campaign, outbox, deciding, facts),
                unit_by_staff=message.reporting_unit if message.unit_source == "staff" else None,
                waived=_waived(deciding, number),
                homes=deciding.homes(number),
                places=deciding.places(number),
            )
    return tuple(found.values())


def _stored_views(
    deciding: Deciding, items: Iterable[Item], known: Iterable[ItemRow], own: MessageRow, ahead: Collection[int], *, asking: bool
) -> dict[str, LinkView]:
    """What earlier checks said about the links of this mail, of those `ahead` of it and of the items it may touch. Unless
    `asking`, none is waited for: nobody would ever answer."""
    linked = {item.id for item in items if item.links}
    arrived = min(own.received_at, own.recorded_at)  # a date to come would be waited for
    messages = {message for row in known if row.id in linked for message in row.messages} | {own.id, *ahead}
    before = earlier_versions(deciding.connection, {number for number in linked if number is not None}) if linked else ()
    messages |= messages_of(deciding.connection, before)  # a new version keeps the links of the one before
    views: dict[str, LinkView] = {}
    found = links_of(deciding.connection, messages)
    for number in sorted(messages):  # of one address in several mails the newest says which code holds
        for link in found.get(number, ()):
            if link.checked_at is not None or link.settled_by is not None:
                views[link.link.url] = view_of(link, arrived, asking=asking)
    return views


def view_of(row: LinkRow, arrived: datetime, *, asking: bool = True) -> LinkView:
    """A stored link as the decision about a mail that arrived then sees it: pending while another try is due, lost if it
    was lost by then. A loss seen before the mail came is no word on it: a fresh look is asked for, if links are asked
    about at all (`asking`)."""
    state = state_for(row.link.state, row.lost_state, row.lost_at, arrived)
    report = decode(LinkReport, dict(row.report)) if row.report else None
    if asking and _may_be_mended(row, arrived):
        return LinkView(state, row.link.code, True, report, LinkState.UNCHECKED, row.id)
    if state is row.link.state or row.watch != "on" or row.settled_by is not None:
        return LinkView(state, row.link.code, asking and _is_asked(row), report)
    seen = last_proof(row.history) or row.lost_at
    if seen is not None and seen >= arrived:
        return LinkView(state, row.link.code, report=report)
    looked = row.checked_at is not None and row.checked_at >= arrived
    if asking and (not looked or row.tries > 0):
        return LinkView(state, row.link.code, True, report, row.link.state, None if looked else row.id)
    # Nobody will look, or nobody could: a person may. A share without a code has no state that says so.
    doubt = LinkState.UNCHECKED if row.link.code is not None else row.link.state
    return LinkView(state, row.link.code, report=report, meanwhile=doubt)


def _may_be_mended(row: LinkRow, arrived: datetime) -> bool:
    """Whether the link was faulty when an earlier mail brought it, and nobody has asked since this one came."""
    faulty = row.link.state in (LinkState.DEAD, LinkState.EXPIRED, LinkState.NOT_PERMANENT)
    asked = row.checked_at is None or row.checked_at >= arrived
    return faulty and not asked and row.watch is None and row.settled_by is None


def _is_asked(row: LinkRow) -> bool:
    """Whether the share service will be asked about it once more before anything is said."""
    return row.link.state is LinkState.UNCHECKED and row.next_check_at is not None and row.watch is None


def item_from_row(row: ItemRow) -> Item:
    """The item as the assembling stage left it, with what the ledger and staff changed since."""
    item = decode(Item, row.content.detail) if row.content.detail else _bare_item(row)
    return replace(
        item,
        id=row.id,
        category=row.content.category,
        title=row.content.title,
        applicant_unit=row.content.applicant_unit,
        reporting_unit=row.content.reporting_unit,
        batch=row.content.batch,
        sender=row.content.sender,
        receipt_number=row.content.receipt_number,
        state=row.content.state,
        version=row.content.version,
        paper_arrived=row.paper_arrived_at is not None,
        accepted_by_staff=row.staff_state == "accepted",
        rejected_by_staff=row.staff_state == "rejected",
        refused_at=row.staff_at if row.staff_state == "rejected" else None,
        fixed=tuple(sorted(row.overrides)),
        identical=False,
    )


def _bare_item(row: ItemRow) -> Item:
    content = row.content
    return Item(content.category, content.title, content.applicant_unit, fields=content.fields, lengths=content.lengths)
