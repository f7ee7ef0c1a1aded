"""What only the whole mail can tell, once all its parts are read: a code in the subject or an attachment that belongs to
the one link that lacks it."""

from __future__ import annotations

from dataclasses import replace

from core.facts import Link, MessageFacts
from parsers.link_loose import with_loose_codes


def tie_loose_ends(facts: MessageFacts) -> MessageFacts:
    """The mail with such a code beside its link. Links of quoted history lend no code and get none."""
    links = [link for link in (*facts.links, *(link for part in facts.parts for link in part.links)) if not link.quoted]
    if not any(link.provider == "baidu" and link.code is None for link in links):
        return facts
    texts = (facts.envelope.subject, facts.text, *(part.text for part in facts.parts if part.text))
    codes = {link.url: link.code for link in with_loose_codes(links, texts) if link.code is not None}

    def completed(found: tuple[Link, ...]) -> tuple[Link, ...]:
        return tuple(
            replace(link, code=codes[link.url]) if link.code is None and not link.quoted and link.url in codes else link
            for link in found
        )

    parts = tuple(replace(part, links=completed(part.links)) if part.links else part for part in facts.parts)
    return replace(facts, links=completed(facts.links), parts=parts)
