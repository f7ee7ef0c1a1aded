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
        rows = (*_file_rows(item, campaign, say, codes), *rows)
    unit, unit_word = one_line(item.applicant_unit, 100), _unit_word(item, campaign)
    if item.paper_expected and campaign.office.address and plan.kind != "link_dead":
        rows = (*rows, Row(paper_name(item, campaign, say), say("paper_row", address=campaign.office.address)))
    return (Row(say("applicant_unit", unit_word=unit_word), unit), *rows) if unit else rows


def _file_rows(item: LetterItem, campaign: Campaign, say: Wording, codes: frozenset[str]) -> Iterator[Row]:
    word_form = say("word_form", form_word=form_word(campaign, item.category))
    if item.word:
        yield Row(word_form, say("received_file", file=one_line(item.word, 120)), "good")
    elif "form.missing" in codes:
        yield Row(word_form, say("not_received"), "attention")
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


def fine_point(item: LetterItem, campaign: Campaign, say: Wording, *, checking: bool) -> str:
    """What of this item is right and need not be sent again; empty if nothing certainly is. `checking`: a person still
    looks at something in this mail, so nothing is called complete."""
    codes = [f.code for f in item.problems if f.severity is Severity.ERROR]
    label = item_label(item, say)
    if not codes:
        return say("fine_all" if item.complete and not checking else "fine_checking", item=label) + "。"
    word = bool(item.word) and not any(code.startswith(_SPOILS_WORD) for code in codes)
    scan = bool(item.scans) and not any(code.startswith(_SPOILS_SCAN) for code in codes)
    if word and scan:
        key = "fine_both"
    elif word or scan:
        key = "fine_word" if word else "fine_scan"
    else:
        return ""
    return say(key, item=label, form_word=form_word(campaign, item.category)) + "。"


def form_word(campaign: Campaign, category: str | None) -> str:
    """What the campaign calls its forms (申报表, 推荐表, 申报书): the end of the form's heading. `category`: key, or None
    for the campaign's first."""
    specs = [spec for spec in campaign.categories if category in (None, spec.key)]
    heading = one_line(specs[0].form.headings[0], 60) if specs and specs[0].form.headings else ""
    return heading[-3:] if len(heading) >= 3 and heading[-1] in "表书单" else "表格"


def _unit_word(item: LetterItem, campaign: Campaign) -> str:
    """The label of the applicant unit's cell in the campaign's own form."""
    for spec in campaign.categories:
        if spec.key == item.category:
            labels = [f.labels[0] for f in spec.form.fields if f.key == spec.form.unit_field and f.labels]
            if labels:
                return one_line(labels[0], 20)
    return "申报单位"


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
