"""The folder of the office's own wording, as staff see and change it: what is there, samples to start from, saving."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.campaign import Campaign
from core.records import AuditRecord
from notifier.own_check import WORDING_FILE, Checked
from notifier.own_words import check_folder, set_sentence, toml_string
from notifier.template_check import Fault
from notifier.templating import TEMPLATE_NAMES, built_in
from notifier.trial import check_aside
from notifier.wording import NEEDED, PHRASES, places_of
from staff.wording_labels import label_of
from storage.database import Database
from storage.desk import Act
from storage.history import record_act

FILES = (WORDING_FILE, *TEMPLATE_NAMES)
_LOCK = ".saving.lock"


class Overtaken(Exception):
    """A colleague saved something else since the page was shown; nothing was written."""


GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("标题与标记", ("_title", "_badge")),
    ("称呼与开头", ("salutation", "_opening", "reminder_exempt", "late", "checking_promise", "words_")),
    ("结尾", ("contact", "closing", "supplement")),
    ("补正与报送方式", ("how_",)),
    ("各部分标题与引言", ("_heading", "_lead", "general_group")),
    ("主题", ("_subject", "reply_prefix")),
)


@dataclass(frozen=True)
class Sentence:
    """One sentence. `own`: the office's, None while the built-in one serves; `places`: names in braces that may be used,
    `needed`: those it must keep; `fault`: what is wrong with the office's, empty if nothing."""

    key: str
    built_in: str
    own: str | None
    places: tuple[str, ...]
    needed: tuple[str, ...]
    fault: str


@dataclass(frozen=True)
class FileState:
    """One file of the folder. `state`: built_in, own, faulty."""

    name: str
    state: str
    faults: tuple[Fault, ...]


def file_states(folder: Path | None, campaign: Campaign) -> tuple[FileState, ...]:
    """Every file that may be replaced, and what else lies there."""
    faults = check_folder(folder, campaign).faults
    there = {path.name for path in folder.iterdir()} if folder is not None and folder.is_dir() else set()
    names = [*FILES, *sorted({fault.file for fault in faults} - set(FILES))]
    states = []
    for name in names:
        mine = tuple(fault for fault in faults if fault.file == name)
        states.append(FileState(name, "faulty" if mine else "own" if name in there else "built_in", mine))
    return tuple(states)


def sentences(folder: Path | None, campaign: Campaign) -> tuple[tuple[str, tuple[Sentence, ...]], ...]:
    """All sentences by group, in the order of the built-in ones."""
    checked = check_folder(folder, campaign)
    own = dict(checked.own.wording)
    left = dict.fromkeys(PHRASES)
    grouped: list[tuple[str, tuple[Sentence, ...]]] = []
    for title, marks in GROUPS:
        keys = [key for key in left if any(mark in key for mark in marks)]
        grouped.append((title, tuple(_sentence(key, own.get(key), campaign, checked) for key in keys)))
        for key in keys:
            del left[key]
    grouped.append(("其他用语", tuple(_sentence(key, own.get(key), campaign, checked) for key in left)))
    return tuple(grouped)


def _sentence(key: str, own: str | None, campaign: Campaign, checked: Checked) -> Sentence:
    base = campaign.wording.get(key, PHRASES[key])
    fault = next((f.text for f in checked.faults if f.file == WORDING_FILE and f"“{key}”" in f.text), "")
    places = places_of(base)
    return Sentence(key, base, own, tuple(sorted(places)), tuple(sorted(places & NEEDED)), fault)


def sample(name: str, campaign: Campaign) -> str:
    """The text of a file to start from. Raises KeyError for a name that is none."""
    if name == WORDING_FILE:
        return _wording_sample(campaign)
    return built_in(name)


def _wording_sample(campaign: Campaign) -> str:
    lines = [
        "# 信件用语。去掉行首的 # 并改写引号中的文字即可；未改的仍用内置用语。",
        "# 花括号中的名称会自动填入，如 {unit} 单位、{receipt} 回执编号、{deadline} 截止日期；请原样保留。",
        "# 保存后自动检查，有误的一句不会使用，并有提醒说明是第几行。",
    ]
    for title, group in sentences(None, campaign):
        lines += ["", f"# {title}"]
        for one in group:
            lines += [f"# （{label_of(one.key)}）", f"# {one.key} = {toml_string(one.built_in)}"]
    return "\n".join(lines) + "\n"


def copy_samples(folder: Path, names: tuple[str, ...], campaign: Campaign) -> tuple[str, ...]:
    """Put samples into the folder; a file that is there stays. Names of those written. Raises OSError, KeyError."""
    written = []
    with _saving(folder):
        for name in names:
            if not (folder / name).exists():
                with _new_text(folder / name, sample(name, campaign)) as put:
                    put()
                written.append(name)
    return tuple(written)


