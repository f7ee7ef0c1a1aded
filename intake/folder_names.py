"""Folder names between people and the wire: modified UTF-7 (RFC 3501 5.1.3), and which folder of a server a
configured name means. Pure; knows no connection.

People write 垃圾邮件, `\\Junk`, `INBOX/报送` or copy `&V4NXPpCuTvY-` out of some log; the server lists wire names with
its own delimiter. What cannot be placed without guessing is None.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

NOT_SELECTABLE = frozenset({"\\noselect", "\\nonexistent"})

# What providers call their special folders. The first entry of each row is the flag of RFC 6154; XLIST's older names
# stand in XLIST_FLAGS. Used only when neither the name nor the flag decides.
SPECIAL_NAMES: dict[str, tuple[str, ...]] = {
    "\\junk": ("垃圾邮件", "垃圾箱", "垃圾郵件", "Junk", "Junk E-mail", "Junk Email", "Spam", "Bulk Mail"),
    "\\trash": ("已删除", "已删除邮件", "废件箱", "Trash", "Deleted Messages", "Deleted Items", "Deleted"),
    "\\sent": ("已发送", "已发送邮件", "发件箱", "Sent", "Sent Messages", "Sent Items", "Sent Mail"),
    "\\drafts": ("草稿箱", "草稿", "Drafts", "Draft"),
    "\\archive": ("归档", "存档", "Archive", "Archives"),
}
XLIST_FLAGS = {"\\spam": "\\junk", "\\allmail": "\\all", "\\starred": "\\flagged"}
INBOX_NAMES = frozenset({"inbox", "收件箱"})

_SHIFTED = re.compile(r"&([^-]*)-")


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder as a server lists it.

    `name` for people, `wire` for commands (ASCII), `flags` in lower case (`\\junk`, `\\noselect`), `delimiter` None
    in a flat name space.
    """

    name: str
    wire: str
    flags: frozenset[str] = frozenset()
    delimiter: str | None = "/"

    @property
    def selectable(self) -> bool:
        """Whether mails can lie in it; a parent such as QQ's 其他文件夹 only holds folders."""
        return not self.flags & NOT_SELECTABLE


def encode_name(name: str) -> str:
    """Modified UTF-7: printable ASCII stays, `&` becomes `&-`, everything else is base64 of UTF-16BE with `,`."""
    out: list[str] = []
    run: list[str] = []

    def shift() -> None:
        if run:
            packed = base64.b64encode("".join(run).encode("utf-16-be", "surrogatepass")).decode("ascii")
            out.append("&" + packed.rstrip("=").replace("/", ",") + "-")
            run.clear()

    for char in name:
        if " " <= char <= "~":
            shift()
            out.append("&-" if char == "&" else char)
        else:
            run.append(char)
    shift()
    return "".join(out)


def find_decoded_name(wire: str) -> str | None:
    """The name behind a wire name, or None if it is not valid modified UTF-7 (then show the wire name itself)."""

    def unshift(match: re.Match[str]) -> str:
        packed = match[1]
        if not packed:
            return "&"
        padding = "=" * (-len(packed) % 4)
        data = base64.b64decode(packed.replace(",", "/") + padding, validate=True)
        return data.decode("utf-16-be")

    try:
        decoded = _SHIFTED.sub(unshift, wire)
    except (binascii.Error, ValueError):
        return None
    return None if "&" in _SHIFTED.sub("", wire) else decoded


def loosened(name: str, delimiter: str | None) -> str:
    """A name as people compare it: full width, letter case, blanks and the server's delimiter do not matter."""
    text = name.replace(delimiter, "/") if delimiter else name
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def find_folder(asked: str, folders: Iterable[Folder]) -> Folder | None:
    """The folder that a configured name means: the exact name first, then ever looser readings, never a guess
    between two. Folders that cannot be selected are not considered."""
    candidates = [folder for folder in folders if folder.selectable]
    asked = asked.strip()
    loose = loosened(asked, None)
    if loose in INBOX_NAMES:
        loose = "inbox"
        asked = "INBOX"
    if asked.startswith("\\"):
        return _find_special(_flag(asked), candidates)
    for exact in (
        [folder for folder in candidates if asked in (folder.name, folder.wire)],
        [folder for folder in candidates if loosened(folder.name, folder.delimiter) == loose],
        [folder for folder in candidates if loosened(folder.name, folder.delimiter).rsplit("/", 1)[-1] == loose],
    ):
        if len(exact) == 1:
            return exact[0]
        if exact:
            return next((folder for folder in exact if folder.name == asked), None)
    for flag, names in SPECIAL_NAMES.items():
        if loose in {loosened(name, None) for name in names}:
            return _find_special(flag, candidates)
    return None


def _flag(text: str) -> str:
    lowered = text.casefold()
    return XLIST_FLAGS.get(lowered, lowered)


def _find_special(flag: str, folders: list[Folder]) -> Folder | None:
    """The folder that bears the flag; where no server says so, the one that bears one of its usual names."""
    flagged = [folder for folder in folders if flag in {_flag(own) for own in folder.flags}]
    if flagged:
        return flagged[0]
    usual = {loosened(name, None) for name in SPECIAL_NAMES.get(flag, ())}
    named = [folder for folder in folders if loosened(folder.name, folder.delimiter).rsplit("/", 1)[-1] in usual]
    return named[0] if len(named) == 1 else None


def new_folder_wire(name: str, folders: Iterable[Folder]) -> str:
    """The wire name under which a folder that does not exist yet is to be made: `/` becomes the server's own
    delimiter, and where every folder lies below INBOX (Courier, some Dovecot) the new one does too."""
    known = list(folders)
    delimiter = next((folder.delimiter for folder in known if folder.delimiter), None)
    if delimiter and delimiter != "/":
        name = name.replace("/", delimiter)
    if delimiter:
        below = "inbox" + delimiter
        others = [folder.name.casefold() for folder in known if folder.name.casefold() != "inbox"]
        if others and all(other.startswith(below) for other in others) and not name.casefold().startswith(below):
            name = f"INBOX{delimiter}{name}"
    return encode_name(name)
