"""Whether a mail repeats an earlier one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.facts import MessageFacts
from core.materials import material_files
from core.subject import bare_subject
from core.withdrawal import asks_back


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier mail that may be the same: by Message-ID, by raw bytes or by the same files."""

    id: int
    message_id: str
    subject: str
    raw_sha256: str
    files: frozenset[str]
    text: str
    sender: str | None
    verdict: str | None
    receipt_number: str | None


def find_duplicate(facts: MessageFacts, candidates: Iterable[Earlier]) -> Earlier | None:
    """The earlier mail that this one repeats: the very same message, or the very same files with nothing new to say.

    An empty Message-ID matches nothing. A mail sent again with a mended subject, a code or a word on sharing is new.
    """
    files = material_files(facts)
    for earlier in candidates:
        same_id = bool(earlier.message_id) and earlier.message_id == facts.envelope.message_id
        if earlier.raw_sha256 and earlier.raw_sha256 == facts.sha256:
            return earlier
        same_files = files == earlier.files
        same_subject = _plain(earlier.subject) == _plain(facts.envelope.subject)
        if same_id and same_files and same_subject:
            return earlier
        # Passed on once more (Fw:), nothing was wrong with it: the same. What was to be corrected gets its answer again.
        # A mail that a person looks at may be answered in words: with the same files and other words it is no repetition.
        fine = earlier.verdict == "accepted" or (earlier.verdict == "review" and _plain(earlier.text) == _plain(facts.text))
        bare = fine and _bare(earlier.subject) == _bare(facts.envelope.subject)
        again = bool(files) and same_files and (same_subject or bare) and earlier.sender == facts.envelope.sender
        if earlier.verdict == "ignored":
            continue  # staff refused it: sent once more it is theirs to deal with
        if again and (_plain(earlier.text) == _plain(facts.text) or not _says_more(facts, earlier)):
            return earlier
    return None


def _bare(subject: str) -> str:
    return _plain(bare_subject(subject))


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _says_more(facts: MessageFacts, earlier: Earlier) -> bool:
    """Whether the body brings a link, a code or a word on sharing that the earlier one lacks, or takes something back."""
    from_body = [link for link in facts.links if not link.quoted and link.provider != "web"]
    if any(link.url not in earlier.text or (link.code or "") not in earlier.text for link in from_body):
        return True
    if asks_back(facts):
        return True
    return "同意" in facts.text and "同意" not in earlier.text