def read_file(folder: Path, name: str, campaign: Campaign) -> str:
    """The text of the office's own file, or the sample to start from. Raises KeyError."""
    if name not in FILES:
        raise KeyError(name)
    try:
        return (folder / name).read_text("utf-8-sig")
    except FileNotFoundError:
        return sample(name, campaign)
    except (OSError, UnicodeDecodeError):
        return ""


def try_file(folder: Path, name: str, text: str, campaign: Campaign) -> tuple[Checked, tuple[Fault, ...]]:
    """The folder as it would be with this text in this file, and what is wrong with it. Nothing is written."""
    sources = {path.name: path.read_text("utf-8-sig", "replace") for path in _own_files(folder)}
    checked = check_aside({**sources, name: text}, campaign)
    return checked, tuple(fault for fault in checked.faults if fault.file == name)


def file_face(folder: Path | None, name: str) -> str:
    """A mark of what lies in the file now; "" if it is not there."""
    text = _text_of(folder / name) if folder is not None else None
    return "" if text is None else _mark(text)


def sentences_face(group: Iterable[Sentence]) -> str:
    """A mark of what these sentences say now."""
    return _mark(json.dumps([(one.key, one.own) for one in sorted(group, key=lambda one: one.key)], ensure_ascii=False))


def save_file(
    database: Database, folder: Path, name: str, text: str, campaign: Campaign, act: Act, seen: str | None = None
) -> tuple[Fault, ...]:
    """Save one of the office's own files if it passes the check; what is wrong with it otherwise (nothing is written). `seen`:
    its face (`file_face`) when the person began. Raises KeyError for a name that is none, Overtaken, OSError."""
    if name not in FILES:
        raise KeyError(name)
    _, faults = try_file(folder, name, text, campaign)
    if faults:
        return faults
    with _saving(folder):
        if seen is not None and seen != file_face(folder, name):
            raise Overtaken
        _replace(database, folder, name, text, act)
    return ()


@contextmanager
def _saving(folder: Path) -> Iterator[None]:
    """Comparing with what was shown and saving are one step, for every thread and every process that saves in this folder: the
    pages are served beside the daemon, by `baosong web` or by both. The lock goes with its process. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a") as handle:  # stays: who deletes it would let a third in while a second waits on it
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _replace(database: Database, folder: Path, name: str, text: str, act: Act) -> None:
    """The act is written down before the file takes its place: without a database nothing changes, as the person is told."""
    before = _text_of(folder / name)
    with _new_text(folder / name, text) as put:
        record_act(database, act, AuditRecord("edit", "template", before={"file": name, "text": before}, after={"file": name, "text": text}))
        put()


def _text_of(file: Path) -> str | None:
    return file.read_text("utf-8-sig", "replace") if file.exists() else None


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def save_sentences(
    database: Database, folder: Path, changes: Mapping[str, str | None], campaign: Campaign, act: Act, seen: Mapping[str, str] | None = None
) -> tuple[Fault, ...]:
    """Set or take back (None) these sentences, leaving all other lines as they are. `seen`: title of a group -> its face
    (`sentences_face`) when the person began; what colleagues saved in other groups stays. Faults as `save_file` tells them; raises
    Overtaken, OSError."""
    text = changed_wording(folder, changes, campaign)
    _, faults = try_file(folder, WORDING_FILE, text, campaign)
    if faults:
        return faults
    with _saving(folder):
        now = dict(sentences(folder, campaign))
        if any(title not in now or sentences_face(now[title]) != face for title, face in (seen or {}).items()):
            raise Overtaken
        # Another group may have been saved while this one was tried: sentences are right or wrong one by one.
        _replace(database, folder, WORDING_FILE, changed_wording(folder, changes, campaign), act)
    return ()


def changed_wording(folder: Path, changes: Mapping[str, str | None], campaign: Campaign) -> str:
    """The text of the wording file with these changes. Nothing is written."""
    text = _text_of(folder / WORDING_FILE)
    text = _wording_sample(campaign) if text is None else text
    for key, value in changes.items():
        text = set_sentence(text, key, value)
    return text


def remove_file(database: Database, folder: Path, name: str, act: Act, seen: str | None = None) -> bool:
    """Back to the built-in text; False if there was no own file. `seen` as in `save_file`. Raises KeyError, Overtaken, OSError."""
    if name not in FILES:
        raise KeyError(name)
    with _saving(folder):
        before = _text_of(folder / name)
        if before is None:
            return False
        if seen is not None and seen != file_face(folder, name):
            raise Overtaken
        record_act(database, act, AuditRecord("delete", "template", before={"file": name, "text": before}))
        (folder / name).unlink()
    return True


def _own_files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name in FILES] if folder.is_dir() else []


@contextmanager
def _new_text(file: Path, text: str) -> Iterator[Callable[[], object]]:
    """The text on disk beside its file; calling the value puts it in the file's place, all of it or nothing: the daemon may read
    at this moment. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(name).chmod(0o644)
        yield lambda: Path(name).replace(file)
    finally:
        Path(name).unlink(missing_ok=True)
