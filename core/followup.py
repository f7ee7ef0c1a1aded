"""Short replies to our letters that bring material without a file: a missing extraction code, a word on sharing."""

from __future__ import annotations

import re
from dataclasses import replace

from core.campaign import Campaign
from core.consent import consent_about
from core.facts import Link, MessageFacts
from core.submission import Item
from core.text import normalise

BARE_CODE = re.compile(r"(?:提取码|提取密码|密码|访问码)\s*(?:是|为|[:：])?\s*([A-Za-z0-9]{4})(?![A-Za-z0-9])")
ONLY_CODE = re.compile(r"^\s*([A-Za-z0-9]{4})\s*$", re.MULTILINE)


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
    titles = [item.title for item in linked]
    return any(consent_about(facts.text, item.title, titles) is not None for item in open_courses)
