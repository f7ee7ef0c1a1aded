"""The campaign's own words in a text: its topic, its categories, the words that go with submitting.

Everything here is compiled from the campaign, so that no other module needs to know what the call is about.
"""

from __future__ import annotations

import re
from functools import lru_cache

from core.campaign import Campaign
from core.text import normalise

_LOOSE = r"[\s\"'·.]{0,2}"
"""What may slip between two characters of a topic: 智慧 助老, “智慧”助老."""

_FILLER = (
    r"第?[一二三四五六七八九十\d]{1,3}批次?|首批|\d{4}年?度?|\d{1,2}[月.]\d{0,2}日?|第[一二三四五六七八九十\d]+次|附件[\d一二三四五、,-]*|关于|有关|"
    r"电子版?|纸质版?|扫描[件版]?|盖章[件版]?|word版?|pdf版?|图片|视频|链接|课件|压缩包|文件夹?|邮件|表格?|最终版?|终稿|定稿|最新|新版|修改[版稿]?|"
    r"修订[版稿]?|更正|补正|补充|补报|重新|再次|重发|请查收|查收|请收|请|您好|你好|老师好?|领导|尊敬|好|谢谢|急|优质|优秀|专题|项目|资源|工作|活动|通知|"
    r"转发|回复|的|函|报告|请示|情况|说明|汇总|名单|推荐|上报|提交|发送|送|报|版|件|份|共|和|及|与|、|项|等|我的|未命名|新建|无主题|主题|测试|test|scan|img"
)


def plain(text: str) -> str:
    """Text as the patterns of this module expect it."""
    return normalise(text, simplify=True)


@lru_cache(maxsize=64)
def _topic_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    spelt = sorted({re.sub(r"\s+", "", plain(word)) for word in words} - {""}, key=len, reverse=True)
    return re.compile("|".join(_LOOSE.join(map(re.escape, word)) for word in spelt) or r"(?!)", re.IGNORECASE)


@lru_cache(maxsize=64)
def _word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    spelt = sorted({plain(word) for word in words} - {""}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, spelt)) or r"(?!)", re.IGNORECASE)


def find_topics(text: str, campaign: Campaign) -> tuple[tuple[int, int], ...]:
    """Where a text (as `plain` gives it) names the topic, in any of its spellings: start and end of each place."""
    pattern = _topic_pattern((campaign.topic, *campaign.topic_words))
    return tuple(match.span() for match in pattern.finditer(text))


def has_topic(text: str, campaign: Campaign) -> bool:
    """Whether a text names the campaign's topic."""
    return _topic_pattern((campaign.topic, *campaign.topic_words)).search(plain(text)) is not None


def category_words(campaign: Campaign) -> tuple[tuple[str, str], ...]:
    """Every word that means a category, with the category's key, the longest first."""
    pairs = {(plain(word), spec.key) for spec in campaign.categories for word in (spec.name, *spec.also) if word}
    return tuple(sorted(pairs, key=lambda pair: (-len(pair[0]), pair)))


def has_category(text: str, campaign: Campaign) -> bool:
    """Whether a text names a category by a word long enough not to be a common one (典型案例, not 案例)."""
    words = tuple(word for word, _ in category_words(campaign) if len(word) > 2)
    return _word_pattern(words).search(plain(text)) is not None


def submitting_words(campaign: Campaign) -> tuple[str, ...]:
    """Words that say "this is material": the campaign's material words, its categories, its forms' headings."""
    headings = (word for spec in campaign.categories for word in spec.form.headings)
    return (*campaign.material_words, *(word for word, _ in category_words(campaign)), *headings)


def speaks_of_material(text: str, campaign: Campaign) -> bool:
    """Whether a text uses any of the words that go with submitting."""
    return _word_pattern(submitting_words(campaign)).search(plain(text)) is not None


def filler(campaign: Campaign) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words of a subject that belong to no unit's name and no other matter either: anywhere, and at the end."""
    return _filler(submitting_words(campaign))


@lru_cache(maxsize=64)
def _filler(words: tuple[str, ...]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    spelt = sorted({plain(word) for word in words} - {""}, key=len, reverse=True)
    either = "|".join([*map(re.escape, spelt), _FILLER, r"[()·\d]"])
    return re.compile(either, re.IGNORECASE), re.compile(rf"(?:{either})$", re.IGNORECASE)
