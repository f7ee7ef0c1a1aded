"""What counts as sent in one mail: its links, its files, the pages and the forms read on them."""

from __future__ import annotations

from core.facts import FormFacts, Link, MessageFacts, Part, ScanFacts
from core.matching import Candidate
from core.submission import ScanRead


def material_links(facts: MessageFacts) -> tuple[Link, ...]:
    """All links that count as sent now: body, subject and files; quoted history only of a forwarded mail."""
    seen: dict[tuple[str, str], Link] = {}
    for link in (*facts.links, *(found for part in facts.parts for found in part.links)):
        if link.quoted and not facts.forwarded:
            continue
        known = seen.get((link.provider, link.url))
        if known is None or (known.code is None and link.code is not None):
            seen[link.provider, link.url] = link
    return tuple(seen.values())


def scan_of(part: Part) -> ScanFacts | None:
    """The pages of a part: its own, or pictures pasted into a Word file."""
    return part.scan if part.scan is not None else part.embedded


def may_be_stamped(part: Part) -> bool:
    """Whether a form printed to PDF carries a picture that nobody could rule out as an electronic seal."""
    scan = part.scan
    return scan is not None and scan.seal != "absent" and any(page.has_picture for page in scan.pages)


def read_scan_facts(candidate: Candidate) -> ScanRead:
    """The part of a scan's facts that an item keeps."""
    scan = candidate.part.embedded if candidate.role.role == "word_form" else scan_of(candidate.part)
    if scan is None:
        return ScanRead(candidate.part.sha256)
    # Text is looked for only where seals are: without either nothing was read and nothing can be said.
    unread = scan.seal is not None and scan.text_sought and not any(page.text.strip() for page in scan.pages)
    return ScanRead(candidate.part.sha256, scan.seal, candidate.forms, unread)


def read_forms(scan: ScanFacts | None) -> tuple[FormFacts, ...]:
    if scan is None:
        return ()
    return scan.forms or ((scan.form,) if scan.form else ())


def material_files(facts: MessageFacts) -> frozenset[str]:
    """Hashes of the files that matter for "the very same files": all but pictures inside the body."""
    return frozenset(part.sha256 for part in facts.parts if not part.inline and not part.container)
