"""Deciding about one mail: what it is, which items it makes or changes, the verdict, and which letter, if any.

Everything the decision depends on comes in as one `Case`; the outcome is one `Decision`. No clock, no database: the
same case always gives the same decision, so a mail can be judged again after a rule changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from core.assemble import Assembly, assemble
from core.batches import find_batch_named, place_in_batch
from core.campaign import Campaign
from core.compare import settle_scans
from core.duplicates import Earlier, find_duplicate
from core.facts import Link, LinkState, MessageFacts, Part
from core.findings import POSTPONED, Finding, Severity, finding
from core.followup import answers_consent, find_late_code, says_link_is_mended, told_in_words
from core.judge import Judgement, Verdict, judge
from core.kind import classify
from core.known_items import Context
from core.letter import LetterPlan, Thread
from core.link_report import LinkReport
from core.loop_guard import answer_address, may_answer, thread_of
from core.materials import material_links
from core.merge import Merged, merge
from core.placing import Homes
from core.plan import BY_STAFF, nothing_left, plan_letter
from core.register import Register
from core.roles import find_roles, unopened_parts
from core.sent_before import Ahead, with_links_before, with_sent_before
from core.subject import read_subject
from core.submission import Item, PartRole, Submission
from core.touching import bare_courses, lacks_resource, rivals_of, same_trouble, touched_items
from core.unit_search import UnitGuess, find_unit
from core.withdrawal import TAKEN_BACK, takes_back

Kind = Literal["submission", "unrelated", "auto_reply", "bounce", "duplicate"]


@dataclass(frozen=True, slots=True)
class LinkView:
    """What is known of a share link: its state, the code that works, whether another try is due, what the last check
    that had an answer saw. `meanwhile`: what it is judged by, where it was found lost before the mail came and nobody has
    looked since: the unit may have put it right. `look`: row id of such a link, when a fresh look must be asked for."""

    state: LinkState
    code: str | None = None
    pending: bool = False
    report: LinkReport | None = None
    meanwhile: LinkState | None = None
    look: int | None = None


@dataclass(frozen=True, slots=True)
class Companion:
    """An earlier mail whose letter has not gone out yet and that speaks of items that this mail touches. `item_ids`: all that the
    mail brought; none, where its attachment was forgotten and came later."""

    id: int
    facts: MessageFacts
    received_at: datetime
    item_ids: tuple[int, ...]
    receipt_number: str | None = None
    in_our_thread: bool = False
    unit_by_staff: str | None = None
    waived: Callable[[Finding], bool] = lambda found: False
    homes: Homes = field(default_factory=dict)
    places: Mapping[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What stays the same from mail to mail."""

    campaign: Campaign
    register: Register
    own_addresses: frozenset[str] = frozenset()
    grace: timedelta = timedelta(minutes=15)
    links_checked: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One mail with everything known around it.

    `known`: open items of the same unit, sender, thread or receipt number. `linked`: ids of those tied by thread or
    receipt number. `in_our_thread`: it answers us, in the thread or by a receipt number. `companions`: looks up the mails with an unsent
    letter about these items. `emptied`: row id and subject of the sender's mails without any material whose letter has
    not gone out. `links_before`: share links that the sender sent in mails of their own. `ahead`: the sender's mails of these days
    that brought files and no item, newest first.
    `receipt_number`: the mail's own from an earlier decision.
    """

    id: int
    facts: MessageFacts
    received_at: datetime
    known: tuple[Item, ...] = ()
    linked: frozenset[int] = frozenset()
    in_our_thread: bool = False
    earlier: tuple[Earlier, ...] = ()
    companions: Callable[[frozenset[int]], tuple[Companion, ...]] = lambda items: ()
    emptied: tuple[tuple[int, str], ...] = ()
    links_before: tuple[Link, ...] = ()
    ahead: tuple[Ahead, ...] = ()
    links: Mapping[str, LinkView] = field(default_factory=dict)
    receipt_number: str | None = None
    unit_by_staff: str | None = None
    kind_by_staff: Kind | None = None
    waived: Callable[[Finding], bool] = lambda found: False
    unopened: tuple[Part, ...] = ()  # files of the sender's other mails of these days that nobody could open
    resources_elsewhere: Callable[[], tuple[str, ...]] = tuple  # what colleagues of the unit sent without an item: links, videos
    early: tuple[int, ...] = ()  # the sender's earlier mails whose correction request has not gone out yet
    own_items: frozenset[int] = frozenset()  # items this very mail brought when it was decided before
    homes: Homes = field(default_factory=dict)  # which of its files and links staff placed in which item
    places: Mapping[int, frozenset[int]] = field(default_factory=dict)  # item id -> its places when decided before


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome. `letter`, `thread`: None when nothing may be answered, then `no_letter` says why. `companions`: row
    ids of mails that the letter answers too; `cured`: of mails whose own letter must be thought over because this one
    changed their items and has no letter of its own. `not_before`: when the letter may go out."""

    kind: Kind
    verdict: Verdict
    reason: str
    roles: tuple[PartRole, ...] = ()
    unit: UnitGuess | None = None
    batch: int | None = None
    receipt_number: str | None = None
    findings: tuple[Finding, ...] = ()
    items: tuple[Item, ...] = ()
    links: tuple[Link, ...] = ()
    duplicate_of: int | None = None
    letter: LetterPlan | None = None
    thread: Thread | None = None
    no_letter: str | None = None
    not_before: datetime | None = None
    companions: tuple[int, ...] = ()
    cured: tuple[int, ...] = ()


