"""Which known item an item of a new mail belongs to: the same one, its mended form, or the one that lacks just this.

Where names and contents do not tell which of several, all of them get a scan, and a person is asked; what may be missing
only because it lies elsewhere carries a `doubt` instead of a complaint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.likeness import few_others, may_be_cut, relate
from core.matching import stem
from core.placing import Homes
from core.submission import Item
from core.text import compact, same_text, similar
from core.versions import kinship, namesakes, same_unit


@dataclass(frozen=True, slots=True)
class Context:
    """Who sent the mail and what it refers to. `linked`: ids of items tied to it by thread or receipt number; `own`:
    ids of items this very mail brought when it was decided before; `message`: its row id; `homes`: which of its files and
    links staff placed in which item."""

    sender: str | None
    reporting_unit: str | None
    linked: frozenset[int] = frozenset()
    own: frozenset[int] = frozenset()
    message: int = 0
    homes: Homes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Home:
    """`items`: where the draft belongs; several when nothing tells which. `guessed`: it may as well be no one's of these.
    A tie with fewer scans than items leaves it open whose they are. `doubt`: why what the draft lacks may lie elsewhere, in words for staff;
    `question`: what they must look at in any case."""

    items: tuple[Item, ...] = ()
    guessed: bool = False
    doubt: str | None = None
    question: str | None = None


def allowed(item: Item, context: Context) -> bool:
    """Whether this mail may add to the item without being its exact namesake."""
    return item.id in context.linked or (item.sender is not None and item.sender == context.sender)


def lacks_scan(item: Item) -> bool:
    """Whether the item waits for its scan; one that was only guessed to be its own does not count."""
    return not item.scans or item.scan_guessed


def find_home(draft: Item, known: Iterable[Item], context: Context) -> Home:
    """Where an item of the mail belongs among the known open ones. Pure."""
    known = tuple(known)
    candidates = [item for item in known if _of_kind(draft, item)]
    exact = [
        item for item in candidates
        if same_identity(draft, item)
        and (allowed(item, context) or item.reporting_unit == context.reporting_unit is not None)
    ]
    if exact:
        mine = [item for item in exact if allowed(item, context)] or exact
        bare = draft.word is None and draft.exported_pdf is None
        short = [item for item in mine if lacks_scan(item)] if bare else []  # two schools may have one title
        if draft.word is not None and not draft.blank:
            return _home_of_namesake(draft, mine, context)
        return _among(draft, short) if short else Home((mine[0],))
    if draft.blank:  # an empty form takes no filled one's place
        candidates = [item for item in candidates if item.word is None or item.blank]
    fit = [item for item in candidates if _compatible(draft, item)]
    if draft.word is None and draft.exported_pdf is None:
        home = _home_for_scan(draft, fit, context)
        return home if home.items or home.doubt else _home_misread(draft, known, context)
    home = _home_for_word(draft, fit, candidates, context)
    return home if home.items or home.doubt else replace(home, doubt=_strayed(draft, known, context))


def _strayed(draft: Item, known: Sequence[Item], context: Context) -> str | None:
    """A scan that does not go with the form beside which it came may be this form's."""
    near = [item for item in known if allowed(item, context) and item.scan_matches_word == "no" and _same_units(draft, item) and item.scans]
    return f"此前收到的扫描件“{near[0].scans[-1].name}”与《{near[0].title or '名称未填'}》不一致，可能是本件的" if near else None


def _of_kind(draft: Item, item: Item) -> bool:
    """Of the same category; where staff moved the item to another one, also of its form's."""
    moved = "category" in item.fixed and item.form is not None and item.form.category == draft.category
    return item.category == draft.category or moved


# Names -----------------------------------------------------------------------------------------------------------


