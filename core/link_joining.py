"""Links of an item that are there, and those that a further mail brings."""

from __future__ import annotations

from dataclasses import replace

from core.facts import Link


def adds_links(old: tuple[Link, ...], new: tuple[Link, ...]) -> bool:
    """Whether the new ones hold an address or a code that the old ones lack."""
    known = {(link.url, link.code) for link in old}
    return any((link.url, link.code) not in known for link in new)


def join_links(old: tuple[Link, ...], new: tuple[Link, ...]) -> tuple[Link, ...]:
    """The newer word on the same address wins; a code sent later completes the link; a new share of the same
    provider takes the place of one that was found faulty."""
    if any(not link.doubtful and link.provider != "web" for link in (*old, *new)):  # what a picture seemed to say is idle
        old, new = (tuple(link for link in links if not link.doubtful) for links in (old, new))
    if not new:
        return old
    renewed = {(link.provider, link.url) for link in new}
    kept = [link for link in old if (link.provider, link.url) not in renewed and not _replaced(link, new)]
    codes = {link.url: link.code for link in old if link.code}
    return (*kept, *(replace(link, code=link.code or codes.get(link.url)) for link in new))


def _replaced(old: Link, new: tuple[Link, ...]) -> bool:
    return faulty(old) and any(link.provider == old.provider or link.provider == "baidu" for link in new)


def faulty(link: Link) -> bool:
    """A link that a letter has complained about, or would."""
    bad = link.state.value not in ("ok", "unchecked")
    return bad or link.provider == "mail_large_file" or (link.code is None and link.provider != "web")