_BY_STAFF = {"submission": "人工认定为报送来信", "unrelated": "人工认定不是报送来信"}


def decide(case: Case, rules: Rules) -> Decision:
    """Decide about one mail. Pure."""
    facts = _with_link_states(case.facts, case.links)
    known = tuple(replace(item, links=tuple(_seen(link, case.links) for link in item.links)) for item in case.known)
    case = replace(case, facts=facts, known=known)
    roles = find_roles(facts, rules.campaign, rules.register)
    subject = read_subject(facts.envelope.subject, rules.campaign, rules.register)
    kind = classify(facts, subject, rules.campaign, rules.register, rules.own_addresses)
    if case.kind_by_staff is not None:
        kind = replace(kind, reason=_BY_STAFF.get(case.kind_by_staff, kind.reason))
    linked = tuple(item for item in case.known if item.id in case.linked)
    earlier = linked or _own_earlier(case)
    late_code = find_late_code(facts, earlier)
    said = case.kind_by_staff or kind.kind
    speaks = late_code is not None or bool(case.own_items) or answers_consent(facts, earlier, rules.campaign) or says_link_is_mended(facts, linked)
    if said == "unrelated" and case.kind_by_staff is None and speaks:
        said = "submission"
    words = told_in_words(kind, linked, in_thread=case.in_our_thread, sent_before=_sent_before(case, linked))
    words = None if speaks or case.kind_by_staff is not None else words
    if words is not None:
        said = "submission"
    if said != "submission":
        return Decision(said, "ignored", kind.reason, roles, links=material_links(facts))
    twin = find_duplicate(case.facts, case.earlier)
    if twin is not None and case.kind_by_staff is None:
        return _duplicate(case, rules, roles, twin)
    submission, judgement, ahead = _judge_mail(case, rules, roles, late_code, words)
    return _with_letter(case, rules, submission, judgement, kind.reason, ahead)


def _sent_before(case: Case, linked: tuple[Item, ...]) -> bool:
    return bool((_own_earlier(case) and not linked) or case.ahead or case.unopened)


def _own_earlier(case: Case) -> tuple[Item, ...]:
    """Open items from the same address: webmail and phones often answer without In-Reply-To."""
    sender = case.facts.envelope.sender
    return tuple(item for item in case.known if sender and item.sender == sender and item.state != "superseded")


# Duplicates ---------------------------------------------------------------------------------------------------


def _duplicate(case: Case, rules: Rules, roles: tuple[PartRole, ...], twin: Earlier) -> Decision:
    found = finding("mail.duplicate", "与此前来信内容相同，未另行登记。", evidence=f"message {twin.id}")
    unit = find_unit(case.facts, rules.campaign, rules.register)
    placement = place_in_batch(case.received_at, None, rules.campaign)
    return Decision(
        "duplicate", "ignored", "与此前来信相同", roles, unit=unit, batch=placement.batch,
        receipt_number=twin.receipt_number, findings=(found,), links=material_links(case.facts), duplicate_of=twin.id,
    )


# Judging ------------------------------------------------------------------------------------------------------


def _judge_mail(
    case: Case, rules: Rules, roles: tuple[PartRole, ...], late_code: Link | None, for_staff: str | None = None
) -> tuple[Submission, Judgement, tuple[Ahead, ...]]:
    """The mail as a submission, its judgement, and the mails without an item whose files its items took."""
    if for_staff is None and takes_back(case.facts):
        for_staff = TAKEN_BACK
    if for_staff is not None:
        mail = _submission(case, rules, Assembly(roles, ()), Merged(()), _unit(case, rules), for_staff)
        return mail, judge(mail, lambda found: _waived(case, (), found)), ()
    assembly = assemble(case.facts, roles, rules.campaign, case.id)
    if late_code is not None:
        assembly = replace(assembly, loose_links=(*assembly.loose_links, late_code))
    unit = _unit(case, rules)
    context = Context(case.facts.envelope.sender, unit.name if unit else None, case.linked, case.own_items, case.id, case.homes)
    merged = merge(assembly, case.known, rules.campaign, context)
    if case.links_before:
        merged = replace(merged, items=tuple(with_links_before(i, case.links_before, rules.campaign) for i in merged.items))
    items, ahead = with_sent_before(merged.items, case.id, case.ahead, case.known, rules.campaign, rules.register)
    submission = _submission(case, rules, assembly, replace(merged, items=items), unit)
    return submission, judge(submission, lambda found: _waived(case, submission.items, found)), ahead