def _said(*values: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def _titles_of(item: Item) -> tuple[str, ...]:
    """What staff set by hand, and what the form says."""
    return _said(item.title, item.form.title if item.form and "title" in item.fixed else None)


def _units_of(item: Item) -> tuple[str, ...]:
    return _said(item.applicant_unit, item.form.applicant_unit if item.form and "applicant_unit" in item.fixed else None)


def same_identity(draft: Item, item: Item) -> bool:
    """Whether both have the same title, and no two units."""
    if not draft.title or not any(same_text(draft.title, title) for title in _titles_of(item)):
        return False
    units = _units_of(item)
    return not draft.applicant_unit or not units or any(same_unit(draft.applicant_unit, unit) for unit in units)


def _compatible(draft: Item, item: Item) -> bool:
    """Nothing that both are known by contradicts: unit and, where one was read from a scan, title."""
    return _same_units(draft, item) and not ((draft.word is None or item.word is None) and _other_title(draft, item))


def _same_units(draft: Item, item: Item) -> bool:
    mine, units = draft.applicant_unit, _units_of(item)
    if not mine or not units or same_text(mine, item.reporting_unit or ""):
        return True
    read = any(one.word is None and one.form is not None for one in (draft, item))
    return any(same_unit(mine, unit) or _is_short_for(mine, unit) or (read and _misread(mine, unit)) for unit in units)


def _misread(mine: str, unit: str) -> bool:
    """Whether a name read from a page may be the other one: no two characters in a row are others (市北, 李沧)."""
    return similar(mine, unit) >= 0.75 and relate(unit, mine) != "other"


def _is_short_for(one: str, other: str) -> bool:
    """Whether the characters of the shorter name stand in the longer one in this order (济南社区大学, 济南市社区大学)."""
    short, long = sorted((compact(one), compact(other)), key=len)
    rest = iter(long)
    return len(short) >= 2 and all(character in rest for character in short)


def _other_title(draft: Item, item: Item) -> bool:
    titles = _titles_of(item)
    return bool(draft.title and titles) and all(relate(title, draft.title or "") == "other" for title in titles)


def _colleagues(item: Item, draft: Item, context: Context) -> bool:
    """Whether a colleague sent the item: for the same reporting unit and the same applicant unit."""
    if item.reporting_unit != context.reporting_unit or context.reporting_unit is None or allowed(item, context):
        return False
    return bool(draft.applicant_unit and item.applicant_unit)


# Scans ------------------------------------------------------------------------------------------------------------


def _home_for_scan(draft: Item, fit: list[Item], context: Context) -> Home:
    """A scan without its Word form: for the item that waits for one, a colleague's too; else for the one it shows better."""
    own = [item for item in fit if allowed(item, context)]
    linked = [item for item in own if item.id in context.linked]
    for group in ([item for item in linked if lacks_scan(item)], [item for item in own if lacks_scan(item)]):
        if group:
            return _among(draft, group)
    named = _named(draft, own)
    if named:
        return Home((named[0],)) if len(named) == 1 else Home(doubt=_perhaps(named))
    if not linked:
        halves = [item for item in fit if item.word is not None and lacks_scan(item) and _colleagues(item, draft, context)]
        if halves:
            home = _among(draft, halves)
            return Home(home.items, guessed=not (len(home.items) == 1 and _evidence(draft, home.items[0]) >= _TITLE))
    better = linked or own
    if not better:
        theirs = [item for item in fit if item.word is not None and _colleagues(item, draft, context)]
        return Home(doubt=_perhaps(theirs)) if theirs else Home()
    if len(better) == 1:
        return Home((better[0],))
    nearest = _nearest(draft, better)
    if nearest is not None:
        return Home((nearest,))
    bare = [item for item in better if item.seal == "absent"]
    if len(bare) == 1:  # its sender was asked for a seal, or is about to be
        return Home((bare[0],), guessed=True)
    return Home(doubt=_perhaps(better))


def _home_misread(draft: Item, known: Sequence[Item], context: Context) -> Home:
    """A scan that bears the title of the one item that waits for one, under another category's heading: misread, or printed on
    the wrong form. The comparison with the Word form shows it to a person. With a title that is nearly another's it stays by
    itself, and nobody is asked for its Word form."""
    waiting = [item for item in known if allowed(item, context) and item.word is not None and not item.blank and lacks_scan(item)]
    found = [item for item in waiting if draft.form is not None and same_identity(draft, item)]
    if not found and draft.form is not None:
        others = [item for item in waiting if item.category != draft.category and _same_units(draft, item)]
        found = [item for item in others if draft.title and any(may_be_cut(title, draft.title) for title in _titles_of(item))]
        if others and not draft.title:
            return Home(doubt=f"扫描件上未读出名称，可能是此前报送的《{others[0].title or '名称未填'}》的扫描件")
    if len(found) == 1:
        return Home((found[0],))
    near = [item for item in waiting if item.category == draft.category and _same_units(draft, item) and _nearly(draft, item)]
    return Home(doubt=f"扫描件上的名称与此前报送的《{near[0].title}》只差一两个字，可能是其扫描件") if near else Home()


def _nearly(draft: Item, item: Item) -> bool:
    """Whether a title read from a page is the item's but for two characters or so, none that counts: misread one beside the
    other, or mended by hand."""
    return bool(draft.form and draft.title) and any(few_others(title, draft.title or "") for title in _titles_of(item))


def _perhaps(items: list[Item]) -> str:
    names = "、".join(f"《{item.title}》" for item in items[:4] if item.title)
    return f"可能是此前报送的{names or '材料'}的新扫描件"


_TITLE = 3
"""Evidence that stands on the title."""


def _evidence(draft: Item, item: Item) -> int:
    """What speaks for a scan's being the item's: its title read on the page or standing in the file's name, or a file
    named as the Word form is."""
    titles = [compact(title) for title in _titles_of(item)]
    if draft.title and any(relate(title, draft.title) == "same" for title in titles):
        return _TITLE
    names = [compact(ref.name) for ref in draft.scans]
    if any(len(title) >= 4 and title in name for title in titles for name in names):
        return _TITLE
    if item.word is None:
        return 0
    other = stem(item.word.name)
    own = [stem(ref.name) for ref in draft.scans]
    alike = any(len(name) >= 4 and len(other) >= 4 and (name in other or other in name) for name in own)
    return 1 if alike or (other and other in own) else 0


def _best(draft: Item, items: list[Item]) -> list[Item]:
    points = [_evidence(draft, item) for item in items]
    if max(points) < _TITLE and len(items) > 1:
        points = [value + 2 * _piece_in_name(draft, item, items) for item, value in zip(items, points, strict=True)]
    return [item for item, value in zip(items, points, strict=True) if value == max(points)]


def _piece_in_name(draft: Item, item: Item, items: list[Item]) -> bool:
    """Whether the scan's name holds a piece of this item's title that no other one's title has (乡村篇)."""
    names = "".join(compact(ref.name).replace(compact(item.applicant_unit or "-"), "") for ref in draft.scans)
    others = " ".join(compact(title) for other in items if other.id != item.id for title in _titles_of(other))
    titles = [compact(title) for title in _titles_of(item)]
    pieces = {title[at : at + 3] for title in titles for at in range(len(title) - 2)}
    return any(piece in names and piece not in others for piece in pieces)


def _named(draft: Item, items: list[Item]) -> list[Item]:
    return [item for item in items if _evidence(draft, item) >= _TITLE]


def speaks_for(draft: Item, items: Sequence[Item]) -> list[Item]:
    """The items of these that the name of a scan without a category speaks for, by title, unit or the Word file's name: several
    where nothing tells, none where it gives a unit that none of them has."""
    fit = [item for item in items if _same_units(draft, item)]
    return _best(draft, fit) if fit else []


def _among(draft: Item, items: list[Item]) -> Home:
    """The item of these that most speaks for; all of them when nothing tells."""
    best = _best(draft, items)
    if len(best) == 1:
        return Home((best[0],))
    nearest = _nearest(draft, best)
    if nearest is not None:
        return Home((nearest,))
    return Home(tuple(best))


# Word forms -------------------------------------------------------------------------------------------------------


def _home_for_word(draft: Item, fit: list[Item], candidates: list[Item], context: Context) -> Home:
    """An earlier scan without its Word form, an empty template, or a form of which this is the mended one."""
    own = [item for item in fit if allowed(item, context)]
    waiting = [item for item in own if item.word is None or item.blank or item.word_unread]
    linked = [item for item in waiting if item.id in context.linked]
    for group in (linked, waiting):
        best = _best_for_word(draft, group)
        chosen = best[0] if len(best) == 1 else _nearest(draft, best)
        if chosen is not None:
            return Home((chosen,))
        if best and not draft.scans:  # whose scan it is nothing tells: one after another, and a person looks
            return Home((best[0],), guessed=True)
    with_word = [item for item in candidates if item.word is not None and not item.blank]
    kin = {item.id: kinship(draft, item, answers=item.id in context.linked) for item in with_word}
    same = [item for item in with_word if kin[item.id] == "same" and allowed(item, context)]
    if same:
        mine = [item for item in same if item.id in context.linked] or same
        return Home((mine[0] if len(mine) == 1 else _nearest(draft, mine) or mine[-1],))
    if draft.scans:
        return Home()
    halves = [item for item in fit if item.word is None and item.scans and _colleagues(item, draft, context)]
    halves = _best_for_word(draft, halves)
    if halves:
        return Home((halves[0],), guessed=not _told_by_title(draft, halves[0]))
    return Home(doubt=_doubt(draft, candidates, kin, context))


def _home_of_namesake(draft: Item, items: list[Item], context: Context) -> Home:
    """Where a form goes whose title known items have: to the one that it is the new version of. One that has nothing but the title
    in common takes no other's place, and a person looks."""
    kin = {item.id: namesakes(draft, item, answers=item.id in context.linked) for item in items if _is_filled(item)}
    for fit in ([i for i in items if kin.get(i.id) == "same"], [i for i in items if i.id not in kin]):
        if fit:
            return Home((fit[0],))
    changed = next((item for item in items if kin[item.id] == "maybe"), None)
    other = changed or items[0]
    known = "、".join(str(value) for value in (other.applicant_unit, other.fields.get("leader")) if value)
    if changed is not None:
        said = f"本次所填的负责人、联系人等与此前同名材料（{known}）全然不同，是修改稿还是另一件材料，请人工核对"
        return Home((changed,), question=said)
    return Home(question=f"与此前报送的同名材料（{known or '单位未填'}）内容不同，已另行登记，是否为同一件请人工核对")


def _is_filled(item: Item) -> bool:
    return item.word is not None and not item.blank and not item.word_unread


def _told_by_title(draft: Item, item: Item) -> bool:
    """Whether the scan of an item without a Word form bears this form's title, on its pages or in its file's name."""
    if not draft.title:
        return False
    read = item.title is not None and relate(draft.title, item.title) == "same"
    return read or any(len(draft.title) >= 4 and compact(draft.title) in compact(ref.name) for ref in item.scans)


def _best_for_word(draft: Item, items: list[Item]) -> list[Item]:
    told = [item for item in items if _told_by_title(draft, item)]
    return told or items


def _doubt(draft: Item, candidates: list[Item], kin: Mapping[int | None, str], context: Context) -> str | None:
    """Why the scan that this form lacks may be there already."""
    near = [item for item in candidates if allowed(item, context) or _colleagues(item, draft, context)]
    guessed = next((item for item in near if item.scan_guessed and _same_units(draft, item)), None)
    if guessed is not None:
        return f"此前收到的扫描件“{guessed.scans[-1].name}”暂计入《{guessed.title or '名称未填'}》，可能是本件的"
    kindred = next((item for item in near if kin.get(item.id) in ("maybe", "same") and item.scans), None)
    if kindred is not None:
        return f"可能是此前报送的《{kindred.title or '名称未填'}》的修改稿，其扫描件已收到"
    return None


# Nearness ---------------------------------------------------------------------------------------------------------


def _title_likeness(one: str, other: str) -> float:
    """Likeness in which a misread character counts little and another number (一/二) much: either title may have been read
    from a scan."""
    relation = relate(one, other)
    likeness = similar(one, other)
    return max(likeness, 0.95) if relation == "same" else 0.5 * likeness if relation == "other" else likeness


def _nearest(draft: Item, items: list[Item]) -> Item | None:
    def likeness(item: Item) -> float:
        title = _title_likeness(draft.title, item.title) if draft.title and item.title else 0.0
        unit = similar(draft.applicant_unit or "", item.applicant_unit or "") if draft.applicant_unit else 0.0
        return 2 * title + unit

    ranked = sorted(items, key=likeness, reverse=True)
    if not ranked or likeness(ranked[0]) == 0:
        return None
    if len(ranked) > 1 and likeness(ranked[0]) - likeness(ranked[1]) < 0.15:
        return None
    return ranked[0]
