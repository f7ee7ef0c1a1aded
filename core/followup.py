"""Short replies to our letters that bring material without a file: a missing extraction code, a word on sharing."""

from __future__ import annotations

import re
from dataclasses import replace

from core.assemble import find_consent, material_links
from core.campaign import Campaign
from core.facts import Link, MessageFacts
from core.submission import Item
from core.text import normalise

BARE_CODE = re.compile(r"(?:提取码|提取密码|密码|访问码)\s*(?:是|为|[:：])?\s*([A-Za-z0-9]{4})(?![A-Za-z0-9])")
_TEXT = 20_000
ONLY_CODE = re.compile(r"^\s*([A-Za-z0-9]{4})\s*$", re.MULTILINE)

PLAIN_CODE = re.compile(r"(?:提取码|提取密码)\s*(?:是|为|[:：])?\s*([A-Za-z0-9]{4})(?![A-Za-z0-9])")
"""Without 密码 and 访问码, which may open an archive or a web page."""


def with_code_from_elsewhere(facts: MessageFacts, provider: str) -> MessageFacts:
    """The mail with the code for its one share link that lacks it, where the code stands alone in the subject, the body
    or another file. Unchanged when it is not plain which link the code is for."""
    shares = [link for link in material_links(facts) if link.provider == provider]
    lacking = [link for link in shares if link.code is None]
    if len(lacking) != 1:
        return facts
    texts = (facts.envelope.subject, facts.text, *(part.text or (part.form.text if part.form else "") for part in facts.parts))
    codes = {code for text in texts for code in PLAIN_CODE.findall(normalise(text[:_TEXT]))}
    codes -= {code for link in shares for code in (link.code, link.other_code) if code}
    if len(codes) != 1:
        return facts
    url, code = lacking[0].url, codes.pop()

    def lend(links: tuple[Link, ...]) -> tuple[Link, ...]:
        return tuple(replace(link, code=code) if link.url == url and link.code is None else link for link in links)

    parts = tuple(replace(part, links=lend(part.links)) if part.links else part for part in facts.parts)
    return replace(facts, links=lend(facts.links), parts=parts)


def find_late_code(facts: MessageFacts, linked: tuple[Item, ...]) -> Link | None:
    """A code sent alone for the one link that lacked it; None when it is not plain which link it is for."""
    waiting = {link.url: link for item in linked for link in item.links if link.code is None and link.provider != "web"}
    if len(waiting) != 1 or any(link.provider != "web" and not link.quoted for link in facts.links):
        return None
    text = normalise(facts.text)
    found = BARE_CODE.findall(text) or ONLY_CODE.findall(text)
    if len(set(found)) != 1:
        return None
    return replace(next(iter(waiting.values())), code=found[0], found_in="body", quoted=False)


def answers_consent(facts: MessageFacts, linked: tuple[Item, ...], campaign: Campaign) -> bool:
    """Whether the reply says something about sharing that an item of its thread still waits for."""
    open_courses = [
        item for item in linked
        if (rule := campaign.category(item.category).resource) is not None
        and item.fields.get(rule.consent_field) is None
    ]
    return bool(open_courses) and find_consent(facts.text) is not None
