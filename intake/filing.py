"""What happens to a mail in the mailbox once it is recorded: a flag, a move, or nothing. Best effort: the record is
the truth, the mailbox only shows it. Doing it twice does no harm, and no mail is ever removed that was not copied.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from intake.folder_names import Folder, find_folder, new_folder_wire
from intake.imap_wire import Selected
from intake.mailbox_errors import CommandRefused, MailboxError

SEEN = "\\Seen"
DELETED = "\\Deleted"
KEYWORD = "$Baosong"


@dataclass(frozen=True, slots=True)
class Filed:
    """Done. `note` says why less was done than asked (no UIDPLUS: flagged instead of moved), else empty."""

    how: Literal["flagged", "moved", "left", "gone"]
    note: str = ""


@dataclass(frozen=True, slots=True)
class NotFiled:
    """Not done this time; the mail lies where it lay. May be tried again."""

    reason: str
    server_text: str = ""


FileOutcome = Filed | NotFiled


class FilingWire(Protocol):
    """What is needed of a connection."""

    def has(self, capability: str) -> bool: ...
    def create(self, wire: str) -> None: ...
    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, object]]: ...
    def add_flags(self, uid: int, flags: Sequence[str]) -> None: ...
    def move(self, uid: int, wire: str) -> None: ...
    def copy(self, uid: int, wire: str) -> None: ...
    def expunge(self, uid: int) -> None: ...


def check_after(after: str) -> str | None:
    """The folder that `[mailbox] after` moves to, None for "flag" and "none". Raises ValueError for anything else."""
    if after in {"flag", "none"}:
        return None
    if after.startswith("move:") and after[5:].strip():
        return after[5:].strip()
    raise ValueError(f"[mailbox] after = {after!r}：只能是 \"flag\"、\"move:文件夹\" 或 \"none\"")


def file_mail(wire: FilingWire, opened: Selected, uid: int, after: str,
              folders: Callable[[bool], tuple[Folder, ...]]) -> FileOutcome:
    """File one mail of the open folder. `folders(again)` lists the server's folders, `again` asks anew. Never raises
    for the server's refusals or a lost connection."""
    target = check_after(after)
    if after == "none":
        return Filed("left")
    if opened.read_only:
        return NotFiled("文件夹是只读的")
    try:
        if uid not in wire.fetch([uid], ["FLAGS"]):
            return Filed("gone")
        if target is None:
            return _flag(wire, opened, uid)
        return _move(wire, opened, uid, target, folders)
    except MailboxError as error:
        return NotFiled(error.reason, error.server_text)


def _flag(wire: FilingWire, opened: Selected, uid: int, note: str = "") -> Filed:
    """Read, and our keyword where the folder stores keywords at all (163 does not)."""
    wire.add_flags(uid, [SEEN])
    if "\\*" in opened.permanent_flags or KEYWORD in opened.permanent_flags:
        try:
            wire.add_flags(uid, [KEYWORD])
        except CommandRefused:
            return Filed("flagged", note or "服务器不接受自定义标记，只标为已读")
    return Filed("flagged", note)


def _move(wire: FilingWire, opened: Selected, uid: int, name: str,
          folders: Callable[[bool], tuple[Folder, ...]]) -> FileOutcome:
    target = _target(wire, name, folders)
    if target == opened.wire:
        return Filed("left", "目标就是所在的文件夹")
    if wire.has("MOVE"):
        try:
            _flag(wire, opened, uid)
            wire.move(uid, target)
            return Filed("moved")
        except CommandRefused:
            pass  # advertised and refused: some gateways do; the long way may still be open
    if not wire.has("UIDPLUS"):
        # Without UID EXPUNGE the original could only be removed together with whatever others marked deleted, and a
        # copy beside the original would be taken for a second mail.
        return _flag(wire, opened, uid, "服务器不支持移动（MOVE、UIDPLUS 都没有），只标为已读")
    _flag(wire, opened, uid)
    wire.copy(uid, target)
    # Cut off between these steps the next try copies once more: a copy too many, never a mail too few.
    wire.add_flags(uid, [DELETED])
    wire.expunge(uid)
    return Filed("moved")


def _target(wire: FilingWire, name: str, folders: Callable[[bool], tuple[Folder, ...]]) -> str:
    """The wire name to move to; made if it is not there."""
    found = find_folder(name, folders(False))
    if found is None:
        made = new_folder_wire(name, folders(False))
        try:
            wire.create(made)
        except CommandRefused:
            found = find_folder(name, folders(True))  # made meanwhile by another
            if found is None:
                raise
            return found.wire
        folders(True)
        return made
    return found.wire
