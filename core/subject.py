"""Reading a subject: which unit, which topic, and whether they are written as the notice asks.

A small grammar over folded text: marks of replying and forwarding, tags of mail systems, a unit, a separator, the
topic, and other words around them. It says what it sees; what follows from it is decided in `core.rules`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from core import unit_names
from core.batches import find_batch_named
from core.campaign import Campaign
from core.receipt_number import find_receipt_numbers, without_receipt_numbers
from core.register import Register, UnitMatch
from core.text import compact, normalise
from core.topic import filler, find_topics, plain, speaks_of_material

_LONGEST = 1000
_REPLY = r"re|aw|sv|antw|reply|回复全部|回复|答复|回覆|答覆|回信"
_FORWARD = r"fwd?|wg|tr|forward(?:ed)?|转发|转寄|转送|转"
_COUNT = r"(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\d{1,2})?"
_PREFIX = re.compile(
    rf"\s*(?:(?P<reply>{_REPLY})|(?P<forward>{_FORWARD})) ?{_COUNT} ?[:;]"
    rf"|\s*[\[(【] ?(?:(?P<reply_tag>{_REPLY})|(?P<forward_tag>{_FORWARD})) ?[\])】] ?:?"
    r"|\s*(?:(?P<reply_word>回复|答复)|(?P<forward_word>转发)) +",
    re.IGNORECASE,
)
_SYSTEM_TAG = re.compile(
    r"\s*[\[(【*<]{1,3} ?(?:spam|bulk|垃圾邮件?|疑似垃圾邮件?|可疑邮件?|疑似[^\])】]{0,8}|外部邮件?|外来邮件?|external(?: ?mail)?|ext|代发|"
    r"来自外部|病毒已查杀|已扫描) ?[\])】*>]{1,3} ?:?",
    re.IGNORECASE,
)
_ANSWERING = re.compile(
    r"(?:(?:补正|更正|补充|修改|修正|重发|重报|重新报送|再次报送|回执编号|回执号|回执|编号)(?:材料|件|版|稿|no)?)*+", re.IGNORECASE
)
"""Words that our own letters bring into a subject: nobody is told that they are irregular."""

_ORNAMENT = " \"'“”《》〈〉【】[](){}<>「」『』·.。!:;,、_|*~-"
_PLACEHOLDER = re.compile(r"(?:报送|申报|推荐|本|我|贵|某|xx+|××+)?单位(?:名称)?|某+.*|[xX×]{2,}.*|名称|姓名|单位名")
_LIKE_PLUS = re.compile(r"[十加][ \"'《【\[(]*(?=\n)|(?<=\n)[ \"'》】\])]*[十加]")
"""Ten and "plus", written for the sign + beside the (masked) topic."""

_SENTENCE = re.compile(r"报送|申报|推荐|提交|上报|关于|的|材料|典型")
_LONGEST_NAME = 60
_WORD_RUN = re.compile(rf"[{unit_names.CJK}A-Za-z\d()·]+")


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """What a subject says.

    `match`: the unit as the register knows it, None if it does not; `unit_text`: how the unit is written, also when
    the register does not know it; None if no unit is named at all. `reporting_unit`: canonical name of the unit that
    reports; `sure`: that it is this one. `regular`: written as the notice asks, marks of replying and forwarding
    aside; `irregularities` says why not: reversed, separator, no_separator, extra_words, topic_wording. `material`:
    uses words that go with submitting. `receipt_number`: the first valid one.
    """

    topic: bool
    match: UnitMatch | None = None
    unit_text: str | None = None
    reporting_unit: str | None = None
    sure: bool = False
    regular: bool = False
    irregularities: tuple[str, ...] = ()
    reply: bool = False
    forward: bool = False
    batch_named: int | None = None
    receipt_number: str | None = None
    material: bool = False


@dataclass(frozen=True, slots=True)
class _Named:
    """A unit in a subject: what the register knows of it, and the stretch of text that names it."""

    start: int
    end: int
    match: UnitMatch | None = None
    reporting_unit: str | None = None
    sure: bool = False


def read_subject(subject: str, campaign: Campaign, register: Register) -> SubjectFacts:
    """Read a decoded subject. Never raises; looks at its first 1,000 characters."""
    whole = plain(subject[:_LONGEST]).replace("\n", " ").strip()
    rest, reply, forward = _without_prefixes(whole)
    numbers = find_receipt_numbers(rest)
    rest = without_receipt_numbers(rest)
    topics = find_topics(rest, campaign)
    masked = rest
    for start, end in topics:
        masked = masked[:start] + "\n" * (end - start) + masked[end:]
    masked = _LIKE_PLUS.sub(lambda found: re.sub("[十加]", " ", found.group()), masked)
    named = _find_unit(masked, campaign, register)
    topic = topics[0] if topics else None
    faults = _irregularities(rest, topic, named, campaign)
    return SubjectFacts(
        topic=topic is not None,
        match=named.match if named else None,
        unit_text=rest[named.start : named.end].strip(_ORNAMENT.replace("(", "").replace(")", "")) if named else None,
        reporting_unit=named.reporting_unit if named else None,
        sure=named.sure if named else False,
        regular=faults == (),
        irregularities=faults or (),
        reply=reply,
        forward=forward,
        batch_named=find_batch_named(rest, campaign),
        receipt_number=numbers[0] if numbers else None,
        material=speaks_of_material(masked, campaign),
    )


def _without_prefixes(text: str) -> tuple[str, bool, bool]:
    """The text behind any number of reply and forward marks and system tags; whether it was a reply, a forward."""
    at, reply, forward = 0, False, False
    while found := _PREFIX.match(text, at) or _SYSTEM_TAG.match(text, at):
        groups = found.groupdict()
        reply = reply or any(groups.get(name) for name in ("reply", "reply_tag", "reply_word"))
        forward = forward or any(groups.get(name) for name in ("forward", "forward_tag", "forward_word"))
        at = found.end()
    return text[at:].strip(), reply, forward


def bare_subject(subject: str) -> str:
    """The folded subject without marks of replying and forwarding and without system tags."""
    return _without_prefixes(plain(subject[:_LONGEST]).replace("\n", " "))[0]


def is_reply(subject: str) -> bool:
    """Whether a subject begins with a mark of replying (Re:, 回复：, 答复:)."""
    return _without_prefixes(plain(subject[:_LONGEST]))[1]


# The unit ----------------------------------------------------------------------------------------------------------


def _find_unit(masked: str, campaign: Campaign, register: Register) -> _Named | None:
    """The unit named in a subject whose topic is masked by line ends."""
    matches = register.find(masked)
    organisations = [match for match in matches if not match.place_only]
    candidates = organisations or list(matches)
    if not candidates:
        return _find_stranger(masked, campaign)
    best = next((match for match in candidates if match.sure), candidates[0])
    reporters = {register.reporting_unit(match) for match in candidates}
    reporting_unit = register.reporting_unit(best)
    # A subject is no prose: a place that stands in it says where the mail comes from, even without an office's name.
    placed = best.sure or (best.place_only and not best.others)
    sure = placed and reporting_unit is not None and len(reporters) == 1
    start, end = _stretch(masked, best, campaign, register)
    return _Named(start, end, replace(best, sure=sure), reporting_unit, sure)


def _stretch(masked: str, match: UnitMatch, campaign: Campaign, register: Register) -> tuple[int, int]:
    """The whole of the unit's name round a match: 山东省 before it, the rest of an organisation's name behind it."""
    start, end = match.start, match.end
    before = re.search(rf"(?:中共)?(?:{register.province or '(?!)'}省? ?)?$", masked[:start])
    if before:
        start = before.start()
    run = _WORD_RUN.match(masked, end)
    if run:
        whole = run.group()
        if unit_names.looks_like_unit(f"某{whole}") and not _SENTENCE.search(whole):
            return start, end + len(whole)
        words = filler(campaign)[0].search(whole)
        kept = whole[: words.start()] if words else whole
        if kept and (match.place_only or unit_names.looks_like_unit(f"某{kept}")):
            end += len(kept)
    return start, end


def _find_stranger(masked: str, campaign: Campaign) -> _Named | None:
    """A unit that the register does not know: what ends like an organisation's name, or stands in the unit's place."""
    in_place = None
    for run in _WORD_RUN.finditer(masked):
        start, end = _core_of(run, campaign)
        core = masked[start:end]
        if len(re.findall(f"[{unit_names.CJK}]", core)) < 2 or _PLACEHOLDER.fullmatch(core):
            continue
        if unit_names.looks_like_unit(core):
            return _Named(start, end)
        if in_place is None and _stands_in_place(masked, run, campaign) and not unit_names.looks_like_person(core):
            in_place = _Named(start, end)
    return in_place


def _core_of(run: re.Match[str], campaign: Campaign) -> tuple[int, int]:
    """A run of words without the words at its ends that name no unit (附件, 材料, 2021年)."""
    text = run.group()
    lead, tail = filler(campaign)
    start, end = 0, len(text)
    while start < end and (first := lead.match(text, start)):
        start = first.end()
    if end - start > _LONGEST_NAME:
        return run.start(), run.start()
    while start < end and (last := tail.search(text, start, end)):
        if unit_names.looks_like_unit(text[start:end]):
            break
        end = last.start()
    if text.count("(", start, end) > text.count(")", start, end) and text.startswith(")", end):
        end += 1
    while start < end and text.count(")", start, end) > text.count("(", start, end) and text[end - 1] == ")":
        end -= 1
    return run.start() + start, run.start() + end


def _stands_in_place(masked: str, run: re.Match[str], campaign: Campaign) -> bool:
    """Whether a run stands where the unit should: on the unit's side of separator and topic."""
    sep = re.escape(normalise(campaign.subject.separator).strip())
    if campaign.subject.parts[:1] == ("unit",):
        return bool(re.match(rf"[{re.escape(_ORNAMENT)}]*{sep}[{re.escape(_ORNAMENT)}]*\n", masked[run.end() :]))
    return bool(re.search(rf"\n[{re.escape(_ORNAMENT)}]*{sep}[{re.escape(_ORNAMENT)}]*$", masked[: run.start()]))


