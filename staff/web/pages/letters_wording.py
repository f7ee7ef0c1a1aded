"""信件 › 用语与版式: the office's own sentences and templates, checked before they are saved. For 管理."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response

from notifier.compose import compose
from notifier.own_check import WORDING_FILE
from notifier.sample_letters import SAMPLE_NOW, sample_letters
from notifier.template_check import Fault
from notifier.templating import OwnWords
from staff.own_wording import (
    FILES,
    Overtaken,
    changed_wording,
    file_face,
    file_states,
    read_file,
    remove_file,
    save_file,
    save_sentences,
    sentences,
    sentences_face,
    try_file,
)
from staff.web.letter_frame import frame, frame_saying, letter_office, with_note
from staff.web.sessions import needs
from staff.web.site import Site
from staff.web.visit import Here
from storage.errors import NotFound, StorageError

router = APIRouter()

SAMPLES = ("回执", "回执（待核验、计入下批）", "补正通知", "补正通知（单位不明）", "补正通知（只有工作人员的话）", "催报（未报送）", "催报（待补正）",
           "链接失效提醒", "工作人员去信", "工作人员去信（不在往来中）")  # fmt: skip
"""Words for `sample_letters`, in its order."""
_LONGEST = 200_000
_OVERTAKEN = "您打开本页之后，同事已另行保存。您的改动没有写入，仍留在下面；请对照现在的用语核对，需要时再保存一次。"


def _folder(site: Site) -> Path:
    if site.templates is None:
        raise StorageError("未设置 answers.templates，请在配置中写明信件用语所在的文件夹")
    return site.templates


@router.get("/letters/wording")
@needs("process")
def wording(here: Here) -> Response:
    """All sentences by group, and the files."""
    return _page(here)


def _page(here: Here, *, status: int = 200, faults: tuple[Fault, ...] = (), changes: dict[str, str | None] | None = None) -> Response:
    """`changes`: what was typed and not saved; a sentence taken back (None) shows the built-in one."""
    site = here.site
    groups = sentences(site.templates, site.campaign)
    built_in = {one.key: one.built_in for _, group in groups for one in group}
    typed = {key: built_in[key] if value is None else value for key, value in (changes or {}).items()}
    return here.page(
        "wording.html", status, groups=groups, faces={title: sentences_face(group) for title, group in groups},
        files=file_states(site.templates, site.campaign),
        faults=faults, typed=typed, samples=tuple(enumerate(SAMPLES)), folder=site.templates, known=FILES,
    )  # fmt: skip


def _changes(here: Here) -> dict[str, str | None]:
    """Posted sentences that differ from what serves now: the built-in text, or nothing, takes the office's own back."""
    changed: dict[str, str | None] = {}
    for _, group in sentences(here.site.templates, here.site.campaign):
        for one in group:
            if f"s_{one.key}" not in here.body:
                continue
            value = here.form(f"s_{one.key}")
            if value in ("", one.built_in):
                if one.own is not None or one.fault:
                    changed[one.key] = None
            elif value != one.own:
                changed[one.key] = value
    return changed


@router.post("/letters/wording")
@needs("admin")
def save_wording(here: Here) -> Response:
    """Save the sentences of a group, if all of them pass."""
    changes = _changes(here)
    if not changes:
        return here.back("/letters/wording", "没有改动。", "info")
    seen = {here.form("group")[:80]: here.form("face")}
    try:
        faults = save_sentences(here.site.database, _folder(here.site), changes, here.site.campaign, here.act(), seen)
    except Overtaken:
        return _page(here, status=409, faults=(Fault(WORDING_FILE, None, _OVERTAKEN),), changes=changes)
    except OSError as error:
        raise StorageError(f"无法保存：{error.strerror or type(error).__name__}，请检查文件夹权限") from None
    if faults:
        return _page(here, status=422, faults=faults, changes=changes)
    here.site.wake()
    return here.back("/letters/wording", f"已保存{len(changes)}句，此后的信件即用新用语。")


@router.post("/letters/wording/preview")
@needs("admin")
def preview_wording(here: Here) -> Response:
    """A sample letter with the sentences as typed, for a frame; nothing is saved."""
    folder, campaign = _folder(here.site), here.site.campaign
    checked, faults = try_file(folder, WORDING_FILE, changed_wording(folder, _changes(here), campaign), campaign)
    return _sample(here, checked.own, faults)


@router.get("/letters/wording/{name}")
@needs("admin")
def one_file(here: Here, name: str) -> Response:
    """One file as text."""
    return _file(here, _known(name))


def _file(here: Here, name: str, *, status: int = 200, faults: tuple[Fault, ...] | None = None, text: str | None = None) -> Response:
    site = here.site
    face = file_face(_folder(site), name)
    state = next(one for one in file_states(site.templates, site.campaign) if one.name == name)
    return here.page(
        "wording_file.html", status, name=name, state=state, face=face, faults=state.faults if faults is None else faults,
        samples=tuple(enumerate(SAMPLES)),
        text=text if text is not None else read_file(_folder(site), name, site.campaign),
    )  # fmt: skip


@router.post("/letters/wording/{name}/preview")
@needs("admin")
def preview_file(here: Here, name: str) -> Response:
    """A sample letter with this file as typed, for a frame; nothing is saved."""
    checked, faults = try_file(_folder(here.site), _known(name), _typed(here), here.site.campaign)
    return _sample(here, checked.own, faults)


@router.post("/letters/wording/{name}")
@needs("admin")
def save_one(here: Here, name: str) -> Response:
    """Save the file if it passes, or go back to the built-in one."""
    folder, act = _folder(here.site), here.act()
    try:
        if here.form("action") == "remove":
            remove_file(here.site.database, folder, _known(name), act, here.form("face"))
            return here.back("/letters/wording", f"{name}已恢复为内置。")
        faults = save_file(here.site.database, folder, _known(name), _typed(here), here.site.campaign, act, here.form("face"))
    except Overtaken:
        return _file(here, name, status=409, faults=(Fault(name, None, _OVERTAKEN),), text=_typed(here))
    except OSError as error:
        raise StorageError(f"无法保存：{error.strerror or type(error).__name__}，请检查文件夹权限") from None
    if faults:
        return _file(here, name, status=422, faults=faults, text=_typed(here))
    here.site.wake()
    return here.back(f"/letters/wording/{name}", "已保存，此后的信件即用新版式。")


def _typed(here: Here) -> str:
    """The posted text with the line ends of a file."""
    value = here.body.get("text")
    return (value if isinstance(value, str) else "")[:_LONGEST].replace("\r\n", "\n")


def _known(name: str) -> str:
    if name not in FILES:
        raise NotFound(f"没有名为{name}的文件")
    return name


def _sample(here: Here, own: OwnWords, faults: tuple[Fault, ...]) -> Response:
    number = here.form_number("sample") or 0
    letters = list(sample_letters(own.applied_to(here.site.campaign)))
    if number >= len(letters):
        return frame_saying("没有这种样信。")
    plan, thread = letters[number]
    office = letter_office(here.site)
    letter = compose(
        plan, thread, here.site.campaign, from_address=office.address, from_name=here.site.campaign.office.name, letter_id="sample",
        now=SAMPLE_NOW, blank_form=lambda _: b"", own=own,
    )  # fmt: skip
    lines = [f"样信：{SAMPLES[number]}　主题：{letter.subject}", *(f"有误，未采用：{fault}" for fault in faults)]
    return frame(with_note(letter.html, lines))