def _waived(case: Case, items: tuple[Item, ...], found: Finding) -> bool:
    """Whether staff waived this. They did so by the item's place at that time; the item may stand elsewhere now."""
    if found.item is None or not case.places:
        return case.waived(found)
    item = items[found.item]
    held = {place for other in items if other.id is not None for place in case.places.get(other.id, ())}
    before = case.places.get(item.id or 0, frozenset({found.item} - held))
    return any(case.waived(replace(found, item=place)) for place in before)


def _unit(case: Case, rules: Rules) -> UnitGuess | None:
    if case.unit_by_staff:
        return UnitGuess(case.unit_by_staff, True, "staff", "人工指定")
    guess = find_unit(case.facts, rules.campaign, rules.register)
    if guess is not None and guess.sure:
        return guess
    units = {item.reporting_unit for item in case.known if item.id in case.linked and item.reporting_unit}
    if len(units) == 1:
        return UnitGuess(units.pop(), True, "thread", "同一往来邮件")
    sent = {item.reporting_unit for item in _own_earlier(case) if item.reporting_unit}
    return UnitGuess(sent.pop(), True, "sender", "同一发件人此前报送") if guess is None and len(sent) == 1 else guess


def _submission(
    case: Case, rules: Rules, assembly: Assembly, merged: Merged, unit: UnitGuess | None, for_staff: str | None = None
) -> Submission:
    facts, campaign = case.facts, rules.campaign
    named = find_batch_named(facts.envelope.subject, campaign) or find_batch_named(facts.text[:2000], campaign)
    items = tuple(settle_scans(_with_views(item, case.links, campaign), campaign, rules.register) for item in merged.items)
    placement = place_in_batch(case.received_at, named, campaign)
    links = tuple(_coded(_meanwhile(link, case.links), campaign) for link in material_links(facts))
    urls = {link.url for link in links} | {link.url for item in items for link in item.links}
    return Submission(
        id=case.id,
        facts=facts,
        campaign=campaign,
        received_at=case.received_at,
        subject=read_subject(facts.envelope.subject, campaign, rules.register),
        unit=unit,
        placement=placement,
        roles=assembly.roles,
        items=items,
        links=links,
        reply_to_us=case.in_our_thread,
        unclear=(*assembly.unclear, *merged.unclear),
        asides=(*assembly.asides, *merged.asides),
        links_checked=rules.links_checked,
        links_pending=any(case.links[url].pending for url in urls if url in case.links),
        unopened=case.unopened,
        resources_elsewhere=case.resources_elsewhere() if any(lacks_resource(item, campaign) for item in items) else (),
        for_staff=for_staff,
        reports={url: view.report for url, view in case.links.items() if view.report is not None},
    )


def _coded(link: Link, campaign: Campaign) -> Link:
    """A share link without its code says so, unless a check found that it opens without one."""
    bare = link.provider == campaign.share_provider and link.code is None and not link.doubtful
    missing = bare and link.state is LinkState.UNCHECKED
    return replace(link, state=LinkState.CODE_MISSING) if missing else link


def _with_views(item: Item, views: Mapping[str, LinkView], campaign: Campaign) -> Item:
    return replace(item, links=tuple(_coded(_meanwhile(_seen(link, views), views), campaign) for link in item.links))


def _meanwhile(link: Link, views: Mapping[str, LinkView]) -> Link:
    """The link as it is judged until a fresh look has said more."""
    view = views.get(link.url)
    return link if view is None or view.meanwhile is None else replace(link, state=view.meanwhile)


def _seen(link: Link, views: Mapping[str, LinkView]) -> Link:
    view = views.get(link.url)
    return link if view is None else replace(link, state=view.state, code=view.code or link.code)


def _with_link_states(facts: MessageFacts, views: Mapping[str, LinkView]) -> MessageFacts:
    if not views:
        return facts
    parts = tuple(replace(p, links=tuple(_seen(link, views) for link in p.links)) if p.links else p for p in facts.parts)
    return replace(facts, links=tuple(_seen(link, views) for link in facts.links), parts=parts)


# The letter ---------------------------------------------------------------------------------------------------


