"""Scans that several items share, since nothing tells which pages are whose: one seal does not serve two forms.

As many sealed pages as items: each form has its own, whichever it is. Fewer: nobody can say whose they are, and a person
looks. Never a reason to ask a submitter for a seal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.facts import MessageFacts
from core.materials import scan_of, sealed_pages
from core.submission import Item, ScanRead


def share_seals(items: Sequence[Item], facts: MessageFacts) -> tuple[Item, ...]:
    """The items, with the seals of files that are too few for those who share them as doubtful. Pure."""
    owners: dict[str, set[int]] = {}
    for position, item in enumerate(items):
        for read in item.scan_reads:
            owners.setdefault(read.sha256, set()).add(position)
    whole = {read.sha256 for item in items for read in item.scan_reads if not read.pages}
    sealed: dict[frozenset[int], int | None] = {}
    scans = {part.sha256: scan_of(part) for part in facts.parts if part.sha256 in owners}
    for sha256, scan in scans.items():
        group = frozenset(owners[sha256])
        count = sealed_pages(scan) if scan is not None else 0
        before = sealed.get(group, 0)
        sealed[group] = None if count is None or before is None else before + count
    doubtful = {
        sha256 for sha256, group in owners.items()
        if sha256 in whole and len(group) > 1 and (count := sealed.get(frozenset(group))) is not None and count < len(group)
    }
    return tuple(
        replace(item, scan_reads=tuple(_doubted(read) if read.sha256 in doubtful and not read.pages else read for read in item.scan_reads))
        for item in items
    )


def _doubted(read: ScanRead) -> ScanRead:
    seal = "uncertain" if read.seal == "present" else read.seal
    return replace(read, seal=seal, rings=tuple(replace(ring, doubtful=False) for ring in read.rings))
