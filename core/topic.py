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
