"""Links of an item that are there, those that a further mail brings, and whose they are by its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from core.facts import Link
from core.text import compact

_SEVERAL = re.compile(r"等|[两二三四五六七八九十\d]+[门个项]|各|全部|所有|以上|均|都|和|及|、")


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


def named_before(said: str, link: Link, links: Iterable[Link], titles: Iterable[str | None]) -> str | None:
    """The one title of these that stands before the link, on its line or the line above, behind any link before it: 《…》视频：
    https://… None if none does, several do, or the words speak of several courses: also of titles listed one below the other
    above one link, and where the first link has none before it (they may stand behind their links)."""
    known = [title for title in titles if title and len(compact(title)) >= 3]
    at = said.find(_mark(link))
    places = [place for place in {said.find(_mark(other)) for other in (link, *links)} if place >= 0]
    if at < 0 or not _titles_in(said[: min(places)], known):
        return None
    start = max((end for other in links if (end := said.rfind(_mark(other), 0, at)) >= 0), default=0)
    before = said[start:at]
    beside = _titles_in(before.rpartition("\n")[2], known)
    if len(places) > 1 and len(beside) == 1 and not _SEVERAL.search(before.rpartition("\n")[2]):
        return beside[0]
    lines = before.rstrip().splitlines()
    between = "\n".join(lines[-2:])
    found = _titles_in(between, known)
    listed = _titles_in(before, known) != found
    return found[0] if len(found) == 1 and not listed and not _SEVERAL.search(between) else None


def _titles_in(text: str, titles: Iterable[str]) -> list[str]:
    plain = compact(text)
    return [title for title in titles if compact(title) in plain]


def _mark(link: Link) -> str:
    """What of an address stands in the text however it is written."""
    return link.url.rstrip("/").rsplit("/", 1)[-1]
