"""Finds links in any text of a mail: Baidu shares with their codes, other disks, large files that expire, web pages.

The one entry point is `find_links`. It takes what a person wrote (plain text, HTML, text of a form, a PDF or a
picture), never fetches anything, never raises, and takes time in proportion to the text.
"""

from __future__ import annotations

import re
from itertools import pairwise

from core.facts import Link
from parsers.link_codes import Code, find_codes
from parsers.link_forms import LENGTH, SHARE, Address, find_baidu
from parsers.link_html import as_text
from parsers.link_pairs import Found, pair
from parsers.link_places import HOME, LARGE, LARGE_HEAD, WITHOUT_CODES, find_places, is_mail_host
from parsers.link_text import half_width, plain
from parsers.link_usual import read_usual

MAX_CHARS = 4_000_000  # beyond this a body is not read for links
_BEFORE, _AFTER = 1200, 2600  # characters read round an anchor: no code is farther from its link (link_pairs._FAR)
_STEP = 1000
# One of these stands in every link, whatever its form.
_ANCHORS = ("//", "/\\/", "baidu", "Baidu", "BAIDU", "BaiDu", "bai", "www.", ".com/", ".cn/", ".com%", "/s/1")
_EXPIRES = re.compile(
    r"(?:过期时间|有效期(?:至|到)?|到期时间|失效时间|Expires?(?:\s?(?:on|at|time))?)\s{0,2}[:：]?\s{0,2}"
    r"(?P<after>\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}日?(?:\s?\d{1,2}:\d{2}(?::\d{2})?)?|永久有效|永久|无限期|\d{1,3}\s?天)"
    r"|(?P<before>\d{4}[-年/.]\d{1,2}[-月/.]\d{1,2}日?(?:\s?\d{1,2}:\d{2}(?::\d{2})?)?)\s{0,2}(?:到期|过期|失效|前有效)"
    r"|(?P<never>无限期|永久有效)",
    re.IGNORECASE,
)


def find_links(text: str, html: str | None = None, found_in: str = "body") -> tuple[Link, ...]:
    """Links of one body, each share once, in the order they first occur.

    `text` and `html` are the two forms of the same body; what either says counts. Baidu links come canonical
    (`https://pan.baidu.com/s/1...`), with the code from the address or from the text beside it, or None.
    """
    merged: dict[str, Link] = {}
    for source in (text, as_text(html) if html else ""):
        for window in _windows(half_width(source[:MAX_CHARS])):
            links = _links_of(plain(window), found_in)
            if not merged and len(fresh := {link.url: link for link in links}) == len(links):
                merged = fresh
                continue
            for link in links:
                known = merged.get(link.url)
                merged[link.url] = _merge(known, link) if known else link
    return _without_cut(merged)


def _windows(text: str) -> list[str]:
    """The parts of a text that can hold a link or its code; all else is never looked at again."""
    if text.count("//") * 500 > len(text):  # links everywhere
        return [text]
    spans: list[list[int]] = []
    for anchor in _ANCHORS:
        at = text.find(anchor)
        while at >= 0:
            last = max(at, text.rfind(anchor, at, at + _STEP))
            spans.append([max(0, at - _BEFORE), last + _AFTER])
            at = text.find(anchor, max(at + 1, at + _STEP))
    windows: list[list[int]] = []
    for start, end in sorted(spans):
        if windows and start <= windows[-1][1]:
            windows[-1][1] = max(windows[-1][1], end)
        else:
            windows.append([start, end])
    return [text[start:end] for start, end in windows]


def _links_of(text: str, found_in: str) -> list[Link]:
    usual = read_usual(text)
    if usual is not None:
        return [
            Link("baidu", url, inside or beside, found_in, beside if inside and inside != beside else None)
            for url, inside, beside in usual
        ]
    shares = list(find_baidu(text))
    places = list(find_places(text))
    addresses = _in_order(shares, places)
    if not addresses:
        return []
    codes: list[Code] = []
    if any(address.provider not in WITHOUT_CODES for address in addresses):
        spans = [(a.start, a.end) for a in addresses]
        codes = _outside(list(find_codes(text)), spans)
    paired = {id(found.address): found for found in pair(text, addresses, codes)}
    links: list[Link] = []
    heads = [m.start() for m in LARGE_HEAD.finditer(text)] if places else []
    for address in addresses:
        if address.provider in ("web", HOME) and heads and heads[0] < address.start and is_mail_host(address.url):
            address.provider = LARGE
        if address.provider != HOME:
            links.append(_link(text, address, paired.get(id(address)), found_in))
    return links


def _in_order(shares: list[Address], places: list[Address]) -> list[Address]:
    """Both kinds in the order of the text; a place that overlaps a share is that share seen again."""
    merged: list[Address] = []
    at = 0
    for place in places:
        while at < len(shares) and shares[at].end <= place.start:
            merged.append(shares[at])
            at += 1
        if not (at < len(shares) and shares[at].start < place.end):
            merged.append(place)
    merged.extend(shares[at:])
    return merged


def _outside(codes: list[Code], spans: list[tuple[int, int]]) -> list[Code]:
    """Codes that are not part of an address."""
    kept: list[Code] = []
    at = 0
    for code in codes:
        while at < len(spans) and spans[at][1] <= code.start:
            at += 1
        if at == len(spans) or code.start < spans[at][0]:
            kept.append(code)
    return kept


def _link(text: str, address: Address, found: Found | None, found_in: str) -> Link:
    provider, expires = address.provider, None
    if provider == LARGE:
        expires = _expiry(text, address)
    inside, beside = (found.inside, found.code) if found else (address.code, None)
    code, other = inside or beside, None
    if inside and beside and inside != beside:
        code, other = (beside, inside) if found and found.corrected else (inside, beside)
    # Ids have 23 characters, of old at most 8: any other length is an address cut off or joined with what followed it.
    cut = provider == "baidu" and not (len(address.url) - len(SHARE) <= 8 or len(address.url) - len(SHARE) == LENGTH)
    return Link(provider, address.url, code, found_in, other, False, expires, doubtful=cut)


def _expiry(text: str, address: Address) -> str | None:
    """The expiry printed nearest to a large file's link, as it stands there."""
    best: tuple[int, str] | None = None
    low, high = max(0, address.start - 300), address.end + 300
    for match in _EXPIRES.finditer(text, low, high):
        distance = address.start - match.end() if match.end() <= address.start else match.start() - address.end + 40
        printed = match["after"] or match["before"] or match["never"]
        if best is None or distance < best[0]:
            best = (distance, printed)
    return best[1] if best else None


def _merge(known: Link, again: Link) -> Link:
    """One link of two mentions of the same address: nothing either of them says is lost."""
    codes = list(dict.fromkeys(c for c in (known.code, again.code, known.other_code, again.other_code) if c))
    return Link(
        known.provider,
        known.url,
        codes[0] if codes else None,
        known.found_in,
        codes[1] if len(codes) > 1 else None,
        known.quoted and again.quoted,
        known.expires or again.expires,
        doubtful=known.doubtful and again.doubtful,
    )


def _without_cut(merged: dict[str, Link]) -> tuple[Link, ...]:
    """Without share addresses that are only the shown beginning of another (`https://pan.baidu.com/s/1abc...`)."""
    short = {url for url in merged if url.startswith(SHARE) and len(url) - len(SHARE) not in (8, LENGTH)}
    if not short:
        return tuple(merged.values())
    shares = sorted(url for url in merged if url.startswith(SHARE))
    cut = {one for one, other in pairwise(shares) if one in short and other.startswith(one)}
    return tuple(link for link in merged.values() if link.url not in cut)
