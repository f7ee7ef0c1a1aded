"""How one item looks in a letter: its name, what was received of it, and what of it need not be sent again. Pure.

Whatever is unfavourable (not received, no seal, link dead) is shown only if the item's problems say so too: the rows
describe the findings, they never make new ones.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.campaign import Campaign
from core.facts import Link, LinkState
from core.findings import Severity
from core.letter import LetterItem, LetterPlan
from notifier.plain import one_line
from notifier.view import Row, Tone
from notifier.wording import Wording

_FILES_NAMED = 6
_LINKS_SHOWN = 10
# A field left empty is empty on paper too, so the scan has to be made again; the other form faults leave it as it is.
_SPOILS_SCAN = ("scan.", "attachment.", "form.field_missing", "course.consent_missing")
_SPOILS_WORD = ("form.", "attachment.", "course.consent_missing")


def item_label(item: LetterItem, say: Wording) -> str:
    """典型案例《…》, or the category alone while the title is not known."""
    category = one_line(item.category_name, 40) or say("item_unnamed")
    title = one_line(item.title, 120)
    if not title:
        return category
    return f"{category}{title}" if title.startswith("《") and title.endswith("》") else f"{category}《{title}》"


def item_rows(item: LetterItem, campaign: Campaign, say: Wording, plan: LetterPlan) -> tuple[Row, ...]:
    """What was received of this item, row by row."""
    codes = frozenset(f.code for f in (*item.problems, *plan.problems) if f.severity is Severity.ERROR)
    rows = _link_rows(item, campaign, say, codes)
    if plan.kind != "link_dead":
        rows = (*_file_rows(item, say, codes), *rows)
    unit = one_line(item.applicant_unit, 100)
    if item.paper_expected and campaign.office.address and plan.kind != "link_dead":
        rows = (*rows, Row(paper_name(item, campaign, say), say("paper_row", address=campaign.office.address)))
    return ((Row(say("applicant_unit"), unit), *rows)) if unit else rows


def _file_rows(item: LetterItem, say: Wording, codes: frozenset[str]) -> Iterator[Row]:
    if item.word:
        yield Row(say("word_form"), say("received_file", file=one_line(item.word, 120)), "good")
    elif "form.missing" in codes:
        yield Row(say("word_form"), say("not_received"), "attention")
    if item.scans:
        yield Row(say("stamped_scan"), _files(item.scans, say), "good")
    elif "scan.missing" in codes:
        yield Row(say("stamped_scan"), say("not_received"), "attention")
    if item.seal == "present":
        yield Row(say("seal"), say("seal_present"), "good")
    elif item.seal == "absent" and "scan.no_seal" in codes:
        yield Row(say("seal"), say("seal_absent"), "attention")


def _link_rows(item: LetterItem, campaign: Campaign, say: Wording, codes: frozenset[str]) -> tuple[Row, ...]:
    shown = [link for link in item.links if not link.quoted][:_LINKS_SHOWN]
    return tuple(_link_row(link, campaign, say, codes) for link in shown)


def _files(names: tuple[str, ...], say: Wording) -> str:
    shown = "、".join(one_line(name, 120) for name in names[:_FILES_NAMED])
    if len(names) == 1:
        return say("received_file", file=shown)
    return say("received_files", number=str(len(names)), file=shown + ("等" if len(names) > _FILES_NAMED else ""))


def _link_row(link: Link, campaign: Campaign, say: Wording, codes: frozenset[str]) -> Row:
    """Addresses are named by their last characters only: a letter full of share links is what 163 refuses as
    554 DT:SPM (providers.md A7), and the submitter knows the links."""
    if link.provider == campaign.share_provider:
        label = say("share_link")
    else:
        label = say("large_file_link" if link.provider == "mail_large_file" else "web_link")
    tail = "".join(c for c in link.url[-40:].split("?")[0] if c.isascii() and c.isalnum())[-4:]
    if tail and label != say("web_link"):
        label += f"（{say('link_tail', tail=tail)}）"
    value, tone = _link_state(link, say, codes)
    return Row(label, value, tone)


def _link_state(link: Link, say: Wording, codes: frozenset[str]) -> tuple[str, Tone]:
    code = one_line(link.code, 20)
    if link.state is LinkState.OK:
        return say("link_ok_code" if code else "link_ok", code=code), "good"
    if link.state is not LinkState.UNCHECKED and f"link.{link.state.value}" in codes:
        key = f"link_{link.state.value}"
        return say("link_dead" if key == "link_code_wrong" and not code else key, code=code), "attention"
    return say("link_registered_code" if code else "link_registered", code=code), "plain"


def fine_points(item: LetterItem, say: Wording) -> str:
    """What of this item is right and need not be sent again; empty if nothing certainly is."""
    codes = [f.code for f in item.problems if f.severity is Severity.ERROR]
    label = item_label(item, say)
    if not codes:
        return say("fine_all", item=label) + "。" if item.complete else ""
    word = bool(item.word) and not any(code.startswith(_SPOILS_WORD) for code in codes)
    scan = bool(item.scans) and not any(code.startswith(_SPOILS_SCAN) for code in codes)
    if word and scan:
        return say("fine_both", item=label) + "。"
    if word or scan:
        return say("fine_word" if word else "fine_scan", item=label) + "。"
    return ""


def is_waiting(item: LetterItem) -> bool:
    """Registered, nothing asked of the submitter, but not complete: a person or a later check still decides."""
    return not item.complete and not any(f.severity is Severity.ERROR for f in item.problems)


def paper_name(item: LetterItem, campaign: Campaign, say: Wording) -> str:
    """What comes by post, in the campaign's words: 纸质 + the first word beside that box in the form."""
    for category in campaign.categories:
        if category.key == item.category and category.resource:
            field = next((f for f in category.form.fields if f.key == category.resource.type_field), None)
            for kind in category.resource.paper_types:
                words = field.options.get(kind) if field else None
                if words:
                    return f"纸质{words[0]}"
    return say("paper")
