"""Filing, step by step, over a connection that may break at any of them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from intake.filing import Filed, NotFiled, check_after, file_mail
from intake.folder_names import Folder, encode_name
from intake.imap_wire import Selected
from intake.mailbox_errors import CommandRefused, Disconnected

INBOX = Selected("INBOX", 1, 3, frozenset({"\\Seen", "\\Deleted"}), False)
DONE = encode_name("已处理")


class Box:
    """INBOX and other folders as dicts; breaks at the `break_at`-th command."""

    def __init__(self, *capabilities: str, break_at: int = -1, refuse: Sequence[str] = ()) -> None:
        self.capabilities = set(capabilities)
        self.inbox: dict[int, set[str]] = {1: set(), 2: {"\\Deleted"}, 3: set()}
        self.folders: dict[str, list[int]] = {"INBOX": []}
        self.break_at, self.refuse = break_at, refuse
        self.commands: list[str] = []

    def _do(self, name: str) -> None:
        self.commands.append(name)
        if len(self.commands) - 1 == self.break_at:
            raise Disconnected("cut")
        if name in self.refuse:
            raise CommandRefused("no", name)

    def has(self, capability: str) -> bool:
        return capability in self.capabilities

    def create(self, wire: str) -> None:
        self._do("create")
        if wire in self.folders:
            raise CommandRefused("exists")
        self.folders[wire] = []

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, dict[bytes, object]]:
        self._do("fetch")
        return {uid: {} for uid in uids if uid in self.inbox}

    def add_flags(self, uid: int, flags: Sequence[str]) -> None:
        self._do("keyword" if "$Baosong" in flags else "flags")
        self.inbox[uid].update(flags)

    def move(self, uid: int, wire: str) -> None:
        self._do("move")
        del self.inbox[uid]
        self.folders[wire].append(uid)

    def copy(self, uid: int, wire: str) -> None:
        self._do("copy")
        self.folders[wire].append(uid)

    def expunge(self, uid: int) -> None:
        self._do("expunge")
        if "\\Deleted" in self.inbox[uid]:
            del self.inbox[uid]

    def listing(self, again: bool = False) -> tuple[Folder, ...]:
        return tuple(Folder("已处理" if wire == DONE else wire, wire) for wire in self.folders)

    def file(self, uid: int, after: str, opened: Selected = INBOX) -> object:
        return file_mail(self, opened, uid, after, self.listing)


def test_flags():
    box = Box()
    assert box.file(1, "flag") == Filed("flagged")
    assert box.inbox[1] == {"\\Seen"}  # 163 stores no keywords: none is sent
    able = Selected("INBOX", 1, 3, frozenset({"\\*"}), False)
    assert box.file(3, "flag", able) == Filed("flagged")
    assert box.inbox[3] == {"\\Seen", "$Baosong"}
    refusing = Box(refuse=["keyword"])
    outcome = refusing.file(1, "flag", able)
    assert isinstance(outcome, Filed)
    assert outcome.note


def test_none_touches_nothing():
    box = Box()
    assert box.file(1, "none") == Filed("left")
    assert box.commands == []


def test_gone_and_read_only():
    assert Box().file(9, "flag") == Filed("gone")
    assert isinstance(Box().file(1, "flag", Selected("INBOX", 1, 3, frozenset(), True)), NotFiled)


@pytest.mark.parametrize("capabilities", [("MOVE", "UIDPLUS"), ("UIDPLUS",), ("MOVE",)])
def test_move_makes_the_folder_once_and_touches_no_other_mail(capabilities):
    box = Box(*capabilities)
    assert box.file(1, "move:已处理") == Filed("moved")
    assert box.file(3, "move: 已处理 ") == Filed("moved")
    assert box.folders[DONE] == [1, 3]
    assert box.inbox == {2: {"\\Deleted"}}
    assert box.commands.count("create") == 1
    assert box.file(1, "move:已处理") == Filed("gone")


def test_without_uidplus_nothing_is_copied_or_deleted():
    box = Box()
    outcome = box.file(1, "move:已处理")
    assert isinstance(outcome, Filed)
    assert outcome.how == "flagged"
    assert "UIDPLUS" in outcome.note
    assert box.folders[DONE] == []
    assert set(box.inbox) == {1, 2, 3}
    assert "\\Deleted" not in box.inbox[1]


def test_move_refused_goes_the_long_way():
    box = Box("MOVE", "UIDPLUS", refuse=["move"])
    assert box.file(1, "move:已处理") == Filed("moved")
    assert box.folders[DONE] == [1]


@pytest.mark.parametrize("capabilities", [("MOVE", "UIDPLUS"), ("UIDPLUS",), ()])
@pytest.mark.parametrize("break_at", range(8))
def test_broken_off_anywhere_and_tried_again_no_mail_is_lost(capabilities, break_at):
    """parsedmarc #242, Odoo #253413: what is done to the mailbox may fail at any point."""
    box = Box(*capabilities, break_at=break_at)
    first = box.file(1, "move:已处理")
    assert isinstance(first, Filed | NotFiled)
    assert 1 in box.inbox or 1 in box.folders.get(DONE, [])
    box.break_at = -1
    again = box.file(1, "move:已处理")
    assert isinstance(again, Filed)
    assert 1 in box.inbox or 1 in box.folders[DONE]
    assert {2, 3} <= set(box.inbox)
    if "UIDPLUS" in capabilities:
        assert 1 not in box.inbox


def test_a_folder_that_cannot_be_made_leaves_the_mail():
    box = Box("MOVE", refuse=["create"])
    outcome = box.file(1, "move:已处理")
    assert isinstance(outcome, NotFiled)
    assert outcome.server_text == "create"
    assert set(box.inbox) == {1, 2, 3}


def test_moving_to_where_it_lies():
    box = Box("MOVE", "UIDPLUS")
    outcome = box.file(1, "move:INBOX")
    assert isinstance(outcome, Filed)
    assert outcome.how == "left"


def test_the_option():
    assert check_after("flag") is None
    assert check_after("none") is None
    assert check_after("move: 已处理/第一批") == "已处理/第一批"
    for wrong in ("", "move:", "move: ", "delete", "Flag"):
        with pytest.raises(ValueError, match="after"):
            check_after(wrong)
