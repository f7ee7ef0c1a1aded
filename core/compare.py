"""Is the scan the same form as the Word file? Compared by key fields first (title, unit, people, phones), since two
cases of one unit share most of their text.

`no` only when the title is plainly another one (`core.likeness`), or when no title was read and unit, people and phones
are all others; what OCR may have misread stays `unknown`. Differences in single fields are told to staff with both
values, whatever the outcome.
"""

from __future__ import annotations

from dataclasses import replace

from core.campaign import Campaign
from core.facts import FormFacts, Seal
from core.likeness import relate, same_phone
from core.register import Register
from core.seal_names import Naming, name_of_seal
from core.submission import Item, Match, ScanRead
from core.text import compact, similar

_FOREIGN = 0.5  # likeness of names below which they are two
_WITNESSES = 3  # fields that must all be others before a form without a legible title is


def settle_scans(item: Item, campaign: Campaign, register: Register | None = None) -> Item:
    """The item with `seal`, `scan_matches_word`, `scan_differences` and `scan_unread` drawn from its scans' facts.
    `register`: by which the words on a doubtful seal are compared with the units' names."""
    if not item.scans:
        return replace(item, seal=None, scan_matches_word="unknown", scan_unread=False)
    seal = seal_of_reads(item, register)
    unread = bool(item.scan_reads) and all(read.unread for read in item.scan_reads)
    forms = tuple(form for read in item.scan_reads for form in read.forms)
    matches, differences = item.scan_matches_word, item.scan_differences
    if item.word is not None and item.form is not None and forms:
        matches, differences = compare(item, forms, campaign)
    elif item.word is None:
        matches, differences = "unknown", ()
    settled = replace(item, seal=seal, scan_unread=unread, scan_matches_word=matches, scan_differences=differences)
    return _consent_of_scan(settled, forms, campaign)


def seal_of_reads(item: Item, register: Register | None) -> Seal | None:
    """What the item's scans say about its seal. A doubtful ring that bears the unit's name is a seal; a ring with another
    name is neither more nor less than before."""
    return overall_seal(tuple(_strengthened(read, item, register) for read in item.scan_reads))


def _strengthened(read: ScanRead, item: Item, register: Register | None) -> Seal | None:
    if read.seal != "uncertain" or register is None:
        return read.seal
    named = any(ring.doubtful and name_of_ring(ring.text, item, register) in ("own", "like") for ring in read.rings)
    return "present" if named else read.seal


def name_of_ring(text: str, item: Item, register: Register) -> Naming:
    """Whose name the words on a ring are, seen from this item."""
    return name_of_seal(text, (item.applicant_unit, item.reporting_unit), item.reporting_unit, register)


def overall_seal(seals: tuple[Seal | None, ...]) -> Seal | None:
    """One form over several files: present on any is present; absent only if all were looked at and bear none."""
    if "present" in seals:
        return "present"
    if not seals or all(seal is None for seal in seals):
        return None
    return "absent" if all(seal == "absent" for seal in seals) else "uncertain"


def compare(item: Item, forms: tuple[FormFacts, ...], campaign: Campaign) -> tuple[Match, tuple[str, ...]]:
    """The best match of the Word form among the forms read from the scan, with the differences to that one."""
    best = _best(item, forms)
    differences = _differences(item, best, campaign)
    if best.category not in (None, item.category):
        name = campaign.category(best.category or item.category).name
        return "no", (f"扫描件为{name}申报表", *differences)
    if not best.title or not item.title:
        return ("no" if differences and _all_others(item, best, campaign) else "unknown"), differences
    relation = relate(item.title, best.title)
    if relation == "other":
        return "no", differences
    return "yes" if relation == "same" else "unknown", differences


def _best(item: Item, forms: tuple[FormFacts, ...]) -> FormFacts:
    """The form of a file with several that goes best with the Word form."""
    order = {"same": 0, "unsure": 1, "other": 2}

    def rank(form: FormFacts) -> tuple[bool, int, float]:
        relation = relate(item.title or "", form.title or "")
        return form.category not in (None, item.category), order[relation], -similar(item.title or "", form.title or "")

    return min(forms, key=rank)


def _pairs(item: Item, form: FormFacts, campaign: Campaign) -> list[tuple[str, str, str, str]]:
    """(kind, name, the Word form's value, the scan's) of the fields that tell one submission from another."""
    spec = campaign.category(item.category).form
    pairs = [("text", "申报单位", item.applicant_unit or "", form.applicant_unit or "")]
    for field in spec.fields:
        if field.kind in ("phone", "yes_no") or field.key in ("leader", "contact"):
            owner = spec.field(field.after).labels[0] if field.after else ""
            mine, other = _said(item.fields.get(field.key)), _said(form.fields.get(field.key))
            pairs.append((field.kind, f"{owner}{field.labels[0]}", mine, other))
    return pairs


def _differs(kind: str, mine: str, other: str) -> bool:
    if not mine or not other:
        return False
    return same_phone(mine, other) is False if kind == "phone" else similar(mine, other) < 0.9


def _all_others(item: Item, form: FormFacts, campaign: Campaign) -> bool:
    """Whether unit, people and phones that could be read are all others: then it is another form, title or no title."""
    told = [(kind, mine, other) for kind, _, mine, other in _pairs(item, form, campaign) if kind != "yes_no" and mine and other]
    others = [
        same_phone(mine, other) is False if kind == "phone" else similar(mine, other) < _FOREIGN for kind, mine, other in told
    ]
    return len(others) >= _WITNESSES and all(others)


def _differences(item: Item, form: FormFacts, campaign: Campaign) -> tuple[str, ...]:
    pairs = [(kind, name, mine, other) for kind, name, mine, other in _pairs(item, form, campaign) if _differs(kind, mine, other)]
    title, read = item.title or "", form.title or ""
    if title and read and compact(title) != compact(read):
        pairs.insert(0, ("text", "名称", title, read))
    return tuple(f"{name}：Word版为“{_line(mine)}”，扫描件为“{_line(other)}”" for _, name, mine, other in pairs)


def _line(text: str) -> str:
    return "".join(text.split("\n")).strip()


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "同意" if value else "不同意"
    return value if isinstance(value, str) else ""


def _consent_of_scan(item: Item, forms: tuple[FormFacts, ...], campaign: Campaign) -> Item:
    """A tick on the stamped paper answers for a cell that the Word form leaves open. Of a file with several forms only the
    one with this item's title speaks for it, and none does that is another paper's."""
    resource = campaign.category(item.category).resource
    if resource is None or item.fields.get(resource.consent_field) is not None or item.scan_matches_word == "no":
        return item
    own = [form for form in forms if form.category in (None, item.category)]
    if len(own) > 1:
        own = [form for form in own if relate(item.title or "", form.title or "") == "same"]
    said = {form.fields.get(resource.consent_field) for form in own} - {None}
    if len(said) != 1:
        return item
    return replace(item, fields={**item.fields, resource.consent_field: said.pop()})
