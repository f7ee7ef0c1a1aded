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
_MENDED = re.compile(
    r"已经?(?:恢复|重新|修复|更新|更换|更改|改|设|延|续|调整|处理|解决|补)|恢复(?:了|正常)|修好|好了|(?:可以|能)(?:正常)?(?:打开|访问|观看)|"
    r"重新(?:设置|分享|生成|上传)(?:了|好|为)"
)
_LATER = re.compile(r"稍后|尽快|马上|立即|明天|随后|正在|准备|打算|[会将](?!议)|怎[么样]|如何|为什么|[吗?]")
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
    """Whether the words say that a link which was at fault is right now, and nothing else: then the link itself tells, it is looked
    at again. Thanks and promises are no such words: they would have the same letter sent twice."""
    text = normalise(facts.text)
    if not any(faulty(link) for item in linked for link in item.links) or not _OF_A_LINK.search(text):
        return False
    return bool(_MENDED.search(text)) and not _LATER.search(text) and not _OF_MORE.search(text)


def told_in_words(kind: KindFacts, linked: tuple[Item, ...], *, in_thread: bool, sent_before: bool) -> str | None:
    """What staff are told of a mail in words only that may answer our letter (`in_thread`), or explain what its sender sent before;
    None for others."""
    if not kind.says:
        return None
    if linked or kind.kind == "unrelated":
        waits = any(item.state in ("incomplete", "review") for item in linked)
        return "来信以文字答复此前的通知，未附材料，请人工查看并处理。" if waits and in_thread else None
    return "来信未附材料；同一发件人此前已有报送，可能是对其所作的说明，请人工查看。" if sent_before else None
