"""The experts' folder as a plan: which file goes where under which name, item by item. Nothing is read or written here
but rows; `staff.folder_export` makes it a folder, `staff.folder_export_zip` a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from core.campaign import Campaign, CategorySpec
from core.register import Register
from staff.folder_export_names import Names, safe_ending, safe_name
from staff.unit_order import sort_units
from staff.words import STATES, say
from storage.counts import unit_counts
from storage.database import Database
from storage.export_items import ExportFile, ExportItem, export_items, files_of

_CHUNK = 32
LINKS = "网盘链接.txt"


@dataclass(frozen=True)
class Wanted:
    """What goes into the folder. `complete`: complete items only. Items that staff rejected never go in."""

    database: Database
    campaign: Campaign
    register: Register
    batch: int | None = None
    complete: bool = False


@dataclass(frozen=True)
class Entry:
    """One file: its place below the folder with `/` between names, and its content: a blob, or this text."""

    path: str
    sha256: str | None = None
    size: int = 0
    text: str = ""
    label: str = ""


@dataclass(frozen=True)
class Planned:
    """One item of the folder."""

    one: ExportItem
    spec: CategorySpec
    folder: str
    entries: tuple[Entry, ...]


def plan(wanted: Wanted) -> Iterator[Planned]:
    """The items by category and unit, the register's order; in constant memory."""
    batches = {batch.number: batch.name for batch in wanted.campaign.batches}
    counts = unit_counts(wanted.database, wanted.campaign.key, wanted.batch)
    for spec in wanted.campaign.categories:
        for unit in sort_units(wanted.register, (one.reporting_unit for one in counts if one.category == spec.key)):
            taken: dict[str, Names] = {}
            found = export_items(wanted.database, wanted.campaign.key, spec.key, [unit], wanted.batch)
            while chunk := list(islice(found, _CHUNK)):
                kept = [one for one in chunk if _goes_in(one, wanted)]
                files = files_of(wanted.database, [one.item for one in kept])
                for one in kept:
                    batch = batches.get(one.item.content.batch or 0, "未定批次")
                    above = "/".join((safe_name(batch), safe_name(unit or "单位待核定"), safe_name(spec.name)))
                    yield _planned(wanted.campaign, spec, one, files[one.item.id], above, taken.setdefault(above, Names()))


def _goes_in(one: ExportItem, wanted: Wanted) -> bool:
    if one.item.staff_state == "rejected":
        return False
    return not wanted.complete or one.item.content.state == "complete"


def _planned(
    campaign: Campaign, spec: CategorySpec, one: ExportItem, files: Sequence[ExportFile], above: str, taken: Names
) -> Planned:
    content = one.item.content
    unit = (content.applicant_unit or content.reporting_unit or "申报单位未填").strip()
    standard = campaign.right_name(safe_name(unit, room=90), spec.key)
    title = content.title or "名称未填"
    # The receipt number tells two items with one name apart, today and in the next export.
    folder = f"{above}/{taken.give(f'{standard}-{title}', mark=content.receipt_number or str(one.item.id))}"
    names, entries = Names(), []
    scans = [file for file in files if file.use == "scan"]
    more = [file for file in files if file.use == "more"]
    for file in files:
        stem, label = standard, "Word版申报表"
        if file.use == "scan":
            number = str(scans.index(file) + 1) if len(scans) > 1 else ""
            stem, label = f"{standard}（盖章扫描件{number}）", f"盖章扫描件{number}"
        elif file.use == "more":
            label = f"附件{more.index(file) + 1}"
            stem = f"{standard}（{label}）"
        name = names.give(stem, safe_ending(file.name, file.media_type))
        entries.append(Entry(f"{folder}/{name}", file.sha256, file.size, label=label))
    if one.links:
        entries.append(Entry(f"{folder}/{names.give(LINKS[:-4], LINKS[-4:])}", text=links_text(one), label="网盘链接"))
    return Planned(one, spec, folder, tuple(entries))


def links_text(one: ExportItem) -> str:
    """The item's share links with their codes, for a text file that Windows' Notepad shows."""
    lines = [f"{one.item.content.title or '名称未填'}", ""]
    for link in one.links:
        lines += [f"链接：{link.link.url}", f"提取码：{link.link.code or '无'}", f"状态：{say(STATES, link.link.state.value)}", ""]
    return "\r\n".join(lines)
