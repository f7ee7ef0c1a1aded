"""What counts as sent in one mail: its links, its files, the pages and the forms read on them."""

from __future__ import annotations

from core.facts import FormFacts, Link, MessageFacts, Part, ScanFacts, Seal, SealFacts
from core.matching import Candidate
from core.submission import RingText, ScanRead

RING_SCORE = 0.1  # of a ring: below it is hardly one
RING_HEIGHT, RING_WIDTH = 0.07, 0.09  # of the page: 20 mm of A4; unit seals have 38 and more, badges and icons less
HEAD = 0.15  # of the page's height


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


def read_scan_facts(candidate: Candidate, number: int | None = None) -> ScanRead:
    """The part of a scan's facts that an item keeps. `number`: which of the file's forms is the item's; where it is known
    which pages are that form's, they alone speak about its seal."""
    scan = candidate.part.embedded if candidate.role.role == "word_form" else scan_of(candidate.part)
    if scan is None:
        return ScanRead(candidate.part.sha256)
    # Text is looked for only where seals are: without either nothing was read and nothing can be said.
    unread = scan.seal is not None and scan.text_sought and not any(page.text.strip() for page in scan.pages)
    own = scan.form_pages[number] if number is not None and number < len(scan.form_pages) else ()
    seal = seal_of_pages(scan, own) if own else scan.seal
    return ScanRead(candidate.part.sha256, seal, candidate.forms, unread, own, ring_texts(scan, own), sealed_pages(scan))


def seal_of_pages(scan: ScanFacts, numbers: tuple[int, ...]) -> Seal | None:
    """What these pages of a file with several forms say about one form's seal. Absent only if the place where the unit sets
    its seal was read on one of them: a page that went astray in the scanner may lie among another form's."""
    pages = [scan.pages[number] for number in numbers if number < len(scan.pages)]
    verdicts = [page.seal for page in pages]
    if "present" in verdicts:
        return "present"
    if scan.seal is None:
        return None
    bare = len(pages) == len(numbers) and all(verdict == "absent" for verdict in verdicts)
    return "absent" if bare and any(page.opinion for page in pages) else "uncertain"


def ring_texts(scan: ScanFacts, numbers: tuple[int, ...] = ()) -> tuple[RingText, ...]:
    """The words on the seals of these pages (all if none are given)."""
    return tuple(
        RingText(number, seal.text, page.seal == "uncertain" and may_be_proof(seal))
        for number, page in enumerate(scan.pages)
        if not numbers or number in numbers
        for seal in page.seals
        if seal.text
    )


def may_be_proof(seal: SealFacts) -> bool:
    """Whether the unit's own name on this ring proves a seal: a ring in colour, of a seal's size, not at the head of the page
    where badges stand that bear the same name."""
    large = seal.height >= RING_HEIGHT and seal.width >= RING_WIDTH
    return seal.shape in ("round", "oval") and not seal.grey and seal.score >= RING_SCORE and large and seal.y > HEAD


def sealed_pages(scan: ScanFacts) -> int | None:
    """How many pages surely bear a seal; None where pages were not told apart (facts of earlier versions)."""
    if scan.seal is not None and all(page.seal is None for page in scan.pages):
        return None
    return sum(page.seal == "present" for page in scan.pages)


def read_forms(scan: ScanFacts | None) -> tuple[FormFacts, ...]:
    if scan is None:
        return ()
    return scan.forms or ((scan.form,) if scan.form else ())


def material_files(facts: MessageFacts) -> frozenset[str]:
    """Hashes of the files that matter for "the very same files": all but pictures inside the body."""
    return frozenset(part.sha256 for part in facts.parts if not part.inline and not part.container)
