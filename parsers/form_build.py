"""Puts labels and values together into forms: where one form ends and the next begins, which of the campaign's forms
it is, which label is which field, and what the fields say.

Doubt goes to the applicant: a document is a form only when enough of a form's own labels are there, and an answer
that could mean two things is None with its words kept beside it (`<key>_text`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.campaign import Campaign, CategorySpec, FieldSpec, FormSpec
from core.facts import FieldValue, FormFacts
from parsers.blocks import Paragraph, Run
from parsers.entries import Entry, Heading, Item, Loose
from parsers.form_values import Guide, clean, guide_of, measure
from parsers.labels import Label
from parsers.pairs import split_pair
from parsers.ticks import read_choice, read_yes_no


@dataclass(slots=True)
class _Segment:
    """A stretch of the document that may be one form."""

    heading: Heading | None = None
    items: list[Item] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        return [item for item in self.items if isinstance(item, Entry)]

    def text(self) -> str:
        lines: list[str] = []
        for item in self.items:
            if isinstance(item, Entry):
                lines.append(item.label.text)
                lines.extend(line.text.strip() for line in item.value)
            else:
                lines.append(item.line.text.strip())
        return "\n".join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class _Found:
    """A stretch recognised as a form of `category`; `taken`: field key -> its entries."""

    category: CategorySpec
    segment: _Segment
    taken: Mapping[str, list[Entry]]


def build_forms(items: Sequence[Item], campaign: Campaign) -> tuple[FormFacts, ...]:
    """All forms of the campaign among the items, in order; () if there is none. Empty templates that stand beside a
    filled form (the notice's annexes, left in) are dropped."""
    found = [match for match in (_recognise(segment, campaign) for segment in _split(items, campaign)) if match is not None]
    forms = tuple(_facts(match) for match in _join_covers(found))
    filled = tuple(form for form in forms if not form.blank)
    return filled or forms[:1]


def fullness(forms: Sequence[FormFacts], campaign: Campaign) -> tuple[int, int]:
    """How much a reading found, to compare it with another of the same pages: labels, then required fields that are
    filled. Optional ones don't count: a wrong reading fills them with what belongs elsewhere."""
    labels = filled = 0
    for form in forms:
        for spec in campaign.category(form.category).form.fields if form.category else ():
            labels += spec.key in form.fields
            filled += spec.required and form.fields.get(spec.key) not in ("", None)
    return labels, filled


def _split(items: Sequence[Item], campaign: Campaign) -> list[_Segment]:
    """The items cut where a new form begins: at a heading after labels, or when the label of a title comes again."""
    titles = _title_fields(campaign)
    segments = [_Segment()]
    entries: list[Entry] = []  # of the last segment
    for item in items:
        fresh = False
        if isinstance(item, Heading):
            fresh = bool(entries)
        elif isinstance(item, Entry):
            named = titles.intersection(item.label.fields)
            fresh = bool(named) and _begins_anew(entries, named, item)
        if fresh:
            segments.append(_Segment())
            entries = []
        if isinstance(item, Heading):
            segments[-1].heading = item
        elif isinstance(item, Entry):
            entries.append(item)
        segments[-1].items.append(item)
    return segments


def _title_fields(campaign: Campaign) -> set[tuple[str, str]]:
    return {(category.key, category.form.title_field) for category in campaign.categories}


def _begins_anew(entries: Sequence[Entry], named: set[tuple[str, str]], item: Entry) -> bool:
    """Whether this title label opens another form: the same label was there, or the form before it is complete."""
    if item.weak or not item.value:
        return False
    if any(named.intersection(entry.label.fields) for entry in entries):
        return True
    return any(entry.label.opinion for entry in entries) and len(entries) >= 4


def _recognise(segment: _Segment, campaign: Campaign) -> _Found | None:
    """The form that the segment is. Its heading and the labels that only one form has decide; labels that all forms
    share (负责人, 联系电话) make no form."""
    best: tuple[float, _Found] | None = None
    for category in campaign.categories:
        taken = _resolve(category, _absorb(category, segment.items))
        headed = segment.heading is not None and category.key in segment.heading.categories
        titled = category.form.title_field in taken
        enough = len(taken) >= max(3, -(-len(category.form.fields) * 9 // 20))
        if not ((titled and enough) or (headed and (len(taken) >= 3 or (titled and len(taken) >= 2)))):
            continue
        own = sum(1 for key in taken if _is_own(taken[key], category.key))
        score = len(taken) / len(category.form.fields) + 0.4 * own + 0.5 * headed + 0.3 * titled
        if best is None or score > best[0]:
            best = (score, _Found(category, segment, taken))
    return best[1] if best is not None else None


def _is_own(entries: Iterable[Entry], category: str) -> bool:
    return any(all(key == category for key, _ in entry.label.fields) for entry in entries)


def _absorb(category: CategorySpec, items: Sequence[Item]) -> list[Entry]:
    """The entries, with labels that the applicant's own text only seemed to hold given back to the long value they
    stood in: labels of another form, and labels of a field that is filled already."""
    entries: list[Entry] = []
    filled: set[str] = set()
    open_at: int | None = None
    gave_back = False
    for item in items:
        if isinstance(item, Heading):
            continue
        if isinstance(item, Loose):
            if gave_back and open_at is not None:
                entries[open_at] = replace(entries[open_at], value=(*entries[open_at].value, item.line))
            continue
        keys = {key for owner, key in item.label.fields if owner == category.key}
        gave_back = open_at is not None and item.running and not item.label.opinion and keys <= filled
        if gave_back and open_at is not None:
            entries[open_at] = replace(entries[open_at], value=(*entries[open_at].value, *_as_text(item)))
            continue
        entries.append(item)
        filled |= keys if any(line.text.strip() for line in item.value) else set()
        if item.label.opinion or not item.running:
            open_at = None
        elif any(category.form.field(key).kind == "long" for key in keys):
            open_at = len(entries) - 1
    return entries


def _as_text(entry: Entry) -> list[Paragraph]:
    """The lines that a label and its value were."""
    first = entry.value[0].runs if entry.value else ()
    return [Paragraph((Run(f"{entry.label.text}："), *first)), *entry.value[1:]]


def _resolve(category: CategorySpec, entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """Field key -> the entries that fill it."""
    taken: dict[str, list[Entry]] = {}
    for number, entry in enumerate(entries):
        keys = [key for owner, key in entry.label.fields if owner == category.key]
        if entry.label.pair:
            for key in keys:
                taken.setdefault(key, []).append(entry)
            continue
        before = [other.label for other in reversed(entries[max(number - 4, 0) : number])]
        chosen = keys[0] if len(keys) == 1 else _choose(category, keys, (*entry.near, *before), taken)
        if chosen is not None:
            taken.setdefault(chosen, []).append(entry)
    return taken


def _choose(
    category: CategorySpec, keys: Sequence[str], near: Sequence[Label], taken: Mapping[str, object]
) -> str | None:
    """Which of several fields with this label is meant: the one whose neighbour stands nearest, else the first free."""
    if not keys:
        return None
    owners = {category.form.field(key).after: key for key in keys}
    for label in near:
        for owner, key in label.fields:
            wanted = owners.get(key)
            if wanted is not None and owner == category.key:
                free = [other for other in keys if other not in taken]
                return free[0] if wanted in taken and free else wanted
    return next((key for key in keys if key not in taken), keys[0])


def _join_covers(found: Sequence[_Found]) -> list[_Found]:
    """A cover page names title, unit and people too: it joins the form behind it instead of being a form itself."""
    joined: list[_Found] = []
    for match in found:
        last = joined[-1] if joined else None
        if last is not None and last.category.key == match.category.key and _is_cover(last) and not _is_cover(match):
            title = match.category.form.title_field
            if _text(last, title) in ("", _text(match, title)):
                items = match.segment.items + last.segment.items
                segment = _Segment(match.segment.heading or last.segment.heading, items)
                joined[-1] = _Found(match.category, segment, _resolve(match.category, _absorb(match.category, items)))
                continue
        joined.append(match)
    return joined


def _is_cover(match: _Found) -> bool:
    long = [spec.key for spec in match.category.form.fields if spec.kind == "long"]
    return not any(key in match.taken for key in long) and not any(entry.label.opinion for entry in match.segment.entries)


def _text(match: _Found, key: str) -> str:
    entries = match.taken.get(key, ())
    return next((text for entry in entries if (text := "".join(line.text for line in entry.value).strip())), "")


def _facts(match: _Found) -> FormFacts:
    form = match.category.form
    guide = guide_of(form)
    fields: dict[str, FieldValue] = {}
    for spec in form.fields:
        entries = match.taken.get(spec.key)
        if entries:
            _read_field(spec, entries, guide, fields)
    lengths = _lengths(form, match.taken, guide, fields)
    title, unit = fields.get(form.title_field), fields.get(form.unit_field)
    return FormFacts(
        category=match.category.key,
        title=title if isinstance(title, str) and title else None,
        applicant_unit=unit if isinstance(unit, str) and unit else None,
        fields=fields,
        lengths=lengths,
        blank=not any(fields.get(spec.key) not in ("", None) for spec in form.fields if spec.required),
        text=match.segment.text(),
    )


def _read_field(spec: FieldSpec, entries: Sequence[Entry], guide: Guide, fields: dict[str, FieldValue]) -> None:
    """Writes what the entries say of this field: the first that says anything; plain labels before prefixed ones."""
    ordered = sorted(entries, key=lambda entry: entry.weak)
    if spec.kind == "long":
        texts = [clean(entry.value, spec.kind, guide) for entry in ordered if not entry.weak or len(ordered) == 1]
        fields[spec.key] = "\n".join(dict.fromkeys(text for text in texts if text))
        return
    for entry in ordered:
        if spec.kind in ("choice", "yes_no"):
            _read_boxes(spec, entry.value, guide, fields)
        elif entry.label.pair:
            person, phone = split_pair(clean(entry.value, spec.kind, guide))
            fields[spec.key] = phone if spec.kind == "phone" else person
        else:
            fields[spec.key] = clean(entry.value, spec.kind, guide)
        if fields[spec.key] not in ("", None) or f"{spec.key}_text" in fields:
            return


def _read_boxes(spec: FieldSpec, lines: Sequence[Paragraph], guide: Guide, fields: dict[str, FieldValue]) -> None:
    if spec.kind == "yes_no":
        answer, unclear = read_yes_no(lines, spec.yes, spec.no)
        fields[spec.key] = answer
    else:
        choice = read_choice(lines, spec.options, spec.number_of)
        unclear = choice.unclear
        fields[spec.key] = choice.chosen[0] if choice.chosen else None
        if len(choice.chosen) > 1:
            fields[f"{spec.key}s"] = ",".join(choice.chosen)
        for option, number in choice.numbers.items():
            fields[spec.number_of[option]] = number
    if unclear:
        fields[f"{spec.key}_text"] = clean(lines, "text", guide)


def _lengths(
    form: FormSpec, taken: Mapping[str, list[Entry]], guide: Guide, fields: Mapping[str, FieldValue]
) -> dict[str, int]:
    """Characters of each section, of each field that has a limit of its own, and of the whole content."""
    lengths: dict[str, int] = {}
    wanted = form.content_fields or ((form.content_field,) if form.content_field else ())
    total = 0
    for spec in form.fields:
        if spec.key not in taken or (spec.limit is None and spec.key not in wanted):
            continue
        lines = [line for entry in taken[spec.key] if not entry.weak for line in entry.value]
        sections, count = measure(lines, guide)
        if spec.limit is not None:
            lengths[spec.key] = count
        if spec.key == form.content_field:
            lengths.update(sections)
        if spec.key in wanted:
            total += count
    if any(key in fields for key in wanted):
        lengths["content"] = total
    return lengths

