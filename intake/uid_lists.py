"""What the server's list of UIDs and the ledger say of one another. Pure.

The whole list is compared, not "the last ten" and not what UIDNEXT promises: 163 sends no UIDNEXT, and whatever
arrived during an outage, or was dragged into the folder by hand, is simply not in the ledger yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class FolderState:
    """A folder at the moment it was opened. `uidvalidity` is 0 when the server tells none."""

    name: str
    uidvalidity: int
    exists: int


@dataclass(frozen=True, slots=True)
class LedgerState:
    """What the ledger knows of a folder: the UIDVALIDITY its UIDs were recorded under, None before the first visit."""

    uidvalidity: int | None = None


@dataclass(frozen=True, slots=True)
class Same:
    """The ledger's UIDs still name the same mails."""


@dataclass(frozen=True, slots=True)
class FirstVisit:
    """Nothing recorded yet: `since` decides which mails may be answered."""


@dataclass(frozen=True, slots=True)
class ValidityChanged:
    """The folder was rebuilt: its old UIDs mean nothing any more. Every mail is read again and recognised by its
    Message-ID and SHA-256."""

    before: int
    now: int


def compare(folder: FolderState, ledger: LedgerState) -> Same | FirstVisit | ValidityChanged:
    """Whether the recorded UIDs may be compared with the server's at all."""
    if ledger.uidvalidity is None:
        return FirstVisit()
    if ledger.uidvalidity != folder.uidvalidity:
        return ValidityChanged(ledger.uidvalidity, folder.uidvalidity)
    return Same()


def new_uids(server: Iterable[int], known: Set[int]) -> tuple[int, ...]:
    """UIDs on the server that the ledger does not have, ascending, each once: a frozen list, safe to walk while
    mails are moved away."""
    return tuple(sorted({uid for uid in server if uid > 0} - known))


def seems_cut_off(oldest: datetime | None, count: int, now: datetime) -> bool:
    """Whether a folder looks as if the provider showed its last 30 days only (163: 收取最近30天邮件). There is no asking:
    the setting lives in webmail. A folder with a good number of mails, the oldest just under 30 days old, is the sign.
    """
    if oldest is None or count < 30:
        return False
    return timedelta(days=28) <= now - oldest <= timedelta(days=31)
