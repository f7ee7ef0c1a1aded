"""What only the whole mail can tell, once all its parts are read: a code in the subject or an attachment that belongs to
the one link that lacks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.facts import Link, MessageFacts, Part
from parsers.link_loose import with_loose_codes


def tie_loose_ends(facts: MessageFacts) -> MessageFacts:
    """The mail with such a code beside its link. Links of quoted history lend no code and get none. An address read from
    a picture counts only where nothing else says where the material lies."""
    facts = _sure_ones(facts)
    links = [link for link in _all_links(facts) if not link.quoted]
    if not any(link.provider == "baidu" and link.code is None for link in links):
        return facts
    typed = (facts.envelope.subject, facts.text, *(part.text for part in facts.parts if part.text and not _from_picture(part)))
    seen = tuple(part.text for part in facts.parts if part.text and _from_picture(part))
    found = with_loose_codes(links, typed)
    sure = {link.url for link in found if link.code is not None}
    completed = {link.url: link for link in found if link.code is not None}
    for link in with_loose_codes(found, (*typed, *seen)) if seen else ():
        if link.code is not None and link.url not in sure:
            completed[link.url] = replace(link, doubtful=True)  # the code was read from a picture

    def complete(mine: tuple[Link, ...]) -> tuple[Link, ...]:
        return tuple(
            replace(link, code=completed[link.url].code, doubtful=link.doubtful or completed[link.url].doubtful)
            if link.code is None and not link.quoted and link.url in completed else link
            for link in mine
        )  # fmt: skip

    return _with_links(facts, complete)


def _all_links(facts: MessageFacts) -> tuple[Link, ...]:
    return (*facts.links, *(link for part in facts.parts for link in part.links))


def _with_links(facts: MessageFacts, change: Callable[[tuple[Link, ...]], tuple[Link, ...]]) -> MessageFacts:
    parts = tuple(replace(part, links=change(part.links)) if part.links else part for part in facts.parts)
    return replace(facts, links=change(facts.links), parts=parts)


def _from_picture(part: Part) -> bool:
    """Whether the text of this part was read from a picture."""
    scan = part.scan
    return scan is not None and scan.text_sought and any(page.image for page in scan.pages)


def _sure_ones(facts: MessageFacts) -> MessageFacts:
    """Without doubtful shares beside a sure one, and without doubtful addresses of any kind beside a sure one of any."""
    links = _all_links(facts)
    if not any(link.doubtful for link in links):
        return facts
    known = [link for link in links if not link.doubtful and not link.is_homepage]
    shares = [link for link in known if link.provider != "web"]

    def kept(mine: tuple[Link, ...]) -> tuple[Link, ...]:
        return tuple(link for link in mine if not link.doubtful or not (known if link.provider == "web" else shares))

    return _with_links(facts, kept)
