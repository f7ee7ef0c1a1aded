"""Short replies to our letters that bring material without a file: a missing extraction code, a word on sharing, other words."""

from __future__ import annotations

import re
from dataclasses import replace

from core.campaign import Campaign
from core.consent import consent_about, course_titles
from core.facts import Link, MessageFacts
from core.kind import KindFacts
from core.link_joining import faulty
from core.submission import Item
from core.text import normalise

BARE_CODE = re.compile(r"(?:提取码|提取密码|密码|访问码)\s*(?:是|为|[:：])?\s*([A-Za-z0-9]{4})(?![A-Za-z0-9])")
ONLY_CODE = re.compile(r"^\s*([A-Za-z0-9]{4})\s*$", re.MULTILINE)


_OF_A_LINK = re.compile(r"链接|网盘|分享|共享|提取码")
_OF_MORE = re.compile(r"电话|手机|号码|邮寄|寄出|扫描|盖章|公章|申报表|Word|撤回|另一", re.IGNORECASE)


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
    titles = course_titles(linked, campaign)
    return any(consent_about(facts.text, item.title, titles) is not None for item in open_courses)


def says_link_is_mended(facts: MessageFacts, linked: tuple[Item, ...]) -> bool:
    """Whether the words are of a link that was at fault, and of nothing else: then the link itself tells, it is looked at again."""
    text = normalise(facts.text)
    bad = any(faulty(link) for item in linked for link in item.links)
    return bad and _OF_A_LINK.search(text) is not None and _OF_MORE.search(text) is None


def told_in_words(kind: KindFacts, linked: tuple[Item, ...], *, in_thread: bool, sent_before: bool) -> str | None:
    """What staff are told of a mail in words only that may answer our letter (`in_thread`), or explain what its sender sent before;
    None for others."""
    if not kind.says:
        return None
    if linked or kind.kind == "unrelated":
        waits = any(item.state in ("incomplete", "review") for item in linked)
        return "来信以文字答复此前的通知，未附材料，请人工查看并处理。" if waits and in_thread else None
    return "来信未附材料；同一发件人此前已有报送，可能是对其所作的说明，请人工查看。" if sent_before else None
