"""Which unit sent this mail: by its subject, else by what else it says.

The subject comes first, then what the body says about itself, its files' names, its forms, an attached mail and, last
and never for sure, the sender's name. Our own office is never the sender, nor are the units that our letters name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from core.campaign import Campaign
from core.facts import MessageFacts, Part
from core.file_name import read_file_name
from core.register import Register, UnitMatch
from core.subject import SubjectFacts, read_subject
from core.text import compact
from core.topic import plain

Source = Literal["subject", "body", "signature", "file", "form", "sender", "mail", "staff", "thread"]

_HEAD, _TAIL = 20_000, 4_000
_SIGNATURE_LINES = 8
_REPORTER = re.compile(r"(?:报送|推荐|上报|发送|发件|来信|选送)(?:单位|部门|学校)(?:名称)?\s*[:]?\s*(.{2,60})")
_APPLICANT = re.compile(r"(?:申报|所在|我们|参评)?(?:单位|部门|学校)(?:名称)?\s*[:]\s*(.{2,60})")
_ABOUT_OURSELVES = re.compile(r"(?:我们?这?[里边]?是|这里是|这边是|本人是|我在|现将|现报送|兹有|我[局校院处科]|本[局校院])\s*(.{0,60})")
_ADDRESSED = re.compile(r"(?:尊敬的|致|呈|寄至?|邮寄|收件人|收件单位|主送|抄送|此致)[:]?\s*")
_SENTENCE = re.compile(r"[的在赴请谢]|参考|学习|关于|报送|根据|按照|转发|开展|[。!?:]$")
_DATE = re.compile(r"\d{2,4}\s*年|\d{4}[-./]\d|^\s*(?:年|月|日)+\s*$")


@dataclass(frozen=True, slots=True)
class UnitGuess:
    """The reporting unit of a mail. `name`: canonical; `sure`: nothing speaks against it; `evidence`: what was seen,
    for staff."""

    name: str
    sure: bool
    source: Source
    evidence: str


@dataclass(frozen=True, slots=True)
class _Clue:
    name: str
    strong: bool
    source: Source
    evidence: str


def find_unit(message: MessageFacts, campaign: Campaign, register: Register) -> UnitGuess | None:
    """The unit that this mail comes from; None if nothing names one. Pure, never raises."""
    subject = read_subject(message.envelope.subject, campaign, register)
    clues = tuple(_clues(message, campaign, register))
    if subject.match is not None:
        return _by_subject(subject, subject.match, clues, register)
    strong = [clue for clue in clues if clue.strong]
    if not clues:
        return None
    best = strong[0] if strong else clues[0]
    # A mail that names a unit of its own which nobody knows was not surely sent by another one that it mentions.
    own = compact(subject.unit_text or "")
    told = best.source in ("body", "signature") or any(own in compact(clue.evidence) for clue in strong)
    stranger = bool(own) and not told
    agreed = all(_agree(best.name, clue.name, register) for clue in strong)
    return UnitGuess(best.name, bool(strong) and agreed and not stranger, best.source, best.evidence)


def _by_subject(
    subject: SubjectFacts, match: UnitMatch, clues: tuple[_Clue, ...], register: Register
) -> UnitGuess | None:
    """The subject's unit; a name that several cities have is settled by the rest of the mail."""
    shown = subject.unit_text or match.matched
    if subject.reporting_unit is not None:
        forms = {clue.name for clue in clues if clue.source == "form"}
        foreign = bool(forms) and not any(_agree(subject.reporting_unit, name, register) for name in forms)
        return UnitGuess(subject.reporting_unit, subject.sure and not foreign, "subject", f"主题“{shown}”")
    possible = {register.reporting_unit(unit) for unit in (match.unit, *match.others)}
    for clue in clues:
        if clue.name in possible:
            return UnitGuess(clue.name, clue.strong, clue.source, f"主题“{shown}”，{clue.evidence}")
    return None


def _agree(one: str, other: str, register: Register) -> bool:
    """The same unit, or a city's bureau and a university in that city: the bureau may report for it."""
    if one == other:
        return True
    a, b = register.by_name(one), register.by_name(other)
    if a is None or b is None:
        return False
    return bool(a.city) and a.city == b.city and "city_bureau" in (a.kind, b.kind)


# Clues, the best first --------------------------------------------------------------------------------------------


def _clues(message: MessageFacts, campaign: Campaign, register: Register) -> Iterator[_Clue]:
    written = _own_words(message, campaign)
    yield from _in_body(written, register)
    yield from _in_file_names(message.parts, campaign, register)
    yield from _in_forms(message.parts, register)
    yield from _in_mails(message.parts, campaign, register)
    yield from _mentions(written, register)
    yield from _named(message.envelope.sender_name, "sender", "发件人名称", register, strong=False)


def _own_words(message: MessageFacts, campaign: Campaign) -> str:
    """The sender's text without our own office and address, which mails quote (邮寄至：济南市舜耕路10号)."""
    text = message.text
    if message.forwarded:
        text = f"{text}\n{message.quoted}"
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    return _without_office(text, campaign)