def _with_letter(
    case: Case, rules: Rules, s: Submission, judgement: Judgement, reason: str, ahead: tuple[Ahead, ...]
) -> Decision:
    number = next((item.receipt_number for item in judgement.items if item.receipt_number), None)
    number = number or case.receipt_number
    items = judgement.items
    decision = Decision(
        "submission", judgement.verdict, reason, s.roles, s.unit, s.placement.batch, number, judgement.findings, items, s.links
    )
    touched = case.companions(touched_items(items) | same_trouble(items, case.known, case.facts.envelope.sender))
    cured = (*(companion.id for companion in touched), *(case.early if unopened_parts(case.facts) else ()))
    rivals = case.companions(rivals_of(items, case.known) | bare_courses(s, case.known))
    cured = tuple(dict.fromkeys((*cured, *(mail.id for mail in ahead if mail.unsent), *(mail.id for mail in rivals))))
    if judgement.verdict == "pending" or (judgement.verdict == "review" and s.links_pending):
        return replace(decision, no_letter="链接尚待核验", cured=cured)
    also = _judge_companions(case, rules, items, touched)
    emptied = case.emptied if items else ()  # the attachment was forgotten, and here it is
    emptied = (*emptied, *((mail.id, mail.facts.envelope.subject) for mail in touched if not mail.item_ids))
    emptied = (*emptied, *((mail.id, mail.subject) for mail in ahead if mail.unsent))  # the form was, and here it is
    plan = plan_letter(s, judgement, number or "", [(other, judged) for _, other, judged in also])
    plan = replace(plan, companions=(*plan.companions, *(subject for _, subject in emptied)))
    to = answer_address(case.facts.envelope)
    guard = (BY_STAFF if s.for_staff else nothing_left(items, plan)) or may_answer(case.facts.envelope, "submission", rules.own_addresses)
    if guard is not None or to is None:
        return replace(decision, letter=plan, no_letter=guard or "no address", cured=cured)
    envelope = case.facts.envelope
    thread = thread_of(envelope, to[0], envelope.subject)
    return replace(
        decision,
        letter=plan,
        thread=thread,
        not_before=_not_before(case, rules, plan),
        companions=(*(companion.id for companion, _, _ in also), *(number for number, _ in emptied)),
        # What an earlier mail is said to lack may be in a file of this one that nobody can open.
        cured=(*(case.early if unopened_parts(case.facts) else ()), *(mail.id for mail in rivals)),
    )


def numbered(decision: Decision, number: str) -> Decision:
    """The decision with its receipt number, once drawn, in the items that have none and in the letter."""
    items = tuple(replace(item, receipt_number=item.receipt_number or number) for item in decision.items)
    letter = replace(decision.letter, receipt_number=number) if decision.letter else None
    return replace(decision, receipt_number=number, items=items, letter=letter)


def _not_before(case: Case, rules: Rules, plan: LetterPlan) -> datetime:
    """Errors that a companion mail may cure wait for the grace period; everything else is told at once."""
    problems = (*plan.problems, *(found for item in plan.items for found in item.problems))
    wait = any(found.severity is Severity.ERROR and found.code in POSTPONED for found in problems)
    return case.received_at + (rules.grace if wait else timedelta(0))


def _judge_companions(
    case: Case, rules: Rules, items: tuple[Item, ...], touched: tuple[Companion, ...]
) -> list[tuple[Companion, Submission, Judgement]]:
    """Earlier mails with an unsent letter that share an item with this one, judged anew with the items as they are
    now. Their letters give way to this mail's."""
    judged = []
    known = _current(case.known, items)
    for companion in (mail for mail in touched if mail.item_ids):
        own = Case(
            companion.id, companion.facts, companion.received_at, known, frozenset(companion.item_ids),
            companion.in_our_thread,
            links=case.links, unit_by_staff=companion.unit_by_staff, receipt_number=companion.receipt_number,
            waived=companion.waived, own_items=frozenset(companion.item_ids), homes=companion.homes,
            places=companion.places, resources_elsewhere=case.resources_elsewhere, unopened=(*case.unopened, *unopened_parts(case.facts)),
        )
        facts = _with_link_states(companion.facts, case.links)
        roles = find_roles(facts, rules.campaign, rules.register)
        other, judgement, _ = _judge_mail(replace(own, facts=facts), rules, roles, None)
        judged.append((companion, other, judgement))
    return judged


def _current(known: Iterable[Item], items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Known items with this mail's changes in place."""
    changed = {item.id: item for item in items if item.id is not None}
    gone = {item.supersedes for item in items}
    kept = [
        replace(item, state="superseded") if item.id in gone else changed.pop(item.id, item)
        for item in known
        if item.id is not None
    ]
    return (*kept, *changed.values())