# Regular or not ------------------------------------------------------------------------------------------------------


def _irregularities(
    text: str, topic: tuple[int, int] | None, named: _Named | None, campaign: Campaign
) -> tuple[str, ...] | None:
    """What departs from the rule; () for a regular subject; None if topic or unit is missing, so nothing can be said."""
    if topic is None:
        return None
    spans: dict[str, tuple[int, int]] = {"topic": topic}
    if "unit" in campaign.subject.parts:
        if named is None:
            return None
        spans["unit"] = (named.start, named.end)
    order = sorted(spans, key=lambda part: spans[part])
    found: list[str] = []
    if order != [part for part in campaign.subject.parts if part in spans]:
        found.append("reversed")
    edges = [spans[part] for part in order]
    between = [text[left[1] : right[0]] for left, right in pairwise(edges)]
    found += [fault for gap in between if (fault := _separator_fault(gap, campaign))]
    around = text[: edges[0][0]] + " " + text[edges[-1][1] :]
    if not _ANSWERING.fullmatch(compact(around)):
        found.append("extra_words")
    if compact(text[topic[0] : topic[1]]) != compact(campaign.topic):
        extended = compact(campaign.topic) in compact(text[topic[0] : topic[1]])
        found.append("extra_words" if extended else "topic_wording")
    return tuple(dict.fromkeys(found))


def _separator_fault(gap: str, campaign: Campaign) -> str | None:
    """What is wrong between unit and topic; quotes and brackets around either are nobody's fault."""
    separator = normalise(campaign.subject.separator).strip()
    bare = gap.strip(" \"'《》〈〉【】[](){}")
    if separator and bare and not bare.replace(separator, "").strip():
        return None
    if not bare:
        return "separator" if " " in gap else "no_separator"
    words = compact(gap)
    return "separator" if not words or words in ("十", "加", "和") else "extra_words"
