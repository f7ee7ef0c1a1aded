"""Scans that several items share, since nothing tells which pages are whose: one seal does not serve two forms.

As many sealed pages as items: each form has its own, whichever it is. Fewer: nobody can say whose they are, and a person
looks. Never a reason to ask a submitter for a seal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.submission import Item, ScanRead


def share_seals(items: Sequence[Item]) -> tuple[Item, ...]:
    """The items of a mail, with the seals of files that are too few for those who share them as doubtful. Pure."""
    owners: dict[str, set[int]] = {}
    reads: dict[str, ScanRead] = {}
    for position, item in enumerate(items):
        for read in item.scan_reads:
            owners.setdefault(read.sha256, set()).add(position)
            if not read.pages:
                reads[read.sha256] = read
    groups: dict[frozenset[int], list[ScanRead]] = {}
    for sha256, read in reads.items():
        groups.setdefault(frozenset(owners[sha256]), []).append(read)
    doubtful = {read.sha256 for group, shared in groups.items() if _too_few(shared, len(group)) for read in shared}
    return tuple(replace(item, scan_reads=tuple(_doubted(read, doubtful) for read in item.scan_reads)) for item in items)


def share_among(reads: tuple[ScanRead, ...], count: int) -> tuple[ScanRead, ...]:
    """Files that `count` items get, all of them each."""
    return tuple(_doubted(read, {one.sha256 for one in reads}) for read in reads) if _too_few(reads, count) else reads


def enough_seals(reads: Sequence[ScanRead], count: int) -> bool:
    """Whether these files surely have as many sealed pages as `count` items need."""
    return sum(read.sealed or 0 for read in reads) >= count


def _too_few(reads: Sequence[ScanRead], count: int) -> bool:
    """Whether these files surely have fewer sealed pages than `count` items need. Facts of earlier versions do not tell."""
    if count < 2 or any(read.sealed is None and read.seal is not None for read in reads):
        return False
    return sum(read.sealed or 0 for read in reads) < count


def _doubted(read: ScanRead, doubtful: Iterable[str]) -> ScanRead:
    if read.pages or read.sha256 not in doubtful:
        return read
    seal = "uncertain" if read.seal == "present" else read.seal
    return replace(read, seal=seal, rings=tuple(replace(ring, doubtful=False) for ring in read.rings))
