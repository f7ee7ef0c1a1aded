"""Is the scan the same form as the Word file? Compared by key fields first (title, unit, people, phones), since two
cases of one unit share most of their text.

`no` only when the title is plainly another one; what OCR may have misread stays `unknown`. Differences in single
fields are told to staff with both values, whatever the outcome.
"""

from __future__ import annotations

import re
from dataclasses import replace

from core.campaign import Campaign
from core.facts import FormFacts, Seal
from core.submission import Item, Match
from core.text import compact, similar

SAME, OTHER = 0.8, 0.55


def settle_scans(item: Item, campaign: Campaign) -> Item:
    """The item with `seal`, `scan_matches_word`, `scan_differences` and `scan_unread` drawn from its scans' facts."""
    if not item.scans:
        return replace(item, seal=None, scan_matches_word="unknown", scan_unread=False)
    seal = overall_seal(tuple(read.seal for read in item.scan_reads))
    unread = bool(item.scan_reads) and all(read.unread for read in item.scan_reads)
    forms = tuple(form for read in item.scan_reads for form in read.forms)
    matches, differences = item.scan_matches_word, item.scan_differences
    if item.word is not None and item.form is not None and forms:
        matches, differences = compare(item, forms, campaign)
    elif item.word is None:
        matches, differences = "unknown", ()
    settled = replace(item, seal=seal, scan_unread=unread, scan_matches_word=matches, scan_differences=differences)
    return _consent_of_scan(settled, forms, campaign)


def overall_seal(seals: tuple[Seal | None, ...]) -> Seal | None:
    """One form over several files: present on any is present; absent only if all were looked at and bear none."""
    if "present" in seals:
        return "present"
    if not seals or all(seal is None for seal in seals):
        return None
    return "absent" if all(seal == "absent" for seal in seals) else "uncertain"


def compare(item: Item, forms: tuple[FormFacts, ...], campaign: Campaign) -> tuple[Match, tuple[str, ...]]:
    """The best match of the Word form among the forms read from the scan, with the differences to that one."""
    assert item.form is not None
    ranked = sorted(forms, key=lambda form: _title_likeness(item, form), reverse=True)
    best = ranked[0]
    differences = _differences(item, best, campaign)
    if best.category not in (None, item.category, item.form.category):
        name = campaign.category(best.category or item.category).name
        return "no", (f"扫描件为{name}申报表", *differences)
    likeness = _title_likeness(item, best)
    if not best.title or not item.title:
        return "unknown", differences
    if likeness >= SAME:
        return "yes", differences
    if likeness < OTHER and len(compact(best.title)) >= 4:
        return "no", differences
    return "unknown", differences


def _title_likeness(item: Item, form: FormFacts) -> float:
    mine, other = compact(item.title or ""), compact(form.title or "")
    if not mine or not other:
        return 0.0
    short, long = sorted((mine, other), key=len)
    if len(short) >= 6 and short in long:
        return 0.95  # a cell cut by the page's edge, or read together with its neighbour
    return similar(mine, other)


def _differences(item: Item, form: FormFacts, campaign: Campaign) -> tuple[str, ...]:
    spec = campaign.category(item.category).form
    pairs = [("名称", item.title, form.title), ("申报单位", item.applicant_unit, form.applicant_unit)]
    keys = [field for field in spec.fields if field.kind in ("phone", "yes_no") or field.key in ("leader", "contact")]
    for field in keys:
        mine, other = item.fields.get(field.key), form.fields.get(field.key)
        if field.kind == "phone":
            mine, other = _digits(mine), _digits(other)
        pairs.append((field.labels[0], _said(mine), _said(other)))
    return tuple(
        f"{name}：Word版为“{mine}”，扫描件为“{other}”"
        for name, mine, other in pairs
        if mine and other and similar(compact(mine), compact(other)) < 0.9
    )


def _digits(value: object) -> str:
    return re.sub(r"\D", "", value) if isinstance(value, str) else ""


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "同意" if value else "不同意"
    return value if isinstance(value, str) else ""


def _consent_of_scan(item: Item, forms: tuple[FormFacts, ...], campaign: Campaign) -> Item:
    """A tick on the stamped paper answers for a cell that the Word form leaves open."""
    resource = campaign.category(item.category).resource
    if resource is None or item.fields.get(resource.consent_field) is not None:
        return item
    said = {form.fields.get(resource.consent_field) for form in forms} - {None}
    if len(said) != 1:
        return item
    return replace(item, fields={**item.fields, resource.consent_field: said.pop()})