def _without_office(text: str, campaign: Campaign) -> str:
    folded = plain(text)
    office = campaign.office
    for own in sorted({plain(name) for name in (office.address, office.name, office.signature)} - {""}, key=len, reverse=True):
        folded = folded.replace(own, "\n")
    return folded


def _reporters(text: str, register: Register) -> Iterator[tuple[str, UnitMatch]]:
    """Reporting units that a text surely names, with the match."""
    for match in register.find(text):
        name = register.reporting_unit(match)
        if name is not None and match.sure:
            yield name, match


def _named(text: str, source: Source, where: str, register: Register, *, strong: bool) -> Iterator[_Clue]:
    for name, match in _reporters(text, register):
        yield _Clue(name, strong, source, f"{where}“{match.matched}”")


def _in_body(text: str, register: Register) -> Iterator[_Clue]:
    """What the mail says about itself: 报送单位, its signature, 我是…, then 申报单位 (which may be a school's)."""
    for line in _labelled(_REPORTER, text):
        yield from _first(_named(line, "body", "正文注明", register, strong=True))
    yield from _in_signature(text, register)
    for line in _labelled(_ABOUT_OURSELVES, text):
        yield from _first(_named(line, "body", "正文自述", register, strong=True))
    for line in _labelled(_APPLICANT, text):
        yield from _first(_placed(line, "body", "正文注明", register))


def _labelled(label: re.Pattern[str], text: str) -> Iterator[str]:
    for found in list(label.finditer(text))[:20]:
        yield found.group(1).split("\n")[0]


def _first(clues: Iterable[_Clue]) -> Iterator[_Clue]:
    for clue in clues:
        yield clue
        return


def _placed(text: str, source: Source, where: str, register: Register) -> Iterator[_Clue]:
    """Like `_named`, for a field that holds nothing but a unit's name: there a mere place says where it is."""
    for match in register.find(text):
        name = register.reporting_unit(match)
        if name is not None and not match.others:
            yield _Clue(name, match.sure or match.place_only, source, f"{where}“{text.strip()[:40]}”")


def _in_signature(text: str, register: Register) -> Iterator[_Clue]:
    """The last lines: a line that is a unit's name, alone or with a person's, at the end of the mail."""
    lines = [line.strip() for line in text.strip().split("\n") if line.strip()][-_SIGNATURE_LINES:]
    for line in reversed(lines):
        if len(line) > 60 or _ADDRESSED.match(line) or _DATE.search(line[:6]) or _APPLICANT.search(line):
            continue
        found = list(_reporters(line, register))
        if len({name for name, _ in found}) != 1:
            continue
        name, match = found[0]
        rest = f"{line[: match.start]} {line[match.end :]}"
        if len(rest) <= 32 and not _SENTENCE.search(rest):
            yield _Clue(name, True, "signature", f"落款“{match.matched}”")
            return


def _in_file_names(parts: tuple[Part, ...], campaign: Campaign, register: Register) -> Iterator[_Clue]:
    seen: set[str] = set()
    for part in parts:
        if part.inline and not part.name_given:
            continue
        for piece in reversed(part.path or (part.name,)):
            for name in re.split(r"[\\/]", piece)[::-1]:
                if not name or name in seen:
                    continue
                seen.add(name)
                facts = read_file_name(name, campaign, register)
                text = _without_office(facts.unit_text or name, campaign)
                found = _placed(text, "file", "文件名", register) if facts.unit_text else _named(text, "file", "文件名", register, strong=True)
                yield from _first(found)


def _in_forms(parts: tuple[Part, ...], register: Register) -> Iterator[_Clue]:
    for part in parts:
        scans = [scan for scan in (part.scan, part.embedded) if scan is not None]
        forms = [part.form, *(form for scan in scans for form in (scan.form, *scan.forms))]
        for unit in dict.fromkeys(form.applicant_unit for form in forms if form is not None and form.applicant_unit):
            yield from _first(_placed(unit[:200], "form", "申报单位", register))


def _in_mails(parts: tuple[Part, ...], campaign: Campaign, register: Register) -> Iterator[_Clue]:
    for part in parts:
        if part.media_type == "message/rfc822":
            inner = read_subject(part.name.removesuffix(".eml"), campaign, register)
            if inner.reporting_unit and inner.sure:
                yield _Clue(inner.reporting_unit, True, "mail", f"所附邮件“{inner.unit_text}”")
            text = _without_office(f"{part.text[:_HEAD]}\n{part.text[-_TAIL:]}", campaign)
            for clue in _in_body(text, register):
                yield _Clue(clue.name, clue.strong, "mail", clue.evidence)


def _mentions(text: str, register: Register) -> Iterator[_Clue]:
    """Units merely mentioned in the body: a hint, no proof."""
    for line in text.split("\n")[:400]:
        if not _ADDRESSED.match(line.strip()):
            yield from _named(line, "body", "正文提及", register, strong=False)

